//! Comma-separated values.

use decode::form::{Fields, csv, csv_header};
use event::{Cell, Event, Field, time};
use serde_json::Value as Json;

use crate::shared::{SIGN_IN, check_one_line, decode, envelope, visible};

/// What holds for any record.
pub fn holds(event: &Event) {
    let line = written(event, &Fields::ALL);
    check_one_line(&line);
    let cells = parse(&line);
    assert_eq!(cells.len(), Field::COUNT + 1, "{line}");
    for (field, cell) in Field::ALL.into_iter().zip(&cells) {
        let expected = match event.cell(field) {
            None => String::new(),
            Some(Cell::Text(text)) => visible(text),
            Some(Cell::Int(value)) => value.to_string(),
            Some(Cell::Time(micros)) => time::iso_text(*micros),
        };
        check_harmless(cell);
        assert_eq!(*cell, with_apostrophe(expected), "{}", field.name());
    }
    let raw = &cells[Field::COUNT];
    check_harmless(raw);
    let sent = String::from_utf8_lossy(event.raw);
    match serde_json::from_str::<Json>(&sent) {
        // A text of one JSON scalar may begin like a formula: -1.
        Ok(json) if !raw.starts_with('\'') => {
            assert_eq!(serde_json::from_str::<Json>(raw).unwrap(), json);
        }
        Ok(_) => {}
        Err(_) => assert_eq!(*raw, with_apostrophe(visible(&sent))),
    }
}

fn check_harmless(cell: &str) {
    assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{cell:?}");
}

fn with_apostrophe(text: String) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}') => {
            format!("'{text}")
        }
        _ => text,
    }
}

fn written(event: &Event, fields: &Fields) -> String {
    let mut line = String::new();
    csv(event, fields, &mut line);
    line
}

/// The cells of one line, as RFC 4180 has them.
fn parse(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut chars = line.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = chars.next() {
        let cell = cells.last_mut().unwrap();
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if is_quoted => {
                is_quoted = false;
                assert!(matches!(chars.peek(), None | Some(',')), "{line}");
            }
            '"' => {
                assert!(cell.is_empty(), "{line}");
                is_quoted = true;
            }
            ',' if !is_quoted => cells.push(String::new()),
            c => cell.push(c),
        }
    }
    assert!(!is_quoted, "{line}");
    cells
}

#[test]
fn the_header_names_the_cells() {
    let header = csv_header(&Fields::ALL);
    let names = parse(&header);
    assert_eq!(names.len(), Field::COUNT + 1);
    assert_eq!((names[0].as_str(), names[Field::COUNT].as_str()), ("CreationTime", "Raw"));
    let fields = Fields::new(&["Raw", "user*"], &["UserType*"]).unwrap();
    assert_eq!(csv_header(&fields), "UserId,UserKey,UserAgent,Raw");
    let envelope = envelope(SIGN_IN);
    let cells = parse(&written(&decode(&envelope), &fields));
    assert_eq!(cells[..2], ["ann@contoso.example", "1003"]);
    // The record was sent on several lines.
    assert!(SIGN_IN.contains('\n') && !cells[3].contains('\n'));
}

#[test]
fn hostile_text_adds_no_cell_and_no_formula() {
    let hostile = "=HYPERLINK(\"x\"),\"\n=1\",\r\n-1;=2\t@3";
    let record =
        serde_json::json!({"RecordType": 6, "Operation": hostile, "UserId": hostile, "Id": "-1"});
    for bytes in [record.to_string(), hostile.to_owned()] {
        let envelope = envelope(bytes);
        holds(&decode(&envelope));
    }
}
