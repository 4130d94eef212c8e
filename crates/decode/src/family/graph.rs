//! Entra and service health as Graph and the diagnostic settings write them: camelCase objects
//! without RecordType.
//!
//! Names from Graph v1.0 (signIn, directoryAudit, riskDetection, serviceHealthIssue,
//! serviceUpdateMessage); the envelope of the diagnostic settings as its records have it.
//! Names are compared without case, so Sentinel's AuditLogs rows, whose nested parts are JSON
//! text, are read as well.

use event::Field;

use super::{Family, Fits};
use crate::show::{Shown, always, changes, column, present, sign_in_error};

const ENTRA: (Field, &str) = (Field::Workload, "AzureActiveDirectory");

pub const SIGN_IN: Family = Family {
    name: "Graph sign-in",
    fits: Fits::Members {
        any_of: &[&["createdDateTime", "appDisplayName"]],
        implied: &[ENTRA, (Field::Operation, "Sign-in activity")],
    },
    columns: &[
        (Field::Id, "id"),
        (Field::CreationTime, "createdDateTime"),
        (Field::UserId, "userPrincipalName"),
        (Field::UserId, "servicePrincipalName"),
        (Field::UserKey, "userId"),
        (Field::UserKey, "servicePrincipalId"),
        (Field::ClientIP, "ipAddress"),
        (Field::ResultStatus, "status.errorCode"),
        (Field::ObjectId, "resourceId"),
        (Field::OrganizationId, "resourceTenantId"),
        (Field::SessionId, "sessionId"),
        (Field::ApplicationId, "appId"),
        (Field::UserAgent, "userAgent"),
    ],
    line: &[
        always("App", "appDisplayName"),
        sign_in_error("status.errorCode", ""),
        present("Reason", "status.failureReason"),
        present("Resource", "resourceDisplayName"),
        present("ClientApp", "clientAppUsed"),
        present("ConditionalAccess", "conditionalAccessStatus"),
        present("Risk", "riskLevelDuringSignIn"),
        present("Country", "location.countryOrRegion"),
        present("Device", "deviceDetail.displayName"),
        present("OS", "deviceDetail.operatingSystem"),
        column(Field::SessionId),
        column(Field::UserAgent),
    ],
};

pub const DIRECTORY_AUDIT: Family = Family {
    name: "Graph directory audit",
    fits: Fits::Members {
        any_of: &[&["activityDisplayName", "activityDateTime"]],
        implied: &[ENTRA],
    },
    columns: &[
        (Field::Id, "id"),
        (Field::CreationTime, "activityDateTime"),
        (Field::Operation, "activityDisplayName"),
        (Field::UserId, "initiatedBy.user.userPrincipalName"),
        (Field::UserId, "initiatedBy.app.displayName"),
        (Field::UserKey, "initiatedBy.user.id"),
        (Field::UserKey, "initiatedBy.app.servicePrincipalId"),
        (Field::ClientIP, "initiatedBy.user.ipAddress"),
        (Field::ResultStatus, "result"),
        (Field::ObjectId, "targetResources.id"),
        (Field::ItemName, "targetResources.displayName"),
        (Field::ApplicationId, "initiatedBy.app.appId"),
        (Field::UserAgent, "additionalDetails.User-Agent"),
    ],
    line: &[
        column(Field::ObjectId),
        present("Target", "targetResources.displayName"),
        present("TargetUser", "targetResources.userPrincipalName"),
        changes("Changed", "targetResources.modifiedProperties"),
        present("Reason", "resultReason"),
        present("Category", "category"),
    ],
};

pub const RISK_DETECTION: Family = Family {
    name: "Graph risk detection",
    fits: Fits::Members {
        any_of: &[&["riskEventType", "detectedDateTime"]],
        implied: &[ENTRA, (Field::Operation, "User Risk Detection")],
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
        implied: &[ENTRA],
    },
    columns: DIAGNOSTIC_COLUMNS,
    line: DIAGNOSTIC_LINE,
};

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
    present("Reason", "properties.status.failureReason"),
    present("Resource", "properties.resourceDisplayName"),
    present("Risk", "properties.riskEventType"),
    present("Level", "properties.riskLevel"),
    column(Field::ObjectId),
    present("Target", "properties.targetResources.displayName"),
    changes("Changed", "properties.targetResources.modifiedProperties"),
    present("Detail", "resultDescription"),
];

pub const SERVICE_ISSUE: Family = Family {
    name: "Service health issue",
    fits: Fits::Members {
        any_of: &[&["service", "classification", "startDateTime"]],
        implied: &[(Field::Operation, "ServiceHealthIssue")],
    },
    columns: &[
        (Field::CreationTime, "lastModifiedDateTime"),
        (Field::Id, "id"),
        (Field::CreationTime, "startDateTime"),
        (Field::Workload, "service"),
        (Field::ResultStatus, "status"),
        (Field::ItemName, "title"),
    ],
    line: &[
        always("Issue", "id"),
        always("Title", "title"),
        present("Classification", "classification"),
        present("Feature", "feature"),
    ],
};

pub const SERVICE_MESSAGE: Family = Family {
    name: "Service message",
    fits: Fits::Members {
        any_of: &[&["services", "category", "title"]],
        implied: &[(Field::Operation, "ServiceUpdateMessage")],
    },
    columns: &[
        (Field::CreationTime, "lastModifiedDateTime"),
        (Field::Id, "id"),
        (Field::CreationTime, "startDateTime"),
        (Field::Workload, "services"),
        (Field::ItemName, "title"),
    ],
    line: &[
        always("Message", "id"),
        always("Title", "title"),
        present("Category", "category"),
        present("Severity", "severity"),
    ],
};
