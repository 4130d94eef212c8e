//! Message traces: Get-MessageTrace, Get-MessageTraceV2, the reporting web service, Graph, the
//! reports of a historical search, and the tracking log of Exchange Server.
//!
//! Names from MicrosoftDocs/office-docs-powershell (the cmdlets), MicrosoftDocs/OfficeDocs-Exchange,
//! message-trace-modern-eac.md (the reports), Microsoft Graph (exchangeMessageTrace). A report is
//! UTF-16 without a mark.

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "message-trace",
    about: "message traces as CSV, list, JSON or XML, reports of a historical search, tracking logs of Exchange Server",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

// Decoding tells the records by the same lists. It stands on its own, so they stand there as well, and
// a test here holds the two together.
pub(super) const COLUMNS: Columns = Columns {
    any_of: &[
        &["MessageTraceId", "RecipientAddress"],
        &["receivedDateTime", "recipientAddress"],
        &["Received", "SenderAddress", "RecipientAddress"],
        &["origin_timestamp_utc", "message_id"],
        &["origin_timestamp", "message_id"],
        &["date_time_utc", "message_id"],
        &["date_time", "message_id"],
        &["date-time", "message-id"],
    ],
    times: &[
        "Received",
        "origin_timestamp_utc",
        "origin_timestamp",
        "date_time_utc",
        "date_time",
        "date-time",
    ],
};
