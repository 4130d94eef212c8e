//! Where does it live?
//!
//! Each tenant has a Delta table of Parquet files under the data folder (or any object store), and
//! one SQLite ledger says which batches, blobs and files went into them. The [`Writer`] brings
//! events in, each once; [`Table`] shows what is there. Readers take no lock: they see the table
//! at one version while writers add the next.

mod compact;
mod cursor;
mod disk;
mod error;
mod event_file;
mod follow;
mod health;
mod jobs;
mod keys;
mod ledger;
mod location;
mod lock;
mod order;
mod read;
mod retain;
mod rows;
pub mod schema;
mod sqlite;
mod table;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use event::TenantName;

pub use compact::Compacted;
pub use cursor::{CursorState, Cursors, Delivered, ParkedRow, Place, Reader, Waiting};
pub use deltalake::arrow::array::RecordBatch;
pub use disk::{Disk, MachineDisk, Moment, Sabotage};
pub use error::{Error, Result};
pub use event_file::EventFile;
pub use follow::Start;
pub use health::{Agreement, DAMAGED_FILES_MAX, DamagedFile};
pub use jobs::{
    Delivery, DeliveryState, Finished, Job, JobState, Jobs, NewJob, Outlet, STATES as JOB_STATES,
};
pub use ledger::{
    Batch, BlobEntry, BlobState, Cluster, Coverage, Deletion, Dropped, Gap, GapState, Incident,
    KnownBlob, Lane, LastBatch, Ledger, LeftOut, Proof, ProofState, Scope, Standing, StoredBlob,
    Trouble, Window,
};
pub use location::Location;
pub use lock::{CollectorLock, Holder, JobsLock, OutputLock};
pub use read::FileReader;
pub use retain::{Expiry, Retained};
pub use rows::Rows;
pub use table::{DataFile, Table};
pub use writer::{Chunk, Writer};

/// The cursors' file in the data folder.
const CURSORS: &str = "outputs.sqlite";

/// The file of jobs in the data folder.
const JOBS: &str = "jobs.sqlite";

/// Where a store keeps its parts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Holds the ledger, the writer's lock and, by default, the tables.
    pub data_dir: PathBuf,
    /// A URL under which the tables lie, instead of the data folder.
    pub tables_url: Option<String>,
}

/// An opened store.
#[derive(Clone, Debug)]
pub struct Store {
    data_dir: Arc<Path>,
    location: Location,
    disk: Arc<dyn Disk>,
}

impl Store {
    /// Names the store; nothing is created before the first write.
    pub fn open(options: &Options) -> Result<Store> {
        Store::within(options, Arc::new(MachineDisk))
    }

    /// A store on the disk given.
    pub fn within(options: &Options, disk: Arc<dyn Disk>) -> Result<Store> {
        let location = match &options.tables_url {
            Some(url) => Location::parse(url, disk.clone())?,
            None => Location::folder(&options.data_dir.join("tenants"), disk.clone())?,
        };
        Ok(Store { data_dir: options.data_dir.clone().into(), location, disk })
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The tenants that have a table, by name.
    pub async fn tenants(&self) -> Result<Vec<TenantName>> {
        self.location.tenants().await
    }

    /// A tenant's table as it is now, or `None` if nothing was stored for it yet.
    pub async fn table(&self, tenant: &TenantName) -> Result<Option<Table>> {
        Table::open(&self.location, tenant).await
    }

    /// Every tenant's table as it is now.
    pub async fn tables(&self) -> Result<Vec<Table>> {
        let mut tables = Vec::new();
        for tenant in self.tenants().await? {
            tables.extend(self.table(&tenant).await?);
        }
        Ok(tables)
    }

    /// The ledger, created if need be.
    pub fn ledger(&self) -> Result<Ledger> {
        std::fs::create_dir_all(&self.data_dir)
            .map_err(|error| Error::folder(&self.data_dir, error))?;
        Ledger::open(&self.ledger_path(), self.disk.clone())
    }

    /// The ledger, or `None` if nothing was ever written: looking creates nothing.
    pub fn existing_ledger(&self) -> Result<Option<Ledger>> {
        match self.ledger_path().is_file() {
            true => self.ledger().map(Some),
            false => Ok(None),
        }
    }

    fn ledger_path(&self) -> PathBuf {
        self.data_dir.join("ledger.sqlite")
    }

    /// The cursors of outputs, created if need be.
    pub fn cursors(&self) -> Result<Cursors> {
        std::fs::create_dir_all(&self.data_dir)
            .map_err(|error| Error::folder(&self.data_dir, error))?;
        Cursors::open(&self.cursors_path())
    }

    /// The cursors, or `None` if nothing was ever put out: looking creates nothing.
    pub fn existing_cursors(&self) -> Result<Option<Cursors>> {
        match self.cursors_path().is_file() {
            true => self.cursors().map(Some),
            false => Ok(None),
        }
    }

    fn cursors_path(&self) -> PathBuf {
        self.data_dir.join(CURSORS)
    }

    /// The jobs, created if need be.
    pub fn jobs(&self) -> Result<Jobs> {
        std::fs::create_dir_all(&self.data_dir)
            .map_err(|error| Error::folder(&self.data_dir, error))?;
        Jobs::open(&self.data_dir.join(JOBS))
    }

    /// The jobs, or `None` if there never was one: looking creates nothing.
    pub fn existing_jobs(&self) -> Result<Option<Jobs>> {
        match self.data_dir.join(JOBS).is_file() {
            true => self.jobs().map(Some),
            false => Ok(None),
        }
    }

    /// Jobs are for one process at a time: two would do each of them twice.
    pub fn claim_jobs(&self) -> Result<JobsLock> {
        JobsLock::acquire(&self.data_dir)
    }

    /// An output is for one process at a time: two would deliver everything twice.
    pub fn claim_output(&self, name: &str) -> Result<OutputLock> {
        OutputLock::acquire(&self.data_dir, name)
    }

    /// Collecting is for one process at a time: two would list and fetch everything twice.
    pub fn claim_collecting(&self) -> Result<CollectorLock> {
        CollectorLock::acquire(&self.data_dir)
    }

    /// A writer for one tenant's table, created if need be.
    pub async fn writer(&self, tenant: &TenantName, chunk: Chunk) -> Result<Writer> {
        let ledger = self.ledger()?;
        Writer::open(&self.data_dir, &self.location, ledger, tenant, chunk).await
    }

    /// A commit that failed half way leaves open whether it reached the table. The next writer finds
    /// out; this does where there is nothing to write.
    pub async fn settle(&self, tenant: &TenantName) -> Result<()> {
        match self.ledger()?.prepared(tenant)?.is_empty() {
            true => Ok(()),
            false => self.writer(tenant, Chunk::Small).await.map(drop),
        }
    }

    /// Merges the small files of a tenant's table into sorted ones.
    ///
    /// A day is left alone until it has `files_min` small files.
    pub async fn compact(&self, tenant: &TenantName, files_min: usize) -> Result<Compacted> {
        compact::compact(&self.data_dir, &self.location, tenant, files_min).await
    }

    /// Deletes what is expired from a tenant's table, or only tells what would go.
    pub async fn retain(
        &self,
        tenant: &TenantName,
        expiry: &impl Expiry,
        is_rehearsal: bool,
    ) -> Result<Retained> {
        let ledger = self.ledger()?;
        let (data_dir, location) = (&self.data_dir, &self.location);
        retain::retain(data_dir, location, &ledger, tenant, expiry, is_rehearsal).await
    }
}
