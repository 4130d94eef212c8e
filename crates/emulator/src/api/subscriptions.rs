//! What has the tenant subscribed to?

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::{NOT_HTTPS, Problem};
use super::message::Answer;
use crate::clock::{self, Millis};
use crate::content_type::ContentType;

/// The subscriptions of one tenant, at most one for each content type.
#[derive(Clone, Debug, Default)]
pub(super) struct Subscriptions([Option<Subscription>; 5]);

#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub(super) state: State,
    pub(super) webhook: Option<Webhook>,
    /// Content that became available before is not shown.
    pub(super) visible_from: Millis,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Enabled,
    Stopped,
    /// By `a tenant admin` or `a service admin`.
    Disabled(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Webhook {
    pub(super) address: String,
    pub(super) auth_id: Option<String>,
    /// As the client wrote it, with its meaning.
    pub(super) expiration: Option<(String, Millis)>,
    /// Where the client reached the emulator when it set the webhook; contentUri points there.
    pub(super) feed_url: String,
    pub(super) disabled: bool,
    /// Content seen up to this moment has been notified.
    pub(super) notified_until: Millis,
    pub(super) failures: u32,
    pub(super) next_attempt: Millis,
}

impl Webhook {
    fn status(&self, now: Millis) -> &'static str {
        if self.expiration.as_ref().is_some_and(|(_, expiry)| *expiry <= now) {
            "expired"
        } else if self.disabled {
            "disabled"
        } else {
            "enabled"
        }
    }

    pub(super) fn is_enabled(&self, now: Millis) -> bool {
        self.status(now) == "enabled"
    }

    fn same_as(&self, other: &Webhook) -> bool {
        self.address == other.address
            && self.auth_id == other.auth_id
            && self.expiration == other.expiration
    }

    fn to_json(&self, now: Millis) -> Value {
        json!({
            "status": self.status(now),
            "address": self.address,
            "authId": self.auth_id,
            "expiration": self.expiration.as_ref().map(|(text, _)| text),
        })
    }
}

impl Subscriptions {
    pub(super) fn get(&self, content_type: ContentType) -> Option<&Subscription> {
        self.0[content_type.index()].as_ref()
    }

    pub(super) fn get_mut(&mut self, content_type: ContentType) -> Option<&mut Subscription> {
        self.0[content_type.index()].as_mut()
    }

    /// The subscription, if its content may be listed and fetched.
    pub(super) fn readable(&self, content_type: ContentType) -> Result<&Subscription, Problem> {
        let subscription = self.get(content_type).ok_or(Problem::SubscriptionMissing)?;
        match &subscription.state {
            State::Enabled => Ok(subscription),
            State::Stopped => Err(Problem::SubscriptionMissing),
            State::Disabled(by) => Err(Problem::SubscriptionDisabled(by.clone())),
        }
    }

    /// Whether a start changes anything. A webhook that stands already need not be validated again.
    pub(super) fn would_change(
        &self,
        content_type: ContentType,
        webhook: Option<&Webhook>,
        now: Millis,
    ) -> bool {
        let Some(subscription) = self.get(content_type) else { return true };
        let same_webhook = match (&subscription.webhook, webhook) {
            (None, None) => true,
            (Some(known), Some(asked)) => known.same_as(asked) && known.is_enabled(now),
            _ => false,
        };
        subscription.state != State::Enabled || !same_webhook
    }

    /// Enables the subscription with this webhook or none.
    /// After a stop only content from now on is shown; what came in between is lost.
    pub(super) fn enable(
        &mut self,
        content_type: ContentType,
        webhook: Option<Webhook>,
        now: Millis,
        history_before_start: bool,
    ) {
        let visible_from = match self.get(content_type) {
            Some(known) if known.state == State::Enabled => known.visible_from,
            None if history_before_start => Millis::MIN,
            _ => now,
        };
        self.0[content_type.index()] =
            Some(Subscription { state: State::Enabled, webhook, visible_from });
    }

    pub(super) fn stop(&mut self, content_type: ContentType) -> Result<(), Problem> {
        self.readable(content_type)?;
        if let Some(subscription) = self.get_mut(content_type) {
            subscription.state = State::Stopped;
            subscription.webhook = None;
        }
        Ok(())
    }

    pub(super) fn disable(&mut self, content_type: ContentType, by: &str) -> Result<(), Problem> {
        self.readable(content_type)?;
        if let Some(subscription) = self.get_mut(content_type) {
            subscription.state = State::Disabled(by.to_owned());
        }
        Ok(())
    }

    pub(super) fn disable_webhooks(&mut self) {
        for subscription in self.0.iter_mut().flatten() {
            if let Some(webhook) = &mut subscription.webhook {
                webhook.disabled = true;
            }
        }
    }

    pub(super) fn to_json(&self, now: Millis) -> Value {
        ContentType::ALL.iter().filter_map(|it| self.one_to_json(*it, now)).collect()
    }

    /// The answer to a start request that succeeded.
    pub(super) fn started(&self, content_type: ContentType, now: Millis) -> Answer {
        let body = self.one_to_json(content_type, now).unwrap_or_default().to_string();
        Answer::json(200, body).uncached()
    }

    fn one_to_json(&self, content_type: ContentType, now: Millis) -> Option<Value> {
        let subscription = self.get(content_type)?;
        Some(json!({
            "contentType": content_type.name(),
            "status": if subscription.state == State::Enabled { "enabled" } else { "disabled" },
            "webhook": subscription.webhook.as_ref().map(|webhook| webhook.to_json(now)),
        }))
    }
}

#[derive(Deserialize)]
struct StartBody {
    webhook: Option<StartWebhook>,
}

#[derive(Deserialize)]
struct StartWebhook {
    address: Option<String>,
    #[serde(rename = "authId")]
    auth_id: Option<String>,
    expiration: Option<String>,
}

/// Reads the webhook of a start request.
pub(super) fn parse_webhook(
    body: &[u8],
    feed_url: &str,
    now: Millis,
    loopback_allowed: bool,
) -> Result<Option<Webhook>, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let body: StartBody =
        serde_json::from_slice(body).map_err(|_| Problem::ParameterType("webhook", "object"))?;
    let Some(webhook) = body.webhook else { return Ok(None) };
    let address = webhook
        .address
        .filter(|text| !text.is_empty())
        .ok_or(Problem::ParameterMissing("address"))?;
    if !address_allowed(&address, loopback_allowed) {
        return Err(Problem::WebhookInvalid(address, NOT_HTTPS));
    }
    let expiration = match webhook.expiration.filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => {
            let time = clock::parse_any_time(&text)
                .ok_or(Problem::ParameterType("expiration", "datetime"))?;
            if time <= now {
                return Err(Problem::ExpirationPast(text));
            }
            Some((text, time))
        }
    };
    Ok(Some(Webhook {
        address,
        auth_id: webhook.auth_id.filter(|text| !text.is_empty()),
        expiration,
        feed_url: feed_url.to_owned(),
        disabled: false,
        notified_until: now,
        failures: 0,
        next_attempt: now,
    }))
}

fn address_allowed(address: &str, loopback_allowed: bool) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    match url.scheme() {
        "https" => true,
        "http" => loopback_allowed && url.host_str().is_some_and(is_loopback),
        _ => false,
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
