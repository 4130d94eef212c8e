//! What went wrong, and what should the caller do next?

use std::fmt;
use std::time::Duration;

use event::TenantName;

/// What the caller should do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ask again after this long: the service is throttling, failing or out of reach, and the tries
    /// within the call are used up.
    Later { after: Duration },
    /// The content or the window is past its life, or the content is not there: a gap.
    Expired,
    /// There is no enabled subscription for this content type: start it, then ask again.
    NoSubscription,
    /// An administrator of the tenant has to permit something; the text says what and where.
    Denied,
    /// The configuration does not fit the tenant; the text says which part.
    Misconfigured,
    /// The service does not accept this request, and will not accept it later either.
    Rejected,
    /// The address points outside the configured cloud, so no token was sent there.
    Untrusted,
    /// The answer ended early, after this many whole records. Ask again; when it ends at the same
    /// place every time, keep what came and what [`salvage`](crate::activity_feed::BlobStream::salvage) has.
    Cut { whole_records: u64 },
    /// The answer cannot be understood.
    Broken,
}

/// An error of a service. Its text names the tenant, the operation and the way out.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: Kind,
    tenant: TenantName,
    operation: String,
    words: String,
    code: Option<String>,
    status: Option<u16>,
    body: String,
}

impl Error {
    /// Answers are kept for the log up to this many bytes.
    pub const BODY_BYTES_MAX: usize = 4096;

    pub(crate) fn new(
        kind: Kind,
        tenant: &TenantName,
        operation: &str,
        words: impl Into<String>,
    ) -> Error {
        Error(Box::new(Inner {
            kind,
            tenant: tenant.clone(),
            operation: readable(operation),
            words: readable(&words.into()),
            code: None,
            status: None,
            body: String::new(),
        }))
    }

    pub(crate) fn with_answer(
        mut self,
        code: Option<String>,
        status: Option<u16>,
        body: String,
    ) -> Error {
        self.0.code = code;
        self.0.status = status;
        self.0.body = body;
        self
    }

    pub(crate) fn with_kind(mut self, kind: Kind) -> Error {
        self.0.kind = kind;
        self
    }

    /// The same trouble, met while doing something else: a failed sign-in stops a listing.
    pub(crate) fn during(mut self, operation: &str) -> Error {
        if self.0.operation != operation {
            self.0.operation = format!("{} to {}", self.0.operation, readable(operation));
        }
        self
    }

    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The service's own code, for example `AF20023` or `AADSTS7000222`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The HTTP status of the answer, when there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The beginning of the answer as sent, for a log or a support case. It is hostile text.
    pub fn body(&self) -> &str {
        &self.0.body
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Inner { tenant, operation, words, .. } = &*self.0;
        write!(f, "tenant {tenant}: cannot {operation}: {words}")?;
        match (&self.0.code, self.0.status) {
            (Some(code), Some(status)) => write!(f, " [{code}, HTTP {status}]"),
            (Some(code), None) => write!(f, " [{code}]"),
            (None, Some(status)) => write!(f, " [HTTP {status}]"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// A message stays readable on one terminal line whatever the other side wrote.
const MESSAGE_CHARS_MAX: usize = 600;

/// Text of the other side made harmless: control characters become spaces, the rest is cut.
pub(crate) fn readable(text: &str) -> String {
    text.chars()
        .map(|c| match c.is_control() || is_direction(c) {
            true => ' ',
            false => c,
        })
        .take(MESSAGE_CHARS_MAX)
        .collect()
}

/// Characters that turn the direction of writing can make a message read as another.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The beginning of an answer, as text.
pub(crate) fn excerpt(body: &[u8]) -> String {
    let end = body.len().min(Error::BODY_BYTES_MAX);
    String::from_utf8_lossy(&body[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_tenant_operation_and_code_on_one_line() {
        let tenant = TenantName::new("contoso").unwrap();
        let error = Error::new(Kind::Denied, &tenant, "list Audit.Exchange", "no\r\nway\u{1b}[2J")
            .with_answer(Some("AF10001".into()), Some(403), String::new());
        assert_eq!(
            error.to_string(),
            "tenant contoso: cannot list Audit.Exchange: no  way [2J [AF10001, HTTP 403]"
        );
        let error = Error::new(Kind::Broken, &tenant, "sign in", "x".repeat(5000));
        assert!(error.to_string().len() < 700);
    }
}
