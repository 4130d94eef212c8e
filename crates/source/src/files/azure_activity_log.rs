//! Azure's activity log: the portal's CSV, and the JSON of its REST interface, `az monitor
//! activity-log list` and Get-AzActivityLog.
//!
//! The names of the CSV as the portal writes them: unverified.

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "azure-activity-log",
    about: "activity log of Azure as CSV or JSON",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

const COLUMNS: Columns = Columns {
    any_of: &[
        &["Operation name", "Event initiated by"],
        &["Operation name", "Event category", "Time"],
        &["eventTimestamp", "operationName"],
    ],
    times: &["Time", "eventTimestamp"],
};
