//! Which format is this file in?
//!
//! The content decides, never the name: exports are renamed, and a `.json` may hold lines.

use bytes::Bytes;
use memchr::memchr;

use super::read::json::{self, Members, value_end};
use super::read::{
    Batch, Elements, Found, Header, Lines, Records, Table, Text, Unwrap, is_container,
};
use super::*;

/// A way in which records are exported.
pub struct Format {
    /// The word for it, in provenance, reports and messages.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    pub(crate) claims: fn(&Sample) -> bool,
    pub(crate) records: fn(&Sample) -> Box<dyn Records>,
}

/// Every format, the particular ones first: the first that claims a file reads it.
pub static FORMATS: &[&Format] = &[
    &purview_csv::FORMAT,
    &protection_center_csv::FORMAT,
    &unified_audit_log_csv::FORMAT,
    &audit_csv::FORMAT,
    &graph_audit_query_json::FORMAT,
    &unified_audit_log_json::FORMAT,
    &audit_records_json::FORMAT,
    &audit_records_ndjson::FORMAT,
    &wrapped_records_json::FORMAT,
    &json_objects::FORMAT,
];

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Format) -> bool {
        self.name == other.name
    }
}

/// The beginning of a file, taken apart.
pub(crate) enum Sample {
    Table(Header),
    Json(JsonSample),
}

pub(crate) struct JsonSample {
    /// One value a line.
    pub lines: bool,
    /// The values stand in an object that is no record.
    pub in_container: bool,
    /// The first few values.
    pub values: Vec<Bytes>,
}

/// How many values decide on a format.
const VALUES_MAX: usize = 8;

/// A file that has not shown its format by then is in none.
const SAMPLE_BYTES_MAX: usize = 16 << 20;

impl Format {
    /// The format of this text, and the reader for it. `None`: no format that we know.
    pub(crate) fn detect(text: &mut Text) -> Option<(&'static Format, Box<dyn Records>)> {
        let sample = Sample::of(text)?;
        Format::claiming(&sample).or_else(|| Format::claiming(&Sample::of_lines(text)?))
    }

    fn claiming(sample: &Sample) -> Option<(&'static Format, Box<dyn Records>)> {
        let format = FORMATS.iter().find(|format| (format.claims)(sample))?;
        Some((format, (format.records)(sample)))
    }
}

impl Sample {
    fn of(text: &mut Text) -> Option<Sample> {
        if text.unread().is_empty() {
            text.more();
        }
        match looks_like_json(text.unread()) {
            true => Some(Sample::Json(JsonSample::of(text))),
            false => read_header(text).map(Sample::Table),
        }
    }

    /// Lines of JSON behind a first line that is none: a comment, or a record that lost its start
    /// when a big file was split.
    fn of_lines(text: &Text) -> Option<Sample> {
        let lines = text.unread().split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        let mut records = lines.filter(|line| line.starts_with(b"{") && json::is_record(line));
        let record = Bytes::copy_from_slice(records.next()?);
        Some(Sample::Json(JsonSample { lines: true, in_container: false, values: vec![record] }))
    }

    /// The table's columns, if it has all of `names`.
    pub fn table_with(&self, names: &[&str]) -> Option<&Header> {
        match self {
            Sample::Table(table) if names.iter().all(|name| table.has(name)) => Some(table),
            _ => None,
        }
    }

    /// The JSON values, if one of the first is such.
    pub fn json_where(&self, is: impl Fn(&Members) -> bool) -> Option<&JsonSample> {
        match self {
            Sample::Json(json) => {
                let mut members = json.values.iter().filter_map(|value| Members::read(value));
                members.any(|members| is(&members)).then_some(json)
            }
            Sample::Table(_) => None,
        }
    }

    /// Reads each JSON value by `unwrap`.
    ///
    /// # Panics
    /// When the sample is no JSON; a format asks for this only after it has claimed the sample.
    pub fn json_records(&self, unwrap: Unwrap) -> Box<dyn Records> {
        match self {
            Sample::Json(json) if json.lines => Box::new(Lines::new(unwrap)),
            Sample::Json(json) => Box::new(Elements::new(unwrap, json.in_container)),
            Sample::Table(_) => panic!("a table was claimed as JSON"),
        }
    }

    /// Reads each row's AuditData.
    ///
    /// # Panics
    /// When the sample is no table; a format asks for this only after it has claimed the sample.
    pub fn table_records(&self) -> Box<dyn Records> {
        let table = self.table();
        Box::new(Table::new(table.dialect, &table.names, table.bytes))
    }

    /// Reads each row's AuditData where the first row is data as well, in these columns.
    ///
    /// # Panics
    /// As `table_records` does.
    pub fn table_records_without_header(&self, names: &[String]) -> Box<dyn Records> {
        let table = self.table();
        Box::new(Table::new(table.dialect, names, table.preamble_bytes))
    }

    fn table(&self) -> &Header {
        match self {
            Sample::Table(table) => table,
            Sample::Json(_) => panic!("JSON was claimed as a table"),
        }
    }
}

/// `None` for text without rows.
fn read_header(text: &mut Text) -> Option<Header> {
    loop {
        if let Some(header) = Header::read(text.unread(), text.ended()) {
            return Some(header);
        }
        if text.ended() || text.unread().len() > SAMPLE_BYTES_MAX {
            return None;
        }
        text.more();
    }
}

impl JsonSample {
    fn of(text: &mut Text) -> JsonSample {
        loop {
            let bytes = text.share();
            let first = &bytes[json::separators(&bytes)..];
            let in_container = is_container(first_object(first));
            let lines = !in_container && is_line(first, text.ended());
            let mut sample = JsonSample { lines, in_container, values: Vec::new() };
            sample.values = sample.first_values(bytes);
            let enough = !sample.values.is_empty() || text.unread().len() > SAMPLE_BYTES_MAX;
            if enough || !text.more() {
                return sample;
            }
        }
    }

    fn first_values(&self, bytes: Bytes) -> Vec<Bytes> {
        let provenance =
            Arc::new(Provenance { source: "", content_type: "", origin: String::new() });
        let mut envelopes = Vec::new();
        let mut batch = Batch {
            envelopes: &mut envelopes,
            provenance: &provenance,
            records_left: VALUES_MAX,
            bytes_left: usize::MAX,
            record_bytes_max: usize::MAX,
        };
        let whole: Unwrap = |_| Found::Whole;
        let mut text = Text::of(bytes);
        match self.lines {
            true => Lines::new(whole).read(&mut text, &mut batch),
            false => Elements::new(whole, self.in_container).read(&mut text, &mut batch),
        };
        let whole = envelopes.into_iter().filter_map(|envelope| match envelope.payload {
            Payload::Record(bytes) => Some(bytes),
            Payload::Broken { .. } => None,
        });
        whole.collect()
    }
}

/// True for an object or list, by its first two marks: `{\rtf1` and `[section]` are neither.
fn looks_like_json(bytes: &[u8]) -> bool {
    let outer = json::separators(bytes);
    let inner = bytes.get(outer + 1..).unwrap_or_default();
    let inner = inner.get(json::separators(inner));
    match bytes.get(outer) {
        Some(b'{') => matches!(inner, None | Some(b'"' | b'}')),
        Some(b'[') => matches!(inner, None | Some(b'"' | b'{' | b'[' | b']')),
        _ => false,
    }
}

/// What follows the brackets of the lists that the first object is in.
fn first_object(mut bytes: &[u8]) -> &[u8] {
    while let Some(inner) = bytes.strip_prefix(b"[") {
        bytes = &inner[json::separators(inner)..];
    }
    bytes
}

/// True if the first line is one whole object.
fn is_line(bytes: &[u8], ended: bool) -> bool {
    let length = match memchr(b'\n', bytes) {
        Some(length) => length,
        None if ended => bytes.len(),
        None => return false,
    };
    let line = bytes[..length].trim_ascii_end();
    line.starts_with(b"{") && value_end(line) == Some(line.len())
}
