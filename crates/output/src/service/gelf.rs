//! Graylog, or whatever takes GELF: over UDP, TCP, TLS or HTTP.
//!
//! The bodies are GELF 1.1 already; here they are only brought there, as Graylog's page on GELF
//! tells: over UDP compressed and in chunks, over TCP each ended by a null byte and never
//! compressed, over HTTP each in a request of its own or, with `bulk`, a line each. Only HTTP
//! answers: with it everything arrives at least once.

use async_trait::async_trait;
use reqwest::Client;
use serde::Deserialize;
use url::Url;

use super::http_answer::{ask, gzip, place, service_url, with_body};
use super::progress::Progress;
use super::stream::{self, Address, DATAGRAM_BYTES_MAX, Link, Way};
use crate::{
    Error, Guarantee, Kind, Limits, Record, Refusal, Result, Service, Takes, Tls, World, settings,
};

pub const KIND: Kind = Kind {
    name: "gelf",
    about: "Graylog, GELF over UDP, TCP, TLS or HTTP",
    takes: Takes::Body("gelf"),
    guarantee: Guarantee::Unanswered,
    limits: Limits::DEFAULT,
    open,
};

const PORT: u16 = 12201;
const MAGIC: [u8; 2] = [0x1e, 0x0f];
/// Magic, message id, number and count.
const CHUNK_HEAD_BYTES: usize = 12;
const CHUNKS_MAX: usize = 128;
const CHUNK_BYTES_MIN: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    transport: Transport,
    /// `HOST` or `HOST:PORT`, for UDP, TCP and TLS.
    address: Option<String>,
    /// `https://graylog.example:12201/gelf`, for HTTP.
    url: Option<String>,
    /// Of a datagram; 8154 suits a local network.
    #[serde(default = "default_chunk_bytes")]
    chunk_bytes: usize,
    /// Over UDP and HTTP.
    #[serde(default = "default_gzip")]
    gzip: bool,
    /// Over HTTP: a batch in one request, if the input has "bulk receiving" switched on.
    #[serde(default)]
    bulk: bool,
    #[serde(default)]
    tls: Tls,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Transport {
    Udp,
    #[default]
    Tcp,
    Tls,
    Http,
}

fn default_chunk_bytes() -> usize {
    1420
}

fn default_gzip() -> bool {
    true
}

fn open(table: toml::Table, _: World) -> std::result::Result<Box<dyn Service>, String> {
    let settings = settings::read::<Settings>(table)?;
    if !(CHUNK_BYTES_MIN..=DATAGRAM_BYTES_MAX).contains(&settings.chunk_bytes) {
        return Err(format!("chunk_bytes: write {CHUNK_BYTES_MIN} to {DATAGRAM_BYTES_MAX}"));
    }
    match (settings.transport, &settings.address, &settings.url) {
        (Transport::Http, None, Some(url)) => {
            let url = service_url("url", url)?;
            Ok(Box::new(Posted { settings, url, client: None, progress: Progress::default() }))
        }
        (Transport::Http, ..) => Err("transport = \"http\" needs url, and no address".to_owned()),
        (_, Some(address), None) => {
            let address = Address::read(address, PORT)?;
            Ok(Box::new(Sent { settings, address, link: None }))
        }
        _ => Err("transport udp, tcp and tls need address, and no url".to_owned()),
    }
}

/// Over HTTP.
struct Posted {
    settings: Settings,
    url: Url,
    client: Option<Client>,
    progress: Progress,
}

#[async_trait]
impl Service for Posted {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        if self.settings.bulk {
            let lines: Vec<&[u8]> = records.iter().map(|record| &record.body[..]).collect();
            return self.post(lines.join(&b'\n')).await;
        }
        let begin = self.progress.resume(records);
        for (index, record) in records.iter().enumerate().skip(begin) {
            match self.post(record.body.to_vec()).await {
                Ok(()) => {}
                Err(Error::Whole { words }) => self.progress.refuse(index, words),
                Err(error) => return Err(error),
            }
            self.progress.reached(index + 1);
        }
        self.progress.finish()
    }
}

impl Posted {
    async fn post(&mut self, body: Vec<u8>) -> Result<()> {
        let client = match &self.client {
            Some(client) => client,
            None => self.client.insert(self.settings.tls.http()?),
        };
        let request = client.post(self.url.clone()).header("content-type", "application/json");
        let who = format!("gelf {}", place(&self.url));
        ask(&who, with_body(request, body, self.settings.gzip)).await?.accepted().map(|_| ())
    }
}

/// Over UDP, TCP or TLS.
struct Sent {
    settings: Settings,
    address: Address,
    link: Option<Link>,
}

#[async_trait]
impl Service for Sent {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let mut refused = Vec::new();
        let mut link = self.link().await?;
        let who = self.who();
        match &mut link {
            Link::Datagrams(socket) => {
                for (index, record) in records.iter().enumerate() {
                    match self.datagrams(&record.body) {
                        Err(reason) => refused.push(Refusal { index, reason }),
                        Ok(datagrams) => {
                            for datagram in datagrams {
                                let sent = socket.send(&datagram).await;
                                sent.map_err(|error| Error::later(format!("{who}: {error}")))?;
                            }
                        }
                    }
                }
            }
            Link::Stream(stream) => {
                let mut bytes =
                    Vec::with_capacity(records.iter().map(|it| it.body.len() + 1).sum());
                for (index, record) in records.iter().enumerate() {
                    if record.body.contains(&0) {
                        let reason = "a message over TCP has no null byte".to_owned();
                        refused.push(Refusal { index, reason });
                        continue;
                    }
                    bytes.extend_from_slice(&record.body);
                    bytes.push(0);
                }
                stream::write_unanswered(&who, stream, &bytes).await?;
            }
        }
        // After an error the link is not kept.
        self.link = Some(link);
        if refused.is_empty() { Ok(()) } else { Err(Error::Some(refused)) }
    }
}

impl Sent {
    fn who(&self) -> String {
        format!("gelf {}", self.address)
    }

    async fn link(&mut self) -> Result<Link> {
        let way = match self.settings.transport {
            Transport::Udp => Way::Udp,
            Transport::Tls => Way::Tls(&self.settings.tls),
            Transport::Tcp | Transport::Http => Way::Tcp,
        };
        Link::keep(self.link.take(), &self.who(), &self.address, way).await
    }

    /// One datagram, or the chunks of one message.
    fn datagrams(&self, body: &[u8]) -> std::result::Result<Vec<Vec<u8>>, String> {
        let chunk_bytes = self.settings.chunk_bytes;
        let message = if self.settings.gzip { gzip(body) } else { body.to_vec() };
        if message.len() <= chunk_bytes {
            return Ok(vec![message]);
        }
        let chunks = message.chunks(chunk_bytes - CHUNK_HEAD_BYTES);
        let count = chunks.len();
        if count > CHUNKS_MAX {
            return Err(format!(
                "a message of {count} chunks has more than {CHUNKS_MAX}; set chunk_bytes higher, \
                 or transport = \"tcp\" for long records"
            ));
        }
        let id = rand::random::<u64>().to_be_bytes();
        let chunk = |(number, part): (usize, &[u8])| {
            [&MAGIC[..], &id, &[number as u8, count as u8], part].concat()
        };
        Ok(chunks.enumerate().map(chunk).collect())
    }
}
