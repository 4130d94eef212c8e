//! Do message traces, announcements and audit queries behave as documented?

mod support;

use std::collections::{BTreeMap, HashSet};

use emulator::{Answer, ContentType, Faults};
use serde_json::{Value, json};
use support::{World, json as body, options};

fn request(world: &World, method: &str, target: &str) -> emulator::Request {
    let mut form = world.v1_form();
    form[3] = ("scope", "https://graph.microsoft.com/.default".into());
    let token = body(&world.ask(world.token_request("v2", &form)))["access_token"].clone();
    emulator::Request::new(method, &target.replace(' ', "%20"))
        .with_header("Host", "emulator.test")
        .with_header("Authorization", &format!("Bearer {}", token.as_str().unwrap()))
}

fn get(world: &World, target: &str) -> Answer {
    world.ask(request(world, "GET", target))
}

fn rows(world: &World, target: &str) -> Vec<Value> {
    let mut answer = get(world, target);
    let mut rows = Vec::new();
    loop {
        assert_eq!(answer.status, 200, "{target}: {}", support::text(&answer));
        let page = body(&answer);
        rows.extend(page["value"].as_array().unwrap().iter().cloned());
        let Some(link) = page["@odata.nextLink"].as_str() else { return rows };
        answer = get(world, link.strip_prefix("http://emulator.test").unwrap());
    }
}

const TRACES: &str = "/v1.0/admin/exchange/tracing/messageTraces";

#[test]
fn traces_cover_a_span() {
    let world = World::of_records(100);
    let span = |from: &str, until: &str| {
        format!("{TRACES}?$filter=receivedDateTime ge {from} and receivedDateTime le {until}")
    };
    let all = rows(&world, &span("2026-09-22T00:00:00Z", "2026-09-30T12:00:00Z"));
    assert_eq!(all.len() as u64, world.emulator.graph_truth(world.now)[0].message_traces);
    assert!(all.len() > 3_000, "{}", all.len());
    let keys: HashSet<(&str, &str)> = all
        .iter()
        .map(|row| (row["id"].as_str().unwrap(), row["recipientAddress"].as_str().unwrap()))
        .collect();
    let ids: HashSet<&str> = keys.iter().map(|(id, _)| *id).collect();
    assert!(ids.len() < keys.len(), "some messages have several recipients");
    let mut by_status = BTreeMap::new();
    for row in &all {
        *by_status.entry(row["status"].as_str().unwrap()).or_insert(0) += 1;
        assert!(row["messageId"].as_str().unwrap().ends_with('>'));
        assert!(row["receivedDateTime"].as_str().unwrap().ends_with('Z'));
    }
    assert!(by_status["delivered"] > by_status["filteredAsSpam"], "{by_status:?}");
    let paged =
        rows(&world, &format!("{}&$top=77", span("2026-09-29T00:00:00Z", "2026-09-29T06:00:00Z")));
    let whole = rows(&world, &span("2026-09-29T00:00:00Z", "2026-09-29T06:00:00Z"));
    assert_eq!(paged, whole);
    let sender = whole[0]["senderAddress"].as_str().unwrap();
    let own = rows(
        &world,
        &format!(
            "{} and senderAddress eq '{sender}'",
            span("2026-09-29T00:00:00Z", "2026-09-29T06:00:00Z")
        ),
    );
    assert!(!own.is_empty() && own.iter().all(|row| row["senderAddress"] == sender));
    for (from, until) in [
        ("2026-09-01T00:00:00Z", "2026-09-30T00:00:00Z"),
        ("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"),
    ] {
        assert_eq!(get(&world, &span(from, until)).status, 400, "{from}");
    }
    assert_eq!(
        get(&world, &format!("{TRACES}?$filter=receivedDateTime ge 2026-09-29T00:00:00Z")).status,
        400
    );
    assert_eq!(get(&world, &format!("{TRACES}?$top=5001")).status, 400);
}

const HEALTH: &str = "/v1.0/admin/serviceAnnouncement";

#[test]
fn issues_move_with_their_posts() {
    let mut world = World::of_records(100);
    let before = rows(&world, &format!("{HEALTH}/issues"));
    assert!(before.len() > 50);
    let open: Vec<&Value> = before.iter().filter(|row| row["isResolved"] == false).collect();
    assert!(!open.is_empty() && open.iter().all(|row| row["endDateTime"].is_null()));
    let since = world.now.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    world.later(86_400);
    let moved = rows(&world, &format!("{HEALTH}/issues?$filter=lastModifiedDateTime ge {since}"));
    assert!(!moved.is_empty() && moved.len() < before.len());
    for row in open {
        let id = row["id"].as_str().unwrap();
        let now = body(&get(&world, &format!("{HEALTH}/issues/{id}")));
        let posts = |row: &Value| row["posts"].as_array().unwrap().len();
        assert!(posts(&now) > posts(row), "{id}");
        assert!(moved.iter().any(|row| row["id"] == id));
    }
    assert!(
        before
            .iter()
            .all(|row| row["posts"].as_array().unwrap().last().unwrap()["createdDateTime"]
                == row["lastModifiedDateTime"])
    );
}

#[test]
fn services_are_as_well_as_their_issues() {
    let world = World::of_records(100);
    let plain = rows(&world, &format!("{HEALTH}/healthOverviews"));
    assert_eq!(plain[0]["service"], "Exchange Online");
    assert!(plain.iter().all(|row| row.get("issues").is_none()));
    let full = rows(&world, &format!("{HEALTH}/healthOverviews?$expand=issues"));
    let issues: usize = full.iter().map(|row| row["issues"].as_array().unwrap().len()).sum();
    assert_eq!(issues, rows(&world, &format!("{HEALTH}/issues")).len());
    assert!(full.iter().any(|row| row["status"] != "serviceOperational"));
    let one = body(&get(&world, &format!("{HEALTH}/healthOverviews/Exchange Online")));
    assert_eq!(one["id"], "Exchange Online");
}

#[test]
fn messages_are_updated() {
    let world = World::of_records(100);
    let all = rows(&world, &format!("{HEALTH}/messages?$top=10"));
    assert!(all.iter().all(|row| row["id"].as_str().unwrap().starts_with("MC")));
    assert!(all.is_sorted_by(
        |a, b| a["lastModifiedDateTime"].as_str() >= b["lastModifiedDateTime"].as_str()
    ));
    let updated = all.iter().filter(|row| row["title"].as_str().unwrap().starts_with("(Updated)"));
    assert!(updated.count() > 3);
}

const QUERIES: &str = "/v1.0/security/auditLog/queries";

fn submit(world: &World, query: &Value) -> Answer {
    world.ask(request(world, "POST", QUERIES).with_body(query.to_string()))
}

/// Submits, waits, and returns what the query says at the end, and its records.
fn search(world: &World, query: &Value) -> (Value, Vec<Value>) {
    let answer = submit(world, query);
    assert_eq!(answer.status, 201, "{}", support::text(&answer));
    let submitted = body(&answer);
    assert_eq!(submitted["status"], "notStarted");
    let path = format!("{QUERIES}/{}", submitted["id"].as_str().unwrap());
    assert_eq!(get(world, &format!("{path}/records")).status, 400);
    let polls: Vec<Value> = (0..4).map(|_| body(&get(world, &path))).collect();
    let statuses: Vec<&Value> = polls.iter().map(|poll| &poll["status"]).collect();
    assert_eq!(statuses, ["notStarted", "running", "running", "succeeded"]);
    (polls[3].clone(), rows(world, &format!("{path}/records?$top=500")))
}

fn week(more: Value) -> Value {
    let mut query = json!({
        "displayName": "case 17",
        "filterStartDateTime": "2026-09-23T00:00:00Z",
        "filterEndDateTime": "2026-10-01T00:00:00Z",
    });
    query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    query
}

#[test]
fn a_search_finds_what_the_feed_published() {
    let world = World::of_records(5_000);
    world.start_all();
    let mut published = BTreeMap::new();
    for content_type in ContentType::ALL {
        for listed in world.list_all(content_type) {
            for record in body(&world.fetch(&listed.uri)).as_array().unwrap() {
                published.insert(record["Id"].as_str().unwrap().to_owned(), record.clone());
            }
        }
    }
    let (query, records) = search(&world, &week(json!({})));
    assert_eq!(records.len(), 5_000);
    assert_eq!(query["approximateReturnedRecordCount"], 5_000);
    for record in &records {
        let mut data = record["auditData"].clone();
        assert!(data["@odata.type"].is_string());
        data.as_object_mut().unwrap().remove("@odata.type");
        assert_eq!(data, published[record["id"].as_str().unwrap()]);
    }
    let filtered = |more: Value, keep: &dyn Fn(&Value) -> bool| {
        let (query, records) = search(&world, &week(more.clone()));
        let expected = published.values().filter(|record| keep(record)).count();
        assert!(expected > 0, "{more}");
        assert_eq!(records.len(), expected, "{more}");
        assert_eq!(query["approximateReturnedRecordCount"], expected, "{more}");
    };
    filtered(json!({"operationFilters": ["UserLoggedIn"]}), &|it| {
        it["Operation"] == "UserLoggedIn"
    });
    filtered(json!({"recordTypeFilters": ["exchangeAdmin", "azureActiveDirectory"]}), &|it| {
        it["RecordType"] == 1 || it["RecordType"] == 8
    });
    filtered(json!({"serviceFilters": ["SharePoint"]}), &|it| it["Workload"] == "SharePoint");
    let user = records[0]["userId"].as_str().unwrap().to_owned();
    filtered(json!({"userPrincipalNameFilters": [user]}), &|it| {
        it["UserId"].as_str().unwrap().eq_ignore_ascii_case(&user)
    });
    filtered(
        json!({"filterStartDateTime": "2026-09-28T00:00:00Z", "filterEndDateTime": "2026-09-29T00:00:00Z"}),
        &|it| it["CreationTime"].as_str().unwrap().starts_with("2026-09-28"),
    );
    assert_eq!(rows(&world, QUERIES).len(), 6);
}

#[test]
fn searches_fail_and_drag_on() {
    let mut options = options(100);
    options.faults =
        Faults { audit_query_failed_rate: 1.0, audit_query_seconds: 600, ..Faults::default() };
    let mut world = World::new(options);
    let id = body(&submit(&world, &week(json!({}))))["id"].as_str().unwrap().to_owned();
    for _ in 0..20 {
        let status = body(&get(&world, &format!("{QUERIES}/{id}")))["status"].clone();
        assert!(status == "notStarted" || status == "running", "{status}");
    }
    world.later(601);
    assert_eq!(body(&get(&world, &format!("{QUERIES}/{id}")))["status"], "failed");
    assert_eq!(submit(&world, &json!({})).status, 400);
    assert_eq!(submit(&world, &json!("x")).status, 400);
}

#[test]
fn the_clock_alone_ends_a_search() {
    let mut world = World::of_records(100);
    let id = body(&submit(&world, &week(json!({}))))["id"].as_str().unwrap().to_owned();
    world.later(60);
    assert_eq!(body(&get(&world, &format!("{QUERIES}/{id}")))["status"], "succeeded");
}
