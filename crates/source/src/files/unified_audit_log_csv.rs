//! `Search-UnifiedAuditLog | Export-Csv`, also of a selection of its properties.

use super::format::Format;

pub(super) static FORMAT: Format = Format {
    name: "unified-audit-log-csv",
    about: "CSV made with Search-UnifiedAuditLog and Export-Csv",
    claims: |sample| {
        let table = sample.table_with(&["CreationDate", "AuditData"]);
        table.is_some_and(|table| table.only(&COLUMNS))
    },
    records: |sample| sample.table_records(),
};

/// The last three come from a remote session of Windows PowerShell.
pub(super) const COLUMNS: [&str; 13] = [
    "RecordType",
    "CreationDate",
    "UserIds",
    "Operations",
    "AuditData",
    "ResultIndex",
    "ResultCount",
    "Identity",
    "IsValid",
    "ObjectState",
    "PSComputerName",
    "RunspaceId",
    "PSShowComputerName",
];
