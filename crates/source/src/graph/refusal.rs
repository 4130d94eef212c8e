//! What does a refusal of Graph mean?
//!
//! Refusals carry a code in words, and a text: `{"error":{"code":"...","message":"...",
//! "innerError":{...}}}`. Many services stand behind Graph and spell codes in their own way, so the
//! few that say more than the status are listed, and the status decides on the rest.

use serde_json::Value;

use super::pages::Needs;
use crate::service::error::{Error, Kind, excerpt, readable};
use crate::service::refusal::{Reaction, Refusal, by_status};
use crate::service::retry::Cause;

/// The tenant has no licence for what was asked.
const NO_LICENCE: &str = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/// Code, reaction, and what an administrator should know or do.
const CODES: &[(&str, Reaction, &str)] = &[
    (
        "InvalidAuthenticationToken",
        Reaction::RenewToken,
        "Graph does not accept the token; check cloud and graph_url",
    ),
    ("Authorization_RequestDenied", Reaction::Fail(Kind::Denied), "a permission is missing"),
    (NO_LICENCE, Reaction::Fail(Kind::Denied), "the tenant has no licence for this"),
    ("TooManyRequests", Reaction::Retry(Cause::Throttled), "too many requests"),
    ("activityLimitReached", Reaction::Retry(Cause::Throttled), "too many requests"),
    ("serviceNotAvailable", Reaction::Retry(Cause::Fault), "the service is not available"),
    ("Request_ResourceNotFound", Reaction::Fail(Kind::Rejected), "there is no such thing"),
    ("ResourceNotFound", Reaction::Fail(Kind::Rejected), "there is no such thing"),
];

/// Reads an answer that is no success.
pub(super) fn read(status: u16, body: &[u8]) -> Refusal {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let field = |name: &str| json["error"][name].as_str().map(readable).unwrap_or_default();
    let (code, message) = (field("code"), beginning(&field("message")));
    let known = CODES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(&code));
    let (reaction, words) = match known {
        Some((_, reaction, words)) => (*reaction, said(words, &message)),
        None => by_status_of_graph(status, &message),
    };
    let code = (!code.is_empty()).then(|| code.chars().take(CODE_CHARS_MAX).collect());
    Refusal { reaction, code, words, body: excerpt(body) }
}

fn by_status_of_graph(status: u16, message: &str) -> (Reaction, String) {
    match status {
        409 => {
            let words = "it collides with what is there";
            (Reaction::Fail(Kind::Rejected), said(words, message))
        }
        // A lock is somebody else's work under way.
        423 => (Reaction::Retry(Cause::Fault), said("it is locked for now", message)),
        _ => by_status(status, message),
    }
}

const CODE_CHARS_MAX: usize = 100;
const MESSAGE_CHARS_MAX: usize = 300;

fn beginning(message: &str) -> String {
    message.trim().chars().take(MESSAGE_CHARS_MAX).collect()
}

fn said(words: &str, message: &str) -> String {
    match message.is_empty() {
        true => words.to_owned(),
        false => format!("{words} (it says: {message})"),
    }
}

/// What an administrator must do so that a call which was denied is allowed; `None` for any other
/// error. The refusal does not name the permission, so the caller does.
pub(super) fn denial(error: &Error, needs: Needs) -> Option<String> {
    // Without a code it was somebody in between, such as a proxy.
    if error.kind() != Kind::Denied || error.status() != Some(403) || error.code().is_none() {
        return None;
    }
    let Needs { permission, hint, .. } = needs;
    let licence = error.code().is_some_and(|code| code.eq_ignore_ascii_case(NO_LICENCE));
    let words = match licence {
        true => match hint.is_empty() {
            true => "the tenant has no Entra ID P1 or P2 licence, which this log needs".to_owned(),
            false => format!("the tenant has no licence for it: {hint}"),
        },
        false => {
            let granted = format!(
                "{permission} is not granted; consent to it in Entra (App registrations > API \
                 permissions > Microsoft Graph > Application permissions), then run trail365 check"
            );
            match hint.is_empty() {
                true => granted,
                false => format!("{granted}; {hint}"),
            }
        }
    };
    let json: Value = serde_json::from_str(error.body()).unwrap_or_default();
    let message = json["error"]["message"].as_str().unwrap_or_default();
    Some(said(&words, &beginning(&readable(message))))
}
