//! Why is there no token?
//!
//! AADSTS numbers, and the OAuth error and status that go with them.

use serde_json::json;

use super::token::{TokenAnswer, TokenRequest};
use crate::clock;
use crate::publication::request_guid;

/// A refused token request.
pub(super) struct Refusal {
    number: u32,
    text: String,
}

impl Refusal {
    pub(super) fn new(number: u32, text: impl Into<String>) -> Refusal {
        Refusal { number, text: text.into() }
    }

    /// The OAuth error and the status that go with an AADSTS number.
    fn kind(&self) -> (&'static str, u16) {
        match self.number {
            7_000_215 | 7_000_222 | 7_000_218 | 50012 | 50027 => ("invalid_client", 401),
            700_024 | 700_027 | 700_211..=700_213 => ("invalid_client", 401),
            700_016 => ("unauthorized_client", 400),
            70003 => ("unsupported_grant_type", 400),
            70011 => ("invalid_scope", 400),
            500_011 | 50001 => ("invalid_resource", 400),
            50034 | 70000 => ("invalid_grant", 400),
            90033 => ("temporarily_unavailable", 503),
            _ => ("invalid_request", 400),
        }
    }

    /// `AADSTS7000215: Invalid client secret provided for app '...'.`
    pub(super) fn description(&self) -> String {
        format!("AADSTS{}: {}", self.number, self.text)
    }

    pub(super) fn answer(&self, request: &TokenRequest<'_>) -> TokenAnswer {
        let (error, status) = self.kind();
        let stamp = clock::to_utc(request.now).format("%Y-%m-%d %H:%M:%SZ").to_string();
        let trace = request_guid(request.key, request.number * 2).to_string();
        let correlation = request_guid(request.key, request.number * 2 + 1).to_string();
        let body = json!({
            "error": error,
            "error_description": format!(
                "{} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}",
                self.description()
            ),
            "error_codes": [self.number],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.number),
        });
        (status, body.to_string())
    }
}
