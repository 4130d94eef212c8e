//! Which fields has an entry, in which order, and where does a unified record say the same?

use std::borrow::Cow;

use event::{Event, Field, Value, time};

use super::unified;

/// One field of an entry.
pub(super) struct EntryField {
    pub name: &'static str,
    pub told: Told,
}

/// How a record of the unified audit log tells a field.
pub(super) enum Told {
    /// By the first of these members that says something.
    At(&'static [&'static str]),
    /// By a column.
    In(Field),
    /// By several parts of the record.
    Made(for<'e> fn(&'e Event<'e>) -> Value<'e>),
    /// By the items it names, each with what it says of itself.
    Items,
    /// By this member of each item.
    OfEachItem(&'static str),
    /// It has no word for it.
    Nowhere,
}

use Told::{At, In, Items, Made, Nowhere, OfEachItem};

const fn field(name: &'static str, told: Told) -> EntryField {
    EntryField { name, told }
}

/// A field that the first of these members tells.
const fn at(name: &'static str, names: &'static [&'static str]) -> EntryField {
    EntryField { name, told: At(names) }
}

/// How many fields there are.
pub(super) const COUNT: usize = ALL.len();

pub(super) const fn names() -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let mut at = 0;
    while at < COUNT {
        names[at] = ALL[at].name;
        at += 1;
    }
    names
}

/// Every field, in the order of an export of Search-MailboxAuditLog. Those of SendAs and
/// SendOnBehalf, which only unified records have, stand behind the items that were sent.
pub(super) static ALL: [EntryField; 60] = [
    field("Operation", Made(unified::operation)),
    field("OperationResult", In(Field::ResultStatus)),
    field("LogonType", Made(unified::logon_type)),
    at("ExternalAccess", &["ExternalAccess"]),
    at("DestFolderId", &["DestFolder.Id"]),
    at("DestFolderPathName", &["DestFolder.Path"]),
    field("FolderId", Made(unified::folder_id)),
    field("FolderPathName", Made(unified::folder_path)),
    field("FolderName", Made(unified::folder_name)),
    at("MemberRights", &["Item.ParentFolder.MemberRights", "Folder.MemberRights"]),
    at("MemberSid", &["Item.ParentFolder.MemberSid", "Folder.MemberSid"]),
    at("MemberUpn", &["Item.ParentFolder.MemberUpn", "Folder.MemberUpn"]),
    at("ClientInfoString", &["ClientInfoString", "ActorInfoString"]),
    at("ClientIPAddress", &["ClientIPAddress", "ClientIP", "ActorIP"]),
    at("ClientIP", &["ClientIP", "ClientIPAddress", "ActorIP"]),
    at("ClientMachineName", &["ClientMachineName"]),
    at("ClientProcessName", &["ClientProcessName"]),
    at("ClientVersion", &["ClientVersion"]),
    field("InternalLogonType", Made(unified::internal_logon_type)),
    field("MailboxOwnerUPN", In(Field::MailboxOwnerUPN)),
    at("MailboxOwnerSid", &["MailboxOwnerSid"]),
    at("DestMailboxOwnerUPN", &["DestMailboxOwnerUPN"]),
    at("DestMailboxOwnerSid", &["DestMailboxOwnerSid"]),
    at("DestMailboxGuid", &["DestMailboxGuid", "DestMailboxId"]),
    at("CrossMailboxOperation", &["CrossMailboxOperation", "CrossMailboxOperations"]),
    at("LogonUserDisplayName", &["LogonUserDisplayName", "LogonUserDN", "UserId"]),
    at("LogonUserSid", &["LogonUserSid"]),
    at("DelegateUserDisplayName", &["DelegateUserDisplayName"]),
    field("SourceItems", Items),
    field("SourceFolders", Made(unified::folders)),
    field("SourceItemIdsList", OfEachItem("Id")),
    field("SourceItemSubjectsList", OfEachItem("Subject")),
    field("SourceItemAttachmentsList", OfEachItem("Attachments")),
    field("SourceItemFolderPathNamesList", OfEachItem("FolderPathName")),
    field("SourceFolderPathNamesList", Made(unified::folder_paths)),
    field("SourceItemInternetMessageIdsList", OfEachItem("InternetMessageId")),
    at("ItemId", &["Item.Id"]),
    at("ItemSubject", &["Item.Subject"]),
    at("ItemAttachments", &["Item.Attachments"]),
    at("ItemInternetMessageId", &["Item.InternetMessageId"]),
    at("SendAsUserSmtp", &["SendAsUserSmtp"]),
    at("SendAsUserMailboxGuid", &["SendAsUserMailboxGuid"]),
    at("SendOnBehalfOfUserSmtp", &["SendOnBehalfOfUserSmtp"]),
    at("SendOnBehalfOfUserMailboxGuid", &["SendOnBehalfOfUserMailboxGuid"]),
    field("DirtyProperties", Made(unified::dirty_properties)),
    field("OriginatingServer", Made(unified::originating_server)),
    field("SessionId", In(Field::SessionId)),
    field("OperationProperties", Made(unified::operation_properties)),
    at("AuditOperationsCountInAggregatedRecord", &["OperationCount"]),
    field("AggregatedRecordFoldersData", Made(unified::aggregated_folders)),
    at("AppId", &["AppId"]),
    at("ClientAppId", &["ClientAppId"]),
    at("ItemIsRecord", &["Item.IsRecord"]),
    at("ItemComplianceLabel", &["Item.ComplianceLabel"]),
    at("MailboxGuid", &["MailboxGuid"]),
    // DOMAIN\name, which no record of the cloud has.
    field("MailboxResolvedOwnerName", Nowhere),
    field("LastAccessed", Made(last_accessed)),
    field("Identity", In(Field::Id)),
    // What Search-MailboxAuditLog says of every object that it hands out.
    field("IsValid", Made(|_| Value::Bool(true))),
    field("ObjectState", Made(|_| Value::Text(Cow::Borrowed("New")))),
];

/// The time of the operation, in full and with its offset.
pub(super) fn last_accessed<'e>(event: &'e Event<'e>) -> Value<'e> {
    let micros = event.time(Field::CreationTime);
    micros.map_or(Value::Null, |micros| Value::Text(Cow::Owned(time::iso_text(micros))))
}
