//! Where are metrics and health asked for?

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use source::service::{Clock, MachineClock};
use tokio::sync::Mutex;

use super::{Observer, health, metrics, sheet};

/// A scrape is answered from the last one if that is not older: strangers cannot keep the ledger
/// busy.
const FRESH_FOR: Duration = Duration::from_secs(1);

struct Endpoint {
    observer: Arc<Observer>,
    scraped: Mutex<Option<(Instant, String)>>,
}

/// Listens until the process ends. What is told has no audit data in it.
pub async fn serve(listen: SocketAddr, observer: Arc<Observer>) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| {
        format!("collect.listen {listen} cannot be listened on; name another in the configuration")
    })?;
    let listen = listener.local_addr()?.to_string();
    let endpoint = Arc::new(Endpoint { observer, scraped: Mutex::default() });
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .with_state(endpoint);
    tracing::info!(listen, "metrics and health are served at /metrics and /health");
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

async fn metrics(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let mut scraped = endpoint.scraped.lock().await;
    let is_fresh = scraped.as_ref().is_some_and(|(at, _)| at.elapsed() < FRESH_FOR);
    if !is_fresh {
        match endpoint.observer.metrics().await {
            Ok(text) => *scraped = Some((Instant::now(), text)),
            Err(error) => {
                tracing::error!("metrics: {error:#}");
                return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response();
            }
        }
    }
    let text = scraped.as_ref().map(|(_, text)| text.clone()).unwrap_or_default();
    ([(CONTENT_TYPE, sheet::MEDIA_TYPE)], text).into_response()
}

async fn health(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let (is_healthy, report) = health::report(&endpoint.observer.tenants(), MachineClock.now());
    let status = if is_healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

impl Observer {
    async fn metrics(self: &Arc<Observer>) -> Result<String> {
        let observer = self.clone();
        let work = move || {
            let tenants: Vec<metrics::Tenant> =
                observer.tenants().values().map(metrics::Tenant::of).collect();
            let cursors = match observer.store.existing_cursors()? {
                Some(cursors) => cursors.all()?,
                None => Vec::new(),
            };
            let outputs = metrics::Outputs { cursors, counts: observer.outputs.counts() };
            let jobs = match observer.store.existing_jobs()? {
                Some(jobs) => metrics::JobCounts {
                    states: jobs.counts()?,
                    deliveries_waiting: jobs.waiting_deliveries()?,
                },
                None => metrics::JobCounts::default(),
            };
            metrics::text(&tenants, &outputs, &jobs, &observer.ledger, MachineClock.now())
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| anyhow!(error))?
    }
}
