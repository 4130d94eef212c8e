//! What went wrong with a file, and what can be done about it?

use std::fmt;
use std::io;

/// One file, archive member or argument that cannot be read, or not to its end.
#[derive(Debug)]
pub struct Error {
    /// What it concerns, as the user named it.
    pub origin: String,
    pub problem: String,
    pub remedy: String,
}

impl Error {
    pub(super) fn new(
        origin: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        Error { origin: origin.to_owned(), problem: problem.into(), remedy: remedy.into() }
    }

    pub(super) fn opening(origin: &str, error: io::Error) -> Error {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "check the name",
            io::ErrorKind::PermissionDenied => "allow reading it, or run as a user who may",
            _ => "check the file and its disk",
        };
        Error::new(origin, reason(&error), remedy)
    }

    pub(super) fn reading(origin: &str, error: io::Error) -> Error {
        let problem = match error.kind() {
            io::ErrorKind::UnexpectedEof => "it is cut short".into(),
            _ => reason(&error),
        };
        let remedy = "what came before was read; get the file again and import it once more";
        Error::new(origin, problem, remedy)
    }
}

/// The system's words without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}; {}", self.origin, self.problem, self.remedy)
    }
}

impl std::error::Error for Error {}
