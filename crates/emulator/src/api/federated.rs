//! Does a token of another issuer prove who the client is (workload identity federation)?
//!
//! An application may trust tokens of an issuer outside of Entra, such as a cluster or a build
//! service. The client sends such a token as its assertion. Real issuers sign with RSA and publish
//! their keys; this one shares a secret with the emulator, which spares tests a web server.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, crypto, encode};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::clock::{self, MINUTE, Millis, SECOND};

/// What the reference of federated credentials demands as audience of the outside token.
const EXCHANGE: &str = "api://AzureADTokenExchange";

/// An outside subject that the application trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedCredential {
    pub issuer: String,
    pub subject: String,
    pub audience: String,
    /// With it the issuer signs (HS256).
    pub secret: String,
}

impl Default for FederatedCredential {
    fn default() -> Self {
        FederatedCredential {
            issuer: "https://issuer.contoso.com".into(),
            subject: "system:serviceaccount:audit:collector".into(),
            audience: EXCHANGE.into(),
            secret: "emulator-issuer".into(),
        }
    }
}

impl FederatedCredential {
    /// A token as the issuer writes it, for a client to present.
    pub fn token(&self, now: DateTime<Utc>, lifetime_seconds: i64) -> String {
        let claims = json!({
            "iss": self.issuer,
            "sub": self.subject,
            "aud": [self.audience],
            "iat": now.timestamp(),
            "nbf": now.timestamp(),
            "exp": now.timestamp() + lifetime_seconds,
        });
        let key = EncodingKey::from_secret(self.secret.as_bytes());
        // Signing with a shared secret has nothing that could fail.
        encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap_or_default()
    }

    /// Error numbers and their order as the service gives them since it split AADSTS70021 by the
    /// claim that does not match.
    pub(super) fn check(&self, token: &OutsideToken<'_>, now: Millis) -> Result<(), Refusal> {
        let mismatch = |number: u32, what: &str, value: &str| {
            let text = format!(
                "No matching federated identity record found for presented assertion {what} '{value}'."
            );
            Err(Refusal::new(number, text))
        };
        let claim = |name: &str| token.claims[name].as_str().unwrap_or_default();
        if claim("iss") != self.issuer {
            return mismatch(700_211, "issuer", claim("iss"));
        }
        if claim("sub") != self.subject {
            return mismatch(700_213, "subject", claim("sub"));
        }
        if !self.is_addressed_by(&token.claims["aud"]) {
            return mismatch(700_212, "audience", &token.claims["aud"].to_string());
        }
        if !self.has_signed(token) {
            return Err(Refusal::new(700_027, "The client assertion failed signature validation."));
        }
        check_time(token.claims, now)
    }

    fn is_addressed_by(&self, audience: &Value) -> bool {
        match audience {
            Value::Array(many) => many.iter().any(|one| one == &self.audience),
            one => one == &self.audience,
        }
    }

    fn has_signed(&self, token: &OutsideToken<'_>) -> bool {
        let key = DecodingKey::from_secret(self.secret.as_bytes());
        token.header["alg"] == "HS256"
            && crypto::verify(token.signature, token.message.as_bytes(), &key, Algorithm::HS256)
                .unwrap_or(false)
    }
}

/// A token in its parts.
pub(super) struct OutsideToken<'a> {
    pub(super) header: &'a Value,
    pub(super) claims: &'a Value,
    pub(super) message: &'a str,
    pub(super) signature: &'a str,
}

fn check_time(claims: &Value, now: Millis) -> Result<(), Refusal> {
    let time = |name: &str| claims[name].as_i64().map(|seconds| seconds * SECOND);
    // Five minutes of skew between clocks, as token libraries grant them.
    let skew = 5 * MINUTE;
    let begun = time("nbf").is_none_or(|begin| begin - skew <= now);
    let ended = time("exp").is_none_or(|expiry| expiry + skew <= now);
    if begun && !ended {
        return Ok(());
    }
    let text = format!(
        "Client assertion is not within its valid time range. Current time: {}Z.",
        clock::seconds(now)
    );
    Err(Refusal::new(700_024, text))
}
