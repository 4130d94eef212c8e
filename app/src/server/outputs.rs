//! What do programs learn of the outputs?
#![allow(unused_qualifications, reason = "the macro that describes the API writes paths in full")]

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Reader;
use utoipa::ToSchema;

use super::State;
use super::answer::{ErrorBody, Refusal, internal};
use super::api::Answer;
use crate::config::start;
use crate::forward::{Standing, standings};

#[derive(Serialize, ToSchema)]
pub struct OutputsAnswer {
    outputs: Vec<Standing>,
}

/// How far each output is, by tenant.
#[utoipa::path(get, path = "/api/v1/outputs", responses((status = 200, body = OutputsAnswer)))]
pub async fn outputs(Shared(state): Shared<Arc<State>>) -> Answer<OutputsAnswer> {
    let outputs = standings(state.store(), state.outputs()).await.map_err(internal)?;
    Ok(Json(OutputsAnswer { outputs }))
}

#[derive(Serialize, ToSchema)]
pub struct ParkedRecord {
    tenant: String,
    /// The record's key, as /api/v1/events takes it.
    key: String,
    reason: String,
    /// RFC 3339.
    parked: String,
}

#[derive(Serialize, ToSchema)]
pub struct ParkedAnswer {
    parked: Vec<ParkedRecord>,
}

/// What an output's service refused, oldest first.
#[utoipa::path(get, path = "/api/v1/outputs/{name}/parked",
    params(("name" = String, Path, description = "The output's name")),
    responses((status = 200, body = ParkedAnswer), (status = 404, body = ErrorBody)))]
pub async fn parked(
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
) -> Answer<ParkedAnswer> {
    known(&state, &name)?;
    let rows = match state.store().existing_cursors()? {
        Some(cursors) => cursors.parked(&name)?,
        None => Vec::new(),
    };
    let parked = rows.into_iter().map(|row| ParkedRecord {
        tenant: row.reader.tenant.to_string(),
        key: row.key.to_string(),
        reason: row.reason,
        parked: event::time::iso_text(row.parked),
    });
    Ok(Json(ParkedAnswer { parked: parked.collect() }))
}

#[derive(Deserialize, ToSchema)]
pub struct ReplayRequest {
    /// Events from this time on, or `beginning`.
    from: String,
    /// One tenant only.
    tenant: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ReplayAnswer {
    /// Tenants whose records are delivered once more.
    tenants: Vec<String>,
}

/// Asks whoever serves the output to deliver everything from a time on once more.
#[utoipa::path(post, path = "/api/v1/outputs/{name}/replay", request_body = ReplayRequest,
    params(("name" = String, Path, description = "The output's name")),
    responses((status = 200, body = ReplayAnswer), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn replay(
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
    Json(request): Json<ReplayRequest>,
) -> Answer<ReplayAnswer> {
    let output = known(&state, &name)?;
    let start = start(Some(&request.from))
        .map_err(|error| Refusal::wrong(error.to_string(), "write a time or beginning"))?;
    let mut tenants = Vec::new();
    for tenant in state.store().tenants().await? {
        let is_wanted = request.tenant.as_ref().is_none_or(|name| tenant.as_str() == name);
        if is_wanted && output.takes(&tenant) {
            let reader = Reader { output: name.clone(), tenant: tenant.clone() };
            state.store().cursors()?.wish(&reader, start)?;
            tenants.push(tenant.to_string());
        }
    }
    Ok(Json(ReplayAnswer { tenants }))
}

fn known<'a>(state: &'a State, name: &str) -> Result<&'a crate::config::Output, Refusal> {
    let known = state.outputs().iter().find(|output| output.name == name);
    known.ok_or_else(|| {
        let words = format!("no output is named {name}");
        Refusal::new(StatusCode::NOT_FOUND, words, "see /api/v1/outputs")
    })
}
