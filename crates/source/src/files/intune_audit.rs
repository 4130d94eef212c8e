//! Intune's audit log: Graph's objects (deviceManagement/auditEvents) and the portal's CSV.
//!
//! The names of the CSV are those of the portal's columns: unverified.

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "intune-audit",
    about: "audit log of Intune as JSON or CSV",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

const COLUMNS: Columns = Columns {
    any_of: &[
        &["activityDateTime", "activityType", "activityResult"],
        &["activityDateTime", "activityType", "componentName"],
        &["Initiated by (actor)", "Activity", "Date"],
    ],
    times: &["activityDateTime", "Date"],
};
