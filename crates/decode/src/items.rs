//! Which mails is the record about?
//!
//! A record of Exchange names one mail, or many in folders; others carry a message's id and subject
//! in places of their own. All of them are gathered, each once, in the order met.

use std::collections::HashSet;

use event::{Event, Field, Value, resolve};

use crate::members::Take;

/// Bytes of JSON gathered for one column; the raw record holds the rest.
pub const LIST_BYTES_MAX: usize = 64 * 1024;

/// Where the records of the audit schema name mails.
///
/// Names from MicrosoftDocs/office-365-management-api: "ExchangeItem", "ExchangeFolderItem",
/// "ThreatIntelligenceMail", "ExchangeMetadata" and "ExchangeDetails"; MessageId of Teams, Viva
/// Engage and OMEPortal is no internet message id.
pub const AUDIT: &[(Field, &str)] = &[
    (Field::MessageIds, "Item.InternetMessageId"),
    (Field::MessageIds, "AffectedItems.InternetMessageId"),
    (Field::MessageIds, "Folders.FolderItems.InternetMessageId"),
    (Field::MessageIds, "InternetMessageId"),
    (Field::MessageIds, "ExchangeMetaData.MessageID"),
    (Field::MessageIds, "ExchangeDetails.InternetMessageId"),
    (Field::Subjects, "Item.Subject"),
    (Field::Subjects, "AffectedItems.Subject"),
    (Field::Subjects, "Folders.FolderItems.Subject"),
    (Field::Subjects, "Subject"),
    (Field::Subjects, "ExchangeMetaData.Subject"),
    (Field::Subjects, "ExchangeDetails.Subject"),
];

/// Where message traces and the mailbox audit log of Exchange Server name them.
pub const OTHERS: &[(Field, &str)] = &[
    (Field::MessageIds, "MessageId"),
    (Field::MessageIds, "message_id"),
    (Field::MessageIds, "message-id"),
    (Field::MessageIds, "internetMessageId"),
    (Field::MessageIds, "ItemInternetMessageId"),
    (Field::MessageIds, "SourceItems.InternetMessageId"),
    (Field::MessageIds, "SourceItems.Item.InternetMessageId"),
    (Field::Subjects, "Subject"),
    (Field::Subjects, "message_subject"),
    (Field::Subjects, "message-subject"),
    (Field::Subjects, "ItemSubject"),
    (Field::Subjects, "SourceItems.Subject"),
    (Field::Subjects, "SourceItems.Item.Subject"),
];

/// Does the column gather what every source of it holds?
pub fn gathers(field: Field) -> bool {
    matches!(field, Field::MessageIds | Field::Subjects)
}

/// What was met so far.
#[derive(Default)]
pub struct Gathered {
    ids: Distinct,
    subjects: Distinct,
}

impl Gathered {
    /// Adds every text that a source leads to.
    pub fn add(&mut self, field: Field, value: &Value, take: &Take) {
        let list = match field {
            Field::MessageIds => &mut self.ids,
            _ => &mut self.subjects,
        };
        each_beneath(value, take, &mut |value| {
            list.add_value(value);
            list.is_full()
        });
    }

    /// Fills the columns; an empty list is no list.
    pub fn fill(self, event: &mut Event) {
        for (field, list) in [(Field::MessageIds, self.ids), (Field::Subjects, self.subjects)] {
            if let Some(json) = list.into_json() {
                event.set_text(field, json);
            }
        }
    }
}

/// Visits each value that a source leads to, until `visit` answers true; tells whether it did. Its
/// names are those of plain members, so it need not look for pairs of name and value as [`resolve`]
/// does; only where an export wrote a part as JSON text that has to read it.
pub fn each_beneath(value: &Value, take: &Take, visit: &mut dyn FnMut(&Value) -> bool) -> bool {
    fn each(value: &Value, names: &[&str], visit: &mut dyn FnMut(&Value) -> bool) -> bool {
        let Some((name, rest)) = names.split_first() else {
            return visit(value);
        };
        match value {
            Value::List(items) => items.iter().any(|item| each(item, names, visit)),
            Value::Object(members) => members
                .iter()
                .any(|(key, member)| key.eq_ignore_ascii_case(name) && each(member, rest, visit)),
            Value::Text(text) if !text.is_empty() => resolve(value, &names.join("."), visit),
            _ => false,
        }
    }
    each(value, &take.names, visit)
}

/// Distinct texts, as they are written into a JSON list.
#[derive(Default)]
struct Distinct {
    json: String,
    /// Where each text stands in the list.
    places: Vec<(usize, usize)>,
    /// Of long lists.
    seen: HashSet<Box<str>>,
}

/// Lists up to this length are searched one by one.
const SHORT: usize = 16;

impl Distinct {
    fn is_full(&self) -> bool {
        self.json.len() >= LIST_BYTES_MAX
    }

    fn add_value(&mut self, value: &Value) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.add_value(item)),
            Value::Text(text) if !text.is_empty() && !self.is_full() => self.add(text),
            _ => {}
        }
    }

    fn add(&mut self, text: &str) {
        let start = self.json.len() + 1;
        self.json.push(if self.json.is_empty() { '[' } else { ',' });
        write_json(text, &mut self.json);
        let end = self.json.len();
        let new = &self.json[start..end];
        let known = match self.places.len() {
            ..SHORT => self.places.iter().any(|(from, to)| &self.json[*from..*to] == new),
            SHORT => {
                let all = self.places.iter().map(|(from, to)| self.json[*from..*to].into());
                self.seen = all.collect();
                !self.seen.insert(new.into())
            }
            _ => !self.seen.insert(new.into()),
        };
        match known {
            true => self.json.truncate(start - 1),
            false => self.places.push((start, end)),
        }
    }

    fn into_json(mut self) -> Option<String> {
        if self.places.is_empty() {
            return None;
        }
        self.json.push(']');
        Some(self.json)
    }
}

fn write_json(text: &str, out: &mut String) {
    if text.bytes().any(|b| b < b' ' || b == b'"' || b == b'\\') {
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_listed_once() {
        let list = |json: &str| {
            let mut list = Distinct::default();
            list.add_value(&Value::from_json(json).unwrap());
            list.into_json()
        };
        for (json, expected) in [
            (r#"["a","b","a",""]"#, Some(r#"["a","b"]"#)),
            (r#""a \"b\"\n""#, Some(r#"["a \"b\"\n"]"#)),
            (r#"["a","ab","a\\b"]"#, Some(r#"["a","ab","a\\b"]"#)),
            (r#"["",null,7,{}]"#, None),
        ] {
            assert_eq!(list(json).as_deref(), expected, "{json}");
        }
        let twice: Vec<String> =
            (0..200).map(|n| format!("<{}@contoso.example>", n % 100)).collect();
        let json = list(&serde_json::to_string(&twice).unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), twice[..100]);
    }

    #[test]
    fn a_list_has_a_limit() {
        let mut list = Distinct::default();
        for n in 0..LIST_BYTES_MAX {
            list.add_value(&Value::Text(format!("<{n}@contoso.example>").into()));
        }
        let json = list.into_json().unwrap();
        assert!(json.len() < LIST_BYTES_MAX + 64, "{}", json.len());
        assert!(serde_json::from_str::<Vec<String>>(&json).is_ok());
    }
}
