//! `Export-Csv`: with or without its line of types, with any of its delimiters.

use super::{Cell, Export, Row};

pub(super) fn read(text: &str, export: &mut Export) {
    let (skipped, text) = match text.strip_prefix("#TYPE") {
        Some(typed) => (1, typed.split_once('\n').map_or("", |(_, rest)| rest)),
        None => (0, text),
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text.lines().next().unwrap_or_default()))
        .flexible(true)
        .from_reader(text.as_bytes());
    let names = match reader.headers() {
        Ok(names) => names.clone(),
        Err(error) => return export.bad("the header".to_owned(), error.to_string()),
    };
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line) + skipped;
                let place = format!("line {line}");
                if record.len() != names.len() {
                    let (found, wanted) = (record.len(), names.len());
                    export.bad(place, format!("has {found} cells where the header has {wanted}"));
                    continue;
                }
                let cells = names.iter().zip(&record);
                let cells = cells.map(|(name, text)| (name.into(), Cell::Text(text.into())));
                export.rows.push(Row { place, cells: cells.collect() });
            }
            Err(error) => export.bad("a row".to_owned(), error.to_string()),
        }
    }
}

/// What stands most often in the header.
fn delimiter(header: &str) -> u8 {
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    // Of equals the last counts, which is the comma.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}
