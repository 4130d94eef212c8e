//! Who reached which mailbox, as the command line tells it?

mod common;

use std::process::Output;

use common::Folder;

/// Records of two mailboxes and of another service; the newest is the last.
const RECORDS: &str = concat!(
    r#"{"Id":"1","RecordType":2,"CreationTime":"2026-03-01T08:00:00","Operation":"HardDelete","LogonType":2,"UserId":"ida@contoso.example","MailboxGuid":"g-erik","MailboxOwnerUPN":"erik@contoso.example","ResultStatus":"Succeeded","Item":{"Subject":"Budget \u001b[2J","Attachments":"plan.xlsx (912b)","ParentFolder":{"Path":"\\Inbox"}}}"#,
    "\n",
    r#"{"Id":"2","RecordType":50,"CreationTime":"2026-03-02T08:00:00","Operation":"MailItemsAccessed","LogonType":0,"UserId":"bo@contoso.example","MailboxOwnerUPN":"bo@contoso.example","OperationCount":2,"Folders":[{"Path":"\\Inbox","FolderItems":[{"InternetMessageId":"<1@contoso.example>"}]}]}"#,
    "\n",
    r#"{"Id":"3","RecordType":2,"CreationTime":"2026-03-03T08:00:00","Operation":"SendAs","LogonType":1,"ExternalAccess":true,"UserId":"ann@fabrikam.example","MailboxOwnerUPN":"Erik@contoso.example","Item":{"Subject":"=1+1"}}"#,
    "\n",
    r#"{"Id":"4","RecordType":6,"CreationTime":"2026-03-04T08:00:00","Workload":"SharePoint","Operation":"FileAccessed","UserId":"ida@contoso.example"}"#,
    "\n",
);

/// An entry of Exchange Server, in its own XML.
const SERVER: &str = r#"<SearchResults><Event MailboxGuid="g-mia" Owner="NORTH\mia" LastAccessed="2026-03-05T09:00:00+01:00" Operation="Copy" LogonType="Admin" LogonUserDN="Ida Holm"/></SearchResults>"#;

fn folder() -> Folder {
    let folder = Folder::new();
    for (name, text) in [("records.ndjson", RECORDS), ("server.xml", SERVER)] {
        let file = folder.write(name, text);
        folder.run(&["import", &file]);
    }
    folder
}

fn search(folder: &Folder, arguments: &[&str]) -> Output {
    let arguments = [&["mailbox", "search"], arguments].concat();
    folder.command(&arguments).output().expect("trail365 runs")
}

fn shown(folder: &Folder, arguments: &[&str]) -> String {
    let output = search(folder, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).expect("text")
}

/// The identities or operations of the entries found, newest first.
fn check(folder: &Folder, arguments: &str, expected: &str) {
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    arguments.extend(["--show-details", "--format", "json"]);
    let output = search(folder, &arguments);
    let text = String::from_utf8(output.stdout).expect("text");
    let operations: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|entry| entry["Operation"].as_str().expect("an operation").to_owned())
        .collect();
    assert_eq!(operations.join(" "), expected, "{arguments:?}");
    assert_eq!(output.status.code(), Some(i32::from(expected.is_empty())), "{arguments:?}");
}

#[test]
fn entries_are_found_by_each_parameter() {
    let folder = folder();
    for (arguments, expected) in [
        ("", "Copy SendAs MailItemsAccessed HardDelete"),
        ("erik@contoso.example", "SendAs HardDelete"),
        ("bo@contoso.example erik@*", "SendAs MailItemsAccessed HardDelete"),
        (r"north\mia", "Copy"),
        ("nobody@contoso.example", ""),
        ("--logon-type admin,delegate", "Copy SendAs HardDelete"),
        ("--operations sendas,HardDelete", "SendAs HardDelete"),
        ("--user ida*", "Copy HardDelete"),
        ("--external-access", "SendAs"),
        ("--external-access=false", "Copy MailItemsAccessed HardDelete"),
        ("--has-attachments", "HardDelete"),
        ("--from 2026-03-02 --to 2026-03-04", "SendAs MailItemsAccessed"),
        ("--result-size 2", "Copy SendAs"),
        ("--result-size unlimited", "Copy SendAs MailItemsAccessed HardDelete"),
    ] {
        check(&folder, arguments, expected);
    }
}

#[test]
fn mailboxes_are_listed_by_their_last_access() {
    let folder = folder();
    assert_eq!(
        shown(&folder, &["--format", "csv"]),
        "MailboxOwnerUPN,MailboxGuid,MailboxResolvedOwnerName,LastAccessed,Entries\n\
         ,g-mia,NORTH\\mia,2026-03-05T08:00:00Z,1\n\
         Erik@contoso.example,g-erik,,2026-03-03T08:00:00Z,2\n\
         bo@contoso.example,,,2026-03-02T08:00:00Z,1\n"
    );
    let json = shown(&folder, &["erik@contoso.example", "--format", "json"]);
    let mailbox: serde_json::Value = serde_json::from_str(&json).expect("one mailbox");
    assert_eq!((&mailbox["Entries"], &mailbox["MailboxGuid"]), (&2.into(), &"g-erik".into()));
    assert_eq!(shown(&folder, &["--format", "list"]).lines().count(), 3 * 5 + 2);
    assert_eq!(shown(&folder, &[]).lines().count(), 1 + 3);
    let cut = search(&folder, &["--result-size", "1"]);
    assert!(String::from_utf8_lossy(&cut.stderr).contains("--result-size 0 shows all"));
}

#[test]
fn entries_are_written_in_every_format() {
    let folder = folder();
    let details = |format| shown(&folder, &["erik@*", "--show-details", "--format", format]);
    let list = details("list");
    assert!(
        list.contains("SourceItemAttachmentsList              : {plan.xlsx (912b)}\n"),
        "{list}"
    );
    assert_eq!(list.split("\n\n").count(), 2);
    let csv = details("csv");
    assert!(csv.starts_with("Operation,OperationResult,LogonType,") && csv.contains(",'=1+1"));
    assert_eq!(csv.lines().count(), 1 + 2);
    let table = details("table");
    assert!(table.starts_with("LastAccessed") || table.starts_with(" LastAccessed"), "{table}");
    for text in [list, csv, table, details("xml")] {
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn xml_comes_in_again_as_duplicates() {
    let folder = folder();
    let xml = shown(&folder, &["--show-details", "--format", "xml"]);
    assert_eq!(xml.matches("<Event ").count(), 4);
    let file = folder.write("SearchResult.xml", &xml);
    let done = folder.json(&["import", &file, "--format", "json"]);
    let count = |name: &str| done[name].as_u64();
    assert_eq!(
        (count("records"), count("stored"), count("duplicates")),
        (Some(4), Some(0), Some(4))
    );
    let other = Folder::new();
    let file = other.write("SearchResult.xml", &xml);
    other.run(&["import", &file]);
    assert_eq!(shown(&other, &["--show-details", "--format", "xml"]), xml);
}

#[test]
fn errors_say_what_to_do() {
    let folder = folder();
    for (arguments, words) in [
        (vec!["--operations", "SendsAs"], "the nearest is SendAs"),
        (vec!["--logon-type", "guest"], "owner, admin, delegate, external"),
        (vec!["--format", "xml"], "add --show-details"),
        (vec!["--result-size", "many"], "write a number, 0 or unlimited"),
        (vec!["--from", "soon"], "write 2026-01-24"),
    ] {
        let output = search(&folder, &arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(words), "{arguments:?}: {told}");
    }
}
