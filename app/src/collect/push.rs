//! What does the service push to us?
//!
//! A webhook call says that content became available. It is answered with 200 once the ledger has
//! it on disk; what it says is fetched like what was listed, and listing goes on, so a call that
//! never comes costs only time. Anybody can call: see `source::activity_feed` for what is believed.

use std::collections::HashSet;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use source::activity_feed::notification::{BYTES_MAX, Call, Expected, Refused, read_call};
use source::service::Secret;
use tokio::sync::Semaphore;

use super::Collector;
use crate::config::Webhook;

/// Calls read at the same time; others are told to come again.
const CALLS_MAX: usize = 32;
/// How long a call may take to arrive.
const ARRIVAL_MAX: Duration = Duration::from_secs(30);

/// The tenants of whom calls may tell.
#[derive(Default)]
pub struct Receiver {
    collectors: RwLock<Vec<Arc<Collector>>>,
}

impl Receiver {
    pub fn add(&self, collector: Arc<Collector>) {
        self.collectors.write().expect("no holder panics").push(collector);
    }

    pub fn remove(&self, collector: &Arc<Collector>) {
        let mut collectors = self.collectors.write().expect("no holder panics");
        collectors.retain(|known| !Arc::ptr_eq(known, collector));
    }

    /// Those of whom a body speaks; when it speaks of none of ours, as a validation does, any one,
    /// to judge who is calling.
    fn addressed(&self, body: &[u8]) -> Vec<Arc<Collector>> {
        let collectors = self.collectors.read().expect("no holder panics");
        let items: Vec<Value> = serde_json::from_slice(body).unwrap_or_default();
        let tenants: HashSet<String> = items
            .iter()
            .filter_map(|item| Some(item.get("tenantId")?.as_str()?.to_ascii_lowercase()))
            .collect();
        let is_named = |c: &&Arc<Collector>| tenants.contains(c.tenant_id().as_str());
        let named: Vec<_> = collectors.iter().filter(is_named).cloned().collect();
        match named.is_empty() {
            true => collectors.iter().take(1).cloned().collect(),
            false => named,
        }
    }
}

struct Endpoint {
    receiver: Arc<Receiver>,
    auth_id: Option<Secret>,
    calls: Semaphore,
}

/// Listens for calls until the process ends.
pub async fn serve(webhook: &Webhook, receiver: Arc<Receiver>) -> Result<()> {
    let wish = webhook.wish()?;
    let endpoint =
        Endpoint { receiver, auth_id: wish.auth_id().cloned(), calls: Semaphore::new(CALLS_MAX) };
    // Any path: a proxy in front may have taken it away, and it is no secret.
    let router = Router::new()
        .fallback(post(call))
        .layer(DefaultBodyLimit::max(BYTES_MAX))
        .with_state(Arc::new(endpoint));
    let address = webhook.listen()?;
    let listener = std::net::TcpListener::bind(address)
        .with_context(|| format!("webhook.listen {address} cannot be listened on"))?;
    listener.set_nonblocking(true)?;
    tracing::info!("webhook calls are received on {}", listener.local_addr()?);
    match (&webhook.certificate, &webhook.key) {
        (Some(certificate), Some(key)) => {
            let tls = axum_server::tls_rustls::RustlsConfig::from_pem_file(certificate, key)
                .await
                .with_context(|| {
                    let (certificate, key) = (certificate.display(), key.display());
                    format!(
                        "webhook: {certificate} and {key} are not usable as certificate and key"
                    )
                })?;
            let server = axum_server::from_tcp_rustls(listener, tls)?;
            tokio::spawn(server.serve(router.into_make_service()));
        }
        _ => {
            let server = axum_server::from_tcp(listener)?;
            tokio::spawn(server.serve(router.into_make_service()));
        }
    }
    Ok(())
}

async fn call(
    State(endpoint): State<Arc<Endpoint>>,
    headers: HeaderMap,
    request: axum::extract::Request,
) -> Response {
    let Ok(_permit) = endpoint.calls.try_acquire() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let body = axum::body::to_bytes(request.into_body(), BYTES_MAX);
    let body = match tokio::time::timeout(ARRIVAL_MAX, body).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    match endpoint.take(&headers, &body) {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Trouble::Refused(refused)) => {
            tracing::warn!("a webhook call was refused: {}", refused.words());
            let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, refused.words()).into_response()
        }
        Err(Trouble::Ours(error)) => {
            tracing::error!("a webhook call could not be noted: {error:#}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

enum Trouble {
    Refused(Refused),
    /// The caller may try again.
    Ours(anyhow::Error),
}

impl Endpoint {
    fn take(&self, headers: &HeaderMap, body: &Bytes) -> std::result::Result<(), Trouble> {
        let auth_id = self.auth_id.as_ref().map(Secret::read).transpose();
        let auth_id =
            auth_id.map_err(|words| Trouble::Ours(anyhow::anyhow!("auth_id: {words}")))?;
        for collector in self.receiver.addressed(body) {
            let auth_id = auth_id.as_ref().map(|text| text.expose());
            let expected = Expected { tenant_id: collector.tenant_id(), auth_id };
            match read_call(headers, body, &expected).map_err(Trouble::Refused)? {
                Call::Validation { .. } => {}
                Call::Notification { blobs, .. } => {
                    collector.notified(&blobs).map_err(Trouble::Ours)?;
                }
            }
        }
        Ok(())
    }
}
