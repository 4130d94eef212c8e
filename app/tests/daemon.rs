//! Does `trail365 collect` behave as a service should?

mod common;

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use common::daemon::{Daemon, configure, eventually};
use common::{Emulator, Folder, trail365};

fn number(value: &serde_json::Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn metrics_and_health_tell_the_truth() {
    let folder = Folder::new();
    let faults = r#"{"duplicate_rate":0.1,"expired_content_rate":0.05}"#;
    // Enough for some of a RecordType that no list names.
    let emulator = Emulator::start(&folder, 30_000, &["--faults", faults]);
    let mut daemon = Daemon::start(&folder);
    daemon.await_health(&["contoso"]);
    let truth = emulator.truth();
    let stored = number(&truth["distinct_ids"]) - number(&truth["expired_records"]);
    eventually("every record in the metrics", || {
        (daemon.metric("trail365_stored_total", &[]) == Some(stored)).then_some(())
    });
    let (_, text) = daemon.get("/metrics");
    let expired = number(&truth["expired_blobs"]);
    for (name, labels, wanted) in [
        ("trail365_quarantined_total", vec!["tenant=\"contoso\""], 0.0),
        ("trail365_dropped_total", vec!["tenant=\"contoso\""], 0.0),
        ("trail365_blobs_total", vec!["\"expired\""], expired),
        ("trail365_blobs_total", vec!["\"stored\""], number(&truth["blobs"]) - expired),
        ("trail365_blobs_waiting", vec!["Audit.Exchange"], 0.0),
        ("trail365_trouble", vec!["Audit.Exchange"], 0.0),
        ("trail365_passes_total", vec!["\"failed\""], 0.0),
    ] {
        assert_eq!(daemon.metric(name, &labels), Some(wanted), "{name} {labels:?}\n{text}");
    }
    let lost: f64 = text
        .lines()
        .filter(|line| line.starts_with("trail365_gaps{") && line.contains("\"lost\""))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    assert_eq!(lost, expired, "{text}");
    let duplicates = daemon.metric("trail365_duplicates_total", &[]).expect("duplicates");
    assert!(duplicates <= number(&truth["duplicates"]), "{duplicates} {truth}");
    let records = daemon.metric("trail365_records_total", &[]);
    assert_eq!(records, Some(stored + duplicates), "{text}");
    // One event for each issue stored; what arrived twice was met twice.
    let told: f64 = trail365(&folder, &["issues", "--format", "json"])
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .filter(|issue| issue["kind"] == "unknown-record-type")
        .map(|issue| number(&issue["count"]))
        .sum();
    let met = daemon.metric("trail365_issues_total", &["unknown-record-type"]).expect("issues");
    assert!(0.0 < told && told <= met && met <= told + duplicates, "{told} {met}");
    assert_eq!(daemon.metric("trail365_issues_total", &["mended-json"]), Some(0.0));
    for (name, most) in [
        ("trail365_lag_seconds", 60.0),
        ("trail365_unproven_expiry_seconds", 7.0 * 86_400.0),
        ("trail365_requests_total", number(&emulator.log()["total"])),
        ("trail365_received_bytes_total", 1e9),
        ("trail365_tokens_total", 10.0),
        ("trail365_batch_number", 1000.0),
        ("trail365_last_success_timestamp_seconds", 1e11),
    ] {
        let level = daemon.metric(name, &["contoso"]).unwrap_or_else(|| panic!("{name}\n{text}"));
        assert!((0.0..=most).contains(&level), "{name} {level}");
    }
    assert!(text.ends_with("# EOF\n") && text.contains("# HELP trail365_lag_seconds "), "{text}");

    let event = daemon.log().into_iter().find(|event| event["tenant"] == "contoso");
    let event = event.expect("a pass in the log");
    for field in ["windows", "blobs", "stored", "duplicates", "gaps", "problems"] {
        assert!(!event[field].is_null(), "{field} is not in {event}");
    }

    let second = folder.command(&["collect"]).output().expect("trail365 runs");
    let words = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2), "{words}");
    assert!(words.contains("process"), "{words}");

    assert_eq!(daemon.terminate().code(), Some(0));
    assert!(daemon.log().iter().any(|event| event["message"] == "tenant contoso: stopped"));
}

#[test]
fn a_tenant_that_is_not_collected_is_not_healthy() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 100, &[]);
    folder.write("secret", "wrong");
    let daemon = Daemon::start(&folder);
    let problem = |words: &str| {
        eventually(words, || {
            let (status, health) = daemon.health();
            assert_eq!(status, 503, "{health}");
            assert!(health["tenants"][0]["last_success"].is_null(), "{health}");
            let problem = health["tenants"][0]["last_problem"].as_str()?.contains(words);
            problem.then_some(())
        });
    };
    problem("7000215");
    assert_eq!(daemon.metric("trail365_trouble", &["Audit.Exchange"]), Some(1.0));
    assert!(daemon.metric("trail365_gaps", &["Audit.Exchange", "unlisted"]) > Some(0.0));
    let left = daemon.metric("trail365_unproven_expiry_seconds", &["Audit.Exchange"]);
    assert!(left.is_some_and(|left| left < 7.0 * 86_400.0), "{left:?}");
    // Put right, it is collected without a restart.
    folder.write("secret", "emulator-secret");
    daemon.await_health(&["contoso"]);
}

#[test]
fn a_stop_in_the_midst_of_work_loses_and_doubles_nothing() {
    let folder = Folder::new();
    let slow = r#"{"slow_rate":1.0,"slow_ms":100}"#;
    let emulator = Emulator::start(&folder, 20_000, &["--faults", slow]);
    for _ in 0..2 {
        let mut daemon = Daemon::start(&folder);
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(daemon.terminate().code(), Some(0), "{:?}", daemon.log());
    }
    let status = folder.json(&["status", "--format", "json"]);
    assert!(status["records"].as_u64() > Some(0), "what was fetched is committed: {status}");
    assert!(status["blobs_waiting"].as_u64() > Some(0), "it was stopped in the midst: {status}");
    emulator.faults(r#"{"slow_rate":0.0}"#);
    folder.command(&["collect", "--once"]).output().expect("trail365 runs");
    let truth = emulator.truth();
    let status = folder.json(&["status", "--format", "json"]);
    assert_eq!(status["records"], truth["distinct_ids"]);
    assert_eq!(status["duplicates"], truth["duplicates"], "no blob was stored twice");
    assert_eq!(status["blobs_waiting"], 0);
}

#[test]
fn tenants_come_and_go_with_the_configuration() {
    let (folder, other) = (Folder::new(), Folder::new());
    let first = Emulator::start(&folder, 200, &[]);
    let second = Emulator::start(&other, 300, &["--seed", "7"]);
    let tenant = |folder: &Folder, name: &str| {
        let config = std::fs::read_to_string(folder.path("trail365.toml")).expect("written");
        let config = config.replace("\"contoso\"", &format!("\"{name}\""));
        config[config.find("[[tenant]]").expect("a tenant")..].to_owned()
    };
    let (contoso, fabrikam) = (tenant(&folder, "contoso"), tenant(&other, "fabrikam"));
    let mut daemon = Daemon::start(&folder);
    daemon.await_health(&["contoso"]);
    configure(&folder, &format!("{contoso}\n{fabrikam}"));
    daemon.await_health(&["contoso", "fabrikam"]);
    configure(&folder, "[[tenant]\n");
    eventually("a complaint about the configuration", || {
        let is_told = |words: &str| words.contains("going on as before");
        daemon.log().iter().find(|event| event["message"].as_str().is_some_and(is_told)).cloned()
    });
    daemon.await_health(&["contoso", "fabrikam"]);
    configure(&folder, &fabrikam);
    daemon.await_health(&["fabrikam"]);
    assert_eq!(daemon.metric("trail365_lag_seconds", &["contoso"]), None);
    assert_eq!(daemon.terminate().code(), Some(0));
    for (name, emulator) in [("contoso", &first), ("fabrikam", &second)] {
        let count = folder.json(&["search", "--count", "--tenant", name, "--format", "json"]);
        assert_eq!(count["count"], emulator.truth()["distinct_ids"], "{name}");
    }
}

/// The protocol of sd_notify(3), with the test as the service manager.
#[test]
fn the_service_manager_is_kept_informed() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 100, &[]);
    let path = folder.path("notify");
    let manager = UnixDatagram::bind(&path).expect("a socket");
    manager.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket");
    let mut command = folder.command(&["collect", "--log-format", "json"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1000000");
    let mut daemon = Daemon::run(&mut command);
    let heard_until = |wanted: &str| {
        let mut heard = String::new();
        let mut buffer = [0; 1024];
        while !heard.contains(wanted) {
            let length = manager.recv(&mut buffer).unwrap_or_else(|e| panic!("{e}: {heard}"));
            heard.push_str(std::str::from_utf8(&buffer[..length]).expect("text"));
        }
        heard
    };
    heard_until("READY=1");
    heard_until("STATUS=1 tenant collected");
    heard_until("WATCHDOG=1");
    assert_eq!(daemon.terminate().code(), Some(0));
    heard_until("STOPPING=1");
}

/// Looks again and again until it is told to end; here as plain text, since nothing is a terminal.
#[test]
fn status_can_be_watched() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 100, &[]);
    folder.command(&["collect", "--once"]).output().expect("trail365 runs");
    let script = "\"$0\" status --watch --format json & sleep 5; kill -TERM $!; wait $!";
    let trail365 = env!("CARGO_BIN_EXE_trail365");
    let output = std::process::Command::new("sh")
        .args(["-c", script, trail365])
        .env("TRAIL365_DATA", folder.path("data"))
        .output()
        .expect("a shell");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.lines().count() >= 2, "{text}");
    assert!(text.lines().all(|line| line.starts_with('{')), "{text}");
}
