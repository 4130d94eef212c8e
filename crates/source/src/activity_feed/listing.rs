//! Which blobs became available in a window?
//!
//! The window is listed whole when its last page is read; until then more may follow.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use super::ActivityFeed;
use super::content_type::ContentType;
use super::pages::Pages;
use super::window::Window;
use crate::service::Settings;
use crate::service::error::Error;

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
    pages: Pages,
    /// Hashes of the ids named so far: a window may hold millions, and the ids are long.
    content_ids: HashSet<[u8; 32]>,
}

impl ActivityFeed {
    /// Lists what became available in a window; the pages are asked for one by one.
    pub fn list(&self, content_type: ContentType, window: Window) -> Listing {
        let operation = format!("list {content_type} from {window}");
        let first = self.window_url("content", content_type, window);
        Listing {
            feed: self.clone(),
            content_type,
            pages: Pages::new(self, operation, window, first),
            content_ids: HashSet::new(),
        }
    }

    pub(super) fn window_url(&self, what: &str, content_type: ContentType, window: Window) -> Url {
        let (start, end) = (window.start_text(), window.end_text());
        let parameters =
            [("contentType", content_type.as_str()), ("startTime", &start), ("endTime", &end)];
        self.url(&["subscriptions", what], &parameters)
    }
}

impl Listing {
    /// The next page, or `None` when the window has been listed whole. After an error it has not,
    /// and what earlier pages held is still good; asking again asks for the failed page again.
    pub async fn next_page(&mut self) -> Result<Option<Page>, Error> {
        let items = self.pages.next().await?;
        Ok(items.map(|items| self.read(items)))
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

    fn read(&mut self, items: Vec<Value>) -> Page {
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
        page
    }

    /// Reads one entry, which may lack its address: the id gives it.
    fn blob(&self, item: &Value) -> Option<BlobRef> {
        let Settings { tenant_id, cloud, .. } = &*self.feed.0.service.settings;
        let item = Item::read(item)?;
        let built = || cloud.feed_url(tenant_id.as_str(), ["audit", item.content_id]).into();
        Some(BlobRef {
            content_type: item.content_type.unwrap_or(self.content_type),
            content_id: item.content_id.to_owned(),
            uri: item.uri.map_or_else(built, str::to_owned),
            created: item.created,
            expires: item.expires,
        })
    }
}

/// One content item as the service describes it, in listings and in notifications.
pub(super) struct Item<'a> {
    pub content_type: Option<ContentType>,
    pub content_id: &'a str,
    pub uri: Option<&'a str>,
    pub created: Option<i64>,
    pub expires: Option<i64>,
}

impl Item<'_> {
    /// Of id and address one may be missing, since each holds the other.
    pub fn read(item: &Value) -> Option<Item<'_>> {
        let text = |key: &str| item.get(key)?.as_str().filter(|text| !text.is_empty());
        let time = |key: &str| text(key).and_then(event::time::parse);
        let uri = text("contentUri");
        Some(Item {
            content_type: text("contentType").and_then(|name| name.parse().ok()),
            content_id: text("contentId").or_else(|| uri?.rsplit('/').next())?,
            uri,
            created: time("contentCreated"),
            expires: time("contentExpiration"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity_feed::PAGES_MAX;
    use crate::scripted::*;
    use crate::service::Kind;

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
        let forgotten = || refusal(400, "AF20031");
        check(vec![forgotten(), forgotten()], &two, "a Broken").await;
        check(vec![reply(200, "{}")], &two, "a Broken").await;
        check(vec![refusal(400, "AF20022")], &two, "a NoSubscription").await;
    }

    /// A page that the service no longer knows is no loss: the window is listed anew, once.
    #[tokio::test]
    async fn a_forgotten_page_begins_the_window_anew() {
        let next = |number: u32| format!("{ROOT}?nextPage={number}");
        let (listed, lines) = list(vec![
            page(&["a"]).header("nextpageuri", next(2)),
            refusal(400, "AF20031"),
            page(&["a", "b"]).header("nextpageuri", next(2)),
            page(&["c"]).header("nextpageuri", next(3)),
            refusal(400, "AF20031"),
        ])
        .await;
        assert_eq!((listed.as_str(), lines.len()), ("a b c Broken", 5));
        assert_eq!(lines[2], lines[0]);
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
