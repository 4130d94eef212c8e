//! The CSV of the Security & Compliance Center, until 2023, and of the export script that
//! Microsoft's documentation prints.

use super::format::Format;

pub(super) static FORMAT: Format = Format {
    name: "protection-center-csv",
    about: "CSV exported from the Protection or Compliance Center, four columns",
    claims: |sample| {
        let table = sample.table_with(&["CreationDate", "UserIds", "AuditData"]);
        table.is_some_and(|table| {
            table.names.len() == 4 && (table.has("Operations") || table.has("RecordType"))
        })
    },
    records: |sample| sample.table_records(),
};

pub(super) const COLUMNS: [&str; 4] = ["CreationDate", "UserIds", "Operations", "AuditData"];
