//! One record of the Management Activity API a line.

use super::format::{Format, Layout, Sample};
use super::read::Found;
use super::read::json::has_record_members;

pub(super) static FORMAT: Format = Format {
    name: "audit-records-ndjson",
    about: "audit records, one JSON object a line",
    claims: |sample| {
        matches!(sample, Sample::Json(json) if json.layout == Layout::Lines)
            && sample.json_where(has_record_members).is_some()
    },
    records: |sample| sample.json_records(|_| Found::Whole),
};
