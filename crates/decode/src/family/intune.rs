//! Intune's audit log: Graph's objects and the portal's CSV. What diagnostic settings send of it is
//! in `graph.rs`.
//!
//! Names from Graph (deviceManagement/auditEvents, auditEvent); those of the CSV are the portal's
//! columns, unverified.

use event::Field;

use super::Implied::Always;
use super::{Family, Fits};
use crate::show::{changes, column, present};

pub const AUDIT_EVENT: Family = Family {
    name: "Intune audit event",
    fits: Fits::Members {
        any_of: &[
            &["activityDateTime", "activityType", "activityResult"],
            &["activityDateTime", "activityType", "componentName"],
        ],
        implied: &[(Field::Workload, Always("Intune"))],
    },
    columns: &[
        (Field::Id, "id"),
        (Field::CreationTime, "activityDateTime.value"),
        (Field::CreationTime, "activityDateTime"),
        (Field::Operation, "displayName"),
        (Field::Operation, "activityType"),
        (Field::UserId, "actor.userPrincipalName"),
        (Field::UserId, "actor.servicePrincipalName"),
        (Field::UserId, "actor.applicationDisplayName"),
        (Field::UserKey, "actor.userId"),
        (Field::ClientIP, "actor.ipAddress"),
        (Field::ResultStatus, "activityResult"),
        (Field::ObjectId, "resources.resourceId"),
        (Field::ItemName, "resources.displayName"),
        (Field::ApplicationId, "actor.applicationId"),
    ],
    line: &[
        column(Field::ObjectId),
        present("Target", "resources.displayName"),
        present("Type", "activityOperationType"),
        present("Component", "componentName"),
        present("Category", "category"),
        changes("Changed", "resources.modifiedProperties"),
    ],
};

pub const AUDIT_EXPORT: Family = Family {
    name: "Intune audit export",
    fits: Fits::Members {
        any_of: &[&["Date", "Initiated by (actor)", "Activity"]],
        implied: &[(Field::Workload, Always("Intune"))],
    },
    columns: &[
        (Field::CreationTime, "Date"),
        (Field::Operation, "Activity"),
        (Field::UserId, "Initiated by (actor)"),
        (Field::ResultStatus, "Status"),
        (Field::ObjectId, "Target"),
    ],
    line: &[
        column(Field::ObjectId),
        present("App", "Application name"),
        present("Category", "Category"),
    ],
};
