//! Which faults strike this request?
//!
//! Chance follows from the seed and the number of the request, so a run can be repeated.

use crate::random::{blend, threshold};

/// The luck of one request. Each fault throws its own dice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Luck {
    seed: u64,
    number: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Strike {
    Slow = 1,
    Error = 2,
    CutBody = 3,
    Unauthorized = 4,
    Timeout = 5,
    Page = 6,
    GzipLies = 7,
    SubscriptionDisabled = 8,
}

impl Luck {
    pub(super) fn new(seed: u64, number: u64) -> Luck {
        Luck { seed, number }
    }

    pub(super) fn strikes(&self, rate: f64, strike: Strike) -> bool {
        blend(self.seed ^ ((strike as u64) << 48), self.number) < threshold(rate)
    }

    /// A place below `length`, for a fault that happens somewhere in a body.
    pub(super) fn place(&self, length: usize) -> usize {
        blend(self.number, 9) as usize % length.max(1)
    }
}
