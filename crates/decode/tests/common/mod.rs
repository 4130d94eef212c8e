//! What the tests share: envelopes, and an event as text.

// Each test file is a crate of its own and uses a part of this.
#![allow(dead_code)]

use std::sync::Arc;

use bytes::Bytes;
use event::{Cell, Envelope, Event, Field, Provenance, time};

/// 2026-03-01T00:00:00Z, the time of ingestion in all tests.
pub const NOW: i64 = 1_772_323_200_000_000;

pub fn envelope(bytes: impl Into<Vec<u8>>) -> Envelope {
    let provenance = Provenance {
        source: "activity-feed",
        content_type: "Audit.General",
        origin: "blob-1".to_owned(),
    };
    Envelope::record(&Arc::new(provenance), 7, Bytes::from(bytes.into()))
}

pub fn wrapped(record: &str, wrapper: &str) -> Envelope {
    Envelope { wrapper: Some(wrapper.into()), ..envelope(record) }
}

pub fn decode(envelope: &Envelope) -> Event<'_> {
    decode::decode(envelope, "contoso", NOW)
}

/// The columns that the record itself fills, one a line.
pub fn columns(event: &Event) -> String {
    let ours = [
        Field::Tenant,
        Field::ContentType,
        Field::Source,
        Field::Origin,
        Field::Position,
        Field::IngestTime,
        Field::Issues,
    ];
    let mut text = String::new();
    for field in Field::ALL {
        if ours.contains(&field) {
            continue;
        }
        match event.cell(field) {
            Some(Cell::Text(value)) => text += &format!("{}={value:?}\n", field.name()),
            Some(Cell::Int(value)) => text += &format!("{}={value}\n", field.name()),
            Some(Cell::Time(value)) => {
                text += &format!("{}={}\n", field.name(), time::iso_text(*value));
            }
            None => {}
        }
    }
    text
}

/// Columns, issues and line.
pub fn report(event: &Event) -> String {
    let mut text = columns(event);
    for issue in &event.issues {
        text += &format!("! {issue}\n");
    }
    text + &decode::line(event) + "\n"
}
