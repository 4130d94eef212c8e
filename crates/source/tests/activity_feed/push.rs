//! Does the service push to where we wish, and is what it pushes what it lists?

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::DateTime;
use emulator::WebhookCall;
use source::activity_feed::notification::{Call, Expected, read_call};
use source::activity_feed::*;
use source::service::*;

use crate::support::*;

const HOOK: &str = "https://hook.example.org/o365";
const HOUR: i64 = 3_600_000_000;
const AUTH: &str = "contoso-7";

fn wish() -> WebhookWish {
    WebhookWish::new(HOOK, Some(Secret::in_memory(AUTH)), None).unwrap()
}

fn read(call: &WebhookCall) -> Call {
    assert_eq!(call.address, HOOK);
    let setup = &options(1).tenants[0];
    let tenant_id = Guid::parse("tenant_id", &setup.tenant.tenant_id).unwrap();
    let headers = call.headers.iter();
    let headers = headers
        .map(|(name, value)| (name.to_ascii_lowercase().parse().unwrap(), value.parse().unwrap()));
    let expected = Expected { tenant_id: &tenant_id, auth_id: Some(AUTH) };
    read_call(&headers.collect(), call.body.as_bytes(), &expected).unwrap()
}

async fn ensure(tenant: &Tenant) -> Vec<EnsuredWebhook> {
    tenant.feed.ensure_webhooks(&ContentType::ALL, &wish()).await.unwrap()
}

#[tokio::test]
async fn what_is_pushed_can_be_fetched() {
    let mut options = options(3_000);
    // Its history begins at noon, so that there is something to push.
    options.tenants[0].tenant.end_time = DateTime::from_timestamp_micros(NOON + HOUR);
    let tenant = Tenant::new(options);
    let validations = Arc::new(Mutex::new(0));
    let seen = validations.clone();
    *tenant.receiver.lock().unwrap() = Box::new(move |call| {
        assert!(matches!(read(call), Call::Validation { .. }));
        *seen.lock().unwrap() += 1;
        200
    });
    for outcome in ensure(&tenant).await {
        assert_eq!((outcome.found, outcome.webhook.unwrap()), (Found::Missing, Ensured::Started));
    }
    assert_eq!(*validations.lock().unwrap(), ContentType::ALL.len());
    for outcome in ensure(&tenant).await {
        assert_eq!((outcome.found, outcome.webhook.unwrap()), (Found::AsWished, Ensured::Already));
    }

    tenant.clock.advance(Duration::from_secs(2 * 3600));
    let now = DateTime::from_timestamp_micros(tenant.clock.now()).unwrap();
    let mut pushed = BTreeSet::new();
    loop {
        let calls = tenant.emulator.notifications_due(now);
        if calls.is_empty() {
            break;
        }
        for call in calls {
            let Call::Notification { blobs, strange } = read(&call) else {
                panic!("{}", call.body)
            };
            assert_eq!(strange, Vec::<String>::new());
            for blob in blobs {
                let mut stream = tenant.feed.fetch(&blob).await.unwrap();
                while stream.next_batch().await.unwrap().is_some() {}
                pushed.insert(blob.content_id);
            }
            tenant.emulator.notified(now, &call, Some(200));
        }
    }
    let collected = tenant.collect().await;
    assert!(!pushed.is_empty() && pushed.is_subset(&collected.blobs));
}

/// A receiver that fails costs pushing, and nothing else.
#[tokio::test]
async fn a_receiver_that_is_down_stops_no_pulling() {
    let tenant = Tenant::new(options(1_000));
    for outcome in ensure(&tenant).await {
        assert_eq!(outcome.subscription.unwrap(), Ensured::Started);
        let error = outcome.webhook.unwrap_err();
        assert_eq!(error.code(), Some("AF20021"));
        assert!(error.to_string().contains("the webhook did not pass validation"), "{error}");
    }
    tenant.collect().await.agrees(&tenant.truth());
    *tenant.receiver.lock().unwrap() = Box::new(|_| 200);
    for outcome in ensure(&tenant).await {
        assert!(matches!(outcome.webhook.unwrap(), Ensured::Waiting { .. }));
    }
    tenant.clock.advance(START_PAUSE);
    for outcome in ensure(&tenant).await {
        assert_eq!(outcome.subscription.unwrap(), Ensured::Already);
        assert_eq!(outcome.webhook.unwrap(), Ensured::Started);
    }
}

#[tokio::test]
async fn a_webhook_that_was_disabled_is_found_and_revived() {
    let mut options = options(3_000);
    options.tenants[0].tenant.end_time = DateTime::from_timestamp_micros(NOON + HOUR);
    let tenant = Tenant::new(options);
    *tenant.receiver.lock().unwrap() = Box::new(|_| 200);
    ensure(&tenant).await;
    tenant.clock.advance(Duration::from_secs(2 * 3600));
    for _ in 0..20 {
        tenant.clock.advance(Duration::from_secs(600));
        let now = DateTime::from_timestamp_micros(tenant.clock.now()).unwrap();
        for call in tenant.emulator.notifications_due(now) {
            tenant.emulator.notified(now, &call, Some(500));
        }
    }
    let outcomes = ensure(&tenant).await;
    let revived = outcomes.iter().filter(|outcome| outcome.found == Found::Disabled).count();
    assert!(revived > 0);
    for outcome in ensure(&tenant).await {
        assert_eq!(outcome.found, Found::AsWished);
    }
}
