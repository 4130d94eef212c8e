//! `security/auditLog/queries`: a search of the unified audit log that the service runs for a while.
//!
//! The feed goes seven days back, a search as far as the tenant keeps its log. It is submitted, runs
//! for minutes to hours, and its records are then read in pages: [`Graph::submit_audit_query`],
//! [`Graph::finished_audit_query`] and [`Graph::audit_query_records`], which share an
//! [`AuditQueryPosition`] that the caller stores and that outlives a crash. At the end [`AuditQueryReport::completeness`] compares what was
//! read with what the service found, and [`AuditQuery::split`] makes of a search that found too much
//! several that do not.

mod query;
mod records;
mod report;
mod run;

#[cfg(doc)]
use crate::graph::Graph;
pub use query::AuditQuery;
pub use records::{AuditQueryPosition, AuditRecords};
pub use report::{AuditQueryReport, AuditQueryState, Completeness, PARTS_MAX};
pub use run::{POLL_PAUSE_MAX, POLL_PAUSE_MIN, RUN_TIME_MAX};

use super::pages::Needs;
use super::workload::Workload;

const PATH: &str = "v1.0/security/auditLog/queries";

/// Any of the narrower permissions, such as AuditLogsQuery-Exchange.Read.All, opens the records of
/// its own service.
const NEEDS: Needs =
    Needs { permission: "AuditLogsQuery.Read.All", hint: "", workload: Workload::Other };
