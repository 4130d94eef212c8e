//! Does each sentence of the crate's documentation hold?

mod common;

use common::{at, event, now, quarantined};
use event::{Filter, Pattern, Test, time};
use expect_test::{Expect, expect};
use policy::{
    Act, Actions, Bypass, FieldPath, Hold, MailboxPolicy, Policy, Preset, Retention, Rule, Verdict,
};

fn is(name: &str, pattern: &str) -> Filter {
    Filter::field(name, Test::Matches(Pattern::wildcard(pattern)))
}

fn rule(name: &str, filter: Filter, act: Act) -> Rule {
    Rule { name: name.to_owned(), filter, act }
}

fn redact(fields: &[&str]) -> Act {
    Act::Redact(fields.iter().map(|field| FieldPath::parse(field).unwrap()).collect())
}

fn retention(name: &str, filter: Filter, days: i64) -> Retention {
    Retention { name: name.to_owned(), filter, age_limit: days * time::DAY }
}

fn hold(name: &str, filter: Filter) -> Hold {
    Hold { name: name.to_owned(), filter }
}

fn block(name: &str, mailboxes: &[&str]) -> MailboxPolicy {
    let mailboxes = mailboxes.iter().map(|mailbox| Pattern::wildcard(mailbox)).collect();
    MailboxPolicy { mailboxes, ..MailboxPolicy::new(name, Preset::ExchangeOnline) }
}

fn told(policy: &Policy, event: &event::Event) -> String {
    let judgement = policy.judge(event, now());
    let verdict = match judgement.verdict {
        Verdict::Keep => "keep",
        Verdict::Drop => "drop",
        Verdict::Consolidate(_) => "consolidate",
    };
    let redacted = judgement.redact.iter().map(|path| format!(" without {path}"));
    format!("{verdict}: {}{}", judgement.rule, redacted.collect::<String>())
}

fn check(policy: &Policy, json: &str, expected: Expect) {
    expected.assert_eq(&told(policy, &event(json)));
}

fn mail(members: &str) -> String {
    format!(
        r#"{{"RecordType":2,"CreationTime":"2026-03-10T09:00:00","MailboxOwnerUPN":"ann@contoso.example",{members}}}"#
    )
}

#[test]
fn the_default_keeps_everything() {
    let policy = Policy::default();
    assert!(policy.keeps_everything());
    check(&policy, "{}", expect!["keep: default"]);
    check(&policy, &mail(r#""Operation":"Copy","LogonType":2"#), expect!["keep: default"]);
    assert_eq!(policy.shortest_age_limit(), None);
    assert_eq!(policy.expires_whole(0, now()), None);
}

#[test]
fn quarantined_bytes_are_always_kept() {
    let policy = Policy {
        rules: vec![rule("nothing", Filter::All, Act::Drop)],
        retention: vec![retention("short", Filter::All, 1)],
        ..Policy::default()
    };
    let mut broken = quarantined(b"{broken");
    broken.set(event::Field::CreationTime, event::Cell::Time(0));
    assert_eq!(told(&policy, &broken), "keep: quarantine");
    assert_eq!(policy.expired(&broken, now()).unwrap().name, "short");
}

#[test]
fn the_first_fitting_keep_or_drop_ends_the_rules() {
    let policy = Policy {
        rules: vec![
            rule("subjects", is("Operation", "Send*"), redact(&["Item.Subject"])),
            rule("boss", is("UserId", "boss@contoso.example"), Act::Keep),
            rule("agents", is("Operation", "Send*"), redact(&["UserAgent", "ClientIP"])),
            rule("no-noise", is("Operation", "*Noise"), Act::Drop),
            rule("never", Filter::All, redact(&["Late"])),
        ],
        ..Policy::default()
    };
    for (json, expected) in [
        (
            r#"{"Operation":"Send","UserId":"ann"}"#,
            expect![
                "keep: default without Item.Subject without UserAgent without ClientIP without Late"
            ],
        ),
        (
            r#"{"Operation":"Send","UserId":"BOSS@contoso.example"}"#,
            expect!["keep: rule boss without Item.Subject"],
        ),
        (r#"{"Operation":"SendNoise"}"#, expect!["drop: rule no-noise"]),
        (
            r#"{"Operation":"SendNoise","UserId":"boss@contoso.example"}"#,
            expect!["keep: rule boss without Item.Subject"],
        ),
    ] {
        check(&policy, json, expected);
    }
}

#[test]
fn a_keep_exempts_from_bypass_and_mailbox_policy_and_not_from_retention() {
    let off = MailboxPolicy { audit_enabled: false, ..block("off", &[]) };
    let policy = Policy {
        rules: vec![rule("deletions", is("Operation", "HardDelete"), Act::Keep)],
        mailboxes: vec![off],
        bypass: vec![Bypass::new("svc@*")],
        retention: vec![retention("year", Filter::All, 365)],
        ..Policy::default()
    };
    let deletion = r#""Operation":"HardDelete","LogonType":0,"UserId":"svc@contoso.example""#;
    check(&policy, &mail(deletion), expect!["keep: rule deletions"]);
    let old = mail(deletion).replace("2026", "2020");
    check(&policy, &old, expect!["drop: retention year"]);
}

#[test]
fn what_a_bypassed_account_does_to_mailboxes_is_dropped() {
    let policy = Policy {
        bypass: vec![
            Bypass::new("svc-*@contoso.example"),
            Bypass::new("Backup Service"),
            Bypass::new("S-1-5-21-1-2-3-1187"),
        ],
        ..Policy::default()
    };
    for (members, expected) in [
        (
            r#""LogonType":0,"UserId":"svc-scan@contoso.example""#,
            expect!["drop: bypass svc-*@contoso.example"],
        ),
        (
            r#""LogonType":1,"UserId":"SVC-1@CONTOSO.EXAMPLE""#,
            expect!["drop: bypass svc-*@contoso.example"],
        ),
        (
            r#""LogonType":2,"LogonUserDisplayName":"Backup Service""#,
            expect!["drop: bypass Backup Service"],
        ),
        (
            r#""LogonType":3,"LogonUserSid":"S-1-5-21-1-2-3-1187""#,
            expect!["drop: bypass S-1-5-21-1-2-3-1187"],
        ),
        (r#""LogonType":0,"UserId":"ann@contoso.example""#, expect!["keep: default"]),
    ] {
        check(&policy, &mail(&format!(r#""Operation":"Update",{members}"#)), expected);
    }
    // Not a mailbox audit record.
    check(
        &policy,
        r#"{"RecordType":15,"Operation":"UserLoggedIn","UserId":"svc-1@contoso.example"}"#,
        expect!["keep: default"],
    );
}

#[test]
fn the_list_of_the_logon_decides() {
    let policy = Policy { mailboxes: vec![block("all", &[])], ..Policy::default() };
    for (operation, logon, expected) in [
        ("HardDelete", "0", expect!["keep: mailbox all: AuditOwner"]),
        ("harddelete", "0", expect!["keep: mailbox all: AuditOwner"]),
        ("Create", "0", expect!["drop: mailbox all: AuditOwner"]),
        ("Create", "1", expect!["keep: mailbox all: AuditAdmin"]),
        ("Copy", "6", expect!["drop: mailbox all: AuditAdmin"]),
        ("Copy", "\"External\"", expect!["drop: mailbox all: AuditAdmin"]),
        ("Move", "2", expect!["drop: mailbox all: AuditDelegate"]),
        ("Move", "5", expect!["drop: mailbox all: AuditDelegate"]),
        ("Move", "\"Delegate\"", expect!["drop: mailbox all: AuditDelegate"]),
        ("Move", "3", expect!["keep: mailbox all: LogonType"]),
        ("Move", "4", expect!["keep: mailbox all: LogonType"]),
        ("Move", "99", expect!["keep: mailbox all: LogonType"]),
        ("Move", "null", expect!["keep: mailbox all: LogonType"]),
        ("AttachmentAccess", "0", expect!["keep: mailbox all: AuditOwner"]),
        ("SearchQueryInitiatedExchange", "0", expect!["drop: mailbox all: AuditOwner"]),
        ("AddFolderPermissions", "0", expect!["keep: mailbox all: AuditOwner"]),
        ("ModifyFolderPermissions", "2", expect!["keep: mailbox all: AuditDelegate"]),
        ("RemoveFolderPermissions", "1", expect!["keep: mailbox all: AuditAdmin"]),
    ] {
        let members = format!(r#""Operation":"{operation}","LogonType":{logon}"#);
        check(&policy, &mail(&members), expected);
    }
}

#[test]
fn the_first_block_that_fits_the_mailbox_decides() {
    let policy = Policy {
        mailboxes: vec![
            MailboxPolicy { audit_enabled: false, ..block("quiet", &["scan@*", "NORTH\\erik"]) },
            block("one", &["3f0c2a51-77b1-4a0e-9d56-0c1de2f3a4b5"]),
            MailboxPolicy { audit_owner: Actions::all(), ..block("board", &["*@contoso.example"]) },
        ],
        ..Policy::default()
    };
    for (members, expected) in [
        (
            r#""MailboxOwnerUPN":"scan@contoso.example""#,
            expect!["drop: mailbox quiet: AuditEnabled"],
        ),
        (
            r#""MailboxResolvedOwnerName":"NORTH\\Erik""#,
            expect!["drop: mailbox quiet: AuditEnabled"],
        ),
        (r#""Owner":"NORTH\\erik""#, expect!["drop: mailbox quiet: AuditEnabled"]),
        (
            r#""MailboxGuid":"3F0C2A51-77B1-4A0E-9D56-0C1DE2F3A4B5""#,
            expect!["drop: mailbox one: AuditOwner"],
        ),
        (r#""MailboxOwnerUPN":"ann@contoso.example""#, expect!["keep: mailbox board: AuditOwner"]),
        (r#""MailboxOwnerUPN":"ann@fabrikam.example""#, expect!["keep: default"]),
    ] {
        let json = format!(r#"{{"RecordType":3,"Operation":"Move","LogonType":0,{members}}}"#);
        check(&policy, &json, expected);
    }
}

#[test]
fn mailbox_audit_records_are_told_by_type_or_form() {
    let policy = Policy {
        mailboxes: vec![MailboxPolicy { audit_enabled: false, ..block("off", &[]) }],
        ..Policy::default()
    };
    for (json, expected) in [
        (r#"{"RecordType":2}"#, expect!["drop: mailbox off: AuditEnabled"]),
        (r#"{"RecordType":3}"#, expect!["drop: mailbox off: AuditEnabled"]),
        (r#"{"RecordType":50}"#, expect!["drop: mailbox off: AuditEnabled"]),
        (
            r#"{"Operation":"Move","LogonType":"Delegate","MailboxGuid":"3f0c"}"#,
            expect!["drop: mailbox off: AuditEnabled"],
        ),
        (
            r#"{"Operation":"Move","LogonType":"Owner","MailboxOwnerUPN":"erik@north.example"}"#,
            expect!["drop: mailbox off: AuditEnabled"],
        ),
        (r#"{"Operation":"Move","LogonType":"Owner"}"#, expect!["keep: default"]),
        (r#"{"Operation":"Move","MailboxGuid":"3f0c"}"#, expect!["keep: default"]),
        (r#"{"RecordType":1,"Operation":"Set-Mailbox"}"#, expect!["keep: default"]),
        (
            r#"{"RecordType":6,"Operation":"Move","LogonType":0,"MailboxGuid":"3f0c"}"#,
            expect!["keep: default"],
        ),
    ] {
        check(&policy, json, expected);
    }
}

#[test]
fn what_is_too_old_on_arrival_is_dropped_unless_it_is_held() {
    let policy = Policy {
        mailboxes: vec![MailboxPolicy {
            audit_log_age_limit: Some(30 * time::DAY),
            ..block("board", &["board@*"])
        }],
        retention: vec![
            retention("sign-ins", is("Operation", "UserLoggedIn"), 365),
            retention("rest", Filter::All, 90),
        ],
        holds: vec![hold("case-7", is("UserId", "eve@contoso.example"))],
        ..Policy::default()
    };
    let board = r#""RecordType":2,"MailboxOwnerUPN":"board@contoso.example","Operation":"Update","LogonType":0"#;
    for (members, time, expected) in [
        (r#""Operation":"X""#, "2025-12-10T12:00:00Z", expect!["drop: retention rest"]),
        (r#""Operation":"X""#, "2025-12-10T12:00:01Z", expect!["keep: default"]),
        (r#""Operation":"X""#, "2030-01-01T00:00:00Z", expect!["keep: default"]),
        (r#""Operation":"X""#, "", expect!["keep: default"]),
        // The first that fits decides, though a later one is shorter.
        (r#""Operation":"UserLoggedIn""#, "2025-06-01T00:00:00Z", expect!["keep: default"]),
        (
            r#""Operation":"UserLoggedIn""#,
            "2025-01-01T00:00:00Z",
            expect!["drop: retention sign-ins"],
        ),
        (r#""UserId":"eve@contoso.example""#, "2001-01-01T00:00:00Z", expect!["keep: default"]),
        (board, "2026-02-01T00:00:00Z", expect!["drop: mailbox board: AuditLogAgeLimit"]),
        (board, "2026-02-10T00:00:00Z", expect!["keep: mailbox board: AuditOwner"]),
    ] {
        let json = format!(r#"{{"CreationTime":"{time}",{members}}}"#);
        check(&policy, &json, expected);
        // What is stored goes by the same limits.
        let stored = event(&json);
        let dropped = told(&policy, &stored).starts_with("drop");
        assert_eq!(policy.expired(&stored, now()).is_some(), dropped, "{json}");
    }
    assert_eq!(policy.shortest_age_limit(), Some(30 * time::DAY));
}

#[test]
fn a_hold_suspends_retention_alone() {
    let policy = Policy {
        rules: vec![rule("noise", is("Operation", "Noise"), Act::Drop)],
        holds: vec![hold("everything", Filter::All)],
        ..Policy::default()
    };
    check(&policy, r#"{"Operation":"Noise"}"#, expect!["drop: rule noise"]);
}

#[test]
fn whole_days_go_where_nothing_can_be_younger() {
    let all = |days| retention("all", Filter::All, days);
    let some = |days| retention("some", is("Operation", "X"), days);
    let limited = |days: i64| MailboxPolicy {
        audit_log_age_limit: Some(days * time::DAY),
        ..block("board", &["board@*"])
    };
    let policy = |retention: Vec<Retention>| Policy { retention, ..Policy::default() };
    let with = |days| Policy { mailboxes: vec![limited(days)], ..policy(vec![all(90)]) };
    for (what, policy, stop, goes) in [
        ("the last moment is old enough", policy(vec![all(90)]), "2025-12-10T12:00:00Z", true),
        ("a part of the day is young", policy(vec![all(90)]), "2025-12-11T00:00:00Z", false),
        ("no retention for all", policy(vec![some(90)]), "2020-01-02T00:00:00Z", false),
        ("some are kept longer", policy(vec![some(3650), all(90)]), "2020-01-02T00:00:00Z", false),
        (
            "those are old enough too",
            policy(vec![some(365), all(90)]),
            "2020-01-02T00:00:00Z",
            true,
        ),
        (
            "what comes later decides nothing",
            policy(vec![all(90), some(3650)]),
            "2020-01-02T00:00:00Z",
            true,
        ),
        ("a mailbox is kept longer", with(3650), "2020-01-02T00:00:00Z", false),
        ("a mailbox is kept shorter", with(30), "2020-01-02T00:00:00Z", true),
        ("what tells no time never goes", policy(vec![all(90)]), "1970-01-02T00:00:00Z", false),
    ] {
        let found = policy.expires_whole(at(stop), now()).map(|retention| retention.name.as_str());
        assert_eq!(found, goes.then_some("all"), "{what}");
    }
    let held = Policy { holds: vec![hold("h", is("Operation", "X"))], ..policy(vec![all(90)]) };
    assert_eq!(held.expires_whole(at("2020-01-02T00:00:00Z"), now()), None);
}

#[test]
fn folders_that_delegates_open_are_consolidated_by_day() {
    let one = MailboxPolicy {
        consolidate_folder_bind: true,
        audit_delegate: Actions::all(),
        audit_admin: Actions::all(),
        ..block("board", &["board@*"])
    };
    let policy = Policy { mailboxes: vec![one], ..Policy::default() };
    let group = |changes: &[(&str, &str)]| {
        let mut json = r#"{"RecordType":2,"Operation":"FolderBind","LogonType":2,"CreationTime":"2026-03-10T09:00:00","MailboxGuid":"g1","MailboxOwnerUPN":"board@contoso.example","LogonUserSid":"S-1","UserId":"ida@contoso.example","Item":{"ParentFolder":{"Id":"F1","Path":"\\Inbox"}}}"#.to_owned();
        for (from, to) in changes {
            assert!(json.contains(from), "{from}");
            json = json.replace(from, to);
        }
        match policy.judge(&event(&json), now()).verdict {
            Verdict::Consolidate(group) => Ok(group),
            verdict => Err(verdict),
        }
    };
    let first = group(&[]).unwrap();
    assert_eq!(i64::from(first.day), at("2026-03-10T00:00:00Z") / time::DAY);
    for (from, to) in [
        ("09:00:00", "23:59:59"),
        ("\\\\Inbox", "\\\\Indbakke"),
        (r#""S-1""#, r#""s-1""#),
        ("ida@", "ida.holm@"),
        (r#""Item":{"ParentFolder":{"Id":"F1","Path":"\\Inbox"}}"#, r#""FolderId":"F1""#),
        (r#""LogonType":2"#, r#""LogonType":"Delegate""#),
    ] {
        assert_eq!(group(&[(from, to)]), Ok(first), "{to}");
    }
    for (from, to) in [
        ("03-10", "03-09"),
        (r#""F1""#, r#""f1""#),
        (r#""Id":"F1","#, ""),
        (r#""S-1""#, r#""S-2""#),
        (r#""g1""#, r#""g2""#),
    ] {
        assert!(group(&[(from, to)]).is_ok_and(|other| other != first), "{to}");
    }
    for (from, to) in [
        (r#""LogonType":2"#, r#""LogonType":1"#),
        ("FolderBind", "Update"),
        (r#""CreationTime":"2026-03-10T09:00:00","#, ""),
        (r#","Item":{"ParentFolder":{"Id":"F1","Path":"\\Inbox"}}"#, ""),
    ] {
        assert_eq!(group(&[(from, to)]), Err(Verdict::Keep), "{to}");
    }
}

#[test]
fn an_explanation_tells_every_step() {
    let policy = Policy {
        rules: vec![
            rule("no-noise", is("Operation", "Noise"), Act::Drop),
            rule("subjects", Filter::All, redact(&["Subject"])),
        ],
        mailboxes: vec![block("board", &["board@*"]), block("rest", &[])],
        bypass: vec![Bypass::new("svc@*")],
        retention: vec![retention("quarter", Filter::All, 90)],
        holds: vec![hold("case-7", is("UserId", "ann*"))],
    };
    let explained = |json: &str| {
        let event = event(json);
        let steps = policy.explain(&event, now());
        let lines: Vec<String> = steps
            .iter()
            .map(|step| format!("{} {}: {}", step.rule, step.effect, step.words))
            .collect();
        lines.join("\n")
    };
    let old = mail(r#""Operation":"Update","LogonType":2,"UserId":"ann@contoso.example""#)
        .replace("2026", "2025");
    expect![[r#"
        rule no-noise passed: does not fit
        rule subjects redacts: Subject
        bypass svc@* passed: is none of ["ann@contoso.example"]
        mailbox board passed: is not for ["ann@contoso.example"]
        mailbox rest: AuditDelegate keeps: Update is in the list
        hold case-7 holds: though retention quarter would not"#]]
    .assert_eq(&explained(&old));
    expect![[r#"
        rule no-noise passed: does not fit
        rule subjects redacts: Subject
        default keeps: nothing says otherwise
        retention quarter passed: is 0.12:00:00 old; the limit is 90.00:00:00"#]]
    .assert_eq(&explained(r#"{"Operation":"X","CreationTime":"2026-03-10T00:00:00"}"#));
    // Hostile text is escaped.
    let hostile = mail(r#""Operation":"Update","LogonType":2,"UserId":"\u001b[2J\nbypass""#);
    assert!(explained(&hostile).contains(r#""\u{1b}[2J\nbypass""#));
}
