//! Does a client assertion prove who the client is?
//!
//! Form and claims are checked (algorithm, thumbprint, aud, iss, sub, jti, nbf, exp), and the
//! signature when the tenant's setup names a certificate. That the thumbprint belongs to the
//! certificate is not checked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

use super::federated::OutsideToken;
use super::options::TenantSetup;
use super::refusal::Refusal;
use super::token::{TokenRequest, Version};
use crate::clock::{MINUTE, SECOND};

/// Hosts of the real endpoints; an assertion may be addressed to them or to the emulator.
const AUTHORITIES: [&str; 3] =
    ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"];

/// A key of 2048 bits, the least that is accepted, makes a signature of this size.
const SIGNATURE_BYTES_MIN: usize = 256;

pub(super) fn check(
    request: &TokenRequest<'_>,
    setup: &TenantSetup,
    assertion: &str,
) -> Result<(), Refusal> {
    let parts = split(assertion)
        .ok_or_else(|| Refusal::new(50027, "The client assertion is not a JWT."))?;
    // An own assertion is issued by the client itself; anything else comes from outside.
    if let Some(federated) = &setup.federated
        && parts.claims["iss"] != setup.client_id
    {
        return federated.check(&parts.outside(), request.now);
    }
    check_signature(setup, &parts).map_err(|what| Refusal::new(700_027, what))?;
    check_claims(request, setup, &parts.claims).map_err(|what| {
        Refusal::new(50012, format!("The client assertion was not accepted: {what}."))
    })
}

struct Parts<'a> {
    header: Value,
    claims: Value,
    message: &'a str,
    signature: &'a str,
    signature_bytes: usize,
}

impl Parts<'_> {
    fn outside(&self) -> OutsideToken<'_> {
        OutsideToken {
            header: &self.header,
            claims: &self.claims,
            message: self.message,
            signature: self.signature,
        }
    }
}

fn split(assertion: &str) -> Option<Parts<'_>> {
    let (message, signature) = assertion.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let signature_bytes = URL_SAFE_NO_PAD.decode(signature).ok()?.len();
    Some(Parts {
        header: json(header)?,
        claims: json(claims)?,
        message,
        signature,
        signature_bytes,
    })
}

fn check_signature(setup: &TenantSetup, parts: &Parts<'_>) -> Result<(), &'static str> {
    let algorithm = match parts.header["alg"].as_str() {
        Some("RS256") => Algorithm::RS256,
        Some("PS256") => Algorithm::PS256,
        _ => return Err("The client assertion must be signed with RS256 or PS256."),
    };
    if parts.header["x5t"].as_str().is_none() && parts.header["x5t#S256"].as_str().is_none() {
        return Err("The client assertion names no certificate thumbprint (x5t).");
    }
    if parts.signature_bytes < SIGNATURE_BYTES_MIN {
        return Err("The client assertion is not signed with a key of at least 2048 bits.");
    }
    let Some(pem) = &setup.client_certificate else { return Ok(()) };
    let verified = DecodingKey::from_rsa_pem(pem.as_bytes())
        .and_then(|key| crypto::verify(parts.signature, parts.message.as_bytes(), &key, algorithm));
    match verified {
        Ok(true) => Ok(()),
        _ => Err("The client assertion failed signature validation."),
    }
}

fn check_claims(
    request: &TokenRequest<'_>,
    setup: &TenantSetup,
    claims: &Value,
) -> Result<(), &'static str> {
    let claim = |name: &str| claims[name].as_str().unwrap_or_default();
    let time = |name: &str| claims[name].as_i64().map(|seconds| seconds * SECOND);
    // Five minutes of skew between clocks, as token libraries grant them.
    let skew = 5 * MINUTE;
    if !audience_fits(request, setup, claim("aud")) {
        return Err("aud is not the token endpoint");
    }
    if !claim("iss").eq_ignore_ascii_case(&setup.client_id) {
        return Err("iss is not the client id");
    }
    if !claim("sub").eq_ignore_ascii_case(&setup.client_id) {
        return Err("sub is not the client id");
    }
    if claim("jti").is_empty() {
        return Err("jti is missing");
    }
    if time("exp").is_none_or(|expiry| expiry + skew <= request.now) {
        return Err("exp is missing or past");
    }
    if time("nbf").is_some_and(|begin| begin - skew > request.now) {
        return Err("nbf is in the future");
    }
    Ok(())
}

/// The URL posted to, or the one the real endpoint would have.
fn audience_fits(request: &TokenRequest<'_>, setup: &TenantSetup, audience: &str) -> bool {
    let path = match request.version {
        Version::V1 => "oauth2/token",
        Version::V2 => "oauth2/v2.0/token",
    };
    let real = |host: &str| {
        [request.tenant, &setup.tenant.tenant_id]
            .iter()
            .any(|tenant| audience == format!("https://{host}/{tenant}/{path}"))
    };
    audience == request.url || AUTHORITIES.iter().any(|host| real(host))
}
