//! What does a record look like without some of its fields?
//!
//! Text becomes [`REDACTED`], anything else null. All other bytes stay as they were sent, since the
//! record is copied but for the places that are cut out. Where the bytes are no strict JSON, the
//! tree that decoding made of them is written and cut instead.

mod cut;
mod path;

use std::borrow::Cow;

use event::Value;

pub use path::FieldPath;

use cut::Cutter;

/// What stands where text was.
pub const REDACTED: &str = "[redacted]";

/// The record without the values that the paths name. `body` is the tree that was read from `raw`.
/// `None` if there are none, or nothing of them is left.
pub fn redact_record(raw: &[u8], body: &Value, paths: &[&FieldPath]) -> Option<Vec<u8>> {
    let cutter = Cutter::new(paths);
    if let Ok(text) = std::str::from_utf8(raw)
        && let Ok(cut) = cutter.cut(text)
    {
        return cut.map(String::into_bytes);
    }
    let text = serde_json::to_string(body).expect("a tree of a record is JSON");
    cutter.cut(&text).expect("what was written as JSON is JSON").map(String::into_bytes)
}

/// The same for the JSON text of what an export said around the record. Its columns repeat members
/// of the record under names of their own, and without the path to them.
pub fn redact_wrapper(wrapper: &str, paths: &[&FieldPath]) -> Option<String> {
    let around: Vec<FieldPath> = paths.iter().flat_map(|path| path.around()).collect();
    let paths: Vec<&FieldPath> = paths.iter().copied().chain(&around).collect();
    match Cutter::new(&paths).cut(wrapper) {
        Ok(cut) => cut,
        // Nobody can tell which part of it to cut.
        Err(_) => Some(format!("\"{REDACTED}\"")),
    }
}

/// What stands for a value; `None` if it says nothing already.
fn replacement(value: &str) -> Option<Cow<'static, str>> {
    match value {
        "null" | "\"[redacted]\"" => None,
        _ if value.starts_with('"') => Some(Cow::Owned(format!("\"{REDACTED}\""))),
        _ => Some(Cow::Borrowed("null")),
    }
}
