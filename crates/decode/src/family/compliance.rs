//! Purview beside DLP and labels: eDiscovery, searches of the audit log, supervised messages.
//!
//! Names from MicrosoftDocs/office-365-management-api, "eDiscovery schema" and "Compliance
//! supervision"; Case, ObjectType, Query and the locations are what eDiscovery wrote before, and
//! those of searches of the audit log are as seen in records.

use event::Field;

use super::{Family, Fits};
use crate::show::{column, pairs, present};

pub const EDISCOVERY: Family = Family {
    name: "eDiscovery",
    fits: Fits::RecordTypes(&[24, 31]),
    columns: &[],
    line: &[
        present("Case", "Case"),
        present("Case", "CaseName"),
        present("ObjectType", "ObjectType"),
        present("ObjectType", "Object1Type"),
        present("Object", "Object1Name"),
        present("Object2Type", "Object2Type"),
        present("Object2", "Object2Name"),
        present("Query", "Query"),
        present("Query", "QueryText"),
        present("Mailboxes", "ExchangeLocations"),
        present("Sites", "SharepointLocations"),
        present("Sources", "DataSources"),
        present("Export", "ExportName"),
        present("Items", "ItemNames"),
        pairs("Settings"),
        column(Field::ObjectId),
    ],
};

pub const AUDIT_SEARCH: Family = Family {
    name: "Search of the audit log",
    fits: Fits::RecordTypes(&[295]),
    columns: &[],
    line: &[
        present("Filters", "SearchFilters"),
        present("Status", "CompletionStatus"),
        present("Results", "ResultsCount"),
        present("Source", "SearchSource"),
        present("Internal", "IsInternalServiceRequest"),
        present("JobId", "SearchJobId"),
        column(Field::ObjectId),
    ],
};

pub const SUPERVISION: Family = Family {
    name: "Supervised message",
    fits: Fits::RecordTypes(&[68]),
    columns: &[(Field::ItemName, "ExchangeDetails.Subject")],
    line: &[
        present("From", "ExchangeDetails.From"),
        present("Recipients", "ExchangeDetails.Recipients"),
        present("Subject", "ExchangeDetails.Subject"),
        present("Direction", "ExchangeDetails.Directionality"),
        present("Attachments", "ExchangeDetails.AttachmentData.FileName"),
        present("InternetMessageId", "ExchangeDetails.InternetMessageId"),
        column(Field::ObjectId),
    ],
};

pub const ENCRYPTED_MESSAGE: Family = Family {
    name: "Encrypted message portal",
    fits: Fits::RecordTypes(&[154]),
    columns: &[],
    line: &[
        present("Sender", "Sender"),
        present("Recipient", "Recipient"),
        present("Method", "AuthenticationMethod"),
        present("Authentication", "AuthenticationStatus"),
        present("Result", "OperationStatus"),
        present("Attachment", "AttachmentName"),
        present("MessageId", "MessageId"),
        pairs("OperationProperties"),
    ],
};
