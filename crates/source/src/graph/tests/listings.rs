use super::*;
use crate::service::Clock;
use std::sync::atomic::{AtomicU64, Ordering};

const NEXT: &str = "https://graph.microsoft.com/v1.0/auditLogs/signIns?$skiptoken=";

/// Lists an hour of sign-ins answered by these replies: records and how it ended, in one line.
async fn list(replies: Vec<Reply>) -> (String, Scene) {
    let scene = scene(in_turn(replies));
    let mut listing = scene.graph.list(Log::SignIns, hour(1));
    let mut shown = Vec::new();
    let end = loop {
        match listing.next_page().await {
            Ok(Some(page)) => shown.extend(page.envelopes.iter().map(show)),
            Ok(None) => break "whole".to_owned(),
            Err(error) => break format!("{:?}", error.kind()),
        }
    };
    shown.push(end);
    (shown.join(" "), scene)
}

#[tokio::test]
async fn each_log_is_asked_in_its_own_way() {
    let check = async |log: Log, expected: &str| {
        let scene = scene(in_turn(vec![page("", "")]));
        let mut listing = scene.graph.list(log, hour(1));
        assert!(listing.next_page().await.unwrap().unwrap().envelopes.is_empty());
        assert!(listing.next_page().await.unwrap().is_none());
        let (from, to) = ("2026-09-28T10:00:00Z", "2026-09-28T11:00:00Z");
        let expected = expected.replace("FROM", from).replace("TO", to);
        assert_eq!(scene.lines(), [format!("GET {expected}")]);
    };
    let created = "createdDateTime ge FROM and createdDateTime lt TO";
    check(Log::SignIns, &format!("v1.0/auditLogs/signIns?$filter={created}")).await;
    for (log, kind) in [
        (Log::NonInteractiveSignIns, "nonInteractiveUser"),
        (Log::ServicePrincipalSignIns, "servicePrincipal"),
        (Log::ManagedIdentitySignIns, "managedIdentity"),
    ] {
        let also = format!("signInEventTypes/any(t: t eq '{kind}')");
        check(log, &format!("beta/auditLogs/signIns?$filter={created} and {also}")).await;
    }
    check(
        Log::DirectoryAudits,
        "v1.0/auditLogs/directoryAudits?$filter=activityDateTime ge FROM and activityDateTime lt TO",
    )
    .await;
    check(
        Log::MessageTrace,
        "v1.0/admin/exchange/tracing/messageTraces?$filter=receivedDateTime ge FROM and receivedDateTime le TO&$top=5000",
    )
    .await;
    let changed = "$filter=lastModifiedDateTime ge FROM and lastModifiedDateTime lt TO";
    let admin = "v1.0/admin/serviceAnnouncement";
    check(Log::ServiceIssues, &format!("{admin}/issues?{changed}")).await;
    check(Log::ServiceMessages, &format!("{admin}/messages?{changed}")).await;
    check(Log::ServiceOverviews, &format!("{admin}/healthOverviews")).await;
}

#[tokio::test]
async fn pages_are_followed_to_the_last_and_empty_ones_are_no_end() {
    let two = format!("{NEXT}a%2Bb$1");
    let three = format!("{NEXT}c");
    let (listed, scene) =
        list(vec![page(r#"{"a":1}, {"b":2}"#, &two), page("", &three), page(r#"{"c":3}"#, "")])
            .await;
    assert_eq!(listed, r#"1:{"a":1} 2:{"b":2} 1:{"c":3} whole"#);
    assert_eq!(scene.network.calls()[1].url.as_str(), two);
    assert_eq!(scene.network.calls()[2].url.as_str(), three);
    // Each request has a name of its own.
    let ids: Vec<_> = scene.network.calls().iter().map(|seen| seen.request_id.clone()).collect();
    assert!(ids[0].as_ref().is_some_and(|id| id.len() == 36) && ids[0] != ids[1], "{ids:?}");
    // And the token is for Graph.
    let form = &scene.network.sign_ins()[0].form;
    assert!(form.contains("scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"), "{form}");
}

#[tokio::test]
async fn records_are_the_bytes_that_were_sent() {
    let scene = scene(in_turn(vec![page("{ \"id\" : 1.50,\n\"t\":\"\\u00e9é\"}", "")]));
    let mut listing = scene.graph.list(Log::DirectoryAudits, hour(1));
    let page = listing.next_page().await.unwrap().unwrap();
    let envelope = &page.envelopes[0];
    assert_eq!(&envelope.bytes()[..], "{ \"id\" : 1.50,\n\"t\":\"\\u00e9é\"}".as_bytes());
    assert_eq!(envelope.provenance.source, "graph");
    assert_eq!(envelope.provenance.content_type, "Graph.DirectoryAudits");
    let origin = "2026-09-28T10:00:00 to 2026-09-28T11:00:00 page 1";
    assert_eq!(envelope.provenance.origin, origin);
}

#[tokio::test]
async fn a_window_that_is_not_whole_says_so() {
    let check = async |next: &str, second: Vec<Reply>, expected: &str| {
        let mut replies = vec![page("{}", next)];
        replies.extend(second);
        let (listed, _) = list(replies).await;
        assert_eq!(listed, expected);
    };
    let two = format!("{NEXT}2");
    // The second request is never sent: the script would panic.
    check("https://graph.microsoft.com.example.org/", vec![], "1:{} Untrusted").await;
    check("http://graph.microsoft.com/", vec![], "1:{} Untrusted").await;
    check("https://manage.office.com/", vec![], "1:{} Untrusted").await;
    check(&two, vec![page("{}", &two)], "1:{} 1:{} Broken").await;
    // A link that is no longer taken will not be taken later.
    check(&two, vec![reply(400, "")], "1:{} Broken").await;
    check(&two, vec![reply(404, "")], "1:{} Broken").await;
    check(&two, vec![reply(200, "[]")], "1:{} Broken").await;
}

#[tokio::test]
async fn pages_of_any_shape_are_read_or_named() {
    let check = async |body: &'static [u8], expected: &str| {
        let (listed, _) = list(vec![reply(200, body)]).await;
        assert_eq!(listed, expected, "{}", String::from_utf8_lossy(body));
    };
    check(b"{\"value\":[]}", "whole").await;
    check(b"\xef\xbb\xbf {\"value\" : [ ] , \"@odata.nextLink\" : null}\n", "whole").await;
    check(b"{\"value\":[{\"a\":[1]},7],\"@odata.nextLink\":\"\"}", "1:{\"a\":[1]} 2:7 whole").await;
    check(b"{\"v\\u0061lue\":[1]}", "1:1 whole").await;
    // A row that is no good JSON is the decoder's to quarantine; its neighbours are whole.
    check(
        b"{\"value\":[{\"a\":x},{\"b\":\"\xff\"},{}]}",
        "1:{\"a\":x} 2:{\"b\":\"\u{fffd}\"} 3:{} whole",
    )
    .await;
    check(b"{\"x\":{\"value\":[1]},\"value\":[2]}", "1:2 whole").await;
    for body in [
        &b""[..],
        b"[]",
        b"{}",
        b"oops",
        b"{\"value\":{}}",
        b"{\"value\":[1,2]",
        b"{\"value\":[1,",
        b"{\"value\":[{\"a\":\"",
        b"{\"value\"",
        b"{\"val",
        b"{value:[]}",
        b"{\"value\":[]",
    ] {
        let (listed, _) = list(vec![reply(200, body)]).await;
        assert_eq!(listed, "Broken", "{}", String::from_utf8_lossy(body));
    }
}

#[tokio::test]
async fn a_page_has_a_limit_of_records() {
    let rows = |count: usize| format!(r#"{{"value":[{}]}}"#, vec!["1"; count].join(","));
    let (listed, _) = list(vec![reply(200, rows(PAGE_RECORDS_MAX))]).await;
    assert!(listed.ends_with(" 10000:1 whole"));
    let (listed, _) = list(vec![reply(200, rows(PAGE_RECORDS_MAX + 1))]).await;
    assert_eq!(listed, "Broken");
}

#[tokio::test]
async fn a_list_has_a_limit_of_pages() {
    let number = AtomicU64::new(0);
    let scene = scene(move |seen| {
        let next = number.fetch_add(1, Ordering::SeqCst);
        (!seen.is_sign_in()).then(|| page("", &format!("{NEXT}{next}")))
    });
    let mut listing = scene.graph.list(Log::ServiceIssues, hour(1));
    for _ in 0..PAGES_MAX {
        assert!(listing.next_page().await.unwrap().is_some());
    }
    let error = listing.next_page().await.err().unwrap();
    assert_eq!(error.kind(), Kind::Broken);
    assert!(error.to_string().contains("20000 pages"), "{error}");
    assert_eq!(scene.network.calls().len() as u64, PAGES_MAX);
}

#[tokio::test]
async fn a_failed_page_is_asked_for_again() {
    let two = format!("{NEXT}2");
    let mut replies = vec![page("{}", &two)];
    replies.extend((0..6).map(|_| reply(503, "")));
    replies.push(page(r#"{"b":2}"#, ""));
    let scene = scene(in_turn(replies));
    let mut listing = scene.graph.list(Log::SignIns, hour(1));
    listing.next_page().await.unwrap().unwrap();
    let error = listing.next_page().await.err().unwrap();
    assert!(matches!(error.kind(), Kind::Later { .. }), "{error}");
    let page = listing.next_page().await.unwrap().unwrap();
    assert_eq!(show(&page.envelopes[0]), r#"1:{"b":2}"#);
    assert_eq!(page.envelopes[0].provenance.origin, format!("{} page 2", hour(1)));
    assert!(listing.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn each_workload_keeps_to_its_own_quota() {
    let scene = scene(|seen| (!seen.is_sign_in()).then(|| page("", "")));
    let ask = async |log: Log| {
        scene.graph.list(log, hour(1)).next_page().await.unwrap();
        scene.clock.now()
    };
    let start = scene.clock.now();
    let mut times = Vec::new();
    for log in [Log::SignIns, Log::DirectoryAudits, Log::NonInteractiveSignIns].repeat(6) {
        times.push(ask(log).await);
    }
    for five in times.windows(6) {
        assert!(five[5] - five[0] >= 9_999_000, "{times:?}");
    }
    assert!(times[17] - start < 40_000_000, "{times:?}");
    // Service health waits for none of them.
    for _ in 0..20 {
        assert_eq!(ask(Log::ServiceIssues).await, times[17]);
    }
}
