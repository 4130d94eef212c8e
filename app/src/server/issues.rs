//! Which oddities were met, how often, and since when?

use std::collections::BTreeMap;

use event::{Field, Filter, Name, Test, time};
use search::{ListQuery, Order, Row, Scope, Searcher};
use serde::Deserialize;
use serde_json::{Value, json};

/// One kind of oddity in one field of one tenant's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueCount {
    pub tenant: String,
    pub kind: String,
    pub field: String,
    pub count: u64,
    /// Microseconds.
    pub first: Option<i64>,
    pub last: Option<i64>,
    /// What the first one was about.
    pub detail: String,
    /// The key of the first event with it.
    pub example: String,
}

#[derive(Deserialize)]
struct StoredIssue {
    kind: String,
    #[serde(default)]
    field: String,
    #[serde(default)]
    detail: String,
}

impl IssueCount {
    pub fn json(&self) -> Value {
        json!({
            "tenant": self.tenant,
            "kind": self.kind,
            "field": self.field,
            "count": self.count,
            "first": self.first.map(time::iso_text),
            "last": self.last.map(time::iso_text),
            "detail": self.detail,
            "example": self.example,
        })
    }
}

/// Counts the issues of all events, the most frequent first.
pub async fn count_issues(searcher: &Searcher) -> search::Result<Vec<IssueCount>> {
    let has_issue = Filter::Field(Name::Column(Field::Issues), Test::Exists);
    let query = ListQuery {
        scope: Scope::events(has_issue),
        order: Order::OldestFirst,
        limit: None,
        after: None,
    };
    let mut counts = BTreeMap::new();
    searcher
        .list(&query, |rows| {
            rows.iter().for_each(|row| add(&mut counts, row));
            true
        })
        .await?;
    let mut counts: Vec<IssueCount> = counts.into_values().collect();
    counts.sort_by_key(|issue| std::cmp::Reverse(issue.count));
    Ok(counts)
}

fn add(counts: &mut BTreeMap<(String, String, String), IssueCount>, row: &Row) {
    let issues = row.text(Field::Issues).and_then(|text| serde_json::from_str(text).ok());
    let issues: Vec<StoredIssue> = issues.unwrap_or_default();
    let tenant = row.text(Field::Tenant).unwrap_or_default();
    let at = match row.cell(Field::CreationTime) {
        Some(event::Cell::Time(micros)) => Some(*micros),
        _ => None,
    };
    for issue in issues {
        let key = (tenant.to_owned(), issue.kind.clone(), issue.field.clone());
        let count = counts.entry(key).or_insert_with(|| IssueCount {
            tenant: tenant.to_owned(),
            kind: issue.kind,
            field: issue.field,
            count: 0,
            first: at,
            last: at,
            detail: issue.detail,
            example: row.key.to_string(),
        });
        count.count += 1;
        count.last = at.or(count.last);
    }
}
