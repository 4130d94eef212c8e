//! A GELF input as Graylog's page on GELF describes it, over UDP, TCP, TLS and HTTP.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use output::{Guarantee, Record, Service};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::UdpSocket;
use tokio::task::{JoinHandle, JoinSet};

use crate::authority::Authority;
use crate::contract::{self, Arrived, Receiver};
use crate::http_server::{Fault, HttpServer, Protocol, Reply, Request, bind};
use crate::open::{open, open_error, outcome};
use crate::part;
use crate::records;

fn parse(message: &[u8]) -> Result<Value, String> {
    let message: Value = serde_json::from_slice(message).map_err(|error| error.to_string())?;
    match message["version"] == "1.1" && message["host"].is_string() {
        true => Ok(message),
        false => Err("GELF message is missing mandatory \"host\" field.".to_owned()),
    }
}

fn arrived(message: &Value) -> Arrived {
    Arrived::of_json(&json!({
        "key": message["_key"], "n": message["_n"], "text": message["short_message"],
    }))
}

/// The records of the contract, as GELF.
fn gelf(mut record: Record) -> Record {
    let body: Value = serde_json::from_slice(&record.body).expect("JSON");
    let message = json!({
        "version": "1.1", "host": "contoso", "short_message": body["text"],
        "_key": body["key"], "_n": body["n"],
    });
    record.body = message.to_string().into();
    record
}

/// Makes GELF of the contract's records on their way to the service.
struct Formatted(Box<dyn Service>);

#[async_trait]
impl Service for Formatted {
    async fn deliver(&mut self, records: &[Record]) -> output::Result<()> {
        let records: Vec<Record> = records.iter().cloned().map(gelf).collect();
        self.0.deliver(&records).await
    }
}

type Messages = Arc<Mutex<Vec<Value>>>;

/// An input over TCP or TLS.
struct TcpInput {
    port: u16,
    authority: Option<Authority>,
    messages: Messages,
    running: Option<JoinHandle<()>>,
}

impl TcpInput {
    async fn start(authority: Option<Authority>) -> TcpInput {
        let messages = Messages::default();
        let mut input = TcpInput { port: part::free_port(), authority, messages, running: None };
        input.restart().await;
        input
    }
}

async fn read_nulls(stream: impl AsyncRead + Unpin, messages: &Messages) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut message = Vec::new();
        match stream.read_until(0, &mut message).await {
            Ok(_) if message.pop() == Some(0) => {
                messages.lock().unwrap().push(parse(&message).expect("GELF"));
            }
            // What is not ended was cut off.
            _ => return,
        }
    }
}

#[async_trait]
impl Receiver for TcpInput {
    fn service(&self) -> Box<dyn Service> {
        let tls = match &self.authority {
            Some(authority) => format!("transport = \"tls\"\n{}", authority.trusted()),
            None => String::new(),
        };
        let settings = format!("address = \"localhost:{}\"\n{tls}", self.port);
        Box::new(Formatted(open("gelf", &settings)))
    }

    async fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            let _ = running.await;
        }
    }

    async fn restart(&mut self) {
        let listener = bind(self.port).await;
        let messages = self.messages.clone();
        let tls = self.authority.as_ref().map(Authority::acceptor);
        self.running = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (messages, tls) = (messages.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => read_nulls(stream, &messages).await,
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else { return };
                            read_nulls(stream, &messages).await;
                        }
                    }
                });
            }
        }));
    }

    async fn received(&mut self) -> Vec<Arrived> {
        self.messages.lock().unwrap().iter().map(arrived).collect()
    }
}

/// An input over HTTP.
#[derive(Default)]
struct Input {
    bulk: bool,
    messages: Vec<Value>,
}

impl Protocol for Input {
    fn answer(&mut self, request: &Request) -> Reply {
        let bodies: Vec<&str> = match self.bulk {
            true => request.text().lines().collect(),
            false => vec![request.text()],
        };
        let read: Result<Vec<Value>, String> =
            bodies.into_iter().map(|body| parse(body.as_bytes())).collect();
        match read {
            Ok(messages) => {
                self.messages.extend(messages);
                Reply::empty(202)
            }
            Err(words) => Reply { status: 400, headers: Vec::new(), body: words },
        }
    }
}

struct HttpInput(HttpServer<Input>);

impl HttpInput {
    async fn start(bulk: bool) -> HttpInput {
        HttpInput(HttpServer::start(Input { bulk, ..Input::default() }).await)
    }

    fn plain(&self) -> Box<dyn Service> {
        let (url, bulk) = (self.0.url(), self.0.with(|it| it.bulk));
        open("gelf", &format!("transport = \"http\"\nurl = \"{url}/gelf\"\nbulk = {bulk}"))
    }
}

#[async_trait]
impl Receiver for HttpInput {
    fn service(&self) -> Box<dyn Service> {
        Box::new(Formatted(self.plain()))
    }

    async fn kill(&mut self) {
        self.0.kill().await;
    }

    async fn restart(&mut self) {
        self.0.restart().await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        self.0.with(|it| it.messages.iter().map(arrived).collect())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arrives_in_order() {
    contract::arrives_in_order(&mut TcpInput::start(None).await).await;
    contract::arrives_in_order(&mut TcpInput::start(Some(Authority::new())).await).await;
    contract::arrives_in_order(&mut HttpInput::start(false).await).await;
    contract::arrives_in_order(&mut HttpInput::start(true).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills_over_tcp() {
    contract::survives_kills(&mut TcpInput::start(None).await, Guarantee::Unanswered, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills_over_http() {
    contract::survives_kills(&mut HttpInput::start(true).await, Guarantee::AtLeastOnce, 6).await;
}

#[tokio::test]
async fn over_http_only_the_message_to_blame_is_refused() {
    for bulk in [false, true] {
        let input = HttpInput::start(bulk).await;
        let mut batch: Vec<Record> = records::records(10).into_iter().map(gelf).collect();
        batch[3].body = r#"{"version":"1.1"}"#.into();
        let parked = contract::deliver(&mut *input.plain(), batch).await;
        assert_eq!(parked.len(), 1);
        assert_eq!(parked[0].record.key, records::record(3).key);
        assert!(parked[0].reason.contains("missing mandatory"), "{}", parked[0].reason);
        assert_eq!(input.0.with(|it| it.messages.len()), 9);
    }
}

#[tokio::test]
async fn over_http_what_was_taken_is_not_sent_again() {
    let mut input = HttpInput::start(false).await;
    let mut batch: Vec<Record> = records::records(6).into_iter().map(gelf).collect();
    batch[1].body = "{}".into();
    let mut service = input.plain();
    input.0.kill().await;
    assert!(outcome(&mut *service, &batch).await.starts_with("later: "));
    input.0.restart().await;
    let busy = || Fault::Answer(Reply::empty(503));
    let fine = || Fault::Answer(Reply::empty(202));
    // Two go, one of them refused, then the input is busy twice.
    input.0.faults([fine(), Fault::Answer(Reply::empty(400)), busy(), busy()]);
    assert!(outcome(&mut *service, &batch).await.starts_with("later: "));
    assert!(outcome(&mut *service, &batch).await.starts_with("later: "));
    let refused = outcome(&mut *service, &batch).await;
    assert!(refused.starts_with("refused: 1: "), "{refused}");
    let numbers: Vec<u64> = input.received().await.iter().map(|it| it.n).collect();
    assert_eq!(numbers, [2, 3, 4, 5]);
}

/// Puts chunks together and decompresses, until there are so many messages.
async fn datagrams(socket: &UdpSocket, count: usize) -> Vec<Value> {
    let mut messages = Vec::new();
    let mut parts: HashMap<[u8; 8], HashMap<u8, Vec<u8>>> = HashMap::new();
    while messages.len() < count {
        let mut bytes = vec![0; 65_536];
        let reading = tokio::time::timeout(Duration::from_secs(60), socket.recv(&mut bytes));
        let count = reading.await.expect("another datagram").unwrap();
        bytes.truncate(count);
        if bytes.starts_with(&[0x1e, 0x0f]) {
            let id: [u8; 8] = bytes[2..10].try_into().unwrap();
            let (number, of) = (bytes[10], bytes[11]);
            assert!(number < of && of <= 128);
            let chunks = parts.entry(id).or_default();
            chunks.insert(number, bytes[12..].to_vec());
            if chunks.len() < usize::from(of) {
                continue;
            }
            bytes = (0..of).flat_map(|number| chunks[&number].clone()).collect();
        }
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut text).expect("gzip");
            bytes = text;
        }
        messages.push(parse(&bytes).expect("GELF"));
    }
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams_arrive_whole_or_in_chunks() {
    // Hexadecimal digits of a hash do not compress away.
    let long: String =
        (0..2_000u64).map(|n| format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    for settings in ["", "gzip = false", "chunk_bytes = 8154", "gzip = false\nchunk_bytes = 400"] {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let settings = format!("transport = \"udp\"\naddress = \"127.0.0.1:{port}\"\n{settings}");
        let mut batch: Vec<Record> = records::records(20).into_iter().map(gelf).collect();
        let mut body: Value = serde_json::from_slice(&batch[7].body).unwrap();
        body["_long"] = long.clone().into();
        batch[7].body = body.to_string().into();
        let (outcome, messages) = tokio::join!(
            async { outcome(&mut *open("gelf", &settings), &batch).await },
            datagrams(&socket, 20),
        );
        assert_eq!(outcome, "taken", "{settings}");
        let numbers: Vec<u64> = messages.iter().map(|it| arrived(it).n).collect();
        assert_eq!(numbers, (0..20).collect::<Vec<u64>>());
        assert_eq!(messages[7]["_long"], long);
    }
}

#[tokio::test]
async fn what_has_too_many_chunks_is_refused_and_the_rest_arrives() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let settings = format!("transport = \"udp\"\naddress = \"127.0.0.1:{port}\"\ngzip = false");
    let mut batch: Vec<Record> = records::records(3).into_iter().map(gelf).collect();
    batch[1].body = "x".repeat((1420 - 12) * 128 + 1).into();
    let refused = outcome(&mut *open("gelf", &settings), &batch).await;
    assert!(refused.starts_with("refused: 1: a message of 129 chunks"), "{refused}");
    assert!(refused.contains("transport = \"tcp\""), "{refused}");
    let numbers: Vec<u64> = datagrams(&socket, 2).await.iter().map(|it| arrived(it).n).collect();
    assert_eq!(numbers, [0, 2]);
}

#[tokio::test]
async fn a_null_byte_cannot_end_a_message_early() {
    let mut input = TcpInput::start(None).await;
    let mut batch: Vec<Record> = records::records(3).into_iter().map(gelf).collect();
    batch[1].body = "{}\0{\"version\":\"1.1\",\"host\":\"forged\"}".into();
    let settings = format!("address = \"127.0.0.1:{}\"", input.port);
    let refused = outcome(&mut *open("gelf", &settings), &batch).await;
    assert!(refused.starts_with("refused: 1: ") && refused.contains("null byte"), "{refused}");
    while input.received().await.len() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let numbers: Vec<u64> = input.received().await.iter().map(|it| it.n).collect();
    assert_eq!(numbers, [0, 2]);
}

#[test]
fn settings_that_cannot_work_are_told() {
    for (settings, expected) in [
        ("", "need address"),
        ("url = \"http://localhost\"", "need address"),
        ("transport = \"http\"\naddress = \"localhost\"", "needs url"),
        ("address = \"localhost\"\nchunk_bytes = 12", "chunk_bytes: write 64 to 65507"),
        ("address = \"localhost\"\nchunk_bytes = 70000", "chunk_bytes: write 64 to 65507"),
        ("address = \"localhost\"\nchunks = 1", "unknown field `chunks`"),
    ] {
        let error = open_error("gelf", settings);
        assert!(error.contains(expected), "{settings}: {error}");
    }
}
