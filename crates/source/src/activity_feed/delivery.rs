//! Did the service's calls to the webhook arrive?
//!
//! The service lists its attempts, with retries, so one content may appear several times. It is a
//! record of trouble, and no list of content (Management Activity API reference).

use serde_json::Value;

use super::ActivityFeed;
use super::content_type::ContentType;
use super::listing::Item;
use super::pages::Pages;
use super::window::Window;
use crate::service::error::{Error, readable};

/// One attempt to tell the webhook of one content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub content_type: ContentType,
    pub content_id: String,
    /// Microseconds since 1970, if the service said so readably.
    pub sent: Option<i64>,
    /// As the service writes it. `success` is documented, nothing else is.
    pub status: String,
}

impl Delivery {
    pub fn has_arrived(&self) -> bool {
        self.status.eq_ignore_ascii_case("success")
    }
}

/// The attempts of a window, page by page.
pub struct Deliveries {
    content_type: ContentType,
    pages: Pages,
}

impl ActivityFeed {
    /// Lists the service's attempts to notify in a window; there are none without a webhook.
    pub fn deliveries(&self, content_type: ContentType, window: Window) -> Deliveries {
        let operation = format!("list the notifications of {content_type} from {window}");
        let first = self.window_url("notifications", content_type, window);
        Deliveries { content_type, pages: Pages::new(self, operation, window, first) }
    }
}

impl Deliveries {
    /// The next page, or `None` after the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Delivery>>, Error> {
        let items = self.pages.next().await?;
        Ok(items.map(|items| items.iter().filter_map(|item| self.read(item)).collect()))
    }

    fn read(&self, value: &Value) -> Option<Delivery> {
        let item = Item::read(value)?;
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        Some(Delivery {
            content_type: item.content_type.unwrap_or(self.content_type),
            content_id: item.content_id.to_owned(),
            sent: text("notificationSent").and_then(event::time::parse),
            status: readable(text("notificationStatus").unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::*;

    #[tokio::test]
    async fn attempts_are_listed_with_their_outcome() {
        let next = "https://manage.office.com/api/v1/t/activity/feed/subscriptions/notifications?nextPage=2";
        let set = set(in_turn(vec![
            reply(
                200,
                r#"[{"contentType":"Audit.Exchange","contentId":"a$1","contentUri":"x","notificationSent":"2026-09-28T11:17:42.000Z","notificationStatus":"success"},
                    {"contentId":"a$1","notificationStatus":"failed"}, 7]"#,
            )
            .header("nextpageuri", next),
            reply(200, "[]"),
        ]));
        let now = event::time::parse(NOW).unwrap();
        let window = Window::new(now - 3_600_000_000, now).unwrap();
        let mut deliveries = set.feed.deliveries(ContentType::Exchange, window);
        let page = deliveries.next_page().await.unwrap().unwrap();
        assert_eq!(page.iter().map(Delivery::has_arrived).collect::<Vec<_>>(), [true, false]);
        assert_eq!(page[0].sent, event::time::parse("2026-09-28T11:17:42Z"));
        assert_eq!(deliveries.next_page().await.unwrap(), Some(vec![]));
        assert_eq!(deliveries.next_page().await.unwrap(), None);
        assert_eq!(
            set.network.lines()[0],
            "GET subscriptions/notifications?contentType=Audit.Exchange&startTime=2026-09-28T11%3A00%3A00&endTime=2026-09-28T12%3A00%3A00 Bearer token-1"
        );
    }
}
