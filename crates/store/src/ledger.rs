//! What was listed, fetched and stored, and what is missing?
//!
//! SQLite in the data folder. A batch is *prepared* here, committed to the Delta table with its
//! number as application transaction, then marked *committed*; after a crash in between, the
//! table's last number tells which of the two happened, so the two always agree.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use event::TenantName;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{Error, Result};

const VERSION: i64 = 1;
/// How long another process may keep the ledger busy, in milliseconds.
const BUSY_MS_MAX: u32 = 60_000;

const SCHEMA: &str = "
create table meta (name text primary key, value text not null) without rowid;
create table batch (
    tenant text not null, number integer not null, state text not null,
    version integer, stored integer not null, duplicates integer not null,
    quarantined integer not null, prepared integer not null, committed integer,
    primary key (tenant, number)) without rowid;
create table listing (
    tenant text not null, content_type text not null, start integer not null, stop integer not null,
    listed integer not null, blobs integer not null,
    primary key (tenant, content_type, start, stop)) without rowid;
create table blob (
    tenant text not null, content_type text not null, content_id text not null, uri text not null,
    created integer, expires integer, listed integer not null, state text not null,
    batch integer, records integer, attempts integer not null default 0, reason text,
    primary key (tenant, content_id)) without rowid;
create index blob_state on blob (tenant, state, expires);
create index blob_batch on blob (tenant, batch);
create table gap (
    tenant text not null, content_type text not null, start integer not null, stop integer not null,
    cause text not null, noted integer not null,
    primary key (tenant, content_type, start, stop, cause)) without rowid;
";

/// The ledger of a data folder; clones share one connection.
#[derive(Clone, Debug)]
pub struct Ledger {
    connection: Arc<Mutex<Connection>>,
}

/// A span of time that was listed, microseconds, end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    pub start: i64,
    pub stop: i64,
}

/// A blob that the service listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBlob {
    pub content_type: String,
    pub content_id: String,
    pub uri: String,
    /// Microseconds; `None` if the service did not say.
    pub created: Option<i64>,
    pub expires: Option<i64>,
    /// How often fetching it failed so far.
    pub attempts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobState {
    /// Known, not stored yet.
    Listed,
    /// In a batch that is prepared.
    Storing,
    /// Its records are in the table.
    Committed,
    /// The service no longer had it.
    Expired,
}

impl BlobState {
    fn name(self) -> &'static str {
        match self {
            BlobState::Listed => "listed",
            BlobState::Storing => "storing",
            BlobState::Committed => "committed",
            BlobState::Expired => "expired",
        }
    }
}

/// A blob whose records are in the batch at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlob {
    pub content_id: String,
    pub records: u64,
}

/// Time or content that is known to be missing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Gap {
    pub tenant: String,
    pub content_type: String,
    /// Microseconds.
    pub start: i64,
    pub stop: i64,
    pub cause: String,
    pub noted: i64,
}

/// What one batch brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// New in the table, quarantined bytes included.
    pub stored: u64,
    pub duplicates: u64,
    /// How many of the stored are quarantined bytes.
    pub quarantined: u64,
}

impl Ledger {
    pub(crate) fn open(path: &Path) -> Result<Ledger> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS_MAX.into()))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        let found: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
        if found > VERSION {
            let path = path.display().to_string();
            return Err(Error::LedgerVersion { path, found, known: VERSION });
        }
        if found == 0 {
            create(&mut connection)?;
        }
        Ok(Ledger { connection: Arc::new(Mutex::new(connection)) })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().expect("no holder of the ledger panics")
    }

    /// Names this ledger in the tables' application transactions.
    pub fn id(&self) -> Result<String> {
        let sql = "select value from meta where name = 'id'";
        Ok(self.lock().query_row(sql, [], |row| row.get(0))?)
    }

    /// Prepares the next batch of a tenant with the blobs it holds; returns its number.
    pub fn prepare(
        &self,
        tenant: &TenantName,
        batch: &Batch,
        blobs: &[StoredBlob],
        now: i64,
    ) -> Result<i64> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let number: i64 = transaction.query_row(
            "select coalesce(max(number), 0) + 1 from batch where tenant = ?1",
            [tenant.as_str()],
            |row| row.get(0),
        )?;
        transaction.execute(
            "insert into batch (tenant, number, state, stored, duplicates, quarantined, prepared)
             values (?1, ?2, 'prepared', ?3, ?4, ?5, ?6)",
            params![
                tenant.as_str(),
                number,
                batch.stored as i64,
                batch.duplicates as i64,
                batch.quarantined as i64,
                now
            ],
        )?;
        for blob in blobs {
            transaction.execute(
                "update blob set state = 'storing', batch = ?3, records = ?4
                 where tenant = ?1 and content_id = ?2",
                params![tenant.as_str(), blob.content_id, number, blob.records as i64],
            )?;
        }
        transaction.commit()?;
        Ok(number)
    }

    /// Marks a batch as stored; `version` is the table's, or `None` if it held nothing new.
    pub fn commit(
        &self,
        tenant: &TenantName,
        number: i64,
        version: Option<u64>,
        now: i64,
    ) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "update batch set state = 'committed', version = ?3, committed = ?4
             where tenant = ?1 and number = ?2",
            params![tenant.as_str(), number, version.map(|v| v as i64), now],
        )?;
        transaction.execute(
            "update blob set state = 'committed' where tenant = ?1 and batch = ?2",
            params![tenant.as_str(), number],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// The batches of a tenant that were prepared and not marked since.
    pub fn prepared(&self, tenant: &TenantName) -> Result<Vec<i64>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select number from batch where tenant = ?1 and state = 'prepared' order by number",
        )?;
        let numbers = statement.query_map([tenant.as_str()], |row| row.get(0))?;
        Ok(numbers.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes back a batch that never reached the table: its blobs are to be fetched again.
    pub fn withdraw(&self, tenant: &TenantName, number: i64) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "update blob set state = 'listed', batch = null, records = null
             where tenant = ?1 and batch = ?2",
            params![tenant.as_str(), number],
        )?;
        // The number stays used, so that it can never stand for two batches.
        transaction.execute(
            "update batch set state = 'withdrawn' where tenant = ?1 and number = ?2",
            params![tenant.as_str(), number],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Notes blobs that were listed, and the window if it was listed whole. Returns how many are new.
    pub fn note_listing(
        &self,
        tenant: &TenantName,
        content_type: &str,
        window: Option<Window>,
        blobs: &[KnownBlob],
        now: i64,
    ) -> Result<u64> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut new = 0;
        for blob in blobs {
            new += transaction.execute(
                "insert into blob (tenant, content_type, content_id, uri, created, expires, listed, state)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 on conflict (tenant, content_id) do nothing",
                params![
                    tenant.as_str(),
                    blob.content_type,
                    blob.content_id,
                    blob.uri,
                    blob.created,
                    blob.expires,
                    now,
                    BlobState::Listed.name()
                ],
            )? as u64;
        }
        if let Some(window) = window {
            transaction.execute(
                "insert into listing (tenant, content_type, start, stop, listed, blobs)
                 values (?1, ?2, ?3, ?4, ?5, ?6)
                 on conflict do update set listed = excluded.listed, blobs = excluded.blobs",
                params![
                    tenant.as_str(),
                    content_type,
                    window.start,
                    window.stop,
                    now,
                    blobs.len() as i64
                ],
            )?;
        }
        transaction.commit()?;
        Ok(new)
    }

    /// The windows listed that end after `since`, merged where they touch.
    pub fn listed(
        &self,
        tenant: &TenantName,
        content_type: &str,
        since: i64,
    ) -> Result<Vec<Window>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select start, stop from listing
             where tenant = ?1 and content_type = ?2 and stop > ?3 order by start",
        )?;
        let rows = statement.query_map(params![tenant.as_str(), content_type, since], |row| {
            Ok(Window { start: row.get(0)?, stop: row.get(1)? })
        })?;
        let mut merged: Vec<Window> = Vec::new();
        for window in rows {
            let window = window?;
            match merged.last_mut() {
                Some(last) if window.start <= last.stop => last.stop = last.stop.max(window.stop),
                _ => merged.push(window),
            }
        }
        Ok(merged)
    }

    /// The end of the last window ever listed.
    pub fn last_listed(&self, tenant: &TenantName, content_type: &str) -> Result<Option<i64>> {
        let sql = "select max(stop) from listing where tenant = ?1 and content_type = ?2";
        Ok(self.lock().query_row(sql, params![tenant.as_str(), content_type], |row| row.get(0))?)
    }

    /// Blobs that are known and not stored, those that expire first in front.
    pub fn blobs_to_fetch(&self, tenant: &TenantName, limit: usize) -> Result<Vec<KnownBlob>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select content_type, content_id, uri, created, expires, attempts from blob
             where tenant = ?1 and state = 'listed' order by attempts, expires limit ?2",
        )?;
        let rows = statement.query_map(params![tenant.as_str(), limit as i64], |row| {
            Ok(KnownBlob {
                content_type: row.get(0)?,
                content_id: row.get(1)?,
                uri: row.get(2)?,
                created: row.get(3)?,
                expires: row.get(4)?,
                attempts: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// A blob could not be fetched this time.
    pub fn note_failure(&self, tenant: &TenantName, content_id: &str, reason: &str) -> Result<()> {
        self.lock().execute(
            "update blob set attempts = attempts + 1, reason = ?3 where tenant = ?1 and content_id = ?2",
            params![tenant.as_str(), content_id, reason],
        )?;
        Ok(())
    }

    /// A blob is gone for good: that is a gap.
    pub fn note_expired(&self, tenant: &TenantName, blob: &KnownBlob, now: i64) -> Result<()> {
        self.lock().execute(
            "update blob set state = ?3 where tenant = ?1 and content_id = ?2",
            params![tenant.as_str(), blob.content_id, BlobState::Expired.name()],
        )?;
        let created = blob.created.unwrap_or(now);
        let cause = format!("blob {} expired before it was fetched", blob.content_id);
        let window = Window { start: created, stop: created };
        self.note_gap(tenant, &blob.content_type, window, &cause, now)
    }

    /// Loss is a record.
    pub fn note_gap(
        &self,
        tenant: &TenantName,
        content_type: &str,
        window: Window,
        cause: &str,
        now: i64,
    ) -> Result<()> {
        self.lock().execute(
            "insert into gap (tenant, content_type, start, stop, cause, noted)
             values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
            params![tenant.as_str(), content_type, window.start, window.stop, cause, now],
        )?;
        Ok(())
    }

    /// Every gap noted, oldest first.
    pub fn gaps(&self) -> Result<Vec<Gap>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select tenant, content_type, start, stop, cause, noted from gap order by start",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Gap {
                tenant: row.get(0)?,
                content_type: row.get(1)?,
                start: row.get(2)?,
                stop: row.get(3)?,
                cause: row.get(4)?,
                noted: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How many blobs of a tenant are in a state.
    pub fn count_blobs(&self, tenant: &TenantName, state: BlobState) -> Result<u64> {
        let sql = "select count(*) from blob where tenant = ?1 and state = ?2";
        let count: i64 =
            self.lock().query_row(sql, params![tenant.as_str(), state.name()], |row| row.get(0))?;
        Ok(count as u64)
    }

    /// When a batch of the tenant was last stored, microseconds.
    pub fn last_commit(&self, tenant: &TenantName) -> Result<Option<i64>> {
        let sql = "select max(committed) from batch where tenant = ?1";
        Ok(self.lock().query_row(sql, [tenant.as_str()], |row| row.get(0)).optional()?.flatten())
    }

    /// All that a tenant's batches brought so far.
    pub fn totals(&self, tenant: &TenantName) -> Result<Batch> {
        let sql = "select coalesce(sum(stored), 0), coalesce(sum(duplicates), 0),
                          coalesce(sum(quarantined), 0)
                   from batch where tenant = ?1 and state = 'committed'";
        Ok(self.lock().query_row(sql, [tenant.as_str()], |row| {
            let count = |index| row.get::<_, i64>(index).map(|n| n as u64);
            Ok(Batch { stored: count(0)?, duplicates: count(1)?, quarantined: count(2)? })
        })?)
    }
}

fn create(connection: &mut Connection) -> Result<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have made it while we waited for the lock.
    let found: i64 = transaction.query_row("pragma user_version", [], |row| row.get(0))?;
    if found == 0 {
        transaction.execute_batch(SCHEMA)?;
        let id = uuid::Uuid::new_v4().to_string();
        transaction.execute("insert into meta (name, value) values ('id', ?1)", [id])?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(())
}
