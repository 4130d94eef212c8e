//! Who is asking? Access tokens as the emulator makes and recognises them.
//!
//! A token has the shape and the claims of a real one. Its last part is no RSA signature but a
//! keyed check of the emulator's own: clients must not look into tokens, and nothing of value
//! stands behind these.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::clock::{Millis, SECOND};
use crate::random::{blend_text, mix};

/// The claims this API looks at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) aud: String,
    pub(super) iss: String,
    /// Seconds since 1970.
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
    pub(super) appid: String,
    /// "1" for a secret, "2" for a certificate.
    pub(super) appidacr: String,
    pub(super) idp: String,
    pub(super) oid: String,
    pub(super) sub: String,
    pub(super) roles: Vec<String>,
    pub(super) tid: String,
    pub(super) ver: String,
}

const HEADER: &str = r#"{"typ":"JWT","alg":"RS256","kid":"emulator"}"#;

pub(super) fn seal(claims: &Claims, key: u64) -> String {
    let payload = serde_json::to_string(claims).unwrap_or_default();
    let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(payload));
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mark(&body, key)))
}

/// The claims of a token of ours that is valid at `now`.
pub(super) fn open(token: &str, key: u64, now: Millis) -> Option<Claims> {
    let (body, signature) = token.rsplit_once('.')?;
    if URL_SAFE_NO_PAD.decode(signature).ok()? != mark(body, key) {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(body.split_once('.')?.1).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    (claims.nbf * SECOND <= now && now < claims.exp * SECOND).then_some(claims)
}

fn mark(body: &str, key: u64) -> Vec<u8> {
    let first = blend_text(key, body);
    let second = mix(first ^ key.rotate_left(32));
    [first.to_be_bytes(), second.to_be_bytes()].concat()
}
