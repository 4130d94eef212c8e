//! What can go wrong in the feed API, and how does it say so?
//!
//! Codes and messages are those of the Management Activity API reference; where it gives no HTTP
//! status, the choice is marked.

use serde_json::json;
use thiserror::Error;

/// An error of the feed API.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Problem {
    #[error(
        "The permission set ({0}) sent in the request did not include the expected permission ActivityFeed.Read."
    )]
    PermissionMissing(String),
    #[error("Missing parameter: {0}.")]
    ParameterMissing(&'static str),
    #[error("Invalid parameter type: {0}. Expected type: {1}")]
    ParameterType(&'static str, &'static str),
    #[error("Expiration {0} provided is set to past date and time.")]
    ExpirationPast(String),
    #[error(
        "The tenant ID passed in the URL ({0}) does not match the tenant ID passed in the access token ({1})."
    )]
    TenantMismatch(String, String),
    #[error("Specified tenant ID ({0}) does not exist in the system or has been deleted.")]
    TenantUnknown(String),
    #[error("Specified tenant ID ({0}) is incorrectly configured in the system.")]
    TenantMisconfigured(String),
    #[error("The tenant ID passed in the URL ({0}) is not a valid GUID.")]
    TenantNotGuid(String),
    #[error("The specified content type is not valid.")]
    ContentTypeInvalid,
    #[error("The webhook endpoint {0} could not be validated. {1}")]
    WebhookInvalid(String, &'static str),
    #[error("No subscription found for the specified content type.")]
    SubscriptionMissing,
    #[error("The subscription was disabled by {0}.")]
    SubscriptionDisabled(String),
    #[error("The subscription is already enabled. No property change.")]
    AlreadyEnabled,
    #[error(
        "Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time prior to end time and start time no more than 7 days in the past."
    )]
    Window,
    #[error(
        "Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time no more than 7 days in the past."
    )]
    WindowOldText,
    #[error("Invalid nextPage Input: {0}.")]
    NextPage(String),
    #[error("The specified content ({0}) does not exist.")]
    ContentMissing(String),
    #[error(
        "Content requested with the key {0} has already expired. Content older than 7 days cannot be retrieved."
    )]
    ContentExpired(String),
    #[error("Content ID {0} in the URL is invalid.")]
    ContentIdInvalid(String),
    #[error("Only one language may be present in the Accept-Language header.")]
    ManyLanguages,
    #[error("Invalid syntax in Accept-Language header.")]
    LanguageSyntax,
    #[error("Too many requests. Method={method}, PublisherId={publisher}")]
    TooMany { method: &'static str, publisher: String, status: u16, retry_after_seconds: u64 },
    #[error("An internal error occurred. Retry the request.")]
    Internal,
    /// The tenant's audit log is off: the code holds a diagnostic text, cut in the middle.
    #[error("{message}")]
    Diagnostic { code: String, message: String },
}

pub(crate) const NOT_200: &str = "The endpoint did not return HTTP 200.";
pub(crate) const NOT_HTTPS: &str = "The address must begin with HTTPS.";

impl Problem {
    pub(crate) fn code(&self) -> &str {
        match self {
            Problem::PermissionMissing(_) => "AF10001",
            Problem::ParameterMissing(_) => "AF20001",
            Problem::ParameterType(..) => "AF20002",
            Problem::ExpirationPast(_) => "AF20003",
            Problem::TenantMismatch(..) => "AF20010",
            Problem::TenantUnknown(_) => "AF20011",
            Problem::TenantMisconfigured(_) => "AF20012",
            Problem::TenantNotGuid(_) => "AF20013",
            Problem::ContentTypeInvalid => "AF20020",
            Problem::WebhookInvalid(..) => "AF20021",
            Problem::SubscriptionMissing => "AF20022",
            Problem::SubscriptionDisabled(_) => "AF20023",
            Problem::AlreadyEnabled => "AF20024",
            Problem::WindowOldText => "AF20030",
            Problem::NextPage(_) => "AF20031",
            Problem::ContentMissing(_) => "AF20050",
            Problem::ContentExpired(_) => "AF20051",
            Problem::ContentIdInvalid(_) => "AF20052",
            Problem::ManyLanguages => "AF20053",
            Problem::LanguageSyntax => "AF20054",
            Problem::Window => "AF20055",
            Problem::TooMany { .. } => "AF429",
            Problem::Internal => "AF50000",
            Problem::Diagnostic { code, .. } => code,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        match self {
            // The reference leaves it open whether this is 401 or 403.
            Problem::PermissionMissing(_) => 403,
            Problem::TooMany { status, .. } => *status,
            Problem::Internal => 500,
            // Open as well: 400 or 404 for missing content, 400 or 401 for a foreign tenant.
            _ => 400,
        }
    }

    pub(crate) fn body(&self) -> String {
        let body = json!({"error": {"code": self.code(), "message": self.to_string()}}).to_string();
        match self {
            // The troubleshooting page prints the throttling answer with single quotes.
            Problem::TooMany { status: 403, .. } => body.replace('"', "'"),
            _ => body,
        }
    }

    /// The answer of a tenant whose audit log is off or was never on.
    pub(crate) fn auditing_off(operation: &str, tenant: &str, request: &str) -> Problem {
        Problem::Diagnostic {
            code: format!(
                "{operation} [CorrId={request}][TenantId={tenant},ContentType=Audit.General,ApplicationId={request},PublisherId={tenant}][AppId"
            ),
            message: format!(
                "={request}] failed. Exception: Microsoft.Office.Compliance.Audit.DataServiceException: Tenant {tenant} does not exist.\r\n   at Microsoft.Office.Compliance.Audit.API.{operation}()\r\n"
            ),
        }
    }
}
