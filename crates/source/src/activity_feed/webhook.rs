//! Where does the service push to?
//!
//! A webhook belongs to a subscription and is set by starting it. The service calls the address
//! while it answers the start, and disables a webhook that fails too often. Pushing is a shortcut:
//! whatever becomes of a webhook, its subscription can be listed, and must go on being listed.

use std::time::Duration;

use serde_json::json;
use url::Url;

use super::ActivityFeed;
use super::content_type::ContentType;
use super::subscription::{Ensured, Status, Subscription, Webhook, find};
use crate::service::error::{Error, Kind};
use crate::service::{Secret, is_loopback};

/// A webhook that is about to expire is renewed this long before, if the wish goes on.
const EXPIRY_MARGIN: Duration = Duration::from_secs(3600);

/// A webhook that the tenant's subscriptions should have.
#[derive(Clone, Debug)]
pub struct WebhookWish {
    address: Url,
    auth_id: Option<Secret>,
    expiration: Option<i64>,
}

impl WebhookWish {
    /// `auth_id` comes back with each call and tells the service's from others;
    /// `expiration` is in microseconds since 1970, and never when left out.
    pub fn new(
        address: &str,
        auth_id: Option<Secret>,
        expiration: Option<i64>,
    ) -> Result<WebhookWish, String> {
        let url = Url::parse(address).map_err(|error| {
            format!("webhook {address:?} is no address ({error}); write it like https://host/path")
        })?;
        let problem = match url.scheme() {
            _ if !url.username().is_empty() || url.password().is_some() => {
                "a user or password has no place in it; use auth_id"
            }
            _ if url.fragment().is_some() => "leave out what follows #",
            "https" if url.has_host() => {
                return Ok(WebhookWish { address: url, auth_id, expiration });
            }
            // The emulator takes these.
            "http" if is_loopback(&url) => {
                return Ok(WebhookWish { address: url, auth_id, expiration });
            }
            _ => "the service calls https addresses only",
        };
        Err(format!("webhook {address:?}: {problem}"))
    }

    pub fn address(&self) -> &Url {
        &self.address
    }

    pub fn auth_id(&self) -> Option<&Secret> {
        self.auth_id.as_ref()
    }
}

/// What the service had in place of the wished webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    AsWished,
    /// There was no webhook, or no subscription.
    Missing,
    /// The service gave up calling it; meanwhile nothing was pushed.
    Disabled,
    Expired,
    /// It works, and expires within the hour.
    Expiring,
    /// The webhook had another address or AuthID.
    Another,
}

/// What became of one subscription and its webhook.
#[derive(Clone, Debug)]
pub struct EnsuredWebhook {
    pub content_type: ContentType,
    /// As [`ActivityFeed::ensure_subscriptions`] has it: unless this is an error, list on.
    pub subscription: Result<Ensured, Error>,
    pub found: Found,
    /// An error here stops pushing only. It is for the administrator to read.
    pub webhook: Result<Ensured, Error>,
}

impl ActivityFeed {
    /// Starts one subscription with a webhook, or gives an existing one this webhook in place of
    /// what it had. The service calls the address before this returns.
    pub async fn start_with_webhook(
        &self,
        content_type: ContentType,
        wish: &WebhookWish,
    ) -> Result<(), Error> {
        let auth_id = self.auth_id(wish, content_type)?;
        let body = start_body(wish.address.as_str(), auth_id.as_deref(), wish.expiration);
        self.post_start(content_type, Some(body)).await
    }

    /// Like [`ensure_subscriptions`](Self::ensure_subscriptions), with this webhook: one that is
    /// missing, disabled, expired or another is set. When the service does not take it, the
    /// subscription is started without one.
    pub async fn ensure_webhooks(
        &self,
        content_types: &[ContentType],
        wish: &WebhookWish,
    ) -> Result<Vec<EnsuredWebhook>, Error> {
        let present = self.subscriptions().await?;
        Ok(self.ensure_webhooks_among(&present, content_types, wish).await)
    }

    /// The same, for a caller who wants to take note of those present first.
    pub async fn ensure_webhooks_among(
        &self,
        present: &[Subscription],
        content_types: &[ContentType],
        wish: &WebhookWish,
    ) -> Vec<EnsuredWebhook> {
        let mut outcomes = Vec::new();
        for &content_type in content_types {
            outcomes
                .push(self.ensure_webhook(content_type, find(present, content_type), wish).await);
        }
        outcomes
    }

    async fn ensure_webhook(
        &self,
        content_type: ContentType,
        present: Option<&Subscription>,
        wish: &WebhookWish,
    ) -> EnsuredWebhook {
        let is_enabled = present.is_some_and(Subscription::is_enabled);
        let found = self.compare(content_type, present, wish);
        let (subscription, webhook) = match found {
            Ok(Found::AsWished) if is_enabled => (Ok(Ensured::Already), Ok(Ensured::Already)),
            Ok(_) => self.set_webhook(content_type, is_enabled, wish).await,
            Err(ref error) => {
                (self.without_webhook(content_type, is_enabled).await, Err(error.clone()))
            }
        };
        let found = found.unwrap_or(Found::Missing);
        EnsuredWebhook { content_type, subscription, found, webhook }
    }

    async fn set_webhook(
        &self,
        content_type: ContentType,
        is_enabled: bool,
        wish: &WebhookWish,
    ) -> (Result<Ensured, Error>, Result<Ensured, Error>) {
        let done = if is_enabled { Ensured::Already } else { Ensured::Started };
        if let Some(for_another) = self.0.start_pause(content_type) {
            let waiting = Ensured::Waiting { for_another };
            return (Ok(if is_enabled { Ensured::Already } else { waiting }), Ok(waiting));
        }
        match self.start_with_webhook(content_type, wish).await {
            Ok(()) => (Ok(done), Ok(Ensured::Started)),
            Err(error) if is_about_the_webhook(&error) => {
                let subscription = self.without_webhook(content_type, is_enabled).await;
                // The next attempt is for later: each costs the service a call to the address.
                self.0.note_start(content_type);
                (subscription, Err(error))
            }
            Err(error) if is_enabled => (Ok(done), Err(error)),
            Err(error) => (Err(error.clone()), Err(error)),
        }
    }

    /// An enabled subscription is never started without a webhook: that would remove the one it has.
    async fn without_webhook(
        &self,
        content_type: ContentType,
        is_enabled: bool,
    ) -> Result<Ensured, Error> {
        if is_enabled {
            return Ok(Ensured::Already);
        }
        if let Some(for_another) = self.0.start_pause(content_type) {
            return Ok(Ensured::Waiting { for_another });
        }
        self.start(content_type).await.map(|()| Ensured::Started)
    }

    fn compare(
        &self,
        content_type: ContentType,
        present: Option<&Subscription>,
        wish: &WebhookWish,
    ) -> Result<Found, Error> {
        let auth_id = self.auth_id(wish, content_type)?;
        let webhook = present.and_then(|subscription| subscription.webhook.as_ref());
        let now = self.0.service.world.clock.now();
        Ok(webhook.map_or(Found::Missing, |webhook| found(webhook, wish, auth_id.as_deref(), now)))
    }

    /// The AuthID is read each time, so that it can be changed without a restart.
    fn auth_id(
        &self,
        wish: &WebhookWish,
        content_type: ContentType,
    ) -> Result<Option<String>, Error> {
        let Some(secret) = &wish.auth_id else { return Ok(None) };
        match secret.read() {
            Ok(text) => Ok(Some(text.expose().to_owned())),
            Err(why) => {
                let operation = format!("start {content_type} with a webhook");
                let words = format!("the webhook's auth_id: {why}");
                Err(self.error(Kind::Misconfigured, &operation, words))
            }
        }
    }
}

fn found(webhook: &Webhook, wish: &WebhookWish, auth_id: Option<&str>, now: i64) -> Found {
    let same_address = Url::parse(&webhook.address).is_ok_and(|address| address == wish.address);
    if !same_address || webhook.auth_id.as_deref() != auth_id {
        return Found::Another;
    }
    let expires = webhook.expiration.as_deref().and_then(event::time::parse);
    match (webhook.status, expires) {
        (Status::Disabled, _) => Found::Disabled,
        (Status::Expired, _) => Found::Expired,
        (Status::Enabled, Some(time)) if time <= now => Found::Expired,
        (Status::Enabled, Some(time))
            if time <= now + EXPIRY_MARGIN.as_micros() as i64
                && wish.expiration.is_none_or(|wished| wished > time) =>
        {
            Found::Expiring
        }
        (Status::Enabled, _) => Found::AsWished,
    }
}

/// True when starting without a webhook may well succeed. A call that is tried in vain counts: the
/// service waits for the address before it answers, and a slow one may look like a fault of its own.
fn is_about_the_webhook(error: &Error) -> bool {
    matches!(error.kind(), Kind::Rejected | Kind::Broken | Kind::Later { .. })
}

impl Webhook {
    /// What starts a subscription with just this webhook.
    pub(super) fn start_body(&self) -> String {
        let expiration = self.expiration.as_deref().and_then(event::time::parse);
        start_body(&self.address, self.auth_id.as_deref(), expiration)
    }
}

fn start_body(address: &str, auth_id: Option<&str>, expiration: Option<i64>) -> String {
    // An empty expiration is never (Management Activity API reference).
    let expiration = expiration.map_or(String::new(), |time| event::time::short(time) + "Z");
    let mut webhook = json!({ "address": address, "expiration": expiration });
    if let Some(auth_id) = auth_id {
        webhook["authId"] = auth_id.into();
    }
    json!({ "webhook": webhook }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::*;
    use ContentType::Exchange;

    const HOOK: &str = "https://hook.example.org/o365/";
    const OURS: &str = r#"{"status":"enabled","address":"https://hook.example.org/o365/","authId":"t-7","expiration":null}"#;

    fn wish() -> WebhookWish {
        WebhookWish::new(HOOK, Some(Secret::in_memory("t-7")), None).unwrap()
    }

    /// The subscriptions as the service lists them: this one, with this webhook.
    fn listed(status: &str, webhook: &str) -> Reply {
        reply(
            200,
            format!(
                r#"[{{"contentType":"Audit.Exchange","status":"{status}","webhook":{webhook}}}]"#
            ),
        )
    }

    fn show(outcome: &Result<Ensured, Error>) -> String {
        match outcome {
            Ok(ensured) => format!("{ensured:?}"),
            Err(error) => error.code().unwrap_or("error").to_owned(),
        }
    }

    /// One round against these answers: what was found, what became of subscription and webhook, and
    /// the bodies of the starts (`-` without one).
    async fn ensure(replies: Vec<Reply>) -> String {
        let set = set(in_turn(replies));
        let outcomes = set.feed.ensure_webhooks(&[Exchange], &wish()).await.unwrap();
        let EnsuredWebhook { subscription, found, webhook, .. } = &outcomes[0];
        let calls = set.network.calls();
        let starts = calls[1..].iter().map(|seen| match seen.form.as_str() {
            "" => "-",
            form if form.contains(HOOK) && form.contains("t-7") => "hook",
            _ => "other",
        });
        let starts = starts.collect::<Vec<_>>().join(" ");
        format!("{found:?}: {} {} [{starts}]", show(subscription), show(webhook))
    }

    #[tokio::test]
    async fn a_wished_webhook_is_set_where_it_is_not() {
        let check = async |first: Reply, expected: &str| {
            assert_eq!(ensure(vec![first, reply(200, "{}")]).await, expected);
        };
        let changed = |from: &str, to: &str| listed("enabled", &OURS.replace(from, to));
        check(listed("enabled", OURS), "AsWished: Already Already []").await;
        check(reply(200, "[]"), "Missing: Started Started [hook]").await;
        check(listed("enabled", "null"), "Missing: Already Started [hook]").await;
        check(listed("disabled", OURS), "AsWished: Started Started [hook]").await;
        let disabled = changed(r#""status":"enabled""#, r#""status":"disabled""#);
        check(disabled, "Disabled: Already Started [hook]").await;
        let expired = changed(r#""status":"enabled""#, r#""status":"expired""#);
        check(expired, "Expired: Already Started [hook]").await;
        let expires = |time: &str| changed("null", &format!("\"{time}\""));
        check(expires("2026-09-28T11:00:00Z"), "Expired: Already Started [hook]").await;
        check(expires("2026-09-28T12:30:00Z"), "Expiring: Already Started [hook]").await;
        check(expires("2026-09-29T12:30:00Z"), "AsWished: Already Already []").await;
        check(changed("t-7", "t-8"), "Another: Already Started [hook]").await;
        check(changed("o365/", "o365"), "Another: Already Started [hook]").await;
        check(changed("hook.example.org", "HOOK.example.org:443"), "AsWished: Already Already []")
            .await;
    }

    #[tokio::test]
    async fn a_webhook_that_is_not_taken_stops_no_pulling() {
        let check = async |replies: Vec<Reply>, expected: &str| {
            assert_eq!(ensure(replies).await, expected);
        };
        let refused = || refusal(400, "AF20021");
        let none = || reply(200, "[]");
        check(vec![none(), refused(), reply(200, "{}")], "Missing: Started AF20021 [hook -]").await;
        check(
            vec![none(), refusal(400, "AF20003"), reply(200, "{}")],
            "Missing: Started AF20003 [hook -]",
        )
        .await;
        // What an enabled subscription has stays as it is.
        check(vec![listed("enabled", "null"), refused()], "Missing: Already AF20021 [hook]").await;
        let another = listed("enabled", &OURS.replace("t-7", "t-8"));
        check(vec![another, refused()], "Another: Already AF20021 [hook]").await;
        check(vec![listed("enabled", OURS), refused()], "AsWished: Already Already []").await;
        // Other trouble is not the webhook's.
        let denied = vec![none(), refusal(401, "AF10001"), refusal(401, "AF10001")];
        check(denied, "Missing: AF10001 AF10001 [hook hook]").await;
        check(vec![none(), refusal(400, "AF20024")], "Missing: Started Started [hook]").await;
    }

    #[tokio::test]
    async fn a_failed_webhook_is_tried_again_after_the_pause() {
        let set = set(|seen| {
            (!seen.is_sign_in()).then(|| match seen.form.is_empty() {
                true => listed("enabled", "null"),
                false => refusal(400, "AF20021"),
            })
        });
        let ensure = async || {
            let outcomes = set.feed.ensure_webhooks(&[Exchange], &wish()).await.unwrap();
            format!("{} {}", show(&outcomes[0].subscription), show(&outcomes[0].webhook))
        };
        assert_eq!(ensure().await, "Already AF20021");
        assert_eq!(ensure().await, "Already Waiting { for_another: 900s }");
        set.clock.advance(super::super::START_PAUSE);
        assert_eq!(ensure().await, "Already AF20021");
    }

    #[tokio::test]
    async fn an_auth_id_that_cannot_be_read_stops_no_pulling() {
        let secret = Secret::parse("env:TRAIL365_SURELY_UNSET").unwrap();
        let wish = WebhookWish::new(HOOK, Some(secret), None).unwrap();
        let set = set(in_turn(vec![reply(200, "[]"), reply(200, "{}")]));
        let outcome = set.feed.ensure_webhooks(&[Exchange], &wish).await.unwrap().remove(0);
        assert_eq!(outcome.subscription.unwrap(), Ensured::Started);
        assert!(
            outcome.webhook.unwrap_err().to_string().contains("auth_id"),
            "{:?}",
            outcome.found
        );
    }

    /// A subscription without a wish of ours keeps the webhook that another program gave it.
    #[tokio::test]
    async fn without_a_wish_a_webhook_is_left_alone() {
        let check = async |replies: Vec<Reply>, expected: &[&str]| {
            let set = set(in_turn(replies));
            set.feed.ensure_subscriptions(&[Exchange]).await.unwrap().remove(0).1.unwrap();
            let calls = set.network.calls();
            let bodies: Vec<&str> = calls[1..].iter().map(|seen| seen.form.as_str()).collect();
            assert_eq!(bodies, expected);
        };
        let same = r#"{"webhook":{"address":"https://hook.example.org/o365/","authId":"t-7","expiration":""}}"#;
        check(vec![listed("enabled", OURS)], &[]).await;
        check(vec![listed("disabled", OURS), reply(200, "{}")], &[same]).await;
        let broken = vec![listed("disabled", OURS), refusal(400, "AF20021"), reply(200, "{}")];
        check(broken, &[same, ""]).await;
        let expired = OURS.replace(r#""status":"enabled""#, r#""status":"expired""#);
        check(vec![listed("disabled", &expired), reply(200, "{}")], &[""]).await;
    }

    #[test]
    fn addresses_are_checked() {
        let check = |address: &str, expected: &str| {
            let error = WebhookWish::new(address, None, None).err().unwrap_or_default();
            assert!(error.contains(expected) && error.is_empty() == expected.is_empty(), "{error}");
        };
        check("https://hook.example.org/o365?x=1", "");
        check("http://127.0.0.1:8080/push", "");
        check("http://hook.example.org/", "https");
        check("https://ann:word@hook.example.org/", "auth_id");
        check("https://hook.example.org/#a", "#");
        check("hook.example.org", "no address");
    }

    #[test]
    fn an_expiration_is_written_so_that_it_cannot_be_misread() {
        let time = event::time::parse("2026-10-05T10:17:42Z");
        assert!(start_body(HOOK, None, time).contains(r#""expiration":"2026-10-05T10:17:42Z""#));
    }
}
