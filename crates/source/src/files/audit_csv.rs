//! Any table with the records in a column: an export that passed through another tool (Splunk's
//! `_raw`, Elastic's `event.original`, the RawEventData of advanced hunting), one whose columns are
//! named in another language, or a part of one that lost its header when a big file was split.

use super::format::{Format, Sample};
use super::read::{Header, RECORD_COLUMNS, json::is_record};
use super::{protection_center_csv, purview_csv, unified_audit_log_csv};

pub(super) static FORMAT: Format = Format {
    name: "audit-csv",
    about: "any CSV, semicolon or tab separated table with a column AuditData, RawEventData, event.original or _raw, or one column of records",
    claims: |sample| match sample {
        Sample::Table(table) => {
            is_named(table) || table.records.is_some() || record_column(table).is_some()
        }
        _ => false,
    },
    records: |sample| match sample {
        Sample::Table(table) => match headless(table) {
            Some(column) => sample.table_records_without_header(&guessed(table, column)),
            None => sample.table_records(),
        },
        _ => sample.table_records(),
    },
};

/// True if a column's name says that it holds the records.
fn is_named(table: &Header) -> bool {
    RECORD_COLUMNS.iter().any(|name| table.has(name))
}

/// Which cell of the first row is a record, if that row is no header.
fn record_column(table: &Header) -> Option<usize> {
    table.names.iter().position(|cell| is_record(cell.as_bytes()))
}

/// The column of the records, if the first row is data itself.
fn headless(table: &Header) -> Option<usize> {
    if is_named(table) {
        return None;
    }
    record_column(table).or(table.records.filter(|_| table.is_joined()))
}

/// The columns of a table whose first row is data, by the place of the record among them.
fn guessed(table: &Header, at: usize) -> Vec<String> {
    let exports: [&[&str]; 3] = [
        &purview_csv::COLUMNS[..8],
        &protection_center_csv::COLUMNS,
        &unified_audit_log_csv::COLUMNS[..10],
    ];
    let known = exports.iter().find(|names| {
        names.len() == table.names.len()
            && names.iter().position(|name| *name == "AuditData") == Some(at)
    });
    let name = |number: usize| match known {
        Some(names) => names[number].to_owned(),
        None if number == at => "AuditData".to_owned(),
        None => String::new(),
    };
    (0..table.names.len()).map(name).collect()
}
