//! Is this record new?
//!
//! The service may publish the same record twice on purpose, and exports repeat what the feed
//! brought, so neither arrival nor source decides what is new. The Id alone does not either: a
//! redacted export carries one Id on every record. Same Id and same content is a duplicate; same
//! Id and other content is another record.

use std::fmt;

use crate::pattern::fold;
use crate::{Number, Value};

/// A record's identity: 64 bits of its Id and 64 bits of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub id: u64,
    pub content: u64,
}

impl Key {
    /// The key of a record. The content is hashed in a canonical form, so that the order of
    /// members, white space and the spelling of escapes make no difference between two exports.
    pub fn of(id: Option<&str>, body: &Value) -> Key {
        let mut canonical = Vec::with_capacity(2048);
        write_canonical(body, &mut canonical);
        let content = digest(&canonical);
        let id = match id {
            Some(id) if !id.is_empty() => Key::id_hash(id),
            _ => word(&content, 8),
        };
        Key {
            id,
            content: word(&content, 0),
        }
    }

    /// The key of bytes that are no record.
    pub fn of_bytes(bytes: &[u8]) -> Key {
        let content = digest(bytes);
        Key {
            id: word(&content, 8),
            content: word(&content, 0),
        }
    }

    /// The first half of the key of any record with this Id; see [`Key::id`].
    pub fn id_hash(id: &str) -> u64 {
        word(&digest(fold(id).as_bytes()), 0)
    }

    /// Reads the form that [`Key`]'s `Display` writes.
    pub fn parse(text: &str) -> Option<Key> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let half = |range| u64::from_str_radix(&text[range], 16).ok();
        Some(Key {
            id: half(0..16)?,
            content: half(16..32)?,
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.id, self.content)
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

fn word(digest: &[u8; 32], from: usize) -> u64 {
    u64::from_le_bytes(digest[from..from + 8].try_into().expect("eight bytes"))
}

/// Each value is written with its type and length before it, so that no two trees share a form.
fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'n'),
        Value::Bool(true) => out.push(b't'),
        Value::Bool(false) => out.push(b'f'),
        Value::Number(number) => write_number(*number, out),
        Value::Text(text) => write_text(b's', text, out),
        Value::List(items) => {
            out.push(b'[');
            for item in items {
                write_canonical(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            out.push(b'{');
            // Graph writes `X@odata.type` beside X; it says nothing of the record.
            let mut sorted: Vec<&(_, _)> = members
                .iter()
                .filter(|(key, _)| !key.contains("@odata."))
                .collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            for (key, value) in sorted {
                write_text(b'k', key, out);
                write_canonical(value, out);
            }
            out.push(b'}');
        }
    }
}

/// 1 and 1.0 are one number: PowerShell's JSON round trip writes either.
fn write_number(number: Number, out: &mut Vec<u8>) {
    let whole = match number {
        Number::Int(n) => Some(n),
        Number::UInt(_) => None,
        Number::Float(n) if n.fract() == 0.0 && n.abs() < 9e15 => Some(n as i64),
        Number::Float(_) => None,
    };
    match (whole, number) {
        (Some(n), _) => {
            out.push(b'i');
            out.extend_from_slice(&n.to_le_bytes());
        }
        (None, Number::UInt(n)) => {
            out.push(b'u');
            out.extend_from_slice(&n.to_le_bytes());
        }
        (None, number) => {
            out.push(b'd');
            out.extend_from_slice(&number.as_f64().to_bits().to_le_bytes());
        }
    }
}

fn write_text(kind: u8, text: &str, out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(json: &str) -> Key {
        let value = Value::from_json(json).unwrap();
        let id = value
            .get("Id")
            .and_then(Value::as_text)
            .map(|id| id.into_owned());
        Key::of(id.as_deref(), &value)
    }

    #[test]
    fn the_spelling_of_the_json_makes_no_difference() {
        let a = key(r#"{"Id":"A1","Version":1,"Path":"\/x","Actor":[1,2]}"#);
        let b = key(r#"{ "Actor": [1, 2], "Version": 1.0, "Path": "/x", "Id": "A1" }"#);
        assert_eq!(a, b);
    }

    #[test]
    fn content_tells_apart_what_shares_an_id() {
        let a = key(r#"{"Id":"*REDACTED*","Operation":"Send"}"#);
        let b = key(r#"{"Id":"*REDACTED*","Operation":"Move"}"#);
        assert_eq!(a.id, b.id);
        assert_ne!(a.content, b.content);
        assert_ne!(key(r#"[["a"],"b"]"#), key(r#"[["a","b"]]"#));
    }

    #[test]
    fn the_printed_form_reads_back() {
        let key = key(r#"{"Id":"a"}"#);
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        assert_eq!(Key::parse("zz"), None);
        assert_eq!(Key::id_hash("A"), key.id);
    }
}
