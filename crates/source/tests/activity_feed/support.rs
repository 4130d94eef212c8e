//! A tenant of the emulator, a client, and what a pipeline would do with both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use emulator::{Emulator, EmulatorOptions, Reply, Truth, WebhookCall};
use event::{Payload, TenantName};
use futures::{StreamExt, stream};
use serde_json::Value;
use source::activity_feed::*;
use source::service::*;

/// Where the emulated service says it is; nothing is listening there.
pub const ROOT: &str = "http://127.0.0.1:1";

/// The time on 2026-09-30 at which the emulated history ends.
pub const NOON: i64 = 1_790_769_600_000_000;

/// Each request takes this long, so that minutes go by.
const REQUEST: Duration = Duration::from_millis(20);

/// A clock on which a sleep is over at once and moves the time on to its end. Sleeps of tasks that
/// wait together overlap: the time moves on to the last end, not by their sum.
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
        let end = self.now() + duration.as_micros() as i64;
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.0.fetch_max(end, Ordering::SeqCst);
        })
    }
}

/// Every other number is large, so that jitter is seen at both ends.
struct Alternating(AtomicU64);

impl Random for Alternating {
    fn bits(&self) -> u64 {
        self.0.fetch_add(u64::MAX / 2 + 12_345, Ordering::SeqCst)
    }
}

/// The emulator without a socket, in the clock's time.
struct Wire {
    emulator: Arc<Emulator>,
    clock: Arc<HastyClock>,
    receiver: Receiver,
}

/// Who answers the service's calls to a webhook, with a status.
pub type Receiver = Arc<Mutex<Box<dyn FnMut(&WebhookCall) -> u16 + Send>>>;

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
            match self.emulator.handle(now, &asked) {
                Reply::Answer(answer) => Ok(response(answer)),
                Reply::AfterCall(call) => {
                    let status = self.receiver.lock().unwrap()(&call);
                    Ok(response(self.emulator.validated(now, call, Some(status))))
                }
            }
        })
    }
}

/// The answer in chunks of odd lengths, as networks deliver.
fn response(answer: emulator::Answer) -> Response {
    let headers = answer.headers.iter();
    let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let body = Bytes::from(answer.body);
    let end = answer.cut_at.unwrap_or(body.len());
    let chunks: Vec<Bytes> =
        (0..end).step_by(997).map(|start| body.slice(start..end.min(start + 997))).collect();
    let cut = answer.cut_at.map(|_| Err(Interruption("connection reset".into())));
    Response {
        status: answer.status,
        headers: headers.collect(),
        body: Box::pin(stream::iter(chunks.into_iter().map(Ok).chain(cut))),
    }
}

/// A tenant of so many records.
pub fn options(records: u64) -> EmulatorOptions {
    let mut options = EmulatorOptions { base_url: Some(ROOT.into()), ..Default::default() };
    options.tenants[0].tenant.records = records;
    options
}

pub struct Tenant {
    pub emulator: Arc<Emulator>,
    pub clock: Arc<HastyClock>,
    pub feed: ActivityFeed,
    /// Without one, nobody is at the webhook's address.
    pub receiver: Receiver,
}

impl Tenant {
    pub fn new(options: EmulatorOptions) -> Tenant {
        Tenant::with(options, |settings| settings)
    }

    pub fn with(options: EmulatorOptions, change: impl Fn(Settings) -> Settings) -> Tenant {
        // What becomes available at noon is listed in windows that end after it.
        let clock = Arc::new(HastyClock(AtomicI64::new(NOON + 2_000_000)));
        let settings = change(settings(&options, ROOT));
        let noon = DateTime::from_timestamp_micros(NOON).unwrap();
        let emulator = Arc::new(Emulator::new(options, noon).unwrap());
        let receiver: Receiver = Arc::new(Mutex::new(Box::new(|_| 404)));
        let transport =
            Wire { emulator: emulator.clone(), clock: clock.clone(), receiver: receiver.clone() };
        let world = World {
            clock: clock.clone(),
            random: Arc::new(Alternating(AtomicU64::new(1))),
            transport: Arc::new(transport),
        };
        Tenant { emulator, clock, feed: ActivityFeed::within(settings, world), receiver }
    }

    pub fn truth(&self) -> Truth {
        let now = DateTime::from_timestamp_micros(self.clock.now()).unwrap();
        self.emulator.truth(now).remove(0)
    }

    pub async fn collect(&self) -> Collected {
        collect(&self.feed, &*self.clock).await
    }

    /// Requests of an operation that got this status; all of the operation for status 0.
    pub fn requests(&self, operation: &str, status: u16) -> u64 {
        let totals = self.emulator.requests().remove(operation).unwrap_or_default();
        match status {
            0 => totals.total,
            _ => totals.by_status.get(&status).copied().unwrap_or(0),
        }
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
        Cloud::custom(root, root).unwrap(),
    )
}

/// What came of one pass.
#[derive(Default)]
pub struct Collected {
    pub blobs: BTreeSet<String>,
    pub records: u64,
    pub ids: BTreeSet<String>,
    pub by_content_type: BTreeMap<&'static str, u64>,
    /// How often each kind of error was met.
    pub errors: BTreeMap<String, u64>,
    pub windows_not_whole: u64,
}

/// Downloads of a blob that is cut, before giving up.
const DOWNLOADS_MAX: usize = 30;

/// One pass as a pipeline makes it: subscribe, list seven days, fetch each blob once.
pub async fn collect(feed: &ActivityFeed, clock: &dyn Clock) -> Collected {
    let mut collected = Collected::default();
    match feed.ensure_subscriptions(&ContentType::ALL).await {
        Err(error) => collected.met(&error),
        Ok(outcomes) => {
            for (_, outcome) in outcomes {
                outcome.unwrap();
            }
        }
    }
    for content_type in ContentType::ALL {
        for window in windows(clock.now(), 0, SPAN_MAX) {
            let Some(window) = window.within_reach(clock.now()) else { continue };
            let blobs = list(feed, content_type, window, &mut collected).await;
            let fetches = stream::iter(blobs).map(|blob| fetch(feed, blob)).buffer_unordered(8);
            for (records, errors) in fetches.collect::<Vec<_>>().await {
                errors.iter().for_each(|error| collected.met(error));
                for id in records {
                    collected.records += 1;
                    let new = collected.ids.insert(id);
                    *collected.by_content_type.entry(content_type.as_str()).or_default() +=
                        u64::from(new);
                }
            }
        }
    }
    collected
}

async fn list(
    feed: &ActivityFeed,
    content_type: ContentType,
    window: Window,
    collected: &mut Collected,
) -> Vec<BlobRef> {
    let (page, end) = feed.list(content_type, window).rest().await;
    assert_eq!(page.unreadable, Vec::<String>::new());
    if let Err(error) = end {
        collected.windows_not_whole += 1;
        collected.met(&error);
    }
    let is_new = |blob: &BlobRef| collected.blobs.insert(blob.content_id.clone());
    page.blobs.into_iter().filter(is_new).collect()
}

/// The ids of a blob's records, and the errors met. A cut blob is asked for again.
async fn fetch(feed: &ActivityFeed, blob: BlobRef) -> (Vec<String>, Vec<Error>) {
    let mut errors = Vec::new();
    for _ in 0..DOWNLOADS_MAX {
        match fetch_once(feed, &blob).await {
            Ok(ids) => return (ids, errors),
            Err(error) => {
                let again = matches!(error.kind(), Kind::Cut { .. });
                errors.push(error);
                if !again {
                    break;
                }
            }
        }
    }
    (Vec::new(), errors)
}

async fn fetch_once(feed: &ActivityFeed, blob: &BlobRef) -> Result<Vec<String>, Error> {
    let mut stream = feed.fetch(blob).await?;
    let mut ids = Vec::new();
    loop {
        match stream.next_batch().await {
            Ok(None) => return Ok(ids),
            Ok(Some(batch)) => ids.extend(batch.iter().map(|envelope| match &envelope.payload {
                Payload::Broken { reason, .. } => panic!("{reason}"),
                Payload::Record(bytes) => {
                    let record: Value = serde_json::from_slice(bytes).unwrap();
                    assert_eq!(envelope.provenance.origin, blob.content_id);
                    record["Id"].as_str().unwrap().to_owned()
                }
            })),
            Err(error) => {
                if let Kind::Cut { whole_records } = error.kind() {
                    assert_eq!(whole_records, ids.len() as u64);
                }
                return Err(error);
            }
        }
    }
}

impl Collected {
    fn met(&mut self, error: &Error) {
        let kind = format!("{:?}", error.kind());
        let kind = kind.split(' ').next().unwrap_or_default().to_owned();
        *self.errors.entry(kind).or_default() += 1;
    }

    pub fn count(&self, kind: &str) -> u64 {
        self.errors.get(kind).copied().unwrap_or(0)
    }

    /// Nothing is missing, and nothing was fetched twice.
    pub fn agrees(&self, truth: &Truth) {
        assert_eq!(self.records, truth.records, "{:?}", self.errors);
        assert_eq!(self.ids.len() as u64, truth.distinct_ids);
        assert_eq!(self.blobs.len() as u64, truth.blobs);
        assert_eq!(self.by_content_type, truth.by_content_type);
        assert_eq!(self.windows_not_whole, 0);
    }
}
