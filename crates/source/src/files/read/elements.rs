//! JSON values one after another, in arrays or not, however they are laid out.
//!
//! Arrays are entered, and so are the objects that services and tools put around a list of records
//! (`{"value": [...]}`, `{"hits": {"hits": [...]}}`), also when several such pages follow each other.
//! Everything streams: no list is ever held whole.

use bytes::Bytes;
use event::Position;

use super::json::{ValueEnd, is_object, separators, unquote};
use super::mend::{DAMAGED, Opening, without_separators};
use super::{Batch, Records, Step, Text, Unwrap, too_long};

pub(crate) struct Elements {
    unwrap: Unwrap,
    /// Objects around lists are entered.
    enters_containers: bool,
    /// What the next byte is inside of, innermost last.
    open: Vec<Open>,
    position: Position,
    opening: Option<Opening>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    List,
    Object,
}

/// Lists in lists are entered this deep; nobody nests pages deeper.
const DEPTH_MAX: usize = 8;

impl Elements {
    pub fn new(unwrap: Unwrap, enters_containers: bool) -> Elements {
        Elements { unwrap, enters_containers, open: Vec::new(), position: 0, opening: None }
    }

    /// Something stands in front. Reads it, or a first part of it.
    fn next(&mut self, text: &mut Text, batch: &mut Batch) {
        let deep = self.open.len() >= DEPTH_MAX;
        match (self.open.last(), text.unread()[0]) {
            (Some(Open::List), b']') | (Some(Open::Object), b'}') => {
                self.open.pop();
                text.skip(1);
            }
            (Some(Open::Object), _) => self.member(text, batch),
            (_, b'[') if !deep => self.enter(Open::List, text),
            (_, b'{') if !deep && self.at_container(text, batch) => self.enter(Open::Object, text),
            _ => self.element(text, batch),
        }
    }

    fn enter(&mut self, open: Open, text: &mut Text) {
        self.open.push(open);
        text.skip(1);
    }

    /// True if the object in front is no record but holds the list of them.
    fn at_container(&self, text: &mut Text, batch: &Batch) -> bool {
        if !self.enters_containers || self.open.contains(&Open::Object) {
            return false;
        }
        loop {
            match find_list(text.unread()) {
                Some(found) => return found,
                None if text.unread().len() > batch.record_bytes_max => return false,
                None if !text.more() => return false,
                None => {}
            }
        }
    }

    /// Inside an object around a list: enters the list, passes any other member.
    fn member(&mut self, text: &mut Text, batch: &mut Batch) {
        let (is_list, is_torn, value) = loop {
            let cut = match member(text.unread()) {
                Front::Member { name, value } => {
                    let is_torn = self.opening.as_ref().is_some_and(|known| known.knows(name));
                    break (names_list(name), is_torn, value);
                }
                // A bracket too many has ended the list before its last records.
                Front::Other => return self.element(text, batch),
                Front::Cut => text.unread().len() <= batch.record_bytes_max,
            };
            if !cut || !text.more() {
                return self.element(text, batch);
            }
        };
        if is_torn && !is_list {
            return self.torn_member(value, text, batch);
        }
        text.skip(value);
        match text.unread()[0] {
            b'[' if is_list => self.enter(Open::List, text),
            b'{' if is_list => self.enter(Open::Object, text),
            _ => pass_value(text),
        }
    }

    /// Keeps the member in front, whose value starts at `value`: a record that has lost its opening
    /// brace has members where the container's should be.
    fn torn_member(&mut self, value: usize, text: &mut Text, batch: &mut Batch) {
        match ValueEnd::default().find(&text.unread()[value..]) {
            Some(length) if value + length <= batch.record_bytes_max => {
                self.position += 1;
                let member = text.take(value + length);
                batch.broken(self.position, member, "a member outside its record".into(), None);
            }
            _ => self.element(text, batch),
        }
    }

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
        let swallows = self.opening.as_ref().is_some_and(|opening| opening.is_swallowed_in(value));
        if (!whole || swallows) && self.mend(length, text, batch) {
            return;
        }
        let value = text.take(length);
        match whole {
            true => self.value(value, batch),
            false => batch.broken(self.position, value, CUT.into(), None),
        }
    }

    /// Passes the first bytes of a damaged value, if a whole one starts among the next `length`.
    fn mend(&mut self, length: usize, text: &mut Text, batch: &mut Batch) -> bool {
        let damaged = &text.unread()[..length];
        let next = match &self.opening {
            Some(opening) => opening.next_whole(damaged),
            None => Opening::guess(damaged).and_then(|opening| opening.next_whole(damaged)),
        };
        if let Some(next) = next {
            let damaged = without_separators(text.take(next));
            batch.broken(self.position, damaged, DAMAGED.into(), None);
        }
        next.is_some()
    }

    fn value(&mut self, value: Bytes, batch: &mut Batch) {
        match value[0] {
            b'{' => {
                if self.opening.is_none() {
                    self.opening = Opening::of(&value);
                }
                batch.value(self.position, value, self.unwrap);
            }
            _ => match object_in_text(&value) {
                Some(record) => batch.value(self.position, record, self.unwrap),
                None => batch.broken(self.position, value, "no JSON object".into(), None),
            },
        }
    }
}

pub(super) const CUT: &str = "the file ends inside this record";

/// How far the JSON value in front goes.
pub(super) enum Extent {
    Whole(usize),
    /// The text ends inside it.
    Cut(usize),
    /// It is longer than one record may be.
    Long(Rest),
}

/// What finds the end of a value that is too long to be held.
pub(super) struct Rest {
    end: ValueEnd,
    found: Option<usize>,
}

impl Extent {
    pub fn of(text: &mut Text, bytes_max: usize) -> Extent {
        let mut end = ValueEnd::default();
        let mut seen = 0;
        loop {
            let found = end.find(&text.unread()[seen..]).map(|length| seen + length);
            seen = found.unwrap_or(text.unread().len());
            if seen > bytes_max {
                return Extent::Long(Rest { end, found });
            }
            if found.is_some() {
                return Extent::Whole(seen);
            }
            if !text.more() {
                // Only the end of the file can end a bare word.
                return if end.is_bare() { Extent::Whole(seen) } else { Extent::Cut(seen) };
            }
        }
    }
}

impl Rest {
    /// Keeps the start of the value in front and counts the rest.
    pub fn quarantine(self, position: Position, text: &mut Text, batch: &mut Batch) {
        let Rest { mut end, mut found } = self;
        let start = Bytes::copy_from_slice(&text.unread()[..batch.record_bytes_max]);
        let mut bytes = 0;
        loop {
            let length = found.unwrap_or(text.unread().len());
            bytes += length as u64;
            text.skip(length);
            if found.is_some() || !text.more() {
                break;
            }
            found = end.find(text.unread());
        }
        let reason = too_long(batch.record_bytes_max, bytes);
        batch.broken(position, start, reason, None);
    }
}

impl Records for Elements {
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step {
        read_nested(self, text, batch, Elements::next, |it| it.open.is_empty())
    }
}

/// Takes what comes next, again and again, until the batch is full or the text ends.
pub(super) fn read_nested<T>(
    reader: &mut T,
    text: &mut Text,
    batch: &mut Batch,
    next: fn(&mut T, &mut Text, &mut Batch),
    is_closed: fn(&T) -> bool,
) -> Step {
    while !batch.is_full() {
        text.skip(separators(text.unread()));
        if !text.unread().is_empty() {
            next(reader, text, batch);
        } else if !text.more() {
            return if is_closed(reader) { Step::End } else { Step::Cut(UNCLOSED) };
        }
    }
    Step::More
}

const UNCLOSED: &str = "it ends before the closing bracket of its list";

/// `(Search-UnifiedAuditLog ...).AuditData | ConvertTo-Json` is a list of texts.
fn object_in_text(value: &Bytes) -> Option<Bytes> {
    let text = unquote(std::str::from_utf8(value).ok()?)?;
    let text = text.trim();
    is_object(text.as_bytes()).then(|| Bytes::copy_from_slice(text.as_bytes()))
}

/// Passes a value that is no part of any record.
pub(super) fn pass_value(text: &mut Text) {
    let mut end = ValueEnd::default();
    loop {
        let found = end.find(text.unread());
        text.skip(found.unwrap_or(text.unread().len()));
        if found.is_some() || !text.more() {
            return;
        }
    }
}

/// Members that hold the list of records, or the object that does: Graph and OData (`value`),
/// Azure diagnostics (`records`), Elasticsearch (`hits`), the Exchange reporting service
/// (`d.results`), Splunk's REST interface (`results`), and what test cases and scripts use.
const LISTS: [&str; 9] =
    ["value", "records", "results", "hits", "d", "events", "items", "logs", "auditrecords"];

fn names_list(name: &[u8]) -> bool {
    LISTS.iter().any(|list| name.eq_ignore_ascii_case(list.as_bytes()))
}

/// True for an object around a list of records; false, too, when it is cut before that shows.
pub(crate) fn is_container(object: &[u8]) -> bool {
    object.starts_with(b"{") && find_list(object) == Some(true)
}

/// Does this object hold a list of records? `None` while it is not yet known.
fn find_list(object: &[u8]) -> Option<bool> {
    let mut at = 1;
    loop {
        at += separators(&object[at..]);
        if at == object.len() {
            return None;
        }
        let (name, value) = match member(&object[at..]) {
            Front::Member { name, value } => (name, value),
            Front::Other => return Some(false),
            Front::Cut => return None,
        };
        // A record may well have a member called `value`.
        if name == b"CreationTime" || name == b"Operation" {
            return Some(false);
        }
        at += value;
        if names_list(name) && holds_list(name, &object[at..])? {
            return Some(true);
        }
        at += ValueEnd::default().find(&object[at..])?;
    }
}

/// True if this value, or one inside it, is a list of objects.
fn holds_list(name: &[u8], value: &[u8]) -> Option<bool> {
    match value[0] {
        b'{' => find_list(value),
        b'[' => match value.get(1 + separators(&value[1..]))? {
            b'{' => Some(true),
            // A page without records. Elsewhere an empty list is no sign of one.
            b']' => Some(name == b"value"),
            _ => Some(false),
        },
        _ => Some(false),
    }
}

/// What stands in front, inside an object.
pub(super) enum Front<'a> {
    /// A member: its name, and where its value starts.
    Member {
        name: &'a [u8],
        value: usize,
    },
    Other,
    /// Only what follows can tell.
    Cut,
}

pub(super) fn member(bytes: &[u8]) -> Front<'_> {
    if bytes[0] != b'"' {
        return Front::Other;
    }
    let Some(end) = ValueEnd::default().find(bytes) else {
        return Front::Cut;
    };
    let colon = end + blanks(&bytes[end..]);
    match bytes.get(colon) {
        Some(b':') => {}
        Some(_) => return Front::Other,
        None => return Front::Cut,
    }
    let value = colon + 1 + blanks(&bytes[colon + 1..]);
    match value < bytes.len() {
        true => Front::Member { name: &bytes[1..end - 1], value },
        false => Front::Cut,
    }
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}
