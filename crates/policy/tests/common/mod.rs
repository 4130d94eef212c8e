//! Events as decoding leaves them, from a few members.

use event::{Cell, Event, Field, Key, Value, time};

/// The time of ingestion in every test.
pub const NOW: &str = "2026-03-10T12:00:00Z";

pub fn at(text: &str) -> i64 {
    time::parse(text).expect("a time")
}

pub fn now() -> i64 {
    at(NOW)
}

/// The columns that decoding would fill.
pub fn event(json: &str) -> Event<'_> {
    let body = Value::from_json(json).expect("a test's record is JSON");
    let key = Key::of(None, &body);
    let mut event = Event::new(key, json.as_bytes(), body.clone());
    let text = |name: &str| body.get(name).and_then(Value::as_text).map(|text| text.into_owned());
    for field in [Field::Operation, Field::UserId, Field::MailboxOwnerUPN, Field::Workload] {
        if let Some(text) = text(field.name()) {
            event.set_text(field, text);
        }
    }
    for field in [Field::RecordType, Field::LogonType] {
        match body.get(field.name()).map(|value| (value.as_int(), value.as_text())) {
            Some((Some(number), _)) => event.set(field, Cell::Int(number)),
            Some((None, Some(name))) if field == Field::LogonType => {
                event.set_text(Field::LogonTypeName, name.into_owned());
            }
            _ => {}
        }
    }
    for name in ["CreationTime", "LastAccessed"] {
        if let Some(micros) = text(name).as_deref().and_then(time::parse) {
            event.set(Field::CreationTime, Cell::Time(micros));
        }
    }
    event
}

pub fn quarantined(raw: &[u8]) -> Event<'_> {
    let text = String::from_utf8_lossy(raw).into_owned();
    let mut event = Event::new(Key::of_bytes(raw), raw, Value::Text(text.into()));
    event.set_text(Field::Quarantine, "no JSON");
    event
}
