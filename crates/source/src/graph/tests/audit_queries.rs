use std::time::Duration;

use super::*;
use crate::service::Clock;

const ID: &str = "168ec429-084b-a489-90d8-504a87846305";
const QUERIES: &str = "https://graph.microsoft.com/v1.0/security/auditLog/queries";

fn position() -> AuditQueryPosition {
    AuditQueryPosition::new(ID).unwrap()
}

fn state(status: &str) -> Reply {
    reply(200, format!(r#"{{"id":"{ID}","status":"{status}","approximateReturnedRecordCount":2}}"#))
}

#[tokio::test]
async fn a_query_is_submitted_with_its_body() {
    let scene = scene(in_turn(vec![reply(201, format!(r#"{{"id":"{ID}"}}"#))]));
    let query = AuditQuery::new("case 17", hour(1));
    assert_eq!(scene.graph.submit_audit_query(&query).await.unwrap(), position());
    assert_eq!(scene.lines(), ["POST v1.0/security/auditLog/queries"]);
    let body = &scene.network.calls()[0].form;
    assert!(body.contains(r#""displayName":"case 17","filterStartDateTime":"2026-09-28T10"#));
}

#[tokio::test]
async fn a_submission_that_fails_says_what_to_do() {
    let check = async |answer: Reply, expected: Kind, words: &str| {
        let scene = scene(in_turn(vec![answer]));
        let query = AuditQuery::new("case 17", hour(1));
        let error = scene.graph.submit_audit_query(&query).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    };
    let granted = "AuditLogsQuery.Read.All is not granted";
    check(denied("Authorization_RequestDenied"), Kind::Denied, granted).await;
    check(reply(201, "{}"), Kind::Broken, "names no query").await;
    check(reply(201, r#"{"id":"../../users"}"#), Kind::Broken, "names no query").await;
    check(reply(400, ""), Kind::Rejected, "refuses").await;

    let (world, ..) = world(|_| None);
    let cloud = crate::service::Cloud::named("dod").unwrap();
    let graph = Graph::within(Settings { cloud, ..settings() }, world).unwrap();
    let error = graph.submit_audit_query(&AuditQuery::new("a", hour(1))).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Misconfigured);
}

#[tokio::test]
async fn a_query_is_looked_at_with_growing_pauses() {
    let states = ["notStarted", "notStarted", "running", "running", "running", "running"];
    let mut replies: Vec<Reply> = states.repeat(2).into_iter().map(state).collect();
    replies.push(state("succeeded"));
    let scene = scene(in_turn(replies));
    let report = scene.graph.finished_audit_query(&position()).await.unwrap();
    assert_eq!(report.state, AuditQueryState::Succeeded);
    assert_eq!(report.completeness(2), Completeness::Whole);
    let pauses: Vec<u64> =
        scene.clock.sleeps.lock().unwrap().iter().map(Duration::as_secs).collect();
    assert_eq!(pauses, [30, 45, 67, 101, 151, 227, 300, 300, 300, 300, 300, 300]);
    assert_eq!(scene.lines()[0], format!("GET v1.0/security/auditLog/queries/{ID}"));
}

#[tokio::test]
async fn a_query_may_end_otherwise() {
    let check = async |answer: fn() -> Reply, expected: &str| {
        let scene = scene(move |seen| (!seen.is_sign_in()).then(answer));
        let start = scene.clock.now();
        let error = scene.graph.finished_audit_query(&position()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        (error.kind(), scene.clock.now() - start)
    };
    assert_eq!(check(|| state("failed"), "it failed; submit it anew").await.0, Kind::Rejected);
    assert_eq!(check(|| state("cancelled"), "somebody cancelled it").await.0, Kind::Rejected);
    assert_eq!(check(|| refusal(404, "ResourceNotFound"), "no such thing").await.0, Kind::Expired);
    assert_eq!(check(|| reply(200, "{}"), "tells no status").await.0, Kind::Broken);
    let day = RUN_TIME_MAX.as_micros() as i64;
    let (kind, waited) = check(|| state("running"), "it still runs after 24 hours").await;
    assert_eq!(kind, Kind::Later { after: POLL_PAUSE_MAX });
    assert!((day..day + 600_000_000).contains(&waited));
    // A service that is out of reach is waited for as long.
    let (kind, waited) = check(|| reply(503, ""), "").await;
    assert!(matches!(kind, Kind::Later { .. }) && waited >= day);
}

const RECORD: &str = r#"{"id":"r1","createdDateTime":"2026-01-24T06:54:24Z","auditLogRecordType":"ExchangeAdmin","operation":"New-InboxRule","userId":"10032","userPrincipalName":"ann@fabrikam.example","clientIp":"192.0.2.7","administrativeUnits":[""],"auditData":{"Id": "r1", "Operation":"New-InboxRule","Size":1.50}}"#;
const SHOWN: &str = r#"1:{"Id": "r1", "Operation":"New-InboxRule","Size":1.50} in {"userId":"10032","userPrincipalName":"ann@fabrikam.example","clientIp":"192.0.2.7"}"#;

#[tokio::test]
async fn records_are_those_of_the_feed_byte_for_byte() {
    let scene = scene(in_turn(vec![page(RECORD, ""), page(r#"{"auditData":"x"}"#, "")]));
    let read = async || {
        let mut records = scene.graph.audit_query_records(position()).unwrap();
        let page = records.next_page().await.unwrap().unwrap();
        assert!(records.position().is_done() && records.position().records() == 1);
        assert!(records.next_page().await.unwrap().is_none());
        page.into_iter().next().unwrap()
    };
    let envelope = read().await;
    assert_eq!(show(&envelope), SHOWN);
    assert_eq!(envelope.provenance.content_type, "Graph.AuditQuery");
    assert_eq!(envelope.provenance.origin, format!("audit query {ID} page 1"));
    assert_eq!(show(&read().await), r#"1:broken {"auditData":"x"} (auditData is no object)"#);
    assert_eq!(scene.lines()[0], format!("GET v1.0/security/auditLog/queries/{ID}/records"));
}

#[tokio::test]
async fn reading_goes_on_where_a_crash_ended_it() {
    let two = format!("{QUERIES}/{ID}/records?$skiptoken=2");
    let scene = scene(in_turn(vec![
        page(&[RECORD, RECORD].join(","), &two),
        page(RECORD, &format!("{two}3")),
        reply(400, ""),
        page("", ""),
    ]));
    let mut records = scene.graph.audit_query_records(position()).unwrap();
    records.next_page().await.unwrap().unwrap();
    let stored = serde_json::to_string(records.position()).unwrap();
    drop(records);

    let stored: AuditQueryPosition = serde_json::from_str(&stored).unwrap();
    assert!(!stored.is_done() && stored.records() == 2);
    let mut records = scene.graph.audit_query_records(stored.clone()).unwrap();
    let page = records.next_page().await.unwrap().unwrap();
    assert_eq!(page[0].provenance.origin, format!("audit query {ID} page 2"));
    assert_eq!((records.position().records(), records.position().is_done()), (3, false));
    assert_eq!(scene.network.calls()[1].url.as_str(), two);

    // Links live for a while only.
    let mut records = scene.graph.audit_query_records(stored).unwrap();
    assert_eq!(records.next_page().await.unwrap_err().kind(), Kind::Broken);
    let mut records = scene.graph.audit_query_records(position()).unwrap();
    assert!(records.next_page().await.unwrap().unwrap().is_empty());
}

#[tokio::test]
async fn a_barred_way_leads_back_to_the_beginning() {
    let scene = scene(in_turn(vec![page(RECORD, "https://example.org/")]));
    let mut records = scene.graph.audit_query_records(position()).unwrap();
    records.next_page().await.unwrap().unwrap();
    assert_eq!(records.position(), &position());
    assert_eq!(records.next_page().await.unwrap_err().kind(), Kind::Untrusted);
    // A stored link is checked as well.
    let mut stored = serde_json::to_value(position()).unwrap();
    stored["next_link"] = "https://example.org/".into();
    let stored: AuditQueryPosition = serde_json::from_value(stored).unwrap();
    let error = scene.graph.audit_query_records(stored).err().unwrap();
    assert_eq!(error.kind(), Kind::Untrusted);
}

#[test]
fn ids_are_no_paths() {
    for id in ["", "a/b", "..", "a?b", "a b", "a%2fb", &"a".repeat(101)] {
        assert_eq!(AuditQueryPosition::new(id), None, "{id}");
    }
    assert_eq!(position().id(), ID);
}
