//! How is an entry written for people and programs?
//!
//! Subjects and folder names are written by attackers: a list shows what could move the cursor as
//! visible escapes, and no cell of CSV begins like a formula or breaks its line.

use std::borrow::Cow;

use event::Value;
use serde_json::Map;

use super::MailboxEntry;
use crate::form::csv::{csv_cell, one_line, push_quoted};
use event::write_printable;

/// What stands between the parts of a list that has to be one text.
pub(super) const JOINED: &str = "; ";
/// And between those that PowerShell prints.
const LISTED: &str = ", ";

/// The member that an item goes by where only one has room, best first.
const ITEM_WORDS: [&str; 4] = ["Subject", "InternetMessageId", "FolderPathName", "Id"];

impl MailboxEntry<'_> {
    /// The columns of a table; the rest of an entry has no room in one.
    pub const TABLE: [&'static str; 8] = [
        "LastAccessed",
        "MailboxOwnerUPN",
        "Operation",
        "OperationResult",
        "LogonType",
        "LogonUserDisplayName",
        "ClientIPAddress",
        "FolderPathName",
    ];

    /// The line that names the columns of [`MailboxEntry::write_csv`], without its line break.
    pub fn csv_header() -> String {
        MailboxEntry::FIELDS.join(",")
    }

    /// Appends the entry as one line of CSV, without its line break.
    pub fn write_csv(&self, out: &mut String) {
        for (at, cell) in self.cells().iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_quoted(&csv_cell(&one_line(cell)), out);
        }
    }

    /// Appends the entry as PowerShell's Format-List prints one: a line for each field.
    pub fn write_list(&self, out: &mut String) {
        let width = MailboxEntry::FIELDS.iter().map(|name| name.len()).max().unwrap_or(0);
        for (name, value) in MailboxEntry::FIELDS.iter().zip(&self.values) {
            out.push_str(&format!("{name:width$} :"));
            let text = match value {
                Value::List(_) => Cow::Owned(format!("{{{}}}", text(value, LISTED))),
                value => text(value, LISTED),
            };
            if !text.is_empty() {
                out.push(' ');
                write_printable(&text, out);
            }
            out.push('\n');
        }
    }

    /// The fields that say something.
    pub fn json(&self) -> Map<String, serde_json::Value> {
        let json = |value| serde_json::to_value(value).unwrap_or_default();
        self.said().map(|(name, value)| (name.to_owned(), json(value))).collect()
    }

    /// The cells of [`MailboxEntry::TABLE`].
    pub fn table_cells(&self) -> Vec<Cow<'_, str>> {
        MailboxEntry::TABLE.iter().map(|name| self.text(name)).collect()
    }
}

/// A value as one text, truth as PowerShell writes it.
pub(super) fn text<'v>(value: &'v Value, between: &str) -> Cow<'v, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::Bool(true) => Cow::Borrowed("True"),
        Value::Bool(false) => Cow::Borrowed("False"),
        Value::List(parts) => {
            let parts: Vec<Cow<str>> = parts.iter().map(|part| text(part, between)).collect();
            Cow::Owned(parts.join(between))
        }
        Value::Object(members) => word_of(members)
            .unwrap_or_else(|| Cow::Owned(serde_json::to_string(value).unwrap_or_default())),
        scalar => scalar.as_text().unwrap_or_default(),
    }
}

/// The word that stands for an item; `None` for what holds more than texts.
fn word_of<'v>(members: &'v [(Cow<str>, Value)]) -> Option<Cow<'v, str>> {
    let holds_more = |value: &Value| matches!(value, Value::List(_) | Value::Object(_));
    if members.iter().any(|(_, value)| holds_more(value)) {
        return None;
    }
    ITEM_WORDS.iter().find_map(|word| {
        let (_, value) = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
        value.as_text()
    })
}
