//! Who opened mailboxes of others?

use expect_test::{Expect, expect};

use crate::{answer, ask, told};
use report::Ask;

/// An administrator from outside; a delegate who synchronises; the owner himself, once under the
/// delegate's type; the service; the data centre; and two mails in another's name.
const RECORDS: &[&str] = &[
    r#"{"Id":"1","RecordType":50,"CreationTime":"2026-03-02T08:00:00","Operation":"MailItemsAccessed","Workload":"Exchange","UserId":"ida@contoso.example","UserType":2,"LogonType":1,"MailboxOwnerUPN":"ann@contoso.example","MailboxOwnerSid":"S-1-5-21-1","LogonUserSid":"S-1-5-21-2","ResultStatus":"Succeeded","ClientIPAddress":"203.0.113.7","ClientInfoString":"Client=REST","OperationProperties":[{"Name":"MailAccessType","Value":"Bind"},{"Name":"IsThrottled","Value":"True"}],"Folders":[{"Path":"\\Inbox","FolderItems":[{"Subject":"Salaries"},{"Subject":"Bonus"}]},{"Path":"\\Drafts","FolderItems":[{"Subject":"Notice"}]}]}"#,
    r#"{"Id":"2","RecordType":50,"CreationTime":"2026-03-02T09:00:00","Operation":"MailItemsAccessed","Workload":"Exchange","UserId":"bob@contoso.example","UserType":0,"LogonType":2,"MailboxOwnerUPN":"ann@contoso.example","ResultStatus":"Succeeded","ClientIPAddress":"192.0.2.17","ClientInfoString":"Client=MSExchangeRPC","OperationProperties":[{"Name":"MailAccessType","Value":"Sync"}],"Item":{"ParentFolder":{"Path":"\\Calendar"}}}"#,
    r#"{"Id":"3","RecordType":3,"CreationTime":"2026-03-02T10:00:00","Operation":"MoveToDeletedItems","Workload":"Exchange","UserId":"bob@contoso.example","UserType":0,"LogonType":2,"MailboxOwnerUPN":"team@contoso.example","ResultStatus":"PartiallySucceeded","ClientIPAddress":"192.0.2.17","Folder":{"Path":"\\Inbox"},"DestFolder":{"Path":"\\Deleted Items"},"AffectedItems":[{"Subject":"Offer"},{"Subject":"Offer 2"}]}"#,
    r#"{"Id":"4","RecordType":2,"CreationTime":"2026-03-02T11:00:00","Operation":"Create","Workload":"Exchange","UserId":"ann@contoso.example","UserType":0,"LogonType":0,"MailboxOwnerUPN":"ann@contoso.example"}"#,
    r#"{"Id":"5","RecordType":2,"CreationTime":"2026-03-02T12:00:00","Operation":"Update","Workload":"Exchange","UserId":"ANN@contoso.example","UserType":0,"LogonType":2,"MailboxOwnerUPN":"ann@contoso.example"}"#,
    r#"{"Id":"6","RecordType":2,"CreationTime":"2026-03-02T12:30:00","Operation":"Update","Workload":"Exchange","UserId":"ann.old@contoso.example","UserType":0,"LogonType":2,"MailboxOwnerUPN":"ann@contoso.example","MailboxOwnerSid":"S-1-5-21-1","LogonUserSid":"S-1-5-21-1"}"#,
    r#"{"Id":"7","RecordType":2,"CreationTime":"2026-03-02T13:00:00","Operation":"Create","Workload":"Exchange","UserId":"NT AUTHORITY\\SYSTEM","UserType":3,"LogonType":4,"MailboxOwnerUPN":"ann@contoso.example"}"#,
    r#"{"Id":"8","RecordType":2,"CreationTime":"2026-03-03T03:00:00","Operation":"FolderBind","Workload":"Exchange","UserId":"operator7","UserType":3,"LogonType":1,"ExternalAccess":true,"MailboxOwnerUPN":"ann@contoso.example","ClientIPAddress":"198.51.100.4","ResultStatus":"Succeeded"}"#,
    r#"{"Id":"9","RecordType":2,"CreationTime":"2026-03-03T08:00:00","Operation":"SendAs","Workload":"Exchange","UserId":"bob@contoso.example","UserType":0,"LogonType":2,"MailboxOwnerUPN":"ann@contoso.example","SendAsUserSmtp":"ann@contoso.example","ResultStatus":"Succeeded","Item":{"Subject":"Please pay"},"ClientIPAddress":"203.0.113.9"}"#,
    r#"{"Id":"10","RecordType":2,"CreationTime":"2026-03-03T09:00:00","Operation":"SendOnBehalf","Workload":"Exchange","UserId":"bob@contoso.example","UserType":0,"LogonType":0,"MailboxOwnerUPN":"bob@contoso.example","SendOnBehalfOfUserSmtp":"team@contoso.example","ResultStatus":"Failed","Item":{"Subject":"Agenda"}}"#,
    r#"{"MailboxGuid":"3f0c2a51","Owner":"NORTH\\erik","LastAccessed":"2026-03-04T09:15:42+01:00","Operation":"MoveToDeletedItems","OperationResult":"Succeeded","LogonType":"Delegate","FolderPathName":"\\Inbox","MailboxOwnerUPN":"erik@contoso.example","LogonUserDN":"Ida Holm","LogonUserSid":"S-1-5-21-9","MailboxOwnerSid":"S-1-5-21-8","ClientIPAddress":"192.0.2.17","SourceItems":[{"Id":"AB34","Subject":"Budget"},{"Id":"AB35","Subject":"Plan"}]}"#,
    r#"{"MailboxGuid":"3f0c2a51","LastAccessed":"2026-03-04T10:15:42+01:00","Operation":"HardDelete","LogonType":"Owner","MailboxOwnerUPN":"erik@contoso.example","LogonUserDN":"Erik"}"#,
    r#"{"Id":"11","RecordType":6,"CreationTime":"2026-03-04T10:00:00","Operation":"FileAccessed","UserId":"bob@contoso.example"}"#,
];

fn check(change: fn(&mut Ask), tables: &[&str], expected: Expect) {
    let answer = answer("non-owner-access", &ask(change), RECORDS);
    expected.assert_eq(&told(&answer, tables));
}

#[test]
fn everything() {
    check(
        |_| {},
        &["mailboxes", "entries", "sent-in-anothers-name"],
        expect![[r#"
            Entries: 5
            Mailboxes: 3
            Actors: 4
            Sent in another's name: 2
            !From outside: 2
            !By external staff: 1
            Failures: 1
            [mailboxes]
            ann@contoso.example | bob@contoso.example, ida@contoso.example, operator7 | MailItemsAccessed (2), FolderBind | 3 | 3 | 2026-03-02T08:00:00Z | 2026-03-03T03:00:00Z
            erik@contoso.example | Ida Holm | MoveToDeletedItems | 2 | 1 | 2026-03-04T08:15:42Z | 2026-03-04T08:15:42Z
            team@contoso.example | bob@contoso.example | MoveToDeletedItems | 2 | 1 | 2026-03-02T10:00:00Z | 2026-03-02T10:00:00Z
            [sent-in-anothers-name]
            2026-03-03T08:00:00Z | bob@contoso.example | SendAs | ann@contoso.example | Please pay |  | 203.0.113.9 | outside | Succeeded
            2026-03-03T09:00:00Z | bob@contoso.example | SendOnBehalf | team@contoso.example | Agenda |  |  |  | Failed
            [entries]
            2026-03-02T08:00:00Z | ann@contoso.example | ida@contoso.example | administrator | MailItemsAccessed | \Inbox; \Drafts | Salaries; Bonus; Notice | 3 | Client=REST | 203.0.113.7 | outside | Succeeded
            2026-03-02T09:00:00Z | ann@contoso.example | bob@contoso.example | delegate | MailItemsAccessed | \Calendar |  |  | Client=MSExchangeRPC | 192.0.2.17 | inside | Succeeded
            2026-03-02T10:00:00Z | team@contoso.example | bob@contoso.example | delegate | MoveToDeletedItems | \Inbox → \Deleted Items | Offer; Offer 2 | 2 |  | 192.0.2.17 | inside | PartiallySucceeded
            2026-03-03T03:00:00Z | ann@contoso.example | operator7 | external | FolderBind |  |  |  |  | 198.51.100.4 | data centre | Succeeded
            2026-03-04T08:15:42Z | erik@contoso.example | Ida Holm | delegate | MoveToDeletedItems | \Inbox | Budget; Plan | 2 |  | 192.0.2.17 | inside | Succeeded
            - Entries that stand for a synchronised folder, of which every message has to be taken as read: 1.
            - Entries after which Exchange did not record opened messages of the mailbox for a day: 1.
            - Entries by Exchange's own services, not listed: 1, by NT AUTHORITY\SYSTEM.
            - Entries by owners in their own mailboxes, whatever LogonType says, not listed: 2.
        "#]],
    );
}

#[test]
fn of_one_mailbox() {
    check(
        |ask| ask.mailbox = Some("TEAM@contoso.example".into()),
        &["mailboxes", "sent-in-anothers-name"],
        expect![[r#"
            Entries: 1
            Mailboxes: 1
            Actors: 1
            Sent in another's name: 1
            From outside: 0
            By external staff: 0
            Failures: 1
            [mailboxes]
            team@contoso.example | bob@contoso.example | MoveToDeletedItems | 2 | 1 | 2026-03-02T10:00:00Z | 2026-03-02T10:00:00Z
            [sent-in-anothers-name]
            2026-03-03T09:00:00Z | bob@contoso.example | SendOnBehalf | team@contoso.example | Agenda |  |  |  | Failed
        "#]],
    );
}

#[test]
fn by_one_user_without_networks() {
    check(
        |ask| {
            ask.user = Some("ida*".into());
            ask.networks.clear();
        },
        &["entries"],
        expect![[r#"
            Entries: 2
            Mailboxes: 2
            Actors: 2
            Sent in another's name: 0
            By external staff: 0
            Failures: 0
            [entries]
            2026-03-02T08:00:00Z | ann@contoso.example | ida@contoso.example | administrator | MailItemsAccessed | \Inbox; \Drafts | Salaries; Bonus; Notice | 3 | Client=REST | 203.0.113.7 |  | Succeeded
            2026-03-04T08:15:42Z | erik@contoso.example | Ida Holm | delegate | MoveToDeletedItems | \Inbox | Budget; Plan | 2 |  | 192.0.2.17 |  | Succeeded
            - Entries after which Exchange did not record opened messages of the mailbox for a day: 1.
            - The tenant's own networks are not configured, so no address is called inside or outside.
        "#]],
    );
}

#[test]
fn an_address_that_is_none() {
    let ask = ask(|ask| ask.address = Some("here".into()));
    let error = (report::find("non-owner-access").unwrap().open)(&ask).err().unwrap();
    expect![[
        r#"address "here": write an address or a network, such as 203.0.113.7 or 203.0.113.0/24"#
    ]]
    .assert_eq(&error);
}
