//! The records of a Microsoft Graph audit query (`security/auditLog/queries/{id}/records`).
//!
//! The record is the object in auditData. The row around it says the same in other words, and
//! crosses two of them: its userId is the record's UserKey.

use bytes::Bytes;

use super::format::Format;
use super::read::json::Members;
use super::read::{Found, Wrapper};

pub(super) static FORMAT: Format = Format {
    name: "graph-audit-query-json",
    about: "JSON of a Microsoft Graph audit query, pages or rows",
    claims: |sample| sample.json_where(is_row).is_some(),
    records: |sample| sample.json_records(unwrap),
};

fn is_row(members: &Members) -> bool {
    members.get("auditData").is_some_and(|data| data.starts_with('{'))
        && (members.has("auditLogRecordType") || members.has("createdDateTime"))
}

pub(crate) fn unwrap(row: &Bytes) -> Found {
    let Some(members) = Members::read(row) else {
        return Found::Broken("the row is no JSON".into());
    };
    match members.get("auditData") {
        Some(data) if data.starts_with('{') => Found::Inside {
            record: row.slice_ref(data.as_bytes()),
            wrapper: Wrapper::around(data.as_bytes(), &members, |name| {
                is_coded(name) || is_repeated(name) && is_said(members.get(name), data)
            }),
        },
        Some(_) => Found::Broken("auditData is no object".into()),
        None => Found::Whole,
    }
}

/// Members that say something of the record in other words.
fn is_coded(name: &str) -> bool {
    const CODED: [&str; 5] =
        ["auditData", "createdDateTime", "auditLogRecordType", "userType", "service"];
    name.contains("@odata.") || CODED.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Members whose value stands somewhere in the record as well.
fn is_repeated(name: &str) -> bool {
    const REPEATED: [&str; 6] =
        ["id", "operation", "organizationId", "userId", "objectId", "userPrincipalName"];
    REPEATED.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn is_said(value: Option<&str>, record: &str) -> bool {
    let Some(value) = value else {
        return true;
    };
    // As it is written, so that no escape makes a difference; and Graph writes names of accounts
    // in small letters.
    let inner = value.trim_matches('"');
    record.contains(inner) || record.to_lowercase().contains(&inner.to_lowercase())
}
