//! One JSON value a line.
//!
//! A line end ends a record whatever came before it, so a damaged line never costs its neighbours.

use bytes::Bytes;
use event::Position;
use memchr::memchr;

use super::json::{BYTE_ORDER_MARK, Members, separators, value_end};
use super::mend::{DAMAGED, Opening, without_separators};
use super::{Batch, Records, Step, Text, Unwrap, too_long};

pub(crate) struct Lines {
    unwrap: Unwrap,
    line: Position,
    opening: Option<Opening>,
    /// What is still to be read of a line that holds several values.
    joined: Bytes,
}

impl Lines {
    pub fn new(unwrap: Unwrap) -> Lines {
        Lines { unwrap, line: 0, opening: None, joined: Bytes::new() }
    }

    /// A line of `length` bytes stands in front.
    fn line(&mut self, length: usize, text: &mut Text, batch: &mut Batch) {
        self.line += 1;
        let line = &text.unread()[..length];
        let (start, end) = trimmed(line);
        if start == end {
            return text.skip(length);
        }
        let is_object = line[start] == b'{' && line[end - 1] == b'}';
        text.skip(start);
        let value = text.take(end - start);
        text.skip(length - end);
        if self.opening.as_ref().is_some_and(|opening| opening.is_swallowed_in(&value)) {
            self.joined = value;
        } else if is_object {
            if self.opening.is_none() {
                self.opening = Opening::of(&value);
            }
            batch.value(self.line, value, self.unwrap);
        } else {
            let reason = match value[0] {
                b'{' => "the line ends inside its JSON object",
                _ => "the line is no JSON object",
            };
            batch.broken(self.line, value, reason.into(), None);
        }
    }

    /// The next value of a line of several: files were joined whose last line had no end.
    fn joined(&mut self, batch: &mut Batch) {
        let whole = value_end(&self.joined)
            .filter(|&length| Members::read(&self.joined[..length]).is_some());
        if let Some(length) = whole {
            let value = self.joined.split_to(length);
            batch.value(self.line, value, self.unwrap);
        } else {
            let opening = self.opening.as_ref();
            let next = opening.and_then(|opening| opening.next_whole(&self.joined));
            let damaged = self.joined.split_to(next.unwrap_or(self.joined.len()));
            batch.broken(self.line, without_separators(damaged), DAMAGED.into(), None);
        }
        let blank = separators(&self.joined);
        self.joined = self.joined.slice(blank..);
    }

    /// The line in front is longer than one record may be: its start is kept, the rest counted.
    fn long_line(&mut self, text: &mut Text, batch: &mut Batch) {
        self.line += 1;
        let start = Bytes::copy_from_slice(&text.take(batch.record_bytes_max));
        let mut bytes = start.len() as u64;
        loop {
            let end = memchr(b'\n', text.unread());
            let length = end.map_or(text.unread().len(), |end| end + 1);
            bytes += length as u64;
            text.skip(length);
            if end.is_some() || !text.more() {
                break;
            }
        }
        let reason = too_long(batch.record_bytes_max, bytes);
        batch.broken(self.line, start, reason, None);
    }
}

impl Records for Lines {
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step {
        let mut seen = 0;
        while !batch.is_full() {
            if !self.joined.is_empty() {
                self.joined(batch);
                continue;
            }
            let end = memchr(b'\n', &text.unread()[seen..]);
            let length = seen + end.map_or(text.unread().len() - seen, |end| end + 1);
            seen = 0;
            if length > batch.record_bytes_max {
                self.long_line(text, batch);
            } else if end.is_some() {
                self.line(length, text, batch);
            } else if text.more() {
                seen = length;
            } else if length > 0 {
                self.line(length, text, batch);
            } else {
                return Step::End;
            }
        }
        Step::More
    }
}

/// Where the line's text starts and ends, without white space, marks and a comma behind.
fn trimmed(line: &[u8]) -> (usize, usize) {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x1e;
    let mut start = line.iter().take_while(|byte| blank(byte)).count();
    if line[start..].starts_with(BYTE_ORDER_MARK) {
        start += BYTE_ORDER_MARK.len();
    }
    let behind = line[start..].iter().rev().take_while(|byte| blank(byte)).count();
    let mut end = line.len() - behind;
    if line[start..end].ends_with(b"},") {
        end -= 1;
    }
    (start, end)
}
