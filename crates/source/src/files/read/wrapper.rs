//! What did the export say around the record that the record does not say itself?

use super::json::{Members, quote, unquote};

/// A JSON object in the making.
#[derive(Default)]
pub(crate) struct Wrapper(String);

impl Wrapper {
    /// Adds a cell. Bytes that are no UTF-8 are replaced: the row's own bytes are not kept here.
    pub fn text(&mut self, name: &str, text: &[u8]) {
        self.name(name);
        quote(&String::from_utf8_lossy(text), &mut self.0);
    }

    /// Adds a value that is JSON already.
    pub fn json(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push_str(json);
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        quote(name, &mut self.0);
        self.0.push(':');
    }

    /// The object, or `None` if nothing was added.
    pub fn finish(mut self) -> Option<Box<str>> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push('}');
        Some(self.0.into())
    }

    /// Adds the members of `outer` but those that `skip` names, those without a value and those
    /// that the record repeats.
    pub fn add(&mut self, record: &[u8], outer: &Members, skip: impl Fn(&str) -> bool) {
        for (name, value) in &outer.0 {
            let json = value.get();
            let text = unquote(json);
            let text = text.as_deref().unwrap_or(json);
            if !skip(name) && !is_nothing(json) && !repeats(record, name, text.as_bytes()) {
                self.json(name, json);
            }
        }
    }

    /// What of `outer` the record does not say.
    pub fn around(record: &[u8], outer: &Members, skip: impl Fn(&str) -> bool) -> Option<Box<str>> {
        let mut wrapper = Wrapper::default();
        wrapper.add(record, outer, skip);
        wrapper.finish()
    }
}

fn is_nothing(json: &str) -> bool {
    matches!(json, "null" | "\"\"" | "[]" | "{}" | "[\"\"]")
        || json.starts_with('[') && json.bytes().all(|b| b" \t\r\n[]\",".contains(&b))
}

/// True if the record has a member of this name that says the same.
pub(crate) fn repeats(record: &[u8], name: &str, text: &[u8]) -> bool {
    let mut literal = String::with_capacity(name.len() + 2);
    quote(name, &mut literal);
    // Most columns of other tools are no member's name: look before parsing.
    if memchr::memmem::find(record, literal.as_bytes()).is_none() {
        return false;
    }
    let Some(members) = Members::read(record) else {
        return false;
    };
    members.get(name).is_some_and(|json| match unquote(json) {
        Some(value) => value.as_bytes() == text,
        None => json.as_bytes().eq_ignore_ascii_case(text),
    })
}
