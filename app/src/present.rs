//! How is an answer shown?
//!
//! Audit text is hostile: in a terminal every control character is written out, and a CSV cell
//! never begins like a formula.

use std::io::Write;

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use decode::form::csv_cell;
use event::{Cell, Event, Field, Kind, resolve, time};
use search::Row;
use serde_json::{Map, Value, value::RawValue};

/// Longest cell of a table on a terminal, in characters.
const TABLE_CELL_CHARS_MAX: usize = 60;

/// Rows of a table laid out together; longer tables come in parts.
pub const TABLE_ROWS_MAX: usize = 10_000;

/// Shown unless other fields are asked for.
pub const TABLE_FIELDS: [&str; 6] =
    ["CreationTime", "Workload", "Operation", "UserId", "ClientAddress", "ObjectId"];

/// Text that cannot move the cursor.
pub fn printable(text: &str) -> String {
    event::printable(text).into_owned()
}

/// A table for people; long cells are cut.
pub fn table(header: &[String], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for row in rows {
        table.add_row(row.iter().map(|cell| shortened(&printable(cell))));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(TABLE_CELL_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Writes one CSV line.
pub fn csv_line(out: &mut impl Write, cells: &[String]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.iter().map(|cell| csv_cell(cell).into_owned()))?;
    out.write_all(&writer.into_inner()?)?;
    Ok(())
}

/// The text of a column, a path into the record, or `Raw`, `Key` and `Line`.
pub fn field_text(row: &Row, event: &Event, name: &str) -> Option<String> {
    if let Some(field) = Field::named(name) {
        return row.cell(field).map(|cell| cell_text(field, cell));
    }
    match name.to_ascii_lowercase().as_str() {
        "key" => return Some(row.key.to_string()),
        "line" => return Some(decode::line(event)),
        "raw" => return Some(String::from_utf8_lossy(&row.raw).into_owned()),
        _ => {}
    }
    let mut values = Vec::new();
    resolve(&event.body, name, &mut |value| {
        match value.as_text() {
            Some(text) => values.push(text.into_owned()),
            None if value.is_null() => {}
            None => values.extend(serde_json::to_string(value)),
        }
        false
    });
    (!values.is_empty()).then(|| values.join("; "))
}

pub fn cell_text(field: Field, cell: &Cell) -> String {
    match (field.kind(), cell) {
        (Kind::Time, Cell::Time(micros)) => time::iso_text(*micros),
        (_, Cell::Int(value) | Cell::Time(value)) => value.to_string(),
        (_, Cell::Text(text)) => text.to_string(),
    }
}

/// An event's columns as JSON, missing ones left out, with its key first.
pub fn columns_json(row: &Row) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("Key".to_owned(), row.key.to_string().into());
    for field in Field::ALL {
        let value = match row.cell(field) {
            None => continue,
            Some(Cell::Text(text)) if matches!(field, Field::Issues | Field::Wrapper) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_ref()))
            }
            Some(Cell::Int(value)) => Value::from(*value),
            Some(cell) => Value::from(cell_text(field, cell)),
        };
        object.insert(field.name().to_owned(), value);
    }
    object
}

/// One line of JSON: the columns and, under `Record`, the record as sent.
pub fn event_json(row: &Row) -> Result<String> {
    let mut text = serde_json::to_string(&columns_json(row))?;
    text.pop();
    text.push_str(",\"Record\":");
    match std::str::from_utf8(&row.raw).ok().and_then(one_line_json) {
        Some(record) => text.push_str(&record),
        None => text.push_str(&serde_json::to_string(&String::from_utf8_lossy(&row.raw))?),
    }
    text.push('}');
    Ok(text)
}

/// The record's own JSON, if it is valid; line breaks between its tokens are taken out.
fn one_line_json(raw: &str) -> Option<String> {
    let valid: Box<RawValue> = serde_json::from_str(raw).ok()?;
    match raw.contains(['\n', '\r']) {
        false => Some(valid.get().to_owned()),
        // A valid text holds no raw line break inside a string.
        true => Some(valid.get().replace(['\n', '\r'], " ")),
    }
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
            ("plain", "plain"),
        ] {
            assert_eq!(csv_cell(text), cell);
        }
        assert!(!table(&["a".to_owned()], &[vec!["\u{1b}[2J\nx".to_owned()]]).contains('\u{1b}'));
    }

    #[test]
    fn a_pretty_record_becomes_one_line() {
        assert_eq!(one_line_json("{\n \"a\": 1\r\n}").as_deref(), Some("{  \"a\": 1  }"));
        assert_eq!(one_line_json("{\"a\": "), None);
    }
}
