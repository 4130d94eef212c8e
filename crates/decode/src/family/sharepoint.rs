//! SharePoint and OneDrive: files, sharing, sites and lists.
//!
//! Names from MicrosoftDocs/office-365-management-api, "SharePoint Base schema" and those built
//! on it.

use event::Field;

use super::{Family, Fits};
use crate::show::{always, changes, column, present};

pub const FILE: Family = Family {
    name: "SharePoint file",
    fits: Fits::RecordTypes(&[6]),
    columns: &[(Field::ItemName, "SourceFileName"), (Field::ItemName, "DestinationFileName")],
    line: &[
        always("Site", "SiteUrl"),
        always("File", "SourceFileName"),
        present("Folder", "SourceRelativeUrl"),
        present("DestFile", "DestinationFileName"),
        present("DestFolder", "DestinationRelativeUrl"),
        present("SharedWith", "UserSharedWith"),
        column(Field::ObjectId),
        present("App", "ApplicationDisplayName"),
        column(Field::UserAgent),
    ],
};

pub const SHARING: Family = Family {
    name: "SharePoint sharing",
    fits: Fits::RecordTypes(&[14]),
    columns: &[],
    line: &[
        always("Site", "SiteUrl"),
        always("File", "SourceFileName"),
        always("Target", "TargetUserOrGroupName"),
        always("TargetType", "TargetUserOrGroupType"),
        present("EventData", "EventData"),
        column(Field::ObjectId),
    ],
};

pub const SITE: Family = Family {
    name: "SharePoint site",
    fits: Fits::RecordTypes(&[4, 7, 35, 37]),
    columns: &[],
    line: &[
        always("Site", "SiteUrl"),
        column(Field::ObjectId),
        present("ItemType", "ItemType"),
        present("Target", "TargetUserOrGroupName"),
        present("EventData", "EventData"),
        present("CustomEvent", "CustomEvent"),
        present("Entity", "Entity"),
        present("Action", "Action"),
        changes("Changed", "ModifiedProperties"),
        present("App", "ApplicationDisplayName"),
    ],
};

pub const LIST: Family = Family {
    name: "SharePoint list",
    fits: Fits::RecordTypes(&[36, 54, 55, 56]),
    columns: &[],
    line: &[
        always("Site", "SiteUrl"),
        always("List", "ListTitle"),
        present("ListUrl", "ListUrl"),
        column(Field::ObjectId),
        present("App", "ApplicationDisplayName"),
    ],
};
