//! Where did these bytes come from?

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// The name of a tenant: lower-case letters, digits and dashes, since it names a folder as well.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantName(Arc<str>);

impl TenantName {
    /// Longest name accepted, in bytes.
    pub const LENGTH_MAX: usize = 64;

    /// Checks a name. The error says what a name may hold.
    pub fn new(name: &str) -> Result<TenantName, String> {
        let fits = !name.is_empty()
            && name.len() <= TenantName::LENGTH_MAX
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !name.starts_with('-');
        if fits {
            Ok(TenantName(name.into()))
        } else {
            Err(format!(
                "tenant name {name:?}: use 1 to {} lower-case letters, digits and dashes, a letter or digit first",
                TenantName::LENGTH_MAX
            ))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The origin that the records of one blob or file share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The kind of source, for example `activity-feed` or `purview-csv`.
    pub source: &'static str,
    /// The content type of the Management Activity API; empty for files.
    pub content_type: &'static str,
    /// The blob's content id, or the file's name as the user gave it.
    pub origin: String,
}

/// Where in its origin a record stood: element of a blob, row or line of a file, from 1.
pub type Position = u64;

/// What an envelope holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A record's JSON text, as sent.
    Record(Bytes),
    /// Bytes that hold no readable record, whole, with the reason.
    Broken { bytes: Bytes, reason: String },
}

/// Raw bytes, where they came from, and what stood around them.
#[derive(Clone, Debug)]
pub struct Envelope {
    pub provenance: Arc<Provenance>,
    pub position: Position,
    pub payload: Payload,
    /// What the export said around the record and the record does not say itself: a JSON object of
    /// the outer columns, or `None` where there was nothing more.
    pub wrapper: Option<Box<str>>,
}

impl Envelope {
    /// A record with nothing around it.
    pub fn record(provenance: &Arc<Provenance>, position: Position, bytes: Bytes) -> Envelope {
        Envelope {
            provenance: provenance.clone(),
            position,
            payload: Payload::Record(bytes),
            wrapper: None,
        }
    }

    /// Bytes for the quarantine.
    pub fn broken(
        provenance: &Arc<Provenance>,
        position: Position,
        bytes: Bytes,
        reason: impl Into<String>,
    ) -> Envelope {
        Envelope {
            provenance: provenance.clone(),
            position,
            payload: Payload::Broken { bytes, reason: reason.into() },
            wrapper: None,
        }
    }

    /// The bytes, readable or not.
    pub fn bytes(&self) -> &Bytes {
        match &self.payload {
            Payload::Record(bytes) | Payload::Broken { bytes, .. } => bytes,
        }
    }
}
