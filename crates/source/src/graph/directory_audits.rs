//! `auditLogs/directoryAudits`: what was changed in Entra, by whom?

use std::time::Duration;

use super::log::Facts;
use super::workload::Workload;

const HOUR: Duration = Duration::from_secs(3600);

pub(super) static FACTS: Facts = Facts {
    name: "Graph.DirectoryAudits",
    path: "v1.0/auditLogs/directoryAudits",
    time: Some("activityDateTime"),
    also: None,
    end: "lt",
    // The default is the most, 1,000.
    top: None,
    permission: "AuditLog.Read.All",
    hint: "",
    workload: Workload::Reports,
    // With Entra P1 or P2; without, the list ends 7 days back (MicrosoftDocs/entra-docs, "Microsoft
    // Entra data retention"), which the answer does not say.
    reach: Duration::from_secs(30 * 24 * 3600),
    overlap: HOUR.saturating_mul(2),
    span_max: HOUR.saturating_mul(24),
    global_cloud_only: false,
};
