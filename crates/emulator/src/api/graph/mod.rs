//! How is a request to Microsoft Graph answered?
//!
//! Facts come from Graph's published metadata and its permission and throttling pages. First come
//! the checks common to all calls (token, audience, permission, rate), then the faults that strike
//! by chance, then the call.

mod announcement_texts;
mod announcements;
mod audit_records;
mod audit_search;
mod directory_audits;
mod error;
mod filter;
mod health;
mod late;
mod message_traces;
mod page;
mod record_type_names;
mod route;
mod sign_ins;
mod throttle;
mod truth;

use std::time::Duration;

pub(super) use audit_search::Queries;
use error::GraphError;
use route::Route;
pub(super) use throttle::GraphThrottle;
pub use truth::GraphTruth;

use super::audience::{Audience, GRAPH_PREFIX};
use super::credentials::Claims;
use super::emulator::{Emulator, lock};
use super::faults::Faults;
use super::luck::{Luck, Strike};
use super::message::{Answer, Request};
use super::options::TenantSetup;
use crate::clock::Millis;
use crate::publication::{Publication, request_guid};

/// A Graph request that has passed the checks common to all.
struct Call<'a> {
    emulator: &'a Emulator,
    tenant: usize,
    now: Millis,
    request: &'a Request,
    faults: &'a Faults,
    luck: Luck,
    beta: bool,
    /// `http://host/v1.0`, or `http://host/graph/v1.0` when it was asked there.
    root: String,
}

/// Status and body.
type Done = Result<(u16, String), GraphError>;

impl Emulator {
    /// Answers a request whose path goes on after the version; names the call for the log.
    pub(super) fn graph(
        &self,
        request: &Request,
        prefixed: bool,
        version: &str,
        path: &[&str],
        now: Millis,
    ) -> (&'static str, Answer) {
        let number = self.next_number();
        let faults = self.faults();
        let luck = Luck::new(self.options.seed, number);
        let route = Route::find(&request.method, path);
        let name = route.as_ref().map_or("Graph.Unknown", Route::name);
        if luck.strikes(faults.timeout_rate, Strike::Timeout) {
            return (name, Answer::never());
        }
        let base_url = self.base_url(request.header("host"));
        let prefix = if prefixed { format!("/{GRAPH_PREFIX}") } else { String::new() };
        let done = self.admit_to_graph(request, route.as_ref(), &faults, luck, now).and_then(
            |(tenant, route)| {
                if luck.strikes(faults.error_rate, Strike::Error) {
                    return Err(GraphError::broken(number));
                }
                let call = Call {
                    emulator: self,
                    tenant,
                    now,
                    request,
                    faults: &faults,
                    luck,
                    beta: version == "beta",
                    root: format!("{base_url}{prefix}/{version}"),
                };
                call.run(route)
            },
        );
        let request_id = request_guid(self.options.seed ^ 0x6A, number).to_string();
        let mut answer = answered(request, done, &request_id, now);
        if luck.strikes(faults.slow_rate, Strike::Slow) {
            answer.delay = Duration::from_millis(faults.slow_ms.into());
        }
        answer.gzip_lies = luck.strikes(faults.gzip_lies_rate, Strike::GzipLies);
        (name, answer)
    }

    fn admit_to_graph<'r>(
        &self,
        request: &Request,
        route: Option<&'r Route>,
        faults: &Faults,
        luck: Luck,
        now: Millis,
    ) -> Result<(usize, &'r Route), GraphError> {
        let claims = self.graph_claims(request, now)?;
        if luck.strikes(faults.unauthorized_rate, Strike::Unauthorized) {
            return Err(GraphError::unauthenticated(
                "Access token has expired or is not yet valid.",
            ));
        }
        let tenant = self
            .find_tenant(&claims.tid)
            .ok_or_else(|| GraphError::unauthenticated("The tenant of the token is unknown."))?;
        let route = route.ok_or_else(|| {
            GraphError::bad_request(format!("Resource not found for '{}'.", request.path()))
        })?;
        if !route.roles().iter().any(|role| claims.roles.iter().any(|held| held == role)) {
            return Err(GraphError::denied());
        }
        if route.needs_premium() && !self.options.tenants[tenant].premium {
            return Err(GraphError::not_premium());
        }
        if faults.graph_throttle {
            lock(&self.tenants[tenant].graph_throttle).admit(route.workload(), now)?;
        }
        Ok((tenant, route))
    }

    fn graph_claims(&self, request: &Request, now: Millis) -> Result<Claims, GraphError> {
        if request.header("authorization").is_none() {
            return Err(GraphError::unauthenticated("Access token is empty."));
        }
        if let Some(claims) = self.authenticated(request, Audience::Graph, now) {
            return Ok(claims);
        }
        let elsewhere = [Audience::Feed, Audience::Other]
            .iter()
            .any(|audience| self.authenticated(request, *audience, now).is_some());
        Err(GraphError::unauthenticated(if elsewhere {
            "Access token validation failure. Invalid audience."
        } else {
            "Access token has expired or is not yet valid."
        }))
    }
}

fn answered(request: &Request, done: Done, request_id: &str, now: Millis) -> Answer {
    let client_request_id = request.header("client-request-id").unwrap_or(request_id).to_owned();
    let (mut answer, retry_after) = match done {
        Ok((status, body)) => (Answer::json(status, body), None),
        Err(error) => {
            let body = error.body(request_id, &client_request_id, now);
            (Answer::json(error.status, body), error.retry_after)
        }
    };
    answer.headers.extend(retry_after.map(|seconds| ("Retry-After", seconds)));
    answer.headers.extend([
        ("request-id", request_id.to_owned()),
        ("client-request-id", client_request_id),
        (
            "x-ms-ags-diagnostic",
            r#"{"ServerInfo":{"DataCenter":"Emulator","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"EM0"}}"#.to_owned(),
        ),
    ]);
    answer
}

impl Call<'_> {
    fn run(&self, route: &Route) -> Done {
        let read = |body: Result<String, GraphError>| body.map(|body| (200, body));
        match route {
            Route::SignIns(id) => read(sign_ins::answer(self, id.as_deref())),
            Route::DirectoryAudits(id) => read(directory_audits::answer(self, id.as_deref())),
            Route::HealthOverviews(service) => read(health::answer(self, service.as_deref())),
            Route::Issues(id) => read(announcements::issues(self, id.as_deref())),
            Route::Messages(id) => read(announcements::messages(self, id.as_deref())),
            Route::MessageTraces => read(message_traces::answer(self)),
            Route::SubmitQuery => audit_search::submit(self).map(|body| (201, body)),
            Route::Queries => read(audit_search::list(self)),
            Route::Query(id) => read(audit_search::poll(self, id)),
            Route::QueryRecords(id) => read(audit_records::answer(self, id)),
        }
    }

    fn setup(&self) -> &TenantSetup {
        &self.emulator.options.tenants[self.tenant]
    }

    fn publication(&self) -> Publication<'_> {
        self.emulator.publication(self.tenant)
    }

    /// A system query option; the `$` may be left out.
    fn option(&self, name: &str) -> Option<String> {
        self.request.query(&format!("${name}")).or_else(|| self.request.query(name))
    }

    /// Where this call went, without its query.
    fn path_url(&self) -> String {
        let path = self.request.path();
        let version = if self.beta { "/beta" } else { "/v1.0" };
        let rest = path.split_once(version).map_or("", |(_, rest)| rest);
        format!("{}{rest}", self.root)
    }

    fn own_url(&self) -> String {
        match self.request.target.split_once('?') {
            Some((_, query)) => format!("{}?{query}", self.path_url()),
            None => self.path_url(),
        }
    }
}
