//! `admin/serviceAnnouncement/healthOverviews`: how is each service?

use serde_json::{Value, json};

use super::Call;
use super::announcement_texts::SERVICES;
use super::announcements::{Issue, known_issues};
use super::error::GraphError;
use super::filter::Filter;
use super::page::{self, Position, Shape};

pub(super) fn answer(call: &Call<'_>, service: Option<&str>) -> Result<String, GraphError> {
    let filter = Filter::read(call.option("filter").as_deref())?;
    let with_issues = call.option("expand").is_some_and(|it| it.eq_ignore_ascii_case("issues"));
    let issues = known_issues(call);
    let overviews = SERVICES.iter().map(|it| overview(it.name, &issues, with_issues));
    if let Some(service) = service {
        let found = overviews.into_iter().find(|row| row["id"] == service);
        return found.map(|row| row.to_string()).ok_or_else(|| GraphError::not_found(service));
    }
    let shape = Shape {
        path: "admin/serviceAnnouncement/healthOverviews".into(),
        time: "",
        page_default: 100,
        page_max: 1_000,
    };
    // No time is in them; the first service shall come first in a list of the latest first.
    let place = |(at, row): (usize, Value)| (Position { time: -(at as i64), tie: 0 }, row);
    let rows = overviews.enumerate().map(place).collect();
    page::answer(call, &shape, rows, |row: &Value| filter.admits(row).then(|| row.to_string()))
}

/// A service is as well as the latest of its open issues says.
fn overview(service: &str, issues: &[Issue], with_issues: bool) -> Value {
    let own = || issues.iter().filter(|issue| issue.service.name == service);
    let open = own().rfind(|issue| issue.status != "serviceRestored");
    let mut row = json!({
        "id": service,
        "service": service,
        "status": open.map_or("serviceOperational", |issue| issue.status),
    });
    if with_issues {
        row["issues"] = own().map(|issue| issue.json.clone()).collect();
    }
    row
}
