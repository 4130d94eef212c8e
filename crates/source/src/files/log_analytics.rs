//! The answer to a query of Log Analytics or Sentinel, as CSV, as JSON objects or as the tables
//! that the API answers with: OfficeActivity, AuditLogs, SigninLogs and any other. The portal
//! writes the zone into the name of a column that holds times.

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "log-analytics",
    about: "CSV or JSON of a query of Sentinel or Log Analytics, also as the API answers",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

const COLUMNS: Columns = Columns {
    any_of: &[&["TimeGenerated"], &["TimeGenerated [UTC]"], &["TimeGenerated [Local Time]"]],
    times: &["TimeGenerated", "TimeGenerated [UTC]", "TimeGenerated [Local Time]"],
};
