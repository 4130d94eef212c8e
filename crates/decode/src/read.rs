//! Is this a record at all?
//!
//! The strict reader borrows from the bytes and serves nearly every record. Where it fails the
//! text is mended and read once more; what still is no JSON object is unreadable, and is kept whole.

use std::borrow::Cow;

use event::Value;

use crate::mend::{QuoteAfterBackslash, mend};

/// What the bytes of a record turned out to be.
pub enum Reading<'a> {
    /// A JSON object, and what had to be mended before it could be read.
    Record {
        body: Value<'a>,
        mended: Vec<&'static str>,
    },
    Unreadable {
        reason: String,
    },
}

/// The tree of a stored record, as [`crate::decode`] made it; of quarantined bytes, their text.
pub fn body(bytes: &[u8]) -> Value<'_> {
    match read(bytes) {
        Reading::Record { body, .. } => body,
        Reading::Unreadable { .. } => Value::Text(lossy(bytes)),
    }
}

pub fn read(bytes: &[u8]) -> Reading<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return match Value::from_json(text) {
            Ok(body @ Value::Object(_)) => Reading::Record { body, mended: Vec::new() },
            Ok(Value::Text(inner)) => read_inner(inner.into_owned()),
            Ok(other) => unreadable(format!("{}, not an object", kind(&other))),
            Err(error) => read_mended(text, &error),
        };
    }
    let text = String::from_utf8_lossy(bytes);
    let note = "invalid UTF-8";
    match Value::from_json(&text) {
        Ok(body @ Value::Object(_)) => owned(&body, vec![note]),
        Ok(other) => unreadable(format!("{}, not an object", kind(&other))),
        Err(error) => with_note(read_mended(&text, &error), note),
    }
}

/// Some exports write the record as JSON text inside JSON text. Once is undone, twice is not.
fn read_inner(text: String) -> Reading<'static> {
    let note = "record inside a text";
    match Value::from_json(&text) {
        Ok(body @ Value::Object(_)) => owned(&body, vec![note]),
        Ok(_) => unreadable("a JSON text, not an object".to_owned()),
        Err(error) => with_note(read_mended(&text, &error), note),
    }
}

fn read_mended(text: &str, strict: &serde_json::Error) -> Reading<'static> {
    let mut last = None;
    for quote in [QuoteAfterBackslash::Escaped, QuoteAfterBackslash::Ends] {
        let mended = mend(text, quote);
        match Value::from_json(&mended.text) {
            Ok(body @ Value::Object(_)) => return owned(&body, mended.done),
            Ok(other) => return unreadable(format!("{}, not an object", kind(&other))),
            Err(error) => last = last.or(Some(error)),
        }
    }
    unreadable(reason(text, strict, last.as_ref().unwrap_or(strict)))
}

/// The strict reader's words name a line and column of the text as sent, so they are preferred.
fn reason(text: &str, strict: &serde_json::Error, mended: &serde_json::Error) -> String {
    if text.trim().is_empty() {
        return "empty".to_owned();
    }
    if mended.is_eof() && text.contains('{') {
        return format!("truncated after {} bytes", text.len());
    }
    format!("no JSON: {strict}")
}

fn owned(body: &Value, mended: Vec<&'static str>) -> Reading<'static> {
    Reading::Record { body: body.clone().into_owned(), mended }
}

fn with_note(reading: Reading<'static>, note: &'static str) -> Reading<'static> {
    match reading {
        Reading::Record { body, mut mended } => {
            mended.insert(0, note);
            Reading::Record { body, mended }
        }
        unreadable => unreadable,
    }
}

fn unreadable<'a>(reason: String) -> Reading<'a> {
    Reading::Unreadable { reason }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "JSON null",
        Value::Bool(_) | Value::Number(_) => "a single JSON value",
        Value::Text(_) => "a JSON text",
        Value::List(_) => "a JSON list",
        Value::Object(_) => "a JSON object",
    }
}

/// The bytes as text, for the quarantine's searchable body.
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
