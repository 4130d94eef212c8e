//! `Search-UnifiedAuditLog | Export-Clixml`: rows with their types, AuditData a text.

use super::format::{Format, Sample};
use super::unified_audit_log_json::unwrap;

pub(super) static FORMAT: Format = Format {
    name: "unified-audit-log-clixml",
    about: "XML made with Search-UnifiedAuditLog and Export-Clixml",
    claims: |sample| {
        let has = |name| sample.values_where(|members| members.has(name));
        // Of AuditData alone the texts are the records.
        matches!(sample, Sample::Xml(..))
            && !sample.carries_records()
            && (has("AuditData") || has("CreationTime"))
    },
    records: |sample| sample.value_records(unwrap),
};
