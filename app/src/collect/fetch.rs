//! How do blobs get into the store?

use std::collections::HashMap;
use std::future::ready;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, anyhow};
use event::{Envelope, time};
use futures::{StreamExt, stream};
use source::activity_feed::{BlobRef, ContentType};
use source::service::{DOWNLOADS_MAX, Error, Kind};
use store::{Chunk, KnownBlob, Lane, StoredBlob, Window};

use super::{Collector, Pass, Progress};
use crate::pipeline::{self, Intake};

/// A day's small files are merged from this many on.
const COMPACT_FILES_MIN: usize = 8;
/// Blobs taken up at once.
const BLOBS_PER_ROUND: usize = 1024;
/// Tries of one blob within a pass.
const TRIES_PER_PASS: u32 = 3;
/// A blob that ends early this often is taken as far as it goes.
const CUT_ATTEMPTS_MAX: u32 = 5;
/// A blob that cannot be had this long after its end of life is given up.
const GRACE: i64 = time::HOUR;

/// What became of one blob.
pub(super) enum Fetched {
    Stored,
    Gap,
    Failed(Error),
}

impl Collector {
    /// Fetches until all is listed and nothing is left that could be had in this pass, or the
    /// deadline has come.
    pub(super) async fn fetch_all(
        &self,
        lane: Lane,
        deadline: Option<i64>,
        progress: &Progress,
    ) -> Result<Pass> {
        let (mut pass, tries) = (Pass::default(), Tries::default());
        let mut has_stored = false;
        {
            let _working = self.clock.stand_still();
            self.store.settle(&self.tenant).await?;
        }
        while self.may_go_on(deadline, &pass) {
            // Asked before looking: what is listed between the two is seen.
            let is_listed = progress.is_listed.load(Ordering::Relaxed);
            if !self.waiting(lane, &tries)?.is_empty() {
                let _turn = self.turns.acquire().await.expect("never closed");
                self.fetch_rounds(lane, deadline, &tries, &mut pass).await?;
                has_stored = true;
            } else if is_listed {
                break;
            } else {
                progress.news.notified().await;
            }
        }
        pass.unfinished = !self.waiting(lane, &tries)?.is_empty();
        if has_stored {
            let _working = self.clock.stand_still();
            self.store.compact(&self.tenant, COMPACT_FILES_MIN).await?;
        }
        Ok(pass)
    }

    fn may_go_on(&self, deadline: Option<i64>, pass: &Pass) -> bool {
        let is_late = deadline.is_some_and(|deadline| self.clock.now() >= deadline);
        !is_late && !self.is_stopping() && pass.pause.is_none()
    }

    /// Both lanes store through one writer, so that neither waits for the other's batch.
    fn intake(&self) -> Intake {
        let mut shared = self.intake.lock().expect("no holder panics");
        shared.upgrade().unwrap_or_else(|| {
            let intake = Intake::start(self.store.clone(), self.clock.clone(), Chunk::Small).0;
            *shared = intake.downgrade();
            intake
        })
    }

    fn waiting(&self, lane: Lane, tries: &Tries) -> Result<Vec<KnownBlob>> {
        let now = self.clock.now();
        let mut blobs = self.ledger.blobs_to_fetch(&self.tenant, lane, BLOBS_PER_ROUND, now)?;
        blobs.retain(|blob| tries.may_try(blob));
        Ok(blobs)
    }

    async fn fetch_rounds(
        &self,
        lane: Lane,
        deadline: Option<i64>,
        tries: &Tries,
        pass: &mut Pass,
    ) -> Result<()> {
        let intake = self.intake();
        loop {
            let blobs = self.waiting(lane, tries)?;
            if blobs.is_empty() || !self.may_go_on(deadline, pass) {
                return Ok(());
            }
            self.fetch_round(blobs, &intake, tries, pass).await?;
            pass.totals = intake.commit().await?;
        }
    }

    async fn fetch_round(
        &self,
        blobs: Vec<KnownBlob>,
        intake: &Intake,
        tries: &Tries,
        pass: &mut Pass,
    ) -> Result<()> {
        // What is not begun can wait; what is under way comes to its end, since rows of a blob that
        // was given up would be stored, and fetched once more.
        let is_enough = AtomicBool::new(false);
        let mut fetching = stream::iter(blobs)
            .take_while(|_| ready(!is_enough.load(Ordering::Relaxed) && !self.is_stopping()))
            .map(|blob| async move {
                let fetched = self.fetch(&blob, intake).await;
                (blob, fetched)
            })
            .buffer_unordered(DOWNLOADS_MAX);
        while let Some((blob, fetched)) = fetching.next().await {
            match fetched? {
                Fetched::Stored => pass.blobs += 1,
                Fetched::Gap => {
                    pass.gaps += 1;
                    pass.expired += 1;
                }
                Fetched::Failed(error) => {
                    pass.failed += 1;
                    tries.failed(&blob, &error);
                    pass.note(&error);
                }
            }
            is_enough.store(pass.pause.is_some(), Ordering::Relaxed);
        }
        Ok(())
    }

    async fn fetch(&self, blob: &KnownBlob, intake: &Intake) -> Result<Fetched> {
        match &self.graph {
            Some(graph) if blob.content_type.starts_with("Graph.") => {
                self.fetch_window(graph, blob, intake).await
            }
            _ => self.fetch_blob(blob, intake).await,
        }
    }

    async fn fetch_blob(&self, blob: &KnownBlob, intake: &Intake) -> Result<Fetched> {
        let Some(reference) = blob_ref(blob) else {
            return Err(anyhow!("the ledger holds content type {:?}", blob.content_type));
        };
        let mark = intake.mark();
        let feed = self.feed.at(self.priority(blob.created.unwrap_or(i64::MAX)));
        let mut stream = match feed.fetch(&reference).await {
            Ok(stream) => stream,
            Err(error) => return self.failed(blob, error),
        };
        loop {
            match stream.next_batch().await {
                Ok(Some(envelopes)) => self.take_in(envelopes, intake).await?,
                Ok(None) => break,
                Err(error) => {
                    let is_cut = matches!(error.kind(), Kind::Cut { .. } | Kind::Broken);
                    if !is_cut || blob.attempts + 1 < CUT_ATTEMPTS_MAX {
                        return self.failed(blob, error);
                    }
                    self.take_in(stream.salvage().into_iter().collect(), intake).await?;
                    self.note_torn(blob, &error)?;
                    break;
                }
            }
        }
        let records = stream.records();
        let stored = StoredBlob { content_id: blob.content_id.clone(), records };
        intake.blob(self.tenant.clone(), stored, mark).await?;
        Ok(Fetched::Stored)
    }

    /// Its end never came; what did is stored.
    fn note_torn(&self, blob: &KnownBlob, error: &Error) -> Result<()> {
        let now = self.clock.now();
        let at = blob.created.unwrap_or(now);
        let window = Window { start: at, stop: at };
        let cause = error.to_string();
        Ok(self.ledger.note_gap(&self.tenant, &blob.content_type, window, &cause, now)?)
    }

    pub(super) async fn take_in(&self, envelopes: Vec<Envelope>, intake: &Intake) -> Result<()> {
        if envelopes.is_empty() {
            return Ok(());
        }
        let (routing, now) = (self.routing.clone(), self.clock.now());
        let decoded = pipeline::decode_aside(envelopes, routing, now).await?;
        {
            let mut issues = self.issues.lock().expect("no holder panics");
            issues.iter_mut().zip(decoded.issue_counts()).for_each(|(sum, more)| *sum += more);
        }
        intake.rows(decoded).await
    }

    pub(super) fn failed(&self, blob: &KnownBlob, error: Error) -> Result<Fetched> {
        let now = self.clock.now();
        let is_past = blob.expires.is_some_and(|expires| expires + GRACE < now);
        let is_gone = matches!(error.kind(), Kind::Expired);
        if is_gone || (is_past && !matches!(error.kind(), Kind::Later { .. })) {
            let cause = format!("blob {} is lost: {error}", blob.content_id);
            self.ledger.note_expired(&self.tenant, blob, &cause, now)?;
            return Ok(Fetched::Gap);
        }
        self.ledger.note_failure(&self.tenant, &blob.content_id, &error.to_string())?;
        Ok(Fetched::Failed(error))
    }
}

/// Failures of this pass.
#[derive(Default)]
struct Tries(Mutex<HashMap<String, u32>>);

impl Tries {
    fn may_try(&self, blob: &KnownBlob) -> bool {
        let tries = self.0.lock().expect("no holder panics");
        tries.get(&blob.content_id).is_none_or(|made| *made < TRIES_PER_PASS)
    }

    fn failed(&self, blob: &KnownBlob, error: &Error) {
        // Only what may pass is worth another try.
        let may_pass = matches!(error.kind(), Kind::Cut { .. } | Kind::Broken | Kind::Later { .. });
        let made = if may_pass { 1 } else { TRIES_PER_PASS };
        let mut tries = self.0.lock().expect("no holder panics");
        *tries.entry(blob.content_id.clone()).or_default() += made;
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
