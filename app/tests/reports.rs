//! Do the reports find what was planted in the emulated tenant, all of it and nothing else?

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::sync::OnceLock;

use common::{Emulator, Folder, trail365};
use serde_json::Value;

/// The tenant's records, stored, and what was planted among them.
struct Tenant {
    folder: Folder,
    truth: Value,
    /// Ids by key.
    ids: BTreeMap<String, String>,
}

fn tenant() -> &'static Tenant {
    static TENANT: OnceLock<Tenant> = OnceLock::new();
    TENANT.get_or_init(|| {
        let folder = Folder::new();
        let stories = [
            "business-email-compromise",
            "password-spray",
            "mass-download",
            "illicit-consent",
            "non-owner-access",
        ];
        let emulator = Emulator::start(&folder, 4000, &["--scenarios", &stories.join(",")]);
        let truth = emulator.truth();
        folder.run(&["collect", "--once"]);
        let ids = ids(&folder);
        Tenant { folder, truth, ids }
    })
}

impl Tenant {
    fn story(&self, name: &str) -> &Value {
        let mut stories = self.truth["scenarios"].as_array().expect("stories").iter();
        stories.find(|story| story["scenario"] == name).expect("it was planted")
    }

    fn victim(&self, story: &str) -> String {
        text(&self.story(story)["victims"][0])
    }

    fn report(&self, arguments: &[&str]) -> Value {
        let all = [&["report"], arguments, &["--last", "30d", "--format", "json"]].concat();
        self.folder.json(&all)
    }

    /// The Ids of a story's records that fit a search.
    fn planted(&self, story: &str, query: &str) -> BTreeSet<String> {
        let ids: BTreeSet<String> =
            self.story(story)["record_ids"].as_array().expect("ids").iter().map(text).collect();
        self.found(query).into_iter().filter(|id| ids.contains(id)).collect()
    }

    /// The Ids of all records that fit a search.
    fn found(&self, query: &str) -> BTreeSet<String> {
        let arguments = ["search", query, "--limit", "0", "--fields", "Id", "--format", "json"];
        let found = trail365(&self.folder, &arguments);
        let found = found
            .lines()
            .map(|line| text(&serde_json::from_str::<Value>(line).expect("a line of JSON")["Id"]));
        found.collect()
    }

    /// The Ids of the events that a table's rows show.
    fn shown(&self, rows: &[&Value]) -> BTreeSet<String> {
        rows.iter()
            .map(|row| self.ids[row["key"].as_str().expect("an event's row")].clone())
            .collect()
    }
}

/// The Ids of all events by their keys.
fn ids(folder: &Folder) -> BTreeMap<String, String> {
    let arguments = ["search", "", "--limit", "0", "--fields", "Key,Id", "--format", "json"];
    let lines = trail365(folder, &arguments);
    let pair = |line| {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        (text(&line["Key"]), text(&line["Id"]))
    };
    lines.lines().map(pair).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A report's table: its columns and its rows.
fn table<'p>(page: &'p Value, name: &str) -> (Vec<String>, Vec<&'p Value>) {
    let sections = page["sections"].as_array().expect("sections");
    let mut tables = sections.iter().filter_map(|section| section.get("table"));
    let table = tables.find(|table| table["name"] == name).unwrap_or_else(|| {
        panic!("{} has no table {name}", page["report"]);
    });
    let columns = table["columns"].as_array().expect("columns").iter();
    let rows = table["rows"].as_array().expect("rows").iter().collect();
    (columns.map(|column| text(&column["name"])).collect(), rows)
}

/// The rows of a table whose cell in a column says this, whatever the case.
fn rows_with<'p>(page: &'p Value, name: &str, column: &str, value: &str) -> Vec<&'p Value> {
    let (columns, rows) = table(page, name);
    let at = columns.iter().position(|known| known.eq_ignore_ascii_case(column));
    let at = at.unwrap_or_else(|| panic!("{name} has {columns:?}"));
    let says = |row: &&Value| {
        row["cells"][at].as_str().is_some_and(|cell| cell.eq_ignore_ascii_case(value))
    };
    rows.into_iter().filter(says).collect()
}

fn figure(page: &Value, label: &str) -> u64 {
    let sections = page["sections"].as_array().expect("sections").iter();
    let mut figures = sections.filter_map(|section| section.get("figures")?.as_array()).flatten();
    let figure = figures.find(|figure| figure["label"] == label);
    figure.and_then(|figure| figure["value"].as_u64()).unwrap_or_else(|| panic!("no {label}"))
}

#[test]
fn who_read_the_mailbox_of_another() {
    let tenant = tenant();
    let victim = tenant.victim("non-owner-access");
    let page = tenant.report(&["non-owner-access", "--mailbox", &victim]);
    let planted = tenant.planted("non-owner-access", "RecordType:50 or operation:MailboxLogin");
    assert!(planted.len() > 18, "{planted:?}");
    let (_, rows) = table(&page, "entries");
    let shown = tenant.shown(&rows);
    assert!(shown.is_superset(&planted), "missing: {:?}", planted.difference(&shown));
    // Among the noise people send in each other's names; nobody else opens this mailbox.
    let strangers: Vec<&String> = shown.difference(&planted).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
    let sent = tenant.planted("non-owner-access", "operation:SendAs");
    let (_, rows) = table(&page, "sent-in-anothers-name");
    assert!(tenant.shown(&rows).is_superset(&sent));
}

#[test]
fn what_administrators_gave_and_took() {
    let tenant = tenant();
    let page = tenant.report(&["admin-changes"]);
    let permissions = "operation:Add-MailboxPermission or operation:Remove-MailboxPermission";
    let planted = tenant.planted("non-owner-access", permissions);
    assert_eq!(planted.len(), 2);
    let shown = tenant.shown(&rows_with(&page, "changes", "Group", "Permissions"));
    assert!(shown.is_superset(&planted));
    let planted = tenant.planted("business-email-compromise", "operation:Set-Mailbox");
    let shown = tenant.shown(&rows_with(&page, "changes", "Group", "Forwarding"));
    assert_eq!(shown, planted);
}

#[test]
fn what_was_read_after_the_break_in() {
    let tenant = tenant();
    let victim = tenant.victim("business-email-compromise");
    let addresses = &tenant.story("business-email-compromise")["attacker_addresses"];
    let ids = |address: &str| -> BTreeSet<String> {
        let query = format!("user:{victim} RecordType:50 ClientAddress:{address}");
        let fields = ["search", &query, "--limit", "0", "--fields", "MessageIds"];
        let lines = trail365(&tenant.folder, &[&fields[..], &["--format", "json"]].concat());
        let records = lines.lines().map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            serde_json::from_str::<Vec<String>>(&text(&line["MessageIds"])).expect("a list")
        });
        records.flatten().collect()
    };
    for address in addresses.as_array().expect("addresses").iter().map(text) {
        let page = tenant.report(&["mail-exposure", "--user", &victim, "--address", &address]);
        assert_eq!(
            figure(&page, "Different messages read"),
            ids(&address).len() as u64,
            "{address}"
        );
    }
    let page = tenant.report(&["mail-exposure", "--user", &victim, "--address", "203.0.113.201"]);
    for (name, query) in [
        ("sent", "operation:Send"),
        ("deleted-or-moved", "operation:SoftDelete or operation:HardDelete"),
        ("searches", "operation:SearchQueryInitiatedExchange"),
    ] {
        let planted = tenant.planted("business-email-compromise", query);
        let (_, rows) = table(&page, name);
        assert_eq!(tenant.shown(&rows), planted, "{name}");
    }
}

#[test]
fn which_rule_hid_the_answers_and_where_mail_went() {
    let tenant = tenant();
    let victim = tenant.victim("business-email-compromise");
    let page = tenant.report(&["inbox-rules", "--user", &victim]);
    let planted = tenant.planted("business-email-compromise", "operation:New-InboxRule");
    assert_eq!(tenant.shown(&rows_with(&page, "rules", "Rule", ".")), planted);
    let forwarding = tenant.planted("business-email-compromise", "operation:Set-Mailbox");
    let (_, rows) = table(&page, "forwarding");
    assert_eq!(tenant.shown(&rows), forwarding);
    assert_eq!(figure(&page, "Sending mail outside"), 1);
}

#[test]
fn who_tried_one_password_on_all() {
    let tenant = tenant();
    let page = tenant.report(&["sign-ins"]);
    let story = tenant.story("password-spray");
    let addresses: BTreeSet<String> =
        story["attacker_addresses"].as_array().expect("addresses").iter().map(text).collect();
    let (_, rows) = table(&page, "sprays");
    let shown: BTreeSet<String> = rows.iter().map(|row| text(&row["cells"][0])).collect();
    assert_eq!(shown, addresses);
    let opened = rows_with(&page, "sprays", "Opened", &tenant.victim("password-spray"));
    assert_eq!(opened.len(), 1);
}

#[test]
fn which_application_was_let_in() {
    let tenant = tenant();
    let page = tenant.report(&["consents-and-roles"]);
    let victim = tenant.victim("illicit-consent");
    let consent = tenant.planted("illicit-consent", "operation:\"Consent to application.\"");
    let rows = rows_with(&page, "consents", "UserId", &victim);
    assert!(tenant.shown(&rows).is_superset(&consent));
    let risky = rows.iter().any(|row| row["cells"].to_string().contains("Mail.Read"));
    assert!(risky, "{rows:?}");
    assert!(rows.iter().any(|row| row["cells"].to_string().contains("Dccument Viewer Pro")));
}

#[test]
fn what_was_carried_out_of_the_house() {
    let tenant = tenant();
    let person = tenant.victim("mass-download");
    let page = tenant.report(&["user-activity", "--user", &person]);
    let planted = &tenant.story("mass-download")["record_ids"];
    let (_, rows) = table(&page, "events");
    let shown = tenant.shown(&rows);
    let planted: BTreeSet<String> = planted.as_array().expect("ids").iter().map(text).collect();
    assert!(shown.is_superset(&planted));
    let link = tenant.planted("mass-download", "operation:AnonymousLinkCreated");
    let page = tenant.report(&["external-sharing", "--user", &person]);
    let (_, rows) = table(&page, "events");
    assert!(tenant.shown(&rows).is_superset(&link));
    assert!(figure(&page, "Open anyone links") >= 1);
}

#[test]
fn what_became_of_a_document() {
    let tenant = tenant();
    let planted = tenant.planted("mass-download", "operation:FileDownloaded");
    let query = "operation:FileDownloaded";
    let arguments =
        ["search", query, "--limit", "0", "--fields", "Id,ObjectId", "--format", "json"];
    let lines = trail365(&tenant.folder, &arguments);
    let mut events = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let taken = events.find(|event| planted.contains(&text(&event["Id"]))).expect("a download");
    let document = text(&taken["ObjectId"]);
    let page = tenant.report(&["document-history", "--document", &document]);
    let (_, rows) = table(&page, "history");
    let query = format!("ObjectId:{document:?}");
    let there = tenant.found(&query);
    assert!(there.contains(&text(&taken["Id"])));
    assert_eq!(tenant.shown(&rows), there);
}

#[test]
fn where_card_numbers_were_found() {
    let tenant = tenant();
    let page = tenant.report(&["dlp-matches"]);
    let (_, rows) = table(&page, "matches");
    let there = tenant.found("ContentType:DLP.All");
    assert!(!there.is_empty());
    assert_eq!(tenant.shown(&rows), there);
}

#[test]
fn which_mailboxes_log_what() {
    let tenant = tenant();
    let page = tenant.report(&["mailbox-audit-coverage"]);
    let mailbox = tenant.victim("non-owner-access");
    let rows = rows_with(&page, "mailboxes", "MailboxOwnerUPN", &mailbox);
    assert_eq!(rows.len(), 1, "{mailbox}");
    for (at, logon) in ["owner", "delegate", "admin"].iter().enumerate() {
        let search = ["mailbox", "search", &mailbox, "--logon-type", logon, "--show-details"];
        let bounds = ["--result-size", "unlimited", "--last", "30d", "--format", "json"];
        let output = tenant.folder.command(&[&search[..], &bounds].concat()).output();
        let entries = output.expect("trail365 runs").stdout.lines().count() as u64;
        assert_eq!(rows[0]["cells"][at + 1].as_u64(), Some(entries), "{logon}");
    }
    let admin = tenant.planted("non-owner-access", "LogonType:1");
    assert!(rows[0]["cells"][3].as_u64() >= Some(admin.len() as u64));
}

#[test]
fn everything_from_an_address() {
    let tenant = tenant();
    let page = tenant.report(&["address-activity", "--address", "203.0.113.221"]);
    let planted = tenant.planted("illicit-consent", "ClientAddress:203.0.113.221");
    let (_, rows) = table(&page, "events");
    assert_eq!(tenant.shown(&rows), planted);
}

#[test]
fn what_the_whole_tenant_did() {
    let tenant = tenant();
    let page = tenant.report(&["overview"]);
    let stored = tenant.ids.len() as u64;
    assert_eq!(figure(&page, "Events"), stored);
    let (_, assets) = table(&page, "assets");
    let events = assets.iter().map(|row| row["cells"][1].as_u64().expect("a count"));
    assert_eq!(events.sum::<u64>(), stored);
    for operation in ["MailItemsAccessed", "FileDownloaded", "UserLoggedIn"] {
        let rows = rows_with(&page, "operations", "Operation", operation);
        let listed: u64 = rows.iter().filter_map(|row| row["cells"][2].as_u64()).sum();
        let there = tenant.found(&format!("operation:{operation}")).len() as u64;
        assert!(there > 0 && listed == there, "{operation}: {listed} of {there}");
    }
}

#[test]
fn every_report_states_what_it_rests_on() {
    let tenant = tenant();
    let list = tenant.folder.json(&["report", "list", "--format", "json"]);
    let person = tenant.victim("mass-download");
    for kind in list["reports"].as_array().expect("reports") {
        let name = text(&kind["name"]);
        let mut arguments = vec!["report".to_owned(), name.clone()];
        if let Some(required) = kind["required"].as_array().and_then(|names| names.first()) {
            let value = match required.as_str() {
                Some("address") => "203.0.113.201".to_owned(),
                Some("document") => "*.docx".to_owned(),
                _ => person.clone(),
            };
            arguments.extend([format!("--{}", text(required)), value]);
        }
        for (format, words) in [
            ("table", "Newest event of the store"),
            ("json", "\"last_event\""),
            ("html", "Newest event of the store"),
            ("csv", "Key"),
        ] {
            let path = tenant.folder.path(&format!("{name}.{format}"));
            let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
            all.extend(["--last", "30d", "--format", format, "--output", &path]);
            let output = tenant.folder.command(&all).output().expect("trail365 runs");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 1)), "{name} {format}: {errors}");
            let text = std::fs::read_to_string(&path).expect("the report");
            assert!(text.contains(words), "{name} {format} says nothing of {words}");
            assert!(!text.contains("<script") || format != "html", "{name}");
        }
    }
}
