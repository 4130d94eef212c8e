//! What stands under the keys of a line of keys and values?
//!
//! CEF and LEEF give a line of pairs with keys of their own. Which member goes to which key is data
//! (`cef.tsv`, `leef.tsv`), and which keys there are, of what type and how long (`cef_keys.tsv`,
//! `leef_keys.tsv`). What has no key stands as one JSON object under [`RECORD`], as far as it fits:
//! a member that does not fit is left out, and [`LEFT_OUT`] counts those. Unlike the JSON forms these
//! lines may thus say less than the record, but never in silence.

use event::{Event, Value};
use serde_json::Value as Json;

use super::convert::{Object, Type, text_of};
use super::fields::Fields;
use super::kind;
use super::rest::{self, Lists};
use super::rules::{Rules, lines};

/// The key of what no other key holds: the members of the record, as JSON.
pub const RECORD: &str = "trail365Record";

/// The key of the number of members that did not fit.
pub const LEFT_OUT: &str = "trail365LeftOut";

/// Most bytes of the JSON under [`RECORD`], before the format's escapes: with the other keys it
/// mostly stays within 8 KiB, at which many receivers of syslog cut a message.
pub const RECORD_BYTES_MAX: usize = 4_000;

/// The keys of one format, and what fills them.
pub struct Dictionary {
    keys: Vec<Key>,
    rules: Rules,
}

struct Key {
    name: &'static str,
    chars_max: usize,
    /// A pair that is written whenever the key is.
    beside: Option<(&'static str, &'static str)>,
}

impl Dictionary {
    pub fn read(keys: &'static str, rules: &'static str) -> Dictionary {
        let mut types = Vec::new();
        let mut read = Vec::new();
        for line in lines(keys) {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().unwrap_or_else(|| panic!("a key: {line}"));
            let (name, kind, chars_max, beside) = (cell(), cell(), cell(), cell());
            types.push((name, type_of(kind)));
            read.push(Key {
                name,
                chars_max: chars_max.parse().expect("a number of characters"),
                beside: beside.split_once('='),
            });
        }
        let kind_of = |key: &str| {
            let (_, kind) = types.iter().find(|(name, _)| *name == key)?;
            Some((*kind, false))
        };
        Dictionary { keys: read, rules: Rules::read(rules, &kind_of) }
    }

    /// Is there a key of that name, without regard to case, or with `open` one that begins so?
    pub fn has(&self, path: &str, open: bool) -> bool {
        let begins = |name: &str| {
            name.get(..path.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(path))
        };
        let names = self.keys.iter().map(|key| key.name).chain([RECORD, LEFT_OUT]);
        let inside = path.get(..RECORD.len() + 1).is_some_and(|begin| {
            begin.strip_suffix('.').is_some_and(|b| b.eq_ignore_ascii_case(RECORD))
        });
        inside || names.into_iter().any(|name| begins(name) && (open || name.len() == path.len()))
    }

    /// Tells `write` each key and its value, the keys in the order of the format.
    pub fn each(&self, event: &Event, fields: &Fields, write: &mut dyn FnMut(&str, &str)) {
        let mut said = Object::new();
        let mut located = self.rules.locate(&event.body);
        self.rules.fill(kind::of(event), event, &mut located, &mut said, &|_| true);
        let mut cut = Vec::new();
        for key in self.keys.iter().filter(|key| fields.has(key.name)) {
            let Some(text) = said.get(key.name).and_then(text_of) else { continue };
            let kept = within(&text, key.chars_max);
            write(key.name, kept);
            if let Some((name, text)) = key.beside {
                write(name, text);
            }
            if kept.len() < text.len() {
                cut.push(text);
            }
        }
        // A member whose value was cut is told once more, whole.
        let was_cut = |value: &Value| {
            value.as_text().is_some_and(|sent| cut.iter().any(|text| **text == *sent))
        };
        let is_told = |value: &Value| located.is_moved(value) && !was_cut(value);
        let (record, left_out) = record(&event.body, fields, &is_told);
        if !record.is_empty() {
            write(RECORD, &record);
        }
        if left_out > 0 && fields.has(LEFT_OUT) {
            write(LEFT_OUT, &left_out.to_string());
        }
    }
}

/// What no key holds, and how many members of it did not fit.
fn record(body: &Value, fields: &Fields, is_told: &dyn Fn(&Value) -> bool) -> (String, usize) {
    if !fields.touches(RECORD) {
        return (String::new(), 0);
    }
    // Unreadable bytes are a text.
    if let Some(text) = body.as_text() {
        let kept = &text[..text.floor_char_boundary(RECORD_BYTES_MAX)];
        return (kept.to_owned(), usize::from(kept.len() < text.len()));
    }
    let mut object = rest::tree(&rest::untold(body, is_told), Lists::AsSent);
    fields.prune(&mut object, RECORD);
    written(&object)
}

/// As many members as fit, as JSON; empty if there is none.
fn written(object: &Object) -> (String, usize) {
    let mut text = String::from("{");
    let mut left_out = 0;
    for (name, value) in object {
        let length = text.len();
        if length > 1 {
            text.push(',');
        }
        push_json(&Json::from(name.as_str()).to_string(), &mut text);
        text.push(':');
        push_json(&value.to_string(), &mut text);
        if text.len() >= RECORD_BYTES_MAX {
            text.truncate(length);
            left_out += 1;
        }
    }
    match text.len() {
        1 => (String::new(), left_out),
        _ => (text + "}", left_out),
    }
}

fn within(text: &str, chars_max: usize) -> &str {
    if text.len() <= chars_max {
        return text;
    }
    text.char_indices().nth(chars_max).map_or(text, |(at, _)| &text[..at])
}

fn type_of(name: &str) -> Type {
    match name {
        "text" => Type::Text,
        "integer" => Type::Integer,
        "millis" => Type::Millis,
        "date-millis" => Type::DateMillis,
        "ip" => Type::Ip,
        "ipv4" => Type::Ipv4,
        "ipv6" => Type::Ipv6,
        "port" => Type::Port,
        _ => panic!("no type of a key: {name}"),
    }
}

/// Appends JSON with what could end a line escaped, which leaves the JSON the same.
pub fn push_json(json: &str, out: &mut String) {
    if !json.contains(breaks_line) {
        return out.push_str(json);
    }
    for c in json.chars() {
        match c {
            // Below U+0020 only blanks between the tokens stand raw in valid JSON.
            '\0'..=' ' => out.push(' '),
            c if breaks_line(c) => push_escaped(c, out),
            c => out.push(c),
        }
    }
}

/// Appends a character as `\u005e`, which is the same character inside a text of JSON.
pub fn push_escaped(c: char, out: &mut String) {
    out.push_str(&format!("\\u{:04x}", u32::from(c)));
}

/// Could a receiver take this character for the end of a line?
pub fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
