//! Do tokens for Graph, managed identities and outside issuers come and go as they should?

mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emulator::{EmulatorOptions, Faults, FederatedCredential, Request};
use serde_json::{Value, json};
use support::{World, noon};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn a_token_carries_the_roles_of_its_api() {
    let mut options = EmulatorOptions::default();
    options.tenants[0].graph_roles = vec!["AuditLog.Read.All".into()];
    let world = World::new(options);
    let check = |resource: &str, expected: Value| {
        let mut form = world.v1_form();
        form[3] = ("scope", format!("{resource}/.default"));
        let answer = world.ask(world.token_request("v2", &form));
        assert_eq!(answer.status, 200, "{resource}: {}", support::text(&answer));
        let claims = claims(&support::json(&answer)["access_token"]);
        assert_eq!(claims["aud"], resource);
        assert_eq!(claims["roles"], expected, "{resource}");
    };
    let feed = json!(["ActivityFeed.Read", "ActivityFeed.ReadDlp", "ServiceHealth.Read"]);
    check("https://manage.office.com", feed.clone());
    check("http://emulator.test", feed);
    check("https://graph.microsoft.com", json!(["AuditLog.Read.All"]));
    check("https://graph.microsoft.us", json!(["AuditLog.Read.All"]));
    check("http://emulator.test/graph", json!(["AuditLog.Read.All"]));
    check("https://outlook.office365.com", json!([]));
}

fn host(target: &str) -> Request {
    Request::new("GET", target).with_header("Host", "emulator.test")
}

const IMDS: &str = "/metadata/identity/oauth2/token?api-version=2018-02-01";
const MSI: &str = "/msi/token?api-version=2019-08-01";
const FEED: &str = "resource=https%3A%2F%2Fmanage.office.com";

#[test]
fn a_virtual_machine_asks_its_metadata_service() {
    let world = World::of_records(10);
    let answer = world.ask(host(&format!("{IMDS}&{FEED}")).with_header("Metadata", "true"));
    let body = support::json(&answer);
    assert_eq!(answer.status, 200, "{body}");
    assert_eq!(body["expires_in"], "3599");
    assert_eq!(body["expires_on"], (noon().timestamp() + 3_599).to_string());
    assert_eq!(body["resource"], "https://manage.office.com");
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(claims(&body["access_token"])["roles"][0], "ActivityFeed.Read");
}

#[test]
fn an_app_service_asks_its_endpoint() {
    let world = World::of_records(10);
    let graph = "resource=http%3A%2F%2Femulator.test%2Fgraph";
    let request = host(&format!("{MSI}&{graph}&client_id={}", world.setup.client_id));
    let answer = world.ask(request.with_header("X-IDENTITY-HEADER", "emulator-identity"));
    let body = support::json(&answer);
    assert_eq!(answer.status, 200, "{body}");
    assert_eq!(body["client_id"], world.setup.client_id);
    assert_eq!(body["expires_on"], (noon().timestamp() + 3_599).to_string());
    assert_eq!(claims(&body["access_token"])["aud"], "http://emulator.test/graph");
}

#[test]
fn hosts_refuse_what_does_not_come_from_inside() {
    let world = World::of_records(10);
    let nobody = "client_id=00000000-1111-4222-8333-444444444444";
    // Target, header, status, error.
    let cases = [
        (format!("{IMDS}&{FEED}"), ("X", ""), 400, "bad_request_102"),
        (format!("{IMDS}&{FEED}"), ("Metadata", "false"), 400, "bad_request_102"),
        (
            format!("/metadata/identity/oauth2/token?{FEED}"),
            ("Metadata", "true"),
            400,
            "invalid_request",
        ),
        (IMDS.into(), ("Metadata", "true"), 400, "invalid_request"),
        (format!("{IMDS}&{FEED}&{nobody}"), ("Metadata", "true"), 400, "invalid_request"),
        (
            format!("{IMDS}&resource=https%3A%2F%2Fx.test"),
            ("Metadata", "true"),
            400,
            "invalid_resource",
        ),
        (format!("{MSI}&{FEED}"), ("X", ""), 401, "unauthorized"),
        (format!("{MSI}&{FEED}"), ("X-IDENTITY-HEADER", "guess"), 401, "unauthorized"),
        (
            format!("/msi/token?{FEED}"),
            ("X-IDENTITY-HEADER", "emulator-identity"),
            400,
            "invalid_request",
        ),
    ];
    for (target, (name, value), status, error) in cases {
        let answer = world.ask(host(&target).with_header(name, value));
        let body = support::json(&answer);
        assert_eq!((answer.status, &body["error"]), (status, &json!(error)), "{target}: {body}");
    }
    let faults = Faults { token_error: Some(90033), ..Faults::default() };
    world.emulator.set_faults(faults, world.now).unwrap();
    let answer = world.ask(host(&format!("{IMDS}&{FEED}")).with_header("Metadata", "true"));
    assert!(support::text(&answer).contains("AADSTS90033"));
}

/// A world whose application trusts an outside issuer.
fn federated() -> (World, FederatedCredential) {
    let trusted = FederatedCredential::default();
    let mut options = EmulatorOptions::default();
    options.tenants[0].tenant.records = 10;
    options.tenants[0].federated = Some(trusted.clone());
    (World::new(options), trusted)
}

fn exchange(world: &World, token: String) -> (u16, Value) {
    let mut form = world.v1_form();
    form[2] = ("client_assertion", token);
    form.push(("client_assertion_type", JWT_BEARER.into()));
    let answer = world.ask(world.token_request("v1", &form));
    (answer.status, support::json(&answer))
}

#[test]
fn a_token_of_a_trusted_issuer_is_exchanged() {
    let (world, trusted) = federated();
    let (status, body) = exchange(&world, trusted.token(noon(), 600));
    assert_eq!(status, 200, "{body}");
    assert_eq!(claims(&body["access_token"])["appidacr"], "2");
}

#[test]
fn tokens_of_others_are_not() {
    let (world, trusted) = federated();
    let check = |stranger: FederatedCredential, number: u32| {
        let (status, body) = exchange(&world, stranger.token(noon(), 600));
        assert_eq!((status, &body["error_codes"]), (401, &json!([number])), "{body}");
    };
    let other = String::from("https://other.test");
    check(FederatedCredential { issuer: other.clone(), ..trusted.clone() }, 700_211);
    check(FederatedCredential { subject: other.clone(), ..trusted.clone() }, 700_213);
    check(FederatedCredential { audience: other.clone(), ..trusted.clone() }, 700_212);
    check(FederatedCredential { secret: other, ..trusted.clone() }, 700_027);
    let (_, body) = exchange(&world, trusted.token(noon() - chrono::Duration::hours(1), 600));
    assert_eq!(body["error_codes"], json!([700_024]));
    let (_, body) = exchange(&world, "not.a-jwt".into());
    assert_eq!(body["error_codes"], json!([50027]));
}
