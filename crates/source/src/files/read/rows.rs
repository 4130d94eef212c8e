//! A table whose rows are records themselves: each becomes a JSON object of the columns' names and
//! the cells' texts, none left out, so that the row can be told again from the record.

use std::collections::HashMap;

use bytes::Bytes;
use event::time;
use memchr::memchr;

use super::row::{Cell, Dialect, Header};
use super::sheet::{
    CUT, JOINED_HEADER, MISPLACED_QUOTE, Next, Preamble, Sheet, next_whole_row, numbered,
    without_line_end,
};
use super::{Batch, Found, Made, Records, Step, Text, Wrapper, utf8};

/// What a format knows of the columns of its tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    /// A table with all names of one of these lists is of the format.
    pub any_of: &'static [&'static [&'static str]],
    /// The column that tells when the event was: the first of them that a table has. Its text tells
    /// a row from what damage makes of one.
    pub times: &'static [&'static str],
}

pub(crate) struct Rows {
    sheet: Sheet,
    known: Columns,
    /// The names of the columns, no two of them the same.
    names: Vec<String>,
    time: Option<usize>,
}

impl Rows {
    pub fn new(header: &Header, known: Columns) -> Rows {
        let mut rows = Rows {
            sheet: Sheet::new(header.dialect, Preamble::of(header)),
            known,
            names: Vec::new(),
            time: None,
        };
        rows.set_columns(&header.names);
        rows
    }

    fn set_columns(&mut self, names: &[String]) {
        let place = |time: &&str| names.iter().position(|name| name.eq_ignore_ascii_case(time));
        self.time = self.known.times.iter().find_map(place);
        self.names = distinct(names);
    }

    /// The row in front, `length` bytes with its line end, whose cells have been found.
    fn row(&mut self, length: usize, text: &mut Text, batch: &mut Batch) {
        let row = &text.unread()[..length];
        if self.sheet.is_blank(row) || is_remark(row) {
            return text.skip(length);
        }
        if let Some(header) = self.another_header(row) {
            if !header.is_joined() {
                self.set_columns(&header.names);
                return text.skip(length);
            }
            self.sheet.row += 1;
            let bytes = without_line_end(text.take(length));
            return batch.broken(self.sheet.row, bytes, JOINED_HEADER.into(), None);
        }
        self.sheet.row += 1;
        let at_end = text.ended() && length == text.unread().len() && !row.ends_with(b"\n");
        let is_ragged = self.sheet.cells.iter().any(|cell| cell.is_ragged());
        let shape = self.shape();
        if is_ragged || !shape.fits(row, &self.sheet.cells) {
            let is_whole = |rest: &[u8], cells: &[Cell]| shape.is_told_by_time(rest, cells);
            if let Some(next) = next_whole_row(shape.dialect, row, at_end, is_whole) {
                let bytes = without_line_end(text.take(next));
                return batch.broken(self.sheet.row, bytes, MISPLACED_QUOTE.into(), None);
            }
            if let Some(reason) = self.reason(row, is_ragged, at_end) {
                let bytes = without_line_end(text.take(length));
                return batch.broken(self.sheet.row, bytes, reason, None);
            }
        }
        let made = self.object(row);
        text.skip(length);
        batch.made(self.sheet.row, Bytes::new(), made, |_| Found::Whole);
    }

    /// Files that were joined repeat the header, or bring another one of the same format; a log of
    /// Exchange Server does so behind `#Fields:`.
    fn another_header(&self, row: &[u8]) -> Option<Header> {
        if let Some(fields) = row.strip_prefix(FIELDS) {
            return Header::read(fields.trim_ascii_start(), true);
        }
        let is = |cell: &Cell, name: &str| {
            super::row::name(self.sheet.dialect, row, *cell).eq_ignore_ascii_case(name)
        };
        let has = |name: &&str| self.sheet.cells.iter().any(|cell| is(cell, name));
        let is_header = self.known.any_of.iter().any(|all| all.iter().all(has));
        is_header.then(|| Header::read(row, true))?
    }

    /// Why the cells that were found are no record.
    fn reason(&self, row: &[u8], is_ragged: bool, at_end: bool) -> Option<String> {
        let (cells, columns) = (self.sheet.cells.len(), self.names.len());
        match () {
            () if cells < columns && at_end => Some(CUT.into()),
            () if cells != columns && is_ragged => Some(ROW_WITH_MISPLACED_QUOTE.into()),
            // Whatever its time looks like, a row of all columns is one. And Excel leaves out the
            // last cells of a row where they are empty.
            () if cells >= columns || self.shape().has_time(row, &self.sheet.cells) => None,
            () => Some(format!("the row has {cells} of {columns} cells and no time")),
        }
    }

    fn shape(&self) -> Shape {
        Shape { dialect: self.sheet.dialect, columns: self.names.len(), time: self.time }
    }

    fn object(&mut self, row: &[u8]) -> Made {
        let (row, mended) = utf8(row);
        if mended.is_some() {
            self.sheet.dialect.split(row.as_bytes(), true, &mut self.sheet.cells);
        }
        let mut object = Wrapper::default();
        let mut text = bytes::BytesMut::new();
        for (number, cell) in self.sheet.cells.iter().enumerate() {
            text.clear();
            self.sheet.dialect.unescape(row.as_bytes(), *cell, &mut text);
            match self.names.get(number) {
                Some(name) => object.text(name, &text),
                None => object.text(&numbered(number), &text),
            }
        }
        let json = object.finish().map_or("{}".into(), String::from);
        Made { json: json.into(), mended }
    }
}

impl Records for Rows {
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step {
        loop {
            let shape = self.shape();
            match self.sheet.next(text, batch, |row, cells| shape.is_told_by_time(row, cells)) {
                Next::Row(length) => self.row(length, text, batch),
                Next::None(step) => return step,
            }
        }
    }
}

/// What a row that is not damaged looks like.
#[derive(Clone, Copy)]
struct Shape {
    dialect: Dialect,
    columns: usize,
    time: Option<usize>,
}

impl Shape {
    fn fits(self, row: &[u8], cells: &[Cell]) -> bool {
        cells.len() == self.columns && self.has_time(row, cells)
    }

    /// As `fits`, and surely so.
    fn is_told_by_time(self, row: &[u8], cells: &[Cell]) -> bool {
        self.time.is_some() && self.fits(row, cells)
    }

    /// True if the cell that should tell the time does, or no column tells it.
    fn has_time(self, row: &[u8], cells: &[Cell]) -> bool {
        let Some(place) = self.time else {
            return true;
        };
        cells.get(place).is_some_and(|cell| {
            let text = super::row::name(self.dialect, row, *cell);
            time::parse(&text).is_some()
        })
    }
}

const ROW_WITH_MISPLACED_QUOTE: &str = "a quote is missing or too many in this row";

/// What stands before the names of the columns in a log of Exchange Server.
pub(super) const FIELDS: &[u8] = b"#Fields:";

/// No remark has so many.
const REMARK_COMMAS_MAX: usize = 3;

/// A line that a log of Exchange Server or a cmdlet puts beside its rows.
pub(super) fn is_remark(line: &[u8]) -> bool {
    const REMARKS: [&[u8]; 5] = [b"#TYPE", b"#Software:", b"#Version:", b"#Log-type:", b"#Date:"];
    let is_marked = REMARKS.iter().any(|remark| {
        line.get(..remark.len()).is_some_and(|start| start.eq_ignore_ascii_case(remark))
    });
    // A remark whose line end is missing has a row behind it.
    let line = &line[..memchr(b'\n', line).unwrap_or(line.len())];
    is_marked && line.iter().filter(|byte| b",;\t".contains(byte)).count() < REMARK_COMMAS_MAX
}

/// Longer names are cut. A row repeats them, so they bound how much longer its record may be.
const NAME_BYTES_MAX: usize = 256;

/// Names as they stand, but for the second of two: `Incoming token type (2)`. A column without a
/// name is known by its number.
pub(super) fn distinct(names: &[String]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut distinct = Vec::with_capacity(names.len());
    for (number, name) in names.iter().enumerate() {
        let name = match name.floor_char_boundary(NAME_BYTES_MAX) {
            0 => numbered(number),
            length => name[..length].to_owned(),
        };
        let count = seen.entry(name.to_ascii_lowercase()).or_default();
        *count += 1;
        distinct.push(if *count == 1 { name } else { format!("{name} ({count})") });
    }
    distinct
}
