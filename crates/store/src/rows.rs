//! How do events become columns?

use std::sync::Arc;

use deltalake::arrow::array::{
    ArrayRef, BinaryBuilder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use event::{Cell, Event, Field, Kind, fold};

use crate::schema;

/// What a text column takes an event, more or less, where it has a value at all.
const TEXT_BYTES: usize = 16;

/// Events in columns, on their way to a data file. Memory: about [`Rows::bytes`].
pub struct Rows {
    columns: Vec<Builder>,
    folded: Vec<(Field, StringBuilder)>,
    id_hash: Int64Builder,
    content_hash: Int64Builder,
    raw: BinaryBuilder,
    length: usize,
    bytes: usize,
}

enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Time(TimestampMicrosecondBuilder),
}

impl Default for Rows {
    fn default() -> Rows {
        Rows::with_capacity(0, 0)
    }
}

impl Rows {
    /// Room for so many events with so many raw bytes in all; more may come. A column that grows
    /// by doubling leaves as much behind as it holds.
    pub fn with_capacity(events: usize, raw_bytes: usize) -> Rows {
        let text = || StringBuilder::with_capacity(events, events * TEXT_BYTES);
        let time = || TimestampMicrosecondBuilder::with_capacity(events).with_timezone("UTC");
        let builder = |field: Field| match field.kind() {
            Kind::Text | Kind::Address => Builder::Text(text()),
            Kind::Int => Builder::Int(Int64Builder::with_capacity(events)),
            Kind::Time => Builder::Time(time()),
        };
        Rows {
            columns: Field::ALL.into_iter().map(builder).collect(),
            folded: Field::ALL
                .into_iter()
                .filter(|field| field.is_folded())
                .map(|field| (field, text()))
                .collect(),
            id_hash: Int64Builder::with_capacity(events),
            content_hash: Int64Builder::with_capacity(events),
            raw: BinaryBuilder::with_capacity(events, raw_bytes),
            length: 0,
            bytes: 0,
        }
    }

    pub fn push(&mut self, event: &Event) {
        for (field, builder) in Field::ALL.into_iter().zip(&mut self.columns) {
            match builder {
                Builder::Text(column) => {
                    let text = event.text(field);
                    self.bytes += text.map_or(0, str::len);
                    column.append_option(text);
                }
                Builder::Int(column) => column.append_option(event.int(field)),
                Builder::Time(column) => column.append_option(event.time(field)),
            }
        }
        for (field, column) in &mut self.folded {
            match event.cell(*field) {
                Some(Cell::Text(text)) => column.append_value(fold(text)),
                _ => column.append_null(),
            }
        }
        self.id_hash.append_value(event.key.id as i64);
        self.content_hash.append_value(event.key.content as i64);
        self.raw.append_value(event.raw);
        self.length += 1;
        self.bytes += event.raw.len();
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes of raw records and texts held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows as a batch of [`schema::file_schema`].
    pub fn finish(mut self) -> RecordBatch {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len() + 8);
        for column in &mut self.columns {
            arrays.push(match column {
                Builder::Text(column) => Arc::new(column.finish()),
                Builder::Int(column) => Arc::new(column.finish()),
                Builder::Time(column) => Arc::new(column.finish()),
            });
        }
        for (_, column) in &mut self.folded {
            arrays.push(Arc::new(column.finish()));
        }
        arrays.push(Arc::new(self.id_hash.finish()));
        arrays.push(Arc::new(self.content_hash.finish()));
        arrays.push(Arc::new(self.raw.finish()));
        RecordBatch::try_new(schema::file_schema(), arrays).expect("columns in schema order")
    }
}
