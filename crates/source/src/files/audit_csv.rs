//! Any table with the records in a column: an export that passed through another tool (Splunk's
//! `_raw`, Elastic's `event.original`, the RawEventData of advanced hunting), or a part of one that
//! lost its header when a big file was split.

use super::format::{Format, Sample};
use super::read::{Header, RECORD_COLUMNS, json::is_record};
use super::{protection_center_csv, purview_csv, unified_audit_log_csv};

pub(super) static FORMAT: Format = Format {
    name: "audit-csv",
    about: "any CSV, semicolon or tab separated table with a column AuditData, RawEventData, event.original or _raw",
    claims: |sample| match sample {
        Sample::Table(table) => is_named(table) || record_column(table).is_some(),
        _ => false,
    },
    records: |sample| match sample {
        Sample::Table(table) if !is_named(table) => {
            sample.table_records_without_header(&guessed(table))
        }
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

/// The columns of a table whose first row is data, by the place of the record among them.
fn guessed(table: &Header) -> Vec<String> {
    let at = record_column(table);
    let exports: [&[&str]; 3] = [
        &purview_csv::COLUMNS[..8],
        &protection_center_csv::COLUMNS,
        &unified_audit_log_csv::COLUMNS[..10],
    ];
    let known = exports.iter().find(|names| {
        names.len() == table.names.len() && names.iter().position(|name| *name == "AuditData") == at
    });
    let name = |number: usize| match known {
        Some(names) => names[number].to_owned(),
        None if Some(number) == at => "AuditData".to_owned(),
        None => String::new(),
    };
    (0..table.names.len()).map(name).collect()
}
