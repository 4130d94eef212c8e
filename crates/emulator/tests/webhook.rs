//! Are webhooks validated, notified, tried again and given up as documented?

mod support;

use chrono::Duration;
use emulator::{ContentType, Faults, WebhookCall};
use serde_json::json;
use support::{World, code, json, options, text};

const ADDRESS: &str = "https://hook.example.org/o365/";

fn body(address: &str, more: &str) -> String {
    format!(r#"{{"webhook":{{"address":"{address}","authId":"tenant-7"{more}}}}}"#)
}

fn start(world: &World, body: &str) -> WebhookCall {
    let path = world.feed_path("subscriptions/start?contentType=Audit.SharePoint");
    world.ask_call(world.request("POST", &path).with_body(body))
}

fn refused(world: &World, body: &str) -> (String, String) {
    let answer = world.post("subscriptions/start?contentType=Audit.SharePoint", body);
    assert_eq!(answer.status, 400, "{}", text(&answer));
    (code(&answer), json(&answer)["error"]["message"].as_str().unwrap().to_owned())
}

fn live() -> World {
    let mut options = options(0);
    options.tenants[0].tenant.rate = 20.0;
    World::new(options)
}

#[test]
fn a_webhook_proves_itself_before_start_answers() {
    let world = live();
    let call = start(&world, &body(ADDRESS, ""));
    assert_eq!(call.address, ADDRESS);
    let header = |name: &str| {
        call.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    assert_eq!(header("Content-Type").unwrap(), "application/json; charset=utf-8");
    assert_eq!(header("Webhook-AuthID").unwrap(), "tenant-7");
    let sent: serde_json::Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(sent["validationCode"], header("Webhook-ValidationCode").unwrap());
    // Until it has, there is nothing.
    assert_eq!(text(&world.get("subscriptions/list")), "[]");
    let answer = world.emulator.validated(world.now, call, Some(200));
    let expected =
        json!({"status": "enabled", "address": ADDRESS, "authId": "tenant-7", "expiration": null});
    assert_eq!(json(&answer)["webhook"], expected);
    assert_eq!(json(&world.get("subscriptions/list"))[0]["webhook"], expected);
    // The same again changes nothing.
    assert_eq!(refused(&world, &body(ADDRESS, "")).0, "AF20024");
}

#[test]
fn a_webhook_that_fails_is_not_added() {
    let world = live();
    for status in [Some(404), Some(204), None] {
        let call = start(&world, &body(ADDRESS, ""));
        let answer = world.emulator.validated(world.now, call, status);
        assert_eq!(code(&answer), "AF20021");
        assert!(text(&answer).contains(&format!(
            "The webhook endpoint {ADDRESS} could not be validated. The endpoint did not return HTTP 200."
        )));
        assert_eq!(text(&world.get("subscriptions/list")), "[]");
    }
    // An existing subscription stays as it is.
    assert_eq!(world.start(ContentType::SharePoint).status, 200);
    let call = start(&world, &body(ADDRESS, ""));
    world.emulator.validated(world.now, call, None);
    let listed = json(&world.get("subscriptions/list"));
    assert_eq!((&listed[0]["status"], &listed[0]["webhook"]), (&json!("enabled"), &json!(null)));
}

#[test]
fn addresses_and_expirations_are_checked() {
    let mut options = options(0);
    options.loopback_webhooks = false;
    let world = World::new(options);
    let not_https = "could not be validated. The address must begin with HTTPS.";
    let (code, message) = refused(&world, &body("http://127.0.0.1:1/", ""));
    assert_eq!((code.as_str(), message.contains(not_https)), ("AF20021", true));
    assert_eq!(refused(&world, r#"{"webhook":{"authId":"x"}}"#).0, "AF20001");
    assert_eq!(refused(&world, "{").0, "AF20002");
    assert_eq!(refused(&world, &body(ADDRESS, r#","expiration":"soon""#)).0, "AF20002");
    let past = r#","expiration":"2026-01-01T00:00:00Z""#;
    let (code, message) = refused(&world, &body(ADDRESS, past));
    assert_eq!(code, "AF20003");
    assert_eq!(message, "Expiration 2026-01-01T00:00:00Z provided is set to past date and time.");

    let lenient = live();
    assert_eq!(start(&lenient, &body("http://127.0.0.1:1/", "")).address, "http://127.0.0.1:1/");
    assert_eq!(start(&lenient, &body("http://[::1]:1/", "")).address, "http://[::1]:1/");
    assert_eq!(refused(&lenient, &body("http://hook.example.org/", "")).0, "AF20021");
}

#[test]
fn new_content_is_notified_once() {
    let mut world = live();
    let call = start(&world, &body(ADDRESS, ""));
    world.emulator.validated(world.now, call, Some(200));
    assert!(world.emulator.notifications_due(world.now).is_empty());
    let mut notified = Vec::new();
    for _ in 0..30 {
        world.later(7);
        for call in world.emulator.notifications_due(world.now) {
            assert_eq!(call.headers[0], ("Content-Type", "application/json; utf-8".to_owned()));
            let objects: serde_json::Value = serde_json::from_str(&call.body).unwrap();
            for object in objects.as_array().unwrap() {
                assert_eq!(object["tenantId"], world.setup.tenant.tenant_id);
                assert_eq!(object["clientId"], world.setup.client_id);
                assert_eq!(object["contentType"], "Audit.SharePoint");
                let uri = object["contentUri"].as_str().unwrap();
                assert_eq!(world.fetch(uri).status, 200);
                notified.push(object["contentId"].as_str().unwrap().to_owned());
            }
            world.emulator.notified(world.now, &call, Some(200));
        }
    }
    let listed: Vec<String> =
        world.list_all(ContentType::SharePoint).into_iter().map(|it| it.id).collect();
    assert!(listed.len() > 20);
    assert_eq!(notified, listed);
    // The end of the implied window is exclusive.
    world.later(1);
    let past = json(&world.get("subscriptions/notifications?contentType=Audit.SharePoint"));
    assert_eq!(past.as_array().unwrap().len(), listed.len());
    assert_eq!(past[0]["notificationStatus"], "success");
    assert!(
        past[0]["notificationSent"].as_str().unwrap()
            >= past[0]["contentCreated"].as_str().unwrap()
    );
}

#[test]
fn failures_are_tried_again_with_growing_pauses_and_then_given_up() {
    let mut world = live();
    let call = start(&world, &body(ADDRESS, ""));
    world.emulator.validated(world.now, call, Some(200));
    let mut attempts = Vec::new();
    for second in 0..2_000 {
        world.later(1);
        for call in world.emulator.notifications_due(world.now) {
            attempts.push(second);
            world.emulator.notified(world.now, &call, None);
        }
    }
    assert_eq!(attempts.len(), 8, "{attempts:?}");
    let pauses: Vec<i32> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.windows(2).all(|pair| pair[1] > pair[0]), "{pauses:?}");
    assert_eq!(json(&world.get("subscriptions/list"))[0]["webhook"]["status"], "disabled");
    let past = json(&world.get("subscriptions/notifications?contentType=Audit.SharePoint"));
    assert_eq!(past[0]["notificationStatus"], "failed");
    // Content can still be listed, and another start enables the webhook again.
    assert!(!world.list_all(ContentType::SharePoint).is_empty());
    let call = start(&world, &body(ADDRESS, ""));
    let answer = world.emulator.validated(world.now, call, Some(200));
    assert_eq!(json(&answer)["webhook"]["status"], "enabled");
}

#[test]
fn webhooks_expire_and_can_be_removed() {
    let mut world = live();
    let soon = (world.now + Duration::minutes(5)).format("%Y-%m-%dT%H:%M:%SZ");
    let call = start(&world, &body(ADDRESS, &format!(r#","expiration":"{soon}""#)));
    world.emulator.validated(world.now, call, Some(200));
    world.later(301);
    assert_eq!(json(&world.get("subscriptions/list"))[0]["webhook"]["status"], "expired");
    assert!(world.emulator.notifications_due(world.now).is_empty());
    // A start without a webhook removes it.
    let answer = world.start(ContentType::SharePoint);
    assert_eq!((answer.status, &json(&answer)["webhook"]), (200, &json!(null)));
}

#[test]
fn notifications_are_listed_in_pages() {
    let mut world = live();
    let call = start(&world, &body(ADDRESS, ""));
    world.emulator.validated(world.now, call, Some(200));
    for _ in 0..10 {
        world.later(6);
        for call in world.emulator.notifications_due(world.now) {
            world.emulator.notified(world.now, &call, Some(200));
        }
    }
    let listed = world.list_all(ContentType::SharePoint).len();
    world.later(1);
    world.emulator.set_faults(Faults { page_size: 2, ..Faults::default() }, world.now).unwrap();
    let mut answer = world.get("subscriptions/notifications?contentType=Audit.SharePoint");
    let mut count = 0;
    loop {
        count += json(&answer).as_array().unwrap().len();
        let Some(next) = answer.header("NextPageUri").map(str::to_owned) else { break };
        answer =
            world.ask(world.request("GET", next.strip_prefix("http://emulator.test").unwrap()));
        assert_eq!(answer.status, 200, "{}", text(&answer));
    }
    assert_eq!(count, listed);
}
