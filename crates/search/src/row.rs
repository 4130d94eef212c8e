//! What is a row of a result?

use std::sync::Arc;

use bytes::Bytes;
use deltalake::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use deltalake::arrow::buffer::{BooleanBuffer, Buffer, OffsetBuffer};
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
    places: Arc<Places>,
    /// Of the columns that were read.
    cells: Vec<Option<Cell<'static>>>,
    /// Empty where only columns were asked for.
    pub raw: Bytes,
}

/// By field: which cell of a row is its own, where its column was read.
type Places = [Option<u8>; Field::COUNT];

/// A batch's raw records, shared by its rows.
struct Records(Buffer);

impl AsRef<[u8]> for Records {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Row {
    pub fn cell(&self, field: Field) -> Option<&Cell<'static>> {
        self.cells[usize::from(self.places[field as usize]?)].as_ref()
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
    pub fn into_cells(mut self) -> Vec<Option<Cell<'static>>> {
        let mut take = |place: &Option<u8>| self.cells[usize::from((*place)?)].take();
        self.places.iter().map(&mut take).collect()
    }

    /// The rows of a batch with the columns of [`schema::file_schema`].
    pub fn all_of(batch: &RecordBatch) -> Result<Vec<Row>> {
        batch_rows(batch)
    }

    /// The event, with the body that the caller read from [`Row::raw`].
    pub fn event<'r>(&'r self, body: Value<'r>) -> Event<'r> {
        let mut event = Event::new(self.key, &self.raw, body);
        for field in Field::ALL {
            if let Some(cell) = self.cell(field) {
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

/// What of a row is read, besides its key and CreationTime.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    All,
    /// The raw bytes and [`BESIDE_RAW`].
    Raw,
    Columns(&'static [Field]),
}

/// Reads the wanted rows of a unit, in their order there.
pub(crate) async fn read(unit: &Unit, wanted: &BooleanBuffer, parts: Wanted) -> Result<Vec<Row>> {
    if wanted.count_set_bits() == 0 {
        return Ok(Vec::new());
    }
    let reader = unit.reader();
    let (columns, raw): (&[Field], &[&str]) = match parts {
        Wanted::All => (&Field::ALL, &[schema::RAW]),
        Wanted::Raw => (&BESIDE_RAW, &[schema::RAW]),
        Wanted::Columns(columns) => (columns, &[]),
    };
    let names = columns.iter().map(|field| field.name()).chain(raw.iter().copied());
    let place = [Field::CreationTime.name(), schema::ID_HASH, schema::CONTENT_HASH];
    let names = names.chain(place);
    let mask = ProjectionMask::columns(reader.parquet_schema(), names);
    let stream = reader
        .with_projection(mask)
        .with_row_selection(selection(wanted))
        .with_batch_size(wanted.count_set_bits())
        .build()?;
    let batches: Vec<RecordBatch> = stream.try_collect().await?;
    let mut rows = Vec::new();
    for batch in batches {
        rows.extend(batch_rows(&batch)?);
    }
    Ok(rows)
}

fn batch_rows(batch: &RecordBatch) -> Result<Vec<Row>> {
    let mut places: Places = [None; Field::COUNT];
    let mut columns: Vec<(Field, ArrayRef)> = Vec::new();
    for field in Field::ALL {
        // A file may be older than the column.
        let Some(array) = batch.column_by_name(field.name()) else { continue };
        places[field as usize] = Some(columns.len() as u8);
        let array = match field.kind() {
            Kind::Text | Kind::Address => cast(array, &DataType::Utf8)?,
            Kind::Int | Kind::Time => array.clone(),
        };
        columns.push((field, array));
    }
    let long = |name| {
        let array = batch.column_by_name(name).expect("a key column");
        array.as_primitive::<Int64Type>().clone()
    };
    let (ids, contents) = (long(schema::ID_HASH), long(schema::CONTENT_HASH));
    let places = Arc::new(places);
    let raw = raw_records(batch);
    Ok((0..batch.num_rows())
        .map(|row| Row {
            key: Key { id: ids.value(row) as u64, content: contents.value(row) as u64 },
            places: places.clone(),
            cells: columns.iter().map(|(field, array)| cell(*field, array, row)).collect(),
            raw: raw.as_ref().map_or(Bytes::new(), |(records, ends)| {
                records.slice(ends[row] as usize..ends[row + 1] as usize)
            }),
        })
        .collect())
}

/// The raw records one after another, and where each begins and the last ends.
fn raw_records(batch: &RecordBatch) -> Option<(Bytes, OffsetBuffer<i32>)> {
    let raw = batch.column_by_name(schema::RAW)?.as_binary::<i32>();
    Some((Bytes::from_owner(Records(raw.values().clone())), raw.offsets().clone()))
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
