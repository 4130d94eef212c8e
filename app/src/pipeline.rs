//! In what order do the stages run?
//!
//! source → decode → policy → store. This is the only file that knows. Envelopes come in from any number of
//! tasks; they are decoded where they arrive, and one task brings the rows to the tables and
//! commits them with the blobs they came from.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use event::{Envelope, Event, Field, IssueKind, Payload, TenantName, time};
use policy::{Policy, Verdict};
use source::service::Clock;
use store::{Batch, Chunk, Cluster, Dropped, RecordBatch, Rows, Store, StoredBlob, Writer};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::config::Policies;

/// Batches that may wait for the writing task.
const QUEUE_BATCHES_MAX: usize = 2;
/// Rows after which the writing task commits by itself. Until then a crash loses only work.
const COMMIT_ROWS: u64 = 1_000_000;
/// What was taken in is committed when nothing more comes for so long.
const IDLE_MAX: Duration = Duration::from_secs(2);
/// How long whole blobs wait to be committed while others still arrive, microseconds: the first ones
/// hardly, so that even a run that is soon cut short has brought something; later ones longer, so
/// that files are not many and small.
const COMMIT_AFTER_MIN: i64 = time::SECOND / 2;
const COMMIT_AFTER_MAX: i64 = 10 * time::SECOND;

/// For which tenant is a record stored, and under which policy?
#[derive(Clone, Debug)]
pub struct Routing {
    /// Whoever is not found otherwise.
    pub default: TenantName,
    /// Tenants by their GUID, for files that may hold any tenant's records.
    pub by_organization: HashMap<String, TenantName>,
    pub policies: Policies,
}

impl Routing {
    pub fn one(tenant: TenantName, policies: Policies) -> Routing {
        Routing { default: tenant, by_organization: HashMap::new(), policies }
    }
}

/// What came in, in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Totals {
    /// Everything that arrived, quarantined bytes and duplicates included.
    pub records: u64,
    pub stored: u64,
    pub duplicates: u64,
    /// How many of the stored are quarantined bytes.
    pub quarantined: u64,
    /// Kept out by a policy, consolidated entries included.
    pub dropped: u64,
    /// Events among the arrived that carry an issue.
    pub issues: u64,
}

/// How many issues of each kind, in the order of [`IssueKind::ALL`].
pub type IssueCounts = [u64; IssueKind::ALL.len()];

/// Rows decoded from some envelopes, by tenant.
pub struct Decoded {
    parts: Vec<DecodedPart>,
    records: u64,
    /// Events with an issue.
    issues: u64,
    kinds: IssueCounts,
}

/// What came of one tenant's envelopes.
struct DecodedPart {
    tenant: TenantName,
    rows: RecordBatch,
    clustered: Vec<(String, RecordBatch, Vec<Cluster>)>,
    dropped: Dropped,
}

impl Decoded {
    /// The issues met, duplicates' included.
    pub fn issue_counts(&self) -> IssueCounts {
        self.kinds
    }
}

/// One tenant's share of some envelopes.
struct Share {
    rows: Rows,
    /// By the rule that consolidates: entries of which one of each cluster is stored.
    clustered: BTreeMap<String, (Rows, Vec<Cluster>)>,
    dropped: Dropped,
}

/// Decodes envelopes into rows, and leaves out what the tenant's policy leaves out.
pub fn decode(envelopes: &[Envelope], routing: &Routing, now: i64) -> Decoded {
    let mut shares: BTreeMap<&TenantName, Share> = BTreeMap::new();
    let mut issues = 0;
    let mut kinds = IssueCounts::default();
    for envelope in envelopes {
        let mut event = decode::decode(envelope, routing.default.as_str(), now);
        let organization = event.text(Field::OrganizationId).map(str::to_ascii_lowercase);
        let tenant = organization.and_then(|id| routing.by_organization.get(&id));
        if let Some(tenant) = tenant {
            event.set_text(Field::Tenant, tenant.as_str());
        }
        let tenant = tenant.unwrap_or(&routing.default);
        issues += u64::from(!event.issues.is_empty());
        for issue in &event.issues {
            kinds[issue.kind as usize] += 1;
        }
        let share = shares.entry(tenant).or_insert_with(|| {
            let bytes = envelopes.iter().map(|envelope| envelope.bytes().len()).sum();
            Share::with_capacity(envelopes.len(), bytes)
        });
        match routing.policies.of(tenant) {
            Some(policy) => share.take(policy, envelope, &event, now),
            None => share.rows.push(&event),
        }
    }
    Decoded {
        parts: shares.into_iter().map(|(tenant, share)| share.finish(tenant.clone())).collect(),
        records: envelopes.len() as u64,
        issues,
        kinds,
    }
}

impl Share {
    fn with_capacity(events: usize, bytes: usize) -> Share {
        Share {
            rows: Rows::with_capacity(events, bytes),
            clustered: BTreeMap::new(),
            dropped: Dropped::new(),
        }
    }

    fn take(&mut self, policy: &Policy, envelope: &Envelope, event: &Event, now: i64) {
        let judgement = policy.judge(event, now);
        if let Verdict::Drop = judgement.verdict {
            let rule = (judgement.rule.into_owned(), day_of(event));
            *self.dropped.entry(rule).or_default() += 1;
            return;
        }
        let redacted = redacted(envelope, event, &judgement.redact);
        let tenant = event.text(Field::Tenant).unwrap_or_default();
        let without = redacted.as_ref().map(|envelope| decode::decode(envelope, tenant, now));
        let event = without.as_ref().unwrap_or(event);
        match judgement.verdict {
            Verdict::Consolidate(group) => {
                let rule = judgement.rule.into_owned();
                let (rows, clusters) = self.clustered.entry(rule).or_default();
                clusters.push(Cluster { key: group.key, day: group.day });
                rows.push(event);
            }
            _ => self.rows.push(event),
        }
    }

    fn finish(self, tenant: TenantName) -> DecodedPart {
        let clustered = self.clustered.into_iter();
        let clustered = clustered.map(|(rule, (rows, clusters))| (rule, rows.finish(), clusters));
        DecodedPart {
            tenant,
            rows: self.rows.finish(),
            clustered: clustered.collect(),
            dropped: self.dropped,
        }
    }
}

/// The day of the event, as the table's partitions count them.
fn day_of(event: &Event) -> i32 {
    let day = |micros: i64| micros.div_euclid(time::DAY) as i32;
    event.time(Field::CreationTime).map_or(store::schema::DAY_UNKNOWN, day)
}

/// The envelope without what a policy takes out; `None` if it holds nothing of the kind. It is
/// decoded anew, so that no column and no hash tells what was there.
fn redacted(envelope: &Envelope, event: &Event, paths: &[&policy::FieldPath]) -> Option<Envelope> {
    if paths.is_empty() {
        return None;
    }
    let raw = policy::redact_record(event.raw, &event.body, paths);
    let wrapper = envelope.wrapper.as_deref();
    let around = wrapper.and_then(|wrapper| policy::redact_wrapper(wrapper, paths));
    if raw.is_none() && around.is_none() {
        return None;
    }
    let payload = raw.map(|raw| Payload::Record(raw.into()));
    Some(Envelope {
        payload: payload.unwrap_or_else(|| envelope.payload.clone()),
        wrapper: around.map(String::into_boxed_str).or_else(|| envelope.wrapper.clone()),
        ..envelope.clone()
    })
}

/// Decodes beside the tasks that wait for the network. A runtime of one thread has no place beside.
pub async fn decode_aside(
    envelopes: Vec<Envelope>,
    routing: Arc<Routing>,
    now: i64,
) -> Result<Decoded> {
    let work = move || decode(&envelopes, &routing, now);
    Ok(match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => tokio::task::spawn_blocking(work).await?,
    })
}

enum Message {
    Rows(Decoded),
    /// All rows of the blob were sent before, and after this mark.
    Blob(TenantName, StoredBlob, Mark),
    Commit(oneshot::Sender<Result<Totals>>),
    /// Nothing came for a while.
    Idle,
}

/// The way in. Clones share one writing task.
#[derive(Clone)]
pub struct Intake {
    sender: mpsc::Sender<Message>,
    /// Changes whenever rows may have been given up.
    losses: Arc<AtomicU64>,
}

/// The moment at which a blob was begun. If rows were given up since, some of them may have been
/// its own, whoever else was told of the failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u64);

impl Intake {
    /// Starts the writing task. It ends when the last clone is dropped, and then gives up what was
    /// not committed.
    pub fn start(store: Store, clock: Arc<dyn Clock>, chunk: Chunk) -> (Intake, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(QUEUE_BATCHES_MAX);
        let losses = Arc::default();
        let writing = tokio::spawn(write(store, clock, chunk, receiver, Arc::clone(&losses)));
        (Intake { sender, losses }, writing)
    }

    pub async fn rows(&self, decoded: Decoded) -> Result<()> {
        self.send(Message::Rows(decoded)).await
    }

    /// Before a blob's first rows are sent.
    pub fn mark(&self) -> Mark {
        Mark(self.losses.load(Ordering::SeqCst))
    }

    /// All rows of the blob were sent after the mark. If some of them were given up, it is as if the
    /// blob had never been fetched.
    pub async fn blob(&self, tenant: TenantName, blob: StoredBlob, mark: Mark) -> Result<()> {
        self.send(Message::Blob(tenant, blob, mark)).await
    }

    /// A way in as long as somebody else keeps one.
    pub fn downgrade(&self) -> WeakIntake {
        WeakIntake { sender: Some(self.sender.downgrade()), losses: self.losses.clone() }
    }

    /// Commits all that was sent before; tells what came in since the task started. An error that
    /// befell earlier rows is told here, and what was not committed before it is given up.
    pub async fn commit(&self) -> Result<Totals> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Commit(answer)).await?;
        answered.await.context("the writing task ended")?
    }

    async fn send(&self, message: Message) -> Result<()> {
        self.sender.send(message).await.map_err(|_| anyhow::anyhow!("the writing task ended"))
    }
}

/// See [`Intake::downgrade`]; by default there is none.
#[derive(Clone, Default)]
pub struct WeakIntake {
    sender: Option<mpsc::WeakSender<Message>>,
    losses: Arc<AtomicU64>,
}

impl WeakIntake {
    pub fn upgrade(&self) -> Option<Intake> {
        let sender = self.sender.as_ref()?.upgrade()?;
        Some(Intake { sender, losses: self.losses.clone() })
    }
}

/// One tenant's part of the uncommitted work.
struct Part {
    writer: Writer,
    blobs: Vec<StoredBlob>,
}

struct Writing {
    store: Store,
    chunk: Chunk,
    clock: Arc<dyn Clock>,
    committed: i64,
    commit_after: i64,
    parts: HashMap<TenantName, Part>,
    totals: Totals,
    failure: Option<anyhow::Error>,
}

async fn write(
    store: Store,
    clock: Arc<dyn Clock>,
    chunk: Chunk,
    mut receiver: mpsc::Receiver<Message>,
    losses: Arc<AtomicU64>,
) {
    let mut writing = Writing {
        store,
        chunk,
        committed: clock.now(),
        commit_after: COMMIT_AFTER_MIN,
        clock: clock.clone(),
        parts: HashMap::new(),
        totals: Totals::default(),
        failure: None,
    };
    while let Some(message) = next(&mut receiver, &clock, writing.has_uncommitted()).await {
        let _working = writing.clock.stand_still();
        let done = match message {
            // After a failure nothing is written until the next commit has told of it.
            Message::Rows(_) | Message::Blob(..) | Message::Idle if writing.failure.is_some() => {
                Ok(())
            }
            Message::Rows(decoded) => writing.rows(decoded).await,
            Message::Blob(_, _, mark) if mark != Mark(losses.load(Ordering::SeqCst)) => Ok(()),
            Message::Blob(tenant, blob, _) => writing.blob(&tenant, blob).await,
            Message::Idle => writing.commit().await,
            Message::Commit(answer) => {
                let done = match writing.failure.take() {
                    Some(failure) => Err(failure),
                    None => writing.commit().await,
                };
                if done.is_err() {
                    losses.fetch_add(1, Ordering::SeqCst);
                }
                // Whoever asked may be gone; the commit stands all the same.
                let _ = answer.send(done.map(|()| writing.totals));
                Ok(())
            }
        };
        if let Err(failure) = done {
            writing.parts.clear();
            writing.failure = Some(failure);
            losses.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A writer that waits holds up others that write to its table, so it commits after a while.
async fn next(
    receiver: &mut mpsc::Receiver<Message>,
    clock: &Arc<dyn Clock>,
    has_uncommitted: bool,
) -> Option<Message> {
    if !has_uncommitted {
        return receiver.recv().await;
    }
    tokio::select! {
        biased;
        message = receiver.recv() => message,
        () = clock.sleep(IDLE_MAX) => Some(Message::Idle),
    }
}

impl Writing {
    fn has_uncommitted(&self) -> bool {
        self.parts.values().any(|part| part.writer.uncommitted() > 0 || !part.blobs.is_empty())
    }

    async fn rows(&mut self, decoded: Decoded) -> Result<()> {
        for part in decoded.parts {
            let writer = &mut self.part(&part.tenant).await?.writer;
            writer.push(part.rows).await?;
            for (rule, rows, clusters) in part.clustered {
                writer.push_clustered(rows, &clusters, &rule).await?;
            }
            for ((rule, day), records) in part.dropped {
                writer.note_dropped(&rule, day, records);
            }
        }
        self.totals.records += decoded.records;
        self.totals.issues += decoded.issues;
        let uncommitted: u64 = self.parts.values().map(|part| part.writer.uncommitted()).sum();
        if uncommitted >= COMMIT_ROWS {
            self.commit().await?;
        }
        Ok(())
    }

    async fn blob(&mut self, tenant: &TenantName, blob: StoredBlob) -> Result<()> {
        self.part(tenant).await?.blobs.push(blob);
        if self.clock.now() - self.committed >= self.commit_after {
            self.commit_after = (2 * self.commit_after).min(COMMIT_AFTER_MAX);
            self.commit().await?;
        }
        Ok(())
    }

    async fn part(&mut self, tenant: &TenantName) -> Result<&mut Part> {
        Ok(match self.parts.entry(tenant.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let writer = self.store.writer(tenant, self.chunk).await?;
                entry.insert(Part { writer, blobs: Vec::new() })
            }
        })
    }

    async fn commit(&mut self) -> Result<()> {
        self.committed = self.clock.now();
        for part in self.parts.values_mut() {
            let blobs = std::mem::take(&mut part.blobs);
            let Batch { stored, duplicates, quarantined, dropped } =
                part.writer.commit(&blobs, self.clock.now()).await?;
            self.totals.stored += stored;
            self.totals.duplicates += duplicates;
            self.totals.quarantined += quarantined;
            self.totals.dropped += dropped;
        }
        Ok(())
    }
}
