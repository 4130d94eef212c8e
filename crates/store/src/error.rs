//! What can go wrong with the store, and what then?

use std::path::Path;

use deltalake::DeltaTableError;
use deltalake::arrow::error::ArrowError;
use deltalake::datafusion::error::DataFusionError;
use deltalake::parquet::errors::ParquetError;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{folder}: {source}; give another folder with --data or make this one writable")]
    Folder { folder: String, source: std::io::Error },
    #[error("{0}")]
    Location(String),
    #[error(
        "{folder} is being written by another trail365 (process {owner}) and was not free within {seconds} s; wait for it or stop it"
    )]
    Locked { folder: String, owner: String, seconds: u64 },
    #[error(
        "{folder} is being collected into by another trail365 (process {owner}); stop it, or give this one a data folder of its own"
    )]
    Collecting { folder: String, owner: String },
    #[error(
        "output {output} is served by another trail365 (process {owner}); stop it, or let it do the work"
    )]
    Forwarding { output: String, owner: String },
    #[error(
        "the jobs of {folder} are worked on by another trail365 (process {owner}); let it do the work, or stop it"
    )]
    Working { folder: String, owner: String },
    #[error("job: {0}")]
    Job(String),
    #[error("ledger: {0}")]
    Ledger(#[from] rusqlite::Error),
    #[error(
        "{path} has version {found}, this trail365 knows up to {known}; use the newer trail365"
    )]
    LedgerVersion { path: String, found: i64, known: i64 },
    #[error("table of tenant {tenant}: {source}")]
    Table { tenant: String, source: Box<DeltaTableError> },
    #[error("data file: {0}")]
    Parquet(#[from] ParquetError),
    #[error("columns: {0}")]
    Arrow(#[from] ArrowError),
    #[error("object store: {0}")]
    ObjectStore(#[from] object_store::Error),
    #[error("compaction: {0}")]
    DataFusion(Box<DataFusionError>),
}

impl Error {
    pub(crate) fn folder(folder: &Path, source: std::io::Error) -> Error {
        Error::Folder { folder: folder.display().to_string(), source }
    }

    pub(crate) fn table(tenant: &event::TenantName) -> impl Fn(DeltaTableError) -> Error + use<> {
        let tenant = tenant.to_string();
        move |source| Error::Table { tenant: tenant.clone(), source: Box::new(source) }
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Error {
        Error::DataFusion(Box::new(error))
    }
}
