//! The CSV files of Entra's portal: a record is a row, its members the columns.
//!
//! Names from files as downloaded in 2026, trimmed; of two columns of one name the second is
//! `Incoming token type (2)`. The events are those of RecordType 15 and 8, as Graph's are: see
//! `graph.rs`. MicrosoftDocs/entra-docs, howto-download-logs.md, says that the times are UTC.

use std::borrow::Cow;

use event::{Field, Value};

use super::Implied::{Always, Told};
use super::{Family, Fits};
use crate::show::{always, column, present, sign_in_error, unless};

pub const SIGN_IN: Family = Family {
    name: "Entra sign-in export",
    fits: Fits::Members {
        any_of: &[
            &["Date (UTC)", "Request ID"],
            &["Request ID", "Sign-in error code"],
            &["Request ID", "Failure reason"],
        ],
        implied: &[
            (Field::Workload, Always("AzureActiveDirectory")),
            (Field::RecordType, Always("AzureActiveDirectoryStsLogon")),
            (Field::Operation, Told(operation)),
            (Field::Operation, Always("Sign-in activity")),
            (Field::UserType, Told(user_type)),
        ],
    },
    columns: &[
        (Field::CreationTime, "Date (UTC)"),
        (Field::CreationTime, "Date"),
        // Graph's id of the same sign-in.
        (Field::Id, "Request ID"),
        (Field::UserId, "Username"),
        (Field::UserId, "Sign-in identifier"),
        (Field::UserId, "User"),
        (Field::UserId, "Service principal name"),
        (Field::UserKey, "User ID"),
        (Field::UserKey, "Service principal ID"),
        (Field::ClientIP, "IP address"),
        (Field::ResultStatus, "Sign-in error code"),
        (Field::ResultStatus, "Status"),
        (Field::ObjectId, "Resource ID"),
        (Field::SessionId, "Session ID"),
        (Field::ApplicationId, "Application ID"),
        (Field::UserAgent, "User agent"),
    ],
    line: &[
        always("App", "Application"),
        sign_in_error("Sign-in error code", ""),
        unless("Reason", "Failure reason", &["Other."]),
        present("Resource", "Resource"),
        present("ClientApp", "Client app"),
        unless("Protocol", "Authentication Protocol", &["none"]),
        unless("Transfer", "Original transfer method", &["none"]),
        present("Requirement", "Authentication requirement"),
        present("ConditionalAccess", "Conditional Access"),
        present("Location", "Location"),
        present("OS", "Operating System"),
        column(Field::SessionId),
        column(Field::UserAgent),
    ],
};

/// The names of RecordType 15; an interrupted sign-in is a failed one there.
fn operation<'a>(row: &Value<'a>) -> Option<Cow<'a, str>> {
    let Value::Text(status) = row.get("Status")? else {
        return None;
    };
    match status.trim() {
        status if status.eq_ignore_ascii_case("Success") => Some("UserLoggedIn".into()),
        "" => None,
        _ => Some("UserLoginFailed".into()),
    }
}

/// The words of the audit schema, as for Graph's sign-ins.
fn user_type<'a>(row: &Value<'a>) -> Option<Cow<'a, str>> {
    if row.get("Service principal ID").is_some() && row.get("User ID").is_none() {
        return Some("ServicePrincipal".into());
    }
    let Value::Text(kind) = row.get("User type")? else {
        return None;
    };
    match kind.trim() {
        kind if kind.eq_ignore_ascii_case("member") => Some("Regular".into()),
        kind if kind.eq_ignore_ascii_case("guest") => Some("Guest".into()),
        _ => None,
    }
}

pub const AUDIT_LOG: Family = Family {
    name: "Entra audit log export",
    fits: Fits::Members {
        any_of: &[&["ActorType", "Activity"], &["Target1Type", "Activity"]],
        implied: &[
            (Field::Workload, Always("AzureActiveDirectory")),
            (Field::RecordType, Always("AzureActiveDirectory")),
        ],
    },
    columns: &[
        (Field::CreationTime, "Date (UTC)"),
        (Field::CreationTime, "Date"),
        (Field::Operation, "Activity"),
        (Field::UserId, "ActorUserPrincipalName"),
        (Field::UserId, "ActorServicePrincipalName"),
        (Field::UserId, "ActorDisplayName"),
        (Field::UserKey, "ActorObjectId"),
        (Field::UserKey, "ActorServicePrincipalId"),
        (Field::ClientIP, "IPAddress"),
        (Field::ResultStatus, "Result"),
        (Field::ObjectId, "Target1UserPrincipalName"),
        (Field::ObjectId, "Target1ObjectId"),
        (Field::ItemName, "Target1DisplayName"),
        (Field::UserAgent, "User Agent"),
    ],
    line: &[
        column(Field::ObjectId),
        present("Target", "Target1DisplayName"),
        present("TargetType", "Target1Type"),
        present("Changed", "Target1ModifiedProperty1Name"),
        present("Old", "Target1ModifiedProperty1OldValue"),
        present("New", "Target1ModifiedProperty1NewValue"),
        present("Target2", "Target2DisplayName"),
        present("Reason", "ResultReason"),
        present("Category", "Category"),
        present("Service", "Service"),
        column(Field::UserAgent),
    ],
};
