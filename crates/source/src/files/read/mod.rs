//! How are records cut out of a stream of text?
//!
//! Three ways of writing records down: a table ([`Table`]), JSON values one after another
//! ([`Elements`]) and one JSON value a line ([`Lines`]). A format chooses one of them and says where
//! in a row or value the record stands.

mod elements;
pub(crate) mod json;
mod lines;
mod mend;
mod row;
mod table;
mod text;
mod wrapper;

use std::sync::Arc;

use bytes::Bytes;
use event::{Envelope, Payload, Position, Provenance};

pub(crate) use elements::{Elements, is_container};
pub(crate) use lines::Lines;
pub(crate) use row::Header;
pub(crate) use table::{Table, is_repeated_column};
pub(crate) use text::Text;
pub(crate) use wrapper::Wrapper;

/// A way of cutting records out of a stream.
pub(crate) trait Records: Send {
    /// Reads until the batch is full or the text has ended.
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step;
}

/// How far a batch got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The batch is full.
    More,
    /// The text has ended, and as its format wants it.
    End,
    /// The text has ended too early, although no record was cut.
    Cut(&'static str),
}

/// What a format finds in one JSON value.
pub(crate) enum Found {
    /// The value is the record.
    Whole,
    /// The record stands inside the value.
    Inside { record: Bytes, wrapper: Option<Box<str>> },
    /// There is no record in it, and why.
    Broken(String),
}

/// Where the record stands in a JSON value.
pub(crate) type Unwrap = fn(&Bytes) -> Found;

/// Envelopes of one file or archive member, up to a number of records and bytes.
pub(crate) struct Batch<'a> {
    pub envelopes: &'a mut Vec<Envelope>,
    pub provenance: &'a Arc<Provenance>,
    pub records_left: usize,
    pub bytes_left: usize,
    /// The most bytes that one record may have.
    pub record_bytes_max: usize,
}

impl Batch<'_> {
    pub fn is_full(&self) -> bool {
        self.records_left == 0 || self.bytes_left == 0
    }

    /// A JSON value, in which `unwrap` finds the record.
    pub fn value(&mut self, position: Position, value: Bytes, unwrap: Unwrap) {
        match unwrap(&value) {
            Found::Whole => self.record(position, value, None),
            Found::Inside { record, wrapper } => self.record(position, record, wrapper),
            Found::Broken(reason) => self.broken(position, value, reason, None),
        }
    }

    pub fn record(&mut self, position: Position, bytes: Bytes, wrapper: Option<Box<str>>) {
        self.push(position, Payload::Record(bytes), wrapper);
    }

    pub fn broken(
        &mut self,
        position: Position,
        bytes: Bytes,
        reason: String,
        wrapper: Option<Box<str>>,
    ) {
        self.push(position, Payload::Broken { bytes, reason }, wrapper);
    }

    fn push(&mut self, position: Position, payload: Payload, wrapper: Option<Box<str>>) {
        let envelope = Envelope { provenance: self.provenance.clone(), position, payload, wrapper };
        self.records_left -= 1;
        self.bytes_left = self.bytes_left.saturating_sub(envelope.bytes().len());
        self.envelopes.push(envelope);
    }
}

/// Why a record that is longer than the limit is broken.
fn too_long(bytes_max: usize, bytes: u64) -> String {
    format!("{bytes} bytes long, of which the first {bytes_max} are kept: the limit for one record")
}

/// Text without white space at its ends.
pub(crate) fn trimmed(text: Bytes) -> Bytes {
    let inner = text.trim_ascii();
    match inner.len() == text.len() {
        true => text,
        false => text.slice_ref(inner),
    }
}
