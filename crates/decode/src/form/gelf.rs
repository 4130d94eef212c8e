//! An event in the Graylog Extended Log Format, version 1.1.
//!
//! `short_message` is the readable line, `host` the tenant, `timestamp` the time in seconds, `level`
//! that of syslog for [`super::severity()`]. Every member of the record is an additional field by its
//! dotted name, `_Item.Subject`; beside them stand the columns of `data/form/gelf.tsv`.
//!
//! An additional field holds a text or a number and its name letters, digits, `_`, `.` and `-` only.
//! So truths are texts, lists and empty objects are JSON, other characters of a name are `_`, of two
//! fields that end up with one name the second is `name_2`, and `_id`, which Graylog keeps for
//! itself, is `_record_id`. Null is left out.

use std::collections::{HashMap, HashSet};
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

const CUT: &str = "trail365_cut";

/// Names without their underscore, and columns; no column for the event's key.
static COLUMNS: LazyLock<Vec<(&'static str, Option<Field>)>> = LazyLock::new(|| {
    lines(include_str!("../../data/form/gelf.tsv"))
        .map(|line| {
            let mut cells = line.split('\t');
            let (name, column) = (cells.next().unwrap_or(""), cells.next().unwrap_or(""));
            let name = name.strip_prefix('_').unwrap_or_else(|| panic!("no underscore: {line}"));
            (name, Field::named(column))
        })
        .collect()
});

/// The event as a GELF object. The fields are named with or without their underscore; `version`,
/// `host`, `short_message`, `timestamp` and `level` are always there.
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
    let (names, counts) = (HashSet::new(), HashMap::new());
    let mut added = Added { object, fields, names, counts, cut: 0 };
    match &event.body {
        Value::Text(text) => added.add("event.original", Json::from(text.as_ref())),
        body => {
            let members = rest::untold(body, |_| false);
            added.members(&mut String::new(), rest::tree(&members, Lists::Folded));
        }
    }
    for (name, column) in COLUMNS.iter() {
        if !added.names.contains(*name) {
            added.column(name, *column, event);
        }
    }
    if added.cut > 0 {
        added.add(CUT, added.cut.into());
    }
    added.object
}

struct Added<'f> {
    object: Object,
    fields: &'f Fields,
    /// Names that are taken.
    names: HashSet<String>,
    /// How often a name was asked for.
    counts: HashMap<String, u32>,
    /// How many texts were cut.
    cut: u64,
}

impl Added<'_> {
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

    fn column(&mut self, name: &str, column: Option<Field>, event: &Event) {
        let value = match column.map(|field| event.cell(field)) {
            None => Json::from(event.key.to_string()),
            Some(None) => return,
            Some(Some(Cell::Text(text))) => Json::from(text.as_ref()),
            Some(Some(Cell::Int(value))) => Json::from(*value),
            Some(Some(Cell::Time(micros))) => Json::from(time::iso_text(*micros)),
        };
        self.add(name, value);
    }

    fn add(&mut self, path: &str, value: Json) {
        let mut text = match value {
            Json::Null => return,
            Json::Number(number) => return self.put(path, Json::Number(number)),
            Json::String(text) => text,
            other => other.to_string(),
        };
        if text.len() > GELF_VALUE_BYTES_MAX {
            text.truncate(text.floor_char_boundary(GELF_VALUE_BYTES_MAX));
            self.cut += 1;
        }
        self.put(path, Json::String(text));
    }

    fn put(&mut self, path: &str, value: Json) {
        let name = self.free(field_name(path));
        let field = format!("_{name}");
        if self.fields.has_any(&[&name, &field]) {
            self.object.insert(field, value);
        }
        self.names.insert(name);
    }

    /// The name itself, or else the first of `name_2`, `name_3` ... that is free.
    fn free(&mut self, name: String) -> String {
        if !self.names.contains(&name) {
            return name;
        }
        // Counted on from the last, so that a record of one name only takes no square of time.
        let mut count = self.counts.get(&name).copied().unwrap_or(1);
        loop {
            count += 1;
            let numbered = format!("{name}_{count}");
            if !self.names.contains(&numbered) {
                self.counts.insert(name, count);
                return numbered;
            }
        }
    }
}

fn field_name(path: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let path = &path[..path.floor_char_boundary(NAME_BYTES_MAX)];
    let name: String = path.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    match name.as_str() {
        "id" => "record_id".to_owned(),
        _ => name,
    }
}

/// Seconds since 1970 with their fraction.
fn seconds(micros: i64) -> Json {
    Number::from_f64(micros as f64 / 1e6).map_or(Json::Null, Json::Number)
}
