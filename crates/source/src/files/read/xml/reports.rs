//! Reports of the reporting web service, which answers in Atom unless it is asked for JSON: an
//! `entry` for each row, its columns in `m:properties`.
//!
//! The names of elements and attributes are OData's: [MS-ODATA], "AtomPub Format". A row becomes the
//! object that the service writes in JSON, with what tells of the entry alone in `__metadata`.

use super::super::Wrapper;
use super::Vocabulary;
use super::node::Node;

pub(crate) static REPORTS: Vocabulary = Vocabulary {
    root: "feed",
    records: &["entry"],
    around: &[],
    heading: &["title", "id", "updated", "link", "author", "generator", "m:count"],
    // To the next page.
    links: &["link"],
    holds_records: |_| Some(false),
    nests: false,
    carried: |_| None,
    made: |entry| properties_of(entry).map(|properties| row(entry, properties)),
};

/// An entry's properties stand in its content. `None` if more stands there: where the tags between
/// two entries are missing, one has run into the other.
fn properties_of(entry: &Node) -> Option<&Node> {
    let holds = |child: &&Node| !child.children.is_empty() && local(&child.name) != "author";
    let [content] = entry.children.iter().filter(holds).collect::<Vec<_>>()[..] else {
        return None;
    };
    let properties = match (local(&content.name), &content.children[..]) {
        ("properties", _) => content,
        ("content", [properties]) => properties,
        _ => return None,
    };
    let is_filled = !properties.children.is_empty();
    (is_filled && local(&properties.name) == "properties").then_some(properties)
}

fn row(entry: &Node, properties: &Node) -> String {
    let mut metadata = Wrapper::default();
    for child in &entry.children {
        let text = child.text.trim();
        match (local(&child.name), child.attribute("term")) {
            ("category", Some(term)) => metadata.text("type", term.as_bytes()),
            // When the service was asked.
            ("updated", _) => {}
            (name, _) if !text.is_empty() => metadata.text(name, text.as_bytes()),
            _ => {}
        }
    }
    let mut object = Wrapper::default();
    if let Some(metadata) = metadata.finish() {
        object.json("__metadata", &metadata);
    }
    add(&mut object, properties);
    object.finish().map_or("{}".into(), String::from)
}

fn add(object: &mut Wrapper, properties: &Node) {
    for (place, property) in properties.children.iter().enumerate() {
        let name = local(&property.name);
        let before = &properties.children[..place];
        let count = before.iter().filter(|other| local(&other.name) == name).count();
        match count {
            0 => object.json(name, &value(property)),
            _ => object.json(&format!("{name} ({})", count + 1), &value(property)),
        }
    }
}

fn value(property: &Node) -> String {
    let text = property.text.as_str();
    let attribute = |name: &str| {
        let mut known = property.attributes.iter();
        known.find(|(known, _)| local(known) == name).map(|(_, value)| value.as_str())
    };
    match attribute("type").unwrap_or_default() {
        _ if !property.children.is_empty() => {
            let mut object = Wrapper::default();
            add(&mut object, property);
            object.finish().map_or("{}".into(), String::from)
        }
        _ if attribute("null") == Some("true") && text.is_empty() => "null".into(),
        "Edm.Boolean" if matches!(text, "true" | "false") => text.into(),
        "Edm.Byte" | "Edm.SByte" | "Edm.Int16" | "Edm.Int32" | "Edm.Int64"
            if serde_json::from_str::<serde_json::Number>(text).is_ok() =>
        {
            text.trim().into()
        }
        _ => serde_json::to_string(text).expect("text always has a JSON form"),
    }
}

/// A name without its prefix, which stands for a namespace.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
