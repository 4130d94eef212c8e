//! Does the client get everything the emulated Graph has, on good days and on bad ones?

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use emulator::{Emulator, EmulatorOptions, Faults, serve};
use source::graph::*;
use source::service::*;
use support::*;

/// What the emulator says it has of a log.
fn expected(tenant: &Tenant, log: Log) -> Option<u64> {
    let truth = tenant.truth();
    let sign_ins = |kind: &str| truth.sign_ins.get(kind).copied().unwrap_or(0);
    match log {
        Log::SignIns => Some(sign_ins("interactiveUser")),
        Log::NonInteractiveSignIns => Some(sign_ins("nonInteractiveUser")),
        Log::ServicePrincipalSignIns => Some(sign_ins("servicePrincipal")),
        Log::ManagedIdentitySignIns => Some(sign_ins("managedIdentity")),
        Log::DirectoryAudits => Some(truth.directory_audits),
        Log::MessageTrace => Some(truth.message_traces),
        _ => None,
    }
}

#[tokio::test]
async fn all_that_is_there_is_listed() {
    let tenant = Tenant::new(options(20_000, Faults::default()));
    for log in Log::ALL {
        let collected = tenant.collect(log).await;
        let distinct = collected.distinct.len() as u64;
        assert!(collected.errors.is_empty(), "{log}: {:?}", collected.errors);
        match expected(&tenant, log) {
            // Windows of traces share the second between them.
            Some(rows) if log == Log::MessageTrace => {
                assert!((rows..rows + 20).contains(&collected.records), "{log}");
            }
            Some(rows) => assert_eq!((distinct, collected.records), (rows, rows), "{log}"),
            None => assert!(distinct > 5 && collected.records == distinct, "{log}"),
        }
        assert!(distinct > 0 || log == Log::ManagedIdentitySignIns, "{log}");
    }
    let counts = tenant.graph.counts();
    assert_eq!((counts.tokens, counts.retries, counts.throttled), (1, 0, 0));
}

/// Faults that pass cost time and nothing else.
#[tokio::test]
async fn what_passes_costs_nothing() {
    let check = async |log: Log, faults: Faults| {
        let good = Tenant::new(options(20_000, Faults::default())).collect(log).await;
        let tenant = Tenant::new(options(20_000, faults));
        let collected = tenant.collect(log).await;
        assert!(collected.errors.is_empty(), "{:?}", collected.errors);
        assert!(collected.distinct.is_superset(&good.distinct), "{log}");
        tenant.graph.counts()
    };
    let faults = Faults { error_rate: 0.2, ..Faults::default() };
    let counts = check(Log::SignIns, faults).await;
    assert!(counts.retries > 3, "{counts:?}");

    let faults = Faults { unauthorized_rate: 0.05, ..Faults::default() };
    let counts = check(Log::ServicePrincipalSignIns, faults).await;
    assert!(counts.tokens > 1, "{counts:?}");

    let faults = Faults { graph_throttle: true, ..Faults::default() };
    let counts = check(Log::ServicePrincipalSignIns, faults).await;
    assert!(counts.throttled > 3, "{counts:?}");
}

#[tokio::test]
async fn a_window_whose_links_are_refused_is_listed_anew() {
    let faults = Faults { page_fault_rate: 0.7, ..Faults::default() };
    let tenant = Tenant::new(options(100, faults));
    let window = last_days(&tenant, 9);
    let mut collected = Collected::default();
    let mut failures = 0;
    while let Err(error) = list(&tenant.graph, Log::MessageTrace, window, &mut collected).await {
        assert_eq!(error.kind(), Kind::Broken, "{error}");
        collected = Collected::default();
        failures += 1;
        assert!(failures < 100);
    }
    assert!(failures > 0);
    assert_eq!(Some(collected.records), expected(&tenant, Log::MessageTrace));
}

#[tokio::test]
async fn late_rows_are_found_by_overlap() {
    let tenant = Tenant::new(options(300_000, Faults::default()));
    let noon = tenant.clock.now();
    let window = Window::new(noon - 6 * 3_600_000_000, noon).unwrap();
    let list = async || {
        let mut collected = Collected::default();
        list(&tenant.graph, Log::SignIns, window, &mut collected).await.unwrap();
        collected.distinct
    };
    let early = list().await;
    tenant.clock.advance(Duration::from_secs(6 * 3600));
    let late = list().await;
    let missed: Vec<_> = late.difference(&early).collect();
    assert!(!missed.is_empty() && !early.is_empty());
    let overlap = Log::SignIns.overlap().as_micros() as i64;
    for row in missed {
        let row: serde_json::Value = serde_json::from_slice(row).unwrap();
        let time = event::time::parse(row["createdDateTime"].as_str().unwrap()).unwrap();
        assert!(time >= noon - overlap, "{row}");
    }
}

/// The wire panics when a request leaves the cloud, so this also shows that no token does.
#[tokio::test]
async fn links_that_lead_astray_are_not_followed() {
    let check = async |faults: Faults, expected: Kind| {
        let tenant = Tenant::new(options(20_000, faults));
        let window = windows(Log::MessageTrace, tenant.clock.now(), 0, Duration::MAX);
        let mut listing = tenant
            .graph
            .list(Log::MessageTrace, Window::new(window[81].start(), window[89].end()).unwrap());
        let page = listing.next_page().await.unwrap().unwrap();
        assert!(!page.envelopes.is_empty());
        let error = listing.next_page().await.err().unwrap();
        assert_eq!(error.kind(), expected, "{error}");
    };
    let astray = Faults { wrong_host_next_page: true, ..Faults::default() };
    check(astray, Kind::Untrusted).await;
    check(Faults { page_loop: true, ..Faults::default() }, Kind::Broken).await;
}

#[tokio::test]
async fn what_an_administrator_must_do_is_said() {
    let check = async |change: fn(&mut EmulatorOptions), log: Log, words: &str| {
        let mut options = options(100, Faults::default());
        change(&mut options);
        let tenant = Tenant::new(options);
        let collected = tenant.collect(log).await;
        let error = &collected.errors[0];
        assert_eq!((error.kind(), error.status()), (Kind::Denied, Some(403)));
        assert!(error.to_string().contains(words), "{error}");
    };
    for log in Log::ALL {
        let words = format!("{} is not granted; consent", log.permission());
        check(|options| options.tenants[0].graph_roles.clear(), log, &words).await;
    }
    check(|options| options.tenants[0].premium = false, Log::SignIns, "P1 or P2").await;
}

#[tokio::test]
async fn a_trace_past_its_reach_is_a_gap() {
    let tenant = Tenant::new(options(100, Faults::default()));
    let first = windows(Log::MessageTrace, tenant.clock.now(), 0, Duration::MAX)[0];
    let hour = 3_600_000_000;
    let past = Window::new(first.start() - hour, first.end() - hour).unwrap();
    let ask = async |window| {
        let mut listing = tenant.graph.list(Log::MessageTrace, window);
        listing.next_page().await.map(drop).map_err(|error| error.kind())
    };
    assert_eq!(ask(first).await, Ok(()));
    assert_eq!(ask(past).await, Err(Kind::Expired));
}

fn last_days(tenant: &Tenant, days: i64) -> Window {
    let now = tenant.clock.now();
    Window::new(now - days * 86_400_000_000, now).unwrap()
}

#[tokio::test]
async fn an_audit_query_brings_the_records_of_the_feed() {
    let tenant = Tenant::new(options(3_000, Faults::default()));
    let query = AuditQuery::new("everything", last_days(&tenant, 7));
    let position = tenant.graph.submit_audit_query(&query).await.unwrap();
    let report = tenant.graph.finished_audit_query(&position).await.unwrap();
    assert!(report.approximate_count.unwrap() > 1000);

    // A crash after every page.
    let mut position = position;
    let mut ids = BTreeSet::new();
    let mut pages = 0;
    while !position.is_done() {
        let stored = serde_json::to_string(&position).unwrap();
        let stored: AuditQueryPosition = serde_json::from_str(&stored).unwrap();
        let mut records = tenant.graph.audit_query_records(stored).unwrap();
        for envelope in records.next_page().await.unwrap().unwrap() {
            let (_, record) = record(&envelope);
            assert!(record["CreationTime"].is_string() && record["RecordType"].is_number());
            ids.insert(record["Id"].as_str().unwrap().to_owned());
        }
        position = records.position().clone();
        pages += 1;
    }
    assert!(pages > 5);
    assert_eq!(report.completeness(position.records()), Completeness::Whole);
    assert_eq!(
        report.completeness(position.records() / 2),
        Completeness::Short { missing: position.records() - position.records() / 2 }
    );
    assert_eq!(ids.len() as u64, position.records());
}

#[tokio::test]
async fn an_audit_query_finds_what_it_asks_for_in_parts_too() {
    let tenant = Tenant::new(options(5_000, Faults::default()));
    let ids = async |query: &AuditQuery| {
        let position = tenant.graph.submit_audit_query(query).await.unwrap();
        tenant.graph.finished_audit_query(&position).await.unwrap();
        let mut records = tenant.graph.audit_query_records(position).unwrap();
        let mut ids = BTreeSet::new();
        while let Some(page) = records.next_page().await.unwrap() {
            for envelope in page {
                let (_, record) = record(&envelope);
                assert_eq!(record["RecordType"], 15);
                ids.insert(record["Id"].as_str().unwrap().to_owned());
            }
        }
        ids
    };
    let query = AuditQuery {
        record_types: vec!["AzureActiveDirectoryStsLogon".into()],
        ..AuditQuery::new("sign-ins", last_days(&tenant, 7))
    };
    let whole = ids(&query).await;
    assert!(!whole.is_empty());
    let mut parts = BTreeSet::new();
    for part in query.split(3) {
        parts.extend(ids(&part).await);
    }
    assert_eq!(parts, whole);
}

#[tokio::test]
async fn an_audit_query_that_fails_or_was_never_there_says_so() {
    let faults = Faults { audit_query_failed_rate: 1.0, ..Faults::default() };
    let tenant = Tenant::new(options(100, faults));
    let query = AuditQuery::new("doomed", last_days(&tenant, 1));
    let position = tenant.graph.submit_audit_query(&query).await.unwrap();
    let error = tenant.graph.finished_audit_query(&position).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Rejected);
    assert!(error.to_string().contains("it failed; submit it anew"), "{error}");
    let unknown = AuditQueryPosition::new("00000000-0000-4000-8000-000000000000").unwrap();
    let error = tenant.graph.finished_audit_query(&unknown).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Expired);
}

#[tokio::test]
async fn a_long_audit_query_is_waited_for() {
    let faults = Faults { audit_query_seconds: 3 * 3600, error_rate: 0.2, ..Faults::default() };
    let tenant = Tenant::new(options(100, faults));
    let start = tenant.clock.now();
    let query = AuditQuery::new("long", last_days(&tenant, 1));
    let position = tenant.graph.submit_audit_query(&query).await.unwrap();
    tenant.graph.finished_audit_query(&position).await.unwrap();
    let waited = (tenant.clock.now() - start) / 1_000_000;
    assert!((10_800..11_200).contains(&waited), "{waited}");
}

/// The same over a socket: reqwest, gzip, real time.
#[tokio::test]
async fn over_a_socket_all_is_listed_too() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let faults = Faults { error_rate: 0.02, ..Faults::default() };
    let options = EmulatorOptions { base_url: None, ..options(5_000, faults) };
    // This test keeps real time, so it is not to wait for a budget.
    let settings = Settings { requests_per_minute: 1_000_000, ..settings(&options, &root) };
    let graph = Graph::new(settings).unwrap();
    let emulator = Arc::new(Emulator::new(options, chrono::Utc::now()).unwrap());
    tokio::spawn(serve(listener, emulator.clone(), std::future::pending()));

    graph.sign_in().await.unwrap();
    for log in [Log::DirectoryAudits, Log::MessageTrace] {
        let now = chrono::Utc::now();
        let task = tokio::spawn({
            let graph = graph.clone();
            async move { collect(&graph, log, now.timestamp_micros()).await }
        });
        let collected = task.await.unwrap();
        assert!(collected.errors.is_empty(), "{:?}", collected.errors);
        let truth = &emulator.graph_truth(now)[0];
        let expected = match log {
            Log::MessageTrace => truth.message_traces,
            _ => truth.directory_audits,
        };
        let listed = collected.records;
        // Rows come to light while the test runs.
        assert!((expected..=expected + 20).contains(&listed), "{log}: {listed} of {expected}");
    }
    let end = chrono::Utc::now().timestamp_micros();
    let window = Window::new(end - 3_600_000_000, end).unwrap();
    let position = graph.submit_audit_query(&AuditQuery::new("socket", window)).await.unwrap();
    let report = graph.audit_query_report(&position).await.unwrap();
    assert_ne!(report.state, AuditQueryState::Failed);
}
