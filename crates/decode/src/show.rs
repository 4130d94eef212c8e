//! How is one field of a readable line shown?

use event::{Event, Field, Value, resolve, time, write_printable};

use crate::codes;
use crate::columns::is_missing;
use crate::schema;

/// Characters shown of one value; longer ones end in an ellipsis.
pub const LINE_VALUE_CHARS_MAX: usize = 256;

/// One field of a family's line: its label and where its value comes from.
pub struct Shown {
    label: &'static str,
    from: From,
}

enum From {
    Column(Field),
    /// Every value at a path.
    Path {
        path: &'static str,
        always: bool,
    },
    /// Every value at a path, unless it is one of those that say nothing.
    Unless {
        path: &'static str,
        silent: &'static [&'static str],
    },
    /// A list of name and value.
    Pairs(&'static str),
    /// A list of name, old and new value.
    Changes(&'static str),
    /// A sign-in error number, followed by its name.
    SignInError {
        number: &'static str,
        name: &'static str,
    },
    /// Every member that other columns do not hold, in the order sent.
    Members,
}

/// A column, `-` where it is missing.
pub const fn column(field: Field) -> Shown {
    Shown { label: field.name(), from: From::Column(field) }
}

/// A column under another label, `-` where it is missing.
pub const fn labelled(label: &'static str, field: Field) -> Shown {
    Shown { label, from: From::Column(field) }
}

/// The values at a path, `-` where there are none.
pub const fn always(label: &'static str, path: &'static str) -> Shown {
    Shown { label, from: From::Path { path, always: true } }
}

/// The values at a path; left out where there are none.
pub const fn present(label: &'static str, path: &'static str) -> Shown {
    Shown { label, from: From::Path { path, always: false } }
}

/// The values at a path; left out where there are none, or where they are a word that says nothing.
pub const fn unless(
    label: &'static str,
    path: &'static str,
    silent: &'static [&'static str],
) -> Shown {
    Shown { label, from: From::Unless { path, silent } }
}

/// A list of name and value, `name=value`; left out where there is none.
pub const fn pairs(member: &'static str) -> Shown {
    Shown { label: member, from: From::Pairs(member) }
}

/// A list of changes, `name: old -> new`; left out where there is none.
pub const fn changes(label: &'static str, member: &'static str) -> Shown {
    Shown { label, from: From::Changes(member) }
}

/// A sign-in error number with its name, the record's own or the known one; left out where there
/// is none, and for 0, which is no error.
pub const fn sign_in_error(number: &'static str, name: &'static str) -> Shown {
    Shown { label: "Error", from: From::SignInError { number, name } }
}

/// Any member that a record has, shown by what it is: the line of records without a family of
/// their own.
pub(crate) const MEMBERS: Shown = Shown { label: "", from: From::Members };

impl Shown {
    /// Appends `, label: value`.
    pub(crate) fn write(&self, event: &Event, out: &mut String) {
        let body = &event.body;
        match self.from {
            From::Column(field) => write_field(self.label, &named(event, field), out),
            From::Path { path, always } => {
                let text = joined_named(event, path);
                if always || !text.is_empty() {
                    write_field(self.label, &text, out);
                }
            }
            From::Unless { path, silent } => {
                let text = joined(body, path);
                if !text.is_empty() && !silent.iter().any(|word| text.eq_ignore_ascii_case(word)) {
                    write_field(self.label, &text, out);
                }
            }
            From::Pairs(member) => self.write_items(body, member, pair_text, out),
            From::Changes(member) => self.write_items(body, member, change_text, out),
            From::Members => write_members(event, out),
            From::SignInError { number, name } => {
                let number = joined(body, number);
                let known = number.parse().ok().and_then(codes::sign_in_error_name);
                let text = match (joined(body, name), known) {
                    _ if number == "0" => String::new(),
                    (own, _) if !own.is_empty() => format!("{number} {own}"),
                    (_, Some(name)) => format!("{number} {name}"),
                    _ => number,
                };
                if !text.is_empty() {
                    write_field(self.label, &text, out);
                }
            }
        }
    }

    fn write_items(&self, body: &Value, path: &str, item_text: ItemText, out: &mut String) {
        let text = items_text(body, path, item_text);
        if !text.is_empty() {
            write_field(self.label, &text, out);
        }
    }
}

/// How an item of a list of pairs is written; `None` for one that says nothing.
type ItemText = fn(&Value) -> Option<String>;

fn items_text(body: &Value, path: &str, item_text: ItemText) -> String {
    let mut text = String::new();
    resolve(body, path, &mut |value| match value {
        Value::List(items) => {
            items.iter().filter_map(item_text).any(|item| append(&item, &mut text))
        }
        Value::Text(json) => match Value::from_json(json) {
            Ok(Value::List(items)) => {
                items.iter().filter_map(item_text).any(|item| append(&item, &mut text))
            }
            _ => append(json, &mut text),
        },
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| append(&format!("{name}={}", scalars(value)), &mut text)),
        _ => false,
    });
    text
}

/// Members that a line of its own families shows in columns, or that say nothing to a reader.
const SHOWN_BEFORE: &[&str] = &[
    "CreationTime",
    "CreationDate",
    "Id",
    "Operation",
    "OrganizationId",
    "RecordType",
    "UserType",
    "UserKey",
    "Version",
    "Workload",
    "UserId",
    "ClientIP",
    "ClientIPAddress",
    "ActorIpAddress",
    "ResultStatus",
    "ObjectId",
    "Scope",
    "AppAccessContext",
    "CorrelationId",
];

/// Members shown of one record.
const MEMBERS_MAX: usize = 16;

fn write_members(event: &Event, out: &mut String) {
    let Value::Object(members) = &event.body else { return };
    let mut shown = 0;
    for (name, value) in members {
        let is_column = SHOWN_BEFORE.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is_column || is_missing(value) || name.contains("@odata.") {
            continue;
        }
        let text = member_text(event, name, value);
        if text.is_empty() {
            continue;
        }
        write_field(&printable_name(name), &text, out);
        shown += 1;
        if shown == MEMBERS_MAX {
            return;
        }
    }
}

/// Pairs as pairs, changes as changes, codes by their names, objects by their scalars.
fn member_text(event: &Event, name: &str, value: &Value) -> String {
    let is_pair = |item: &Value, value: &str| name_of(item).is_some() && item.get(value).is_some();
    let items: &[Value] = match value {
        Value::List(items) => items,
        _ => &[],
    };
    match items.first() {
        Some(item) if is_pair(item, "Value") => items_text(&event.body, name, pair_text),
        Some(item) if is_pair(item, "NewValue") || is_pair(item, "OldValue") => {
            items_text(&event.body, name, change_text)
        }
        _ => match (value.as_int(), event.int(Field::RecordType)) {
            (Some(_), Some(_)) => joined_named(event, name),
            _ => scalars(value),
        },
    }
}

/// A label cannot pass for another field, nor move a cursor.
fn printable_name(name: &str) -> String {
    let mut label = String::new();
    let end = name.char_indices().nth(LABEL_CHARS_MAX).map_or(name.len(), |(end, _)| end);
    write_printable(&name[..end].replace([',', ':'], " "), &mut label);
    label
}

/// Characters shown of a member's name.
const LABEL_CHARS_MAX: usize = 64;

/// The text of a column, of whatever kind; empty where it is missing.
pub(crate) fn column_text(event: &Event, field: Field) -> String {
    match event.cell(field) {
        Some(event::Cell::Text(text)) => text.to_string(),
        Some(event::Cell::Int(value)) => value.to_string(),
        Some(event::Cell::Time(value)) => time::short(*value),
        None => String::new(),
    }
}

/// A code's name, or its number where it has none; other columns as they are.
pub(crate) fn named(event: &Event, field: Field) -> String {
    match field.names().and_then(|names| event.text(names)) {
        Some(name) => name.to_owned(),
        None => column_text(event, field),
    }
}

/// Appends `, label: value`, with `-` for an empty value. A value that holds what separates
/// fields is quoted, so that a subject cannot pass for a field.
pub(crate) fn write_field(label: &str, value: &str, out: &mut String) {
    out.push_str(", ");
    out.push_str(label);
    out.push_str(": ");
    write_value(value, out);
}

pub(crate) fn write_value(value: &str, out: &mut String) {
    let value = value.trim();
    if value.is_empty() {
        return out.push('-');
    }
    let end = value.char_indices().nth(LINE_VALUE_CHARS_MAX).map(|(end, _)| end);
    let shown = &value[..end.unwrap_or(value.len())];
    if value.contains(", ") || value.starts_with('"') {
        out.push('"');
        for part in shown.split_inclusive('"') {
            let text = part.strip_suffix('"');
            write_printable(text.unwrap_or(part), out);
            out.push_str(if text.is_some() { "\\\"" } else { "" });
        }
        out.push_str(if end.is_some() { "…\"" } else { "\"" });
    } else {
        write_printable(shown, out);
        out.push_str(if end.is_some() { "…" } else { "" });
    }
}

/// Appends to a list of values; true once there is more than a line shows.
fn append(value: &str, text: &mut String) -> bool {
    if value.is_empty() {
        return false;
    }
    if !text.is_empty() {
        text.push_str("; ");
    }
    let end = value.floor_char_boundary(LINE_VALUE_CHARS_MAX * 4 + 4);
    text.push_str(&value[..end]);
    text.len() > LINE_VALUE_CHARS_MAX * 4
}

fn joined(body: &Value, path: &str) -> String {
    let mut text = String::new();
    resolve(body, path, &mut |value| append_scalars(value, &mut text));
    text
}

/// The values at a path, codes by their names.
fn joined_named(event: &Event, path: &str) -> String {
    let mut text = String::new();
    let record_type = event.int(Field::RecordType);
    resolve(&event.body, path, &mut |value| {
        let name = |code: &Value| schema::code_name(record_type?, path, code.as_int()?);
        match value {
            Value::List(items) if items.iter().any(|item| name(item).is_some()) => {
                items.iter().any(|item| match name(item) {
                    Some(name) => append(name, &mut text),
                    None => append_scalars(item, &mut text),
                })
            }
            value => match name(value) {
                Some(name) => append(name, &mut text),
                None => append_scalars(value, &mut text),
            },
        }
    });
    text
}

fn append_scalars(value: &Value, text: &mut String) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| append_scalars(item, text)),
        Value::Object(members) => members.iter().any(|(_, value)| append_scalars(value, text)),
        scalar => match scalar.as_text() {
            Some(scalar) => append(&scalar, text),
            None => false,
        },
    }
}

fn pair_text(item: &Value) -> Option<String> {
    let name = name_of(item)?;
    let value = item.get("Value").map(scalars).unwrap_or_default();
    Some(format!("{name}={value}"))
}

fn change_text(item: &Value) -> Option<String> {
    if let Value::Text(name) = item {
        return Some(name.to_string());
    }
    // Entra repeats the names of all changed properties as one more property.
    let name = name_of(item).filter(|name| name != "Included Updated Properties")?;
    let side = |names: [&str; 2]| {
        let value = names.iter().find_map(|name| item.get(name)).map(scalars);
        let value = value.map(|text| unwrapped(&text)).unwrap_or_default();
        if value.is_empty() { "-".to_owned() } else { value }
    };
    Some(format!("{name}: {} -> {}", side(["OldValue", "Old"]), side(["NewValue", "New"])))
}

fn name_of<'v>(item: &'v Value) -> Option<std::borrow::Cow<'v, str>> {
    ["Name", "Key", "displayName"]
        .iter()
        .find_map(|name| item.get(name))
        .filter(|name| !is_missing(name))
        .and_then(Value::as_text)
}

fn scalars(value: &Value) -> String {
    let mut text = String::new();
    append_scalars(value, &mut text);
    text
}

/// Entra writes values as JSON texts with line breaks inside: `[\r\n  "a",\r\n  "b"\r\n]`.
fn unwrapped(text: &str) -> String {
    if !text.starts_with(['[', '"', '{']) {
        return text.to_owned();
    }
    match Value::from_json(text) {
        Ok(value) if is_flat(&value) => scalars(&value),
        Ok(value) => serde_json::to_string(&value).unwrap_or_default(),
        Err(_) => text.to_owned(),
    }
}

fn is_flat(value: &Value) -> bool {
    let is_scalar = |value: &Value| !matches!(value, Value::List(_) | Value::Object(_));
    match value {
        Value::List(items) => items.iter().all(is_scalar),
        value => is_scalar(value),
    }
}
