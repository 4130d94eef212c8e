//! What does the raw record answer?
//!
//! Reading a record as JSON costs microseconds, so cheap looks at its bytes come first: where they
//! settle the question for sure, the record is not read.

use deltalake::arrow::array::{AsArray, BinaryArray};
use deltalake::arrow::buffer::BooleanBuffer;
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use deltalake::parquet::arrow::async_reader::ParquetRecordBatchStream;
use event::{Filter, Name, Pattern, Value, text_matches};
use futures::TryStreamExt;
use memchr::memmem;
use store::{FileReader, schema};

use crate::columns::Unit;
use crate::{BodyReader, Result};

/// Records in memory at once.
const BATCH_ROWS: usize = 4096;

/// The raw records of some rows of a unit, in order.
pub(crate) struct RawRows {
    stream: ParquetRecordBatchStream<FileReader>,
    rows: Vec<usize>,
    next: usize,
}

/// Records with the rows they stand in.
pub(crate) struct RawBatch {
    rows: Vec<usize>,
    records: BinaryArray,
}

impl RawRows {
    pub(crate) async fn read(unit: &Unit, wanted: &BooleanBuffer) -> Result<RawRows> {
        let builder = unit.reader();
        let mask = ProjectionMask::columns(builder.parquet_schema(), [schema::RAW]);
        let stream = builder
            .with_projection(mask)
            .with_row_selection(selection(wanted))
            .with_batch_size(BATCH_ROWS)
            .build()?;
        Ok(RawRows { stream, rows: wanted.set_indices().collect(), next: 0 })
    }

    pub(crate) async fn next(&mut self) -> Result<Option<RawBatch>> {
        let Some(batch) = self.stream.try_next().await? else {
            return Ok(None);
        };
        let rows = self.rows[self.next..self.next + batch.num_rows()].to_vec();
        self.next += batch.num_rows();
        Ok(Some(RawBatch { rows, records: batch.column(0).as_binary::<i32>().clone() }))
    }
}

impl RawBatch {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.rows.iter().copied().zip(self.records.iter().map(|bytes| bytes.unwrap_or_default()))
    }
}

/// The set rows, in Parquet's words.
pub(crate) fn selection(wanted: &BooleanBuffer) -> RowSelection {
    let mut selectors = Vec::new();
    let mut at = 0;
    for (from, to) in wanted.set_slices() {
        if from > at {
            selectors.push(RowSelector::skip(from - at));
        }
        selectors.push(RowSelector::select(to - from));
        at = to;
    }
    if at < wanted.len() {
        selectors.push(RowSelector::skip(wanted.len() - at));
    }
    RowSelection::from(selectors)
}

/// One record, read as JSON only when a question needs it.
pub(crate) struct RawLeaf<'r> {
    bytes: &'r [u8],
    folded: Option<Vec<u8>>,
    body: Option<Value<'r>>,
    read: BodyReader,
}

impl<'r> RawLeaf<'r> {
    pub(crate) fn new(bytes: &'r [u8], read: BodyReader) -> RawLeaf<'r> {
        RawLeaf { bytes, folded: None, body: None, read }
    }

    /// Answers what [`Filter::matches`] would for free text and paths.
    pub(crate) fn holds(&mut self, filter: &Filter) -> bool {
        match filter {
            Filter::Text(pattern) => match self.glance_text(pattern) {
                Some(answer) => answer,
                None => text_matches(self.body(), pattern),
            },
            Filter::Field(Name::Path(path), test) => {
                self.may_name(path) && test.holds_at(self.body(), path)
            }
            _ => unreachable!("columns answer every other filter"),
        }
    }

    fn body(&mut self) -> &Value<'r> {
        let (read, bytes) = (self.read, self.bytes);
        self.body.get_or_insert_with(|| read(bytes))
    }

    fn folded(&mut self) -> &[u8] {
        let bytes = self.bytes;
        self.folded.get_or_insert_with(|| bytes.to_ascii_lowercase())
    }

    /// Bytes alone settle a plain needle unless escapes or other alphabets may hide it.
    fn glance_text(&mut self, pattern: &Pattern) -> Option<bool> {
        let needle = pattern.contained().filter(|needle| is_plain(needle))?;
        let found = memmem::find(self.folded(), needle.as_bytes()).is_some();
        match found {
            // `\n` and `\u00e9` look like letters.
            true if memchr::memchr(b'\\', self.bytes).is_none() => Some(true),
            false if self.bytes.is_ascii() && !has_unicode_escape(self.bytes) => Some(false),
            _ => None,
        }
    }

    /// Could the record hold these names at all?
    fn may_name(&mut self, path: &str) -> bool {
        if !self.bytes.is_ascii() || has_unicode_escape(self.bytes) {
            return true;
        }
        let folded = self.folded();
        path.split('.')
            .filter(|name| is_plain(name))
            .all(|name| memmem::find(folded, name.to_ascii_lowercase().as_bytes()).is_some())
    }
}

/// Signs that stand for themselves in JSON and cannot span two of its tokens.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b))
}

fn has_unicode_escape(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"\\u").is_some()
}
