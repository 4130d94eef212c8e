//! What happened that an operator should know of?
//!
//! Here too: is the ledger of the same age as the table? After a backup was restored, or when a
//! second collector works with a copy of this ledger, their numbers no longer fit.

use event::TenantName;
use rusqlite::params;
use serde::Serialize;

use super::{Ledger, batch};
use crate::Result;

/// Something out of the ordinary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    pub tenant: String,
    /// Microseconds.
    pub noted: i64,
    pub kind: String,
    pub words: String,
}

impl Ledger {
    pub fn note_incident(
        &self,
        tenant: &TenantName,
        kind: &str,
        words: &str,
        now: i64,
    ) -> Result<()> {
        self.write(|transaction| note(transaction, tenant, kind, words, now))
    }

    /// The newest first.
    pub fn incidents(&self, limit: usize) -> Result<Vec<Incident>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select tenant, noted, kind, words from incident order by noted desc limit ?1",
        )?;
        let rows = statement.query_map([limit as i64], |row| {
            Ok(Incident {
                tenant: row.get(0)?,
                noted: row.get(1)?,
                kind: row.get(2)?,
                words: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The table holds batches under this ledger's name that the ledger does not know. What was
    /// prepared may or may not be in the table, so it is fetched again and found to be there; from
    /// now on the ledger has another name, so that its numbers stand for its own batches only.
    pub(crate) fn catch_up(&self, tenant: &TenantName, reached: i64, now: i64) -> Result<()> {
        let prepared = self.prepared(tenant)?;
        let (known, _) = self.last_batches(tenant)?;
        self.write(|transaction| {
            for number in &prepared {
                batch::withdraw(transaction, tenant, *number)?;
            }
            let id = uuid::Uuid::new_v4().to_string();
            transaction.execute("update meta set value = ?1 where name = 'id'", [id])?;
            let words = format!(
                "the table has batches up to {reached}, the ledger knows {known}: the ledger was \
                 restored from a backup, or a second collector works with a copy of it; all that \
                 the service still has is listed and fetched again, and known records stay once"
            );
            forget_coverage(transaction, tenant)?;
            note(transaction, tenant, "ledger-behind-table", &words, now)
        })
    }

    /// The ledger knows committed batches that the table does not have: their blobs are fetched
    /// again, and those that the service no longer has are gaps.
    pub(crate) fn fall_back(&self, tenant: &TenantName, reached: i64, now: i64) -> Result<()> {
        self.write(|transaction| {
            let (batches, records): (i64, i64) = transaction.query_row(
                "select count(*), coalesce(sum(stored), 0) from batch
                 where tenant = ?1 and number > ?2 and state = 'committed'",
                params![tenant.as_str(), reached],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let cause = "the table was restored to an earlier state, and the service no longer has it";
            transaction.execute(
                "insert into gap (tenant, content_type, start, stop, cause, noted)
                 select tenant, content_type, coalesce(created, listed), coalesce(created, listed), ?3, ?4
                 from blob where tenant = ?1 and batch > ?2 and coalesce(expires, ?4) <= ?4
                 on conflict do nothing",
                params![tenant.as_str(), reached, cause, now],
            )?;
            transaction.execute(
                "update blob set state = case when coalesce(expires, ?3) <= ?3
                                              then 'expired' else 'listed' end,
                                 batch = null, records = null
                 where tenant = ?1 and batch > ?2",
                params![tenant.as_str(), reached, now],
            )?;
            transaction.execute(
                "update batch set state = 'undone' where tenant = ?1 and number > ?2",
                params![tenant.as_str(), reached],
            )?;
            transaction.execute(
                "delete from consolidated where tenant = ?1 and batch > ?2",
                params![tenant.as_str(), reached],
            )?;
            forget_coverage(transaction, tenant)?;
            let words = format!(
                "the table ends with batch {reached}, the ledger knows {batches} later ones with \
                 {records} records: the table was restored from a backup; what the service still \
                 has is fetched again, and files imported since are to be imported again"
            );
            note(transaction, tenant, "table-behind-ledger", &words, now)
        })
    }
}

/// Everything within the service's reach is to be listed again. Older coverage stands: nothing
/// could list it again.
fn forget_coverage(transaction: &rusqlite::Transaction, tenant: &TenantName) -> Result<()> {
    transaction.execute(
        "delete from coverage where tenant = ?1 and stop > (
             select max(c.stop) - s.reach from coverage c join scope s
             on s.tenant = c.tenant and s.content_type = c.content_type
             where c.tenant = coverage.tenant and c.content_type = coverage.content_type)",
        [tenant.as_str()],
    )?;
    Ok(())
}

fn note(
    transaction: &rusqlite::Transaction,
    tenant: &TenantName,
    kind: &str,
    words: &str,
    now: i64,
) -> Result<()> {
    transaction.execute(
        "insert into incident (tenant, noted, kind, words) values (?1, ?2, ?3, ?4)
         on conflict do nothing",
        params![tenant.as_str(), now, kind, words],
    )?;
    Ok(())
}
