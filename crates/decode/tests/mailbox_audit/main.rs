//! An event as an entry of the mailbox audit log: what it says, how it is written, how it is found.

#[path = "../common/mod.rs"]
mod common;

mod entry;
mod search;
mod written;

use common::{decode, envelope};

/// One mail deleted by a delegate, with all that a record of one item may say.
const ITEM: &str = r#"{"Id":"7b1f0a52","RecordType":2,"CreationTime":"2026-03-04T08:15:42","Workload":"Exchange",
    "Operation":"HardDelete","ResultStatus":"Succeeded","UserId":"ida@contoso.example","LogonType":2,"InternalLogonType":0,
    "ExternalAccess":false,"MailboxGuid":"3f0c2a51-77b1-4a0e-9d56-0c1de2f3a4b5","MailboxOwnerUPN":"erik@contoso.example",
    "MailboxOwnerSid":"S-1-5-21-1-2-3-1104","LogonUserSid":"S-1-5-21-1-2-3-1187","LogonUserDisplayName":"Ida Holm",
    "DelegateUserDisplayName":"Ida H.","ClientIPAddress":"192.0.2.17","ClientIP":"192.0.2.18",
    "ClientInfoString":"Client=MSExchangeRPC","ClientMachineName":"DESK7","ClientProcessName":"OUTLOOK.EXE",
    "ClientVersion":"16.0.1","OriginatingServer":"MBX01 (15.02.1544.009)\r\n","SessionId":"c0ffee",
    "AppId":"00000002","ClientAppId":"00000003","SendAsUserSmtp":"erik@contoso.example","SendAsUserMailboxGuid":"aa",
    "SendOnBehalfOfUserSmtp":"bo@contoso.example","SendOnBehalfOfUserMailboxGuid":"bb",
    "ModifiedProperties":["RecipientCollection",{"Name":"Subject","NewValue":"b"}],
    "OperationProperties":[{"Name":"MailAccessType","Value":"Bind"},{"Name":"IsThrottled","Value":"False"}],
    "Item":{"Id":"RgAA1","Subject":"Budget","Attachments":"plan.xlsx (912b)","InternetMessageId":"<1@contoso.example>",
    "IsRecord":true,"ComplianceLabel":"Keep","ParentFolder":{"Id":"LgAA1","Path":"\\Inbox","Name":"Inbox",
    "MemberUpn":"bo@contoso.example","MemberSid":"S-1-5-21-1-2-3-1190","MemberRights":"ReadAny, Visible"}}}"#;

/// Two mails moved to another mailbox.
const GROUP: &str = r#"{"Id":"7b1f0a53","RecordType":3,"CreationTime":"2026-03-04T08:16:00","Operation":"Move",
    "LogonType":0,"UserId":"erik@contoso.example","MailboxOwnerUPN":"erik@contoso.example","CrossMailboxOperations":true,
    "DestMailboxId":"cc","DestMailboxOwnerUPN":"bo@contoso.example","DestMailboxOwnerSid":"S-1-5-21-1-2-3-1190",
    "Folder":{"Id":"LgAA1","Path":"\\Inbox"},"DestFolder":{"Id":"LgAA2","Path":"\\Archive"},
    "AffectedItems":[{"Id":"RgAA1","Subject":"Budget","ParentFolder":{"Path":"\\Inbox"}},{"Id":"RgAA2","InternetMessageId":"<2@contoso.example>"}]}"#;

/// Mails of two folders that were read.
const AGGREGATED: &str = r#"{"Id":"7b1f0a54","RecordType":50,"CreationTime":"2026-03-04T08:17:00","Operation":"MailItemsAccessed",
    "LogonType":1,"UserId":"ida@contoso.example","MailboxOwnerUPN":"erik@contoso.example","OperationCount":3,
    "Folders":[{"Id":"LgAA1","Path":"\\Inbox","FolderItems":[{"InternetMessageId":"<1@contoso.example>"},{"InternetMessageId":"<2@contoso.example>","Subject":"Hi"}]},
    {"Id":"LgAA2","Path":"\\Archive","FolderItems":[{"InternetMessageId":"<3@contoso.example>"}]}]}"#;

/// An entry of Exchange Server, as its XML becomes a record.
const SERVER: &str = r#"{"MailboxGuid":"3f0c2a51","Owner":"NORTH\\erik","LastAccessed":"2026-03-04T09:15:42.2187500+01:00",
    "Operation":"MoveToDeletedItems","OperationResult":"Succeeded","LogonType":"Delegate","FolderPathName":"\\Inbox",
    "LogonUserDN":"Ida Holm","DestMailboxOwnerGuid":"cc","CrossMailboxOperation":"false","InternalLogonType":"Owner",
    "MailboxOwnerUPN":"erik@contoso.example","SourceItems":[{"Id":"AB34","Subject":"Notes","FolderPathName":"\\Inbox"}]}"#;

/// A record of another service.
const FILE: &str = r#"{"Id":"7b1f0a55","RecordType":6,"CreationTime":"2026-03-04T08:18:00","Workload":"SharePoint",
    "Operation":"FileAccessed","UserId":"ida@contoso.example","ClientIP":"192.0.2.17"}"#;
