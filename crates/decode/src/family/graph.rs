//! Entra as Graph and the diagnostic settings write it: camelCase objects without RecordType.
//!
//! Names from Graph v1.0 (signIn, directoryAudit, riskDetection), and from beta where that says
//! more of a sign-in; the envelope of the diagnostic settings as its records have it. Names are
//! compared without case, so Sentinel's AuditLogs rows, whose nested parts are JSON text, are read
//! as well.
//!
//! Graph's sign-ins and directory audits are the events that the unified audit log writes with
//! RecordType 15 and 8 (MicrosoftDocs/office-365-management-api, "AuditLogRecordType"), so they get
//! that RecordType, and the columns hold what they hold there. The Ids of the two logs differ, so
//! whoever collects both holds such an event twice.

use std::borrow::Cow;

use event::{Field, Value, resolve};

use super::Implied::{self, Always, Told};
use super::{Family, Fits};
use crate::show::{Shown, always, changes, column, present, sign_in_error, unless};

const ENTRA: (Field, Implied) = (Field::Workload, Always("AzureActiveDirectory"));

/// What Graph writes where there is nothing to say.
const NOTHING: &[&str] = &["none", "hidden"];
/// The reason of every sign-in that did not fail.
const NO_REASON: &[&str] = &["Other."];

pub const SIGN_IN: Family = Family {
    name: "Graph sign-in",
    fits: Fits::Members {
        // Service principals and managed identities may come without a name of the application.
        any_of: &[
            &["createdDateTime", "appDisplayName"],
            &["createdDateTime", "conditionalAccessStatus"],
            &["createdDateTime", "signInEventTypes"],
            // Sentinel's SigninLogs, saved from the portal.
            &["TimeGenerated [UTC]", "appDisplayName"],
            &["TimeGenerated", "appDisplayName"],
        ],
        implied: &[
            ENTRA,
            (Field::RecordType, Always("AzureActiveDirectoryStsLogon")),
            (Field::Operation, Told(sign_in_operation)),
            (Field::Operation, Always("Sign-in activity")),
            (Field::UserType, Told(sign_in_user_type)),
            (Field::OrganizationId, Told(own_tenant)),
            (Field::ResultStatus, Told(sign_in_status)),
        ],
    },
    columns: &[
        // A sign-in written as interrupted may come again, finished, under its id.
        (Field::Id, "id"),
        (Field::CreationTime, "createdDateTime.value"),
        (Field::CreationTime, "createdDateTime"),
        (Field::CreationTime, "createdDateTime [UTC]"),
        (Field::CreationTime, "TimeGenerated [UTC]"),
        (Field::CreationTime, "TimeGenerated"),
        (Field::UserId, "userPrincipalName"),
        // What was typed, where it names no account of the tenant.
        (Field::UserId, "signInIdentifier"),
        (Field::UserId, "servicePrincipalName"),
        (Field::UserKey, "userId"),
        (Field::UserKey, "servicePrincipalId"),
        (Field::ClientIP, "ipAddress"),
        // RecordType 15 says Success for a failure too, so the number is the better outcome.
        (Field::ResultStatus, "status.errorCode"),
        (Field::ResultStatus, "ResultType"),
        (Field::ObjectId, "resourceId"),
        (Field::SessionId, "sessionId"),
        (Field::ApplicationId, "appId"),
        (Field::UserAgent, "userAgent"),
    ],
    line: &[
        always("App", "appDisplayName"),
        sign_in_error("status.errorCode", ""),
        unless("Reason", "status.failureReason", NO_REASON),
        present("Detail", "status.additionalDetails"),
        present("Resource", "resourceDisplayName"),
        present("Type", "signInEventTypes"),
        present("ClientApp", "clientAppUsed"),
        unless("Protocol", "authenticationProtocol", NOTHING),
        unless("Transfer", "originalTransferMethod", NOTHING),
        present("Requirement", "authenticationRequirement"),
        present("ConditionalAccess", "conditionalAccessStatus"),
        unless("Risk", "riskLevelDuringSignIn", NOTHING),
        unless("CrossTenant", "crossTenantAccessType", NOTHING),
        present("Country", "location.countryOrRegion"),
        present("City", "location.city"),
        present("Device", "deviceDetail.displayName"),
        present("OS", "deviceDetail.operatingSystem"),
        column(Field::SessionId),
        column(Field::UserAgent),
    ],
};

/// The names of RecordType 15, as its records have them. It writes an interrupted sign-in as
/// UserLoginFailed as well: only the error number (50074, 50140) says that it was interrupted.
fn sign_in_operation<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    let mut code = None;
    let status = body.get("status")?;
    if is_any_of(status, &["Success"]) {
        code = Some(0);
    } else if is_any_of(status, &["Failure", "Interrupted"]) {
        code = Some(1);
    }
    resolve(status, "errorCode", &mut |value| {
        code = value.as_int();
        code.is_some()
    });
    Some(Cow::Borrowed(if code? == 0 { "UserLoggedIn" } else { "UserLoginFailed" }))
}

/// Scripts save the outcome as a word.
fn sign_in_status<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    match body.get("status")? {
        Value::Text(text) if !text.starts_with(['{', '[']) && !text.is_empty() => {
            Some(text.clone())
        }
        _ => None,
    }
}

/// Entra's records never say Admin in the audit schema, "UserType": an administrator is Regular.
fn sign_in_user_type<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    let is = |name, words: &[&str]| match body.get(name) {
        Some(Value::List(items)) => items.iter().any(|item| is_any_of(item, words)),
        Some(value) => is_any_of(value, words),
        None => false,
    };
    if is("signInEventTypes", &["servicePrincipal", "managedIdentity"]) {
        Some("ServicePrincipal".into())
    } else if is("userType", &["guest"]) {
        Some("Guest".into())
    } else if is("userType", &["member"]) {
        Some("Regular".into())
    } else {
        None
    }
}

fn is_any_of(value: &Value, words: &[&str]) -> bool {
    matches!(value, Value::Text(text) if words.iter().any(|word| text.eq_ignore_ascii_case(word)))
}

/// A sign-in across tenants is in the logs of both, and does not say in whose log it stands.
fn own_tenant<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    let (Value::Text(home), Value::Text(resource)) =
        (body.get("homeTenantId")?, body.get("resourceTenantId")?)
    else {
        return None;
    };
    (!home.is_empty() && home.eq_ignore_ascii_case(resource)).then(|| resource.clone())
}

pub const DIRECTORY_AUDIT: Family = Family {
    name: "Graph directory audit",
    fits: Fits::Members {
        any_of: &[
            &["activityDisplayName", "activityDateTime"],
            // Sentinel's AuditLogs, saved from the portal.
            &["activityDisplayName", "TimeGenerated [UTC]"],
        ],
        implied: &[ENTRA, (Field::RecordType, Always("AzureActiveDirectory"))],
    },
    columns: &[
        (Field::Id, "id"),
        (Field::CreationTime, "activityDateTime.value"),
        (Field::CreationTime, "activityDateTime"),
        (Field::CreationTime, "activityDateTime [UTC]"),
        (Field::CreationTime, "TimeGenerated [UTC]"),
        // As sent: RecordType 8 often ends the same text with a full stop, but not always
        // (MicrosoftDocs/entra-docs, reference-audit-activities.md, beside its records).
        (Field::Operation, "activityDisplayName"),
        (Field::UserId, "initiatedBy.user.userPrincipalName"),
        (Field::UserId, "initiatedBy.app.displayName"),
        (Field::UserId, "initiatedBy.app.servicePrincipalName"),
        (Field::UserId, "initiatedBy.user.displayName"),
        (Field::UserKey, "initiatedBy.user.id"),
        (Field::UserKey, "initiatedBy.app.servicePrincipalId"),
        (Field::ClientIP, "initiatedBy.user.ipAddress"),
        (Field::ResultStatus, "result"),
        // As in RecordType 8, an account goes by its name.
        (Field::ObjectId, "targetResources.userPrincipalName"),
        (Field::ObjectId, "targetResources.id"),
        (Field::ItemName, "targetResources.displayName"),
        (Field::ApplicationId, "initiatedBy.app.appId"),
        (Field::UserAgent, "userAgent"),
        (Field::UserAgent, "additionalDetails.User-Agent"),
    ],
    line: &[
        column(Field::ObjectId),
        present("Target", "targetResources.displayName"),
        present("TargetType", "targetResources.type"),
        present("TargetId", "targetResources.id"),
        changes("Changed", "targetResources.modifiedProperties"),
        present("Reason", "resultReason"),
        present("Category", "category"),
        present("Service", "loggedByService"),
        column(Field::UserAgent),
    ],
};

pub const RISK_DETECTION: Family = Family {
    name: "Graph risk detection",
    fits: Fits::Members {
        any_of: &[&["riskEventType", "detectedDateTime"]],
        implied: &[ENTRA, (Field::Operation, Always("User Risk Detection"))],
    },
    columns: &[
        (Field::Id, "id"),
        (Field::CreationTime, "activityDateTime"),
        (Field::CreationTime, "detectedDateTime"),
        (Field::UserId, "userPrincipalName"),
        (Field::UserKey, "userId"),
        (Field::ClientIP, "ipAddress"),
        (Field::ResultStatus, "riskState"),
        (Field::UserAgent, "additionalInfo.userAgent"),
    ],
    line: &[
        always("Risk", "riskEventType"),
        always("Level", "riskLevel"),
        present("Detail", "riskDetail"),
        present("Timing", "detectionTimingType"),
        present("Country", "location.countryOrRegion"),
        column(Field::UserAgent),
    ],
};

pub const ENTRA_DIAGNOSTIC: Family = Family {
    name: "Entra diagnostic settings",
    fits: Fits::Members {
        any_of: &[&["time", "category", "properties", "resourceId"]],
        implied: &[
            (Field::Workload, Told(diagnostic_workload)),
            ENTRA,
            (Field::ObjectId, Told(azure_resource)),
        ],
    },
    columns: DIAGNOSTIC_COLUMNS,
    line: DIAGNOSTIC_LINE,
};

/// Entra's resource is a tenant (`/tenants/...`), Azure's lies in a subscription.
fn azure_resource<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    match body.get("resourceId")? {
        Value::Text(id) if id.trim_start().to_ascii_lowercase().starts_with("/subscriptions/") => {
            Some(id.clone())
        }
        _ => None,
    }
}

fn diagnostic_workload<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    azure_resource(body).map(|_| "Azure".into())
}

/// Intune writes the same envelope without a resourceId.
pub const OTHER_DIAGNOSTIC: Family = Family {
    name: "Other diagnostic settings",
    fits: Fits::Members { any_of: &[&["time", "category", "properties"]], implied: &[] },
    columns: DIAGNOSTIC_COLUMNS,
    line: DIAGNOSTIC_LINE,
};

const DIAGNOSTIC_COLUMNS: &[(Field, &str)] = &[
    (Field::CreationTime, "properties.createdDateTime"),
    (Field::CreationTime, "properties.activityDateTime"),
    (Field::CreationTime, "time"),
    (Field::Id, "properties.id"),
    (Field::Id, "properties.AuditEventId"),
    (Field::Operation, "operationName"),
    (Field::Operation, "properties.activityDisplayName"),
    (Field::OrganizationId, "tenantId"),
    (Field::UserId, "properties.userPrincipalName"),
    (Field::UserId, "properties.initiatedBy.user.userPrincipalName"),
    (Field::UserId, "properties.Actor.UPN"),
    (Field::UserId, "properties.servicePrincipalName"),
    (Field::UserId, "properties.initiatedBy.app.displayName"),
    (Field::UserId, "properties.caller"),
    // Azure writes the claims of a token there.
    (Field::UserId, "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"),
    (Field::UserId, "identity.claims.name"),
    (Field::UserId, "identity.claims.appid"),
    (Field::UserId, "identity"),
    (Field::UserKey, "properties.userId"),
    (Field::UserKey, "properties.initiatedBy.user.id"),
    (Field::UserKey, "properties.servicePrincipalId"),
    (Field::ClientIP, "properties.ipAddress"),
    (Field::ClientIP, "callerIpAddress"),
    (Field::ResultStatus, "resultType"),
    (Field::ResultStatus, "properties.result"),
    (Field::ResultStatus, "properties.riskState"),
    (Field::ObjectId, "properties.targetResources.id"),
    (Field::ObjectId, "properties.TargetObjectIds"),
    (Field::ObjectId, "properties.resourceId"),
    (Field::ItemName, "properties.targetResources.displayName"),
    (Field::SessionId, "properties.sessionId"),
    (Field::ApplicationId, "properties.appId"),
    (Field::ApplicationId, "properties.initiatedBy.app.appId"),
    (Field::ApplicationId, "properties.Actor.Application"),
    (Field::UserAgent, "properties.userAgent"),
    (Field::UserAgent, "properties.additionalDetails.User-Agent"),
    (Field::UserAgent, "properties.additionalInfo.userAgent"),
];

const DIAGNOSTIC_LINE: &[Shown] = &[
    always("Category", "category"),
    present("App", "properties.appDisplayName"),
    sign_in_error("properties.status.errorCode", ""),
    unless("Reason", "properties.status.failureReason", NO_REASON),
    present("Resource", "properties.resourceDisplayName"),
    present("Risk", "properties.riskEventType"),
    present("Level", "properties.riskLevel"),
    column(Field::ObjectId),
    present("Target", "properties.targetResources.displayName"),
    changes("Changed", "properties.targetResources.modifiedProperties"),
    present("Detail", "resultDescription"),
];
