//! How grave is an event?
//!
//! Microsoft grades alerts and matches of data loss prevention only; of other events the outcome is
//! all there is to go by.

use event::{Event, Field, resolve};

use super::classes;
use super::kind;
use super::rules::code;

/// From 0, of no weight, to 10, as CEF and LEEF count. What Microsoft graded keeps its grade:
/// informational 1, low 3, medium 6, high 8. Other alerts are 6, unreadable records 5, failures 4,
/// what was done in part or interrupted 3, all else 2.
pub fn severity(event: &Event) -> u8 {
    if event.is_quarantined() {
        return 5;
    }
    let mut grade = 0;
    for path in ["Severity", "Data.Severity", "PolicyDetails.Rules.Severity"] {
        resolve(&event.body, path, &mut |value| {
            let told = value.as_text().and_then(|text| code("grade", &text)?.parse().ok());
            // Of several the gravest counts.
            grade = grade.max(told.unwrap_or(0));
            false
        });
    }
    if grade > 0 {
        return grade;
    }
    if classes::of(event, kind::of(event)).kind == "alert" {
        return 6;
    }
    match event.text(Field::Outcome) {
        Some("failure") => 4,
        Some("partial" | "interrupted") => 3,
        _ => 2,
    }
}

/// The level of syslog (RFC 5424) for a severity: 2 critical, 3 error, 4 warning, 5 notice, 6
/// informational.
pub fn syslog_level(severity: u8) -> u8 {
    match severity {
        9.. => 2,
        7 | 8 => 3,
        4..=6 => 4,
        3 => 5,
        _ => 6,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use event::{Envelope, Provenance};

    use super::*;

    #[test]
    fn grades_go_before_outcomes() {
        for (record, expected, level) in [
            (r#"{"RecordType":40,"Operation":"AlertTriggered","Severity":"Informational"}"#, 1, 6),
            (r#"{"RecordType":40,"Operation":"AlertTriggered","Severity":"low"}"#, 3, 5),
            (r#"{"RecordType":40,"Operation":"AlertTriggered","Severity":"High"}"#, 8, 3),
            (r#"{"RecordType":40,"Operation":"AlertTriggered","Severity":"Critical"}"#, 10, 2),
            (r#"{"RecordType":40,"Operation":"AlertTriggered"}"#, 6, 4),
            (
                r#"{"RecordType":11,"Operation":"DlpRuleMatch","PolicyDetails":[{"Rules":[{"Severity":"Low"},{"Severity":"Medium"}]}]}"#,
                6,
                4,
            ),
            (r#"{"RecordType":15,"Operation":"UserLoggedIn","ErrorNumber":"50126"}"#, 4, 4),
            (r#"{"RecordType":15,"Operation":"UserLoggedIn","ErrorNumber":"50140"}"#, 3, 5),
            (r#"{"RecordType":6,"Operation":"FileAccessed"}"#, 2, 6),
            ("no record", 5, 4),
        ] {
            let provenance = Provenance { source: "ndjson", content_type: "", origin: "x".into() };
            let envelope = Envelope::record(&Arc::new(provenance), 1, record.into());
            let found = severity(&crate::decode(&envelope, "contoso", 0));
            assert_eq!((found, syslog_level(found)), (expected, level), "{record}");
        }
    }
}
