//! How are the small SQLite files of the data folder kept?

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{Error, Result};

/// How long another process may keep the file busy, in milliseconds.
const BUSY_MS_MAX: u64 = 60_000;

/// One file; clones share one connection.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

impl Database {
    /// Makes the tables if they are missing. Every commit is on the disk when it returns.
    pub(crate) fn open(path: &Path, version: i64, tables: &str) -> Result<Database> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_millis(BUSY_MS_MAX))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("pragma user_version", [], |row| row.get(0))?;
        if found > version {
            let path = path.display().to_string();
            return Err(Error::LedgerVersion { path, found, known: version });
        }
        if found == 0 {
            transaction.execute_batch(tables)?;
            transaction.pragma_update(None, "user_version", version)?;
        }
        transaction.commit()?;
        Ok(Database(Arc::new(Mutex::new(connection))))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().expect("no holder of the connection panics")
    }

    /// All of `work`, or nothing of it.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}
