//! How does each event come in once?
//!
//! [`Writer::push`] drops what is known and sorts the rest ([`Order`]) into one Parquet file a day;
//! [`Writer::commit`] closes the files and makes them, and the ledger's note of where they came
//! from, true at once. Memory is bounded by [`Chunk`] for the rows being sorted,
//! [`schema::ROW_GROUP_BYTES_MAX`] for each of [`OPEN_FILES_MAX`] files, and the keys of the days
//! in use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FolderPath, PathBuf};
use std::sync::Arc;

use deltalake::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray};
use deltalake::arrow::compute::{filter_record_batch, interleave_record_batch};
use deltalake::arrow::datatypes::TimestampMicrosecondType;
use deltalake::kernel::{Action, Add, Transaction};
use deltalake::parquet::arrow::AsyncArrowWriter;
use deltalake::protocol::{DeltaOperation, SaveMode};
use event::{Field, Issue, IssueKind, Key, TenantName, time};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use serde_json::json;

use crate::disk::Sabotage;
use crate::keys::{Keys, Known, batch_keys};
use crate::ledger::{Batch, Cluster, Clusters, LeftOut, Offer, StoredBlob};
use crate::lock::WriterLock;
use crate::order::Order;
use crate::table::Table;
use crate::{Ledger, Location, Result, schema};

/// Rows are sorted in chunks of at most this many bytes of memory; sorting takes as much again.
/// The larger the chunk, the fewer the places in a file where a person or a time may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// 96 MiB, for an import, whose records come in any order.
    Large,
    /// 4 MiB, for a collector, whose records come in the order of time, more or less.
    Small,
}

impl Chunk {
    fn bytes_max(self) -> usize {
        match self {
            Chunk::Large => 96 << 20,
            Chunk::Small => 4 << 20,
        }
    }

    fn order(self) -> Order {
        match self {
            Chunk::Large => Order::Person,
            Chunk::Small => Order::Time,
        }
    }

    fn row_group_bytes(self) -> usize {
        match self {
            Chunk::Large => schema::ROW_GROUP_BYTES_MAX,
            Chunk::Small => schema::ROW_GROUP_BYTES_MAX / 4,
        }
    }
}

/// A file goes to the disk in parts of so many bytes.
const PART_BYTES: usize = 1 << 20;
/// Parts of a file that are on their way to the disk at once.
const WRITES_MAX: usize = 1;
/// Days that are written at once; the one untouched longest is closed to make room.
pub const OPEN_FILES_MAX: usize = 12;

/// Brings events into one tenant's table.
pub struct Writer {
    data_dir: PathBuf,
    ledger: Ledger,
    table: Table,
    keys: Keys,
    lock: Option<WriterLock>,
    chunk: Chunk,
    rows: Vec<RecordBatch>,
    rows_bytes: usize,
    open: BTreeMap<i32, OpenFile>,
    opened: u64,
    done: Vec<(i32, Add)>,
    batch: Batch,
    left_out: LeftOut,
    clusters: Clusters,
}

struct OpenFile {
    writer: AsyncArrowWriter<BufWriter>,
    path: String,
    /// Microseconds.
    created: i64,
    rows: u64,
    time: Option<(i64, i64)>,
    untimed: u64,
    quarantined: u64,
    used: u64,
}

impl Writer {
    pub(crate) async fn open(
        data_dir: &FolderPath,
        location: &Location,
        ledger: Ledger,
        tenant: &TenantName,
        chunk: Chunk,
    ) -> Result<Writer> {
        let lock = WriterLock::acquire(data_dir, tenant).await?;
        let table = Table::create(location, tenant).await?;
        let writer = Writer {
            data_dir: data_dir.to_owned(),
            ledger,
            table,
            keys: Keys::default(),
            lock: None,
            chunk,
            rows: Vec::new(),
            rows_bytes: 0,
            open: BTreeMap::new(),
            opened: 0,
            done: Vec::new(),
            batch: Batch::default(),
            left_out: LeftOut::default(),
            clusters: Clusters::default(),
        };
        recover(&writer.ledger, &writer.table).await?;
        drop(lock);
        Ok(writer)
    }

    /// The table as of the last commit.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Takes in a batch of [`crate::Rows`]. On an error the whole uncommitted rest is given up,
    /// and nothing of it is stored.
    pub async fn push(&mut self, rows: RecordBatch) -> Result<()> {
        let result = self.try_push(rows).await;
        if result.is_err() {
            self.give_up();
        }
        result
    }

    /// The same for entries of clusters, one for each row: one entry of a cluster is stored, the
    /// others are counted under `rule`.
    pub async fn push_clustered(
        &mut self,
        rows: RecordBatch,
        clusters: &[Cluster],
        rule: &str,
    ) -> Result<()> {
        let result = self.try_push_clustered(rows, clusters, rule).await;
        if result.is_err() {
            self.give_up();
        }
        result
    }

    /// Notes what a policy kept out, by rule and day of the event.
    pub fn note_dropped(&mut self, rule: &str, day: i32, records: u64) {
        *self.left_out.dropped.entry((rule.to_owned(), day)).or_default() += records;
        self.batch.dropped += records;
    }

    /// Makes everything pushed since the last commit true at once, with the blobs it came from.
    pub async fn commit(&mut self, blobs: &[StoredBlob], now: i64) -> Result<Batch> {
        let result = self.try_commit(blobs, now).await;
        if result.is_err() {
            self.give_up();
        }
        self.lock = None;
        result
    }

    /// Records taken in or kept out since the last commit, duplicates left out.
    pub fn uncommitted(&self) -> u64 {
        self.batch.stored + self.batch.dropped
    }

    /// Drops what was pushed since the last commit.
    pub fn give_up(&mut self) {
        self.keys.forget();
        self.rows.clear();
        self.rows_bytes = 0;
        self.open.clear();
        self.done.clear();
        self.batch = Batch::default();
        self.left_out = LeftOut::default();
        self.clusters.forget();
        self.lock = None;
    }

    async fn begin(&mut self) -> Result<()> {
        if self.lock.is_none() {
            let lock = WriterLock::acquire(&self.data_dir, self.table.tenant()).await?;
            self.table.refresh().await?;
            recover(&self.ledger, &self.table).await?;
            self.lock = Some(lock);
        }
        Ok(())
    }

    async fn try_push(&mut self, rows: RecordBatch) -> Result<()> {
        self.begin().await?;
        let days = event_days(&rows);
        for day in days.iter().copied().collect::<BTreeSet<i32>>() {
            self.keys.load(&self.table, day).await?;
        }
        let (rows, new) = self.judge(rows, &days);
        if new == 0 {
            return Ok(());
        }
        self.rows_bytes += rows.get_array_memory_size();
        self.rows.push(rows);
        if self.rows_bytes >= self.chunk.bytes_max() {
            self.write_chunk().await?;
        }
        Ok(())
    }

    async fn try_push_clustered(
        &mut self,
        rows: RecordBatch,
        clusters: &[Cluster],
        rule: &str,
    ) -> Result<()> {
        self.begin().await?;
        let tenant = self.table.tenant().clone();
        let keys: Vec<Key> = batch_keys(&rows).collect();
        let mut is_kept = Vec::with_capacity(keys.len());
        for ((key, cluster), day) in keys.into_iter().zip(clusters).zip(event_days(&rows)) {
            self.keys.load(&self.table, day).await?;
            let is_stored = self.keys.contains(day, key);
            let members = &mut self.left_out.members;
            let offer =
                self.clusters.offer(&self.ledger, &tenant, *cluster, key, is_stored, members)?;
            match offer {
                Offer::Counted => self.note_dropped(rule, day, 1),
                Offer::Repeated if !is_stored => self.batch.duplicates += 1,
                Offer::First | Offer::Repeated => {}
            }
            is_kept.push(Some(is_stored || offer == Offer::First));
        }
        let rows = filter_record_batch(&rows, &BooleanArray::from(is_kept))?;
        self.try_push(rows).await
    }

    /// Keeps the new rows, and says of those that share an Id with another that they do.
    fn judge(&mut self, rows: RecordBatch, days: &[i32]) -> (RecordBatch, u64) {
        let keys = batch_keys(&rows);
        let mut known: Vec<Known> =
            keys.zip(days).map(|(key, day)| self.keys.insert(*day, key)).collect();
        if self.table.disk().sabotage() == Some(Sabotage::Dedupe) {
            known.fill(Known::New);
        }
        let quarantined = rows.column(Field::Quarantine as usize);
        for (row, known) in known.iter().enumerate() {
            match known {
                Known::Duplicate => self.batch.duplicates += 1,
                _ => self.batch.stored += 1,
            }
            if *known != Known::Duplicate && quarantined.is_valid(row) {
                self.batch.quarantined += 1;
            }
        }
        let rows = match known.contains(&Known::SameId) {
            true => with_same_id_issues(rows, &known),
            false => rows,
        };
        let new = known.iter().filter(|known| **known != Known::Duplicate).count();
        if new == known.len() {
            return (rows, new as u64);
        }
        let mask = BooleanArray::from_iter(known.iter().map(|k| Some(*k != Known::Duplicate)));
        let rows = filter_record_batch(&rows, &mask).expect("a mask of the batch's length");
        (rows, new as u64)
    }

    /// Sorts the chunk and writes each day's part to its file.
    async fn write_chunk(&mut self) -> Result<()> {
        let chunk = std::mem::take(&mut self.rows);
        self.rows_bytes = 0;
        let mut order: Vec<(i32, &str, i64, u32, u32)> = Vec::new();
        for (index, rows) in chunk.iter().enumerate() {
            let (times, people) = (event_times(rows), self.chunk.order().people(rows));
            for (row, (day, person)) in event_days(rows).into_iter().zip(people).enumerate() {
                let time = if times.is_null(row) { i64::MIN } else { times.value(row) };
                order.push((day, person, time, index as u32, row as u32));
            }
        }
        order.sort_unstable();
        for day in order.chunk_by(|a, b| a.0 == b.0) {
            let indices: Vec<(usize, usize)> =
                day.iter().map(|(.., index, row)| (*index as usize, *row as usize)).collect();
            let batches: Vec<&RecordBatch> = chunk.iter().collect();
            let sorted = interleave_record_batch(&batches, &indices)?;
            self.write_day(day[0].0, sorted).await?;
        }
        Ok(())
    }

    async fn write_day(&mut self, day: i32, rows: RecordBatch) -> Result<()> {
        if !self.open.contains_key(&day) {
            if self.open.len() >= OPEN_FILES_MAX {
                self.close_oldest().await?;
            }
            let file = OpenFile::create(&self.table, day, self.chunk)?;
            self.open.insert(day, file);
        }
        self.opened += 1;
        let file = self.open.get_mut(&day).expect("just opened");
        file.used = self.opened;
        file.write(&rows).await
    }

    async fn close_oldest(&mut self) -> Result<()> {
        let oldest = self.open.iter().min_by_key(|(_, file)| file.used).map(|(day, _)| *day);
        if let Some((day, file)) = oldest.and_then(|day| self.open.remove_entry(&day)) {
            self.done.push((day, file.close(day).await?));
        }
        Ok(())
    }

    async fn try_commit(&mut self, blobs: &[StoredBlob], now: i64) -> Result<Batch> {
        self.begin().await?;
        if !self.rows.is_empty() {
            self.write_chunk().await?;
        }
        while !self.open.is_empty() {
            self.close_oldest().await?;
        }
        let batch = std::mem::take(&mut self.batch);
        let done = std::mem::take(&mut self.done);
        let is_worth_noting = !blobs.is_empty() || batch.duplicates > 0 || batch.dropped > 0;
        if !done.is_empty() || is_worth_noting {
            self.make_true(&batch, done, blobs, now).await?;
        }
        self.left_out = LeftOut::default();
        self.clusters.forget();
        Ok(batch)
    }

    async fn make_true(
        &mut self,
        batch: &Batch,
        files: Vec<(i32, Add)>,
        blobs: &[StoredBlob],
        now: i64,
    ) -> Result<()> {
        let tenant = self.table.tenant().clone();
        let number = self.ledger.prepare(&tenant, batch, &self.left_out, blobs, now)?;
        if files.is_empty() {
            return self.ledger.commit(&tenant, number, None, now);
        }
        for (day, add) in &files {
            self.keys.note_file(*day, &add.path);
        }
        let transaction = Transaction {
            app_id: self.ledger.id()?,
            version: number,
            last_updated: Some(now / 1000),
        };
        let operation = DeltaOperation::Write {
            mode: SaveMode::Append,
            partition_by: Some(vec![schema::EVENT_DATE.to_owned()]),
            predicate: None,
        };
        let actions = files.into_iter().map(|(_, add)| Action::Add(add)).collect();
        let version = self.table.commit(actions, Some(transaction), operation).await?;
        self.ledger.commit(&tenant, number, Some(version), now)
    }
}

impl OpenFile {
    pub(crate) fn create(table: &Table, day: i32, chunk: Chunk) -> Result<OpenFile> {
        let date = day_text(day);
        let path =
            format!("{}={date}/part-{}.zstd.parquet", schema::EVENT_DATE, uuid::Uuid::new_v4());
        let sink =
            BufWriter::with_capacity(table.object_store(), Path::from(path.as_str()), PART_BYTES)
                .with_max_concurrency(WRITES_MAX);
        let properties = Some(schema::writer_properties(chunk.row_group_bytes()));
        let writer = AsyncArrowWriter::try_new(sink, schema::file_schema(), properties)?;
        let created = table.disk().now();
        Ok(OpenFile {
            writer,
            path,
            created,
            rows: 0,
            time: None,
            untimed: 0,
            quarantined: 0,
            used: 0,
        })
    }

    async fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        self.rows += rows.num_rows() as u64;
        let times = event_times(rows);
        self.untimed += times.null_count() as u64;
        for time in times.iter().flatten() {
            let (first, last) = self.time.unwrap_or((time, time));
            self.time = Some((first.min(time), last.max(time)));
        }
        let quarantine = rows.column(Field::Quarantine as usize);
        self.quarantined += (rows.num_rows() - quarantine.null_count()) as u64;
        Ok(self.writer.write(rows).await?)
    }

    async fn close(mut self, day: i32) -> Result<Add> {
        self.writer.finish().await?;
        let bytes = self.writer.bytes_written();
        let mut statistics = json!({
            "numRecords": self.rows,
            "minValues": {},
            "maxValues": {},
            "nullCount": {"CreationTime": self.untimed, "Quarantine": self.rows - self.quarantined},
        });
        if let Some((first, last)) = self.time {
            statistics["minValues"]["CreationTime"] = json!(millis_text(first));
            statistics["maxValues"]["CreationTime"] = json!(millis_text(last));
        }
        Ok(Add {
            path: self.path,
            partition_values: [(schema::EVENT_DATE.to_owned(), Some(day_text(day)))].into(),
            size: bytes as i64,
            modification_time: self.created / 1000,
            data_change: true,
            stats: Some(statistics.to_string()),
            ..Add::default()
        })
    }
}

/// Writes batches of one day, already sorted, as one new file.
pub(crate) async fn write_file(
    table: &Table,
    day: i32,
    mut batches: impl futures::Stream<Item = Result<RecordBatch>> + Unpin,
) -> Result<Add> {
    use futures::TryStreamExt;
    let mut file = OpenFile::create(table, day, Chunk::Large)?;
    while let Some(rows) = batches.try_next().await? {
        file.write(&rows).await?;
    }
    Ok(Add { data_change: false, ..file.close(day).await? })
}

/// Ledger and table agree before anything is written: a batch that was prepared either reached the
/// table or never will, and neither of the two is older than the other.
async fn recover(ledger: &Ledger, table: &Table) -> Result<()> {
    if table.disk().sabotage() == Some(Sabotage::Replay) {
        return Ok(());
    }
    let (tenant, now) = (table.tenant(), table.disk().now());
    let reached = table.last_batch(&ledger.id()?).await?.unwrap_or(0);
    let (known, in_table) = ledger.last_batches(tenant)?;
    if reached > known {
        return ledger.catch_up(tenant, reached, now);
    }
    if reached < in_table {
        ledger.fall_back(tenant, reached, now)?;
    }
    let prepared = ledger.prepared(tenant)?;
    if prepared.iter().any(|number| *number <= reached) {
        table.sync_version().await?;
    }
    for number in prepared {
        match number <= reached {
            true => ledger.commit(tenant, number, Some(table.version()), now)?,
            false => ledger.withdraw(tenant, number)?,
        }
    }
    Ok(())
}

fn event_times(
    rows: &RecordBatch,
) -> &deltalake::arrow::array::PrimitiveArray<TimestampMicrosecondType> {
    rows.column(Field::CreationTime as usize).as_primitive::<TimestampMicrosecondType>()
}

/// The partition of each row.
fn event_days(rows: &RecordBatch) -> Vec<i32> {
    let day = |micros: i64| micros.div_euclid(time::DAY) as i32;
    event_times(rows).iter().map(|time| time.map_or(schema::DAY_UNKNOWN, day)).collect()
}

pub(crate) fn day_text(day: i32) -> String {
    time::day_text(i64::from(day) * time::DAY)
}

/// Delta's statistics hold milliseconds.
fn millis_text(micros: i64) -> String {
    let text = time::iso_text(micros.div_euclid(1000) * 1000);
    match text.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{}Z", &fraction[..3]),
        None => text,
    }
}

fn with_same_id_issues(rows: RecordBatch, known: &[Known]) -> RecordBatch {
    let index = Field::Issues as usize;
    let before = rows.column(index).as_string::<i32>();
    let issue = Issue::new(
        IssueKind::SameIdOtherContent,
        Field::Id.name(),
        "another record has this Id and other content",
    );
    let issue = json!({"kind": issue.kind.name(), "field": issue.field, "detail": issue.detail});
    let texts = known.iter().enumerate().map(|(row, known)| {
        let text = before.is_valid(row).then(|| before.value(row));
        match (known, text) {
            (Known::SameId, None) => Some(format!("[{issue}]")),
            (Known::SameId, Some(text)) => {
                Some(format!("{},{issue}]", text.strip_suffix(']').unwrap_or("[")))
            }
            (_, text) => text.map(str::to_owned),
        }
    });
    let after: ArrayRef = Arc::new(StringArray::from_iter(texts));
    let mut columns = rows.columns().to_vec();
    columns[index] = after;
    RecordBatch::try_new(rows.schema(), columns).expect("the same columns")
}
