//! What does a record of the unified audit log say, in the words of the mailbox audit log?
//!
//! Names from MicrosoftDocs/office-365-management-api, "Exchange Mailbox schema".

use std::borrow::Cow;

use event::{Event, Field, Value, resolve};

use super::fields::{ALL, Told};
use super::{borrowed, items};

/// The operations that the unified audit log has another word for than Exchange has.
pub(super) const OTHER_WORDS: &[(&str, &str)] =
    &[("SearchQueryInitiatedExchange", "SearchQueryInitiated")];

/// The logon types that it has another word for.
const LOGON_TYPES: &[(&str, &str)] = &[("Delegated", "Delegate")];

/// The value of each field.
pub(super) fn values<'e>(event: &'e Event<'_>) -> Vec<Value<'e>> {
    let items = items::of(&event.body);
    let value = |told: &Told| match told {
        Told::At(places) => said(&event.body, places),
        Told::In(field) => event.text(*field).map_or(Value::Null, text),
        Told::Made(make) => make(event),
        Told::OfEachItem(name) => items::member_of_each(&items, name),
        Told::Items => list(items.clone()),
        Told::Nowhere => Value::Null,
    };
    ALL.iter().map(|field| value(&field.told)).collect()
}

/// What the first of these places says; null where none says anything.
pub(super) fn said(body: &Value, places: &[&str]) -> Value<'static> {
    let mut found = Value::Null;
    for place in places {
        let visit = &mut |value: &Value| {
            let says_something = !crate::columns::is_missing(value);
            if says_something {
                found = value.clone().into_owned();
            }
            says_something
        };
        if resolve(body, place, visit) {
            break;
        }
    }
    found
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

/// The other word for one, or the same.
fn reworded<'t>(word: &'t str, words: &[(&str, &'static str)]) -> &'t str {
    words
        .iter()
        .find(|(theirs, _)| theirs.eq_ignore_ascii_case(word))
        .map_or(word, |(_, ours)| ours)
}

pub(super) fn operation<'e>(event: &'e Event<'e>) -> Value<'e> {
    event.text(Field::Operation).map_or(Value::Null, |word| text(reworded(word, OTHER_WORDS)))
}

pub(super) fn logon_type<'e>(event: &'e Event<'e>) -> Value<'e> {
    match event.text(Field::LogonTypeName) {
        Some(word) => text(reworded(word, LOGON_TYPES)),
        None => said(&event.body, &["LogonType"]),
    }
}

pub(super) fn internal_logon_type<'e>(event: &'e Event<'e>) -> Value<'e> {
    let value = said(&event.body, &["InternalLogonType"]);
    let name = value.as_int().and_then(crate::logon_type_name);
    name.map_or(value, |name| text(reworded(name, LOGON_TYPES)))
}

pub(super) fn folder_id<'e>(event: &'e Event<'e>) -> Value<'e> {
    folder(event, &["Folder.Id", "Item.ParentFolder.Id", "ParentFolder.Id"], "Id")
}

pub(super) fn folder_path<'e>(event: &'e Event<'e>) -> Value<'e> {
    folder(event, &["Folder.Path", "Item.ParentFolder.Path", "ParentFolder.Path"], "Path")
}

pub(super) fn folder_name<'e>(event: &'e Event<'e>) -> Value<'e> {
    folder(event, &["Folder.Name", "Item.ParentFolder.Name", "ParentFolder.Name"], "Name")
}

/// What a record says of its folder. Of several folders none is the entry's.
fn folder<'e>(event: &'e Event<'e>, places: &[&str], member: &str) -> Value<'e> {
    let value = said(&event.body, places);
    if !value.is_null() {
        return value;
    }
    match items::part(&event.body, "Folders").as_deref() {
        Some(Value::List(folders)) if folders.len() == 1 => said(&folders[0], &[member]),
        _ => Value::Null,
    }
}

/// Each folder of a record that names several, as an object of its id and path.
pub(super) fn folders<'e>(event: &'e Event<'e>) -> Value<'e> {
    list(each_folder(event))
}

pub(super) fn folder_paths<'e>(event: &'e Event<'e>) -> Value<'e> {
    items::member_of_each(&each_folder(event), "FolderPathName")
}

fn each_folder(event: &Event) -> Vec<Value<'static>> {
    let mut folders = Vec::new();
    items::each_in(&event.body, "Folders", &mut |folder| {
        let members = [("Id", "Id"), ("FolderPathName", "Path")];
        let members = members.map(|(name, place)| (Cow::Borrowed(name), said(folder, &[place])));
        let members: Vec<_> = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
        if !members.is_empty() && folders.len() < items::ITEMS_MAX {
            folders.push(Value::Object(members));
        }
    });
    folders
}

/// An empty list says nothing.
fn list(values: Vec<Value>) -> Value {
    match values.is_empty() {
        true => Value::Null,
        false => Value::List(values),
    }
}

/// The names of the properties that were changed, which some records give alone and others with
/// their values.
pub(super) fn dirty_properties<'e>(event: &'e Event<'e>) -> Value<'e> {
    let mut names = Vec::new();
    items::each_in(&event.body, "ModifiedProperties", &mut |property| {
        let name = said(property, &["Name"]);
        names.push(if name.is_null() { property.clone().into_owned() } else { name });
    });
    list(names)
}

/// The server's name ends with a line break in many records.
pub(super) fn originating_server<'e>(event: &'e Event<'e>) -> Value<'e> {
    match said(&event.body, &["OriginatingServer"]) {
        Value::Text(name) => Value::Text(Cow::Owned(name.trim().to_owned())),
        other => other,
    }
}

/// `MailAccessType:Bind`, where the record has pairs of name and value.
pub(super) fn operation_properties<'e>(event: &'e Event<'e>) -> Value<'e> {
    let mut texts = Vec::new();
    items::each_in(&event.body, "OperationProperties", &mut |pair| {
        let part = |name| said(pair, &[name]).as_text().map(Cow::into_owned);
        let text = part("Name").map(|name| format!("{name}:{}", part("Value").unwrap_or_default()));
        texts.push(match text {
            Some(text) => Value::Text(Cow::Owned(text)),
            None => pair.clone().into_owned(),
        });
    });
    list(texts)
}

/// ExchangeItemAggregated.
const AGGREGATED: i64 = 50;

pub(super) fn aggregated_folders<'e>(event: &'e Event<'e>) -> Value<'e> {
    match event.int(Field::RecordType) {
        Some(AGGREGATED) => match items::part(&event.body, "Folders") {
            Some(Cow::Borrowed(folders)) => borrowed(folders),
            Some(Cow::Owned(folders)) => folders.into_owned(),
            None => Value::Null,
        },
        _ => Value::Null,
    }
}
