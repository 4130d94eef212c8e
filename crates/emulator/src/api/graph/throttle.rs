//! Has this application asked Graph too often?
//!
//! Limits are those of Graph's throttling page, older figures where newer ones are not published.

use super::error::GraphError;
use crate::clock::{DAY, MINUTE, Millis, SECOND};

/// What shares a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Workload {
    /// Sign-ins and directory audits.
    Reports,
    MessageTrace,
    QuerySubmission,
    Other,
}

impl Workload {
    const ALL: usize = 4;

    /// Requests, and the time in which they may be made.
    fn limit(self) -> (u32, Millis) {
        match self {
            Workload::Reports => (5, 10 * SECOND),
            Workload::MessageTrace => (100, 5 * MINUTE),
            Workload::QuerySubmission => (200, DAY),
            Workload::Other => (130_000, 10 * SECOND),
        }
    }
}

/// The requests of one tenant, for each workload in its current window.
#[derive(Debug, Default)]
pub(in crate::api) struct GraphThrottle([Window; Workload::ALL]);

#[derive(Debug, Default)]
struct Window {
    number: i64,
    requests: u32,
}

impl GraphThrottle {
    pub(super) fn admit(&mut self, workload: Workload, now: Millis) -> Result<(), GraphError> {
        let (most, span) = workload.limit();
        let window = &mut self.0[workload as usize];
        let number = now.div_euclid(span);
        if window.number != number {
            *window = Window { number, requests: 0 };
        }
        window.requests = window.requests.saturating_add(1);
        if window.requests <= most {
            return Ok(());
        }
        let rest = (number + 1) * span - now;
        Err(GraphError::too_many(match workload {
            // Seen with a fraction: `2.128`.
            Workload::Reports => Some(format!("{:.3}", rest as f64 / 1_000.0)),
            // Perhaps absent, says the reference of audit queries.
            Workload::QuerySubmission => None,
            _ => Some((rest as u64).div_ceil(1_000).to_string()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_their_waits() {
        let check = |workload: Workload, allowed: u32, wait: Option<&str>| {
            let mut throttle = GraphThrottle::default();
            for _ in 0..allowed {
                assert_eq!(throttle.admit(workload, 1_500), Ok(()));
            }
            let refused = throttle.admit(workload, 1_500).unwrap_err();
            assert_eq!(refused.retry_after.as_deref(), wait, "{workload:?}");
            assert_eq!(throttle.admit(workload, 1_500 + DAY), Ok(()));
        };
        check(Workload::Reports, 5, Some("8.500"));
        check(Workload::MessageTrace, 100, Some("299"));
        check(Workload::QuerySubmission, 200, None);
    }
}
