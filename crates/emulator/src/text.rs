//! How does a record become JSON text?
//!
//! Records are written straight into a byte buffer from literals and prepared fragments.
//! Whoever puts a string here has made sure that it needs no escaping.

use crate::clock::{self, Millis};
use crate::random::{Guid, HEX};

/// Something that can be appended to a record.
pub(crate) trait Put {
    fn put(&self, out: &mut Vec<u8>);
}

impl Put for str {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl<T: Put + ?Sized> Put for &T {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }
}

impl Put for String {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Put for Guid {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        self.write(out);
    }
}

impl Put for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl Put for u64 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = *self;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        out.extend_from_slice(&digits[at..]);
    }
}

/// A time in the form records carry: `2026-09-28T10:17:42`.
pub(crate) struct At(pub(crate) Millis);

impl Put for At {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        clock::write_seconds(self.0, out);
    }
}

/// A number as 16 hexadecimal digits.
pub(crate) struct Hex(pub(crate) u64);

impl Put for Hex {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        for byte in self.0.to_be_bytes() {
            out.extend_from_slice(&HEX[usize::from(byte)]);
        }
    }
}

/// Ten characters of base64 for each number: item ids of Exchange.
pub(crate) struct Base64(pub(crate) u64);

impl Put for Base64 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = [0; 10];
        for (at, character) in text.iter_mut().enumerate() {
            *character = ALPHABET[((self.0 >> (6 * at)) & 63) as usize];
        }
        out.extend_from_slice(&text);
    }
}

/// Nothing before the first element of a list, a comma before the others.
pub(crate) fn comma(position: usize) -> &'static str {
    if position == 0 { "" } else { "," }
}

/// Appends the parts to the record under way: `put!(draft; "{'Id':'", draft.id, "'")`.
///
/// In literals an apostrophe stands for a quotation mark, which keeps JSON templates readable.
/// The exchange is made by the compiler.
macro_rules! put {
    ($draft:ident; $($parts:tt)+) => {{ $crate::text::put_parts!($draft; $($parts)+ ,); }};
}
pub(crate) use put;

macro_rules! put_parts {
    ($draft:ident; $(,)?) => {};
    ($draft:ident; $text:literal, $($rest:tt)*) => {
        {
            const TEXT: [u8; $text.len()] = $crate::text::with_quotation_marks($text);
            $draft.out.extend_from_slice(&TEXT);
        }
        $crate::text::put_parts!($draft; $($rest)*);
    };
    ($draft:ident; $part:expr, $($rest:tt)*) => {
        $crate::text::Put::put(&$part, &mut $draft.out);
        $crate::text::put_parts!($draft; $($rest)*);
    };
}
pub(crate) use put_parts;

pub(crate) const fn with_quotation_marks<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let bytes = text.as_bytes();
    let mut out = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        out[at] = if bytes[at] == b'\'' { b'"' } else { bytes[at] };
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apostrophes_become_quotation_marks() {
        struct Draft {
            out: Vec<u8>,
        }
        let mut draft = Draft { out: Vec::new() };
        let (name, number) = ("it's", 7);
        put!(draft; "{'Name':'", name, "','Inner':'{\\'a\\':", number, "}'", "}");
        assert_eq!(String::from_utf8(draft.out).unwrap(), r#"{"Name":"it's","Inner":"{\"a\":7}"}"#);
    }

    #[test]
    fn numbers() {
        for number in [0, 9, 10, 1_234_567_890, u64::MAX] {
            let mut out = Vec::new();
            number.put(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }
}
