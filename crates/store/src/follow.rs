//! What came into a table after a cursor?

use std::collections::{HashMap, VecDeque};

use deltalake::arrow::array::RecordBatch;
use deltalake::parquet::arrow::ParquetRecordBatchStreamBuilder;
use deltalake::parquet::errors::ParquetError;
use event::time;
use futures::{Stream, StreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use serde::Deserialize;

use crate::cursor::{Place, Waiting};
use crate::table::data_file;
use crate::{DataFile, Error, Result, Table, schema};

/// Rows at a time.
const BATCH_ROWS: usize = 1024;
/// Versions whose files are taken up at once; a cursor far behind goes on from there.
const VERSIONS_MAX: u64 = 256;
/// A row is stored this long after its `IngestTime` at most.
const STORING_MAX: i64 = time::DAY;

/// Where does a new cursor begin?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With what comes next.
    Now,
    /// With the oldest event.
    Beginning,
    /// With events from this time on, microseconds.
    At(i64),
}

/// The parts of a log entry that matter here.
#[derive(Deserialize)]
struct Entry {
    add: Option<Added>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    path: String,
    size: u64,
    data_change: bool,
    #[serde(default)]
    partition_values: HashMap<String, Option<String>>,
    stats: Option<String>,
}

impl Table {
    /// A cursor over this version.
    pub fn place(&self, start: Start, now: i64) -> Place {
        let (first, since) = match start {
            Start::Now => (i32::MAX, None),
            Start::Beginning => (i32::MIN, None),
            // Events without a time lie under the first day; they have no place in a span of time.
            Start::At(micros) => (micros.div_euclid(time::DAY) as i32, Some(micros)),
        };
        let files = self.files().iter().filter(|file| file.day >= first);
        let waiting = |(ordinal, file): (usize, &DataFile)| Waiting {
            ordinal: ordinal as u64,
            file: file.clone(),
            row: 0,
            since,
            stored_since: None,
        };
        let waiting = files.enumerate().map(waiting).collect();
        Place { version: self.version(), caught_up: now, waiting }
    }

    /// Takes up what came after the place; false if nothing did. To be called when nothing waits.
    pub async fn advance(&mut self, place: &mut Place, now: i64) -> Result<bool> {
        self.refresh().await?;
        if place.version < self.version() {
            // A version that is read has to outlast a cut of power, or its number comes again.
            self.sync_version().await?;
        }
        if place.version > self.version() {
            // An older state of the table was restored.
            self.search_again(place);
        }
        while place.waiting.is_empty() && place.version < self.version() {
            let last = self.version().min(place.version + VERSIONS_MAX);
            let mut files = Vec::new();
            for version in place.version + 1..=last {
                match self.added(version).await? {
                    Some(added) => files.extend(added),
                    None => {
                        self.search_again(place);
                        return Ok(!place.waiting.is_empty());
                    }
                }
            }
            place.version = last;
            place.waiting = files
                .into_iter()
                .zip(0..)
                .map(|(file, ordinal)| Waiting {
                    ordinal,
                    file,
                    row: 0,
                    since: None,
                    stored_since: None,
                })
                .collect();
        }
        if place.waiting.is_empty() {
            place.caught_up = now;
        }
        Ok(!place.waiting.is_empty())
    }

    /// Rows that came after that version. Where the log no longer tells, all there are.
    pub async fn rows_after(&self, version: u64) -> Result<u64> {
        let mut rows = 0;
        for version in version + 1..=self.version() {
            match self.added(version).await? {
                Some(files) => rows += files.iter().map(|file| file.rows).sum::<u64>(),
                None => return Ok(self.files().iter().map(|file| file.rows).sum()),
            }
        }
        Ok(rows)
    }

    /// What the place names is no more: what is new stands among all rows.
    pub fn search_again(&self, place: &mut Place) {
        let stored_since = Some(place.caught_up - STORING_MAX);
        let mut all = self.place(Start::Beginning, place.caught_up).waiting;
        all.iter_mut().for_each(|waiting| waiting.stored_since = stored_since);
        *place = Place { version: self.version(), caught_up: place.caught_up, waiting: all };
    }

    /// The files that a version added, in the order of their events; `None` if the log has it no
    /// longer. Files that only hold what others held are not among them.
    async fn added(&self, version: u64) -> Result<Option<Vec<DataFile>>> {
        let failed = Error::table(self.tenant());
        let log = self.delta().log_store();
        let Some(bytes) = log.read_commit_entry(version).await.map_err(&failed)? else {
            return Ok(None);
        };
        let mut files = Vec::new();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let entry: Entry = serde_json::from_slice(line)
                .map_err(|error| failed(deltalake::DeltaTableError::generic(error.to_string())))?;
            if let Some(add) = entry.add.filter(|add| add.data_change) {
                let Added { path, size, partition_values, stats, .. } = add;
                files.push(data_file(path, size, &partition_values, stats.as_deref()));
            }
        }
        files.sort_by(|a, b| (a.day, a.time, &a.path).cmp(&(b.day, b.time, &b.path)));
        Ok(Some(files))
    }

    /// The rows of a file from that one on, in its order, with all columns.
    pub async fn rows(
        &self,
        file: &DataFile,
        from: u64,
    ) -> Result<impl Stream<Item = std::result::Result<RecordBatch, ParquetError>> + use<>> {
        let builder = ParquetRecordBatchStreamBuilder::new(self.reader(file)).await?;
        let rows = builder.with_offset(from as usize).with_batch_size(BATCH_ROWS).build()?;
        Ok(rows.map(|batch| Ok(schema::completed(&batch?)?)))
    }

    /// Was the file deleted?
    pub async fn is_gone(&self, file: &DataFile) -> Result<bool> {
        let path = Path::parse(&file.path).unwrap_or_else(|_| Path::from(file.path.as_str()));
        match self.object_store().head(&path).await {
            Err(object_store::Error::NotFound { .. }) => Ok(true),
            other => Ok(other.map(|_| false)?),
        }
    }

    /// The files of one partition.
    pub fn files_of(&self, day: i32) -> VecDeque<DataFile> {
        self.files().iter().filter(|file| file.day == day).cloned().collect()
    }
}
