//! A table whose rows hold a record each, as JSON text in a cell.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use event::Position;
use memchr::{memchr_iter, memmem};

use super::json::{is_object, is_record, value_end};
use super::row::{Cell, Dialect, Header, looks_like_data};
use super::wrapper::Name;
use super::{Batch, Records, Step, Text, Wrapper, too_long, trimmed};

pub(crate) struct Table {
    dialect: Dialect,
    columns: Vec<Column>,
    /// The column of the records, if its name does not tell.
    records: Option<usize>,
    preamble: Preamble,
    row: Position,
    cells: Vec<Cell>,
    /// Where unescaped cells are put; records are slices of it.
    arena: BytesMut,
}

/// What stands before the first row of data.
pub(crate) struct Preamble {
    bytes: usize,
    /// The first row of data has run into the header.
    is_joined: bool,
}

impl Preamble {
    /// All up to and with the header.
    pub fn of(header: &Header) -> Preamble {
        Preamble { bytes: header.bytes, is_joined: header.is_joined() }
    }

    /// What stands before the first row, which is data.
    pub fn before(header: &Header) -> Preamble {
        Preamble { bytes: header.preamble_bytes, is_joined: false }
    }

    /// Passes it; once.
    pub fn pass(&mut self, text: &mut Text, batch: &mut Batch) {
        let bytes = std::mem::take(&mut self.bytes);
        match std::mem::take(&mut self.is_joined) {
            true => {
                let kept = bytes.min(batch.record_bytes_max);
                batch.broken(1, without_line_end(text.take(kept)), JOINED_HEADER.into(), None);
                text.skip(bytes - kept);
            }
            false => text.skip(bytes),
        }
    }
}

/// A record that does not stand in its column.
struct Elsewhere {
    place: Range<usize>,
    record: Bytes,
    /// What else stood there.
    around: Vec<u8>,
}

struct Column {
    name: Name,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The record.
    Record,
    /// When the record was made; worth keeping only if the record itself is lost.
    Time,
    /// Repeats the record, or says something about the export alone.
    Repeated,
    /// Another tool's column.
    Extra,
}

/// Columns that hold the record, the surest first: of the audit log's own exports, of Defender's
/// advanced hunting (CloudAppEvents), of Elastic and of Splunk.
pub(crate) const RECORD_COLUMNS: [&str; 4] =
    ["AuditData", "RawEventData", "event.original", "_raw"];
const TIME_COLUMN: &str = "CreationDate";

/// The columns of Purview and Search-UnifiedAuditLog that say nothing the record does not.
const REPEATED: [&str; 15] = [
    "RecordId",
    "RecordType",
    "Operation",
    "Operations",
    "UserId",
    "UserIds",
    "Identity",
    "ResultIndex",
    "ResultCount",
    "IsValid",
    "ObjectState",
    "PSComputerName",
    "RunspaceId",
    "PSShowComputerName",
    "PSSourceJobInstanceId",
];

/// The arena grows by this much; a record keeps at most this much alive.
const ARENA_BYTES: usize = 1 << 20;

impl Table {
    /// A table with these columns; a column without a name is known by its number. `records` is the
    /// column of the records, if its name does not tell.
    pub fn new(
        dialect: Dialect,
        names: &[String],
        records: Option<usize>,
        preamble: Preamble,
    ) -> Table {
        Table {
            dialect,
            columns: columns(names, records),
            records,
            preamble,
            row: 0,
            cells: Vec::new(),
            arena: BytesMut::new(),
        }
    }

    /// The row in front, `length` bytes with its line end, whose cells have been found.
    fn row(&mut self, length: usize, text: &mut Text, batch: &mut Batch) {
        let row = &text.unread()[..length];
        // Excel writes rows of nothing but delimiters below the last one.
        let blank = |byte: u8| byte.is_ascii_whitespace() || byte == self.dialect.delimiter;
        if row.iter().all(|&byte| blank(byte)) {
            return text.skip(length);
        }
        if self.cells.len() > self.columns.len()
            && let Some(next) = self.next_whole_row(row, false)
        {
            // A quote missing behind the record would hide the next one in a cell too many.
            self.dialect.split(&row[..next], true, &mut self.cells);
            return self.row(next, text, batch);
        }
        self.row += 1;
        let Some(record) = self.record(row) else {
            return self.unreadable(length, text, batch);
        };
        let wrapper = self.wrapper(row, Some(&record), 0..0, &[]);
        text.skip(length);
        batch.record(self.row, record, wrapper);
    }

    /// The record, where it should stand.
    fn record(&mut self, row: &[u8]) -> Option<Bytes> {
        if self.arena.capacity() < row.len() {
            self.arena = BytesMut::with_capacity(ARENA_BYTES.max(row.len()));
        }
        for (cell, column) in self.cells.iter().zip(&self.columns) {
            if column.role == Role::Record && !cell.is_empty() {
                self.arena.clear();
                self.dialect.unescape(row, *cell, &mut self.arena);
                if is_object(self.arena.trim_ascii()) {
                    return Some(trimmed(self.arena.split().freeze()));
                }
            }
        }
        None
    }

    fn unreadable(&mut self, length: usize, text: &mut Text, batch: &mut Batch) {
        let row = &text.unread()[..length];
        if let Some(columns) = self.repeated_header(row) {
            self.row -= 1;
            self.columns = columns;
            return text.skip(length);
        }
        let at_end = text.ended() && length == text.unread().len() && !row.ends_with(b"\n");
        if let Some(length) = self.next_whole_row(row, at_end) {
            let bytes = without_line_end(text.take(length));
            return batch.broken(self.row, bytes, MISPLACED_QUOTE.into(), None);
        }
        if let Some(Elsewhere { place, record, around }) = self.record_elsewhere(row) {
            let wrapper = self.wrapper(row, Some(&record), place, &around);
            text.skip(length);
            return batch.record(self.row, record, wrapper);
        }
        let reason = self.reason(row, at_end);
        let wrapper = self.wrapper(row, None, 0..0, &[]);
        let bytes = without_line_end(text.take(length));
        batch.broken(self.row, bytes, reason, wrapper);
    }

    /// Why there is no record in this row.
    fn reason(&self, row: &[u8], at_end: bool) -> String {
        if at_end && self.cells.len() < self.columns.len() {
            return CUT.into();
        }
        let is_record = |column: &&Column| column.role == Role::Record;
        let name = self.columns.iter().find(is_record).map_or("", |column| &column.name.text);
        let mut cells = self.cells.iter().zip(&self.columns);
        let Some((cell, _)) = cells.find(|(_, column)| is_record(column)) else {
            return format!("the row ends before its {name}");
        };
        let mut text = BytesMut::new();
        self.dialect.unescape(row, *cell, &mut text);
        match text.trim_ascii() {
            b"" => format!("{name} is empty"),
            _ if at_end => CUT.into(),
            text if String::from_utf8_lossy(text).encode_utf16().count() == EXCEL_CELL_MAX => {
                let cut = "is cut at 32,767 characters, as Excel does; import the export itself";
                format!("{name} {cut}")
            }
            _ => format!("{name} is no whole JSON object"),
        }
    }

    /// Files that were joined repeat the header, or bring another one.
    fn repeated_header(&self, row: &[u8]) -> Option<Vec<Column>> {
        let names: Vec<String> = self.cells.iter().map(|cell| self.name(row, *cell)).collect();
        if names.iter().any(|name| looks_like_data(name)) {
            return None;
        }
        let named = columns(&names, None);
        if named.iter().any(|column| column.role == Role::Record) {
            return Some(named);
        }
        let name = |column: &Column| column.name.text.clone();
        let is_same = named.iter().map(name).eq(self.columns.iter().map(name));
        is_same.then(|| columns(&names, self.records))
    }

    fn name(&self, row: &[u8], cell: Cell) -> String {
        super::row::name(self.dialect, row, cell)
    }

    /// The record, if it stands elsewhere in the row, and where: as JSON in another cell, in the row
    /// of the export that a tool made one cell of (Splunk's `_raw`), or without quotes, so that its
    /// commas have torn it apart.
    fn record_elsewhere(&self, row: &[u8]) -> Option<Elsewhere> {
        let mut text = BytesMut::new();
        for cell in &self.cells {
            text.clear();
            self.dialect.unescape(row, *cell, &mut text);
            let place = cell.start..cell.end;
            if let Some(record) = record_in(&text) {
                return Some(Elsewhere { place, record, around: Vec::new() });
            }
            if let Some((record, around)) = record_in_row(&text) {
                return Some(Elsewhere { place, record, around });
            }
        }
        let start = memmem::find(row, b"{\"")?;
        let end = start + value_end(&row[start..])?;
        let record = record_in(&row[start..end])?;
        Some(Elsewhere { place: start..end, record, around: Vec::new() })
    }

    /// Where in a row of several lines the next whole row starts: a missing quote makes one row of
    /// many.
    fn next_whole_row(&self, row: &[u8], ended: bool) -> Option<usize> {
        let mut cells = Vec::new();
        let mut work_left = row.len().saturating_mul(SEARCH_PASSES_MAX);
        for line_end in memchr_iter(b'\n', &row[..row.len() - 1]) {
            let rest = &row[line_end + 1..];
            let length = self.dialect.split(rest, ended, &mut cells);
            if length.is_some() && self.is_whole(rest, &cells) {
                return Some(line_end + 1);
            }
            work_left = work_left.checked_sub(length.unwrap_or(rest.len()))?;
        }
        None
    }

    fn is_whole(&self, row: &[u8], cells: &[Cell]) -> bool {
        let mut text = BytesMut::new();
        cells.len() == self.columns.len()
            && cells.iter().zip(&self.columns).any(|(cell, column)| {
                text.clear();
                column.role == Role::Record && {
                    self.dialect.unescape(row, *cell, &mut text);
                    is_object(&text)
                }
            })
    }

    /// The cells that the record, if there is one, does not repeat. `place` is where it stood if not
    /// in its own column, `around` what else stood there.
    fn wrapper(
        &self,
        row: &[u8],
        record: Option<&Bytes>,
        place: Range<usize>,
        around: &[u8],
    ) -> Option<Box<str>> {
        let mut wrapper = Wrapper::default();
        let mut text = BytesMut::new();
        for (number, cell) in self.cells.iter().enumerate() {
            let column = self.columns.get(number);
            let wanted = match column.map_or(Role::Extra, |column| column.role) {
                // In a row whose record stands elsewhere no cell is what its column says.
                _ if !place.is_empty() => cell.end <= place.start || place.end <= cell.start,
                Role::Extra => true,
                // Who did what, and when, is told outside as well, for where the record is lost.
                Role::Time | Role::Repeated => record.is_none(),
                Role::Record => false,
            };
            text.clear();
            if wanted {
                self.dialect.unescape(row, *cell, &mut text);
            } else if !place.is_empty() && place == (cell.start..cell.end) {
                text.extend_from_slice(around);
            }
            if text.is_empty() {
                continue;
            }
            let column_name = match column {
                Some(column) => &column.name,
                None => &Name::new(&numbered(number)),
            };
            let trimmed = text.trim_ascii();
            let said = record.is_some_and(|record| {
                column_name.repeats(record, trimmed) || holds(trimmed, record)
            });
            if !said && !trimmed.is_empty() {
                wrapper.text(&column_name.text, &text);
            }
        }
        wrapper.finish()
    }

    /// The row in front is longer than one record may be.
    fn long_row(&mut self, text: &mut Text, batch: &mut Batch) {
        self.row += 1;
        let row = &text.unread()[..batch.record_bytes_max];
        if let Some(length) = self.next_whole_row(row, false) {
            let bytes = without_line_end(text.take(length));
            return batch.broken(self.row, bytes, MISPLACED_QUOTE.into(), None);
        }
        let start = Bytes::copy_from_slice(row);
        let bytes = pass_row(text);
        let reason = too_long(batch.record_bytes_max, bytes);
        batch.broken(self.row, start, reason, None);
    }
}

pub(super) const JOINED_HEADER: &str = "the header has run into the row behind it";
pub(super) const CUT: &str = "the file ends inside this row";
pub(super) const MISPLACED_QUOTE: &str = "a quote is missing or too many, up to the next whole row";

/// Excel keeps this many characters of a cell and drops the rest when it opens a CSV.
const EXCEL_CELL_MAX: usize = 32_767;

/// How often a row's bytes may be looked at in search of the next whole row.
pub(super) const SEARCH_PASSES_MAX: usize = 8;

impl Records for Table {
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step {
        self.preamble.pass(text, batch);
        while !batch.is_full() {
            let ended = text.ended();
            if ended && text.unread().is_empty() {
                return Step::End;
            }
            let length = self.dialect.split(text.unread(), ended, &mut self.cells);
            match length {
                Some(length) if length <= batch.record_bytes_max => self.row(length, text, batch),
                None if text.unread().len() <= batch.record_bytes_max => {
                    text.more();
                }
                _ => self.long_row(text, batch),
            }
        }
        Step::More
    }
}

fn columns(names: &[String], records: Option<usize>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::with_capacity(names.len());
    let place = |known: &&str| names.iter().position(|name| name.eq_ignore_ascii_case(known));
    let record = records.or_else(|| RECORD_COLUMNS.iter().find_map(place));
    for (number, name) in names.iter().enumerate() {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let role = match () {
            () if Some(number) == record => Role::Record,
            () if is(TIME_COLUMN) => Role::Time,
            () if is_repeated_column(name) => Role::Repeated,
            () => Role::Extra,
        };
        let twice = columns.iter().filter(|column| column.name.text == *name).count();
        let name = match (name.is_empty(), twice) {
            (true, _) => numbered(number),
            (false, 0) => name.clone(),
            (false, _) => format!("{name} ({})", number + 1),
        };
        columns.push(Column { name: Name::new(&name), role });
    }
    columns
}

/// True for a column or property that the record repeats, or that is the record.
pub(crate) fn is_repeated_column(name: &str) -> bool {
    let mut known = [RECORD_COLUMNS[0], TIME_COLUMN].iter().chain(&REPEATED);
    known.any(|known| name.eq_ignore_ascii_case(known))
}

pub(super) fn numbered(number: usize) -> String {
    format!("column {}", number + 1)
}

fn record_in(text: &[u8]) -> Option<Bytes> {
    let text = text.trim_ascii();
    (text.first() == Some(&b'{') && is_record(text)).then(|| Bytes::copy_from_slice(text))
}

/// The record in the row of an export that became one cell of another, and the other cells of that
/// row.
fn record_in_row(row: &[u8]) -> Option<(Bytes, Vec<u8>)> {
    memmem::find(row, b"{\"\"")?;
    let mut cells = Vec::new();
    Dialect::COMMA.split(row, true, &mut cells);
    let mut text = BytesMut::new();
    let mut record = None;
    let mut around: Vec<Vec<u8>> = Vec::new();
    for cell in cells {
        text.clear();
        Dialect::COMMA.unescape(row, cell, &mut text);
        match record_in(&text) {
            Some(found) if record.is_none() => record = Some(found),
            _ => around.push(text.to_vec()),
        }
    }
    Some((record?, around.join(&b',')))
}

/// A search for all of a long record costs more than for its start and a comparison.
const START_BYTES: usize = 64;

/// True for a cell with the record in it: Splunk's `_raw` is the whole row again.
fn holds(cell: &[u8], record: &[u8]) -> bool {
    if cell.len() < record.len() {
        return false;
    }
    let mut single_quotes = BytesMut::with_capacity(cell.len());
    Dialect::COMMA.unescape_text(cell, &mut single_quotes);
    let start = &record[..record.len().min(START_BYTES)];
    [cell, &single_quotes]
        .iter()
        .any(|text| memmem::find(text, start).is_some_and(|at| text[at..].starts_with(record)))
}

pub(super) fn without_line_end(mut row: Bytes) -> Bytes {
    while row.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        row.truncate(row.len() - 1);
    }
    row
}

/// Passes a row by its quotes alone and returns its length.
pub(super) fn pass_row(text: &mut Text) -> u64 {
    let mut bytes = 0;
    let mut in_quotes = false;
    loop {
        let mut at = 0;
        let unread = text.unread();
        let end = loop {
            let Some(found) = memchr::memchr2(b'"', b'\n', &unread[at..]) else {
                break None;
            };
            at += found + 1;
            match unread[at - 1] {
                b'"' => in_quotes = !in_quotes,
                _ if in_quotes => {}
                _ => break Some(at),
            }
        };
        let length = end.unwrap_or(unread.len());
        bytes += length as u64;
        text.skip(length);
        if end.is_some() || !text.more() {
            return bytes;
        }
    }
}
