//! What did a log write in a window?

use event::Envelope;
use url::Url;

use super::log::Facts;
use super::page;
use super::pages::{Needs, Pages};
use super::{Graph, Log, Window};
use crate::files::read::Found;
use crate::service::error::{Error, Kind};

/// One page of a log.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its records, raw bytes as sent. There may be none, and more in the next page.
    pub envelopes: Vec<Envelope>,
}

/// A window of a log being listed, page by page.
pub struct Listing {
    graph: Graph,
    log: Log,
    window: Window,
    pages: Pages,
}

impl Graph {
    /// Lists what a log has in a window; the pages are asked for one by one. The window may be
    /// longer than [`Log::span_max`], though not than the service allows. A log without time is
    /// listed as it is now.
    ///
    /// The same record may come again: in a window that overlaps, changed under the same id, and
    /// where a message trace ends.
    pub fn list(&self, log: Log, window: Window) -> Listing {
        let facts = log.facts();
        let operation = match facts.time {
            Some(_) => format!("list {log} from {window}"),
            None => format!("list {log}"),
        };
        let needs =
            Needs { permission: facts.permission, hint: facts.hint, workload: facts.workload };
        let first = address(self.url(facts.path), facts, window);
        let pages = Pages::new(self, operation, needs, first);
        Listing { graph: self.clone(), log, window, pages }
    }
}

impl Listing {
    /// The next page, or `None` when the window has been listed whole. After an error it has not,
    /// and what earlier pages held is still good; asking again asks for the failed page again.
    ///
    /// [`Kind::Expired`] means that the window starts before the log's reach, [`Kind::Broken`] that
    /// the pages lead nowhere and the window must be listed anew.
    pub async fn next_page(&mut self) -> Result<Option<Page>, Error> {
        let rows = self.pages.next_page().await.map_err(|error| self.judged(error))?;
        Ok(rows.map(|rows| {
            let origin = format!("{} page {}", self.window, self.pages.read());
            let name = self.log.as_str();
            Page { envelopes: page::envelopes(rows, name, origin, |_| Found::Whole) }
        }))
    }

    /// The service does not tell a window that is past its reach from one that it cannot read.
    fn judged(&self, error: Error) -> Error {
        let refused = error.kind() == Kind::Rejected && error.status() == Some(400);
        match refused && self.window.is_past(self.log, self.graph.now()) {
            true => error.with_kind(Kind::Expired),
            false => error,
        }
    }
}

fn address(mut url: Url, facts: &Facts, window: Window) -> Url {
    let mut options = Vec::new();
    if let Some(time) = facts.time {
        let (start, end) = (window.start_text(), window.end_text());
        let mut filter = format!("{time} ge {start} and {time} {} {end}", facts.end);
        if let Some(also) = facts.also {
            filter = format!("{filter} and {also}");
        }
        options.push(format!("$filter={filter}"));
    }
    options.extend(facts.top.map(|top| format!("$top={top}")));
    // Not as a form: OData knows `%20` for a blank, and `$` as it is.
    url.set_query((!options.is_empty()).then(|| options.join("&")).as_deref());
    url
}
