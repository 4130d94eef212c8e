//! What the tests of jobs and mail share.

use std::path::PathBuf;

use serde_json::Value;

use super::daemon::eventually;
use super::{Folder, emulated_ndjson, trail365};

/// Some records of an emulated tenant, stored.
pub fn stored(records: usize) -> Folder {
    let folder = Folder::new();
    let lines = emulated_ndjson(&folder, records);
    let file = folder.write("records.ndjson", &lines.concat());
    trail365(&folder, &["import", "--tenant", "contoso", &file]);
    folder
}

/// Asks for a job; its id.
pub fn create(folder: &Folder, arguments: &[&str]) -> String {
    let arguments = [&["job", "create"], arguments].concat();
    trail365(folder, &arguments).trim().to_owned()
}

/// Does all that waits.
pub fn run(folder: &Folder) {
    trail365(folder, &["job", "run", "--once"]);
}

pub fn show(folder: &Folder, id: &str) -> Value {
    folder.json(&["job", "show", id, "--format", "json"])
}

pub fn count(folder: &Folder, query: &str) -> u64 {
    trail365(folder, &["search", "--count", query]).trim().parse().expect("a count")
}

/// Waits until the job is in one of these states.
pub fn await_state(folder: &Folder, id: &str, states: &[&str]) -> Value {
    eventually(&format!("{states:?}"), || {
        let job = show(folder, id);
        states.iter().any(|state| job["state"] == *state).then_some(job)
    })
}

/// The files that the worker keeps for a job.
pub fn files(folder: &Folder, id: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.path(&format!("data/jobs/{id}")));
    let entries = entries.into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

/// The exit code, and everything that was said.
pub fn said(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let output = folder.command(arguments).output().expect("trail365 runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), format!("{}{told}", String::from_utf8_lossy(&output.stdout)))
}
