//! How long does a process live?
//!
//! Whatever it does to the world is an instruction that it may die at. Once it is dead nothing that
//! it still does has an effect.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use source::service::{BoxFuture, Clock, Random};
use tokio::sync::Notify;

use crate::chance::{Chance, mix};
use crate::time::Time;

/// What happened. Its hash does not depend on the order of what happened at the same moment.
#[derive(Debug, Default)]
pub struct Trace {
    pub hash: u64,
    pub faults: BTreeMap<&'static str, u64>,
    /// Kept on request.
    pub lines: Option<Vec<String>>,
}

/// How a process dies.
#[derive(Clone, Copy, Debug)]
pub enum Doom {
    Never,
    /// Each instruction may be the last.
    Rate(f64),
    /// At the instruction of this name and number, from 0.
    At(&'static str, u64),
}

/// One process, from its start to its death.
#[derive(Debug)]
pub struct Life {
    pub time: Arc<Time>,
    pub chance: Chance,
    pub trace: Arc<Mutex<Trace>>,
    doom: Doom,
    dead: AtomicBool,
    died: Notify,
    /// How often each instruction was met.
    met: Mutex<HashMap<u64, u64>>,
}

impl Life {
    pub fn new(
        time: &Arc<Time>,
        chance: Chance,
        trace: &Arc<Mutex<Trace>>,
        doom: Doom,
    ) -> Arc<Life> {
        Arc::new(Life {
            time: time.clone(),
            chance,
            trace: trace.clone(),
            doom,
            dead: AtomicBool::new(false),
            died: Notify::new(),
            met: Mutex::default(),
        })
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    pub async fn died(&self) {
        while !self.is_dead() {
            self.died.notified().await;
        }
    }

    /// One instruction; false when the process died at it, or was dead before.
    pub fn does(&self, what: &'static str, detail: &str) -> bool {
        if self.is_dead() {
            return false;
        }
        let (number, chance) = self.luck("does", what, detail);
        let dies = match self.doom {
            Doom::Never => false,
            Doom::Rate(rate) => chance.strikes(rate * weight(what)),
            Doom::At(name, nth) => name == what && number == nth,
        };
        if dies {
            self.note("kill", &format!("at {what} {detail}"));
            self.dead.store(true, Ordering::SeqCst);
            self.died.notify_one();
        }
        !dies
    }

    /// The same for what waits: the dead wait for ever.
    pub async fn live(&self, what: &'static str, detail: &str) {
        if !self.does(what, detail) {
            std::future::pending().await
        }
    }

    /// How often this was decided before, and a decision of its own for each time.
    pub fn luck(&self, purpose: &str, what: &'static str, detail: &str) -> (u64, Chance) {
        let counted = if let Doom::At(..) = self.doom { "" } else { detail };
        let key = self.chance.of(purpose).of(what).of(counted);
        let mut met = self.met.lock().expect("no holder panics");
        let number = met.entry(key.bits()).or_default();
        *number += 1;
        (*number - 1, key.at(*number))
    }

    /// Whether a fault of this rate strikes here; if so, it is noted.
    pub fn meets(&self, fault: &'static str, rate: f64, detail: &str) -> bool {
        let strikes =
            rate > 0.0 && !self.is_dead() && self.luck("meets", fault, detail).1.strikes(rate);
        if strikes {
            self.note(fault, detail);
        }
        strikes
    }

    pub fn note(&self, fault: &'static str, detail: &str) {
        note(&self.trace, self.time.now(), Some(fault), &format!("{fault} {detail}"));
    }

    pub fn tell(&self, words: impl FnOnce() -> String) {
        if !self.is_dead() {
            note(&self.trace, self.time.now(), None, &words());
        }
    }
}

/// Looking at the clock is done most and matters least; a write that is half done is what hurts.
fn weight(what: &str) -> f64 {
    match what {
        "clock" | "get" | "list" => 0.3,
        "put" | "sync" | "link" | "delete" => 20.0,
        "put checkpoint" | "sync checkpoint" | "rename checkpoint" => 40.0,
        "ledger before" | "ledger after" => 5.0,
        _ => 1.0,
    }
}

pub fn note(trace: &Mutex<Trace>, now: i64, fault: Option<&'static str>, words: &str) {
    let mut trace = trace.lock().expect("no holder panics");
    let hash = words.bytes().fold(mix(now as u64), |state, byte| mix(state ^ u64::from(byte)));
    trace.hash = trace.hash.wrapping_add(hash);
    if let Some(fault) = fault {
        *trace.faults.entry(fault).or_default() += 1;
    }
    if let Some(lines) = &mut trace.lines {
        lines.push(format!("{} {words}", event::time::iso_text(now)));
    }
}

/// The machine's clock, read by a process.
pub struct LifeClock(pub Arc<Life>);

impl Clock for LifeClock {
    fn now(&self) -> i64 {
        self.0.does("clock", "");
        self.0.time.on_the_machine()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.0.live("sleep", "").await;
            self.0.time.sleep(duration).await;
            self.0.live("wake", "").await;
        })
    }

    fn stand_still(&self) -> Box<dyn Send> {
        Box::new(self.0.time.stand_still())
    }
}

pub struct LifeRandom(pub Arc<Life>);

impl Random for LifeRandom {
    fn bits(&self) -> u64 {
        self.0.luck("random", "bits", "").1.bits()
    }
}
