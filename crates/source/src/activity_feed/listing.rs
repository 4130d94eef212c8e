//! Which blobs became available in a window?
//!
//! A listing comes in pages, each with the address of the next. The window is listed whole when a
//! page names no next one; until then more may follow.

use std::collections::HashSet;

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use super::ActivityFeed;
use super::content_type::ContentType;
use super::refusal::SPAN_REFUSED;
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

/// One content item as listed: where it is and how long it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRef {
    pub content_type: ContentType,
    /// Opaque; the same id is the same content.
    pub content_id: String,
    /// Not yet checked: [`ActivityFeed::fetch`] refuses addresses outside the cloud.
    pub uri: String,
    /// When it became available, in microseconds since 1970, if the service said so readably.
    pub created: Option<i64>,
    /// When it can no longer be fetched.
    pub expires: Option<i64>,
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// What this window had not listed before.
    pub blobs: Vec<BlobRef>,
    /// Entries that name no content, as sent: somebody should look at them.
    pub unreadable: Vec<String>,
}

/// A window being listed, page by page.
pub struct Listing {
    feed: ActivityFeed,
    content_type: ContentType,
    window: Window,
    operation: String,
    /// Where to go on; `None` after the last page, an error where the way on is barred.
    next: Result<Option<Url>, Error>,
    pages: usize,
    links: HashSet<String>,
    /// Hashes of the ids named so far: a window may hold millions, and the ids are long.
    content_ids: HashSet<[u8; 32]>,
}

impl ActivityFeed {
    /// Lists what became available in a window; the pages are asked for one by one.
    pub fn list(&self, content_type: ContentType, window: Window) -> Listing {
        let (start, end) = (window.start_text(), window.end_text());
        let parameters =
            [("contentType", content_type.as_str()), ("startTime", &start), ("endTime", &end)];
        Listing {
            feed: self.clone(),
            content_type,
            window,
            operation: format!("list {content_type} from {window}"),
            next: Ok(Some(self.url(&["subscriptions", "content"], &parameters))),
            pages: 0,
            links: HashSet::new(),
            content_ids: HashSet::new(),
        }
    }
}

impl Listing {
    /// The next page, or `None` when the window has been listed whole. After an error it has not,
    /// and what earlier pages held is still good; asking again asks for the failed page again.
    pub async fn next_page(&mut self) -> Result<Option<Page>, Error> {
        let Some(url) = self.next.clone()? else {
            return Ok(None);
        };
        if self.pages == PAGES_MAX {
            let words = format!("there are more than {PAGES_MAX} pages; list shorter windows");
            return Err(self.error(Kind::Broken, words));
        }
        let call = Call {
            operation: self.operation.clone(),
            method: Method::GET,
            url: url.clone(),
            body: None,
            timeout: self.feed.0.service.settings.timeouts.answer,
        };
        let answer = self.feed.0.service.answer(&call).await.map_err(|error| self.judged(error))?;
        let page = self.read(&answer)?;
        self.links.insert(url.into());
        self.next = self.next_link(&answer.headers);
        self.pages += 1;
        Ok(Some(page))
    }

    /// All that remains, and whether the window was listed whole. Convenient where a listing is
    /// short; memory is bounded by the number of pages only.
    pub async fn rest(mut self) -> (Page, Result<(), Error>) {
        let mut all = Page::default();
        loop {
            match self.next_page().await {
                Ok(None) => return (all, Ok(())),
                Err(error) => return (all, Err(error)),
                Ok(Some(page)) => {
                    all.blobs.extend(page.blobs);
                    all.unreadable.extend(page.unreadable);
                }
            }
        }
    }

    /// The service does not tell a window that has passed out of its reach from one that is too long.
    fn judged(&self, error: Error) -> Error {
        let refused = error.code().is_some_and(|code| SPAN_REFUSED.contains(&code));
        match refused && self.window.is_past(self.feed.0.service.world.clock.now()) {
            true => error.with_kind(Kind::Expired),
            false => error,
        }
    }

    fn read(&mut self, answer: &Answer) -> Result<Page, Error> {
        let items: Vec<Value> = serde_json::from_slice(&answer.body).map_err(|_| {
            self.error(Kind::Broken, "the answer is no list of content").with_answer(
                None,
                None,
                excerpt(&answer.body),
            )
        })?;
        let mut page = Page::default();
        for item in items {
            match self.blob(&item) {
                None => page.unreadable.push(item.to_string()),
                Some(blob) => {
                    let id = blake3::hash(blob.content_id.as_bytes());
                    if self.content_ids.insert(*id.as_bytes()) {
                        page.blobs.push(blob);
                    }
                }
            }
        }
        Ok(page)
    }

    /// Reads one entry. Of id and address one may be missing, since each holds the other.
    fn blob(&self, item: &Value) -> Option<BlobRef> {
        let text = |key: &str| item.get(key)?.as_str().filter(|text| !text.is_empty());
        let time = |key: &str| text(key).and_then(event::time::parse);
        let uri = text("contentUri");
        let content_id = text("contentId").or_else(|| uri?.rsplit('/').next())?;
        let tenant_id = self.feed.0.service.settings.tenant_id.as_str();
        let cloud = &self.feed.0.service.settings.cloud;
        Some(BlobRef {
            content_type: text("contentType")
                .and_then(|name| name.parse().ok())
                .unwrap_or(self.content_type),
            content_id: content_id.to_owned(),
            uri: match uri {
                Some(uri) => uri.to_owned(),
                None => cloud.feed_url(tenant_id, ["audit", content_id]).into(),
            },
            created: time("contentCreated"),
            expires: time("contentExpiration"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::*;

    const ROOT: &str = "https://manage.office.com/api/v1/t/activity/feed/subscriptions/content";

    fn window(hours_ago: i64) -> Window {
        let start = event::time::parse(NOW).unwrap() - hours_ago * 3_600_000_000;
        Window::new(start, start + 3_600_000_000).unwrap()
    }

    fn entry(id: &str) -> String {
        format!(
            r#"{{"contentType":"Audit.Exchange","contentId":"{id}","contentUri":"https://manage.office.com/audit/{id}","contentCreated":"2026-09-28T10:17:42.000Z","contentExpiration":"2026-10-05T10:17:42.000Z"}}"#
        )
    }

    fn page(ids: &[&str]) -> Reply {
        let entries: Vec<String> = ids.iter().map(|id| entry(id)).collect();
        reply(200, format!("[{}]", entries.join(",")))
    }

    /// Lists a window answered by these replies: ids and how it ended, in one line.
    async fn list(replies: Vec<Reply>) -> (String, Vec<String>) {
        let set = set(in_turn(replies));
        let (page, end) = set.feed.list(ContentType::Exchange, window(1)).rest().await;
        let ids: Vec<&str> = page.blobs.iter().map(|blob| blob.content_id.as_str()).collect();
        let end = match end {
            Ok(()) => "whole".to_owned(),
            Err(error) => format!("{:?}", error.kind()),
        };
        (format!("{} {end}", ids.join(" ")), set.network.lines())
    }

    #[tokio::test]
    async fn pages_are_followed_to_the_last() {
        let next = |number: u32| format!("{ROOT}?contentType=Audit.Exchange&nextPage={number}");
        let (listed, lines) = list(vec![
            page(&["a$1", "b$2"]).header("nextpageuri", next(2)),
            page(&[]).header("nextpageurl", format!("{}&publisheridentifier={TENANT}", next(3))),
            // Pages may overlap; a blob is named once.
            page(&["b$2", "c$3"]).header("nextpageuri", ""),
        ])
        .await;
        assert_eq!(listed, "a$1 b$2 c$3 whole");
        assert_eq!(
            lines[0],
            "GET subscriptions/content?contentType=Audit.Exchange&startTime=2026-09-28T11%3A00%3A00&endTime=2026-09-28T12%3A00%3A00 Bearer token-1"
        );
        assert!(lines[1].ends_with("nextPage=2 Bearer token-1"), "{lines:?}");
        assert_eq!(lines.len(), 3);
    }

    #[tokio::test]
    async fn a_window_that_is_not_whole_says_so() {
        let check = async |second: Vec<Reply>, link: &str, expected: &str| {
            let mut replies = vec![page(&["a"]).header("nextpageuri", link)];
            replies.extend(second);
            let (listed, _) = list(replies).await;
            assert_eq!(listed, expected);
        };
        let two = format!("{ROOT}?nextPage=2");
        // The second request is never sent: the script would panic.
        check(vec![], "https://manage.office.com.example.org/?nextPage=2", "a Untrusted").await;
        check(vec![], "http://manage.office.com/?nextPage=2", "a Untrusted").await;
        check(vec![], "https://u:p@manage.office.com/?nextPage=2", "a Untrusted").await;
        let circle = page(&["b"]).header("nextpageuri", two.clone());
        check(vec![circle], &two, "a b Broken").await;
        check(vec![refusal(400, "AF20031")], &two, "a Broken").await;
        check(vec![reply(200, "{}")], &two, "a Broken").await;
        check(vec![refusal(400, "AF20022")], &two, "a NoSubscription").await;
    }

    #[tokio::test]
    async fn pages_have_a_limit() {
        let mut pages = 0;
        let set = set(move |seen| {
            (!seen.is_sign_in()).then(|| {
                pages += 1;
                page(&[]).header("nextpageuri", format!("{ROOT}?nextPage={pages}"))
            })
        });
        let (_, end) = set.feed.list(ContentType::General, window(1)).rest().await;
        let error = end.unwrap_err();
        assert!(error.kind() == Kind::Broken && error.to_string().contains("pages"), "{error}");
        assert_eq!(set.network.calls().len(), PAGES_MAX);
    }

    #[tokio::test]
    async fn entries_are_read_with_tolerance() {
        let set = set(in_turn(vec![reply(
            200,
            r#"[{"contentType":"Audit.Exchange","contentId":"a$1","contentUri":"https://manage.office.com/x/a$1","contentCreated":"2026-09-28T10:17:42.000Z","contentExpiration":"2026-10-05T10:17:42Z","new":{}},
                {"contentUri":"https://manage.office.com/x/b$2"},
                {"contentId":"c$3","contentUri":null,"contentCreated":"soon","contentType":"Audit.New"},
                {"contentCreated":"2026-09-28T10:17:42.000Z"}, 7]"#,
        )]));
        let mut listing = set.feed.list(ContentType::General, window(1));
        let page = listing.next_page().await.unwrap().unwrap();
        let time = |text| event::time::parse(text);
        let blob = |content_type, id: &str, uri: String, created, expires| BlobRef {
            content_type,
            content_id: id.into(),
            uri,
            created,
            expires,
        };
        let root = "https://manage.office.com";
        let built = format!("{root}/api/v1.0/{TENANT}/activity/feed/audit/c$3");
        assert_eq!(
            page.blobs,
            [
                blob(
                    ContentType::Exchange,
                    "a$1",
                    format!("{root}/x/a$1"),
                    time("2026-09-28T10:17:42Z"),
                    time("2026-10-05T10:17:42Z")
                ),
                blob(ContentType::General, "b$2", format!("{root}/x/b$2"), None, None),
                blob(ContentType::General, "c$3", built, None, None),
            ]
        );
        assert_eq!(page.unreadable, [r#"{"contentCreated":"2026-09-28T10:17:42.000Z"}"#, "7"]);
        assert_eq!(listing.next_page().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_window_out_of_reach_is_a_gap_and_a_wrong_one_is_not() {
        let check = async |hours_ago: i64, code: &'static str, expected: Kind| {
            let set = set(in_turn(vec![refusal(400, code)]));
            let mut listing = set.feed.list(ContentType::Exchange, window(hours_ago));
            assert_eq!(listing.next_page().await.unwrap_err().kind(), expected);
        };
        check(24 * 7 + 1, "AF20055", Kind::Expired).await;
        check(24 * 7 + 1, "AF20030", Kind::Expired).await;
        check(24 * 7 + 1, "AF20002", Kind::Rejected).await;
        check(24 * 6, "AF20055", Kind::Rejected).await;
    }

    #[tokio::test]
    async fn a_failed_page_can_be_asked_for_again() {
        let two = format!("{ROOT}?nextPage=2");
        let set = set(in_turn(vec![
            page(&["a"]).header("nextpageuri", two),
            reply(429, "").header("retry-after", "600"),
            page(&["b"]),
        ]));
        let mut listing = set.feed.list(ContentType::Exchange, window(1));
        assert_eq!(listing.next_page().await.unwrap().unwrap().blobs.len(), 1);
        assert!(matches!(listing.next_page().await.unwrap_err().kind(), Kind::Later { .. }));
        assert_eq!(listing.next_page().await.unwrap().unwrap().blobs[0].content_id, "b");
        assert_eq!(listing.next_page().await.unwrap(), None);
    }
}
