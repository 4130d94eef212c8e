//! The XML that New-MailboxAuditLogSearch sends: an `Event` for each entry, everything in
//! attributes, items and folders as children.
//!
//! Beside what Exchange writes, each `Event` carries the record itself, in `AuditData` or, where
//! XML has no characters for its bytes, in `AuditDataBase64`: the file says all that is stored, and
//! imports again to the very same records.
//!
//! Names from MicrosoftDocs/OfficeDocs-Exchange, export-mailbox-audit-logs.md.

use std::borrow::Cow;
use std::io::{self, Write};

use event::{Event, Field, Value};

use super::fields::last_accessed;
use super::{MailboxEntry, base64, write};
use event::is_unsafe;

/// Longest value that an attribute repeats of the record.
pub const VALUE_BYTES_MAX: usize = 8 * 1024;

/// Writes entries as they come; [`XmlWriter::finish`] closes the list.
pub struct XmlWriter<W: Write> {
    out: W,
    /// The entry being written, as long as its record.
    entry: String,
}

/// An attribute and the field it holds, in the order that Exchange's pages have.
const DOCUMENTED: [(&str, &str); 16] = [
    ("MailboxGuid", "MailboxGuid"),
    ("Owner", "MailboxResolvedOwnerName"),
    ("LastAccessed", "LastAccessed"),
    ("Operation", "Operation"),
    ("OperationResult", "OperationResult"),
    ("LogonType", "LogonType"),
    ("FolderId", "FolderId"),
    ("FolderPathName", "FolderPathName"),
    ("ClientInfoString", "ClientInfoString"),
    ("ClientIPAddress", "ClientIPAddress"),
    ("InternalLogonType", "InternalLogonType"),
    ("MailboxOwnerUPN", "MailboxOwnerUPN"),
    ("MailboxOwnerSid", "MailboxOwnerSid"),
    ("CrossMailboxOperation", "CrossMailboxOperation"),
    ("LogonUserDN", "LogonUserDisplayName"),
    ("LogonUserSid", "LogonUserSid"),
];

/// What the items say already, the record has itself, or tells of an object in PowerShell alone.
const LEFT_OUT: [&str; 11] = [
    "SourceItemIdsList",
    "SourceItemSubjectsList",
    "SourceItemAttachmentsList",
    "SourceItemFolderPathNamesList",
    "SourceFolderPathNamesList",
    "SourceItemInternetMessageIdsList",
    "AggregatedRecordFoldersData",
    "IsValid",
    "ObjectState",
    "SourceItems",
    "SourceFolders",
];

/// A list of an entry, and what an element of it is called.
const LISTS: [(&str, &str); 2] = [("SourceItems", "Item"), ("SourceFolders", "Folder")];

/// The attribute of a record that the quarantine holds: why.
const QUARANTINE: &str = "Quarantine";

impl<W: Write> XmlWriter<W> {
    /// Opens the list.
    pub fn begin(mut out: W) -> io::Result<XmlWriter<W>> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SearchResults>\n")?;
        Ok(XmlWriter { out, entry: String::new() })
    }

    /// Writes one event, whatever record it is.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.entry.clear();
        self.entry.push_str("  <Event");
        let entry = MailboxEntry::of(event);
        match &entry {
            Some(entry) => push_entry(entry, &mut self.entry),
            None => push_other(event, &mut self.entry),
        }
        push_record(event.raw, &mut self.entry);
        let lists = entry.iter().flat_map(|entry| {
            LISTS.iter().filter_map(|(name, of_each)| match entry.get(name)? {
                Value::List(items) => Some((*name, *of_each, items)),
                _ => None,
            })
        });
        let mut lists = lists.peekable();
        if lists.peek().is_none() {
            self.entry.push_str(" />\n");
            return self.out.write_all(self.entry.as_bytes());
        }
        self.entry.push_str(">\n");
        for (name, of_each, items) in lists {
            push_list(name, of_each, items, &mut self.entry);
        }
        self.entry.push_str("  </Event>\n");
        self.out.write_all(self.entry.as_bytes())
    }

    /// Closes the list and hands the writer back.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"</SearchResults>\n")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn push_entry(entry: &MailboxEntry, out: &mut String) {
    for (attribute, field) in DOCUMENTED {
        push_value(attribute, entry.get(field), out);
    }
    let is_documented = |name: &str| DOCUMENTED.iter().any(|(_, field)| *field == name);
    for (name, value) in entry.said() {
        if !is_documented(name) && !LEFT_OUT.contains(&name) {
            push_value(name, Some(value), out);
        }
    }
    // Where an export had no list, its text stands in an attribute.
    for (name, _) in LISTS {
        if let Some(value) = entry.get(name).filter(|value| !matches!(value, Value::List(_))) {
            push_value(name, Some(value), out);
        }
    }
}

/// What every record has.
fn push_other(event: &Event, out: &mut String) {
    let text = |field| event.text(field).unwrap_or_default();
    let code = event.int(Field::RecordType).map(|code| code.to_string());
    let record_type = match text(Field::RecordTypeName) {
        "" => code.as_deref().unwrap_or_default(),
        name => name,
    };
    push_value("LastAccessed", Some(&last_accessed(event)), out);
    for (name, text) in [
        ("Operation", text(Field::Operation)),
        ("ClientIPAddress", text(Field::ClientIP)),
        ("LogonUserDisplayName", text(Field::UserId)),
        ("Workload", text(Field::Workload)),
        ("RecordType", record_type),
        (QUARANTINE, text(Field::Quarantine)),
    ] {
        if !text.is_empty() {
            push_attribute(name, text, out);
        }
    }
}

/// The record, as it is stored.
fn push_record(raw: &[u8], out: &mut String) {
    match std::str::from_utf8(raw) {
        Ok(text) if text.chars().all(is_character) => push_attribute("AuditData", text, out),
        _ => {
            out.push_str(" AuditDataBase64='");
            base64::push(raw, out);
            out.push('\'');
        }
    }
}

fn push_list(name: &str, of_each: &str, items: &[Value], out: &mut String) {
    out.push_str(&format!("    <{name}>\n"));
    for item in items {
        out.push_str(&format!("      <{of_each}"));
        match item {
            Value::Object(members) => push_members(members, out),
            other => push_value("Value", Some(other), out),
        }
        out.push_str(" />\n");
    }
    out.push_str(&format!("    </{name}>\n"));
}

/// Of two members of one name the first counts: no element has an attribute twice.
fn push_members(members: &[(Cow<str>, Value)], out: &mut String) {
    for (at, (name, value)) in members.iter().enumerate() {
        let is_first = members[..at].iter().all(|(other, _)| other != name);
        if is_first && is_name(name) {
            push_value(name, Some(value), out);
        }
    }
}

/// Names of members come from a record, and an attribute's name cannot be escaped.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn push_value(name: &str, value: Option<&Value>, out: &mut String) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::Bool(truth)) => {
            push_attribute(name, if *truth { "true" } else { "false" }, out)
        }
        Some(value) => push_attribute(name, &shortened(write::text(value, write::JOINED)), out),
    }
}

/// The record beside it has the whole value, and must not become many times as long.
fn shortened(text: Cow<str>) -> Cow<str> {
    if text.len() <= VALUE_BYTES_MAX {
        return text;
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(VALUE_BYTES_MAX)]))
}

/// ` Name='value'`: a record is full of double quotes, which so stand as they are. What a terminal
/// obeys is a reference, as is white space that would be read as blanks; what XML has no character
/// for is U+FFFD.
fn push_attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("='");
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&apos;"),
            c if !is_character(c) => out.push(char::REPLACEMENT_CHARACTER),
            c if is_unsafe(c) => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('\'');
}

/// A character of XML 1.0, section 2.2.
fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
