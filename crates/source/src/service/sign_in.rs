//! What does the sign-in service say?
//!
//! Its answers hold a token or a numbered error, `AADSTS` and digits. The number is what counts,
//! never the text (Management Activity API reference, "token errors").

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::error::{Kind, excerpt, readable};
use super::refusal::{Reaction, Refusal};
use super::retry::Cause;

/// Life of a token whose answer does not say it; the service's own are about an hour.
const LIFE_DEFAULT: Duration = Duration::from_secs(45 * 60);
/// No token is believed to live longer, whatever the answer says.
const LIFE_MAX: Duration = Duration::from_secs(24 * 3600);

/// A token as granted. It has no `Debug`.
pub(crate) struct Grant {
    pub token: String,
    pub life: Duration,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    // The v1 endpoint sends text, the v2 endpoint a number.
    #[serde(default)]
    expires_in: Value,
    // App Service says when, in seconds since 1970, and not for how long.
    #[serde(default)]
    expires_on: Value,
}

/// Reads an answer with status 200 that came at `now`, in microseconds since 1970.
pub(crate) fn grant(body: &[u8], now: i64) -> Result<Grant, Refusal> {
    let granted: Granted = serde_json::from_slice(body).map_err(|_| Refusal {
        reaction: Reaction::Retry(Cause::Fault),
        code: None,
        words: "the answer to the sign-in holds no token; maybe a proxy answered".into(),
        // Half an answer may hold half a token, so nothing of it is kept.
        body: String::new(),
    })?;
    let until = number(&granted.expires_on).map(|until| until - now as f64 / 1e6);
    let seconds = number(&granted.expires_in).or(until);
    let life = seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(LIFE_DEFAULT);
    Ok(Grant { token: granted.access_token, life: life.min(LIFE_MAX) })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Code, reaction, and the way out.
const CODES: &[(u64, Reaction, &str)] = &[
    (
        7000215,
        MISCONFIGURED,
        "the client secret is wrong; use the secret's value, not its id (Entra > App \
         registrations > Certificates & secrets)",
    ),
    (
        7000222,
        MISCONFIGURED,
        "the client secret has expired; make a new one (Entra > App registrations > \
         Certificates & secrets) and put it where the configuration refers to",
    ),
    (7000218, MISCONFIGURED, "the app needs a secret or a certificate; check the credential"),
    (
        7000112,
        DENIED,
        "the app is disabled in this tenant; enable it (Entra > Enterprise applications)",
    ),
    (
        700016,
        MISCONFIGURED,
        "the tenant does not know this app; check client_id, or consent to the app in the tenant",
    ),
    (
        700027,
        MISCONFIGURED,
        "the certificate is not one of the app's; upload it (Entra > App registrations > \
         Certificates & secrets)",
    ),
    (
        700024,
        MISCONFIGURED,
        "the assertion is not within its time; check this machine's clock, and that whoever writes \
         a federated token's file renews it",
    ),
    (70021, MISCONFIGURED, NOT_TRUSTED),
    (
        700211,
        MISCONFIGURED,
        "the app trusts no federated token of this issuer; correct the issuer (Entra > App \
         registrations > Certificates & secrets > Federated credentials)",
    ),
    (
        700212,
        MISCONFIGURED,
        "the app trusts no federated token for this audience; it is api://AzureADTokenExchange \
         unless the cloud has its own (Entra > App registrations > Certificates & secrets > \
         Federated credentials)",
    ),
    (
        700213,
        MISCONFIGURED,
        "the app trusts no federated token of this subject; correct the subject, such as \
         system:serviceaccount:NAMESPACE:NAME (Entra > App registrations > Certificates & secrets > \
         Federated credentials)",
    ),
    (
        50012,
        MISCONFIGURED,
        "the certificate or its key is not accepted; upload the certificate that belongs to the \
         key (Entra > App registrations > Certificates & secrets)",
    ),
    (50027, MISCONFIGURED, "the assertion is not accepted; check certificate and key"),
    (90002, MISCONFIGURED, "this cloud knows no such tenant; check tenant_id and cloud"),
    (900023, MISCONFIGURED, "tenant_id is not valid; check tenant_id"),
    (900382, MISCONFIGURED, "the tenant lives in another cloud; check cloud"),
    (900432, MISCONFIGURED, "the app lives in another cloud; check cloud and client_id"),
    (
        50001,
        MISCONFIGURED,
        "the tenant has no Office 365 Management APIs; check cloud, and add the API to the app",
    ),
    (
        500011,
        MISCONFIGURED,
        "the tenant has no Office 365 Management APIs; check cloud, and add the API to the app",
    ),
    (70011, MISCONFIGURED, "the scope is not valid; check cloud"),
    (
        65001,
        DENIED,
        "nobody has consented to the app; grant admin consent (Entra > App registrations > API \
         permissions)",
    ),
    (53003, DENIED, "conditional access blocks the app; let its sign-in through"),
    (50057, DENIED, "the account is disabled"),
    (50196, THROTTLED, "the sign-in service sees a loop of requests"),
    (90055, THROTTLED, "too many sign-ins"),
    (90033, FAULT, "the sign-in service has a passing fault"),
    (50033, FAULT, "the sign-in service has a passing fault"),
    (90024, FAULT, "the sign-in service has a passing fault"),
];

/// The number that was split by what does not match; it is still met.
const NOT_TRUSTED: &str = "the app does not trust this federated token; compare its issuer, subject \
     and audience with the app's (Entra > App registrations > Certificates & secrets > Federated \
     credentials)";

const MISCONFIGURED: Reaction = Reaction::Fail(Kind::Misconfigured);
const DENIED: Reaction = Reaction::Fail(Kind::Denied);
const THROTTLED: Reaction = Reaction::Retry(Cause::Throttled);
const FAULT: Reaction = Reaction::Retry(Cause::Fault);

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: Value,
    #[serde(default)]
    error_codes: Vec<Value>,
    #[serde(default)]
    error_description: Value,
}

/// Reads an answer that is no success.
pub(crate) fn refusal(status: u16, body: &[u8]) -> Refusal {
    let refused: Refused = serde_json::from_slice(body).unwrap_or_default();
    let description = refused.error_description.as_str().unwrap_or_default();
    let codes: Vec<u64> = refused.error_codes.iter().filter_map(Value::as_u64).collect();
    let known = codes.iter().copied().find(|code| by_number(&[*code]).is_some());
    let code = known.or(codes.first().copied());
    let (reaction, words) = match by_number(&codes) {
        Some((reaction, words)) => (reaction, words.to_owned()),
        None => unknown(status, refused.error.as_str(), description),
    };
    Refusal { reaction, code: code.map(|code| format!("AADSTS{code}")), words, body: excerpt(body) }
}

/// Reaction and words of the first number that we know.
pub(crate) fn by_number(codes: &[u64]) -> Option<(Reaction, &'static str)> {
    let known = codes.iter().find_map(|code| CODES.iter().find(|(known, ..)| known == code));
    known.map(|(_, reaction, words)| (*reaction, *words))
}

/// Without a number we know, the OAuth error and the status decide.
fn unknown(status: u16, error: Option<&str>, description: &str) -> (Reaction, String) {
    let (reaction, words) = match (status, error) {
        (_, Some("temporarily_unavailable" | "server_error")) | (408 | 500..=599, _) => {
            (FAULT, "the sign-in service failed")
        }
        (429, _) => (THROTTLED, "too many sign-ins"),
        (407, _) => (MISCONFIGURED, "the proxy wants a password"),
        (300..=399, _) => (
            Reaction::Fail(Kind::Untrusted),
            "the sign-in service points elsewhere, and no secret is sent there",
        ),
        (_, Some("invalid_client")) => (MISCONFIGURED, "the credential is not accepted"),
        (_, Some("unauthorized_client" | "access_denied")) => (DENIED, "the app is not permitted"),
        (_, Some(_)) => (MISCONFIGURED, "the sign-in is refused"),
        (403, None) => (DENIED, "access is forbidden, maybe by a proxy in between"),
        (_, None) => (Reaction::Fail(Kind::Rejected), "the sign-in is refused"),
    };
    // The first line holds the reason; the others hold trace ids.
    let line = readable(description.lines().next().unwrap_or_default());
    match line.trim() {
        "" => (reaction, words.to_owned()),
        line => (reaction, format!("{words} (it says: {line})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_of_both_endpoints_are_read() {
        let check = |body: &str, expected: Option<u64>| {
            let life = grant(body.as_bytes(), 1_790_000_000_000_000)
                .ok()
                .map(|grant| grant.life.as_secs());
            assert_eq!(life, expected, "{body}");
        };
        check(r#"{"token_type":"Bearer","expires_in":"3599","access_token":"a"}"#, Some(3599));
        check(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"a"}"#, Some(3599));
        check(r#"{"access_token":"a"}"#, Some(2700));
        check(r#"{"access_token":"a","expires_in":"soon"}"#, Some(2700));
        check(r#"{"access_token":"a","expires_in":-5}"#, Some(2700));
        check(r#"{"access_token":"a","expires_in":1e300}"#, Some(2700));
        check(r#"{"access_token":"a","expires_in":99999999}"#, Some(86_400));
        check(r#"{"access_token":"a","expires_on":"1790000600"}"#, Some(600));
        check(r#"{"access_token":"a","expires_on":1790000600,"expires_in":"60"}"#, Some(60));
        check(r#"{"access_token":"a","expires_on":"09/14/2017 00:00:00 PM +00:00"}"#, Some(2700));
        check(r#"{"expires_in":3599}"#, None);
        check("<html>", None);
    }

    #[test]
    fn each_error_has_its_reaction() {
        let check = |status: u16, error: &str, code: u64, expected: Reaction, words: &str| {
            let body = serde_json::json!({
                "error": error, "error_codes": [code],
                "error_description": format!("AADSTS{code}: Trouble.\r\nTrace ID: 1"),
                "error_uri": "https://login.microsoftonline.com/error",
            });
            let refusal = refusal(status, body.to_string().as_bytes());
            assert_eq!(refusal.reaction, expected, "{code}");
            assert_eq!(refusal.code, Some(format!("AADSTS{code}")));
            assert!(
                refusal.words.contains(words) && !refusal.words.contains("Trace"),
                "{}",
                refusal.words
            );
        };
        check(401, "invalid_client", 7000215, MISCONFIGURED, "value, not its id");
        check(401, "invalid_client", 7000222, MISCONFIGURED, "expired");
        check(400, "unauthorized_client", 700016, MISCONFIGURED, "client_id");
        check(400, "invalid_request", 90002, MISCONFIGURED, "tenant_id");
        check(401, "invalid_client", 50012, MISCONFIGURED, "certificate");
        check(401, "invalid_client", 700027, MISCONFIGURED, "upload");
        check(400, "invalid_scope", 70011, MISCONFIGURED, "cloud");
        check(400, "invalid_resource", 500011, MISCONFIGURED, "Management APIs");
        check(400, "invalid_resource", 50001, MISCONFIGURED, "Management APIs");
        check(400, "invalid_grant", 53003, DENIED, "conditional access");
        check(401, "invalid_client", 700024, MISCONFIGURED, "clock");
        check(401, "invalid_client", 70021, MISCONFIGURED, "issuer, subject and audience");
        check(401, "invalid_client", 700211, MISCONFIGURED, "correct the issuer");
        check(401, "invalid_client", 700212, MISCONFIGURED, "AzureADTokenExchange");
        check(401, "invalid_client", 700213, MISCONFIGURED, "correct the subject");
        check(400, "temporarily_unavailable", 123, FAULT, "Trouble");
        check(503, "other", 123, FAULT, "Trouble");
        check(429, "other", 123, THROTTLED, "Trouble");
        check(400, "unauthorized_client", 123, DENIED, "Trouble");
        check(400, "other", 123, MISCONFIGURED, "Trouble");
    }

    #[test]
    fn answers_of_other_shapes_are_understood() {
        let check = |status: u16, body: &str, expected: Reaction| {
            assert_eq!(refusal(status, body.as_bytes()).reaction, expected, "{status} {body}");
        };
        check(502, "<html>", FAULT);
        check(403, "<html>", DENIED);
        check(302, "", Reaction::Fail(Kind::Untrusted));
        check(404, "", Reaction::Fail(Kind::Rejected));
        check(401, r#"{"error":"invalid_client"}"#, MISCONFIGURED);
        check(400, r#"{"error":{"code":1},"error_codes":["x"]}"#, Reaction::Fail(Kind::Rejected));
    }
}
