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
    /// The file is no evidence and was met by the way, in a folder or archive: it was passed over,
    /// and nothing is missing for it.
    pub is_skip: bool,
}

impl Error {
    pub(super) fn new(
        origin: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        let (problem, remedy) = (problem.into(), remedy.into());
        Error { origin: origin.to_owned(), problem, remedy, is_skip: false }
    }

    /// The same as a reason to pass over a file.
    pub(super) fn skipping(mut self, is_skip: bool) -> Error {
        self.is_skip = is_skip;
        self
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
