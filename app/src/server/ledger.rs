//! What does the ledger show to programs?
#![allow(unused_qualifications, reason = "the macro that describes the API writes paths in full")]

use std::sync::Arc;

use anyhow::Context as _;
use axum::Json;
use axum::extract::{Query, State as Shared};
use event::time;
use serde::{Deserialize, Serialize};
use source::service::{Clock, MachineClock};
use store::{Ledger, Proof, ProofState, Window};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::answer::{ErrorBody, Refusal};
use super::api::{Answer, read_time};
use crate::commands::ledger::state as proof_state;
use crate::commands::search::duration;
use crate::evidence::{
    BlobAnswer, Evidence, GapAnswer, IncidentAnswer, ProofAnswer, Question, Step, Summary,
};

/// Steps of one answer, of each content type: a year of hours.
const STEPS_MAX: i64 = 366 * 24;
/// Blobs of one answer.
const BLOBS_MAX: usize = 10_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GapsParameters {
    /// Also what is younger than the configured lag.
    #[serde(default)]
    all: bool,
    tenant: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct GapsAnswer {
    gaps: Vec<GapAnswer>,
}

/// What is known to be missing, oldest first.
#[utoipa::path(get, path = "/api/v1/gaps", params(GapsParameters),
    responses((status = 200, body = GapsAnswer), (status = 400, body = ErrorBody)))]
pub async fn gaps(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<GapsParameters>,
) -> Answer<GapsAnswer> {
    let lag = if parameters.all { 0 } else { state.pace().lag };
    let work = move |ledger: &Ledger, now| {
        let mut gaps = ledger.gaps(now, lag)?;
        let is_wanted = |tenant: &String| parameters.tenant.as_ref().is_none_or(|t| t == tenant);
        gaps.retain(|gap| is_wanted(&gap.tenant));
        Ok(gaps.iter().map(|gap| GapAnswer::new(gap, now)).collect())
    };
    Ok(Json(GapsAnswer { gaps: ask(&state, work).await?.unwrap_or_default() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LedgerParameters {
    /// From this time on; the last 24 hours unless told otherwise.
    from: Option<String>,
    /// Before this time.
    to: Option<String>,
    /// Instead of `from`: the time before now, 30m, 12h, 7d, 4w.
    last: Option<String>,
    tenant: Option<String>,
    /// A content type, for instance Audit.Exchange or Exchange.
    #[serde(rename = "type")]
    content_type: Option<String>,
    /// hour (the default) or day.
    step: Option<Step>,
    /// Only these states, with commas: proven, settling, pending, unproven, lost, earlier.
    only: Option<String>,
    /// List the single blobs of the spans as well, up to 10000.
    #[serde(default)]
    blobs: bool,
}

#[derive(Serialize, ToSchema)]
pub struct LedgerAnswer {
    from: String,
    to: String,
    step: &'static str,
    proofs: Vec<ProofAnswer>,
    /// Of everything in the span, whatever `only` asks for.
    summary: Vec<Summary>,
    incidents: Vec<IncidentAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blobs: Option<Vec<BlobAnswer>>,
    /// There are more blobs than are listed.
    truncated: bool,
}

/// For each hour or day of a content type: listed, fetched, stored, how many, when; or what is
/// missing, and why.
#[utoipa::path(get, path = "/api/v1/ledger", params(LedgerParameters),
    responses((status = 200, body = LedgerAnswer), (status = 400, body = ErrorBody)))]
pub async fn ledger(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<LedgerParameters>,
) -> Answer<LedgerAnswer> {
    let question = parameters.question(MachineClock.now())?;
    let (span, step, pace) = (question.span, question.step, *state.pace());
    let work = move |ledger: &Ledger, now| {
        let evidence = Evidence::gather(ledger, &question, &pace, now)?;
        let mut blobs = match parameters.blobs {
            true => Some(list_blobs(ledger, &evidence.proofs)?),
            false => None,
        };
        let truncated = blobs.as_ref().is_some_and(|blobs| blobs.len() > BLOBS_MAX);
        if let Some(blobs) = &mut blobs {
            blobs.truncate(BLOBS_MAX);
        }
        Ok((evidence, blobs, truncated))
    };
    let (evidence, blobs, truncated) = match ask(&state, work).await? {
        Some((evidence, blobs, truncated)) => (Some(evidence), blobs, truncated),
        None => (None, None, false),
    };
    let (proofs, summary, incidents) = evidence
        .map(|evidence| (evidence.proofs, evidence.summaries, evidence.incidents))
        .unwrap_or_default();
    Ok(Json(LedgerAnswer {
        from: time::iso_text(span.start),
        to: time::iso_text(span.stop),
        step: step.name(),
        proofs: proofs.iter().map(ProofAnswer::new).collect(),
        summary,
        incidents: incidents.iter().map(IncidentAnswer::new).collect(),
        blobs,
        truncated,
    }))
}

impl LedgerParameters {
    fn question(&self, now: i64) -> Result<Question, Refusal> {
        let to = read_time("to", &self.to)?.unwrap_or(now);
        let last = |text: &str| {
            let wrong = |error: anyhow::Error| Refusal::wrong(error.to_string(), "write 24h or 7d");
            duration("last", text).map_err(wrong)
        };
        let start = match (&self.last, read_time("from", &self.from)?) {
            (Some(text), _) => now - last(text)?,
            (None, Some(from)) => from,
            (None, None) => to - time::DAY,
        };
        let step = self.step.unwrap_or(Step::Hour);
        if (to - start) / step.micros() > STEPS_MAX {
            let message = format!("the span has more than {STEPS_MAX} {}s", step.name());
            return Err(Refusal::wrong(message, "ask for a shorter span, or for step=day"));
        }
        let states = self.only.as_deref().unwrap_or_default().split(',');
        let only: anyhow::Result<Vec<ProofState>> =
            states.filter(|name| !name.is_empty()).map(proof_state).collect();
        Ok(Question {
            span: Window { start, stop: to },
            step,
            tenant: self.tenant.clone(),
            content_type: self.content_type.clone(),
            only: only.map_err(|error| Refusal::wrong(error.to_string(), "name known states"))?,
        })
    }
}

/// One more than the most that is told, so that it shows.
fn list_blobs(ledger: &Ledger, proofs: &[Proof]) -> anyhow::Result<Vec<BlobAnswer>> {
    let mut blobs = Vec::new();
    for proof in proofs {
        let span = Window { start: proof.start, stop: proof.stop };
        let limit = BLOBS_MAX + 1 - blobs.len();
        let found = ledger.blobs(&proof.tenant, &proof.content_type, span, limit)?;
        blobs.extend(found.into_iter().map(BlobAnswer::new));
        if blobs.len() > BLOBS_MAX {
            break;
        }
    }
    Ok(blobs)
}

/// Asks the ledger aside, so that other calls go on; `None` where nothing was ever collected.
pub(super) async fn ask<T: Send + 'static>(
    state: &State,
    work: impl FnOnce(&Ledger, i64) -> anyhow::Result<T> + Send + 'static,
) -> Result<Option<T>, Refusal> {
    let store = state.store().clone();
    let asked = tokio::task::spawn_blocking(move || {
        let Some(ledger) = store.existing_ledger()? else { return Ok(None) };
        work(&ledger, MachineClock.now()).map(Some)
    });
    let answer = asked.await.context("the ledger was not read").and_then(|answer| answer);
    answer.map_err(|error| super::answer::internal(format!("{error:#}")))
}
