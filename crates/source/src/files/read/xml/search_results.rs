//! The attachment of New-MailboxAuditLogSearch and New-AdminAuditLogSearch: an `Event` for each
//! entry, with everything in attributes and in lists of children.
//!
//! From MicrosoftDocs/OfficeDocs-Exchange, export-mailbox-audit-logs.md and the page of the
//! administrator audit log. Attributes and children that no page names are kept like the others.

use super::super::Wrapper;
use super::Vocabulary;
use super::node::Node;

pub(crate) static SEARCH_RESULTS: Vocabulary = Vocabulary {
    root: "SearchResults",
    records: &["Event"],
    around: &[],
    heading: &[],
    links: &[],
    holds_records: |_| Some(false),
    nests: false,
    made: |event| {
        let is_event = !event.attributes.is_empty() || !event.children.is_empty();
        is_event.then(|| object(event))
    },
};

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
