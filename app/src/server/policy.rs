//! What do programs learn of the policy?
#![allow(unused_qualifications, reason = "the macro that describes the API writes paths in full")]

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State as Shared};
use event::{Event, Field, Key, TenantName, time};
use policy::Policy;
use search::{ListQuery, Order, Row, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use source::service::{Clock, MachineClock};
use store::Deletion;
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::answer::{ErrorBody, Refusal, internal};
use super::api::{Answer, read_time};

/// Records explained at once.
const EXPLAINED_MAX: usize = 100;

#[derive(Serialize, ToSchema)]
pub struct PolicyAnswer {
    /// Each with `tenant`, `received`, `stored`, `quarantined`, `duplicates`, `dropped`, `rules`
    /// (what each rule dropped) and `deletions` (what retention deleted, newest first).
    #[schema(value_type = Vec<Object>)]
    tenants: Vec<Value>,
}

/// What each tenant's policy kept out and deleted. Received is stored, duplicates and dropped.
#[utoipa::path(get, path = "/api/v1/policy", responses((status = 200, body = PolicyAnswer)))]
pub async fn policy(Shared(state): Shared<Arc<State>>) -> Answer<PolicyAnswer> {
    let mut tenants = Vec::new();
    if let Some(ledger) = state.store().existing_ledger()? {
        for tenant in state.store().tenants().await? {
            let totals = ledger.totals(&tenant)?;
            let deletions = ledger.deletions(&tenant)?;
            let rule = |(rule, records): (String, u64)| json!({"rule": rule, "records": records});
            tenants.push(json!({
                "tenant": tenant.as_str(),
                "received": totals.stored + totals.duplicates + totals.dropped,
                "stored": totals.stored,
                "quarantined": totals.quarantined,
                "duplicates": totals.duplicates,
                "dropped": totals.dropped,
                "rules": ledger.dropped(&tenant, None)?.into_iter().map(rule).collect::<Vec<_>>(),
                "deletions": deletions.iter().map(deletion).collect::<Vec<_>>(),
            }));
        }
    }
    Ok(Json(PolicyAnswer { tenants }))
}

fn deletion(deletion: &Deletion) -> Value {
    json!({
        "day": time::day_text(i64::from(deletion.day) * time::DAY),
        "deleted": time::iso_text(deletion.prepared),
        "version": deletion.version,
        "rules": deletion.rules,
        "vacuumed": deletion.vacuumed.map(time::iso_text),
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplainParameters {
    /// The key of a stored event.
    key: Option<String>,
    /// Or a search, of which the newest hundred events are explained.
    q: Option<String>,
    from: Option<String>,
    to: Option<String>,
    tenant: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ExplainAnswer {
    /// Each with `Key`, `rule` (who decides), and `steps` (what was looked at, in order).
    #[schema(value_type = Vec<Object>)]
    records: Vec<Value>,
}

/// What the policy would make of stored events if they came now, and why.
#[utoipa::path(get, path = "/api/v1/policy/explain", params(ExplainParameters),
    responses((status = 200, body = ExplainAnswer), (status = 400, body = ErrorBody)))]
pub async fn explain(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<ExplainParameters>,
) -> Answer<ExplainAnswer> {
    let searcher = state.searcher(parameters.tenant.as_deref()).await?;
    let rows: Vec<Row> = match (&parameters.key, &parameters.q) {
        (Some(key), None) => {
            let key = Key::parse(key)
                .ok_or_else(|| Refusal::wrong("the key is damaged", "take one of a search"))?;
            searcher.event(key).await?.into_iter().collect()
        }
        (None, Some(text)) => {
            let query = search::query::parse(text)?;
            let (from, to) = (&parameters.from, &parameters.to);
            let between = event::Filter::between(read_time("from", from)?, read_time("to", to)?);
            let scope = Scope::events(event::Filter::all([query, between]));
            let (order, limit) = (Order::NewestFirst, Some(EXPLAINED_MAX));
            searcher.page(&ListQuery { scope, order, limit, after: None }).await?
        }
        _ => return Err(Refusal::wrong("a key or a search is needed", "give key or q")),
    };
    let now = MachineClock.now();
    let explained = rows.iter().map(|row| {
        let event = row.event(decode::body(&row.raw));
        explained(&state, &event, now).map_err(internal)
    });
    Ok(Json(ExplainAnswer { records: explained.collect::<Result<_, _>>()? }))
}

fn explained(state: &State, event: &Event, now: i64) -> Result<Value, String> {
    let tenant = TenantName::new(event.text(Field::Tenant).unwrap_or("default"))?;
    let keep_all = Policy::default();
    let policy = state.policies().of(&tenant).unwrap_or(&keep_all);
    let judgement = policy.judge(event, now);
    Ok(json!({
        "Key": event.key.to_string(),
        "rule": judgement.rule,
        "steps": policy.explain(event, now),
    }))
}
