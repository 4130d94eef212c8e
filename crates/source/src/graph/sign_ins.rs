//! `auditLogs/signIns`: who signed in to what, from where, and did it work?
//!
//! v1.0 gives the interactive sign-ins of people; the other kinds are given by beta alone, and only
//! when the filter names them in signInEventTypes. A sign-in may first be written as interrupted
//! and later, finished, under the same id.

use std::time::Duration;

use super::log::Facts;
use super::workload::Workload;

const HOUR: Duration = Duration::from_secs(3600);

/// A tenant with Entra P1 or P2 keeps sign-ins for 30 days (MicrosoftDocs/entra-docs,
/// "Microsoft Entra data retention"); a tenant without cannot ask for them at all.
const REACH: Duration = Duration::from_secs(30 * 24 * 3600);

const NO_LICENCE: &str = "sign-ins can be read in tenants with Entra ID P1 or P2 only";

pub(super) static INTERACTIVE: Facts = Facts {
    name: "Graph.SignIns",
    path: "v1.0/auditLogs/signIns",
    time: Some("createdDateTime"),
    also: None,
    end: "lt",
    // The default is the most, 1,000.
    top: None,
    permission: "AuditLog.Read.All",
    hint: NO_LICENCE,
    workload: Workload::Reports,
    reach: REACH,
    // Most rows are there within minutes; other collectors saw hours.
    overlap: HOUR.saturating_mul(2),
    span_max: HOUR.saturating_mul(24),
    global_cloud_only: false,
};

pub(super) static NON_INTERACTIVE: Facts = Facts {
    name: "Graph.NonInteractiveSignIns",
    also: Some("signInEventTypes/any(t: t eq 'nonInteractiveUser')"),
    // The busiest log: at 5 requests in 10 seconds an hour of a large tenant is a long listing.
    span_max: HOUR,
    ..BETA
};

pub(super) static SERVICE_PRINCIPAL: Facts = Facts {
    name: "Graph.ServicePrincipalSignIns",
    also: Some("signInEventTypes/any(t: t eq 'servicePrincipal')"),
    span_max: HOUR.saturating_mul(6),
    ..BETA
};

pub(super) static MANAGED_IDENTITY: Facts = Facts {
    name: "Graph.ManagedIdentitySignIns",
    also: Some("signInEventTypes/any(t: t eq 'managedIdentity')"),
    span_max: HOUR.saturating_mul(6),
    ..BETA
};

const BETA: Facts = Facts {
    name: "",
    path: "beta/auditLogs/signIns",
    time: Some("createdDateTime"),
    also: None,
    end: "lt",
    top: None,
    permission: "AuditLog.Read.All",
    hint: NO_LICENCE,
    workload: Workload::Reports,
    reach: REACH,
    overlap: HOUR.saturating_mul(2),
    span_max: HOUR,
    global_cloud_only: false,
};
