//! What does a refusal mean, whichever service it comes from?

use super::error::Kind;
use super::retry::Cause;

/// What to do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// Pause, then try again.
    Retry(Cause),
    /// Ask for a new token and try again, once; if that does not help, access is denied.
    RenewToken,
    /// Tell the caller.
    Fail(Kind),
}

/// A refusal, read.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub reaction: Reaction,
    pub code: Option<String>,
    pub words: String,
    pub body: String,
}

/// Without a code we know, the status decides.
pub(crate) fn by_status(status: u16, message: &str) -> (Reaction, String) {
    let (reaction, words) = match status {
        401 => (Reaction::RenewToken, "the service does not accept the token"),
        403 => (Reaction::Fail(Kind::Denied), "access is forbidden, maybe by a proxy in between"),
        404 | 410 => (Reaction::Fail(Kind::Rejected), "nothing is at this address"),
        407 => (Reaction::Fail(Kind::Misconfigured), "the proxy wants a password"),
        408 | 425 => (Reaction::Retry(Cause::Fault), "the service did not wait for the request"),
        429 => (Reaction::Retry(Cause::Throttled), "too many requests"),
        300..=399 => (
            Reaction::Fail(Kind::Untrusted),
            "the service points elsewhere, and no token is sent there",
        ),
        500..=599 => (Reaction::Retry(Cause::Fault), "the service failed"),
        _ => (Reaction::Fail(Kind::Rejected), "the service refuses the request"),
    };
    match message.is_empty() {
        true => (reaction, words.to_owned()),
        false => (reaction, format!("{words} (it says: {message})")),
    }
}
