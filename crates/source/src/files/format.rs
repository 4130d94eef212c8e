//! Which format is this file in?
//!
//! The content decides, never the name: exports are renamed, and a `.json` may hold lines.

use bytes::Bytes;
use memchr::memchr;

use super::read::blocks;
use super::read::json::{self, Members, value_end};
use super::read::xml::Vocabulary;
use super::read::{
    Answers, Batch, Blocks, Columns, Elements, Found, Header, Lines, Preamble, Records, Rows,
    Table, Text, Unwrap, XmlElements, is_answer, is_container,
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
    &unified_audit_log_clixml::FORMAT,
    &unified_audit_log_list::FORMAT,
    &audit_records_json::FORMAT,
    &audit_records_ndjson::FORMAT,
    &mailbox_audit::FORMAT,
    &admin_audit::FORMAT,
    &message_trace_detail::FORMAT,
    &message_trace::FORMAT,
    &entra_sign_ins::FORMAT,
    &entra_audit_logs::FORMAT,
    &entra_risk_detections::FORMAT,
    &azure_activity_log::FORMAT,
    &intune_audit::FORMAT,
    &diagnostic_settings::FORMAT,
    &log_analytics::FORMAT,
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
    /// Elements of a vocabulary that we know, the first few as JSON objects.
    Xml(&'static Vocabulary, Vec<Bytes>),
    /// Blocks of `Name : value` lines, the first as a JSON object.
    List(Bytes),
}

pub(crate) struct JsonSample {
    pub layout: Layout,
    /// The first few values.
    pub values: Vec<Bytes>,
}

/// How JSON values stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One a line.
    Lines,
    /// One after another, or in lists.
    Values,
    /// In an object that is no record.
    Container,
    /// As the rows of tables.
    Answers,
}

impl Layout {
    fn records(self, unwrap: Unwrap) -> Box<dyn Records> {
        match self {
            Layout::Lines => Box::new(Lines::new(unwrap)),
            Layout::Values => Box::new(Elements::new(unwrap, false)),
            Layout::Container => Box::new(Elements::new(unwrap, true)),
            Layout::Answers => Box::new(Answers::new(unwrap)),
        }
    }
}

/// How many values decide on a format.
const VALUES_MAX: usize = 8;

/// A file that has not shown its format by then is in none.
const SAMPLE_BYTES_MAX: usize = 16 << 20;

/// How a text is to be read.
pub(crate) struct Detected {
    pub format: &'static Format,
    pub records: Box<dyn Records>,
    /// One of the first records holds a time, as every event does.
    pub tells_time: bool,
}

impl Format {
    /// The format of this text, and the reader for it. `None`: no format that we know.
    pub(crate) fn detect(text: &mut Text) -> Option<Detected> {
        let sample = Sample::of(text)?;
        Format::claiming(&sample)
            .or_else(|| Format::claiming(&Sample::of_lines(text)?))
            .or_else(|| Format::claiming(&Sample::of_list(text)?))
            .or_else(|| Format::claiming(&Sample::of_records_in_table(text)?))
    }

    fn claiming(sample: &Sample) -> Option<Detected> {
        let format = FORMATS.iter().find(|format| (format.claims)(sample))?;
        let records = (format.records)(sample);
        Some(Detected { format, records, tells_time: sample.tells_time() })
    }
}

impl Sample {
    fn of(text: &mut Text) -> Option<Sample> {
        if text.unread().is_empty() {
            text.more();
        }
        if looks_like_json(text.unread()) {
            return Some(Sample::Json(JsonSample::of(text)));
        }
        if let Some(vocabulary) = Vocabulary::of(text.unread()) {
            return Some(Sample::of_elements(vocabulary, text));
        }
        read_header(text).map(Sample::Table)
    }

    fn of_elements(vocabulary: &'static Vocabulary, text: &mut Text) -> Sample {
        loop {
            let values = first_values(&mut XmlElements::describing(vocabulary), text.share());
            let enough = !values.is_empty() || text.unread().len() > SAMPLE_BYTES_MAX;
            if enough || !text.more() {
                return Sample::Xml(vocabulary, values);
            }
        }
    }

    /// A table whose header we do not know, with records in a column: a portal or spreadsheet that
    /// is set to another language has named it.
    fn of_records_in_table(text: &mut Text) -> Option<Sample> {
        let mut header = read_header(text)?;
        header.records = loop {
            match header.column_of_records(text.unread(), text.ended()) {
                Some(found) => break found,
                None if text.unread().len() > SAMPLE_BYTES_MAX || !text.more() => {
                    break header.column_of_records(text.unread(), true)?;
                }
                None => {}
            }
        };
        header.records.is_some().then_some(Sample::Table(header))
    }

    fn of_list(text: &Text) -> Option<Sample> {
        blocks::first(text.unread(), text.ended()).map(Sample::List)
    }

    /// Lines of JSON behind a first line that is none: a comment, or a record that lost its start
    /// when a big file was split.
    fn of_lines(text: &Text) -> Option<Sample> {
        let lines = text.unread().split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        let mut records = lines.filter(|line| line.starts_with(b"{") && json::is_record(line));
        let record = Bytes::copy_from_slice(records.next()?);
        Some(Sample::Json(JsonSample { layout: Layout::Lines, values: vec![record] }))
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
            _ => None,
        }
    }

    /// True if the first objects are such, in whatever they were written down but a table.
    pub fn values_where(&self, is: impl Fn(&Members) -> bool) -> bool {
        let values = match self {
            Sample::Table(_) => &[],
            Sample::Json(json) => json.values.as_slice(),
            Sample::Xml(_, values) => values,
            Sample::List(value) => std::slice::from_ref(value),
        };
        let mut members = values.iter().filter_map(|value| Members::read(value));
        members.any(|members| is(&members))
    }

    /// True for XML whose elements carry the records they tell of, byte for byte.
    pub fn carries_records(&self) -> bool {
        let Sample::Xml(vocabulary, _) = self else { return false };
        vocabulary.carries(|name| self.values_where(|members| members.has(name)))
    }

    /// True if the table, or one of the first objects, has all names of one of these lists.
    pub fn has(&self, columns: &Columns) -> bool {
        columns.any_of.iter().any(|names| match self {
            Sample::Table(table) => names.iter().all(|name| table.has(name)),
            _ => self.values_where(|members| names.iter().all(|name| members.has(name))),
        })
    }

    /// True if one of the first objects holds a time. A table was known by its columns, and where
    /// there is no object none is without.
    fn tells_time(&self) -> bool {
        matches!(self, Sample::Table(_))
            || !self.values_where(|_| true)
            || self.values_where(|members| {
                members.0.iter().any(|(name, json)| is_time(name, json.get()))
            })
    }

    /// Reads each row, object, element or block as a record, as it stands.
    pub fn row_records(&self, columns: Columns) -> Box<dyn Records> {
        match self {
            Sample::Table(table) => Box::new(Rows::new(table, columns)),
            _ => self.value_records(|_| Found::Whole),
        }
    }

    /// Reads each object, element or block by `unwrap`.
    ///
    /// # Panics
    /// When the sample is a table; a format asks for this only after it has claimed the sample.
    pub fn value_records(&self, unwrap: Unwrap) -> Box<dyn Records> {
        match self {
            Sample::Xml(vocabulary, _) => Box::new(XmlElements::new(vocabulary, unwrap)),
            Sample::List(_) => Box::new(Blocks::new(unwrap)),
            Sample::Json(_) | Sample::Table(_) => self.json_records(unwrap),
        }
    }

    /// Reads each JSON value by `unwrap`.
    ///
    /// # Panics
    /// When the sample is no JSON; a format asks for this only after it has claimed the sample.
    pub fn json_records(&self, unwrap: Unwrap) -> Box<dyn Records> {
        match self {
            Sample::Json(json) => json.layout.records(unwrap),
            _ => panic!("no JSON was claimed as JSON"),
        }
    }

    /// Reads the record in each row.
    ///
    /// # Panics
    /// When the sample is no table; a format asks for this only after it has claimed the sample.
    pub fn table_records(&self) -> Box<dyn Records> {
        let table = self.table();
        Box::new(Table::new(table.dialect, &table.names, table.records, Preamble::of(table)))
    }

    /// Reads the record in each row where the first row is data as well, in these columns.
    ///
    /// # Panics
    /// As `table_records` does.
    pub fn table_records_without_header(&self, names: &[String]) -> Box<dyn Records> {
        let table = self.table();
        Box::new(Table::new(table.dialect, names, None, Preamble::before(table)))
    }

    fn table(&self) -> &Header {
        match self {
            Sample::Table(table) => table,
            _ => panic!("no table was claimed as a table"),
        }
    }
}

/// True for a member that says when something was: a text that is a time, or seconds or milliseconds
/// since 1970 under a name that says so.
fn is_time(name: &str, json: &str) -> bool {
    const SECONDS_OF_2001: f64 = 1e9;
    match json::unquote(json) {
        Some(text) => event::time::parse(&text).is_some(),
        None => {
            let name = name.to_ascii_lowercase();
            (name.contains("time") || name.contains("date"))
                && json.parse().is_ok_and(|number: f64| number >= SECONDS_OF_2001)
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
            let layout = match first_object(first) {
                object if is_answer(object) => Layout::Answers,
                object if is_container(object) => Layout::Container,
                _ if is_line(first, text.ended()) => Layout::Lines,
                _ => Layout::Values,
            };
            let values = first_values(&mut *layout.records(|_| Found::Whole), bytes);
            let enough = !values.is_empty() || text.unread().len() > SAMPLE_BYTES_MAX;
            if enough || !text.more() {
                return JsonSample { layout, values };
            }
        }
    }
}

/// The first few records that a reader finds in these bytes.
fn first_values(records: &mut dyn Records, bytes: Bytes) -> Vec<Bytes> {
    let provenance = Arc::new(Provenance { source: "", content_type: "", origin: String::new() });
    let mut envelopes = Vec::new();
    let mut batch = Batch {
        envelopes: &mut envelopes,
        provenance: &provenance,
        records_left: VALUES_MAX,
        bytes_left: usize::MAX,
        record_bytes_max: usize::MAX,
    };
    records.read(&mut Text::of(bytes), &mut batch);
    let whole = envelopes.into_iter().filter_map(|envelope| match envelope.payload {
        Payload::Record(bytes) => Some(bytes),
        Payload::Broken { .. } => None,
    });
    whole.collect()
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
