//! What was listed, fetched and stored, and what is missing?
//!
//! SQLite in the data folder. A batch is *prepared* here, committed to the Delta table with its
//! number as application transaction, then marked *committed*; after a crash in between, the
//! table's last number tells which of the two happened, so the two always agree. What was listed is
//! kept as *coverage*: spans of time with the moment of their last listing.

mod batch;
mod blob;
mod consolidated;
mod coverage;
mod deletion;
mod entry;
mod gap;
mod health;
mod incident;
mod position;
mod proof;
mod schema;
mod standing;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::disk::{Disk, Moment};
use crate::{Error, Result};

pub use batch::{Batch, Dropped, LeftOut};
pub use blob::{BlobState, KnownBlob, Lane, StoredBlob};
pub use consolidated::Cluster;
pub(crate) use consolidated::{Clusters, Offer};
pub use coverage::{Coverage, Scope, Trouble};
pub use deletion::Deletion;
pub use entry::BlobEntry;
pub use gap::{Gap, GapState};
pub use incident::Incident;
pub use proof::{Proof, ProofState};
pub use standing::{LastBatch, Standing};

/// How long another process may keep the ledger busy, in milliseconds.
const BUSY_MS_MAX: u32 = 60_000;

/// The ledger of a data folder; clones share one connection.
#[derive(Clone, Debug)]
pub struct Ledger {
    connection: Arc<Mutex<Connection>>,
    disk: Arc<dyn Disk>,
}

/// A span of time, microseconds, end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    pub start: i64,
    pub stop: i64,
}

impl Ledger {
    pub(crate) fn open(path: &Path, disk: Arc<dyn Disk>) -> Result<Ledger> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS_MAX.into()))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        let found: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
        if found > schema::VERSION {
            let path = path.display().to_string();
            return Err(Error::LedgerVersion { path, found, known: schema::VERSION });
        }
        match found {
            0 => schema::create(&mut connection)?,
            schema::VERSION => {}
            _ => schema::migrate(&mut connection)?,
        }
        Ok(Ledger { connection: Arc::new(Mutex::new(connection)), disk })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().expect("no holder of the ledger panics")
    }

    /// All of `work`, or nothing of it.
    fn write<T>(&self, work: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        let failed = |error| Error::Folder { folder: "ledger".to_owned(), source: error };
        self.disk.ledger(Moment::Before).map_err(failed)?;
        transaction.commit()?;
        self.disk.ledger(Moment::After).map_err(failed)?;
        Ok(result)
    }

    /// Names this ledger in the tables' application transactions.
    pub fn id(&self) -> Result<String> {
        let sql = "select value from meta where name = 'id'";
        Ok(self.lock().query_row(sql, [], |row| row.get(0))?)
    }
}
