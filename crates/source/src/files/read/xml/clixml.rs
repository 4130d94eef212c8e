//! What Export-Clixml writes: each object of the pipeline as an `Obj` with its properties in `Props`
//! and `MS`, each value in an element that tells its type.
//!
//! From Microsoft's protocol document [MS-PSRP], "Serialization of Objects". Characters that XML
//! does not have are written `_x000D_`.

use super::super::Wrapper;
use super::super::json::is_object;
use super::node::Node;
use super::{Tag, Vocabulary, blank};

pub(crate) static CLIXML: Vocabulary = Vocabulary {
    root: "Objs",
    records: &["Obj", "S"],
    // The closing tags of an object that holds a list of rows.
    around: &["Obj", "LST", "IE", "STK", "QUE", "MS", "Props", "TN", "TNRef", "ToString"],
    heading: &[],
    links: &[],
    holds_records: |bytes| list_in(bytes).map(|list| list.is_some()),
    nests: true,
    carried: |_| None,
    made: |element| match element.name.as_str() {
        // `(Search-UnifiedAuditLog ...).AuditData | Export-Clixml` writes texts.
        "S" => Some(unescaped(element.text.trim())).filter(|text| is_object(text.as_bytes())),
        _ => Some(value(element)).filter(|json| json.starts_with('{') && json.len() > 2),
    },
};

/// The length of the tags by which a list of objects is entered.
pub(super) fn entered(bytes: &[u8]) -> Option<usize> {
    list_in(bytes).flatten()
}

const LISTS: [&str; 4] = ["LST", "IE", "STK", "QUE"];

/// `Export-Clixml -InputObject $rows` writes one object that is a list: the length of its tags up to
/// the first row. `Some(None)` for any other object, `None` while that is open.
fn list_in(bytes: &[u8]) -> Option<Option<usize>> {
    let mut at = 0;
    loop {
        at += blank(&bytes[at..]);
        if at >= bytes.len() {
            return None;
        }
        let Some(tag) = Tag::read(&bytes[at..]) else {
            return Some(None);
        };
        let length = tag.length?;
        let is = |name: &str| tag.name == name.as_bytes();
        let is_empty = bytes[at..at + length].ends_with(b"/>");
        match () {
            () if at == 0 && is("Obj") && !is_empty => at += length,
            () if at > 0 && is("TNRef") => at += length,
            () if at > 0 && (is("TN") || is("ToString")) => {
                let close: &[u8] = if is("TN") { b"</TN>" } else { b"</ToString>" };
                at += memchr::memmem::find(&bytes[at..], close)? + close.len();
            }
            () if at > 0 && !is_empty && LISTS.iter().any(|list| is(list)) => {
                at += length;
                // A list of plain values is a value.
                let inner = at + blank(&bytes[at..]);
                let inner = Tag::read(bytes.get(inner..).filter(|rest| !rest.is_empty())?);
                let holds = inner.is_some_and(|tag| tag.name == b"Obj" || tag.name == b"S");
                return Some(holds.then_some(at));
            }
            () => return Some(None),
        }
    }
}

/// A value as JSON.
fn value(element: &Node) -> String {
    match element.name.as_str() {
        "Obj" => object(element),
        "Nil" => "null".into(),
        "B" => match element.text.trim() {
            "true" => "true".into(),
            "false" => "false".into(),
            other => quoted(other),
        },
        "By" | "SB" | "I16" | "U16" | "I32" | "U32" | "I64" | "U64" | "Sg" | "Db" | "D" => {
            let text = element.text.trim();
            // The number as it stands, if JSON has it; `INF` and `NaN` it has not.
            match serde_json::from_str::<serde_json::Number>(text) {
                Ok(_) => text.to_owned(),
                Err(_) => quoted(text),
            }
        }
        "Ref" => {
            let id = element.attribute("RefId").unwrap_or_default();
            format!("{{\"RefId\":{}}}", quoted(id))
        }
        _ if !element.children.is_empty() => list(element),
        _ => quoted(&unescaped(&element.text)),
    }
}

/// An object's properties; of a list its items, of a dictionary its entries, of anything else that
/// has no properties its text.
fn object(element: &Node) -> String {
    let mut object = Wrapper::default();
    let mut known: Vec<(String, String)> = Vec::new();
    let holders = element.children.iter().filter(|child| matches!(&*child.name, "Props" | "MS"));
    for property in holders.flat_map(|holder| &holder.children) {
        let name = unescaped(property.attribute("N").unwrap_or(&property.name));
        let value = value(property);
        let count = known.iter().filter(|(other, _)| *other == name).count();
        match count {
            0 => object.json(&name, &value),
            // A remote session says some things twice.
            _ if known.iter().any(|(other, said)| *other == name && *said == value) => {}
            _ => object.json(&format!("{name} ({})", count + 1), &value),
        }
        known.push((name, value));
    }
    if let Some(object) = object.finish() {
        return object.into();
    }
    let child =
        |names: &[&str]| element.children.iter().find(|child| names.contains(&child.name.as_str()));
    if let Some(items) = child(&LISTS) {
        return list(items);
    }
    if let Some(entries) = child(&["DCT"]) {
        return dictionary(entries);
    }
    let plain = |child: &&Node| !matches!(&*child.name, "TN" | "TNRef" | "ToString");
    if let Some(inner) = element.children.iter().find(plain) {
        return value(inner);
    }
    quoted(&unescaped(child(&["ToString"]).map_or("", |text| &text.text)))
}

fn list(items: &Node) -> String {
    let items: Vec<String> = items.children.iter().map(value).collect();
    format!("[{}]", items.join(","))
}

/// `<En><S N="Key">a</S><I32 N="Value">1</I32></En>`.
fn dictionary(entries: &Node) -> String {
    let mut object = Wrapper::default();
    for entry in &entries.children {
        let part = |name| entry.children.iter().find(|part| part.attribute("N") == Some(name));
        let key = part("Key").map_or(String::new(), |key| unescaped(&key.text));
        object.json(&key, &part("Value").map_or("null".into(), value));
    }
    object.finish().map_or("{}".into(), String::from)
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text always has a JSON form")
}

/// `_x000D__x000A_` is a line break; an underscore before an `x` is itself written `_x005F_`.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(unit) = escaped_unit(rest) {
            units.push(unit);
            rest = &rest[ESCAPE_BYTES..];
            continue;
        }
        flush(&mut units, &mut out);
        let next = next_underscore(rest);
        out.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    flush(&mut units, &mut out);
    out
}

const ESCAPE_BYTES: usize = "_x000D_".len();

/// Halves of a surrogate pair stand side by side.
fn flush(units: &mut Vec<u16>, out: &mut String) {
    out.push_str(&String::from_utf16_lossy(units));
    units.clear();
}

fn escaped_unit(text: &str) -> Option<u16> {
    let escape = text.get(..ESCAPE_BYTES)?;
    let digits = escape.strip_prefix("_x")?.strip_suffix('_')?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    u16::from_str_radix(digits, 16).ok()
}

fn next_underscore(text: &str) -> usize {
    text.char_indices().skip(1).find(|(_, c)| *c == '_').map_or(text.len(), |(at, _)| at)
}
