//! What does an HTTP answer mean?
//!
//! The status decides the kind of the error, RFC 9110 and RFC 6585 say which; the words are the
//! service's own, cut to a bound and made printable, since they may repeat hostile text.

use std::error::Error as _;
use std::io::Write;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode};
use url::Url;

use crate::{Error, Result};

/// Of an answer, that many bytes are read.
const ANSWER_BYTES_MAX: usize = 8 << 20;
/// Of a service's words, that many characters are repeated.
const WORDS_MAX: usize = 300;
/// No service is left alone for longer than this, whatever it asks for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);

pub(crate) struct Answer {
    /// Who answered, for words.
    who: String,
    pub status: StatusCode,
    headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Sends, and reads the answer whatever its status. `who` names the service and its address.
pub(crate) async fn ask(who: &str, request: RequestBuilder) -> Result<Answer> {
    let failed = |error: reqwest::Error| transport(who, &error);
    let mut response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Error::later(format!(
                "{who}: the answer is longer than {ANSWER_BYTES_MAX} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { who: who.to_owned(), status, headers, body })
}

impl Answer {
    /// `Ok` for any 2xx.
    pub fn accepted(self) -> Result<Answer> {
        if self.status.is_success() { Ok(self) } else { Err(self.error()) }
    }

    pub fn error(&self) -> Error {
        self.error_of(self.status)
    }

    /// The error as if the status were this one.
    pub fn error_of(&self, status: StatusCode) -> Error {
        let words = self.words();
        match status.as_u16() {
            408 | 425 | 429 | 500..=599 => Error::Later { words, after: self.after() },
            400 | 413 | 422 => Error::Whole { words },
            300..=399 => {
                let place = self.headers.get(LOCATION).and_then(|it| it.to_str().ok());
                let place = printable(place.unwrap_or("another place"));
                Error::Denied { words: format!("{words}; it points to {place}, set that url") }
            }
            _ => Error::Denied { words },
        }
    }

    /// Who answered what.
    pub fn words(&self) -> String {
        let said = printable(&String::from_utf8_lossy(&self.body));
        let colon = if said.is_empty() { "" } else { ": " };
        format!("{} answered {}{colon}{said}", self.who, self.status)
    }

    /// The pause that the service asks for: seconds, or a date of RFC 9110.
    fn after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let seconds = match text.parse::<u64>() {
            Ok(seconds) => seconds,
            Err(_) => {
                let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
                (date.timestamp() - chrono::Utc::now().timestamp()).max(0) as u64
            }
        };
        Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
    }
}

/// A certificate that is not trusted stays so; any other failure may pass.
fn transport(who: &str, error: &reqwest::Error) -> Error {
    // The address is told already, and may carry a secret in its query.
    let mut words = format!("{who}: no answer");
    let mut next = error.source();
    let mut certificate = false;
    while let Some(cause) = next {
        certificate |= is_certificate(cause);
        words = format!("{words}: {}", printable(&cause.to_string()));
        next = cause.source();
    }
    if certificate {
        return Error::denied(format!("{words}; set tls.ca to the authority's PEM file"));
    }
    Error::later(words)
}

/// An I/O error does not name the error inside it as its source.
fn is_certificate(cause: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = cause.downcast_ref() {
        return true;
    }
    let inner = cause.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
    inner.is_some_and(|inner| is_certificate(inner))
}

/// Text for one line of a terminal or a log, cut to a bound.
pub(crate) fn printable(text: &str) -> String {
    let text = text.trim_matches(|char: char| char.is_whitespace() || char.is_control());
    let visible = |char: char| if char.is_control() { ' ' } else { char };
    let mut shown: String = text.chars().take(WORDS_MAX).map(visible).collect();
    if text.chars().nth(WORDS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Reads the address of a service: `http` or `https`, without user and password in it.
pub(crate) fn service_url(setting: &str, text: &str) -> std::result::Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{setting}: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(format!("{setting}: write http://HOST:PORT or https://HOST:PORT"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "{setting}: the secret is not written here; refer to it by its setting"
        ));
    }
    Ok(url)
}

/// The address with these segments after its path.
pub(crate) fn under(url: &Url, segments: &[&str]) -> Url {
    let mut url = url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// The address for words: without what stands after `?`.
pub(crate) fn place(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    shown.into()
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Adds the body, compressed if told.
pub(crate) fn with_body(request: RequestBuilder, body: Vec<u8>, gzipped: bool) -> RequestBuilder {
    if gzipped {
        request.header("content-encoding", "gzip").body(gzip(&body))
    } else {
        request.body(body)
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let compressed = Vec::with_capacity(bytes.len() / 4 + 64);
    let mut encoder = flate2::write::GzEncoder::new(compressed, flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes all writes")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>, body: &str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(text) = retry_after {
            headers.insert(RETRY_AFTER, text.parse().unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        Answer { who: "siem".to_owned(), status, headers, body: body.into() }
    }

    #[test]
    fn the_status_says_what_follows() {
        for (status, expected) in [
            (408, "later"),
            (425, "later"),
            (429, "later"),
            (500, "later"),
            (503, "later"),
            (400, "whole"),
            (413, "whole"),
            (401, "denied"),
            (403, "denied"),
            (404, "denied"),
            (302, "denied"),
            (405, "denied"),
        ] {
            let kind = match answer(status, None, "").error() {
                Error::Later { .. } => "later",
                Error::Whole { .. } => "whole",
                Error::Denied { .. } => "denied",
                Error::Some(_) => "some",
            };
            assert_eq!(kind, expected, "{status}");
        }
    }

    #[test]
    fn the_pause_is_taken_from_the_service_within_a_bound() {
        let after = |text| answer(429, Some(text), "").after().map(|it| it.as_secs());
        assert_eq!(after("7"), Some(7));
        assert_eq!(after("999999999"), Some(600));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(0));
        assert_eq!(after("Wed, 21 Oct 2195 07:28:00 GMT"), Some(600));
        assert_eq!(after("soon"), None);
    }

    #[test]
    fn the_words_are_printable_and_short() {
        let words = answer(400, None, &format!("\u{1b}[31mred\r\n{}", "x".repeat(9_000))).words();
        assert!(words.starts_with("siem answered 400 Bad Request: [31mred  xxx"), "{words}");
        assert!(words.chars().count() < 400 && !words.chars().any(char::is_control));
    }

    #[test]
    fn secrets_do_not_hide_in_addresses() {
        let url = service_url("url", "https://siem.example/a?token=secret").unwrap();
        assert_eq!(place(&url), "https://siem.example/a");
        assert!(service_url("url", "https://user:secret@siem.example").is_err());
        assert!(service_url("url", "ftp://siem.example").is_err());
        assert_eq!(under(&url, &["b", "c/d"]).path(), "/a/b/c%2Fd");
    }
}
