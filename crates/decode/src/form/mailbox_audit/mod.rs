//! What does the audit log of a mailbox say of an event?
//!
//! An event as an entry of Search-MailboxAuditLog with ShowDetails, whichever log it came from:
//! records of the unified audit log get the names that the mailbox audit log has for the same
//! things, entries of Exchange Server keep what they say. An entry is written as the list that
//! PowerShell prints, as a line of CSV, as a JSON object, as the cells of a table, and as the XML
//! that New-MailboxAuditLogSearch sends ([`XmlWriter`]). [`MailboxSearch`] finds the events.
//!
//! Names from MicrosoftDocs/OfficeDocs-Exchange, mailbox-audit-logging.md and
//! export-mailbox-audit-logs.md, and MicrosoftDocs/office-docs-powershell,
//! Search-MailboxAuditLog.md.

mod base64;
mod fields;
mod items;
mod kind;
mod search;
mod server;
mod unified;
mod write;
mod xml;

use std::borrow::Cow;

use event::{Event, Value};

use fields::{ALL, COUNT};
use kind::{Kind, kind_of};

pub use items::ITEMS_MAX;
pub use search::{LogonType, MailboxSearch};
pub use xml::{VALUE_BYTES_MAX, XmlWriter};

/// An event as an entry of the mailbox audit log. It borrows from the event.
#[derive(Clone, Debug)]
pub struct MailboxEntry<'e> {
    /// By field; null where the record says nothing.
    values: Vec<Value<'e>>,
}

impl<'e> MailboxEntry<'e> {
    /// The names of the fields, in the order of an export.
    pub const FIELDS: [&'static str; COUNT] = fields::names();

    /// The entry; `None` for what is no record of a mailbox's audit.
    pub fn of(event: &'e Event<'_>) -> Option<MailboxEntry<'e>> {
        let values = match kind_of(event)? {
            Kind::Unified => unified::values(event),
            Kind::Server => server::values(event),
        };
        Some(MailboxEntry { values })
    }

    /// One entry was kept of so many: they are told where Exchange tells how many one stands for.
    pub fn stands_for(&mut self, count: u64) {
        let name = "AuditOperationsCountInAggregatedRecord";
        let at = ALL.iter().position(|field| field.name == name).expect("a field of the list");
        self.values[at] = Value::Number(event::Number::UInt(count));
    }

    /// What the entry says of a field, by its name without case; `None` where it says nothing.
    pub fn get(&self, name: &str) -> Option<&Value<'e>> {
        let at = ALL.iter().position(|field| field.name.eq_ignore_ascii_case(name))?;
        Some(&self.values[at]).filter(|value| !value.is_null())
    }

    /// The text of a field; empty where the entry says nothing.
    pub fn text(&self, name: &str) -> Cow<'_, str> {
        self.get(name).map_or(Cow::Borrowed(""), |value| write::text(value, write::JOINED))
    }

    /// Every field's text, in the order of [`MailboxEntry::FIELDS`].
    pub fn cells(&self) -> Vec<Cow<'_, str>> {
        self.values.iter().map(|value| write::text(value, write::JOINED)).collect()
    }

    /// The fields that say something.
    fn said(&self) -> impl Iterator<Item = (&'static str, &Value<'e>)> {
        let all = Self::FIELDS.into_iter().zip(&self.values);
        all.filter(|(_, value)| !value.is_null())
    }
}

/// The same value, borrowing its texts.
fn borrowed<'e>(value: &'e Value<'_>) -> Value<'e> {
    match value {
        Value::Null => Value::Null,
        Value::Bool(value) => Value::Bool(*value),
        Value::Number(value) => Value::Number(*value),
        Value::Text(text) => Value::Text(Cow::Borrowed(text)),
        Value::List(items) => Value::List(items.iter().map(borrowed).collect()),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (Cow::Borrowed(name.as_ref()), borrowed(value)))
                .collect(),
        ),
    }
}
