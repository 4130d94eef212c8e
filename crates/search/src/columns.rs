//! How do columns come into memory?
//!
//! A unit of work is one row group. Text columns are kept as codes into the distinct values, so
//! that a test looks at each distinct value once and a count is an array of numbers. What was read
//! is kept, up to a bound, because data files never change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use deltalake::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    new_null_array,
};
use deltalake::arrow::compute::{cast, concat_batches};
use deltalake::arrow::datatypes::{
    DataType, Field as ArrowField, Int32Type, Int64Type, Schema, SchemaRef,
    TimestampMicrosecondType,
};
use deltalake::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use deltalake::parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use deltalake::parquet::file::metadata::PageIndexPolicy;
use event::{Field, Kind};
use futures::TryStreamExt;
use store::{DataFile, FileReader, Table, schema};

use crate::Result;

/// Columns and file footers read before, up to a number of bytes; the least recently used go first.
pub struct Cache {
    bytes_max: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    columns: HashMap<ColumnKey, Entry>,
    footers: HashMap<FileKey, ArrowReaderMetadata>,
    bytes: usize,
    clock: u64,
}

struct Entry {
    column: Arc<Column>,
    used: u64,
}

/// Tenant and path name a file for good.
type FileKey = (String, String);
type ColumnKey = (FileKey, usize, &'static str);

/// Footers kept; one is a few hundred kilobytes at most.
const FOOTERS_MAX: usize = 1000;

impl Cache {
    /// What a server may spend on warm columns: about 16 bytes a record for the usual facets.
    pub const BYTES_DEFAULT: usize = 512 << 20;

    pub fn new(bytes_max: usize) -> Arc<Cache> {
        Arc::new(Cache { bytes_max, inner: Mutex::default() })
    }

    fn column(&self, key: &ColumnKey) -> Option<Arc<Column>> {
        let mut inner = self.inner.lock().expect("no holder of the cache panics");
        inner.clock += 1;
        let now = inner.clock;
        let entry = inner.columns.get_mut(key)?;
        entry.used = now;
        Some(entry.column.clone())
    }

    fn keep(&self, key: ColumnKey, column: Arc<Column>) {
        let bytes = column.bytes();
        if bytes > self.bytes_max / 4 {
            return;
        }
        let mut inner = self.inner.lock().expect("no holder of the cache panics");
        inner.clock += 1;
        let entry = Entry { column, used: inner.clock };
        inner.bytes += bytes;
        if let Some(before) = inner.columns.insert(key, entry) {
            inner.bytes -= before.column.bytes();
        }
        if inner.bytes > self.bytes_max {
            inner.shrink(self.bytes_max / 10 * 9);
        }
    }

    fn footer(&self, key: &FileKey) -> Option<ArrowReaderMetadata> {
        self.inner.lock().expect("no holder of the cache panics").footers.get(key).cloned()
    }

    fn keep_footer(&self, key: FileKey, footer: ArrowReaderMetadata) {
        let mut inner = self.inner.lock().expect("no holder of the cache panics");
        if inner.footers.len() >= FOOTERS_MAX {
            inner.footers.clear();
        }
        inner.footers.insert(key, footer);
    }
}

impl Inner {
    fn shrink(&mut self, bytes_max: usize) {
        let mut by_age: Vec<(u64, ColumnKey)> =
            self.columns.iter().map(|(key, entry)| (entry.used, key.clone())).collect();
        by_age.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in by_age {
            if self.bytes <= bytes_max {
                return;
            }
            if let Some(entry) = self.columns.remove(&key) {
                self.bytes -= entry.column.bytes();
            }
        }
    }
}

/// A column of one row group.
pub(crate) enum Column {
    /// Codes into the distinct values; the code past the last value means missing.
    Coded {
        codes: Codes,
        values: StringArray,
    },
    Int(Int64Array),
    Time(TimestampMicrosecondArray),
}

/// Codes in the fewest bytes that hold them.
pub(crate) enum Codes {
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Long(Vec<u32>),
}

impl Codes {
    pub(crate) fn get(&self, row: usize) -> usize {
        match self {
            Codes::Byte(codes) => codes[row] as usize,
            Codes::Short(codes) => codes[row] as usize,
            Codes::Long(codes) => codes[row] as usize,
        }
    }
}

impl Column {
    fn bytes(&self) -> usize {
        match self {
            Column::Coded { codes, values } => {
                let codes = match codes {
                    Codes::Byte(codes) => codes.len(),
                    Codes::Short(codes) => codes.len() * 2,
                    Codes::Long(codes) => codes.len() * 4,
                };
                codes + values.get_array_memory_size()
            }
            Column::Int(array) => array.get_array_memory_size(),
            Column::Time(array) => array.get_array_memory_size(),
        }
    }

    fn from_array(array: &ArrayRef) -> Column {
        match array.data_type() {
            DataType::Int64 => Column::Int(array.as_primitive::<Int64Type>().clone()),
            DataType::Timestamp(..) => {
                Column::Time(array.as_primitive::<TimestampMicrosecondType>().clone())
            }
            _ => coded(array),
        }
    }
}

fn coded(array: &ArrayRef) -> Column {
    let dictionary = array.as_dictionary::<Int32Type>();
    let values = cast(dictionary.values(), &DataType::Utf8).expect("text stays text");
    let values = values.as_string::<i32>().clone();
    let missing = values.len();
    let keys = dictionary.keys();
    let code = |row: usize| match keys.is_null(row) {
        true => missing,
        false => keys.value(row) as usize,
    };
    let rows = 0..array.len();
    let codes = match missing {
        0..256 => Codes::Byte(rows.map(|row| code(row) as u8).collect()),
        256..65_536 => Codes::Short(rows.map(|row| code(row) as u16).collect()),
        _ => Codes::Long(rows.map(|row| code(row) as u32).collect()),
    };
    Column::Coded { codes, values }
}

/// Text columns are read as dictionaries; every other type as written. A file may be older than
/// some columns.
fn read_schema(file: &Schema) -> SchemaRef {
    let read = |column: &Arc<ArrowField>| {
        column.as_ref().clone().with_data_type(read_type(column.data_type()))
    };
    Arc::new(Schema::new(file.fields().iter().map(read).collect::<Vec<_>>()))
}

fn read_type(written: &DataType) -> DataType {
    match written {
        DataType::Utf8 => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        other => other.clone(),
    }
}

/// What a file has in a column that it is older than.
fn nothing(name: &str, rows: usize) -> ArrayRef {
    let schema = schema::file_schema();
    let column = schema.field_with_name(name).expect("a column of the schema");
    new_null_array(&read_type(column.data_type()), rows)
}

/// One row group of one file of one table.
#[derive(Clone)]
pub(crate) struct Unit {
    pub table: Table,
    pub file: DataFile,
    pub row_group: usize,
    pub rows: usize,
    pub footer: ArrowReaderMetadata,
}

impl Unit {
    fn file_key(&self) -> FileKey {
        file_key(&self.table, &self.file)
    }

    /// A reader of this row group only.
    pub(crate) fn reader(&self) -> ParquetRecordBatchStreamBuilder<FileReader> {
        let reader = self.table.reader(&self.file);
        ParquetRecordBatchStreamBuilder::new_with_metadata(reader, self.footer.clone())
            .with_row_groups(vec![self.row_group])
    }

    /// The columns of these names, from the cache or else read and kept.
    pub(crate) async fn columns(
        &self,
        cache: &Cache,
        names: &[&'static str],
    ) -> Result<HashMap<&'static str, Arc<Column>>> {
        let mut found = HashMap::new();
        let mut absent: Vec<&'static str> = Vec::new();
        for name in names {
            match cache.column(&(self.file_key(), self.row_group, name)) {
                Some(column) => drop(found.insert(*name, column)),
                None => absent.push(name),
            }
        }
        if absent.is_empty() {
            return Ok(found);
        }
        let batch = self.read(&absent).await?;
        for name in absent {
            let array = match batch.column_by_name(name) {
                Some(array) => array.clone(),
                None => nothing(name, self.rows),
            };
            let column = Arc::new(Column::from_array(&array));
            cache.keep((self.file_key(), self.row_group, name), column.clone());
            found.insert(name, column);
        }
        Ok(found)
    }

    async fn read(&self, names: &[&str]) -> Result<RecordBatch> {
        let builder = self.reader();
        let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
        // One batch for the whole row group keeps one dictionary for it.
        let stream = builder.with_projection(mask).with_batch_size(self.rows.max(1)).build()?;
        let schema = stream.schema().clone();
        let batches: Vec<RecordBatch> = stream.try_collect().await?;
        Ok(match batches.len() {
            1 => batches.into_iter().next().expect("one batch"),
            _ => concat_batches(&schema, &batches)?,
        })
    }
}

fn file_key(table: &Table, file: &DataFile) -> FileKey {
    (table.tenant().to_string(), file.path.clone())
}

/// A file's footer, from the cache or else read and kept.
pub(crate) async fn footer(
    cache: &Cache,
    table: &Table,
    file: &DataFile,
) -> Result<ArrowReaderMetadata> {
    let key = file_key(table, file);
    if let Some(footer) = cache.footer(&key) {
        return Ok(footer);
    }
    let mut reader = table.reader(file);
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let written = ArrowReaderMetadata::load_async(&mut reader, options.clone()).await?;
    let options = options.with_schema(read_schema(written.schema()));
    let footer = ArrowReaderMetadata::try_new(written.metadata().clone(), options)?;
    cache.keep_footer(key, footer.clone());
    Ok(footer)
}

/// The column that holds a field's codes.
pub(crate) fn is_coded(field: Field) -> bool {
    matches!(field.kind(), Kind::Text | Kind::Address)
}
