//! What does a tenant's table hold?

use std::collections::HashMap;
use std::sync::Arc;

use deltalake::arrow::array::RecordBatch;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, Transaction};
use deltalake::operations::create::CreateBuilder;
use deltalake::parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use deltalake::parquet::errors::ParquetError;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use event::TenantName;
use futures::{Stream, StreamExt};
use object_store::ObjectStore;
use object_store::path::Path;
use serde::Deserialize;
use url::Url;

use crate::disk::Disk;
use crate::{Error, FileReader, Location, Result, schema};

/// Rows per batch when reading.
const BATCH_ROWS: usize = 4096;

/// A tenant's table at one version.
#[derive(Clone, Debug)]
pub struct Table {
    tenant: TenantName,
    delta: DeltaTable,
    files: Arc<[DataFile]>,
    disk: Arc<dyn Disk>,
}

/// One Parquet file of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Relative to the table.
    pub path: String,
    pub bytes: u64,
    pub rows: u64,
    /// The partition: days since 1970-01-01.
    pub day: i32,
    /// The first and last `CreationTime`, microseconds; `None` if no row has one.
    pub time: Option<(i64, i64)>,
    /// How many of the rows are quarantined bytes.
    pub quarantined: u64,
}

/// The statistics we write for a file, in Delta's form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    num_records: u64,
    #[serde(default)]
    min_values: HashMap<String, serde_json::Value>,
    #[serde(default)]
    max_values: HashMap<String, serde_json::Value>,
    #[serde(default)]
    null_count: HashMap<String, serde_json::Value>,
}

impl Table {
    pub(crate) async fn open(location: &Location, tenant: &TenantName) -> Result<Option<Table>> {
        let url = location.table_url(tenant)?;
        let failed = Error::table(tenant);
        let mut delta = builder(location, url).and_then(|b| b.build()).map_err(&failed)?;
        if !delta.verify_deltatable_existence().await.map_err(&failed)? {
            return Ok(None);
        }
        delta.load().await.map_err(&failed)?;
        Table::new(tenant.clone(), delta, location.disk().clone()).map(Some)
    }

    /// The table to write to: made where there is none, and widened where it is older than some
    /// columns.
    pub(crate) async fn create(location: &Location, tenant: &TenantName) -> Result<Table> {
        if let Some(table) = Table::open(location, tenant).await? {
            return table.widened().await;
        }
        location.prepare(tenant)?;
        let failed = Error::table(tenant);
        let delta = builder(location, location.table_url(tenant)?)
            .and_then(|builder| builder.build())
            .map_err(&failed)?;
        let delta = CreateBuilder::new()
            .with_log_store(delta.log_store())
            .with_table_name("events")
            .with_columns(schema::delta_columns())
            .with_partition_columns([schema::EVENT_DATE])
            .with_configuration([
                (
                    "delta.checkpointInterval",
                    Some(location.disk().checkpoint_commits().to_string()),
                ),
                // Statistics on every column would burden the log; these are what skipping needs.
                (
                    "delta.dataSkippingStatsColumns",
                    Some("CreationTime,IngestTime,Quarantine".to_owned()),
                ),
            ])
            .with_save_mode(SaveMode::Ignore)
            .await
            .map_err(&failed)?;
        Table::new(tenant.clone(), delta, location.disk().clone())
    }

    async fn widened(self) -> Result<Table> {
        let present = self.columns();
        let mut absent = schema::delta_columns();
        absent.retain(|column| !present.contains(column.name()));
        if absent.is_empty() {
            return Ok(self);
        }
        let widened = self.delta.clone().add_columns().with_fields(absent).await;
        Table::new(self.tenant.clone(), widened.map_err(Error::table(&self.tenant))?, self.disk)
    }

    fn new(tenant: TenantName, delta: DeltaTable, disk: Arc<dyn Disk>) -> Result<Table> {
        let state = delta.snapshot().map_err(Error::table(&tenant))?;
        let mut files: Vec<DataFile> = state
            .log_data()
            .iter()
            .map(|view| {
                data_file(
                    view.path().into_owned(),
                    view.size() as u64,
                    &view.partition_values_map(),
                    view.stats().as_deref(),
                )
            })
            .collect();
        files.sort_by(|a, b| (a.day, a.time, &a.path).cmp(&(b.day, b.time, &b.path)));
        Ok(Table { tenant, delta, files: files.into(), disk })
    }

    /// Brings the table to its newest version; false if it was there already.
    pub async fn refresh(&mut self) -> Result<bool> {
        let before = self.version();
        self.delta.update_state().await.map_err(Error::table(&self.tenant))?;
        let changed = self.version() != before;
        if changed {
            *self = Table::new(self.tenant.clone(), self.delta.clone(), self.disk.clone())?;
        }
        Ok(changed)
    }

    pub fn tenant(&self) -> &TenantName {
        &self.tenant
    }

    /// The Delta table, for engines that read it whole.
    pub fn delta(&self) -> &DeltaTable {
        &self.delta
    }

    pub fn version(&self) -> u64 {
        self.delta.version().unwrap_or(0)
    }

    /// The names of its columns; a table that is only read may lack the newest.
    pub fn columns(&self) -> Vec<String> {
        let schema = self.delta.snapshot().map(|state| state.schema());
        schema.map_or(Vec::new(), |schema| schema.fields().map(|it| it.name().clone()).collect())
    }

    /// The data files, oldest day first.
    pub fn files(&self) -> &[DataFile] {
        &self.files
    }

    /// Records stored, quarantined bytes not counted.
    pub fn records(&self) -> u64 {
        self.files.iter().map(|file| file.rows - file.quarantined).sum()
    }

    pub fn quarantined(&self) -> u64 {
        self.files.iter().map(|file| file.quarantined).sum()
    }

    /// Bytes of the data files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The first and last event time, microseconds, to the millisecond that the log knows.
    pub fn time(&self) -> Option<(i64, i64)> {
        let times = || self.files.iter().filter_map(|file| file.time);
        let last = times().map(|t| t.1).max()?;
        Some((times().map(|t| t.0).min()?, last - last.rem_euclid(1000)))
    }

    pub(crate) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// The object store rooted at the table.
    pub(crate) fn object_store(&self) -> Arc<dyn ObjectStore> {
        self.delta.object_store()
    }

    /// Reads a file's bytes.
    pub fn reader(&self, file: &DataFile) -> FileReader {
        let path = Path::parse(&file.path).unwrap_or_else(|_| Path::from(file.path.as_str()));
        FileReader::new(self.object_store(), path, file.bytes)
    }

    /// The rows of a file, in its order, with all columns of [`schema::file_schema`].
    pub(crate) async fn read_whole(
        &self,
        file: &DataFile,
    ) -> Result<impl Stream<Item = std::result::Result<RecordBatch, ParquetError>> + use<>> {
        let rows = self.read(file, None).await?;
        Ok(rows.map(|batch| Ok(schema::completed(&batch?)?)))
    }

    /// Some columns of a file, or all that it has, in its order.
    pub(crate) async fn read(
        &self,
        file: &DataFile,
        columns: Option<&[&str]>,
    ) -> Result<impl Stream<Item = std::result::Result<RecordBatch, ParquetError>> + use<>> {
        let reader = self.reader(file);
        let builder = ParquetRecordBatchStreamBuilder::new(reader).await?;
        let mask = match columns {
            Some(names) => ProjectionMask::columns(builder.parquet_schema(), names.iter().copied()),
            None => ProjectionMask::all(),
        };
        Ok(builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()?)
    }

    /// Commits actions as one version, under the ledger's batch number.
    pub(crate) async fn commit(
        &mut self,
        actions: Vec<Action>,
        transaction: Option<Transaction>,
        operation: DeltaOperation,
    ) -> Result<u64> {
        let tenant = self.tenant.clone();
        let failed = Error::table(&tenant);
        let mut properties = CommitProperties::default();
        if let Some(transaction) = transaction {
            properties = properties.with_application_transaction(transaction);
        }
        let state = self.delta.snapshot().map_err(&failed)?;
        let done = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(state), self.delta.log_store(), operation)
            .await
            .map_err(&failed)?;
        self.refresh().await?;
        Ok(done.version as u64)
    }

    /// Whoever wrote this version may have died before its name was lasting.
    pub(crate) async fn sync_version(&self) -> Result<()> {
        let table = Path::from_url_path(self.delta.table_url().path());
        let log = table.map_err(object_store::Error::from)?.join("_delta_log");
        match self.disk.sync(&log.join(format!("{:020}.json", self.version()))).await {
            // The log was tidied, so a lasting checkpoint holds the version.
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            done => Ok(done?),
        }
    }

    /// The last batch of that ledger which reached the table.
    pub(crate) async fn last_batch(&self, ledger_id: &str) -> Result<Option<i64>> {
        let failed = Error::table(&self.tenant);
        let state = self.delta.snapshot().map_err(&failed)?;
        let log_store = self.delta.log_store();
        state.transaction_version(log_store.as_ref(), ledger_id).await.map_err(&failed)
    }
}

fn builder(
    location: &Location,
    url: Url,
) -> std::result::Result<DeltaTableBuilder, DeltaTableError> {
    Ok(DeltaTableBuilder::from_url(url.clone())?.with_storage_backend(location.files(), url))
}

pub(crate) fn data_file(
    path: String,
    bytes: u64,
    partition: &HashMap<String, Option<String>>,
    statistics: Option<&str>,
) -> DataFile {
    let statistics: Option<Statistics> = statistics.and_then(|s| serde_json::from_str(s).ok());
    let day = partition
        .get(schema::EVENT_DATE)
        .and_then(|date| event::time::parse(date.as_deref()?))
        .map_or(schema::DAY_UNKNOWN, |micros| (micros / event::time::DAY) as i32);
    let Some(statistics) = statistics else {
        return DataFile { path, bytes, rows: 0, day, time: None, quarantined: 0 };
    };
    let time = |values: &HashMap<String, serde_json::Value>| {
        values.get("CreationTime").and_then(|v| event::time::parse(v.as_str()?))
    };
    let nulls = statistics.null_count.get("Quarantine").and_then(|v| v.as_u64());
    DataFile {
        path,
        bytes,
        rows: statistics.num_records,
        day,
        // Delta keeps milliseconds; the bounds are widened so that no row falls outside them.
        time: time(&statistics.min_values)
            .zip(time(&statistics.max_values))
            .map(|(first, last)| (first, last + 999)),
        quarantined: nulls.map_or(0, |nulls| statistics.num_records - nulls),
    }
}
