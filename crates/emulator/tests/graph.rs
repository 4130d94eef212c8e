//! Does Graph answer as documented: checks, pages, filters, errors?

mod support;

use std::collections::HashSet;

use chrono::Duration;
use emulator::{Answer, EmulatorOptions, Faults, TenantSetup};
use serde_json::{Value, json};
use support::{World, json as body};

const ROOT: &str = "http://emulator.test/graph";

fn token(world: &World, resource: &str) -> String {
    let mut form = world.v1_form();
    form[3] = ("scope", format!("{resource}/.default"));
    let answer = world.ask(world.token_request("v2", &form));
    body(&answer)["access_token"].as_str().unwrap().to_owned()
}

fn request(world: &World, method: &str, target: &str) -> emulator::Request {
    emulator::Request::new(method, &target.replace(' ', "%20"))
        .with_header("Host", "emulator.test")
        .with_header("Authorization", &format!("Bearer {}", token(world, ROOT)))
}

fn get(world: &World, target: &str) -> Answer {
    world.ask(request(world, "GET", target))
}

fn rows(world: &World, target: &str) -> Vec<Value> {
    let mut answer = get(world, target);
    let mut rows = Vec::new();
    loop {
        assert_eq!(answer.status, 200, "{}", support::text(&answer));
        let page = body(&answer);
        rows.extend(page["value"].as_array().unwrap().iter().cloned());
        let Some(link) = page["@odata.nextLink"].as_str() else { return rows };
        let path = link.strip_prefix("http://emulator.test").expect("the link stays on this host");
        answer = get(world, path);
    }
}

const CALLS: [(&str, &str); 8] = [
    ("/v1.0/auditLogs/signIns", "AuditLog.Read.All"),
    ("/v1.0/auditLogs/directoryAudits", "AuditLog.Read.All"),
    ("/v1.0/admin/serviceAnnouncement/healthOverviews", "ServiceHealth.Read.All"),
    ("/v1.0/admin/serviceAnnouncement/issues", "ServiceHealth.Read.All"),
    ("/v1.0/admin/serviceAnnouncement/messages", "ServiceMessage.Read.All"),
    ("/v1.0/admin/exchange/tracing/messageTraces", "ExchangeMessageTrace.Read.All"),
    ("/v1.0/security/auditLog/queries", "AuditLogsQuery.Read.All"),
    ("/graph/v1.0/auditLogs/signIns", "AuditLog.Read.All"),
];

#[test]
fn every_call_needs_its_permission() {
    for (path, role) in CALLS {
        let mut setup = TenantSetup::default();
        setup.tenant.records = 100;
        assert_eq!(get(&World::new(of(&setup)), path).status, 200, "{path}");
        setup.graph_roles.retain(|held| held != role);
        let answer = get(&World::new(of(&setup)), path);
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(support::code(&answer), "Authorization_RequestDenied");
    }
}

fn of(setup: &TenantSetup) -> EmulatorOptions {
    EmulatorOptions { tenants: vec![setup.clone()], ..EmulatorOptions::default() }
}

#[test]
fn tokens_are_for_one_api_only() {
    let world = World::of_records(100);
    let ask = |path: &str, token: Option<String>| {
        let mut request = emulator::Request::new("GET", path).with_header("Host", "emulator.test");
        if let Some(token) = token {
            request = request.with_header("Authorization", &format!("Bearer {token}"));
        }
        world.ask(request)
    };
    let graph = "/v1.0/auditLogs/signIns";
    for resource in ["https://graph.microsoft.com", "https://dod-graph.microsoft.us", ROOT] {
        assert_eq!(ask(graph, Some(token(&world, resource))).status, 200, "{resource}");
        let feed = world.feed_path("subscriptions/list");
        assert_eq!(ask(&feed, Some(token(&world, resource))).status, 401, "{resource}");
    }
    for (given, message) in [
        (None, "empty"),
        (Some("x".to_owned()), "expired"),
        (Some(world.token()), "Invalid audience"),
    ] {
        let answer = ask(graph, given);
        let error = &body(&answer)["error"];
        assert_eq!((answer.status, &error["code"]), (401, &json!("InvalidAuthenticationToken")));
        assert!(error["message"].as_str().unwrap().contains(message), "{error}");
    }
}

#[test]
fn errors_have_the_shape_of_graph() {
    let world = World::of_records(100);
    let request = request(&world, "GET", "/v1.0/auditLogs/signIns?$top=5000");
    let answer = world.ask(request.with_header("client-request-id", "my-own"));
    assert_eq!(answer.status, 400);
    let error = &body(&answer)["error"];
    assert_eq!(error["code"], "BadRequest");
    assert_eq!(error["innerError"]["date"], "2026-09-30T12:00:00");
    assert_eq!(error["innerError"]["client-request-id"], "my-own");
    assert_eq!(answer.header("client-request-id"), Some("my-own"));
    assert_eq!(answer.header("request-id"), error["innerError"]["request-id"].as_str());
    assert!(answer.header("Date").is_some() && answer.header("x-ms-ags-diagnostic").is_some());
    for (path, status) in [
        ("/v1.0/users", 400),
        ("/v1.0/auditLogs/signIns/nothing", 404),
        ("/v1.0/auditLogs/signIns?$filter=x", 400),
        ("/v1.0/auditLogs/signIns?$orderby=userId", 400),
        ("/v1.0/auditLogs/signIns?$skiptoken=x", 400),
        ("/v1.0/admin/serviceAnnouncement/issues/EX1", 404),
        ("/v1.0/security/auditLog/queries/x", 404),
    ] {
        assert_eq!(get(&world, path).status, status, "{path}");
    }
}

#[test]
fn sign_ins_need_a_premium_tenant() {
    let setup = TenantSetup { premium: false, ..TenantSetup::default() };
    let world = World::new(of(&setup));
    let answer = get(&world, "/v1.0/auditLogs/signIns");
    assert_eq!(answer.status, 403);
    assert!(support::code(&answer).contains("NonPremiumTenant"));
    assert_eq!(get(&world, "/v1.0/auditLogs/directoryAudits").status, 200);
}

#[test]
fn pages_hold_every_row_once_in_both_orders() {
    let world = World::of_records(10_000);
    let check = |path: &str, time: &str, expected: u64| {
        for (order, top) in [
            ("", 50),
            (&*format!("&$orderby={time} desc"), 7),
            (&*format!("&$orderby={time} asc"), 333),
        ] {
            let rows = rows(&world, &format!("{path}?$top={top}{order}"));
            let ids: HashSet<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
            assert_eq!(
                (rows.len() as u64, ids.len() as u64),
                (expected, expected),
                "{path}{order}"
            );
            let rising = rows.is_sorted_by_key(|row| row[time].as_str().unwrap());
            let falling = rows.iter().rev().is_sorted_by_key(|row| row[time].as_str().unwrap());
            assert_eq!(
                (rising, falling),
                (order.ends_with("asc"), !order.ends_with("asc")),
                "{order}"
            );
        }
    };
    let truth = &world.emulator.graph_truth(world.now)[0];
    assert!(truth.sign_ins["interactiveUser"] > 200 && truth.directory_audits > 500);
    check("/v1.0/auditLogs/signIns", "createdDateTime", truth.sign_ins["interactiveUser"]);
    check("/beta/auditLogs/signIns", "createdDateTime", truth.sign_ins["interactiveUser"]);
    check("/graph/v1.0/auditLogs/directoryAudits", "activityDateTime", truth.directory_audits);
}

#[test]
fn links_keep_their_prefix_and_some_pages_are_empty() {
    let world = World::of_records(10_000);
    let mut link = "/graph/v1.0/auditLogs/signIns?$top=5".to_owned();
    let mut empty = 0;
    for _ in 0..60 {
        let page = body(&get(&world, &link));
        empty += usize::from(page["value"].as_array().unwrap().is_empty());
        let next = page["@odata.nextLink"].as_str().unwrap();
        assert!(
            next.starts_with(
                "http://emulator.test/graph/v1.0/auditLogs/signIns?$top=5&$skiptoken="
            ),
            "{next}"
        );
        link = next.strip_prefix("http://emulator.test").unwrap().to_owned();
    }
    assert!((1..30).contains(&empty), "{empty}");
}

#[test]
fn windows_join_without_gap_or_overlap() {
    let world = World::of_records(5_000);
    let all = rows(&world, "/v1.0/auditLogs/signIns");
    let mut found = 0;
    for day in -1..8 {
        let until = world.now - Duration::days(day);
        let time =
            |time: chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (from, until) = (time(until - Duration::days(1)), time(until));
        let filter = format!("createdDateTime ge {from} and createdDateTime lt {until}");
        found += rows(&world, &format!("/v1.0/auditLogs/signIns?$filter={filter}")).len();
    }
    assert_eq!(found, all.len());
    let one = &all[all.len() / 2];
    let name = one["userPrincipalName"].as_str().unwrap();
    let own =
        rows(&world, &format!("/v1.0/auditLogs/signIns?$filter=userPrincipalName eq '{name}'"));
    assert!(own.contains(one) && own.iter().all(|row| row["userPrincipalName"] == name));
    let single =
        body(&get(&world, &format!("/v1.0/auditLogs/signIns/{}", one["id"].as_str().unwrap())));
    assert_eq!(single["createdDateTime"], one["createdDateTime"]);
}

#[test]
fn beta_shows_other_kinds_of_sign_ins() {
    let world = World::of_records(5_000);
    let truth = &world.emulator.graph_truth(world.now)[0];
    for kind in ["interactiveUser", "nonInteractiveUser", "servicePrincipal"] {
        let filter = format!("signInEventTypes/any(t: t eq '{kind}')");
        let rows = rows(&world, &format!("/beta/auditLogs/signIns?$filter={filter}"));
        assert_eq!(rows.len() as u64, truth.sign_ins[kind]);
        assert!(rows.iter().all(|row| row["signInEventTypes"] == json!([kind])));
        assert!(rows.iter().all(|row| row["isInteractive"] == (kind == "interactiveUser")));
    }
}

#[test]
fn sign_ins_are_those_of_the_feed() {
    let world = World::of_records(5_000);
    world.start_all();
    let collected = world.collect();
    let all = rows(&world, "/v1.0/auditLogs/signIns");
    assert!(all.iter().all(|row| collected.ids.contains(row["id"].as_str().unwrap())));
    let row = &all[0];
    for name in [
        "appDisplayName",
        "appId",
        "appliedConditionalAccessPolicies",
        "clientAppUsed",
        "conditionalAccessStatus",
        "correlationId",
        "createdDateTime",
        "deviceDetail",
        "id",
        "ipAddress",
        "isInteractive",
        "location",
        "resourceDisplayName",
        "resourceId",
        "riskDetail",
        "riskEventTypes_v2",
        "riskLevelAggregated",
        "riskLevelDuringSignIn",
        "riskState",
        "status",
        "userAgent",
        "userDisplayName",
        "userId",
        "userPrincipalName",
    ] {
        assert!(row.get(name).is_some(), "{name}");
    }
    assert!(all.iter().any(|row| row["status"]["errorCode"] == 50126));
    let cities: HashSet<&str> =
        all.iter().map(|row| row["location"]["city"].as_str().unwrap()).collect();
    assert!(cities.contains("Copenhagen") && cities.len() > 3, "{cities:?}");
}

#[test]
fn rows_arrive_late() {
    let mut world = World::of_records(200_000);
    let filter = "$filter=createdDateTime ge 2026-09-30T11:00:00Z and createdDateTime le 2026-09-30T12:00:00Z";
    let count = |world: &World| rows(world, &format!("/v1.0/auditLogs/signIns?{filter}")).len();
    let early = count(&world);
    world.later(3_600 + 600);
    assert!(count(&world) > early && early > 0, "{early}");
}

#[test]
fn directory_audits_speak_graphs_language() {
    let world = World::of_records(20_000);
    let audits = rows(
        &world,
        "/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Add member to role'",
    );
    let by_person = audits.iter().find(|row| row["initiatedBy"]["user"].is_object()).unwrap();
    assert_eq!(by_person["category"], "RoleManagement");
    assert_eq!(by_person["operationType"], "Assign");
    assert_eq!(by_person["result"], "success");
    assert!(by_person["id"].as_str().unwrap().starts_with("Directory_"));
    assert!(by_person["initiatedBy"]["user"]["userPrincipalName"].as_str().unwrap().contains('@'));
    let target = &by_person["targetResources"][0];
    assert_eq!(target["type"], "User");
    let role = target["modifiedProperties"].as_array().unwrap();
    let name = role.iter().find(|it| it["displayName"] == "Role.DisplayName").unwrap();
    let value: Value = serde_json::from_str(name["newValue"].as_str().unwrap()).unwrap();
    assert!(value.is_string());
}

#[test]
fn limits_hold_when_asked_for() {
    let world = World::of_records(100);
    let faults = Faults { graph_throttle: true, ..Faults::default() };
    world.emulator.set_faults(faults, world.now).unwrap();
    for _ in 0..5 {
        assert_eq!(get(&world, "/v1.0/auditLogs/signIns").status, 200);
    }
    let answer = get(&world, "/v1.0/auditLogs/directoryAudits");
    assert_eq!((answer.status, support::code(&answer).as_str()), (429, "TooManyRequests"));
    assert_eq!(answer.header("Retry-After"), Some("10.000"));
    assert_eq!(get(&world, "/v1.0/admin/serviceAnnouncement/issues").status, 200);
}

#[test]
fn faults_strike_here_too() {
    let world = World::of_records(5_000);
    let path = "/v1.0/auditLogs/directoryAudits?$top=3";
    let with = |faults: Faults| {
        world.emulator.set_faults(faults, world.now).unwrap();
        get(&world, path)
    };
    assert_eq!(with(Faults { unauthorized_rate: 1.0, ..Faults::default() }).status, 401);
    assert!(with(Faults { error_rate: 1.0, ..Faults::default() }).status >= 500);
    assert!(with(Faults { timeout_rate: 1.0, ..Faults::default() }).hangs);
    let page = body(&with(Faults { page_loop: true, ..Faults::default() }));
    assert_eq!(page["@odata.nextLink"], format!("http://emulator.test{path}"));
    let page = body(&with(Faults { wrong_host_next_page: true, ..Faults::default() }));
    assert!(page["@odata.nextLink"].as_str().unwrap().contains(".invalid/v1.0/auditLogs"));
    let page = body(&with(Faults { page_fault_rate: 1.0, ..Faults::default() }));
    let next = page["@odata.nextLink"].as_str().unwrap();
    assert_eq!(get(&world, next.strip_prefix("http://emulator.test").unwrap()).status, 400);
}
