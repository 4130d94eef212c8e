//! What is known of each single blob?

use rusqlite::params;
use serde::Serialize;

use super::{Ledger, Window};
use crate::Result;

/// One blob as the ledger has it. Times are microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlobEntry {
    pub tenant: String,
    pub content_type: String,
    pub content_id: String,
    /// listed, storing, committed or expired.
    pub state: String,
    /// When it became available; `None` if the service did not say.
    pub created: Option<i64>,
    pub expires: Option<i64>,
    pub listed: i64,
    /// Records in it, duplicates included, once it is stored.
    pub records: Option<u64>,
    /// How often fetching it failed.
    pub attempts: u32,
    pub reason: Option<String>,
    /// The batch that brought it to the table, and when that was stored.
    pub batch: Option<i64>,
    pub stored: Option<i64>,
}

impl Ledger {
    /// The blobs of a tenant's content type that became available within a span, oldest first.
    pub fn blobs(
        &self,
        tenant: &str,
        content_type: &str,
        span: Window,
        limit: usize,
    ) -> Result<Vec<BlobEntry>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select blob.tenant, content_type, content_id, blob.state, created, expires, listed,
                    records, attempts, reason, batch, batch.committed
             from blob left join batch on batch.tenant = blob.tenant and batch.number = blob.batch
             where blob.tenant = ?1 and content_type = ?2
               and (created >= ?3 and created < ?4
                    or created is null and listed >= ?3 and listed < ?4)
             order by coalesce(created, listed), content_id limit ?5",
        )?;
        let parameters = params![tenant, content_type, span.start, span.stop, limit as i64];
        let rows = statement.query_map(parameters, |row| {
            Ok(BlobEntry {
                tenant: row.get(0)?,
                content_type: row.get(1)?,
                content_id: row.get(2)?,
                state: row.get(3)?,
                created: row.get(4)?,
                expires: row.get(5)?,
                listed: row.get(6)?,
                records: row.get::<_, Option<i64>>(7)?.map(|records| records as u64),
                attempts: row.get(8)?,
                reason: row.get(9)?,
                batch: row.get(10)?,
                stored: row.get(11)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
