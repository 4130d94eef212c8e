//! An event in ArcSight's Common Event Format.
//!
//! `CEF:0|trail365|trail365|VERSION|operation|workload operation|severity|key=value ...`, on one line.
//! The keys are those of CEF's dictionary, and what has none of them stands as JSON under
//! `trail365Record`; [`super::keyed`] says how far. The severity is that of [`super::severity()`].
//!
//! Escapes are CEF's own: `\|` and `\\` in the header, `\=`, `\\`, `\n` and `\r` in values. CEF has
//! none for other control characters, so these are written visibly (`\u{1b}`), as is any in the
//! header.

use std::sync::LazyLock;

use event::{Event, Field, push_printable};

use super::fields::Fields;
use super::keyed::{Dictionary, breaks_line};
use super::severity::severity;

static KEYS: LazyLock<Dictionary> = LazyLock::new(|| {
    Dictionary::read(
        include_str!("../../data/form/cef_keys.tsv"),
        include_str!("../../data/form/cef.tsv"),
    )
});

/// Longest signature id and name of the header, in characters.
const SIGNATURE_CHARS_MAX: usize = 1023;
const NAME_CHARS_MAX: usize = 512;

/// Appends the event as one CEF line, without a line break at its end.
pub fn cef(event: &Event, fields: &Fields, out: &mut String) {
    let operation = event.text(Field::Operation).unwrap_or(match event.is_quarantined() {
        true => "unreadable",
        false => "unknown",
    });
    let workload = event.text(Field::Workload).unwrap_or("Microsoft 365");
    out.push_str(concat!("CEF:0|trail365|trail365|", env!("CARGO_PKG_VERSION"), "|"));
    push_header(operation.chars().take(SIGNATURE_CHARS_MAX), out);
    out.push('|');
    let name = workload.chars().chain([' ']).chain(operation.chars());
    push_header(name.take(NAME_CHARS_MAX), out);
    out.push('|');
    out.push_str(&severity(event).to_string());
    out.push('|');
    let mut is_first = true;
    KEYS.each(event, fields, &mut |key, value| {
        if !std::mem::take(&mut is_first) {
            out.push(' ');
        }
        out.push_str(key);
        out.push('=');
        push_value(value, out);
    });
}

pub(super) fn is_key(path: &str, open: bool) -> bool {
    KEYS.has(path, open)
}

fn push_header(text: impl Iterator<Item = char>, out: &mut String) {
    for c in text {
        match c {
            '|' => out.push_str("\\|"),
            '\\' => out.push_str("\\\\"),
            c if breaks_line(c) => push_visible(c, out),
            c => out.push(c),
        }
    }
}

fn push_value(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '=' => out.push_str("\\="),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if breaks_line(c) => push_visible(c, out),
            c => out.push(c),
        }
    }
}

/// The visible spelling begins with a backslash, which CEF doubles.
fn push_visible(c: char, out: &mut String) {
    out.push('\\');
    push_printable(c, out);
}
