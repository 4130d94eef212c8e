//! What stands in the tables for these records?
//!
//! The raw record is exact. Columns hold its text but for two differences, the same in every
//! database: NUL, which PostgreSQL refuses and SQLite's functions stop at, is shown as `␀` (U+2400),
//! and columns with an index are cut, visibly, at [`SHORT_UNITS_MAX`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use event::{Cell, Field, time};

use super::plan::{self, Kind, SHORT_UNITS_MAX, Table};
use crate::{Datum, Record, Shape};

/// Times outside the years 1 to 9999 have no place in a database's type.
const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Text(Cow<'a, str>),
    Integer(i64),
    Boolean(bool),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// Days since 1970-01-01.
    Date(i32),
    Bytes(&'a [u8]),
}

impl Value<'_> {
    /// About what it takes on the way.
    pub fn bytes(&self) -> usize {
        8 + match self {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 8,
        }
    }
}

/// Rows of one table; no key occurs twice.
pub struct Rows<'a> {
    pub table: Arc<Table>,
    pub rows: Vec<Vec<Value<'a>>>,
}

/// The rows of `events`, then those of each shape's own table.
pub fn of<'a>(records: &'a [Record]) -> Vec<Rows<'a>> {
    let mut events = Rows { table: Arc::new(plan::events()), rows: Vec::new() };
    let mut shapes: Vec<(&Shape, Rows)> = Vec::new();
    for record in last_of_each_key(records) {
        events.rows.push(event_row(record, &events.table));
        let Some(typed) = &record.typed else {
            continue;
        };
        let shape = &*typed.shape;
        let place = shapes.iter().position(|(met, _)| std::ptr::eq(*met, shape) || *met == shape);
        let place = place.unwrap_or_else(|| {
            shapes.push((shape, Rows { table: Arc::new(plan::fields(shape)), rows: Vec::new() }));
            shapes.len() - 1
        });
        let rows = &mut shapes[place].1;
        rows.rows.push(typed_row(record, &typed.values, &rows.table));
    }
    std::iter::once(events).chain(shapes.into_iter().map(|(_, rows)| rows)).collect()
}

/// In the order of the records. A statement that meets a key twice is refused by some databases.
fn last_of_each_key(records: &[Record]) -> impl Iterator<Item = &Record> {
    let last: HashMap<event::Key, usize> =
        records.iter().enumerate().map(|(index, record)| (record.key, index)).collect();
    let is_last = move |(index, record): &(usize, &Record)| last[&record.key] == *index;
    records.iter().enumerate().filter(is_last).map(|(_, record)| record)
}

fn event_row<'a>(record: &'a Record, table: &Table) -> Vec<Value<'a>> {
    let mut row = Vec::with_capacity(table.columns.len());
    row.push(Value::Text(record.id().into()));
    for (field, column) in Field::ALL.into_iter().zip(&table.columns[1..]) {
        row.push(match record.cell(field) {
            None => Value::Null,
            Some(Cell::Text(value)) => text(value, column.kind),
            Some(Cell::Int(value)) => fit(Value::Integer(*value), column.kind),
            Some(Cell::Time(value)) => fit(Value::Time(*value), column.kind),
        });
    }
    row.push(Value::Date(day(record)));
    row.push(Value::Bytes(&record.raw));
    row
}

fn typed_row<'a>(record: &Record, values: &'a [Option<Datum>], table: &Table) -> Vec<Value<'a>> {
    let mut row = Vec::with_capacity(table.columns.len());
    row.push(Value::Text(record.id().into()));
    for (place, column) in table.columns[1..].iter().enumerate() {
        row.push(match values.get(place).and_then(Option::as_ref) {
            None => Value::Null,
            Some(Datum::Text(value)) => text(value, column.kind),
            Some(Datum::Integer(value)) => fit(Value::Integer(*value), column.kind),
            Some(Datum::Boolean(value)) => fit(Value::Boolean(*value), column.kind),
            Some(Datum::Time(value)) => fit(Value::Time(*value), column.kind),
        });
    }
    row
}

fn text(value: &str, kind: Kind) -> Value<'_> {
    let mut value = match value.contains('\0') {
        true => Cow::Owned(value.replace('\0', "\u{2400}")),
        false => Cow::Borrowed(value),
    };
    if kind == Kind::Short {
        value = short(value);
    }
    fit(Value::Text(value), kind)
}

fn short(value: Cow<'_, str>) -> Cow<'_, str> {
    if value.len() <= SHORT_UNITS_MAX || value.encode_utf16().count() <= SHORT_UNITS_MAX {
        return value;
    }
    let mut units = 0;
    let fits = |char: &char| {
        units += char.len_utf16();
        units < SHORT_UNITS_MAX
    };
    Cow::Owned(value.chars().take_while(fits).chain(['…']).collect())
}

/// What a column cannot hold is left out of it; the raw record has it.
fn fit(value: Value<'_>, kind: Kind) -> Value<'_> {
    match (kind, value) {
        (Kind::Time, Value::Time(micros)) if !TIMES.contains(&micros) => Value::Null,
        (Kind::Text | Kind::Short, value @ Value::Text(_))
        | (Kind::Integer, value @ Value::Integer(_))
        | (Kind::Boolean, value @ Value::Boolean(_))
        | (Kind::Time, value @ Value::Time(_)) => value,
        (Kind::Text | Kind::Short, Value::Integer(value)) => Value::Text(value.to_string().into()),
        (Kind::Text | Kind::Short, Value::Boolean(value)) => Value::Text(value.to_string().into()),
        (Kind::Text | Kind::Short, Value::Time(micros)) => {
            Value::Text(time::iso_text(micros).into())
        }
        _ => Value::Null,
    }
}

fn day(record: &Record) -> i32 {
    match record.cell(Field::CreationTime) {
        Some(Cell::Time(micros)) if TIMES.contains(micros) => micros.div_euclid(time::DAY) as i32,
        _ => 0,
    }
}

/// For clients that take a calendar's time.
pub fn calendar_time(micros: i64) -> NaiveDateTime {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().naive_utc()
}

pub fn calendar_date(days: i32) -> NaiveDate {
    calendar_time(i64::from(days) * time::DAY).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_but_for_nul_and_what_no_index_takes() {
        let check = |value: &str, kind, want: &str| {
            assert_eq!(text(value, kind), Value::Text(want.into()));
        };
        check("a\0b", Kind::Text, "a␀b");
        check("'; drop table events; --", Kind::Short, "'; drop table events; --");
        let full = "x".repeat(SHORT_UNITS_MAX);
        check(&full, Kind::Short, &full);
        check(&format!("{full}y"), Kind::Text, &format!("{full}y"));
        check(&format!("{full}y"), Kind::Short, &format!("{}…", &full[1..]));
        // Two units each, so that 255 of them and the mark fit.
        check(&"💀".repeat(300), Kind::Short, &format!("{}…", "💀".repeat(255)));
    }

    #[test]
    fn what_a_column_cannot_hold_is_left_out() {
        assert_eq!(fit(Value::Time(i64::MAX), Kind::Time), Value::Null);
        assert_eq!(fit(Value::Time(0), Kind::Integer), Value::Null);
        assert_eq!(text("7", Kind::Integer), Value::Null);
        assert_eq!(fit(Value::Integer(7), Kind::Text), Value::Text("7".into()));
        assert_eq!(fit(Value::Time(*TIMES.end()), Kind::Time), Value::Time(*TIMES.end()));
    }

    #[test]
    fn days_count_from_1970() {
        assert_eq!(calendar_date(0).to_string(), "1970-01-01");
        assert_eq!(calendar_date(-1).to_string(), "1969-12-31");
        assert_eq!(calendar_time(*TIMES.end()).to_string(), "9999-12-31 23:59:59.999999");
        assert_eq!(calendar_time(*TIMES.start()).to_string(), "0001-01-01 00:00:00");
    }
}
