//! How much is delivered at once, and where does it come from?

use std::time::Duration;

use async_trait::async_trait;

use crate::Record;

/// A batch is delivered when it reaches one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub records: usize,
    /// Of records and bodies.
    pub bytes: usize,
    /// How long what came in waits for more, so that batches are not many and small.
    pub linger: Duration,
}

impl Limits {
    pub const DEFAULT: Limits =
        Limits { records: 2_000, bytes: 4 << 20, linger: Duration::from_secs(1) };
}

/// A record set aside, since the service refused it.
#[derive(Clone, Debug)]
pub struct Parked {
    pub record: Record,
    pub reason: String,
}

/// Where records come from, in an order that is the same every time, and where it is kept how far
/// they were delivered.
#[async_trait]
pub trait Feed: Send {
    /// The next records within the limits, in order; none if there is nothing new now. What is
    /// returned follows what was returned before, settled or not.
    async fn next(&mut self, limits: &Limits) -> Result<Vec<Record>, String>;

    /// Everything that `next` returned so far has been taken, but for what is parked. Lasting when
    /// this returns.
    async fn settle(&mut self, parked: Vec<Parked>) -> Result<(), String>;
}
