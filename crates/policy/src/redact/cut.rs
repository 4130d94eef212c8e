//! Where in a JSON text are the values to be cut out?
//!
//! The text is walked as it stands, without a tree, so that what is not cut keeps its bytes. Paths
//! are followed as [`event::resolve`] follows them, but for a list of plain names, which has no values
//! to cut. Where it is open what a text means, the whole text goes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use event::{Value, resolve};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::path::{FieldPath, after};
use super::replacement;

/// Nesting that is gone into, texts that hold JSON included. What is deeper goes as a whole.
const DEPTH_MAX: usize = 128;

/// What an element of a name/value list is told by.
const NAMES: [&str; 3] = ["Name", "Key", "displayName"];
const VALUES: [&str; 3] = ["Value", "NewValue", "OldValue"];

/// Knows what to cut.
pub(super) struct Cutter<'p> {
    /// From the root.
    paths: Vec<&'p str>,
    /// At any depth.
    names: Vec<&'p str>,
}

/// A place of the text, and what comes in its stead.
type Cut = (Range<usize>, Cow<'static, str>);

impl<'p> Cutter<'p> {
    pub fn new(paths: &[&'p FieldPath]) -> Cutter<'p> {
        Cutter {
            paths: paths.iter().filter(|path| path.name().is_none()).map(|p| p.as_str()).collect(),
            names: paths.iter().filter_map(|path| path.name()).collect(),
        }
    }

    /// The text without the values; `None` if it has none of them. An error if it is no JSON.
    pub fn cut(&self, text: &str) -> Result<Option<String>, serde_json::Error> {
        self.cut_at(text, &self.paths, 0)
    }

    fn cut_at(
        &self,
        text: &str,
        paths: &[&str],
        depth: usize,
    ) -> Result<Option<String>, serde_json::Error> {
        // What passes as raw may still hold text that is none, such as half a surrogate pair.
        Value::from_json(text)?;
        let root: &RawValue = serde_json::from_str(text)?;
        let mut walk = Walk { cutter: self, text, cuts: Vec::new() };
        walk.value(root, paths, depth);
        Ok(walk.written())
    }

    fn names_it(&self, name: &str) -> bool {
        self.names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
    }
}

struct Walk<'t, 'c> {
    cutter: &'c Cutter<'c>,
    text: &'t str,
    /// In the order of the text, none inside another.
    cuts: Vec<Cut>,
}

impl<'t> Walk<'t, '_> {
    /// The text with its cuts made.
    fn written(self) -> Option<String> {
        if self.cuts.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(self.text.len());
        let mut done = 0;
        for (place, replacement) in self.cuts {
            out.push_str(&self.text[done..place.start]);
            out.push_str(&replacement);
            done = place.end;
        }
        out.push_str(&self.text[done..]);
        Some(out)
    }

    /// Goes into a value; `paths` are what is left of those that lead here.
    fn value(&mut self, value: &'t RawValue, paths: &[&str], depth: usize) {
        if depth > DEPTH_MAX {
            return self.remove(value);
        }
        match value.get().as_bytes().first() {
            Some(b'{') => self.object(value, paths, depth),
            Some(b'[') => {
                let items: Vec<&RawValue> = read(value);
                for item in items {
                    self.value(item, paths, depth + 1);
                }
            }
            Some(b'"') => self.string(value, paths, depth),
            _ => {}
        }
    }

    fn object(&mut self, value: &'t RawValue, paths: &[&str], depth: usize) {
        let Members(members) = read(value);
        let pair = pair_name(&members);
        // The paths that go on inside a pair of this name.
        let mut named = Vec::new();
        let mut whole = false;
        if let Some(name) = &pair {
            let rests = paths.iter().filter_map(|path| after(path, name));
            named.extend(rests);
            whole = self.cutter.names_it(name) || named.contains(&"");
        }
        for (key, member) in members {
            let is_name = NAMES.iter().any(|name| name.eq_ignore_ascii_case(&key));
            let mut rests: Vec<&str> =
                paths.iter().chain(&named).filter_map(|path| after(path, &key)).collect();
            if whole && !is_name || self.cutter.names_it(&key) || rests.contains(&"") {
                self.remove(member);
                continue;
            }
            if VALUES.iter().any(|name| name.eq_ignore_ascii_case(&key)) {
                rests.extend(&named);
            }
            self.value(member, &rests, depth + 1);
        }
    }

    fn string(&mut self, value: &'t RawValue, paths: &[&str], depth: usize) {
        if paths.is_empty() && self.cutter.names.is_empty() {
            return;
        }
        let text: String = read(value);
        if !text.trim_start().starts_with(['{', '[']) {
            if self.is_pairs_with(&text, paths) {
                self.remove(value);
            }
            return;
        }
        match self.cutter.cut_at(&text, paths, depth + 1) {
            Ok(None) => {}
            Ok(Some(cut)) => {
                let quoted = serde_json::to_string(&cut).expect("text is JSON");
                self.cuts.push((self.place(value), quoted.into()));
            }
            Err(_) if self.mentions(&text, paths) => self.remove(value),
            Err(_) => {}
        }
    }

    /// Does it hold a pair, or a parameter of a command line, that is to be cut?
    fn is_pairs_with(&self, text: &str, paths: &[&str]) -> bool {
        let text = Value::Text(Cow::Borrowed(text));
        let mut names = paths.iter().chain(&self.cutter.names);
        names.any(|name| resolve(&text, name, &mut |_| true))
    }

    /// Might broken JSON hold a value that is to be cut?
    fn mentions(&self, text: &str, paths: &[&str]) -> bool {
        let text = text.to_ascii_lowercase();
        let names = paths.iter().chain(&self.cutter.names);
        let mut last = names.filter_map(|path| path.rsplit('.').next());
        last.any(|name| text.contains(&name.to_ascii_lowercase()))
    }

    fn remove(&mut self, value: &'t RawValue) {
        if let Some(replacement) = replacement(value.get()) {
            self.cuts.push((self.place(value), replacement));
        }
    }

    /// A raw value borrows from the text, so its address tells its place.
    fn place(&self, value: &RawValue) -> Range<usize> {
        let start = value.get().as_ptr() as usize - self.text.as_ptr() as usize;
        start..start + value.get().len()
    }
}

/// The name of a pair of name and value.
fn pair_name(members: &[(Cow<str>, &RawValue)]) -> Option<String> {
    let is = |names: [&str; 3], key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
    let has_value = members.iter().any(|(key, _)| is(VALUES, key));
    let (_, name) = members.iter().find(|(key, _)| is(NAMES, key)).filter(|_| has_value)?;
    name.get().starts_with('"').then(|| read(name))
}

/// A part of a text that was read whole before.
fn read<'t, T: Deserialize<'t>>(value: &'t RawValue) -> T {
    serde_json::from_str(value.get()).expect("a part of JSON is JSON")
}

/// An object's members in the order sent, names that occur twice included.
struct Members<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'t> Deserialize<'t> for Members<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'t> Visitor<'t> for Reader {
            type Value = Members<'t>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(key) = map.next_key::<String>()? {
                    members.push((Cow::Owned(key), map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}
