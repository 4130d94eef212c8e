//! Who else is told, and how far are they?
//!
//! Each output has a task of its own that reads the store by its own cursor, so a dead service holds
//! up nobody else. [`Forwarding`] starts and ends them as the configuration wants it.

mod feed;
mod parked;
pub mod presets;
pub mod render;
mod standing;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Result, anyhow};
use futures::future::join_all;
use output::{Counts, Outcome, Until, pump};
use source::service::MachineClock;
use store::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::Output;

use feed::StoreFeed;
pub use parked::deliver_parked;
pub use standing::{Standing, standings};

/// An output that cannot read the store, or is served by another process, is tried again.
const PAUSE: Duration = Duration::from_secs(10);
/// How long an output may take to come to its end when it is asked to.
const STOP_MAX: Duration = Duration::from_secs(5);

/// What the outputs of this process did since it started, by name.
#[derive(Clone, Default)]
pub struct Board(Arc<Mutex<BTreeMap<String, Counts>>>);

impl Board {
    fn note(&self, output: &str, counts: &Counts) {
        self.lock().insert(output.to_owned(), counts.clone());
    }

    pub fn counts(&self) -> BTreeMap<String, Counts> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Counts>> {
        self.0.lock().expect("no holder panics")
    }
}

/// The outputs that are served now.
pub struct Forwarding {
    store: Store,
    board: Board,
    running: HashMap<String, Running>,
}

struct Running {
    output: Output,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Forwarding {
    pub fn new(store: Store, board: Board) -> Forwarding {
        Forwarding { store, board, running: HashMap::new() }
    }

    /// Starts and ends outputs, so that these are served.
    pub async fn follow(&mut self, outputs: Vec<Output>) {
        let gone: Vec<String> = self
            .running
            .iter()
            .filter(|(_, running)| !outputs.contains(&running.output))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            if let Some(running) = self.running.remove(&name) {
                end(running).await;
            }
        }
        for output in outputs {
            if !self.running.contains_key(&output.name) {
                self.start(output);
            }
        }
    }

    pub async fn end(self) {
        join_all(self.running.into_values().map(end)).await;
    }

    fn start(&mut self, output: Output) {
        let (stop, stopped) = watch::channel(false);
        let (store, board) = (self.store.clone(), self.board.clone());
        let served = output.clone();
        let task = tokio::spawn(async move { keep_on(&store, &served, stopped, &board).await });
        tracing::info!("output {}: forwarding", output.name);
        self.running.insert(output.name.clone(), Running { output, stop, task });
    }
}

async fn end(mut running: Running) {
    let _ = running.stop.send(true);
    // What was not settled is delivered again by the next start.
    if tokio::time::timeout(STOP_MAX, &mut running.task).await.is_err() {
        running.task.abort();
    }
    tracing::info!("output {}: stopped", running.output.name);
}

async fn keep_on(store: &Store, output: &Output, stop: watch::Receiver<bool>, board: &Board) {
    loop {
        match serve(store, output, Until::Stopped, stop.clone(), board).await {
            Ok(_) => return,
            Err(error) => {
                tracing::error!("{error:#}");
                let trouble = Some(format!("{error:#}"));
                board.note(&output.name, &Counts { trouble, ..Counts::default() });
            }
        }
        let mut stop = stop.clone();
        let stopped = tokio::time::timeout(PAUSE, stop.wait_for(|stopped| *stopped)).await;
        if stopped.is_ok() {
            return;
        }
    }
}

/// Delivers to one output as long as `until` says.
pub async fn serve(
    store: &Store,
    output: &Output,
    until: Until,
    stop: watch::Receiver<bool>,
    board: &Board,
) -> Result<Outcome> {
    let _lock = store.claim_output(&output.name)?;
    let mut feed = StoreFeed::new(store, output, Arc::new(MachineClock))?;
    let mut service = output.open()?;
    let tell = |counts: &Counts| board.note(&output.name, counts);
    pump(&mut *service, &mut feed, &output.limits, &output.retry, until, stop, &tell)
        .await
        .map_err(|words| anyhow!(words))
}
