//! Fluentd and Fluent Bit: the forward protocol, over TCP or TLS.
//!
//! A batch is one message in PackedForward mode with a `chunk` of its own, and is taken once the
//! receiver acknowledges that chunk (`require_ack_response` of other senders). With a shared key
//! both sides prove first that they know it. All as the "Forward Protocol Specification v1" tells.

use std::fmt;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rmp::Marker;
use rmp::encode;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use sha2::{Digest, Sha512};
use uuid::Uuid;

use super::http_answer::{gzip, hex, printable};
use super::stream::{self, Address, Stream};
use crate::{
    Error, Guarantee, Kind, Limits, Record, Result, Secret, Service, Takes, Tls, World, settings,
};

pub const KIND: Kind = Kind {
    name: "fluentd",
    about: "Fluentd or Fluent Bit, the forward protocol with acknowledgement",
    takes: Takes::Body("decoded"),
    guarantee: Guarantee::AtLeastOnce,
    limits: Limits::DEFAULT,
    open: |table, world| {
        let settings = settings::read::<Settings>(table)?;
        let address = Address::read(&settings.address, PORT)?;
        match (&settings.user, &settings.password, &settings.shared_key) {
            (None, None, _) | (Some(_), Some(_), Some(_)) => {}
            _ => return Err("user, password and shared_key go together".to_owned()),
        }
        Ok(Box::new(Fluentd { settings, address, world, link: None }))
    },
};

const PORT: u16 = 24224;
/// Of an answer, and of what it holds inside each other.
const ANSWER_BYTES_MAX: usize = 64 << 10;
const DEPTH_MAX: usize = 8;
/// The member of a record that holds its key.
const KEY: &str = "trail365_key";
/// The extension type of an EventTime.
const EVENT_TIME: i8 = 0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `HOST` or `HOST:PORT`.
    address: String,
    #[serde(default)]
    transport: Transport,
    #[serde(default = "default_tag")]
    tag: String,
    shared_key: Option<Secret>,
    user: Option<String>,
    password: Option<Secret>,
    /// How this side calls itself when it signs in.
    #[serde(default = "default_hostname")]
    hostname: String,
    /// CompressedPackedForward mode; needs Fluentd 0.14.7 or newer.
    #[serde(default)]
    gzip: bool,
    #[serde(default)]
    tls: Tls,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Transport {
    #[default]
    Tcp,
    Tls,
}

fn default_tag() -> String {
    "trail365.audit".to_owned()
}

fn default_hostname() -> String {
    "trail365".to_owned()
}

struct Fluentd {
    settings: Settings,
    address: Address,
    world: World,
    link: Option<Link>,
}

/// A connection, and what was read of it and is not used yet.
struct Link {
    stream: Stream,
    read: Vec<u8>,
}

#[async_trait]
impl Service for Fluentd {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let who = format!("fluentd {}", self.address);
        let mut link = self.link(&who).await?;
        // Random, so that a late acknowledgement of another attempt is not taken for this one's.
        let chunk = STANDARD.encode(Uuid::new_v4().as_bytes());
        stream::write(&who, &mut link.stream, &self.message(records, &chunk)).await?;
        let answer = link.answer(&who).await?;
        if answer.text(0) == Some(&b"HELO"[..]) {
            return Err(Error::denied(format!("{who}: it asks for a shared key; set shared_key")));
        }
        match answer.get("ack") {
            Some(Packed::Text(ack)) if *ack == chunk.as_bytes() => {}
            _ => return Err(Error::later(format!("{who}: the answer acknowledges another chunk"))),
        }
        // After an error the link is not kept.
        self.link = Some(link);
        Ok(())
    }
}

impl Fluentd {
    async fn link(&mut self, who: &str) -> Result<Link> {
        if let Some(mut link) = self.link.take()
            && !stream::is_closed(&mut link.stream).await
        {
            return Ok(link);
        }
        let tls = (self.settings.transport == Transport::Tls).then_some(&self.settings.tls);
        let stream = stream::connect(who, &self.address, tls).await?;
        let mut link = Link { stream, read: Vec::new() };
        if let Some(key) = &self.settings.shared_key {
            let key = key.read(&self.world)?;
            self.sign_in(who, &mut link, &key).await?;
        }
        Ok(link)
    }

    /// HELO, PING, PONG.
    async fn sign_in(&self, who: &str, link: &mut Link, key: &str) -> Result<()> {
        let settings = &self.settings;
        let helo = link.answer(who).await?;
        let (Some(b"HELO"), Some(options)) = (helo.text(0), helo.item(1)) else {
            return Err(Error::denied(format!(
                "{who}: it does not begin with HELO; remove shared_key"
            )));
        };
        let bytes = |name: &str| match options.get(name) {
            Some(Packed::Text(text)) => text.clone(),
            _ => Vec::new(),
        };
        let (nonce, auth) = (bytes("nonce"), bytes("auth"));
        let salt = Uuid::new_v4().simple().to_string();
        let proof = |hostname: &[u8]| digest(&[salt.as_bytes(), hostname, &nonce, key.as_bytes()]);
        let (user, password) = match (&settings.user, &settings.password) {
            (Some(user), Some(password)) => {
                let password = password.read(&self.world)?;
                (user.as_str(), digest(&[&auth, user.as_bytes(), password.as_bytes()]))
            }
            _ => ("", String::new()),
        };
        if !auth.is_empty() && user.is_empty() {
            return Err(Error::denied(format!("{who}: it asks for a user; set user and password")));
        }
        let mut ping = Vec::new();
        write_array(&mut ping, 6);
        let hostname = &settings.hostname;
        for text in ["PING", hostname, &salt, &proof(hostname.as_bytes()), user, &password] {
            write_text(&mut ping, text);
        }
        stream::write(who, &mut link.stream, &ping).await?;
        let pong = link.answer(who).await?;
        if pong.text(0) != Some(&b"PONG"[..]) || pong.item(1) != Some(&Packed::Yes) {
            let reason = String::from_utf8_lossy(pong.text(2).unwrap_or_default()).into_owned();
            return Err(Error::denied(format!(
                "{who} refuses to sign in: {}; check shared_key, user and password",
                printable(&reason)
            )));
        }
        let its_hostname = pong.text(3).unwrap_or_default();
        if its_hostname == hostname.as_bytes()
            || pong.text(4) != Some(proof(its_hostname).as_bytes())
        {
            return Err(Error::denied(format!("{who} does not know shared_key")));
        }
        Ok(())
    }

    fn message(&self, records: &[Record], chunk: &str) -> Vec<u8> {
        let mut entries = Vec::with_capacity(records.iter().map(|it| it.body.len() + 64).sum());
        for record in records {
            write_entry(&mut entries, record);
        }
        let entries = if self.settings.gzip { gzip(&entries) } else { entries };
        let mut message = Vec::with_capacity(entries.len() + 256);
        write_array(&mut message, 3);
        write_text(&mut message, &self.settings.tag);
        encode::write_bin(&mut message, &entries).expect(MEMORY);
        write_map(&mut message, if self.settings.gzip { 3 } else { 2 });
        write_text(&mut message, "chunk");
        write_text(&mut message, chunk);
        write_text(&mut message, "size");
        encode::write_uint(&mut message, records.len() as u64).expect(MEMORY);
        if self.settings.gzip {
            write_text(&mut message, "compressed");
            write_text(&mut message, "gzip");
        }
        message
    }
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update(part);
    }
    hex(&hash.finalize())
}

const MEMORY: &str = "memory takes all writes";

fn write_array(out: &mut Vec<u8>, len: u32) {
    encode::write_array_len(out, len).expect(MEMORY);
}

fn write_map(out: &mut Vec<u8>, len: u32) {
    encode::write_map_len(out, len).expect(MEMORY);
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    encode::write_str(out, text).expect(MEMORY);
}

/// `[time, record]`: the body's members, or the body as `message`, and the key.
fn write_entry(out: &mut Vec<u8>, record: &Record) {
    write_array(out, 2);
    let micros = record.time().clamp(0, i64::from(u32::MAX) * 1_000_000);
    encode::write_ext_meta(out, 8, EVENT_TIME).expect(MEMORY);
    out.extend_from_slice(&((micros / 1_000_000) as u32).to_be_bytes());
    out.extend_from_slice(&((micros % 1_000_000 * 1_000) as u32).to_be_bytes());
    let (id, begun) = (record.id(), out.len());
    if write_members(out, &record.body, &id).is_none() {
        out.truncate(begun);
        write_map(out, 2);
        write_text(out, KEY);
        write_text(out, &id);
        write_text(out, "message");
        write_text(out, &String::from_utf8_lossy(&record.body));
    }
}

/// The members of a JSON object, and the key unless one has its name. `None` if it is no object;
/// something may have been written then.
fn write_members(out: &mut Vec<u8>, body: &[u8], id: &str) -> Option<()> {
    // Checked as a whole, which takes less than checking each string.
    let text = std::str::from_utf8(body).ok()?;
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Members { out, id }).ok()?;
    json.end().ok()
}

struct Members<'a> {
    out: &'a mut Vec<u8>,
    id: &'a str,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<(), A::Error> {
        let count_at = begin(self.out, Marker::Map32);
        let (mut count, mut has_key) = (0, false);
        while let Some(name) = members.next_key::<String>()? {
            has_key |= name == KEY;
            write_text(self.out, &name);
            members.next_value_seed(Pack(self.out))?;
            count += 1;
        }
        if !has_key {
            write_text(self.out, KEY);
            write_text(self.out, self.id);
            count += 1;
        }
        end(self.out, count_at, count);
        Ok(())
    }
}

/// Writes a JSON value as MessagePack while it is read.
struct Pack<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Pack<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pack<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        encode::write_nil(self.0).expect(MEMORY);
        Ok(())
    }

    fn visit_bool<E>(self, yes: bool) -> std::result::Result<(), E> {
        encode::write_bool(self.0, yes).expect(MEMORY);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> std::result::Result<(), E> {
        encode::write_uint(self.0, number).expect(MEMORY);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> std::result::Result<(), E> {
        encode::write_sint(self.0, number).expect(MEMORY);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> std::result::Result<(), E> {
        encode::write_f64(self.0, number).expect(MEMORY);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<(), E> {
        write_text(self.0, text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        let count_at = begin(self.0, Marker::Array32);
        let mut count = 0;
        while items.next_element_seed(Pack(self.0))?.is_some() {
            count += 1;
        }
        end(self.0, count_at, count);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<(), A::Error> {
        let count_at = begin(self.0, Marker::Map32);
        let mut count = 0;
        while members.next_key_seed(Pack(self.0))?.is_some() {
            members.next_value_seed(Pack(self.0))?;
            count += 1;
        }
        end(self.0, count_at, count);
        Ok(())
    }
}

/// Leaves room for a count that is known at the end, and returns where.
fn begin(out: &mut Vec<u8>, marker: Marker) -> usize {
    out.push(marker.to_u8());
    out.extend_from_slice(&[0; 4]);
    out.len() - 4
}

fn end(out: &mut [u8], count_at: usize, count: u32) {
    out[count_at..count_at + 4].copy_from_slice(&count.to_be_bytes());
}

impl Link {
    /// The next message of the receiver.
    async fn answer(&mut self, who: &str) -> Result<Packed> {
        loop {
            let mut rest = &self.read[..];
            match Packed::read(&mut rest, 0) {
                Ok(answer) => {
                    let used = self.read.len() - rest.len();
                    self.read.drain(..used);
                    return Ok(answer);
                }
                Err(Unread::Incomplete) if self.read.len() < ANSWER_BYTES_MAX => {}
                Err(_) => return Err(Error::later(format!("{who}: the answer is not understood"))),
            }
            stream::read(who, &mut self.stream, &mut self.read).await?;
        }
    }
}

/// MessagePack, as far as a receiver's messages need it.
#[derive(Debug, PartialEq, Eq)]
enum Packed {
    Text(Vec<u8>),
    Yes,
    /// Null, false and numbers.
    Other,
    Array(Vec<Packed>),
    Map(Vec<(Packed, Packed)>),
}

enum Unread {
    Incomplete,
    Wrong,
}

impl Packed {
    fn read(from: &mut &[u8], depth: usize) -> Read {
        if depth > DEPTH_MAX {
            return Err(Unread::Wrong);
        }
        let marker = Marker::from_u8(take(from, 1)?[0]);
        match marker {
            Marker::True => Ok(Packed::Yes),
            Marker::Null | Marker::False | Marker::FixPos(_) | Marker::FixNeg(_) => {
                Ok(Packed::Other)
            }
            Marker::U8 | Marker::I8 => take(from, 1).map(|_| Packed::Other),
            Marker::U16 | Marker::I16 => take(from, 2).map(|_| Packed::Other),
            Marker::U32 | Marker::I32 | Marker::F32 => take(from, 4).map(|_| Packed::Other),
            Marker::U64 | Marker::I64 | Marker::F64 => take(from, 8).map(|_| Packed::Other),
            Marker::FixStr(count) => text(from, count.into()),
            Marker::Str8 | Marker::Bin8 => length(from, 1).and_then(|count| text(from, count)),
            Marker::Str16 | Marker::Bin16 => length(from, 2).and_then(|count| text(from, count)),
            Marker::FixArray(count) => array(from, count.into(), depth),
            Marker::Array16 => length(from, 2).and_then(|count| array(from, count, depth)),
            Marker::FixMap(count) => map(from, count.into(), depth),
            Marker::Map16 => length(from, 2).and_then(|count| map(from, count, depth)),
            _ => Err(Unread::Wrong),
        }
    }

    fn item(&self, index: usize) -> Option<&Packed> {
        match self {
            Packed::Array(items) => items.get(index),
            _ => None,
        }
    }

    fn text(&self, index: usize) -> Option<&[u8]> {
        match self.item(index)? {
            Packed::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The member of that name.
    fn get(&self, name: &str) -> Option<&Packed> {
        let Packed::Map(members) = self else { return None };
        let is_it = |key: &Packed| matches!(key, Packed::Text(text) if text == name.as_bytes());
        members.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value)
    }
}

type Read = std::result::Result<Packed, Unread>;

fn text(from: &mut &[u8], count: usize) -> Read {
    Ok(Packed::Text(take(from, count)?.to_vec()))
}

fn array(from: &mut &[u8], count: usize, depth: usize) -> Read {
    let items = (0..count).map(|_| Packed::read(from, depth + 1));
    Ok(Packed::Array(items.collect::<std::result::Result<_, _>>()?))
}

fn map(from: &mut &[u8], count: usize, depth: usize) -> Read {
    let mut next = || Packed::read(from, depth + 1);
    let members = (0..count).map(|_| Ok::<_, Unread>((next()?, next()?)));
    Ok(Packed::Map(members.collect::<std::result::Result<_, _>>()?))
}

fn take<'a>(from: &mut &'a [u8], count: usize) -> std::result::Result<&'a [u8], Unread> {
    from.split_off(..count).ok_or(Unread::Incomplete)
}

fn length(from: &mut &[u8], bytes: usize) -> std::result::Result<usize, Unread> {
    Ok(take(from, bytes)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_becomes_the_same_in_messagepack() {
        for body in [
            r#"{}"#,
            r#"{"a":null,"b":[true,false,[],{}],"c":{"d":"e\u0000\n\ud83d\udc80"}}"#,
            r#"{"n":[0,127,128,-1,-129,18446744073709551615,-9223372036854775808,1.5,1e300]}"#,
            r#" {"trail365_key":"its own"} "#,
        ] {
            let mut expected: serde_json::Value = serde_json::from_str(body).unwrap();
            let members = expected.as_object_mut().unwrap();
            members.entry(KEY).or_insert_with(|| "id".into());
            let mut out = Vec::new();
            write_members(&mut out, body.as_bytes(), "id").expect("an object");
            let packed = rmpv::decode::read_value(&mut &out[..]).expect("MessagePack");
            assert_eq!(json(&packed), expected);
        }
    }

    fn json(packed: &rmpv::Value) -> serde_json::Value {
        use rmpv::Value;
        match packed {
            Value::Nil => serde_json::Value::Null,
            Value::Boolean(yes) => (*yes).into(),
            Value::F64(number) => (*number).into(),
            Value::Integer(number) => match number.as_u64() {
                Some(number) => number.into(),
                None => number.as_i64().into(),
            },
            Value::String(text) => text.as_str().into(),
            Value::Array(items) => items.iter().map(json).collect(),
            Value::Map(members) => {
                let member = |(name, value): &(Value, Value)| {
                    (name.as_str().expect("text").to_owned(), json(value))
                };
                members.iter().map(member).collect()
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_no_object_is_kept_as_a_message() {
        for body in [&b"[1]"[..], b"{\"a\":1", b"{\"a\":1} {", b"{\"a\":\"\xff\"}", b"plain", b""] {
            assert_eq!(write_members(&mut Vec::new(), body, "id"), None, "{body:?}");
        }
    }
}
