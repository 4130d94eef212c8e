//! Has this tenant asked too often?

use super::errors::Problem;
use super::faults::{Faults, ThrottleAnswer};
use super::operation::Operation;
use crate::clock::{MINUTE, Millis};

/// PublisherIdentifier in errors when the client sent none.
const NO_PUBLISHER: &str = "00000000-0000-0000-0000-000000000000";

/// The feed requests of one tenant in the current minute of the clock, blob downloads included.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    minute: i64,
    requests: u32,
    refused: u64,
}

impl Throttle {
    pub(super) fn admit(
        &mut self,
        faults: &Faults,
        operation: Operation,
        publisher: Option<&str>,
        now: Millis,
    ) -> Result<(), Problem> {
        let minute = now.div_euclid(MINUTE);
        if self.minute != minute {
            self.minute = minute;
            self.requests = 0;
        }
        self.requests = self.requests.saturating_add(1);
        if faults.requests_per_minute_max == 0 || self.requests <= faults.requests_per_minute_max {
            return Ok(());
        }
        self.refused += 1;
        let status = match faults.throttle_answer {
            ThrottleAnswer::Forbidden => 403,
            ThrottleAnswer::TooManyRequests => 429,
            ThrottleAnswer::Alternating if self.refused % 2 == 1 => 403,
            ThrottleAnswer::Alternating => 429,
        };
        let rest = (minute + 1) * MINUTE - now;
        Err(Problem::TooMany {
            method: operation.name(),
            publisher: publisher.unwrap_or(NO_PUBLISHER).to_owned(),
            status,
            retry_after_seconds: (rest as u64).div_ceil(1_000),
        })
    }
}
