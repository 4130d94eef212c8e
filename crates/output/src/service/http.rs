//! Any service that takes records over HTTP: a webhook, a collector's intake, a lambda.
//!
//! A batch is one request: lines of JSON, a JSON array, or what a template makes of it. It may be
//! signed, so that the receiver knows that it comes from here and is whole, and it may carry a key
//! that stays the same when the batch is sent again.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::Utc;
use event::{Cell, Field};
use hmac::{Hmac, KeyInit, Mac};
use minijinja::{AutoEscape, Environment, context};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::Url;

use super::http_answer::{ask, basic, hex, place, printable, service_url, with_body};
use crate::{
    Error, Guarantee, Kind, Limits, Record, Result, Secret, Service, Takes, Tls, World, settings,
};

pub const KIND: Kind = Kind {
    name: "http",
    about: "any service over HTTP: lines of JSON, a JSON array or a template, signed if wanted",
    takes: Takes::Body("decoded"),
    guarantee: Guarantee::AtLeastOnce,
    limits: Limits::DEFAULT,
    open: |table, world| Ok(Box::new(Http::open(settings::read(table)?, world)?)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
    #[serde(default = "default_method")]
    method: String,
    #[serde(default)]
    body: Body,
    /// Jinja: `records` is a list, each with `key`, `time`, `body`, `text` and the columns by name.
    template: Option<String>,
    /// How `{{ }}` in the template is escaped.
    #[serde(default)]
    escape: Escape,
    content_type: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Headers whose values are secrets.
    #[serde(default)]
    secret_headers: BTreeMap<String, Secret>,
    user: Option<String>,
    password: Option<Secret>,
    /// Sent as `Authorization: Bearer`.
    token: Option<Secret>,
    signature: Option<Signature>,
    /// Names the header that carries a hash of the batch's keys.
    idempotency_header: Option<String>,
    /// The statuses that mean "taken"; any 2xx if empty.
    #[serde(default)]
    expect: Vec<u16>,
    #[serde(default)]
    gzip: bool,
    #[serde(default)]
    tls: Tls,
}

/// HMAC-SHA256 over the timestamp, a dot and the body before compression; in hexadecimal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    secret: Secret,
    #[serde(default = "default_signature_header")]
    header: String,
    /// Seconds since 1970, so that the receiver can refuse what is replayed later.
    #[serde(default = "default_timestamp_header")]
    timestamp_header: String,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Body {
    #[default]
    Ndjson,
    Array,
    Template,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Escape {
    /// Every value is written as JSON, quotes included.
    #[default]
    Json,
    Html,
    None,
}

fn default_method() -> String {
    "POST".to_owned()
}

fn default_signature_header() -> String {
    "X-Signature".to_owned()
}

fn default_timestamp_header() -> String {
    "X-Timestamp".to_owned()
}

/// The template's name inside its environment.
const TEMPLATE: &str = "template";

struct Http {
    settings: Settings,
    url: Url,
    method: Method,
    headers: Vec<(HeaderName, HeaderValue)>,
    template: Option<Environment<'static>>,
    world: World,
    client: Option<Client>,
}

impl Http {
    fn open(settings: Settings, world: World) -> std::result::Result<Http, String> {
        let url = service_url("url", &settings.url)?;
        let method = match settings.method.as_str() {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            other => return Err(format!("method: {other} is none of POST, PUT and PATCH")),
        };
        if settings.user.is_some() != settings.password.is_some() {
            return Err("user and password go together".to_owned());
        }
        if settings.user.is_some() && settings.token.is_some() {
            return Err("set token, or user and password, not both".to_owned());
        }
        let mut headers = Vec::new();
        for (name, value) in &settings.headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| format!("headers: the value of {name} is not printable ASCII"))?;
            headers.push((header_name(name)?, value));
        }
        let signature = settings.signature.iter().flat_map(|it| [&it.header, &it.timestamp_header]);
        let named = settings.secret_headers.keys().chain(&settings.idempotency_header);
        for name in named.chain(signature) {
            header_name(name)?;
        }
        let template = match (settings.body, &settings.template) {
            (Body::Template, Some(text)) => Some(environment(text, settings.escape)?),
            (Body::Template, None) => return Err("body = \"template\" needs template".to_owned()),
            (_, Some(_)) => return Err("template needs body = \"template\"".to_owned()),
            (_, None) => None,
        };
        Ok(Http { settings, url, method, headers, template, world, client: None })
    }

    fn who(&self) -> String {
        format!("http {}", place(&self.url))
    }

    fn body(&self, records: &[Record]) -> Result<Vec<u8>> {
        let Some(environment) = &self.template else {
            return Ok(json(records, self.settings.body == Body::Array));
        };
        let seen: Vec<Value> = records.iter().map(seen_by_template).collect();
        let records = minijinja::Value::from(minijinja::value::Serde(&seen));
        let template = environment.get_template(TEMPLATE);
        let text = template.and_then(|template| template.render(context! { records }));
        // A wrong template is wrong for all records alike.
        text.map(String::into_bytes)
            .map_err(|error| Error::denied(format!("template: {}", printable(&error.to_string()))))
    }

    fn request(&mut self, records: &[Record], body: Vec<u8>) -> Result<RequestBuilder> {
        let client = match &self.client {
            Some(client) => client,
            None => self.client.insert(self.settings.tls.http()?),
        };
        let settings = &self.settings;
        let content_type = settings.content_type.as_deref().unwrap_or(match settings.body {
            Body::Ndjson => "application/x-ndjson",
            Body::Array | Body::Template => "application/json",
        });
        let mut request = client
            .request(self.method.clone(), self.url.clone())
            .header("content-type", content_type);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, secret) in &settings.secret_headers {
            request = request.header(name, secret.read(&self.world)?);
        }
        if let Some(token) = &settings.token {
            request =
                request.header("authorization", format!("Bearer {}", token.read(&self.world)?));
        }
        if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
            request = request.header("authorization", basic(user, &password.read(&self.world)?));
        }
        if let Some(name) = &settings.idempotency_header {
            request = request.header(name, batch_key(records));
        }
        if let Some(signature) = &settings.signature {
            let timestamp = Utc::now().timestamp().to_string();
            let secret = signature.secret.read(&self.world)?;
            request = request
                .header(&signature.header, sign(&secret, &timestamp, &body))
                .header(&signature.timestamp_header, timestamp);
        }
        Ok(with_body(request, body, settings.gzip))
    }
}

#[async_trait]
impl Service for Http {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let body = self.body(records)?;
        let request = self.request(records, body)?;
        let answer = ask(&self.who(), request).await?;
        let expected = &self.settings.expect;
        if expected.is_empty() {
            return answer.accepted().map(|_| ());
        }
        if expected.contains(&answer.status.as_u16()) {
            return Ok(());
        }
        if answer.status.is_success() {
            let words = answer.words();
            return Err(Error::Denied { words: format!("{words}; expect has no such status") });
        }
        Err(answer.error())
    }
}

fn header_name(name: &str) -> std::result::Result<HeaderName, String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no name of a header"))
}

fn environment(text: &str, escape: Escape) -> std::result::Result<Environment<'static>, String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(move |_| match escape {
        Escape::Json => AutoEscape::Json,
        Escape::Html => AutoEscape::Html,
        Escape::None => AutoEscape::None,
    });
    environment
        .add_template_owned(TEMPLATE, text.to_owned())
        .map_err(|error| format!("template: {}", printable(&error.to_string())))?;
    Ok(environment)
}

/// Bodies that are JSON as they are, others as a JSON string.
fn json(records: &[Record], is_array: bool) -> Vec<u8> {
    let mut body = Vec::with_capacity(records.iter().map(|it| it.body.len() + 2).sum());
    if is_array {
        body.push(b'[');
    }
    for (index, record) in records.iter().enumerate() {
        if is_array && index > 0 {
            body.push(b',');
        }
        let text = &record.body;
        let is_json = serde_json::from_slice::<&serde_json::value::RawValue>(text).is_ok();
        if is_json && !text.contains(&b'\n') && !text.contains(&b'\r') {
            body.extend_from_slice(text);
        } else {
            serde_json::to_writer(&mut body, &parsed(text)).expect("memory takes all writes");
        }
        if !is_array {
            body.push(b'\n');
        }
    }
    if is_array {
        body.push(b']');
    }
    body
}

fn parsed(text: &[u8]) -> Value {
    serde_json::from_slice(text)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(text).into_owned()))
}

fn seen_by_template(record: &Record) -> Value {
    let mut seen = Map::new();
    for field in Field::ALL {
        let value = match record.cell(field) {
            Some(Cell::Int(number)) => Value::from(*number),
            Some(_) => record.shown(field).into_iter().collect::<String>().into(),
            None => Value::Null,
        };
        seen.insert(field.name().to_owned(), value);
    }
    seen.insert("key".to_owned(), record.id().into());
    seen.insert("time".to_owned(), event::time::iso_text(record.time()).into());
    seen.insert("text".to_owned(), String::from_utf8_lossy(&record.body).into_owned().into());
    seen.insert("body".to_owned(), parsed(&record.body));
    Value::Object(seen)
}

fn batch_key(records: &[Record]) -> String {
    let mut hash = Sha256::new();
    for record in records {
        hash.update(record.id());
    }
    hex(&hash.finalize())
}

fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length serves");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex(&mac.finalize().into_bytes())
}
