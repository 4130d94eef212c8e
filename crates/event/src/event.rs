//! What does an event know?

use std::borrow::Cow;

use crate::{Field, Issue, Key, Value};

/// One column's content.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
}

/// A decoded record. It borrows from the record's bytes.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What decides whether the record is new.
    pub key: Key,
    /// The record as sent, byte for byte.
    pub raw: &'a [u8],
    /// The record as a tree; for quarantined bytes, their text.
    pub body: Value<'a>,
    pub issues: Vec<Issue>,
    cells: [Option<Cell<'a>>; Field::COUNT],
}

impl<'a> Event<'a> {
    pub fn new(key: Key, raw: &'a [u8], body: Value<'a>) -> Event<'a> {
        Event { key, raw, body, issues: Vec::new(), cells: [const { None }; Field::COUNT] }
    }

    pub fn cell(&self, field: Field) -> Option<&Cell<'a>> {
        self.cells[field as usize].as_ref()
    }

    pub fn set(&mut self, field: Field, cell: Cell<'a>) {
        self.cells[field as usize] = Some(cell);
    }

    pub fn set_text(&mut self, field: Field, text: impl Into<Cow<'a, str>>) {
        self.set(field, Cell::Text(text.into()));
    }

    /// The column's text, if it is a text column and not missing.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.cell(field) {
            Some(Cell::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn int(&self, field: Field) -> Option<i64> {
        match self.cell(field) {
            Some(Cell::Int(value)) => Some(*value),
            _ => None,
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn time(&self, field: Field) -> Option<i64> {
        match self.cell(field) {
            Some(Cell::Time(value)) => Some(*value),
            _ => None,
        }
    }

    /// Were these bytes unreadable as a record?
    pub fn is_quarantined(&self) -> bool {
        self.cell(Field::Quarantine).is_some()
    }
}
