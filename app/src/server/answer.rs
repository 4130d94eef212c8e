//! How does the API say no?

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// An error with the way out.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    message: String,
    hint: String,
    position: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Serialize, ToSchema)]
struct ErrorDetail {
    message: String,
    /// What to do about it.
    hint: String,
    /// Where in the search text, in characters from its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
}

impl Refusal {
    pub fn new(status: StatusCode, message: impl Into<String>, hint: impl Into<String>) -> Refusal {
        Refusal { status, message: message.into(), hint: hint.into(), position: None }
    }

    pub fn wrong(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, message, hint)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Refusal { status, message, hint, position } = self;
        let body = ErrorBody { error: ErrorDetail { message, hint, position } };
        (status, Json(body)).into_response()
    }
}

impl From<search::query::QueryError> for Refusal {
    fn from(error: search::query::QueryError) -> Refusal {
        let mut refusal = Refusal::wrong(error.message, error.hint);
        refusal.position = Some(error.position);
        refusal
    }
}

impl From<search::Error> for Refusal {
    fn from(error: search::Error) -> Refusal {
        match error {
            search::Error::Sql(message) => Refusal::wrong(message, "mend the query"),
            error => internal(error),
        }
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Refusal {
        internal(error)
    }
}

pub(super) fn internal(error: impl std::fmt::Display) -> Refusal {
    tracing::error!("{error}");
    let hint = "see the server's log; try again";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string(), hint)
}
