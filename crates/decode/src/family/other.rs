//! Families of the audit schema that need but a few fields of their own.
//!
//! Names from MicrosoftDocs/office-365-management-api, and from records where the page is short.

use event::Field;

use super::{Family, Fits};
use crate::show::{changes, column, present};

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
        present("Activity", "Activity"),
        present("SharedWith", "SharingInformation.RecipientEmail"),
        present("Members", "MembershipInformation.MemberEmail"),
        present("Setting", "SwitchState"),
        present("Method", "ConsumptionMethod"),
        column(Field::ObjectId),
        column(Field::UserAgent),
    ],
};

pub const FORMS: Family = Family {
    name: "Microsoft Forms",
    fits: Fits::RecordTypes(&[66]),
    columns: &[(Field::ItemName, "FormName")],
    line: &[
        present("Form", "FormName"),
        present("FormId", "FormId"),
        present("FormType", "FormTypes"),
        present("UserType", "FormsUserTypes"),
        present("App", "SourceApp"),
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
        present("Export", "DataExportType"),
        present("Thread", "ThreadId"),
        present("Message", "MessageId"),
        present("SoftDelete", "IsSoftDelete"),
        changes("Changed", "ModifiedProperties"),
        column(Field::ObjectId),
    ],
};

/// Questions that people and portals put to the security data of the tenant.
pub const DATA_INSIGHTS: Family = Family {
    name: "Data insights",
    fits: Fits::RecordTypes(&[52]),
    columns: &[(Field::ApplicationId, "AadAppId")],
    line: &[
        present("DataType", "DataType"),
        present("Database", "DatabaseType"),
        present("Results", "ResultCount"),
        present("URL", "RelativeUrl"),
    ],
};
