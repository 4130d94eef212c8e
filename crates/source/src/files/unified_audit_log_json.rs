//! `Search-UnifiedAuditLog | ConvertTo-Json`: rows whose AuditData is JSON text in JSON.

use bytes::Bytes;

use super::format::Format;
use super::read::json::{Members, is_object, unquote};
use super::read::{Found, Wrapper, is_repeated_column, trimmed};

pub(super) static FORMAT: Format = Format {
    name: "unified-audit-log-json",
    about: "JSON made with Search-UnifiedAuditLog and ConvertTo-Json",
    claims: |sample| sample.json_where(|members| members.has("AuditData")).is_some(),
    records: |sample| sample.json_records(unwrap),
};

pub(super) fn unwrap(row: &Bytes) -> Found {
    let Some(members) = Members::read(row) else {
        return Found::Broken("the row is no JSON".into());
    };
    let Some(data) = members.get("AuditData") else {
        return Found::Whole;
    };
    let record = match unquote(data) {
        Some(text) => trimmed(text.into_owned().into()),
        // Some scripts run ConvertFrom-Json on it first.
        None => row.slice_ref(data.as_bytes()),
    };
    if !is_object(&record) {
        return Found::Broken("AuditData is empty or no whole JSON object".into());
    }
    let wrapper = Wrapper::around(&record, &members, is_repeated_column);
    Found::Inside { record, wrapper }
}
