//! Records that another tool has put, often as text, into an object of its own: Elastic
//! (`event.original`, `message`, `o365.audit`), Splunk (`_raw`, `result._raw`), Defender's advanced
//! hunting (`RawEventData`), Sekoia (`input.message`).

use std::borrow::Cow;

use bytes::Bytes;

use super::format::Format;
use super::read::json::{Members, is_object, is_record, unquote};
use super::read::{Found, Wrapper};

pub(super) static FORMAT: Format = Format {
    name: "wrapped-records-json",
    about: "JSON of another tool with the record in it: event.original, o365.audit, _raw, RawEventData",
    claims: |sample| sample.json_where(|members| find(members).is_some()).is_some(),
    records: |sample| sample.json_records(unwrap),
};

/// Where records stand, the surest place first. An outer object may be written flat, its name with
/// dots, as well.
const PLACES: [&[&str]; 16] = [
    &["event", "original"],
    &["_source", "event", "original"],
    &["RawEventData"],
    &["_raw"],
    &["result", "_raw"],
    &["input", "message"],
    &["message"],
    &["_source", "message"],
    &["o365", "audit"],
    &["_source", "o365", "audit"],
    &["raw"],
    &["event"],
    &["result"],
    &["result", "RawEventData"],
    &["_source"],
    &["json"],
];

fn unwrap(value: &Bytes) -> Found {
    let Some(members) = Members::read(value) else {
        return Found::Broken("no JSON".into());
    };
    let Some((place, record)) = find(&members) else {
        return Found::Whole;
    };
    let wrapper = without(&members, place, record.as_bytes());
    let record = match record {
        Cow::Borrowed(text) => value.slice_ref(text.as_bytes()),
        Cow::Owned(text) => Bytes::from(text),
    };
    Found::Inside { record, wrapper }
}

/// The place of the record, and the record.
fn find<'a>(members: &Members<'a>) -> Option<(&'static [&'static str], Cow<'a, str>)> {
    let mut places = PLACES.iter();
    places.find_map(|place| Some((*place, record_at(members, place)?)))
}

/// What stands around the record.
fn without(outer: &Members, place: &[&str], record: &[u8]) -> Option<Box<str>> {
    let (first, rest) = place.split_first()?;
    let flat = place.join(".");
    let mut wrapper = Wrapper::default();
    wrapper.add(record, outer, |name| {
        name.eq_ignore_ascii_case(first) || name.eq_ignore_ascii_case(&flat)
    });
    if let Some(inner) = outer.get(first).filter(|_| !rest.is_empty())
        && let Some(inner) = Members::read(inner.as_bytes())
        && let Some(inner) = without(&inner, rest, record)
    {
        wrapper.json(first, &inner);
    }
    wrapper.finish()
}

fn record_at<'a>(members: &Members<'a>, place: &[&str]) -> Option<Cow<'a, str>> {
    let (first, rest) = place.split_first()?;
    let json = match members.get(first) {
        Some(json) if rest.is_empty() => json,
        Some(json) => return record_at(&Members::read(json.as_bytes())?, rest),
        None => members.get(&place.join("."))?,
    };
    match unquote(json) {
        Some(text) if is_object(text.trim().as_bytes()) => Some(text),
        Some(_) => None,
        // An object may be anything; it has to look like a record.
        None => is_record(json.as_bytes()).then_some(Cow::Borrowed(json)),
    }
}
