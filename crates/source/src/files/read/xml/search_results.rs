//! The attachment of New-MailboxAuditLogSearch and New-AdminAuditLogSearch: an `Event` for each
//! entry, with everything in attributes and in lists of children.
//!
//! From MicrosoftDocs/OfficeDocs-Exchange, export-mailbox-audit-logs.md and the page of the
//! administrator audit log. Attributes and children that no page names are kept like the others.
//!
//! trail365 writes the same XML with the record itself beside what Exchange says, which is read in
//! its place: what was searched here comes back as it was.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::super::Wrapper;
use super::node::Node;
use super::{Carried, Vocabulary};

pub(crate) static SEARCH_RESULTS: Vocabulary = Vocabulary {
    root: "SearchResults",
    records: &["Event"],
    around: &[],
    heading: &[],
    links: &[],
    holds_records: |_| Some(false),
    nests: false,
    carried,
    made: |event| {
        let is_event = !event.attributes.is_empty() || !event.children.is_empty();
        is_event.then(|| object(event))
    },
};

/// The attributes that hold a record: as text, or where XML has no characters for its bytes.
pub(super) const RECORDS: [&str; 2] = ["AuditData", "AuditDataBase64"];
/// Why the record stood in the quarantine, if it did.
const QUARANTINE: &str = "Quarantine";

fn carried(event: &Node) -> Option<Result<Carried, String>> {
    let [text, base64] = RECORDS.map(|name| event.attribute(name));
    let bytes = match (text, base64) {
        (Some(text), _) => Bytes::copy_from_slice(text.as_bytes()),
        (None, Some(letters)) => match STANDARD.decode(letters.trim()) {
            Ok(bytes) => bytes.into(),
            Err(error) => return Some(Err(format!("{} is no base64: {error}", RECORDS[1]))),
        },
        (None, None) => return None,
    };
    let reason = event.attribute(QUARANTINE).map(str::to_owned);
    Some(Ok(Carried { bytes, reason }))
}

/// `<Event A="x"><SourceItems><Item Id="1"/></SourceItems></Event>` becomes
/// `{"A":"x","SourceItems":[{"Id":"1"}]}`.
fn object(element: &Node) -> String {
    let mut object = Wrapper::default();
    for (name, value) in &element.attributes {
        object.text(name, value.as_bytes());
    }
    let text = element.text.trim();
    if !text.is_empty() {
        object.text("Text", text.as_bytes());
    }
    for child in &element.children {
        let items: Vec<String> = child.children.iter().map(self::object).collect();
        let items = format!("[{}]", items.join(","));
        match child.attributes.is_empty() && child.text.trim().is_empty() {
            true => object.json(&child.name, &items),
            false => object.json(&child.name, &self::object(child)),
        }
    }
    object.finish().map_or("{}".into(), String::from)
}
