//! The audit logs of mailboxes and of administrators, as their XML attachments,
//! Search-MailboxAuditLog and Search-AdminAuditLog write them.
//!
//! Names from MicrosoftDocs/OfficeDocs-Exchange, export-mailbox-audit-logs.md and the admin audit
//! log pages.

use event::Field;

use super::{Family, Fits, Implied::Always};
use crate::show::{always, changes, column, pairs, present, unless};

pub const MAILBOX_AUDIT: Family = Family {
    name: "Exchange mailbox audit log",
    fits: Fits::Members {
        any_of: &[
            &["LastAccessed", "Operation", "LogonType"],
            &["LastAccessed", "Operation", "MailboxGuid"],
            &["MailboxGuid", "Operation", "LogonType"],
        ],
        implied: &[(Field::Workload, Always("Exchange"))],
    },
    columns: &[
        // Windows PowerShell writes some dates as an object.
        (Field::CreationTime, "LastAccessed.value"),
        (Field::CreationTime, "LastAccessed"),
        // The XML has none: its entries are told apart by what they say.
        (Field::Id, "Identity"),
        (Field::Operation, "Operation"),
        (Field::MailboxOwnerUPN, "MailboxOwnerUPN"),
        (Field::ClientIP, "ClientIPAddress"),
        (Field::ClientIP, "ClientIP"),
        (Field::SessionId, "SessionId"),
        (Field::ApplicationId, "AppId"),
        (Field::ApplicationId, "ClientAppId"),
        (Field::ResultStatus, "OperationResult"),
        (Field::LogonType, "LogonType"),
        (Field::UserId, "LogonUserDisplayName"),
        (Field::UserId, "LogonUserDN"),
        (Field::UserKey, "LogonUserSid"),
        (Field::ObjectId, "FolderPathName"),
        (Field::ItemName, "ItemSubject"),
        (Field::ItemName, "SourceItems.Subject"),
        (Field::ItemName, "SourceItems.Item.Subject"),
        (Field::ItemName, "SourceItems.ItemSubject"),
        (Field::ItemName, "SourceItemSubjectsList"),
        (Field::UserAgent, "ClientInfoString"),
    ],
    line: &[
        column(Field::LogonType),
        column(Field::MailboxOwnerUPN),
        always("Path", "FolderPathName"),
        present("DestPath", "DestFolderPathName"),
        column(Field::ItemName),
        column(Field::UserAgent),
    ],
};

pub const ADMIN_AUDIT: Family = Family {
    name: "Exchange admin audit log",
    fits: Fits::Members {
        any_of: &[
            &["Cmdlet", "RunDate"],
            &["CmdletName", "RunDate"],
            &["Cmdlet", "Caller", "ObjectModified"],
        ],
        implied: &[(Field::Workload, Always("Exchange"))],
    },
    columns: &[
        (Field::CreationTime, "RunDate.value"),
        (Field::CreationTime, "RunDate"),
        (Field::Id, "Identity"),
        (Field::ClientIP, "ClientIP"),
        (Field::SessionId, "SessionId"),
        (Field::ApplicationId, "AppId"),
        (Field::Operation, "CmdletName"),
        (Field::Operation, "Cmdlet"),
        (Field::UserId, "Caller"),
        (Field::ObjectId, "ObjectModified"),
        (Field::ResultStatus, "Succeeded"),
    ],
    line: &[
        column(Field::ObjectId),
        present("OriginatingServer", "OriginatingServer"),
        pairs("CmdletParameters"),
        changes("Changed", "ModifiedProperties"),
        unless("Error", "Error", &["None"]),
    ],
};
