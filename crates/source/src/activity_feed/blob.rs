//! What is in a blob?
//!
//! A blob is a JSON array of records, of any length. It is split into records while it arrives, so
//! that memory holds a batch of them and never the blob.

use std::sync::Arc;

use bytes::Bytes;
use event::{Envelope, Position, Provenance};
use futures::StreamExt;

use crate::json_elements::{Element, Splitter};

use super::ActivityFeed;
use super::listing::BlobRef;
use crate::service::Settings;
use crate::service::call::{Call, Opened};
use crate::service::error::{Error, Kind};
use crate::service::transport::Method;

/// Longest record that is kept whole; of a longer one the beginning goes to quarantine. It is also
/// how much is kept of a body that is no array.
pub const RECORD_BYTES_MAX: usize = 64 << 20;

/// Longest blob, unpacked: what never ends is no blob.
const BLOB_BYTES_MAX: u64 = 16 << 30;

/// A batch is handed on when it holds this many records or bytes.
const BATCH_RECORDS_MAX: usize = 1000;
const BATCH_BYTES_MAX: usize = 1 << 20;

/// The name of this source in an envelope's provenance.
pub const SOURCE: &str = "activity-feed";

/// The records of a blob, in batches. Dropping it ends the download.
pub struct BlobStream {
    feed: ActivityFeed,
    operation: String,
    provenance: Arc<Provenance>,
    contents: Contents,
    position: Position,
    bytes: u64,
    batch: Batch,
    state: State,
    /// What a cut body ended in.
    rest: Option<Element>,
    /// The download's place among the others.
    opened: Opened,
}

#[derive(Default)]
struct Batch {
    envelopes: Vec<Envelope>,
    bytes: usize,
}

/// What the body turned out to be.
enum Contents {
    /// Only white space so far.
    Unknown,
    Array(Splitter),
    /// Something else: its beginning, and its length.
    Other {
        start: Vec<u8>,
        length: u64,
    },
}

enum State {
    Reading,
    Ended,
    Failed(Error),
}

impl ActivityFeed {
    /// Opens a blob. At most [`Settings::downloads_max`](super::Settings::downloads_max) are open at
    /// once: this waits until one of the others is read to its end or dropped.
    pub async fn fetch(&self, blob: &BlobRef) -> Result<BlobStream, Error> {
        let operation = format!("fetch {} blob {}", blob.content_type, blob.content_id);
        let Settings { cloud, tenant_id, .. } = &*self.0.service.settings;
        let url = match blob.uri.is_empty() {
            true => cloud.feed_url(tenant_id.as_str(), ["audit", blob.content_id.as_str()]),
            false => cloud
                .trusted_content(tenant_id.as_str(), &blob.uri)
                .map_err(|words| self.error(Kind::Untrusted, &operation, words))?,
        };
        let call = Call {
            operation,
            method: Method::GET,
            url: self.with_publisher(url),
            body: None,
            timeout: self.0.service.settings.timeouts.download,
            priority: self.1,
        };
        let slot = self.0.service.downloads.slot(self.1).await;
        let opened = self.0.service.open(&call, slot).await;
        let opened = opened.map_err(|error| match error.status() {
            // Nothing at the address of a blob: it is gone, even if no code says so.
            Some(404 | 410) if error.code().is_none() => error.with_kind(Kind::Expired),
            _ => error,
        })?;
        Ok(BlobStream {
            feed: self.clone(),
            operation: call.operation,
            provenance: Arc::new(Provenance {
                source: SOURCE,
                content_type: blob.content_type.as_str(),
                origin: blob.content_id.clone(),
            }),
            opened,
            contents: Contents::Unknown,
            position: 0,
            bytes: 0,
            batch: Batch::default(),
            state: State::Reading,
            rest: None,
        })
    }
}

impl BlobStream {
    /// The next records, or `None` after the last. An error comes after all whole records that
    /// arrived before it; there is nothing after an error.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<Envelope>>, Error> {
        while matches!(self.state, State::Reading) {
            if self.split() {
                return Ok(Some(self.take_batch()));
            }
            match self.opened.response.body.next().await {
                Some(Ok(chunk)) => self.receive(chunk),
                Some(Err(interruption)) => self.interrupted(&interruption.0),
                None => self.ended(),
            }
        }
        if !self.batch.envelopes.is_empty() {
            return Ok(Some(self.take_batch()));
        }
        match &self.state {
            State::Failed(error) => Err(error.clone()),
            _ => Ok(None),
        }
    }

    /// After [`Kind::Cut`]: the beginning of the record in which the body ended, for the quarantine,
    /// when the caller gives up on the rest.
    pub fn salvage(&mut self) -> Option<Envelope> {
        let (Element::Whole(bytes) | Element::TooLong { start: bytes, .. }) = self.rest.take()?;
        let reason = "the blob ended inside this record";
        Some(Envelope::broken(&self.provenance, self.position + 1, bytes, reason))
    }

    /// Whole records so far.
    pub fn records(&self) -> u64 {
        self.position
    }

    /// Bytes so far, unpacked.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn receive(&mut self, mut chunk: Bytes) {
        self.feed.0.service.counters.bytes(chunk.len());
        self.bytes += chunk.len() as u64;
        if self.bytes > BLOB_BYTES_MAX {
            let words = format!("the blob is longer than {BLOB_BYTES_MAX} bytes");
            self.state = State::Failed(self.feed.error(Kind::Broken, &self.operation, words));
            return;
        }
        if let Contents::Unknown = self.contents {
            let blank = chunk.iter().take_while(|byte| is_blank(**byte)).count();
            chunk = chunk.slice(blank..);
            self.contents = match chunk.first() {
                None => return,
                Some(b'[') => Contents::Array(Splitter::new(RECORD_BYTES_MAX)),
                Some(_) => Contents::Other { start: Vec::new(), length: 0 },
            };
        }
        match &mut self.contents {
            Contents::Unknown => {}
            Contents::Array(splitter) => splitter.push(chunk),
            Contents::Other { start, length } => {
                let room = RECORD_BYTES_MAX - start.len();
                start.extend_from_slice(&chunk[..chunk.len().min(room)]);
                *length += chunk.len() as u64;
            }
        }
    }

    /// Moves records from the current chunk into the batch; true when the batch is full.
    fn split(&mut self) -> bool {
        let Contents::Array(splitter) = &mut self.contents else {
            return false;
        };
        while let Some(element) = splitter.next_element() {
            self.position += 1;
            self.batch.add(envelope(&self.provenance, self.position, element));
            if self.batch.is_full() {
                return true;
            }
        }
        false
    }

    /// The body has come to its own end. It was cut all the same if its array is not closed, or if
    /// nothing came at all, since a blob without a record is still an array.
    fn ended(&mut self) {
        self.state = State::Ended;
        match std::mem::replace(&mut self.contents, Contents::Unknown) {
            Contents::Unknown => self.fail_cut("it is empty"),
            Contents::Array(splitter) => {
                let end = splitter.finish();
                if end.cut {
                    self.rest = end.rest;
                    self.fail_cut("the list of records is not closed");
                } else if let Some(element) = end.rest {
                    self.position += 1;
                    self.batch.add(envelope(&self.provenance, self.position, element));
                }
            }
            Contents::Other { start, length } => {
                let reason = match length > start.len() as u64 {
                    true => {
                        format!("the blob is no list of records; the first part of {length} bytes")
                    }
                    false => "the blob is no list of records".into(),
                };
                self.batch.add(Envelope::broken(&self.provenance, 1, start.into(), reason));
            }
        }
    }

    /// The network failed. What was no array so far is worth nothing, since the rest is unknown.
    fn interrupted(&mut self, why: &str) {
        self.opened.slot.met_trouble();
        if let Contents::Array(splitter) = std::mem::replace(&mut self.contents, Contents::Unknown)
        {
            self.rest = splitter.finish().rest;
        }
        self.fail_cut(why);
    }

    fn fail_cut(&mut self, why: &str) {
        let kind = Kind::Cut { whole_records: self.position };
        let words = format!("the blob ended early, after {} whole records: {why}", self.position);
        self.state = State::Failed(self.feed.error(kind, &self.operation, words));
    }

    fn take_batch(&mut self) -> Vec<Envelope> {
        std::mem::take(&mut self.batch).envelopes
    }
}

impl Batch {
    fn add(&mut self, envelope: Envelope) {
        self.bytes += envelope.bytes().len();
        self.envelopes.push(envelope);
    }

    fn is_full(&self) -> bool {
        self.bytes >= BATCH_BYTES_MAX || self.envelopes.len() >= BATCH_RECORDS_MAX
    }
}

fn envelope(provenance: &Arc<Provenance>, position: Position, element: Element) -> Envelope {
    match element {
        Element::Whole(bytes) => Envelope::record(provenance, position, bytes),
        Element::TooLong { start, length } => {
            let reason =
                format!("the record is {length} bytes long; the first {RECORD_BYTES_MAX} are kept");
            Envelope::broken(provenance, position, start, reason)
        }
    }
}

/// White space, and the bytes of the mark that some gateways put before a text.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf)
}

#[cfg(test)]
mod tests {
    use event::Payload;

    use super::*;
    use crate::activity_feed::ContentType;
    use crate::scripted::*;

    fn blob(uri: &str) -> BlobRef {
        BlobRef {
            content_type: ContentType::Exchange,
            content_id: "a$1".into(),
            uri: uri.into(),
            created: None,
            expires: None,
        }
    }

    const URI: &str = "https://manage.office.com/api/v1.0/0e9b3178-9678-47dd-a509-37222ca96b42/activity/feed/audit/a$1";

    fn show(envelope: &Envelope) -> String {
        let text = String::from_utf8_lossy(envelope.bytes());
        match &envelope.payload {
            Payload::Record(_) => format!("{}:{text}", envelope.position),
            Payload::Broken { reason, .. } => {
                format!("{}:broken {text} ({reason})", envelope.position)
            }
        }
    }

    /// Fetches a blob answered so: records, end and salvage in one line.
    async fn fetch(answer: Reply) -> String {
        let set = set(in_turn(vec![answer]));
        let mut stream = set.feed.fetch(&blob(URI)).await.unwrap();
        let mut shown = Vec::new();
        loop {
            match stream.next_batch().await {
                Ok(Some(batch)) => shown.extend(batch.iter().map(show)),
                Ok(None) => break,
                Err(error) => {
                    shown.push(format!("{:?}", error.kind()));
                    // The error stays.
                    assert_eq!(stream.next_batch().await.unwrap_err().kind(), error.kind());
                    break;
                }
            }
        }
        shown.extend(stream.salvage().as_ref().map(show));
        assert_eq!(set.network.lines(), ["GET audit/a$1? Bearer token-1"]);
        shown.join(" ")
    }

    #[tokio::test]
    async fn a_blob_becomes_envelopes() {
        let check = async |answer: Reply, expected: &str| assert_eq!(fetch(answer).await, expected);
        check(reply(200, "[]"), "").await;
        check(reply(200, r#"[{"a":1}, {"b":"é\u0000"} ]"#), r#"1:{"a":1} 2:{"b":"é\u0000"}"#).await;
        check(
            reply(200, " \r\n\u{feff}[").chunk(r#"{"a""#).chunk(":1}").chunk("]\n"),
            r#"1:{"a":1}"#,
        )
        .await;
        check(reply(200, r#"[{"a":1},7]"#), r#"1:{"a":1} 2:7"#).await;
        // What is no array is quarantined whole.
        check(
            reply(200, r#"{"error""#).chunk(":1}"),
            r#"1:broken {"error":1} (the blob is no list of records)"#,
        )
        .await;
        check(reply(200, "oops"), "1:broken oops (the blob is no list of records)").await;
    }

    #[tokio::test]
    async fn a_cut_blob_tells_how_far_it_came() {
        let check = async |answer: Reply, expected: &str| assert_eq!(fetch(answer).await, expected);
        let salvage = "(the blob ended inside this record)";
        let two =
            format!(r#"1:{{"a":1}} 2:{{}} Cut {{ whole_records: 2 }} 3:broken {{"b" {salvage}"#);
        check(reply(200, r#"[{"a":1},{},{"b""#).broken_off(), &two).await;
        check(reply(200, r#"[{"a":1},{},{"b""#), &two).await;
        check(reply(200, r#"[{"a":1},"#), r#"1:{"a":1} Cut { whole_records: 1 }"#).await;
        check(reply(200, ""), "Cut { whole_records: 0 }").await;
        check(reply(200, "oo").broken_off(), "Cut { whole_records: 0 }").await;
    }

    #[tokio::test]
    async fn envelopes_say_where_they_came_from() {
        let set = set(in_turn(vec![reply(200, "[{}]")]));
        let mut stream = set.feed.fetch(&blob(URI)).await.unwrap();
        let batch = stream.next_batch().await.unwrap().unwrap();
        let expected = Provenance {
            source: "activity-feed",
            content_type: "Audit.Exchange",
            origin: "a$1".into(),
        };
        assert_eq!(*batch[0].provenance, expected);
        assert_eq!((stream.records(), stream.bytes(), set.feed.counts().bytes), (1, 4, 4));
    }

    #[tokio::test]
    async fn a_blob_elsewhere_is_not_asked_for() {
        let check = async |uri: &str| {
            let set = set(|seen| panic!("{} was asked", seen.url));
            let error = set.feed.fetch(&blob(uri)).await.err().unwrap();
            assert_eq!(error.kind(), Kind::Untrusted);
            assert!(error.to_string().contains("no token was sent"), "{error}");
        };
        check("https://manage.office.com.example.org/a").await;
        check("http://manage.office.com/a").await;
        check("https://manage.office365.us/a").await;
        // The right host, and another tenant's feed.
        check(&URI.replace(TENANT, CLIENT)).await;
        check("https://manage.office.com/a").await;
    }

    #[tokio::test]
    async fn a_blob_that_is_gone_is_a_gap() {
        let check = async |answer: Reply, expected: Kind| {
            let set = set(in_turn(vec![answer]));
            let error = set.feed.fetch(&blob(URI)).await.err().unwrap();
            assert_eq!(error.kind(), expected, "{error}");
        };
        check(refusal(400, "AF20051"), Kind::Expired).await;
        check(refusal(404, "AF20050"), Kind::Expired).await;
        check(reply(404, ""), Kind::Expired).await;
        check(refusal(400, "AF20052"), Kind::Expired).await;
        check(refusal(400, "AF20023"), Kind::NoSubscription).await;
    }

    #[tokio::test]
    async fn batches_and_records_are_bounded_whatever_the_length_of_the_blob() {
        let record = format!(r#"{{"a":"{}"}}"#, "x".repeat(5000));
        let mut answer = reply(200, "[");
        for _ in 0..4000 {
            answer = answer.chunk(record.clone()).chunk(",");
        }
        // One record over the limit stands between good ones.
        answer = answer.chunk(r#"{"b":""#);
        let megabyte = Bytes::from(vec![b'y'; 1 << 20]);
        for _ in 0..65 {
            answer = answer.chunk(megabyte.clone());
        }
        answer = answer.chunk(r#""},{"c":1}]"#);
        let set = set(in_turn(vec![answer]));
        let mut stream = set.feed.fetch(&blob(URI)).await.unwrap();
        let mut last = Vec::new();
        let mut count = 0;
        while let Some(batch) = stream.next_batch().await.unwrap() {
            let bytes: usize = batch.iter().map(|envelope| envelope.bytes().len()).sum();
            assert!(batch.len() <= BATCH_RECORDS_MAX);
            assert!(bytes <= BATCH_BYTES_MAX + record.len() || batch.len() < 300);
            count += batch.len();
            last = batch;
        }
        assert_eq!(count, 4002);
        assert_eq!(show(last.last().unwrap()), r#"4002:{"c":1}"#);
        let long = &last.iter().rev().nth(1);
        if let Some(long) = long {
            assert_eq!(long.bytes().len(), RECORD_BYTES_MAX);
        }
    }

    #[tokio::test]
    async fn downloads_wait_for_each_other_and_listings_do_not_wait_for_them() {
        let settings = Settings { downloads_max: 1, ..settings() };
        let set = set_with(settings, |seen| (!seen.is_sign_in()).then(|| reply(200, "[]")));
        let first = set.feed.fetch(&blob(URI)).await.unwrap();
        let blob = blob(URI);
        let mut second = Box::pin(set.feed.fetch(&blob));
        for _ in 0..10 {
            assert!(futures::poll!(&mut second).is_pending());
        }
        set.feed.subscriptions().await.unwrap();
        drop(first);
        second.await.unwrap();
    }
}
