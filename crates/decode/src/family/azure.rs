//! Azure's activity log: the JSON of its REST interface, `az` and Get-AzActivityLog, and the CSV of
//! the portal. What diagnostic settings send of it is in `graph.rs`.
//!
//! Names from Azure Monitor's REST interface (Activity Logs, EventData), compared without case,
//! since PowerShell writes capital letters; those of the CSV are unverified.

use event::Field;

use super::Implied::Always;
use super::{Family, Fits};
use crate::show::{column, present};

pub const ACTIVITY_LOG: Family = Family {
    name: "Azure activity log",
    fits: Fits::Members {
        any_of: &[&["eventTimestamp", "operationName"]],
        implied: &[(Field::Workload, Always("Azure"))],
    },
    columns: &[
        (Field::CreationTime, "eventTimestamp.value"),
        (Field::CreationTime, "eventTimestamp"),
        // The id that stands beside it is a path that ends in this one.
        (Field::Id, "eventDataId"),
        (Field::Operation, "operationName.value"),
        (Field::Operation, "operationName"),
        (Field::UserId, "caller"),
        (Field::UserKey, "claims.http://schemas.microsoft.com/identity/claims/objectidentifier"),
        (Field::ClientIP, "httpRequest.clientIpAddress"),
        (Field::ClientIP, "claims.ipaddr"),
        (Field::ResultStatus, "status.value"),
        (Field::ResultStatus, "status"),
        (Field::ObjectId, "resourceId"),
        (Field::ObjectId, "authorization.scope"),
        (Field::ApplicationId, "claims.appid"),
        (Field::OrganizationId, "tenantId"),
        (Field::OrganizationId, "claims.http://schemas.microsoft.com/identity/claims/tenantid"),
    ],
    line: &[
        column(Field::ObjectId),
        present("Category", "category.value"),
        present("Event", "eventName.value"),
        present("SubStatus", "subStatus.value"),
        present("Level", "level"),
        present("Description", "description"),
        present("Correlation", "correlationId"),
    ],
};

pub const ACTIVITY_LOG_EXPORT: Family = Family {
    name: "Azure activity log export",
    fits: Fits::Members {
        any_of: &[
            &["Operation name", "Event initiated by"],
            &["Operation name", "Event category", "Time"],
        ],
        implied: &[(Field::Workload, Always("Azure"))],
    },
    columns: &[
        (Field::CreationTime, "Time"),
        (Field::Operation, "Operation name"),
        (Field::UserId, "Event initiated by"),
        (Field::ResultStatus, "Status"),
        (Field::ObjectId, "Resource"),
    ],
    line: &[
        column(Field::ObjectId),
        present("Category", "Event category"),
        present("Type", "Resource type"),
        present("Group", "Resource group"),
        present("Subscription", "Subscription"),
        present("Level", "Level"),
        present("Correlation", "Correlation id"),
    ],
};
