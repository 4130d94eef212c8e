//! Do webhook calls and the logs of Graph reach the store like what is listed?

mod common;

use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::{Emulator, Folder, get, request, trail365};
use serde_json::Value;

/// Kills it when the test ends.
struct Daemon(Child);

impl Daemon {
    fn start(folder: &Folder) -> Daemon {
        let mut command = folder.command(&["collect"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Daemon(command.spawn().expect("trail365 starts"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Puts these lines before or after the emulator's tenant.
fn configure(folder: &Folder, before: &str, after: &str) {
    let path = folder.path("trail365.toml");
    let text = std::fs::read_to_string(&path).expect("the emulator's tenant");
    folder.write("trail365.toml", &format!("{before}\n{text}\n{after}\n"));
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

fn stored(folder: &Folder) -> u64 {
    let output = folder.command(&["search", "--count"]).output().expect("trail365 runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(0)
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(90), "{what}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn what_is_pushed_is_stored_long_before_it_would_be_listed() {
    let folder = Folder::new();
    let emulator = Emulator::start(&folder, 500, &["--rate", "20"]);
    let port = free_port();
    folder.write("auth", "it-is-us");
    let auth = folder.path("auth");
    let webhook = format!(
        "poll_seconds = 3600\n[webhook]\naddress = \"http://127.0.0.1:{port}/o365\"\nlisten = \"127.0.0.1:{port}\"\nauth_id = \"file:{auth}\"\n"
    );
    configure(&folder, &webhook, "");
    let daemon = Daemon::start(&folder);
    wait_until("the history is listed", || stored(&folder) >= 500);
    let before = emulator.truth()["distinct_ids"].as_u64().expect("a number");
    wait_until("what came after it is pushed", || stored(&folder) > before);
    // Strangers are not believed, and what they say is not noted.
    let address = format!("127.0.0.1:{port}");
    let body = r#"[{"tenantId":"x"}]"#;
    let call = |auth: &str| {
        let length = body.len();
        request(
            &address,
            &format!(
                "POST /o365 HTTP/1.0\r\nWebhook-AuthID: {auth}\r\nContent-Length: {length}\r\n\r\n{body}"
            ),
        )
    };
    assert!(call("it-is-me").starts_with("HTTP/1.0 403"), "{}", call("it-is-me"));
    assert!(call("it-is-us").starts_with("HTTP/1.0 200"), "{}", call("it-is-us"));
    drop(daemon);
    // Listing finds nothing twice and what push has missed.
    folder.run(&["collect", "--once"]);
    let ids = "select count(*) as n, count(distinct Id) as ids from events";
    let answer = folder.json(&["sql", ids, "--format", "json"]);
    assert_eq!(answer["n"], answer["ids"]);
    assert!(answer["n"].as_u64() > Some(before));
    assert!(trail365(&folder, &["gaps"]).contains("No gap is known"));
}

const LOGS: &str = r#"graph_logs = ["SignIns", "NonInteractiveSignIns", "ServicePrincipalSignIns",
    "DirectoryAudits", "MessageTrace", "ServiceIssues", "ServiceMessages", "ServiceOverviews"]"#;

#[test]
fn the_logs_of_graph_are_stored_once() {
    let folder = Folder::new();
    let emulator = Emulator::start(&folder, 2000, &["--faults", r#"{"error_rate":0.05}"#]);
    configure(&folder, "", LOGS);
    folder.run(&["collect", "--once"]);
    let truth = get(emulator.address(), "/emulator/truth/graph")["tenants"][0].take();
    let sql = "select ContentType, count(*) as n from events group by ContentType";
    let text = trail365(&folder, &["sql", sql, "--format", "json"]);
    let count = |name: &str| {
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        rows.filter(|row| row["ContentType"] == name).find_map(|row| row["n"].as_u64())
    };
    for (log, expected) in [
        ("Graph.SignIns", &truth["sign_ins"]["interactiveUser"]),
        ("Graph.NonInteractiveSignIns", &truth["sign_ins"]["nonInteractiveUser"]),
        ("Graph.ServicePrincipalSignIns", &truth["sign_ins"]["servicePrincipal"]),
        ("Graph.DirectoryAudits", &truth["directory_audits"]),
    ] {
        assert_eq!(count(log), expected.as_u64(), "{log}: {truth}");
    }
    // The emulator may say the same of a recipient twice.
    let traces = truth["message_traces"].as_u64().expect("a number");
    assert!(count("Graph.MessageTrace").is_some_and(|n| n <= traces && n > traces * 8 / 10));
    // The report counts each recipient of a message once.
    let page = folder.json(&["report", "mail-traffic", "--last", "30d", "--format", "json"]);
    let sql = "select count(distinct concat(field(Raw, 'id'), ' ', lower(ObjectId))) as n \
               from events where ContentType = 'Graph.MessageTrace'";
    let told: Value = serde_json::from_str(&trail365(&folder, &["sql", sql, "--format", "json"]))
        .expect("a line of JSON");
    let figures = page["sections"][0]["figures"].as_array().expect("figures");
    let figure = |label: &str| {
        let found = figures.iter().find(|figure| figure["label"] == label);
        found.unwrap_or_else(|| panic!("no {label}: {figures:?}"))["value"].as_u64()
    };
    assert_eq!(figure("Messages, counted for each recipient"), told["n"].as_u64());
    let ways = ["Inside", "Out", "In"].map(|way| figure(way).expect("a number"));
    assert!(ways.iter().all(|messages| *messages > 0), "{ways:?}");
    assert!(count("Graph.ServiceIssues") > Some(0) && count("Graph.ServiceOverviews") > Some(0));
    // Asked again, the logs bring nothing new.
    let before = stored(&folder);
    folder.run(&["collect", "--once"]);
    assert_eq!(stored(&folder), before);
    assert!(trail365(&folder, &["gaps"]).contains("No gap is known"));
}

#[test]
fn a_log_without_permission_is_a_gap_that_names_it() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 50, &["--without-role", "AuditLog.Read.All"]);
    configure(&folder, "", "graph_logs = [\"SignIns\"]");
    folder.run(&["collect", "--once"]);
    let gaps = trail365(&folder, &["gaps", "--format", "json"]);
    assert!(gaps.contains("Graph.SignIns") && gaps.contains("AuditLog.Read.All"), "{gaps}");
    assert_eq!(stored(&folder), 50, "the feed goes on");
}

#[test]
fn a_search_at_the_service_brings_only_what_is_missing() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 1500, &[]);
    folder.run(&["collect", "--once"]);
    let before = stored(&folder);
    let answer = folder.json(&["query", "--last", "30d", "--format", "json"]);
    assert_eq!(answer["stored"], 0, "{answer}");
    assert!(answer["records"].as_u64() >= Some(before), "{answer}");
    assert!(answer["verdict"].as_str().is_some_and(|words| words.starts_with("all")), "{answer}");
    assert_eq!(stored(&folder), before);
}
