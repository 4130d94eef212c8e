//! An event as a list of dotted names and values, the whole record and nothing else.

use event::{Event, Value};
use serde_json::Value as Json;

use super::convert::Object;
use super::kind::{self, Kind};
use super::rest::{self, Lists};

/// Whose habit the names follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Elastic's: every record under `o365.audit`.
    Elastic,
    /// LogMan.io's: message traces under `o365.message`, every other record under `o365.audit`.
    LogMan,
}

/// Every member of the record by its dotted name, `o365.audit.Item.Subject`. Lists of names and
/// values are objects, as in [`super::ecs()`]; other lists stay lists. Of an unreadable record, its
/// text as `event.original`.
pub fn flat(event: &Event, style: Style) -> Vec<(String, Json)> {
    if let Value::Text(text) = &event.body {
        return vec![("event.original".to_owned(), text.to_string().into())];
    }
    let prefix = match style {
        Style::LogMan if kind::of(event) == Kind::Family("Message trace") => "o365.message",
        Style::Elastic | Style::LogMan => "o365.audit",
    };
    let mut flat = Vec::with_capacity(64);
    let members = rest::untold(&event.body, |_| false);
    collect(prefix, rest::tree(&members, Lists::Folded), &mut flat);
    flat
}

fn collect(path: &str, members: Object, flat: &mut Vec<(String, Json)>) {
    for (name, value) in members {
        let path = format!("{path}.{name}");
        match value {
            Json::Object(members) if !members.is_empty() => collect(&path, members, flat),
            value => flat.push((path, value)),
        }
    }
}
