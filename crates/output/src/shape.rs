//! What table does a kind of record have?

use std::sync::Arc;

use event::Field;

/// The columns of the view `activity`: what is asked of every event.
pub const ACTIVITY: [Field; 14] = [
    Field::CreationTime,
    Field::Tenant,
    Field::Workload,
    Field::RecordTypeName,
    Field::Operation,
    Field::UserId,
    Field::ActorKind,
    Field::ClientAddress,
    Field::ObjectId,
    Field::ItemName,
    Field::SiteUrl,
    Field::Outcome,
    Field::SessionId,
    Field::Id,
];

/// The documented columns of one RecordType.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// In lower case, as SQL writes a name that is not quoted.
    pub name: String,
    /// No two names differ in case only.
    pub columns: Vec<ShapeColumn>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct ShapeColumn {
    /// In lower case.
    pub name: String,
    pub kind: ColumnKind,
    /// The column of `events` that holds it already; otherwise the table of the shape does.
    pub stored: Option<Field>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Integer,
    Boolean,
    /// UTC.
    Time,
    /// Lists and objects, as JSON text.
    Json,
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    Text(String),
    Integer(i64),
    Boolean(bool),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
}

/// A record's values in the table of its RecordType.
#[derive(Clone, Debug)]
pub struct Typed {
    pub shape: Arc<Shape>,
    /// One for each of [`Shape::own`], in that order.
    pub values: Vec<Option<Datum>>,
}

impl Shape {
    /// The columns that the shape's own table holds.
    pub fn own(&self) -> impl Iterator<Item = &ShapeColumn> {
        self.columns.iter().filter(|column| column.stored.is_none())
    }
}
