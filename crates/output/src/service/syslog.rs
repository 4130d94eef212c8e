//! Syslog: any collector that speaks it, over UDP, TCP or TLS.
//!
//! Messages are those of RFC 5424 with key, tenant, workload and operation as structured data, or
//! of RFC 3164. On TCP and TLS they are told apart by octet counting (RFC 5425, RFC 6587) or by line
//! feeds. Nobody answers: a peer that hung up is noticed before and after each batch, but what it
//! had taken and not yet kept is lost with it.

use std::borrow::Cow;

use async_trait::async_trait;
use chrono::DateTime;
use event::Field;
use serde::Deserialize;
use tokio::net::UdpSocket;

use super::stream::{self, Address, DATAGRAM_BYTES_MAX, Link, Stream, Way};
use crate::{
    Error, Guarantee, Kind, Limits, Record, Refusal, Result, Service, Takes, Tls, settings,
};

pub const KIND: Kind = Kind {
    name: "syslog",
    about: "any syslog collector, RFC 5424 or 3164 over UDP, TCP or TLS",
    takes: Takes::Body("decoded"),
    guarantee: Guarantee::Unanswered,
    limits: Limits::DEFAULT,
    open: |table, _| {
        let settings = settings::read::<Settings>(table)?;
        let port = if settings.transport == Transport::Tls { TLS_PORT } else { PORT };
        let address = Address::read(&settings.address, port)?;
        let facility = FACILITIES.iter().position(|name| *name == settings.facility);
        let facility = facility.ok_or_else(|| {
            format!("facility: {} is none of {}", settings.facility, FACILITIES.join(", "))
        })?;
        let bytes_max = bytes_max(&settings);
        Ok(Box::new(Syslog { settings, address, facility, bytes_max, link: None }))
    },
};

const PORT: u16 = 514;
/// RFC 5425.
const TLS_PORT: u16 = 6514;

/// By number, RFC 5424 table 1; the names are those of syslog.conf and, for 12 to 15, of their use.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];

/// RFC 3164 4.1: a packet has 1024 bytes or less.
const RFC3164_BYTES_MAX: usize = 1024;
const STREAM_BYTES_MAX: usize = 1 << 20;

/// The bounds of RFC 5424 6 on the fields of the header.
const HOSTNAME_MAX: usize = 255;
const APP_NAME_MAX: usize = 48;
const MSGID_MAX: usize = 32;
/// RFC 3164 4.1.3.
const TAG_MAX: usize = 32;
/// Structured data repeats what the message says in full.
const PARAM_CHARS_MAX: usize = 255;

/// RFC 5612 sets this enterprise number aside for names that nobody registered.
const STRUCTURED_DATA_ID: &str = "trail365@32473";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `HOST` or `HOST:PORT`; the port is 514, or 6514 for TLS, if not set.
    address: String,
    #[serde(default)]
    transport: Transport,
    #[serde(default)]
    protocol: Protocol,
    /// How messages are told apart on TCP and TLS.
    #[serde(default)]
    framing: Framing,
    #[serde(default = "default_facility")]
    facility: String,
    #[serde(default = "default_app_name")]
    app_name: String,
    /// The tenant's name if not set.
    hostname: Option<String>,
    /// Marks a message with characters beyond ASCII as UTF-8, as RFC 5424 demands.
    #[serde(default = "default_bom")]
    bom: bool,
    /// A longer message is refused, never cut.
    message_bytes_max: Option<usize>,
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
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protocol {
    #[default]
    Rfc5424,
    Rfc3164,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Framing {
    #[default]
    OctetCounting,
    LineFeed,
}

fn default_facility() -> String {
    "local0".to_owned()
}

fn default_app_name() -> String {
    "trail365".to_owned()
}

fn default_bom() -> bool {
    true
}

fn bytes_max(settings: &Settings) -> usize {
    let bound = match (settings.transport, settings.protocol) {
        (Transport::Udp, Protocol::Rfc3164) => RFC3164_BYTES_MAX,
        (Transport::Udp, Protocol::Rfc5424) => DATAGRAM_BYTES_MAX,
        (Transport::Tcp | Transport::Tls, _) => STREAM_BYTES_MAX,
    };
    let set = settings.message_bytes_max.unwrap_or(bound);
    if settings.transport == Transport::Udp { set.min(DATAGRAM_BYTES_MAX) } else { set }
}

struct Syslog {
    settings: Settings,
    address: Address,
    facility: usize,
    bytes_max: usize,
    link: Option<Link>,
}

#[async_trait]
impl Service for Syslog {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let mut refused = Vec::new();
        let mut messages = Vec::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            let message = self.message(record);
            if message.len() > self.bytes_max {
                refused.push(Refusal { index, reason: self.too_long(message.len()) });
            } else {
                messages.push(message);
            }
        }
        let mut link = self.link().await?;
        match &mut link {
            Link::Datagrams(socket) => self.send(socket, &messages).await?,
            Link::Stream(stream) => self.write(stream, &messages).await?,
        }
        // After an error the link is not kept.
        self.link = Some(link);
        if refused.is_empty() { Ok(()) } else { Err(Error::Some(refused)) }
    }
}

impl Syslog {
    fn who(&self) -> String {
        format!("syslog {}", self.address)
    }

    fn too_long(&self, bytes: usize) -> String {
        let max = self.bytes_max;
        let way_out = match self.settings.transport {
            Transport::Udp => "; set transport = \"tcp\" or \"tls\" for long records",
            Transport::Tcp | Transport::Tls => "",
        };
        format!("a message of {bytes} bytes is longer than message_bytes_max = {max}{way_out}")
    }

    async fn link(&mut self) -> Result<Link> {
        let way = match self.settings.transport {
            Transport::Udp => Way::Udp,
            Transport::Tcp => Way::Tcp,
            Transport::Tls => Way::Tls(&self.settings.tls),
        };
        Link::keep(self.link.take(), &self.who(), &self.address, way).await
    }

    async fn send(&self, socket: &UdpSocket, messages: &[Vec<u8>]) -> Result<()> {
        for message in messages {
            socket
                .send(message)
                .await
                .map_err(|error| Error::later(format!("{}: {error}", self.who())))?;
        }
        Ok(())
    }

    async fn write(&self, stream: &mut Stream, messages: &[Vec<u8>]) -> Result<()> {
        let mut bytes = Vec::with_capacity(messages.iter().map(|it| it.len() + 8).sum());
        for message in messages {
            match self.settings.framing {
                Framing::OctetCounting => {
                    bytes.extend_from_slice(format!("{} ", message.len()).as_bytes());
                    bytes.extend_from_slice(message);
                }
                Framing::LineFeed => {
                    bytes.extend_from_slice(message);
                    bytes.push(b'\n');
                }
            }
        }
        stream::write_unanswered(&self.who(), stream, &bytes).await
    }

    fn message(&self, record: &Record) -> Vec<u8> {
        let settings = &self.settings;
        let priority = self.facility * 8 + severity(record);
        let tenant = record.text(Field::Tenant).unwrap_or_default();
        let hostname = token(settings.hostname.as_deref().unwrap_or(tenant), HOSTNAME_MAX);
        let time = record.time();
        let body = String::from_utf8_lossy(&record.body);
        let text = safe(&body);
        match settings.protocol {
            Protocol::Rfc5424 => {
                let time = event::time::iso_text(time);
                let app_name = token(&settings.app_name, APP_NAME_MAX);
                let msgid =
                    token(record.text(Field::RecordTypeName).unwrap_or_default(), MSGID_MAX);
                let data = structured_data(record);
                let bom = if settings.bom && !text.is_ascii() { "\u{feff}" } else { "" };
                format!("<{priority}>1 {time} {hostname} {app_name} - {msgid} {data} {bom}{text}")
            }
            Protocol::Rfc3164 => {
                let time = DateTime::from_timestamp_micros(time).unwrap_or_default();
                let time = time.format("%b %e %H:%M:%S");
                let tag = token(&settings.app_name, TAG_MAX);
                format!("<{priority}>{time} {hostname} {tag}: {text}")
            }
        }
        .into_bytes()
    }
}

/// `warning` for what failed, otherwise `informational`.
fn severity(record: &Record) -> usize {
    if record.text(Field::Outcome) == Some("failure") { 4 } else { 6 }
}

/// A field of the header: visible ASCII, or `-` for none.
fn token(text: &str, max: usize) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    let visible = |char: char| if char.is_ascii_graphic() { char } else { '_' };
    text.chars().take(max).map(visible).collect()
}

fn structured_data(record: &Record) -> String {
    let mut data = format!("[{STRUCTURED_DATA_ID} key=\"{}\"", record.id());
    for (name, field) in
        [("tenant", Field::Tenant), ("workload", Field::Workload), ("operation", Field::Operation)]
    {
        let Some(value) = record.text(field) else { continue };
        data.push_str(&format!(" {name}=\""));
        for char in value.chars().take(PARAM_CHARS_MAX) {
            match char {
                // RFC 5424 6.3.3.
                '"' | '\\' | ']' => data.extend(['\\', char]),
                char if char.is_control() => data.push(' '),
                char => data.push(char),
            }
        }
        data.push('"');
    }
    data.push(']');
    data
}

/// The body without a control character, so that it can neither end its frame nor steer a terminal.
///
/// In JSON the controls below U+0020 stand only between values, as white space; the others stand in
/// strings, where their escape means the same. Tabs stay: LEEF parts its attributes by them.
fn safe(text: &str) -> Cow<'_, str> {
    // 0xc2 begins the characters from U+0080 to U+00BF.
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | 0x80..=0xc1 | 0xc3..);
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\t' => safe.push('\t'),
            '\0'..='\u{1f}' => safe.push(' '),
            '\u{7f}'..='\u{9f}' => safe.push_str(&format!("\\u{:04x}", char as u32)),
            char => safe.push(char),
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_left() {
        for char in ('\0'..='\u{2100}').chain(['\u{fffd}', '\u{1f480}']) {
            let text = format!("a{char}b");
            let safe = safe(&text);
            assert!(!safe.chars().any(|it| it.is_control() && it != '\t'), "{char:?}");
            if !char.is_control() {
                assert_eq!(safe, text);
            }
        }
    }
}
