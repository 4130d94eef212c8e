//! How is a tenant collected?
//!
//! One pass: subscriptions, then the windows that are due, then every blob that is known and not
//! stored. The ledger is told of each step when it is done and not before, so a pass that dies is
//! taken up by the next. What is lost for good is noted as a gap.

mod fetch;
pub mod fleet;
mod graph;
pub mod push;
pub mod schedule;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Result, anyhow};
use event::{TenantName, time};
use futures::future::join_all;
use source::activity_feed::{
    ActivityFeed, BlobRef, ContentType, Ensured, EnsuredWebhook, Found, Subscription, WebhookWish,
    Window as FeedWindow, earliest, find,
};
use source::graph::{Graph, Log};
use source::service::{
    Clock, Connections, Counts, Error, Guid, HttpTransport, Kind, Priority, World,
};
use store::{KnownBlob, Lane, Ledger, Store, Window};
use tokio::sync::{Notify, Semaphore};

use crate::config::{Policies, Tenant};
use crate::pipeline::{IssueCounts, Routing, Totals, WeakIntake};
use fleet::Bell;
use schedule::{FEED_WINDOW_MAX, Pace, due, stale};

/// Problems told of one pass; the ledger has them all.
const PROBLEMS_MAX: usize = 20;
/// Each turn holds a writer's memory.
const TURNS: usize = 4;
/// Answers under way at the same time, over all tenants.
const CONNECTIONS_MAX: usize = 64;
/// How long the first listing of a tenant may take.
const FIRST_LISTING_MAX: i64 = time::HOUR;
/// How the ledger says that a subscription was on when it was last looked at, or off.
const ON: &str = "on";
const OFF: &str = "off";
/// Content older than this yields to newer.
const FRESH: i64 = 3 * time::HOUR;
/// The service keeps content this long after it became available (Management Activity API
/// reference).
const REACH: i64 = 7 * time::DAY;

/// The collector of one tenant.
pub struct Collector {
    tenant: TenantName,
    content_types: Vec<ContentType>,
    tenant_id: Guid,
    feed: ActivityFeed,
    logs: Vec<Log>,
    graph: Option<Graph>,
    webhook: Option<WebhookWish>,
    store: Store,
    /// The way into the store, while some lane has something for it.
    intake: Mutex<WeakIntake>,
    ledger: Ledger,
    routing: Arc<Routing>,
    clock: Arc<dyn Clock>,
    pace: Pace,
    /// What was strange about the records that arrived.
    issues: Mutex<IssueCounts>,
    /// What was listed before is to be listed again. Listings of an earlier process are: nobody knows
    /// what appeared while it was away.
    listed_anew: AtomicI64,
    /// Storing is for a few tenants at a time, each in its turn.
    turns: Arc<Semaphore>,
    stopping: AtomicBool,
    bell: Bell,
}

/// How far the listing of a pass has come, for those who fetch.
#[derive(Default)]
struct Progress {
    is_listed: AtomicBool,
    news: Notify,
}

/// Which windows are listed?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Those never listed, and the overlap.
    New,
    /// Those whose listing is old.
    Again,
}

/// What the tenants of a process share, each in its turn.
#[derive(Clone)]
pub struct Share {
    /// Tenants whose content is fetched and stored at the same time; the others list meanwhile.
    turns: Arc<Semaphore>,
    connections: Connections,
}

impl Default for Share {
    fn default() -> Share {
        Share {
            turns: Arc::new(Semaphore::new(TURNS)),
            connections: Connections::up_to(CONNECTIONS_MAX),
        }
    }
}

/// What one pass did.
#[derive(Debug, Default)]
pub struct Pass {
    pub windows: u64,
    /// Blobs that were stored, that could not be had this time, and that are gone.
    pub blobs: u64,
    pub failed: u64,
    pub expired: u64,
    pub totals: Totals,
    pub gaps: u64,
    /// What did not work this time, in words for an administrator.
    pub problems: Vec<String>,
    /// The service asked for a pause.
    pub pause: Option<Duration>,
    /// There is more to fetch than there was time for.
    pub unfinished: bool,
}

impl Pass {
    fn note(&mut self, error: &Error) {
        if let Kind::Later { after } = error.kind() {
            self.pause = Some(self.pause.map_or(after, |pause| pause.max(after)));
        }
        self.tell(error.to_string());
    }

    fn tell(&mut self, words: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(words);
        }
    }

    fn add(&mut self, other: Pass) {
        self.windows += other.windows;
        self.blobs += other.blobs;
        self.failed += other.failed;
        self.expired += other.expired;
        self.gaps += other.gaps;
        self.totals = self.totals.max(other.totals);
        self.unfinished |= other.unfinished;
        self.pause = self.pause.max(other.pause);
        for words in other.problems {
            self.tell(words);
        }
    }
}

impl Collector {
    /// On this machine's clock and network.
    pub fn new(tenant: &Tenant, pace: Pace, store: &Store, share: &Share) -> Result<Collector> {
        let transport = HttpTransport::new(&tenant.settings()?).map_err(|words| anyhow!(words))?;
        let world = World::of_this_machine(Arc::new(transport));
        Collector::within(tenant, pace, store, share, world)
    }

    /// In the world given.
    pub fn within(
        tenant: &Tenant,
        pace: Pace,
        store: &Store,
        share: &Share,
        world: World,
    ) -> Result<Collector> {
        let world = world.on_service_time();
        let mut settings = tenant.settings()?;
        settings.connections = Some(share.connections.clone());
        let logs = tenant.graph_logs()?;
        let graph = match logs.is_empty() {
            true => None,
            false => Some(Graph::within(settings.clone(), world.clone())?),
        };
        let (name, clock) = (tenant.tenant_name()?, world.clock.clone());
        Ok(Collector {
            content_types: tenant.content_types()?,
            tenant_id: settings.tenant_id.clone(),
            feed: ActivityFeed::within(settings, world),
            logs,
            graph,
            webhook: None,
            store: store.clone(),
            intake: Mutex::default(),
            ledger: store.ledger()?,
            routing: Arc::new(Routing::one(name.clone(), Policies::default())),
            tenant: name,
            issues: Mutex::default(),
            listed_anew: AtomicI64::new(clock.now()),
            clock,
            pace,
            turns: share.turns.clone(),
            stopping: AtomicBool::new(false),
            bell: Bell::default(),
        })
    }

    /// Has the service push to this address what it can.
    pub fn with_webhook(self, webhook: Option<WebhookWish>) -> Collector {
        Collector { webhook, ..self }
    }

    /// Keeps what these keep.
    pub fn with_policies(self, policies: Policies) -> Collector {
        Collector { routing: Arc::new(Routing::one(self.tenant.clone(), policies)), ..self }
    }

    pub fn tenant(&self) -> &TenantName {
        &self.tenant
    }

    /// What time it is at the service, as far as is known.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    pub fn tenant_id(&self) -> &Guid {
        &self.tenant_id
    }

    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Content types of the feed and logs of Graph, by name.
    pub fn content_types(&self) -> impl Iterator<Item = &'static str> {
        let feed = self.content_types.iter().map(|content_type| content_type.as_str());
        feed.chain(self.logs.iter().map(|log| log.as_str()))
    }

    /// What the clients asked for so far.
    pub fn counts(&self) -> Counts {
        let graph = self.graph.as_ref().map(Graph::counts).unwrap_or_default();
        self.feed.counts() + graph
    }

    /// The issues met in records that arrived since the start, repeated records included.
    pub fn issue_counts(&self) -> IssueCounts {
        *self.issues.lock().expect("no holder panics")
    }

    /// Lets the pass under way commit what it has and end.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.bell.ring();
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// There is something to do before the next poll is due.
    pub fn wake(&self) {
        self.bell.ring();
    }

    pub async fn woken(&self) {
        self.bell.rung().await;
    }

    pub fn lanes(&self) -> impl Iterator<Item = Lane> {
        let graph = self.graph.is_some().then_some(Lane::Graph);
        std::iter::once(Lane::Feed).chain(graph)
    }

    /// Lists what is due of both lanes, and stores all there is to get.
    pub async fn pass(&self) -> Result<Pass> {
        let mut whole = Pass::default();
        for pass in join_all(self.lanes().map(|lane| self.lane_pass(lane, None))).await {
            whole.add(pass?);
        }
        Ok(whole)
    }

    /// Lists what is due and stores all there is to get, or what can be got until `deadline`.
    /// Listing and fetching go on side by side, so that a long listing keeps nothing waiting.
    pub async fn lane_pass(&self, lane: Lane, deadline: Option<i64>) -> Result<Pass> {
        let progress = Progress::default();
        let listing = async {
            let listed = self.list_all(lane, deadline, &progress).await;
            progress.is_listed.store(true, Ordering::Relaxed);
            progress.news.notify_one();
            listed
        };
        let fetching = self.fetch_all(lane, deadline, &progress);
        let (listed, fetched) = futures::future::join(listing, fetching).await;
        let mut pass = listed?;
        pass.add(fetched?);
        Ok(pass)
    }

    async fn list_all(
        &self,
        lane: Lane,
        deadline: Option<i64>,
        progress: &Progress,
    ) -> Result<Pass> {
        let mut pass = Pass::default();
        if lane == Lane::Graph {
            for log in &self.logs {
                self.list_log(*log, &mut pass)?;
            }
            return Ok(pass);
        }
        let enabled = self.subscribe(&mut pass).await?;
        for depth in [Depth::New, Depth::Again] {
            let list = |content_type| self.list(content_type, depth, deadline, progress);
            for listed in join_all(enabled.iter().copied().map(list)).await {
                pass.add(listed?);
            }
        }
        Ok(pass)
    }

    /// The content types that can be listed.
    async fn subscribe(&self, pass: &mut Pass) -> Result<Vec<ContentType>> {
        let present = match self.feed.subscriptions().await {
            Ok(present) => present,
            Err(error) => {
                pass.note(&error);
                for content_type in &self.content_types {
                    self.note_trouble(*content_type, &error)?;
                }
                return self.listed_before(&error);
            }
        };
        self.note_present(&present)?;
        let mut enabled = Vec::new();
        for (content_type, outcome) in self.ensure_subscriptions(&present, pass).await {
            match outcome {
                Ok(ensured) => {
                    self.note_subscription(content_type, ensured, pass)?;
                    enabled.push(content_type);
                }
                Err(error) => {
                    pass.note(&error);
                    self.note_trouble(content_type, &error)?;
                }
            }
        }
        Ok(enabled)
    }

    /// A service that is busy does not say what is subscribed; what could be listed before is worth a
    /// try all the same.
    fn listed_before(&self, error: &Error) -> Result<Vec<ContentType>> {
        let mut known = Vec::new();
        for content_type in &self.content_types {
            let last = self.ledger.last_listed(&self.tenant, content_type.as_str())?;
            if last.is_some() && matches!(error.kind(), Kind::Later { .. }) {
                known.push(*content_type);
            }
        }
        Ok(known)
    }

    async fn ensure_subscriptions(
        &self,
        present: &[Subscription],
        pass: &mut Pass,
    ) -> Vec<(ContentType, std::result::Result<Ensured, Error>)> {
        let Some(wish) = &self.webhook else {
            return self.feed.ensure_among(present, &self.content_types).await;
        };
        let outcomes = self.feed.ensure_webhooks_among(present, &self.content_types, wish).await;
        for outcome in &outcomes {
            self.tell_of_webhook(outcome, pass);
        }
        outcomes.into_iter().map(|done| (done.content_type, done.subscription)).collect()
    }

    /// A webhook that fails loses nothing: what it would have told is listed.
    fn tell_of_webhook(&self, outcome: &EnsuredWebhook, pass: &mut Pass) {
        let EnsuredWebhook { content_type, found, webhook, .. } = outcome;
        let was = match found {
            Found::Disabled => "was disabled by the service after failed calls",
            Found::Expired => "had expired",
            Found::Another => "was set to another address or AuthID",
            Found::AsWished | Found::Missing | Found::Expiring => "is not set",
        };
        let words = match webhook {
            Err(error) => format!("{error}; its content is pulled meanwhile"),
            Ok(Ensured::Started)
                if matches!(found, Found::Disabled | Found::Expired | Found::Another) =>
            {
                format!(
                    "tenant {}: the webhook of {content_type} {was}; it is set again",
                    self.tenant
                )
            }
            Ok(_) => return,
        };
        tracing::warn!("{words}");
        let noted = self.ledger.note_incident(&self.tenant, "webhook", &words, self.clock.now());
        if let Err(error) = noted {
            pass.tell(error.to_string());
        }
    }

    /// Content of which a notification told is in the ledger when this returns. Returns how many
    /// blobs are new.
    pub fn notified(&self, blobs: &[BlobRef]) -> Result<u64> {
        let is_ours = |blob: &&BlobRef| self.content_types.contains(&blob.content_type);
        let blobs: Vec<KnownBlob> = blobs.iter().filter(is_ours).map(known_blob).collect();
        let new = self.ledger.note_blobs(&self.tenant, &blobs, self.clock.now())?;
        if new > 0 {
            self.bell.ring();
        }
        Ok(new)
    }

    /// Taken note of before anything is started: if this process dies right after a start, the next
    /// one finds the subscription on, and still knows that it was off, and since when everything
    /// is to be collected.
    fn note_present(&self, present: &[Subscription]) -> Result<()> {
        let now = self.clock.now();
        for content_type in &self.content_types {
            let name = content_type.as_str();
            let is_on = find(present, *content_type).is_some_and(Subscription::is_enabled);
            let since = if is_on { claimed_from(now) } else { now };
            self.ledger.note_scope(&self.tenant, name, since, REACH)?;
            let was_on = match self.ledger.position(&self.subscription(*content_type))? {
                Some(state) => state == ON,
                None => self.ledger.last_listed(&self.tenant, name)?.is_some(),
            };
            if was_on && !is_on {
                self.ledger.note_position(&self.subscription(*content_type), OFF)?;
            }
        }
        Ok(())
    }

    /// What becomes available while a subscription is off is lost (Management Activity API
    /// reference), and what became available before is not shown again, so all that was not listed
    /// by then is a gap.
    fn note_subscription(
        &self,
        content_type: ContentType,
        ensured: Ensured,
        pass: &mut Pass,
    ) -> Result<()> {
        let now = self.clock.now();
        let state = self.ledger.position(&self.subscription(content_type))?;
        if matches!(ensured, Ensured::Waiting { .. }) || state.as_deref() == Some(ON) {
            return Ok(());
        }
        if state.is_some() {
            let cause = "the subscription was off; what became available meanwhile is lost";
            for lost in self.unlisted(content_type, now)? {
                self.gap(content_type, lost, cause, pass)?;
            }
        }
        Ok(self.ledger.note_position(&self.subscription(content_type), ON)?)
    }

    /// Under this name the ledger knows whether a subscription was on.
    fn subscription(&self, content_type: ContentType) -> String {
        format!("subscription/{}/{content_type}", self.tenant)
    }

    fn note_trouble(&self, content_type: ContentType, error: &Error) -> Result<()> {
        let now = self.clock.now();
        let (name, words) = (content_type.as_str(), error.to_string());
        self.ledger.note_scope(&self.tenant, name, claimed_from(now), REACH)?;
        Ok(self.ledger.note_trouble(&self.tenant, name, &words, now)?)
    }

    async fn list(
        &self,
        content_type: ContentType,
        depth: Depth,
        deadline: Option<i64>,
        progress: &Progress,
    ) -> Result<Pass> {
        let mut pass = Pass::default();
        for window in self.windows(content_type, depth, &mut pass)? {
            let is_late = deadline.is_some_and(|deadline| self.clock.now() >= deadline);
            if pass.pause.is_some() || is_late || self.is_stopping() {
                pass.unfinished = true;
                break;
            }
            self.list_window(content_type, window, progress, &mut pass).await?;
        }
        Ok(pass)
    }

    fn windows(
        &self,
        content_type: ContentType,
        depth: Depth,
        pass: &mut Pass,
    ) -> Result<Vec<Window>> {
        let now = self.clock.now();
        let first = earliest(now);
        self.note_unlisted(content_type, first, now, pass)?;
        let coverage = self.ledger.coverage(self.tenant.as_str(), content_type.as_str(), first)?;
        if depth == Depth::New {
            return Ok(due(first, now, &coverage, self.pace.overlap, FEED_WINDOW_MAX));
        }
        let oldest = coverage.iter().map(|span| span.listed).min();
        if oldest.is_some_and(|listed| listed + self.pace.relist <= now) {
            self.listed_anew.fetch_max(now, Ordering::Relaxed);
        }
        Ok(stale(first, now, &coverage, self.listed_anew.load(Ordering::Relaxed)))
    }

    /// Blobs of a window that was listed in part are good; only the window stays to be listed.
    async fn list_window(
        &self,
        content_type: ContentType,
        window: Window,
        progress: &Progress,
        pass: &mut Pass,
    ) -> Result<()> {
        // Waiting for other windows may have taken the beginning of this one out of reach.
        let asked = FeedWindow::new(window.start, window.stop).ok();
        let Some(asked) = asked.and_then(|asked| asked.within_reach(self.clock.now())) else {
            return self.note_unlisted(content_type, window.stop, self.clock.now(), pass);
        };
        let asked_at = self.clock.now();
        let listed = Window { start: asked.start(), stop: asked.end() };
        match self.list_pages(content_type, asked, progress, pass).await? {
            Ok(()) => {
                let name = content_type.as_str();
                self.ledger.note_listing(&self.tenant, name, Some(listed), &[], asked_at)?;
                pass.windows += 1;
            }
            Err(error) => {
                pass.note(&error);
                self.note_trouble(content_type, &error)?;
            }
        }
        Ok(())
    }

    /// Each page is noted as it comes: a window may have millions of blobs.
    async fn list_pages(
        &self,
        content_type: ContentType,
        window: FeedWindow,
        progress: &Progress,
        pass: &mut Pass,
    ) -> Result<std::result::Result<(), Error>> {
        let feed = self.feed.at(self.priority(window.end()));
        let mut listing = feed.list(content_type, window);
        loop {
            let page = match listing.next_page().await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            };
            for words in &page.unreadable {
                pass.tell(format!("tenant {}: {words}", self.tenant));
            }
            let blobs: Vec<KnownBlob> = page.blobs.iter().map(known_blob).collect();
            if self.ledger.note_blobs(&self.tenant, &blobs, self.clock.now())? > 0 {
                progress.news.notify_one();
            }
        }
    }

    /// Back-fill yields to what is fresh.
    fn priority(&self, time: i64) -> Priority {
        match time < self.clock.now() - FRESH {
            true => Priority::Backfill,
            false => Priority::Fresh,
        }
    }

    /// Time before `first`, the earliest that the service still lists, can only be lost.
    fn note_unlisted(
        &self,
        content_type: ContentType,
        first: i64,
        now: i64,
        pass: &mut Pass,
    ) -> Result<()> {
        for lost in self.unlisted(content_type, first)? {
            let cause = format!(
                "not listed before the service's 7 days were over (noticed {})",
                time::short(now)
            );
            self.gap(content_type, lost, &cause, pass)?;
        }
        Ok(())
    }

    fn unlisted(&self, content_type: ContentType, before: i64) -> Result<Vec<Window>> {
        let (name, settling) = (content_type.as_str(), self.pace.overlap);
        Ok(self.ledger.unlisted_before(&self.tenant, name, before, settling)?)
    }

    fn gap(
        &self,
        content_type: ContentType,
        window: Window,
        cause: &str,
        pass: &mut Pass,
    ) -> Result<()> {
        pass.gaps += 1;
        let (name, now) = (content_type.as_str(), self.clock.now());
        Ok(self.ledger.note_gap(&self.tenant, name, window, cause, now)?)
    }
}

/// From where on a tenant that is met for the first time is claimed whole. What the service is about
/// to forget is collected as far as there is time for it, and not promised.
fn claimed_from(now: i64) -> i64 {
    earliest(now) + FIRST_LISTING_MAX
}

fn known_blob(blob: &BlobRef) -> KnownBlob {
    KnownBlob {
        content_type: blob.content_type.as_str().to_owned(),
        content_id: blob.content_id.clone(),
        uri: blob.uri.clone(),
        created: blob.created,
        expires: blob.expires,
        attempts: 0,
    }
}
