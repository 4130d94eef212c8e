//! How entries are written.

use decode::form::mailbox_audit::{MailboxEntry, XmlWriter};
use expect_test::{Expect, expect};

use super::*;

const HOSTILE: &str = r#"{"Id":"=1+1","RecordType":2,"CreationTime":"2026-03-04T08:15:42","Operation":"Create","LogonType":0,
    "Item":{"Subject":"\u001b[2J</Event>\r\n=cmd|'&\u0000\u202e"},"MailboxOwnerUPN":"@SUM(1)"}"#;

fn with_entry<T>(record: &str, look: impl FnOnce(&MailboxEntry) -> T) -> T {
    let envelope = envelope(record);
    let event = decode(&envelope);
    look(&MailboxEntry::of(&event).expect("an entry"))
}

#[test]
fn a_list_names_every_field() {
    let list = |record| {
        with_entry(record, |entry| {
            let mut out = String::new();
            entry.write_list(&mut out);
            out
        })
    };
    let expected: Expect = expect![[r#"
        Operation                              : Move
        OperationResult                        :
        LogonType                              : Owner
        ExternalAccess                         :
        DestFolderId                           : LgAA2
        DestFolderPathName                     : \Archive
        FolderId                               : LgAA1
        FolderPathName                         : \Inbox
        FolderName                             :
        MemberRights                           :
        MemberSid                              :
        MemberUpn                              :
        ClientInfoString                       :
        ClientIPAddress                        :
        ClientIP                               :
        ClientMachineName                      :
        ClientProcessName                      :
        ClientVersion                          :
        InternalLogonType                      :
        MailboxOwnerUPN                        : erik@contoso.example
        MailboxOwnerSid                        :
        DestMailboxOwnerUPN                    : bo@contoso.example
        DestMailboxOwnerSid                    : S-1-5-21-1-2-3-1190
        DestMailboxGuid                        : cc
        CrossMailboxOperation                  : True
        LogonUserDisplayName                   : erik@contoso.example
        LogonUserSid                           :
        DelegateUserDisplayName                :
        SourceItems                            : {Budget, <2@contoso.example>}
        SourceFolders                          :
        SourceItemIdsList                      : {RgAA1, RgAA2}
        SourceItemSubjectsList                 : {Budget}
        SourceItemAttachmentsList              :
        SourceItemFolderPathNamesList          : {\Inbox}
        SourceFolderPathNamesList              :
        SourceItemInternetMessageIdsList       : {<2@contoso.example>}
        ItemId                                 :
        ItemSubject                            :
        ItemAttachments                        :
        ItemInternetMessageId                  :
        SendAsUserSmtp                         :
        SendAsUserMailboxGuid                  :
        SendOnBehalfOfUserSmtp                 :
        SendOnBehalfOfUserMailboxGuid          :
        DirtyProperties                        :
        OriginatingServer                      :
        SessionId                              :
        OperationProperties                    :
        AuditOperationsCountInAggregatedRecord :
        AggregatedRecordFoldersData            :
        AppId                                  :
        ClientAppId                            :
        ItemIsRecord                           :
        ItemComplianceLabel                    :
        MailboxGuid                            :
        MailboxResolvedOwnerName               :
        LastAccessed                           : 2026-03-04T08:16:00Z
        Identity                               : 7b1f0a53
        IsValid                                : True
        ObjectState                            : New
    "#]];
    expected.assert_eq(&list(GROUP));
    let hostile = list(HOSTILE);
    assert_eq!(hostile.lines().count(), MailboxEntry::FIELDS.len());
    assert!(!hostile.contains(['\u{1b}', '\r', '\0', '\u{202e}']), "{hostile}");
}

#[test]
fn a_line_of_csv_has_a_cell_for_each_field() {
    let line = |record| {
        with_entry(record, |entry| {
            let mut out = String::new();
            entry.write_csv(&mut out);
            out
        })
    };
    let header = MailboxEntry::csv_header();
    assert!(header.starts_with("Operation,OperationResult,LogonType,ExternalAccess,DestFolderId,"));
    expect![[r#"MailItemsAccessed,,Admin,,,,,,,,,,,,,,,,,erik@contoso.example,,,,,,ida@contoso.example,,,"<1@contoso.example>; Hi; <3@contoso.example>","\Inbox; \Archive",,Hi,,"\Inbox; \Inbox; \Archive","\Inbox; \Archive","<1@contoso.example>; <2@contoso.example>; <3@contoso.example>",,,,,,,,,,,,,3,"{""Id"":""LgAA1"",""Path"":""\\Inbox"",""FolderItems"":[{""InternetMessageId"":""<1@contoso.example>""},{""InternetMessageId"":""<2@contoso.example>"",""Subject"":""Hi""}]}; {""Id"":""LgAA2"",""Path"":""\\Archive"",""FolderItems"":[{""InternetMessageId"":""<3@contoso.example>""}]}",,,,,,,2026-03-04T08:17:00Z,7b1f0a54,True,New"#]].assert_eq(&line(AGGREGATED));
    let hostile = line(HOSTILE);
    assert_eq!(hostile.lines().count(), 1);
    for guarded in ["'=1+1", "'@SUM(1)"] {
        assert!(hostile.contains(guarded), "{hostile}");
    }
}

#[test]
fn json_and_table() {
    let json = with_entry(ITEM, |entry| entry.json());
    assert_eq!(json["SourceItems"][0]["Subject"], "Budget");
    assert_eq!(json["ExternalAccess"], false);
    assert!(!json.contains_key("DestFolderId"), "what says nothing is left out");
    let cells = with_entry(ITEM, |entry| entry.table_cells().join(" | "));
    expect![[r#"2026-03-04T08:15:42Z | erik@contoso.example | HardDelete | Succeeded | Delegate | Ida Holm | 192.0.2.17 | \Inbox"#]].assert_eq(&cells);
}

fn xml(records: &[&str]) -> String {
    let mut writer = XmlWriter::begin(Vec::new()).unwrap();
    for record in records {
        writer.event(&decode(&envelope(*record))).unwrap();
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

#[test]
fn xml_has_exchanges_structure_and_the_record() {
    expect![[r#"
        <?xml version="1.0" encoding="utf-8"?>
        <SearchResults>
          <Event LastAccessed='2026-03-04T08:16:00Z' Operation='Move' LogonType='Owner' FolderId='LgAA1' FolderPathName='\Inbox' MailboxOwnerUPN='erik@contoso.example' CrossMailboxOperation='true' LogonUserDN='erik@contoso.example' DestFolderId='LgAA2' DestFolderPathName='\Archive' DestMailboxOwnerUPN='bo@contoso.example' DestMailboxOwnerSid='S-1-5-21-1-2-3-1190' DestMailboxGuid='cc' Identity='7b1f0a53' AuditData='{"Id":"7b1f0a53","RecordType":3,"CreationTime":"2026-03-04T08:16:00","Operation":"Move",&#10;    "LogonType":0,"UserId":"erik@contoso.example","MailboxOwnerUPN":"erik@contoso.example","CrossMailboxOperations":true,&#10;    "DestMailboxId":"cc","DestMailboxOwnerUPN":"bo@contoso.example","DestMailboxOwnerSid":"S-1-5-21-1-2-3-1190",&#10;    "Folder":{"Id":"LgAA1","Path":"\\Inbox"},"DestFolder":{"Id":"LgAA2","Path":"\\Archive"},&#10;    "AffectedItems":[{"Id":"RgAA1","Subject":"Budget","ParentFolder":{"Path":"\\Inbox"}},{"Id":"RgAA2","InternetMessageId":"&lt;2@contoso.example&gt;"}]}'>
            <SourceItems>
              <Item Id='RgAA1' Subject='Budget' FolderPathName='\Inbox' />
              <Item Id='RgAA2' InternetMessageId='&lt;2@contoso.example&gt;' />
            </SourceItems>
          </Event>
          <Event MailboxGuid='3f0c2a51' Owner='NORTH\erik' LastAccessed='2026-03-04T09:15:42.2187500+01:00' Operation='MoveToDeletedItems' OperationResult='Succeeded' LogonType='Delegate' FolderPathName='\Inbox' InternalLogonType='Owner' MailboxOwnerUPN='erik@contoso.example' CrossMailboxOperation='false' LogonUserDN='Ida Holm' DestMailboxGuid='cc' AuditData='{"MailboxGuid":"3f0c2a51","Owner":"NORTH\\erik","LastAccessed":"2026-03-04T09:15:42.2187500+01:00",&#10;    "Operation":"MoveToDeletedItems","OperationResult":"Succeeded","LogonType":"Delegate","FolderPathName":"\\Inbox",&#10;    "LogonUserDN":"Ida Holm","DestMailboxOwnerGuid":"cc","CrossMailboxOperation":"false","InternalLogonType":"Owner",&#10;    "MailboxOwnerUPN":"erik@contoso.example","SourceItems":[{"Id":"AB34","Subject":"Notes","FolderPathName":"\\Inbox"}]}'>
            <SourceItems>
              <Item Id='AB34' Subject='Notes' FolderPathName='\Inbox' />
            </SourceItems>
          </Event>
          <Event LastAccessed='2026-03-04T08:18:00Z' Operation='FileAccessed' ClientIPAddress='192.0.2.17' LogonUserDisplayName='ida@contoso.example' Workload='SharePoint' RecordType='SharePointFileOperation' AuditData='{"Id":"7b1f0a55","RecordType":6,"CreationTime":"2026-03-04T08:18:00","Workload":"SharePoint",&#10;    "Operation":"FileAccessed","UserId":"ida@contoso.example","ClientIP":"192.0.2.17"}' />
          <Event LastAccessed='2026-03-04T08:15:42Z' Operation='Create' LogonType='Owner' MailboxOwnerUPN='@SUM(1)' ItemSubject='�[2J&lt;/Event&gt;&#13;&#10;=cmd|&apos;&amp;�&#8238;' Identity='=1+1' AuditData='{"Id":"=1+1","RecordType":2,"CreationTime":"2026-03-04T08:15:42","Operation":"Create","LogonType":0,&#10;    "Item":{"Subject":"\u001b[2J&lt;/Event&gt;\r\n=cmd|&apos;&amp;\u0000\u202e"},"MailboxOwnerUPN":"@SUM(1)"}'>
            <SourceItems>
              <Item Subject='�[2J&lt;/Event&gt;&#13;&#10;=cmd|&apos;&amp;�&#8238;' />
            </SourceItems>
          </Event>
          <Event Quarantine='truncated after 9 bytes' AuditDataBase64='eyJJZCI677++' />
          <Event Quarantine='no JSON: expected value at line 1 column 1' AuditDataBase64='AQ==' />
        </SearchResults>
    "#]].assert_eq(&xml(&[GROUP, SERVER, FILE, HOSTILE, "{\"Id\":\u{fffe}", "\u{1}"]));
    // What a record calls its items' members names no attribute that XML would not have.
    let odd = r#"{"MailboxGuid":"1","Operation":"Copy","LastAccessed":"x","SourceItems":[{"Id":"1","Id":"2","a b='":"3","Item":{"x":[4]}},"5"],"SourceFolders":"none"}"#;
    expect![[r#"
        <?xml version="1.0" encoding="utf-8"?>
        <SearchResults>
          <Event MailboxGuid='1' LastAccessed='x' Operation='Copy' SourceFolders='none' AuditData='{"MailboxGuid":"1","Operation":"Copy","LastAccessed":"x","SourceItems":[{"Id":"1","Id":"2","a b=&apos;":"3","Item":{"x":[4]}},"5"],"SourceFolders":"none"}'>
            <SourceItems>
              <Item Id='1' Item='{"x":[4]}' />
              <Item Value='5' />
            </SourceItems>
          </Event>
        </SearchResults>
    "#]].assert_eq(&xml(&[odd]));
    expect![[r#"
        <?xml version="1.0" encoding="utf-8"?>
        <SearchResults>
        </SearchResults>
    "#]]
    .assert_eq(&xml(&[]));
}
