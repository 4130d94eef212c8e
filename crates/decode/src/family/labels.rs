//! Sensitivity labels: who put which label on what, and what protection came or went.
//!
//! Names from MicrosoftDocs/office-365-management-api, "MIP Label schema" and AipDiscover.md;
//! SensitivityLabelEventData and TargetLocation as seen in records.

use event::Field;

use super::{Family, Fits};
use crate::show::{column, present};

pub const LABEL: Family = Family {
    name: "Sensitivity label",
    fits: Fits::RecordTypes(&[43, 71, 72, 75, 82, 83, 84]),
    columns: &[(Field::ItemName, "ItemName")],
    line: &[
        present("Label", "LabelName"),
        present("LabelId", "LabelId"),
        present("LabelId", "SensitivityLabelEventData.SensitivityLabelId"),
        present("OldLabelId", "SensitivityLabelEventData.OldSensitivityLabelId"),
        present("Action", "LabelAction"),
        present("Mode", "ApplicationMode"),
        column(Field::ItemName),
        present("Sender", "Sender"),
        present("Receivers", "Receivers"),
        present("App", "ApplicationName"),
        present("Device", "DeviceName"),
        column(Field::ObjectId),
    ],
};

pub const PROTECTION: Family = Family {
    name: "Information protection client",
    fits: Fits::RecordTypes(&[93, 94, 95, 96, 97, 180]),
    columns: &[],
    line: &[
        column(Field::ObjectId),
        present("LabelId", "SensitivityLabelId"),
        present("LabelId", "SensitivityLabelEventData.SensitivityLabelId"),
        present("OldLabelId", "SensitivityLabelEventData.OldSensitivityLabelId"),
        present("Justification", "SensitivityLabelEventData.JustificationText"),
        present("Protected", "IsProtected"),
        present("ProtectedBefore", "IsProtectedBefore"),
        present("ProtectionType", "ProtectionType"),
        present("Owner", "ProtectionOwner"),
        present("DataState", "DataState"),
        present("App", "ApplicationName"),
        present("Process", "ProcessName"),
        present("Device", "DeviceName"),
        present("Platform", "Platform"),
        present("Location", "Location"),
    ],
};
