//! Is the tenant subscribed to its content types?

use std::time::Duration;

use serde_json::Value;

use super::content_type::ContentType;
use super::refusal::ALREADY_ENABLED;
use super::{ActivityFeed, Inner};
use crate::service::call::Call;
use crate::service::error::{Error, Kind, excerpt};
use crate::service::transport::Method;

/// The reference asks for this pause between requests to start.
pub const START_PAUSE: Duration = Duration::from_secs(15 * 60);

/// One subscription of the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// As the service writes it: it may offer content types that we do not know.
    pub content_type: String,
    pub status: Status,
    pub webhook: Option<Webhook>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Enabled,
    Disabled,
    /// Webhooks only.
    Expired,
}

/// Where the service pushes notifications to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub address: String,
    pub status: Status,
    pub auth_id: Option<String>,
    pub expiration: Option<String>,
}

/// What was done about one subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ensured {
    Already,
    Started,
    /// It was started moments ago and does not show yet; the service wants a pause before the next
    /// request to start.
    Waiting {
        for_another: Duration,
    },
}

impl ActivityFeed {
    /// The subscriptions the tenant has.
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>, Error> {
        let operation = "list the subscriptions";
        let call = Call {
            operation: operation.into(),
            method: Method::GET,
            url: self.url(&["subscriptions", "list"], &[]),
            body: None,
            timeout: self.0.service.settings.timeouts.answer,
            priority: self.1,
        };
        let answer = self.0.service.answer(&call).await?;
        let items: Vec<Value> = serde_json::from_slice(&answer.body).map_err(|_| {
            self.error(Kind::Broken, operation, "the answer is no list of subscriptions")
                .with_answer(None, None, excerpt(&answer.body))
        })?;
        Ok(items.iter().filter_map(subscription).collect())
    }

    /// Starts one subscription. One that is already enabled counts as started.
    ///
    /// A start without a webhook removes the webhook of an existing subscription, so this is not for
    /// those that [`subscriptions`](Self::subscriptions) shows as enabled.
    pub async fn start(&self, content_type: ContentType) -> Result<(), Error> {
        self.post_start(content_type, None).await
    }

    /// Starts with this body, which names a webhook, or without one.
    pub(super) async fn post_start(
        &self,
        content_type: ContentType,
        body: Option<String>,
    ) -> Result<(), Error> {
        let parameters = [("contentType", content_type.as_str())];
        let call = Call {
            operation: match body {
                Some(_) => format!("start {content_type} with a webhook"),
                None => format!("start {content_type}"),
            },
            method: Method::POST,
            url: self.url(&["subscriptions", "start"], &parameters),
            body,
            timeout: self.0.service.settings.timeouts.answer,
            priority: self.1,
        };
        match self.0.service.answer(&call).await {
            Err(error) if error.code() != Some(ALREADY_ENABLED) => Err(error),
            _ => {
                self.0.note_start(content_type);
                Ok(())
            }
        }
    }

    /// Starts those of the subscriptions that are not enabled. The outer error means that nothing
    /// could be learnt; otherwise each content type has its own outcome. Webhooks are left alone.
    pub async fn ensure_subscriptions(
        &self,
        content_types: &[ContentType],
    ) -> Result<Vec<(ContentType, Result<Ensured, Error>)>, Error> {
        let present = self.subscriptions().await?;
        Ok(self.ensure_among(&present, content_types).await)
    }

    /// The same, for a caller who wants to take note of those present first.
    pub async fn ensure_among(
        &self,
        present: &[Subscription],
        content_types: &[ContentType],
    ) -> Vec<(ContentType, Result<Ensured, Error>)> {
        let mut outcomes = Vec::new();
        for &content_type in content_types {
            let outcome = match find(present, content_type) {
                Some(subscription) if subscription.is_enabled() => Ok(Ensured::Already),
                subscription => self.start_in_turn(content_type, subscription).await,
            };
            outcomes.push((content_type, outcome));
        }
        outcomes
    }

    async fn start_in_turn(
        &self,
        content_type: ContentType,
        present: Option<&Subscription>,
    ) -> Result<Ensured, Error> {
        if let Some(for_another) = self.0.start_pause(content_type) {
            return Ok(Ensured::Waiting { for_another });
        }
        // A start without its webhook would remove it, and it may be another program's.
        let webhook = present.and_then(|subscription| subscription.webhook.as_ref());
        if let Some(webhook) = webhook.filter(|webhook| webhook.status == Status::Enabled)
            && self.post_start(content_type, Some(webhook.start_body())).await.is_ok()
        {
            return Ok(Ensured::Started);
        }
        self.start(content_type).await.map(|()| Ensured::Started)
    }
}

impl Inner {
    pub(super) fn note_start(&self, content_type: ContentType) {
        let now = self.service.world.clock.now();
        self.starts.lock().expect("no holder panics").insert(content_type, now);
    }

    pub(super) fn start_pause(&self, content_type: ContentType) -> Option<Duration> {
        let starts = self.starts.lock().expect("no holder panics");
        let since = self.service.world.clock.now() - starts.get(&content_type)?;
        let since = Duration::from_micros(u64::try_from(since).unwrap_or(0));
        START_PAUSE.checked_sub(since).filter(|pause| !pause.is_zero())
    }
}

impl Subscription {
    pub fn is_enabled(&self) -> bool {
        self.status == Status::Enabled
    }
}

/// The subscription to this content type, if there is one.
pub fn find(present: &[Subscription], content_type: ContentType) -> Option<&Subscription> {
    let name = content_type.as_str();
    present.iter().find(|subscription| subscription.content_type.eq_ignore_ascii_case(name))
}

/// Reads one entry; what names no content type is none.
fn subscription(item: &Value) -> Option<Subscription> {
    Some(Subscription {
        content_type: text(item, "contentType")?,
        status: status(item),
        webhook: item.get("webhook").and_then(webhook),
    })
}

fn webhook(item: &Value) -> Option<Webhook> {
    Some(Webhook {
        address: text(item, "address")?,
        status: status(item),
        auth_id: text(item, "authId"),
        expiration: text(item, "expiration"),
    })
}

/// The reference's own sample leaves the status of an enabled subscription out.
fn status(item: &Value) -> Status {
    match text(item, "status").unwrap_or_default().to_ascii_lowercase().as_str() {
        "disabled" => Status::Disabled,
        "expired" => Status::Expired,
        _ => Status::Enabled,
    }
}

fn text(item: &Value, key: &str) -> Option<String> {
    let text = item.get(key)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::*;

    #[tokio::test]
    async fn subscriptions_are_read_as_sent() {
        let set = set(in_turn(vec![reply(
            200,
            r#"[{"contentType":"Audit.SharePoint","status":"enabled","webhook":{"status":"expired","authId":"t7","address":"https://h.example.org/","expiration":null}},
                {"contentType":"Audit.Exchange","webhook":null},
                {"contentType":"Audit.New","status":"disabled","more":1},
                {"status":"enabled"}]"#,
        )]));
        let subscriptions = set.feed.subscriptions().await.unwrap();
        let expected = [
            Subscription {
                content_type: "Audit.SharePoint".into(),
                status: Status::Enabled,
                webhook: Some(Webhook {
                    address: "https://h.example.org/".into(),
                    status: Status::Expired,
                    auth_id: Some("t7".into()),
                    expiration: None,
                }),
            },
            Subscription {
                content_type: "Audit.Exchange".into(),
                status: Status::Enabled,
                webhook: None,
            },
            Subscription {
                content_type: "Audit.New".into(),
                status: Status::Disabled,
                webhook: None,
            },
        ];
        assert_eq!(subscriptions, expected);
        assert_eq!(set.network.lines(), ["GET subscriptions/list? Bearer token-1"]);
    }

    #[tokio::test]
    async fn only_what_is_missing_is_started_and_each_has_its_outcome() {
        let list = r#"[{"contentType":"audit.exchange","status":"enabled"},{"contentType":"Audit.General","status":"disabled"}]"#;
        let set = set(in_turn(vec![
            reply(200, list),
            refusal(400, "AF20024"),
            reply(200, r#"{"contentType":"Audit.General","status":"enabled","webhook":null}"#),
            refusal(401, "AF10001"),
            refusal(401, "AF10001"),
            // Asked again at once, nothing is started twice.
            reply(200, "[]"),
        ]));
        use ContentType::*;
        let ensure = async |types: &[ContentType]| {
            let outcomes = set.feed.ensure_subscriptions(types).await.unwrap();
            let shown = outcomes.into_iter().map(|(content_type, outcome)| match outcome {
                Ok(ensured) => format!("{content_type} {ensured:?}"),
                Err(error) => format!("{content_type} {:?}", error.kind()),
            });
            shown.collect::<Vec<_>>()
        };
        assert_eq!(
            ensure(&[Exchange, SharePoint, General, DlpAll]).await,
            [
                "Audit.Exchange Already",
                "Audit.SharePoint Started",
                "Audit.General Started",
                "DLP.All Denied"
            ]
        );
        assert_eq!(
            set.network.lines()[1..3],
            [
                "POST subscriptions/start?contentType=Audit.SharePoint Bearer token-1",
                "POST subscriptions/start?contentType=Audit.General Bearer token-1",
            ]
        );
        assert_eq!(set.network.calls()[1].length.as_deref(), Some("0"));
        set.clock.advance(Duration::from_secs(60));
        assert_eq!(ensure(&[General]).await, ["Audit.General Waiting { for_another: 840s }"]);
    }

    /// A listing that finds its subscription gone is answered by ensuring it.
    #[tokio::test]
    async fn what_was_disabled_meanwhile_is_started_again() {
        let disabled = r#"[{"contentType":"Audit.Exchange","status":"disabled","webhook":null}]"#;
        let set = set(in_turn(vec![
            refusal(400, "AF20023"),
            reply(200, disabled),
            reply(200, "{}"),
            reply(200, "[]"),
        ]));
        let now = event::time::parse(NOW).unwrap();
        let window = super::super::Window::new(now - 3_600_000_000, now).unwrap();
        let mut listing = set.feed.list(ContentType::Exchange, window);
        assert_eq!(listing.next_page().await.unwrap_err().kind(), Kind::NoSubscription);
        let outcomes = set.feed.ensure_subscriptions(&[ContentType::Exchange]).await.unwrap();
        assert_eq!(*outcomes[0].1.as_ref().unwrap(), Ensured::Started);
        assert!(listing.next_page().await.unwrap().is_some());
    }

    #[tokio::test]
    async fn what_is_no_list_is_kept_for_the_log() {
        let set = set(in_turn(vec![reply(200, "{}")]));
        let error = set.feed.subscriptions().await.unwrap_err();
        assert_eq!((error.kind(), error.body()), (Kind::Broken, "{}"));
    }
}
