//! A receiver of the forward protocol, as its specification v1 describes it; Debian has no Fluentd.

use std::io::Read;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use output::{Guarantee, Service};
use rmpv::Value;
use sha2::{Digest, Sha512};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::authority::Authority;
use crate::contract::{self, Arrived, Receiver};
use crate::http_server::bind;
use crate::open::{open, open_error, outcome};
use crate::part;
use crate::records;

#[derive(Clone, Default)]
struct Rules {
    shared_key: Option<&'static str>,
    /// A user and a password.
    user: Option<(&'static str, &'static str)>,
    /// Proves nothing in its PONG.
    impostor: bool,
    acks: Acks,
}

#[derive(Clone, Copy, Default)]
enum Acks {
    #[default]
    Right,
    OfAnotherChunk,
    /// The connection ends once the events are kept.
    Lost,
}

struct Forward {
    port: u16,
    rules: Rules,
    authority: Option<Authority>,
    more: String,
    /// Tag, time and record.
    events: Arc<Mutex<Vec<(String, f64, serde_json::Value)>>>,
    running: Option<JoinHandle<()>>,
}

impl Forward {
    async fn start(rules: Rules, authority: Option<Authority>, more: &str) -> Forward {
        let (port, more) = (part::free_port(), more.to_owned());
        let mut forward =
            Forward { port, rules, authority, more, events: Arc::default(), running: None };
        forward.restart().await;
        forward
    }

    fn settings(&self) -> String {
        let tls = match &self.authority {
            Some(authority) => format!("transport = \"tls\"\n{}", authority.trusted()),
            None => String::new(),
        };
        format!("address = \"localhost:{}\"\n{}\n{tls}", self.port, self.more)
    }
}

#[async_trait]
impl Receiver for Forward {
    fn service(&self) -> Box<dyn Service> {
        open("fluentd", &self.settings())
    }

    async fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            let _ = running.await;
        }
    }

    async fn restart(&mut self) {
        let listener = bind(self.port).await;
        let (events, rules) = (self.events.clone(), self.rules.clone());
        let tls = self.authority.as_ref().map(Authority::acceptor);
        self.running = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (events, rules, tls) = (events.clone(), rules.clone(), tls.clone());
                connections.spawn(async move {
                    let keep = |it: Vec<Event>| events.lock().unwrap().extend(it);
                    match tls {
                        None => serve(stream, &rules, keep).await,
                        Some(tls) => serve(tls.accept(stream).await.ok()?, &rules, keep).await,
                    }
                });
            }
        }));
    }

    async fn received(&mut self) -> Vec<Arrived> {
        self.events.lock().unwrap().iter().map(|(_, _, record)| Arrived::of_json(record)).collect()
    }
}

type Event = (String, f64, serde_json::Value);

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    rules: &Rules,
    keep: impl Fn(Vec<Event>),
) -> Option<()> {
    let mut read = Vec::new();
    if let Some(key) = rules.shared_key {
        sign_in(&mut stream, &mut read, key, rules).await?;
    }
    loop {
        let message = next(&mut stream, &mut read).await?;
        let Value::Array(parts) = message else { panic!("no array") };
        let [tag, Value::Binary(entries), Value::Map(option)] = &parts[..] else {
            panic!("no PackedForward")
        };
        let option = |name: &str| {
            option.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
        };
        let mut plain = Vec::new();
        match option("compressed").and_then(Value::as_str) {
            Some("gzip") => {
                flate2::read::GzDecoder::new(&entries[..]).read_to_end(&mut plain).expect("gzip");
            }
            _ => plain.clone_from(entries),
        }
        let events = unpack(tag.as_str().expect("a tag"), &plain);
        assert_eq!(option("size").and_then(Value::as_u64), Some(events.len() as u64));
        keep(events);
        let chunk = option("chunk").expect("a chunk").clone();
        let ack = match rules.acks {
            Acks::Right => chunk,
            Acks::OfAnotherChunk => "another".into(),
            Acks::Lost => return None,
        };
        send(&mut stream, &Value::Map(vec![("ack".into(), ack)])).await?;
    }
}

fn unpack(tag: &str, mut entries: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    while !entries.is_empty() {
        let entry = rmpv::decode::read_value(&mut entries).expect("an entry");
        let Value::Ext(0, time) = &entry[0] else { panic!("no EventTime") };
        let number = |part: &[u8]| f64::from(u32::from_be_bytes(part.try_into().unwrap()));
        let time = number(&time[..4]) + number(&time[4..]) / 1e9;
        events.push((tag.to_owned(), time, json(&entry[1])));
    }
    events
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Nil => serde_json::Value::Null,
        Value::Boolean(yes) => (*yes).into(),
        Value::Integer(number) => match number.as_u64() {
            Some(number) => number.into(),
            None => number.as_i64().into(),
        },
        Value::F64(number) => (*number).into(),
        Value::String(text) => text.as_str().expect("UTF-8").into(),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Map(members) => {
            let member = |(name, value): &(Value, Value)| {
                (name.as_str().expect("a name").to_owned(), json(value))
            };
            serde_json::Value::Object(members.iter().map(member).collect())
        }
        other => panic!("{other}"),
    }
}

async fn sign_in(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    read: &mut Vec<u8>,
    key: &str,
    rules: &Rules,
) -> Option<()> {
    let (nonce, auth) = ("n0nce", if rules.user.is_some() { "s4lt" } else { "" });
    let options = Value::Map(vec![
        ("nonce".into(), Value::Binary(nonce.into())),
        ("auth".into(), Value::Binary(auth.into())),
        ("keepalive".into(), true.into()),
    ]);
    send(stream, &Value::Array(vec!["HELO".into(), options])).await?;
    let ping = next(stream, read).await?;
    let text = |index: usize| ping[index].as_str().expect("a text").to_owned();
    if ping[0].as_str() != Some("PING") {
        return None;
    }
    let proof = |hostname: &str| sha512(&[&text(2), hostname, nonce, key]);
    let knows_key = text(3) == proof(&text(1));
    let knows_password = rules.user.is_none_or(|(user, password)| {
        text(4) == user && text(5) == sha512(&[auth, user, password])
    });
    let reason = match (knows_key, knows_password) {
        (true, true) => "",
        (false, _) => "shared_key mismatch",
        (true, false) => "username/password mismatch",
    };
    let proof = if rules.impostor { String::new() } else { proof("receiver") };
    let pong =
        ["PONG".into(), reason.is_empty().into(), reason.into(), "receiver".into(), proof.into()];
    send(stream, &Value::Array(pong.into())).await?;
    reason.is_empty().then_some(())
}

fn sha512(parts: &[&str]) -> String {
    let hash = Sha512::digest(parts.concat());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), value: &Value) -> Option<()> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).unwrap();
    stream.write_all(&bytes).await.ok()?;
    stream.flush().await.ok()
}

/// The next whole value.
async fn next(stream: &mut (impl AsyncRead + Unpin), read: &mut Vec<u8>) -> Option<Value> {
    loop {
        let mut rest = &read[..];
        if let Ok(value) = rmpv::decode::read_value(&mut rest) {
            let used = read.len() - rest.len();
            read.drain(..used);
            return Some(value);
        }
        if stream.read_buf(read).await.ok()? == 0 {
            return None;
        }
    }
}

const SIGNED: Rules = Rules {
    shared_key: Some("sesame"),
    user: Some(("ann", "secret")),
    impostor: false,
    acks: Acks::Right,
};
const SIGNED_SETTINGS: &str =
    "shared_key = \"env:sesame\"\nuser = \"ann\"\npassword = \"env:secret\"";

#[tokio::test(flavor = "multi_thread")]
async fn arrives_in_order() {
    let key_only = Rules { user: None, ..SIGNED };
    for (rules, tls, more) in [
        (Rules::default(), false, ""),
        (Rules::default(), false, "gzip = true"),
        (key_only, false, "shared_key = \"env:sesame\""),
        (SIGNED, true, SIGNED_SETTINGS),
    ] {
        let authority = tls.then(Authority::new);
        contract::arrives_in_order(&mut Forward::start(rules, authority, more).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills() {
    let mut forward = Forward::start(SIGNED, None, SIGNED_SETTINGS).await;
    contract::survives_kills(&mut forward, Guarantee::AtLeastOnce, 8).await;
}

#[tokio::test]
async fn an_event_has_tag_time_and_key() {
    let forward = Forward::start(Rules::default(), None, "tag = \"m365.audit\"").await;
    let mut batch = records::records(2);
    batch[0].body =
        r#"{"a":[null,true,-1,1.5,{"b":18446744073709551615}],"trail365_key":"own"}"#.into();
    batch[1].body = "no JSON\n\u{0}".into();
    if let Some(time) = &mut batch[1].cells[event::Field::CreationTime as usize] {
        *time = event::Cell::Time(1_714_557_601_250_000);
    }
    forward.service().deliver(&batch).await.unwrap();
    let events = forward.events.lock().unwrap().clone();
    assert_eq!(events[0].0, "m365.audit");
    assert_eq!(events[0].1, 1_714_557_600.0);
    assert_eq!(events[0].2, serde_json::from_slice::<serde_json::Value>(&batch[0].body).unwrap());
    assert_eq!(events[1].1, 1_714_557_601.25);
    let text = serde_json::json!({"trail365_key": batch[1].id(), "message": "no JSON\n\u{0}"});
    assert_eq!(events[1].2, text);
}

#[tokio::test]
async fn a_batch_without_its_acknowledgement_is_sent_again() {
    for (acks, words) in [(Acks::OfAnotherChunk, "another chunk"), (Acks::Lost, "closed")] {
        let mut forward = Forward::start(Rules { acks, ..Rules::default() }, None, "").await;
        let mut service = forward.service();
        let later = outcome(&mut *service, &records::records(2)).await;
        assert!(later.starts_with("later: fluentd localhost:") && later.contains(words), "{later}");
        forward.kill().await;
        forward.rules.acks = Acks::Right;
        forward.restart().await;
        assert_eq!(outcome(&mut *service, &records::records(2)).await, "taken");
        let numbers: Vec<u64> = forward.received().await.iter().map(|it| it.n).collect();
        assert_eq!(numbers, [0, 1, 0, 1]);
    }
}

#[tokio::test]
async fn who_cannot_prove_the_shared_key_is_told() {
    let impostor = Rules { impostor: true, ..SIGNED };
    for (rules, more, expected) in [
        (
            SIGNED,
            "shared_key = \"env:other\"\nuser = \"ann\"\npassword = \"env:secret\"",
            "shared_key mismatch",
        ),
        (
            SIGNED,
            "shared_key = \"env:sesame\"\nuser = \"ann\"\npassword = \"env:x\"",
            "username/password mismatch",
        ),
        (SIGNED, "shared_key = \"env:sesame\"", "asks for a user"),
        (impostor, SIGNED_SETTINGS, "does not know shared_key"),
        (SIGNED, "", "asks for a shared key"),
    ] {
        let forward = Forward::start(rules, None, more).await;
        let denied = outcome(&mut *forward.service(), &records::records(1)).await;
        assert!(denied.starts_with("denied: ") && denied.contains(expected), "{denied}");
        assert!(!denied.contains("sesame") && !denied.contains("env:"), "{denied}");
        assert!(forward.events.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_told() {
    for (bytes, expected) in [
        (&b"HTTP/1.1 400 Bad Request"[..], "another chunk"),
        (&[0xc1][..], "not understood"),
        (&[0x91; 40][..], "not understood"),
        (&[0xdc, 0xff, 0xff][..], "closed"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut service = open("fluentd", &format!("address = \"127.0.0.1:{port}\""));
        let batch = records::records(1);
        let answering = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut taken = Vec::new();
            next(&mut stream, &mut taken).await;
            stream.write_all(bytes).await.unwrap();
        };
        let (later, ()) = tokio::join!(outcome(&mut *service, &batch), answering);
        assert!(later.starts_with("later: ") && later.contains(expected), "{later}");
    }
}

#[test]
fn settings_that_cannot_work_are_told() {
    for (settings, expected) in [
        ("", "missing field `address`"),
        ("address = \"a:b:c\"", "HOST:PORT"),
        ("address = \"a\"\nuser = \"ann\"", "go together"),
        ("address = \"a\"\nshared_key = \"sesame\"", "env:NAME"),
        ("address = \"a\"\nack = true", "unknown field `ack`"),
    ] {
        let error = open_error("fluentd", settings);
        assert!(error.contains(expected), "{settings}: {error}");
    }
}
