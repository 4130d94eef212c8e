//! One table of a page as CSV, every row it keeps.
//!
//! Quoted as in RFC 4180. A cell never begins like a formula and holds no line break, so that each
//! line is one row, whatever reads it.

use std::borrow::Cow;

use super::printable;
use crate::{Cell, Page, Section, Table};

/// The last column: the key of the event that the row shows.
const KEY: &str = "Key";

/// The first table, or the one of that name. The error names those there are.
pub fn csv(page: &Page, table: Option<&str>) -> Result<String, String> {
    let table = find(page, table)?;
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let names = table.columns.iter().map(|column| column.name).chain([KEY]);
    writer.write_record(names).map_err(|error| error.to_string())?;
    for row in &table.rows {
        let key = row.key.map(|key| key.to_string()).unwrap_or_default();
        let cells = row.cells.iter().map(cell).chain([Cow::Owned(key)]);
        writer
            .write_record(cells.map(|cell| cell.into_owned().into_bytes()))
            .map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

fn find<'p>(page: &'p Page, name: Option<&str>) -> Result<&'p Table, String> {
    let tables = || {
        page.answer.sections.iter().filter_map(|section| match section {
            Section::Table(table) => Some(table),
            Section::Figures(_) | Section::Chart(_) => None,
        })
    };
    let found = tables().find(|table| name.is_none_or(|name| table.name == name));
    found.ok_or_else(|| {
        let names: Vec<&str> = tables().map(|table| table.name).collect();
        match name {
            _ if names.is_empty() => {
                format!("report {} has no table: ask for it as text, JSON or HTML", page.report)
            }
            Some(name) => format!(
                "report {} has no table {:?}; it has {}",
                page.report,
                printable(name),
                names.join(", ")
            ),
            None => unreachable!("the first table is found where there is one"),
        }
    })
}

/// A cell that no spreadsheet takes for a formula: one that begins like one gets a `'` before it.
/// Source: OWASP, CSV injection.
fn cell(cell: &Cell) -> Cow<'_, str> {
    const BEGINS: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let Cell::Text(text) = cell else {
        return Cow::Owned(cell.shown());
    };
    // A tab or a line break at the beginning, which spreadsheets pass over, is visible by now.
    let line = printable(text);
    match line.trim_start().starts_with(BEGINS) {
        true => Cow::Owned(format!("'{line}")),
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_harmless() {
        for (text, written) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("-1+2", "'-1+2"),
            ("@SUM(1)", "'@SUM(1)"),
            (" +1", "' +1"),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("\t=1", "\\t=1"),
            ("a\r\nb", "a\\r\\nb"),
            ("plain", "plain"),
        ] {
            assert_eq!(cell(&Cell::text(text)), written);
        }
    }
}
