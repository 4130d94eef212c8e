//! What do programs and the page get of reports?
#![allow(unused_qualifications, reason = "the macro that describes the API writes paths in full")]

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use event::time;
use report::{Ask, Page};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use source::service::{Clock, MachineClock};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::answer::{ErrorBody, Refusal, internal};
use super::api::{Answer, read_time};
use crate::reports;

/// How far back a report looks unless told otherwise.
const LAST_DEFAULT: i64 = 14 * time::DAY;

#[derive(Serialize, ToSchema)]
pub struct ReportsAnswer {
    /// Each with `name`, `title`, `about`, `parameters` and `required`.
    #[schema(value_type = Vec<Object>)]
    reports: Vec<Value>,
}

/// The reports there are, and what each may be told.
#[utoipa::path(get, path = "/api/v1/reports", responses((status = 200, body = ReportsAnswer)))]
pub async fn list() -> Answer<ReportsAnswer> {
    Ok(Json(ReportsAnswer {
        reports: report::ALL.iter().map(|kind| reports::described(kind)).collect(),
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportParameters {
    /// From this time on; two weeks before the end unless given.
    from: Option<String>,
    /// Before this time; now unless given.
    to: Option<String>,
    tenant: Option<String>,
    /// Whose activity; `*` stands for anything.
    user: Option<String>,
    /// Whose mailbox; `*` stands for anything.
    mailbox: Option<String>,
    /// An address or a network.
    address: Option<String>,
    /// A document's URL or name; `*` stands for anything.
    document: Option<String>,
    /// A sign-in session.
    session: Option<String>,
    /// Which table is written as CSV; the first unless given.
    table: Option<String>,
}

/// A report as JSON; with `.csv` behind its name one table of it, with `.html` a page that needs
/// nothing else.
#[utoipa::path(get, path = "/api/v1/reports/{name}", params(ReportParameters,
        ("name" = String, Path, description = "The report's name")),
    responses((status = 200, description = "The page: what was asked, coverage, sections"),
        (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn report(
    Shared(state): Shared<Arc<State>>,
    Path(name): Path<String>,
    Query(parameters): Query<ReportParameters>,
) -> Result<Response, Refusal> {
    let start = Instant::now();
    let (name, form) = match name.rsplit_once('.') {
        Some((name, form)) => (name, form),
        None => (name.as_str(), "json"),
    };
    let kind = reports::kind(name).map_err(|error| {
        Refusal::new(StatusCode::NOT_FOUND, error.to_string(), "see /api/v1/reports")
    })?;
    let now = MachineClock.now();
    let ask = ask(&state, &parameters, now)?;
    reports::check(kind, &ask)
        .map_err(|error| Refusal::wrong(error.to_string(), "see /api/v1/reports"))?;
    let searcher = state.searcher(parameters.tenant.as_deref()).await?;
    let page = reports::answer(&searcher, state.store(), state.pace(), kind, ask, now);
    let page = page.await.map_err(|error| internal(format!("{error:#}")))?;
    match form {
        "json" => Ok(Json(as_json(&page, start)).into_response()),
        "html" => Ok(typed("text/html; charset=utf-8", report::render::html(&page))),
        "csv" => {
            let text = report::render::csv(&page, parameters.table.as_deref())
                .map_err(|words| Refusal::wrong(words, "see the tables of the JSON answer"))?;
            Ok(typed("text/csv; charset=utf-8", text))
        }
        other => {
            let words = format!("reports are written as json, csv or html, not as {other:?}");
            Err(Refusal::new(StatusCode::NOT_FOUND, words, "leave out the ending for JSON"))
        }
    }
}

fn ask(state: &State, parameters: &ReportParameters, now: i64) -> Result<Ask, Refusal> {
    let to = read_time("to", &parameters.to)?.unwrap_or(now);
    let from = read_time("from", &parameters.from)?.unwrap_or(to - LAST_DEFAULT);
    if from >= to {
        return Err(Refusal::wrong("the span ends before it begins", "look at from and to"));
    }
    let told = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let networks = state.reports().networks().map_err(internal)?;
    Ok(Ask {
        user: told(&parameters.user),
        mailbox: told(&parameters.mailbox),
        address: told(&parameters.address),
        document: told(&parameters.document),
        session: told(&parameters.session),
        from,
        to,
        domains: state.reports().domains(),
        networks,
    })
}

fn as_json(page: &Page, start: Instant) -> Value {
    let mut json: Value =
        serde_json::from_str(&report::render::json(page)).expect("a page is JSON");
    json["took_ms"] = Value::from(start.elapsed().as_millis() as u64);
    json
}

fn typed(content_type: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}
