//! Splunk: its HTTP Event Collector.
//!
//! Events go to `/services/collector/event` with time, host, source and sourcetype of their own and
//! the key as the indexed field `trail365_key`; or, with `endpoint = "raw"`, as lines to
//! `/services/collector/raw`. A 200 means that Splunk holds the events in memory; with
//! `acknowledge = true` (and indexer acknowledgement switched on for the token) a batch is taken
//! only once Splunk says that it is indexed. The protocol, the codes of its answers and the
//! acknowledgement are as Splunk's manual "Getting Data In" tells them.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use event::Field;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use super::http_answer::{Answer, ask, place, service_url, under, with_body};
use crate::{
    Error, Guarantee, Kind, Limits, Record, Refusal, Result, Secret, Service, Takes, Tls, World,
    settings,
};

pub const KIND: Kind = Kind {
    name: "splunk_hec",
    about: "Splunk, through its HTTP Event Collector",
    takes: Takes::Body("raw"),
    guarantee: Guarantee::AtLeastOnce,
    limits: Limits::DEFAULT,
    open: |table, world| {
        let settings = settings::read::<Settings>(table)?;
        let url = service_url("url", &settings.url)?;
        let channel = Uuid::new_v4().to_string();
        Ok(Box::new(SplunkHec { settings, url, world, channel, client: None }))
    },
};

/// More refused events than this in one batch, and it is halved instead.
const REFUSED_MAX: usize = 16;
/// The first pause between two questions for an acknowledgement; doubled by each further one.
const ACKNOWLEDGE_PAUSE_MIN: Duration = Duration::from_millis(50);
const ACKNOWLEDGE_PAUSE_MAX: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Of the collector, `https://splunk.example:8088`.
    url: String,
    /// Where the token is kept.
    token: Secret,
    /// The index; the token's own if not set.
    index: Option<String>,
    #[serde(default = "default_sourcetype")]
    sourcetype: String,
    #[serde(default = "default_source")]
    source: String,
    /// The tenant's name if not set.
    host: Option<String>,
    #[serde(default)]
    endpoint: Endpoint,
    /// Wait until Splunk says that a batch is indexed.
    #[serde(default)]
    acknowledge: bool,
    /// After that many seconds without a word the batch is sent again.
    #[serde(default = "default_acknowledge_seconds")]
    acknowledge_seconds_max: u64,
    #[serde(default = "default_gzip")]
    gzip: bool,
    #[serde(default)]
    tls: Tls,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Endpoint {
    #[default]
    Event,
    Raw,
}

/// The name under which Splunk's own add-on for Microsoft 365 keeps these records.
fn default_sourcetype() -> String {
    "o365:management:activity".to_owned()
}

fn default_source() -> String {
    "trail365".to_owned()
}

fn default_acknowledge_seconds() -> u64 {
    120
}

fn default_gzip() -> bool {
    true
}

struct SplunkHec {
    settings: Settings,
    url: Url,
    world: World,
    /// Whose acknowledgements are whose: a name of this connection.
    channel: String,
    client: Option<Client>,
}

#[derive(Serialize)]
struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<f64>,
    host: &'a str,
    source: &'a str,
    sourcetype: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<&'a str>,
    event: Body<'a>,
    fields: Fields<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

#[derive(Serialize)]
struct Fields<'a> {
    trail365_key: String,
    trail365_tenant: &'a str,
}

/// What the collector says, whatever the status.
#[derive(Default, Deserialize)]
struct Said {
    code: Option<u32>,
    #[serde(rename = "ackId")]
    ack_id: Option<u64>,
    #[serde(rename = "invalid-event-number")]
    invalid_event_number: Option<usize>,
}

#[derive(Deserialize)]
struct Acknowledged {
    acks: HashMap<String, bool>,
}

#[async_trait]
impl Service for SplunkHec {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let mut left: Vec<usize> = (0..records.len()).collect();
        let mut refused = Vec::new();
        while !left.is_empty() {
            let answer = self.send(self.body(records, &left)).await?;
            let said: Said = serde_json::from_slice(&answer.body).unwrap_or_default();
            if answer.status.is_success() {
                self.acknowledged(&answer, said.ack_id).await?;
                break;
            }
            let words = answer.words();
            match meaning(answer.status, said.code) {
                Meaning::Event if self.settings.endpoint == Endpoint::Event => {
                    // What stands before the event to blame may have been indexed. It is sent
                    // again, since no document promises that it was.
                    let blamed = said.invalid_event_number.filter(|place| *place < left.len());
                    let Some(blamed) = blamed else {
                        return Err(Error::Whole { words });
                    };
                    if refused.len() == REFUSED_MAX {
                        return Err(Error::Whole { words });
                    }
                    refused.push(Refusal { index: left.remove(blamed), reason: words });
                }
                Meaning::Event => return Err(Error::Whole { words }),
                Meaning::Setting(advice) => {
                    return Err(Error::Denied { words: format!("{words}; {advice}") });
                }
                Meaning::Status => return Err(answer.error()),
            }
        }
        refused.sort_by_key(|refusal| refusal.index);
        if refused.is_empty() { Ok(()) } else { Err(Error::Some(refused)) }
    }
}

impl SplunkHec {
    fn who(&self) -> String {
        format!("splunk_hec {}", place(&self.url))
    }

    fn body(&self, records: &[Record], which: &[usize]) -> Vec<u8> {
        let mut body = Vec::with_capacity(which.iter().map(|it| records[*it].body.len()).sum());
        for index in which {
            match self.settings.endpoint {
                Endpoint::Event => self.event(&records[*index], &mut body),
                Endpoint::Raw => line(&records[*index].body, &mut body),
            }
        }
        body
    }

    fn event(&self, record: &Record, body: &mut Vec<u8>) {
        let tenant = record.text(Field::Tenant).unwrap_or_default();
        let text = String::from_utf8_lossy(&record.body);
        let event = match serde_json::from_str::<&RawValue>(&text) {
            Ok(json) => Body::Json(json),
            Err(_) => Body::Text(&text),
        };
        let event = Event {
            time: Some(record.time()).filter(|it| *it > 0).map(|micros| micros as f64 / 1e6),
            host: self.settings.host.as_deref().unwrap_or(tenant),
            source: &self.settings.source,
            sourcetype: &self.settings.sourcetype,
            index: self.settings.index.as_deref(),
            event,
            fields: Fields { trail365_key: record.id(), trail365_tenant: tenant },
        };
        serde_json::to_writer(&mut *body, &event).expect("memory takes all writes");
        body.push(b'\n');
    }

    async fn send(&mut self, body: Vec<u8>) -> Result<Answer> {
        let settings = &self.settings;
        let mut url = under(&self.url, &["services", "collector", "event"]);
        if settings.endpoint == Endpoint::Raw {
            url = under(&self.url, &["services", "collector", "raw"]);
            let mut query = url.query_pairs_mut();
            query.append_pair("source", &settings.source);
            query.append_pair("sourcetype", &settings.sourcetype);
            for (name, value) in [("index", &settings.index), ("host", &settings.host)] {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
        }
        let gzip = settings.gzip;
        let request = self.request(url)?;
        ask(&self.who(), with_body(request, body, gzip)).await
    }

    fn request(&mut self, url: Url) -> Result<RequestBuilder> {
        let token = self.settings.token.read(&self.world)?;
        let client = match &self.client {
            Some(client) => client,
            None => self.client.insert(self.settings.tls.http()?),
        };
        let mut request = client
            .post(url)
            .header("authorization", format!("Splunk {token}"))
            .header("content-type", "application/json");
        if self.settings.acknowledge || self.settings.endpoint == Endpoint::Raw {
            request = request.header("x-splunk-request-channel", &self.channel);
        }
        Ok(request)
    }

    /// Returns once the events are indexed.
    async fn acknowledged(&mut self, answer: &Answer, ack_id: Option<u64>) -> Result<()> {
        if !self.settings.acknowledge {
            return Ok(());
        }
        let Some(id) = ack_id else {
            return Err(Error::Denied {
                words: format!(
                    "{}, without an ackId; switch on indexer acknowledgement for the token, or set \
                     acknowledge = false",
                    answer.words()
                ),
            });
        };
        let patience = Duration::from_secs(self.settings.acknowledge_seconds_max);
        let begun = Instant::now();
        let mut pause = ACKNOWLEDGE_PAUSE_MIN;
        while begun.elapsed() < patience {
            let mut url = under(&self.url, &["services", "collector", "ack"]);
            url.query_pairs_mut().append_pair("channel", &self.channel);
            let question = self.request(url)?.body(format!("{{\"acks\":[{id}]}}"));
            let answer = ask(&self.who(), question).await?.accepted()?;
            let acknowledged: Acknowledged =
                serde_json::from_slice(&answer.body).map_err(|_| Error::later(answer.words()))?;
            if acknowledged.acks.get(&id.to_string()) == Some(&true) {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(ACKNOWLEDGE_PAUSE_MAX);
        }
        // Another channel: an answer to the old one may not be taken for the new one's.
        self.channel = Uuid::new_v4().to_string();
        Err(Error::later(format!(
            "{}: not indexed within {} s (acknowledge_seconds_max)",
            self.who(),
            patience.as_secs()
        )))
    }
}

/// Raw events are told apart by their line ends.
fn line(text: &[u8], body: &mut Vec<u8>) {
    body.extend(text.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }));
    body.push(b'\n');
}

enum Meaning {
    /// An event is to blame.
    Event,
    /// A setting is, here or of the token.
    Setting(&'static str),
    /// What the status says.
    Status,
}

/// The codes under "Possible error codes" of the manual.
fn meaning(status: StatusCode, code: Option<u32>) -> Meaning {
    match code {
        Some(1 | 22) => Meaning::Setting("enable the token in Splunk"),
        Some(2..=4 | 16 | 21) => Meaning::Setting("set token to a token of this Splunk"),
        Some(7) => Meaning::Setting("set index to one that the token allows"),
        Some(10 | 11) => Meaning::Setting("the token demands acknowledgement: set acknowledge"),
        Some(14) => Meaning::Setting(
            "switch on indexer acknowledgement for the token, or set acknowledge = false",
        ),
        Some(5 | 6 | 12 | 13 | 15) if status == StatusCode::BAD_REQUEST => Meaning::Event,
        _ => Meaning::Status,
    }
}
