//! Does the emulator behave on a socket?

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use chrono::Utc;
use emulator::{Emulator, EmulatorOptions, serve};
use reqwest::Client;
use serde_json::{Value, json};
use support::options;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// An emulator on a port of its own; it stops when this is dropped.
struct Served {
    base: String,
    tenant: String,
    client: Client,
    token: String,
    _stop: oneshot::Sender<()>,
}

impl Served {
    async fn start(options: EmulatorOptions) -> Served {
        let setup = options.tenants[0].clone();
        let emulator = Arc::new(Emulator::new(options, Utc::now()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(listener, emulator, async {
            let _ = stopped.await;
        }));
        let client = Client::new();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &setup.client_id),
            ("client_secret", &setup.client_secret),
            ("resource", "https://manage.office.com"),
        ];
        let tenant = setup.tenant.tenant_id;
        let answer =
            client.post(format!("{base}/{tenant}/oauth2/token")).form(&form).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        let token = body["access_token"].as_str().unwrap().to_owned();
        Served { base, tenant, client, token, _stop: stop }
    }

    fn feed(&self, rest: &str) -> String {
        format!("{}/api/v1.0/{}/activity/feed/{rest}", self.base, self.tenant)
    }

    async fn get(&self, url: &str) -> reqwest::Response {
        self.client.get(url).bearer_auth(&self.token).send().await.unwrap()
    }

    async fn begin(&self, content_type: &str, body: Value) -> reqwest::Response {
        let url = self.feed(&format!("subscriptions/start?contentType={content_type}"));
        self.client.post(url).bearer_auth(&self.token).body(body.to_string()).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_client_reads_a_blob_and_faults_strike() {
    let served = Served::start(options(2_000)).await;
    assert_eq!(served.begin("Audit.Exchange", json!({})).await.status(), 200);
    let url = served.feed("subscriptions/content?contentType=Audit.Exchange");
    let listed: Value = served.get(&url).await.json().await.unwrap();
    let uri = listed[0]["contentUri"].as_str().unwrap();
    assert!(uri.starts_with(&served.base));
    let records: Value = served.get(uri).await.json().await.unwrap();
    assert!(!records.as_array().unwrap().is_empty());

    let faults = served.client.post(format!("{}/emulator/faults", served.base));
    let answer =
        faults.body(r#"{"cut_body_rate":1,"slow_rate":1,"slow_ms":80}"#).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["slow_ms"], 80);
    let started = std::time::Instant::now();
    let cut = served.get(uri).await;
    assert!(started.elapsed() >= Duration::from_millis(80));
    assert_eq!(cut.status(), 200);
    assert!(cut.bytes().await.is_err());
    let refused = served.client.post(format!("{}/emulator/faults", served.base)).body("{\"x\":1}");
    assert_eq!(refused.send().await.unwrap().status(), 400);
}

type Received = Arc<Mutex<Vec<(HeaderMap, Value)>>>;

async fn receive(State(received): State<Received>, headers: HeaderMap, body: Bytes) {
    let body = serde_json::from_slice(&body).unwrap_or_default();
    received.lock().unwrap().push((headers, body));
}

#[tokio::test]
async fn a_webhook_is_validated_and_notified() {
    let received = Received::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let router = Router::new().route("/hook", post(receive)).with_state(received.clone());
    tokio::spawn(async { axum::serve(listener, router).await });

    let mut options = options(0);
    options.tenants[0].tenant.rate = 200.0;
    options.tenants[0].tenant.publish_every_ms = 200;
    let served = Served::start(options).await;
    let webhook = json!({"webhook": {"address": address, "authId": "x"}});
    let answer = served.begin("Audit.Exchange", webhook).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["webhook"]["status"], "enabled");
    let (headers, body) = received.lock().unwrap()[0].clone();
    assert_eq!(headers["webhook-validationcode"], body["validationCode"].as_str().unwrap());

    let mut notified = Value::Null;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if let Some((headers, body)) = received.lock().unwrap().get(1) {
            assert_eq!(headers["webhook-authid"], "x");
            notified = body.clone();
            break;
        }
    }
    let uri = notified[0]["contentUri"].as_str().unwrap();
    assert!(uri.starts_with(&served.base));
    assert_eq!(served.get(uri).await.status(), 200);
}

#[tokio::test]
async fn a_scenario_can_be_played_while_running() {
    let mut options = options(0);
    options.tenants[0].tenant.publish_every_ms = 200;
    let served = Served::start(options).await;
    let play = format!("{}/emulator/play?scenario=password-spray", served.base);
    let story: Value = served.client.post(play).send().await.unwrap().json().await.unwrap();
    assert_eq!(story["scenario"], "password-spray");
    served.begin("Audit.AzureActiveDirectory", json!({})).await;
    let url = served.feed("subscriptions/content?contentType=Audit.AzureActiveDirectory");
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let listed: Value = served.get(&url).await.json().await.unwrap();
        if let Some(uri) = listed[0]["contentUri"].as_str() {
            let records: Value = served.get(uri).await.json().await.unwrap();
            assert!(records.as_array().unwrap().len() > 100);
            assert_eq!(records[0]["Id"], story["record_ids"][0]);
            return;
        }
    }
    panic!("the scenario was not published");
}

#[tokio::test]
async fn answers_that_never_come_hold_the_connection() {
    let served = Served::start(options(10)).await;
    let faults = served.client.post(format!("{}/emulator/faults", served.base));
    assert_eq!(faults.body(r#"{"timeout_rate":1}"#).send().await.unwrap().status(), 200);
    let url = served.feed("subscriptions/list");
    let request = served.client.get(url).bearer_auth(&served.token);
    let error = request.timeout(Duration::from_millis(300)).send().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn the_date_may_be_wrong() {
    let served = Served::start(options(10)).await;
    let faults = served.client.post(format!("{}/emulator/faults", served.base));
    faults.body(r#"{"clock_skew_seconds":-3600}"#).send().await.unwrap();
    let answer = served.get(&served.feed("subscriptions/list")).await;
    assert_eq!(answer.headers().get_all("date").iter().count(), 1);
    let date = answer.headers()["date"].to_str().unwrap();
    let date = chrono::DateTime::parse_from_rfc2822(date).unwrap().to_utc();
    let behind = (Utc::now() - date).num_seconds();
    assert!((3_599..=3_610).contains(&behind), "{behind}");
}

#[tokio::test]
async fn a_large_blob_is_streamed_and_cut() {
    const BYTES: u64 = 2_000_000;
    let mut options = options(10);
    options.tenants[0].tenant.large_blob_bytes = BYTES;
    let served = Served::start(options).await;
    served.begin("Audit.Exchange", json!({})).await;
    let url = served.feed("subscriptions/content?contentType=Audit.Exchange");
    let listed: Value = served.get(&url).await.json().await.unwrap();
    let uri = listed.as_array().unwrap().last().unwrap()["contentUri"].as_str().unwrap();
    let body = served.get(uri).await.bytes().await.unwrap();
    assert!(body.len() as u64 >= BYTES && body.ends_with(b"}]"));
    let faults = served.client.post(format!("{}/emulator/faults", served.base));
    faults.body(r#"{"cut_body_rate":1}"#).send().await.unwrap();
    assert!(served.get(uri).await.bytes().await.is_err());
}
