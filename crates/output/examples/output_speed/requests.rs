//! Services over HTTP.
//!
//! The receiver reads each request, gives the answer that means "taken" and keeps nothing. The plain
//! client sends the requests that our service sent in an unmeasured delivery: it compresses where
//! ours did, and waits for each answer.

use std::io::Write;

use async_trait::async_trait;
use flate2::write::GzEncoder;
use output::Service;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::http_server::{HttpServer, Protocol, Reply, Request};
use crate::{Batches, Pair, meter};

struct Taker {
    answer: fn(&Request) -> Reply,
    keeps: bool,
    kept: Vec<Request>,
}

impl Protocol for Taker {
    fn answer(&mut self, request: &Request) -> Reply {
        if self.keeps {
            self.kept.push(request.clone());
        }
        (self.answer)(request)
    }
}

struct Requests {
    kind: &'static str,
    settings: String,
    server: HttpServer<Taker>,
    requests: Vec<Request>,
    client: reqwest::Client,
    /// Where the server lives. Dropping it outside would wait, which a task may not.
    runtime: Option<Runtime>,
}

/// Threads of a receiver inside this process.
pub fn receiver_runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).thread_name(meter::RECEIVER).enable_all().build();
    runtime.expect("threads")
}

async fn start(
    kind: &'static str,
    settings: impl Fn(&str) -> String,
    answer: fn(&Request) -> Reply,
) -> Box<dyn Pair> {
    let runtime = receiver_runtime();
    let taker = Taker { answer, keeps: false, kept: Vec::new() };
    let server = runtime.spawn(HttpServer::start(taker)).await.expect("started");
    Box::new(Requests {
        kind,
        settings: settings(&server.url()),
        server,
        requests: Vec::new(),
        client: reqwest::Client::new(),
        runtime: Some(runtime),
    })
}

pub async fn splunk_hec() -> Box<dyn Pair> {
    let settings = |url: &str| format!("url = '{url}'\ntoken = 'env:TOKEN'");
    let answer = |_: &Request| Reply::json(200, json!({"text": "Success", "code": 0}));
    start("splunk_hec", settings, answer).await
}

pub async fn elasticsearch() -> Box<dyn Pair> {
    let settings = |url: &str| format!("url = '{url}'\nsetup = false");
    let answer = |request: &Request| {
        let documents = request.body.iter().filter(|byte| **byte == b'\n').count() / 2;
        let items = vec![r#"{"create":{"status":201}}"#; documents].join(",");
        let body = format!("{{\"errors\":false,\"items\":[{items}]}}");
        Reply { body, ..Reply::empty(200) }
    };
    start("elasticsearch", settings, answer).await
}

pub async fn azure_monitor() -> Box<dyn Pair> {
    let settings = |url: &str| {
        format!(
            "endpoint = '{url}'\nlogin_url = '{url}'\nrule_id = 'dcr-1'\nstream = 'Custom-Audit'\n\
             tenant_id = 'contoso.example'\nclient_id = 'app'\nclient_secret = 'env:SECRET'"
        )
    };
    let answer = |request: &Request| match request.path.ends_with("/token") {
        true => Reply::json(200, json!({"access_token": "token", "expires_in": 3600})),
        false => Reply::empty(204),
    };
    start("azure_monitor", settings, answer).await
}

pub async fn http() -> Box<dyn Pair> {
    start("http", |url| format!("url = '{url}/in'"), |_| Reply::empty(200)).await
}

#[async_trait]
impl Pair for Requests {
    fn plain_client(&self) -> &'static str {
        "reqwest with the same requests"
    }

    async fn ours(&mut self, _: u32) -> Box<dyn Service> {
        crate::open(self.kind, &self.settings)
    }

    async fn prepare(&mut self, _: u32, batches: &Batches) {
        if self.requests.is_empty() {
            self.server.with(|it| it.keeps = true);
            let mut service = crate::open(self.kind, &self.settings);
            for batch in batches {
                service.deliver(batch).await.expect("taken");
            }
            self.server.with(|it| it.keeps = false);
            self.requests = self.server.with(|it| std::mem::take(&mut it.kept));
        }
        // Connects.
        self.send(&self.requests[0]).await;
    }

    async fn plain(&mut self, _: &Batches) {
        for request in &self.requests {
            self.send(request).await;
        }
    }
}

impl Requests {
    async fn send(&self, request: &Request) {
        let mut url = url::Url::parse(&self.server.url()).expect("a URL");
        url.set_path(&request.path);
        url.query_pairs_mut().extend_pairs(&request.query);
        let method = request.method.parse().expect("a method");
        let mut question = self.client.request(method, url);
        for name in ["authorization", "content-encoding", "content-type"] {
            if let Some(value) = request.headers.get(name) {
                question = question.header(name, value);
            }
        }
        let body = match request.header("content-encoding") {
            "gzip" => gzip(&request.body),
            _ => request.body.clone(),
        };
        let answer = question.body(body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.expect("read");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes all writes")
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.runtime.take().expect("there").shutdown_background();
    }
}
