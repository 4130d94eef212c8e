//! How many requests may a tenant still make?
//!
//! The service counts the requests of a tenant by the minute, whatever they ask for, downloads of
//! blobs included (Management Activity API reference). So one budget serves all content types: a
//! bucket of tokens that fills steadily, that all requests draw from in turn, and that is emptied and closed for everyone when the service says that it was too much.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::turns::{Priority, Turns};
use super::world::Clock;

const MINUTE: i64 = 60_000_000;

/// The part of a span's requests that may be made in one burst.
const BURST_PART: u32 = 10;

/// Longest time that a throttled budget stays closed at a stretch, so that a clock set back by
/// hours cannot stop collection for hours.
pub(crate) const CLOSED_MAX: Duration = Duration::from_secs(15 * 60);

/// The requests that one tenant may make.
pub struct Budget {
    clock: Arc<dyn Clock>,
    turns: Turns,
    bucket: Mutex<Bucket>,
}

struct Bucket {
    capacity: f64,
    tokens_per_micro: f64,
    tokens: f64,
    counted_at: i64,
    closed_until: i64,
}

impl Budget {
    /// A full budget of `per_minute` requests. No span of a minute sees more.
    pub fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Budget {
        Budget::within(per_minute, MINUTE, clock)
    }

    /// A full budget of so many requests within a span of so many microseconds. No such span sees
    /// more.
    pub fn within(requests: u32, span: i64, clock: Arc<dyn Clock>) -> Budget {
        let requests = requests.max(1);
        let burst = (requests / BURST_PART).max(1);
        // What the burst takes at the start of a span is missing from its steady flow.
        let flow = requests - burst + 1;
        let bucket = Bucket {
            capacity: f64::from(burst),
            tokens_per_micro: f64::from(flow) / span.max(1) as f64,
            tokens: f64::from(burst),
            counted_at: clock.now(),
            closed_until: i64::MIN,
        };
        Budget { clock, turns: Turns::default(), bucket: Mutex::new(bucket) }
    }

    /// Waits for one request's turn.
    pub async fn take(&self, priority: Priority) {
        let mut turn = self.turns.take(priority).await;
        loop {
            // Asked anew after each wait: meanwhile the budget may have been closed.
            let wait = self.locked().take(self.clock.now());
            let Some(wait) = wait else { return };
            self.clock.sleep(wait).await;
            turn = self.turns.yield_to_fresh(turn).await;
        }
    }

    /// The service said that it was too much: nobody asks for this long, nor in a burst after it.
    pub fn close(&self, delay: Duration) {
        let now = self.clock.now();
        let until = now.saturating_add(delay.min(CLOSED_MAX).as_micros() as i64);
        let mut bucket = self.locked();
        bucket.tokens = 0.0;
        bucket.counted_at = now;
        bucket.closed_until = bucket.closed_until.max(until);
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Bucket> {
        // Nothing under the lock can panic half way.
        self.bucket.lock().expect("no holder panics")
    }
}

impl Bucket {
    /// Takes a token, or says how long until one may be there.
    fn take(&mut self, now: i64) -> Option<Duration> {
        let closed = (self.closed_until.saturating_sub(now)).min(CLOSED_MAX.as_micros() as i64);
        if closed > 0 {
            self.tokens = 0.0;
            self.counted_at = now;
            return Some(micros(closed));
        }
        // Nothing flows in while the budget is closed, and a clock that was set back gives nothing.
        let since = self.counted_at.max(self.closed_until.min(now));
        let elapsed = now.saturating_sub(since).max(0);
        self.tokens = (self.tokens + elapsed as f64 * self.tokens_per_micro).min(self.capacity);
        self.counted_at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return None;
        }
        let missing = (1.0 - self.tokens) / self.tokens_per_micro;
        Some(micros((missing.ceil() as i64).max(1)))
    }
}

fn micros(count: i64) -> Duration {
    Duration::from_micros(count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::world::tests::HastyClock;

    /// When each of `count` requests was let through, in microseconds after the first.
    async fn times(budget: &Budget, clock: &HastyClock, count: usize) -> Vec<i64> {
        let start = clock.now();
        let mut times = Vec::new();
        for _ in 0..count {
            budget.take(Priority::Fresh).await;
            times.push(clock.now() - start);
        }
        times
    }

    #[tokio::test]
    async fn no_minute_sees_more_than_the_budget() {
        for per_minute in [1, 2, 9, 10, 60, 2000, 60_000] {
            let clock = HastyClock::at("2026-01-01");
            let budget = Budget::new(per_minute, clock.clone());
            let count = per_minute as usize * 3 + 5;
            let times = times(&budget, &clock, count).await;
            for (first, &time) in times.iter().enumerate() {
                if let Some(&next) = times.get(first + per_minute as usize) {
                    assert!(next - time >= MINUTE - 1000, "{per_minute} a minute, {first}");
                }
            }
            // And it is not much slower than it may be.
            assert!(*times.last().unwrap() < 4 * MINUTE + MINUTE / i64::from(per_minute) * 6);
        }
    }

    #[tokio::test]
    async fn a_closed_budget_is_closed_for_everyone_and_opens_without_a_burst() {
        let clock = HastyClock::at("2026-01-01");
        let budget = Budget::new(600, clock.clone());
        budget.take(Priority::Fresh).await;
        budget.close(Duration::from_secs(30));
        budget.close(Duration::from_secs(10));
        let times = times(&budget, &clock, 11).await;
        assert!(times[0] >= 30_000_000, "{times:?}");
        assert!(times[10] - times[0] >= 1_000_000, "{times:?}");
    }

    #[tokio::test]
    async fn a_clock_set_back_or_far_ahead_does_no_harm() {
        let clock = HastyClock::at("2026-01-02");
        let budget = Budget::new(60, clock.clone());
        budget.close(Duration::from_secs(60));
        let earlier = event::time::parse("2026-01-01").unwrap();
        let wait = budget.locked().take(earlier).unwrap();
        assert!(wait <= CLOSED_MAX);
        budget.close(Duration::MAX);
        let wait = budget.locked().take(clock.now()).unwrap();
        assert_eq!(wait, CLOSED_MAX);
    }

    #[tokio::test]
    async fn callers_take_turns() {
        let clock = HastyClock::at("2026-01-01");
        let budget = Arc::new(Budget::new(10, clock.clone()));
        budget.take(Priority::Fresh).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..5)
            .map(|caller| {
                let (budget, order) = (budget.clone(), order.clone());
                tokio::spawn(async move {
                    for _ in 0..3 {
                        budget.take(Priority::Fresh).await;
                        order.lock().unwrap().push(caller);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let order = order.lock().unwrap();
        for turn in order.chunks(5) {
            let mut turn = turn.to_vec();
            turn.sort();
            assert_eq!(turn, [0, 1, 2, 3, 4], "{order:?}");
        }
    }

    /// Back-fill that came first still waits for the fresh requests, and then has its share.
    #[tokio::test]
    async fn fresh_requests_overtake_back_fill() {
        let clock = HastyClock::at("2026-01-01");
        let budget = Arc::new(Budget::new(60, clock.clone()));
        budget.close(Duration::from_secs(60));
        let order = Arc::new(Mutex::new(String::new()));
        let priorities = [Priority::Backfill; 3].into_iter().chain([Priority::Fresh; 20]);
        let tasks: Vec<_> = priorities
            .map(|priority| {
                let (budget, order) = (budget.clone(), order.clone());
                tokio::spawn(async move {
                    budget.take(priority).await;
                    order.lock().unwrap().push(match priority {
                        Priority::Fresh => 'f',
                        Priority::Backfill => 'b',
                    });
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), "fffffffffbfffffffffbffb");
    }
}
