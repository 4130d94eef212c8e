//! What is sent to webhooks, and when is it tried again?
//!
//! The reference describes validation and notification but publishes no figures for retries;
//! those here are ours.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::subscriptions::{Subscriptions, Webhook};
use crate::clock::{self, Millis, SECOND};
use crate::content_type::ContentType;
use crate::publication::{Blob, Publication};

/// Most objects in one notification.
const NOTIFICATION_OBJECTS_MAX: usize = 50;
/// After so many failures in a row the webhook is disabled.
const FAILURES_MAX: u32 = 8;
const FIRST_PAUSE: Millis = SECOND;
/// Notifications remembered for `/subscriptions/notifications`.
const HISTORY_MAX: usize = 10_000;

/// A request the emulator wants to make: POST `body` to `address`.
///
/// Whoever drives the emulator makes it and reports the status to
/// [`Emulator::validated`](super::Emulator::validated) or
/// [`Emulator::notified`](super::Emulator::notified).
#[derive(Clone, Debug)]
pub struct WebhookCall {
    pub address: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub(super) tenant: usize,
    pub(super) content_type: ContentType,
    pub(super) purpose: Purpose,
}

#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// The webhook to set once it has proved itself.
    Validate { webhook: Webhook, publisher_missing: bool },
    Notify {
        /// Content as listings show it.
        objects: Vec<Value>,
        /// When the last of it became visible.
        until: Millis,
    },
}

/// An attempt to notify, as `/subscriptions/notifications` lists it.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) content_type: ContentType,
    pub(super) at: Millis,
    pub(super) content: Value,
    pub(super) success: bool,
}

/// The attempts of one tenant, the oldest first.
#[derive(Debug, Default)]
pub(super) struct NotificationLog {
    sent: VecDeque<Sent>,
    /// Number of the first entry; numbers rise by one.
    first: u64,
}

impl NotificationLog {
    fn add(&mut self, sent: Sent) {
        if self.sent.len() == HISTORY_MAX {
            self.sent.pop_front();
            self.first += 1;
        }
        self.sent.push_back(sent);
    }

    /// Objects of attempts in `from..until` with a number above `after`, at most `limit`;
    /// and number and time of the last one when there are more.
    pub(super) fn list(
        &self,
        content_type: ContentType,
        from: Millis,
        until: Millis,
        after: Option<u64>,
        limit: usize,
    ) -> (Vec<Value>, Option<(u64, Millis)>) {
        let fits = |(number, sent): &(u64, &Sent)| {
            sent.content_type == content_type
                && (from..until).contains(&sent.at)
                && after.is_none_or(|after| *number > after)
        };
        let mut found: Vec<(u64, &Sent)> =
            (self.first..).zip(&self.sent).filter(fits).take(limit + 1).collect();
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more).map(|(number, sent)| (*number, sent.at));
        (found.into_iter().map(|(_, sent)| sent.to_json()).collect(), last)
    }
}

impl Sent {
    fn to_json(&self) -> Value {
        let mut object = self.content.clone();
        object["notificationSent"] = clock::with_millis(self.at).into();
        // Only "success" is documented.
        object["notificationStatus"] = if self.success { "success" } else { "failed" }.into();
        object
    }
}

/// The call that asks a new webhook to prove itself.
pub(super) fn validation(
    tenant: usize,
    content_type: ContentType,
    webhook: Webhook,
    code: &str,
    publisher_missing: bool,
) -> WebhookCall {
    let mut headers = vec![("Content-Type", "application/json; charset=utf-8".to_owned())];
    headers.extend(webhook.auth_id.clone().map(|auth_id| ("Webhook-AuthID", auth_id)));
    headers.push(("Webhook-ValidationCode", code.to_owned()));
    WebhookCall {
        address: webhook.address.clone(),
        headers,
        body: json!({"validationCode": code}).to_string(),
        tenant,
        content_type,
        purpose: Purpose::Validate { webhook, publisher_missing },
    }
}

/// What a notification says about a blob besides its listing.
pub(super) struct Sender<'a> {
    pub(super) tenant: usize,
    pub(super) tenant_id: &'a str,
    pub(super) client_id: &'a str,
}

/// The next call for a subscription's webhook, if there is something new and it is time.
pub(super) fn notification(
    sender: &Sender<'_>,
    content_type: ContentType,
    webhook: &Webhook,
    publication: &Publication<'_>,
    now: Millis,
    late_max: Millis,
    describe: impl Fn(&Blob) -> Value,
) -> Option<WebhookCall> {
    if !webhook.is_enabled(now) || webhook.next_attempt > now {
        return None;
    }
    let from = webhook.notified_until.saturating_sub(late_max);
    let mut blobs: Vec<Blob> = publication
        .list(content_type, from, now + 1, now, None, usize::MAX)
        .into_iter()
        .filter(|blob| blob.visible_at > webhook.notified_until)
        .collect();
    if blobs.is_empty() {
        return None;
    }
    blobs.sort_by_key(|blob| blob.visible_at);
    // Blobs of one moment stay together, or the next notification would miss some.
    let mut count = blobs.len().min(NOTIFICATION_OBJECTS_MAX);
    while count < blobs.len() && blobs[count].visible_at == blobs[count - 1].visible_at {
        count += 1;
    }
    blobs.truncate(count);
    let until = blobs[count - 1].visible_at;
    let objects: Vec<Value> = blobs.iter().map(&describe).collect();
    let body: Vec<Value> = objects
        .iter()
        .map(|object| {
            let mut object = object.clone();
            object["tenantId"] = sender.tenant_id.into();
            object["clientId"] = sender.client_id.into();
            object
        })
        .collect();
    let mut headers = vec![("Content-Type", "application/json; utf-8".to_owned())];
    headers.extend(webhook.auth_id.clone().map(|auth_id| ("Webhook-AuthID", auth_id)));
    Some(WebhookCall {
        address: webhook.address.clone(),
        headers,
        body: Value::from(body).to_string(),
        tenant: sender.tenant,
        content_type,
        purpose: Purpose::Notify { objects, until },
    })
}

/// Takes note of how a notification went.
pub(super) fn record(
    subscriptions: &mut Subscriptions,
    log: &mut NotificationLog,
    call: &WebhookCall,
    success: bool,
    now: Millis,
) {
    let Purpose::Notify { objects, until } = &call.purpose else { return };
    for content in objects {
        let content = content.clone();
        log.add(Sent { content_type: call.content_type, at: now, content, success });
    }
    let Some(webhook) = subscriptions.get_mut(call.content_type).and_then(|it| it.webhook.as_mut())
    else {
        return;
    };
    if webhook.address != call.address {
        return;
    }
    if success {
        webhook.failures = 0;
        webhook.notified_until = webhook.notified_until.max(*until);
        return;
    }
    webhook.failures += 1;
    webhook.next_attempt = now + (FIRST_PAUSE << webhook.failures.min(10));
    webhook.disabled = webhook.failures >= FAILURES_MAX;
}
