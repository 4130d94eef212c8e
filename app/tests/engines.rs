//! Do other engines read the table as `trail365 sql` does?

mod common;

use std::collections::BTreeMap;
use std::process::Command;

use common::parts::python;
use common::{Folder, emulated_ndjson, trail365};

const ENGINES: [&str; 4] = ["duckdb", "polars", "clickhouse", "daft"];

#[test]
fn every_engine_counts_the_same() {
    let folder = Folder::new();
    // Two imports make two versions, and with it a log of several files.
    let lines = emulated_ndjson(&folder, 5_000);
    for (index, lines) in lines.chunks(2_500).enumerate() {
        let records = folder.write(&format!("{index}.ndjson"), &lines.concat());
        trail365(&folder, &["import", "--tenant", "contoso", &records]);
    }
    let sql = "select Workload, count(*) as n from events group by 1";
    let ours: BTreeMap<String, u64> = trail365(&folder, &["sql", "--format", "json", sql])
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let workload = row["Workload"].as_str().unwrap_or_default().to_owned();
            (workload, row["n"].as_u64().expect("a count"))
        })
        .collect();
    assert!(ours.len() > 5, "{ours:?}");
    let table = folder.path("data/tenants/contoso/events");
    for engine in ENGINES {
        let output = Command::new(python())
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/read-table"))
            .args([engine, &table])
            .output()
            .expect("Python runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{engine}: {told}");
        let theirs: BTreeMap<String, u64> =
            serde_json::from_slice(&output.stdout).expect("counts by workload");
        assert_eq!(theirs, ours, "{engine}");
    }
}
