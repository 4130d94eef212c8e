//! The bulk, index template and data stream APIs that Elasticsearch and OpenSearch share, as their
//! references describe them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use output::{Guarantee, Service};
use serde_json::{Value, json};

use crate::contract::{self, Arrived, Receiver};
use crate::http_server::{Fault, HttpServer, Protocol, Reply, Request};
use crate::open::{open, open_error, outcome};
use crate::records;

#[derive(Default)]
struct Cluster {
    authorization: Option<&'static str>,
    templates: BTreeMap<String, Value>,
    streams: BTreeMap<String, Value>,
    /// Where each document is, by index and id; a data stream has one backing index here.
    places: BTreeMap<(String, String), usize>,
    documents: Vec<Value>,
    /// That many of the next items find the queue full.
    full: usize,
}

fn error(status: u16, kind: &str, reason: &str) -> Value {
    json!({"status": status, "error": {"type": kind, "reason": reason}})
}

impl Protocol for Cluster {
    fn answer(&mut self, request: &Request) -> Reply {
        if self.authorization.is_some_and(|it| it != request.header("authorization")) {
            let body = error(401, "security_exception", "unable to authenticate user");
            return Reply::json(401, body);
        }
        let segments: Vec<&str> = request.path.split('/').skip(1).collect();
        match (request.method.as_str(), &segments[..]) {
            ("POST", ["_bulk"]) => self.bulk(request),
            ("GET", ["_index_template", name]) => found(self.templates.get(*name)),
            ("PUT", ["_index_template", name]) => {
                self.templates.insert((*name).to_owned(), request.json());
                Reply::json(200, json!({"acknowledged": true}))
            }
            ("GET", ["_data_stream", name]) => found(self.streams.get(*name)),
            ("PUT", ["_data_stream", name]) => self.make_stream(name),
            _ => Reply::json(405, json!({"error": "Incorrect HTTP method"})),
        }
    }
}

fn found(value: Option<&Value>) -> Reply {
    match value {
        Some(value) => Reply::json(200, value.clone()),
        None => Reply::json(404, error(404, "resource_not_found_exception", "not found")),
    }
}

impl Cluster {
    fn make_stream(&mut self, name: &str) -> Reply {
        let matches = |template: &Value| {
            template["data_stream"].is_object() && template["index_patterns"] == json!([name])
        };
        if !self.templates.values().any(matches) {
            let reason = "no matching index template found for data stream";
            return Reply::json(400, error(400, "illegal_argument_exception", reason));
        }
        if self.streams.contains_key(name) {
            let reason = "data_stream already exists";
            return Reply::json(400, error(400, "resource_already_exists_exception", reason));
        }
        self.streams.insert(name.to_owned(), json!({}));
        Reply::json(200, json!({"acknowledged": true}))
    }

    fn bulk(&mut self, request: &Request) -> Reply {
        assert_eq!(request.header("content-type"), "application/x-ndjson");
        assert!(request.text().ends_with('\n'), "the last line ends with a line break");
        let lines: Vec<&str> = request.text().lines().collect();
        let mut items = Vec::new();
        for pair in lines.chunks(2) {
            let action: Value = serde_json::from_str(pair[0]).expect("an action");
            let (verb, place) = action.as_object().unwrap().iter().next().unwrap();
            let document: Value = serde_json::from_str(pair[1]).expect("a document");
            items.push(json!({verb: self.write(verb, place, document)}));
        }
        let bad =
            |item: &Value| item.as_object().unwrap().values().any(|it| !it["error"].is_null());
        Reply::json(200, json!({"errors": items.iter().any(bad), "items": items}))
    }

    fn write(&mut self, verb: &str, place: &Value, document: Value) -> Value {
        let index = place["_index"].as_str().unwrap().to_owned();
        let id = place["_id"].as_str().unwrap().to_owned();
        if self.full > 0 {
            self.full -= 1;
            return error(429, "es_rejected_execution_exception", "rejected execution of bulk");
        }
        if index == "forbidden" {
            return error(403, "security_exception", "action is unauthorized");
        }
        if !document["n"].is_null() && !document["n"].is_u64() {
            return error(400, "mapper_parsing_exception", "failed to parse field [n] \u{1b}[31m");
        }
        if self.streams.contains_key(&index) {
            if verb != "create" {
                let reason = "only write ops with an op_type of create are allowed in data streams";
                return error(400, "illegal_argument_exception", reason);
            }
            if !document["@timestamp"].is_string() {
                return error(400, "document_parsing_exception", "missing @timestamp");
            }
        }
        match self.places.get(&(index.clone(), id.clone())) {
            Some(_) if verb == "create" => {
                error(409, "version_conflict_engine_exception", "document already exists")
            }
            Some(place) => {
                self.documents[*place] = document;
                json!({"status": 200})
            }
            None => {
                self.places.insert((index, id), self.documents.len());
                self.documents.push(document);
                json!({"status": 201})
            }
        }
    }
}

struct Elastic {
    server: HttpServer<Cluster>,
    settings: &'static str,
}

#[async_trait]
impl Receiver for Elastic {
    fn service(&self) -> Box<dyn Service> {
        open("elasticsearch", &format!("url = \"{}\"\n{}", self.server.url(), self.settings))
    }

    async fn kill(&mut self) {
        self.server.kill().await;
    }

    async fn restart(&mut self) {
        self.server.restart().await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        self.server.with(|it| it.documents.iter().map(Arrived::of_json).collect())
    }
}

async fn elastic(settings: &'static str) -> Elastic {
    Elastic { server: HttpServer::start(Cluster::default()).await, settings }
}

#[tokio::test]
async fn arrives_in_order() {
    for settings in ["", "gzip = false\nindex = \"trail365-%Y.%m.%d\"", "setup = false"] {
        contract::arrives_in_order(&mut elastic(settings).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills() {
    contract::survives_kills(&mut elastic("").await, Guarantee::Once, 2).await;
}

#[tokio::test]
async fn template_and_stream_are_made_once_and_left_alone() {
    let elastic = elastic("").await;
    for _ in 0..2 {
        elastic.service().deliver(&records::records(2)).await.unwrap();
    }
    let name = "logs-trail365.audit-default";
    let template = elastic.server.with(|it| it.templates[&format!("trail365-{name}")].clone());
    assert_eq!(template["template"]["mappings"]["properties"]["@timestamp"]["type"], "date");
    assert!(elastic.server.with(|it| it.streams.contains_key(name)));
    let made = elastic.server.requests().iter().filter(|it| it.method == "PUT").count();
    assert_eq!(made, 2);
}

#[tokio::test]
async fn setup_without_the_right_tells_the_way_out() {
    let elastic = elastic("").await;
    let denied = Reply::json(403, error(403, "security_exception", "action is unauthorized"));
    elastic.server.faults([Fault::Answer(denied)]);
    let outcome = outcome(&mut *elastic.service(), &records::records(2)).await;
    assert!(outcome.starts_with("denied: ") && outcome.contains("setup = false"), "{outcome}");
}

#[tokio::test]
async fn an_index_is_named_by_the_day_of_the_record() {
    let elastic = elastic("index = \"trail365-%Y.%m.%d\"").await;
    elastic.service().deliver(&records::records(1)).await.unwrap();
    let places = elastic.server.with(|it| it.places.keys().next().cloned().unwrap());
    assert_eq!(places, ("trail365-2024.05.01".to_owned(), records::record(0).id()));
}

#[tokio::test]
async fn a_document_always_has_a_timestamp() {
    for (body, stamp) in [
        (r#"{"@timestamp":"2020-01-01T00:00:00Z","n":1}"#, "2020-01-01T00:00:00Z"),
        ("{\"@timestamp\":\"2020-01-01T00:00:00Z\",\n\"n\":1}", "2020-01-01T00:00:00Z"),
        (r#"{"@timestamp":null,"n":1}"#, "2024-05-01T10:00:00Z"),
        (r#"{"n":1}"#, "2024-05-01T10:00:00Z"),
        ("not JSON \u{1}\n", "2024-05-01T10:00:00Z"),
    ] {
        let elastic = elastic("").await;
        let mut record = records::record(0);
        record.body = body.into();
        elastic.service().deliver(&[record]).await.unwrap();
        assert_eq!(
            elastic.server.with(|it| it.documents[0]["@timestamp"].clone()),
            stamp,
            "{body}"
        );
    }
}

#[tokio::test]
async fn refused_documents_are_set_aside_and_the_rest_arrives() {
    let elastic = elastic("").await;
    let mut batch = records::records(10);
    batch[4].body = r#"{"n":"no number"}"#.into();
    let parked = contract::deliver(&mut *elastic.service(), batch).await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].record.key, records::record(4).key);
    assert!(parked[0].reason.contains("mapper_parsing_exception"), "{}", parked[0].reason);
    assert!(!parked[0].reason.contains('\u{1b}'));
    assert_eq!(elastic.server.with(|it| it.documents.len()), 9);
}

#[tokio::test]
async fn a_half_rejected_batch_arrives_once() {
    let elastic = elastic("").await;
    elastic.server.with(|it| it.full = 7);
    contract::deliver(&mut *elastic.service(), records::records(10)).await;
    assert_eq!(elastic.server.with(|it| it.documents.len()), 10);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_document() {
    let elastic = elastic("setup = false").await;
    elastic.server.with(|it| it.streams.insert("logs-trail365.audit-default".into(), json!({})));
    elastic.server.faults([Fault::LostAnswer, Fault::HangUp]);
    contract::deliver(&mut *elastic.service(), records::records(10)).await;
    assert_eq!(elastic.server.with(|it| it.documents.len()), 10);
}

#[tokio::test]
async fn errors_say_what_to_do_next() {
    let elastic = elastic("setup = false").await;
    let mut throttled = Reply::json(429, error(429, "circuit_breaking_exception", "too large"));
    throttled.headers.push(("retry-after", "3".to_owned()));
    for (reply, expected) in [
        (throttled, "later after 3 s: "),
        (Reply::json(503, error(503, "unavailable", "no master")), "later: "),
        (Reply::json(413, json!({})), "whole: "),
        (Reply::json(401, error(401, "security_exception", "no")), "denied: "),
        (Reply::empty(302), "denied: "),
        (Reply { status: 200, headers: vec![], body: "<html>".to_owned() }, "later: "),
        (Reply::json(200, json!({"errors": true, "items": []})), "later: "),
    ] {
        elastic.server.faults([Fault::Answer(reply)]);
        let outcome = outcome(&mut *elastic.service(), &records::records(2)).await;
        assert!(outcome.starts_with(expected), "{outcome}");
    }
    let settings =
        format!("url = \"{}\"\nsetup = false\nindex = \"forbidden\"", elastic.server.url());
    let outcome = outcome(&mut *open("elasticsearch", &settings), &records::records(2)).await;
    assert!(outcome.starts_with("denied: ") && outcome.contains("unauthorized"), "{outcome}");
}

#[tokio::test]
async fn it_signs_in_as_told() {
    for (settings, authorization) in [
        ("user = \"elastic\"\npassword = \"env:changeme\"", "Basic ZWxhc3RpYzpjaGFuZ2VtZQ=="),
        ("api_key = \"file:a2V5\"", "ApiKey a2V5"),
    ] {
        let elastic = elastic(settings).await;
        elastic.server.with(|it| it.authorization = Some(authorization));
        assert_eq!(outcome(&mut *elastic.service(), &records::records(2)).await, "taken");
        elastic.server.with(|it| it.authorization = Some("Basic other"));
        let denied = outcome(&mut *elastic.service(), &records::records(2)).await;
        assert!(denied.starts_with("denied: "), "{denied}");
    }
}

#[test]
fn settings_that_cannot_work_are_told() {
    for (settings, expected) in [
        ("", "missing field `url`"),
        ("url = \"localhost:9200\"", "url: write http://"),
        ("url = \"http://a:b@localhost\"", "the secret is not written here"),
        ("url = \"http://localhost\"\nindex = \"a\"\ndata_stream = \"b\"", "not both"),
        ("url = \"http://localhost\"\nindex = \"a-%Q\"", "has a %"),
        ("url = \"http://localhost\"\nindex = \"a-%H:%M\"", "small letters"),
        ("url = \"http://localhost\"\ndata_stream = \"../_all\"", "small letters"),
        ("url = \"http://localhost\"\nuser = \"ann\"", "user and password"),
        ("url = \"http://localhost\"\nindx = \"a\"", "unknown field `indx`"),
    ] {
        let error = open_error("elasticsearch", settings);
        assert!(error.contains(expected), "{settings}: {error}");
    }
}
