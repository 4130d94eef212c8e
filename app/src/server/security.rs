//! Who may ask, and what may the page do?

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use source::service::Secret;

use super::answer::Refusal;

/// The page loads nothing from elsewhere, and nothing may frame it. A report is one file with its
/// style inside, which is known by its hash.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(report::render::STYLE));
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{hash}'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("plain letters")
});

/// What a request must show.
pub struct Guard {
    address: SocketAddr,
    token: Option<Secret>,
}

impl Guard {
    pub fn new(address: SocketAddr, token: Option<Secret>) -> Arc<Guard> {
        Arc::new(Guard { address, token })
    }

    /// A name that resolves to us is not enough: a page of the attacker's may have made it do so
    /// (DNS rebinding). Behind a token any name is fine.
    fn knows_host(&self, headers: &HeaderMap) -> bool {
        if self.token.is_some() {
            return true;
        }
        let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
            return false;
        };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            _ => host,
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip == self.address.ip())
    }

    /// A page of another site may have its reader's browser send a form to us. It cannot know the
    /// token, and without one its origin gives it away.
    fn is_from_elsewhere(&self, request: &Request<Body>) -> bool {
        if self.token.is_some() || request.method().is_safe() {
            return false;
        }
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let Some(origin) = request.headers().get(ORIGIN) else { return false };
        let authority = origin.to_str().ok().and_then(|it| it.split_once("://")).map(|it| it.1);
        authority.is_none() || authority != text(HOST)
    }

    fn knows_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let given = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        match (given, token.read()) {
            (Some(given), Ok(token)) => same(given.as_bytes(), token.expose().as_bytes()),
            _ => false,
        }
    }
}

/// Compares without telling by its duration how much was right.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

pub async fn guard(
    State(guard): State<Arc<Guard>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = if !guard.knows_host(request.headers()) {
        let words = "the Host header names another server";
        Refusal::new(StatusCode::FORBIDDEN, words, "open the page by its loopback address")
            .into_response()
    } else if guard.is_from_elsewhere(&request) {
        let words = "the request comes from a page of another site";
        Refusal::new(StatusCode::FORBIDDEN, words, "use the page of this server").into_response()
    } else if is_api && !guard.knows_token(request.headers()) {
        let words = "an access token is needed";
        let mut response =
            Refusal::new(StatusCode::UNAUTHORIZED, words, "send Authorization: Bearer TOKEN")
                .into_response();
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        response
    } else {
        next.run(request).await
    };
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_known() {
        let guard = Guard::new("127.0.0.1:8365".parse().unwrap(), None);
        for (host, known) in [
            ("127.0.0.1:8365", true),
            ("localhost:8365", true),
            ("LOCALHOST", true),
            ("[::1]:8365", true),
            ("evil.example:8365", false),
            ("127.0.0.1.evil.example", false),
            ("192.0.2.1", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            assert_eq!(guard.knows_host(&headers), known, "{host}");
        }
        assert!(!guard.knows_host(&HeaderMap::new()));
    }

    #[test]
    fn pages_of_other_sites_change_nothing() {
        let check = |method: &str, origin: Option<&str>, is_from_elsewhere| {
            let guard = Guard::new("127.0.0.1:8365".parse().unwrap(), None);
            let mut request = Request::builder().method(method).header(HOST, "127.0.0.1:8365");
            if let Some(origin) = origin {
                request = request.header(ORIGIN, origin);
            }
            let request = request.body(Body::empty()).unwrap();
            assert_eq!(guard.is_from_elsewhere(&request), is_from_elsewhere, "{method} {origin:?}");
        };
        check("POST", None, false);
        check("POST", Some("http://127.0.0.1:8365"), false);
        check("POST", Some("http://127.0.0.1:3000"), true);
        check("DELETE", Some("https://fabrikam.example"), true);
        check("POST", Some("null"), true);
        check("GET", Some("https://fabrikam.example"), false);
    }

    #[test]
    fn the_token_must_fit() {
        let token = Some(Secret::in_memory("t0ken"));
        let guard = Guard::new("192.0.2.1:8365".parse().unwrap(), token);
        for (value, known) in [
            (Some("Bearer t0ken"), true),
            (Some("Bearer t0ke"), false),
            (Some("Bearer t0kem"), false),
            (Some("t0ken"), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            }
            assert_eq!(guard.knows_token(&headers), known, "{value:?}");
        }
    }
}
