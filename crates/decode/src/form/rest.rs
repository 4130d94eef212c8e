//! How is a member written that has no field of its own?
//!
//! Under its own name, as it was sent, or with its lists of names and values as objects. Most of a
//! record is such members, so a document that is only to be written takes them straight from the
//! record; [`tree`] and [`write`] say the same.

use event::Value;
use serde_json::Value as Json;

use super::convert::{Object, gather, json, number_json};
use super::lists;
use super::rules::code;

/// Members in the order sent, null left out.
pub type Rest<'e, 'a> = Vec<(&'e str, &'e Value<'a>)>;

/// Are lists of names and values written as objects?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    AsSent,
    Folded,
}

/// Objects with more members are written by way of a tree, which finds two of one name faster.
const PLAIN_MEMBERS_MAX: usize = 64;

/// The members of a record that are not told elsewhere; none of what is no object.
pub fn untold<'e, 'a>(body: &'e Value<'a>, is_told: impl Fn(&Value) -> bool) -> Rest<'e, 'a> {
    let Value::Object(members) = body else { return Vec::new() };
    let untold = members.iter().filter(|(_, value)| !value.is_null() && !is_told(value));
    untold.map(|(key, value)| (&**key, value)).collect()
}

/// The members as an object; two of one name become a list.
pub fn tree(rest: &Rest, lists: Lists) -> Object {
    let mut object = Object::new();
    for (key, value) in rest {
        gather(&mut object, key, member(key, value, lists));
    }
    object
}

fn member(key: &str, value: &Value, lists: Lists) -> Json {
    match lists {
        Lists::AsSent => json(value),
        Lists::Folded => folded(key, value).unwrap_or_else(|| json(value)),
    }
}

/// Appends the members as JSON, with braces.
pub fn write(rest: &Rest, lists: Lists, out: &mut Vec<u8>) {
    if has_twins(rest.iter().map(|(key, _)| *key), rest.len()) {
        return write_json(&Json::Object(tree(rest, lists)), out);
    }
    out.push(b'{');
    for (at, (key, value)) in rest.iter().enumerate() {
        write_name(at, key, out);
        match lists {
            Lists::AsSent => write_value(value, out),
            Lists::Folded => match folded(key, value) {
                Some(json) => write_json(&json, out),
                None => write_value(value, out),
            },
        }
    }
    out.push(b'}');
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_json(&number_json(*number), out),
        Value::Text(text) => write_text(text, out),
        Value::List(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_value(item, out);
            }
            out.push(b']');
        }
        Value::Object(members)
            if has_twins(members.iter().map(|(key, _)| &**key), members.len()) =>
        {
            write_json(&json(value), out);
        }
        Value::Object(members) => {
            out.push(b'{');
            for (at, (key, value)) in members.iter().enumerate() {
                write_name(at, key, out);
                write_value(value, out);
            }
            out.push(b'}');
        }
    }
}

/// May two members have one name?
fn has_twins<'k>(mut keys: impl Iterator<Item = &'k str> + Clone, count: usize) -> bool {
    if count > PLAIN_MEMBERS_MAX {
        return true;
    }
    while let Some(key) = keys.next() {
        if keys.clone().any(|other| other == key) {
            return true;
        }
    }
    false
}

fn write_name(at: usize, name: &str, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(b',');
    }
    write_text(name, out);
    out.push(b':');
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a vector takes every byte of a text");
}

/// Appends a JSON value.
pub fn write_json(json: &Json, out: &mut Vec<u8>) {
    serde_json::to_writer(out, json).expect("a vector takes every byte of a JSON value");
}

/// A member that Elastic's o365 integration writes otherwise than it was sent.
fn folded(key: &str, value: &Value) -> Option<Json> {
    let inner = match (key, value) {
        (
            "Data"
            | "OperationProperties"
            | "Parameters"
            | "ExtendedProperties"
            | "ModifiedProperties",
            Value::Text(text),
        ) => inner(text),
        _ => None,
    };
    let is_inner = inner.is_some();
    let value = inner.as_ref().unwrap_or(value);
    Some(match key {
        "Parameters" | "ExtendedProperties" => lists::pairs(value),
        "ModifiedProperties" => lists::changes(value),
        "AlertLinks" => lists::links(value),
        "Platform" => code("platform", &value.as_text()?)?.into(),
        _ if is_inner => json(value),
        _ => return None,
    })
}

/// Some services write an object or a list as JSON inside a text.
pub fn inner(text: &str) -> Option<Value<'_>> {
    let begin = text.trim_start();
    if !begin.starts_with(['{', '[']) {
        return None;
    }
    Value::from_json(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read by [`Value`], which keeps two members of one name, unlike serde_json.
    #[test]
    fn what_is_written_is_the_tree() {
        let many: Vec<String> =
            (0..PLAIN_MEMBERS_MAX + 1).map(|n| format!(r#""m{n}":{n}"#)).collect();
        for (record, folded) in [
            (r#"{}"#, "{}"),
            (r#"{"a":1,"a":{"b":1,"b":2}}"#, r#"{"a":[1,{"b":[1,2]}]}"#),
            (
                r#"{"a":null,"b":[null,true,false,-1.5,{"c":1,"c":2}]}"#,
                r#"{"b":[null,true,false,-1.5,{"c":[1,2]}]}"#,
            ),
            (r#"{"Parameters":[{"Name":"A","Value":"\n"}]}"#, r#"{"Parameters":{"A":"\n"}}"#),
            (r#"{"Data":"{\"ts\":1}","Platform":1}"#, r#"{"Data":{"ts":1},"Platform":"Windows"}"#),
            (r#"{"Data":"{","Platform":77}"#, r#"{"Data":"{","Platform":77}"#),
            (&format!("{{{}}}", many.join(",")), &format!("{{{}}}", many.join(","))),
        ] {
            let body = Value::from_json(record).unwrap();
            let rest = untold(&body, |_| false);
            for lists in [Lists::AsSent, Lists::Folded] {
                let mut out = Vec::new();
                write(&rest, lists, &mut out);
                let read: Json = serde_json::from_slice(&out).unwrap();
                assert_eq!(read, Json::Object(tree(&rest, lists)), "{record}");
            }
            let expected: Json = serde_json::from_str(folded).unwrap();
            assert_eq!(Json::Object(tree(&rest, Lists::Folded)), expected, "{record}");
        }
    }
}
