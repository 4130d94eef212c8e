//! Does what shall go wrong go wrong, and does the truth know?

mod support;

use std::collections::HashSet;
use std::io::Read;

use emulator::{Answer, ContentType, EmulatorOptions, Faults};
use serde_json::Value;
use support::{Collected, PUBLISHER, World, code, json, options, text};

fn world(records: u64, faults: Faults) -> World {
    let world = World::new(EmulatorOptions { faults, ..options(records) });
    for content_type in ContentType::ALL {
        // Under faults a start may fail; a client would try again.
        while world.start(content_type).status >= 401 {}
    }
    world
}

/// How many of a hundred answers satisfy the condition.
fn of_a_hundred(faults: Faults, condition: impl Fn(&Answer) -> bool) -> usize {
    let world = world(100, faults);
    (0..100).filter(|_| condition(&world.get("subscriptions/list"))).count()
}

#[test]
fn tokens_are_refused_in_mid_flight() {
    let faults = Faults { unauthorized_rate: 0.3, ..Faults::default() };
    let struck = of_a_hundred(faults, |answer| answer.status == 401);
    assert!((15..=45).contains(&struck), "{struck}");
}

#[test]
fn answers_never_come() {
    let world = World::of_records(10);
    let faults = Faults { timeout_rate: 1.0, ..Faults::default() };
    world.emulator.set_faults(faults, world.now).unwrap();
    assert!(world.get("subscriptions/list").hangs);
}

#[test]
fn pages_lead_in_a_circle() {
    let world = world(5_000, Faults { page_loop: true, page_size: 2, ..Faults::default() });
    let list = "subscriptions/content?contentType=Audit.Exchange";
    let first = world.get(list);
    let next = first.header("NextPageUri").unwrap().to_owned();
    let path = next.strip_prefix("http://emulator.test").unwrap();
    let second = world.ask(world.request("GET", path));
    assert_eq!(text(&second), text(&first));
    assert_eq!(second.header("NextPageUri"), Some(next.as_str()));
}

#[test]
fn next_pages_are_refused() {
    let world = world(5_000, Faults { page_fault_rate: 1.0, page_size: 2, ..Faults::default() });
    let first = world.get("subscriptions/content?contentType=Audit.Exchange");
    assert_eq!(first.status, 200);
    let next = first.header("NextPageUri").unwrap();
    let path = next.strip_prefix("http://emulator.test").unwrap();
    assert_eq!(code(&world.ask(world.request("GET", path))), "AF20031");
}

#[test]
fn compression_lies() {
    let world = world(5_000, Faults { gzip_lies_rate: 1.0, ..Faults::default() });
    let path = world.feed_path("subscriptions/content?contentType=Audit.Exchange");
    let request = world.request("GET", &path).with_header("Accept-Encoding", "gzip");
    let answer = world.ask(request);
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    let mut body = Vec::new();
    assert!(flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut body).is_err());
}

#[test]
fn broken_blobs_stay_broken_and_are_counted() {
    let faults = Faults { json_broken_rate: 0.1, ..Faults::default() };
    let world = world(10_000, faults);
    let (mut collected, mut broken) = (Collected::default(), 0);
    for content_type in ContentType::ALL {
        for listed in world.list_all(content_type) {
            let answer = world.fetch(&listed.uri);
            assert_eq!(answer.body, world.fetch(&listed.uri).body);
            match serde_json::from_slice::<Value>(&answer.body) {
                Ok(records) => collected.add(content_type, &records),
                Err(_) => {
                    broken += 1;
                    collected.add(content_type, &whole_beginning(&answer.body));
                }
            }
        }
    }
    let truth = &world.emulator.truth(world.now)[0];
    assert!(broken > 0 && truth.broken_records > 0);
    assert_eq!(truth.broken_blobs, broken);
    assert_eq!(collected.ids.len() as u64 + truth.broken_records, truth.distinct_ids);
}

/// The records before the break.
fn whole_beginning(body: &[u8]) -> Value {
    let mut records = Vec::new();
    let mut rest = &body[1..];
    loop {
        let mut stream = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        let Some(Ok(record)) = stream.next() else { return Value::from(records) };
        records.push(record);
        rest = &rest[stream.byte_offset() + 1..];
    }
}

#[test]
fn subscriptions_are_disabled_while_one_lists() {
    let world = world(1_000, Faults { subscription_disabled_rate: 1.0, ..Faults::default() });
    let list = "subscriptions/content?contentType=Audit.Exchange";
    assert_eq!(code(&world.get(list)), "AF20023");
    world.emulator.set_faults(Faults::default(), world.now).unwrap();
    assert_eq!(code(&world.get(list)), "AF20023");
    assert_eq!(world.start(ContentType::Exchange).status, 200);
    assert_eq!(world.get(list).status, 200);
}

#[test]
fn webhooks_are_disabled() {
    let world = World::of_records(10);
    let body = r#"{"webhook":{"address":"https://hook.example.org/"}}"#;
    let start = world.feed_path("subscriptions/start?contentType=Audit.Exchange");
    let call = world.ask_call(world.request("POST", &start).with_body(body));
    world.emulator.validated(world.now, call, Some(200));
    let status = || json(&world.get("subscriptions/list"))[0]["webhook"]["status"].clone();
    assert_eq!(status(), "enabled");
    let faults = Faults { webhook_disabled: true, ..Faults::default() };
    world.emulator.set_faults(faults, world.now).unwrap();
    assert_eq!(status(), "disabled");
}

#[test]
fn answers_are_dated_by_a_clock_that_may_be_wrong() {
    let world = World::of_records(10);
    let check = |skew: i64, expected: &str| {
        let faults = Faults { clock_skew_seconds: skew, ..Faults::default() };
        world.emulator.set_faults(faults, world.now).unwrap();
        assert_eq!(world.get("subscriptions/list").header("Date"), Some(expected));
    };
    check(0, "Wed, 30 Sep 2026 12:00:00 GMT");
    check(600, "Wed, 30 Sep 2026 12:10:00 GMT");
    check(-86_400, "Tue, 29 Sep 2026 12:00:00 GMT");
}

#[test]
fn one_blob_is_very_large() {
    const BYTES: usize = 3_000_000;
    let mut options = options(2_000);
    options.tenants[0].tenant.large_blob_bytes = BYTES as u64;
    let world = World::new(options);
    world.start_all();
    let listed = world.list_all(ContentType::Exchange);
    let large = listed.last().unwrap();
    assert!(large.id.contains("009000000$"), "{}", large.id);
    let answer = world.fetch(&large.uri);
    let plain: Vec<u8> = answer.stream.unwrap().iter().flatten().collect();
    assert!((BYTES..BYTES + 100_000).contains(&plain.len()), "{}", plain.len());
    let records: Value = serde_json::from_slice(&plain).unwrap();
    let ids: HashSet<&str> =
        records.as_array().unwrap().iter().map(|record| record["Id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), records.as_array().unwrap().len());
    let truth = &world.emulator.truth(world.now)[0];
    assert_eq!(truth.distinct_ids, 2_000 + ids.len() as u64);

    let path = large.uri.strip_prefix("http://emulator.test").unwrap();
    let request = world.request("GET", &format!("{path}?PublisherIdentifier={PUBLISHER}"));
    let answer = world.ask(request.with_header("Accept-Encoding", "gzip"));
    assert_eq!(answer.header("Content-Encoding"), Some("gzip"));
    let packed: Vec<u8> = answer.stream.unwrap().iter().flatten().collect();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}
