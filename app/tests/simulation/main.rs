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
mod push;
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
/// Further ones, each of which has failed once: names in a folder that a cut of power took in another
/// order than they were given; commits that failed after the table had them, and nothing to write
/// afterwards; a version that was believed before its name was lasting.
const ONCE_FAILED: [u64; 4] = [264, 377, 9651, 9844];
/// Among so many a seed must notice what is switched off.
const CANARY_SEEDS_MAX: u64 = 60;
/// A seed whose first process does a little of everything.
const CHOSEN_SEED: u64 = 0;

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
        for _ in 0..number("THREADS").unwrap_or(1) {
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
fn seeds_that_failed_once_pass() {
    for seed in ONCE_FAILED {
        let verdict = run(seed, &Twist::default()).verdict;
        assert!(verdict.is_ok(), "seed {seed}: {verdict:?}");
    }
}

/// Each must show in some of the first seeds, or the oracle sees nothing.
#[test]
fn what_is_switched_off_is_missed() {
    let sabotage = |part| Twist { sabotage: Some(part), ..Twist::default() };
    let check = |what: &str, twist: Twist| {
        let mut runs = (0..CANARY_SEEDS_MAX).map(|seed| (seed, run(seed, &twist).verdict));
        let missed = runs.find(|(_, verdict)| verdict.is_err());
        println!("without {what}: {missed:?}");
        assert!(missed.is_some(), "nobody misses {what}");
    };
    check("dedupe", sabotage(Sabotage::Dedupe));
    check("ledger replay", sabotage(Sabotage::Replay));
    check("listing again", Twist { lists_once: true, ..Twist::default() });
}

/// The process dies once, at an instruction of our choice.
#[test]
fn each_instruction_may_be_the_last() {
    let check = |what: &'static str, number: u64, sabotage: Option<Sabotage>| {
        let doom = Some(Doom::At(what, number));
        // No version of a table, and no checkpoint, may be there in part.
        let tears = what.contains("checkpoint");
        run(CHOSEN_SEED, &Twist { doom, sabotage, tears, ..Twist::default() }).verdict
    };
    let mut missed = 0;
    for (what, numbers) in [
        ("ledger before", 12..18),
        ("ledger after", 6..18),
        ("put", 0..4),
        ("sync", 1..5),
        ("link", 0..3),
        ("put checkpoint", 0..3),
        ("sync checkpoint", 0..6),
        ("rename checkpoint", 0..2),
    ] {
        for number in numbers {
            let verdict = check(what, number, None);
            assert!(verdict.is_ok(), "{what} {number}: {verdict:?}");
            if what.starts_with("ledger") {
                missed += u64::from(check(what, number, Some(Sabotage::Replay)).is_err());
            }
        }
    }
    assert!(missed > 0, "nobody misses the ledger's replay at any of these instructions");
}

#[test]
fn a_seed_is_the_same_day_each_time() {
    for seed in 0..10 {
        let hash = || run(seed, &Twist::default()).hash;
        assert_eq!(hash(), hash(), "seed {seed}");
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
