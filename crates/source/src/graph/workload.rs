//! How many requests does each part of Graph allow?
//!
//! Graph is many services behind one address, and each counts the requests of an app and a tenant
//! by itself (Graph reference, "Service-specific throttling limits"). So each has a budget of its
//! own, and one that is throttled does not hold up the others.

use std::sync::Arc;
use std::time::Duration;

use crate::service::budget::Budget;
use crate::service::{Clock, Settings};

/// So many requests within each span of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub requests: u32,
    pub per: Duration,
}

/// What shares a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Workload {
    /// "Identity and access reports": sign-ins of all kinds and directory audits.
    Reports,
    MessageTrace,
    /// Bounded by Graph as a whole only: 130,000 requests in 10 seconds for an app over all tenants.
    Other,
}

impl Workload {
    pub fn quota(self) -> Option<Quota> {
        let quota = |requests, seconds| Quota { requests, per: Duration::from_secs(seconds) };
        match self {
            Workload::Reports => Some(quota(5, 10)),
            Workload::MessageTrace => Some(quota(100, 5 * 60)),
            Workload::Other => None,
        }
    }
}

/// The budgets of one tenant, besides that of the service as a whole.
pub(super) struct Budgets {
    reports: Option<Budget>,
    message_trace: Option<Budget>,
}

impl Budgets {
    pub fn new(settings: &Settings, clock: &Arc<dyn Clock>) -> Budgets {
        let budget = |workload: Workload| match workload.quota() {
            Some(quota) if !settings.cloud.is_loopback() => {
                let micros = i64::try_from(quota.per.as_micros()).unwrap_or(i64::MAX);
                Some(Budget::within(quota.requests, micros, clock.clone()))
            }
            _ => None,
        };
        Budgets {
            reports: budget(Workload::Reports),
            message_trace: budget(Workload::MessageTrace),
        }
    }

    /// The budget of its own that a workload has.
    pub fn of(&self, workload: Workload) -> Option<&Budget> {
        match workload {
            Workload::Reports => self.reports.as_ref(),
            Workload::MessageTrace => self.message_trace.as_ref(),
            Workload::Other => None,
        }
    }
}
