//! Records as the Management Activity API sends them: a saved blob, a list, one object.

use super::format::{Format, Layout, Sample};
use super::read::Found;
use super::read::json::has_record_members;

pub(super) static FORMAT: Format = Format {
    name: "audit-records-json",
    about: "JSON list of audit records, as the Management Activity API sends them",
    claims: |sample| {
        matches!(sample, Sample::Json(json) if json.layout != Layout::Lines)
            && sample.json_where(has_record_members).is_some()
    },
    records: |sample| sample.json_records(|_| Found::Whole),
};
