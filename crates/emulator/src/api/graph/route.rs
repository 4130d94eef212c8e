//! Which call of Graph is asked for, and what does it need?
//!
//! Permissions are those that Graph's permission reference lists for applications.

use super::throttle::Workload;

/// A call, with the id of one item where one is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    SignIns(Option<String>),
    DirectoryAudits(Option<String>),
    HealthOverviews(Option<String>),
    Issues(Option<String>),
    Messages(Option<String>),
    MessageTraces,
    SubmitQuery,
    Queries,
    Query(String),
    QueryRecords(String),
}

/// Any of them opens all records here; the service shows those of its own workload only.
const AUDIT_QUERY: [&str; 7] = [
    "AuditLogsQuery.Read.All",
    "AuditLogsQuery-Entra.Read.All",
    "AuditLogsQuery-CRM.Read.All",
    "AuditLogsQuery-Endpoint.Read.All",
    "AuditLogsQuery-Exchange.Read.All",
    "AuditLogsQuery-OneDrive.Read.All",
    "AuditLogsQuery-SharePoint.Read.All",
];

impl Route {
    /// Graph reads paths without regard to case.
    pub(super) fn find(method: &str, path: &[&str]) -> Option<Route> {
        let lower: Vec<String> = path.iter().map(|part| part.to_ascii_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        // Ids keep the case they were asked in.
        let item = |at: usize| path.get(at).map(|id| (*id).replace("%20", " "));
        let route = match (method, &lower[..]) {
            ("GET", ["auditlogs", "signins"] | ["auditlogs", "signins", _]) => {
                Route::SignIns(item(2))
            }
            ("GET", ["auditlogs", "directoryaudits"] | ["auditlogs", "directoryaudits", _]) => {
                Route::DirectoryAudits(item(2))
            }
            ("GET", ["admin", "serviceannouncement", list, rest @ ..]) if rest.len() < 2 => {
                match *list {
                    "healthoverviews" => Route::HealthOverviews(item(3)),
                    "issues" => Route::Issues(item(3)),
                    "messages" => Route::Messages(item(3)),
                    _ => return None,
                }
            }
            ("GET", ["admin", "exchange", "tracing", "messagetraces"]) => Route::MessageTraces,
            ("POST", ["security", "auditlog", "queries"]) => Route::SubmitQuery,
            ("GET", ["security", "auditlog", "queries"]) => Route::Queries,
            ("GET", ["security", "auditlog", "queries", _]) => Route::Query(item(3)?),
            ("GET", ["security", "auditlog", "queries", _, "records"]) => {
                Route::QueryRecords(item(3)?)
            }
            _ => return None,
        };
        Some(route)
    }

    /// For the log of requests.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Route::SignIns(_) => "Graph.signIns",
            Route::DirectoryAudits(_) => "Graph.directoryAudits",
            Route::HealthOverviews(_) => "Graph.healthOverviews",
            Route::Issues(_) => "Graph.issues",
            Route::Messages(_) => "Graph.messages",
            Route::MessageTraces => "Graph.messageTraces",
            Route::SubmitQuery => "Graph.submitQuery",
            Route::Queries => "Graph.queries",
            Route::Query(_) => "Graph.query",
            Route::QueryRecords(_) => "Graph.queryRecords",
        }
    }

    /// Application permissions of which one must be held.
    pub(super) fn roles(&self) -> &'static [&'static str] {
        match self {
            Route::SignIns(_) => &["AuditLog.Read.All"],
            Route::DirectoryAudits(_) => &["AuditLog.Read.All", "Directory.Read.All"],
            Route::HealthOverviews(_) | Route::Issues(_) => &["ServiceHealth.Read.All"],
            Route::Messages(_) => &["ServiceMessage.Read.All"],
            Route::MessageTraces => &["ExchangeMessageTrace.Read.All"],
            Route::SubmitQuery | Route::Queries | Route::Query(_) | Route::QueryRecords(_) => {
                &AUDIT_QUERY
            }
        }
    }

    pub(super) fn workload(&self) -> Workload {
        match self {
            Route::SignIns(_) | Route::DirectoryAudits(_) => Workload::Reports,
            Route::MessageTraces => Workload::MessageTrace,
            Route::SubmitQuery => Workload::QuerySubmission,
            _ => Workload::Other,
        }
    }

    /// Sign-ins are for tenants with Entra P1 or P2.
    pub(super) fn needs_premium(&self) -> bool {
        matches!(self, Route::SignIns(_))
    }
}
