//! Which blobs are known, and how far has each come?

use event::{TenantName, time};
use rusqlite::params;

use super::{Ledger, Window};
use crate::Result;

/// Content that expires within this time is fetched before anything else.
const URGENT: i64 = 24 * time::HOUR;
/// Content that became available within this time is fetched before older content.
const FRESH: i64 = 3 * time::HOUR;

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

/// Which service content comes from. The two are collected side by side: Graph's quotas are so small
/// that the feed would have to wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Feed,
    /// Content types that begin with `Graph.`; a window of a log takes the place of a blob.
    Graph,
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
    pub(super) fn name(self) -> &'static str {
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

impl Ledger {
    /// Blobs that are known and not stored: those that failed come last; before them comes what
    /// expires soon, then what is fresh, then the rest, the oldest first.
    pub fn blobs_to_fetch(
        &self,
        tenant: &TenantName,
        lane: Lane,
        limit: usize,
        now: i64,
    ) -> Result<Vec<KnownBlob>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select content_type, content_id, uri, created, expires, attempts from blob
             where tenant = ?1 and state = 'listed'
               and (content_type like 'Graph.%') = ?5
             order by attempts, expires > ?2, created <= ?3, expires limit ?4",
        )?;
        let parameters =
            params![tenant.as_str(), now + URGENT, now - FRESH, limit as i64, lane == Lane::Graph];
        let rows = statement.query_map(parameters, |row| {
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

    /// Notes blobs of which a notification told; their window is still to be listed. Returns how
    /// many are new.
    pub fn note_blobs(&self, tenant: &TenantName, blobs: &[KnownBlob], now: i64) -> Result<u64> {
        self.write(|transaction| insert(transaction, tenant, blobs, now))
    }

    /// A blob could not be fetched this time.
    pub fn note_failure(&self, tenant: &TenantName, content_id: &str, reason: &str) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "update blob set attempts = attempts + 1, reason = ?3
                 where tenant = ?1 and content_id = ?2",
                params![tenant.as_str(), content_id, reason],
            )?;
            Ok(())
        })
    }

    /// A blob is gone for good: that is a gap.
    pub fn note_expired(
        &self,
        tenant: &TenantName,
        blob: &KnownBlob,
        cause: &str,
        now: i64,
    ) -> Result<()> {
        let created = blob.created.unwrap_or(now);
        let window = Window { start: created, stop: created };
        self.write(|transaction| {
            transaction.execute(
                "update blob set state = ?3, reason = ?4 where tenant = ?1 and content_id = ?2",
                params![tenant.as_str(), blob.content_id, BlobState::Expired.name(), cause],
            )?;
            super::gap::insert(transaction, tenant, &blob.content_type, window, cause, now)
        })
    }

    /// Is there anything of this content type that is known and not stored?
    pub fn is_waiting(&self, tenant: &TenantName, content_type: &str) -> Result<bool> {
        let sql = "select exists (select 1 from blob where tenant = ?1 and content_type = ?2
                                  and state in ('listed', 'storing'))";
        Ok(self.lock().query_row(sql, [tenant.as_str(), content_type], |row| row.get(0))?)
    }

    /// How many blobs of a tenant are in a state.
    pub fn count_blobs(&self, tenant: &TenantName, state: BlobState) -> Result<u64> {
        let sql = "select count(*) from blob where tenant = ?1 and state = ?2";
        let count: i64 =
            self.lock().query_row(sql, params![tenant.as_str(), state.name()], |row| row.get(0))?;
        Ok(count as u64)
    }
}

/// A blob that is known keeps its state; one that is still to be fetched takes the newer address.
pub(super) fn insert(
    transaction: &rusqlite::Transaction,
    tenant: &TenantName,
    blobs: &[KnownBlob],
    now: i64,
) -> Result<u64> {
    let mut new = 0;
    let mut add = transaction.prepare_cached(
        "insert into blob (tenant, content_type, content_id, uri, created, expires, listed, state)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         on conflict (tenant, content_id) do nothing",
    )?;
    let mut renew = transaction.prepare_cached(
        "update blob set uri = ?3, expires = ?4
         where tenant = ?1 and content_id = ?2 and state = 'listed'
         and (uri != ?3 or expires is not ?4)",
    )?;
    for blob in blobs {
        let added = add.execute(params![
            tenant.as_str(),
            blob.content_type,
            blob.content_id,
            blob.uri,
            blob.created,
            blob.expires,
            now,
            BlobState::Listed.name()
        ])?;
        if added == 0 {
            renew.execute(params![tenant.as_str(), blob.content_id, blob.uri, blob.expires])?;
        }
        new += added as u64;
    }
    Ok(new)
}
