//! What comes in, and what goes out?

use std::time::Duration;

use super::chunks::Chunks;
use super::errors::Problem;
use super::webhook::WebhookCall;

const JSON: &str = "application/json; charset=utf-8";

/// An HTTP request, without the connection it came on.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// Path and query, as on the request line.
    pub target: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Request {
        Request { method: method.into(), target: target.into(), ..Request::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.body = body.into();
        self
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A query parameter; names are read without regard to case.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.into_owned())
            .filter(|value| !value.is_empty())
    }
}

/// An HTTP answer, with what the connection shall do to it.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// In place of a body that is too large to hold.
    pub stream: Option<Chunks>,
    /// Send the body only up to here, then break the connection. Content-Length states the whole.
    pub cut_at: Option<usize>,
    /// Wait so long before answering.
    pub delay: Duration,
    /// Never answer, but hold the connection.
    pub hangs: bool,
    /// Damage the body if it gets compressed.
    pub(super) gzip_lies: bool,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn json(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            headers: vec![("Content-Type", JSON.into())],
            body: body.into(),
            ..Answer::default()
        }
    }

    pub(super) fn text(status: u16, body: &str) -> Answer {
        let headers = vec![("Content-Type", "text/plain; charset=utf-8".into())];
        Answer { status, headers, body: body.into(), ..Answer::default() }
    }

    /// No answer. The status is what a proxy might say in the end.
    pub(super) fn never() -> Answer {
        Answer { status: 504, hangs: true, ..Answer::default() }
    }

    pub(super) fn empty() -> Answer {
        Answer { status: 200, ..Answer::default() }
    }

    pub(super) fn problem(problem: &Problem) -> Answer {
        let mut answer = Answer::json(problem.status(), problem.body());
        if let Problem::TooMany { retry_after_seconds, .. } = problem {
            answer.headers.push(("Retry-After", retry_after_seconds.to_string()));
        }
        answer
    }

    /// Marks the answer as the service marks its listings.
    pub(super) fn uncached(mut self) -> Answer {
        self.headers.extend([
            ("Pragma", "no-cache".into()),
            ("Cache-Control", "no-cache".into()),
            ("Expires", "-1".into()),
        ]);
        self
    }
}

/// What the emulator wants to happen next.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer(Answer),
    /// The webhook must be asked first. Report its status to
    /// [`Emulator::validated`](crate::Emulator::validated),
    /// which gives the answer.
    AfterCall(WebhookCall),
}
