//! An event as one line of CSV: every column, and the record as sent at the end.
//!
//! Quoted as in RFC 4180, with `,` between the cells. A cell never begins like a formula, and no cell
//! holds a line break: line breaks and other control characters are written visibly, in the JSON of
//! a record as JSON has them. So each line is one event, whatever reads it.

use std::borrow::Cow;

use event::{Cell, Event, Field, push_printable, time};
use serde_json::value::RawValue;

use super::fields::Fields;
use super::keyed::{breaks_line, push_json};

/// The last column: the record as sent.
const RAW: &str = "Raw";

/// The line that names the columns, without a line break at its end.
pub fn csv_header(fields: &Fields) -> String {
    let names = Field::ALL.into_iter().map(Field::name).chain([RAW]);
    names.filter(|name| fields.has(name)).collect::<Vec<_>>().join(",")
}

/// Appends the event as one line, without a line break at its end. The columns stand in the order
/// of [`Field::ALL`], whatever the order of the fields.
pub fn csv(event: &Event, fields: &Fields, out: &mut String) {
    let mut is_first = true;
    let mut cell = |text: &str| {
        if !std::mem::take(&mut is_first) {
            out.push(',');
        }
        push_quoted(&csv_cell(text), out);
    };
    for field in Field::ALL.into_iter().filter(|field| fields.has(field.name())) {
        match event.cell(field) {
            None => cell(""),
            Some(Cell::Text(text)) => cell(&one_line(text)),
            Some(Cell::Int(value)) => cell(&value.to_string()),
            Some(Cell::Time(micros)) => cell(&time::iso_text(*micros)),
        }
    }
    if fields.has(RAW) {
        cell(&raw_line(event.raw));
    }
}

/// A cell that no spreadsheet takes for a formula: one that begins like one gets a `'` before it.
/// Source: OWASP, CSV injection.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    const BEGINS: [char; 11] =
        ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    match text.starts_with(BEGINS) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

pub(super) fn is_column(path: &str, open: bool) -> bool {
    let names = Field::ALL.into_iter().map(Field::name).chain([RAW]);
    names.into_iter().any(|name| {
        let begins = name.get(..path.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(path));
        begins && (open || name.len() == path.len())
    })
}

/// Where a semicolon or a tab stands between cells, as in some countries, those are quoted as well.
pub(super) fn push_quoted(text: &str, out: &mut String) {
    if !text.contains([',', '"', ';', '\t', '\r', '\n']) {
        return out.push_str(text);
    }
    out.push('"');
    for part in text.split_inclusive('"') {
        out.push_str(part);
        if part.ends_with('"') {
            out.push('"');
        }
    }
    out.push('"');
}

pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(breaks_line) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match breaks_line(c) {
            true => push_printable(c, &mut line),
            false => line.push(c),
        }
    }
    Cow::Owned(line)
}

fn raw_line(raw: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(raw);
    if !text.contains(breaks_line) {
        return text;
    }
    if serde_json::from_str::<&RawValue>(&text).is_err() {
        return Cow::Owned(one_line(&text).into_owned());
    }
    let mut line = String::with_capacity(text.len() + 16);
    push_json(&text, &mut line);
    Cow::Owned(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_harmless() {
        for (text, cell) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("-1+2", "'-1+2"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("\t=1", "'\t=1"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(csv_cell(text), cell);
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        for (text, cell) in [
            ("plain text", "plain text"),
            ("a,b", "\"a,b\""),
            ("a;=1", "\"a;=1\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("\"", "\"\"\"\""),
        ] {
            let mut out = String::new();
            push_quoted(text, &mut out);
            assert_eq!(out, cell);
        }
    }

    #[test]
    fn a_record_is_one_line_and_the_same_json() {
        for (raw, line) in [
            ("{\n \"a\": 1\r\n}", "{  \"a\": 1  }"),
            ("{\"a\":\"x\u{2028}\u{85}y\"}", r#"{"a":"x\u2028\u0085y"}"#),
            ("{\"a\":\n", "{\"a\":\\n"),
        ] {
            assert_eq!(raw_line(raw.as_bytes()), line);
        }
    }
}
