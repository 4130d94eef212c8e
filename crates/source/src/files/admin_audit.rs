//! The audit log of administrators of Exchange Server: Search-AdminAuditLog as CSV, list, JSON or
//! Clixml, and the XML that New-AdminAuditLogSearch sends.
//!
//! Names from MicrosoftDocs/OfficeDocs-Exchange, the pages of the administrator audit log.

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "admin-audit",
    about: "Search-AdminAuditLog as CSV, list, JSON or XML, and the XML of New-AdminAuditLogSearch",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

const COLUMNS: Columns = Columns {
    any_of: &[
        &["CmdletName", "RunDate"],
        &["Cmdlet", "RunDate"],
        &["Cmdlet", "Caller", "ObjectModified"],
    ],
    times: &["RunDate"],
};
