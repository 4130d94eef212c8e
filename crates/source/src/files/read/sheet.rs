//! Which row of this table comes next?
//!
//! A [`Sheet`] goes through a table row by row. What becomes of a row is for [`Table`] and [`Rows`]
//! to say, and so is what a whole row looks like, by which one is found again behind damage.
//!
//! [`Table`]: super::Table
//! [`Rows`]: super::Rows

use bytes::Bytes;
use event::Position;
use memchr::{memchr_iter, memchr2};

use super::row::{Cell, Dialect, Header};
use super::{Batch, Step, Text, too_long};

pub(super) struct Sheet {
    pub dialect: Dialect,
    preamble: Preamble,
    /// The number of the row that was met last.
    pub row: Position,
    /// The cells of the row in front.
    pub cells: Vec<Cell>,
}

/// What comes next.
pub(super) enum Next {
    /// A row of so many bytes, with its line end, stands in front; its cells have been found.
    Row(usize),
    /// None is to be read now.
    None(Step),
}

/// What stands before the first row of data.
pub(crate) struct Preamble {
    bytes: usize,
    /// The first row of data has run into the header.
    is_joined: bool,
}

impl Preamble {
    /// All up to and with the header.
    pub fn of(header: &Header) -> Preamble {
        Preamble { bytes: header.bytes, is_joined: header.is_joined() }
    }

    /// What stands before the first row, which is data.
    pub fn before(header: &Header) -> Preamble {
        Preamble { bytes: header.preamble_bytes, is_joined: false }
    }

    /// Passes it; once.
    pub fn pass(&mut self, text: &mut Text, batch: &mut Batch) {
        let bytes = std::mem::take(&mut self.bytes);
        match std::mem::take(&mut self.is_joined) {
            true => {
                let kept = bytes.min(batch.record_bytes_max);
                batch.broken(1, without_line_end(text.take(kept)), JOINED_HEADER.into(), None);
                text.skip(bytes - kept);
            }
            false => text.skip(bytes),
        }
    }
}

impl Sheet {
    pub fn new(dialect: Dialect, preamble: Preamble) -> Sheet {
        Sheet { dialect, preamble, row: 0, cells: Vec::new() }
    }

    /// `is_whole` tells by its cells a row that is not damaged.
    pub fn next(
        &mut self,
        text: &mut Text,
        batch: &mut Batch,
        is_whole: impl Fn(&[u8], &[Cell]) -> bool,
    ) -> Next {
        self.preamble.pass(text, batch);
        while !batch.is_full() {
            let ended = text.ended();
            if ended && text.unread().is_empty() {
                return Next::None(Step::End);
            }
            match self.dialect.split(text.unread(), ended, &mut self.cells) {
                Some(length) if length <= batch.record_bytes_max => return Next::Row(length),
                None if text.unread().len() <= batch.record_bytes_max => {
                    text.more();
                }
                _ => self.long_row(text, batch, &is_whole),
            }
        }
        Next::None(Step::More)
    }

    /// The row in front is longer than one record may be.
    fn long_row(
        &mut self,
        text: &mut Text,
        batch: &mut Batch,
        is_whole: impl Fn(&[u8], &[Cell]) -> bool,
    ) {
        self.row += 1;
        let row = &text.unread()[..batch.record_bytes_max];
        if let Some(length) = next_whole_row(self.dialect, row, false, is_whole) {
            let bytes = without_line_end(text.take(length));
            return batch.broken(self.row, bytes, MISPLACED_QUOTE.into(), None);
        }
        let start = Bytes::copy_from_slice(row);
        let bytes = pass_row(text);
        batch.broken(self.row, start, too_long(batch.record_bytes_max, bytes), None);
    }

    /// True for a row that says nothing: Excel writes rows of delimiters below the last one.
    pub fn is_blank(&self, row: &[u8]) -> bool {
        row.iter().all(|&byte| byte.is_ascii_whitespace() || byte == self.dialect.delimiter)
    }
}

/// Where in a row of several lines the next whole row starts: a missing quote makes one row of
/// many. `ended` says that nothing follows the row.
pub(super) fn next_whole_row(
    dialect: Dialect,
    row: &[u8],
    ended: bool,
    is_whole: impl Fn(&[u8], &[Cell]) -> bool,
) -> Option<usize> {
    let mut cells = Vec::new();
    let mut work_left = row.len().saturating_mul(SEARCH_PASSES_MAX);
    for line_end in memchr_iter(b'\n', &row[..row.len() - 1]) {
        let rest = &row[line_end + 1..];
        let length = dialect.split(rest, ended, &mut cells);
        if length.is_some() && is_whole(rest, &cells) {
            return Some(line_end + 1);
        }
        work_left = work_left.checked_sub(length.unwrap_or(rest.len()))?;
    }
    None
}

pub(super) const JOINED_HEADER: &str = "the header has run into the row behind it";
pub(super) const CUT: &str = "the file ends inside this row";
pub(super) const MISPLACED_QUOTE: &str = "a quote is missing or too many, up to the next whole row";

/// How often a row's bytes may be looked at in search of the next whole row.
const SEARCH_PASSES_MAX: usize = 8;

pub(super) fn numbered(number: usize) -> String {
    format!("column {}", number + 1)
}

pub(super) fn without_line_end(mut row: Bytes) -> Bytes {
    while row.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        row.truncate(row.len() - 1);
    }
    row
}

/// Passes a row by its quotes alone and returns its length.
fn pass_row(text: &mut Text) -> u64 {
    let mut bytes = 0;
    let mut in_quotes = false;
    loop {
        let mut at = 0;
        let unread = text.unread();
        let end = loop {
            let Some(found) = memchr2(b'"', b'\n', &unread[at..]) else {
                break None;
            };
            at += found + 1;
            match unread[at - 1] {
                b'"' => in_quotes = !in_quotes,
                _ if in_quotes => {}
                _ => break Some(at),
            }
        };
        let length = end.unwrap_or(unread.len());
        bytes += length as u64;
        text.skip(length);
        if end.is_some() || !text.more() {
            return bytes;
        }
    }
}
