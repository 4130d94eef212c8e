//! Which values does a path name?
//!
//! A path is member names joined by dots, compared without case. Lists are transparent: a path
//! goes through every element. Lists of `{Name, Value}` (`Parameters`, `ExtendedProperties`) and
//! of `{Name, NewValue, OldValue}` (`ModifiedProperties`) are folded, so that
//! `Parameters.ForwardTo` names a value and `ModifiedProperties.Role.DisplayName.OldValue` the
//! value before the change, though neither is a member; Graph calls the name `key` or `displayName`.
//! Text is gone into where it holds JSON, the parameters of a command line
//! (`-Identity "ann" -ForwardTo x@fabrikam.example`) or pairs (`Client=OWA;Action=ViaProxy`), so
//! that one path serves every shape a field comes in. In a list of plain texts a path names the
//! text itself: `ModifiedProperties.RecipientCollection`.

use std::borrow::Cow;

use crate::Value;

/// Visits each value the path names, until `visit` answers true; tells whether it did.
pub fn resolve(value: &Value, path: &str, visit: &mut dyn FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(key, member)| match after(path, key) {
            Some("") => visit(member),
            Some(rest) => resolve(member, rest, visit),
            None => false,
        }),
        Value::List(items) => items.iter().any(|item| resolve_item(item, path, visit)),
        Value::Text(text) if holds_json(text) => match Value::from_json(text) {
            Ok(inner) => resolve(&inner, path, visit),
            Err(_) => false,
        },
        Value::Text(text) => pairs(text).any(|(name, value)| match after(path, name) {
            Some("") => visit(&Value::Text(value)),
            _ => false,
        }),
        _ => false,
    }
}

/// Visits each scalar beneath a value with its path, folded as in [`resolve`].
pub fn leaves<'v>(value: &'v Value, visit: &mut dyn FnMut(&str, Cow<'v, str>)) {
    let mut path = String::new();
    walk(value, &mut path, visit);
}

/// Does any scalar at or beneath the value pass?
pub(crate) fn any_leaf(value: &Value, pass: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| any_leaf(item, pass)),
        Value::Object(members) => members.iter().any(|(_, member)| any_leaf(member, pass)),
        scalar => scalar.as_text().is_some_and(|text| pass(&text)),
    }
}

fn resolve_item(item: &Value, path: &str, visit: &mut dyn FnMut(&Value) -> bool) -> bool {
    if let Value::Text(text) = item {
        return after(path, text) == Some("") && visit(item) || resolve(item, path, visit);
    }
    if let Some(name) = name_of(item) {
        let found = match after(path, name) {
            Some("") => visit(current(item).unwrap_or(item)),
            Some(rest) => {
                resolve(item, rest, visit)
                    || current(item).is_some_and(|value| resolve(value, rest, visit))
            }
            None => false,
        };
        if found {
            return true;
        }
    }
    resolve(item, path, visit)
}

/// What follows `key` in `path`: empty at its end, `None` if the path does not begin with it.
fn after<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    // Most keys are of another length than the path's next name, which costs one look.
    if !matches!(path.as_bytes().get(key.len()), None | Some(b'.')) {
        return None;
    }
    let head = path.get(..key.len())?;
    if !head.eq_ignore_ascii_case(key) {
        return None;
    }
    match &path[key.len()..] {
        "" => Some(""),
        rest => rest.strip_prefix('.'),
    }
}

/// The name of an element of a name/value list.
fn name_of<'v>(item: &'v Value) -> Option<&'v str> {
    let Value::Object(members) = item else {
        return None;
    };
    // Real elements hold two to four members; a folder with a Name and a dozen others is none.
    if members.len() > 4 || current(item).is_none() {
        return None;
    }
    let (_, name) = members.iter().find(|(key, _)| is_any_of(key, NAMES))?;
    match name {
        Value::Text(name) if !name.is_empty() => Some(name),
        _ => None,
    }
}

/// The value of an element of a name/value list, after the change if there was one.
fn current<'v, 'a>(item: &'v Value<'a>) -> Option<&'v Value<'a>> {
    item.get("Value").or_else(|| item.get("NewValue"))
}

/// What the name of an element is called.
const NAMES: &[&str] = &["Name", "Key", "displayName"];

fn is_any_of(key: &str, names: &[&str]) -> bool {
    names.iter().any(|name| key.eq_ignore_ascii_case(name))
}

fn holds_json(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('{') || text.starts_with('[')
}

/// The pairs that a text of pairs holds; none of any other text.
fn pairs(text: &str) -> Box<dyn Iterator<Item = (&str, Cow<'_, str>)> + '_> {
    let text = text.trim();
    match text.as_bytes() {
        [b'-', letter, ..] if letter.is_ascii_alphabetic() => Box::new(Arguments { rest: text }),
        _ if text.contains('=') => {
            let pair = |part| str::split_once(part, '=');
            let pairs = text.split([';', ',']).filter_map(pair);
            Box::new(pairs.map(|(name, value)| (name.trim(), Cow::Borrowed(value.trim()))))
        }
        _ => Box::new(std::iter::empty()),
    }
}

/// The parameters of a command line as PowerShell writes them: `-Name value`, `-Name:value`,
/// `-Name "a value"` with a quote doubled or escaped inside, and `-Switch` alone, which is `True`.
struct Arguments<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Arguments<'t> {
    type Item = (&'t str, Cow<'t, str>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.rest = self.rest.trim_start();
            let word = is_name(self.rest);
            if word == 0 {
                // A value without a name.
                self.value()?;
                continue;
            }
            let name = &self.rest[1..word];
            self.rest = self.rest[word..].trim_start_matches(':').trim_start();
            let value = match is_name(self.rest) {
                0 => self.value().unwrap_or(Cow::Borrowed("True")),
                _ => Cow::Borrowed("True"),
            };
            return Some((name, value));
        }
    }
}

impl<'t> Arguments<'t> {
    fn value(&mut self) -> Option<Cow<'t, str>> {
        let rest = self.rest;
        let quote = rest.chars().next()?;
        if !matches!(quote, '"' | '\'') {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            self.rest = &rest[end..];
            return Some(Cow::Borrowed(&rest[..end]));
        }
        let mut text = String::new();
        let mut chars = rest[1..].char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let before_quote = chars.peek().is_some_and(|(_, next)| *next == quote);
            match c {
                // A quote inside is doubled, or has a backtick before it.
                c if before_quote && (c == quote || c == '`') => {
                    chars.next();
                    text.push(quote);
                }
                c if c == quote => {
                    self.rest = &rest[1 + at + quote.len_utf8()..];
                    return Some(Cow::Owned(text));
                }
                c => text.push(c),
            }
        }
        self.rest = "";
        Some(Cow::Owned(text))
    }
}

/// The length of the parameter's name, with its dash, that the text begins with; 0 if it does not.
/// `-1` is a value.
fn is_name(text: &str) -> usize {
    match text.as_bytes() {
        [b'-', letter, ..] if letter.is_ascii_alphabetic() => {
            text.find(|c: char| c == ':' || c.is_whitespace()).unwrap_or(text.len())
        }
        _ => 0,
    }
}

fn walk<'v>(value: &'v Value, path: &mut String, visit: &mut dyn FnMut(&str, Cow<'v, str>)) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                below(path, key, |path| walk(member, path, visit));
            }
        }
        Value::List(items) => {
            for item in items {
                match name_of(item) {
                    Some(name) => below(path, name, |path| walk_named(item, path, visit)),
                    None => walk(item, path, visit),
                }
            }
        }
        scalar => {
            if let Some(text) = scalar.as_text() {
                visit(path, text);
            }
        }
    }
}

fn walk_named<'v>(item: &'v Value, path: &mut String, visit: &mut dyn FnMut(&str, Cow<'v, str>)) {
    let Value::Object(members) = item else { return };
    for (key, member) in members {
        if key.eq_ignore_ascii_case("Value") {
            walk(member, path, visit);
        } else if !is_any_of(key, NAMES) {
            below(path, key, |path| walk(member, path, visit));
        }
    }
}

fn below(path: &mut String, key: &str, go: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(key);
    go(path);
    path.truncate(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{
        "Operation": "Set-Mailbox",
        "Parameters": [{"Name": "Identity", "Value": "ann"}, {"Name": "ForwardTo", "Value": "x@evil.example"}],
        "ModifiedProperties": [{"Name": "Role.DisplayName", "NewValue": "Admin", "OldValue": ""}],
        "Actor": [{"ID": "ann@contoso.example", "Type": 5}, {"ID": "1003", "Type": 3}],
        "ExtendedProperties": [{"Name": "additionalDetails", "Value": "{\"User-Agent\":\"curl\"}"}],
        "Folders": [{"Id": "f1", "Path": "\\Inbox", "Name": "n", "A": 1, "B": 2, "FolderItems": [{"Subject": "Hi"}]}]
    }"#;

    fn named(path: &str) -> Vec<String> {
        let value = Value::from_json(RECORD).unwrap();
        let mut found = Vec::new();
        resolve(&value, path, &mut |value| {
            found.push(serde_json::to_string(value).unwrap());
            false
        });
        found
    }

    #[test]
    fn paths_name_values() {
        for (path, values) in [
            ("operation", vec![r#""Set-Mailbox""#]),
            ("Parameters.ForwardTo", vec![r#""x@evil.example""#]),
            ("parameters.forwardto", vec![r#""x@evil.example""#]),
            ("Parameters.Name", vec![r#""Identity""#, r#""ForwardTo""#]),
            ("ModifiedProperties.Role.DisplayName", vec![r#""Admin""#]),
            ("ModifiedProperties.Role.DisplayName.OldValue", vec![r#""""#]),
            ("Actor.ID", vec![r#""ann@contoso.example""#, r#""1003""#]),
            ("ExtendedProperties.additionalDetails.User-Agent", vec![r#""curl""#]),
            ("Folders.FolderItems.Subject", vec![r#""Hi""#]),
            ("Folders.Path", vec![r#""\\Inbox""#]),
            ("Nothing", vec![]),
            ("Operation.Deeper", vec![]),
        ] {
            assert_eq!(named(path), values, "{path}");
        }
    }

    #[test]
    fn every_shape_of_a_field_of_pairs_is_gone_into() {
        for (json, path, value) in [
            (r#"{"P":[{"Name":"To","Value":"x"}]}"#, "P.To", "x"),
            (r#"{"P":[{"Key":"To","Value":"x"}]}"#, "P.To", "x"),
            (r#"{"P":{"To":"x"}}"#, "P.To", "x"),
            (r#"{"P":{"To":{"NewValue":"x","OldValue":"y"}}}"#, "P.To.OldValue", "y"),
            (r#"{"P":[{"displayName":"To","oldValue":"y","newValue":"x"}]}"#, "P.To", "x"),
            (r#"{"P":"[{\"Name\":\"To\",\"Value\":\"x\"}]"}"#, "P.To", "x"),
            (r#"{"P":"{\"To\":\"x\"}"}"#, "P.To", "x"),
            (r#"{"P":[{"Name":"a","Value":"{\"To\":\"x\"}"}]}"#, "P.a.To", "x"),
            (r#"{"P":"-Identity \"ann b\" -To x"}"#, "P.To", "x"),
            (r#"{"P":"-Identity \"ann b\" -To x"}"#, "P.Identity", "ann b"),
            (r#"{"P":"-Switch -To:'it''s' -1"}"#, "P.To", "it's"),
            (r#"{"P":"-Switch -To:'it''s' -1"}"#, "P.Switch", "True"),
            (r#"{"P":"-Size -1 -To \"a `\"b`\" c\""}"#, "P.To", "a \"b\" c"),
            (r#"{"P":"-Size -1 -To \"never ends"}"#, "P.To", "never ends"),
            (r#"{"P":"Client=OWA;Action=ViaProxy"}"#, "P.Action", "ViaProxy"),
            (r#"{"P":["To","From"]}"#, "P.To", "To"),
        ] {
            let record = Value::from_json(json).unwrap();
            let mut found = Vec::new();
            resolve(&record, path, &mut |value| {
                found.push(value.as_text().unwrap_or_default().into_owned());
                false
            });
            assert_eq!(found, [value], "{json} {path}");
        }
        for json in
            [r#"{"P":""}"#, r#"{"P":"To"}"#, r#"{"P":[]}"#, r#"{"P":null}"#, r#"{"P":"- -: \""}"#]
        {
            let record = Value::from_json(json).unwrap();
            assert!(!resolve(&record, "P.To", &mut |_| true), "{json}");
        }
    }

    #[test]
    fn each_leaf_is_listed_under_a_path_that_finds_it() {
        let value = Value::from_json(RECORD).unwrap();
        let mut seen = 0;
        leaves(&value, &mut |path, text| {
            seen += 1;
            let found =
                resolve(&value, path, &mut |value| any_leaf(value, &mut |leaf| leaf == text));
            assert!(found, "{path} = {text}");
        });
        assert_eq!(seen, 16);
    }
}
