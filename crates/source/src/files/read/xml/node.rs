//! An element, read.

use std::borrow::Cow;

use memchr::memchr_iter;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element with what it holds.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
    pub text: String,
}

/// Elements in elements are read this deep.
const DEPTH_MAX: usize = 64;

impl Node {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn is_mixed(&self) -> bool {
        !self.children.is_empty() && !self.text.trim().is_empty()
    }
}

/// The element that this text is, and what had to be mended; or why it is none.
pub(super) fn read(text: &str) -> Result<(Node, Option<&'static str>), String> {
    match named(text) {
        Cow::Borrowed(text) => parse(text).map(|node| (node, None)),
        Cow::Owned(text) => {
            let mended = "an element's name had run into its first attribute";
            parse(&text).map(|node| (node, Some(mended)))
        }
    }
}

/// `<ItemId="..."`, as Microsoft's own example of a mailbox audit log has it
/// (MicrosoftDocs/OfficeDocs-Exchange, export-mailbox-audit-logs.md), is no XML: it is read as
/// `<Item Id="..."`.
fn named(text: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut copied = 0;
    for at in memchr_iter(b'<', text.as_bytes()) {
        let word = &text[at + 1..];
        let length = word.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let behind = &word[length..];
        if length == 0 || !(behind.starts_with("=\"") || behind.starts_with("='")) {
            continue;
        }
        let name = word[..length].strip_suffix("Id").filter(|name| !name.is_empty());
        mended.push_str(&text[copied..=at]);
        match name {
            Some(name) => mended.extend([name, " Id"]),
            None => mended.extend([&word[..length], " ", &word[..length]]),
        }
        copied = at + 1 + length;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    mended.push_str(&text[copied..]);
    Cow::Owned(mended)
}

fn parse(text: &str) -> Result<Node, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut open: Vec<Node> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| format!("no XML: {error}"))?;
        let done = match event {
            Event::Start(start) if open.len() < DEPTH_MAX => {
                open.push(node(&start)?);
                None
            }
            Event::Start(_) => return Err(format!("elements are more than {DEPTH_MAX} deep")),
            Event::Empty(start) => Some(node(&start)?),
            Event::End(_) => open.pop(),
            Event::Text(text) => add_text(&mut open, &String::from_utf8_lossy(&text)),
            Event::CData(text) => add_text(&mut open, &String::from_utf8_lossy(&text)),
            Event::GeneralRef(name) => {
                let name = String::from_utf8_lossy(&name).into_owned();
                add_text(&mut open, &resolved(&name))
            }
            Event::Eof => return Err("it ends before its closing tag".into()),
            // No export has any, and whatever stands in one would be lost.
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {
                return Err("a remark stands in it".into());
            }
        };
        match (done, open.last_mut()) {
            (Some(node), _) if node.is_mixed() => return Err("text between its elements".into()),
            (Some(node), Some(parent)) => parent.children.push(node),
            (Some(node), None) => {
                // A tag whose quote was missing may have ended before the element was thought to.
                let rest = usize::try_from(reader.buffer_position()).ok();
                let rest = rest.and_then(|at| text.get(at..)).unwrap_or_default();
                return match rest.trim().is_empty() {
                    true => Ok(node),
                    false => Err("more stands behind its end".into()),
                };
            }
            (None, _) => {}
        }
    }
}

fn add_text(open: &mut [Node], text: &str) -> Option<Node> {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
    None
}

fn node(start: &BytesStart) -> Result<Node, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut node = Node { name: text(start.name().as_ref()), ..Node::default() };
    // The reader takes all up to a blank for a name.
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    if !node.name.chars().all(is_name) {
        return Err(format!("no XML: {:?} is no name of an element", node.name));
    }
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| format!("no XML: {error}"))?;
        let value = text(&attribute.value);
        // A value with a stray `&` stands as it is.
        let value = match quick_xml::escape::unescape(&value) {
            Ok(value) => value.into_owned(),
            Err(_) => value,
        };
        node.attributes.push((text(attribute.key.as_ref()), value));
    }
    Ok(node)
}

/// The character of an entity; one that XML does not know stands as it is.
fn resolved(name: &str) -> String {
    let whole = format!("&{name};");
    match quick_xml::escape::unescape(&whole) {
        Ok(text) => text.into_owned(),
        Err(_) => whole,
    }
}
