//! Does the ledger tell the truth, to people and to programs?

mod common;

use common::{Emulator, Folder, Server, trail365};
use serde_json::Value;

/// All lines of JSON that a command prints, of one kind.
fn lines(folder: &Folder, arguments: &[&str], kind: &str) -> Vec<Value> {
    let text = trail365(folder, &[arguments, &["--format", "json"]].concat());
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| kind.is_empty() || line["kind"] == kind).collect()
}

fn sum(lines: &[Value], name: &str) -> u64 {
    lines.iter().map(|line| line[name].as_u64().unwrap_or_default()).sum()
}

fn exit_code(folder: &Folder, arguments: &[&str]) -> Option<i32> {
    folder.command(arguments).output().expect("trail365 runs").status.code()
}

#[test]
fn every_hour_adds_up_to_what_was_published() {
    let folder = Folder::new();
    let emulator = Emulator::start(&folder, 3000, &["--faults", r#"{"duplicate_rate":0.1}"#]);
    assert_eq!(exit_code(&folder, &["collect", "--once"]), Some(0));
    let truth = emulator.truth();
    let whole = ["ledger", "--last", "8d"];
    let proofs = lines(&folder, &whole, "proof");
    assert!(proofs.len() > 24 * 5, "{}", proofs.len());
    for (name, truth_name) in
        [("blobs", "blobs"), ("stored_blobs", "blobs"), ("records", "records")]
    {
        assert_eq!(sum(&proofs, name), truth[truth_name].as_u64().unwrap(), "{name}");
    }
    for proof in proofs.iter().filter(|proof| proof["blobs"] != 0) {
        let is_listed = proof["listed"].is_string() || proof["state"] == "pending";
        assert!(is_listed && proof["stored"].is_string(), "{proof}");
    }
    assert_eq!(exit_code(&folder, &whole), Some(0), "nothing is missing");
    let summaries = lines(&folder, &whole, "summary");
    assert_eq!(sum(&summaries, "records"), truth["records"].as_u64().unwrap());
    assert_eq!(summaries[0]["content_types"], 5);

    let days = lines(&folder, &["ledger", "--last", "8d", "--step", "day"], "proof");
    assert_eq!(sum(&days, "records"), sum(&proofs, "records"));
    assert!(days.len() <= 9 * 5, "{}", days.len());
    let exchange = lines(&folder, &["ledger", "--last", "8d", "--type", "exchange"], "proof");
    assert!(exchange.iter().all(|proof| proof["content_type"] == "Audit.Exchange"));
    let none = lines(&folder, &["ledger", "--last", "8d", "--only", "unproven,lost"], "proof");
    assert_eq!(none, Vec::<Value>::new());
    assert_eq!(exit_code(&folder, &["ledger", "--tenant", "nobody"]), Some(1));

    // A collector that finds its subscriptions running answers for all that the service has.
    std::fs::remove_dir_all(folder.path("data")).expect("a data folder");
    assert_eq!(exit_code(&folder, &["collect", "--once"]), Some(0));
    let proofs = lines(&folder, &whole, "proof");
    assert_eq!(sum(&proofs, "records"), truth["records"].as_u64().unwrap());
    let summary = &lines(&folder, &whole, "summary")[0];
    assert!(summary["proven"].as_u64() > Some(24 * 5 * 5), "{summary}");
    assert_eq!((&summary["unproven"], &summary["lost"]), (&0.into(), &0.into()), "{summary}");
    assert_eq!(exit_code(&folder, &whole), Some(0));
}

#[test]
fn blobs_tables_and_files_say_the_same() {
    let folder = Folder::new();
    let emulator = Emulator::start(&folder, 1000, &[]);
    assert_eq!(exit_code(&folder, &["collect", "--once"]), Some(0));
    let truth = emulator.truth();
    let blobs = lines(&folder, &["ledger", "--last", "8d", "--blobs"], "blob");
    assert_eq!(blobs.len() as u64, truth["blobs"].as_u64().unwrap());
    assert_eq!(sum(&blobs, "records"), truth["records"].as_u64().unwrap());
    for blob in &blobs {
        assert_eq!(blob["state"], "committed", "{blob}");
        assert!(blob["batch"].is_u64() && blob["stored"].is_string(), "{blob}");
    }
    for more in [vec![], vec!["--blobs"]] {
        let arguments = [vec!["ledger", "--last", "8d"], more].concat();
        let table = trail365(&folder, &arguments);
        assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
        assert!(table.contains("contoso: 5 content types, "), "{table}");
        let kind = if arguments.len() > 3 { "blob" } else { "proof" };
        let csv = trail365(&folder, &[&arguments[..], &["--format", "csv"]].concat());
        assert_eq!(csv.lines().count(), lines(&folder, &arguments, kind).len() + 1);
    }
    // The end is named, so that both are asked the same.
    let to = "2100-01-01T00:00:00Z";
    let from = blobs[0]["created"].as_str().expect("a time");
    let from = from.get(..10).expect("a day");
    let server = Server::start(&folder);
    let call = format!("/api/v1/ledger?from={from}&to={to}&step=day&blobs=true");
    assert!(server.get(&call)["error"]["message"].is_string(), "a century is too long");
    let call = format!("/api/v1/ledger?from={from}&step=day&blobs=true");
    let answer = server.get(&call);
    let mut proofs = lines(&folder, &["ledger", "--from", from, "--step", "day"], "proof");
    for proof in &mut proofs {
        proof.as_object_mut().expect("an object").remove("kind");
    }
    assert_eq!(answer["proofs"], Value::from(proofs));
    assert_eq!(answer["blobs"].as_array().map(Vec::len), Some(blobs.len()));
    assert_eq!(answer["truncated"], false);
    assert_eq!(answer["summary"][0]["blobs"], truth["blobs"]);
    assert_eq!(server.get("/api/v1/gaps")["gaps"], Value::Array(Vec::new()));
    let status = server.get("/api/v1/status");
    assert_eq!(status["tenants"][0]["content_types"].as_array().map(Vec::len), Some(5));
}

#[test]
fn expired_content_is_a_gap_with_its_cause() {
    let folder = Folder::new();
    let faults = r#"{"expired_content_rate":0.1}"#;
    let emulator = Emulator::start(&folder, 2000, &["--faults", faults]);
    assert_eq!(exit_code(&folder, &["collect", "--once"]), Some(3));
    let expired = emulator.truth()["expired_blobs"].as_u64().expect("a number");
    assert!(expired > 0);
    let gaps = lines(&folder, &["gaps"], "");
    assert_eq!(gaps.len() as u64, expired);
    for gap in &gaps {
        assert_eq!((&gap["state"], &gap["hours_left"]), (&"lost".into(), &Value::Null), "{gap}");
        assert!(gap["cause"].as_str().is_some_and(|cause| cause.contains("is lost")), "{gap}");
    }
    let server = Server::start(&folder);
    assert_eq!(server.get("/api/v1/gaps?tenant=contoso")["gaps"], Value::from(gaps));
    assert_eq!(server.get("/api/v1/gaps?tenant=nobody")["gaps"], Value::Array(Vec::new()));
    let lost = ["ledger", "--last", "8d", "--only", "lost"];
    assert_eq!(exit_code(&folder, &lost), Some(3));
    let hours = lines(&folder, &lost, "proof");
    assert_eq!(sum(&hours, "expired_blobs"), expired);
    assert!(hours.iter().all(|hour| hour["missing"].is_string()), "{hours:?}");
    let blobs = lines(&folder, &[&lost[..], &["--blobs"]].concat(), "blob");
    let gone: Vec<&Value> = blobs.iter().filter(|blob| blob["state"] == "expired").collect();
    assert_eq!(gone.len() as u64, expired);
    assert!(gone.iter().all(|blob| blob["reason"].is_string()), "{gone:?}");
    let status = folder.json(&["status", "--format", "json"]);
    assert_eq!(status["blobs_expired"], expired);
    let types = status["content_types"].as_array().expect("content types");
    assert_eq!(sum(types, "gaps"), expired);
}

#[test]
fn a_wrong_secret_shows_as_a_gap_with_hours_left() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 10, &[]);
    folder.write("secret", "wrong");
    assert_eq!(exit_code(&folder, &["collect", "--once"]), Some(2));
    let gaps = lines(&folder, &["gaps"], "");
    assert_eq!(gaps.len(), 5, "one for each content type: {gaps:?}");
    for gap in &gaps {
        assert_eq!(gap["state"], "unlisted");
        assert!(gap["hours_left"].is_number(), "{gap}");
        assert!(gap["cause"].as_str().is_some_and(|cause| cause.contains("7000215")), "{gap}");
    }
    assert_eq!(exit_code(&folder, &["ledger"]), Some(3));
    let unproven = lines(&folder, &["ledger", "--only", "unproven"], "proof");
    assert!(unproven.len() > 20 * 5, "{}", unproven.len());
    for proof in &unproven {
        let missing = proof["missing"].as_str().expect("what is missing, and why");
        assert!(missing.contains("not listed") && missing.contains("7000215"), "{missing}");
    }
    let status = folder.json(&["status", "--format", "json"]);
    assert_eq!((&status["tenant"], &status["records"]), (&"contoso".into(), &0.into()));
    let trouble = status["content_types"][0]["trouble"].as_str().expect("trouble");
    assert!(trouble.contains("7000215"), "{trouble}");
    assert!(trail365(&folder, &["status"]).contains("contoso Audit.Exchange"));
}

#[test]
fn a_restored_backup_is_told_as_an_incident() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 100, &[]);
    assert_eq!(exit_code(&folder, &["collect", "--once"]), Some(0));
    let (ledger, backup) = (folder.path("data/ledger.sqlite"), folder.path("backup"));
    std::fs::copy(&ledger, &backup).expect("a ledger");
    for seed in ["1", "2"] {
        let records = ["emulate", "--ndjson", "-", "--records", "10", "--seed", seed];
        let file = folder.write("more.ndjson", &trail365(&folder, &records));
        folder.json(&["import", &file, "--tenant", "contoso", "--format", "json"]);
        if seed == "1" {
            std::fs::copy(&backup, &ledger).expect("a ledger");
        }
    }
    let incidents = lines(&folder, &["ledger"], "incident");
    assert_eq!(incidents[0]["incident"], "ledger-behind-table", "{incidents:?}");
    let status = folder.json(&["status", "--format", "json"]);
    assert_eq!(status["incidents"][0]["words"], incidents[0]["words"], "{status}");
    for command in ["status", "ledger"] {
        assert!(trail365(&folder, &[command]).contains("ledger-behind-table"), "{command}");
    }
}

/// The emulator within this process can take away a permission.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_shows_as_a_gap_with_hours_left() {
    let folder = Folder::new();
    let setup = emulator::TenantSetup { roles: Vec::new(), ..Default::default() };
    let options = emulator::EmulatorOptions { tenants: vec![setup.clone()], ..Default::default() };
    let emulator = emulator::Emulator::new(options, chrono::Utc::now()).expect("good options");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(emulator::serve(listener, emulator.into(), std::future::pending()));
    let secret = folder.write("secret", &setup.client_secret);
    let config = format!(
        "[[tenant]]\nname = \"contoso\"\ntenant_id = \"{}\"\nclient_id = \"{}\"\n\
         client_secret = \"file:{secret}\"\ncloud = \"custom\"\nlogin_url = \"{url}\"\napi_url = \"{url}\"\n",
        setup.tenant.tenant_id, setup.client_id
    );
    folder.write("trail365.toml", &config);
    let gaps = tokio::task::spawn_blocking(move || {
        assert_eq!(exit_code(&folder, &["collect", "--once"]), Some(2));
        lines(&folder, &["gaps"], "")
    });
    let gaps = gaps.await.expect("no panic");
    assert!(!gaps.is_empty());
    for gap in &gaps {
        assert!(gap["hours_left"].is_number(), "{gap}");
        let cause = gap["cause"].as_str().expect("a cause");
        assert!(cause.contains("ActivityFeed.Read"), "{cause}");
    }
}
