//! One JSON value a line.
//!
//! A line end ends a record whatever came before it, so a damaged line never costs its neighbours.

use bytes::Bytes;
use event::Position;
use memchr::memchr;

use super::json::BYTE_ORDER_MARK;
use super::{Batch, Records, Step, Text, Unwrap, too_long};

pub(crate) struct Lines {
    unwrap: Unwrap,
    line: Position,
}

impl Lines {
    pub fn new(unwrap: Unwrap) -> Lines {
        Lines { unwrap, line: 0 }
    }

    /// A line of `length` bytes stands in front.
    fn line(&mut self, length: usize, text: &mut Text, batch: &mut Batch) {
        self.line += 1;
        let line = &text.unread()[..length];
        let (start, end) = trimmed(line);
        if start == end {
            return text.skip(length);
        }
        if line[start] == b'{' && line[end - 1] == b'}' {
            text.skip(start);
            let value = text.take(end - start);
            text.skip(length - end);
            return batch.value(self.line, value, self.unwrap);
        }
        let line = text.take(length).slice(start..end);
        self.other(line, batch);
    }

    fn other(&mut self, line: Bytes, batch: &mut Batch) {
        let reason = match line[0] {
            b'{' => "the line ends inside its JSON object",
            _ => "the line is no JSON object",
        };
        batch.broken(self.line, line, reason.into(), None);
    }

    /// The line in front is longer than one record may be: its start is kept, the rest counted.
    fn pass_long_line(&mut self, text: &mut Text, batch: &mut Batch) {
        self.line += 1;
        let start = text.take(batch.record_bytes_max);
        let mut bytes = start.len() as u64;
        loop {
            let end = memchr(b'\n', text.unread());
            let length = end.unwrap_or(text.unread().len());
            bytes += length as u64;
            text.skip(length);
            if end.is_some() || !text.more() {
                break;
            }
        }
        let reason = too_long(batch.record_bytes_max, bytes);
        batch.broken(self.line, Bytes::copy_from_slice(&start), reason, None);
    }
}

impl Records for Lines {
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step {
        let mut seen = 0;
        while !batch.is_full() {
            let end = memchr(b'\n', &text.unread()[seen..]);
            let length = seen + end.map_or(text.unread().len() - seen, |end| end + 1);
            seen = 0;
            if length > batch.record_bytes_max {
                self.pass_long_line(text, batch);
            } else if end.is_some() {
                self.line(length, text, batch);
            } else if text.more() {
                seen = length;
            } else {
                if length > 0 {
                    self.line(length, text, batch);
                }
                return Step::End;
            }
        }
        Step::More
    }
}

/// The line without white space at its ends, the mark of joined files and a comma behind.
fn trimmed(line: &[u8]) -> (usize, usize) {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x1e;
    let mut start = line.iter().take_while(|byte| blank(byte)).count();
    if line[start..].starts_with(BYTE_ORDER_MARK) {
        start += BYTE_ORDER_MARK.len();
    }
    let rest = &line[start..];
    let behind = rest.iter().rev().take_while(|byte| blank(byte)).count();
    let mut end = line.len() - behind;
    if line[start..end].ends_with(b"},") {
        end -= 1;
    }
    (start, end)
}
