//! How are the logs of Microsoft Graph collected?
//!
//! Graph has no blobs. A window of a log takes the place of one: it is noted in the ledger, its
//! pages are fetched, and it is stored as a whole or tried again.

use anyhow::{Result, anyhow};
use event::{Envelope, time};
use source::graph::{Graph, Log, Window as LogWindow, earliest};
use source::service::Error;
use store::{KnownBlob, StoredBlob, Window};

use super::fetch::Fetched;
use super::schedule::due;
use super::{Collector, FIRST_LISTING_MAX, Pass};
use crate::pipeline::Intake;

/// How often a log is asked for what is new. Its rows take minutes to appear, and each time the
/// overlap is read again.
const POLL: i64 = 5 * time::MINUTE;

impl Collector {
    /// Notes the windows that are due.
    pub(super) fn list_log(&self, log: Log, pass: &mut Pass) -> Result<()> {
        let (now, name) = (self.clock.now(), log.as_str());
        let reach = micros(log.reach());
        let first = earliest(log, now);
        self.ledger.note_scope(&self.tenant, name, first + FIRST_LISTING_MAX, reach)?;
        // What fails is tried again before more is asked for.
        if self.ledger.is_waiting(&self.tenant, name)? {
            return Ok(());
        }
        let coverage = self.ledger.coverage(self.tenant.as_str(), name, first)?;
        if coverage.last().is_some_and(|last| last.listed + POLL > now) {
            return Ok(());
        }
        let (overlap, longest) = (micros(log.overlap()), micros(log.span_max()));
        for window in due(first, now, &coverage, overlap, longest) {
            let blob = as_blob(log, window, now, reach);
            let blobs = std::slice::from_ref(&blob);
            self.ledger.note_listing(&self.tenant, name, Some(window), blobs, now)?;
            pass.windows += 1;
        }
        Ok(())
    }

    pub(super) async fn fetch_window(
        &self,
        graph: &Graph,
        blob: &KnownBlob,
        intake: &Intake,
    ) -> Result<Fetched> {
        let Some((log, window)) = as_window(blob) else {
            return Err(anyhow!("the ledger holds {:?} of {:?}", blob.uri, blob.content_type));
        };
        let mark = intake.mark();
        match self.fetch_pages(graph, log, window, intake).await? {
            Ok(records) => {
                let stored = StoredBlob { content_id: blob.content_id.clone(), records };
                intake.blob(self.tenant.clone(), stored, mark).await?;
                Ok(Fetched::Stored)
            }
            Err(error) => self.failed(blob, error),
        }
    }

    async fn fetch_pages(
        &self,
        graph: &Graph,
        log: Log,
        window: LogWindow,
        intake: &Intake,
    ) -> Result<std::result::Result<u64, Error>> {
        let mut listing = graph.list(log, window);
        let mut records = 0;
        loop {
            let mut envelopes = match listing.next_page().await {
                Ok(Some(page)) => page.envelopes,
                Ok(None) => return Ok(Ok(records)),
                Err(error) => return Ok(Err(error)),
            };
            records += envelopes.len() as u64;
            if !log.is_by_time() {
                self.date(&mut envelopes);
            }
            self.take_in(envelopes, intake).await?;
        }
    }

    /// A picture of the present says no time; it is of the time it was taken.
    fn date(&self, envelopes: &mut [Envelope]) {
        let wrapper = format!(r#"{{"createdDateTime":"{}"}}"#, time::iso_text(self.clock.now()));
        for envelope in envelopes {
            envelope.wrapper = Some(wrapper.clone().into());
        }
    }
}

/// The same window may be read again for late rows, so the time of noting is part of the name.
fn as_blob(log: Log, window: Window, now: i64, reach: i64) -> KnownBlob {
    let span = format!("{}/{}", time::iso_text(window.start), time::iso_text(window.stop));
    KnownBlob {
        content_type: log.as_str().to_owned(),
        content_id: format!("{log} {span} noted {}", time::iso_text(now)),
        uri: span,
        created: Some(window.start),
        expires: Some(window.start + reach),
        attempts: 0,
    }
}

fn as_window(blob: &KnownBlob) -> Option<(Log, LogWindow)> {
    let log = blob.content_type.parse().ok()?;
    let (start, stop) = blob.uri.split_once('/')?;
    let window = LogWindow::new(time::parse(start)?, time::parse(stop)?).ok()?;
    Some((log, window))
}

fn micros(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_comes_back_from_the_ledger() {
        for log in Log::ALL {
            let window = Window { start: 3 * time::HOUR, stop: 5 * time::HOUR };
            let blob = as_blob(log, window, 7 * time::HOUR, time::DAY);
            let back = LogWindow::new(window.start, window.stop).unwrap();
            assert_eq!(as_window(&blob), Some((log, back)));
        }
    }
}
