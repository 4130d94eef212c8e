//! Which batches went into the tables?

use event::TenantName;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Ledger, StoredBlob};
use crate::Result;

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
    /// Prepares the next batch of a tenant with the blobs it holds; returns its number.
    pub fn prepare(
        &self,
        tenant: &TenantName,
        batch: &Batch,
        blobs: &[StoredBlob],
        now: i64,
    ) -> Result<i64> {
        self.write(|transaction| {
            let number: i64 = transaction.query_row(
                "select coalesce(max(number), 0) + 1 from batch where tenant = ?1",
                [tenant.as_str()],
                |row| row.get(0),
            )?;
            transaction.execute(
                "insert into batch
                     (tenant, number, ledger, state, stored, duplicates, quarantined, prepared)
                 values (?1, ?2, (select value from meta where name = 'id'), 'prepared',
                         ?3, ?4, ?5, ?6)",
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
            Ok(number)
        })
    }

    /// Marks a batch as stored; `version` is the table's, or `None` if it held nothing new.
    pub fn commit(
        &self,
        tenant: &TenantName,
        number: i64,
        version: Option<u64>,
        now: i64,
    ) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "update batch set state = 'committed', version = ?3, committed = ?4
                 where tenant = ?1 and number = ?2",
                params![tenant.as_str(), number, version.map(|v| v as i64), now],
            )?;
            // Kept for years, addresses would be most of the ledger, and the identifier is enough to
            // build one again. A window of Graph is its own address.
            transaction.execute(
                "update blob set state = 'committed', reason = null,
                                 uri = case when content_type like 'Graph.%' then uri else '' end
                 where tenant = ?1 and batch = ?2",
                params![tenant.as_str(), number],
            )?;
            Ok(())
        })
    }

    /// The batches of a tenant that were prepared and not marked since.
    pub(crate) fn prepared(&self, tenant: &TenantName) -> Result<Vec<i64>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select number from batch where tenant = ?1 and state = 'prepared' order by number",
        )?;
        let numbers = statement.query_map([tenant.as_str()], |row| row.get(0))?;
        Ok(numbers.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes back a batch that never reached the table: its blobs are to be fetched again.
    pub(crate) fn withdraw(&self, tenant: &TenantName, number: i64) -> Result<()> {
        self.write(|transaction| withdraw(transaction, tenant, number))
    }

    /// The last number used under the ledger's name, and the last that made a version of the table.
    pub(crate) fn last_batches(&self, tenant: &TenantName) -> Result<(i64, i64)> {
        let sql = "select coalesce(max(number), 0),
                          coalesce(max(case when state = 'committed' and version is not null
                                       then number end), 0)
                   from batch
                   where tenant = ?1 and ledger = (select value from meta where name = 'id')";
        Ok(self.lock().query_row(sql, [tenant.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// When a batch of the tenant was last stored, microseconds.
    pub fn last_commit(&self, tenant: &TenantName) -> Result<Option<i64>> {
        let sql = "select max(committed) from batch where tenant = ?1";
        Ok(self.lock().query_row(sql, [tenant.as_str()], |row| row.get(0)).optional()?.flatten())
    }

    /// Rows that came to a tenant's table after that version.
    pub fn stored_after(&self, tenant: &TenantName, version: u64) -> Result<u64> {
        let sql = "select coalesce(sum(stored), 0) from batch
                   where tenant = ?1 and state = 'committed' and version > ?2";
        let who = params![tenant.as_str(), version as i64];
        let rows: i64 = self.lock().query_row(sql, who, |row| row.get(0))?;
        Ok(rows as u64)
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

pub(super) fn withdraw(transaction: &Transaction, tenant: &TenantName, number: i64) -> Result<()> {
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
    Ok(())
}
