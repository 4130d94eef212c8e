//! What does a client need of the world?
//!
//! Time, chance and the network are arguments, so that a test or a seeded simulation can own them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::transport::Transport;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What time is it, and when has a while gone by?
pub trait Clock: Send + Sync + 'static {
    /// Microseconds since 1970, UTC.
    fn now(&self) -> i64;
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;

    /// While the answer lives, work is done that takes no simulated time.
    fn stand_still(&self) -> Box<dyn Send> {
        Box::new(())
    }
}

/// Where do jitter and identifiers come from?
pub trait Random: Send + Sync + 'static {
    fn bits(&self) -> u64;
}

/// The three seams together. Clients of several tenants may share one.
#[derive(Clone)]
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub transport: Arc<dyn Transport>,
}

impl World {
    /// The machine's own clock and randomness, with this way to the network.
    pub fn of_this_machine(transport: Arc<dyn Transport>) -> World {
        World { clock: Arc::new(MachineClock), random: Arc::new(MachineRandom), transport }
    }

    /// A number from 0 to below 1.
    pub(crate) fn fraction(&self) -> f64 {
        (self.random.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A random GUID (RFC 9562, version 4).
    pub(crate) fn guid(&self) -> String {
        let high = self.random.bits() & !0xf000 | 0x4000;
        let low = self.random.bits() >> 2 | 1 << 63;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}

/// The clock of this machine and of its tokio runtime.
pub struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

struct MachineRandom;

impl Random for MachineRandom {
    fn bits(&self) -> u64 {
        rand::random()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

    use super::*;

    /// A clock on which a sleep is over at once and moves the time on.
    pub struct HastyClock {
        now: AtomicI64,
        pub sleeps: Mutex<Vec<Duration>>,
    }

    impl HastyClock {
        pub fn at(text: &str) -> Arc<HastyClock> {
            Arc::new(HastyClock {
                now: AtomicI64::new(event::time::parse(text).unwrap()),
                sleeps: Mutex::default(),
            })
        }

        pub fn advance(&self, duration: Duration) {
            self.now.fetch_add(duration.as_micros() as i64, Ordering::SeqCst);
        }
    }

    impl Clock for HastyClock {
        fn now(&self) -> i64 {
            self.now.load(Ordering::SeqCst)
        }

        fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
            self.sleeps.lock().unwrap().push(duration);
            self.advance(duration);
            Box::pin(tokio::task::yield_now())
        }
    }

    /// SplitMix64 from a seed.
    pub struct Seeded(pub AtomicU64);

    impl Random for Seeded {
        fn bits(&self) -> u64 {
            let mut z = self
                .0
                .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst)
                .wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }
    }

    #[test]
    fn guids_have_version_and_variant() {
        struct Same(u64);
        impl Random for Same {
            fn bits(&self) -> u64 {
                self.0
            }
        }
        let check = |bits: u64, expected: &str| {
            let world = World {
                clock: Arc::new(MachineClock),
                random: Arc::new(Same(bits)),
                transport: Arc::new(crate::service::transport::tests::Nowhere),
            };
            assert_eq!(world.guid(), expected);
            assert!((0.0..1.0).contains(&world.fraction()));
        };
        check(0, "00000000-0000-4000-8000-000000000000");
        check(u64::MAX, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
