//! Whatever moment the process dies at: is nothing lost and nothing stored twice?

mod common;

use std::process::{Child, Stdio};
use std::time::Duration;

use common::{Folder, emulated_ndjson, trail365};

/// Kills at moments spread over a little more than a whole run.
const KILLS: u64 = 200;
const RECORDS_PER_FILE: usize = 100;

/// Splitmix64: the moments are the same in every run of the test.
fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn kill_after(mut child: Child, delay: Duration) -> bool {
    std::thread::sleep(delay);
    let done = child.try_wait().expect("a child of ours").is_some();
    let _ = child.kill();
    child.wait().expect("a child of ours");
    done
}

fn spawn(folder: &Folder, arguments: &[&str]) -> Child {
    let mut command = folder.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("trail365 starts")
}

fn assert_each_once(folder: &Folder, expected: Option<u64>) {
    let sql = "select count(*) as n, count(distinct Id) as ids from events";
    let answer = folder.json(&["sql", sql, "--format", "json"]);
    assert_eq!(answer["n"], answer["ids"], "a record is stored twice");
    if let Some(expected) = expected {
        assert_eq!(answer["n"], expected);
    }
}

#[test]
fn imports_killed_at_random_moments() {
    let folder = Folder::new();
    let lines = emulated_ndjson(&folder, KILLS as usize * RECORDS_PER_FILE);
    let files: Vec<String> = lines
        .chunks(RECORDS_PER_FILE)
        .enumerate()
        .map(|(index, lines)| folder.write(&format!("part-{index:04}.ndjson"), &lines.concat()))
        .collect();
    // A first run tells how long one takes on this machine.
    let start = std::time::Instant::now();
    folder.json(&["import", &files[0], "--format", "json"]);
    let mut whole_run = start.elapsed().as_micros() as u64;
    let mut killed = 0;
    for (seed, file) in (1..).zip(&files[1..]) {
        let delay = Duration::from_micros(random(seed) % (whole_run + whole_run / 4));
        let in_time = !kill_after(spawn(&folder, &["import", file]), delay);
        killed += u64::from(in_time);
        if !in_time {
            // The machine was busier before.
            whole_run = whole_run.min(delay.as_micros() as u64);
        }
        if seed % 50 == 0 {
            assert_each_once(&folder, None);
        }
    }
    assert!(killed > KILLS / 2, "only {killed} runs were killed in time");
    let pattern = folder.path("part-*.ndjson");
    folder.json(&["import", &pattern, "--format", "json"]);
    assert_each_once(&folder, Some(lines.len() as u64));
}

#[test]
fn collecting_killed_at_random_moments() {
    let folder = Folder::new();
    let emulator = common::Emulator::start(&folder, 4000, &[]);
    for seed in 0..60 {
        let delay = Duration::from_millis(random(seed) % 600);
        kill_after(spawn(&folder, &["collect", "--once"]), delay);
    }
    let done = folder.command(&["collect", "--once"]).output().expect("trail365 runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let truth = emulator.truth();
    assert_each_once(&folder, truth["distinct_ids"].as_u64());
    let gaps = trail365(&folder, &["gaps"]);
    assert!(gaps.contains("No gap is known"), "{gaps}");
}
