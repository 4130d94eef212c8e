//! Does the token endpoint give tokens to the right clients, and reasons to the others?

mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use emulator::{EmulatorOptions, Faults, Request};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use support::{World, noon, text};

fn answer_json(world: &World, version: &str, form: &[(&str, String)]) -> (u16, Value) {
    let answer = world.ask(world.token_request(version, form));
    (answer.status, support::json(&answer))
}

#[test]
fn v1_writes_numbers_as_strings() {
    let world = World::of_records(10);
    let (status, body) = answer_json(&world, "v1", &world.v1_form());
    assert_eq!(status, 200);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], "3599");
    assert_eq!(body["expires_on"], (noon().timestamp() + 3_599).to_string());
    assert_eq!(body["not_before"], noon().timestamp().to_string());
    assert_eq!(body["resource"], "https://manage.office.com");
}

#[test]
fn v2_writes_numbers_and_takes_a_scope() {
    let world = World::of_records(10);
    let (status, body) = answer_json(&world, "v2", &v2_form(&world));
    assert_eq!(status, 200);
    assert_eq!(body["expires_in"], 3599);
    assert!(body.get("resource").is_none());
    let claims = claims(body["access_token"].as_str().unwrap());
    assert_eq!(claims["aud"], "https://manage.office.com");
    assert_eq!(claims["tid"], world.setup.tenant.tenant_id);
    assert_eq!(claims["appid"], world.setup.client_id);
    assert_eq!(claims["appidacr"], "1");
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{}/", world.setup.tenant.tenant_id));
    assert_eq!(claims["roles"][0], "ActivityFeed.Read");
    assert_eq!(claims["oid"], claims["sub"]);
}

fn v2_form(world: &World) -> Vec<(&'static str, String)> {
    let mut form = world.v1_form();
    form[3] = ("scope", "https://manage.office.com/.default".into());
    form
}

fn claims(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[test]
fn refusals_carry_their_number() {
    let world = World::of_records(10);
    // Field to change, its value (empty to leave it out), version, status, error, number.
    let cases = [
        ("client_secret", "wrong", "v1", 401, "invalid_client", 7_000_215),
        ("client_secret", "", "v1", 401, "invalid_client", 7_000_218),
        (
            "client_id",
            "00000000-1111-4222-8333-444444444444",
            "v1",
            400,
            "unauthorized_client",
            700_016,
        ),
        ("client_id", "", "v1", 400, "invalid_request", 900_144),
        ("grant_type", "password", "v1", 400, "unsupported_grant_type", 70003),
        ("resource", "https://nowhere.example", "v1", 400, "invalid_resource", 500_011),
        ("resource", "", "v1", 400, "invalid_request", 900_144),
        ("scope", "https://manage.office.com/ActivityFeed.Read", "v2", 400, "invalid_scope", 70011),
        ("scope", "", "v2", 400, "invalid_request", 900_144),
    ];
    for (field, value, version, status, error, number) in cases {
        let mut form = if version == "v1" { world.v1_form() } else { v2_form(&world) };
        for (name, known) in &mut form {
            if *name == field {
                *known = value.into();
            }
        }
        let (got, body) = answer_json(&world, version, &form);
        assert_eq!(got, status, "{field} {value}: {body}");
        assert_eq!(body["error"], error, "{field} {value}");
        assert_eq!(body["error_codes"], json!([number]), "{field} {value}");
        assert!(
            body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{number}: "))
        );
        assert!(body["timestamp"].as_str().unwrap().ends_with("12:00:00Z"));
        assert!(body["error_uri"].as_str().unwrap().ends_with(&number.to_string()));
    }
}

#[test]
fn tenants_are_known_by_id_and_by_domain() {
    let world = World::of_records(10);
    let ask = |tenant: &str| {
        let known = world.token_request("v1", &world.v1_form());
        let request = Request { target: format!("/{tenant}/oauth2/token"), ..known };
        world.ask(request)
    };
    for tenant in
        [&world.setup.tenant.tenant_id.to_uppercase(), "contoso.com", "contoso.onmicrosoft.com"]
    {
        assert_eq!(ask(tenant).status, 200, "{tenant}");
    }
    let answer = ask("fabrikam.com");
    assert_eq!(answer.status, 400);
    assert_eq!(support::json(&answer)["error_codes"], json!([90002]));
}

#[test]
fn secrets_run_out_and_tokens_live_as_long_as_asked() {
    let mut options = EmulatorOptions::default();
    options.tenants[0].tenant.records = 10;
    options.tenants[0].client_secret_expires = Some(noon() + Duration::days(1));
    options.faults.token_lifetime_seconds = 60;
    let mut world = World::new(options);
    let (_, body) = answer_json(&world, "v1", &world.v1_form());
    assert_eq!(body["expires_in"], "60");
    world.later(86_400);
    let (status, body) = answer_json(&world, "v1", &world.v1_form());
    assert_eq!((status, &body["error_codes"]), (401, &json!([7_000_222])));
    world
        .emulator
        .set_faults(Faults { token_error: Some(90033), ..Faults::default() }, world.now)
        .unwrap();
    let (status, body) = answer_json(&world, "v1", &world.v1_form());
    assert_eq!((status, &body["error"]), (503, &json!("temporarily_unavailable")));
}

/// A world whose client has a certificate, and the key that belongs to it.
fn certified() -> (World, String) {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate =
        CertificateParams::new(vec!["collector".into()]).unwrap().self_signed(&key).unwrap();
    let mut options = EmulatorOptions::default();
    options.tenants[0].tenant.records = 10;
    options.tenants[0].client_certificate = Some(certificate.pem());
    (World::new(options), key.serialize_pem())
}

fn assertion(
    world: &World,
    key: &str,
    change: impl Fn(&mut Header, &mut Value),
) -> Vec<(&'static str, String)> {
    let mut header = Header::new(Algorithm::RS256);
    header.x5t = Some("dGVzdA".into());
    let mut claims = json!({
        "aud": format!("http://emulator.test/{}/oauth2/v2.0/token", world.setup.tenant.tenant_id),
        "iss": world.setup.client_id,
        "sub": world.setup.client_id,
        "jti": "1f0f8d1c-9a4e-4d0a-8a53-5a5a5a5a5a5a",
        "nbf": noon().timestamp(),
        "exp": noon().timestamp() + 600,
    });
    change(&mut header, &mut claims);
    let signer = EncodingKey::from_rsa_pem(key.as_bytes()).unwrap();
    let token = jsonwebtoken::encode(&header, &claims, &signer).unwrap();
    let mut form = v2_form(world);
    form[2] = ("client_assertion", token);
    form.push((
        "client_assertion_type",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".into(),
    ));
    form
}

#[test]
fn assertions_prove_the_client() {
    let (world, key) = certified();
    let (status, body) = answer_json(&world, "v2", &assertion(&world, &key, |_, _| {}));
    assert_eq!(status, 200, "{body}");
    assert_eq!(claims(body["access_token"].as_str().unwrap())["appidacr"], "2");
    let real = format!(
        "https://login.microsoftonline.com/{}/oauth2/v2.0/token",
        world.setup.tenant.tenant_id
    );
    let form = assertion(&world, &key, |_, claims| claims["aud"] = json!(real));
    assert_eq!(answer_json(&world, "v2", &form).0, 200);
}

#[test]
fn bad_assertions_are_refused() {
    let (world, key) = certified();
    let check = |form: &[(&str, String)], number: u32, what: &str| {
        let (status, body) = answer_json(&world, "v2", form);
        assert_eq!((status, &body["error_codes"]), (401, &json!([number])), "{what}: {body}");
        assert!(body["error_description"].as_str().unwrap().contains(what), "{what}: {body}");
    };
    let claim = |name: &'static str, value: Value| {
        assertion(&world, &key, move |_, claims| claims[name] = value.clone())
    };
    check(&claim("aud", json!("https://example.com")), 50012, "aud is not");
    check(&claim("iss", json!("x")), 50012, "iss is not");
    check(&claim("sub", json!("x")), 50012, "sub is not");
    check(&claim("jti", json!("")), 50012, "jti is missing");
    check(&claim("exp", json!(noon().timestamp() - 301)), 50012, "exp is");
    check(&claim("nbf", json!(noon().timestamp() + 301)), 50012, "nbf is");
    check(&assertion(&world, &key, |header, _| header.x5t = None), 700_027, "thumbprint");
    check(
        &assertion(&world, &key, |header, _| header.alg = Algorithm::RS384),
        700_027,
        "RS256 or PS256",
    );
    let other = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap().serialize_pem();
    check(&assertion(&world, &other, |_, _| {}), 700_027, "signature validation");
    let mut form = assertion(&world, &key, |_, _| {});
    form[2].1 = "not.a-jwt".into();
    check(&form, 50027, "not a JWT");
}

#[test]
fn tokens_are_posted_for() {
    let world = World::of_records(10);
    let answer = world.ask(Request::new("GET", "/contoso.com/oauth2/token"));
    assert_eq!((answer.status, text(&answer).contains("POST")), (405, true));
}
