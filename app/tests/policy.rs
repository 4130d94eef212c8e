//! Does a policy do what it says, from the configuration to the store, and does everything add up?

mod common;

use common::{Folder, trail365};
use serde_json::{Value, json};

const POLICY: &str = r#"
[policy]
bypass = ["svc-backup@contoso.example"]

[[policy.rule]]
name = "no-sync"
filter = "operation:FileSyncDownloadedFull"
action = "drop"

[[policy.rule]]
name = "no-subjects"
filter = "workload:Exchange"
action = "redact"
fields = ["Subject"]

[[policy.mailbox]]
name = "all"
audit_delegate = ["+FolderBind"]
consolidate_folder_bind = true

[[policy.retention]]
name = "two-years"
age_limit = "730d"

[[policy.hold]]
name = "case-7"
users = ["eve@contoso.example"]
"#;

fn mailbox_record(number: u32, operation: &str, user: &str, logon_type: u32, more: Value) -> Value {
    let mut record = json!({
        "CreationTime": format!("2026-03-{:02}T10:{:02}:00", 1 + number / 50, number % 50),
        "Id": format!("00000000-0000-4000-8000-{number:012}"),
        "Operation": operation, "OrganizationId": "0e9b3178-9678-47dd-a509-37222ca96b42",
        "RecordType": 2, "ResultStatus": "Succeeded", "UserKey": user, "UserType": 0, "Version": 1,
        "Workload": "Exchange", "UserId": user, "LogonType": logon_type,
        "InternalLogonType": logon_type, "MailboxOwnerUPN": "ann@contoso.example",
        "MailboxGuid": "3f0c2a51-77b1-4a0e-9d56-0c1de2f3a4b5", "ClientInfoString": "Client=OWA",
    });
    let object = record.as_object_mut().expect("an object");
    object.extend(more.as_object().cloned().unwrap_or_default());
    record
}

fn file_record(number: u32, operation: &str, user: &str, time: &str) -> Value {
    json!({
        "CreationTime": time, "Id": format!("00000000-0000-4000-8000-{number:012}"),
        "Operation": operation, "OrganizationId": "0e9b3178-9678-47dd-a509-37222ca96b42",
        "RecordType": 6, "UserKey": user, "UserType": 0, "Version": 1, "Workload": "SharePoint",
        "UserId": user, "ObjectId": "https://contoso.example/sites/a/plan.docx",
        "SiteUrl": "https://contoso.example/sites/a/",
    })
}

/// Twelve records, of which the policy keeps five.
fn records() -> Vec<Value> {
    let item = json!({"Item": {"Subject": "Salaries 2026", "ParentFolder": {"Path": "\\Inbox"}}});
    let folder = json!({"Folder": {"Id": "f1", "Path": "\\Inbox"}});
    let bind =
        |number| mailbox_record(number, "FolderBind", "bo@contoso.example", 2, folder.clone());
    vec![
        mailbox_record(1, "SendAs", "bo@contoso.example", 2, item.clone()),
        mailbox_record(2, "HardDelete", "ann@contoso.example", 0, item.clone()),
        mailbox_record(3, "MailboxLogin", "ann@contoso.example", 0, json!({})),
        mailbox_record(4, "HardDelete", "svc-backup@contoso.example", 1, item),
        bind(5),
        bind(6),
        bind(7),
        file_record(8, "FileSyncDownloadedFull", "bo@contoso.example", "2026-03-01T11:00:00"),
        file_record(9, "FileAccessed", "bo@contoso.example", "2026-03-01T11:01:00"),
        file_record(10, "FileAccessed", "bo@contoso.example", "2019-03-01T11:01:00"),
        file_record(11, "FileAccessed", "eve@contoso.example", "2019-03-01T11:01:00"),
        file_record(12, "FileSyncDownloadedFull", "eve@contoso.example", "2019-03-01T11:00:00"),
    ]
}

fn ndjson(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

fn count(folder: &Folder, query: &str) -> u64 {
    let output = folder.command(&["search", query, "--count"]).output().expect("trail365 runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number")
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn what_is_kept_and_dropped_adds_up() {
    let folder = Folder::new();
    folder.write("trail365.toml", POLICY);
    let file = folder.write("records.ndjson", &ndjson(&records()));
    let first = folder.json(&["import", &file, "--format", "json"]);
    assert_eq!((first["records"].as_u64(), first["stored"].as_u64()), (Some(12), Some(5)));
    assert_eq!(first["dropped"], 7);
    for (query, found) in [
        ("operation:SendAs", 1),
        ("operation:HardDelete", 1),
        ("operation:MailboxLogin", 0),
        ("operation:FolderBind", 1),
        ("operation:FileSyncDownloadedFull", 0),
        ("operation:FileAccessed user:bo@contoso.example", 1),
        ("operation:FileAccessed user:eve@contoso.example", 1),
        ("Salaries", 0),
        ("Item.Subject:\"[redacted]\"", 2),
    ] {
        assert_eq!(count(&folder, query), found, "{query}");
    }
    // The same again brings nothing, and is counted.
    let again = folder.json(&["import", &file, "--format", "json"]);
    assert_eq!((again["stored"].as_u64(), again["duplicates"].as_u64()), (Some(0), Some(7)));
    let told = lines(&trail365(&folder, &["policy", "dropped", "--format", "json"]));
    let [told] = &told[..] else { panic!("{told:?}") };
    let number = |name: &str| told[name].as_u64().expect("a number");
    assert_eq!(number("received"), 24);
    assert_eq!(number("stored") + number("duplicates") + number("dropped"), 24);
    let rules: Vec<(&str, u64)> = told["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .map(|rule| (rule["rule"].as_str().unwrap(), rule["records"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        rules,
        [
            ("rule no-sync", 4),
            ("bypass svc-backup@contoso.example", 2),
            ("mailbox all: AuditOwner", 2),
            ("mailbox all: consolidate_folder_bind", 2),
            ("retention two-years", 2),
        ]
    );
    let entries = ["mailbox", "search", "--operations", "FolderBind", "--show-details"];
    let entries = lines(&trail365(&folder, &[&entries[..], &["--format", "json"]].concat()));
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["AuditOperationsCountInAggregatedRecord"], 3, "{entries:?}");
    let report = ["report", "overview", "--from", "2026-03-01", "--to", "2026-03-02"];
    let page = folder.json(&[&report[..], &["--format", "json"]].concat());
    let dropped = page["coverage"]["dropped"].to_string();
    assert!(dropped.contains("rule no-sync"), "a report says what it cannot show: {dropped}");
}

#[test]
fn every_judgement_is_explained() {
    let folder = Folder::new();
    folder.write("trail365.toml", POLICY);
    let file = folder.write("records.ndjson", &ndjson(&records()));
    folder.json(&["import", &file, "--format", "json"]);
    let check = |what: &[&str], words: &[&str]| {
        let told = trail365(&folder, &[&["policy", "explain"], what].concat());
        for words in words {
            assert!(told.contains(words), "{what:?}\n{told}\nshould say {words}");
        }
    };
    check(
        &[&file, "--limit", "12"],
        &[
            "dropped by rule no-sync",
            "dropped by bypass svc-backup@contoso.example",
            "dropped by mailbox all: AuditOwner",
            "MailboxLogin is not in the list",
            "consolidated by mailbox all: consolidate_folder_bind",
            "dropped by retention two-years",
            "hold case-7",
        ],
    );
    let key =
        trail365(&folder, &["search", "operation:SendAs", "--fields", "Key", "--format", "line"]);
    check(&[key.trim()], &["redacts", "rule no-subjects", "→ redacted by"]);
    check(&["operation:FileAccessed"], &["→ kept by", "records"]);
    let output = folder.command(&["policy", "explain", "a:("]).output().expect("trail365 runs");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("is no key, no file, and no search"), "{error}");
}

#[test]
fn retention_deletes_with_proof_and_spares_what_is_held() {
    let folder = Folder::new();
    let mut old: Vec<Value> = (0..40)
        .map(|number| {
            let time = format!("2020-05-{:02}T{:02}:00:00", 1 + number / 20, number % 20);
            file_record(number, "FileAccessed", "bo@contoso.example", &time)
        })
        .collect();
    old.push(file_record(50, "FileAccessed", "eve@contoso.example", "2020-05-01T12:30:00"));
    old.push(file_record(51, "FileAccessed", "bo@contoso.example", "2026-11-01T12:30:00"));
    let file = folder.write("old.ndjson", &ndjson(&old));
    assert_eq!(folder.json(&["import", &file, "--format", "json"])["stored"], 42);
    let nothing = folder.command(&["policy", "retain"]).output().expect("trail365 runs");
    assert_eq!(nothing.status.code(), Some(2), "no policy limits anything");
    folder.write("trail365.toml", POLICY);
    let rehearsed = trail365(&folder, &["policy", "retain", "--dry-run"]);
    assert!(rehearsed.contains("two-years") && rehearsed.contains("40"), "{rehearsed}");
    assert_eq!(count(&folder, ""), 42);
    trail365(&folder, &["policy", "retain"]);
    assert_eq!(count(&folder, ""), 2);
    assert_eq!(count(&folder, "user:eve@contoso.example"), 1);
    let deletions = lines(&trail365(&folder, &["policy", "deletions", "--format", "json"]));
    let rows: u64 = deletions.iter().map(|deletion| deletion["records"].as_u64().unwrap()).sum();
    assert_eq!((deletions.len(), rows), (2, 40), "{deletions:?}");
    assert!(deletions.iter().all(|deletion| deletion["rules"]["two-years"].is_u64()));
    // What is too old does not come back.
    let again = folder.json(&["import", &file, "--format", "json"]);
    assert_eq!((again["stored"].as_u64(), again["dropped"].as_u64()), (Some(0), Some(40)));
    let left = folder.command(&["policy", "retain"]).output().expect("trail365 runs");
    assert_eq!(left.status.code(), Some(1), "nothing is left to do");
}

#[test]
fn a_tenant_is_brought_to_the_policy_and_compared_with_it() {
    let folder = Folder::new();
    folder.write("trail365.toml", POLICY);
    let script = trail365(&folder, &["policy", "export", "--powershell"]);
    for words in ["Set-Mailbox", "AuditEnabled", "Set-MailboxAuditBypassAssociation", "FolderBind"]
    {
        assert!(script.contains(words), "{script}\nshould say {words}");
    }
    let export = "UserPrincipalName,AuditEnabled,AuditAdmin,AuditDelegate,AuditOwner,AuditLogAgeLimit\n\
        ann@contoso.example,False,Update,Update,Update,90.00:00:00\n";
    let export = folder.write("mailboxes.csv", export);
    let arguments = ["policy", "export", "--verify", &export, "--format", "json"];
    let output = folder.command(&arguments).output().expect("trail365 runs");
    assert_eq!(output.status.code(), Some(3));
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let differences = told["differences"].to_string();
    assert!(
        differences.contains("AuditEnabled") && differences.contains("AuditDelegate"),
        "{told}"
    );
    let wrong = folder.write("other.csv", "a,b\n1,2\n");
    let output = folder.command(&["policy", "export", "--verify", &wrong]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("Get-"), "it says how an export is made: {error}");
}
