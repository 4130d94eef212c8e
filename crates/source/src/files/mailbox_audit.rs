//! The audit log of mailboxes, of Exchange Server and of Exchange Online before the unified log:
//! Search-MailboxAuditLog with ShowDetails, as CSV, list, JSON or Clixml, and the XML that
//! New-MailboxAuditLogSearch sends, also with the records that trail365 adds to it.
//!
//! Names from MicrosoftDocs/OfficeDocs-Exchange, export-mailbox-audit-logs.md.

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "mailbox-audit",
    about: "Search-MailboxAuditLog as CSV, list, JSON or XML, and the XML of New-MailboxAuditLogSearch",
    claims: |sample| sample.has(&COLUMNS) || sample.carries_records(),
    records: |sample| sample.row_records(COLUMNS),
};

const COLUMNS: Columns = Columns {
    any_of: &[
        &["LastAccessed", "Operation", "LogonType"],
        &["LastAccessed", "Operation", "MailboxGuid"],
        &["MailboxGuid", "Operation", "LogonType", "OperationResult"],
    ],
    times: &["LastAccessed"],
};
