//! Families of the audit schema that need but a few fields of their own.
//!
//! Names from MicrosoftDocs/office-365-management-api, and from records where the page is short.

use event::Field;

use super::{Family, Fits};
use crate::show::{column, present};

pub const COMPLIANCE_SEARCH: Family = Family {
    name: "eDiscovery",
    fits: Fits::RecordTypes(&[24, 31]),
    columns: &[],
    line: &[
        present("Case", "Case"),
        present("ObjectType", "ObjectType"),
        present("Query", "Query"),
        present("Mailboxes", "ExchangeLocations"),
        present("Sites", "SharepointLocations"),
        column(Field::ObjectId),
    ],
};

pub const POWER_BI: Family = Family {
    name: "Power BI",
    fits: Fits::RecordTypes(&[20]),
    columns: &[
        (Field::ItemName, "ReportName"),
        (Field::ItemName, "DashboardName"),
        (Field::ItemName, "DatasetName"),
        (Field::ItemName, "ObjectDisplayName"),
    ],
    line: &[
        present("Workspace", "WorkspaceName"),
        column(Field::ItemName),
        column(Field::ObjectId),
    ],
};

pub const FORMS: Family = Family {
    name: "Microsoft Forms",
    fits: Fits::RecordTypes(&[66]),
    columns: &[(Field::ItemName, "FormName")],
    line: &[
        present("Form", "FormName"),
        present("FormId", "FormId"),
        present("ActivityParameters", "ActivityParameters"),
        column(Field::ObjectId),
    ],
};

pub const YAMMER: Family = Family {
    name: "Viva Engage",
    fits: Fits::RecordTypes(&[22]),
    columns: &[],
    line: &[
        present("Group", "GroupName"),
        present("File", "FileName"),
        present("Target", "TargetUserId"),
        column(Field::ObjectId),
    ],
};
