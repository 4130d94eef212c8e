//! The simulation: the pipeline and the service it reads in one process, on a seeded clock, network
//! and disk. Is nothing lost, nothing stored twice, and all loss recorded, whatever happens when?
//!
//! `SEEDS=n` runs so many seeds; `SEED=k` runs one and prints what happened.

mod chance;
mod day;
mod disk;
mod life;
mod network;
mod oracle;
mod plan;
mod time;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use day::{Report, Twist};
use life::Doom;
use store::Sabotage;

/// Seeds of an ordinary run of the tests.
const SEEDS_DEFAULT: u64 = 200;
/// Days simulated at the same time.
const THREADS_DEFAULT: u64 = 2;
/// A safeguard that is off must be noticed by one of so many seeds.
const CANARY_SEEDS: u64 = 60;
/// The steps of a commit, each of which a process does not outlive.
const KILL_AT: [&str; 3] = ["ledger before", "ledger after", "link"];
const KILLS_EACH: u64 = 6;

#[test]
fn every_record_is_stored_once_or_in_a_gap() {
    if let Some(seed) = number("SEED") {
        return replay(seed);
    }
    let (first, count) = (number("FIRST").unwrap_or(0), number("SEEDS").unwrap_or(SEEDS_DEFAULT));
    let start = Instant::now();
    let sums = Mutex::new(Sums::default());
    let next = AtomicU64::new(first);
    std::thread::scope(|scope| {
        for _ in 0..number("THREADS").unwrap_or(THREADS_DEFAULT) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    let report = run(seed, &Twist::default());
                    sums.lock().expect("no holder panics").add(seed, report);
                }
            });
        }
    });
    let sums = sums.into_inner().expect("no holder panics");
    sums.print(count, start.elapsed().as_secs_f64());
    assert!(sums.failed.is_empty(), "seeds failed: {:?}", sums.failed.keys());
}

#[test]
fn a_seed_is_the_same_day_each_time() {
    for seed in 0..8 {
        let hash = || run(seed, &Twist::default()).hash;
        assert_eq!(hash(), hash(), "seed {seed}");
    }
}

#[test]
fn a_safeguard_that_is_off_is_noticed() {
    let off = |sabotage| Twist { sabotage: Some(sabotage), ..Twist::default() };
    for (name, twist) in [
        ("dedupe", off(Sabotage::Dedupe)),
        ("replay of the ledger", off(Sabotage::Replay)),
        ("late listing again", Twist { lists_once: true, ..Twist::default() }),
    ] {
        let noticed =
            (0..CANARY_SEEDS).find_map(|seed| Some((seed, run(seed, &twist).verdict.err()?)));
        println!("without {name}: {noticed:?}");
        assert!(noticed.is_some(), "nobody misses {name}");
    }
}

#[test]
fn a_kill_at_any_step_of_a_commit_loses_nothing() {
    for what in KILL_AT {
        for nth in 0..KILLS_EACH {
            let doom = Some(Doom::At(what, nth));
            let report = run(nth, &Twist { doom, ..Twist::default() });
            assert!(report.verdict.is_ok(), "killed at {what} {nth}: {:?}", report.verdict);
        }
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

fn replay(seed: u64) {
    let report = run(seed, &Twist { keeps_lines: true, ..Twist::default() });
    for line in &report.lines {
        println!("{line}");
    }
    println!("seed {seed}: hash {:016x}, {:?}", report.hash, report.verdict);
    assert!(report.verdict.is_ok(), "seed {seed} failed");
}

/// A panic is a failure of the seed.
fn run(seed: u64, twist: &Twist) -> Report {
    catch_unwind(AssertUnwindSafe(|| day::run(seed, twist))).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        Report {
            verdict: Err(format!("panic: {}", words.unwrap_or_default())),
            hash: 0,
            faults: BTreeMap::new(),
            lines: Vec::new(),
            simulated: 0,
        }
    })
}

/// What many seeds came to.
#[derive(Default)]
struct Sums {
    failed: BTreeMap<u64, String>,
    count: oracle::Count,
    faults: BTreeMap<&'static str, u64>,
    simulated: i64,
}

impl Sums {
    fn add(&mut self, seed: u64, report: Report) {
        match report.verdict {
            Ok(count) => {
                self.count.published += count.published;
                self.count.stored += count.stored;
                self.count.quarantined += count.quarantined;
                self.count.lost += count.lost;
                self.count.gaps += count.gaps;
            }
            Err(words) => {
                println!("seed {seed}: {words}");
                self.failed.insert(seed, words);
            }
        }
        self.simulated += report.simulated;
        for (fault, times) in report.faults {
            *self.faults.entry(fault).or_default() += times;
        }
    }

    fn print(&self, seeds: u64, seconds: f64) {
        let days = self.simulated / event::time::DAY;
        let passed = seeds - self.failed.len() as u64;
        println!("{passed} of {seeds} seeds passed: {days} simulated days in {seconds:.0} s");
        println!("{:?}", self.count);
        for (fault, times) in &self.faults {
            println!("{times:>9} {fault}");
        }
    }
}
