//! What is demanded of every output.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use output::{Feed, Guarantee, Limits, Outcome, Parked, Record, Retry, Service, Until, pump};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, HashMap};
use tokio::sync::watch;

use crate::records::{self, HOSTILE};

/// Records of the test in which receiver and sender are killed.
const KILLED_RECORDS: u64 = 100_000;
/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(240);

/// A receiver as the contract sees it.
#[async_trait]
pub trait Receiver: Send {
    /// A new connection's service.
    fn service(&self) -> Box<dyn Service>;
    /// Ends the receiver without a good-bye.
    async fn kill(&mut self);
    /// Starts it where it was.
    async fn restart(&mut self);
    /// The key of everything that arrived, and the text that came with it, in the order of arrival.
    async fn received(&mut self) -> Vec<Arrived>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub key: String,
    /// The record's number.
    pub n: u64,
    /// [`Field::ItemName`](event::Field::ItemName) or the body's `text`.
    pub text: String,
}

impl Arrived {
    /// Reads a body of [`records::record`].
    pub fn of_json(body: &serde_json::Value) -> Arrived {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Arrived { key: text("key"), n: body["n"].as_u64().expect("n"), text: text("text") }
    }
}

/// The records of a test, and how far they are settled: all that outlives a killed sender.
#[derive(Clone)]
pub struct Script {
    records: Arc<Vec<Record>>,
    settled: Arc<AtomicUsize>,
}

impl Script {
    pub fn new(records: Vec<Record>) -> Script {
        Script { records: records.into(), settled: Arc::default() }
    }

    fn feed(&self) -> ScriptFeed {
        let read = self.settled.load(Ordering::SeqCst);
        ScriptFeed { script: self.clone(), read, parked: Vec::new() }
    }

    fn is_done(&self) -> bool {
        self.settled.load(Ordering::SeqCst) == self.records.len()
    }
}

struct ScriptFeed {
    script: Script,
    read: usize,
    parked: Vec<Parked>,
}

#[async_trait]
impl Feed for ScriptFeed {
    async fn next(&mut self, limits: &Limits) -> Result<Vec<Record>, String> {
        let rest = &self.script.records[self.read..];
        let batch = rest[..rest.len().min(limits.records)].to_vec();
        self.read += batch.len();
        Ok(batch)
    }

    async fn settle(&mut self, parked: Vec<Parked>) -> Result<(), String> {
        self.parked.extend(parked);
        self.script.settled.store(self.read, Ordering::SeqCst);
        Ok(())
    }
}

pub const QUICK: Retry = Retry {
    first: Duration::from_millis(20),
    longest: Duration::from_millis(500),
    denied: Duration::from_millis(300),
};

/// Delivers all, and returns what was parked.
pub async fn deliver(service: &mut dyn Service, records: Vec<Record>) -> Vec<Parked> {
    let mut feed = Script::new(records).feed();
    run(service, &mut feed).await;
    feed.parked
}

const UNTIL: Until = Until::CaughtUp { failures_max: u32::MAX };

async fn run(service: &mut dyn Service, feed: &mut ScriptFeed) {
    let (_keep, stop) = watch::channel(false);
    let told = std::sync::Mutex::new(None);
    let tell = |counts: &output::Counts| *told.lock().unwrap() = counts.trouble.clone();
    let work = pump(service, feed, &Limits::DEFAULT, &QUICK, UNTIL, stop, &tell);
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(outcome) => assert_eq!(outcome, Ok(Outcome::CaughtUp)),
        Err(_) => panic!("not delivered; last trouble: {:?}", told.lock().unwrap()),
    }
}

/// Everything arrives, in order, with its text as it was.
pub async fn arrives_in_order(receiver: &mut dyn Receiver) {
    let records = records::records(5_000);
    let parked = deliver(&mut *receiver.service(), records).await;
    assert!(parked.is_empty(), "{:?}", parked.first().map(|parked| &parked.reason));
    let arrived = settled(receiver, 5_000).await;
    assert_eq!(arrived.len(), 5_000);
    for (n, arrived) in arrived.iter().enumerate() {
        assert_eq!(arrived.n, n as u64, "the order of the store is the order of delivery");
        assert_eq!(arrived.key, records::record(n as u64).id());
        assert_eq!(arrived.text, HOSTILE[n % HOSTILE.len()]);
    }
}

/// 100,000 records while receiver and sender are killed again and again.
pub async fn survives_kills(receiver: &mut dyn Receiver, guarantee: Guarantee, seed: u64) {
    kill(receiver, guarantee, guarantee != Guarantee::Unanswered, seed).await;
}

/// The same for a receiver that forgets when it is killed.
pub async fn survives_sender_kills(receiver: &mut dyn Receiver, guarantee: Guarantee, seed: u64) {
    kill(receiver, guarantee, false, seed).await;
}

async fn kill(receiver: &mut dyn Receiver, guarantee: Guarantee, both: bool, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let script = Script::new(records::records(KILLED_RECORDS));
    let (mut senders, mut receivers) = (0, 0);
    while !script.is_done() {
        let mut service = receiver.service();
        let mut feed = script.feed();
        let sender = tokio::spawn(async move { run(&mut *service, &mut feed).await });
        tokio::time::sleep(Duration::from_millis(random.random_range(20..400))).await;
        if both && receivers < 4 && random.random_bool(0.4) {
            receiver.kill().await;
            receivers += 1;
            tokio::time::sleep(Duration::from_millis(random.random_range(10..200))).await;
            receiver.restart().await;
            tokio::time::sleep(Duration::from_millis(random.random_range(10..200))).await;
        }
        // After some kills the sender may work on, so that the test ends.
        if senders < 20 {
            sender.abort();
            senders += 1;
        }
        if let Err(error) = sender.await {
            assert!(error.is_cancelled(), "{error}");
        }
    }
    if both && receivers == 0 {
        receiver.kill().await;
        receiver.restart().await;
    }
    let arrived = settled(receiver, KILLED_RECORDS as usize).await;
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for arrived in &arrived {
        *counts.entry(&arrived.key).or_default() += 1;
    }
    let mut times: BTreeMap<u32, u32> = BTreeMap::new();
    for count in counts.values() {
        *times.entry(*count).or_default() += 1;
    }
    assert_eq!(counts.len() as u64, KILLED_RECORDS, "every record arrives; {times:?}");
    if guarantee == Guarantee::Once {
        assert_eq!(arrived.len() as u64, KILLED_RECORDS, "none arrives twice; {times:?}");
    }
}

/// What arrived once `count` records did, or when waiting is no use any more.
async fn settled(receiver: &mut dyn Receiver, count: usize) -> Vec<Arrived> {
    let mut before = usize::MAX;
    loop {
        let arrived = receiver.received().await;
        if arrived.len() >= count || arrived.len() == before {
            return arrived;
        }
        before = arrived.len();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
