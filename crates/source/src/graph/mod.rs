//! What has Microsoft Graph to give?
//!
//! A [`Graph`] is the client for one tenant. It lists the [`Log`]s that Graph keeps (sign-ins,
//! directory audits, message traces, service health and messages) by [`Window`], in pages of
//! envelopes, and it runs searches of the unified audit log as [`AuditQuery`]. It keeps nothing:
//! which window is next, and which record is new, is for the caller's ledger to know.
//!
//! A service is one file here and its logs in [`Log::ALL`]. Facts come from the Graph reference
//! (microsoftgraph/microsoft-graph-docs-contrib) unless a comment says otherwise.

mod audit_query;
mod directory_audits;
mod listing;
mod log;
mod message_trace;
mod page;
mod pages;
mod refusal;
mod service_announcement;
mod sign_ins;
#[cfg(test)]
mod tests;
mod window;
mod workload;

use std::sync::Arc;

pub use audit_query::{
    AuditQuery, AuditQueryPosition, AuditQueryReport, AuditQueryState, AuditRecords, Completeness,
    PARTS_MAX, POLL_PAUSE_MAX, POLL_PAUSE_MIN, RUN_TIME_MAX,
};
pub use listing::{Listing, Page};
pub use log::Log;
pub use page::PAGE_RECORDS_MAX;
pub use pages::PAGES_MAX;
pub use window::{Window, earliest, windows};
pub use workload::Quota;

use crate::service::{
    Api, Claims, Counts, Error, HttpTransport, Kind, Probe, Service, Settings, World,
};
use workload::Budgets;

/// The name of this source in an envelope's provenance.
pub const SOURCE: &str = "graph";

/// The client for one tenant. Clones share everything, the budgets and the token included.
#[derive(Clone)]
pub struct Graph(Arc<Inner>);

struct Inner {
    service: Service,
    budgets: Budgets,
}

impl Graph {
    /// A client on this machine's clock and network.
    pub fn new(settings: Settings) -> Result<Graph, Error> {
        let transport = HttpTransport::new(&settings).map_err(|words| {
            Error::new(Kind::Misconfigured, &settings.tenant, "prepare the network", words)
        })?;
        Graph::within(settings, World::of_this_machine(Arc::new(transport)))
    }

    /// A client in the world given. A cloud without an address of Graph is refused.
    ///
    /// [`Settings::requests_per_minute`] bounds the requests that no narrower quota of Graph's
    /// bounds; on loopback it bounds all, since an emulator has no quota of Microsoft's.
    pub fn within(settings: Settings, world: World) -> Result<Graph, Error> {
        if let Err(words) = settings.cloud.graph_url([]) {
            let operation = "reach Microsoft Graph";
            return Err(Error::new(Kind::Misconfigured, &settings.tenant, operation, words));
        }
        let budgets = Budgets::new(&settings, &world.clock);
        let per_minute = settings.requests_per_minute;
        let service = Service::new(settings, Api::Graph, per_minute, refusal::read, world);
        Ok(Graph(Arc::new(Inner { service, budgets })))
    }

    /// Gets a token, which shows that tenant, app and credential fit together.
    pub async fn sign_in(&self) -> Result<(), Error> {
        self.0.service.sign_in().await
    }

    /// What the current token says, signed in for if need be; `None` when it cannot be read, which
    /// is no fault of it. Its roles hold the permissions that were consented to.
    pub async fn claims(&self) -> Result<Option<Claims>, Error> {
        self.0.service.claims().await
    }

    /// Asks the sign-in host and Graph's host for nothing, to see whether they can be reached and
    /// what time they have.
    pub async fn probe(&self) -> Probe {
        self.0.service.probe().await
    }

    /// What was asked for so far.
    pub fn counts(&self) -> Counts {
        self.0.service.counts()
    }

    fn settings(&self) -> &Settings {
        &self.0.service.settings
    }

    fn now(&self) -> i64 {
        self.0.service.world.clock.now()
    }

    /// An address below Graph's root, such as `v1.0/auditLogs/signIns`.
    fn url(&self, path: &str) -> url::Url {
        let url = self.settings().cloud.graph_url(path.split('/'));
        url.expect("a cloud without Graph was refused")
    }

    fn error(&self, kind: Kind, operation: &str, words: impl Into<String>) -> Error {
        Error::new(kind, &self.settings().tenant, operation, words)
    }
}
