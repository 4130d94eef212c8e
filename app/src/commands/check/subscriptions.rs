//! Is the tenant subscribed, and do the webhooks work?

use std::collections::HashSet;

use event::time;
use source::activity_feed::{
    ActivityFeed, ContentType, Status, Subscription, Webhook, WebhookWish, Window,
};
use source::service::Error;

use super::report::Items;

/// Pages of notifications that are looked at, of each content type.
const NOTIFICATION_PAGES_MAX: usize = 10;

const COLLECT_SETS_IT: &str = "trail365 collect sets it anew";

/// One line for each content type, and one for its webhook.
pub async fn check(
    feed: &ActivityFeed,
    content_types: &[ContentType],
    present: &[Subscription],
    wish: Option<&WebhookWish>,
    now: i64,
    items: &mut Items,
) {
    for &content_type in content_types {
        let subscription = present
            .iter()
            .find(|known| known.content_type.eq_ignore_ascii_case(content_type.as_str()));
        subscribed(content_type, subscription.map(|known| known.status), items);
        let webhook = subscription.and_then(|known| known.webhook.as_ref());
        let check = format!("webhook {content_type}");
        if let Some(wish) = wish {
            as_wished(&check, webhook, wish, items);
        } else if let Some(webhook) = webhook {
            let words = format!(
                "the service calls {} ({}), which this configuration does not name",
                webhook.address,
                name(webhook.status)
            );
            items.note(&check, words);
        }
        if webhook.is_some() {
            let failed = undelivered(feed, content_type, now).await;
            delivered(&check, failed, wish.is_some(), items);
        }
    }
}

/// One that is not started yet is nothing wrong: collecting starts it.
fn subscribed(content_type: ContentType, status: Option<Status>, items: &mut Items) {
    let check = format!("subscription {content_type}");
    let start = "trail365 collect starts it; what becomes available before is not listed";
    match status {
        Some(Status::Enabled) => items.ok(&check, "enabled"),
        Some(status) => items.warn(
            &check,
            format!("{}: somebody switched it off, and nothing becomes available", name(status)),
            start,
        ),
        None => items.warn(&check, "none yet", start),
    }
}

fn as_wished(check: &str, webhook: Option<&Webhook>, wish: &WebhookWish, items: &mut Items) {
    let address = wish.address();
    let answer = format!(
        "make {address} answer 200 within seconds (curl -si -X POST {address}), keep trail365 \
         collect running behind it; {COLLECT_SETS_IT}"
    );
    match webhook {
        None => items.warn(check, format!("{address} is not set yet"), COLLECT_SETS_IT),
        Some(webhook)
            if webhook.address.trim_end_matches('/') != address.as_str().trim_end_matches('/') =>
        {
            let words = format!("the service calls {} instead of {address}", webhook.address);
            items.warn(check, words, COLLECT_SETS_IT);
        }
        Some(webhook) => match webhook.status {
            Status::Enabled => items.ok(check, format!("{address} is enabled")),
            Status::Disabled => {
                let words = format!("disabled: the service gave up calling {address}");
                items.wrong(check, words, answer);
            }
            Status::Expired => {
                let words = format!("expired: the service no longer calls {address}");
                items.wrong(check, words, COLLECT_SETS_IT);
            }
        },
    }
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Enabled => "enabled",
        Status::Disabled => "disabled",
        Status::Expired => "expired",
    }
}

/// Contents of the last day of which no notification arrived, and how many there were.
async fn undelivered(
    feed: &ActivityFeed,
    content_type: ContentType,
    now: i64,
) -> Result<(usize, usize), Error> {
    let window = Window::new(now - time::DAY, now).expect("a day is a window");
    let mut deliveries = feed.deliveries(content_type, window);
    let (mut all, mut arrived) = (HashSet::new(), HashSet::new());
    for _ in 0..NOTIFICATION_PAGES_MAX {
        let Some(page) = deliveries.next_page().await? else { break };
        for delivery in page {
            if delivery.has_arrived() {
                arrived.insert(delivery.content_id.clone());
            }
            all.insert(delivery.content_id);
        }
    }
    Ok((all.difference(&arrived).count(), all.len()))
}

fn delivered(check: &str, failed: Result<(usize, usize), Error>, is_ours: bool, items: &mut Items) {
    let check = format!("{check} notifications");
    match failed {
        Err(error) => items.note(&check, error.to_string()),
        Ok((0, 0)) => items.note(&check, "none in the last 24 hours"),
        Ok((0, all)) => items.ok(&check, format!("{all} arrived in the last 24 hours")),
        Ok((failed, all)) => {
            let words = format!(
                "{failed} of {all} did not arrive in the last 24 hours; pulling brings their \
                 content, only later"
            );
            match is_ours {
                true => items.wrong(
                    &check,
                    words,
                    "look at the log of what stands in front of the webhook's address, and keep \
                     trail365 collect running",
                ),
                false => items.note(&check, words),
            }
        }
    }
}
