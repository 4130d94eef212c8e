//! What an entry says.

use decode::form::mailbox_audit::{ITEMS_MAX, MailboxEntry};
use expect_test::{Expect, expect};

use super::*;

/// The fields that say something, one a line; a list as JSON.
fn check(record: &str, expected: Expect) {
    let envelope = envelope(record);
    let event = decode(&envelope);
    let text = match MailboxEntry::of(&event) {
        None => "no entry\n".to_owned(),
        Some(entry) => MailboxEntry::FIELDS
            .iter()
            .filter_map(|name| {
                let value = entry.get(&name.to_uppercase())?;
                Some(format!("{name}={}\n", serde_json::to_string(value).unwrap()))
            })
            .collect(),
    };
    expected.assert_eq(&text);
}

#[test]
fn a_record_of_one_item() {
    check(
        ITEM,
        expect![[r#"
        Operation="HardDelete"
        OperationResult="Succeeded"
        LogonType="Delegate"
        ExternalAccess=false
        FolderId="LgAA1"
        FolderPathName="\\Inbox"
        FolderName="Inbox"
        MemberRights="ReadAny, Visible"
        MemberSid="S-1-5-21-1-2-3-1190"
        MemberUpn="bo@contoso.example"
        ClientInfoString="Client=MSExchangeRPC"
        ClientIPAddress="192.0.2.17"
        ClientIP="192.0.2.18"
        ClientMachineName="DESK7"
        ClientProcessName="OUTLOOK.EXE"
        ClientVersion="16.0.1"
        InternalLogonType="Owner"
        MailboxOwnerUPN="erik@contoso.example"
        MailboxOwnerSid="S-1-5-21-1-2-3-1104"
        LogonUserDisplayName="Ida Holm"
        LogonUserSid="S-1-5-21-1-2-3-1187"
        DelegateUserDisplayName="Ida H."
        SourceItems=[{"Id":"RgAA1","Subject":"Budget","Attachments":"plan.xlsx (912b)","FolderPathName":"\\Inbox","InternetMessageId":"<1@contoso.example>"}]
        SourceItemIdsList=["RgAA1"]
        SourceItemSubjectsList=["Budget"]
        SourceItemAttachmentsList=["plan.xlsx (912b)"]
        SourceItemFolderPathNamesList=["\\Inbox"]
        SourceItemInternetMessageIdsList=["<1@contoso.example>"]
        ItemId="RgAA1"
        ItemSubject="Budget"
        ItemAttachments="plan.xlsx (912b)"
        ItemInternetMessageId="<1@contoso.example>"
        SendAsUserSmtp="erik@contoso.example"
        SendAsUserMailboxGuid="aa"
        SendOnBehalfOfUserSmtp="bo@contoso.example"
        SendOnBehalfOfUserMailboxGuid="bb"
        DirtyProperties=["RecipientCollection","Subject"]
        OriginatingServer="MBX01 (15.02.1544.009)"
        SessionId="c0ffee"
        OperationProperties=["MailAccessType:Bind","IsThrottled:False"]
        AppId="00000002"
        ClientAppId="00000003"
        ItemIsRecord=true
        ItemComplianceLabel="Keep"
        MailboxGuid="3f0c2a51-77b1-4a0e-9d56-0c1de2f3a4b5"
        LastAccessed="2026-03-04T08:15:42Z"
        Identity="7b1f0a52"
        IsValid=true
        ObjectState="New"
    "#]],
    );
}

#[test]
fn a_record_of_several_items() {
    check(
        GROUP,
        expect![[r#"
        Operation="Move"
        LogonType="Owner"
        DestFolderId="LgAA2"
        DestFolderPathName="\\Archive"
        FolderId="LgAA1"
        FolderPathName="\\Inbox"
        MailboxOwnerUPN="erik@contoso.example"
        DestMailboxOwnerUPN="bo@contoso.example"
        DestMailboxOwnerSid="S-1-5-21-1-2-3-1190"
        DestMailboxGuid="cc"
        CrossMailboxOperation=true
        LogonUserDisplayName="erik@contoso.example"
        SourceItems=[{"Id":"RgAA1","Subject":"Budget","FolderPathName":"\\Inbox"},{"Id":"RgAA2","InternetMessageId":"<2@contoso.example>"}]
        SourceItemIdsList=["RgAA1","RgAA2"]
        SourceItemSubjectsList=["Budget"]
        SourceItemFolderPathNamesList=["\\Inbox"]
        SourceItemInternetMessageIdsList=["<2@contoso.example>"]
        LastAccessed="2026-03-04T08:16:00Z"
        Identity="7b1f0a53"
        IsValid=true
        ObjectState="New"
    "#]],
    );
}

#[test]
fn an_aggregated_record() {
    check(
        AGGREGATED,
        expect![[r#"
        Operation="MailItemsAccessed"
        LogonType="Admin"
        MailboxOwnerUPN="erik@contoso.example"
        LogonUserDisplayName="ida@contoso.example"
        SourceItems=[{"FolderPathName":"\\Inbox","InternetMessageId":"<1@contoso.example>"},{"Subject":"Hi","FolderPathName":"\\Inbox","InternetMessageId":"<2@contoso.example>"},{"FolderPathName":"\\Archive","InternetMessageId":"<3@contoso.example>"}]
        SourceFolders=[{"Id":"LgAA1","FolderPathName":"\\Inbox"},{"Id":"LgAA2","FolderPathName":"\\Archive"}]
        SourceItemSubjectsList=["Hi"]
        SourceItemFolderPathNamesList=["\\Inbox","\\Inbox","\\Archive"]
        SourceFolderPathNamesList=["\\Inbox","\\Archive"]
        SourceItemInternetMessageIdsList=["<1@contoso.example>","<2@contoso.example>","<3@contoso.example>"]
        AuditOperationsCountInAggregatedRecord=3
        AggregatedRecordFoldersData=[{"Id":"LgAA1","Path":"\\Inbox","FolderItems":[{"InternetMessageId":"<1@contoso.example>"},{"InternetMessageId":"<2@contoso.example>","Subject":"Hi"}]},{"Id":"LgAA2","Path":"\\Archive","FolderItems":[{"InternetMessageId":"<3@contoso.example>"}]}]
        LastAccessed="2026-03-04T08:17:00Z"
        Identity="7b1f0a54"
        IsValid=true
        ObjectState="New"
    "#]],
    );
}

#[test]
fn an_entry_of_exchange_server_keeps_its_values() {
    check(
        SERVER,
        expect![[r#"
        Operation="MoveToDeletedItems"
        OperationResult="Succeeded"
        LogonType="Delegate"
        FolderPathName="\\Inbox"
        InternalLogonType="Owner"
        MailboxOwnerUPN="erik@contoso.example"
        DestMailboxGuid="cc"
        CrossMailboxOperation="false"
        LogonUserDisplayName="Ida Holm"
        SourceItems=[{"Id":"AB34","Subject":"Notes","FolderPathName":"\\Inbox"}]
        MailboxGuid="3f0c2a51"
        MailboxResolvedOwnerName="NORTH\\erik"
        LastAccessed="2026-03-04T09:15:42.2187500+01:00"
    "#]],
    );
    // Windows PowerShell writes a date as an object, and lists as lists.
    check(
        r#"{"Operation":"SendAs","LogonType":"Admin","LastAccessed":{"value":"2026-03-04T09:15:42Z","DateTime":"4. März"},
        "SourceItemSubjectsList":["Budget","Notes"],"SourceItems":["Budget"],"IsValid":true,"ObjectState":"Unchanged","ExternalAccess":"False",
        "AggregatedRecordFoldersData":null,"Identity":"RgAA7"}"#,
        expect![[r#"
            Operation="SendAs"
            LogonType="Admin"
            ExternalAccess="False"
            SourceItems=["Budget"]
            SourceItemSubjectsList=["Budget","Notes"]
            LastAccessed="2026-03-04T09:15:42Z"
            Identity="RgAA7"
            IsValid=true
            ObjectState="Unchanged"
        "#]],
    );
}

#[test]
fn words_differ_only_where_exchange_has_another() {
    for (record, expected) in [
        (
            r#""Operation":"SearchQueryInitiatedExchange","LogonType":0"#,
            "SearchQueryInitiated Owner",
        ),
        (r#""Operation":"AttachmentAccess","LogonType":6"#, "AttachmentAccess DelegatedAdmin"),
        (r#""Operation":"Send","LogonType":77"#, "Send 77"),
        (r#""Operation":"Send""#, "Send "),
    ] {
        let envelope = envelope(format!(r#"{{"Id":"1","RecordType":2,{record}}}"#));
        let event = decode(&envelope);
        let entry = MailboxEntry::of(&event).unwrap();
        assert_eq!(format!("{} {}", entry.text("Operation"), entry.text("LogonType")), expected);
    }
}

#[test]
fn odd_records_are_read_as_far_as_they_go() {
    // Sentinel writes parts as JSON text; ModifiedProperties may be one text.
    check(
        r#"{"RecordType":"ExchangeItem","Operation":"Update","Item":"{\"Subject\":\"Hi\",\"ParentFolder\":{\"Path\":\"\\\\Inbox\"}}","ModifiedProperties":"Subject"}"#,
        expect![[r#"
            Operation="Update"
            FolderPathName="\\Inbox"
            SourceItems=[{"Subject":"Hi","FolderPathName":"\\Inbox"}]
            SourceItemSubjectsList=["Hi"]
            SourceItemFolderPathNamesList=["\\Inbox"]
            ItemSubject="Hi"
            DirtyProperties=["Subject"]
            IsValid=true
            ObjectState="New"
        "#]],
    );
    check(
        r#"{"RecordType":50,"Operation":"MailItemsAccessed","Folders":"none","Item":[],"OperationProperties":[7,{"Name":"A"}],"AffectedItems":[null,{}]}"#,
        expect![[r#"
            Operation="MailItemsAccessed"
            OperationProperties=[7,"A:"]
            AggregatedRecordFoldersData="none"
            IsValid=true
            ObjectState="New"
        "#]],
    );
    check(FILE, expect![["no entry\n"]]);
    check(r#"{"RecordType":2,"Operation":"#, expect![["no entry\n"]]);
}

#[test]
fn an_entry_has_no_more_items_than_its_limit() {
    let items = vec![r#"{"Id":"1"}"#; ITEMS_MAX + 1].join(",");
    let envelope = envelope(format!(r#"{{"RecordType":3,"AffectedItems":[{items}]}}"#));
    let event = decode(&envelope);
    let entry = MailboxEntry::of(&event).unwrap();
    for name in ["SourceItems", "SourceItemIdsList"] {
        let Some(event::Value::List(list)) = entry.get(name) else { panic!("{name}") };
        assert_eq!(list.len(), ITEMS_MAX);
    }
}

#[test]
fn every_field_is_told_by_some_record() {
    let envelopes = [ITEM, GROUP, AGGREGATED, SERVER].map(envelope);
    let events: Vec<_> = envelopes.iter().map(decode).collect();
    let entries: Vec<_> = events.iter().map(|event| MailboxEntry::of(event).unwrap()).collect();
    for name in MailboxEntry::FIELDS {
        assert!(entries.iter().any(|entry| entry.get(name).is_some()), "{name}");
        assert!(entries.iter().all(|entry| entry.cells().len() == MailboxEntry::FIELDS.len()));
    }
    assert_eq!(entries[0].get("NoSuchField"), None);
}
