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
