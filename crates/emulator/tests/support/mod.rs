//! A small client that talks to the emulator through `handle`, and a clock to turn.

#![allow(dead_code)]

use std::collections::{BTreeMap, HashSet};
use std::io::Read;

use chrono::{DateTime, Duration, Utc};
use emulator::{
    Answer, ContentType, Emulator, EmulatorOptions, Reply, Request, TenantSetup, WebhookCall,
};
use serde_json::Value;

pub const PUBLISHER: &str = "11111111-2222-4333-8444-555555555555";

pub fn noon() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-09-30T12:00:00Z").unwrap().to_utc()
}

pub struct World {
    pub emulator: Emulator,
    pub setup: TenantSetup,
    pub now: DateTime<Utc>,
}

/// What a listing says about a blob.
#[derive(Clone, Debug)]
pub struct Listed {
    pub id: String,
    pub uri: String,
    pub created: String,
    pub expiration: String,
}

impl World {
    pub fn new(options: EmulatorOptions) -> World {
        let setup = options.tenants[0].clone();
        World { emulator: Emulator::new(options, noon()).unwrap(), setup, now: noon() }
    }

    /// A tenant of so many records, otherwise as it comes.
    pub fn of_records(records: u64) -> World {
        World::new(options(records))
    }

    pub fn later(&mut self, seconds: i64) {
        self.now += Duration::seconds(seconds);
    }

    pub fn ask(&self, request: Request) -> Answer {
        match self.emulator.handle(self.now, &request) {
            Reply::Answer(answer) => answer,
            Reply::AfterCall(call) => panic!("unexpected call to {}", call.address),
        }
    }

    pub fn ask_call(&self, request: Request) -> WebhookCall {
        match self.emulator.handle(self.now, &request) {
            Reply::AfterCall(call) => call,
            Reply::Answer(answer) => panic!("no call but {}", text(&answer)),
        }
    }

    pub fn token(&self) -> String {
        let answer = self.ask(self.token_request("v1", &self.v1_form()));
        assert_eq!(answer.status, 200, "{}", text(&answer));
        json(&answer)["access_token"].as_str().unwrap().to_owned()
    }

    pub fn v1_form(&self) -> Vec<(&'static str, String)> {
        vec![
            ("grant_type", "client_credentials".into()),
            ("client_id", self.setup.client_id.clone()),
            ("client_secret", self.setup.client_secret.clone()),
            ("resource", "https://manage.office.com".into()),
        ]
    }

    pub fn token_request(&self, version: &str, form: &[(&str, String)]) -> Request {
        let path = if version == "v1" { "oauth2/token" } else { "oauth2/v2.0/token" };
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        Request::new("POST", &format!("/{}/{path}", self.setup.tenant.tenant_id))
            .with_header("Host", "emulator.test")
            .with_header("Content-Type", "application/x-www-form-urlencoded")
            .with_body(body)
    }

    pub fn feed_path(&self, rest: &str) -> String {
        let separator = if rest.contains('?') { '&' } else { '?' };
        format!(
            "/api/v1.0/{}/activity/feed/{rest}{separator}PublisherIdentifier={PUBLISHER}",
            self.setup.tenant.tenant_id
        )
    }

    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(method, target)
            .with_header("Host", "emulator.test")
            .with_header("Authorization", &format!("Bearer {}", self.token()))
    }

    pub fn get(&self, rest: &str) -> Answer {
        self.ask(self.request("GET", &self.feed_path(rest)))
    }

    pub fn post(&self, rest: &str, body: &str) -> Answer {
        self.ask(self.request("POST", &self.feed_path(rest)).with_body(body))
    }

    pub fn start(&self, content_type: ContentType) -> Answer {
        self.post(&format!("subscriptions/start?contentType={content_type}"), "")
    }

    pub fn start_all(&self) {
        for content_type in ContentType::ALL {
            assert_eq!(self.start(content_type).status, 200);
        }
    }

    /// Lists a window, following pages.
    pub fn list(
        &self,
        content_type: ContentType,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Vec<Listed> {
        let time = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%S").to_string();
        let mut answer = self.get(&format!(
            "subscriptions/content?contentType={content_type}&startTime={}&endTime={}",
            time(from),
            time(until)
        ));
        let mut listed = Vec::new();
        loop {
            assert_eq!(answer.status, 200, "{}", text(&answer));
            for object in json(&answer).as_array().unwrap() {
                let field = |name: &str| object[name].as_str().unwrap().to_owned();
                listed.push(Listed {
                    id: field("contentId"),
                    uri: field("contentUri"),
                    created: field("contentCreated"),
                    expiration: field("contentExpiration"),
                });
            }
            let Some(next) = answer.header("NextPageUri") else { return listed };
            let path = next
                .strip_prefix("http://emulator.test")
                .expect("the link stays on this host")
                .to_owned();
            answer = self.ask(self.request("GET", &path));
        }
    }

    /// Lists the last seven days.
    pub fn list_all(&self, content_type: ContentType) -> Vec<Listed> {
        let mut listed = Vec::new();
        for day in (0..7).rev() {
            let until = self.now - Duration::days(day) + Duration::seconds(i64::from(day == 0));
            listed.extend(self.list(
                content_type,
                (until - Duration::days(1)).max(self.now - Duration::days(7)),
                until,
            ));
        }
        listed
    }

    pub fn fetch(&self, uri: &str) -> Answer {
        let path = uri.strip_prefix("http://emulator.test").expect("the blob is on this host");
        self.ask(self.request("GET", &format!("{path}?PublisherIdentifier={PUBLISHER}")))
    }

    /// Fetches everything that is listed, each blob once.
    pub fn collect(&self) -> Collected {
        let mut collected = Collected::default();
        for content_type in ContentType::ALL {
            for listed in self.list_all(content_type) {
                if collected.blobs.insert(listed.id.clone()) {
                    let answer = self.fetch(&listed.uri);
                    assert_eq!(answer.status, 200, "{}", text(&answer));
                    collected.add(content_type, &json(&answer));
                }
            }
        }
        collected
    }
}

#[derive(Default)]
pub struct Collected {
    pub blobs: HashSet<String>,
    pub records: u64,
    pub ids: HashSet<String>,
    pub by_content_type: BTreeMap<&'static str, u64>,
    pub by_workload: BTreeMap<String, u64>,
    pub by_record_type: BTreeMap<u16, u64>,
    pub by_operation: BTreeMap<String, u64>,
}

impl Collected {
    pub fn add(&mut self, content_type: ContentType, records: &Value) {
        for record in records.as_array().unwrap() {
            self.records += 1;
            if !self.ids.insert(record["Id"].as_str().unwrap().to_owned()) {
                continue;
            }
            let text = |name: &str| record[name].as_str().unwrap().to_owned();
            *self.by_content_type.entry(content_type.name()).or_default() += 1;
            *self.by_workload.entry(text("Workload")).or_default() += 1;
            *self
                .by_record_type
                .entry(record["RecordType"].as_u64().unwrap() as u16)
                .or_default() += 1;
            *self.by_operation.entry(text("Operation")).or_default() += 1;
        }
    }
}

pub fn options(records: u64) -> EmulatorOptions {
    let mut options = EmulatorOptions::default();
    options.tenants[0].tenant.records = records;
    options
}

pub fn text(answer: &Answer) -> String {
    String::from_utf8(plain(answer)).unwrap()
}

pub fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&plain(answer))
        .unwrap_or_else(|error| panic!("{error} in {}", text(answer)))
}

/// The error code of an answer of the feed.
pub fn code(answer: &Answer) -> String {
    json(answer)["error"]["code"].as_str().unwrap_or_default().to_owned()
}

fn plain(answer: &Answer) -> Vec<u8> {
    if answer.header("Content-Encoding") == Some("gzip") {
        let mut body = Vec::new();
        flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut body).unwrap();
        return body;
    }
    answer.body.clone()
}
