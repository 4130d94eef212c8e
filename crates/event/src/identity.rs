//! Is this record new?
//!
//! The service may publish the same record twice on purpose, and exports repeat what the feed
//! brought, so neither arrival nor source decides what is new. The Id alone does not either: a
//! redacted export carries one Id on every record. Same Id and same content is a duplicate; same
//! Id and other content is another record.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use crate::pattern::fold;
use crate::{Number, Value};

/// Memory that a thread keeps for the canonical forms of its next records.
const KEPT_BYTES_MAX: usize = 64 << 10;

thread_local! {
    /// Asking for its memory anew took as long as the hash of a record.
    static CANONICAL: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

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
        Key::with_duplicates(id, body, &mut |_| {})
    }

    /// The key of a record, telling each member name that occurs again in its object: the
    /// canonical form sorts the names, so that it costs nothing to see them.
    pub fn with_duplicates(id: Option<&str>, body: &Value, duplicate: &mut dyn FnMut(&str)) -> Key {
        let content = CANONICAL.with_borrow_mut(|canonical| {
            canonical.clear();
            write_canonical(body, canonical, duplicate);
            let content = digest(canonical);
            canonical.shrink_to(KEPT_BYTES_MAX);
            content
        });
        let id = match id {
            Some(id) if !id.is_empty() => Key::id_hash(id),
            _ => word(&content, 8),
        };
        Key { id, content: word(&content, 0) }
    }

    /// The key of bytes that are no record.
    pub fn of_bytes(bytes: &[u8]) -> Key {
        let content = digest(bytes);
        Key { id: word(&content, 8), content: word(&content, 0) }
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
        Some(Key { id: half(0..16)?, content: half(16..32)? })
    }
}

/// As its 32 hexadecimal digits.
impl serde::Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
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

/// Each value is written with its kind and length before it, so that no two trees share a form.
/// Short forms matter: hashing them is a quarter of the work of decoding.
fn write_canonical(value: &Value, out: &mut Vec<u8>, duplicate: &mut dyn FnMut(&str)) {
    match value {
        Value::Null => write_head(Head::Constant, 0, out),
        Value::Bool(value) => write_head(Head::Constant, 1 + u64::from(*value), out),
        Value::Number(number) => write_number(*number, out),
        Value::Text(text) => write_text(Head::Text, text, out),
        Value::List(items) => {
            write_head(Head::List, items.len() as u64, out);
            for item in items {
                write_canonical(item, out, duplicate);
            }
        }
        Value::Object(members) => {
            // Most objects are pairs of name and value, and few records have more than 64 members.
            match members.len() {
                0..=4 => write_members(members, &mut [(0, 0); 4], out, duplicate),
                5..=24 => write_members(members, &mut [(0, 0); 24], out, duplicate),
                25..=64 => write_members(members, &mut [(0, 0); 64], out, duplicate),
                many => write_members(members, &mut vec![(0, 0); many], out, duplicate),
            }
            write_head(Head::End, 0, out);
        }
    }
}

/// What a form begins with. A list says how many items follow; an object's members each begin with
/// `Name` and its end is marked.
#[derive(Clone, Copy)]
enum Head {
    Text,
    Name,
    Int,
    /// Eight bytes follow: a long integer, one without a sign, or a float.
    Long,
    List,
    End,
    Constant,
}

/// Kind and a number in one, in groups of seven bits, the lowest first.
fn write_head(head: Head, number: u64, out: &mut Vec<u8>) {
    let mut rest = number << 3 | head as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Sorted by name; of equal names, in the order sent. The first eight letters decide most
/// comparisons as one number. `order` has room for all members.
fn write_members(
    members: &[(Cow<str>, Value)],
    order: &mut [(u64, usize)],
    out: &mut Vec<u8>,
    duplicate: &mut dyn FnMut(&str),
) {
    let order = &mut order[..members.len()];
    for (index, ((key, _), place)) in members.iter().zip(order.iter_mut()).enumerate() {
        *place = (first_letters(key), index);
    }
    order.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| members[a.1].0.cmp(&members[b.1].0)).then(a.1.cmp(&b.1))
    });
    let mut before = None;
    for (letters, index) in order.iter() {
        let (key, value) = &members[*index];
        // Graph writes `X@odata.type` beside X; it says nothing of the record.
        if key.as_bytes().contains(&b'@') && key.contains("@odata.") {
            continue;
        }
        if before == Some((*letters, key)) {
            duplicate(key);
        }
        before = Some((*letters, key));
        write_text(Head::Name, key, out);
        write_canonical(value, out, duplicate);
    }
}

fn first_letters(key: &str) -> u64 {
    let bytes = key.as_bytes();
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_be_bytes(*chunk),
        None => {
            let mut padded = [0; 8];
            padded[..bytes.len()].copy_from_slice(bytes);
            u64::from_be_bytes(padded)
        }
    }
}

/// 1 and 1.0 are one number: PowerShell's JSON round trip writes either.
fn write_number(number: Number, out: &mut Vec<u8>) {
    let whole = match number {
        Number::Int(n) => Some(n),
        Number::Float(n) if n.fract() == 0.0 && n.abs() < 9e15 => Some(n as i64),
        Number::UInt(_) | Number::Float(_) => None,
    };
    let (sort, bits) = match (whole, number) {
        (Some(n), _) if (0..INT_MAX).contains(&n) => return write_head(Head::Int, n as u64, out),
        (Some(n), _) => (0, n as u64),
        (None, Number::UInt(n)) => (1, n),
        (None, number) => (2, number.as_f64().to_bits()),
    };
    write_head(Head::Long, sort, out);
    out.extend_from_slice(&bits.to_le_bytes());
}

/// Integers below this fit a head.
const INT_MAX: i64 = 1 << 48;

fn write_text(head: Head, text: &str, out: &mut Vec<u8>) {
    write_head(head, text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(json: &str) -> Key {
        let value = Value::from_json(json).unwrap();
        let id = value.get("Id").and_then(Value::as_text).map(|id| id.into_owned());
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
        for (one, other) in [
            (r#"[["a"],"b"]"#, r#"[["a","b"]]"#),
            (r#"{"a":{"b":1}}"#, r#"{"a":{},"b":1}"#),
            ("[null]", "[]"),
            ("[false]", "[true]"),
            ("[-1]", "[18446744073709551615]"),
            ("[1]", r#"["1"]"#),
            ("[0.5]", "[4602678819172646912]"),
        ] {
            assert_ne!(key(one), key(other), "{one} {other}");
        }
    }

    #[test]
    fn names_that_occur_again_are_told() {
        let json = r#"{"b":1,"a":{"x":1,"y":2,"x":3},"longer name":1,"b":2,"longer name ":1}"#;
        let value = Value::from_json(json).unwrap();
        let mut told = Vec::new();
        Key::with_duplicates(None, &value, &mut |name| told.push(name.to_owned()));
        assert_eq!(told, ["x", "b"]);
        assert_ne!(key(r#"{"b":1,"b":2}"#), key(r#"{"b":2,"b":1}"#));
    }

    #[test]
    fn many_members_are_sorted_like_few() {
        let forth = (0..100).map(|n| format!("\"member{n}\":{n}"));
        let back = (0..100).rev().map(|n| format!("\"member{n}\":{n}"));
        let join = |parts: Vec<String>| format!("{{{}}}", parts.join(","));
        assert_eq!(key(&join(forth.collect())), key(&join(back.collect())));
    }

    #[test]
    fn the_printed_form_reads_back() {
        let key = key(r#"{"Id":"a"}"#);
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        assert_eq!(Key::parse("zz"), None);
        assert_eq!(Key::id_hash("A"), key.id);
    }
}
