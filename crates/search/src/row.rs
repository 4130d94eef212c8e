//! What is a row of a result?

use bytes::Bytes;
use deltalake::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use deltalake::arrow::buffer::BooleanBuffer;
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use deltalake::parquet::arrow::ProjectionMask;
use event::{Cell, Event, Field, Key, Kind, Value};
use futures::TryStreamExt;
use store::schema;

use crate::Result;
use crate::columns::Unit;
use crate::raw::selection;

/// A stored event with all its columns and its raw bytes.
#[derive(Clone, Debug)]
pub struct Row {
    pub key: Key,
    cells: Vec<Option<Cell<'static>>>,
    /// Empty where only columns were asked for.
    pub raw: Bytes,
}

impl Row {
    pub fn cell(&self, field: Field) -> Option<&Cell<'static>> {
        self.cells[field as usize].as_ref()
    }

    pub fn text(&self, field: Field) -> Option<&str> {
        match self.cell(field) {
            Some(Cell::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn time(&self, field: Field) -> Option<i64> {
        match self.cell(field) {
            Some(Cell::Time(micros)) => Some(*micros),
            _ => None,
        }
    }

    /// By field, in the order of [`Field::ALL`].
    pub fn into_cells(self) -> Vec<Option<Cell<'static>>> {
        self.cells
    }

    /// The rows of a batch with the columns of [`schema::file_schema`].
    pub fn all_of(batch: &RecordBatch) -> Result<Vec<Row>> {
        batch_rows(batch)
    }

    /// The event, with the body that the caller read from [`Row::raw`].
    pub fn event<'r>(&'r self, body: Value<'r>) -> Event<'r> {
        let mut event = Event::new(self.key, &self.raw, body);
        for (field, cell) in Field::ALL.into_iter().zip(&self.cells) {
            if let Some(cell) = cell {
                event.set(field, cell.clone());
            }
        }
        event
    }
}

/// The columns that the raw record does not tell.
pub const BESIDE_RAW: [Field; 7] = [
    Field::Tenant,
    Field::ContentType,
    Field::Source,
    Field::Origin,
    Field::Position,
    Field::IngestTime,
    Field::Wrapper,
];

/// What of a row is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    All,
    /// The raw bytes and [`BESIDE_RAW`].
    Raw,
    Columns(&'static [Field]),
}

/// Reads the wanted rows of a unit, in their order there.
pub(crate) async fn read(unit: &Unit, wanted: &BooleanBuffer, parts: Wanted) -> Result<Vec<Row>> {
    let reader = unit.reader();
    let (columns, raw): (&[Field], &[&str]) = match parts {
        Wanted::All => (&Field::ALL, &[schema::RAW]),
        Wanted::Raw => (&BESIDE_RAW, &[schema::RAW]),
        Wanted::Columns(columns) => (columns, &[]),
    };
    let names = columns.iter().map(|field| field.name()).chain(raw.iter().copied());
    let names = names.chain([schema::ID_HASH, schema::CONTENT_HASH]);
    let mask = ProjectionMask::columns(reader.parquet_schema(), names);
    let stream = reader
        .with_projection(mask)
        .with_row_selection(selection(wanted))
        .with_batch_size(wanted.count_set_bits().max(1))
        .build()?;
    let batches: Vec<RecordBatch> = stream.try_collect().await?;
    let mut rows = Vec::new();
    for batch in batches {
        rows.extend(batch_rows(&batch)?);
    }
    Ok(rows)
}

fn batch_rows(batch: &RecordBatch) -> Result<Vec<Row>> {
    let mut columns: Vec<Option<ArrayRef>> = Vec::with_capacity(Field::COUNT);
    for field in Field::ALL {
        // A file may be older than the column.
        let array = batch.column_by_name(field.name());
        columns.push(match field.kind() {
            Kind::Text | Kind::Address => {
                array.map(|array| cast(array, &DataType::Utf8)).transpose()?
            }
            Kind::Int | Kind::Time => array.cloned(),
        });
    }
    let long = |name| {
        let array = batch.column_by_name(name).expect("a key column");
        array.as_primitive::<Int64Type>().clone()
    };
    let (ids, contents) = (long(schema::ID_HASH), long(schema::CONTENT_HASH));
    let raw = batch.column_by_name(schema::RAW).map(|raw| raw.as_binary::<i32>());
    Ok((0..batch.num_rows())
        .map(|row| Row {
            key: Key { id: ids.value(row) as u64, content: contents.value(row) as u64 },
            cells: Field::ALL
                .into_iter()
                .map(|field| cell(field, columns[field as usize].as_ref()?, row))
                .collect(),
            raw: raw.map_or(Bytes::new(), |raw| Bytes::copy_from_slice(raw.value(row))),
        })
        .collect())
}

fn cell(field: Field, array: &ArrayRef, row: usize) -> Option<Cell<'static>> {
    if array.is_null(row) {
        return None;
    }
    Some(match field.kind() {
        Kind::Text | Kind::Address => {
            Cell::Text(array.as_string::<i32>().value(row).to_owned().into())
        }
        Kind::Int => Cell::Int(array.as_primitive::<Int64Type>().value(row)),
        Kind::Time => Cell::Time(array.as_primitive::<TimestampMicrosecondType>().value(row)),
    })
}
