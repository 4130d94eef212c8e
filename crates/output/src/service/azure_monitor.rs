//! Azure Monitor, and with it Microsoft Sentinel: the Logs Ingestion API.
//!
//! Records go to a stream of a data collection rule, which brings them into a table. A call takes
//! one megabyte at most, so a batch may take several calls. The application signs in with its
//! client secret; it needs the role "Monitoring Metrics Publisher" on the rule. Calls, limits and
//! answers are as Microsoft's page "Logs Ingestion API in Azure Monitor" tells them, the sign-in as
//! "OAuth 2.0 client credentials flow" does.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, StatusCode};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use tokio::time::Instant;
use url::Url;

use super::http_answer::{ask, place, service_url, under, with_body};
use super::progress::Progress;
use crate::{
    Error, Guarantee, Kind, Limits, Record, Result, Secret, Service, Takes, Tls, World, settings,
};

pub const KIND: Kind = Kind {
    name: "azure_monitor",
    about: "Azure Monitor and Microsoft Sentinel, through the Logs Ingestion API",
    takes: Takes::Body("decoded"),
    guarantee: Guarantee::AtLeastOnce,
    limits: Limits::DEFAULT,
    open: |table, world| {
        let settings = settings::read::<Settings>(table)?;
        let endpoint = service_url("endpoint", &settings.endpoint)?;
        let login = service_url("login_url", &settings.login_url)?;
        for (name, value) in [
            ("rule_id", &settings.rule_id),
            ("stream", &settings.stream),
            ("tenant_id", &settings.tenant_id),
        ] {
            let fits = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
            if value.trim_matches('.').is_empty() || !value.chars().all(fits) {
                return Err(format!("{name}: {value:?} is no such name"));
            }
        }
        Ok(Box::new(AzureMonitor {
            settings,
            endpoint,
            login,
            world,
            client: None,
            token: None,
            progress: Progress::default(),
        }))
    },
};

const API_VERSION: &str = "2023-01-01";
/// The limit is 1 MB, for the call as sent and decompressed.
const CALL_BYTES_MAX: usize = 1_000_000;
/// A token is not used in its last minutes.
const TOKEN_MARGIN: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Of the data collection rule or endpoint, `https://NAME.REGION.ingest.monitor.azure.com`.
    endpoint: String,
    /// The rule's immutable id, `dcr-...`.
    rule_id: String,
    /// The rule's stream, `Custom-...`.
    stream: String,
    tenant_id: String,
    client_id: String,
    client_secret: Secret,
    #[serde(default = "default_login_url")]
    login_url: String,
    /// Of the cloud; other clouds than the public one have their own.
    #[serde(default = "default_scope")]
    scope: String,
    #[serde(default = "default_gzip")]
    gzip: bool,
    #[serde(default)]
    tls: Tls,
}

fn default_login_url() -> String {
    "https://login.microsoftonline.com".to_owned()
}

fn default_scope() -> String {
    "https://monitor.azure.com/.default".to_owned()
}

fn default_gzip() -> bool {
    true
}

struct AzureMonitor {
    settings: Settings,
    endpoint: Url,
    login: Url,
    world: World,
    client: Option<Client>,
    token: Option<Token>,
    progress: Progress,
}

struct Token {
    text: String,
    until: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

#[async_trait]
impl Service for AzureMonitor {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let mut next = self.progress.resume(records);
        while next < records.len() {
            let (rows, count) = rows(&records[next..]);
            if count > 0 {
                self.call(rows).await?;
            } else {
                let bytes = row(&records[next]).len();
                let words = format!(
                    "a record of {bytes} bytes is longer than the {CALL_BYTES_MAX} of one call"
                );
                self.progress.refuse(next, words);
            }
            next += count.max(1);
            self.progress.reached(next);
        }
        self.progress.finish()
    }
}

impl AzureMonitor {
    fn client(&mut self) -> Result<Client> {
        if self.client.is_none() {
            self.client = Some(self.settings.tls.http()?);
        }
        Ok(self.client.clone().expect("set above"))
    }

    /// A token that is refused is renewed once: it may have been revoked before its time.
    async fn call(&mut self, body: Vec<u8>) -> Result<()> {
        let client = self.client()?;
        let settings = &self.settings;
        let path = ["dataCollectionRules", &settings.rule_id, "streams", &settings.stream];
        let mut url = under(&self.endpoint, &path);
        url.query_pairs_mut().append_pair("api-version", API_VERSION);
        let who = format!("azure_monitor {}", place(&self.endpoint));
        let mut renewed = false;
        loop {
            let request = client
                .post(url.clone())
                .bearer_auth(self.token().await?)
                .header("content-type", "application/json");
            let answer = ask(&who, with_body(request, body.clone(), self.settings.gzip)).await?;
            if answer.status == StatusCode::UNAUTHORIZED && !renewed {
                self.token = None;
                renewed = true;
                continue;
            }
            return answer.accepted().map(|_| ()).map_err(|error| match error {
                Error::Denied { words } => Error::denied(format!(
                    "{words}; check endpoint, rule_id and stream, and the application's role \
                         Monitoring Metrics Publisher on the rule"
                )),
                other => other,
            });
        }
    }

    async fn token(&mut self) -> Result<String> {
        if let Some(token) = self.token.as_ref().filter(|it| Instant::now() < it.until) {
            return Ok(token.text.clone());
        }
        let client = self.client()?;
        let settings = &self.settings;
        let secret = settings.client_secret.read(&self.world)?;
        let url = under(&self.login, &[&settings.tenant_id, "oauth2", "v2.0", "token"]);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", settings.client_id.as_str()),
            ("client_secret", secret.as_str()),
            ("scope", settings.scope.as_str()),
        ];
        let who = format!("azure_monitor {}", place(&self.login));
        let begun = Instant::now();
        let answer = ask(&who, client.post(url).form(&form)).await?;
        let answer = answer.accepted().map_err(|error| match error {
            // No record is to blame for a sign-in that fails.
            Error::Whole { words } | Error::Denied { words } => Error::Denied {
                words: format!("{words}; check tenant_id, client_id and client_secret"),
            },
            other => other,
        })?;
        let granted: Granted = serde_json::from_slice(&answer.body)
            .map_err(|_| Error::later(format!("{who}: the answer has no token")))?;
        let lasts = Duration::from_secs(granted.expires_in);
        let margin = TOKEN_MARGIN.min(lasts / 2);
        let text = granted.access_token;
        self.token = Some(Token { text: text.clone(), until: begun + (lasts - margin) });
        Ok(text)
    }
}

/// As many rows from the front as one call takes, as a JSON array, and how many they are.
fn rows(records: &[Record]) -> (Vec<u8>, usize) {
    let mut rows = vec![b'['];
    let mut count = 0;
    for record in records {
        let row = row(record);
        // With a comma and the bracket at the end.
        if rows.len() + row.len() + 2 > CALL_BYTES_MAX {
            break;
        }
        if count > 0 {
            rows.push(b',');
        }
        rows.extend_from_slice(&row);
        count += 1;
    }
    rows.push(b']');
    (rows, count)
}

/// A row of the stream: the body's members, and always a `TimeGenerated`, which every table has,
/// and the key. The rule drops what its stream does not declare.
fn row(record: &Record) -> Vec<u8> {
    spliced(record).unwrap_or_else(|| rewritten(record))
}

/// The two put before the members of a body that has neither; most bodies are so, and need not be
/// taken apart.
fn spliced(record: &Record) -> Option<Vec<u8>> {
    #[derive(Deserialize)]
    struct Found {
        #[serde(rename = "TimeGenerated", default, deserialize_with = "found")]
        time: bool,
        #[serde(rename = "Trail365Key", default, deserialize_with = "found")]
        key: bool,
    }
    let text = std::str::from_utf8(&record.body).ok()?.trim_ascii();
    let members = text.strip_prefix('{')?;
    // Half a surrogate pair is told only by taking the text apart.
    if text.contains("\\ud") || text.contains("\\uD") {
        return None;
    }
    let Found { time: false, key: false } = serde_json::from_str(text).ok()? else { return None };
    let (time, key) = (event::time::iso_text(record.time()), record.id());
    let comma = if members.trim_ascii_start() == "}" { "" } else { "," };
    let row = format!("{{\"TimeGenerated\":\"{time}\",\"Trail365Key\":\"{key}\"{comma}{members}");
    Some(row.into_bytes())
}

/// Whatever the value is, null too.
fn found<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<bool, D::Error> {
    IgnoredAny::deserialize(from).map(|_| true)
}

fn rewritten(record: &Record) -> Vec<u8> {
    let mut row = match serde_json::from_slice(&record.body) {
        Ok(Value::Object(members)) => members,
        _ => {
            let text = String::from_utf8_lossy(&record.body).into_owned();
            Map::from_iter([("RawData".to_owned(), Value::String(text))])
        }
    };
    let time = || event::time::iso_text(record.time()).into();
    row.entry("TimeGenerated").or_insert_with(time);
    row.entry("Trail365Key").or_insert_with(|| record.id().into());
    serde_json::to_vec(&row).expect("memory takes all writes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_same_whichever_way_it_is_made() {
        for (body, is_spliced) in [
            (&b"{}"[..], true),
            (b" { } ", true),
            (br#"{"a":[{"TimeGenerated":1}],"b":"}"}"#, true),
            (b"{\n\"a\" : null\n}\n", true),
            (br#"{"TimeGenerated":null}"#, false),
            (br#"{"a":1,"Trail365Key":"mine"}"#, false),
            (br#"{"\u0054imeGenerated":1}"#, false),
            (br#"["TimeGenerated","Trail365Key"]"#, false),
            (b"{\"a\":\"\xff\"}", false),
            (b"{\"a\":1}{", false),
            (br#"{"a":"\ud800"}"#, false),
            (br#"{"a":"\uD83D\uDC80"}"#, false),
            (b"plain", false),
            (b"", false),
        ] {
            let record = Record {
                key: event::Key { id: 1, content: 2 },
                raw: Default::default(),
                cells: Vec::new(),
                body: body.into(),
                typed: None,
            };
            let shown = String::from_utf8_lossy(body);
            assert_eq!(spliced(&record).is_some(), is_spliced, "{shown}");
            let [made, slow]: [Value; 2] =
                [row(&record), rewritten(&record)].map(|it| serde_json::from_slice(&it).unwrap());
            assert_eq!(made, slow, "{shown}");
        }
    }
}
