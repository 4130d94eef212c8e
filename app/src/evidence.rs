//! What can be shown of a time span, and how does collecting stand?
//!
//! The command line and the API give the same answers, so both take them from here.

use std::collections::BTreeMap;

use anyhow::Result;
use event::time;
use serde::Serialize;
use store::{BlobEntry, Gap, Incident, Ledger, Proof, ProofState, Standing, Window};
use utoipa::ToSchema;

use crate::collect::schedule::Pace;

/// Incidents told besides other answers; the ledger has them all.
pub const INCIDENTS_MAX: usize = 20;

/// Which proofs are asked for?
#[derive(Clone, Debug)]
pub struct Question {
    pub span: Window,
    pub step: Step,
    pub tenant: Option<String>,
    /// `Audit.Exchange`, or a part of it such as `Exchange`.
    pub content_type: Option<String>,
    /// Show only these; empty for all.
    pub only: Vec<ProofState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    Hour,
    Day,
}

impl Step {
    pub fn micros(self) -> i64 {
        match self {
            Step::Hour => time::HOUR,
            Step::Day => time::DAY,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Step::Hour => "hour",
            Step::Day => "day",
        }
    }
}

/// What the ledger can show.
pub struct Evidence {
    /// Those that were asked for.
    pub proofs: Vec<Proof>,
    /// Of everything in the span.
    pub summaries: Vec<Summary>,
    pub incidents: Vec<Incident>,
}

/// How many steps of a tenant's content types are how far proven.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Summary {
    pub tenant: String,
    pub content_types: u64,
    /// Steps: hours or days of one content type.
    pub proven: u64,
    pub settling: u64,
    pub pending: u64,
    pub unproven: u64,
    pub lost: u64,
    pub earlier: u64,
    pub blobs: u64,
    pub records: u64,
}

impl Evidence {
    pub fn gather(ledger: &Ledger, question: &Question, pace: &Pace, now: i64) -> Result<Evidence> {
        let Question { span, step, .. } = question;
        let mut proofs = ledger.proofs(*span, step.micros(), pace.lag, pace.overlap, now)?;
        proofs.retain(|proof| question.is_about(&proof.tenant, &proof.content_type));
        let summaries = summaries(&proofs);
        let is_wanted = |state| question.only.is_empty() || question.only.contains(&state);
        proofs.retain(|proof| is_wanted(proof.state));
        let tenant = question.tenant.as_deref();
        Ok(Evidence { proofs, summaries, incidents: incidents(ledger, tenant)? })
    }

    /// Is something missing in the span?
    pub fn has_gaps(&self) -> bool {
        self.summaries.iter().any(|summary| summary.unproven + summary.lost > 0)
    }
}

impl Question {
    fn is_about(&self, tenant: &str, content_type: &str) -> bool {
        let is_meant = |wanted: &String| {
            let mut names = content_type.split('.').chain([content_type]);
            names.any(|name| name.eq_ignore_ascii_case(wanted))
        };
        self.tenant.as_ref().is_none_or(|wanted| wanted == tenant)
            && self.content_type.as_ref().is_none_or(is_meant)
    }
}

fn summaries(proofs: &[Proof]) -> Vec<Summary> {
    let mut summaries: Vec<Summary> = Vec::new();
    let mut before: Option<(&str, &str)> = None;
    for proof in proofs {
        if before.is_none_or(|(tenant, _)| tenant != proof.tenant) {
            summaries.push(Summary { tenant: proof.tenant.clone(), ..Summary::default() });
        }
        let Some(summary) = summaries.last_mut() else { continue };
        let here = (proof.tenant.as_str(), proof.content_type.as_str());
        summary.content_types += u64::from(before != Some(here));
        before = Some(here);
        summary.blobs += proof.blobs;
        summary.records += proof.records;
        *match proof.state {
            ProofState::Proven => &mut summary.proven,
            ProofState::Settling => &mut summary.settling,
            ProofState::Pending => &mut summary.pending,
            ProofState::Unproven => &mut summary.unproven,
            ProofState::Lost => &mut summary.lost,
            ProofState::Earlier => &mut summary.earlier,
        } += 1;
    }
    summaries
}

/// The newest, of one tenant or all.
pub fn incidents(ledger: &Ledger, tenant: Option<&str>) -> Result<Vec<Incident>> {
    let mut incidents = ledger.incidents(usize::MAX >> 1)?;
    incidents.retain(|incident| tenant.is_none_or(|tenant| incident.tenant == tenant));
    incidents.truncate(INCIDENTS_MAX);
    Ok(incidents)
}

/// A step of a content type, as it is printed and exported.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProofAnswer {
    pub tenant: String,
    pub content_type: String,
    /// The span in which content became available.
    pub from: String,
    pub to: String,
    /// proven, settling, pending, unproven, lost or earlier.
    pub state: &'static str,
    /// When the whole of it was last listed.
    pub listed: Option<String>,
    pub blobs: u64,
    pub stored_blobs: u64,
    pub waiting_blobs: u64,
    pub expired_blobs: u64,
    /// Records in the blobs that are stored, duplicates included.
    pub records: u64,
    /// When the last of its blobs was stored.
    pub stored: Option<String>,
    /// What is missing, and why.
    pub missing: Option<String>,
}

impl ProofAnswer {
    pub const NAMES: [&str; 13] = [
        "tenant",
        "content_type",
        "from",
        "to",
        "state",
        "listed",
        "blobs",
        "stored_blobs",
        "waiting_blobs",
        "expired_blobs",
        "records",
        "stored",
        "missing",
    ];

    pub fn new(proof: &Proof) -> ProofAnswer {
        ProofAnswer {
            tenant: proof.tenant.clone(),
            content_type: proof.content_type.clone(),
            from: time::iso_text(proof.start),
            to: time::iso_text(proof.stop),
            state: proof.state.name(),
            listed: proof.listed.map(time::iso_text),
            blobs: proof.blobs,
            stored_blobs: proof.committed,
            waiting_blobs: proof.waiting,
            expired_blobs: proof.expired,
            records: proof.records,
            stored: proof.stored.map(time::iso_text),
            missing: proof.cause.clone(),
        }
    }

    /// In the order of the names.
    pub fn cells(self) -> Vec<String> {
        vec![
            self.tenant,
            self.content_type,
            self.from,
            self.to,
            self.state.to_owned(),
            self.listed.unwrap_or_default(),
            self.blobs.to_string(),
            self.stored_blobs.to_string(),
            self.waiting_blobs.to_string(),
            self.expired_blobs.to_string(),
            self.records.to_string(),
            self.stored.unwrap_or_default(),
            self.missing.unwrap_or_default(),
        ]
    }
}

/// One blob, as it is printed and exported.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BlobAnswer {
    pub tenant: String,
    pub content_type: String,
    pub content_id: String,
    /// listed, storing, committed or expired.
    pub state: String,
    /// When it became available, and when the service forgets it.
    pub created: Option<String>,
    pub expires: Option<String>,
    pub listed: String,
    /// Records in it, duplicates included, once it is stored.
    pub records: Option<u64>,
    /// How often fetching it failed.
    pub attempts: u32,
    pub reason: Option<String>,
    /// The batch that brought it to the table.
    pub batch: Option<i64>,
    pub stored: Option<String>,
}

impl BlobAnswer {
    pub const NAMES: [&str; 12] = [
        "tenant",
        "content_type",
        "content_id",
        "state",
        "created",
        "expires",
        "listed",
        "records",
        "attempts",
        "reason",
        "batch",
        "stored",
    ];

    pub fn new(blob: BlobEntry) -> BlobAnswer {
        BlobAnswer {
            tenant: blob.tenant,
            content_type: blob.content_type,
            content_id: blob.content_id,
            state: blob.state,
            created: blob.created.map(time::iso_text),
            expires: blob.expires.map(time::iso_text),
            listed: time::iso_text(blob.listed),
            records: blob.records,
            attempts: blob.attempts,
            reason: blob.reason,
            batch: blob.batch,
            stored: blob.stored.map(time::iso_text),
        }
    }

    /// In the order of the names.
    pub fn cells(self) -> Vec<String> {
        let number = |number: Option<i64>| number.map_or(String::new(), |n| n.to_string());
        vec![
            self.tenant,
            self.content_type,
            self.content_id,
            self.state,
            self.created.unwrap_or_default(),
            self.expires.unwrap_or_default(),
            self.listed,
            number(self.records.map(|records| records as i64)),
            self.attempts.to_string(),
            self.reason.unwrap_or_default(),
            number(self.batch),
            self.stored.unwrap_or_default(),
        ]
    }
}

/// Something an operator should know of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncidentAnswer {
    pub tenant: String,
    pub noted: String,
    /// ledger-behind-table or table-behind-ledger.
    pub incident: String,
    pub words: String,
}

impl IncidentAnswer {
    pub fn new(incident: &Incident) -> IncidentAnswer {
        IncidentAnswer {
            tenant: incident.tenant.clone(),
            noted: time::iso_text(incident.noted),
            incident: incident.kind.clone(),
            words: incident.words.clone(),
        }
    }
}

/// Time or content of which it is not proven that it is stored.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GapAnswer {
    pub tenant: String,
    pub content_type: String,
    pub from: String,
    pub to: String,
    /// unlisted, waiting or lost.
    pub state: &'static str,
    /// Hours left to get it; null when it is lost.
    pub hours_left: Option<f64>,
    /// Blobs in it, where they are known.
    pub blobs: u64,
    pub cause: String,
}

impl GapAnswer {
    pub fn new(gap: &Gap, now: i64) -> GapAnswer {
        GapAnswer {
            tenant: gap.tenant.clone(),
            content_type: gap.content_type.clone(),
            from: time::iso_text(gap.start),
            to: time::iso_text(gap.stop),
            state: gap.state.name(),
            hours_left: gap.hours_left(now).map(one_decimal),
            blobs: gap.blobs,
            cause: gap.cause.clone(),
        }
    }
}

/// How a content type stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StandingAnswer {
    pub content_type: String,
    /// How far the present is ahead of what is listed.
    pub lag_seconds: i64,
    /// When a listing last succeeded.
    pub last_listed: Option<String>,
    /// When the newest stored content was stored.
    pub last_stored: Option<String>,
    pub waiting_blobs: u64,
    /// Gaps that are older than the configured lag, and the hours left for the most urgent of them.
    pub gaps: u64,
    pub hours_left: Option<f64>,
    /// Why it cannot be listed now.
    pub trouble: Option<String>,
}

/// How each content type of each tenant stands.
pub fn standings(
    ledger: &Ledger,
    pace: &Pace,
    now: i64,
) -> Result<BTreeMap<String, Vec<StandingAnswer>>> {
    let gaps = ledger.gaps(now, pace.lag)?;
    let mut tenants: BTreeMap<String, Vec<StandingAnswer>> = BTreeMap::new();
    for standing in ledger.standings()? {
        let answer = standing_answer(&standing, &gaps, now);
        tenants.entry(standing.scope.tenant).or_default().push(answer);
    }
    Ok(tenants)
}

fn standing_answer(standing: &Standing, gaps: &[Gap], now: i64) -> StandingAnswer {
    let (tenant, content_type) = (&standing.scope.tenant, &standing.scope.content_type);
    let is_of = |gap: &&Gap| gap.tenant == *tenant && gap.content_type == *content_type;
    let gaps: Vec<&Gap> = gaps.iter().filter(is_of).collect();
    let left = gaps.iter().filter_map(|gap| gap.hours_left(now)).min_by(f64::total_cmp);
    StandingAnswer {
        content_type: content_type.clone(),
        lag_seconds: standing.lag(now) / time::SECOND,
        last_listed: standing.listed.map(time::iso_text),
        last_stored: standing.stored.map(time::iso_text),
        waiting_blobs: standing.waiting,
        gaps: gaps.len() as u64,
        hours_left: left.map(one_decimal),
        trouble: standing.trouble.as_ref().map(|trouble| trouble.reason.clone()),
    }
}

fn one_decimal(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
