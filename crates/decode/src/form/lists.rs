//! How do lists of names and values become objects?
//!
//! Search engines cannot ask a list of `{Name, Value}` for one name, so Elastic's o365 integration
//! turns such lists into objects. Unlike there, two elements of one name become a list, and what is
//! no pair of name and value is kept under `_raw`: nothing is lost.

use event::Value;
use serde_json::Value as Json;

use super::convert::{Object, gather, json};

/// Where a value goes that has no name.
const RAW: &str = "_raw";

/// `[{Name, Value}]` as an object of the names.
pub fn pairs(value: &Value) -> Json {
    fold(value, |item, object| match item {
        Value::Object(members) if members.len() <= 2 => {
            let Some(name) = name_of(members) else { return false };
            let value = match members.iter().find(|(key, _)| &**key == "Value") {
                Some((_, value)) => json(value),
                None if members.len() == 1 => Json::Null,
                None => return false,
            };
            gather(object, name, value);
            true
        }
        _ => false,
    })
}

/// `[{Name, NewValue, OldValue}]` as an object of the names, blanks and dots in them as `_`.
pub fn changes(value: &Value) -> Json {
    fold(value, |item, object| match item {
        // Some records name the changed properties only.
        Value::Text(name) => {
            gather(object, &field_name(name), Json::Object(Object::new()));
            true
        }
        Value::Object(members) => {
            let Some(name) = name_of(members) else { return false };
            let mut change = Object::new();
            for (key, value) in members.iter().filter(|(key, _)| &**key != "Name") {
                gather(&mut change, key, json(value));
            }
            gather(object, &field_name(name), Json::Object(change));
            true
        }
        _ => false,
    })
}

/// `[{AlertLinkHref}]` as the list of the links.
pub fn links(value: &Value) -> Json {
    let Value::List(items) = value else { return json(value) };
    let link = |item: &Value| match item {
        Value::Object(members) if members.len() == 1 && &*members[0].0 == "AlertLinkHref" => {
            json(&members[0].1)
        }
        item => json(item),
    };
    Json::Array(items.iter().map(link).collect())
}

fn fold(value: &Value, mut put: impl FnMut(&Value, &mut Object) -> bool) -> Json {
    let mut object = Object::new();
    match value {
        Value::List(items) => {
            for item in items {
                if !put(item, &mut object) {
                    raw(&mut object, json(item));
                }
            }
        }
        // An object already, as some exports write it.
        Value::Object(_) => return json(value),
        value => raw(&mut object, json(value)),
    }
    Json::Object(object)
}

fn raw(object: &mut Object, value: Json) {
    super::rules::append(object.entry(RAW).or_insert(Json::Null), value, false);
}

fn name_of<'v>(members: &'v [(std::borrow::Cow<str>, Value)]) -> Option<&'v str> {
    let mut names = members.iter().filter(|(key, _)| &**key == "Name");
    match (names.next(), names.next()) {
        (Some((_, Value::Text(name))), None) if !name.is_empty() => Some(name),
        _ => None,
    }
}

/// A dot in a name would open an object of its own, and a blank cannot be typed in a query.
fn field_name(name: &str) -> String {
    name.replace([' ', '.'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fold: fn(&Value) -> Json, list: &str, expected: &str) {
        assert_eq!(fold(&Value::from_json(list).unwrap()).to_string(), expected, "{list}");
    }

    #[test]
    fn lists_of_names_become_objects() {
        check(pairs, r#"[{"Name":"A","Value":"1"},{"Name":"B","Value":2}]"#, r#"{"A":"1","B":2}"#);
        check(pairs, r#"[{"Name":"A","Value":1},{"Name":"A","Value":2}]"#, r#"{"A":[1,2]}"#);
        check(pairs, r#"[{"Name":"A"}]"#, r#"{"A":null}"#);
        check(pairs, r#""-Identity ann""#, r#"{"_raw":"-Identity ann"}"#);
        check(
            pairs,
            r#"[{"Name":"A","Value":1,"C":2},7]"#,
            r#"{"_raw":[{"C":2,"Name":"A","Value":1},7]}"#,
        );
        check(
            changes,
            r#"[{"Name":"Role.Display Name","NewValue":"x","OldValue":""},"Other"]"#,
            r#"{"Other":{},"Role_Display_Name":{"NewValue":"x","OldValue":""}}"#,
        );
        check(links, r#"[{"AlertLinkHref":"a"},{"Href":"b"}]"#, r#"["a",{"Href":"b"}]"#);
    }
}
