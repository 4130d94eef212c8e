//! What a user sees of reading: which files are meant, how far it is, and how much it takes.

use expect_test::{Expect, expect};

use super::read::LONGEST_WINDOW;
use super::*;

/// What arguments stand for, below a folder that is cut off.
fn check(folder: &Folder, arguments: &[&str], expected: Expect) {
    let root = format!("{}/", folder.0.path().display());
    let arguments: Vec<String> =
        arguments.iter().map(|argument| format!("{root}{argument}")).collect();
    let inputs = inputs(&arguments);
    let mut lines: Vec<String> = inputs.found.into_iter().map(|input| input.origin).collect();
    lines.extend(inputs.errors.iter().map(|error| format!("error: {error}")));
    let lines: Vec<String> = lines.iter().map(|line| line.replace(&root, "")).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn arguments_are_files_folders_and_patterns() {
    let folder = Folder::new();
    for name in ["b.csv", "a.csv", "c/d/e.json", "c/.DS_Store", "c/._e.json", "[x].csv", "f.txt"] {
        folder.write(name, "x");
    }
    fs::create_dir(folder.0.path().join("empty")).unwrap();
    check(
        &folder,
        &["b.csv", "a.csv"],
        expect![[r#"
        b.csv
        a.csv"#]],
    );
    check(
        &folder,
        &[""],
        expect![[r#"
        [x].csv
        a.csv
        b.csv
        c/d/e.json
        f.txt"#]],
    );
    check(
        &folder,
        &["*.csv"],
        expect![[r#"
        [x].csv
        a.csv
        b.csv"#]],
    );
    check(
        &folder,
        &["**/*.json", "[x].csv"],
        expect![[r#"
        c/d/e.json
        [x].csv"#]],
    );
    check(
        &folder,
        &["missing.csv", "*.xml", "***", "empty", "a.csv"],
        expect![[r#"
        a.csv
        error: missing.csv: no such file or directory; check the name
        error: *.xml: no file matches; check the pattern
        error: ***: no pattern: wildcards are either regular `*` or recursive `**`; check the pattern
        error: empty: no file in it; name a file, folder or pattern"#]],
    );
}

#[test]
fn a_dash_is_standard_input() {
    let inputs = inputs(&["-".to_owned()]);
    assert_eq!(inputs.found[0].origin, "standard input");
    assert_eq!(inputs.found[0].place, Place::StandardInput);
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let folder = Folder::new();
    let path = folder.write(NAME, record("1"));
    let inputs = inputs(&[path.display().to_string()]);
    fs::remove_file(&path).unwrap();
    let error = open(&inputs.found[0], Limits::default()).err().unwrap().to_string();
    let expected = format!("{}: no such file or directory; check the name", path.display());
    assert_eq!(error, expected);
}

#[test]
fn progress_ends_at_the_length_of_the_file() {
    let folder = Folder::new();
    let line = record("1") + "\n";
    let text = line.repeat(50_000);
    let path = folder.write(NAME, &text);
    let inputs = inputs(&[path.display().to_string()]);
    let mut reader = open(&inputs.found[0], Limits::default()).unwrap();
    assert_eq!(reader.format().unwrap().name, "audit-records-ndjson");
    assert_eq!(reader.total_bytes(), Some(text.len() as u64));
    let mut envelopes = Vec::new();
    let mut before = reader.bytes_read();
    assert!(before < text.len() as u64);
    while reader.next_batch(&mut envelopes, 1000, 100_000).unwrap() {
        let bytes: usize = envelopes.drain(..).map(|envelope| envelope.bytes().len()).sum();
        assert!(bytes < 100_000 + line.len());
        assert!(reader.bytes_read() >= before);
        before = reader.bytes_read();
    }
    assert_eq!(before, text.len() as u64);
    assert!(!reader.next_batch(&mut envelopes, 1, 1).unwrap());
}

#[test]
fn a_reader_may_work_on_another_thread() {
    fn check<T: Send>() {}
    check::<Reader>();
    check::<Error>();
}

#[test]
fn a_value_that_never_ends_is_not_held_in_memory() {
    let folder = Folder::new();
    let columns = "Received,SenderAddress,RecipientAddress\n";
    let event = "<SearchResults><Event Cmdlet=\"a\" RunDate=\"b\"/>";
    let object = "<Objs><Obj RefId=\"0\"><MS><S N=\"AuditData\">{}</S></MS></Obj>";
    let block = "Cmdlet  : a\nRunDate : b\n\n";
    for start in [
        "[{\"a\":\"",
        "{\"value\":[{}],\"x\":\"",
        "{\"a\":1}\n{\"a\":\"",
        "AuditData\n\"",
        &format!("{columns}\""),
        &format!("{columns}1/24/2026 6:54:24 AM,a,b\n"),
        &format!("{event}<Event A=\""),
        &format!("{event}<Event A=\"b\">"),
        &format!("{event}<"),
        event,
        &format!("{object}<Obj A=\""),
        &format!("{object}<Obj A=\"b\"><TN>"),
        &format!("{object}<Obj A=\"b\"><MS><S>"),
        &format!("{block}Cmdlet : "),
        block,
    ] {
        LONGEST_WINDOW.set(0);
        let text = format!("{start}{}", "x".repeat(40 << 20));
        let path = folder.write(NAME, text);
        for outcome in read(&path, 1, Limits { record_bytes_max: 1000 }) {
            assert!(outcome.is_err() || outcome.unwrap().bytes().len() <= 1000);
        }
        // Before the first whole record, what detection looks at is the limit.
        let mebibytes_max = if start.len() < 8 { 34 } else { 8 };
        let longest = LONGEST_WINDOW.get();
        assert!(longest < mebibytes_max << 20, "{start}: {longest}");
    }
}

#[test]
fn what_is_no_evidence_is_passed_over_in_a_folder_and_refused_by_name() {
    let folder = Folder::new();
    let files = [
        ("AuditLog.csv", purview_csv(&[record("1")])),
        (
            "Logs/LogFile.txt",
            "2026-01-24 10:00:00 Connected to Exchange Online\r\nDone.\r\n".into(),
        ),
        ("Rules/Rules.csv", "Name,Enabled\r\nForward,True\r\n".into()),
        ("Settings.json", r#"{"name":"x","count":3}"#.into()),
        ("Unknown.json", r#"[{"when":"2026-01-24T06:54:24Z","what":"x"}]"#.into()),
        ("_Simple.csv", "\"CreationTime\",\"Operation\"\r\n\"t\",\"Send\"\r\n".into()),
        ("empty.csv", String::new()),
        ("old.7z", "7z\u{bc}".into()),
    ];
    for (name, text) in &files {
        folder.write(name, text);
    }
    folder.write("old.7z", b"7z\xbc\xaf\x27\x1c");
    let outcome = |argument: &str, name: &str| {
        let inputs = inputs(&[folder.0.path().join(argument).display().to_string()]);
        let input = inputs.found.iter().find(|input| input.origin.ends_with(name)).unwrap();
        match open(input, Limits::default()) {
            Ok(reader) => reader.format().unwrap().name,
            Err(error) if error.is_skip => "skipped",
            Err(_) => "error",
        }
    };
    for (name, below, itself) in [
        ("AuditLog.csv", "purview-csv", "purview-csv"),
        ("Logs/LogFile.txt", "skipped", "error"),
        ("Rules/Rules.csv", "skipped", "error"),
        ("Settings.json", "skipped", "json-objects"),
        ("Unknown.json", "json-objects", "json-objects"),
        ("_Simple.csv", "skipped", "error"),
        ("empty.csv", "skipped", "error"),
        // It may hold evidence.
        ("old.7z", "error", "error"),
    ] {
        assert_eq!((outcome("", name), outcome(name, name)), (below, itself), "{name}");
    }
}
