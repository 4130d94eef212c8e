//! What does an output see of an event?

use std::borrow::Cow;

use bytes::Bytes;
use event::{Cell, Field, Key};

use crate::Typed;

/// One event on its way to a service.
#[derive(Clone, Debug)]
pub struct Record {
    /// The same whenever the record is delivered again, so a service that keeps it can tell.
    pub key: Key,
    /// The record as sent, byte for byte.
    pub raw: Bytes,
    /// By field, in the order of [`Field::ALL`].
    pub cells: Vec<Option<Cell<'static>>>,
    /// The event in the output's format, on one line. Empty for services that take columns.
    pub body: Bytes,
    /// Its columns in the table of its RecordType, for services that keep tables.
    pub typed: Option<Typed>,
}

impl Record {
    /// The key as 32 hexadecimal digits: the idempotency key of services that have one.
    pub fn id(&self) -> String {
        self.key.to_string()
    }

    pub fn cell(&self, field: Field) -> Option<&Cell<'static>> {
        self.cells.get(field as usize)?.as_ref()
    }

    pub fn text(&self, field: Field) -> Option<&str> {
        match self.cell(field) {
            Some(Cell::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Any column as text; times as RFC 3339.
    pub fn shown(&self, field: Field) -> Option<Cow<'_, str>> {
        Some(match self.cell(field)? {
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Int(value) => Cow::Owned(value.to_string()),
            Cell::Time(micros) => Cow::Owned(event::time::iso_text(*micros)),
        })
    }

    /// When it happened, or else when it was stored; microseconds since 1970.
    pub fn time(&self) -> i64 {
        let time = |field| match self.cell(field) {
            Some(Cell::Time(micros)) => Some(*micros),
            _ => None,
        };
        time(Field::CreationTime).or_else(|| time(Field::IngestTime)).unwrap_or(0)
    }

    /// About what it takes in memory and on the way.
    pub fn bytes(&self) -> usize {
        self.raw.len() + self.body.len()
    }
}
