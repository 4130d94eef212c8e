//! How is a list followed from page to page?

use std::collections::HashSet;

use bytes::Bytes;
use url::Url;

use super::page::{self, Content};
use super::workload::Workload;
use super::{Graph, refusal};
use crate::service::call::{Answer, Call};
use crate::service::error::{Error, Kind, excerpt};
use crate::service::transport::Method;
use crate::service::{Api, Priority};

/// Pages of one list: millions of records.
pub const PAGES_MAX: u64 = 20_000;

/// What a call needs, and whose requests it counts among.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    pub permission: &'static str,
    /// What a refusal may mean besides.
    pub hint: &'static str,
    pub workload: Workload,
}

/// A list being read.
pub(super) struct Pages {
    graph: Graph,
    operation: String,
    needs: Needs,
    /// Where to go on; `None` after the last page, an error where the way on is barred.
    next: Result<Option<Url>, Error>,
    read: u64,
    /// Hashes of the addresses read so far, which are long.
    links: HashSet<[u8; 32]>,
}

impl Pages {
    /// A list whose first page is at this address, checked to lie within the cloud.
    pub fn new(graph: &Graph, operation: String, needs: Needs, first: Url) -> Pages {
        let next = Ok(Some(first));
        Pages { graph: graph.clone(), operation, needs, next, read: 0, links: HashSet::new() }
    }

    /// The rows of the next page, or `None` after the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Bytes>>, Error> {
        let Some(url) = self.next.clone()? else {
            return Ok(None);
        };
        if self.read == PAGES_MAX {
            let words = format!("there are more than {PAGES_MAX} pages; ask for a shorter time");
            return Err(self.error(Kind::Broken, words));
        }
        let answer = self.graph.ask(&self.operation, self.needs, Method::GET, url.clone(), None);
        let answer = answer.await.map_err(|error| self.judged(error))?;
        let content = page::read(&answer.body).map_err(|words| {
            let body = excerpt(&answer.body);
            self.error(Kind::Broken, words).with_answer(None, None, body)
        })?;
        let Content { rows, next_link } = content;
        self.links.insert(hash(&url));
        self.next = self.checked(next_link);
        self.read += 1;
        Ok(Some(rows))
    }

    /// Pages read so far.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// The address of the page that [`next_page`](Self::next_page) will ask for.
    pub fn next_link(&self) -> Option<&Url> {
        self.next.as_ref().ok()?.as_ref()
    }

    /// True when the last page was read.
    pub fn is_done(&self) -> bool {
        matches!(self.next, Ok(None))
    }

    /// A link that the service no longer takes cannot be mended by asking again.
    fn judged(&self, error: Error) -> Error {
        match (self.read > 0, error.kind()) {
            (true, Kind::Rejected | Kind::Expired) => error.with_kind(Kind::Broken),
            _ => error,
        }
    }

    /// The link is followed untouched, but only within the cloud and never twice.
    fn checked(&self, link: Option<String>) -> Result<Option<Url>, Error> {
        let Some(link) = link else { return Ok(None) };
        let url = self.graph.trusted(&self.operation, &link)?;
        if self.links.contains(&hash(&url)) {
            let words = "the pages point to each other in a circle; list them anew";
            return Err(self.error(Kind::Broken, words));
        }
        Ok(Some(url))
    }

    fn error(&self, kind: Kind, words: impl Into<String>) -> Error {
        self.graph.error(kind, &self.operation, words)
    }
}

fn hash(url: &Url) -> [u8; 32] {
    *blake3::hash(url.as_str().as_bytes()).as_bytes()
}

impl Graph {
    /// The address of a next page, if a token may go there.
    pub(super) fn trusted(&self, operation: &str, link: &str) -> Result<Url, Error> {
        let url = self.settings().cloud.trusted(Api::Graph, link);
        url.map_err(|words| self.error(Kind::Untrusted, operation, format!("next page: {words}")))
    }

    pub(super) async fn ask(
        &self,
        operation: &str,
        needs: Needs,
        method: Method,
        url: Url,
        body: Option<String>,
    ) -> Result<Answer, Error> {
        let call = Call {
            operation: operation.to_owned(),
            method,
            url,
            body,
            timeout: self.settings().timeouts.answer,
            priority: Priority::Fresh,
        };
        let answer = match self.0.budgets.of(needs.workload) {
            Some(budget) => self.0.service.answer_within(budget, &call).await,
            None => self.0.service.answer(&call).await,
        };
        answer.map_err(|error| match refusal::denial(&error, needs) {
            Some(words) => self.error(Kind::Denied, operation, words).with_answer(
                error.code().map(str::to_owned),
                error.status(),
                error.body().to_owned(),
            ),
            None => error,
        })
    }
}
