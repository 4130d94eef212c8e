//! Does the program deliver what it stored, each once, whatever becomes of it meanwhile?

mod common;
#[path = "../../crates/output/tests/outputs/part.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod part;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::daemon::{Daemon, eventually};
use common::{Emulator, Folder, emulated_ndjson, trail365};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

/// Some records of an emulated tenant, stored in several versions.
fn stored(records: usize) -> Folder {
    let folder = Folder::new();
    let lines = emulated_ndjson(&folder, records);
    for (index, lines) in lines.chunks(records.div_ceil(4)).enumerate() {
        let file = folder.write(&format!("{index}.ndjson"), &lines.concat());
        trail365(&folder, &["import", "--tenant", "contoso", &file]);
    }
    folder
}

fn configure(folder: &Folder, outputs: &str) {
    folder.write("trail365.toml", outputs);
}

fn ids(folder: &Folder, file: &str) -> BTreeMap<String, u32> {
    let text = std::fs::read_to_string(folder.path(file)).unwrap_or_default();
    let mut ids = BTreeMap::new();
    for line in text.lines() {
        let record: Value = serde_json::from_str(line).expect("a record a line");
        let id = record["Id"].as_str().expect("an Id").to_owned();
        *ids.entry(id).or_default() += 1;
    }
    ids
}

fn count(folder: &Folder, query: &str) -> u64 {
    trail365(folder, &["search", "--count", query]).trim().parse().expect("a count")
}

fn status(folder: &Folder, output: &str) -> Value {
    let text = trail365(folder, &["output", "status", "--format", "json"]);
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.into_iter().find(|line| line["output"] == output).expect("the output's status")
}

const FILES: &str = r#"
[[output]]
name = "all"
type = "file"
format = "raw"
path = "all.ndjson"

[[output]]
name = "mail"
type = "file"
format = "raw"
filter = "workload:Exchange"
presets = ["no-mail-items"]
path = "mail.ndjson"
"#;

#[test]
fn each_record_is_delivered_once_and_replayed_when_asked() {
    let folder = stored(4_000);
    configure(&folder, FILES);
    assert_eq!(status(&folder, "all")["behind"], count(&folder, ""));
    trail365(&folder, &["output", "run", "--once"]);
    let all = ids(&folder, "all.ndjson");
    assert_eq!(all.len() as u64, count(&folder, ""));
    assert!(all.values().all(|times| *times == 1));
    let mail =
        "workload:Exchange -type:(ExchangeItem or ExchangeItemGroup or ExchangeItemAggregated)";
    let wanted = count(&folder, mail);
    assert!(wanted > 0 && wanted < all.len() as u64);
    assert_eq!(ids(&folder, "mail.ndjson").len() as u64, wanted);
    let standing = status(&folder, "mail");
    assert_eq!((&standing["delivered"], &standing["behind"]), (&wanted.into(), &0.into()));

    // Nothing is new; merging files changes nothing.
    trail365(&folder, &["output", "run", "--once"]);
    assert_eq!(ids(&folder, "all.ndjson"), all);

    // From the middle on once more.
    let newest = trail365(&folder, &["search", "--format", "json", "--sort", "oldest"]);
    let times: Vec<String> = newest
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["CreationTime"].to_string())
        .collect();
    let middle = times[times.len() / 2].trim_matches('"').to_owned();
    let again = times.iter().filter(|time| time.trim_matches('"') >= middle.as_str()).count();
    trail365(&folder, &["output", "replay", "all", "--from", &middle]);
    trail365(&folder, &["output", "run", "all", "--once"]);
    let twice = ids(&folder, "all.ndjson").values().filter(|times| **times == 2).count();
    assert_eq!(twice, again);
}

#[test]
fn a_killed_sender_loses_nothing_and_a_database_has_nothing_twice() {
    const RECORDS: usize = 20_000;
    let folder = stored(RECORDS);
    let outputs = r#"
[[output]]
name = "lines"
type = "file"
format = "raw"
path = "lines.ndjson"
batch = {records = 200}

[[output]]
name = "database"
type = "sqlite"
path = "audit.sqlite"
batch = {records = 200}
"#;
    configure(&folder, outputs);
    let mut random = StdRng::seed_from_u64(365);
    for _ in 0..10 {
        let mut sender = folder
            .command(&["output", "run"])
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("trail365 starts");
        std::thread::sleep(Duration::from_millis(random.random_range(50..600)));
        sender.kill().expect("a child of ours");
        sender.wait().expect("a child of ours");
    }
    trail365(&folder, &["output", "run", "--once"]);
    let stored = count(&folder, "");
    let lines = ids(&folder, "lines.ndjson");
    assert_eq!(lines.len() as u64, stored);
    let database = rusqlite::Connection::open(folder.path("audit.sqlite")).expect("a database");
    let one =
        |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).expect(sql) as u64;
    assert_eq!(one("select count(*) from events"), stored);
    assert_eq!(one("select count(distinct record_key) from events"), stored);
    assert_eq!(status(&folder, "database")["behind"], 0);
}

#[test]
fn collecting_forwards_and_tells_how_far_it_is() {
    let folder = Folder::new();
    let emulator = Emulator::start(&folder, 2_000, &["--rate", "20"]);
    let tenants = std::fs::read_to_string(folder.path("trail365.toml")).expect("a configuration");
    let tenants = &tenants[tenants.find("[[tenant]]").expect("a tenant")..];
    let head = "poll_seconds = 1\n[collect]\nlisten = \"127.0.0.1:0\"\n";
    folder.write("trail365.toml", &format!("{head}{FILES}{tenants}\n"));
    let daemon = Daemon::run(&mut folder.command(&["collect", "--log-format", "json"]));
    let delivered = |output: &str| {
        let label = format!("output=\"{output}\"");
        daemon.metric("trail365_output_delivered_total", &[&label])
    };
    eventually("records in the file", || delivered("all").filter(|count| *count > 2_000.0));
    assert!(delivered("mail").is_some());
    assert_eq!(daemon.metric("trail365_output_trouble", &["output=\"all\""]), Some(0.0));
    // An output that comes with a change of the configuration begins with the oldest record.
    let more = "[[output]]\nname = 'late'\ntype = 'file'\nformat = 'raw'\npath = 'late.ndjson'\n";
    folder.write("trail365.toml", &format!("{head}{FILES}{more}{tenants}\n"));
    eventually("the new output", || delivered("late").filter(|count| *count > 2_000.0));
    drop(daemon);
    drop(emulator);
    trail365(&folder, &["output", "run", "--once"]);
    let (all, late) = (ids(&folder, "all.ndjson"), ids(&folder, "late.ndjson"));
    assert_eq!(all.len() as u64, count(&folder, ""));
    assert_eq!(all.len(), late.len());
}

/// A service over HTTP that refuses whatever holds a word, as long as it is told to.
struct Picky {
    address: String,
    refuses: Arc<AtomicBool>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Picky {
    fn start(word: &'static str) -> Picky {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let picky = Picky {
            address: listener.local_addr().expect("an address").to_string(),
            refuses: Arc::new(AtomicBool::new(true)),
            lines: Arc::default(),
        };
        let (refuses, lines) = (picky.refuses.clone(), picky.lines.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let body = read_body(&stream);
                let is_refused = refuses.load(Ordering::SeqCst) && body.contains(word);
                if !is_refused {
                    lines.lock().expect("no holder panics").extend(body.lines().map(str::to_owned));
                }
                let status = if is_refused { "400 Bad Request" } else { "200 OK" };
                let answer =
                    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        picky
    }

    fn count(&self) -> u64 {
        self.lines.lock().expect("no holder panics").len() as u64
    }
}

fn read_body(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a head");
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    String::from_utf8(body).expect("text")
}

#[test]
fn what_is_refused_is_parked_and_tried_again_when_asked() {
    let folder = stored(2_000);
    let service = Picky::start("New-InboxRule");
    let config = format!(
        "[[output]]\nname = 'hook'\ntype = 'http'\nformat = 'raw'\nurl = 'http://{}/'\n",
        service.address
    );
    configure(&folder, &config);
    let refused = count(&folder, "\"New-InboxRule\"");
    assert!(refused > 0);
    trail365(&folder, &["output", "run", "--once"]);
    let standing = status(&folder, "hook");
    assert_eq!((&standing["parked"], &standing["behind"]), (&refused.into(), &0.into()));
    assert_eq!(service.count(), count(&folder, "") - refused);
    let listed = trail365(&folder, &["output", "parked", "hook", "--format", "json"]);
    assert_eq!(listed.lines().count() as u64, refused);
    assert!(listed.lines().all(|line| line.contains("400")), "{listed}");

    trail365(&folder, &["output", "replay", "hook", "--parked"]);
    assert_eq!(status(&folder, "hook")["parked"], refused);
    service.refuses.store(false, Ordering::SeqCst);
    trail365(&folder, &["output", "replay", "hook", "--parked"]);
    assert_eq!(status(&folder, "hook")["parked"], 0);
    assert_eq!(service.count(), count(&folder, ""));
}

#[test]
fn what_is_wrong_is_said() {
    let folder = stored(200);
    let run = |arguments: &[&str]| {
        let output = folder.command(arguments).output().expect("trail365 runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), format!("{}{told}", String::from_utf8_lossy(&output.stdout)))
    };
    let (code, words) = run(&["output", "list"]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("no output is configured"), "{words}");
    configure(&folder, "[[output]]\nname = 'a'\ntype = 'file'\npath = '/proc/none/x'\n");
    let (code, words) = run(&["output", "test", "a"]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("output a: /proc/none/x"), "{words}");
    let (code, words) = run(&["output", "test", "b"]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("no output is named b; there are a"), "{words}");
    configure(&folder, "[[output]]\nname = 'a'\ntype = 'file'\npaht = 'x'\n");
    let (code, words) = run(&["output", "list"]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("output a: unknown field `paht`"), "{words}");
    configure(&folder, "[[output]]\nname = 'a'\ntype = 'file'\npath = 'x.ndjson'\n");
    let (code, words) = run(&["output", "test", "a"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("a line was added to x.ndjson"), "{words}");
    let line = std::fs::read_to_string(folder.path("x.ndjson")).expect("a line");
    assert!(line.contains("trail365-output-test"), "{line}");
    let (_, words) = run(&["output", "list", "--types"]);
    for name in ["postgresql", "splunk_hec", "cef", "no-mail-items", "exactly once"] {
        assert!(words.contains(name), "{name} is not in\n{words}");
    }
}
