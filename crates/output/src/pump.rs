//! How does everything get there?
//!
//! One loop for every service. It ends when it is told to stop, or when there is nothing more and it
//! was asked for one pass only.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use rand::RngExt;
use tokio::sync::watch;

use crate::{Error, Feed, Limits, Parked, Record, Refusal, Service};

/// How often an idle output looks for something new.
const LOOK: Duration = Duration::from_secs(1);

/// How long a service that failed is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// After the first failure; doubled by each further one.
    pub first: Duration,
    pub longest: Duration,
    /// After a refusal that an administrator has to mend.
    pub denied: Duration,
}

impl Retry {
    pub const DEFAULT: Retry = Retry {
        first: Duration::from_millis(500),
        longest: Duration::from_secs(60),
        denied: Duration::from_secs(60),
    };

    /// Half of the pause is chance, so that outputs do not come back all at once.
    fn pause(&self, failures: u32) -> Duration {
        let whole = self.first.saturating_mul(1 << failures.min(16)).min(self.longest);
        whole / 2 + whole.mul_f64(rand::rng().random_range(0.0..0.5))
    }
}

/// What an output did since it started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub records: u64,
    pub bytes: u64,
    pub batches: u64,
    pub parked: u64,
    pub errors: u64,
    /// The last failure, if the last attempt failed.
    pub trouble: Option<String>,
    /// When something was last taken, microseconds.
    pub delivered_at: Option<i64>,
}

/// How long a pump goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    Stopped,
    /// Until nothing is left to deliver, or so many attempts in a row have failed.
    CaughtUp {
        failures_max: u32,
    },
}

/// How a pump ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is nothing more to deliver.
    CaughtUp,
    Stopped,
    /// The service's last words.
    GaveUp(String),
}

/// Delivers what the feed has until it is stopped, or as long as `until` says.
///
/// `tell` is called with the counts whenever they changed.
pub async fn pump(
    service: &mut dyn Service,
    feed: &mut dyn Feed,
    limits: &Limits,
    retry: &Retry,
    until: Until,
    mut stop: watch::Receiver<bool>,
    tell: &(dyn Fn(&Counts) + Sync),
) -> Result<Outcome, String> {
    let failures_max = match until {
        Until::Stopped => u32::MAX,
        Until::CaughtUp { failures_max } => failures_max,
    };
    let mut pump = Pump { service, retry, failures_max, counts: Counts::default(), tell };
    loop {
        let Some(batch) = unless_stopped(&mut stop, feed.next(limits)).await else {
            return Ok(Outcome::Stopped);
        };
        let batch = batch?;
        if batch.is_empty() {
            // What was read and filtered away is behind us as well.
            feed.settle(Vec::new()).await?;
            if until != Until::Stopped {
                return Ok(Outcome::CaughtUp);
            }
            let pause = tokio::time::sleep(limits.linger.min(LOOK));
            if unless_stopped(&mut stop, pause).await.is_none() {
                return Ok(Outcome::Stopped);
            }
            continue;
        }
        let Some(parked) = unless_stopped(&mut stop, pump.deliver(batch)).await else {
            return Ok(Outcome::Stopped);
        };
        match parked {
            Ok(parked) => feed.settle(parked).await?,
            Err(words) => return Ok(Outcome::GaveUp(words)),
        }
        pump.tell();
    }
}

/// `None` if stopped first.
async fn unless_stopped<T>(
    stop: &mut watch::Receiver<bool>,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        _ = stop.wait_for(|stopped| *stopped) => None,
        done = work => Some(done),
    }
}

struct Pump<'a> {
    service: &'a mut dyn Service,
    retry: &'a Retry,
    failures_max: u32,
    counts: Counts,
    tell: &'a (dyn Fn(&Counts) + Sync),
}

impl Pump<'_> {
    fn tell(&self) {
        (self.tell)(&self.counts);
    }

    /// Returns what was parked once every record is taken or parked, or the words of the last of
    /// too many failures.
    async fn deliver(&mut self, batch: Vec<Record>) -> Result<Vec<Parked>, String> {
        let mut parked = Vec::new();
        let mut waiting = VecDeque::from([batch]);
        let mut failures = 0;
        while let Some(mut part) = waiting.pop_front() {
            let error = match self.service.deliver(&part).await {
                Ok(()) => {
                    failures = 0;
                    self.took(&part, 0);
                    continue;
                }
                Err(error) => error,
            };
            match error {
                Error::Some(refusals) => {
                    failures = 0;
                    self.took(&part, refusals.len());
                    parked.extend(set_aside(part, refusals));
                }
                // Halved until the record to blame stands alone; the order stays.
                Error::Whole { .. } if part.len() > 1 => {
                    let second = part.split_off(part.len() / 2);
                    waiting.push_front(second);
                    waiting.push_front(part);
                }
                Error::Whole { words } => {
                    self.took(&part, 1);
                    parked.extend(set_aside(part, vec![Refusal { index: 0, reason: words }]));
                }
                Error::Later { words, after } => {
                    let pause = self.retry.pause(failures).max(after.unwrap_or_default());
                    failures += 1;
                    self.fail(words, failures, pause).await?;
                    waiting.push_front(part);
                }
                Error::Denied { words } => {
                    failures += 1;
                    self.fail(words, failures, self.retry.denied).await?;
                    waiting.push_front(part);
                }
            }
        }
        Ok(parked)
    }

    async fn fail(&mut self, words: String, failures: u32, pause: Duration) -> Result<(), String> {
        self.failed(words.clone());
        if failures >= self.failures_max {
            return Err(words);
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }

    fn took(&mut self, part: &[Record], refused: usize) {
        let counts = &mut self.counts;
        counts.records += (part.len() - refused) as u64;
        counts.bytes += part.iter().map(|record| record.body.len() as u64).sum::<u64>();
        counts.batches += 1;
        counts.parked += refused as u64;
        counts.trouble = None;
        counts.delivered_at = Some(chrono::Utc::now().timestamp_micros());
    }

    fn failed(&mut self, words: String) {
        self.counts.errors += 1;
        if self.counts.trouble.as_ref() != Some(&words) {
            tracing::warn!("{words}");
        }
        self.counts.trouble = Some(words);
        self.tell();
    }
}

fn set_aside(part: Vec<Record>, refusals: Vec<Refusal>) -> Vec<Parked> {
    let mut part: Vec<Option<Record>> = part.into_iter().map(Some).collect();
    let take = |refusal: Refusal| {
        let record = part.get_mut(refusal.index)?.take()?;
        Some(Parked { record, reason: refusal.reason })
    };
    refusals.into_iter().filter_map(take).collect()
}
