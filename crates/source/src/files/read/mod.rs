//! How are records cut out of a stream of text?
//!
//! Seven ways of writing records down: a table with a record in each row's cell ([`Table`]) or made
//! of its cells ([`Rows`]), JSON values one after another ([`Elements`]), one a line ([`Lines`]) or
//! as the rows of tables ([`Answers`]), the list that PowerShell prints ([`Blocks`]), and XML
//! ([`XmlElements`]). A format chooses one of them and says where in a row or value the record
//! stands.

mod answers;
pub(crate) mod blocks;
mod elements;
pub(crate) mod json;
mod lines;
mod mend;
mod row;
mod rows;
mod sheet;
mod table;
mod text;
mod wrapper;
pub(crate) mod xml;

use std::borrow::Cow;

use std::sync::Arc;

use bytes::Bytes;
use event::{Envelope, Payload, Position, Provenance};

pub(crate) use answers::{Answers, is_answer};
pub(crate) use blocks::Blocks;
pub(crate) use elements::{Elements, is_container};
pub(crate) use lines::Lines;
pub(crate) use row::Header;
pub(crate) use rows::{Columns, Rows};
pub(crate) use sheet::Preamble;
pub(crate) use table::{RECORD_COLUMNS, Table, is_repeated_column};
#[cfg(test)]
pub(crate) use text::LONGEST_WINDOW;
pub(crate) use text::Text;
pub(crate) use wrapper::Wrapper;
pub(crate) use xml::XmlElements;

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

    /// What a row, block or element became, in which `unwrap` finds the record. Where it finds none
    /// the bytes as they stood in the file are kept.
    pub fn made(
        &mut self,
        position: Position,
        original: Bytes,
        Made { json, mended }: Made,
        unwrap: Unwrap,
    ) {
        match unwrap(&json) {
            Found::Whole => self.record(position, json, with_note(None, mended)),
            Found::Inside { record, wrapper } => {
                self.record(position, record, with_note(wrapper, mended));
            }
            Found::Broken(reason) => self.broken(position, original, reason, None),
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

/// A JSON object that was made from something else, so that nothing of it is lost.
pub(crate) struct Made {
    pub json: Bytes,
    /// What had to be mended first.
    pub mended: Option<&'static str>,
}

/// The member of a wrapper that tells what was mended.
const MENDED: &str = "Mended";

fn with_note(wrapper: Option<Box<str>>, mended: Option<&'static str>) -> Option<Box<str>> {
    let Some(mended) = mended else {
        return wrapper;
    };
    let mut noted = Wrapper::default();
    if let Some(members) = wrapper.as_ref().and_then(|outer| json::Members::read(outer.as_bytes()))
    {
        members.0.iter().for_each(|(name, value)| noted.json(name, value.get()));
    }
    noted.text(MENDED, mended.as_bytes());
    noted.finish()
}

/// The text of these bytes, and what was mended. Windows PowerShell (`-Encoding Default`) and
/// Excel ("CSV, comma delimited") write the code page of their machine and no mark: what is no
/// UTF-8 is read as Windows-1252, which has a character for each byte, so that none is lost.
pub(crate) fn utf8(bytes: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), None),
        Err(_) => {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
            (text, Some("no UTF-8, read as Windows-1252"))
        }
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
