//! How fast do records reach each service, and how fast would a plain client bring the same there?
//!
//!     cargo run -p trail365-output --example output_speed -- [RECORDS] [NAME...]
//!
//! Ours is a [`pump`](output::pump) within the default limits of the kind, fed with records that are
//! rendered already. The plain client brings the same bytes in the same batches and waits for the
//! same acknowledgement; `plain_client` of each [`Pair`] says what it is. Both take turns, a few
//! rounds each, and the best round of each counts. Receivers are the real programs where the tests
//! have them; otherwise a server that reads, answers and keeps nothing, so that little of the time
//! is its own. CPU seconds are those of this process without such a server's.

#[path = "../../tests/outputs/authority.rs"]
#[allow(dead_code)]
mod authority;
#[path = "../../tests/outputs/brokers.rs"]
#[allow(dead_code)]
mod brokers;
#[path = "../../tests/outputs/databases.rs"]
#[allow(dead_code)]
mod databases;
#[path = "../../tests/outputs/http_server.rs"]
#[allow(dead_code)]
mod http_server;
#[path = "../../tests/outputs/part.rs"]
#[allow(dead_code)]
mod part;
#[path = "../../tests/outputs/rsyslog.rs"]
#[allow(dead_code)]
mod rsyslog;
#[path = "../../tests/outputs/stores.rs"]
#[allow(dead_code)]
mod stores;

mod audit;
mod lines;
mod messages;
mod meter;
mod objects;
mod requests;
mod streams;
mod tables;

use std::collections::VecDeque;

use async_trait::async_trait;
use futures::future::BoxFuture;
use output::{
    Feed, Kind, Limits, Outcome, Parked, Record, Retry, Service, Takes, Until, World, pump,
};
use tokio::sync::watch;

use meter::{Cost, Meter};

/// Each of the two is measured that often.
const ROUNDS: u32 = 3;
/// A server opens its port before it answers; it is asked that often, with a pause.
const PROBES_MAX: u32 = 600;
const PROBE_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

type Batches = Vec<Vec<Record>>;

/// A receiver with the two that deliver to it.
#[async_trait]
trait Pair: Send {
    fn plain_client(&self) -> &'static str;
    /// Our service. What one round delivers is new to the receiver.
    async fn ours(&mut self, round: u32) -> Box<dyn Service>;
    /// Brings the plain client to where it can begin; called after our service delivered.
    async fn prepare(&mut self, round: u32, batches: &Batches);
    /// Returns once everything is acknowledged.
    async fn plain(&mut self, batches: &Batches);
}

struct Bench {
    kind: &'static str,
    start: fn() -> BoxFuture<'static, Box<dyn Pair>>,
}

const ALL: &[Bench] = &[
    Bench { kind: "file", start: || Box::pin(lines::file()) },
    Bench { kind: "folder", start: || Box::pin(objects::folder()) },
    Bench { kind: "s3", start: || Box::pin(objects::s3()) },
    Bench { kind: "azure_blob", start: || Box::pin(objects::azure_blob()) },
    Bench { kind: "syslog", start: || Box::pin(streams::syslog()) },
    Bench { kind: "gelf", start: || Box::pin(streams::gelf()) },
    Bench { kind: "fluentd", start: || Box::pin(streams::fluentd()) },
    Bench { kind: "splunk_hec", start: || Box::pin(requests::splunk_hec()) },
    Bench { kind: "elasticsearch", start: || Box::pin(requests::elasticsearch()) },
    Bench { kind: "azure_monitor", start: || Box::pin(requests::azure_monitor()) },
    Bench { kind: "http", start: || Box::pin(requests::http()) },
    Bench { kind: "kafka", start: || Box::pin(messages::kafka()) },
    Bench { kind: "nats", start: || Box::pin(messages::nats()) },
    Bench { kind: "amqp", start: || Box::pin(messages::amqp()) },
    Bench { kind: "postgresql", start: || Box::pin(tables::postgresql()) },
    Bench { kind: "mysql", start: || Box::pin(tables::mysql()) },
    Bench { kind: "sqlite", start: || Box::pin(tables::sqlite()) },
];

#[tokio::main]
async fn main() {
    let mut words: VecDeque<String> = std::env::args().skip(1).collect();
    let count = match words.front().and_then(|word| word.parse().ok()) {
        Some(count) => {
            words.pop_front();
            count
        }
        None => 100_000,
    };
    if let Some(word) = words.iter().find(|word| ALL.iter().all(|bench| bench.kind != *word)) {
        let kinds: Vec<&str> = ALL.iter().map(|bench| bench.kind).collect();
        eprintln!("{word} is none of {}", kinds.join(", "));
        std::process::exit(2);
    }
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.install_default().expect("the first one");
    let records: Vec<Record> = (0..count).map(audit::record).collect();
    println!("{}", meter::HEAD);
    for bench in ALL.iter().filter(|it| words.is_empty() || words.iter().any(|w| w == it.kind)) {
        let kind = output::service::find(bench.kind).expect("a kind");
        let batches = batches(kind, &records);
        let mut pair = (bench.start)().await;
        let (mut ours, mut plain) = (None, None);
        for round in 0..ROUNDS {
            ours = Cost::better(ours, measure_ours(kind, &mut *pair, round, &batches).await);
            pair.prepare(round, &batches).await;
            let meter = Meter::start();
            pair.plain(&batches).await;
            plain = Cost::better(plain, meter.stop());
        }
        let bytes = batches.iter().flatten().map(payload_bytes).sum();
        let (ours, plain) = (ours.expect("a round"), plain.expect("a round"));
        println!("{}", meter::row(kind.name, count, bytes, &ours, &plain, pair.plain_client()));
    }
}

async fn measure_ours(kind: &Kind, pair: &mut dyn Pair, round: u32, batches: &Batches) -> Cost {
    let mut service = pair.ours(round).await;
    // Connected, with tables that are there.
    for attempt in 1.. {
        match service.probe(&batches[0][0]).await {
            Ok(_) => break,
            Err(error) => assert!(attempt < PROBES_MAX, "{}: {error}", kind.name),
        }
        tokio::time::sleep(PROBE_PAUSE).await;
    }
    let mut feed = AtHand(batches.iter().cloned().collect());
    let meter = Meter::start();
    deliver(kind, &mut *service, &mut feed).await;
    meter.stop()
}

async fn deliver(kind: &Kind, service: &mut dyn Service, feed: &mut AtHand) {
    let (_keep, stop) = watch::channel(false);
    let until = Until::CaughtUp { failures_max: 1 };
    let done = pump(service, feed, &kind.limits, &Retry::DEFAULT, until, stop, &|_| {}).await;
    assert_eq!(done, Ok(Outcome::CaughtUp), "{}", kind.name);
}

/// A feed that has its batches at hand.
struct AtHand(VecDeque<Vec<Record>>);

#[async_trait]
impl Feed for AtHand {
    async fn next(&mut self, _: &Limits) -> Result<Vec<Record>, String> {
        Ok(self.0.pop_front().unwrap_or_default())
    }

    async fn settle(&mut self, parked: Vec<Parked>) -> Result<(), String> {
        match parked.first() {
            Some(parked) => Err(format!("refused: {}", parked.reason)),
            None => Ok(()),
        }
    }
}

/// Cut where the feed of the store cuts: a batch ends with the record that reaches a limit. A
/// service that takes columns is given no body.
fn batches(kind: &Kind, records: &[Record]) -> Batches {
    let takes_body = matches!(kind.takes, Takes::Body(_));
    let mut batches = vec![Vec::new()];
    let mut bytes = 0;
    for record in records {
        let mut record = record.clone();
        if !takes_body {
            record.body = bytes::Bytes::new();
        }
        let last = batches.last_mut().expect("one");
        if last.len() == kind.limits.records || bytes >= kind.limits.bytes {
            bytes = record.bytes();
            batches.push(vec![record]);
        } else {
            bytes += record.bytes();
            last.push(record);
        }
    }
    batches
}

/// Of the body, or of the record as sent if a service takes columns.
fn payload_bytes(record: &Record) -> usize {
    if record.body.is_empty() { record.raw.len() } else { record.body.len() }
}

/// The service of that kind with these settings. Secrets in files are read, others are their names.
fn open(kind: &str, settings: &str) -> Box<dyn Service> {
    let secret = |reference: &str| match reference.split_once(':') {
        Some(("file", path)) => std::fs::read_to_string(path).map_err(|error| error.to_string()),
        _ => Ok(reference.to_owned()),
    };
    let table = settings.parse().unwrap_or_else(|error| panic!("{settings}: {error}"));
    let kind = output::service::find(kind).expect("a kind");
    (kind.open)(table, World::with_secrets(secret)).unwrap_or_else(|error| panic!("{error}"))
}
