//! XML whose elements are records: the attachments of Exchange's audit log searches, reports of its
//! web service, and what Export-Clixml writes.
//!
//! An element is cut out of the stream by its tags alone, so that a damaged one costs no other;
//! then it is read, and becomes a JSON object.

mod clixml;
mod node;
mod reports;
mod search_results;

use bytes::Bytes;
use event::Position;
use memchr::{memchr, memmem};

use super::json::BYTE_ORDER_MARK;
use super::{Batch, Found, Made, Records, Step, Text, Unwrap, too_long, utf8};
use clixml::CLIXML;
use node::Node;
use reports::REPORTS;
use search_results::SEARCH_RESULTS;

/// A kind of XML.
pub(crate) struct Vocabulary {
    /// What is around all records.
    root: &'static str,
    /// Each of these elements is a record.
    records: &'static [&'static str],
    /// Elements whose tags may stand around records.
    around: &'static [&'static str],
    /// Elements that may stand before the first record, and between records; they say nothing of
    /// any.
    heading: &'static [&'static str],
    links: &'static [&'static str],
    /// True if this start of an element holds others that are records. `None` while that is open.
    holds_records: fn(&[u8]) -> Option<bool>,
    /// Elements of the name of a record may stand in a record.
    nests: bool,
    /// The record that an element carries whole beside what it says of it, or why that is damaged.
    carried: fn(&Node) -> Option<Result<Carried, String>>,
    /// The record as a JSON object, or as the JSON that its text is.
    made: fn(&Node) -> Option<String>,
}

static VOCABULARIES: [&Vocabulary; 3] = [&SEARCH_RESULTS, &REPORTS, &CLIXML];

/// A record as it once was stored.
struct Carried {
    bytes: Bytes,
    /// Why it was kept in the quarantine, if it was.
    reason: Option<String>,
}

/// What an element is.
enum Element {
    Carried(Carried),
    Made(Made),
}

pub(crate) struct XmlElements {
    vocabulary: &'static Vocabulary,
    unwrap: Unwrap,
    position: Position,
    /// The root's opening tag was passed, and its closing one was not.
    open: bool,
    /// No record was met since.
    in_heading: bool,
    /// Records that elements carry are passed over for what the elements say.
    describing: bool,
}

impl Vocabulary {
    /// The vocabulary that this beginning of a file is in.
    pub fn of(bytes: &[u8]) -> Option<&'static Vocabulary> {
        let mut at = 0;
        loop {
            at += blank(&bytes[at..]);
            let tag = Tag::read(&bytes[at..])?;
            if tag.name.starts_with(b"?") || tag.name.starts_with(b"!") {
                at += tag.length?;
                continue;
            }
            let name = std::str::from_utf8(tag.name).ok()?;
            return VOCABULARIES
                .into_iter()
                .find(|vocabulary| vocabulary.root == name || vocabulary.records.contains(&name));
        }
    }

    fn is_record(&self, tag: &Tag) -> bool {
        self.records.iter().any(|name| name.as_bytes() == tag.name)
    }

    fn is_around(&self, tag: &[u8]) -> bool {
        let name = tag.strip_prefix(b"/").unwrap_or(tag);
        tag == b"?xml"
            || name == self.root.as_bytes()
            || self.around.iter().any(|known| known.as_bytes() == name)
    }

    /// The length of the element in front, which says nothing of records. One without its end or a
    /// long one may have swallowed others.
    fn passed(&self, bytes: &[u8], name: &[u8]) -> Option<usize> {
        let start = tag_end(bytes)?;
        if bytes[..start].ends_with(b"/>") {
            return Some(start);
        }
        let bytes = &bytes[..bytes.len().min(PASSED_BYTES_MAX)];
        let close = [b"</", name, b">"].concat();
        let length = memmem::find(bytes, &close)? + close.len();
        let mut tags = memmem::find_iter(&bytes[..length], b"<");
        let swallows =
            tags.any(|at| Tag::read(&bytes[at..]).is_some_and(|tag| self.is_record(&tag)));
        (!swallows).then_some(length)
    }

    /// Do elements carry the records they tell of? These members of the first few say so.
    pub fn carries(&self, has: impl Fn(&str) -> bool) -> bool {
        self.root == SEARCH_RESULTS.root && search_results::RECORDS.into_iter().any(has)
    }

    /// The element as a record, or why it is none.
    fn read(&self, element: &[u8], describing: bool) -> Result<Element, String> {
        let (text, mended) = utf8(element);
        let (node, also_mended) = node::read(&text)?;
        if !describing && let Some(carried) = (self.carried)(&node) {
            return carried.map(Element::Carried);
        }
        let json = (self.made)(&node).ok_or("no record in this element")?;
        Ok(Element::Made(Made { json: json.into(), mended: also_mended.or(mended) }))
    }
}

impl XmlElements {
    pub fn new(vocabulary: &'static Vocabulary, unwrap: Unwrap) -> XmlElements {
        let (position, open, in_heading, describing) = (0, false, true, false);
        XmlElements { vocabulary, unwrap, position, open, in_heading, describing }
    }

    /// Reads what elements say themselves, which tells their format.
    pub fn describing(vocabulary: &'static Vocabulary) -> XmlElements {
        XmlElements { describing: true, ..XmlElements::new(vocabulary, |_| Found::Whole) }
    }

    /// Something stands in front. False if more has to be read first.
    fn next(&mut self, text: &mut Text, batch: &mut Batch) -> bool {
        let unread = text.unread();
        let tag = Tag::read(unread);
        match tag {
            Some(tag) if self.vocabulary.is_record(&tag) => {
                match (self.vocabulary.holds_records)(unread) {
                    Some(true) => {
                        let entered = entered(unread);
                        text.skip(entered);
                        true
                    }
                    Some(false) => self.element(text, batch),
                    None if text.ended() || unread.len() > batch.record_bytes_max => {
                        self.element(text, batch)
                    }
                    None => false,
                }
            }
            Some(Tag { name, length: Some(length) })
                if self.vocabulary.is_around(name) && says_nothing(&unread[..length]) =>
            {
                if name == self.vocabulary.root.as_bytes() {
                    self.open = !unread[..length].ends_with(b"/>");
                    self.in_heading = true;
                } else if name.strip_prefix(b"/") == Some(self.vocabulary.root.as_bytes()) {
                    self.open = false;
                }
                text.skip(length);
                true
            }
            Some(tag) if self.may_pass(&tag) => match self.vocabulary.passed(unread, tag.name) {
                _ if unread.len() < PASSED_BYTES_MAX && !text.ended() => false,
                Some(length) => {
                    text.skip(length);
                    true
                }
                None => self.stray(text, batch),
            },
            _ => self.stray(text, batch),
        }
    }

    /// True for an element that says nothing of records. Behind a record it may be a part of one
    /// that is damaged.
    fn may_pass(&self, tag: &Tag) -> bool {
        let is = |names: &[&str]| names.iter().any(|name| name.as_bytes() == tag.name);
        match self.in_heading {
            true => is(self.vocabulary.heading),
            false => is(self.vocabulary.links),
        }
    }

    /// An element stands in front, or its beginning.
    fn element(&mut self, text: &mut Text, batch: &mut Batch) -> bool {
        let unread = text.unread();
        match self.end(unread) {
            End::At(length) if length <= batch.record_bytes_max => {
                match self.vocabulary.read(&unread[..length], self.describing) {
                    Ok(element) => {
                        self.position += 1;
                        self.in_heading = false;
                        let original = text.take(length);
                        self.put(element, original, batch);
                    }
                    Err(reason) => {
                        let length = self.next_whole(&unread[..length]).unwrap_or(length);
                        self.broken(length, reason, text, batch);
                    }
                }
            }
            End::Missing(length) => {
                let reason = "its end is missing, up to the next element".into();
                self.broken(length, reason, text, batch);
            }
            End::Cut if unread.len() <= batch.record_bytes_max => {
                if !text.ended() {
                    return false;
                }
                let (length, reason) = match self.next_whole(unread) {
                    Some(next) => (next, "its end is missing, up to the next whole element"),
                    None => (unread.len(), CUT),
                };
                self.broken(length, reason.into(), text, batch);
            }
            End::At(_) | End::Cut => self.long_element(text, batch),
        }
        true
    }

    fn put(&self, element: Element, original: Bytes, batch: &mut Batch) {
        match element {
            Element::Made(made) => batch.made(self.position, original, made, self.unwrap),
            Element::Carried(Carried { bytes, reason: None }) => {
                batch.record(self.position, bytes, None);
            }
            Element::Carried(Carried { bytes, reason: Some(reason) }) => {
                batch.broken(self.position, bytes, reason, None);
            }
        }
    }

    /// Keeps the next `length` bytes, as many of them as one record may have.
    fn broken(&mut self, length: usize, reason: String, text: &mut Text, batch: &mut Batch) {
        self.position += 1;
        self.in_heading = false;
        let kept = length.min(batch.record_bytes_max);
        let reason = match kept == length {
            true => reason,
            false => too_long(batch.record_bytes_max, length as u64),
        };
        batch.broken(self.position, trimmed_end(text.take(kept)), reason, None);
        text.skip(length - kept);
    }

    /// Where behind a damaged element's first byte a whole one starts: one that was swallowed.
    fn next_whole(&self, damaged: &[u8]) -> Option<usize> {
        if !self.vocabulary.nests {
            return None;
        }
        let mut work_left = damaged.len().saturating_mul(PASSES_MAX);
        for at in memmem::find_iter(&damaged[1..], b"<") {
            let rest = &damaged[1 + at..];
            let Some(tag) = Tag::read(rest).filter(|tag| self.vocabulary.is_record(tag)) else {
                continue;
            };
            // A property has a name, a row has none.
            if tag.length.is_none_or(|length| memmem::find(&rest[..length], b" N=").is_some()) {
                continue;
            }
            let length = match self.end(rest) {
                End::At(length) => length,
                End::Missing(_) | End::Cut => rest.len(),
            };
            work_left = work_left.checked_sub(length)?;
            let is_row = |made: &Made| !matches!((self.unwrap)(&made.json), Found::Broken(_));
            if let Ok(Element::Made(made)) = self.vocabulary.read(&rest[..length], true)
                && made.json.len() > NESTED_BYTES_MAX
                && is_row(&made)
            {
                return Some(1 + at);
            }
        }
        None
    }

    /// Text or an element that no vocabulary has: kept, up to the next that it has.
    fn stray(&mut self, text: &mut Text, batch: &mut Batch) -> bool {
        let unread = text.unread();
        let known = |at: &usize| {
            Tag::read(&unread[*at..]).is_some_and(|tag| {
                self.vocabulary.is_record(&tag) || self.vocabulary.is_around(tag.name)
            })
        };
        let next = memmem::find_iter(&unread[1..], b"<").map(|at| 1 + at).find(known);
        let length = match next {
            Some(length) => length,
            None if text.ended() || unread.len() > batch.record_bytes_max => unread.len(),
            None => return false,
        };
        self.broken(length, "no element of an export".into(), text, batch);
        true
    }

    /// The element in front is longer than one record may be: its start is kept, the rest counted.
    fn long_element(&mut self, text: &mut Text, batch: &mut Batch) {
        self.position += 1;
        let start = Bytes::copy_from_slice(
            &text.unread()[..batch.record_bytes_max.min(text.unread().len())],
        );
        let mut bytes = 0;
        let mut depth = 0;
        loop {
            let (length, found) = match self.close(text.unread(), &mut depth) {
                Some(length) => (length, true),
                // The last bytes may be the beginning of a tag.
                None => {
                    let unread = text.unread();
                    let start = unread.len().saturating_sub(TAG_BYTES_MAX);
                    let open = unread[start..].iter().rposition(|&byte| byte == b'<');
                    let open = open.filter(|_| !text.ended()).map(|at| start + at);
                    (open.unwrap_or(unread.len()), false)
                }
            };
            bytes += length as u64;
            text.skip(length);
            if found || !text.more() {
                break;
            }
        }
        batch.broken(self.position, start, too_long(batch.record_bytes_max, bytes), None);
    }

    /// Where the element in front ends.
    fn end(&self, bytes: &[u8]) -> End {
        let Some(tag) = Tag::read(bytes) else {
            return End::Cut;
        };
        if let Some(length) = tag.length
            && bytes[..length].ends_with(b"/>")
        {
            return End::At(length);
        }
        if !self.vocabulary.nests {
            let next = memmem::find_iter(&bytes[1..], b"<").map(|at| 1 + at);
            for at in next {
                let Some(inner) = Tag::read(&bytes[at..]) else { continue };
                let closes = inner.name.strip_prefix(b"/");
                if closes == Some(tag.name) {
                    return inner.length.map_or(End::Cut, |length| End::At(at + length));
                }
                if self.vocabulary.is_record(&inner)
                    || closes == Some(self.vocabulary.root.as_bytes())
                {
                    return End::Missing(at);
                }
            }
            return End::Cut;
        }
        match self.close(bytes, &mut 0) {
            Some(length) => End::At(length),
            None => End::Cut,
        }
    }

    /// Where the element ends that is open `depth` elements deep, by its tags; by the root's at the
    /// latest.
    fn close(&self, bytes: &[u8], depth: &mut usize) -> Option<usize> {
        for at in memmem::find_iter(bytes, b"<") {
            let Some(tag) = Tag::read(&bytes[at..]) else { continue };
            let Some(length) = tag.length else { continue };
            let end = at + length;
            if tag.name.strip_prefix(b"/") == Some(self.vocabulary.root.as_bytes()) {
                return Some(at);
            }
            match tag.name.strip_prefix(b"/") {
                Some(name) if self.is_record_name(name) => {
                    *depth = depth.saturating_sub(1);
                    if *depth == 0 {
                        return Some(end);
                    }
                }
                None if self.is_record_name(tag.name) && !bytes[at..end].ends_with(b"/>") => {
                    *depth += 1;
                }
                _ => {}
            }
        }
        None
    }

    fn is_record_name(&self, name: &[u8]) -> bool {
        self.vocabulary.records.iter().any(|known| known.as_bytes() == name)
    }
}

const CUT: &str = "the file ends inside this element";

/// Where an element ends.
enum End {
    At(usize),
    /// Another one starts here, where none may.
    Missing(usize),
    Cut,
}

/// How often the bytes of a damaged element may be looked at in search of a whole one.
const PASSES_MAX: usize = 8;

/// An object without a name that is no longer than this is part of a row.
const NESTED_BYTES_MAX: usize = 64;

impl Records for XmlElements {
    fn read(&mut self, text: &mut Text, batch: &mut Batch) -> Step {
        while !batch.is_full() {
            let blank = blank(text.unread());
            text.skip(blank);
            if text.unread().is_empty() {
                if text.more() {
                    continue;
                }
                return match self.open {
                    true => Step::Cut("it ends before the closing tag of its list"),
                    false => Step::End,
                };
            }
            if !self.next(text, batch) && !text.more() && text.ended() {
                // Nothing more comes: what is in front is read as it is, or kept.
                if !self.next(text, batch) {
                    self.broken(text.unread().len(), CUT.into(), text, batch);
                }
            }
        }
        Step::More
    }
}

/// A tag in front.
struct Tag<'a> {
    /// With the slash of a closing tag, the mark of a declaration.
    name: &'a [u8],
    /// Up to and with its end; `None` if that is not there.
    length: Option<usize>,
}

impl Tag<'_> {
    /// `None` for what is no tag.
    fn read(bytes: &[u8]) -> Option<Tag<'_>> {
        let inner = bytes.strip_prefix(b"<")?;
        let is_name = |byte: &&u8| {
            byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'-' | b'.' | b':')
        };
        let marks = inner.iter().take_while(|byte| matches!(**byte, b'/' | b'?' | b'!')).count();
        let name = marks + inner[marks..].iter().take_while(is_name).count();
        if name == 0 {
            return None;
        }
        let name = &inner[..name];
        if name.starts_with(b"!--") {
            let length = memmem::find(bytes, b"-->").map(|at| at + 3);
            return Some(Tag { name: &name[..3], length });
        }
        Some(Tag { name, length: tag_end(bytes) })
    }
}

/// Where the tag in front ends. A quoted value may hold `>`; no tag may hold `<`, which is how one
/// is told whose quote is missing.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        match (quote, byte) {
            (_, b'<') => return memchr(b'>', &bytes[..at]).map(|end| end + 1),
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// True for a tag with no other attributes than those of a list: an entry's own may have run into it.
fn says_nothing(tag: &[u8]) -> bool {
    const OF_A_LIST: [&str; 8] =
        ["version", "Version", "encoding", "standalone", "xmlns", "xml:base", "N", "RefId"];
    let text = String::from_utf8_lossy(tag);
    let mut parts: Vec<&str> = text.split('=').collect();
    parts.pop();
    parts.iter().all(|part| {
        let name = part.rsplit(|c: char| c.is_whitespace()).next().unwrap_or(part);
        OF_A_LIST.contains(&name) || name.starts_with("xmlns:")
    }) && tag.len() <= TAG_BYTES_MAX
}

/// No element that says nothing of records is longer.
const PASSED_BYTES_MAX: usize = 2048;

/// No tag around records is longer.
const TAG_BYTES_MAX: usize = 512;

/// The length of the tags by which an element is entered that holds records.
fn entered(bytes: &[u8]) -> usize {
    clixml::entered(bytes).unwrap_or_else(|| tag_end(bytes).unwrap_or(bytes.len()))
}

fn blank(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        match rest.first() {
            Some(byte) if byte.is_ascii_whitespace() => at += 1,
            Some(_) if rest.starts_with(BYTE_ORDER_MARK) => at += BYTE_ORDER_MARK.len(),
            _ => return at,
        }
    }
}

fn trimmed_end(bytes: Bytes) -> Bytes {
    let length = bytes.trim_ascii_end().len();
    bytes.slice(..length)
}
