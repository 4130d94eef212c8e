//! Is a blob decoded as it streams, whatever its size?

mod common;

use std::process::Stdio;
use std::time::Duration;

use common::{Emulator, Folder};

const LARGE_BLOB_BYTES: &str = "268435456";
/// Ordinary work, enough to fill every queue and buffer.
const RECORDS: usize = 40_000;
/// What a blob of 256 MiB may add.
const GROWTH_KIB_MAX: u64 = 64 << 10;

/// The most memory that collecting took, KiB, and how many records there are.
fn collect(more: &[&str]) -> (u64, u64) {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, RECORDS, more);
    let mut command = folder.command(&["collect", "--once"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut peak = 0;
    while child.try_wait().expect("a child of ours").is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let line = status.iter().flat_map(|text| text.lines()).find(|l| l.starts_with("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    let count = folder.json(&["search", "--count", "--format", "json"])["count"].as_u64();
    (peak, count.expect("a number"))
}

#[test]
fn a_large_blob_takes_little_memory() {
    let (small, few) = collect(&[]);
    let (large, many) = collect(&["--large-blob-bytes", LARGE_BLOB_BYTES]);
    assert!(many > few + 100_000, "{few} and {many} records");
    println!("{small} KiB without the blob, {large} KiB with it");
    assert!(large < small + GROWTH_KIB_MAX, "{small} KiB without the blob, {large} KiB with it");
}
