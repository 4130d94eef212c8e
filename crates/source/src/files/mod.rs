//! Which records does this file hold?
//!
//! Any export: the CSV of Purview, Search-UnifiedAuditLog in each form that PowerShell writes, the
//! audit logs of mailboxes and administrators, message traces, Entra's and Azure's logs, lists and
//! lines of JSON, and what other tools made of them; packed or not, in any encoding. [`inputs`] finds the files
//! that arguments mean, [`open`] tells a file's format by its content, and a [`Reader`] hands out
//! its records as envelopes while it reads on, so that a file of any size takes little memory.
//!
//! A format is one file here and one line in [`FORMATS`]; `read` holds what formats share.
//! What cannot be read is kept as [`Payload::Broken`] and the rest goes on.

mod archive;
mod encoding;
mod error;
mod format;
mod input;
pub(crate) mod read;
mod unpack;

mod admin_audit;
mod audit_csv;
mod audit_records_json;
mod audit_records_ndjson;
mod azure_activity_log;
mod diagnostic_settings;
mod entra_audit_logs;
mod entra_risk_detections;
mod entra_sign_ins;
pub(crate) mod graph_audit_query_json;
mod intune_audit;
mod json_objects;
mod log_analytics;
mod mailbox_audit;
mod message_trace;
mod message_trace_detail;
mod protection_center_csv;
mod purview_csv;
mod unified_audit_log_clixml;
mod unified_audit_log_csv;
mod unified_audit_log_json;
mod unified_audit_log_list;
mod wrapped_records_json;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use event::{Envelope, Payload, Provenance};

use archive::Archive;
pub use error::Error;
use format::Detected;
pub use format::{FORMATS, Format};
use input::Place;
pub use input::{Input, Inputs, inputs};
use read::{Batch, Records, Step, Text};
use unpack::{Content, Source, unpack};

/// How much of one record is kept in memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A row or record longer than this is quarantined: cut to this length, its full length told.
    pub record_bytes_max: usize,
}

impl Default for Limits {
    /// The longest records that we know of have some 3 MB.
    fn default() -> Limits {
        Limits { record_bytes_max: 32 << 20 }
    }
}

/// Reads the records of one file, or of each member of an archive in turn.
pub struct Reader {
    input: Input,
    limits: Limits,
    total_bytes: Option<u64>,
    bytes_read: Arc<AtomicU64>,
    part: Option<Part>,
    /// Members that are still to come.
    archive: Option<Archive>,
    /// What ended the part before, told once its last records have been handed out.
    error: Option<Error>,
}

/// One file or archive member that is being read.
struct Part {
    format: &'static Format,
    provenance: Arc<Provenance>,
    text: Text,
    records: Box<dyn Records>,
}

/// Opens a file and tells its format. An archive's members are opened by [`Reader::next_batch`].
pub fn open(input: &Input, limits: Limits) -> Result<Reader, Error> {
    let mut reader = Reader {
        input: input.clone(),
        limits,
        total_bytes: None,
        bytes_read: Arc::default(),
        part: None,
        archive: None,
        error: None,
    };
    let origin = &input.origin;
    let source = match &input.place {
        Place::StandardInput => reader.counted(0, io::stdin()),
        Place::File(path) => {
            let file = File::open(path).map_err(|error| Error::opening(origin, error))?;
            // A pipe or a device has no length.
            let metadata = file.metadata().ok().filter(|metadata| metadata.is_file());
            reader.total_bytes = metadata.map(|metadata| metadata.len());
            reader.counted(0, file)
        }
    };
    match unpack(source, input.encoding).map_err(|error| Error::opening(origin, error))? {
        Content::Zip => reader.archive = Some(open_archive(input)?),
        content => reader.part = Some(Part::of(content, origin, input.in_folder)?),
    }
    Ok(reader)
}

fn open_archive(input: &Input) -> Result<Archive, Error> {
    match &input.place {
        Place::File(path) => Archive::open(path, &input.origin),
        Place::StandardInput => {
            let remedy = "save it to a file and import that, or unpack it on the way";
            Err(Error::new(&input.origin, "a zip archive", remedy))
        }
    }
}

impl Reader {
    /// Appends the next records to `envelopes`, at most `records_max` of them and, but for the last,
    /// at most `bytes_max` bytes. One call never mixes the members of an archive.
    ///
    /// False means the end, with nothing appended. An error concerns one file or member, and nothing
    /// is appended either: ask again, for the other members may be well.
    pub fn next_batch(
        &mut self,
        envelopes: &mut Vec<Envelope>,
        records_max: usize,
        bytes_max: usize,
    ) -> Result<bool, Error> {
        loop {
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            let Some(part) = &mut self.part else {
                match self.next_part()? {
                    Some(part) => self.part = Some(part),
                    None => return Ok(false),
                }
                continue;
            };
            let before = envelopes.len();
            let mut batch = Batch {
                envelopes,
                provenance: &part.provenance,
                records_left: records_max.max(1),
                bytes_left: bytes_max.max(1),
                record_bytes_max: self.limits.record_bytes_max,
            };
            let step = part.records.read(&mut part.text, &mut batch);
            if step != Step::More {
                self.error = part.end(step);
                self.part = None;
            }
            if envelopes.len() > before {
                return Ok(true);
            }
        }
    }

    /// The format of what is being read now; `None` between the members of an archive.
    pub fn format(&self) -> Option<&'static Format> {
        self.part.as_ref().map(|part| part.format)
    }

    /// What the user calls the file.
    pub fn origin(&self) -> &str {
        &self.input.origin
    }

    /// The file's length; `None` for standard input and pipes.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// How many bytes of the file, packed as they are, have been read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    fn next_part(&mut self) -> Result<Option<Part>, Error> {
        let Some(archive) = &mut self.archive else {
            return Ok(None);
        };
        let Some(member) = archive.next() else {
            return Ok(None);
        };
        let origin = format!("{}!{}", self.input.origin, member.name);
        let path = archive.path.clone();
        let source = member.open(&path, &origin, |at, file| self.counted(at, file))?;
        let content = unpack(source, self.input.encoding);
        let content = content.map_err(|error| Error::reading(&origin, error))?;
        Part::of(content, &origin, true).map(Some)
    }

    /// Counts what is read from `source`, which starts at byte `at` of the file.
    fn counted(&self, at: u64, source: impl Read + Send + 'static) -> Source {
        self.bytes_read.store(at, Ordering::Relaxed);
        Box::new(Counted { source, bytes_read: self.bytes_read.clone() })
    }
}

impl Part {
    /// `by_the_way`: nobody named this file, so that one without records is passed over.
    fn of(content: Content, origin: &str, by_the_way: bool) -> Result<Part, Error> {
        let mut text = match content {
            Content::Text(text) => text,
            Content::Empty => {
                let error = Error::new(origin, "the file is empty", "check the export");
                return Err(error.skipping(by_the_way));
            }
            Content::Zip => {
                let remedy = "unpack the outer archive and import the inner one";
                return Err(Error::new(origin, "a zip archive in a zip archive", remedy));
            }
            Content::Unknown(name) => {
                return Err(Error::new(origin, name, "unpack or export it to CSV or JSON first"));
            }
        };
        let Some(Detected { format, records, tells_time }) = Format::detect(&mut text) else {
            if let Some(failure) = text.failure() {
                return Err(Error::reading(origin, failure));
            }
            return Err(unknown_format(origin).skipping(by_the_way));
        };
        if by_the_way && format == &json_objects::FORMAT && !tells_time {
            let remedy = "name the file itself to import them as they stand";
            return Err(Error::new(origin, "JSON objects without a time", remedy).skipping(true));
        }
        let provenance =
            Provenance { source: format.name, content_type: "", origin: origin.to_owned() };
        Ok(Part { format, provenance: Arc::new(provenance), text, records })
    }

    /// What was wrong, if anything, with the end that was reached.
    fn end(&mut self, step: Step) -> Option<Error> {
        let origin = &self.provenance.origin;
        match (self.text.failure(), step) {
            (Some(failure), _) => Some(Error::reading(origin, failure)),
            (None, Step::Cut(problem)) => {
                let remedy = "what is there was read; get the file again and import it once more";
                Some(Error::new(origin, problem, remedy))
            }
            (None, Step::End | Step::More) => None,
        }
    }
}

fn unknown_format(origin: &str) -> Error {
    let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    let remedy = format!("we read {}, also in .gz and .zip", known.join(", "));
    Error::new(origin, "no format that we know, so nothing was stored", remedy)
}

struct Counted<R> {
    source: R,
    bytes_read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(out)?;
        self.bytes_read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}
