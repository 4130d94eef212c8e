//! Which events a search of mailboxes finds.

use decode::form::mailbox_audit::{LogonType, MailboxEntry, MailboxSearch};
use event::{Field, Filter, Name};

use super::*;

const RECORDS: [(&str, &str); 5] = [
    ("item", ITEM),
    ("group", GROUP),
    ("aggregated", AGGREGATED),
    ("server", SERVER),
    ("file", FILE),
];

/// The names of the records found.
fn check(search: MailboxSearch, expected: &str) {
    let filter = search.filter().unwrap();
    let found =
        RECORDS.into_iter().filter(|(_, record)| filter.matches(&decode(&envelope(*record))));
    let names: Vec<&str> = found.map(|(name, _)| name).collect();
    assert_eq!(names.join(" "), expected, "{search:?}");
}

fn of(mailbox: &str) -> MailboxSearch {
    MailboxSearch { mailboxes: vec![mailbox.to_owned()], ..MailboxSearch::default() }
}

fn doing(operation: &str) -> MailboxSearch {
    MailboxSearch { operations: vec![operation.to_owned()], ..MailboxSearch::default() }
}

#[test]
fn mailboxes_by_any_of_their_names() {
    check(MailboxSearch::default(), "item group aggregated server");
    for (mailbox, found) in [
        ("erik@contoso.example", "item group aggregated server"),
        ("ERIK@contoso.*", "item group aggregated server"),
        ("*", "item group aggregated server"),
        ("erik", "item group aggregated server"),
        ("bo@contoso.example", ""),
        ("3F0C2A51-77b1-4a0e-9d56-0c1de2f3a4b5", "item"),
        (r"north\erik", "server"),
        (r"north\*", "server"),
        (r"south\erik", ""),
    ] {
        check(of(mailbox), found);
    }
}

#[test]
fn logon_types_operations_and_users() {
    for (logon_type, found) in
        [("owner", "group"), ("Admin", "aggregated"), ("delegate", "item server"), ("external", "")]
    {
        let logon_types = vec![logon_type.parse().unwrap()];
        check(MailboxSearch { logon_types, ..MailboxSearch::default() }, found);
    }
    for (operation, found) in [
        ("harddelete", "item"),
        ("Move", "group"),
        ("MoveToDeletedItems", "server"),
        ("SendAs", ""),
    ] {
        check(doing(operation), found);
    }
    for (user, found) in [("ida@*", "item aggregated"), ("Ida Holm", "server"), ("bo", "")] {
        check(MailboxSearch { users: vec![user.to_owned()], ..MailboxSearch::default() }, found);
    }
    assert!("guest".parse::<LogonType>().unwrap_err().contains("owner, admin, delegate, external"));
}

#[test]
fn access_from_outside_and_attachments() {
    for (has_attachments, found) in [(true, "item"), (false, "group aggregated server")] {
        let has_attachments = Some(has_attachments);
        check(MailboxSearch { has_attachments, ..MailboxSearch::default() }, found);
    }
    for (record, wanted, found) in [
        (r#"{"RecordType":2,"ExternalAccess":true}"#, true, true),
        (r#"{"RecordType":2,"ExternalAccess":"False"}"#, true, false),
        (r#"{"RecordType":2}"#, false, true),
        (r#"{"LastAccessed":"x","Operation":"Copy","LogonType":"External"}"#, true, true),
    ] {
        let search = MailboxSearch { external_access: Some(wanted), ..MailboxSearch::default() };
        assert_eq!(search.filter().unwrap().matches(&decode(&envelope(record))), found, "{record}");
    }
}

#[test]
fn an_operation_is_found_under_each_of_its_names() {
    for (wanted, logged, found) in [
        ("SearchQueryInitiated", "SearchQueryInitiatedExchange", true),
        ("SearchQueryInitiated", "SearchQueryInitiated", true),
        ("UpdateFolderPermissions", "AddFolderPermissions", true),
        ("UpdateFolderPermissions", "RemoveFolderPermissions", true),
        ("ModifyFolderPermissions", "UpdateFolderPermissions", true),
        ("ModifyFolderPermissions", "AddFolderPermissions", false),
        ("Send", "SendAs", false),
    ] {
        let record = format!(r#"{{"RecordType":2,"Operation":"{logged}"}}"#);
        let filter = doing(wanted).filter().unwrap();
        assert_eq!(filter.matches(&decode(&envelope(record))), found, "{wanted} {logged}");
    }
    for (slip, nearest) in [
        ("SendsAs", "SendAs"),
        ("harddeletes", "HardDelete"),
        ("MailItemAccessed", "MailItemsAccessed"),
    ] {
        let error = doing(slip).filter().unwrap_err();
        assert!(error.contains(slip) && error.ends_with(&format!("is {nearest}")), "{error}");
    }
}

#[test]
fn what_is_found_is_an_entry() {
    let filter = MailboxSearch::default().filter().unwrap();
    for record in [
        ITEM,
        GROUP,
        AGGREGATED,
        SERVER,
        FILE,
        r#"{"RecordType":1,"Operation":"Set-Mailbox","LastAccessed":"x","LogonType":1}"#,
        r#"{"RecordType":"ExchangeItem","Operation":"Send"}"#,
        r#"{"MailboxGuid":"1","Operation":"Copy","LastAccessed":"x"}"#,
        r#"{"MailboxGuid":"1","Operation":"Copy"}"#,
        "{}",
        "no record",
    ] {
        let envelope = envelope(record);
        let event = decode(&envelope);
        assert_eq!(filter.matches(&event), MailboxEntry::of(&event).is_some(), "{record}");
    }
}

/// A thousand addresses are one choice among texts of one column, which search judges once for each
/// distinct value.
#[test]
fn many_mailboxes_stay_one_choice() {
    let mailboxes = (0..1000).map(|n| format!("user{n}@contoso.example")).collect();
    let search = MailboxSearch { mailboxes, ..MailboxSearch::default() };
    let Filter::And(parts) = search.filter().unwrap() else { panic!("several parts") };
    let Filter::Or(choices) = &parts[1] else { panic!("a choice") };
    let is_owner =
        |choice: &Filter| matches!(choice, Filter::Field(Name::Column(Field::MailboxOwnerUPN), _));
    assert!(choices.len() == 1000 && choices.iter().all(is_owner));
}
