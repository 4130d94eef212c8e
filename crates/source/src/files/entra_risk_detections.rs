//! Entra's risk detections, as Graph and Get-MgRiskDetection write them.
//!
//! Names from Graph (riskDetection).

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "entra-risk-detections",
    about: "risk detections of Entra as JSON or CSV, from Graph or PowerShell",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

const COLUMNS: Columns =
    Columns { any_of: &[&["riskEventType", "detectedDateTime"]], times: &["detectedDateTime"] };
