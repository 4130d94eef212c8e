//! How do records become a Parquet file?

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field as Column, Schema};
use bytes::Bytes;
use event::{Cell, Field, Kind};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;

use crate::Record;

/// The record's key, for readers that want each record once.
const RECORD_KEY: &str = "RecordKey";
/// The record as sent, byte for byte.
const RAW: &str = "Raw";

/// A file with a column for each field, the key first and the raw record last.
pub(super) fn encode(records: &[&Record]) -> Result<Bytes> {
    let mut columns = vec![Column::new(RECORD_KEY, DataType::Utf8, false)];
    let keys = StringArray::from_iter_values(records.iter().map(|record| record.id()));
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(keys)];
    for field in Field::ALL {
        let array = array(field, records);
        columns.push(Column::new(field.name(), array.data_type().clone(), true));
        arrays.push(array);
    }
    columns.push(Column::new(RAW, DataType::Binary, false));
    arrays.push(Arc::new(BinaryArray::from_iter_values(records.iter().map(|it| &it.raw))));
    let schema = Arc::new(Schema::new(columns));
    let zstd = Compression::ZSTD(ZstdLevel::try_new(3)?);
    let properties = WriterProperties::builder().set_compression(zstd).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))?;
    writer.write(&RecordBatch::try_new(schema, arrays)?)?;
    Ok(writer.into_inner()?.into())
}

fn array(field: Field, records: &[&Record]) -> ArrayRef {
    let int = |record: &&Record| match record.cell(field) {
        Some(Cell::Int(value) | Cell::Time(value)) => Some(*value),
        _ => None,
    };
    match field.kind() {
        Kind::Text | Kind::Address => {
            Arc::new(StringArray::from_iter(records.iter().map(|record| record.text(field))))
        }
        Kind::Int => Arc::new(Int64Array::from_iter(records.iter().map(int))),
        Kind::Time => {
            let times = TimestampMicrosecondArray::from_iter(records.iter().map(int));
            Arc::new(times.with_timezone("UTC"))
        }
    }
}
