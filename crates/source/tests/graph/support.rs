//! A tenant of the emulator with a client of its Graph, and what a pipeline would do with both.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use emulator::{Emulator, EmulatorOptions, Faults, GraphTruth, Reply};
use event::{Envelope, Payload, TenantName};
use futures::stream;
use serde_json::Value;
use source::graph::*;
use source::service::*;

/// Where the emulated service says it is; nothing is listening there.
pub const ROOT: &str = "http://127.0.0.1:1";

/// The time on 2026-09-30 at which the emulated history ends.
const NOON: i64 = 1_790_769_600_000_000;

/// Each request takes this long.
const REQUEST: Duration = Duration::from_millis(20);

/// A clock on which a sleep is over at once and moves the time on.
pub struct HastyClock(AtomicI64);

impl HastyClock {
    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(duration.as_micros() as i64, Ordering::SeqCst);
    }
}

impl Clock for HastyClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.advance(duration);
        Box::pin(tokio::task::yield_now())
    }
}

struct Counting(AtomicU64);

impl Random for Counting {
    fn bits(&self) -> u64 {
        self.0.fetch_add(u64::MAX / 2 + 12_345, Ordering::SeqCst)
    }
}

/// The emulator without a socket, in the clock's time.
struct Wire {
    emulator: Arc<Emulator>,
    clock: Arc<HastyClock>,
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Interruption>> {
        assert_eq!(&request.url[..url::Position::BeforePath], ROOT, "a request left the cloud");
        let target = request.url[url::Position::BeforePath..].to_owned();
        let mut asked = emulator::Request::new(request.method.as_str(), &target)
            .with_header("host", ROOT.trim_start_matches("http://"))
            .with_body(request.body.unwrap_or_default());
        for (name, value) in &request.headers {
            asked = asked.with_header(name.as_str(), value.to_str().unwrap());
        }
        Box::pin(async move {
            self.clock.sleep(REQUEST).await;
            let now = DateTime::from_timestamp_micros(self.clock.now()).unwrap();
            let Reply::Answer(answer) = self.emulator.handle(now, &asked) else {
                panic!("no webhook was asked for");
            };
            let headers = answer.headers.iter();
            let headers =
                headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            let body = Ok(Bytes::from(answer.body));
            Ok(Response {
                status: answer.status,
                headers: headers.collect(),
                body: Box::pin(stream::iter([body])),
            })
        })
    }
}

/// A tenant of so many records with these faults.
pub fn options(records: u64, faults: Faults) -> EmulatorOptions {
    let mut options = EmulatorOptions { base_url: Some(ROOT.into()), faults, ..Default::default() };
    options.tenants[0].tenant.records = records;
    options
}

pub struct Tenant {
    pub emulator: Arc<Emulator>,
    pub clock: Arc<HastyClock>,
    pub graph: Graph,
}

impl Tenant {
    pub fn new(options: EmulatorOptions) -> Tenant {
        let clock = Arc::new(HastyClock(AtomicI64::new(NOON + 2_000_000)));
        let settings = settings(&options, ROOT);
        let noon = DateTime::from_timestamp_micros(NOON).unwrap();
        let emulator = Arc::new(Emulator::new(options, noon).unwrap());
        let world = World {
            clock: clock.clone(),
            random: Arc::new(Counting(AtomicU64::new(1))),
            transport: Arc::new(Wire { emulator: emulator.clone(), clock: clock.clone() }),
        };
        Tenant { emulator, clock, graph: Graph::within(settings, world).unwrap() }
    }

    pub fn truth(&self) -> GraphTruth {
        let now = DateTime::from_timestamp_micros(self.clock.now()).unwrap();
        self.emulator.graph_truth(now).remove(0)
    }

    pub async fn collect(&self, log: Log) -> Collected {
        collect(&self.graph, log, self.clock.now()).await
    }
}

/// A client's settings for the first tenant of the emulator at `root`.
pub fn settings(options: &EmulatorOptions, root: &str) -> Settings {
    let setup = &options.tenants[0];
    Settings::new(
        TenantName::new(&setup.name).unwrap(),
        Guid::parse("tenant_id", &setup.tenant.tenant_id).unwrap(),
        Guid::parse("client_id", &setup.client_id).unwrap(),
        Credential::Secret(Secret::in_memory(&setup.client_secret)),
        Cloud::custom(root, root).unwrap().with_graph(&format!("{root}/graph")).unwrap(),
    )
}

/// What came of one pass over a log.
#[derive(Default)]
pub struct Collected {
    pub records: u64,
    /// The distinct records, as sent.
    pub distinct: BTreeSet<Bytes>,
    pub errors: Vec<Error>,
}

/// One pass as a pipeline makes it: all windows within reach, each in hours or days.
pub async fn collect(graph: &Graph, log: Log, now: i64) -> Collected {
    let mut collected = Collected::default();
    let windows = windows(log, now, 0, log.span_max());
    // A picture of the present needs one.
    let first = if log.is_by_time() { 0 } else { windows.len() - 1 };
    for window in &windows[first..] {
        if let Err(error) = list(graph, log, *window, &mut collected).await {
            collected.errors.push(error);
            break;
        }
    }
    collected
}

pub async fn list(
    graph: &Graph,
    log: Log,
    window: Window,
    collected: &mut Collected,
) -> Result<(), Error> {
    let mut listing = graph.list(log, window);
    while let Some(page) = listing.next_page().await? {
        for envelope in page.envelopes {
            assert_eq!(envelope.provenance.content_type, log.as_str());
            collected.records += 1;
            collected.distinct.insert(record(&envelope).0);
        }
    }
    Ok(())
}

/// A record's bytes and what they say.
pub fn record(envelope: &Envelope) -> (Bytes, Value) {
    let Payload::Record(bytes) = &envelope.payload else { panic!("{:?}", envelope.payload) };
    (bytes.clone(), serde_json::from_slice(bytes).unwrap())
}
