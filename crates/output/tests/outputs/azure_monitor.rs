//! The Logs Ingestion API and the token endpoint, as Microsoft's pages describe them.

use async_trait::async_trait;
use output::{Guarantee, Service};
use serde_json::{Value, json};

use crate::contract::{self, Arrived, Receiver};
use crate::http_server::{Fault, HttpServer, Protocol, Reply, Request};
use crate::open::{open, open_error, outcome};
use crate::records;

const CALL: &str = "/dataCollectionRules/dcr-1/streams/Custom-Audit";

#[derive(Default)]
struct Azure {
    /// How many tokens were granted; only the last one is good.
    tokens: u32,
    expires_in: u64,
    rows: Vec<Value>,
    calls: usize,
}

impl Protocol for Azure {
    fn answer(&mut self, request: &Request) -> Reply {
        match request.path.as_str() {
            "/contoso.example/oauth2/v2.0/token" => self.grant(request),
            CALL => self.ingest(request),
            _ => {
                Reply::json(404, json!({"error": {"code": "NotFound", "message": "no such rule"}}))
            }
        }
    }
}

impl Azure {
    fn grant(&mut self, request: &Request) -> Reply {
        let form: Vec<(String, String)> =
            url::form_urlencoded::parse(&request.body).into_owned().collect();
        let value = |name: &str| {
            form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
        };
        assert_eq!(value("grant_type"), "client_credentials");
        assert_eq!(value("scope"), "https://monitor.azure.com/.default");
        if value("client_id") != "app" || value("client_secret") != "se+cret&" {
            let said = "AADSTS7000215: Invalid client secret provided.";
            return Reply::json(401, json!({"error": "invalid_client", "error_description": said}));
        }
        self.tokens += 1;
        let token = format!("token-{}", self.tokens);
        let expires_in = self.expires_in;
        Reply::json(
            200,
            json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": token}),
        )
    }

    fn ingest(&mut self, request: &Request) -> Reply {
        assert_eq!(request.query["api-version"], "2023-01-01");
        if request.header("authorization") != format!("Bearer token-{}", self.tokens) {
            return Reply::json(401, json!({"error": {"code": "InvalidToken"}}));
        }
        if request.body.len() > 1_000_000 {
            return Reply::json(413, json!({"error": {"code": "ContentLengthLimitExceeded"}}));
        }
        let rows = request.json();
        let rows = rows.as_array().expect("an array");
        if rows.iter().any(|row| row["n"] == "poison") {
            return Reply::json(400, json!({"error": {"code": "InvalidPayload"}}));
        }
        self.calls += 1;
        self.rows.extend(rows.iter().cloned());
        Reply::empty(204)
    }
}

struct Monitor {
    server: HttpServer<Azure>,
    more: &'static str,
}

#[async_trait]
impl Receiver for Monitor {
    fn service(&self) -> Box<dyn Service> {
        open("azure_monitor", &settings(&self.server.url(), self.more))
    }

    async fn kill(&mut self) {
        self.server.kill().await;
    }

    async fn restart(&mut self) {
        self.server.restart().await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        self.server.with(|it| it.rows.iter().map(Arrived::of_json).collect())
    }
}

fn settings(url: &str, more: &str) -> String {
    let mut settings = String::new();
    for (name, value) in [
        ("endpoint", url),
        ("login_url", url),
        ("rule_id", "dcr-1"),
        ("stream", "Custom-Audit"),
        ("tenant_id", "contoso.example"),
        ("client_id", "app"),
        ("client_secret", "env:se+cret&"),
    ] {
        if !more.contains(name) {
            settings.push_str(&format!("{name} = \"{value}\"\n"));
        }
    }
    settings + more
}

async fn monitor(more: &'static str) -> Monitor {
    let azure = Azure { expires_in: 3_599, ..Azure::default() };
    Monitor { server: HttpServer::start(azure).await, more }
}

#[tokio::test]
async fn arrives_in_order() {
    for more in ["", "gzip = false"] {
        let mut monitor = monitor(more).await;
        contract::arrives_in_order(&mut monitor).await;
        assert_eq!(monitor.server.with(|it| it.tokens), 1, "a token serves until it expires");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills() {
    contract::survives_kills(&mut monitor("").await, Guarantee::AtLeastOnce, 7).await;
}

#[tokio::test]
async fn a_row_has_time_and_key() {
    let monitor = monitor("").await;
    let mut batch = records::records(3);
    batch[1].body = r#"{"TimeGenerated":"2020-01-01T00:00:00Z"}"#.into();
    batch[2].body = "no JSON\n".into();
    monitor.service().deliver(&batch).await.unwrap();
    let rows = monitor.server.with(|it| it.rows.clone());
    assert_eq!(rows[0]["TimeGenerated"], "2024-05-01T10:00:00Z");
    assert_eq!(rows[0]["Trail365Key"], records::record(0).id());
    assert_eq!(rows[1]["TimeGenerated"], "2020-01-01T00:00:00Z");
    assert_eq!(rows[2]["RawData"], "no JSON\n");
}

fn long(n: u64, bytes: usize) -> output::Record {
    let mut record = records::record(n);
    record.body = json!({"n": n, "long": "x".repeat(bytes)}).to_string().into();
    record
}

#[tokio::test]
async fn a_batch_is_split_at_one_megabyte_and_what_never_fits_is_refused() {
    let monitor = monitor("gzip = false").await;
    let mut batch: Vec<_> = (0..10).map(|n| long(n, 300_000)).collect();
    batch[4] = long(4, 1_000_000);
    batch[9] = long(9, 1_000_000);
    let refused = outcome(&mut *monitor.service(), &batch).await;
    assert!(refused.starts_with("refused: 4: a record of 1000"), "{refused}");
    assert!(refused.contains("; 9: a record of 1000"), "{refused}");
    let numbers: Vec<Value> =
        monitor.server.with(|it| it.rows.iter().map(|row| row["n"].clone()).collect());
    assert_eq!(numbers, [0, 1, 2, 3, 5, 6, 7, 8]);
    assert_eq!(monitor.server.with(|it| it.calls), 4);
}

#[tokio::test]
async fn a_throttled_call_goes_on_where_it_was() {
    let monitor = monitor("").await;
    let mut service = monitor.service();
    service.deliver(&records::records(1)).await.unwrap();
    let mut throttled = Reply::json(429, json!({"error": {"code": "TooManyRequests"}}));
    throttled.headers.push(("retry-after", "9".to_owned()));
    let batch: Vec<_> = (0..8).map(|n| long(n, 300_000)).collect();
    monitor.server.faults([Fault::Answer(Reply::empty(204)), Fault::Answer(throttled)]);
    let outcome1 = outcome(&mut *service, &batch).await;
    assert!(outcome1.starts_with("later after 9 s: azure_monitor "), "{outcome1}");
    assert_eq!(outcome(&mut *service, &batch).await, "taken");
    let numbers: Vec<Value> =
        monitor.server.with(|it| it.rows.iter().skip(1).map(|row| row["n"].clone()).collect());
    assert_eq!(numbers, [3, 4, 5, 6, 7], "the first three were taken by the first call");
}

#[tokio::test]
async fn a_token_is_renewed_when_it_expires_or_is_revoked() {
    let monitor = monitor("").await;
    let mut service = monitor.service();
    service.deliver(&records::records(1)).await.unwrap();
    monitor.server.with(|it| it.tokens = 7);
    assert_eq!(outcome(&mut *service, &records::records(1)).await, "taken");
    assert_eq!(monitor.server.with(|it| it.tokens), 8);
    monitor.server.with(|it| it.expires_in = 0);
    let mut service = monitor.service();
    for expected in [9, 10] {
        assert_eq!(outcome(&mut *service, &records::records(1)).await, "taken");
        assert_eq!(monitor.server.with(|it| it.tokens), expected);
    }
}

#[tokio::test]
async fn what_an_administrator_has_to_mend_is_told() {
    for (more, expected) in [
        ("client_secret = \"env:wrong\"", "AADSTS7000215"),
        ("rule_id = \"dcr-2\"", "no such rule"),
    ] {
        let monitor = monitor(more).await;
        let outcome = outcome(&mut *monitor.service(), &records::records(1)).await;
        assert!(outcome.starts_with("denied: ") && outcome.contains(expected), "{outcome}");
        assert!(!outcome.contains("wrong"), "{outcome}");
    }
    let monitor = monitor("").await;
    let mut service = monitor.service();
    service.deliver(&records::records(1)).await.unwrap();
    let no = || Fault::Answer(Reply::json(403, json!({"error": {"code": "OperationFailed"}})));
    monitor.server.faults([no()]);
    let outcome = outcome(&mut *service, &records::records(1)).await;
    assert!(
        outcome.starts_with("denied: ") && outcome.contains("Monitoring Metrics Publisher"),
        "{outcome}"
    );
}

#[tokio::test]
async fn the_record_to_blame_is_found_in_a_refused_batch() {
    let monitor = monitor("").await;
    let mut batch = records::records(50);
    batch[11].body = r#"{"n":"poison"}"#.into();
    let parked = contract::deliver(&mut *monitor.service(), batch).await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].record.key, records::record(11).key);
    assert_eq!(monitor.server.with(|it| it.rows.len()), 49);
}

#[test]
fn settings_that_cannot_work_are_told() {
    for (more, expected) in [
        ("rule_id = \"../x\"", "rule_id: \"../x\" is no such name"),
        ("tenant_id = \"..\"", "tenant_id"),
        ("client_secret = \"abc\"", "env:NAME"),
        ("endpoint = \"x.ingest.monitor.azure.com\"", "endpoint: "),
        ("table = \"x\"", "unknown field `table`"),
    ] {
        let error = open_error("azure_monitor", &settings("https://localhost", more));
        assert!(error.contains(expected), "{more}: {error}");
    }
}
