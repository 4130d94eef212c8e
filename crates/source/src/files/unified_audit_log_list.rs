//! `Search-UnifiedAuditLog | Format-List > file`, as a list on the screen is saved.

use super::format::{Format, Sample};
use super::unified_audit_log_json::unwrap;

pub(super) static FORMAT: Format = Format {
    name: "unified-audit-log-list",
    about: "text made with Search-UnifiedAuditLog and Format-List",
    claims: |sample| {
        matches!(sample, Sample::List(_)) && sample.values_where(|members| members.has("AuditData"))
    },
    records: |sample| sample.value_records(unwrap),
};
