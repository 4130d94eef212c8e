//! Which tables and views are there, and what do they hold?
//!
//! Names are in lower case, so that SQL without quotes means the same in every database and in
//! `trail365 sql`. The views repeat those of `trail365 sql`, column by column.

use std::fmt::Write as _;

use event::Field;
use sha2::{Digest, Sha256};

use crate::{ColumnKind, Shape};

/// The key of every table: [`crate::Record::id`].
pub const KEY: &str = "record_key";
/// The table of versions; see [`VERSION`].
pub const SCHEMA: &str = "trail365_schema";
/// Tables of a higher version were made by a newer program, and are left alone.
pub const VERSION: i64 = 1;

/// PostgreSQL allows 63 bytes, MySQL 64, SQL Server 128 characters.
const NAME_BYTES_MAX: usize = 63;

/// Fields with an index hold at most [`SHORT_UNITS_MAX`] UTF-16 units: no database has an index on
/// text of any length that answers more than equality.
const SHORT: [Field; 5] =
    [Field::Id, Field::SessionId, Field::UserId, Field::ClientAddress, Field::Operation];
pub const SHORT_UNITS_MAX: usize = 512;

/// Over columns of `events`.
const INDICES: [&[&str]; 7] = [
    &["creationtime"],
    &["userid", "creationtime"],
    &["clientaddress", "creationtime"],
    &["operation", "creationtime"],
    &["objectid"],
    &["sessionid"],
    &["id"],
];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 32 hexadecimal digits.
    Key,
    Text,
    /// Text of at most [`SHORT_UNITS_MAX`].
    Short,
    Integer,
    Boolean,
    /// UTC, to the microsecond.
    Time,
    Date,
    Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    /// The first is [`KEY`], where there is one.
    pub columns: Vec<Column>,
    pub indices: &'static [&'static [&'static str]],
}

/// Columns of `events`, joined with those of a shape's own table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub name: String,
    pub fields: Option<String>,
    pub columns: Vec<ViewColumn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewColumn {
    pub name: String,
    /// In `events`; otherwise in the shape's own table, under the same name.
    pub stored: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub tables: Vec<Table>,
    pub views: Vec<View>,
}

impl Plan {
    /// What there is before the first record.
    pub fn base() -> Plan {
        Plan { tables: vec![schema(), events()], views: vec![activity()] }
    }

    pub fn add(&mut self, shape: &Shape) {
        self.tables.push(fields(shape));
        self.views.push(view(shape));
    }

    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}

fn schema() -> Table {
    Table { name: SCHEMA.into(), columns: vec![column("version", Kind::Integer)], indices: &[] }
}

pub fn events() -> Table {
    let mut columns = vec![column(KEY, Kind::Key)];
    columns.extend(Field::ALL.map(|field| column(&field_name(field), field_kind(field))));
    columns.push(column("eventdate", Kind::Date));
    columns.push(column("raw", Kind::Bytes));
    Table { name: "events".into(), columns, indices: &INDICES }
}

pub fn fields(shape: &Shape) -> Table {
    let mut columns = vec![column(KEY, Kind::Key)];
    columns.extend(shape.own().map(|own| column(&own.name, shape_kind(own.kind))));
    Table { name: fields_name(shape), columns, indices: &[] }
}

fn view(shape: &Shape) -> View {
    let columns = shape
        .columns
        .iter()
        .map(|it| ViewColumn { name: name(&it.name), stored: it.stored.map(field_name) });
    View { name: name(&shape.name), fields: Some(fields_name(shape)), columns: columns.collect() }
}

fn activity() -> View {
    let columns = crate::ACTIVITY.map(|field| {
        let name = field_name(field);
        ViewColumn { stored: Some(name.clone()), name }
    });
    View { name: "activity".into(), fields: None, columns: columns.into() }
}

fn column(text: &str, kind: Kind) -> Column {
    Column { name: name(text), kind }
}

fn fields_name(shape: &Shape) -> String {
    name(&format!("{}_fields", shape.name))
}

pub fn field_name(field: Field) -> String {
    field.name().to_ascii_lowercase()
}

fn field_kind(field: Field) -> Kind {
    match field.kind() {
        _ if SHORT.contains(&field) => Kind::Short,
        event::Kind::Text | event::Kind::Address => Kind::Text,
        event::Kind::Int => Kind::Integer,
        event::Kind::Time => Kind::Time,
    }
}

fn shape_kind(kind: ColumnKind) -> Kind {
    match kind {
        // Bare text is met where objects are documented, which a JSON type would refuse.
        ColumnKind::Text | ColumnKind::Json => Kind::Text,
        ColumnKind::Integer => Kind::Integer,
        ColumnKind::Boolean => Kind::Boolean,
        ColumnKind::Time => Kind::Time,
    }
}

/// A name that every database takes: a longer one ends in a hash of what was cut.
pub fn name(text: &str) -> String {
    if text.len() <= NAME_BYTES_MAX {
        return text.to_owned();
    }
    let mut hash = String::from("_");
    for byte in &Sha256::digest(text.as_bytes())[..4] {
        let _ = write!(hash, "{byte:02x}");
    }
    format!("{}{hash}", &text[..text.floor_char_boundary(NAME_BYTES_MAX - hash.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_and_never_too_long() {
        for column in events().columns {
            assert_eq!(column.name, column.name.to_ascii_lowercase());
        }
        let (a, b) = (name(&format!("{}a", "é".repeat(40))), name(&format!("{}b", "é".repeat(40))));
        assert!(a.len() <= NAME_BYTES_MAX && b.len() <= NAME_BYTES_MAX);
        assert_ne!(a, b, "what was cut still tells them apart");
        assert_eq!(name("short"), "short");
    }

    #[test]
    fn indices_are_over_columns_of_events() {
        let events = events();
        for name in events.indices.iter().copied().flatten() {
            assert!(events.columns.iter().any(|column| column.name == *name), "{name}");
        }
    }
}
