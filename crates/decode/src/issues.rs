//! How are the oddities of a record kept?

use std::borrow::Cow;

use event::{Event, Field, Issue, IssueKind, Value};

/// A record with more oddities than this is told by those.
pub const ISSUES_MAX: usize = 32;

/// Adds an issue to an event, up to [`ISSUES_MAX`].
pub fn note(
    event: &mut Event,
    kind: IssueKind,
    field: impl Into<Cow<'static, str>>,
    detail: impl Into<String>,
) {
    if event.issues.len() < ISSUES_MAX {
        event.issues.push(Issue::new(kind, field, detail));
    }
}

/// Writes the issues into their column, as a JSON list; no issues, no cell.
pub fn write_cell(event: &mut Event) {
    if event.issues.is_empty() {
        return;
    }
    let text = |text: &str| Value::Text(Cow::Owned(text.to_owned()));
    let list = event.issues.iter().map(|issue| {
        Value::Object(vec![
            ("kind".into(), text(issue.kind.name())),
            ("field".into(), text(&issue.field)),
            ("detail".into(), text(&issue.detail)),
        ])
    });
    let list = Value::List(list.collect());
    if let Ok(json) = serde_json::to_string(&list) {
        event.set_text(Field::Issues, json);
    }
}
