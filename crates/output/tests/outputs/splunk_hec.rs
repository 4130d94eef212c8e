//! Splunk's HTTP Event Collector, as its manual describes it; Splunk itself is not free to run here.

use std::collections::HashMap;

use async_trait::async_trait;
use output::{Guarantee, Service};
use serde_json::{Value, json};

use crate::contract::{self, Arrived, Receiver};
use crate::http_server::{Fault, HttpServer, Protocol, Reply, Request};
use crate::open::{open, open_error, outcome};
use crate::records;

const TOKEN: &str = "11111111-2222-3333-4444-555555555555";

#[derive(Default)]
struct Collector {
    /// Does the token demand acknowledgement?
    acknowledges: bool,
    indexed: Vec<Value>,
    /// By channel: batches that are held in memory, and those that were indexed.
    channels: HashMap<String, Vec<Held>>,
}

struct Held {
    events: Option<Vec<Value>>,
    asked: u32,
}

fn said(status: u16, code: u32, text: &str) -> Reply {
    Reply::json(status, json!({"text": text, "code": code}))
}

impl Protocol for Collector {
    fn answer(&mut self, request: &Request) -> Reply {
        if request.header("authorization") != format!("Splunk {TOKEN}") {
            return said(403, 4, "Invalid token");
        }
        match request.path.as_str() {
            "/services/collector/event" => self.take(request, events(request)),
            "/services/collector/raw" => {
                let lines = request.text().lines().map(|line| json!({"event": line})).collect();
                self.take(request, Ok(lines))
            }
            "/services/collector/ack" => self.acknowledge(request),
            _ => said(404, 404, "The requested URL was not found on this server."),
        }
    }
}

fn events(request: &Request) -> Result<Vec<Value>, Reply> {
    let mut events = Vec::new();
    for event in serde_json::Deserializer::from_slice(&request.body).into_iter::<Value>() {
        let number = events.len();
        let invalid = |code: u32, text: &str| {
            Reply::json(400, json!({"text": text, "code": code, "invalid-event-number": number}))
        };
        let Ok(event) = event else { return Err(invalid(6, "Invalid data format")) };
        if event["event"].is_null() {
            return Err(invalid(12, "Event field is required"));
        }
        if event["event"] == "" {
            return Err(invalid(13, "Event field cannot be blank"));
        }
        if event["index"] == "forbidden" {
            return Err(invalid(7, "Incorrect index"));
        }
        events.push(event);
    }
    Ok(events)
}

impl Collector {
    fn take(&mut self, request: &Request, events: Result<Vec<Value>, Reply>) -> Reply {
        let events = match events {
            Ok(events) if events.is_empty() => return said(400, 5, "No data"),
            Ok(events) => events,
            Err(reply) => return reply,
        };
        if !self.acknowledges {
            self.indexed.extend(events);
            return said(200, 0, "Success");
        }
        let channel = request.header("x-splunk-request-channel");
        if channel.is_empty() {
            return said(400, 10, "Data channel is missing");
        }
        let held = self.channels.entry(channel.to_owned()).or_default();
        held.push(Held { events: Some(events), asked: 0 });
        Reply::json(200, json!({"text": "Success", "code": 0, "ackId": held.len() - 1}))
    }

    /// A batch is indexed when it is asked for the second time.
    fn acknowledge(&mut self, request: &Request) -> Reply {
        if !self.acknowledges {
            return said(400, 14, "ACK is disabled");
        }
        let held = self.channels.entry(request.query["channel"].clone()).or_default();
        let mut acks = serde_json::Map::new();
        for id in request.json()["acks"].as_array().expect("acks") {
            let held = held.get_mut(id.as_u64().expect("a number") as usize);
            let indexed = held.is_some_and(|held| {
                held.asked += 1;
                if held.asked == 2 {
                    self.indexed.extend(held.events.take().unwrap_or_default());
                }
                held.asked >= 2
            });
            acks.insert(id.to_string(), indexed.into());
        }
        Reply::json(200, json!({ "acks": acks }))
    }
}

struct Splunk {
    server: HttpServer<Collector>,
    settings: &'static str,
}

#[async_trait]
impl Receiver for Splunk {
    fn service(&self) -> Box<dyn Service> {
        open("splunk_hec", &settings(&self.server, self.settings))
    }

    async fn kill(&mut self) {
        self.server.kill().await;
        // What was not indexed is gone.
        self.server.with(|it| it.channels.clear());
    }

    async fn restart(&mut self) {
        self.server.restart().await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        self.server.with(|it| it.indexed.iter().map(|event| arrived(&event["event"])).collect())
    }
}

fn arrived(event: &Value) -> Arrived {
    match event {
        Value::String(line) => Arrived::of_json(&serde_json::from_str(line).expect("JSON")),
        event => Arrived::of_json(event),
    }
}

fn settings(server: &HttpServer<Collector>, more: &str) -> String {
    format!("url = \"{}\"\ntoken = \"env:{TOKEN}\"\n{more}", server.url())
}

async fn splunk(settings: &'static str, acknowledges: bool) -> Splunk {
    let server = HttpServer::start(Collector { acknowledges, ..Collector::default() }).await;
    Splunk { server, settings }
}

#[tokio::test]
async fn arrives_in_order() {
    for (settings, acknowledges) in [
        ("", false),
        ("gzip = false", false),
        ("acknowledge = true", true),
        ("endpoint = \"raw\"", false),
        ("endpoint = \"raw\"\nacknowledge = true", true),
    ] {
        contract::arrives_in_order(&mut splunk(settings, acknowledges).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills() {
    let settings = "acknowledge = true\nacknowledge_seconds_max = 1";
    let mut splunk = splunk(settings, true).await;
    contract::survives_kills(&mut splunk, Guarantee::AtLeastOnce, 1).await;
}

#[tokio::test]
async fn an_event_tells_when_where_and_which() {
    let splunk = splunk("index = \"m365\"", false).await;
    splunk.service().deliver(&[records::record(1)]).await.unwrap();
    let event = splunk.server.with(|it| it.indexed[0].clone());
    assert_eq!(event["time"], 1_714_557_601.0);
    assert_eq!(event["host"], "contoso");
    assert_eq!(event["source"], "trail365");
    assert_eq!(event["sourcetype"], "o365:management:activity");
    assert_eq!(event["index"], "m365");
    assert_eq!(event["fields"]["trail365_key"], records::record(1).id());
    let request = &splunk.server.requests()[0];
    assert_eq!(request.header("content-encoding"), "gzip");
}

#[tokio::test]
async fn what_is_no_json_goes_as_text() {
    let splunk = splunk("", false).await;
    let mut record = records::record(0);
    record.body = "CEF:0|a\"b\n|".into();
    splunk.service().deliver(&[record]).await.unwrap();
    assert_eq!(splunk.server.with(|it| it.indexed[0]["event"].clone()), "CEF:0|a\"b\n|");
}

#[tokio::test]
async fn refused_events_are_set_aside_and_the_rest_arrives() {
    let splunk = splunk("", false).await;
    let mut batch = records::records(10);
    batch[3].body = "".into();
    batch[7].body = "null".into();
    let parked = contract::deliver(&mut *splunk.service(), batch).await;
    let reasons: Vec<_> = parked.iter().map(|it| (it.record.key.content, &it.reason)).collect();
    assert_eq!(reasons.len(), 2);
    assert_eq!((reasons[0].0, reasons[1].0), (3, 7));
    assert!(reasons[0].1.contains("Event field cannot be blank"), "{reasons:?}");
    assert!(reasons[1].1.contains("Event field is required"), "{reasons:?}");
    assert_eq!(splunk.server.with(|it| it.indexed.len()), 8);
}

#[tokio::test]
async fn many_refused_events_are_all_set_aside() {
    let splunk = splunk("", false).await;
    let mut batch = records::records(100);
    for record in batch.iter_mut().step_by(2) {
        record.body = "".into();
    }
    let parked = contract::deliver(&mut *splunk.service(), batch).await;
    assert_eq!(parked.len(), 50);
    assert_eq!(splunk.server.with(|it| it.indexed.len()), 50);
}

#[tokio::test]
async fn a_lost_answer_is_followed_by_a_second_delivery() {
    let splunk = splunk("", false).await;
    splunk.server.faults([Fault::LostAnswer, Fault::HangUp]);
    contract::deliver(&mut *splunk.service(), records::records(3)).await;
    let keys: Vec<u64> = splunk
        .server
        .with(|it| it.indexed.clone())
        .iter()
        .map(|event| arrived(&event["event"]).n)
        .collect();
    assert_eq!(keys, [0, 1, 2, 0, 1, 2]);
}

#[tokio::test]
async fn errors_say_what_to_do_next() {
    let splunk = splunk("", false).await;
    let busy = said(503, 9, "Server is busy");
    let mut throttled = said(429, 26, "HEC ACK channel at capacity");
    throttled.headers.push(("retry-after", "7".to_owned()));
    for (reply, expected) in [
        (busy, "later: splunk_hec "),
        (throttled, "later after 7 s: splunk_hec "),
        (said(500, 8, "Internal server error"), "later: "),
        (said(403, 1, "Token disabled"), "denied: "),
        (said(403, 4, "Invalid token"), "denied: "),
        (said(400, 7, "Incorrect index"), "denied: "),
        (said(400, 10, "Data channel is missing"), "denied: "),
        (said(400, 6, "Invalid data format"), "whole: "),
        (said(413, 27, "Request entity too large"), "whole: "),
        (said(404, 404, "The requested URL was not found"), "denied: "),
    ] {
        let text = serde_json::from_str::<Value>(&reply.body).unwrap()["text"].clone();
        splunk.server.faults([Fault::Answer(reply)]);
        let outcome = outcome(&mut *splunk.service(), &records::records(2)).await;
        assert!(outcome.starts_with(expected), "{outcome}");
        assert!(outcome.contains(text.as_str().unwrap()), "{outcome}");
    }
}

#[tokio::test]
async fn acknowledgement_that_the_token_does_not_give_is_told() {
    let splunk = splunk("acknowledge = true", false).await;
    let outcome = outcome(&mut *splunk.service(), &records::records(2)).await;
    assert!(outcome.starts_with("denied: ") && outcome.contains("without an ackId"), "{outcome}");
}

#[tokio::test]
async fn what_is_never_indexed_is_sent_again() {
    let splunk = splunk("acknowledge = true\nacknowledge_seconds_max = 0", true).await;
    let outcome = outcome(&mut *splunk.service(), &records::records(2)).await;
    assert!(outcome.starts_with("later: ") && outcome.contains("not indexed within"), "{outcome}");
}

#[tokio::test]
async fn a_token_never_stands_in_settings_or_words() {
    let error =
        open_error("splunk_hec", &format!("url = \"http://localhost\"\ntoken = \"{TOKEN}\""));
    assert!(error.contains("env:NAME") && !error.contains(TOKEN), "{error}");
    let splunk = splunk("", false).await;
    splunk.server.faults([Fault::Answer(said(403, 4, "Invalid token"))]);
    let outcome = outcome(&mut *splunk.service(), &records::records(1)).await;
    assert!(!outcome.contains(TOKEN), "{outcome}");
    let mut missing =
        open("splunk_hec", &format!("url = \"{}\"\ntoken = \"env:MISSING\"", splunk.server.url()));
    let outcome = crate::open::outcome(&mut *missing, &records::records(1)).await;
    assert_eq!(outcome, "denied: the environment variable MISSING is not set");
}
