//! Entra's audit log: the portal's CSV and JSON, Graph's objects (directoryAudit), and those as
//! Get-MgAuditLogDirectoryAudit and ConvertTo-Json write them.
//!
//! A CSV has columns for three targets with five properties each; what a record has beyond is lost
//! in the portal, not here.

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "entra-audit-logs",
    about: "audit log of Entra as CSV or JSON, from the portal, Graph or PowerShell",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

const COLUMNS: Columns = Columns {
    any_of: &[
        &["ActorType", "Activity"],
        &["Target1Type", "Activity"],
        &["activityDisplayName", "activityDateTime", "initiatedBy"],
        &["activityDisplayName", "activityDateTime", "loggedByService"],
    ],
    times: &["Date (UTC)", "Date", "activityDateTime"],
};
