//! Does collecting bring what the tenant published, each record once, politely?

mod common;

use common::{Emulator, Folder, trail365};

#[test]
fn every_record_once_and_every_call_names_its_publisher() {
    let folder = Folder::new();
    let faults = r#"{"error_rate":0.05,"cut_body_rate":0.05,"duplicate_rate":0.1,"page_size":7}"#;
    let emulator = Emulator::start(&folder, 3000, &["--faults", faults]);
    for _ in 0..6 {
        folder.command(&["collect", "--once"]).output().expect("trail365 runs");
    }
    let truth = emulator.truth();
    let count = folder.json(&["search", "--count", "--format", "json"]);
    assert_eq!(count["count"], truth["distinct_ids"]);
    let log = emulator.log();
    assert_eq!(log["missing_publisher_identifier"], 0, "{log}");
    assert!(trail365(&folder, &["gaps"]).contains("No gap is known"));
}

#[test]
fn a_blob_that_fails_holds_up_no_other() {
    let folder = Folder::new();
    let faults = r#"{"wrong_host_content_rate":0.2}"#;
    let emulator = Emulator::start(&folder, 20_000, &["--faults", faults]);
    let output = folder.command(&["collect", "--once"]).output().expect("trail365 runs");
    assert_eq!(output.status.code(), Some(3), "some of it failed");
    let stored = folder.json(&["search", "--count", "--format", "json"])["count"].as_u64();
    let status = folder.json(&["status", "--format", "json"]);
    let waiting = status["blobs_waiting"].as_u64().expect("a number");
    let blobs = emulator.truth()["blobs"].as_u64().expect("a number");
    assert!(blobs > 600, "{blobs} blobs are fewer than three rounds");
    assert!(waiting > 0 && waiting < blobs / 3, "{waiting} of {blobs} blobs wait");
    assert!(stored > Some(10_000), "{stored:?}");
}

#[test]
fn a_file_of_the_same_records_brings_nothing_new() {
    let folder = Folder::new();
    let emulator = Emulator::start(&folder, 500, &["--end-time", "2026-01-20T00:00:00"]);
    drop(emulator);
    let arguments =
        ["emulate", "--ndjson", "-", "--records", "500", "--end-time", "2026-01-20T00:00:00"];
    let text = trail365(&folder, &arguments);
    let lines: Vec<&str> = text.lines().collect();
    let ndjson = folder.write("a.ndjson", &text);
    let array = folder.write("b.json", &format!("[{}]", lines.join(",\n")));
    let mut csv = String::from("CreationDate,UserIds,Operations,AuditData\n");
    for line in &lines {
        csv.push_str(&format!(
            "2026-01-01T00:00:00.0000000Z,x,y,\"{}\"\n",
            line.replace('"', "\"\"")
        ));
    }
    let csv = folder.write("c.csv", &csv);
    let records = lines.len() as u64;
    let first = folder.json(&["import", &ndjson, "--format", "json"]);
    assert_eq!(
        (first["records"].as_u64(), first["stored"].as_u64()),
        (Some(records), Some(records))
    );
    for file in [ndjson, array, csv] {
        let again = folder.json(&["import", &file, "--format", "json"]);
        assert_eq!(
            (again["stored"].as_u64(), again["duplicates"].as_u64()),
            (Some(0), Some(records)),
            "{file}"
        );
    }
}

#[test]
fn a_wrong_secret_says_what_to_do() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 10, &[]);
    folder.write("secret", "wrong");
    let output = folder.command(&["collect", "--once"]).output().expect("trail365 runs");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("contoso") && words.contains("7000215"), "{words}");
    let output = folder.command(&["check"]).output().expect("trail365 runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stdout).contains("WRONG contoso sign-in"));
}
