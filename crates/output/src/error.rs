//! Why was a batch not taken, and what follows from it?

use std::time::Duration;

pub type Result<T> = std::result::Result<T, Error>;

/// Each kind has its own consequence; the words name the thing and the way out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Nothing of the batch need have arrived; try it again, after the pause the service named.
    #[error("{words}")]
    Later { words: String, after: Option<Duration> },
    /// Some records are refused for good, all others of the batch were taken.
    #[error("{} records refused, the first: {}", .0.len(), .0.first().map_or("", |it| &it.reason))]
    Some(Vec<Refusal>),
    /// The batch as a whole is refused, and the service does not say which record is to blame.
    #[error("{words}")]
    Whole { words: String },
    /// An administrator has to act: a wrong token, a missing table, a certificate not trusted.
    #[error("{words}")]
    Denied { words: String },
}

/// A record that a service will never take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its place in the batch, from 0.
    pub index: usize,
    pub reason: String,
}

impl Error {
    pub fn later(words: impl Into<String>) -> Error {
        Error::Later { words: words.into(), after: None }
    }

    pub fn whole(words: impl Into<String>) -> Error {
        Error::Whole { words: words.into() }
    }

    pub fn denied(words: impl Into<String>) -> Error {
        Error::Denied { words: words.into() }
    }
}
