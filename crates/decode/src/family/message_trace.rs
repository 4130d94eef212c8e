//! Message trace, in the words of its four sources.
//!
//! Get-MessageTrace, Get-MessageTraceV2 and the reporting web service write one form, Graph
//! another, the downloadable reports a third. A row is a message and a recipient, and its status
//! changes while the message travels: so neither MessageTraceId nor Graph's id, which all
//! recipients of a message share, is an Id, and the content alone decides what is new. The unified
//! audit log knows no such records, so they have no RecordType.

use event::Field;

use super::{Family, Fits, Implied::Always};
use crate::show::{labelled, present};

pub const MESSAGE_TRACE: Family = Family {
    name: "Message trace",
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
        ],
    },
    columns: &[
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
        (Field::ObjectId, "recipient_status"),
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
    ],
};
