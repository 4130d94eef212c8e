//! `security/auditLog/queries`: searches of the audit log that run for a while.
//!
//! A search is remembered, its result is not: that is made from the feed's records when asked for.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Call;
use super::audit_records;
use super::error::GraphError;
use super::page::{self, Position, Shape};
use crate::api::emulator::lock;
use crate::clock::{self, Millis, SECOND};
use crate::publication::request_guid;
use crate::random::{blend, threshold};

/// Searches remembered for each tenant.
const QUERIES_MAX: usize = 1_000;
/// Searches that may be under way in a tenant, when throttling is on.
const RUNNING_MAX: usize = 50;
/// At least so many records for each query (the documented limit).
const RECORDS_LIMIT: u64 = 1_000_000;
/// Without a fault a search begins to run, and ends, after so many polls or seconds.
const START: (u32, Millis) = (2, 5 * SECOND);
const END: (u32, Millis) = (4, 30 * SECOND);

/// The searches of one tenant, the oldest first.
#[derive(Debug, Default)]
pub(in crate::api) struct Queries(Vec<Query>);

#[derive(Clone, Debug)]
pub(super) struct Query {
    id: String,
    /// What it asks for; the result shows what the feed had published until then.
    pub(super) filters: Filters,
    pub(super) submitted: Millis,
    polls: u32,
    will_fail: bool,
    /// Milliseconds it runs at least, and the only measure when not 0.
    slow: Millis,
    found: Option<u64>,
}

/// The body of a submission. Empty lists filter nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Filters {
    display_name: Option<String>,
    filter_start_date_time: Option<String>,
    filter_end_date_time: Option<String>,
    pub(super) record_type_filters: Vec<String>,
    pub(super) keyword_filter: Option<String>,
    pub(super) service_filters: Vec<String>,
    /// beta and older pages: a single text.
    pub(super) service_filter: Option<String>,
    pub(super) operation_filters: Vec<String>,
    pub(super) user_principal_name_filters: Vec<String>,
    pub(super) ip_address_filters: Vec<String>,
    pub(super) object_id_filters: Vec<String>,
    administrative_unit_id_filters: Vec<String>,
}

impl Filters {
    /// Start inclusive, end exclusive; the reference does not say.
    pub(super) fn span(&self) -> Option<(Millis, Millis)> {
        let time = |text: &Option<String>| clock::parse_any_time(text.as_deref()?);
        let (from, until) =
            (time(&self.filter_start_date_time)?, time(&self.filter_end_date_time)?);
        (from < until).then_some((from, until))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    NotStarted,
    Running,
    Succeeded,
    Failed,
}

impl Query {
    fn status(&self, now: Millis) -> Status {
        let since = now - self.submitted;
        let reached = |(polls, time): (u32, Millis)| self.polls >= polls || since >= time;
        let ended = if self.slow > 0 { since >= self.slow } else { reached(END) };
        match (ended, reached(START)) {
            (true, _) if self.will_fail => Status::Failed,
            (true, _) => Status::Succeeded,
            (false, true) => Status::Running,
            (false, false) => Status::NotStarted,
        }
    }

    fn to_json(&self, now: Millis) -> Value {
        let filters = &self.filters;
        json!({
            "id": self.id,
            "displayName": filters.display_name,
            "filterStartDateTime": filters.filter_start_date_time,
            "filterEndDateTime": filters.filter_end_date_time,
            "recordTypeFilters": filters.record_type_filters,
            "keywordFilter": filters.keyword_filter,
            "serviceFilters": filters.service_filters,
            "operationFilters": filters.operation_filters,
            "userPrincipalNameFilters": filters.user_principal_name_filters,
            "ipAddressFilters": filters.ip_address_filters,
            "objectIdFilters": filters.object_id_filters,
            "administrativeUnitIdFilters": filters.administrative_unit_id_filters,
            "status": match self.status(now) {
                Status::NotStarted => "notStarted",
                Status::Running => "running",
                Status::Succeeded => "succeeded",
                Status::Failed => "failed",
            },
            "approximateReturnedRecordCount": self.found.unwrap_or(0),
            "recordCountLimit": RECORDS_LIMIT,
            "isRecordCountLimitExceeded": self.found.is_some_and(|found| found > RECORDS_LIMIT),
        })
    }
}

pub(super) fn submit(call: &Call<'_>) -> Result<String, GraphError> {
    let filters: Filters = serde_json::from_slice(&call.request.body)
        .map_err(|error| GraphError::bad_request(format!("The body is not a query: {error}.")))?;
    if filters.span().is_none() {
        return Err(GraphError::bad_request(
            "filterStartDateTime and filterEndDateTime are needed, the start before the end.",
        ));
    }
    let mut queries = lock(&call.emulator.tenants[call.tenant].queries);
    let under_way =
        |query: &&Query| matches!(query.status(call.now), Status::NotStarted | Status::Running);
    if call.faults.graph_throttle && queries.0.iter().filter(under_way).count() >= RUNNING_MAX {
        return Err(GraphError::too_many(None));
    }
    let number = call.emulator.next_number();
    let seed = call.emulator.options.seed ^ 0x5EA2;
    let query = Query {
        id: request_guid(seed, number).to_string(),
        filters,
        submitted: call.now,
        polls: 0,
        will_fail: blend(seed, number) < threshold(call.faults.audit_query_failed_rate),
        slow: i64::from(call.faults.audit_query_seconds) * SECOND,
        found: None,
    };
    let body = entity(call, query.to_json(call.now), "security/auditLog/queries/$entity");
    if queries.0.len() == QUERIES_MAX {
        queries.0.remove(0);
    }
    queries.0.push(query);
    Ok(body)
}

pub(super) fn list(call: &Call<'_>) -> Result<String, GraphError> {
    let queries = lock(&call.emulator.tenants[call.tenant].queries).0.clone();
    let place =
        |(at, query): (usize, Query)| (Position { time: query.submitted, tie: at as u64 }, query);
    let rows = queries.into_iter().enumerate().map(place).collect();
    let shape = Shape {
        path: "security/auditLog/queries".into(),
        time: "",
        page_default: 100,
        page_max: 1_000,
    };
    page::answer(call, &shape, rows, |query: &Query| Some(query.to_json(call.now).to_string()))
}

/// One look at a search. Each brings it nearer to its end.
pub(super) fn poll(call: &Call<'_>, id: &str) -> Result<String, GraphError> {
    let mut query = with(call, id, |query| {
        query.polls = query.polls.saturating_add(1);
        query.clone()
    })?;
    if query.status(call.now) == Status::Succeeded && query.found.is_none() {
        // Counted outside of the lock: it takes a look at every record of the span.
        let found = audit_records::count(call, &query);
        query = with(call, id, |query| {
            query.found = Some(found);
            query.clone()
        })?;
    }
    Ok(entity(call, query.to_json(call.now), "security/auditLog/queries/$entity"))
}

/// A search whose result can be read.
pub(super) fn succeeded(call: &Call<'_>, id: &str) -> Result<Query, GraphError> {
    let query = with(call, id, |query| query.clone())?;
    match query.status(call.now) {
        Status::Succeeded => Ok(query),
        // What the service says is not known.
        _ => Err(GraphError::bad_request("The query has not succeeded.")),
    }
}

fn with<T>(call: &Call<'_>, id: &str, act: impl FnOnce(&mut Query) -> T) -> Result<T, GraphError> {
    let mut queries = lock(&call.emulator.tenants[call.tenant].queries);
    let query = queries.0.iter_mut().find(|query| query.id.eq_ignore_ascii_case(id));
    query.map(act).ok_or_else(|| GraphError::not_found(id))
}

fn entity(call: &Call<'_>, mut json: Value, path: &str) -> String {
    json["@odata.context"] = format!("{}/$metadata#{path}", call.root).into();
    json.to_string()
}
