//! The HTTP API and the web page.
//!
//! Everything the page does goes through `/api/v1`, which `openapi.json` there describes. On
//! loopback anybody on the machine may ask; beyond it a token and TLS are required. The Host
//! header must name the server, so that no web site can reach it under a name of its own.

mod answer;
mod api;
pub mod issues;
pub mod jobs;
mod ledger;
mod mailbox;
mod outputs;
mod page;
mod policy;
mod reports;
mod security;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::middleware;
use search::{Cache, Searcher};
use store::{Store, Table};
use tokio::sync::Mutex;

use crate::collect::schedule::Pace;
use crate::config::{Config, Mail, Output, Policies, Reports};

pub use api::open_api;
pub use security::Guard;

/// How old the view of the tables may be.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// What the handlers share.
pub struct State {
    store: Store,
    pace: Pace,
    outputs: Vec<Output>,
    policies: Policies,
    reports: Reports,
    mail: Option<Mail>,
    cache: Arc<Cache>,
    tables: Mutex<(Vec<Table>, Option<Instant>)>,
}

impl State {
    /// What the configuration says of answers.
    pub fn new(store: Store, config: &Config) -> anyhow::Result<Arc<State>> {
        Ok(Arc::new(State {
            store,
            pace: config.collect.pace(),
            outputs: config.outputs()?,
            policies: config.policy.policies()?,
            reports: config.reports.clone(),
            mail: config.mail.clone(),
            cache: Cache::new(Cache::BYTES_DEFAULT),
            tables: Mutex::default(),
        }))
    }

    fn store(&self) -> &Store {
        &self.store
    }

    /// The configured outputs.
    fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// What is kept, by tenant.
    fn policies(&self) -> &Policies {
        &self.policies
    }

    /// What reports call the tenant's own.
    fn reports(&self) -> &Reports {
        &self.reports
    }

    /// How results are mailed.
    fn mail(&self) -> Option<&Mail> {
        self.mail.as_ref()
    }

    /// What counts as late.
    fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The tables as they are now, or were a second ago.
    pub async fn tables(&self) -> store::Result<Vec<Table>> {
        let mut tables = self.tables.lock().await;
        if tables.1.is_some_and(|at| at.elapsed() < FRESH_FOR) {
            return Ok(tables.0.clone());
        }
        for tenant in self.store.tenants().await? {
            match tables.0.iter_mut().find(|table| *table.tenant() == tenant) {
                Some(table) => drop(table.refresh().await?),
                None => tables.0.extend(self.store.table(&tenant).await?),
            }
        }
        tables.1 = Some(Instant::now());
        Ok(tables.0.clone())
    }

    pub async fn searcher(&self, tenant: Option<&str>) -> store::Result<Searcher> {
        let mut tables = self.tables().await?;
        if let Some(tenant) = tenant.filter(|tenant| !tenant.is_empty()) {
            tables.retain(|table| table.tenant().as_str() == tenant);
        }
        Ok(Searcher::new(tables, self.cache.clone(), decode::body).with_views(crate::views::find))
    }
}

/// The whole server as one service.
pub fn router(state: Arc<State>, guard: Arc<Guard>) -> Router {
    Router::new()
        .nest("/api/v1", api::routes(state))
        .fallback(page::asset)
        .layer(middleware::from_fn_with_state(guard, security::guard))
}

/// Serves on a bound socket until `stop` is done.
pub async fn serve(
    listener: tokio::net::TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

/// May this address be served without token and TLS?
pub fn is_local(address: &SocketAddr) -> bool {
    address.ip().is_loopback()
}
