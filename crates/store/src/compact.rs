//! How do many small files become few sorted ones?
//!
//! Collecting leaves a small file a day and batch. Compaction merges a day's small files into one
//! sorted one ([`order`]), in one commit that says no data changed. Sorting spills to disk beyond
//! [`SORT_BYTES_MAX`].

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use deltalake::arrow::datatypes::SchemaRef;
use deltalake::datafusion::catalog::streaming::StreamingTable;
use deltalake::datafusion::error::DataFusionError;
use deltalake::datafusion::execution::memory_pool::FairSpillPool;
use deltalake::datafusion::execution::runtime_env::RuntimeEnvBuilder;
use deltalake::datafusion::execution::{SendableRecordBatchStream, TaskContext};
use deltalake::datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use deltalake::datafusion::physical_plan::streaming::PartitionStream;
use deltalake::datafusion::prelude::{SessionConfig, SessionContext};
use deltalake::kernel::{Action, Add, Remove};
use deltalake::operations::vacuum::{Clock, VacuumMode};
use deltalake::protocol::DeltaOperation;
use event::{TenantName, time};
use futures::{StreamExt, TryStreamExt, stream};

use crate::cursor::Cursors;
use crate::lock::WriterLock;
use crate::table::{DataFile, Table};
use crate::writer::write_file;
use crate::{Error, Location, Result, order, schema};

/// Files at least this large are left as they are.
pub const SMALL_BYTES_MAX: u64 = 96 << 20;
/// The most bytes of files merged into one.
pub const MERGED_BYTES_MAX: u64 = 256 << 20;
/// The most memory for sorting.
pub const SORT_BYTES_MAX: usize = 256 << 20;
/// Readers hold a version for seconds; files it names stay this long after their removal. Those that
/// an output may still come to stay longer.
const KEEP_MIN: i64 = time::HOUR;

/// What a compaction did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    pub files_before: usize,
    pub files_after: usize,
    /// Files deleted that no version within the last hour names.
    pub files_deleted: usize,
}

pub(crate) async fn compact(
    data_dir: &Path,
    location: &Location,
    tenant: &TenantName,
    files_min: usize,
) -> Result<Compacted> {
    let Some(mut table) = Table::open(location, tenant).await? else {
        return Ok(Compacted::default());
    };
    let mut done = Compacted::default();
    for (day, files) in mergeable(&table, files_min) {
        let _lock = WriterLock::acquire(data_dir, table.tenant()).await?;
        table.refresh().await?;
        // Another process may have merged them while we waited.
        if files.iter().all(|file| table.files().contains(file)) {
            done.files_before += files.len();
            done.files_after += 1;
            merge(&mut table, day, &files).await?;
        }
    }
    done.files_deleted = sweep(data_dir, &table).await?;
    Ok(done)
}

/// Groups of small files of a day, each group within [`MERGED_BYTES_MAX`].
fn mergeable(table: &Table, files_min: usize) -> Vec<(i32, Vec<DataFile>)> {
    let mut days: BTreeMap<i32, Vec<DataFile>> = BTreeMap::new();
    for file in table.files().iter().filter(|file| file.bytes < SMALL_BYTES_MAX) {
        days.entry(file.day).or_default().push(file.clone());
    }
    let mut groups = Vec::new();
    for (day, files) in days {
        let mut group: Vec<DataFile> = Vec::new();
        let mut bytes = 0;
        for file in files {
            if bytes + file.bytes > MERGED_BYTES_MAX {
                groups.push((day, std::mem::take(&mut group)));
                bytes = 0;
            }
            bytes += file.bytes;
            group.push(file);
        }
        groups.push((day, group));
    }
    groups.retain(|(_, files)| files.len() >= files_min.max(2));
    groups
}

async fn merge(table: &mut Table, day: i32, files: &[DataFile]) -> Result<()> {
    let files_in_turn = FilesInTurn { table: table.clone(), files: files.to_vec() };
    let source = StreamingTable::try_new(schema::file_schema(), vec![Arc::new(files_in_turn)])?;
    let sorted =
        session()?.read_table(Arc::new(source))?.sort(order::by_person())?.execute_stream().await?;
    let add = write_file(table, day, sorted.map_err(Error::from)).await?;
    let mut actions: Vec<Action> =
        files.iter().map(|file| Action::Remove(removal(file, table.disk().now()))).collect();
    let rows = files.iter().map(|file| file.rows).sum();
    assert_eq!(row_count(&add), Some(rows), "a merge keeps every row");
    actions.push(Action::Add(add));
    let operation =
        DeltaOperation::Optimize { predicate: None, target_size: MERGED_BYTES_MAX as i64 };
    table.commit(actions, None, operation).await?;
    Ok(())
}

/// The rows of some files one after another, so that only one is open at a time.
#[derive(Debug)]
struct FilesInTurn {
    table: Table,
    files: Vec<DataFile>,
}

impl PartitionStream for FilesInTurn {
    fn schema(&self) -> &SchemaRef {
        static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(schema::file_schema);
        &SCHEMA
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let table = self.table.clone();
        let batches = stream::iter(self.files.clone())
            .then(move |file| {
                let table = table.clone();
                async move { table.read_whole(&file).await }
            })
            .map_ok(|batches| batches.map_err(Error::from))
            .try_flatten()
            .map_err(|error| DataFusionError::External(Box::new(error)));
        Box::pin(RecordBatchStreamAdapter::new(schema::file_schema(), batches))
    }
}

fn row_count(add: &Add) -> Option<u64> {
    let statistics: serde_json::Value = serde_json::from_str(add.stats.as_deref()?).ok()?;
    statistics["numRecords"].as_u64()
}

fn session() -> Result<SessionContext> {
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(SORT_BYTES_MAX)))
        .build_arc()?;
    let config = SessionConfig::new().with_target_partitions(1).with_batch_size(2048);
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

pub(crate) fn removal(file: &DataFile, now: i64) -> Remove {
    let date = crate::writer::day_text(file.day);
    Remove {
        path: file.path.clone(),
        data_change: false,
        deletion_timestamp: Some(now / 1000),
        extended_file_metadata: Some(true),
        partition_values: Some([(schema::EVENT_DATE.to_owned(), Some(date))].into()),
        size: Some(file.bytes as i64),
        ..Remove::default()
    }
}

/// Milliseconds, as the disk dates its files.
#[derive(Debug)]
struct DiskClock(i64);

impl Clock for DiskClock {
    fn current_timestamp_millis(&self) -> i64 {
        self.0
    }
}

/// Outputs have not come to all that was replaced after this time.
fn needed_since(data_dir: &Path, tenant: &TenantName, now: i64) -> Result<i64> {
    let path = data_dir.join(crate::CURSORS);
    if !path.is_file() {
        return Ok(now);
    }
    Ok(Cursors::open(&path)?.needed_since(tenant, now)?.unwrap_or(now))
}

/// Deletes files that no recent version names: merged ones, and those of writers that died.
pub(crate) async fn sweep(data_dir: &Path, table: &Table) -> Result<usize> {
    let _lock = WriterLock::acquire(data_dir, table.tenant()).await?;
    let failed = Error::table(table.tenant());
    let now = table.disk().now();
    let keep = KEEP_MIN.max(now - needed_since(data_dir, table.tenant(), now)?);
    let (_, metrics) = table
        .delta()
        .clone()
        .vacuum()
        .with_mode(VacuumMode::Full)
        .with_retention_period(chrono::Duration::microseconds(keep))
        .with_enforce_retention_duration(false)
        .with_clock(Arc::new(DiskClock(now / 1000)))
        .await
        .map_err(&failed)?;
    Ok(metrics.files_deleted.len())
}
