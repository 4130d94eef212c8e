//! Exchange Online: admin cmdlets, and what was done to the items of mailboxes.
//!
//! Names from MicrosoftDocs/office-365-management-api, "Exchange Admin schema" and "Exchange
//! Mailbox schema"; MailAccessType and IsThrottled from microsoft-365-docs,
//! audit-log-investigate-accounts.md.

use event::Field;

use super::{Family, Fits};
use crate::show::{Shown, always, changes, column, pairs, present};

pub const ADMIN: Family = Family {
    name: "Exchange admin",
    // Cmdlets of Microsoft's own staff and of the compliance centre have the same form.
    fits: Fits::RecordTypes(&[1, 10, 18, 23]),
    columns: &[],
    line: &[
        column(Field::ObjectId),
        always("OriginatingServer", "OriginatingServer"),
        pairs("Parameters"),
        pairs("NonPIIParameters"),
        present("Object", "ModifiedObjectResolvedName"),
        changes("Changed", "ModifiedProperties"),
        present("ExternalAccess", "ExternalAccess"),
    ],
};

pub const ITEM: Family = Family {
    name: "Exchange item",
    fits: Fits::RecordTypes(&[2]),
    columns: &[
        (Field::LogonType, "LogonType"),
        (Field::MailboxOwnerUPN, "MailboxOwnerUPN"),
        (Field::UserAgent, "ClientInfoString"),
        (Field::UserAgent, "ActorInfoString"),
        (Field::MailAccessType, "OperationProperties.MailAccessType"),
        (Field::IsThrottled, "OperationProperties.IsThrottled"),
        (Field::ItemName, "Item.Subject"),
        (Field::ItemName, "AffectedItems.Subject"),
        (Field::ItemName, "Folders.FolderItems.Subject"),
    ],
    line: &[
        column(Field::LogonType),
        column(Field::MailboxOwnerUPN),
        always("Path", "Item.ParentFolder.Path"),
        always("Subject", "Item.Subject"),
        present("SendAs", "SendAsUserSmtp"),
        present("SendOnBehalfOf", "SendOnBehalfOfUserSmtp"),
        present("Attachments", "Item.Attachments"),
        present("InternetMessageId", "Item.InternetMessageId"),
        present("MemberUpn", "Item.ParentFolder.MemberUpn"),
        present("MemberRights", "Item.ParentFolder.MemberRights"),
        changes("Changed", "ModifiedProperties"),
        pairs("OperationProperties"),
        column(Field::UserAgent),
    ],
};

pub const ITEM_GROUP: Family = Family {
    name: "Exchange item group",
    fits: Fits::RecordTypes(&[3]),
    columns: &[],
    line: &[
        column(Field::LogonType),
        column(Field::MailboxOwnerUPN),
        always("Path", "Folder.Path"),
        present("DestPath", "DestFolder.Path"),
        present("DestMailboxOwnerUPN", "DestMailboxOwnerUPN"),
        SUBJECTS,
        column(Field::UserAgent),
    ],
};

pub const AGGREGATED: Family = Family {
    name: "Exchange aggregated",
    fits: Fits::RecordTypes(&[19, 50]),
    columns: &[],
    line: &[
        column(Field::LogonType),
        column(Field::MailboxOwnerUPN),
        always("MailAccessType", "OperationProperties.MailAccessType"),
        present("IsThrottled", "OperationProperties.IsThrottled"),
        present("OperationCount", "OperationCount"),
        present("Path", "Folders.Path"),
        present("Path", "Item.ParentFolder.Path"),
        present("Subject", "Folders.FolderItems.Subject"),
        present("InternetMessageId", "Folders.FolderItems.InternetMessageId"),
        column(Field::SessionId),
        column(Field::UserAgent),
    ],
};

const SUBJECTS: Shown = always("Subject", "AffectedItems.Subject");
