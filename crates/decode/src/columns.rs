//! What do the columns hold?
//!
//! Empty text counts as missing in a column; the raw record keeps it. Otherwise a text column holds
//! what was sent, also a trailing line break or blank, so that a plain script over the raw records
//! agrees. A value of the wrong type is kept as its text, with an issue.

use std::borrow::Cow;

use event::{Cell, Event, Field, IssueKind, Kind, Number, Value, resolve, time};

use crate::address;
use crate::codes;
use crate::issues::note;
use crate::items::{Gathered, each_beneath, gathers};
use crate::members::{NAMES_MAX, Table, Take};

/// Longest text joined from the subjects of a record's items; the raw record holds them all.
pub const JOINED_BYTES_MAX: usize = 8 * 1024;

/// The first members of a record whose places are kept; more are located, but not told.
pub const PLACES_MAX: usize = 128;
/// The place of a name that the table does not know.
pub const UNKNOWN: u16 = u16::MAX;

/// The members of one record that a table knows.
pub struct Located<'t, 'v, 'a> {
    table: &'t Table,
    found: [Option<&'v Value<'a>>; NAMES_MAX],
    /// For each member of the record the place of its name in the table.
    pub places: [u16; PLACES_MAX],
}

/// Looks up each member of a record once.
pub fn locate<'t, 'v, 'a>(body: &'v Value<'a>, table: &'t Table) -> Located<'t, 'v, 'a> {
    let mut located = Located { table, found: [None; NAMES_MAX], places: [UNKNOWN; PLACES_MAX] };
    if let Value::Object(members) = body {
        for (at, (key, value)) in members.iter().enumerate() {
            let Some(name) = table.name(key) else { continue };
            if let Some(place) = located.places.get_mut(at) {
                *place = name as u16;
            }
            // Of two members of one name the first counts, as everywhere.
            if let Some(found) = located.found.get_mut(name) {
                found.get_or_insert(value);
            }
        }
    }
    located
}

impl<'a> Located<'_, '_, 'a> {
    pub fn has(&self, name: &str) -> bool {
        let found = self.table.name(name).and_then(|name| self.found.get(name));
        found.is_some_and(Option::is_some)
    }

    /// Fills each column that the table has a source for and that is still missing.
    pub fn fill(&self, event: &mut Event<'a>) {
        let mut gathered = Gathered::default();
        for take in self.table.takes() {
            let Some(value) = self.found[take.name] else { continue };
            if gathers(take.field) {
                gathered.add(take.field, value, take);
            } else if event.cell(take.field).is_none() {
                put(event, take, value);
            }
        }
        gathered.fill(event);
    }
}

/// Fills a column with what a record implies; a code by its name.
pub fn imply<'a>(event: &mut Event<'a>, field: Field, text: Cow<'a, str>) {
    put_value(event, field, &Value::Text(text));
}

fn put<'a>(event: &mut Event<'a>, take: &Take, value: &Value<'a>) {
    match take.path.is_empty() {
        true => put_value(event, take.field, value),
        false => put_beneath(event, take, value),
    }
}

fn put_value<'a>(event: &mut Event<'a>, field: Field, value: &Value<'a>) {
    if is_missing(value) {
        return;
    }
    match field {
        Field::RecordType | Field::UserType | Field::LogonType => put_code(event, field, value),
        Field::Scope => put_scope(event, value),
        Field::ClientIP => put_address(event, value),
        field if field.kind() == Kind::Time => put_time(event, field, value),
        field => {
            let text = text_of(event, field, value);
            event.set_text(field, text);
        }
    }
}

fn put_beneath<'a>(event: &mut Event<'a>, take: &Take, value: &Value<'a>) {
    match take.field {
        Field::ItemName => {
            let joined = join(value, take);
            if !joined.is_empty() {
                event.set_text(take.field, joined);
            }
        }
        field => {
            let mut first = None;
            resolve(value, take.path, &mut |value| {
                // A path that ends at a list means its items.
                let item = match value {
                    Value::List(items) => items.iter().find(|item| !is_missing(item)),
                    value => Some(value).filter(|value| !is_missing(value)),
                };
                first = item.cloned().map(Value::into_owned);
                first.is_some()
            });
            if let Some(value) = first {
                put_value(event, field, &value);
            }
        }
    }
}

fn join(value: &Value, take: &Take) -> String {
    let mut joined = String::new();
    each_beneath(value, take, &mut |value| {
        let Some(text) = value.as_text().filter(|text| !text.is_empty()) else {
            return false;
        };
        if !joined.is_empty() {
            joined.push_str("; ");
        }
        joined.push_str(&text);
        joined.len() > JOINED_BYTES_MAX
    });
    if joined.len() > JOINED_BYTES_MAX {
        joined.truncate(joined.floor_char_boundary(JOINED_BYTES_MAX));
        joined.push('…');
    }
    joined
}

pub fn is_missing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        _ => false,
    }
}

/// The text of a text column, with an issue where the documented type is another.
fn text_of<'a>(event: &mut Event, field: Field, value: &Value<'a>) -> Cow<'a, str> {
    if let Value::Text(text) = value {
        return text.clone();
    }
    let text = text_or_json(value);
    // Planner writes its ResultStatus as a number, some services as a boolean.
    let scalar = !matches!(value, Value::List(_) | Value::Object(_));
    if !(scalar && field == Field::ResultStatus) {
        note(event, IssueKind::WrongType, field.name(), text.as_str());
    }
    Cow::Owned(text)
}

fn text_or_json(value: &Value) -> String {
    match value.as_text() {
        Some(text) => text.into_owned(),
        None => serde_json::to_string(value).unwrap_or_default(),
    }
}

fn put_address<'a>(event: &mut Event<'a>, value: &Value<'a>) {
    let text = text_of(event, Field::ClientIP, value);
    if let Some(port) = address::port(&text) {
        event.set(Field::ClientPort, Cell::Int(i64::from(port)));
    }
    match address::normalise(&text) {
        Some(address) => event.set_text(Field::ClientAddress, address),
        None => note(event, IssueKind::UnreadableAddress, Field::ClientIP.name(), &*text),
    }
    event.set_text(Field::ClientIP, text);
}

fn put_time(event: &mut Event, field: Field, value: &Value) {
    if let Value::Number(number) = value {
        note(event, IssueKind::WrongType, field.name(), number.to_string());
        match unix_time(*number) {
            Some(micros) => event.set(field, Cell::Time(micros)),
            None => note(event, IssueKind::UnreadableTime, field.name(), number.to_string()),
        }
        return;
    }
    match value.as_text().and_then(|text| time::parse(&text)) {
        Some(micros) => event.set(field, Cell::Time(micros)),
        None => note(event, IssueKind::UnreadableTime, field.name(), text_or_json(value)),
    }
}

/// Seconds or milliseconds since 1970; which of the two is told by the size.
fn unix_time(number: Number) -> Option<i64> {
    let value = Value::Number(number).as_int()?;
    match value {
        1_000_000_000..100_000_000_000 => Some(value * time::SECOND),
        1_000_000_000_000..100_000_000_000_000 => Some(value * 1000),
        _ => None,
    }
}

/// A code as number, as number in text or as name.
fn put_code(event: &mut Event, field: Field, value: &Value) {
    let (Some(codes), Some(named)) = (codes::of(field), field.names()) else { return };
    let id = value.as_int().or_else(|| match value {
        Value::Text(name) => codes.id(name.trim()),
        _ => None,
    });
    let name = id.and_then(|id| codes.name(id));
    if let Some(id) = id {
        event.set(field, Cell::Int(id));
    }
    if let Some(name) = name {
        event.set_text(named, name);
        return;
    }
    let text = text_or_json(value);
    let kind = match (id, value, field) {
        (None, Value::List(_) | Value::Object(_) | Value::Bool(_) | Value::Number(_), _) => {
            IssueKind::WrongType
        }
        (_, _, Field::RecordType) => IssueKind::UnknownRecordType,
        _ => IssueKind::UnknownCode,
    };
    note(event, kind, field.name(), text.as_str());
    if id.is_none() {
        event.set_text(named, text);
    }
}

/// AuditLogScope is 0 or 1; some services use the name for something else and write text.
fn put_scope<'a>(event: &mut Event<'a>, value: &Value<'a>) {
    let text: Cow<'a, str> = match (value.as_int(), value) {
        (Some(0), _) => "Online".into(),
        (Some(1), _) => "Onprem".into(),
        (_, Value::Text(text)) => text.clone(),
        (Some(code), _) => {
            note(event, IssueKind::UnknownCode, Field::Scope.name(), code.to_string());
            code.to_string().into()
        }
        // A RecordType may give the name another meaning.
        (_, Value::List(_) | Value::Object(_)) => return,
        _ => text_of(event, Field::Scope, value),
    };
    event.set_text(Field::Scope, text);
}
