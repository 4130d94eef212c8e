//! The events of one message: Get-MessageTraceDetail, Get-MessageTraceDetailV2 and Graph's
//! getDetailsByRecipient.
//!
//! Names from MicrosoftDocs/office-docs-powershell and Microsoft Graph (exchangeMessageTraceDetail).

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "message-trace-detail",
    about: "Get-MessageTraceDetail as CSV, list, JSON or XML",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

// As with `message_trace`, decoding has the same lists.
pub(super) const COLUMNS: Columns = Columns {
    any_of: &[
        &["MessageTraceId", "Date", "Event"],
        &["MessageId", "Date", "Event", "Detail"],
        &["messageId", "dateTime", "event"],
    ],
    times: &["Date"],
};
