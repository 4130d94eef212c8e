//! Does every job come to its result, once, whatever becomes of its worker meanwhile?

mod common;

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::daemon::{Daemon, eventually};
use common::jobs::{await_state, count, create, files, run, said, show, stored};
use common::parts::python;
use common::{Folder, Server, request, trail365};
use serde_json::{Value, json};

const MAIL: &str = "workload:Exchange";

/// The result as the command saves it.
fn result(folder: &Folder, id: &str) -> Vec<u8> {
    let target = folder.path("saved");
    trail365(folder, &["job", "result", id, "-o", &target]);
    std::fs::read(target).expect("a result")
}

fn lines(text: &[u8]) -> Vec<String> {
    String::from_utf8(text.to_vec()).expect("text").lines().map(str::to_owned).collect()
}

/// A cell may hold line breaks.
fn csv_rows(text: &[u8]) -> u64 {
    let mut reader = csv::Reader::from_reader(text);
    let rows: Result<Vec<_>, _> = reader.records().collect();
    rows.expect("rows of CSV").len() as u64
}

/// As another engine counts them.
fn parquet_rows(folder: &Folder, id: &str) -> u64 {
    let program = "import pyarrow.parquet, sys
print(pyarrow.parquet.read_metadata(sys.argv[1]).num_rows)";
    let file = files(folder, id)[0].display().to_string();
    let output = Command::new(python()).args(["-c", program, &file]).output();
    let output = output.expect("Python runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a count")
}

#[test]
fn each_format_holds_what_the_search_finds() {
    let folder = stored(3_000);
    let wanted = count(&folder, MAIL);
    assert!(wanted > 100);
    let ids: Vec<String> = ["xml", "csv", "json", "parquet"]
        .map(|format| create(&folder, &[MAIL, "--format", format, "--name", "Mail in May"]))
        .into();
    assert!(ids.is_sorted(), "{ids:?}");
    assert_eq!(show(&folder, &ids[0])["state"], "queued");
    run(&folder);
    for id in &ids {
        let job = show(&folder, id);
        assert_eq!((&job["state"], &job["done"]), (&json!("done"), &wanted.into()), "{job}");
        let name = format!("Mail-in-May-{id}.{}", job["format"].as_str().expect("a format"));
        assert_eq!(job["file"], name);
        assert_eq!(job["bytes"], result(&folder, id).len());
        assert_eq!(files(&folder, id).len(), 1, "no draft is left");
    }
    // What the XML has is known already, every record of it.
    let file = folder.path("again.xml");
    trail365(&folder, &["job", "result", &ids[0], "-o", &file]);
    let told = trail365(&folder, &["import", "--tenant", "contoso", &file]);
    assert!(told.contains(&format!("duplicates   {wanted}")), "{told}");
    assert_eq!(csv_rows(&result(&folder, &ids[1])), wanted);
    let by_search = trail365(&folder, &["search", MAIL, "--format", "json", "--sort", "oldest"]);
    assert_eq!(String::from_utf8(result(&folder, &ids[2])).unwrap(), by_search);
    assert_eq!(parquet_rows(&folder, &ids[3]), wanted);
    let (code, words) = said(&folder, &["job", "create", "operation:NoSuchThing", "--wait"]);
    assert_eq!(code, Some(1), "{words}");
}

#[test]
fn many_mailboxes_are_one_job() {
    let folder = stored(4_000);
    let by_mailbox =
        trail365(&folder, &["search", MAIL, "--by", "MailboxOwnerUPN", "--limit", "0"]);
    let mailboxes: Vec<&str> =
        by_mailbox.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    let mailboxes: Vec<&str> = mailboxes.into_iter().filter(|name| name.contains('@')).collect();
    assert!(mailboxes.len() > 10, "{by_mailbox}");
    let invented = (0..1_000).map(|number| format!("nobody{number}@contoso.example"));
    let listed: Vec<String> =
        mailboxes[..8].iter().map(|name| name.to_uppercase()).chain(invented).collect();
    let file = folder.write("mailboxes.txt", &(listed.join("\r\n") + "\r\n\r\n"));
    let more = format!("@{file},{}", mailboxes[8]);
    let id =
        create(&folder, &["--mailboxes", &more, "--format", "json", "--show-details", "--wait"]);
    let job = show(&folder, &id);
    let what = job["what"].as_str().expect("words");
    assert!(what.contains("and 1006 more"), "{what}");
    assert_eq!(job["name"], "mailbox-search");
    let found = lines(&result(&folder, &id));
    let owners: BTreeSet<String> = found
        .iter()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("JSON")["MailboxOwnerUPN"].to_string()
        })
        .collect();
    assert_eq!(owners.len(), 9, "{owners:?}");
    let one = create(&folder, &["--mailboxes", mailboxes[0], "--logon-type", "owner", "--wait"]);
    let first = lines(&result(&folder, &one))[0].clone();
    assert!(first.starts_with("Operation,OperationResult,LogonType"), "{first}");
    let narrower = show(&folder, &one)["done"].as_u64().expect("a count");
    assert!(narrower > 0 && narrower < found.len() as u64);
}

/// A worker of its own, ended without a chance to tidy up.
fn kill_a_worker_after(folder: &Folder, pause: Duration) {
    let mut command = folder.command(&["job", "run"]);
    let mut worker = command.stderr(Stdio::null()).spawn().expect("trail365 starts");
    std::thread::sleep(pause);
    worker.kill().expect("a child of ours");
    worker.wait().expect("a child of ours");
}

#[test]
fn a_killed_worker_leaves_no_half_result() {
    let folder = stored(30_000);
    let ids: Vec<String> =
        ["json", "csv", "parquet"].map(|format| create(&folder, &["", "--format", format])).into();
    for step in 0..8 {
        kill_a_worker_after(&folder, Duration::from_millis(60 + 90 * step));
        for id in &ids {
            let job = show(&folder, id);
            if job["state"] == "done" {
                let bytes = std::fs::metadata(&files(&folder, id)[0]).expect("a result").len();
                assert_eq!(job["bytes"], bytes);
            }
        }
    }
    run(&folder);
    let all = count(&folder, "");
    for id in &ids {
        let job = show(&folder, id);
        assert_eq!((&job["state"], &job["done"]), (&json!("done"), &all.into()), "{job}");
    }
    assert_eq!(lines(&result(&folder, &ids[0])).len() as u64, all);
    assert_eq!(csv_rows(&result(&folder, &ids[1])), all);
    assert_eq!(parquet_rows(&folder, &ids[2]), all);
}

#[test]
fn a_cancelled_job_ends_and_a_removed_one_is_gone() {
    let folder = stored(30_000);
    let waiting = create(&folder, &["", "--format", "json"]);
    trail365(&folder, &["job", "cancel", &waiting]);
    assert_eq!(show(&folder, &waiting)["state"], "cancelled");
    let (code, words) = said(&folder, &["job", "cancel", &waiting]);
    assert_eq!(code, Some(2), "{words}");
    // A raw record is looked into for each of 500 patterns, which takes a while.
    let slow: Vec<String> = (0..500).map(|number| format!("Nonesuch.Member:x{number}")).collect();
    let id = create(&folder, &[&slow.join(" or ")]);
    let worker = Daemon::run(&mut folder.command(&["job", "run"]));
    await_state(&folder, &id, &["running"]);
    trail365(&folder, &["job", "cancel", &id]);
    let next = create(&folder, &["operation:New-InboxRule"]);
    await_state(&folder, &next, &["done"]);
    assert_eq!(show(&folder, &id)["state"], "cancelled");
    assert!(files(&folder, &id).is_empty());
    trail365(&folder, &["job", "remove", &next]);
    assert!(files(&folder, &next).is_empty());
    drop(worker);
    for arguments in [["job", "show", &next], ["job", "result", &next], ["job", "remove", "../x"]] {
        let (code, words) = said(&folder, &arguments);
        assert!(code == Some(2) && words.contains("there is no job"), "{words}");
    }
}

#[test]
fn a_result_expires_with_its_files() {
    let folder = stored(500);
    let id = create(&folder, &["", "--expires", "1s"]);
    run(&folder);
    assert_eq!(files(&folder, &id).len(), 1);
    std::thread::sleep(Duration::from_millis(1_100));
    let (code, words) = said(&folder, &["job", "result", &id]);
    assert!(code == Some(2) && words.contains("is expired"), "{words}");
    run(&folder);
    assert_eq!(show(&folder, &id)["state"], "expired");
    assert!(files(&folder, &id).is_empty());
}

#[test]
fn of_two_workers_one_works_and_the_other_takes_over() {
    let folder = stored(2_000);
    let first = create(&folder, &[MAIL, "--format", "json"]);
    let mut one = Daemon::run(&mut folder.command(&["job", "run"]));
    await_state(&folder, &first, &["done"]);
    let server = Server::start(&folder);
    let (code, words) = said(&folder, &["job", "run", "--once"]);
    assert!(code == Some(2) && words.contains("worked on by another trail365"), "{words}");
    let second = create(&folder, &[MAIL, "--format", "json", "--wait"]);
    assert_eq!(result(&folder, &first), result(&folder, &second));
    one.terminate();
    let third = create(&folder, &[MAIL, "--format", "json"]);
    await_state(&folder, &third, &["done"]);
    drop(server);
}

#[test]
fn a_folder_gets_the_whole_result() {
    let folder = stored(1_000);
    std::fs::create_dir(folder.path("out")).expect("a folder");
    let id = create(&folder, &[MAIL, "--folder", "out", "--name", "weekly", "--wait"]);
    let copy = std::fs::read(folder.path(&format!("out/weekly-{id}.csv"))).expect("a copy");
    assert_eq!(copy, result(&folder, &id));
    let job = show(&folder, &id);
    assert_eq!(job["deliveries"][0]["state"], "done", "{job}");
    let left = std::fs::read_dir(folder.path("out")).expect("a folder").count();
    assert_eq!(left, 1, "no draft is left");
    let (code, words) = said(&folder, &["job", "create", "--folder", "nonesuch"]);
    assert!(code == Some(2) && words.contains("folder nonesuch: make it"), "{words}");
}

#[test]
fn a_schedule_that_was_due_makes_one_job() {
    let folder = stored(500);
    let schedule = "[[schedule]]\nname = 'daily'\nlast = '3650d'\nevery = 'day'\nformat = 'json'\n";
    folder.write("trail365.toml", schedule);
    run(&folder);
    let jobs = || said(&folder, &["job", "list", "--format", "json"]).1.lines().count();
    assert_eq!(jobs(), 0, "a new schedule begins with the next time");
    let queue = rusqlite::Connection::open(folder.path("data/jobs.sqlite")).expect("a queue");
    let five_days = 5 * 86_400_000_000_i64;
    queue.execute("update schedule set last = last - ?1", [five_days]).expect("a schedule");
    for _ in 0..2 {
        run(&folder);
        assert_eq!(jobs(), 1, "once, for the last of five");
    }
    let job: Value = serde_json::from_str(&said(&folder, &["job", "list", "--format", "json"]).1)
        .expect("one job");
    assert_eq!((&job["name"], &job["state"]), (&json!("daily"), &json!("done")), "{job}");
}

/// The status, the head and the body.
fn ask(server: &Server, method: &str, path: &str, more: &str) -> (u16, String, String) {
    let address = server.address();
    let text = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n{more}");
    let answer = request(address, &text);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), head.to_ascii_lowercase(), body.to_owned())
}

fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let more =
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let (status, _, body) = ask(server, "POST", path, &more);
    (status, serde_json::from_str(&body).unwrap_or_default())
}

#[test]
fn programs_ask_over_http() {
    let folder = stored(1_000);
    let server = Server::start(&folder);
    assert_eq!(server.get("/api/v1/jobs"), json!({"jobs": []}));
    let wish = json!({"query": MAIL, "format": "json", "name": "by program"});
    let (status, job) = post(&server, "/api/v1/jobs", &wish);
    assert_eq!((status, &job["state"]), (201, &json!("queued")), "{job}");
    let path = format!("/api/v1/jobs/{}", job["id"].as_str().expect("an id"));
    let done = eventually("the job's end", || {
        let job = server.get(&path);
        (job["state"] == "done").then_some(job)
    });
    assert_eq!(done["done"], count(&folder, MAIL));
    assert_eq!(server.get("/api/v1/jobs")["jobs"][0], done);
    let (status, head, body) = ask(&server, "GET", &format!("{path}/result"), "\r\n");
    assert_eq!(status, 200);
    assert_eq!(done["bytes"], body.len());
    assert!(head.contains("content-type: application/x-ndjson"), "{head}");
    let file = done["file"].as_str().expect("a name").to_ascii_lowercase();
    assert!(head.contains(&format!("attachment; filename=\"{file}\"")), "{head}");
    let (status, cancelled) = post(&server, &format!("{path}/cancel"), &json!({}));
    assert_eq!((status, &cancelled["state"]), (200, &json!("done")), "it has ended");
    assert_eq!(ask(&server, "DELETE", &path, "\r\n").0, 204);
    assert_eq!(ask(&server, "GET", &path, "\r\n").0, 404);
    for (wish, words) in [
        (json!({"format": "pdf"}), "format \\\"pdf\\\" is not known"),
        (json!({"format": "csv", "query": "a:("}), "query: "),
        (json!({"format": "csv", "mail_to": ["a@contoso.example"]}), "is no recipient"),
        (json!({"format": "csv", "from": "yore"}), "is no time"),
        (json!({"format": "csv", "name": "a\nb"}), "without line breaks"),
        (json!({"format": "html", "report": "nonesuch"}), "nonesuch"),
    ] {
        let (status, answer) = post(&server, "/api/v1/jobs", &wish);
        assert_eq!(status, 400, "{answer}");
        assert!(answer.to_string().contains(words), "{answer}\nshould say {words}");
    }
    // A page elsewhere can send such a request without asking first, and the answer is no.
    let foreign = "Origin: https://fabrikam.example\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(ask(&server, "POST", &format!("{path}/cancel"), foreign).0, 403);
}
