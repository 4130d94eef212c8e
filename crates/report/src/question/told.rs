//! What does a record say at a path?
//!
//! Paths are those of [`event::resolve`]: lists are transparent and name/value lists are folded.

use event::{Event, Field, Value, resolve};

use super::layout::cut;

/// Values read of one list.
const VALUES_MAX: usize = 1_000;

/// The first text at any of the paths that is not empty.
pub fn text(body: &Value, paths: &[&str]) -> Option<String> {
    paths.iter().find_map(|path| {
        let mut found = None;
        resolve(body, path, &mut |value| {
            let scalar = match value {
                Value::List(items) => items.iter().find_map(Value::as_text),
                value => value.as_text(),
            };
            found = scalar.filter(|text| !text.trim().is_empty()).map(|text| cut(text.trim()));
            found.is_some()
        });
        found
    })
}

/// Every text at the path, lists one by one.
pub fn texts(body: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    resolve(body, path, &mut |value| {
        gather(value, &mut found);
        found.len() >= VALUES_MAX
    });
    found
}

fn gather(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| gather(item, found)),
        value => {
            let text = value.as_text().filter(|text| !text.trim().is_empty());
            found.extend(text.filter(|_| found.len() < VALUES_MAX).map(|text| cut(text.trim())));
        }
    }
}

pub fn number(body: &Value, paths: &[&str]) -> Option<i64> {
    text(body, paths)?.parse().ok()
}

/// Is it there, and says yes?
pub fn is_true(body: &Value, path: &str) -> bool {
    text(body, &[path]).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// The elements of a member that should be a list; one object counts as a list of one.
pub fn elements<'v, 'a>(value: &'v Value<'a>, name: &str) -> &'v [Value<'a>] {
    match value.get(name) {
        Some(Value::List(items)) => items,
        Some(item @ Value::Object(_)) => std::slice::from_ref(item),
        _ => &[],
    }
}

/// A column's text, cut to what is kept; empty where it is missing.
pub fn column(event: &Event, field: Field) -> String {
    event.text(field).map(|text| cut(text.trim())).unwrap_or_default()
}

/// As [`column`], in the one form in which names and addresses are compared.
pub fn folded(event: &Event, field: Field) -> String {
    event::fold(&column(event, field))
}

pub fn time(event: &Event) -> Option<i64> {
    event.time(Field::CreationTime)
}

/// The domain of a mail address, in lower case.
pub fn domain(address: &str) -> Option<String> {
    let (_, domain) = address.trim().rsplit_once('@')?;
    let domain = domain.trim_end_matches(['>', ')', '"', '\'', ' ']);
    (!domain.is_empty()).then(|| event::fold(domain))
}
