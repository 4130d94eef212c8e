//! Who does the jobs, and when?
//!
//! Every process that could serves a [`Service`]; the one that gets the lock works, one job at a
//! time, and when it ends another takes over. Where nobody ever asked for a job and nothing is
//! scheduled, nothing is created.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures::FutureExt;
use source::service::{Clock, MachineClock};
use store::{Jobs, Store};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::run::{Shop, sweep};
use super::schedule;
use crate::config::Config;

/// How often an idle worker looks for work.
const POLL: Duration = Duration::from_millis(500);
/// How often whoever does not have the lock tries to get it.
const LOCK_EVERY: Duration = Duration::from_secs(2);
/// How often schedules, expiry and the configuration are looked at.
const TIDY_EVERY: Duration = Duration::from_secs(5);
/// A worker that could not read its queue tries again.
const TROUBLE_PAUSE: Duration = Duration::from_secs(10);
/// How long a worker may take to come to its end when it is asked to.
const STOP_MAX: Duration = Duration::from_secs(5);

/// The configuration, and where it may change.
pub struct Configured {
    config: Config,
    /// Read again when it changes; `None` for what stays as it is.
    file: Option<Option<PathBuf>>,
    /// What was last said about it.
    trouble: Option<String>,
}

impl Configured {
    pub fn fixed(config: Config) -> Configured {
        Configured { config, file: None, trouble: None }
    }

    /// As `trail365.toml`, or the file named, has it from time to time.
    pub fn followed(config: Config, file: Option<PathBuf>) -> Configured {
        Configured { config, file: Some(file), trouble: None }
    }

    fn refresh(&mut self) {
        let Some(file) = &self.file else { return };
        match Config::load(file.as_deref()) {
            Ok(config) => {
                self.config = config;
                self.trouble = None;
            }
            Err(error) => {
                let words = format!("{error:#}; jobs go on as before");
                if self.trouble.as_ref() != Some(&words) {
                    tracing::error!("{words}");
                }
                self.trouble = Some(words);
            }
        }
    }
}

/// How long to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    Stopped,
    /// No job waits, and no delivery.
    Idle,
}

/// A worker beside whatever else a process does.
pub struct Service {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Service {
    pub fn start(store: Store, configured: Configured) -> Service {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(keep_on(store, configured, stopped));
        Service { stop, task }
    }

    /// The job at hand waits for the next worker.
    pub async fn end(mut self) {
        let _ = self.stop.send(true);
        if tokio::time::timeout(STOP_MAX, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

async fn keep_on(store: Store, mut configured: Configured, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match try_work(&store, &mut configured, &mut stop).await {
            Ok(()) => LOCK_EVERY,
            Err(error) => {
                tracing::error!("jobs: {error:#}");
                TROUBLE_PAUSE
            }
        };
        if stopped_within(&mut stop, pause).await {
            return;
        }
    }
}

/// Works if there may be work and nobody else does it.
async fn try_work(
    store: &Store,
    configured: &mut Configured,
    stop: &mut watch::Receiver<bool>,
) -> Result<()> {
    configured.refresh();
    if store.existing_jobs()?.is_none() && configured.config.schedule.is_empty() {
        return Ok(());
    }
    match work(store, configured, Until::Stopped, stop).await {
        Err(error) if is_taken(&error) => Ok(()),
        worked => worked,
    }
}

/// Whether another process has the lock.
pub fn is_taken(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(store::Error::Working { .. }))
}

async fn stopped_within(stop: &mut watch::Receiver<bool>, pause: Duration) -> bool {
    // The sender gone is a process that ends.
    tokio::time::timeout(pause, stop.wait_for(|stopped| *stopped)).await.is_ok()
}

/// Does the jobs of a data folder.
pub async fn work(
    store: &Store,
    configured: &mut Configured,
    until: Until,
    stop: &mut watch::Receiver<bool>,
) -> Result<()> {
    let _lock = store.claim_jobs()?;
    let shop = Shop { store: store.clone(), jobs: store.jobs()? };
    shop.jobs.requeue_interrupted(MachineClock.now())?;
    let mut tidied: Option<Instant> = None;
    loop {
        if tidied.is_none_or(|at| at.elapsed() >= TIDY_EVERY) {
            tidied = Some(Instant::now());
            configured.refresh();
            tidy(&shop, &configured.config)?;
        }
        let config = &configured.config;
        let now = MachineClock.now();
        if let Some((job, delivery)) = shop.jobs.next_delivery(now)? {
            tokio::select! {
                delivered = shop.deliver(&job, delivery, config) => delivered?,
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            }
        } else if let Some(job) = shop.jobs.claim_next(now)? {
            tokio::select! {
                done = AssertUnwindSafe(shop.run(&job, config)).catch_unwind() => {
                    settle(&shop.jobs, &job.id, done)?;
                }
                _ = stop.wait_for(|stopped| *stopped) => return Ok(shop.jobs.release(&job.id)?),
            }
        } else {
            let is_idle = until == Until::Idle && shop.jobs.waiting_deliveries()? == 0;
            if is_idle || stopped_within(stop, POLL).await {
                return Ok(());
            }
        }
    }
}

/// A job that panics is that job's failure.
fn settle(jobs: &Jobs, id: &str, done: std::thread::Result<Result<()>>) -> Result<()> {
    match done {
        Ok(done) => done,
        Err(_) => {
            let words = "trail365 came upon a fault of its own; its log has more";
            jobs.fail(id, words, MachineClock.now())?;
            Ok(())
        }
    }
}

/// Results that are old go, schedules that are due make jobs.
fn tidy(shop: &Shop, config: &Config) -> Result<()> {
    let now = MachineClock.now();
    for id in shop.jobs.expire(now)? {
        tracing::info!("job {id}: its result expired");
    }
    sweep(shop.store.data_dir(), &shop.jobs)?;
    for made in schedule::make_due(&shop.jobs, config, now) {
        match made {
            Ok(job) => tracing::info!("schedule {}: job {}", job.name, job.id),
            Err(error) => tracing::error!("{error:#}"),
        }
    }
    Ok(())
}
