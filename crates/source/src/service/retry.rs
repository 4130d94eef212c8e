//! When is the next try?

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Tries of one request before the caller hears of it.
pub(crate) const TRIES_MAX: u32 = 6;

/// First pause after a fault, doubled with each further try.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// First pause after "too many requests". The quota is counted by the minute, so a pause much
/// shorter than that only makes more refusals.
const THROTTLE_PAUSE: Duration = Duration::from_secs(10);

/// Longest pause within a call. When the service asks for a longer one, the caller is told so.
const PAUSE_MAX: Duration = Duration::from_secs(120);

/// Longest pause that is believed: nobody means days by `Retry-After`.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(6 * 3600);

/// Why a request is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The service failed, or the network did.
    Fault,
    /// Too many requests.
    Throttled,
}

/// What follows a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Pause(Duration),
    /// The tries are used up, or the pause is too long to wait here: ask again after it.
    GiveUp(Duration),
}

/// The tries of one request.
pub(crate) struct Tries {
    made: u32,
    max: u32,
}

impl Tries {
    pub fn up_to(max: u32) -> Tries {
        Tries { made: 0, max }
    }

    /// A try has failed. What now?
    pub fn failed(&mut self, cause: Cause, retry_after: Option<Duration>, fraction: f64) -> Next {
        self.made += 1;
        let pause = pause(cause, self.made, retry_after, fraction);
        match self.made >= self.max || pause > PAUSE_MAX {
            true => Next::GiveUp(pause),
            false => Next::Pause(pause),
        }
    }
}

/// How long to pause after the try of this number (from 1). Without a word from the service the
/// pause doubles with each try; `fraction`, from 0 to below 1, spreads the upper half of it, so that
/// callers that failed together do not come back together.
fn pause(cause: Cause, tries: u32, retry_after: Option<Duration>, fraction: f64) -> Duration {
    let first = match cause {
        Cause::Fault => FAULT_PAUSE,
        Cause::Throttled => THROTTLE_PAUSE,
    };
    let doubled = first.saturating_mul(1 << (tries.clamp(1, 20) - 1));
    let pause = doubled.min(PAUSE_MAX);
    let spread = pause.mul_f64(0.5 + 0.5 * fraction.clamp(0.0, 1.0));
    match retry_after {
        // Never sooner than asked; the spread is a second at most, since the time was given.
        Some(asked) => asked + Duration::from_secs_f64(fraction.clamp(0.0, 1.0)),
        None => spread,
    }
}

/// The pause that the service asks for, in seconds or as a date (RFC 9110).
pub(crate) fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match seconds(text) {
        Some(asked) => asked,
        None => {
            let date = DateTime::parse_from_rfc2822(text).ok()?;
            let micros = date.timestamp_micros().saturating_sub(now);
            Duration::from_micros(u64::try_from(micros).unwrap_or(0))
        }
    };
    Some(asked.min(RETRY_AFTER_MAX))
}

/// Graph also sends fractions of a second, such as `2.128` (Graph reference, "Throttling").
fn seconds(text: &str) -> Option<Duration> {
    match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Duration::try_from_secs_f64(text.parse().ok()?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_stay_within_bounds() {
        let check = |cause, tries, low_ms: u64, high_ms: u64| {
            assert_eq!(pause(cause, tries, None, 0.0), Duration::from_millis(low_ms));
            assert_eq!(pause(cause, tries, None, 1.0), Duration::from_millis(high_ms));
        };
        check(Cause::Fault, 0, 500, 1000);
        check(Cause::Fault, 1, 500, 1000);
        check(Cause::Fault, 2, 1000, 2000);
        check(Cause::Fault, 6, 16_000, 32_000);
        check(Cause::Fault, 8, 60_000, 120_000);
        check(Cause::Fault, u32::MAX, 60_000, 120_000);
        check(Cause::Throttled, 1, 5000, 10_000);
        check(Cause::Throttled, 5, 60_000, 120_000);
    }

    #[test]
    fn tries_are_counted_and_long_pauses_are_left_to_the_caller() {
        let mut tries = Tries::up_to(3);
        let seconds = Duration::from_secs;
        assert_eq!(tries.failed(Cause::Fault, None, 1.0), Next::Pause(seconds(1)));
        assert_eq!(tries.failed(Cause::Fault, None, 1.0), Next::Pause(seconds(2)));
        assert_eq!(tries.failed(Cause::Fault, None, 1.0), Next::GiveUp(seconds(4)));
        let mut tries = Tries::up_to(3);
        let hour = Some(seconds(3600));
        assert_eq!(tries.failed(Cause::Throttled, hour, 0.0), Next::GiveUp(seconds(3600)));
    }

    #[test]
    fn the_service_is_obeyed() {
        let now = event::time::parse("2026-10-21T07:28:00Z").unwrap();
        let check = |value: &str, expected: Option<u64>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            let asked = retry_after(&headers, now);
            assert_eq!(asked, expected.map(Duration::from_secs), "{value}");
            if let Some(asked) = asked {
                for fraction in [0.0, 0.5, 1.0] {
                    assert!(pause(Cause::Throttled, 1, Some(asked), fraction) >= asked);
                }
            }
        };
        check("17", Some(17));
        check(" 0 ", Some(0));
        check("Wed, 21 Oct 2026 07:28:30 GMT", Some(30));
        check("Wed, 21 Oct 2026 07:27:30 GMT", Some(0));
        check("999999999999", Some(6 * 3600));
        check("1e300", None);
        check("NaN", None);
        check("-2.5", None);
        check("soon", None);
        check("-1", None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
        let fraction = HeaderMap::from_iter([(RETRY_AFTER, "2.128".parse().unwrap())]);
        assert_eq!(retry_after(&fraction, now), Some(Duration::from_millis(2128)));
    }
}
