//! How is a tenant collected?
//!
//! One pass: subscriptions, then the windows not listed yet, then every blob that is known and not
//! stored. The ledger is told of each step when it is done and not before, so a pass that dies is
//! taken up by the next. What is lost for good is noted as a gap.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use event::{TenantName, time};
use futures::{StreamExt, TryStreamExt};
use source::activity_feed::{ActivityFeed, BlobRef, ContentType, Window as FeedWindow, earliest};
use source::service::{Error, Kind};
use store::{KnownBlob, Ledger, Store, StoredBlob, Window};

use crate::config::Tenant;
use crate::pipeline::{self, Intake, Routing, Totals, now};

/// Content may show up late within a window that was listed before, so this much is listed again.
const OVERLAP: i64 = 2 * time::HOUR;
/// The service's longest window (Management Activity API reference).
const WINDOW_MAX: i64 = 24 * time::HOUR;
/// Blobs taken up at once before the next commit.
const BLOBS_PER_COMMIT: usize = 256;
/// A blob that ends early this often is taken as far as it goes.
const CUT_ATTEMPTS_MAX: u32 = 5;
/// Problems told of one pass; the ledger has them all.
const PROBLEMS_MAX: usize = 20;

/// The collector of one tenant.
pub struct Collector {
    tenant: TenantName,
    content_types: Vec<ContentType>,
    feed: ActivityFeed,
    ledger: Ledger,
    routing: Arc<Routing>,
}

/// What one pass did.
#[derive(Debug, Default)]
pub struct Pass {
    pub windows: u64,
    pub blobs: u64,
    pub totals: Totals,
    pub gaps: u64,
    /// What did not work this time, in words for an administrator.
    pub problems: Vec<String>,
    /// The service asked for a pause.
    pub pause: Option<Duration>,
}

impl Pass {
    fn note(&mut self, error: &Error) {
        if let Kind::Later { after } = error.kind() {
            self.pause = Some(self.pause.map_or(after, |pause| pause.max(after)));
        }
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(error.to_string());
        }
    }
}

impl Collector {
    pub fn new(tenant: &Tenant, store: &Store) -> Result<Collector> {
        let feed = ActivityFeed::new(tenant.settings()?)?;
        let name = tenant.tenant_name()?;
        Ok(Collector {
            content_types: tenant.content_types()?,
            feed,
            ledger: store.ledger()?,
            routing: Arc::new(Routing::one(name.clone())),
            tenant: name,
        })
    }

    pub fn tenant(&self) -> &TenantName {
        &self.tenant
    }

    /// Lists and stores all there is to get now.
    pub async fn pass(&self, intake: &Intake) -> Result<Pass> {
        let mut pass = Pass::default();
        let enabled = self.subscribe(&mut pass).await;
        for content_type in enabled {
            self.list(content_type, &mut pass).await?;
        }
        self.fetch_all(intake, &mut pass).await?;
        Ok(pass)
    }

    /// The content types that can be listed.
    async fn subscribe(&self, pass: &mut Pass) -> Vec<ContentType> {
        let outcomes = match self.feed.ensure_subscriptions(&self.content_types).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                pass.note(&error);
                return Vec::new();
            }
        };
        let mut enabled = Vec::new();
        for (content_type, outcome) in outcomes {
            match outcome {
                Ok(_) => enabled.push(content_type),
                Err(error) => pass.note(&error),
            }
        }
        enabled
    }

    async fn list(&self, content_type: ContentType, pass: &mut Pass) -> Result<()> {
        let now = now();
        let first = earliest(now);
        self.note_unlisted(content_type, first, now, pass)?;
        let listed = self.ledger.listed(&self.tenant, content_type.as_str(), first)?;
        for window in windows_to_list(first, now, &listed) {
            self.list_window(content_type, window, pass).await?;
        }
        Ok(())
    }

    /// Blobs of a window that was listed in part are good; only the window stays to be listed.
    async fn list_window(
        &self,
        content_type: ContentType,
        window: Window,
        pass: &mut Pass,
    ) -> Result<()> {
        // Waiting for other windows may have taken the beginning of this one out of reach.
        let asked = FeedWindow::new(window.start, window.stop).ok();
        let Some(asked) = asked.and_then(|asked| asked.within_reach(now())) else {
            let cause = "passed out of the service's 7 days before it was listed";
            return self.gap(content_type, window, cause, pass);
        };
        let (page, whole) = self.feed.list(content_type, asked).rest().await;
        let blobs: Vec<KnownBlob> = page.blobs.iter().map(known_blob).collect();
        for words in &page.unreadable {
            pass.problems.push(format!("tenant {}: {words}", self.tenant));
        }
        let listed = Window { start: asked.start(), stop: asked.end() };
        let name = content_type.as_str();
        match whole {
            Ok(()) => {
                self.ledger.note_listing(&self.tenant, name, Some(listed), &blobs, now())?;
                pass.windows += 1;
            }
            Err(error) => {
                self.ledger.note_listing(&self.tenant, name, None, &blobs, now())?;
                pass.note(&error);
                if matches!(error.kind(), Kind::Expired) {
                    self.gap(content_type, window, &error.to_string(), pass)?;
                }
            }
        }
        if listed.start > window.start {
            let lost = Window { start: window.start, stop: listed.start };
            let cause = "passed out of the service's 7 days before it was listed";
            self.gap(content_type, lost, cause, pass)?;
        }
        Ok(())
    }

    /// Time between the last listing and the earliest the service still lists is lost.
    fn note_unlisted(
        &self,
        content_type: ContentType,
        first: i64,
        now: i64,
        pass: &mut Pass,
    ) -> Result<()> {
        match self.ledger.last_listed(&self.tenant, content_type.as_str())? {
            Some(last) if last < first => {
                let cause = format!(
                    "not listed before the service's 7 days were over (noticed {})",
                    time::short(now)
                );
                self.gap(content_type, Window { start: last, stop: first }, &cause, pass)
            }
            _ => Ok(()),
        }
    }

    fn gap(
        &self,
        content_type: ContentType,
        window: Window,
        cause: &str,
        pass: &mut Pass,
    ) -> Result<()> {
        pass.gaps += 1;
        Ok(self.ledger.note_gap(&self.tenant, content_type.as_str(), window, cause, now())?)
    }

    async fn fetch_all(&self, intake: &Intake, pass: &mut Pass) -> Result<()> {
        loop {
            let blobs = self.ledger.blobs_to_fetch(&self.tenant, BLOBS_PER_COMMIT)?;
            if blobs.is_empty() {
                break;
            }
            let fetched: Vec<Fetched> = futures::stream::iter(blobs)
                .map(|blob| self.fetch(blob, intake))
                .buffer_unordered(source::service::DOWNLOADS_MAX)
                .try_collect()
                .await?;
            pass.totals = intake.commit().await?;
            let mut settled = 0;
            for outcome in fetched {
                match outcome {
                    Fetched::Stored => {
                        settled += 1;
                        pass.blobs += 1;
                    }
                    Fetched::Gap => {
                        settled += 1;
                        pass.gaps += 1;
                    }
                    Fetched::Failed(error) => pass.note(&error),
                }
            }
            // What failed comes last in the order, so a round that settles nothing has nothing else left.
            if pass.pause.is_some() || settled == 0 {
                break;
            }
        }
        pass.totals = intake.commit().await?;
        Ok(())
    }

    async fn fetch(&self, blob: KnownBlob, intake: &Intake) -> Result<Fetched> {
        let Some(reference) = blob_ref(&blob) else {
            return Err(anyhow!("the ledger holds content type {:?}", blob.content_type));
        };
        let mut stream = match self.feed.fetch(&reference).await {
            Ok(stream) => stream,
            Err(error) => return self.failed(&blob, error),
        };
        loop {
            match stream.next_batch().await {
                Ok(Some(envelopes)) => self.take_in(envelopes, intake).await?,
                Ok(None) => break,
                Err(error) => {
                    let cut = matches!(error.kind(), Kind::Cut { .. } | Kind::Broken);
                    if !cut || blob.attempts + 1 < CUT_ATTEMPTS_MAX {
                        return self.failed(&blob, error);
                    }
                    self.take_in(stream.salvage().into_iter().collect(), intake).await?;
                    let at = blob.created.unwrap_or_else(now);
                    let window = Window { start: at, stop: at };
                    let cause = error.to_string();
                    self.ledger.note_gap(
                        &self.tenant,
                        &blob.content_type,
                        window,
                        &cause,
                        now(),
                    )?;
                    break;
                }
            }
        }
        let stored = StoredBlob { content_id: blob.content_id, records: stream.records() };
        intake.blob(self.tenant.clone(), stored).await?;
        Ok(Fetched::Stored)
    }

    async fn take_in(&self, envelopes: Vec<event::Envelope>, intake: &Intake) -> Result<()> {
        if envelopes.is_empty() {
            return Ok(());
        }
        let routing = self.routing.clone();
        let work = move || pipeline::decode(&envelopes, &routing, now());
        intake.rows(tokio::task::spawn_blocking(work).await?).await
    }

    fn failed(&self, blob: &KnownBlob, error: Error) -> Result<Fetched> {
        if matches!(error.kind(), Kind::Expired) {
            self.ledger.note_expired(&self.tenant, blob, now())?;
            return Ok(Fetched::Gap);
        }
        self.ledger.note_failure(&self.tenant, &blob.content_id, &error.to_string())?;
        Ok(Fetched::Failed(error))
    }
}

enum Fetched {
    Stored,
    Gap,
    Failed(Error),
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

fn blob_ref(blob: &KnownBlob) -> Option<BlobRef> {
    let content_type =
        ContentType::ALL.into_iter().find(|known| known.as_str() == blob.content_type)?;
    Some(BlobRef {
        content_type,
        content_id: blob.content_id.clone(),
        uri: blob.uri.clone(),
        created: blob.created,
        expires: blob.expires,
    })
}

/// The holes between the listed windows, and an overlap at their end, each within the service's
/// limit, oldest first because that expires first.
fn windows_to_list(first: i64, now: i64, listed: &[Window]) -> Vec<Window> {
    let whole_second = |micros: i64| micros.div_euclid(time::SECOND) * time::SECOND;
    let end = whole_second(now);
    let mut holes = Vec::new();
    let mut at = first;
    for (index, window) in listed.iter().enumerate() {
        let last = index + 1 == listed.len();
        let stop = if last { window.stop - OVERLAP } else { window.stop };
        if window.start > at {
            holes.push(Window { start: at, stop: window.start });
        }
        at = at.max(stop);
    }
    holes.push(Window { start: at, stop: end });
    let mut windows = Vec::new();
    for hole in holes {
        let mut start = whole_second(hole.start);
        while start < hole.stop {
            let stop = (start + WINDOW_MAX).min(hole.stop);
            windows.push(Window { start, stop });
            start = stop;
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_and_overlap_are_listed() {
        let hour = |n: i64| n * time::HOUR;
        let window = |start, stop| Window { start: hour(start), stop: hour(stop) };
        for (listed, wanted) in [
            (vec![], vec![window(0, 24), window(24, 48), window(48, 50)]),
            (vec![window(0, 49)], vec![window(47, 50)]),
            (vec![window(0, 10), window(20, 49)], vec![window(10, 20), window(47, 50)]),
            (vec![window(5, 50)], vec![window(0, 5), window(48, 50)]),
        ] {
            assert_eq!(windows_to_list(0, hour(50), &listed), wanted, "{listed:?}");
        }
    }
}
