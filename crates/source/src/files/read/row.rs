//! Where do the cells of one table row stand?
//!
//! RFC 4180 as the tools really write it: any delimiter, LF or CRLF, line breaks and doubled quotes
//! in quoted cells, blanks before a quote, text after one. Only positions are found, so a row keeps
//! its exact bytes and a cell is unescaped only when somebody wants it.

use bytes::{BufMut, BytesMut};
use memchr::{memchr, memchr2, memmem};

use super::json::is_record;
use super::rows::{FIELDS, is_remark};
use super::utf8;

/// How the cells of a table are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub delimiter: u8,
    /// `\"` stands for a quote, as Spark and some database exports write, not only `""`.
    pub backslash: bool,
}

/// The place of a cell's text in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub start: usize,
    pub end: usize,
    quoting: Quoting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// The text stands as it is.
    Plain,
    /// It stood between quotes and holds quotes of its own.
    Escaped,
    /// Text follows the closing quote: it starts with its opening quote.
    Ragged,
}

impl Dialect {
    pub const COMMA: Dialect = Dialect { delimiter: b',', backslash: false };

    /// Finds the cells of the row in front and returns its length with its line end, or `None` if
    /// the row goes on after these bytes. `ended` says that nothing does.
    pub fn split(self, bytes: &[u8], ended: bool, cells: &mut Vec<Cell>) -> Option<usize> {
        cells.clear();
        let mut at = 0;
        loop {
            let (cell, end) = self.cell(bytes, at, ended)?;
            cells.push(cell);
            match bytes.get(end) {
                Some(&byte) if byte == self.delimiter => at = end + 1,
                Some(_) => return Some(end + 1),
                None => return ended.then_some(end),
            }
        }
    }

    /// The cell that starts at `at`, and where the delimiter or line feed behind it stands.
    fn cell(self, bytes: &[u8], at: usize, ended: bool) -> Option<(Cell, usize)> {
        let blanks = bytes[at..].iter().take_while(|&&byte| byte == b' ').count();
        match bytes.get(at + blanks) {
            Some(b'"') => self.quoted(bytes, at + blanks, ended),
            _ => {
                let end = self.plain_end(bytes, at, ended)?;
                Some((Cell::plain(at, before_line_end(bytes, at, end)), end))
            }
        }
    }

    fn plain_end(self, bytes: &[u8], at: usize, ended: bool) -> Option<usize> {
        match memchr2(self.delimiter, b'\n', &bytes[at..]) {
            Some(length) => Some(at + length),
            None => ended.then_some(bytes.len()),
        }
    }

    /// The cell whose opening quote stands at `quote`.
    fn quoted(self, bytes: &[u8], quote: usize, ended: bool) -> Option<(Cell, usize)> {
        let start = quote + 1;
        let Some((close, escaped)) = self.closing_quote(bytes, start, ended) else {
            // Never closed: the cell is all there is.
            let cell = Cell { start: quote, end: bytes.len(), quoting: Quoting::Ragged };
            return ended.then_some((cell, bytes.len()));
        };
        let end = self.plain_end(bytes, close + 1, ended)?;
        let behind = &bytes[close + 1..before_line_end(bytes, close + 1, end)];
        let cell = match behind.iter().all(|&byte| byte == b' ') {
            true => Cell {
                start,
                end: close,
                quoting: if escaped { Quoting::Escaped } else { Quoting::Plain },
            },
            false => Cell { start: quote, end: close + 1 + behind.len(), quoting: Quoting::Ragged },
        };
        Some((cell, end))
    }

    /// Where the cell's text ends, and whether it holds an escape.
    fn closing_quote(self, bytes: &[u8], start: usize, ended: bool) -> Option<(usize, bool)> {
        let mut at = start;
        let mut escaped = false;
        loop {
            let found = match self.backslash {
                true => memchr2(b'"', b'\\', &bytes[at..]),
                false => memchr(b'"', &bytes[at..]),
            };
            let found = at + found?;
            match bytes.get(found + 1) {
                None if !ended => return None,
                Some(_) if bytes[found] == b'\\' => {}
                Some(b'"') => {}
                _ if bytes[found] == b'\\' => return None,
                _ => return Some((found, escaped)),
            }
            escaped = true;
            at = found + 2;
        }
    }

    /// Appends the text of a cell.
    pub fn unescape(self, bytes: &[u8], cell: Cell, out: &mut BytesMut) {
        let text = &bytes[cell.start..cell.end];
        match cell.quoting {
            Quoting::Plain => out.put_slice(text),
            Quoting::Escaped => self.unescape_text(text, out),
            Quoting::Ragged => {
                let close = self.closing_quote(text, 1, true);
                let (close, _) = close.unwrap_or((text.len(), false));
                self.unescape_text(&text[1..close], out);
                out.put_slice(text.get(close + 1..).unwrap_or_default());
            }
        }
    }

    pub(super) fn unescape_text(self, text: &[u8], out: &mut BytesMut) {
        match self.backslash {
            true => self.unescape_backslashes(text, out),
            false => unescape_doubled(text, out),
        }
    }

    /// `""` and `\"` are a quote; a backslash before anything but itself stands for itself.
    fn unescape_backslashes(self, mut text: &[u8], out: &mut BytesMut) {
        while let Some(found) = memchr2(b'"', b'\\', text) {
            out.put_slice(&text[..found]);
            let escape = text[found];
            let escaped = match text.get(found + 1) {
                Some(b'"') => Some(b'"'),
                Some(b'\\') if escape == b'\\' => Some(b'\\'),
                _ => None,
            };
            out.put_u8(escaped.unwrap_or(escape));
            text = &text[found + 1 + usize::from(escaped.is_some())..];
        }
        out.put_slice(text);
    }
}

/// Copies text with each `""` made one. A cell of JSON has a quote every few bytes, so looking at
/// each byte without a branch beats a search for the next quote.
fn unescape_doubled(text: &[u8], out: &mut BytesMut) {
    let start = out.len();
    out.resize(start + text.len(), 0);
    let target = &mut out[start..];
    let mut length = 0;
    let mut open = false;
    for &byte in text {
        target[length] = byte;
        let quote = byte == b'"';
        // The second quote of a pair is written over by what follows.
        length += usize::from(!(quote & open));
        open = quote & !open;
    }
    out.truncate(start + length);
}

impl Cell {
    fn plain(start: usize, end: usize) -> Cell {
        Cell { start, end, quoting: Quoting::Plain }
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True if text follows the closing quote: a quote is missing, or one too many.
    pub fn is_ragged(self) -> bool {
        self.quoting == Quoting::Ragged
    }
}

/// CR LF and even CR CR LF, from files converted twice, end a row as LF does.
fn before_line_end(bytes: &[u8], start: usize, end: usize) -> usize {
    let at_line_end = matches!(bytes.get(end), Some(b'\n') | None);
    let returns = bytes[start..end].iter().rev().take_while(|&&byte| byte == b'\r').count();
    end - if at_line_end { returns } else { 0 }
}

/// A table's first row, and how it is to be read.
pub(crate) struct Header {
    pub dialect: Dialect,
    /// The cells of the first row, trimmed.
    pub names: Vec<String>,
    is_ragged: bool,
    /// Bytes before the first row.
    pub preamble_bytes: usize,
    /// Bytes before the second row.
    pub bytes: usize,
    /// The column that holds the records by what stands in it, where that was looked for.
    pub records: Option<usize>,
}

/// So many rows show which column holds the records.
const ROWS_MAX: usize = 8;

impl Header {
    /// Reads the first row, or `None` if it goes on after these bytes. `ended` says that nothing
    /// does.
    pub fn read(bytes: &[u8], ended: bool) -> Option<Header> {
        let (preamble_bytes, delimiters) = preamble(bytes)?;
        let rows = delimiters.iter().filter_map(|&delimiter| {
            let dialect = Dialect { delimiter, backslash: escapes_by_backslash(bytes, delimiter) };
            // No name has a line break: a quote too many in a header hides no row behind it.
            let row = &bytes[preamble_bytes..];
            let line_end = memchr(b'\n', row).map(|end| end + 1);
            let row = &row[..line_end.or(ended.then_some(row.len()))?];
            let mut cells = Vec::new();
            let length = dialect.split(row, true, &mut cells)?;
            Some(Header {
                dialect,
                names: cells.iter().map(|cell| name(dialect, row, *cell)).collect(),
                is_ragged: cells.iter().any(|cell| cell.is_ragged()),
                preamble_bytes,
                bytes: preamble_bytes + length,
                records: None,
            })
        });
        // The delimiter that gives most columns; the first one wins a tie.
        rows.rev().max_by_key(|header| header.names.len())
    }

    /// The one column in which the first rows behind the header hold records, if it is one: of two
    /// nothing says which is right. `None` while those rows are not all there.
    pub fn column_of_records(&self, bytes: &[u8], ended: bool) -> Option<Option<usize>> {
        let mut cells = Vec::new();
        let mut text = BytesMut::new();
        let mut found = None;
        let mut rest = &bytes[self.bytes..];
        for _ in 0..ROWS_MAX {
            if rest.is_empty() && ended {
                break;
            }
            let length = self.dialect.split(rest, ended, &mut cells)?;
            for (place, cell) in cells.iter().enumerate() {
                text.clear();
                self.dialect.unescape(rest, *cell, &mut text);
                if text.trim_ascii_start().starts_with(b"{") && is_record(&text) {
                    if found.is_some_and(|other| other != place) {
                        return Some(None);
                    }
                    found = Some(place);
                }
            }
            rest = &rest[length..];
        }
        Some(found)
    }

    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// True if a cell of the first row looks like data: its line end is missing, and the row behind
    /// it has run into it.
    pub fn is_joined(&self) -> bool {
        self.is_ragged || self.names.iter().any(|name| looks_like_data(name))
    }

    /// True if the table has no other columns than these.
    pub fn only(&self, names: &[&str]) -> bool {
        let known = |column: &String| names.iter().any(|name| column.eq_ignore_ascii_case(name));
        self.names.iter().all(known)
    }
}

/// No export names a column with a year, an address or a record.
pub(super) fn looks_like_data(name: &str) -> bool {
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    name.contains(['@', '{', '"']) || name.as_bytes().windows(4).any(digits)
}

/// What may stand before the first row: `#TYPE` from Export-Csv of Windows PowerShell, `sep=` from
/// Excel, the remarks of a log of Exchange Server, blank lines. Returns its length and the
/// delimiters to try.
fn preamble(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut at = 0;
    let mut delimiters: &[u8] = b",;\t|";
    loop {
        let line = &bytes[at..];
        let length = memchr(b'\n', line).map(|end| end + 1);
        let blank = line[..length.unwrap_or(0)].iter().all(u8::is_ascii_whitespace);
        if line.starts_with(b"sep=") && line.len() > 5 {
            delimiters = &line[4..5];
        } else if line.starts_with(FIELDS) {
            let blanks = line[FIELDS.len()..].iter().take_while(|&&byte| byte == b' ').count();
            return Some((at + FIELDS.len() + blanks, b","));
        } else if !(is_remark(line) || length.is_some() && blank) {
            return Some((at, delimiters));
        }
        at += length?;
    }
}

/// With doubled quotes a cell of JSON starts `"{""`, with a backslash `"{\"`. A quote behind that
/// means that the backslash was the cell's own.
fn escapes_by_backslash(bytes: &[u8], delimiter: u8) -> bool {
    [delimiter, b'\n'].into_iter().any(|before| {
        let start = [before, b'"', b'{', b'\\', b'"'];
        memmem::find_iter(bytes, &start)
            .any(|at| bytes.get(at + start.len()).is_some_and(|&next| next != b'"'))
    })
}

pub(super) fn name(dialect: Dialect, bytes: &[u8], cell: Cell) -> String {
    let mut name = BytesMut::new();
    dialect.unescape(bytes, cell, &mut name);
    let (name, _) = utf8(&name);
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '"');
    name.to_owned()
}
