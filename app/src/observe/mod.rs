//! How does collecting go, seen from outside?
//!
//! The [`Observer`] is told of every pass. It writes the log, answers `/metrics` and `/health`, and
//! keeps the service manager informed. What it counts itself begins with the process; everything
//! else is read from the ledger when it is asked for.

mod health;
mod listen;
mod log;
mod metrics;
pub mod service;
mod sheet;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Result;
use source::service::{Clock, MachineClock};
use store::{Lane, Ledger, Store};

use crate::collect::fleet::Witness;
use crate::collect::{Collector, Pass};
use crate::forward::Board;

pub use listen::serve;

/// Watches all tenants of a process.
pub struct Observer {
    ledger: Ledger,
    tenants: Mutex<BTreeMap<String, Seen>>,
    store: Store,
    outputs: Board,
}

/// What was seen of one tenant.
struct Seen {
    collector: Arc<Collector>,
    poll: Duration,
    lanes: Vec<LaneSeen>,
    windows: u64,
    blobs: u64,
    failed: u64,
    expired: u64,
}

struct LaneSeen {
    lane: Lane,
    succeeded: u64,
    failed: u64,
    /// Microseconds.
    last_success: Option<i64>,
    last_problem: Option<(i64, String)>,
}

impl Observer {
    /// Reads the ledger over a connection of its own, so that nobody who asks holds up collecting.
    pub fn new(store: &Store, outputs: Board) -> Result<Arc<Observer>> {
        let (ledger, tenants) = (store.ledger()?, Mutex::default());
        Ok(Arc::new(Observer { ledger, tenants, store: store.clone(), outputs }))
    }

    fn tenants(&self) -> MutexGuard<'_, BTreeMap<String, Seen>> {
        self.tenants.lock().expect("no holder panics")
    }
}

impl Witness for Observer {
    fn started(&self, collector: &Arc<Collector>, poll: Duration) {
        let seen = Seen::new(collector.clone(), poll);
        self.tenants().insert(collector.tenant().to_string(), seen);
        service::ready();
    }

    fn passed(&self, collector: &Collector, lane: Option<Lane>, pass: &Result<Pass>) {
        log::passed(collector, lane, pass);
        let now = MachineClock.now();
        let mut tenants = self.tenants();
        // Without `started` it is a single pass that nobody asks about.
        let seen = tenants.get_mut(collector.tenant().as_str());
        if let (Some(seen), Some(lane)) = (seen, lane) {
            seen.passed(lane, pass, now);
            service::tell(&health::line(&tenants, now));
        }
    }

    fn stopped(&self, collector: &Collector) {
        self.tenants().remove(collector.tenant().as_str());
    }
}

impl Seen {
    fn new(collector: Arc<Collector>, poll: Duration) -> Seen {
        let lane = |lane| LaneSeen {
            lane,
            succeeded: 0,
            failed: 0,
            last_success: None,
            last_problem: None,
        };
        let lanes = collector.lanes().map(lane).collect();
        Seen { collector, poll, lanes, windows: 0, blobs: 0, failed: 0, expired: 0 }
    }

    fn passed(&mut self, lane: Lane, pass: &Result<Pass>, now: i64) {
        if let Ok(pass) = pass {
            self.windows += pass.windows;
            self.blobs += pass.blobs;
            self.failed += pass.failed;
            self.expired += pass.expired;
        }
        let Some(seen) = self.lanes.iter_mut().find(|seen| seen.lane == lane) else { return };
        match has_succeeded(lane, pass) {
            true => {
                seen.succeeded += 1;
                seen.last_success = Some(now);
            }
            false => seen.failed += 1,
        }
        let problem = match pass {
            Ok(pass) => pass.problems.last().cloned(),
            Err(error) => Some(format!("{error:#}")),
        };
        if let Some(words) = problem {
            seen.last_problem = Some((now, words));
        }
    }
}

/// A pass with a problem has succeeded all the same if it got something: one blob that cannot be
/// had, or one content type without permission, shows as lag and gap, and not as a dead collector.
fn has_succeeded(lane: Lane, pass: &Result<Pass>) -> bool {
    let Ok(pass) = pass else { return false };
    let has_got = match lane {
        Lane::Feed => pass.windows > 0,
        // Windows of Graph are noted before anybody asks Graph for them.
        Lane::Graph => pass.blobs > 0,
    };
    has_got || pass.problems.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_succeeds_if_it_got_something() {
        let check = |lane, windows, blobs, problems: &[&str], wanted| {
            let problems = problems.iter().map(|words| (*words).to_owned()).collect();
            let pass = Ok(Pass { windows, blobs, problems, ..Pass::default() });
            assert_eq!(has_succeeded(lane, &pass), wanted, "{pass:?}");
        };
        check(Lane::Feed, 5, 0, &[], true);
        check(Lane::Feed, 4, 0, &["ActivityFeed.ReadDlp is not granted"], true);
        check(Lane::Feed, 0, 3, &["AADSTS7000215"], false);
        check(Lane::Graph, 0, 0, &[], true);
        check(Lane::Graph, 2, 0, &["403"], false);
        assert!(!has_succeeded(Lane::Feed, &Err(anyhow::anyhow!("the disk is full"))));
    }
}
