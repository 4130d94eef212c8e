//! Which page comes next?
//!
//! Answers to a window come in pages, each with the address of the next. The window was told whole
//! when a page names no next one.

use std::collections::HashSet;

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use super::ActivityFeed;
use super::refusal::{PAGE_UNKNOWN, SPAN_REFUSED};
use super::window::Window;
use crate::service::Api;
use crate::service::call::{Answer, Call};
use crate::service::error::{Error, Kind, excerpt};
use crate::service::transport::Method;

/// Pages of one window. The service publishes neither a size nor a number; this many would be
/// millions of blobs.
pub const PAGES_MAX: usize = 20_000;

/// The header that names the next page. The reference knows both spellings.
const NEXT_PAGE: [&str; 2] = ["nextpageuri", "nextpageurl"];

/// A window being read, page by page.
pub(super) struct Pages {
    feed: ActivityFeed,
    operation: String,
    window: Window,
    first: Url,
    /// Where to go on; `None` after the last page, an error where the way on is barred.
    next: Result<Option<Url>, Error>,
    pages: usize,
    links: HashSet<String>,
    is_anew: bool,
}

impl Pages {
    pub fn new(feed: &ActivityFeed, operation: String, window: Window, first: Url) -> Pages {
        Pages {
            feed: feed.clone(),
            operation,
            window,
            next: Ok(Some(first.clone())),
            first,
            pages: 0,
            links: HashSet::new(),
            is_anew: false,
        }
    }

    /// The entries of the next page, or `None` after the last. After an error, asking again asks for
    /// the failed page again. Entries may come twice.
    pub async fn next(&mut self) -> Result<Option<Vec<Value>>, Error> {
        let Some(url) = self.next.clone()? else {
            return Ok(None);
        };
        if self.pages == PAGES_MAX {
            let words = format!("there are more than {PAGES_MAX} pages; list shorter windows");
            return Err(self.error(Kind::Broken, words));
        }
        let (url, answer) = match self.ask(&url).await {
            Err(error) if self.can_begin_anew(&error) => {
                self.is_anew = true;
                self.links.clear();
                (self.first.clone(), self.ask(&self.first).await?)
            }
            answer => (url, answer?),
        };
        let items = self.read(&answer)?;
        self.links.insert(url.into());
        self.next = self.next_link(&answer.headers);
        self.pages += 1;
        Ok(Some(items))
    }

    async fn ask(&self, url: &Url) -> Result<Answer, Error> {
        let call = Call {
            operation: self.operation.clone(),
            method: Method::GET,
            url: url.clone(),
            body: None,
            timeout: self.feed.0.service.settings.timeouts.answer,
            priority: self.feed.1,
        };
        self.feed.0.service.answer(&call).await.map_err(|error| self.judged(error))
    }

    /// The service may forget a page that it pointed to; the window is then listed anew, once.
    fn can_begin_anew(&self, error: &Error) -> bool {
        error.code() == Some(PAGE_UNKNOWN) && self.pages > 0 && !self.is_anew
    }

    /// The service does not tell a window that has passed out of its reach from one that is too long.
    fn judged(&self, error: Error) -> Error {
        let refused = error.code().is_some_and(|code| SPAN_REFUSED.contains(&code));
        match refused && self.window.is_past(self.feed.0.service.world.clock.now()) {
            true => error.with_kind(Kind::Expired),
            false => error,
        }
    }

    fn read(&self, answer: &Answer) -> Result<Vec<Value>, Error> {
        serde_json::from_slice(&answer.body).map_err(|_| {
            let error = self.error(Kind::Broken, "the answer is no list of content");
            error.with_answer(None, None, excerpt(&answer.body))
        })
    }

    /// The address of the next page, checked: it must lie within the cloud and be new.
    fn next_link(&self, headers: &HeaderMap) -> Result<Option<Url>, Error> {
        let Some(value) = NEXT_PAGE.iter().find_map(|name| headers.get(*name)) else {
            return Ok(None);
        };
        let link = String::from_utf8_lossy(value.as_bytes());
        if link.trim().is_empty() {
            return Ok(None);
        }
        let url = self.feed.0.service.settings.cloud.trusted(Api::ActivityFeed, link.trim());
        let url =
            url.map_err(|words| self.error(Kind::Untrusted, format!("next page: {words}")))?;
        let url = self.feed.with_publisher(url);
        if self.links.contains(url.as_str()) {
            let words = "the pages point to each other in a circle; list the window anew";
            return Err(self.error(Kind::Broken, words));
        }
        Ok(Some(url))
    }

    fn error(&self, kind: Kind, words: impl Into<String>) -> Error {
        self.feed.error(kind, &self.operation, words)
    }
}
