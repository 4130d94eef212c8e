//! Where does a JSON value end, and what are its members?

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Finds the end of a value that arrives in pieces.
///
/// It looks at strings, escapes and nesting and at nothing else: whether the value is good JSON is
/// for the decoder to say.
#[derive(Debug, Default)]
pub(crate) struct ValueEnd {
    depth: u64,
    in_text: bool,
    escaped: bool,
    bare: bool,
}

impl ValueEnd {
    /// How many of these bytes belong to the value, or `None` when all do and it goes on. The first
    /// byte of the first piece is the value's first.
    pub fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.in_text {
                at += self.leave_text(&bytes[at..])?;
                if self.depth == 0 {
                    return Some(at);
                }
                continue;
            }
            let byte = bytes[at];
            if self.bare {
                if ends_bare(byte) {
                    return Some(at);
                }
                at += 1;
                continue;
            }
            at += 1;
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => self.depth += 1,
                // A stray bracket is a value of its own, or it would never end.
                b'}' | b']' if self.depth <= 1 => return Some(at),
                b'}' | b']' => self.depth -= 1,
                _ if self.depth == 0 => self.bare = true,
                _ => {}
            }
        }
        None
    }

    /// How many bytes up to and with the quote that ends the string.
    fn leave_text(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = usize::from(std::mem::take(&mut self.escaped));
        loop {
            let found = at + memchr2(b'"', b'\\', bytes.get(at..)?)?;
            if bytes[found] == b'"' {
                self.in_text = false;
                return Some(found + 1);
            }
            self.escaped = found + 1 == bytes.len();
            at = found + 2;
        }
    }

    /// A number or a word, which only what follows can end.
    pub fn is_bare(&self) -> bool {
        self.bare
    }
}

fn ends_bare(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']' | b'{' | b'}' | b'"')
}

/// The length of the value that these bytes start with, if it ends in them.
pub(crate) fn value_end(bytes: &[u8]) -> Option<usize> {
    let mut end = ValueEnd::default();
    end.find(bytes).or_else(|| end.is_bare().then_some(bytes.len()))
}

/// True for the text of one object, whole, by its nesting. Its inside may still be no good JSON.
pub(crate) fn is_object(text: &[u8]) -> bool {
    text.first() == Some(&b'{') && text.last() == Some(&b'}') && value_end(text) == Some(text.len())
}

/// White space, commas and marks that stand between values.
pub(crate) fn separators(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | RECORD_SEPARATOR => 1,
            // Files that were joined keep the mark of each.
            0xef if bytes[at..].starts_with(BYTE_ORDER_MARK) => 3,
            _ => break,
        };
    }
    at
}

/// RFC 7464 puts this before each value of a JSON text sequence.
const RECORD_SEPARATOR: u8 = 0x1e;
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The members of a JSON object in the order sent, their values unread.
pub(crate) struct Members<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// `None` for what is no strict JSON object.
    pub fn read(bytes: &'a [u8]) -> Option<Members<'a>> {
        serde_json::from_slice(bytes).ok()
    }

    /// The value of the first member of that name, compared without case.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let member = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        member.map(|(_, value)| value.get())
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some(Key(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// The text of a JSON string literal; `None` for any other value.
pub(crate) fn unquote(literal: &str) -> Option<Cow<'_, str>> {
    if !literal.starts_with('"') {
        return None;
    }
    match serde_json::from_str(literal) {
        Ok(Key(text)) => Some(text),
        Err(_) => None,
    }
}

/// True for the text of an audit record: strict JSON with the members that every record has.
pub(crate) fn is_record(text: &[u8]) -> bool {
    Members::read(text).is_some_and(|members| has_record_members(&members))
}

pub(crate) fn has_record_members(members: &Members) -> bool {
    RECORD_MEMBERS.iter().all(|name| members.has(name))
}

/// The Management Activity API's common schema gives these to every record, and nothing else that
/// is exported from Microsoft 365 has both.
pub(crate) const RECORD_MEMBERS: [&str; 2] = ["CreationTime", "Operation"];
