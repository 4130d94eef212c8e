//! What does a user see?

mod common;

use common::{Folder, Server, emulated_ndjson, request, trail365};

fn folder_with_records(records: usize) -> (Folder, u64) {
    let folder = Folder::new();
    let lines = emulated_ndjson(&folder, records);
    let file = folder.write("records.ndjson", &lines.concat());
    folder.json(&["import", &file, "--format", "json"]);
    (folder, lines.len() as u64)
}

#[test]
fn searches_in_every_format() {
    let (folder, records) = folder_with_records(400);
    let all = trail365(&folder, &["search", "--format", "json"]);
    assert_eq!(all.lines().count() as u64, records);
    let first: serde_json::Value = serde_json::from_str(all.lines().next().unwrap()).unwrap();
    assert_eq!(first["Record"]["Id"], first["Id"], "the record stands in its line");
    let times: Vec<String> = all
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|event| event["CreationTime"].as_str().unwrap().to_owned())
        .collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
    assert_eq!(trail365(&folder, &["search", "--count"]).trim(), records.to_string());
    let lines = trail365(&folder, &["search", "--format", "line", "--limit", "7"]);
    assert_eq!(lines.lines().count(), 7);
    let csv = trail365(&folder, &["search", "--format", "csv", "--fields", "Id,Operation"]);
    assert_eq!(csv.lines().count() as u64, records + 1);
    let by = trail365(&folder, &["search", "--by", "Workload", "--format", "json"]);
    let sum: u64 = by
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["count"].as_u64().unwrap()
        })
        .sum();
    assert_eq!(sum, records);
    let histogram = trail365(&folder, &["search", "--histogram", "1d", "--format", "csv"]);
    assert!(histogram.lines().count() > 2, "{histogram}");
}

#[test]
fn sql_takes_names_in_any_case_and_only_queries() {
    let (folder, records) = folder_with_records(200);
    for sql in [
        "select count(*) as n from events",
        "SELECT COUNT(*) AS n FROM Events WHERE operation IS NOT NULL",
        "select count(Id) as n from events where \"Workload\" is not null and Tenant = 'default'",
        "select count(field(Raw, 'Id')) as n from events",
    ] {
        let answer = folder.json(&["sql", sql, "--format", "json"]);
        assert_eq!(answer["n"].as_u64(), Some(records), "{sql}");
    }
    for sql in ["delete from events", "create table x as select 1", "drop view events", "set x = 1"]
    {
        let output = folder.command(&["sql", sql]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{sql}");
    }
    let output = folder.command(&["sql", "select ForwardTo from events"]).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("field(Raw, 'Name')"), "{words}");
}

#[test]
fn errors_say_what_to_do() {
    let folder = Folder::new();
    for (arguments, words) in [
        (vec!["search", "x"], "holds no data yet; run `trail365 import FILE`"),
        (vec!["import", "absent.csv"], "absent.csv"),
        (vec!["collect"], "trail365 init"),
        (vec!["search", "a:("], "write a word or field:value here"),
        (vec!["search", "--last", "soon"], "write 30m, 12h, 7d or 4w"),
        (vec!["serve", "--listen", "0.0.0.0:0"], "not loopback"),
        (vec!["--config", "absent.toml", "status"], "trail365 init"),
    ] {
        let output = folder.command(&arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(words), "{arguments:?}: {told}");
    }
}

#[test]
fn broken_rows_are_kept_and_the_rest_goes_on() {
    let folder = Folder::new();
    let good = |n: u32| {
        format!(
            r#"{{""Id"":""{n}"",""CreationTime"":""2026-01-0{n}T00:00:00"",""Operation"":""Send"",""RecordType"":2}}"#
        )
    };
    let csv = format!(
        "CreationDate,UserIds,Operations,AuditData\n2026-01-01T00:00:00Z,a,b,\"{}\"\n2026-01-02T00:00:00Z,a,b,\"{{\"\"Id\"\":\"\"cut\"\n2026-01-03T00:00:00Z,a,b,\"{}\"\n",
        good(1),
        good(3)
    );
    let file = folder.write("a.csv", &csv);
    for stored in [3, 0] {
        let done = folder.json(&["import", &file, "--format", "json"]);
        assert_eq!((done["records"].as_u64(), done["stored"].as_u64()), (Some(3), Some(stored)));
        if stored > 0 {
            assert_eq!(done["quarantined"], 1);
        }
    }
    assert_eq!(trail365(&folder, &["search", "--count"]).trim(), "2");
    let kept = trail365(&folder, &["search", "cut", "--quarantined", "--format", "json"]);
    assert!(kept.contains("cut"), "{kept}");
}

#[test]
fn the_api_answers_and_keeps_strangers_out() {
    let (folder, records) = folder_with_records(300);
    let server = Server::start(&folder);
    assert_eq!(server.get("/api/v1/status")["records"].as_u64(), Some(records));
    let page = server.get("/api/v1/search?limit=10");
    let next = page["next"].as_str().expect("another page");
    let second = server.get(&format!("/api/v1/search?limit=10&cursor={next}"));
    assert_ne!(page["rows"][9]["Key"], second["rows"][0]["Key"]);
    let mut seen = 0;
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("/api/v1/search?limit=64{cursor}"));
        seen += page["rows"].as_array().map_or(0, Vec::len) as u64;
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, records, "pages neither repeat nor leave out");
    let summary = server.get("/api/v1/summary");
    assert_eq!(summary["total"].as_u64(), Some(records));
    let counted: u64 = summary["histogram"]["buckets"]
        .as_array()
        .expect("buckets")
        .iter()
        .map(|bucket| bucket["count"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, records);
    assert_eq!(summary["facets"].as_array().map(Vec::len), Some(8));
    let key = page["rows"][0]["Key"].as_str().expect("a key");
    let event = server.get(&format!("/api/v1/events/{key}"));
    assert!(event["raw"].as_str().expect("raw").contains("CreationTime"));
    assert_eq!(server.get("/api/v1/search?q=a%20(b")["error"]["position"], 2);
    assert!(server.get("/api/v1/openapi.json")["paths"]["/api/v1/search"].is_object());
    for (host, status) in [("evil.example", "403"), (server.address(), "200")] {
        let answer = request(
            server.address(),
            &format!("GET /api/v1/status HTTP/1.0\r\nHost: {host}\r\n\r\n"),
        );
        assert!(answer.starts_with(&format!("HTTP/1.0 {status}")), "{host}: {answer}");
        assert!(answer.contains("default-src 'none'"), "{answer}");
    }
}

#[test]
fn every_byte_of_a_record_comes_back() {
    let folder = Folder::new();
    let lines = [
        r#"{"Id":"a",  "CreationTime":"2026-01-01T00:00:00","Path":"\Deleted Items","Dup":1,"Dup":2}"#,
        r#"{"Id":"b","Operation":"\u0053end","CreationTime":"2026-01-02T00:00:00","X":"é\/","Y":1.0}"#,
        r#"{"Id":"c","Operation":{"not":"text"},"RecordType":"15","CreationTime":"yesterday"}"#,
        r#"{"Id":"d","Operation":"cut in the mid"#,
    ];
    let file = folder.write("records.ndjson", &lines.join("\n"));
    folder.json(&["import", &file, "--format", "json"]);
    let mut kept: Vec<String> = Vec::new();
    for more in [vec![], vec!["--quarantined"]] {
        let arguments = [vec!["search", "--fields", "Raw", "--format", "json"], more].concat();
        for line in trail365(&folder, &arguments).lines() {
            let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
            kept.push(row["Raw"].as_str().expect("text").to_owned());
        }
    }
    kept.sort_unstable();
    assert_eq!(kept, lines);
}

/// `trail365 serve --openapi > docs/openapi.json` brings the file up to date.
#[test]
fn the_description_of_the_api_is_current() {
    let printed = trail365(&Folder::new(), &["serve", "--openapi"]);
    assert!(printed == include_str!("../../docs/openapi.json"), "docs/openapi.json is out of date");
}

#[test]
fn completions_and_manual_are_printed() {
    let folder = Folder::new();
    assert!(trail365(&folder, &["completions", "bash"]).contains("trail365"));
    assert!(trail365(&folder, &["man"]).contains(".TH"));
}
