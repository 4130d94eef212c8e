//! Which items does a unified record name, and what does it say of each?
//!
//! One in `Item`, many in `AffectedItems`, and those of an aggregated record in the lists of its
//! folders.

use std::borrow::Cow;

use event::Value;

use super::unified::said;

/// Items of one entry; the record as stored holds them all.
pub const ITEMS_MAX: usize = 10_000;

/// The members of an item, and where a unified record has them.
const MEMBERS: [(&str, &[&str]); 5] = [
    ("Id", &["Id"]),
    ("Subject", &["Subject"]),
    ("Attachments", &["Attachments"]),
    ("FolderPathName", &["ParentFolder.Path", "FolderPathName"]),
    ("InternetMessageId", &["InternetMessageId"]),
];

/// Each item as an object of the names that the mailbox audit log has.
pub(super) fn of(body: &Value) -> Vec<Value<'static>> {
    let mut items = Vec::new();
    for name in ["Item", "AffectedItems"] {
        each_in(body, name, &mut |item| add(item, None, &mut items));
    }
    for (folders, inner) in [("Folders", "FolderItems"), ("Messages", "MessageItems")] {
        each_in(body, folders, &mut |folder| {
            let path = said(folder, &["Path"]);
            each_in(folder, inner, &mut |item| add(item, Some(&path), &mut items));
        });
    }
    items
}

fn add(item: &Value, path: Option<&Value<'static>>, items: &mut Vec<Value<'static>>) {
    if items.len() < ITEMS_MAX {
        items.extend(read(item, path));
    }
}

/// `None` for an item that says nothing, as where a record names its folder alone.
fn read(item: &Value, path: Option<&Value<'static>>) -> Option<Value<'static>> {
    let mut members = Vec::new();
    for (name, places) in MEMBERS {
        let mut value = said(item, places);
        if value.is_null() && name == "FolderPathName" {
            value = path.cloned().unwrap_or(Value::Null);
        }
        if !value.is_null() {
            members.push((Cow::Borrowed(name), value));
        }
    }
    let names_an_item = members.iter().any(|(name, _)| name != "FolderPathName");
    names_an_item.then_some(Value::Object(members))
}

/// Visits the elements of a member that is a list, or the one value that stands in its place.
pub(super) fn each_in(body: &Value, name: &str, visit: &mut dyn FnMut(&Value)) {
    match part(body, name).as_deref() {
        Some(Value::List(items)) => items.iter().for_each(visit),
        Some(Value::Null) | None => {}
        Some(value) => visit(value),
    }
}

/// A member, gone into where an export wrote it as JSON text.
pub(super) fn part<'b, 'a>(body: &'b Value<'a>, name: &str) -> Option<Cow<'b, Value<'a>>> {
    let value = body.get(name)?;
    Some(match opened(value) {
        Some(inner) => Cow::Owned(inner),
        None => Cow::Borrowed(value),
    })
}

fn opened(value: &Value) -> Option<Value<'static>> {
    match value {
        Value::Text(text) if text.starts_with(['{', '[']) => {
            Value::from_json(text).ok().map(Value::into_owned)
        }
        _ => None,
    }
}

/// One member of each item that has it.
pub(super) fn member_of_each(items: &[Value<'static>], name: &str) -> Value<'static> {
    let values: Vec<_> = items.iter().filter_map(|item| item.get(name)).cloned().collect();
    match values.is_empty() {
        true => Value::Null,
        false => Value::List(values),
    }
}
