//! The audit schema as Microsoft Sentinel renames it in its OfficeActivity table.
//!
//! Everything is text there; RecordType comes by name.

use event::Field;

use super::{Family, Fits};

/// A member that every row of that table has and no record.
pub const MARK: &str = "OfficeWorkload";

/// Only columns: its records carry a RecordType and get the line of that.
pub const OFFICE_ACTIVITY: Family = Family {
    name: "Sentinel OfficeActivity",
    fits: Fits::RecordTypes(&[]),
    columns: &[
        (Field::Id, "OfficeId"),
        (Field::CreationTime, "TimeGenerated"),
        // The portal writes the zone into the name.
        (Field::CreationTime, "TimeGenerated [UTC]"),
        (Field::Workload, "OfficeWorkload"),
        (Field::ObjectId, "OfficeObjectId"),
        (Field::UserId, "UserId_"),
        (Field::ClientIP, "Client_IPAddress"),
        (Field::LogonType, "Logon_Type"),
        (Field::SiteUrl, "Site_Url"),
        (Field::UserAgent, "Client_InfoString"),
        (Field::OrganizationId, "OrganizationId_"),
    ],
    line: &[],
};
