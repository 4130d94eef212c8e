//! What is in one page of a list?
//!
//! A page is an object with the rows in `value` and, unless it is the last, the address of the next
//! page in `@odata.nextLink`. Rows are cut out by their nesting and stay the bytes that were sent;
//! whether they are good JSON is for the decoder to say, so that one strange row never costs the
//! page.

use std::sync::Arc;

use bytes::Bytes;
use event::{Envelope, Provenance};

use crate::files::read::Found;
use crate::files::read::json::{BYTE_ORDER_MARK, separators, unquote, value_end};
use crate::json_elements::{Element, Splitter};

/// Most rows of one page: twice what any list of Graph's gives. Rows cost memory even when they are
/// short, and a page of the length that is read could hold millions.
pub const PAGE_RECORDS_MAX: usize = 10_000;

/// A page, read.
#[derive(Debug)]
pub(super) struct Content {
    pub rows: Vec<Bytes>,
    /// As sent; nobody has checked it.
    pub next_link: Option<String>,
}

/// Reads a page, or says why it is none.
pub(super) fn read(body: &Bytes) -> Result<Content, String> {
    let mut content = Content { rows: Vec::new(), next_link: None };
    let mut is_list = false;
    for_each_member(body, |name, value| {
        match name {
            "value" => {
                is_list = value.first() == Some(&b'[');
                content.rows = rows(value)?;
            }
            "@odata.nextLink" => {
                let link = std::str::from_utf8(&value).ok().and_then(unquote);
                content.next_link = link.map(|link| link.trim().to_owned());
            }
            _ => {}
        }
        Ok(())
    })?;
    content.next_link = content.next_link.filter(|link| !link.is_empty());
    match is_list {
        true => Ok(content),
        false => Err("the answer is no list".into()),
    }
}

/// Walks over the members of an object without a look at what their values hold.
fn for_each_member(
    body: &Bytes,
    mut each: impl FnMut(&str, Bytes) -> Result<(), String>,
) -> Result<(), String> {
    let no_object = || "the answer is no list".to_owned();
    let cut = || "the answer ends early".to_owned();
    let mut rest = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii();
    rest = rest.strip_prefix(b"{").ok_or_else(no_object)?;
    loop {
        rest = &rest[separators(rest)..];
        match rest.first() {
            None => return Err(cut()),
            Some(b'}') => return Ok(()),
            Some(b'"') => {}
            Some(_) => return Err(no_object()),
        }
        let length = value_end(rest).ok_or_else(cut)?;
        let name = std::str::from_utf8(&rest[..length]).ok().and_then(unquote);
        rest = rest[length..].trim_ascii_start();
        rest = rest.strip_prefix(b":").ok_or_else(cut)?.trim_ascii_start();
        let length = value_end(rest).filter(|length| *length < rest.len()).ok_or_else(cut)?;
        each(name.as_deref().unwrap_or_default(), body.slice_ref(&rest[..length]))?;
        rest = &rest[length..];
    }
}

fn rows(list: Bytes) -> Result<Vec<Bytes>, String> {
    // No row is longer than its page.
    let mut splitter = Splitter::new(list.len());
    splitter.push(list);
    let mut rows = Vec::new();
    while let Some(Element::Whole(row)) = splitter.next_element() {
        if rows.len() == PAGE_RECORDS_MAX {
            return Err(format!("the page holds more than {PAGE_RECORDS_MAX} records"));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The rows as envelopes, numbered from 1.
pub(super) fn envelopes(
    rows: Vec<Bytes>,
    content_type: &'static str,
    origin: String,
    unwrap: fn(&Bytes) -> Found,
) -> Vec<Envelope> {
    let provenance = Arc::new(Provenance { source: super::SOURCE, content_type, origin });
    let envelope = |(index, row): (usize, Bytes)| {
        let position = index as u64 + 1;
        match unwrap(&row) {
            Found::Whole => Envelope::record(&provenance, position, row),
            Found::Inside { record, wrapper } => {
                Envelope { wrapper, ..Envelope::record(&provenance, position, record) }
            }
            Found::Broken(reason) => Envelope::broken(&provenance, position, row, reason),
        }
    };
    rows.into_iter().enumerate().map(envelope).collect()
}
