//! The CSV of an audit search in the Purview portal, since 2022.

use super::format::Format;

pub(super) static FORMAT: Format = Format {
    name: "purview-csv",
    about: "CSV exported from an audit search in the Purview portal",
    claims: |sample| {
        let table = sample.table_with(&COLUMNS[..6]);
        table.is_some_and(|table| table.only(&COLUMNS))
    },
    records: |sample| sample.table_records(),
};

/// The last two came later, and one file in the wild spells the last without its first `s`.
pub(super) const COLUMNS: [&str; 9] = [
    "RecordId",
    "CreationDate",
    "RecordType",
    "Operation",
    "UserId",
    "AuditData",
    "AssociatedAdminUnits",
    "AssociatedAdminUnitsNames",
    "AssociatedAdminUnitNames",
];
