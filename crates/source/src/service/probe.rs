//! Can the hosts be reached at all, and does this machine's clock agree with theirs?
//!
//! Each host is asked once, without a token; whatever it answers, it was reached. The words of a
//! failure tell a name that is not resolved from a refused connection, a certificate that is not
//! trusted and a proxy.

use std::fmt;
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap};
use url::Url;

use super::credential::Credential;
use super::settings::Settings;
use super::transport::{Method, Request};
use super::world::World;

/// With a clock further off than this, sign-in by certificate may fail and the edges of windows
/// are judged wrongly.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(120);

/// How long a probe waits for its answer.
const WAIT: Duration = Duration::from_secs(20);

/// The hosts that collecting needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The sign-in host, or the endpoint of a managed identity.
    pub sign_in: HostProbe,
    pub api: HostProbe,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostProbe {
    /// Scheme, host and port.
    pub origin: String,
    /// Or in words why not.
    pub reached: Result<Reached, String>,
}

/// What a host's answer showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    pub status: u16,
    pub took: Duration,
    /// Microseconds by which this machine's clock is ahead of the host's, give or take the half
    /// second that the host's answer leaves open and the time it took; if the host said its time.
    pub clock_ahead: Option<i64>,
}

impl Reached {
    /// False when the clock is known to be too far off.
    pub fn is_clock_right(&self) -> bool {
        let off = self.clock_ahead.map_or(0, i64::unsigned_abs);
        Duration::from_micros(off) <= CLOCK_SKEW_MAX + self.took
    }
}

impl fmt::Display for HostProbe {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let reached = match &self.reached {
            Ok(reached) => reached,
            Err(why) => return write!(f, "{} is out of reach: {why}", self.origin),
        };
        write!(f, "{} answers in {} ms", self.origin, reached.took.as_millis())?;
        match reached.clock_ahead {
            None => Ok(()),
            Some(_) if reached.is_clock_right() => f.write_str(", and this machine's clock agrees"),
            Some(ahead) => {
                let side = if ahead > 0 { "ahead of" } else { "behind" };
                let seconds = ahead.unsigned_abs() / 1_000_000;
                write!(
                    f,
                    ", and this machine's clock is {seconds} seconds {side} its; set it right \
                     (NTP), or sign-in and windows go wrong"
                )
            }
        }
    }
}

/// Asks the sign-in host, and the API at this root.
pub(crate) async fn probe(settings: &Settings, api: &Url, world: &World) -> Probe {
    let sign_in = match &settings.credential {
        Credential::ManagedIdentity { endpoint, .. } => endpoint.url(),
        _ => settings.cloud.login(),
    };
    let (sign_in, api) = futures::join!(ask(sign_in, world), ask(api, world));
    Probe { sign_in, api }
}

async fn ask(url: &Url, world: &World) -> HostProbe {
    let request = Request {
        method: Method::GET,
        url: url.clone(),
        headers: HeaderMap::new(),
        body: None,
        timeout: WAIT,
    };
    let start = world.clock.now();
    let answer = world.transport.send(request).await;
    let end = world.clock.now().max(start);
    let reached = answer.map_err(|interruption| interruption.0).map(|answer| Reached {
        status: answer.status,
        took: Duration::from_micros((end - start) as u64),
        clock_ahead: date(&answer.headers).map(|date| start + (end - start) / 2 - date),
    });
    HostProbe { origin: url.origin().ascii_serialization(), reached }
}

/// The middle of the second that the host says it is, in microseconds since 1970.
pub(super) fn date(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(DATE)?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(text.trim()).ok()?.timestamp_micros() + 500_000)
}

#[cfg(test)]
mod tests {
    use crate::scripted::*;

    #[tokio::test]
    async fn clocks_are_compared_and_failures_named() {
        let check = async |answer: fn() -> Reply, expected: &str| {
            let set = set(move |seen| {
                assert_eq!((seen.authorization.as_str(), seen.form.as_str()), ("", ""));
                Some(answer())
            });
            let probe = set.feed.probe().await;
            let shown = probe.api.to_string();
            assert!(shown.ends_with(expected), "{shown}");
            assert_eq!(probe.sign_in.origin, "https://login.microsoftonline.com");
            assert_eq!(probe.api.origin, "https://manage.office.com");
        };
        // The scripted clock stands at 12:00:00.
        let agrees = "answers in 0 ms, and this machine's clock agrees";
        check(|| reply(404, "").header("date", "Mon, 28 Sep 2026 12:00:00 GMT"), agrees).await;
        check(|| reply(200, "").header("date", "Mon, 28 Sep 2026 12:01:59 GMT"), agrees).await;
        let ahead = "clock is 599 seconds ahead of its; set it right (NTP), or sign-in and windows go wrong";
        check(|| reply(200, "").header("date", "Mon, 28 Sep 2026 11:50:00 GMT"), ahead).await;
        let behind =
            "clock is 3600 seconds behind its; set it right (NTP), or sign-in and windows go wrong";
        check(|| reply(200, "").header("date", "Mon, 28 Sep 2026 13:00:00 GMT"), behind).await;
        check(|| reply(500, "").header("date", "soon"), "answers in 0 ms").await;
        check(|| reply(200, ""), "answers in 0 ms").await;
        check(unreachable, "manage.office.com is out of reach: connection refused").await;
    }
}
