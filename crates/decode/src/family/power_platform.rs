//! Power Platform and Dynamics 365: flows, apps, environments and their records.
//!
//! Names of Dynamics from MicrosoftDocs/office-365-management-api, "Dynamics 365 schema"; that page
//! has no schema for flows and apps, whose names are those that records show.

use event::Field;

use super::{Family, Fits};
use crate::show::{always, column, pairs, present};

pub const DYNAMICS: Family = Family {
    name: "Dynamics 365",
    fits: Fits::RecordTypes(&[21]),
    columns: &[(Field::ItemName, "PrimaryFieldValue")],
    line: &[
        always("Entity", "EntityName"),
        present("EntityId", "EntityId"),
        present("Message", "Message"),
        present("Value", "PrimaryFieldValue"),
        present("Query", "Query"),
        pairs("Fields"),
        present("Instance", "InstanceUrl"),
        present("URL", "ItemUrl"),
        column(Field::UserAgent),
    ],
};

pub const FLOW: Family = Family {
    name: "Power Automate and Power Apps",
    fits: Fits::RecordTypes(&[30, 45, 46, 163, 186, 187, 256]),
    columns: &[],
    line: &[
        column(Field::ObjectId),
        present("App", "AppName"),
        present("Details", "FlowDetailsUrl"),
        present("Connectors", "FlowConnectorNames"),
        present("Permission", "SharingPermission"),
        present("Recipient", "RecipientUPN"),
        present("Owner", "UserUPN"),
        present("Environment", "EnvironmentName"),
        present("Licence", "LicenseDisplayName"),
        pairs("AdditionalInfo"),
        pairs("PropertyCollection"),
    ],
};
