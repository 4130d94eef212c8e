//! Message trace, in the words of its four sources.
//!
//! Get-MessageTrace, Get-MessageTraceV2 and the reporting web service write one form, Graph
//! another, the downloadable reports a third, and the tracking log of Exchange Server that with
//! hyphens. A row is a message and a recipient, and its status
//! changes while the message travels: so neither MessageTraceId nor Graph's id, which all
//! recipients of a message share, is an Id, and the content alone decides what is new. The unified
//! audit log knows no such records, so they have no RecordType.

use std::borrow::Cow;

use event::{Field, Value};

use super::Implied::{Always, Told};
use super::{Family, Fits};
use crate::show::{labelled, present};

pub const MESSAGE_TRACE: Family = Family {
    name: "Message trace",
    // Import tells a file of such rows by the same lists. A stage does not know the next, so each
    // has its own, and a test of import holds the two together.
    fits: Fits::Members {
        any_of: &[
            &["MessageTraceId", "RecipientAddress"],
            &["receivedDateTime", "recipientAddress"],
            // A choice of columns may leave the identifiers out.
            &["Received", "SenderAddress", "RecipientAddress"],
            &["origin_timestamp_utc", "message_id"],
            &["origin_timestamp", "message_id"],
            &["date_time_utc", "message_id"],
            &["date_time", "message_id"],
            &["date-time", "message-id"],
        ],
        implied: &[
            (Field::Workload, Always("Exchange")),
            (Field::Operation, Always("MessageTrace")),
            (Field::ObjectId, Told(recipients)),
            (Field::ResultStatus, Told(status)),
        ],
    },
    columns: &[
        (Field::CreationTime, "Received.value"),
        (Field::CreationTime, "Received"),
        (Field::CreationTime, "receivedDateTime"),
        (Field::CreationTime, "origin_timestamp_utc"),
        (Field::CreationTime, "origin_timestamp"),
        (Field::CreationTime, "date_time_utc"),
        (Field::CreationTime, "date_time"),
        (Field::CreationTime, "date-time"),
        (Field::Operation, "event_id"),
        (Field::Operation, "event-id"),
        (Field::UserId, "SenderAddress"),
        (Field::UserId, "sender_address"),
        (Field::UserId, "sender-address"),
        (Field::ObjectId, "RecipientAddress"),
        (Field::ObjectId, "recipient_address"),
        (Field::ObjectId, "recipient-address"),
        (Field::ClientIP, "FromIP"),
        (Field::ClientIP, "original_client_ip"),
        (Field::ClientIP, "original-client-ip"),
        (Field::ClientIP, "client_ip"),
        (Field::ClientIP, "client-ip"),
        (Field::ResultStatus, "Status"),
        (Field::ItemName, "Subject"),
        (Field::ItemName, "message_subject"),
        (Field::ItemName, "message-subject"),
    ],
    line: &[
        labelled("Recipient", Field::ObjectId),
        labelled("Subject", Field::ItemName),
        present("MessageId", "MessageId"),
        present("MessageId", "message_id"),
        present("ToIP", "ToIP"),
        present("Size", "Size"),
        present("Source", "source"),
        present("Recipients", "recipient_status"),
        present("Rule", "custom_data"),
    ],
};

/// Who got a message and how, as a historical search tells it:
/// `bob@contoso.example##Receive, Deliver;cy@contoso.example##Receive, Send`. In its extended form
/// the column tells the answer of a server instead.
fn recipient_status<'v>(body: &'v Value) -> Option<Vec<(&'v str, &'v str)>> {
    let Value::Text(text) = body.get("recipient_status")? else {
        return None;
    };
    text.split(';').map(|part| part.trim().split_once("##")).collect()
}

fn recipients<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    let addresses: Vec<&str> =
        recipient_status(body)?.into_iter().map(|(address, _)| address).collect();
    Some(addresses.join("; ").into())
}

/// The last step of each recipient; once, where all had the same.
fn status<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    let mut last: Vec<&str> = recipient_status(body)?
        .into_iter()
        .map(|(_, steps)| steps.rsplit(',').next().unwrap_or(steps).trim())
        .collect();
    last.dedup();
    Some(last.join("; ").into())
}

/// What happened to one message on its way: Get-MessageTraceDetail and Graph's
/// getDetailsByRecipient.
pub const MESSAGE_TRACE_DETAIL: Family = Family {
    name: "Message trace detail",
    fits: Fits::Members {
        any_of: &[
            &["MessageTraceId", "Date", "Event"],
            &["MessageId", "Date", "Event", "Detail"],
            &["messageId", "dateTime", "event"],
        ],
        implied: &[(Field::Workload, Always("Exchange"))],
    },
    columns: &[
        (Field::CreationTime, "Date.value"),
        (Field::CreationTime, "Date"),
        (Field::CreationTime, "dateTime"),
        (Field::Operation, "Event"),
        (Field::UserId, "SenderAddress"),
        (Field::ObjectId, "RecipientAddress"),
        (Field::ResultStatus, "Action"),
    ],
    line: &[
        labelled("Recipient", Field::ObjectId),
        present("MessageId", "MessageId"),
        present("Detail", "Detail"),
        present("Detail", "description"),
        present("Data", "Data"),
    ],
};
