//! Answers to queries of Log Analytics: tables in JSON that name their columns once, each row a
//! list of cells.
//!
//! `{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"}],
//! "rows":[["2026-01-24T06:54:24Z"]]}]}`. A row becomes the object that other exports of the same
//! query write. Answers stream, and several may follow each other.

use bytes::Bytes;
use event::{Position, time};
use memchr::memchr_iter;
use serde_json::value::RawValue;

use super::elements::{CUT, Extent, Front, member, pass_value, read_nested};
use super::json::{Members, ValueEnd, separators, unquote, value_end};
use super::mend::without_separators;
use super::rows::distinct;
use super::{Batch, Made, Records, Step, Text, Unwrap, Wrapper, utf8};

pub(crate) struct Answers {
    unwrap: Unwrap,
    /// What the next byte is inside of, innermost last.
    open: Vec<Open>,
    /// The names of the table's columns, no two of them the same.
    names: Vec<String>,
    /// The column whose cells are times, which tell a row from what damage makes of one.
    time: Option<usize>,
    position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// A list of answers.
    List,
    Answer,
    Tables,
    Table,
    Rows,
}

/// Lists of answers in lists are entered this deep.
const DEPTH_MAX: usize = 8;

impl Answers {
    pub fn new(unwrap: Unwrap) -> Answers {
        Answers { unwrap, open: Vec::new(), names: Vec::new(), time: None, position: 0 }
    }

    /// Something stands in front. Reads it, or a first part of it.
    fn next(&mut self, text: &mut Text, batch: &mut Batch) {
        match (self.open.last(), text.unread()[0]) {
            (Some(Open::List | Open::Tables | Open::Rows), b']')
            | (Some(Open::Answer | Open::Table), b'}') => {
                self.open.pop();
                text.skip(1);
            }
            (Some(Open::Answer | Open::Table), _) => self.member(text, batch),
            (Some(Open::Tables), b'{') => {
                (self.names, self.time) = (Vec::new(), None);
                self.enter(Open::Table, text);
            }
            (None | Some(Open::List), b'{') if at_answer(text, batch) => {
                self.enter(Open::Answer, text);
            }
            (None | Some(Open::List), b'[')
                if self.open.len() < DEPTH_MAX && at_list(text, batch) =>
            {
                self.enter(Open::List, text);
            }
            _ => self.element(text, batch),
        }
    }

    fn enter(&mut self, open: Open, text: &mut Text) {
        self.open.push(open);
        text.skip(1);
    }

    /// Inside an answer or a table: enters lists, passes what tells of the query alone.
    fn member(&mut self, text: &mut Text, batch: &mut Batch) {
        let (name, value) = loop {
            let cut = match member(text.unread()) {
                Front::Member { name, value } => break (name.to_ascii_lowercase(), value),
                // A bracket too many has ended the list before its last rows.
                Front::Other => return self.element(text, batch),
                Front::Cut => text.unread().len() <= batch.record_bytes_max,
            };
            if !cut || !text.more() {
                return self.element(text, batch);
            }
        };
        text.skip(value);
        let in_table = self.open.last() == Some(&Open::Table);
        match (in_table, &name[..], text.unread()[0]) {
            (true, b"columns", b'[') => self.columns(text, batch),
            (false, b"tables", b'[') => self.enter(Open::Tables, text),
            (false, b"error", b'{') => self.kept(INCOMPLETE, text, batch),
            (false, b"datasources", _) => pass_value(text),
            // Whatever the list is called, and wherever damage has put it, its rows are not passed
            // over.
            (_, _, b'[') => self.enter(Open::Rows, text),
            (true, b"columns" | b"rows", first) if first != b'n' => {
                self.kept("no list, as there should be", text, batch);
            }
            _ => pass_value(text),
        }
    }

    fn columns(&mut self, text: &mut Text, batch: &mut Batch) {
        let Extent::Whole(length) = Extent::of(text, batch.record_bytes_max) else {
            return self.kept(NO_COLUMNS, text, batch);
        };
        let Some((names, time)) = columns(&text.unread()[..length]) else {
            return self.kept(NO_COLUMNS, text, batch);
        };
        text.skip(length);
        (self.names, self.time) = (distinct(&names), time);
    }

    /// Keeps the value in front in quarantine.
    fn kept(&mut self, reason: &str, text: &mut Text, batch: &mut Batch) {
        self.position += 1;
        match Extent::of(text, batch.record_bytes_max) {
            Extent::Whole(length) | Extent::Cut(length) => {
                batch.broken(self.position, text.take(length), reason.into(), None);
            }
            Extent::Long(rest) => rest.quarantine(self.position, text, batch),
        }
    }

    /// A row stands in front, or what damage left in its place.
    fn element(&mut self, text: &mut Text, batch: &mut Batch) {
        self.position += 1;
        let (length, whole) = match Extent::of(text, batch.record_bytes_max) {
            Extent::Whole(length) => (length, true),
            Extent::Cut(length) => (length, false),
            Extent::Long(rest) => {
                if !self.mend(batch.record_bytes_max, text, batch) {
                    rest.quarantine(self.position, text, batch);
                }
                return;
            }
        };
        let value = &text.unread()[..length];
        let outcome = match value[0] {
            _ if !whole => Err(CUT.into()),
            b'{' => {
                let value = text.take(length);
                return batch.value(self.position, value, self.unwrap);
            }
            b'[' => self.object(value),
            _ => Err("no row of an answer".into()),
        };
        match outcome {
            Ok(made) => {
                let row = text.take(length);
                batch.made(self.position, row, made, self.unwrap);
            }
            Err(_) if self.mend(length, text, batch) => {}
            Err(reason) => batch.broken(self.position, text.take(length), reason, None),
        }
    }

    /// The row as an object of its columns, or why it is none.
    fn object(&self, row: &[u8]) -> Result<Made, String> {
        if self.names.is_empty() {
            return Err("no names of columns stand before this row".into());
        }
        let (row, mended) = utf8(row);
        let cells = cells(row.as_bytes()).ok_or("the row is no JSON")?;
        if cells.len() != self.names.len() {
            return Err(format!("the row has {} of {} cells", cells.len(), self.names.len()));
        }
        let mut object = Wrapper::default();
        for (name, cell) in self.names.iter().zip(cells) {
            object.json(name, cell.get());
        }
        let json = object.finish().map_or("{}".into(), String::from);
        Ok(Made { json: json.into(), mended })
    }

    /// Passes the first bytes of a damaged row, if a whole one starts among the next `length`.
    fn mend(&mut self, length: usize, text: &mut Text, batch: &mut Batch) -> bool {
        let next = self.next_whole(&text.unread()[..length]);
        if let Some(next) = next {
            let damaged: Bytes = without_separators(text.take(next));
            batch.broken(self.position, damaged, DAMAGED.into(), None);
        }
        next.is_some()
    }

    /// Where behind the first byte the next whole row starts: a missing quote or bracket makes one
    /// row of many.
    fn next_whole(&self, damaged: &[u8]) -> Option<usize> {
        let mut work_left = damaged.len().saturating_mul(PASSES_MAX);
        for at in memchr_iter(b'[', damaged.get(1..)?) {
            let rest = &damaged[1 + at..];
            let length = value_end(rest);
            if length.is_some_and(|length| self.is_whole(&rest[..length])) {
                return Some(1 + at);
            }
            work_left = work_left.checked_sub(length.unwrap_or(rest.len()))?;
        }
        None
    }

    fn is_whole(&self, row: &[u8]) -> bool {
        let Some(cells) = cells(row).filter(|cells| cells.len() == self.names.len()) else {
            return false;
        };
        self.time.is_some_and(|place| {
            unquote(cells[place].get()).is_some_and(|text| time::parse(&text).is_some())
        })
    }
}

/// What the service writes beside the tables when they do not hold all rows.
const INCOMPLETE: &str = "the service says here that its answer is not complete";

const NO_COLUMNS: &str = "no names of columns can be read from this";

const DAMAGED: &str = "damaged, up to the next whole row";

/// How often the bytes of a damaged row may be looked at in search of a whole one.
const PASSES_MAX: usize = 8;

/// The names of the columns, and the first that holds times. `None` for what says more than a column
/// does: a list that has run into the rows behind it.
fn columns(list: &[u8]) -> Option<(Vec<String>, Option<usize>)> {
    let list: Vec<Members> = serde_json::from_slice(list).ok()?;
    let mut names = Vec::with_capacity(list.len());
    let mut time = None;
    for (place, column) in list.iter().enumerate() {
        if column.0.iter().any(|(_, value)| value.get().starts_with(['[', '{'])) {
            return None;
        }
        // Azure Data Explorer writes the second names.
        let text = |name, other| column.get(name).or_else(|| column.get(other)).and_then(unquote);
        names.push(text("name", "ColumnName")?.into_owned());
        let kind = text("type", "ColumnType").unwrap_or_default();
        if time.is_none() && kind.eq_ignore_ascii_case("datetime") {
            time = Some(place);
        }
    }
    Some((names, time))
}

fn cells(row: &[u8]) -> Option<Vec<&RawValue>> {
    serde_json::from_slice(row).ok()
}

/// True if the object in front is an answer.
fn at_answer(text: &mut Text, batch: &Batch) -> bool {
    loop {
        match find_table(text.unread()) {
            Some(found) => return found,
            None if text.unread().len() > batch.record_bytes_max => return false,
            None if !text.more() => return false,
            None => {}
        }
    }
}

/// True if the list in front is one of answers, or of such lists: a row's first cell is neither.
fn at_list(text: &mut Text, batch: &Batch) -> bool {
    loop {
        let inner = &text.unread()[1..];
        let length = inner.len();
        match inner.get(separators(inner)).copied() {
            Some(first) => return matches!(first, b'[' | b'{'),
            None if length >= batch.record_bytes_max => return false,
            None if !text.more() => return false,
            None => {}
        }
    }
}

impl Records for Answers {
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step {
        read_nested(self, text, batch, Answers::next, |it| it.open.is_empty())
    }
}

/// True for an answer; false, too, when it is cut before that shows.
pub(crate) fn is_answer(object: &[u8]) -> bool {
    object.starts_with(b"{") && find_table(object) == Some(true)
}

/// Does this object hold a list of tables? `None` while it is not yet known.
fn find_table(object: &[u8]) -> Option<bool> {
    let Some(tables) = list_called(b"tables", object)? else {
        return Some(false);
    };
    match tables.get(separators(tables))? {
        b'{' => Some(list_called(b"columns", &tables[separators(tables)..])?.is_some()),
        _ => Some(false),
    }
}

/// What follows the opening bracket of the list of this name in an object; `None` while that is
/// open.
fn list_called<'a>(wanted: &[u8], object: &'a [u8]) -> Option<Option<&'a [u8]>> {
    let mut at = 1;
    loop {
        at += separators(&object[at..]);
        if at == object.len() {
            return None;
        }
        let (name, value) = match member(&object[at..]) {
            Front::Member { name, value } => (name, value),
            Front::Other => return Some(None),
            Front::Cut => return None,
        };
        at += value;
        if name.eq_ignore_ascii_case(wanted) && object[at] == b'[' {
            return Some(Some(&object[at + 1..]));
        }
        at += ValueEnd::default().find(&object[at..])?;
    }
}
