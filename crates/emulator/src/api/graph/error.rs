//! What can go wrong in Graph, and how does it say so?

use serde_json::json;

use crate::clock::{self, Millis};

/// An error of Graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GraphError {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// Seconds, whole or not, as the service writes them.
    pub(super) retry_after: Option<String>,
}

impl GraphError {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> GraphError {
        GraphError { status, code, message: message.into(), retry_after: None }
    }

    pub(super) fn unauthenticated(message: &str) -> GraphError {
        GraphError::new(401, "InvalidAuthenticationToken", message)
    }

    pub(super) fn denied() -> GraphError {
        let message = "Insufficient privileges to complete the operation.";
        GraphError::new(403, "Authorization_RequestDenied", message)
    }

    pub(super) fn not_premium() -> GraphError {
        GraphError::new(
            403,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "Neither tenant is B2C or tenant doesn't have premium license",
        )
    }

    pub(super) fn bad_request(message: impl Into<String>) -> GraphError {
        GraphError::new(400, "BadRequest", message)
    }

    pub(super) fn not_found(what: &str) -> GraphError {
        GraphError::new(404, "ResourceNotFound", format!("Resource '{what}' does not exist."))
    }

    pub(super) fn too_many(retry_after: Option<String>) -> GraphError {
        let message = "Too many requests. Try again later.";
        GraphError { retry_after, ..GraphError::new(429, "TooManyRequests", message) }
    }

    /// A failure of the service, each second time of what stands before it.
    pub(super) fn broken(number: u64) -> GraphError {
        if number.is_multiple_of(2) {
            let message = "The service ran into an internal error.";
            return GraphError::new(500, "InternalServerError", message);
        }
        let error =
            GraphError::new(503, "serviceNotAvailable", "The service is unavailable. Try again.");
        GraphError { retry_after: Some("2".into()), ..error }
    }

    pub(super) fn body(&self, request_id: &str, client_request_id: &str, now: Millis) -> String {
        json!({
            "error": {
                "code": self.code,
                "message": self.message,
                "innerError": {
                    "date": clock::seconds(now),
                    "request-id": request_id,
                    "client-request-id": client_request_id,
                },
            },
        })
        .to_string()
    }
}
