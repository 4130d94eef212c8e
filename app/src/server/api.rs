//! What can be asked?
#![allow(unused_qualifications, reason = "the macro that describes the API writes paths in full")]

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{DefaultBodyLimit, Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use event::{Field, Filter, Key, Kind, Name, leaves, time};
use search::{Cursor, ListQuery, Order, Scope, SummaryQuery, interval_for};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::State;
use super::answer::{ErrorBody, Refusal};
use super::issues::count_issues;
use crate::evidence::{self, StandingAnswer};
use crate::{present, views};

pub(super) type Answer<T> = Result<Json<T>, Refusal>;

/// The most rows of one page.
const LIMIT_MAX: usize = 1000;
/// The most rows of one SQL answer.
const SQL_ROWS_MAX: usize = 10_000;
/// The largest request body, bytes.
const BODY_BYTES_MAX: usize = 1 << 20;
/// The longest values listed of one event's fields.
const FIELDS_MAX: usize = 5000;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "trail365",
        description = "The audit trail of Microsoft 365 tenants. Times are ISO 8601 in UTC."
    ),
    paths(
        status,
        search_events,
        summary,
        event,
        sql,
        sql_views,
        issues,
        quarantine,
        super::ledger::gaps,
        super::ledger::ledger,
        super::outputs::outputs,
        super::outputs::parked,
        super::outputs::replay,
        super::jobs::jobs,
        super::jobs::create,
        super::jobs::job,
        super::jobs::cancel,
        super::jobs::remove,
        super::jobs::result,
        super::mailbox::search,
        super::policy::policy,
        super::policy::explain,
        super::reports::list,
        super::reports::report
    ),
    components(schemas(ErrorBody))
)]
struct Document;

/// The description of this API, generated from it.
pub fn open_api() -> Value {
    serde_json::to_value(Document::openapi()).expect("a document of plain values")
}

pub fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/search", get(search_events))
        .route("/summary", get(summary))
        .route("/events/{key}", get(event))
        .route("/sql", post(sql))
        .route("/sql/views", get(sql_views))
        .route("/issues", get(issues))
        .route("/quarantine", get(quarantine))
        .route("/gaps", get(super::ledger::gaps))
        .route("/ledger", get(super::ledger::ledger))
        .route("/outputs", get(super::outputs::outputs))
        .route("/outputs/{name}/parked", get(super::outputs::parked))
        .route("/outputs/{name}/replay", post(super::outputs::replay))
        .route("/mailbox/search", get(super::mailbox::search))
        .route("/policy", get(super::policy::policy))
        .route("/policy/explain", get(super::policy::explain))
        .route("/reports", get(super::reports::list))
        .route("/reports/{name}", get(super::reports::report))
        .route("/jobs", get(super::jobs::jobs).post(super::jobs::create))
        .route("/jobs/{id}", get(super::jobs::job).delete(super::jobs::remove))
        .route("/jobs/{id}/cancel", post(super::jobs::cancel))
        .route("/jobs/{id}/result", get(super::jobs::result))
        .route("/openapi.json", get(|| async { Json(open_api()) }))
        .fallback(|| async {
            Refusal::new(StatusCode::NOT_FOUND, "there is no such call", "see /api/v1/openapi.json")
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(state)
}

#[derive(Serialize, ToSchema)]
struct Status {
    version: &'static str,
    tenants: Vec<TenantStatus>,
    records: u64,
    quarantined: u64,
    /// The first and last event's time.
    first: Option<String>,
    last: Option<String>,
    fields: Vec<FieldStatus>,
}

#[derive(Serialize, ToSchema)]
struct TenantStatus {
    name: String,
    records: u64,
    quarantined: u64,
    first: Option<String>,
    last: Option<String>,
    bytes: u64,
    files: usize,
    /// How far collecting has come; empty for a tenant that was only imported.
    content_types: Vec<StandingAnswer>,
}

#[derive(Serialize, ToSchema)]
struct FieldStatus {
    name: &'static str,
    /// text, time, number or address.
    kind: &'static str,
    facet: bool,
    description: &'static str,
}

/// What is stored, and which fields have a column.
#[utoipa::path(get, path = "/api/v1/status", responses((status = 200, body = Status)))]
async fn status(Shared(state): Shared<Arc<State>>) -> Answer<Status> {
    let tables = state.tables().await?;
    let pace = *state.pace();
    let standings = move |ledger: &store::Ledger, now| evidence::standings(ledger, &pace, now);
    let mut standings = super::ledger::ask(&state, standings).await?.unwrap_or_default();
    let tenants: Vec<TenantStatus> = tables
        .iter()
        .map(|table| TenantStatus {
            name: table.tenant().to_string(),
            records: table.records(),
            quarantined: table.quarantined(),
            first: table.time().map(|t| time::iso_text(t.0)),
            last: table.time().map(|t| time::iso_text(t.1)),
            bytes: table.bytes(),
            files: table.files().len(),
            content_types: standings.remove(table.tenant().as_str()).unwrap_or_default(),
        })
        .collect();
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        records: tenants.iter().map(|tenant| tenant.records).sum(),
        quarantined: tenants.iter().map(|tenant| tenant.quarantined).sum(),
        first: tenants.iter().filter_map(|tenant| tenant.first.clone()).min(),
        last: tenants.iter().filter_map(|tenant| tenant.last.clone()).max(),
        tenants,
        fields: Field::ALL.into_iter().map(field_status).collect(),
    }))
}

fn field_status(field: Field) -> FieldStatus {
    let kind = match field.kind() {
        Kind::Text => "text",
        Kind::Int => "number",
        Kind::Time => "time",
        Kind::Address => "address",
    };
    FieldStatus {
        name: field.name(),
        kind,
        facet: field.is_facet(),
        description: field.description(),
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchParameters {
    /// The search text; empty for all events.
    #[serde(default)]
    q: String,
    /// From this time on.
    from: Option<String>,
    /// Before this time.
    to: Option<String>,
    tenant: Option<String>,
    /// At most this many rows, up to 1000.
    limit: Option<usize>,
    /// `-CreationTime` for newest first (the default), or `CreationTime`.
    sort: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct SearchAnswer {
    took_ms: u64,
    /// Events: their columns (missing ones left out), `Key` and `Line`.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Map<String, Value>>,
    /// Hand it in as `cursor` for the next page; null at the end.
    next: Option<String>,
}

/// A page of events.
#[utoipa::path(get, path = "/api/v1/search", params(SearchParameters),
    responses((status = 200, body = SearchAnswer), (status = 400, body = ErrorBody)))]
async fn search_events(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<SearchParameters>,
) -> Answer<SearchAnswer> {
    let start = Instant::now();
    let scope = scope(&parameters.q, &parameters.from, &parameters.to)?;
    let limit = parameters.limit.unwrap_or(100).clamp(1, LIMIT_MAX);
    let order = match parameters.sort.as_deref() {
        None | Some("-CreationTime") => Order::NewestFirst,
        Some("CreationTime") => Order::OldestFirst,
        Some(other) => {
            let message = format!("sort {other:?} is not known");
            return Err(Refusal::wrong(message, "use CreationTime or -CreationTime"));
        }
    };
    let after = parameters.cursor.as_deref().map(read_cursor).transpose()?;
    let searcher = state.searcher(parameters.tenant.as_deref()).await?;
    // One more than asked for tells whether there is a next page.
    let query = ListQuery { scope, order, limit: Some(limit + 1), after };
    let mut rows = searcher.page(&query).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(write_cursor);
    let rows = rows.iter().map(row_json).collect();
    Ok(Json(SearchAnswer { took_ms: millis(start), rows, next }))
}

fn row_json(row: &search::Row) -> Map<String, Value> {
    let mut object = present::columns_json(row);
    let line = decode::line(&row.event(decode::body(&row.raw)));
    object.insert("Line".to_owned(), line.into());
    object
}

fn scope(text: &str, from: &Option<String>, to: &Option<String>) -> Result<Scope, Refusal> {
    let filter = search::query::parse(text)?;
    let between = Filter::between(read_time("from", from)?, read_time("to", to)?);
    Ok(Scope::events(Filter::all([filter, between])))
}

pub(super) fn read_time(name: &str, text: &Option<String>) -> Result<Option<i64>, Refusal> {
    match text.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => time::parse(text).map(Some).ok_or_else(|| {
            Refusal::wrong(format!("{name} {text:?} is no time"), "write 2026-01-24T06:54:24Z")
        }),
    }
}

fn write_cursor(row: &search::Row) -> String {
    let time = match row.cell(Field::CreationTime) {
        Some(event::Cell::Time(micros)) => *micros,
        _ => i64::MIN,
    };
    format!("{time}.{}", row.key)
}

fn read_cursor(text: &str) -> Result<Cursor, Refusal> {
    let parts = text
        .split_once('.')
        .and_then(|(time, key)| Some(Cursor { time: time.parse().ok()?, key: Key::parse(key)? }));
    parts.ok_or_else(|| Refusal::wrong("the cursor is damaged", "begin again without one"))
}

fn millis(start: Instant) -> u64 {
    start.elapsed().as_millis() as u64
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SummaryParameters {
    #[serde(default)]
    q: String,
    from: Option<String>,
    to: Option<String>,
    tenant: Option<String>,
    /// About how many buckets the histogram should have.
    buckets: Option<i64>,
    /// Names of columns or paths, with commas; the usual eight unless given.
    facets: Option<String>,
    /// How many values of each facet.
    top: Option<usize>,
}

#[derive(Serialize, ToSchema)]
struct SummaryAnswer {
    took_ms: u64,
    total: u64,
    /// The span the histogram covers.
    from: Option<String>,
    to: Option<String>,
    histogram: HistogramAnswer,
    facets: Vec<FacetAnswer>,
}

#[derive(Serialize, ToSchema)]
struct HistogramAnswer {
    interval_seconds: i64,
    /// Empty buckets are left out.
    buckets: Vec<BucketAnswer>,
}

#[derive(Serialize, ToSchema)]
struct BucketAnswer {
    start: String,
    count: u64,
}

#[derive(Serialize, ToSchema)]
struct FacetAnswer {
    field: String,
    values: Vec<ValueAnswer>,
    /// How many different values there are.
    distinct: u64,
    /// Events without the field.
    missing: u64,
}

#[derive(Serialize, ToSchema)]
struct ValueAnswer {
    value: String,
    count: u64,
}

/// Counts: in all, over time, and by value.
#[utoipa::path(get, path = "/api/v1/summary", params(SummaryParameters),
    responses((status = 200, body = SummaryAnswer), (status = 400, body = ErrorBody)))]
async fn summary(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<SummaryParameters>,
) -> Answer<SummaryAnswer> {
    let start = Instant::now();
    let scope = scope(&parameters.q, &parameters.from, &parameters.to)?;
    let searcher = state.searcher(parameters.tenant.as_deref()).await?;
    let stored = searcher.time();
    let from = read_time("from", &parameters.from)?.or(stored.map(|t| t.0));
    let to = read_time("to", &parameters.to)?.or(stored.map(|t| t.1 + 1000));
    let span = to.zip(from).map_or(time::DAY, |(to, from)| (to - from).max(1));
    let interval = interval_for(span, parameters.buckets.unwrap_or(120));
    let facets = match parameters.facets.as_deref() {
        None => search::FACETS.into_iter().map(Name::Column).collect(),
        Some("") => Vec::new(),
        Some(names) => names.split(',').map(Name::parse).collect(),
    };
    let top = parameters.top.unwrap_or(10).min(LIMIT_MAX);
    let query = SummaryQuery { scope, interval: Some(interval), facets, top };
    let summary = searcher.summary(&query).await?;
    Ok(Json(SummaryAnswer {
        took_ms: millis(start),
        total: summary.total,
        from: from.map(time::iso_text),
        to: to.map(time::iso_text),
        histogram: histogram_answer(summary.histogram.unwrap_or_default()),
        facets: summary.facets.into_iter().map(facet_answer).collect(),
    }))
}

fn histogram_answer(histogram: search::Histogram) -> HistogramAnswer {
    let bucket = |bucket: search::Bucket| BucketAnswer {
        start: time::iso_text(bucket.start),
        count: bucket.count,
    };
    HistogramAnswer {
        interval_seconds: histogram.interval / time::SECOND,
        buckets: histogram.buckets.into_iter().map(bucket).collect(),
    }
}

fn facet_answer(facet: search::Facet) -> FacetAnswer {
    let value = |v: search::FacetValue| ValueAnswer { value: v.value, count: v.count };
    FacetAnswer {
        field: facet.field,
        values: facet.values.into_iter().map(value).collect(),
        distinct: facet.distinct,
        missing: facet.missing,
    }
}

/// One event with all its fields and its raw text.
#[utoipa::path(get, path = "/api/v1/events/{key}", params(("key" = String, Path, description = "The event's Key")),
    responses((status = 200, body = Object), (status = 404, body = ErrorBody)))]
async fn event(Shared(state): Shared<Arc<State>>, Path(key): Path<String>) -> Answer<Value> {
    let absent = || {
        let message = format!("no event has the key {key:?}");
        Refusal::new(StatusCode::NOT_FOUND, message, "take a Key from a search")
    };
    let key = Key::parse(&key).ok_or_else(absent)?;
    let searcher = state.searcher(None).await?;
    let row = searcher.event(key).await?.ok_or_else(absent)?;
    let event = row.event(decode::body(&row.raw));
    let mut fields = Vec::new();
    leaves(&event.body, &mut |path, value| {
        if fields.len() < FIELDS_MAX {
            fields.push(json!({"path": path, "value": value}));
        }
    });
    let mut columns = present::columns_json(&row);
    let issues = columns.remove(Field::Issues.name()).unwrap_or(json!([]));
    let provenance: Map<String, Value> = [
        Field::Source,
        Field::Origin,
        Field::Position,
        Field::ContentType,
        Field::IngestTime,
        Field::Wrapper,
        Field::Quarantine,
    ]
    .into_iter()
    .filter_map(|field| columns.remove_entry(field.name()))
    .collect();
    columns.remove("Key");
    Ok(Json(json!({
        "Key": key.to_string(),
        "line": decode::line(&event),
        "columns": columns,
        "fields": fields,
        "issues": issues,
        "provenance": provenance,
        "raw": String::from_utf8_lossy(&row.raw),
    })))
}

#[derive(Deserialize, ToSchema)]
struct SqlRequest {
    /// A query over `events` and `quarantine`.
    sql: String,
    /// At most this many rows, up to 10000.
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
struct SqlAnswer {
    columns: Vec<SqlColumnAnswer>,
    #[schema(value_type = Vec<Vec<Object>>)]
    rows: Vec<Vec<Value>>,
    took_ms: u64,
    /// There were more rows than the limit.
    truncated: bool,
}

#[derive(Serialize, ToSchema)]
struct SqlColumnAnswer {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// A read-only SQL query.
#[utoipa::path(post, path = "/api/v1/sql", request_body = SqlRequest,
    responses((status = 200, body = SqlAnswer), (status = 400, body = ErrorBody)))]
async fn sql(
    Shared(state): Shared<Arc<State>>,
    Json(request): Json<SqlRequest>,
) -> Answer<SqlAnswer> {
    let start = Instant::now();
    let limit = request.limit.unwrap_or(1000).min(SQL_ROWS_MAX);
    let searcher = state.searcher(None).await?;
    let mut columns = Vec::new();
    let mut rows: Vec<Vec<Value>> = Vec::new();
    searcher
        .sql(&request.sql, |names, batch| {
            if columns.is_empty() {
                let column = |c: &search::sql::SqlColumn| SqlColumnAnswer {
                    name: c.name.clone(),
                    kind: c.kind.clone(),
                };
                columns = names.iter().map(column).collect();
            }
            rows.extend(batch);
            rows.len() <= limit
        })
        .await?;
    let truncated = rows.len() > limit;
    rows.truncate(limit);
    Ok(Json(SqlAnswer { columns, rows, took_ms: millis(start), truncated }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ViewParameters {
    /// The columns of this view; without it the names of all views.
    name: Option<String>,
}

/// What SQL has beside `events` and `quarantine`.
#[utoipa::path(get, path = "/api/v1/sql/views", params(ViewParameters),
    responses((status = 200, body = Object), (status = 404, body = ErrorBody)))]
async fn sql_views(Query(parameters): Query<ViewParameters>) -> Answer<Value> {
    let Some(name) = parameters.name.filter(|name| !name.is_empty()) else {
        let names: Vec<&str> = views::all().map(|view| view.name.as_str()).collect();
        return Ok(Json(json!({ "views": names })));
    };
    let view = views::find(&name.to_lowercase()).ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            format!("there is no view {name:?}"),
            "leave out the name to see all",
        )
    })?;
    let column = |it: &search::sql::ViewColumn| json!({ "name": it.name, "holds": views::describe(&it.from) });
    let columns: Vec<Value> = view.columns.iter().map(column).collect();
    Ok(Json(json!({ "view": view.name, "columns": columns })))
}

/// The oddities met, counted.
#[utoipa::path(get, path = "/api/v1/issues", responses((status = 200, body = Object)))]
async fn issues(Shared(state): Shared<Arc<State>>) -> Answer<Value> {
    let searcher = state.searcher(None).await?;
    let issues = count_issues(&searcher).await?;
    let issues: Vec<Value> = issues.iter().map(|issue| issue.json()).collect();
    Ok(Json(json!({ "issues": issues })))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct QuarantineParameters {
    limit: Option<usize>,
}

/// Bytes that could not be read as a record, newest first.
#[utoipa::path(get, path = "/api/v1/quarantine", params(QuarantineParameters),
    responses((status = 200, body = Object)))]
async fn quarantine(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<QuarantineParameters>,
) -> Answer<Value> {
    let searcher = state.searcher(None).await?;
    let query = ListQuery {
        scope: Scope { filter: Filter::All, quarantined: true },
        order: Order::NewestFirst,
        limit: Some(parameters.limit.unwrap_or(100).clamp(1, LIMIT_MAX)),
        after: None,
    };
    let rows = searcher.page(&query).await?;
    let row = |row: &search::Row| {
        let text = |field| row.text(field).unwrap_or_default().to_owned();
        let source = format!("{} {}", text(Field::Source), text(Field::Origin));
        json!({
            "Key": row.key.to_string(),
            "reason": text(Field::Quarantine),
            "source": source,
            "position": row.cell(Field::Position).map(|c| present::cell_text(Field::Position, c)),
            "text": String::from_utf8_lossy(&row.raw),
        })
    };
    Ok(Json(json!({ "rows": rows.iter().map(row).collect::<Vec<_>>() })))
}
