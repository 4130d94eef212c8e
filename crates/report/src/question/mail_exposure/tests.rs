//! One mailbox, its owner, and an intruder from 203.0.113.9.

use expect_test::{Expect, expect};

use super::KIND;
use crate::question::inquiry;

const RECORDS: &str = r#"
{"Id":"r1","RecordType":50,"CreationTime":"2026-03-01T08:00:00","Operation":"MailItemsAccessed","UserId":"ann@contoso.example","Workload":"Exchange","ClientIPAddress":"198.51.100.5","ClientInfoString":"Client=OWA;Mozilla/5.0;","LogonType":0,"MailboxOwnerUPN":"Ann@contoso.example","SessionId":"s-own","ClientAppId":"app-owa","OperationProperties":[{"Name":"MailAccessType","Value":"Bind"},{"Name":"IsThrottled","Value":"False"}],"Folders":[{"Path":"\\Inbox","FolderItems":[{"Id":"i1","InternetMessageId":"<m1@contoso.example>"}]}],"OperationCount":1}
{"Id":"r2","RecordType":50,"CreationTime":"2026-03-01T09:00:00","Operation":"MailItemsAccessed","UserId":"ann@contoso.example","Workload":"Exchange","ClientIPAddress":"[203.0.113.9]:5000","ClientInfoString":"Client=OWA;Action=ViaProxy","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example","SessionId":"s-bad","ClientAppId":"app-owa","OperationProperties":[{"Name":"MailAccessType","Value":"Bind"},{"Name":"IsThrottled","Value":"False"}],"Folders":[{"Path":"\\Inbox","FolderItems":[{"InternetMessageId":"<m1@contoso.example>"},{"InternetMessageId":"<m2@fabrikam.example>"}]},{"Path":"\\Sent Items","FolderItems":[{"InternetMessageId":"<m3@contoso.example>"},{"Id":"i4"}]}],"OperationCount":6}
{"Id":"r3","RecordType":50,"CreationTime":"2026-03-01T10:10:00","Operation":"MailItemsAccessed","UserId":"ann@contoso.example","Workload":"Exchange","ClientIPAddress":"203.0.113.9","ClientInfoString":"Client=OWA;Action=ViaProxy","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example","SessionId":"s-bad","ClientAppId":"app-owa","OperationProperties":[{"Name":"MailAccessType","Value":"Bind"},{"Name":"IsThrottled","Value":"True"}],"Folders":[{"Path":"\\Inbox","FolderItems":[{"InternetMessageId":"<m2@fabrikam.example>"}]}],"OperationCount":1}
{"Id":"r4","RecordType":50,"CreationTime":"2026-03-01T11:00:00","Operation":"MailItemsAccessed","UserId":"ann@contoso.example","Workload":"Exchange","ClientIPAddress":"203.0.113.9","ClientInfoString":"Client=MSExchangeRPC","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example","SessionId":"s-sync","OperationProperties":[{"Name":"MailAccessType","Value":"Sync"},{"Name":"IsThrottled","Value":"False"}],"Item":{"Id":"f1","ParentFolder":{"Id":"f1","Name":"Board","Path":"\\Inbox\\Board"}},"OperationCount":1}
{"Id":"r5","RecordType":2,"CreationTime":"2026-02-27T11:00:00","Operation":"Send","UserId":"ann@contoso.example","Workload":"Exchange","ClientIPAddress":"198.51.100.5","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example","SessionId":"s-own","Item":{"Id":"i3","InternetMessageId":"<m3@contoso.example>","Subject":"Offer 7","ParentFolder":{"Path":"\\Drafts"}}}
{"Id":"r6","RecordType":2,"CreationTime":"2026-03-01T09:30:00","Operation":"Send","UserId":"ann@contoso.example","Workload":"Exchange","ClientIPAddress":"2001:db8::7","ClientInfoString":"Client=OWA;Action=ViaProxy","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example","SessionId":"s-bad","Item":{"Id":"i9","InternetMessageId":"<m9@contoso.example>","Subject":"New bank details","Attachments":"Bill.pdf (100b)","ParentFolder":{"Path":"\\Drafts"}}}
{"Id":"r7","RecordType":3,"CreationTime":"2026-03-01T09:31:00","Operation":"SoftDelete","UserId":"ann@contoso.example","Workload":"Exchange","ClientIPAddress":"203.0.113.9","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example","SessionId":"s-bad","AffectedItems":[{"Id":"i9","InternetMessageId":"<m9@contoso.example>","Subject":"New bank details","ParentFolder":{"Path":"\\Sent Items"}}],"Folder":{"Path":"\\Sent Items"}}
{"Id":"r8","RecordType":2,"CreationTime":"2026-03-01T09:10:00","Operation":"SearchQueryInitiatedExchange","UserId":"ann@contoso.example","Workload":"Exchange","ClientIPAddress":"203.0.113.9","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example","SessionId":"s-bad","QueryText":"invoice OR bank"}
{"Id":"r9","RecordType":1,"CreationTime":"2026-03-01T09:20:00","Operation":"New-InboxRule","UserId":"ann@contoso.example","Workload":"Exchange","ClientIP":"203.0.113.9:4711","ResultStatus":"True","ObjectId":"contoso.example/ann\\.","SessionId":"s-bad","Parameters":[{"Name":"Name","Value":"."},{"Name":"MoveToFolder","Value":"RSS Feeds"},{"Name":"SubjectContainsWords","Value":"payment"}]}
{"Id":"r10","RecordType":2,"CreationTime":"2026-03-01T12:00:00","Operation":"SoftDelete","UserId":"bob@contoso.example","Workload":"Exchange","ClientIPAddress":"198.51.100.6","LogonType":0,"MailboxOwnerUPN":"bob@contoso.example","SessionId":"s-bob"}
{"MessageTraceId":"t1","MessageId":"<m2@fabrikam.example>","Received":"2026-02-28T10:00:00","SenderAddress":"xi@fabrikam.example","RecipientAddress":"ann@contoso.example","Subject":"Our terms","Status":"Delivered","Size":900}
"#;

fn check(words: &str, expected: Expect) {
    inquiry::check(&KIND, words, RECORDS, expected);
}

#[test]
fn an_address_counts_alone_and_its_sessions_are_followed() {
    check(
        "mailbox=ann@contoso.example address=203.0.113.0/24",
        expect![[r#"
            Mailboxes: 1
            Different messages read: 4 !
            Folders synchronised whole: 1 !
            Throttled periods: reads unknown: 1 !
            Messages sent: 1
            Records of messages deleted or moved: 1
            Searches in mailboxes: 1
            Changes of inbox rules: 1 !
            table mailboxes
              ann@contoso.example | whole folders | 2 | 5 | 4 | 7 | 2 | 1 | yes
            table contexts
              ann@contoso.example | ann@contoso.example | 203.0.113.9 |  | s-bad |  | Owner | yes | 0 | 0 | 0 | 0 | 1 | 1 | 0 | 2026-03-01T09:10:00Z | 2026-03-01T09:31:00Z
              ann@contoso.example | ann@contoso.example | 203.0.113.9 | Client=OWA;Action=ViaProxy | s-bad | app-owa | Owner | yes | 2 | 5 | 0 | 0 | 0 | 0 | 0 | 2026-03-01T09:00:00Z | 2026-03-01T10:10:00Z
              ann@contoso.example | ann@contoso.example | 203.0.113.9 |  | s-bad |  |  | yes | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 2026-03-01T09:20:00Z | 2026-03-01T09:20:00Z
              ann@contoso.example | ann@contoso.example | 203.0.113.9 | Client=MSExchangeRPC | s-sync |  | Owner | yes | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 2026-03-01T11:00:00Z | 2026-03-01T11:00:00Z
              ann@contoso.example | ann@contoso.example | 198.51.100.5 |  | s-own |  | Owner | no | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 2026-02-27T11:00:00Z | 2026-02-27T11:00:00Z
              ann@contoso.example | ann@contoso.example | 198.51.100.5 | Client=OWA;Mozilla/5.0; | s-own | app-owa | Owner | no | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 2026-03-01T08:00:00Z | 2026-03-01T08:00:00Z
              ann@contoso.example | ann@contoso.example | 2001:db8::7 | Client=OWA;Action=ViaProxy | s-bad |  | Owner | no, but the same session | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 2026-03-01T09:30:00Z | 2026-03-01T09:30:00Z
            table folders
              ann@contoso.example | \Inbox\Board | 1 | 2026-03-01T11:00:00Z | 2026-03-01T11:00:00Z | 203.0.113.9
            table throttled
              ann@contoso.example | 2026-03-01T10:10:00Z | 2026-03-02T10:10:00Z
            table messages
              ann@contoso.example | <m1@contoso.example> |  | \Inbox | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z | 203.0.113.9
              ann@contoso.example | <m2@fabrikam.example> | Our terms | \Inbox | 2 | 2026-03-01T09:00:00Z | 2026-03-01T10:10:00Z | 203.0.113.9
              ann@contoso.example | <m3@contoso.example> | Offer 7 | \Sent Items | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z | 203.0.113.9
              ann@contoso.example | i4 |  | \Sent Items | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z | 203.0.113.9
            table sent
              2026-03-01T09:30:00Z | Send | ann@contoso.example | ann@contoso.example | New bank details | <m9@contoso.example> | Bill.pdf (100b) | 2001:db8::7 | s-bad
            table deleted-or-moved
              2026-03-01T09:31:00Z | SoftDelete | ann@contoso.example | ann@contoso.example | New bank details | \Sent Items |  | 203.0.113.9 | s-bad
            table searches
              2026-03-01T09:10:00Z | ann@contoso.example | invoice OR bank | 203.0.113.9 | s-bad
            table rules
              2026-03-01T09:20:00Z | New-InboxRule | ann@contoso.example | . | SubjectContainsWords: payment | MoveToFolder: RSS Feeds | moves to rss feeds; looks for payment; name says nothing | 203.0.113.9 | s-bad
        "#]],
    );
}

#[test]
fn a_mailbox_counts_whole() {
    check(
        "mailbox=ann@contoso.example",
        expect![[r#"
        Mailboxes: 1
        Different messages read: 4 !
        Folders synchronised whole: 1 !
        Throttled periods: reads unknown: 1 !
        Messages sent: 2
        Records of messages deleted or moved: 1
        Searches in mailboxes: 1
        Changes of inbox rules: 1 !
        table mailboxes
          ann@contoso.example | whole folders | 3 | 6 | 4 | 8 | 2 | 1 | yes
        table contexts
          ann@contoso.example | ann@contoso.example | 203.0.113.9 |  | s-bad |  | Owner | yes | 0 | 0 | 0 | 0 | 1 | 1 | 0 | 2026-03-01T09:10:00Z | 2026-03-01T09:31:00Z
          ann@contoso.example | ann@contoso.example | 203.0.113.9 | Client=OWA;Action=ViaProxy | s-bad | app-owa | Owner | yes | 2 | 5 | 0 | 0 | 0 | 0 | 0 | 2026-03-01T09:00:00Z | 2026-03-01T10:10:00Z
          ann@contoso.example | ann@contoso.example | 198.51.100.5 |  | s-own |  | Owner | yes | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 2026-02-27T11:00:00Z | 2026-02-27T11:00:00Z
          ann@contoso.example | ann@contoso.example | 198.51.100.5 | Client=OWA;Mozilla/5.0; | s-own | app-owa | Owner | yes | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 2026-03-01T08:00:00Z | 2026-03-01T08:00:00Z
          ann@contoso.example | ann@contoso.example | 2001:db8::7 | Client=OWA;Action=ViaProxy | s-bad |  | Owner | yes | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 2026-03-01T09:30:00Z | 2026-03-01T09:30:00Z
          ann@contoso.example | ann@contoso.example | 203.0.113.9 |  | s-bad |  |  | yes | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 2026-03-01T09:20:00Z | 2026-03-01T09:20:00Z
          ann@contoso.example | ann@contoso.example | 203.0.113.9 | Client=MSExchangeRPC | s-sync |  | Owner | yes | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 2026-03-01T11:00:00Z | 2026-03-01T11:00:00Z
        table folders
          ann@contoso.example | \Inbox\Board | 1 | 2026-03-01T11:00:00Z | 2026-03-01T11:00:00Z | 203.0.113.9
        table throttled
          ann@contoso.example | 2026-03-01T10:10:00Z | 2026-03-02T10:10:00Z
        table messages
          ann@contoso.example | <m1@contoso.example> |  | \Inbox | 2 | 2026-03-01T08:00:00Z | 2026-03-01T09:00:00Z | 198.51.100.5; 203.0.113.9
          ann@contoso.example | <m2@fabrikam.example> | Our terms | \Inbox | 2 | 2026-03-01T09:00:00Z | 2026-03-01T10:10:00Z | 203.0.113.9
          ann@contoso.example | <m3@contoso.example> | Offer 7 | \Sent Items | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z | 203.0.113.9
          ann@contoso.example | i4 |  | \Sent Items | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z | 203.0.113.9
        table sent
          2026-02-27T11:00:00Z | Send | ann@contoso.example | ann@contoso.example | Offer 7 | <m3@contoso.example> |  | 198.51.100.5 | s-own
          2026-03-01T09:30:00Z | Send | ann@contoso.example | ann@contoso.example | New bank details | <m9@contoso.example> | Bill.pdf (100b) | 2001:db8::7 | s-bad
        table deleted-or-moved
          2026-03-01T09:31:00Z | SoftDelete | ann@contoso.example | ann@contoso.example | New bank details | \Sent Items |  | 203.0.113.9 | s-bad
        table searches
          2026-03-01T09:10:00Z | ann@contoso.example | invoice OR bank | 203.0.113.9 | s-bad
        table rules
          2026-03-01T09:20:00Z | New-InboxRule | ann@contoso.example | . | SubjectContainsWords: payment | MoveToFolder: RSS Feeds | moves to rss feeds; looks for payment; name says nothing | 203.0.113.9 | s-bad
    "#]],
    );
}

#[test]
fn a_session_is_enough() {
    check(
        "session=S-SYNC",
        expect![[r#"
            Mailboxes: 1
            Folders synchronised whole: 1 !
            Throttled periods: reads unknown: 1 !
            table mailboxes
              ann@contoso.example | whole folders | 0 | 0 | 0 | 0 | 0 | 1 | yes
            table contexts
              ann@contoso.example | ann@contoso.example | 203.0.113.9 | Client=MSExchangeRPC | s-sync |  | Owner | yes | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 2026-03-01T11:00:00Z | 2026-03-01T11:00:00Z
              ann@contoso.example | ann@contoso.example | 203.0.113.9 |  | s-bad |  | Owner | no | 0 | 0 | 0 | 0 | 1 | 1 | 0 | 2026-03-01T09:10:00Z | 2026-03-01T09:31:00Z
              ann@contoso.example | ann@contoso.example | 203.0.113.9 | Client=OWA;Action=ViaProxy | s-bad | app-owa | Owner | no | 2 | 5 | 0 | 0 | 0 | 0 | 0 | 2026-03-01T09:00:00Z | 2026-03-01T10:10:00Z
              ann@contoso.example | ann@contoso.example | 198.51.100.5 |  | s-own |  | Owner | no | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 2026-02-27T11:00:00Z | 2026-02-27T11:00:00Z
              ann@contoso.example | ann@contoso.example | 198.51.100.5 | Client=OWA;Mozilla/5.0; | s-own | app-owa | Owner | no | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 2026-03-01T08:00:00Z | 2026-03-01T08:00:00Z
              ann@contoso.example | ann@contoso.example | 2001:db8::7 | Client=OWA;Action=ViaProxy | s-bad |  | Owner | no | 0 | 0 | 0 | 1 | 0 | 0 | 0 | 2026-03-01T09:30:00Z | 2026-03-01T09:30:00Z
              ann@contoso.example | ann@contoso.example | 203.0.113.9 |  | s-bad |  |  | no | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 2026-03-01T09:20:00Z | 2026-03-01T09:20:00Z
            table folders
              ann@contoso.example | \Inbox\Board | 1 | 2026-03-01T11:00:00Z | 2026-03-01T11:00:00Z | 203.0.113.9
            table throttled
              ann@contoso.example | 2026-03-01T10:10:00Z | 2026-03-02T10:10:00Z
        "#]],
    );
}

#[test]
fn no_record_is_no_zero() {
    check(
        "mailbox=bob@contoso.example",
        expect![[r#"
        Mailboxes: 1
        Mailboxes whose exposure is unknown: 1 !
        Records of messages deleted or moved: 1
        table mailboxes
          bob@contoso.example | no MailItemsAccessed record: exposure unknown | 0 | 0 | 0 | 0 | 0 | 0 | 
        table contexts
          bob@contoso.example | bob@contoso.example | 198.51.100.6 |  | s-bob |  | Owner | yes | 0 | 0 | 0 | 0 | 1 | 0 | 0 | 2026-03-01T12:00:00Z | 2026-03-01T12:00:00Z
        table deleted-or-moved
          2026-03-01T12:00:00Z | SoftDelete | bob@contoso.example | bob@contoso.example |  |  |  | 198.51.100.6 | s-bob
    "#]],
    );
    for name in ["bob", "eve"] {
        let words = format!("mailbox={name}@contoso.example");
        let note = format!(
            "{name}@contoso.example: no MailItemsAccessed record in this span: exposure unknown, not zero (the mailbox may lack the licence or the auditing of reads).\n"
        );
        let notes = inquiry::answer(&KIND, &words, RECORDS).notes;
        assert!(notes.contains(&note.trim().to_owned()), "{notes:?}");
    }
}

#[test]
fn the_difference_to_operation_count_is_told() {
    inquiry::check_notes(
        &KIND,
        "address=203.0.113.9",
        RECORDS,
        "OperationCount",
        expect![[r#"
            OperationCount and the items listed differ by 2: the same message read again within two minutes, or messages that the records do not name.
        "#]],
    );
}

#[test]
fn an_address_has_to_be_one() {
    let error = (KIND.open)(&inquiry::ask("address=example")).err();
    assert_eq!(
        error.unwrap(),
        "address \"example\": write an address or a network, such as 203.0.113.7 or 203.0.113.0/24"
    );
}

/// Ann's account tidied up in Bob's mailbox, which only Bob read, once too often.
const ELSEWHERE: &str = r#"
{"Id":"e1","RecordType":50,"CreationTime":"2026-03-01T08:00:00","Operation":"MailItemsAccessed","UserId":"bob@contoso.example","Workload":"Exchange","ClientIPAddress":"198.51.100.6","LogonType":0,"MailboxOwnerUPN":"bob@contoso.example","SessionId":"s-bob","OperationProperties":[{"Name":"MailAccessType","Value":"Bind"},{"Name":"IsThrottled","Value":"True"}],"Folders":[{"Path":"\\Inbox","FolderItems":[{"InternetMessageId":"<m1@contoso.example>"}]}],"OperationCount":1}
{"Id":"e2","RecordType":3,"CreationTime":"2026-03-01T09:00:00","Operation":"HardDelete","UserId":"ann@contoso.example","Workload":"Exchange","ClientIPAddress":"203.0.113.9","LogonType":2,"MailboxOwnerUPN":"bob@contoso.example","SessionId":"s-bad","AffectedItems":[{"Id":"i1","Subject":"Your bill","ParentFolder":{"Path":"\\Inbox"}}],"Folder":{"Path":"\\Inbox"}}
"#;

#[test]
fn a_mailbox_that_was_not_read_may_have_been_throttled() {
    inquiry::check(
        &KIND,
        "user=ann@contoso.example",
        ELSEWHERE,
        expect![[r#"
        Mailboxes: 2
        Throttled periods: reads unknown: 1 !
        Mailboxes whose exposure is unknown: 1 !
        Records of messages deleted or moved: 1
        table mailboxes
          ann@contoso.example | no MailItemsAccessed record: exposure unknown | 0 | 0 | 0 | 0 | 0 | 0 | 
          bob@contoso.example | read, but not in the contexts asked for | 0 | 0 | 0 | 0 | 0 | 0 | yes
        table contexts
          bob@contoso.example | ann@contoso.example | 203.0.113.9 |  | s-bad |  | Delegated | yes | 0 | 0 | 0 | 0 | 1 | 0 | 0 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table throttled
          bob@contoso.example | 2026-03-01T08:00:00Z | 2026-03-02T08:00:00Z
        table deleted-or-moved
          2026-03-01T09:00:00Z | HardDelete | bob@contoso.example | ann@contoso.example | Your bill | \Inbox |  | 203.0.113.9 | s-bad
    "#]],
    );
}

#[test]
fn older_files_do_not_tell_throttling_in_a_column() {
    let missing = [event::Field::IsThrottled, event::Field::MailAccessType];
    let words = "user=ann@contoso.example";
    let answer = |missing| {
        let answer = inquiry::answer_of_older(&KIND, words, ELSEWHERE, missing);
        format!("{:?}", answer.sections)
    };
    assert_eq!(answer(&missing), answer(&[]));
}
