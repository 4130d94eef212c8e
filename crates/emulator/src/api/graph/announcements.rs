//! `admin/serviceAnnouncement/issues` and `messages`: what does Microsoft say of its services?
//!
//! Issue number n and message number n follow from the seed and n. An issue gets posts until it
//! is restored; each one moves its lastModifiedDateTime.

use serde_json::{Value, json};

use super::Call;
use super::announcement_texts::{CHANGES, EFFECTS, SERVICES, Service};
use super::error::GraphError;
use super::filter::Filter;
use super::page::{self, Position, Shape};
use crate::clock::{self, DAY, HOUR, Millis};
use crate::random::blend;

/// A new issue, and a new message, as often as this.
const ISSUE_EVERY: Millis = 9 * HOUR;
const MESSAGE_EVERY: Millis = 11 * HOUR;
/// How far back they go. The reference gives no figure.
const RETENTION: Millis = 30 * DAY;
const POSTS_MAX: u64 = 6;
/// The lists show so many rows (the page size that clients report).
const PAGE: usize = 100;

/// What posts of an issue say of it, one after the other.
const STATES: [&str; 4] =
    ["investigating", "serviceDegradation", "restoringService", "verifyingService"];

const CATEGORIES: [&str; 3] = ["stayInformed", "planForChange", "preventOrFixIssue"];

pub(super) struct Issue {
    pub(super) service: &'static Service,
    pub(super) status: &'static str,
    pub(super) json: Value,
}

pub(super) fn issues(call: &Call<'_>, id: Option<&str>) -> Result<String, GraphError> {
    let rows = known_issues(call).into_iter().map(|issue| issue.json).collect();
    list(call, "admin/serviceAnnouncement/issues", rows, id)
}

pub(super) fn messages(call: &Call<'_>, id: Option<&str>) -> Result<String, GraphError> {
    let rows = numbers(call.now, MESSAGE_EVERY).filter_map(|number| message(call, number));
    list(call, "admin/serviceAnnouncement/messages", rows.collect(), id)
}

fn list(
    call: &Call<'_>,
    path: &str,
    rows: Vec<Value>,
    id: Option<&str>,
) -> Result<String, GraphError> {
    if let Some(id) = id {
        let found = rows.into_iter().find(|row| row["id"] == id);
        return found.map(|row| row.to_string()).ok_or_else(|| GraphError::not_found(id));
    }
    let filter = Filter::read(call.option("filter").as_deref())?;
    let time = "lastModifiedDateTime";
    let shape = Shape { path: path.into(), time, page_default: PAGE, page_max: 1_000 };
    let place = |(number, row): (usize, Value)| {
        let modified = row[time].as_str().and_then(clock::parse_any_time).unwrap_or_default();
        (Position { time: modified, tie: number as u64 }, row)
    };
    let rows = rows.into_iter().enumerate().map(place).collect();
    page::answer(call, &shape, rows, |row: &Value| filter.admits(row).then(|| row.to_string()))
}

/// The numbers of what began in the time that is shown.
fn numbers(now: Millis, every: Millis) -> impl Iterator<Item = i64> {
    (now - RETENTION).div_euclid(every)..=now.div_euclid(every)
}

pub(super) fn known_issues(call: &Call<'_>) -> Vec<Issue> {
    numbers(call.now, ISSUE_EVERY).filter_map(|number| issue(call, number)).collect()
}

fn issue(call: &Call<'_>, number: i64) -> Option<Issue> {
    // Services are the same for all tenants, so the tenant's seed has no part in it.
    let seed = blend(call.emulator.options.seed ^ 0x155E, number as u64);
    let start = begin(number, ISSUE_EVERY, seed);
    let service = &SERVICES[seed as usize % SERVICES.len()];
    let effect = EFFECTS[blend(seed, 1) as usize % EFFECTS.len()];
    let count = 3 + blend(seed, 2) % (POSTS_MAX - 2);
    let every = HOUR + (blend(seed, 3) % (5 * HOUR as u64)) as i64;
    let posts: Vec<(Millis, &'static str)> = (0..count)
        .map(|at| (start + at as i64 * every, state(at, count)))
        .take_while(|(time, _)| *time <= call.now)
        .collect();
    let (modified, status) = *posts.last()?;
    let resolved = status == "serviceRestored";
    let title = format!("Some people {effect} in {}", service.name);
    let json = json!({
        "id": format!("{}{}", service.prefix, 1_100_000 + number),
        "title": title,
        "startDateTime": clock::with_zone(start),
        "endDateTime": resolved.then(|| clock::with_zone(modified)),
        "lastModifiedDateTime": clock::with_millis(modified),
        "service": service.name,
        "feature": service.feature,
        "featureGroup": service.feature,
        "classification": if seed.is_multiple_of(3) { "incident" } else { "advisory" },
        "origin": "microsoft",
        "status": status,
        "isResolved": resolved,
        "impactDescription": format!("{title}. Other functions of the service work."),
        "details": [{"name": "NotifyInApp", "value": "True"}],
        "posts": posts.iter().map(|(time, status)| post(*time, &title, status)).collect::<Vec<_>>(),
    });
    Some(Issue { service, status, json })
}

fn state(at: u64, count: u64) -> &'static str {
    if at + 1 == count { "serviceRestored" } else { STATES[(at as usize).min(STATES.len() - 1)] }
}

fn post(time: Millis, title: &str, status: &str) -> Value {
    let content = format!("Title: {title}\n\nCurrent status: {status}\n\nScope: some people.");
    json!({
        "createdDateTime": clock::with_millis(time),
        "postType": "regular",
        "description": {"contentType": "html", "content": content},
    })
}

fn message(call: &Call<'_>, number: i64) -> Option<Value> {
    let seed = blend(call.emulator.options.seed ^ 0x3E55, number as u64);
    let start = begin(number, MESSAGE_EVERY, seed);
    let service = &SERVICES[seed as usize % SERVICES.len()];
    let change = CHANGES[blend(seed, 1) as usize % CHANGES.len()];
    // A third is put off some days later.
    let update = start + DAY + (blend(seed, 2) % (4 * DAY as u64)) as i64;
    let updated = blend(seed, 3).is_multiple_of(3) && update <= call.now;
    let title = format!("{change} in {}", service.name);
    let row = json!({
        "id": format!("MC{}", 1_200_000 + number),
        "title": if updated { format!("(Updated) {title}") } else { title.clone() },
        "startDateTime": clock::with_zone(start),
        "endDateTime": clock::with_zone(start + 90 * DAY),
        "lastModifiedDateTime": clock::with_millis(if updated { update } else { start }),
        "actionRequiredByDateTime":
            seed.is_multiple_of(5).then(|| clock::with_zone(start + 60 * DAY)),
        "category": CATEGORIES[number as usize % 3],
        "severity": if seed.is_multiple_of(11) { "high" } else { "normal" },
        "isMajorChange": seed.is_multiple_of(4),
        "hasAttachments": false,
        "services": [service.name],
        "tags": if updated { json!(["Updated message", "User impact"]) } else { json!(["User impact"]) },
        "viewPoint": null,
        "details": [],
        "body": {"contentType": "html", "content": format!("<p>{title}: what changes, and when.</p>")},
    });
    (start <= call.now).then_some(row)
}

fn begin(number: i64, every: Millis, seed: u64) -> Millis {
    let start = number * every + (blend(seed, 9) % every as u64) as i64;
    start - start.rem_euclid(clock::MINUTE)
}
