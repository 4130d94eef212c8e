//! How far has collecting come?
//!
//! Asked again and again while collecting goes on, so each question here is answered from an index.

use event::TenantName;
use rusqlite::{OptionalExtension, params};

use super::{Ledger, Scope, Trouble};
use crate::Result;

/// How one content type of a tenant stands. Times are microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub scope: Scope,
    /// The end of what is listed, and when a listing last succeeded.
    pub listed_to: Option<i64>,
    pub listed: Option<i64>,
    /// When the newest content that is stored was stored.
    pub stored: Option<i64>,
    /// Blobs known and not stored.
    pub waiting: u64,
    pub trouble: Option<Trouble>,
}

impl Standing {
    /// How far the present is ahead of what is listed.
    pub fn lag(&self, now: i64) -> i64 {
        (now - self.listed_to.unwrap_or(self.scope.since)).max(0)
    }
}

/// The last batch that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastBatch {
    pub number: i64,
    /// The table's version that it made, if it held anything new.
    pub version: Option<u64>,
    /// Microseconds.
    pub committed: i64,
}

impl Ledger {
    /// How each content type stands that is or was collected, by tenant and name.
    pub fn standings(&self) -> Result<Vec<Standing>> {
        self.scopes()?.into_iter().map(|scope| self.standing(scope)).collect()
    }

    fn standing(&self, scope: Scope) -> Result<Standing> {
        let trouble = self.trouble(&scope.tenant, &scope.content_type)?;
        let key = params![scope.tenant, scope.content_type];
        let connection = self.lock();
        let (listed_to, listed) = connection
            .prepare_cached(
                "select max(stop), max(listed) from coverage
                 where tenant = ?1 and content_type = ?2",
            )?
            .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let waiting: i64 = connection
            .prepare_cached(
                "select count(*) from blob indexed by blob_state
                 where tenant = ?1 and content_type = ?2 and state in ('listed', 'storing')",
            )?
            .query_row(key, |row| row.get(0))?;
        let stored = connection
            .prepare_cached(
                "select batch.committed from blob indexed by blob_created
                 join batch on batch.tenant = blob.tenant and batch.number = blob.batch
                 where blob.tenant = ?1 and blob.content_type = ?2 and blob.state = 'committed'
                 order by blob.created desc limit 1",
            )?
            .query_row(key, |row| row.get(0))
            .optional()?
            .flatten();
        Ok(Standing { scope, listed_to, listed, stored, waiting: waiting as u64, trouble })
    }

    pub fn last_batch(&self, tenant: &TenantName) -> Result<Option<LastBatch>> {
        let sql = "select number, version, committed from batch
                   where tenant = ?1 and state = 'committed' order by number desc limit 1";
        let connection = self.lock();
        let row = connection.query_row(sql, [tenant.as_str()], |row| {
            let version: Option<i64> = row.get(1)?;
            let version = version.map(|version| version as u64);
            Ok(LastBatch { number: row.get(0)?, version, committed: row.get(2)? })
        });
        Ok(row.optional()?)
    }
}
