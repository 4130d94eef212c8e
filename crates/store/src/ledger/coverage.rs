//! Which spans of time were listed whole, and when?

use event::TenantName;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{KnownBlob, Ledger, Window};
use crate::Result;

/// A span that was listed whole, and when it last was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub window: Window,
    pub listed: i64,
}

impl Coverage {
    /// The part that had settled when it was listed; it may be empty.
    pub(super) fn settled(&self, settling: i64) -> Window {
        let Window { start, stop } = self.window;
        Window { start, stop: stop.min(self.listed - settling).max(start) }
    }
}

/// What is collected of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub tenant: String,
    pub content_type: String,
    /// From here on everything is to be collected.
    pub since: i64,
    /// How long the service keeps content, microseconds.
    pub reach: i64,
}

/// Why a content type cannot be listed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub reason: String,
    pub since: i64,
    pub last: i64,
}

impl Ledger {
    /// From `since` on, everything of this content type is to be collected; an earlier note stands.
    pub fn note_scope(
        &self,
        tenant: &TenantName,
        content_type: &str,
        since: i64,
        reach: i64,
    ) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "insert into scope (tenant, content_type, since, reach) values (?1, ?2, ?3, ?4)
                 on conflict do nothing",
                params![tenant.as_str(), content_type, since, reach],
            )?;
            Ok(())
        })
    }

    /// All that is or was collected.
    pub fn scopes(&self) -> Result<Vec<Scope>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select tenant, content_type, since, reach from scope order by tenant, content_type",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Scope {
                tenant: row.get(0)?,
                content_type: row.get(1)?,
                since: row.get(2)?,
                reach: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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
        self.write(|transaction| {
            let new = super::blob::insert(transaction, tenant, blobs, now)?;
            if let Some(window) = window.filter(|window| window.start < window.stop) {
                cover(transaction, tenant, content_type, window, now)?;
                transaction.execute(
                    "delete from trouble where tenant = ?1 and content_type = ?2",
                    [tenant.as_str(), content_type],
                )?;
            }
            Ok(new)
        })
    }

    /// A content type cannot be listed, for this reason.
    pub fn note_trouble(
        &self,
        tenant: &TenantName,
        content_type: &str,
        reason: &str,
        now: i64,
    ) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "insert into trouble (tenant, content_type, reason, since, last)
                 values (?1, ?2, ?3, ?4, ?4)
                 on conflict do update set reason = excluded.reason, last = excluded.last",
                params![tenant.as_str(), content_type, reason, now],
            )?;
            Ok(())
        })
    }

    pub fn trouble(&self, tenant: &str, content_type: &str) -> Result<Option<Trouble>> {
        let sql = "select reason, since, last from trouble where tenant = ?1 and content_type = ?2";
        let connection = self.lock();
        let row = connection.query_row(sql, [tenant, content_type], |row| {
            Ok(Trouble { reason: row.get(0)?, since: row.get(1)?, last: row.get(2)? })
        });
        Ok(row.optional()?)
    }

    /// What was listed of the time after `since`, in order, not overlapping.
    pub fn coverage(&self, tenant: &str, content_type: &str, since: i64) -> Result<Vec<Coverage>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select start, stop, listed from coverage
             where tenant = ?1 and content_type = ?2 and stop > ?3 order by start",
        )?;
        let rows = statement.query_map(params![tenant, content_type, since], |row| {
            let window = Window { start: row.get(0)?, stop: row.get(1)? };
            Ok(Coverage { window, listed: row.get(2)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The end of the last window ever listed.
    pub fn last_listed(&self, tenant: &TenantName, content_type: &str) -> Result<Option<i64>> {
        let sql = "select max(stop) from coverage where tenant = ?1 and content_type = ?2";
        let parameters = params![tenant.as_str(), content_type];
        Ok(self.lock().query_row(sql, parameters, |row| row.get(0))?)
    }
}

/// The newer listing takes the place of older ones where they overlap.
fn cover(
    transaction: &Transaction,
    tenant: &TenantName,
    content_type: &str,
    window: Window,
    now: i64,
) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "select start, stop, listed from coverage
         where tenant = ?1 and content_type = ?2 and start < ?4 and stop > ?3",
    )?;
    let key = params![tenant.as_str(), content_type, window.start, window.stop];
    let older = statement
        .query_map(key, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<Vec<(i64, i64, i64)>>>()?;
    let mut delete = transaction.prepare_cached(
        "delete from coverage where tenant = ?1 and content_type = ?2 and start = ?3",
    )?;
    let mut insert = transaction.prepare_cached(
        "insert into coverage (tenant, content_type, start, stop, listed)
         values (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (start, stop, listed) in older {
        delete.execute(params![tenant.as_str(), content_type, start])?;
        for (from, to) in [(start, window.start), (window.stop, stop)] {
            if from < to && from >= start && to <= stop {
                insert.execute(params![tenant.as_str(), content_type, from, to, listed])?;
            }
        }
    }
    insert.execute(params![tenant.as_str(), content_type, window.start, window.stop, now])?;
    Ok(())
}

/// The parts of `whole` that none of the spans, in order, has.
pub(super) fn holes(whole: Window, spans: impl IntoIterator<Item = Window>) -> Vec<Window> {
    let mut holes = Vec::new();
    let mut at = whole.start;
    for span in spans {
        if span.start > at {
            holes.push(Window { start: at, stop: span.start.min(whole.stop) });
        }
        at = at.max(span.stop);
        if at >= whole.stop {
            break;
        }
    }
    if at < whole.stop {
        holes.push(Window { start: at, stop: whole.stop });
    }
    holes.retain(|hole| hole.start < hole.stop);
    holes
}
