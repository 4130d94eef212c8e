//! A webhook that keeps what it is sent.

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use output::{Guarantee, Service};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::authority::Authority;
use crate::contract::{self, Arrived, Receiver};
use crate::http_server::{Fault, HttpServer, Protocol, Reply, Request};
use crate::open::{open, open_error, outcome};
use crate::records;

/// Takes lines and arrays of JSON.
#[derive(Default)]
struct Webhook {
    records: Vec<Value>,
}

impl Protocol for Webhook {
    fn answer(&mut self, request: &Request) -> Reply {
        match request.header("content-type") {
            "application/x-ndjson" => {
                let lines = request.text().lines();
                self.records.extend(lines.map(|line| serde_json::from_str::<Value>(line).unwrap()));
            }
            _ => self.records.extend(request.json().as_array().expect("an array").clone()),
        }
        Reply::empty(202)
    }
}

struct Hook {
    server: HttpServer<Webhook>,
    settings: String,
}

#[async_trait]
impl Receiver for Hook {
    fn service(&self) -> Box<dyn Service> {
        open("http", &format!("url = \"{}/in?k=v\"\n{}", self.server.url(), self.settings))
    }

    async fn kill(&mut self) {
        self.server.kill().await;
    }

    async fn restart(&mut self) {
        self.server.restart().await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        self.server.with(|it| it.records.iter().map(Arrived::of_json).collect())
    }
}

async fn hook(settings: &str) -> Hook {
    let server = HttpServer::start(Webhook::default()).await;
    Hook { server, settings: settings.to_owned() }
}

const TEMPLATE: &str = r#"
body = "template"
template = '[{% for r in records %}{"key": {{ r.key }}, "n": {{ r.body.n }}, "text": {{ r.ItemName }}}{% if not loop.last %},{% endif %}{% endfor %}]'
"#;

#[tokio::test]
async fn arrives_in_order() {
    for settings in ["", "gzip = true", "body = \"array\"\nmethod = \"PUT\"", TEMPLATE] {
        contract::arrives_in_order(&mut hook(settings).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills() {
    contract::survives_kills(&mut hook("").await, Guarantee::AtLeastOnce, 4).await;
}

#[tokio::test]
async fn arrives_over_tls_if_the_authority_is_trusted() {
    let authority = Authority::new();
    let server = HttpServer::start_with(Webhook::default(), Some(authority.acceptor())).await;
    let mut hook = Hook { server, settings: authority.trusted() };
    assert_eq!(outcome(&mut *hook.service(), &records::records(3)).await, "taken");
    assert_eq!(hook.received().await.len(), 3);
    for settings in [String::new(), Authority::new().trusted()] {
        hook.settings = settings;
        let outcome = outcome(&mut *hook.service(), &records::records(3)).await;
        assert!(outcome.starts_with("denied: ") && outcome.contains("tls.ca"), "{outcome}");
    }
}

#[tokio::test]
async fn a_request_carries_what_was_told() {
    let hook = hook(
        r#"
        headers = { X-Plant = "north" }
        secret_headers = { X-Api-Key = "env:sesame" }
        token = "env:open"
        idempotency_header = "Idempotency-Key"
        signature = { secret = "env:shared", header = "X-Sign" }
        gzip = true
        "#,
    )
    .await;
    for _ in 0..2 {
        hook.service().deliver(&records::records(3)).await.unwrap();
    }
    hook.service().deliver(&records::records(2)).await.unwrap();
    let requests = hook.server.requests();
    let request = &requests[0];
    assert_eq!((request.path.as_str(), request.query["k"].as_str()), ("/in", "v"));
    assert_eq!(request.header("x-plant"), "north");
    assert_eq!(request.header("x-api-key"), "sesame");
    assert_eq!(request.header("authorization"), "Bearer open");
    assert_eq!(request.header("content-encoding"), "gzip");
    let keys: Vec<&str> = requests.iter().map(|it| it.header("idempotency-key")).collect();
    assert_eq!(keys[0].len(), 64);
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[0], keys[2]);
    let mut mac = Hmac::<Sha256>::new_from_slice(b"shared").unwrap();
    mac.update(format!("{}.{}", request.header("x-timestamp"), request.text()).as_bytes());
    let signature: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(request.header("x-sign"), signature);
}

#[tokio::test]
async fn hostile_text_cannot_leave_its_place() {
    let template = TEMPLATE.replace("r.body.n", "r.text");
    let text = "\"},{\"key\":\"forged\r\n{\"n\":1}";
    let mut record = records::record(0);
    record.body = text.into();
    let templated = json!({"key": record.id(), "n": text, "text": "plain"});
    for (settings, expected) in
        [("", json!(text)), ("body = \"array\"", json!(text)), (template.as_str(), templated)]
    {
        let hook = hook(settings).await;
        hook.service().deliver(&[record.clone()]).await.unwrap();
        assert_eq!(hook.server.with(|it| it.records.clone()), [expected]);
    }
}

#[tokio::test]
async fn errors_say_what_to_do_next() {
    for (settings, status, expected) in [
        ("", 200, "taken"),
        ("", 204, "taken"),
        ("expect = [200]", 200, "taken"),
        ("expect = [200]", 202, "denied: "),
        ("expect = [409]", 409, "taken"),
        ("", 409, "denied: "),
        ("", 503, "later: "),
        ("", 429, "later: "),
        ("", 401, "denied: "),
        ("", 404, "denied: "),
        ("", 400, "whole: "),
        ("", 413, "whole: "),
        ("", 301, "denied: "),
    ] {
        let hook = hook(settings).await;
        hook.server.faults([Fault::Answer(Reply::empty(status))]);
        let outcome = outcome(&mut *hook.service(), &records::records(2)).await;
        assert!(outcome.starts_with(expected), "{settings} {status}: {outcome}");
        assert!(!outcome.contains("k=v"), "queries carry secrets: {outcome}");
    }
}

#[tokio::test]
async fn the_record_to_blame_is_found_in_a_refused_batch() {
    struct Picky(usize);
    impl Protocol for Picky {
        fn answer(&mut self, request: &Request) -> Reply {
            if request.text().contains("poison") {
                return Reply::json(422, json!("no poison"));
            }
            self.0 += request.text().lines().count();
            Reply::empty(200)
        }
    }
    let server = HttpServer::start(Picky(0)).await;
    let mut batch = records::records(100);
    batch[37].body = "\"poison\"".into();
    let mut service = open("http", &format!("url = \"{}\"", server.url()));
    let parked = contract::deliver(&mut *service, batch).await;
    let keys: Vec<u64> = parked.iter().map(|it| it.record.key.content).collect();
    assert_eq!(keys, [37]);
    assert!(parked[0].reason.contains("no poison"), "{}", parked[0].reason);
    assert_eq!(server.with(|it| it.0), 99);
}

#[test]
fn settings_that_cannot_work_are_told() {
    for (settings, expected) in [
        ("method = \"GET\"", "none of POST"),
        ("user = \"ann\"", "go together"),
        ("user = \"a\"\npassword = \"env:P\"\ntoken = \"env:T\"", "not both"),
        ("token = \"sesame\"", "env:NAME"),
        ("headers = { \"a b\" = \"c\" }", "no name of a header"),
        ("headers = { A = \"c\\nd\" }", "not printable"),
        ("body = \"template\"", "needs template"),
        ("template = \"x\"", "needs body"),
        ("body = \"template\"\ntemplate = \"{% for %}\"", "template: syntax error"),
        ("signature = { secret = \"env:S\", hash = \"md5\" }", "unknown field `hash`"),
    ] {
        let error = open_error("http", &format!("url = \"http://localhost\"\n{settings}"));
        assert!(error.contains(expected), "{settings}: {error}");
    }
}
