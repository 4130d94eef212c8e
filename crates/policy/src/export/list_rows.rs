//! `Format-List`: a line a property, an empty line between objects, long values gone on with below.

use super::{Cell, Export, Row};

/// Does the text begin with a property?
pub(super) fn claims(text: &str) -> bool {
    text.lines().next().is_some_and(|line| property(line).is_some())
}

pub(super) fn read(text: &str, export: &mut Export) {
    let mut row: Option<Row> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() {
            export.rows.extend(row.take());
            continue;
        }
        let place = format!("line {}", index + 1);
        match (property(line), &mut row) {
            (Some((name, value)), Some(row)) => row.cells.push((name, Cell::Text(value))),
            (Some((name, value)), None) => {
                row = Some(Row { place, cells: vec![(name, Cell::Text(value))] });
            }
            (None, Some(row)) if line.starts_with(' ') => go_on(row, line.trim()),
            (None, _) => export.bad(place, "is neither a property nor the rest of one"),
        }
    }
    export.rows.extend(row);
}

fn go_on(row: &mut Row, more: &str) {
    if let Some((_, Cell::Text(text))) = row.cells.last_mut() {
        text.push(' ');
        text.push_str(more);
    }
}

/// `AuditEnabled : True`.
fn property(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(" :").or_else(|| line.split_once(':'))?;
    let name = name.trim_end();
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain.then(|| (name.to_owned(), value.trim().to_owned()))
}
