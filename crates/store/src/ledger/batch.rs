//! Which batches went into the tables?

use std::collections::BTreeMap;

use event::TenantName;
use rusqlite::{OptionalExtension, Transaction, params};

use super::consolidated::{self, Member};
use super::{Ledger, StoredBlob, Window};
use crate::Result;

/// What one batch brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// New in the table, quarantined bytes included.
    pub stored: u64,
    pub duplicates: u64,
    /// How many of the stored are quarantined bytes.
    pub quarantined: u64,
    /// Kept out by a policy, consolidated entries included.
    pub dropped: u64,
}

/// How many records a rule kept out, by the rule and the day of the event: days since 1970-01-01.
pub type Dropped = BTreeMap<(String, i32), u64>;

/// What a policy left out of a batch.
#[derive(Debug, Default)]
pub struct LeftOut {
    pub(crate) dropped: Dropped,
    /// The entries of clusters, those that stand for them included.
    pub(crate) members: Vec<Member>,
}

impl Ledger {
    /// Prepares the next batch of a tenant with the blobs it holds; returns its number.
    pub fn prepare(
        &self,
        tenant: &TenantName,
        batch: &Batch,
        left_out: &LeftOut,
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
                     (tenant, number, ledger, state, stored, duplicates, quarantined, prepared,
                      dropped)
                 values (?1, ?2, (select value from meta where name = 'id'), 'prepared',
                         ?3, ?4, ?5, ?6, ?7)",
                params![
                    tenant.as_str(),
                    number,
                    batch.stored as i64,
                    batch.duplicates as i64,
                    batch.quarantined as i64,
                    now,
                    batch.dropped as i64
                ],
            )?;
            note_dropped(transaction, tenant, number, &left_out.dropped)?;
            consolidated::insert(transaction, tenant, number, &left_out.members)?;
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
                          coalesce(sum(quarantined), 0), coalesce(sum(dropped), 0)
                   from batch where tenant = ?1 and state = 'committed'";
        Ok(self.lock().query_row(sql, [tenant.as_str()], |row| {
            let count = |index| row.get::<_, i64>(index).map(|n| n as u64);
            Ok(Batch {
                stored: count(0)?,
                duplicates: count(1)?,
                quarantined: count(2)?,
                dropped: count(3)?,
            })
        })?)
    }

    /// What each rule kept out, of events in the span, or of all.
    pub fn dropped(&self, tenant: &TenantName, span: Option<Window>) -> Result<Vec<(String, u64)>> {
        let day = |micros: i64| micros.div_euclid(event::time::DAY);
        let (first, last) = span.map_or((i64::MIN, i64::MAX), |span| {
            (day(span.start), day(span.stop.saturating_sub(1)))
        });
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select rule, sum(records) from dropped
             join batch on batch.tenant = dropped.tenant and batch.number = dropped.batch
             where dropped.tenant = ?1 and batch.state = 'committed' and day between ?2 and ?3
             group by rule order by 2 desc, 1",
        )?;
        let rows = statement.query_map(params![tenant.as_str(), first, last], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn note_dropped(
    transaction: &Transaction,
    tenant: &TenantName,
    number: i64,
    dropped: &Dropped,
) -> Result<()> {
    let mut add = transaction.prepare_cached(
        "insert into dropped (tenant, batch, rule, day, records) values (?1, ?2, ?3, ?4, ?5)",
    )?;
    for ((rule, day), records) in dropped {
        add.execute(params![tenant.as_str(), number, rule, day, *records as i64])?;
    }
    Ok(())
}

pub(super) fn withdraw(transaction: &Transaction, tenant: &TenantName, number: i64) -> Result<()> {
    transaction.execute(
        "update blob set state = 'listed', batch = null, records = null
         where tenant = ?1 and batch = ?2",
        params![tenant.as_str(), number],
    )?;
    consolidated::withdraw(transaction, tenant, number)?;
    // The number stays used, so that it can never stand for two batches.
    transaction.execute(
        "update batch set state = 'withdrawn' where tenant = ?1 and number = ?2",
        params![tenant.as_str(), number],
    )?;
    Ok(())
}
