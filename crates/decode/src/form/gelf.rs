//! An event in the Graylog Extended Log Format, version 1.1.
//!
//! `short_message` is the readable line, `host` the tenant, `timestamp` the time in seconds, `level`
//! that of syslog for [`super::severity()`]. Every member of the record is an additional field by its
//! dotted name, `_Item.Subject`; beside them stand the columns of `data/form/gelf.tsv`.
//!
//! An additional field holds a text or a number and its name letters, digits, `_`, `.` and `-` only.
//! So truths are texts, lists and empty objects are JSON, other characters of a name are `_`, of two
//! fields that end up with one name the second is `_name_2`, and a name that Graylog keeps for itself
//! (`id`, `source`, `timestamp` ...) has `record_` before it. Null is left out.

use std::collections::HashMap;
use std::sync::LazyLock;

use event::{Cell, Event, Field, Value, time};
use serde_json::{Number, Value as Json};

use super::convert::Object;
use super::fields::Fields;
use super::rest::{self, Lists};
use super::rules::lines;
use super::severity::{severity, syslog_level};

/// Longest text of an additional field, in bytes: Lucene refuses a whole message for a longer term.
/// What is cut is counted in `_trail365_cut`.
pub const GELF_VALUE_BYTES_MAX: usize = 32_766;

/// Longest name of an additional field, in bytes.
const NAME_BYTES_MAX: usize = 512;

/// Names that Graylog fills itself: it would drop a field of this name, or take it for its own. The
/// underscore of a field is taken off first, so these are the names without it.
/// Source: Graylog's GelfCodec and Message.
const RESERVED: &[&str] = &[
    "id",
    "version",
    "host",
    "short_message",
    "full_message",
    "message",
    "source",
    "timestamp",
    "level",
    "facility",
    "file",
    "line",
    "streams",
    "_id",
    "_ttl",
    "_source",
    "_all",
    "_index",
    "_type",
    "_score",
];
const RESERVED_PREFIX: &str = "gl2_";

const CUT: &str = "trail365_cut";

/// Fields and columns; no column for the event's key.
static COLUMNS: LazyLock<Vec<(&'static str, Option<Field>)>> = LazyLock::new(|| {
    lines(include_str!("../../data/form/gelf.tsv"))
        .map(|line| {
            let mut cells = line.split('\t');
            let (name, column) = (cells.next().unwrap_or(""), cells.next().unwrap_or(""));
            assert!(name.starts_with('_'), "no underscore: {line}");
            (name, Field::named(column))
        })
        .collect()
});

/// The event as a GELF object. The fields are named with or without their underscore; `version`,
/// `host`, `short_message`, `timestamp` and `level` are always there, as is the number of texts cut.
pub fn gelf(event: &Event, fields: &Fields) -> Object {
    let mut object = Object::new();
    let host = event.text(Field::Tenant).filter(|tenant| !tenant.is_empty());
    let time = [Field::CreationTime, Field::IngestTime].into_iter().find_map(|f| event.time(f));
    for (name, value) in [
        ("version", "1.1".into()),
        ("host", host.unwrap_or("trail365").into()),
        ("short_message", crate::line(event).into()),
        ("timestamp", seconds(time.unwrap_or(0))),
        ("level", syslog_level(severity(event)).into()),
    ] {
        object.insert(name.to_owned(), value);
    }
    let mut added = Added { object, counts: HashMap::new(), cut: Vec::new() };
    match &event.body {
        Value::Text(text) => added.add("event.original", Json::from(text.as_ref())),
        body => {
            let members = rest::untold(body, |_| false);
            added.members(&mut String::new(), rest::tree(&members, Lists::Folded));
        }
    }
    for (name, column) in COLUMNS.iter() {
        added.column(name, *column, event);
    }
    added.finish(fields)
}

struct Added {
    object: Object,
    /// The last number given to a name that was asked for more than once.
    counts: HashMap<String, u32>,
    /// The fields whose texts were cut.
    cut: Vec<String>,
}

impl Added {
    fn members(&mut self, path: &mut String, members: Object) {
        for (name, value) in members {
            let length = path.len();
            if length > 0 {
                path.push('.');
            }
            path.push_str(&name);
            match value {
                Json::Object(members) if !members.is_empty() => self.members(path, members),
                value => self.add(path, value),
            }
            path.truncate(length);
        }
    }

    /// A column, unless the record has a member of that name.
    fn column(&mut self, name: &str, column: Option<Field>, event: &Event) {
        let value = match column.map(|field| event.cell(field)) {
            _ if self.object.contains_key(name) => return,
            None => Json::from(event.key.to_string()),
            Some(None) => return,
            Some(Some(Cell::Text(text))) => Json::from(text.as_ref()),
            Some(Some(Cell::Int(value))) => Json::from(*value),
            Some(Some(Cell::Time(micros))) => Json::from(time::iso_text(*micros)),
        };
        self.add(&name[1..], value);
    }

    fn add(&mut self, path: &str, value: Json) {
        let field = self.free(field_name(path));
        let mut text = match value {
            Json::Null => return,
            Json::Number(number) => {
                self.object.insert(field, Json::Number(number));
                return;
            }
            Json::String(text) => text,
            other => other.to_string(),
        };
        if text.len() > GELF_VALUE_BYTES_MAX {
            text.truncate(text.floor_char_boundary(GELF_VALUE_BYTES_MAX));
            self.cut.push(field.clone());
        }
        self.object.insert(field, Json::String(text));
    }

    /// The name itself, or else the first of `_name_2`, `_name_3` ... that is free.
    fn free(&mut self, name: String) -> String {
        if !self.object.contains_key(&name) {
            return name;
        }
        // Counted on from the last, so that a record of one name only takes no square of time.
        let mut count = self.counts.get(&name).copied().unwrap_or(1);
        loop {
            count += 1;
            let numbered = format!("{name}_{count}");
            if !self.object.contains_key(&numbered) {
                self.counts.insert(name, count);
                return numbered;
            }
        }
    }

    fn finish(mut self, fields: &Fields) -> Object {
        if !fields.is_all() {
            self.object.retain(|field, _| match field.strip_prefix('_') {
                Some(name) => fields.has_any(&[field, name]),
                None => true,
            });
        }
        let cut = self.cut.iter().filter(|field| self.object.contains_key(*field)).count();
        if cut > 0 {
            self.add(CUT, cut.into());
        }
        self.object
    }
}

/// The path as the name of an additional field, with its underscore.
fn field_name(path: &str) -> String {
    let path = &path[..path.floor_char_boundary(NAME_BYTES_MAX)];
    let mut name = String::with_capacity(path.len() + 1);
    name.push('_');
    if RESERVED.contains(&path) || path.starts_with(RESERVED_PREFIX) {
        name.push_str("record_");
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    name.extend(path.chars().map(|c| if fits(c) { c } else { '_' }));
    name
}

/// Seconds since 1970 with their fraction.
fn seconds(micros: i64) -> Json {
    Number::from_f64(micros as f64 / 1e6).map_or(Json::Null, Json::Number)
}
