//! Elasticsearch and OpenSearch: a data stream or an index, through `_bulk`.
//!
//! A document's `_id` is the record's key and data streams take it by `create`, so a record that
//! comes again is told apart by the service itself: its 409 means that the record is there already.
//! An id is unique within one backing index; a batch whose answer got lost just when a data stream
//! rolled over could be there twice. With `setup` the index template and the data stream are made
//! at the first connection if they are missing. What `_bulk` answers is as Elastic's and
//! OpenSearch's references of the bulk API tell it.

use std::fmt::Write;

use async_trait::async_trait;
use chrono::DateTime;
use chrono::format::{Item, StrftimeItems};
use event::Field;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use url::Url;

use super::http_answer::{Answer, ask, basic, place, printable, service_url, under, with_body};
use crate::{
    Error, Guarantee, Kind, Limits, Record, Refusal, Result, Secret, Service, Takes, Tls, World,
    settings,
};

pub const KIND: Kind = Kind {
    name: "elasticsearch",
    about: "Elasticsearch or OpenSearch, a data stream or an index",
    takes: Takes::Body("ecs"),
    guarantee: Guarantee::Once,
    limits: Limits::DEFAULT,
    open: |table, world| {
        let settings = settings::read::<Settings>(table)?;
        let url = service_url("url", &settings.url)?;
        let target = target(&settings)?;
        match (&settings.api_key, &settings.user, &settings.password) {
            (None, None, None) | (Some(_), None, None) | (None, Some(_), Some(_)) => {}
            _ => return Err("set api_key, or user and password, or none of them".to_owned()),
        }
        let ready = !settings.setup;
        Ok(Box::new(Elasticsearch { settings, url, target, world, client: None, ready }))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Of a node or a load balancer, `https://elastic.example:9200`.
    url: String,
    /// A data stream; `logs-trail365.audit-default` if neither this nor `index` is set.
    data_stream: Option<String>,
    /// An index instead; `%Y`, `%m` and `%d` stand for the day of the record, `trail365-%Y.%m`.
    index: Option<String>,
    user: Option<String>,
    password: Option<Secret>,
    /// An API key in its encoded form.
    api_key: Option<Secret>,
    /// An ingest pipeline of the service.
    pipeline: Option<String>,
    /// Make the index template and the data stream if they are missing.
    #[serde(default = "yes")]
    setup: bool,
    #[serde(default = "yes")]
    gzip: bool,
    #[serde(default)]
    tls: Tls,
}

fn yes() -> bool {
    true
}

const DATA_STREAM: &str = "logs-trail365.audit-default";
/// What is wanted of an answer: without it, it is longer than the documents.
const FILTER: &str = "errors,items.*.status,items.*.error.type,items.*.error.reason,\
                      items.*.error.caused_by.reason";
/// Above the 100 of the templates that Elasticsearch brings for `logs-*-*`.
const TEMPLATE_PRIORITY: u32 = 500;
/// Of both services.
const NAME_BYTES_MAX: usize = 255;

enum Target {
    DataStream(String),
    /// A pattern of `strftime`.
    Index(String),
}

fn target(settings: &Settings) -> std::result::Result<Target, String> {
    let (setting, name, target) = match (&settings.data_stream, &settings.index) {
        (Some(_), Some(_)) => return Err("set data_stream or index, not both".to_owned()),
        (None, Some(index)) => ("index", index.clone(), Target::Index(index.clone())),
        (Some(name), None) => ("data_stream", name.clone(), Target::DataStream(name.clone())),
        (None, None) => return Ok(Target::DataStream(DATA_STREAM.to_owned())),
    };
    let dated = matches!(target, Target::Index(_));
    if dated && StrftimeItems::new(&name).any(|item| item == Item::Error) {
        return Err(format!("index: {name} has a % that is none of %Y, %m and %d"));
    }
    let plain =
        if dated { name.replace("%Y", "").replace("%m", "").replace("%d", "") } else { name };
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    if plain.is_empty()
        || plain.len() > NAME_BYTES_MAX
        || !plain.bytes().all(fits)
        || plain.starts_with(['-', '_', '.'])
    {
        return Err(format!(
            "{setting}: a name begins with a letter or digit and has small letters, digits, -, _ \
             and . only"
        ));
    }
    Ok(target)
}

impl Target {
    fn name(&self, record: &Record) -> String {
        match self {
            Target::DataStream(name) => name.clone(),
            Target::Index(pattern) => {
                let time = DateTime::from_timestamp_micros(record.time()).unwrap_or_default();
                time.format(pattern).to_string()
            }
        }
    }

    /// What the names look like, for the index template.
    fn pattern(&self) -> String {
        match self {
            Target::DataStream(name) => name.clone(),
            Target::Index(name) => name.replace("%Y", "*").replace("%m", "*").replace("%d", "*"),
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            Target::DataStream(_) => "create",
            Target::Index(_) => "index",
        }
    }
}

struct Elasticsearch {
    settings: Settings,
    url: Url,
    target: Target,
    world: World,
    client: Option<Client>,
    /// Template and data stream are there.
    ready: bool,
}

/// What most answers of `_bulk` are read for.
#[derive(Deserialize)]
struct Outcome {
    errors: bool,
}

/// The answer of `_bulk`, as far as it is asked for.
#[derive(Deserialize)]
struct Bulk {
    items: Vec<Map<String, Value>>,
}

#[async_trait]
impl Service for Elasticsearch {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        if !self.ready {
            self.set_up().await?;
            self.ready = true;
        }
        let mut url = under(&self.url, &["_bulk"]);
        url.query_pairs_mut().append_pair("filter_path", FILTER);
        if let Some(pipeline) = &self.settings.pipeline {
            url.query_pairs_mut().append_pair("pipeline", pipeline);
        }
        let mut body = Vec::with_capacity(records.iter().map(|it| it.body.len() + 128).sum());
        for record in records {
            // A name was checked to have no character that JSON would escape.
            let (verb, name, id) = (self.target.verb(), self.target.name(record), record.id());
            let action = format!("{{\"{verb}\":{{\"_index\":\"{name}\",\"_id\":\"{id}\"}}}}\n");
            body.extend_from_slice(action.as_bytes());
            document(record, &mut body);
            body.push(b'\n');
        }
        let gzip = self.settings.gzip;
        let request =
            self.request(Method::POST, url)?.header("content-type", "application/x-ndjson");
        let answer = ask(&self.who(), with_body(request, body, gzip)).await?.accepted()?;
        let unread = |_| Error::later(answer.words());
        let outcome: Outcome = serde_json::from_slice(&answer.body).map_err(unread)?;
        if !outcome.errors {
            return Ok(());
        }
        let bulk: Bulk = serde_json::from_slice(&answer.body).map_err(unread)?;
        self.judge(&answer, &bulk, records.len())
    }
}

impl Elasticsearch {
    fn who(&self) -> String {
        format!("elasticsearch {}", place(&self.url))
    }

    fn request(&mut self, method: Method, url: Url) -> Result<RequestBuilder> {
        let client = match &self.client {
            Some(client) => client,
            None => self.client.insert(self.settings.tls.http()?),
        };
        let request = client.request(method, url);
        let settings = &self.settings;
        Ok(match (&settings.api_key, &settings.user, &settings.password) {
            (Some(key), ..) => {
                request.header("authorization", format!("ApiKey {}", key.read(&self.world)?))
            }
            (None, Some(user), Some(password)) => {
                request.header("authorization", basic(user, &password.read(&self.world)?))
            }
            _ => request,
        })
    }

    /// Each item has its own status. Those to be tried later bring the whole batch again: what was
    /// taken already is told apart by its id.
    fn judge(&self, answer: &Answer, bulk: &Bulk, sent: usize) -> Result<()> {
        if bulk.items.len() != sent {
            let got = bulk.items.len();
            return Err(Error::later(format!("{}: {got} answers to {sent} records", self.who())));
        }
        let mut refused = Vec::new();
        for (index, item) in bulk.items.iter().enumerate() {
            let Some(result) = item.values().next() else { continue };
            let status = result["status"].as_u64().unwrap_or(500) as u16;
            let reason = reason(status, &result["error"]);
            let words = format!("{}: {reason}", self.who());
            match status {
                200..=299 | 409 => {}
                400 | 413 | 422 => refused.push(Refusal { index, reason: words }),
                408 | 429 | 500.. => {
                    let too_many = StatusCode::TOO_MANY_REQUESTS;
                    return Err(match answer.error_of(too_many) {
                        Error::Later { after, .. } => Error::Later { words, after },
                        other => other,
                    });
                }
                _ => return Err(Error::Denied { words }),
            }
        }
        if refused.is_empty() { Ok(()) } else { Err(Error::Some(refused)) }
    }

    /// Makes what is missing; what is there is left as it is.
    async fn set_up(&mut self) -> Result<()> {
        let pattern = self.target.pattern();
        let template = format!("trail365-{}", pattern.replace('*', "x"));
        let template = under(&self.url, &["_index_template", &template]);
        let is_stream = matches!(self.target, Target::DataStream(_));
        if !self.is_there(template.clone()).await? {
            self.make(template, Some(index_template(&pattern, is_stream))).await?;
        }
        if let Target::DataStream(name) = &self.target {
            let stream = under(&self.url, &["_data_stream", name]);
            if !self.is_there(stream.clone()).await? {
                self.make(stream, None).await?;
            }
        }
        Ok(())
    }

    async fn is_there(&mut self, url: Url) -> Result<bool> {
        let request = self.request(Method::GET, url)?;
        let answer = ask(&self.who(), request).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        answer.accepted().map(|_| true).map_err(setup_error)
    }

    async fn make(&mut self, url: Url, body: Option<Value>) -> Result<()> {
        let mut request = self.request(Method::PUT, url)?;
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = ask(&self.who(), request).await?;
        // Somebody else made it in between.
        let exists = answer.status == StatusCode::BAD_REQUEST
            && answer.body.windows(23).any(|it| it == b"resource_already_exists");
        if exists {
            return Ok(());
        }
        answer.accepted().map(|_| ()).map_err(setup_error)
    }
}

/// No record is to blame for what goes wrong here.
fn setup_error(error: Error) -> Error {
    match error {
        Error::Whole { words } | Error::Denied { words } => Error::Denied {
            words: format!(
                "{words}; grant manage_index_templates and create_index, or make template and \
                 data stream yourself and set setup = false"
            ),
        },
        other => other,
    }
}

fn reason(status: u16, error: &Value) -> String {
    let mut words = format!("{status}");
    for text in [&error["type"], &error["reason"], &error["caused_by"]["reason"]] {
        if let Some(text) = text.as_str() {
            let _ = write!(words, ": {}", printable(text));
        }
    }
    words
}

/// Writes the body on one line, with `@timestamp`: a data stream takes nothing without it.
fn document(record: &Record, body: &mut Vec<u8>) {
    #[derive(Deserialize)]
    struct Stamped<'a> {
        #[serde(rename = "@timestamp", borrow)]
        timestamp: &'a RawValue,
    }
    // Members that are passed over are not looked at, so the text is checked before.
    let is_stamped = std::str::from_utf8(&record.body).is_ok_and(|text| {
        serde_json::from_str::<Stamped>(text).is_ok_and(|it| it.timestamp.get() != "null")
    });
    if is_stamped && !record.body.contains(&b'\n') && !record.body.contains(&b'\r') {
        body.extend_from_slice(&record.body);
        return;
    }
    let mut document = match serde_json::from_slice(&record.body) {
        Ok(Value::Object(object)) => object,
        _ => {
            let text = String::from_utf8_lossy(&record.body).into_owned();
            Map::from_iter([("message".to_owned(), Value::String(text))])
        }
    };
    let stamp = document.entry("@timestamp").or_insert(Value::Null);
    if stamp.is_null() {
        *stamp = event::time::iso_text(record.time()).into();
    }
    if let Some(tenant) = record.text(Field::Tenant) {
        document.entry("trail365_tenant").or_insert_with(|| tenant.into());
    }
    serde_json::to_writer(body, &document).expect("memory takes all writes");
}

/// Words stay words, addresses can be asked for by network, and what is long is kept unindexed.
fn index_template(pattern: &str, is_stream: bool) -> Value {
    let keyword = json!({"type": "keyword", "ignore_above": 1024});
    let address = json!({"type": "ip", "ignore_malformed": true});
    let mut template = json!({
        "index_patterns": [pattern],
        "priority": TEMPLATE_PRIORITY,
        "_meta": {"made_by": "trail365", "about": "Microsoft 365 audit records"},
        "template": {
            "settings": {"index.mapping.total_fields.limit": 5000},
            "mappings": {
                "date_detection": false,
                "dynamic_templates": [
                    {"addresses": {"path_match": "*.ip", "match_mapping_type": "string",
                        "mapping": address}},
                    {"words": {"match_mapping_type": "string", "mapping": keyword}},
                ],
                "properties": {
                    "@timestamp": {"type": "date"},
                    "message": {"type": "text"},
                    "event": {"properties": {
                        "created": {"type": "date"},
                        "ingested": {"type": "date"},
                        "original": {"type": "keyword", "index": false, "doc_values": false},
                    }},
                },
            },
        },
    });
    if is_stream {
        template["data_stream"] = json!({});
    }
    template
}
