//! Security alerts, and what Defender for Office 365 found in mail, links and files.
//!
//! Names from MicrosoftDocs/office-365-management-api: "Security and Compliance Alerts",
//! "Microsoft Defender for Office 365 and Threat Investigation and Response", "Automated
//! investigation and response" and "Quarantine" schemas.

use event::Field;

use super::{Family, Fits};
use crate::show::{always, column, pairs, present};

pub const ALERT: Family = Family {
    name: "Security alert",
    fits: Fits::RecordTypes(&[40]),
    columns: &[],
    line: &[
        always("Alert", "Name"),
        always("Severity", "Severity"),
        always("Status", "Status"),
        present("Category", "Category"),
        present("Source", "Source"),
        present("EntityType", "EntityType"),
        present("Entity", "AlertEntityId"),
        column(Field::ObjectId),
        present("AlertId", "AlertId"),
        present("Comments", "Comments"),
    ],
};

pub const MAIL_THREAT: Family = Family {
    name: "Mail threat",
    fits: Fits::RecordTypes(&[28]),
    columns: &[(Field::ItemName, "Subject")],
    line: &[
        always("Verdict", "Verdict"),
        present("DetectionMethod", "DetectionMethod"),
        present("Policy", "Policy"),
        present("PolicyAction", "PolicyAction"),
        always("Sender", "P2Sender"),
        present("SenderIp", "SenderIp"),
        always("Recipients", "Recipients"),
        always("Subject", "Subject"),
        present("DeliveryAction", "DeliveryAction"),
        present("Attachments", "AttachmentData.FileName"),
        present("AttachmentVerdicts", "AttachmentData.FileVerdict"),
        present("InternetMessageId", "InternetMessageId"),
        present("NetworkMessageId", "NetworkMessageId"),
    ],
};

pub const URL_CLICK: Family = Family {
    name: "Link click",
    fits: Fits::RecordTypes(&[41]),
    columns: &[(Field::ClientIP, "UserIp")],
    line: &[
        always("URL", "Url"),
        present("URLClickAction", "URLClickAction"),
        present("App", "AppName"),
        present("SourceId", "SourceId"),
        column(Field::ObjectId),
    ],
};

pub const FILE_THREAT: Family = Family {
    name: "File threat",
    fits: Fits::RecordTypes(&[47]),
    columns: &[(Field::ItemName, "FileData.FileName")],
    line: &[
        always("File", "FileData.FileName"),
        present("Path", "FileData.FilePath"),
        present("Verdict", "FileData.FileVerdict"),
        present("Malware", "FileData.MalwareFamily"),
        present("SHA256", "FileData.SHA256"),
        present("DetectionMethod", "DetectionMethod"),
        present("LastModifiedBy", "LastModifiedBy"),
        column(Field::ObjectId),
    ],
};

pub const INVESTIGATION: Family = Family {
    name: "Automated investigation",
    fits: Fits::RecordTypes(&[64, 86, 89]),
    columns: &[],
    line: &[
        always("Investigation", "InvestigationName"),
        always("Status", "Status"),
        present("Type", "InvestigationType"),
        present("Action", "AirAdminActionType"),
        present("InvestigationId", "InvestigationId"),
        column(Field::ObjectId),
    ],
};

pub const QUARANTINE: Family = Family {
    name: "Mail quarantine and submission",
    fits: Fits::RecordTypes(&[29, 65]),
    columns: &[],
    line: &[
        present("RequestType", "RequestType"),
        present("RequestSource", "RequestSource"),
        present("NetworkMessageId", "NetworkMessageId"),
        present("ReleaseTo", "ReleaseTo"),
        present("Recipients", "Recipients"),
        present("SubmissionType", "SubmissionType"),
        present("Subject", "Subject"),
        pairs("ExtendedProperties"),
        column(Field::ObjectId),
    ],
};

pub const HYGIENE: Family = Family {
    name: "Outbound hygiene",
    fits: Fits::RecordTypes(&[51]),
    columns: &[],
    line: &[
        always("Event", "Event"),
        always("User", "EventValue"),
        present("Reason", "Reason"),
        column(Field::ObjectId),
    ],
};
