//! The health of the services and the message centre, as Graph writes them.
//!
//! Names from Graph v1.0: serviceHealth, serviceHealthIssue and serviceUpdateMessage. The unified
//! audit log knows no such records, so they have no RecordType, and their Operation is the name of
//! Graph's type. An issue or message that Microsoft goes on writing keeps its id: each state of it
//! is a record of its own, at the time of the change.

use std::borrow::Cow;

use event::{Field, Value};

use super::Implied::{Always, Told};
use super::{Family, Fits};
use crate::show::{always, labelled, present, unless};

pub const ISSUE: Family = Family {
    name: "Service health issue",
    fits: Fits::Members {
        any_of: &[&["service", "classification", "startDateTime"]],
        implied: &[(Field::Operation, Always("ServiceHealthIssue"))],
    },
    columns: &[
        (Field::CreationTime, "lastModifiedDateTime"),
        (Field::CreationTime, "startDateTime"),
        (Field::Id, "id"),
        (Field::Workload, "service"),
        (Field::ResultStatus, "status"),
        (Field::ItemName, "title"),
    ],
    line: &[
        always("Issue", "id"),
        labelled("Title", Field::ItemName),
        present("Classification", "classification"),
        present("FeatureGroup", "featureGroup"),
        present("Feature", "feature"),
        present("Impact", "impactDescription"),
        present("Origin", "origin"),
        present("Start", "startDateTime"),
        present("End", "endDateTime"),
        present("Resolved", "isResolved"),
    ],
};

/// An overview says how a service is, and not since when: without a time in the envelope's outer
/// row (`createdDateTime`) the event has none. Its id is the short name of the service.
pub const OVERVIEW: Family = Family {
    name: "Service health overview",
    fits: Fits::Members {
        any_of: &[&["service", "status", "id"]],
        implied: &[(Field::Operation, Always("ServiceHealth"))],
    },
    columns: &[(Field::Id, "id"), (Field::Workload, "service"), (Field::ResultStatus, "status")],
    line: &[always("Service", "id"), present("Issues", "issues.id")],
};

pub const MESSAGE: Family = Family {
    name: "Service message",
    fits: Fits::Members {
        any_of: &[&["services", "category", "title"]],
        implied: &[
            (Field::Operation, Always("ServiceUpdateMessage")),
            (Field::Workload, Told(first_service)),
        ],
    },
    columns: &[
        (Field::CreationTime, "lastModifiedDateTime"),
        (Field::CreationTime, "startDateTime"),
        (Field::Id, "id"),
        (Field::ItemName, "title"),
    ],
    line: &[
        always("Message", "id"),
        labelled("Title", Field::ItemName),
        present("Services", "services"),
        present("Category", "category"),
        present("Severity", "severity"),
        unless("MajorChange", "isMajorChange", &["false"]),
        present("ActBy", "actionRequiredByDateTime"),
        present("Tags", "tags"),
    ],
};

/// A column holds one service; the line shows all that a message is about.
fn first_service<'a>(body: &Value<'a>) -> Option<Cow<'a, str>> {
    let Value::List(services) = body.get("services")? else {
        return None;
    };
    services.iter().find_map(|service| match service {
        Value::Text(name) if !name.is_empty() => Some(name.clone()),
        _ => None,
    })
}
