//! Does check name what is wrong, with the way to put it right?

mod common;

use common::{Emulator, Folder};
use serde_json::Value;

/// What check says, line by line, and its exit code.
fn check(folder: &Folder, more: &[&str]) -> (Vec<Value>, i32) {
    let arguments = [&["check", "--format", "json"], more].concat();
    let output = folder.command(&arguments).output().expect("trail365 runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(!text.contains("emulator-secret"), "a secret is shown: {text}");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (lines, output.status.code().expect("an exit code"))
}

/// The line about `name` has this state, and its words and fix hold each of these.
fn assert_line(lines: &[Value], name: &str, state: &str, words: &[&str]) {
    let line = lines.iter().find(|line| line["check"] == name);
    let line = line.unwrap_or_else(|| panic!("nothing about {name} in {lines:#?}"));
    assert_eq!(line["state"], state, "{line}");
    let said = format!("{} {}", line["words"].as_str().unwrap(), line["fix"]);
    for words in words {
        assert!(said.contains(words), "{said}\nshould say {words}");
    }
}

fn every_wrong_has_a_fix(lines: &[Value]) {
    for line in lines.iter().filter(|line| line["state"] == "wrong") {
        assert!(line["fix"].as_str().is_some_and(|fix| fix.len() > 10), "{line}");
    }
}

/// Changes the configuration that the emulator gave.
fn configure(folder: &Folder, from: &str, to: &str) {
    let config = std::fs::read_to_string(folder.path("trail365.toml")).unwrap();
    assert!(config.contains(from), "{from} is not in {config}");
    folder.write("trail365.toml", &config.replace(from, to));
}

#[test]
fn a_tenant_in_order_is_found_in_order() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 300, &[]);
    configure(&folder, "cloud = ", "graph_logs = ['SignIns', 'ServiceIssues']\ncloud = ");
    let (lines, code) = check(&folder, &[]);
    assert_eq!(code, 0, "{lines:#?}");
    assert_line(&lines, "data folder", "ok", &["will be made"]);
    assert_line(&lines, "subscription Audit.Exchange", "note", &["none yet", "collect starts it"]);
    assert_line(&lines, "audit log", "note", &["collect --once", "Set-AdminAuditLogConfig"]);
    assert!(!std::path::Path::new(&folder.path("data")).exists(), "looking creates nothing");

    folder.command(&["collect", "--once"]).output().expect("trail365 runs");
    let (lines, code) = check(&folder, &["--tenant", "contoso"]);
    assert_eq!(code, 0, "{lines:#?}");
    for (name, words) in [
        ("data folder", "writable"),
        ("collector", "none is running"),
        ("ledger", "sound"),
        ("incidents", "none"),
        ("table contoso", "files of the right size"),
        ("ledger and table contoso", "agree"),
        ("configuration", "cloud custom, a client secret"),
        ("credential", "the client secret is there: file:"),
        ("network sign-in", "answers in"),
        ("network API", "answers in"),
        ("network Graph", "answers in"),
        ("clock", "agrees with"),
        ("sign-in API", "of this tenant and this app"),
        ("sign-in Graph", "of this tenant and this app"),
        ("role ActivityFeed.Read", "granted"),
        ("role ActivityFeed.ReadDlp", "granted"),
        ("role AuditLog.Read.All", "granted"),
        ("subscription DLP.All", "enabled"),
        ("audit log", "on: "),
        ("quota", "none of the"),
        ("log Graph.SignIns", "can be listed"),
        ("log Graph.ServiceIssues", "can be listed"),
    ] {
        assert_line(&lines, name, "ok", &[words]);
    }
}

#[test]
fn the_table_and_csv_are_for_people_and_sheets() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 10, &[]);
    folder.write("secret", "wrong");
    let run = |format: &str| {
        let output = folder.command(&["check", "--format", format]).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code())
    };
    let (text, code) = run("table");
    assert_eq!(code, Some(2));
    assert!(text.contains("\nWRONG contoso sign-in API: "), "{text}");
    assert!(text.contains("\n      fix: https://entra.microsoft.com/#view/"), "{text}");
    let (text, _) = run("csv");
    assert!(text.starts_with("tenant,check,state,words,fix\n"), "{text}");
    let output = folder.command(&["check", "--tenant", "fabrikam"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("tenant fabrikam is not configured; there are contoso"), "{told}");
}

/// A certificate and its key in one PEM text, long expired.
fn expired_certificate() -> String {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let mut params = rcgen::CertificateParams::new(["app".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2019, 1, 1);
    params.not_after = rcgen::date_time_ymd(2020, 1, 2);
    format!("{}{}", params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// Long ago there was content; in the last day there is none.
#[test]
fn no_content_at_all_is_told_from_a_new_subscription() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 20, &["--end-time", "2026-01-20T00:00:00"]);
    folder.command(&["collect", "--once"]).output().expect("trail365 runs");
    let (lines, code) = check(&folder, &[]);
    assert_line(&lines, "audit log", "note", &["no content yet", "12 hours"]);
    assert_eq!(code, 0, "{lines:#?}");
    // Without a ledger nothing says that the subscriptions are new.
    let (lines, code) = check(&folder, &["--data", "elsewhere"]);
    assert_eq!(code, 2, "{lines:#?}");
    let words = [
        "no content at all in 5 content types",
        "Set-AdminAuditLogConfig",
        "Get-AdminAuditLogConfig",
    ];
    assert_line(&lines, "audit log", "wrong", &words);
}

#[test]
fn a_managed_identity_is_asked_nearby() {
    let folder = Folder::new();
    let emulator = Emulator::start(&folder, 20, &[]);
    let endpoint = format!("http://{}/metadata/identity/oauth2/token", emulator.address());
    configure(&folder, "client_id = ", "#");
    let identity = format!("managed_identity = true\nidentity_endpoint = '{endpoint}'\n#");
    configure(&folder, "client_secret = ", &identity);
    let (lines, code) = check(&folder, &[]);
    assert_eq!(code, 0, "{lines:#?}");
    assert_line(&lines, "credential", "ok", &["system-assigned"]);
    assert_line(&lines, "sign-in API", "ok", &["received"]);
}

#[test]
fn a_folder_of_tenants_is_checked_whole() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 20, &[]);
    std::fs::create_dir(folder.path("tenants.d")).unwrap();
    let block = std::fs::read_to_string(folder.path("trail365.toml")).unwrap();
    folder
        .write("tenants.d/second.toml", &block.replace("name = \"contoso\"", "name = \"second\""));
    folder.write("trail365.toml", &format!("tenants = 'tenants.d'\n{block}"));
    let (lines, code) = check(&folder, &[]);
    assert_eq!(code, 0, "{lines:#?}");
    for tenant in ["contoso", "second"] {
        let has = |line: &Value| line["tenant"] == tenant && line["check"] == "sign-in API";
        assert!(lines.iter().any(has), "{tenant}");
    }
    folder.write("tenants.d/third.toml", &block);
    let output = folder.command(&["check"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("third.toml: tenant contoso: the name stands in"), "{told}");
}

#[test]
fn a_damaged_store_is_named() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 200, &[]);
    folder.command(&["collect", "--once"]).output().expect("trail365 runs");
    let ledger = folder.path("data/ledger.sqlite");
    let sound = std::fs::read(&ledger).unwrap();

    let file = data_file(std::path::Path::new(&folder.path("data/tenants/contoso/events")));
    std::fs::write(file, "short").unwrap();
    let (lines, code) = check(&folder, &[]);
    assert_eq!(code, 2);
    let words = ["has 5 bytes instead of", "restore", "tenants/contoso"];
    assert_line(&lines, "table contoso", "wrong", &words);

    std::fs::write(&ledger, "no ledger at all, but long enough to be looked at as one".repeat(99))
        .unwrap();
    let (lines, code) = check(&folder, &[]);
    assert_eq!(code, 2);
    assert_line(&lines, "ledger", "wrong", &["not a database", "ledger.sqlite.damaged"]);
    std::fs::remove_file(&ledger).unwrap();
    let (lines, code) = check(&folder, &[]);
    assert_eq!(code, 2);
    let words = ["the ledger does not know", "second collector"];
    assert_line(&lines, "ledger and table contoso", "wrong", &words);
    std::fs::write(&ledger, sound).unwrap();

    std::fs::remove_dir_all(folder.path("data/tenants/contoso/events/_delta_log")).unwrap();
    let (lines, _) = check(&folder, &[]);
    assert_line(&lines, "table contoso", "ok", &["empty"]);
}

#[test]
fn a_webhook_that_the_service_gave_up_is_named() {
    let folder = Folder::new();
    let emulator = Emulator::start(&folder, 20, &[]);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = std::fs::read_to_string(folder.path("trail365.toml")).unwrap();
    let webhook =
        format!("[webhook]\naddress = 'http://127.0.0.1:{port}/'\nlisten = '127.0.0.1:{port}'\n");
    folder.write("trail365.toml", &format!("{config}\n{webhook}"));
    let mut collector = folder.command(&["collect"]).spawn().expect("trail365 starts");
    let is_ok = |lines: &[Value]| {
        lines.iter().any(|line| line["check"] == "webhook DLP.All" && line["state"] == "ok")
    };
    let lines = (0..50).map(|_| check(&folder, &[]).0).find(|lines| is_ok(lines));
    let changed = request_to(&emulator, "POST", "/emulator/faults", r#"{"webhook_disabled":true}"#);
    let (disabled, code) = check(&folder, &[]);
    collector.kill().unwrap();
    collector.wait().unwrap();
    let lines = lines.expect("the webhook was set");
    assert_line(&lines, "collector", "ok", &["one is running: process"]);
    assert!(changed.starts_with("HTTP/1.0 200"), "{changed}");
    assert_eq!(code, 2);
    let words = ["the service gave up calling", "answer 200", "collect sets it anew"];
    assert_line(&disabled, "webhook DLP.All", "wrong", &words);
}

fn request_to(emulator: &Emulator, method: &str, path: &str, body: &str) -> String {
    let address = emulator.address();
    let length = body.len();
    common::request(
        address,
        &format!(
            "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n{body}"
        ),
    )
}

/// Some Parquet file below.
fn data_file(folder: &std::path::Path) -> std::path::PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|end| end == "parquet") => return path,
                false => {}
            }
        }
    }
    panic!("no data file");
}

/// What is wrong, as the emulator is started, and what check says of it.
#[test]
fn what_the_tenant_lacks_is_named() {
    let check_with = |arguments: &[&str], collect: bool, expected: &[(&str, &str, &[&str])]| {
        let folder = Folder::new();
        let _emulator = Emulator::start(&folder, 20, arguments);
        configure(&folder, "cloud = ", "graph_logs = ['SignIns']\ncloud = ");
        if collect {
            folder.command(&["collect", "--once"]).output().expect("trail365 runs");
        }
        let (lines, code) = check(&folder, &[]);
        every_wrong_has_a_fix(&lines);
        for (name, state, words) in expected {
            assert_line(&lines, name, state, words);
        }
        let wrong = expected.iter().any(|(_, state, _)| *state == "wrong");
        assert_eq!(code, if wrong { 2 } else { 0 }, "{arguments:?}: {lines:#?}");
    };
    check_with(
        &[
            "--without-role",
            "ActivityFeed.Read",
            "--without-role",
            "ActivityFeed.ReadDlp",
            "--without-role",
            "AuditLog.Read.All",
        ],
        false,
        &[
            (
                "role ActivityFeed.Read",
                "wrong",
                &["every content type", "/CallAnAPI/appId/", "adminconsent?client_id="],
            ),
            ("role ActivityFeed.ReadDlp", "wrong", &["DLP.All", "leave DLP.All out"]),
            ("role ServiceHealth.Read", "ok", &["retired"]),
            ("role AuditLog.Read.All", "wrong", &["Graph.SignIns", "Microsoft Graph"]),
            ("role ServiceMessage.Read.All", "ok", &["message centre"]),
            ("subscriptions", "wrong", &["ActivityFeed.Read is not granted", "API permissions"]),
        ],
    );
    check_with(
        &["--faults", r#"{"tenant_condition":"auditing-off"}"#],
        false,
        &[(
            "audit log",
            "wrong",
            &["is off", "Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true"],
        )],
    );
    check_with(
        &["--faults", r#"{"tenant_condition":"deleted"}"#],
        false,
        &[("subscriptions", "wrong", &["check tenant_id and cloud"])],
    );
    check_with(
        &["--faults", r#"{"clock_skew_seconds":120}"#],
        false,
        &[("clock", "note", &["seconds behind", "timedatectl set-ntp true"])],
    );
    check_with(
        &["--faults", r#"{"clock_skew_seconds":-900}"#],
        false,
        &[("clock", "wrong", &["seconds ahead of", "sign-in by certificate"])],
    );
    check_with(
        &["--faults", r#"{"token_error":7000222}"#],
        false,
        &[("sign-in API", "wrong", &["expired", "/Credentials/appId/", "New client secret"])],
    );
    check_with(
        &["--faults", r#"{"token_error":65001}"#],
        false,
        &[("sign-in API", "wrong", &["grant admin consent: http", "adminconsent?client_id="])],
    );
}

/// What is wrong on this side, and what check says of it.
#[test]
fn what_the_configuration_lacks_is_named() {
    let check_with = |from: &str, to: &str, name: &str, words: &[&str]| {
        let folder = Folder::new();
        let emulator = Emulator::start(&folder, 20, &[]);
        let from = from.replace("ADDRESS", emulator.address());
        folder.write("expired.pem", &expired_certificate());
        configure(&folder, &from, to);
        let (lines, code) = check(&folder, &[]);
        assert_eq!(code, 2, "{lines:#?}");
        every_wrong_has_a_fix(&lines);
        assert_line(&lines, name, "wrong", words);
    };
    let secret = "client_secret = ";
    let cases: [(&str, &str, &[&str]); 6] = [
        ("client_secret = 'file:absent'\n#", "credential", &["No such file", "chmod 400 absent"]),
        (
            "client_secret = 'env:SURELY_UNSET'\n#",
            "credential",
            &["not set", "export SURELY_UNSET"],
        ),
        (
            "ca = 'absent.pem'\nclient_secret = ",
            "configuration",
            &["ca absent.pem", "docs/setup.md"],
        ),
        (
            "federated_token = 'file:secret'\n#",
            "sign-in API",
            &["/Credentials/appId/", "Certificates"],
        ),
        (
            "certificate = 'file:expired.pem'\nkey = 'file:expired.pem'\n#",
            "credential",
            &["expired on 2020-01-02", "openssl req -x509", "Upload certificate"],
        ),
        (
            "certificate = 'file:secret'\nkey = 'file:expired.pem'\n#",
            "credential",
            &["no CERTIFICATE block", "openssl req"],
        ),
    ];
    for (to, name, words) in cases {
        check_with(secret, to, name, words);
    }
    let id = "client_id = ";
    let other = "client_id = '00000000-0000-0000-0000-000000000001'\n#";
    check_with(id, other, "sign-in API", &["client_id", "/Overview/appId/00000000-"]);
    let tenant_id = "tenant_id = ";
    let other = "tenant_id = '00000000-0000-0000-0000-000000000001'\n#";
    check_with(tenant_id, other, "sign-in API", &["TenantOverview", "compare tenant_id"]);
    let login = "login_url = \"http://ADDRESS\"";
    let api = "api_url = \"http://ADDRESS\"";
    check_with(
        login,
        "login_url = \"http://127.0.0.1:9\"",
        "network sign-in",
        &["TCP", "firewall"],
    );
    check_with(api, "api_url = \"http://127.0.0.1:9\"", "network API", &["TCP", "outbound TCP 9"]);
    check_with(
        api,
        "api_url = \"https://nowhere.invalid\"\nproxy = \"http://127.0.0.1:9\"",
        "network API",
        &["proxy", "curl -sv -x http://127.0.0.1:9"],
    );
    check_with(
        api,
        "api_url = \"https://nowhere.invalid\"",
        "network API",
        &["DNS", "getent hosts nowhere.invalid", "resolv.conf"],
    );
}
