//! What columns does a table have, and how are they written?

use std::sync::Arc;

use deltalake::arrow::array::{RecordBatch, new_null_array};
use deltalake::arrow::datatypes::{DataType, Field as Column, Schema, SchemaRef, TimeUnit};
use deltalake::arrow::error::ArrowError;
use deltalake::kernel::{DataType as DeltaType, PrimitiveType, StructField};
use deltalake::parquet::basic::{Compression, Encoding, ZstdLevel};
use deltalake::parquet::file::properties::{EnabledStatistics, WriterProperties};
use deltalake::parquet::schema::types::ColumnPath;
use event::{Field, Kind};

/// The day of `CreationTime`, UTC: the partition. Records without a readable time lie under
/// [`DAY_UNKNOWN`], so that importing them again finds them.
pub const EVENT_DATE: &str = "EventDate";
/// Day 0 of 1970.
pub const DAY_UNKNOWN: i32 = 0;
/// The first half of the record's key.
pub const ID_HASH: &str = "IdHash";
/// The second half of the record's key.
pub const CONTENT_HASH: &str = "ContentHash";
/// The record as sent, byte for byte.
pub const RAW: &str = "Raw";

/// The most rows of a row group; with it, what a reader must decode at once.
pub const ROW_GROUP_ROWS_MAX: usize = 262_144;
/// The most encoded bytes of a row group; with it, what a writer holds in memory.
pub const ROW_GROUP_BYTES_MAX: usize = 32 << 20;

const BLOOM_FALSE_POSITIVE_SHARE: f64 = 0.01;
/// A row group holds about one distinct value of a pivot in so many encoded bytes; a bloom filter is
/// made for as many before its writer knows better.
const BYTES_PER_VALUE: usize = 256;
/// Raw bytes are compressed in pieces of so many: a reader of one record reads its piece.
const RAW_PAGE_BYTES: usize = 256 << 10;

/// The name of a field's folded (lower-case) twin column.
pub fn folded_name(field: Field) -> String {
    format!("{}Folded", field.name())
}

/// The columns of a data file; the partition column stands in the path only.
pub fn file_schema() -> SchemaRef {
    let mut columns: Vec<Column> = Field::ALL
        .into_iter()
        .map(|field| Column::new(field.name(), arrow_type(field), true))
        .collect();
    let folded = Field::ALL.into_iter().filter(|field| field.is_folded());
    columns.extend(folded.map(|field| Column::new(folded_name(field), DataType::Utf8, true)));
    columns.push(Column::new(ID_HASH, DataType::Int64, false));
    columns.push(Column::new(CONTENT_HASH, DataType::Int64, false));
    columns.push(Column::new(RAW, DataType::Binary, false));
    Arc::new(Schema::new(columns))
}

/// The batch with the columns of [`file_schema`]: those that its file is older than are empty.
pub(crate) fn completed(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = file_schema();
    let columns = schema.fields().iter().map(|column| match batch.column_by_name(column.name()) {
        Some(array) => array.clone(),
        None => new_null_array(column.data_type(), batch.num_rows()),
    });
    RecordBatch::try_new(schema.clone(), columns.collect())
}

fn arrow_type(field: Field) -> DataType {
    match field.kind() {
        Kind::Text | Kind::Address => DataType::Utf8,
        Kind::Int => DataType::Int64,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

/// The same columns and the partition, in Delta's words.
pub(crate) fn delta_columns() -> Vec<StructField> {
    let mut columns: Vec<StructField> = file_schema()
        .fields()
        .iter()
        .map(|column| {
            let primitive = match column.data_type() {
                DataType::Int64 => PrimitiveType::Long,
                DataType::Timestamp(..) => PrimitiveType::Timestamp,
                DataType::Binary => PrimitiveType::Binary,
                _ => PrimitiveType::String,
            };
            StructField::new(
                column.name().clone(),
                DeltaType::Primitive(primitive),
                column.is_nullable(),
            )
        })
        .collect();
    columns.push(StructField::new(EVENT_DATE, DeltaType::Primitive(PrimitiveType::Date), false));
    columns
}

/// How data files are written: zstd, statistics, and bloom filters where people pivot.
pub(crate) fn writer_properties(row_group_bytes: usize) -> WriterProperties {
    let zstd = |level| Compression::ZSTD(ZstdLevel::try_new(level).expect("a level of zstd"));
    let mut builder = WriterProperties::builder()
        .set_compression(zstd(1))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS_MAX))
        .set_max_row_group_bytes(Some(row_group_bytes))
        // Raw bytes and random hashes have nothing to gain from dictionaries or statistics.
        .set_column_dictionary_enabled(ColumnPath::from(RAW), false)
        .set_column_statistics_enabled(ColumnPath::from(RAW), EnabledStatistics::None)
        .set_column_data_page_size_limit(ColumnPath::from(RAW), RAW_PAGE_BYTES)
        .set_column_compression(ColumnPath::from(RAW), zstd(3))
        .set_column_dictionary_enabled(ColumnPath::from(Field::Id.name()), false);
    for name in [ID_HASH, CONTENT_HASH] {
        builder = builder
            .set_column_dictionary_enabled(ColumnPath::from(name), false)
            .set_column_compression(ColumnPath::from(name), Compression::UNCOMPRESSED);
    }
    // Numbers that ascend. Their encoder takes a mebibyte for each column of each open file, whatever
    // it holds, which small row groups do not pay back.
    let ascending: &[Field] = match row_group_bytes < ROW_GROUP_BYTES_MAX {
        true => &[Field::CreationTime],
        false => &[Field::CreationTime, Field::IngestTime, Field::Position],
    };
    for field in ascending {
        let column = ColumnPath::from(field.name());
        builder = builder
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    for name in bloom_columns() {
        let column = ColumnPath::from(name);
        builder = builder
            .set_column_bloom_filter_enabled(column.clone(), true)
            .set_column_bloom_filter_fpp(column.clone(), BLOOM_FALSE_POSITIVE_SHARE)
            .set_column_bloom_filter_max_ndv(column, (row_group_bytes / BYTES_PER_VALUE) as u64);
    }
    builder.build()
}

/// The columns with a bloom filter: the pivots, their folded twins and the key's first half.
fn bloom_columns() -> Vec<String> {
    let pivots = Field::ALL.into_iter().filter(|field| field.is_pivot());
    let mut columns: Vec<String> = pivots.clone().map(|field| field.name().to_owned()).collect();
    columns.extend(pivots.filter(|field| field.is_folded()).map(folded_name));
    columns.push(ID_HASH.to_owned());
    columns
}
