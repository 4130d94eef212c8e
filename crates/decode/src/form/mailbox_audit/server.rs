//! What does an entry of Exchange Server say?
//!
//! It has the fields' names already, and keeps its own values. The XML calls some fields otherwise,
//! and Windows PowerShell writes a date as an object.

use event::{Event, Value};

use super::borrowed;
use super::fields::{ALL, last_accessed};

/// A field, and what else it is called.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("DestMailboxGuid", "DestMailboxOwnerGuid"),
    ("LogonUserDisplayName", "LogonUserDN"),
    ("MailboxResolvedOwnerName", "Owner"),
];

/// The value of each field.
pub(super) fn values<'e>(event: &'e Event<'_>) -> Vec<Value<'e>> {
    ALL.iter().map(|field| value(event, field.name)).collect()
}

fn value<'e>(event: &'e Event<'_>, name: &str) -> Value<'e> {
    let other = OTHER_NAMES.iter().find(|(known, _)| *known == name).map(|(_, other)| *other);
    let names = [Some(name), other];
    let said = names.into_iter().flatten().filter_map(|name| event.body.get(name));
    match said.into_iter().find(|value| !crate::columns::is_missing(value)) {
        Some(Value::Object(_)) if name == "LastAccessed" => last_accessed(event),
        Some(value) => borrowed(value),
        None => Value::Null,
    }
}
