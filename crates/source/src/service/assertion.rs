//! How does an app prove itself with a certificate?
//!
//! With a short-lived token of its own making: a JWT signed with the certificate's key, which names
//! the certificate by the SHA-1 of its DER bytes (Management Activity API reference, "client assertion").

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use sha1::{Digest, Sha1};

use super::certificate;

/// How long an assertion is good for, as in the reference's sample.
const LIFE_SECONDS: i64 = 600;

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: &'a str,
    nbf: i64,
    exp: i64,
}

/// What an assertion is about.
pub(crate) struct Assertion<'a> {
    /// The address it is posted to.
    pub token_url: &'a str,
    pub client_id: &'a str,
    /// A random GUID: no assertion is accepted twice.
    pub id: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

impl Assertion<'_> {
    /// Signs it. The error says which of the two PEM texts is unusable, and never quotes them.
    pub fn sign(&self, certificate_pem: &str, key_pem: &str) -> Result<String, String> {
        let mut header = Header::new(Algorithm::RS256);
        header.x5t = Some(thumbprint(certificate_pem)?);
        let key = signing_key(key_pem)?;
        let claims = Claims {
            aud: self.token_url,
            iss: self.client_id,
            sub: self.client_id,
            jti: self.id,
            nbf: self.now,
            exp: self.now + LIFE_SECONDS,
        };
        jsonwebtoken::encode(&header, &claims, &key).map_err(|_| {
            "the certificate's key cannot sign; it must be an RSA key of at least 2048 bits".into()
        })
    }
}

/// Base64url of the SHA-1 of the first certificate.
fn thumbprint(pem: &str) -> Result<String, String> {
    Ok(URL_SAFE_NO_PAD.encode(Sha1::digest(certificate::der(pem)?)))
}

fn signing_key(pem: &str) -> Result<EncodingKey, String> {
    let block = block(pem, |label| label.ends_with("PRIVATE KEY"))
        .ok_or("the key's PEM holds no PRIVATE KEY block")?;
    // PKCS #8 says it in the label, the older form in a header line.
    if block.label.starts_with("ENCRYPTED") || block.body.contains("Proc-Type:") {
        return Err(
            "the key's PEM is encrypted; decrypt it (openssl pkey) and protect the file instead"
                .into(),
        );
    }
    EncodingKey::from_rsa_pem(block.whole.as_bytes())
        .map_err(|_| "the key's PEM holds no RSA private key".into())
}

pub(crate) struct Block<'a> {
    whole: &'a str,
    label: &'a str,
    pub body: &'a str,
}

/// The first PEM block with a label that fits; other blocks and text between them are skipped.
pub(crate) fn block<'a>(pem: &'a str, fits: impl Fn(&str) -> bool) -> Option<Block<'a>> {
    const BEGIN: &str = "-----BEGIN ";
    const DASHES: &str = "-----";
    let mut rest = pem;
    loop {
        let start = rest.find(BEGIN)?;
        let from_label = &rest[start + BEGIN.len()..];
        let (label, from_body) = from_label.split_once(DASHES)?;
        let ending = format!("-----END {label}-----");
        let (body, after) = from_body.split_once(&ending)?;
        if fits(label) {
            let whole = &rest[start..rest.len() - after.len()];
            return Some(Block { whole, label, body });
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
    use serde_json::{Value, json};

    use super::*;

    const ASSERTION: Assertion = Assertion {
        token_url: "https://login.example.org/t/oauth2/v2.0/token",
        client_id: "0e9b3178-9678-47dd-a509-37222ca96b42",
        id: "50842eb7-edc8-4019-85dd-5a5c1f2bb085",
        now: 1_790_000_000,
    };

    #[test]
    fn an_assertion_is_signed_and_names_its_certificate() {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        let chain = format!("Bag Attributes\n{}{}", certificate.pem(), certificate.pem());
        let both = format!("{}{}", key.serialize_pem(), certificate.pem());
        for (certificate_pem, key_pem) in [(&chain, &key.serialize_pem()), (&both, &both)] {
            let signed = ASSERTION.sign(certificate_pem, key_pem).unwrap();
            let mut validation = Validation::new(Algorithm::RS256);
            validation.set_audience(&[ASSERTION.token_url]);
            validation.validate_exp = false;
            let public = DecodingKey::from_rsa_der(key.public_key_raw());
            let token = jsonwebtoken::decode::<Value>(&signed, &public, &validation).unwrap();
            assert_eq!(
                token.claims,
                json!({
                    "aud": ASSERTION.token_url, "iss": ASSERTION.client_id, "sub": ASSERTION.client_id,
                    "jti": ASSERTION.id, "nbf": 1_790_000_000, "exp": 1_790_000_600,
                })
            );
            assert_eq!(token.header.typ.as_deref(), Some("JWT"));
            let expected = URL_SAFE_NO_PAD.encode(Sha1::digest(certificate.der()));
            assert_eq!(token.header.x5t, Some(expected));
        }
    }

    #[test]
    fn unusable_pems_are_named_and_not_quoted() {
        let elliptic = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = CertificateParams::default().self_signed(&elliptic).unwrap().pem();
        let check = |certificate: &str, key: &str, expected: &str| {
            let error = ASSERTION.sign(certificate, key).unwrap_err();
            assert!(error.contains(expected) && !error.contains("MII"), "{error}");
        };
        let elliptic = elliptic.serialize_pem();
        check("", &elliptic, "no CERTIFICATE");
        check(&elliptic, &elliptic, "no CERTIFICATE");
        check("-----BEGIN CERTIFICATE-----\nMII!\n-----END CERTIFICATE-----", "", "damaged");
        check("-----BEGIN CERTIFICATE-----\nMII", "", "no CERTIFICATE");
        check(&certificate, "", "no PRIVATE KEY");
        check(&certificate, &certificate, "no PRIVATE KEY");
        check(&certificate, &elliptic, "RSA");
        let encrypted =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n-----END ENCRYPTED PRIVATE KEY-----";
        check(&certificate, encrypted, "encrypted");
    }
}
