//! How far is a search, and was everything read that it found?

use serde_json::Value;

/// Most parts that [`AuditQueryReport::parts`] advises: as many searches of a tenant may wait or run
/// at the same time (Graph reference, "Security audit log query service limits").
pub const PARTS_MAX: usize = 50;

/// Records that one search may find at least, where the service does not say its own limit (the
/// same page).
const RECORD_COUNT_LIMIT: u64 = 1_000_000;

/// The service counts over many machines, and says itself that the count may be higher or lower:
/// so much less is not yet a loss, in hundredths.
const COUNT_TOLERANCE_PERCENT: u64 = 1;

/// The state of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditQueryState {
    NotStarted,
    /// States that we do not know count as this one.
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// A search as the service describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQueryReport {
    pub state: AuditQueryState,
    /// How many records it found, counted roughly; `None` from a service that does not say.
    pub approximate_count: Option<u64>,
    /// The number at which it stops.
    pub count_limit: Option<u64>,
    /// It stopped there. This is sure, while the count is not.
    pub is_limit_exceeded: bool,
}

/// Was everything read that there is?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// As far as the service's count tells.
    Whole,
    /// The search stopped at its limit: [split](super::AuditQuery::split) it in
    /// [`parts`](AuditQueryReport::parts), and run those.
    LimitExceeded,
    /// About so many records were found and not read: read them anew, or run the search again.
    Short { missing: u64 },
    /// The service did not say how many there are.
    Unknown,
}

impl AuditQueryReport {
    /// Reads an auditLogQuery, or says what is missing.
    pub(super) fn read(query: &Value) -> Result<AuditQueryReport, &'static str> {
        let state = query["status"].as_str().ok_or("the answer tells no status")?;
        let count = |name: &str| {
            // Edm.Int64 may come as text, as IEEE754Compatible JSON has it (OData JSON format).
            let value = &query[name];
            value.as_u64().or_else(|| value.as_str()?.parse().ok())
        };
        Ok(AuditQueryReport {
            state: AuditQueryState::read(state),
            approximate_count: count("approximateReturnedRecordCount"),
            count_limit: count("recordCountLimit"),
            is_limit_exceeded: query["isRecordCountLimitExceeded"] == true,
        })
    }

    /// Compares the records read, all of the search's, with what it found.
    pub fn completeness(&self, read: u64) -> Completeness {
        if self.is_limit_exceeded {
            return Completeness::LimitExceeded;
        }
        let Some(found) = self.approximate_count else {
            return Completeness::Unknown;
        };
        let missing = found.saturating_sub(read);
        match missing > found * COUNT_TOLERANCE_PERCENT / 100 {
            true => Completeness::Short { missing },
            false => Completeness::Whole,
        }
    }

    /// In how many parts a search that exceeded its limit should be made anew. The count may end at
    /// the limit, so there are never fewer than two, and a part may have to be split again.
    pub fn parts(&self) -> usize {
        let limit = self.count_limit.unwrap_or(RECORD_COUNT_LIMIT).max(1);
        let found = self.approximate_count.unwrap_or(0);
        // Events are not spread evenly over time, so a part is planned to be half full.
        let parts = found.saturating_mul(2).div_ceil(limit);
        usize::try_from(parts).unwrap_or(PARTS_MAX).clamp(2, PARTS_MAX)
    }
}

impl AuditQueryState {
    fn read(text: &str) -> AuditQueryState {
        match text.to_ascii_lowercase().as_str() {
            "notstarted" => AuditQueryState::NotStarted,
            "succeeded" => AuditQueryState::Succeeded,
            "failed" => AuditQueryState::Failed,
            "cancelled" => AuditQueryState::Cancelled,
            _ => AuditQueryState::Running,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reports_are_read() {
        let check = |query: Value, expected: &str| {
            let shown = match AuditQueryReport::read(&query) {
                Ok(report) => format!(
                    "{:?} {:?} {:?} {}",
                    report.state,
                    report.approximate_count,
                    report.count_limit,
                    report.is_limit_exceeded
                ),
                Err(words) => words.to_owned(),
            };
            assert_eq!(shown, expected, "{query}");
        };
        check(json!({"status": "notStarted"}), "NotStarted None None false");
        check(json!({"status": "Running"}), "Running None None false");
        check(json!({"status": "unknownFutureValue"}), "Running None None false");
        check(json!({"status": "failed"}), "Failed None None false");
        check(json!({"status": "cancelled"}), "Cancelled None None false");
        check(
            json!({"status": "succeeded", "approximateReturnedRecordCount": 12,
                   "recordCountLimit": "1000000", "isRecordCountLimitExceeded": true}),
            "Succeeded Some(12) Some(1000000) true",
        );
        check(
            json!({"status": "succeeded", "approximateReturnedRecordCount": -1}),
            "Succeeded None None false",
        );
        check(json!({"status": 3}), "the answer tells no status");
        check(json!([]), "the answer tells no status");
    }

    fn report(found: Option<u64>, limit: Option<u64>, exceeded: bool) -> AuditQueryReport {
        AuditQueryReport {
            state: AuditQueryState::Succeeded,
            approximate_count: found,
            count_limit: limit,
            is_limit_exceeded: exceeded,
        }
    }

    #[test]
    fn what_was_read_is_compared_with_what_was_found() {
        let check = |found: Option<u64>, exceeded: bool, read: u64, expected: Completeness| {
            let report = report(found, Some(1_000_000), exceeded);
            assert_eq!(report.completeness(read), expected, "{read} of {found:?}");
        };
        check(Some(0), false, 0, Completeness::Whole);
        check(Some(1000), false, 1000, Completeness::Whole);
        // A count over many machines.
        check(Some(1000), false, 990, Completeness::Whole);
        check(Some(1000), false, 1200, Completeness::Whole);
        check(Some(1000), false, 989, Completeness::Short { missing: 11 });
        check(Some(1), false, 0, Completeness::Short { missing: 1 });
        check(None, false, 7, Completeness::Unknown);
        check(Some(1_000_000), true, 1_000_000, Completeness::LimitExceeded);
        check(None, true, 0, Completeness::LimitExceeded);
        check(Some(u64::MAX / 100), false, 0, Completeness::Short { missing: u64::MAX / 100 });
    }

    #[test]
    fn parts_grow_with_what_was_found() {
        let check = |found: Option<u64>, limit: Option<u64>, expected: usize| {
            assert_eq!(report(found, limit, true).parts(), expected, "{found:?} of {limit:?}");
        };
        check(None, None, 2);
        check(Some(1_000_000), Some(1_000_000), 2);
        check(Some(3_100_000), Some(1_000_000), 7);
        check(Some(3_100_000), None, 7);
        check(Some(u64::MAX), Some(0), PARTS_MAX);
    }
}
