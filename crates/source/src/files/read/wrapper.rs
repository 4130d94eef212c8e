//! What did the export say around the record that the record does not say itself?

use memchr::memmem::Finder;

use super::json::{Members, unquote};
use super::utf8;

/// A JSON object in the making.
#[derive(Default)]
pub(crate) struct Wrapper(Vec<u8>);

impl Wrapper {
    /// Adds a cell.
    pub fn text(&mut self, name: &str, text: &[u8]) {
        self.name(name);
        let (text, _) = utf8(text);
        self.quote(&text);
    }

    /// Adds a value that is JSON already.
    pub fn json(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.extend_from_slice(json.as_bytes());
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.quote(name);
        self.0.push(b':');
    }

    fn quote(&mut self, text: &str) {
        serde_json::to_writer(&mut self.0, text).expect("text always has a JSON form");
    }

    /// The object, or `None` if nothing was added.
    pub fn finish(mut self) -> Option<Box<str>> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push(b'}');
        Some(String::from_utf8(self.0).expect("made of text alone").into())
    }

    /// Adds the members of `outer` but those that `skip` names, those without a value and those
    /// that the record repeats. Of two members of one name the second is skipped by no name: where
    /// two objects have run into one it is all that is left of the other.
    pub fn add(&mut self, record: &[u8], outer: &Members, skip: impl Fn(&str) -> bool) {
        let mut skipped: Vec<&str> = Vec::new();
        for (name, value) in &outer.0 {
            let json = value.get();
            let is_first = !skipped.iter().any(|known| known.eq_ignore_ascii_case(name));
            if is_first && skip(name) {
                skipped.push(name);
                continue;
            }
            if is_nothing(json) {
                continue;
            }
            let text = unquote(json);
            let text = text.as_deref().unwrap_or(json);
            if !Name::new(name).repeats(record, text.as_bytes()) {
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
    matches!(json, "null" | "\"\"" | "{}")
        || json.starts_with('[') && json.bytes().all(|b| b" \t\r\n[]\",".contains(&b))
}

/// The name of something outside a record, which the record may have a member of as well.
pub(crate) struct Name {
    pub text: String,
    finder: Finder<'static>,
}

impl Name {
    pub fn new(text: &str) -> Name {
        let literal = serde_json::to_vec(text).expect("text always has a JSON form");
        Name { text: text.to_owned(), finder: Finder::new(&literal).into_owned() }
    }

    /// True if the record has a member of this name that says the same.
    pub fn repeats(&self, record: &[u8], text: &[u8]) -> bool {
        // Most columns of other tools are no member's name: look before parsing.
        if self.finder.find(record).is_none() {
            return false;
        }
        let Some(members) = Members::read(record) else {
            return false;
        };
        members.get(&self.text).is_some_and(|json| match unquote(json) {
            Some(value) => value.as_bytes() == text,
            None => json.as_bytes().eq_ignore_ascii_case(text),
        })
    }
}
