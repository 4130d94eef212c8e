//! A table whose rows hold a record each, as JSON text in a cell.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use super::json::{is_object, is_record, value_end};
use super::row::{Cell, Dialect, looks_like_data};
use super::sheet::{
    CUT, MISPLACED_QUOTE, Next, Preamble, Sheet, next_whole_row, numbered, without_line_end,
};
use super::wrapper::Name;
use super::{Batch, Records, Step, Text, Wrapper, trimmed};

pub(crate) struct Table {
    sheet: Sheet,
    columns: Vec<Column>,
    /// The column of the records, if its name does not tell.
    records: Option<usize>,
    /// Where unescaped cells are put; records are slices of it.
    arena: BytesMut,
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
            sheet: Sheet::new(dialect, preamble),
            columns: columns(names, records),
            records,
            arena: BytesMut::new(),
        }
    }

    /// The row in front, `length` bytes with its line end, whose cells have been found.
    fn row(&mut self, length: usize, text: &mut Text, batch: &mut Batch) {
        let row = &text.unread()[..length];
        if self.sheet.is_blank(row) {
            return text.skip(length);
        }
        if self.sheet.cells.len() > self.columns.len()
            && let Some(next) = self.next_whole_row(row, false)
        {
            // A quote missing behind the record would hide the next one in a cell too many.
            self.sheet.dialect.split(&row[..next], true, &mut self.sheet.cells);
            return self.row(next, text, batch);
        }
        self.sheet.row += 1;
        let Some(record) = self.record(row) else {
            return self.unreadable(length, text, batch);
        };
        let wrapper = self.wrapper(row, Some(&record), 0..0, &[]);
        text.skip(length);
        batch.record(self.sheet.row, record, wrapper);
    }

    /// The record, where it should stand.
    fn record(&mut self, row: &[u8]) -> Option<Bytes> {
        if self.arena.capacity() < row.len() {
            self.arena = BytesMut::with_capacity(ARENA_BYTES.max(row.len()));
        }
        for (cell, column) in self.sheet.cells.iter().zip(&self.columns) {
            if column.role == Role::Record && !cell.is_empty() {
                self.arena.clear();
                self.sheet.dialect.unescape(row, *cell, &mut self.arena);
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
            self.sheet.row -= 1;
            self.columns = columns;
            return text.skip(length);
        }
        let at_end = text.ended() && length == text.unread().len() && !row.ends_with(b"\n");
        if let Some(length) = self.next_whole_row(row, at_end) {
            let bytes = without_line_end(text.take(length));
            return batch.broken(self.sheet.row, bytes, MISPLACED_QUOTE.into(), None);
        }
        if let Some(Elsewhere { place, record, around }) = self.record_elsewhere(row) {
            let wrapper = self.wrapper(row, Some(&record), place, &around);
            text.skip(length);
            return batch.record(self.sheet.row, record, wrapper);
        }
        let reason = self.reason(row, at_end);
        let wrapper = self.wrapper(row, None, 0..0, &[]);
        let bytes = without_line_end(text.take(length));
        batch.broken(self.sheet.row, bytes, reason, wrapper);
    }

    /// Why there is no record in this row.
    fn reason(&self, row: &[u8], at_end: bool) -> String {
        if at_end && self.sheet.cells.len() < self.columns.len() {
            return CUT.into();
        }
        let is_record = |column: &&Column| column.role == Role::Record;
        let name = self.columns.iter().find(is_record).map_or("", |column| &column.name.text);
        let mut cells = self.sheet.cells.iter().zip(&self.columns);
        let Some((cell, _)) = cells.find(|(_, column)| is_record(column)) else {
            return format!("the row ends before its {name}");
        };
        let mut text = BytesMut::new();
        self.sheet.dialect.unescape(row, *cell, &mut text);
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
        let names: Vec<String> =
            self.sheet.cells.iter().map(|cell| self.name(row, *cell)).collect();
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
        super::row::name(self.sheet.dialect, row, cell)
    }

    /// The record, if it stands elsewhere in the row, and where: as JSON in another cell, in the row
    /// of the export that a tool made one cell of (Splunk's `_raw`), or without quotes, so that its
    /// commas have torn it apart.
    fn record_elsewhere(&self, row: &[u8]) -> Option<Elsewhere> {
        let mut text = BytesMut::new();
        for cell in &self.sheet.cells {
            text.clear();
            self.sheet.dialect.unescape(row, *cell, &mut text);
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

    fn next_whole_row(&self, row: &[u8], ended: bool) -> Option<usize> {
        let dialect = self.sheet.dialect;
        let is_whole = |rest: &[u8], cells: &[Cell]| is_whole(dialect, &self.columns, rest, cells);
        next_whole_row(dialect, row, ended, is_whole)
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
        for (number, cell) in self.sheet.cells.iter().enumerate() {
            let column = self.columns.get(number);
            let wanted = match column.map_or(Role::Extra, |column| column.role) {
                // In a row whose record stands elsewhere no cell is what its column says.
                _ if !place.is_empty() => cell.end <= place.start || place.end <= cell.start,
                Role::Extra => true,
                // What has run into another cell is repeated nowhere.
                Role::Time | Role::Repeated if cell.is_ragged() => true,
                // Who did what, and when, is told outside as well, for where the record is lost.
                Role::Time | Role::Repeated => record.is_none(),
                Role::Record => false,
            };
            text.clear();
            if wanted {
                self.sheet.dialect.unescape(row, *cell, &mut text);
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
}

impl Records for Table {
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step {
        let dialect = self.sheet.dialect;
        loop {
            let columns = &self.columns;
            let is_whole = |row: &[u8], cells: &[Cell]| is_whole(dialect, columns, row, cells);
            match self.sheet.next(text, batch, is_whole) {
                Next::Row(length) => self.row(length, text, batch),
                Next::None(step) => return step,
            }
        }
    }
}

/// True if a cell that should be a record is an object.
fn is_whole(dialect: Dialect, columns: &[Column], row: &[u8], cells: &[Cell]) -> bool {
    let mut text = BytesMut::new();
    cells.len() == columns.len()
        && cells.iter().zip(columns).any(|(cell, column)| {
            text.clear();
            column.role == Role::Record && {
                dialect.unescape(row, *cell, &mut text);
                is_object(&text)
            }
        })
}

/// Excel keeps this many characters of a cell and drops the rest when it opens a CSV.
const EXCEL_CELL_MAX: usize = 32_767;

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

/// True for a cell with the record in it, and no other object: Splunk's `_raw` is the whole row
/// again, a cell that has swallowed a row is not.
fn holds(cell: &[u8], record: &[u8]) -> bool {
    if cell.len() < record.len() {
        return false;
    }
    let mut single_quotes = BytesMut::with_capacity(cell.len());
    Dialect::COMMA.unescape_text(cell, &mut single_quotes);
    let start = &record[..record.len().min(START_BYTES)];
    [cell, &single_quotes].iter().any(|text| {
        memmem::find(text, start).is_some_and(|at| {
            let (before, rest) = text.split_at(at);
            let behind = rest.strip_prefix(record);
            behind.is_some_and(|behind| !before.contains(&b'{') && !behind.contains(&b'{'))
        })
    })
}
