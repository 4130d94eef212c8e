//! Can it be shown that an hour is complete?

use std::collections::BTreeMap;

use event::time;
use rusqlite::params;
use serde::Serialize;

use super::coverage::holes;
use super::{Coverage, Gap, Ledger, Scope, Window};
use crate::Result;

/// How far a span is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofState {
    /// Listed whole after it had settled, and all of it is stored.
    Proven,
    /// Listed whole and stored; content that appears late is still looked for.
    Settling,
    /// Too young to be complete.
    Pending,
    /// Not listed, or not stored; it can still be had.
    Unproven,
    /// A part of it is gone for good.
    Lost,
    /// Before collecting began: all that the service showed is stored, and it promises no more.
    Earlier,
}

impl ProofState {
    pub const ALL: [ProofState; 6] = [
        ProofState::Proven,
        ProofState::Settling,
        ProofState::Pending,
        ProofState::Unproven,
        ProofState::Lost,
        ProofState::Earlier,
    ];

    /// Is something missing that should be there?
    pub fn is_gap(self) -> bool {
        matches!(self, ProofState::Unproven | ProofState::Lost)
    }

    pub fn name(self) -> &'static str {
        match self {
            ProofState::Proven => "proven",
            ProofState::Settling => "settling",
            ProofState::Pending => "pending",
            ProofState::Unproven => "unproven",
            ProofState::Lost => "lost",
            ProofState::Earlier => "earlier",
        }
    }
}

/// What is known of one span of a tenant's content type. Spans are by the time at which content
/// became available, since that is what the service lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    pub tenant: String,
    pub content_type: String,
    /// Microseconds.
    pub start: i64,
    pub stop: i64,
    pub state: ProofState,
    /// When the whole of it was last listed; `None` if a part never was.
    pub listed: Option<i64>,
    pub blobs: u64,
    pub committed: u64,
    pub waiting: u64,
    pub expired: u64,
    /// Records in the blobs that are stored, duplicates included.
    pub records: u64,
    /// When the last of its blobs was stored.
    pub stored: Option<i64>,
    /// What is missing, and why.
    pub cause: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    blobs: u64,
    committed: u64,
    expired: u64,
    records: u64,
    stored: Option<i64>,
    reason: Option<String>,
}

impl Ledger {
    /// The proof for a time span in steps, such as hours; `lag` as for [`Ledger::gaps`], `overlap`
    /// is for how long a window is listed again.
    pub fn proofs(
        &self,
        span: Window,
        step: i64,
        lag: i64,
        overlap: i64,
        now: i64,
    ) -> Result<Vec<Proof>> {
        let lost = self.lost()?;
        let mut proofs = Vec::new();
        for scope in self.scopes()? {
            let stop = span.stop.min(now);
            let coverage = self.coverage(&scope.tenant, &scope.content_type, span.start)?;
            // The first listings may show what became available before collecting began.
            let first = coverage.first().map_or(scope.since, |span| span.window.start);
            let mut at = span.start.max(first.min(scope.since)).div_euclid(step) * step;
            let counts = self.counts(&scope, Window { start: at, stop }, step)?;
            let trouble = self.trouble(&scope.tenant, &scope.content_type)?;
            let lost: Vec<&Gap> = lost.iter().filter(|gap| is_of(gap, &scope)).collect();
            while at < stop {
                let window = Window { start: at, stop: at + step };
                let counts = counts.get(&at.div_euclid(step)).cloned().unwrap_or_default();
                let mut proof = judge(&scope, window, counts, &coverage, lag, overlap, now);
                if let (Some(trouble), ProofState::Unproven) = (&trouble, proof.state)
                    && proof.listed.is_none()
                {
                    let missing = proof.cause.map_or(String::new(), |cause| cause + ": ");
                    proof.cause = Some(missing + &trouble.reason);
                }
                if let Some(gap) = lost.iter().find(|gap| touches(gap, window)) {
                    proof.state = ProofState::Lost;
                    proof.cause = Some(gap.cause.clone());
                }
                proofs.push(proof);
                at += step;
            }
        }
        Ok(proofs)
    }

    fn counts(&self, scope: &Scope, span: Window, step: i64) -> Result<BTreeMap<i64, Counts>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select coalesce(blob.created, blob.listed) / ?5, count(*),
                    sum(blob.state = 'committed'), sum(blob.state = 'expired'),
                    coalesce(sum(case when blob.state = 'committed' then records end), 0),
                    max(batch.committed), max(reason)
             from blob left join batch on batch.tenant = blob.tenant and batch.number = blob.batch
             where blob.tenant = ?1 and blob.content_type = ?2
               and coalesce(blob.created, blob.listed) >= ?3
               and coalesce(blob.created, blob.listed) < ?4
             group by 1",
        )?;
        let parameters =
            params![scope.tenant, scope.content_type, span.start, span.stop + step, step];
        let rows = statement.query_map(parameters, |row| {
            let count = |index| row.get::<_, i64>(index).map(|n| n as u64);
            let counts = Counts {
                blobs: count(1)?,
                committed: count(2)?,
                expired: count(3)?,
                records: count(4)?,
                stored: row.get(5)?,
                reason: row.get(6)?,
            };
            Ok((row.get(0)?, counts))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn is_of(gap: &Gap, scope: &Scope) -> bool {
    gap.tenant == scope.tenant && gap.content_type == scope.content_type
}

/// A lost blob is a moment, a lost window a span.
fn touches(gap: &Gap, window: Window) -> bool {
    gap.start < window.stop && (gap.stop > window.start || gap.start >= window.start)
}

fn judge(
    scope: &Scope,
    window: Window,
    counts: Counts,
    coverage: &[Coverage],
    lag: i64,
    overlap: i64,
    now: i64,
) -> Proof {
    // What lies before the scope or in the future is nobody's promise.
    let start = match window.stop <= scope.since {
        true => window.start,
        false => window.start.max(scope.since),
    };
    let claimed = Window { start, stop: window.stop.min(now) };
    let within: Vec<&Coverage> = coverage
        .iter()
        .filter(|span| span.window.start < claimed.stop && span.window.stop > claimed.start)
        .collect();
    let unlisted = holes(claimed, within.iter().map(|span| span.window));
    let listed = within.iter().map(|span| span.listed).min().filter(|_| unlisted.is_empty());
    let waiting = counts.blobs - counts.committed - counts.expired;
    let is_young = window.stop > now - lag;
    let is_whole = listed.is_some() && waiting == 0;
    let is_earlier = window.stop <= scope.since && waiting == 0;
    let state = match (is_whole, is_young) {
        _ if is_earlier => ProofState::Earlier,
        (true, _) if listed.is_some_and(|listed| listed >= window.stop + overlap) => {
            ProofState::Proven
        }
        (true, _) => ProofState::Settling,
        (false, true) => ProofState::Pending,
        (false, false) => ProofState::Unproven,
    };
    let cause = match (unlisted.first(), waiting) {
        _ if is_earlier => None,
        (Some(hole), _) if !is_young => Some(format!(
            "not listed from {} to {}",
            time::iso_text(hole.start),
            time::iso_text(hole.stop)
        )),
        (None, 1..) => Some(counts.reason.unwrap_or_else(|| "not fetched yet".to_owned())),
        _ => None,
    };
    Proof {
        tenant: scope.tenant.clone(),
        content_type: scope.content_type.clone(),
        start: window.start,
        stop: window.stop,
        state,
        listed,
        blobs: counts.blobs,
        committed: counts.committed,
        waiting,
        expired: counts.expired,
        records: counts.records,
        stored: counts.stored,
        cause,
    }
}
