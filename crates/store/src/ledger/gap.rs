//! What is missing, why, and how long can it still be had?

use event::{TenantName, time};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;

use super::coverage::holes;
use super::{Ledger, Scope, Window};
use crate::Result;

/// How a gap stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapState {
    /// The window was not listed, so what is in it is not known.
    Unlisted,
    /// Blobs are known and not stored.
    Waiting,
    /// Gone for good.
    Lost,
}

impl GapState {
    pub fn name(self) -> &'static str {
        match self {
            GapState::Unlisted => "unlisted",
            GapState::Waiting => "waiting",
            GapState::Lost => "lost",
        }
    }
}

/// Time or content of which it is not proven that it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    pub tenant: String,
    pub content_type: String,
    /// Microseconds.
    pub start: i64,
    pub stop: i64,
    pub state: GapState,
    pub cause: String,
    /// Blobs in it, where they are known.
    pub blobs: u64,
    /// When the service forgets the first of it; `None` when it is lost already.
    pub expires: Option<i64>,
}

impl Gap {
    /// Hours left to get it; `None` when it is lost.
    pub fn hours_left(&self, now: i64) -> Option<f64> {
        self.expires.map(|expires| (expires - now).max(0) as f64 / time::HOUR as f64)
    }
}

impl Ledger {
    /// Loss is a record.
    pub fn note_gap(
        &self,
        tenant: &TenantName,
        content_type: &str,
        window: Window,
        cause: &str,
        now: i64,
    ) -> Result<()> {
        self.write(|transaction| insert(transaction, tenant, content_type, window, cause, now))
    }

    /// Everything unproven that is older than `lag`, and all that is lost; oldest first.
    pub fn gaps(&self, now: i64, lag: i64) -> Result<Vec<Gap>> {
        let lost = self.lost()?;
        let mut gaps = self.waiting(now - lag)?;
        for scope in self.scopes()? {
            gaps.extend(self.unlisted(&scope, &lost, now, lag)?);
        }
        gaps.extend(lost);
        gaps.sort_by(|a, b| {
            (a.start, a.stop, &a.tenant, &a.content_type).cmp(&(
                b.start,
                b.stop,
                &b.tenant,
                &b.content_type,
            ))
        });
        Ok(gaps)
    }

    /// What was noted as gone.
    pub(super) fn lost(&self) -> Result<Vec<Gap>> {
        let connection = self.lock();
        let mut statement = connection
            .prepare_cached("select tenant, content_type, start, stop, cause from gap")?;
        let rows = statement.query_map([], |row| {
            let window = Window { start: row.get(2)?, stop: row.get(3)? };
            Ok(Gap {
                tenant: row.get(0)?,
                content_type: row.get(1)?,
                start: window.start,
                stop: window.stop,
                state: GapState::Lost,
                cause: row.get(4)?,
                blobs: u64::from(window.start == window.stop),
                expires: None,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Blobs not stored that failed, or that are known longer than they should be, by reason and day.
    fn waiting(&self, known_before: i64) -> Result<Vec<Gap>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select tenant, content_type, min(coalesce(created, listed)),
                    max(coalesce(created, listed)), coalesce(reason, 'not fetched yet'),
                    count(*), min(expires)
             from blob
             where state in ('listed', 'storing') and (attempts > 0 or listed < ?1)
             group by tenant, content_type, coalesce(created, listed) / ?2, reason",
        )?;
        let rows = statement.query_map(params![known_before, time::DAY], |row| {
            let (cause, blobs): (String, i64) = (row.get(4)?, row.get(5)?);
            let first: i64 = row.get(2)?;
            Ok(Gap {
                tenant: row.get(0)?,
                content_type: row.get(1)?,
                start: first,
                stop: row.get(3)?,
                state: GapState::Waiting,
                cause,
                blobs: blobs as u64,
                expires: Some(row.get::<_, Option<i64>>(6)?.unwrap_or(first + 7 * time::DAY)),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// What was never listed of the time before `first` once it had settled, and is not noted as lost
    /// yet. Content may appear for a while behind what was listed, so the last `settling` before a
    /// listing is not listed whole by it.
    pub fn unlisted_before(
        &self,
        tenant: &TenantName,
        content_type: &str,
        first: i64,
        settling: i64,
    ) -> Result<Vec<Window>> {
        let sql = "select since from scope where tenant = ?1 and content_type = ?2";
        let key = [tenant.as_str(), content_type];
        let since: Option<i64> = self.lock().query_row(sql, key, |row| row.get(0)).optional()?;
        let Some(since) = since.filter(|since| *since < first) else {
            return Ok(Vec::new());
        };
        let lost = self.lost()?;
        let known = lost
            .iter()
            .filter(|gap| gap.tenant == tenant.as_str() && gap.content_type == content_type)
            .map(|gap| Window { start: gap.start, stop: gap.stop });
        let coverage = self.coverage(tenant.as_str(), content_type, since)?;
        let mut spans: Vec<Window> =
            coverage.iter().map(|coverage| coverage.settled(settling)).collect();
        spans.extend(known);
        spans.sort();
        Ok(holes(Window { start: since, stop: first }, spans))
    }

    fn unlisted(&self, scope: &Scope, lost: &[Gap], now: i64, lag: i64) -> Result<Vec<Gap>> {
        let whole = Window { start: scope.since, stop: now - lag };
        let coverage = self.coverage(&scope.tenant, &scope.content_type, scope.since)?;
        // A window that is known to be lost is told once.
        let known = lost
            .iter()
            .filter(|gap| gap.tenant == scope.tenant && gap.content_type == scope.content_type);
        let mut spans: Vec<Window> = coverage.iter().map(|coverage| coverage.window).collect();
        spans.extend(known.map(|gap| Window { start: gap.start, stop: gap.stop }));
        spans.sort();
        let trouble = self.trouble(&scope.tenant, &scope.content_type)?;
        let last = coverage.last().map(|coverage| coverage.listed);
        let cause = match (trouble, last) {
            (Some(trouble), _) => trouble.reason,
            (None, Some(last)) => format!("not listed since {}", time::short(last)),
            (None, None) => "never listed".to_owned(),
        };
        let gaps = holes(whole, spans).into_iter().map(|hole| {
            let expires = hole.start + scope.reach;
            let is_lost = hole.stop + scope.reach <= now;
            Gap {
                tenant: scope.tenant.clone(),
                content_type: scope.content_type.clone(),
                start: hole.start,
                stop: hole.stop,
                state: if is_lost { GapState::Lost } else { GapState::Unlisted },
                cause: cause.clone(),
                blobs: 0,
                expires: (!is_lost).then_some(expires),
            }
        });
        Ok(gaps.collect())
    }
}

pub(super) fn insert(
    transaction: &Transaction,
    tenant: &TenantName,
    content_type: &str,
    window: Window,
    cause: &str,
    now: i64,
) -> Result<()> {
    transaction.execute(
        "insert into gap (tenant, content_type, start, stop, cause, noted)
         values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
        params![tenant.as_str(), content_type, window.start, window.stop, cause, now],
    )?;
    Ok(())
}
