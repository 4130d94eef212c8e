//! What does the log say of a pass?

use anyhow::Result;
use store::Lane;

use crate::collect::{Collector, Pass};
use crate::present::printable;

/// One event for each pass.
pub(super) fn passed(collector: &Collector, lane: Option<Lane>, pass: &Result<Pass>) {
    let tenant = collector.tenant().as_str();
    let lane = match lane {
        Some(Lane::Feed) => "feed",
        Some(Lane::Graph) => "graph",
        None => "all",
    };
    let pass = match pass {
        Ok(pass) => pass,
        Err(error) => {
            let problems = printable(&format!("{error:#}"));
            return tracing::error!(tenant, lane, problems, "the pass failed");
        }
    };
    let Pass { windows, blobs, failed, expired, gaps, .. } = *pass;
    let (stored, duplicates) = (pass.totals.stored, pass.totals.duplicates);
    let problems = printable(&pass.problems.join("; "));
    match problems.is_empty() {
        true => tracing::info!(
            tenant,
            lane,
            windows,
            blobs,
            failed,
            expired,
            stored,
            duplicates,
            gaps,
            problems,
            "collected"
        ),
        false => tracing::warn!(
            tenant,
            lane,
            windows,
            blobs,
            failed,
            expired,
            stored,
            duplicates,
            gaps,
            problems,
            "collected with problems"
        ),
    }
}
