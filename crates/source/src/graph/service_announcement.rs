//! `admin/serviceAnnouncement`: what does Microsoft say of its own services?
//!
//! Issues and messages change: each change moves lastModifiedDateTime, so windows are about that
//! and bring an item again with its new text.

use std::time::Duration;

use super::log::Facts;
use super::workload::Workload;

const DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) static ISSUES: Facts =
    Facts { name: "Graph.ServiceIssues", path: "v1.0/admin/serviceAnnouncement/issues", ..SHARED };

pub(super) static MESSAGES: Facts = Facts {
    name: "Graph.ServiceMessages",
    path: "v1.0/admin/serviceAnnouncement/messages",
    permission: "ServiceMessage.Read.All",
    ..SHARED
};

pub(super) static OVERVIEWS: Facts = Facts {
    name: "Graph.ServiceOverviews",
    path: "v1.0/admin/serviceAnnouncement/healthOverviews",
    time: None,
    overlap: Duration::ZERO,
    ..SHARED
};

const SHARED: Facts = Facts {
    name: "",
    path: "",
    time: Some("lastModifiedDateTime"),
    also: None,
    end: "lt",
    // The default is 100; an item with its posts may be long.
    top: None,
    permission: "ServiceHealth.Read.All",
    hint: "",
    workload: Workload::Other,
    // No retention is published: a first pass asks for a year, and gets what there is.
    reach: DAY.saturating_mul(365),
    // An item is there when it was changed; this covers clocks that differ.
    overlap: Duration::from_secs(15 * 60),
    span_max: DAY.saturating_mul(30),
    global_cloud_only: false,
};
