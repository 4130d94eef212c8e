//! From an envelope to an event.

use event::{Cell, Envelope, Event, Field, Issue, IssueKind, Key, Payload, Value, time};

use crate::actor;
use crate::canonical;
use crate::family::{self, Schema};
use crate::issues::{self, note};
use crate::outcome;
use crate::read::{Reading, lossy, read};

/// Decodes one record. It never fails: what cannot be read is quarantined, whole.
///
/// `tenant` is the tenant the record is stored for, `now` the time of ingestion in microseconds
/// since 1970. Empty text in the record counts as missing in the columns; the raw bytes keep it.
pub fn decode<'a>(envelope: &'a Envelope, tenant: &'a str, now: i64) -> Event<'a> {
    decode_with(envelope, tenant, now, None)
}

/// Decodes a record that the store holds, whose key is known: half the work. That a member was
/// written twice is not told again.
pub fn decode_stored(envelope: &Envelope, key: Key) -> Event<'_> {
    decode_with(envelope, "", 0, Some(key))
}

fn decode_with<'a>(
    envelope: &'a Envelope,
    tenant: &'a str,
    now: i64,
    key: Option<Key>,
) -> Event<'a> {
    let (mut event, every) = match &envelope.payload {
        Payload::Broken { bytes, reason } => (quarantined(bytes, reason.clone()), NONE),
        Payload::Record(bytes) => match read(bytes) {
            Reading::Record { body, mended } => decoded(bytes, body, &mended, key),
            Reading::Unreadable { reason } => (quarantined(bytes, reason), NONE),
        },
    };
    fill_from_wrapper(&mut event, envelope);
    note_missing(&mut event, every);
    note_timeless(&mut event);
    derive(&mut event);
    set_provenance(&mut event, envelope, tenant, now);
    issues::write_cell(&mut event);
    event
}

/// The fields without which a record of the audit schema is odd. Records do leave out others that
/// the schema calls mandatory.
const EVERY: &[Field] = &[Field::Id, Field::RecordType, Field::Operation];
const NONE: &[Field] = &[];

/// The event, and the fields it should have.
fn decoded<'a>(
    raw: &'a [u8],
    body: Value<'a>,
    mended: &[&'static str],
    key: Option<Key>,
) -> (Event<'a>, &'static [Field]) {
    // The key needs the Id's column and the columns need the event, so it is set afterwards.
    let mut event = Event::new(Key { id: 0, content: 0 }, raw, Value::Null);
    if !mended.is_empty() {
        note(&mut event, IssueKind::MendedJson, "record", mended.join(", "));
    }
    let schema = family::fill(&mut event, &body);
    event.key = key.unwrap_or_else(|| key_of(&mut event, &body, schema));
    event.body = body;
    let every = match schema {
        Schema::Audit => EVERY,
        Schema::Other => NONE,
    };
    (event, every)
}

/// The record's key; members that were written twice are noted.
fn key_of(event: &mut Event, body: &Value, schema: Schema) -> Key {
    let mut duplicates = Vec::new();
    let key = Key::with_duplicates(event.text(Field::Id), body, &mut |name| {
        if duplicates.len() < issues::ISSUES_MAX {
            duplicates.push(name[..name.floor_char_boundary(Issue::DETAIL_MAX)].to_owned());
        }
    });
    for name in duplicates {
        note(event, IssueKind::DuplicateKey, name, "the first value counts");
    }
    match schema {
        Schema::Audit => key,
        Schema::Other => Key::of(event.text(Field::Id), &canonical::of(body)),
    }
}

fn quarantined(raw: &[u8], reason: String) -> Event<'_> {
    let mut event = Event::new(Key::of_bytes(raw), raw, Value::Text(lossy(raw)));
    event.set_text(Field::Quarantine, reason);
    // What is left of the record tells its time more surely than the row around it, whose dates are
    // in the order of whoever saved it.
    if let Some(micros) = time_in(&lossy(raw)) {
        event.set(Field::CreationTime, Cell::Time(micros));
    }
    event
}

fn note_missing(event: &mut Event, every: &[Field]) {
    for field in every {
        let said = [Some(*field), field.names()];
        if !said.iter().flatten().any(|field| event.cell(*field).is_some()) {
            note(event, IssueKind::MissingField, field.name(), "");
        }
    }
}

/// What several columns tell together.
fn derive(event: &mut Event) {
    if event.is_quarantined() {
        return;
    }
    if let Some(kind) = actor::kind(event) {
        event.set_text(Field::ActorKind, kind);
    }
    event.set_text(Field::Outcome, outcome::of(event));
}

/// Where no time is told none is set: a time of our own would make the record another one at the
/// next import.
fn note_timeless(event: &mut Event) {
    if event.cell(Field::CreationTime).is_none() {
        note(event, IssueKind::MissingField, "CreationTime", "no time in the record");
    }
}

/// The time that the text of an unreadable record tells, so that a search by time meets it.
fn time_in(text: &str) -> Option<i64> {
    let after = &text[text.find("CreationTime")? + "CreationTime".len()..];
    let value = after.trim_start_matches(['"', '\\', ':', ' ', '\'']);
    let end = value.find(['"', '\\', ',', '\''])?;
    time::parse(&value[..end])
}

/// What the export says around the record serves where the record says nothing.
fn fill_from_wrapper<'a>(event: &mut Event<'a>, envelope: &'a Envelope) {
    let Some(wrapper) = envelope.wrapper.as_deref() else {
        return;
    };
    event.set_text(Field::Wrapper, wrapper);
    note_mended(event, wrapper);
    if family::WRAPPED.iter().all(|field| event.cell(*field).is_some()) {
        return;
    }
    if let Ok(outer) = Value::from_json(wrapper) {
        family::fill_from_wrapper(event, &outer);
    }
}

/// Whoever made the record of a row or an element tells beside it what had to be mended.
fn note_mended(event: &mut Event, wrapper: &str) {
    if !wrapper.contains("\"Mended\"") {
        return;
    }
    if let Ok(outer) = Value::from_json(wrapper)
        && let Some(Value::Text(what)) = outer.get("Mended")
    {
        note(event, IssueKind::MendedJson, "record", what.as_ref());
    }
}

fn set_provenance<'a>(event: &mut Event<'a>, envelope: &'a Envelope, tenant: &'a str, now: i64) {
    let provenance = &envelope.provenance;
    for (field, text) in [
        (Field::Tenant, tenant),
        (Field::ContentType, provenance.content_type),
        (Field::Source, provenance.source),
        (Field::Origin, provenance.origin.as_str()),
    ] {
        if !text.is_empty() {
            event.set_text(field, text);
        }
    }
    let position = i64::try_from(envelope.position).unwrap_or(i64::MAX);
    event.set(Field::Position, Cell::Int(position));
    event.set(Field::IngestTime, Cell::Time(now));
}
