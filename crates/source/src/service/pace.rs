//! How many downloads at once does the service bear?
//!
//! Nobody says, so it is found out, as TCP finds its rate: one more with each round of downloads
//! that go well, half as many when one is throttled or fails, somewhat fewer when answers come much
//! later than usual.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use super::turns::{Priority, Turns};

/// Downloads at once to begin with.
const START: f64 = 4.0;

/// What is left of the limit after trouble, and after a late answer.
const AFTER_TROUBLE: f64 = 0.5;
const AFTER_LATE: f64 = 0.9;

/// An answer is late when it takes so many times what is usual, and no sooner than `LATE_MIN`.
const LATE_RATIO: f64 = 4.0;
const LATE_MIN: Duration = Duration::from_secs(2);

/// How fast the usual latency follows slower answers; faster ones it follows at once.
const DRIFT: f64 = 0.02;

/// The downloads of one tenant.
#[derive(Clone)]
pub(crate) struct Pace(Arc<Inner>);

struct Inner {
    turns: Turns,
    state: Mutex<State>,
    /// Rung when a slot may be free; whoever has the turn listens.
    bell: Notify,
}

struct State {
    max: f64,
    limit: f64,
    in_use: usize,
    /// Until the first trouble the limit grows with each download, not with each round.
    is_starting: bool,
    /// Counts the cuts: trouble of a download that began before the last cut is no news.
    cuts: u64,
    usual_seconds: Option<f64>,
}

/// The right to one download, until it is dropped.
pub(crate) struct Slot {
    pace: Pace,
    cuts: u64,
}

impl Pace {
    pub fn up_to(max: usize) -> Pace {
        let max = max.max(1) as f64;
        let state = State {
            max,
            limit: START.min(max),
            in_use: 0,
            is_starting: true,
            cuts: 0,
            usual_seconds: None,
        };
        Pace(Arc::new(Inner {
            turns: Turns::default(),
            state: Mutex::new(state),
            bell: Notify::new(),
        }))
    }

    /// Waits for a slot.
    pub async fn slot(&self, priority: Priority) -> Slot {
        let mut turn = self.0.turns.take(priority).await;
        loop {
            if let Some(cuts) = self.locked().enter() {
                return Slot { pace: self.clone(), cuts };
            }
            self.0.bell.notified().await;
            turn = self.0.turns.yield_to_fresh(turn).await;
        }
    }

    /// Downloads that may be open now.
    pub fn limit(&self) -> usize {
        self.locked().limit as usize
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no holder panics")
    }
}

impl Slot {
    /// The service answered after this long.
    pub fn went_well(&self, latency: Duration) {
        self.pace.locked().answered(latency, self.cuts);
        self.pace.0.bell.notify_one();
    }

    /// The download was throttled, failed or broke off.
    pub fn met_trouble(&self) {
        self.pace.locked().cut(AFTER_TROUBLE, self.cuts);
    }

    /// The same slot for another try: what happens now is news again.
    pub fn renew(&mut self) {
        self.cuts = self.pace.locked().cuts;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.pace.locked().in_use -= 1;
        self.pace.0.bell.notify_one();
    }
}

impl State {
    fn enter(&mut self) -> Option<u64> {
        let is_free = self.in_use < self.limit as usize;
        is_free.then(|| {
            self.in_use += 1;
            self.cuts
        })
    }

    fn answered(&mut self, latency: Duration, cuts: u64) {
        let seconds = latency.as_secs_f64();
        let usual = self.usual_seconds.unwrap_or(seconds);
        let late = (usual * LATE_RATIO).max(LATE_MIN.as_secs_f64());
        self.usual_seconds = Some(match seconds < usual {
            true => seconds,
            false => usual + (seconds - usual) * DRIFT,
        });
        if seconds > late {
            return self.cut(AFTER_LATE, cuts);
        }
        // A limit that is not used up has not been tried out, nor has the one of before the last cut.
        if cuts == self.cuts && self.in_use >= self.limit as usize {
            let step = if self.is_starting { 1.0 } else { 1.0 / self.limit };
            self.limit = (self.limit + step).min(self.max);
        }
    }

    fn cut(&mut self, part: f64, cuts: u64) {
        if cuts != self.cuts {
            return;
        }
        self.cuts += 1;
        self.is_starting = false;
        self.limit = (self.limit * part).max(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(200);

    /// Downloads a round of as many blobs as there may be, each with this outcome.
    async fn round(pace: &Pace, outcome: impl Fn(&Slot)) -> usize {
        let mut slots = Vec::new();
        for _ in 0..pace.limit() {
            slots.push(pace.slot(Priority::Fresh).await);
        }
        slots.iter().for_each(outcome);
        pace.limit()
    }

    #[tokio::test]
    async fn the_limit_follows_what_the_service_bears() {
        let pace = Pace::up_to(16);
        let well = |slot: &Slot| slot.went_well(FAST);
        let trouble = Slot::met_trouble;
        assert_eq!(pace.limit(), 4);
        assert_eq!(round(&pace, well).await, 5);
        for _ in 0..20 {
            round(&pace, well).await;
        }
        assert_eq!(pace.limit(), 16);
        // One bad moment is one cut, however many downloads it meets.
        assert_eq!(round(&pace, trouble).await, 8);
        assert_eq!(round(&pace, trouble).await, 4);
        // From then on it grows by one a round.
        let mut limits = Vec::new();
        for _ in 0..30 {
            limits.push(round(&pace, well).await);
        }
        assert!(limits.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{limits:?}");
        assert_eq!(pace.limit(), 16, "{limits:?}");
        for _ in 0..10 {
            round(&pace, trouble).await;
        }
        assert_eq!(pace.limit(), 1);
    }

    #[tokio::test]
    async fn late_answers_slow_it_down_gently() {
        let pace = Pace::up_to(16);
        for _ in 0..20 {
            round(&pace, |slot| slot.went_well(FAST)).await;
        }
        let limit = round(&pace, |slot| slot.went_well(Duration::from_secs(5))).await;
        assert_eq!(limit, 14);
        // What lasts becomes usual.
        for _ in 0..60 {
            round(&pace, |slot| slot.went_well(Duration::from_secs(5))).await;
        }
        assert!(pace.limit() >= 10, "{}", pace.limit());
    }

    #[tokio::test]
    async fn a_limit_that_is_not_used_does_not_grow() {
        let pace = Pace::up_to(16);
        for _ in 0..50 {
            pace.slot(Priority::Fresh).await.went_well(FAST);
        }
        assert_eq!(pace.limit(), 4);
    }

    #[tokio::test]
    async fn slots_are_bounded_and_fresh_comes_first() {
        let pace = Pace::up_to(1);
        let first = pace.slot(Priority::Backfill).await;
        let mut backfill = Box::pin(pace.slot(Priority::Backfill));
        let mut fresh = Box::pin(pace.slot(Priority::Fresh));
        for _ in 0..3 {
            assert!(futures::poll!(&mut backfill).is_pending());
            assert!(futures::poll!(&mut fresh).is_pending());
        }
        drop(first);
        assert!(futures::poll!(&mut backfill).is_pending());
        let fresh = fresh.await;
        assert!(futures::poll!(&mut backfill).is_pending());
        drop(fresh);
        backfill.await;
    }
}
