//! Is every tenant collected?

use std::collections::BTreeMap;

use event::time;
use serde_json::{Value, json};

use super::{LaneSeen, Seen};
use crate::present::printable;

/// The last success may be this old, however short the pauses are.
const SUCCESS_AGE_MIN: i64 = 10 * time::MINUTE;
/// So many pauses may have gone by since the last success.
const POLLS_MAX: i64 = 5;
/// The service manager shows one line.
const LINE_CHARS_MAX: usize = 200;

impl Seen {
    /// The last success of the lane that is worst off.
    pub(super) fn last_success(&self) -> Option<i64> {
        self.lanes.iter().map(|lane| lane.last_success).min().flatten()
    }

    fn last_problem(&self) -> Option<&(i64, String)> {
        self.lanes.iter().filter_map(|lane| lane.last_problem.as_ref()).max()
    }

    fn is_healthy(&self, now: i64) -> bool {
        let allowed = (POLLS_MAX * self.poll.as_micros() as i64).max(SUCCESS_AGE_MIN);
        let is_fresh = |lane: &LaneSeen| lane.last_success.is_some_and(|at| now - at <= allowed);
        self.lanes.iter().all(is_fresh)
    }
}

/// Whether all is well, and what to tell of each tenant.
pub(super) fn report(tenants: &BTreeMap<String, Seen>, now: i64) -> (bool, Value) {
    let tenant = |(name, seen): (&String, &Seen)| {
        let problem = seen.last_problem();
        json!({
            "tenant": name,
            "healthy": seen.is_healthy(now),
            "last_success": seen.last_success().map(time::iso_text),
            "last_problem": problem.map(|(_, words)| words),
            "last_problem_at": problem.map(|(at, _)| time::iso_text(*at)),
        })
    };
    let is_healthy = !tenants.is_empty() && tenants.values().all(|seen| seen.is_healthy(now));
    let tenants: Vec<Value> = tenants.iter().map(tenant).collect();
    (is_healthy, json!({"healthy": is_healthy, "tenants": tenants}))
}

/// The same in a line for `systemctl status`.
pub(super) fn line(tenants: &BTreeMap<String, Seen>, now: i64) -> String {
    let ill: Vec<String> = tenants
        .iter()
        .filter(|(_, seen)| !seen.is_healthy(now))
        .map(|(name, seen)| match seen.last_problem() {
            Some((_, words)) => format!("{name}: {words}"),
            None => format!("{name}: not collected yet"),
        })
        .collect();
    let count = match tenants.len() {
        1 => "1 tenant".to_owned(),
        count => format!("{count} tenants"),
    };
    let text = match ill.is_empty() {
        true => format!("{count} collected, last {}", time::short(now)),
        false => format!("{} of {count} not collected: {}", ill.len(), ill.join("; ")),
    };
    printable(&text).chars().take(LINE_CHARS_MAX).collect()
}
