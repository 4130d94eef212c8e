//! An event in IBM's Log Event Extended Format, version 2.
//!
//! `LEEF:2.0|trail365|trail365|VERSION|operation|delimiter|key=value<delimiter>...`, on one line. The
//! keys are those that IBM predefines and, for what these leave open, some of our own; what has no
//! key stands as JSON under `trail365Record`; [`super::keyed`] says how far. `sev` is that of
//! [`super::severity()`], at least 1.
//!
//! IBM's format knows no escape, it forbids the delimiter in a value. So the delimiter, every control
//! character and, in the header, `|` are written visibly: `\t`, `\n`, `\u005e`. In
//! the JSON of a record these are JSON's own escapes.

use std::sync::LazyLock;

use event::{Event, Field, push_printable};

use super::fields::Fields;
use super::keyed::{Dictionary, breaks_line, push_escaped};
use super::severity::severity;

/// What stands between the pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeefDelimiter {
    #[default]
    Tab,
    Caret,
}

impl LeefDelimiter {
    pub const ALL: [LeefDelimiter; 2] = [LeefDelimiter::Tab, LeefDelimiter::Caret];

    /// The word of the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            LeefDelimiter::Tab => "tab",
            LeefDelimiter::Caret => "caret",
        }
    }

    /// The delimiter of that name, compared without case.
    pub fn named(name: &str) -> Option<LeefDelimiter> {
        LeefDelimiter::ALL.into_iter().find(|delimiter| delimiter.name().eq_ignore_ascii_case(name))
    }

    /// As the header has it.
    const fn told(self) -> &'static str {
        match self {
            LeefDelimiter::Tab => "x09",
            LeefDelimiter::Caret => "^",
        }
    }

    const fn char(self) -> char {
        match self {
            LeefDelimiter::Tab => '\t',
            LeefDelimiter::Caret => '^',
        }
    }
}

static KEYS: LazyLock<Dictionary> = LazyLock::new(|| {
    Dictionary::read(
        include_str!("../../data/form/leef_keys.tsv"),
        include_str!("../../data/form/leef.tsv"),
    )
});

/// The key of the severity, which follows from several members.
const SEVERITY: &str = "sev";

/// Longest event id of the header, in characters.
const EVENT_ID_CHARS_MAX: usize = 255;

/// Appends the event as one LEEF line, without a line break at its end.
pub fn leef(event: &Event, delimiter: LeefDelimiter, fields: &Fields, out: &mut String) {
    let operation = event.text(Field::Operation).unwrap_or(match event.is_quarantined() {
        true => "unreadable",
        false => "unknown",
    });
    out.push_str(concat!("LEEF:2.0|trail365|trail365|", env!("CARGO_PKG_VERSION"), "|"));
    push(operation.chars().take(EVENT_ID_CHARS_MAX), '|', out);
    out.push('|');
    out.push_str(delimiter.told());
    out.push('|');
    let mut is_first = true;
    let mut pair = |key: &str, value: &str| {
        if !std::mem::take(&mut is_first) {
            out.push(delimiter.char());
        }
        out.push_str(key);
        out.push('=');
        push(value.chars(), delimiter.char(), out);
    };
    if fields.has(SEVERITY) {
        pair(SEVERITY, &severity(event).max(1).to_string());
    }
    KEYS.each(event, fields, &mut pair);
}

pub(super) fn is_key(path: &str, open: bool) -> bool {
    let is_severity = match open {
        true => SEVERITY.starts_with(path),
        false => SEVERITY == path,
    };
    is_severity || KEYS.has(path, open)
}

/// Writes a text with what would end it made visible.
fn push(text: impl Iterator<Item = char>, end: char, out: &mut String) {
    for c in text {
        match c {
            c if breaks_line(c) => push_printable(c, out),
            c if c == end => push_escaped(c, out),
            c => out.push(c),
        }
    }
}
