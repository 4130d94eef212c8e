//! What is too old to keep?
//!
//! The policy says it of each event; the store deletes, and its ledger has the proof.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use event::TenantName;
use policy::Policy;
use search::Row;
use source::service::{Clock, MachineClock};
use store::{Expiry, RecordBatch, Retained, Store};

use crate::config::Policies;

/// How often a daemon looks for what has become too old.
const EVERY: Duration = Duration::from_secs(6 * 3600);

/// What a policy calls expired at a moment.
struct PolicyExpiry<'p> {
    policy: &'p Policy,
    age_limit_min: i64,
    now: i64,
}

impl Expiry for PolicyExpiry<'_> {
    fn before(&self) -> i64 {
        self.now - self.age_limit_min
    }

    fn whole(&self, stop: i64) -> Option<String> {
        Some(self.policy.expires_whole(stop, self.now)?.name.clone())
    }

    fn rows(&self, rows: &RecordBatch) -> Vec<Option<String>> {
        let rows = Row::all_of(rows).expect("rows of the store's own schema");
        let expired = |row: &Row| {
            let event = row.event(decode::body(&row.raw));
            self.policy.expired(&event, self.now).map(|retention| retention.name.clone())
        };
        rows.iter().map(expired).collect()
    }
}

/// Deletes what is too old of one tenant, or only tells what would go. `None` where the policy
/// sets no limit.
pub async fn retain(
    store: &Store,
    policies: &Policies,
    tenant: &TenantName,
    now: i64,
    is_rehearsal: bool,
) -> Result<Option<Retained>> {
    let Some(policy) = policies.of(tenant) else { return Ok(None) };
    let Some(age_limit_min) = policy.shortest_age_limit() else { return Ok(None) };
    let expiry = PolicyExpiry { policy, age_limit_min, now };
    Ok(Some(store.retain(tenant, &expiry, is_rehearsal).await?))
}

/// Looks again and again, for as long as it is not dropped.
pub async fn keep_retaining(store: Store, policies: Arc<Policies>) {
    loop {
        for tenant in store.tenants().await.unwrap_or_default() {
            match retain(&store, &policies, &tenant, MachineClock.now(), false).await {
                Ok(Some(retained)) if !retained.deleted.is_empty() => {
                    let rows: u64 = retained.deleted.values().sum();
                    tracing::info!("tenant {tenant}: retention deleted {rows} records");
                }
                Ok(_) => {}
                Err(error) => tracing::error!("tenant {tenant}: retention: {error:#}"),
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}
