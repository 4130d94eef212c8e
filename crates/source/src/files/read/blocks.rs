//! The list that PowerShell's Format-List prints, saved to a file: a block of `Name : value` lines
//! for each object, blank lines between them.
//!
//! A value that is longer than the window goes on in lines that are indented to where it started,
//! and so does one with line breaks of its own. Which of the two it was the text does not say: a
//! line as long as the longest of its block was cut anywhere and is joined as it is, a shorter one
//! was cut before a word and is joined with a blank.

use bytes::Bytes;
use event::Position;
use memchr::memchr;

use super::{Batch, Made, Records, Step, Text, Unwrap, Wrapper, too_long, utf8};

pub(crate) struct Blocks {
    unwrap: Unwrap,
    block: Position,
}

impl Blocks {
    pub fn new(unwrap: Unwrap) -> Blocks {
        Blocks { unwrap, block: 0 }
    }

    fn block(&mut self, length: usize, text: &mut Text, batch: &mut Batch) {
        self.block += 1;
        let block = text.take(length);
        match object(&block) {
            Some(made) => {
                batch.made(self.block, without_blank_lines(block), made, self.unwrap);
            }
            None => {
                let reason = "no lines of the form `Name : value`".into();
                batch.broken(self.block, without_blank_lines(block), reason, None);
            }
        }
    }

    /// The block in front is longer than one record may be: its start is kept, the rest counted.
    fn long_block(&mut self, text: &mut Text, batch: &mut Batch) {
        self.block += 1;
        let start = Bytes::copy_from_slice(&text.take(batch.record_bytes_max));
        let mut bytes = start.len() as u64;
        loop {
            let (length, found) = match block_end(text.unread(), text.ended()) {
                Some(length) => (length, true),
                // What is left may start the blank line.
                None => (text.unread().len().saturating_sub(LINE_END_BYTES), false),
            };
            bytes += length as u64;
            text.skip(length);
            if found || !text.more() {
                break;
            }
        }
        batch.broken(self.block, start, too_long(batch.record_bytes_max, bytes), None);
    }
}

const LINE_END_BYTES: usize = 4;

impl Records for Blocks {
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step {
        while !batch.is_full() {
            let blank = blank_lines(text.unread());
            text.skip(blank);
            if text.unread().is_empty() {
                if !text.more() {
                    return Step::End;
                }
                continue;
            }
            match block_end(text.unread(), text.ended()) {
                Some(length) if length <= batch.record_bytes_max => self.block(length, text, batch),
                None if text.unread().len() <= batch.record_bytes_max => {
                    text.more();
                }
                _ => self.long_block(text, batch),
            }
        }
        Step::More
    }
}

/// The first block that is an object, as what it becomes. The command may stand before it.
pub(crate) fn first(text: &[u8], ended: bool) -> Option<Bytes> {
    let mut rest = text;
    for _ in 0..FIRST_BLOCKS_MAX {
        rest = &rest[blank_lines(rest)..];
        let length = block_end(rest, ended).filter(|_| !rest.is_empty())?;
        if let Some(made) = object(&rest[..length]) {
            return Some(made.json);
        }
        rest = &rest[length..];
    }
    None
}

/// So many blocks may be something else before the first that is an object.
const FIRST_BLOCKS_MAX: usize = 8;

/// The length of the blank lines in front.
fn blank_lines(bytes: &[u8]) -> usize {
    let mut at = 0;
    for (place, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => at = place + 1,
            b' ' | b'\t' | b'\r' => {}
            _ => return at,
        }
    }
    // White space to the end of the file stands for nothing either.
    bytes.len()
}

/// How long the block in front is, with the line end of its last line. A blank line ends it, unless
/// an indented line follows: the value itself has a blank line.
fn block_end(bytes: &[u8], ended: bool) -> Option<usize> {
    let mut at = 0;
    loop {
        let Some(length) = memchr(b'\n', &bytes[at..]) else {
            return ended.then_some(bytes.len());
        };
        at += length + 1;
        let next = &bytes[at..];
        let line = &next[..memchr(b'\n', next).unwrap_or(next.len())];
        let is_blank = line.iter().all(u8::is_ascii_whitespace);
        if !is_blank || next.is_empty() {
            continue;
        }
        let behind = blank_lines(next);
        match next.get(behind) {
            Some(b' ' | b'\t') => at += behind,
            Some(_) => return Some(at),
            None => return ended.then_some(at),
        }
    }
}

/// The block as an object of its names and values, all of them texts.
fn object(block: &[u8]) -> Option<Made> {
    let (text, mended) = utf8(block);
    let lines: Vec<&str> = text.lines().collect();
    let width = lines.iter().map(|line| line.chars().count()).max()?;
    let (name, _) = lines.first().and_then(|line| property(line))?;
    let colon = lines.first()?.find(':')?.max(name.len());
    let mut members: Vec<(&str, String)> = Vec::new();
    let mut before = 0;
    for line in lines {
        // All colons of a block stand in one column, so that one in a value is none.
        match property(line).filter(|_| line.as_bytes().get(colon) == Some(&b':')) {
            Some((name, value)) => members.push((name, value.to_owned())),
            None => {
                let (_, value) = members.last_mut()?;
                let rest = match line.get(colon + 2..) {
                    Some(rest) if line[..colon + 2].trim().is_empty() => rest,
                    _ => line.trim_start(),
                };
                if before < width && !value.is_empty() && !value.ends_with(' ') {
                    value.push(' ');
                }
                value.push_str(rest);
            }
        }
        before = line.chars().count();
    }
    let mut object = Wrapper::default();
    for (place, (name, value)) in members.iter().enumerate() {
        let count = members[..place].iter().filter(|(known, _)| known == name).count();
        match count {
            0 => object.text(name, value.trim_end().as_bytes()),
            _ => object.text(&format!("{name} ({})", count + 1), value.trim_end().as_bytes()),
        }
    }
    Some(Made { json: String::from(object.finish()?).into(), mended })
}

/// The name and value of a line; `None` for any other line.
fn property(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    let is_name = !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '@' | '.' | '-'));
    let value = match value.strip_prefix(' ') {
        Some(value) => value,
        None if value.is_empty() => value,
        // `https://...` and `12:30` are no properties.
        None => return None,
    };
    is_name.then_some((name, value))
}

fn without_blank_lines(block: Bytes) -> Bytes {
    let length = block.trim_ascii_end().len();
    block.slice(..length)
}
