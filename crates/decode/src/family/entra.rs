//! Entra ID in the audit schema: sign-ins and changes to the directory.
//!
//! Names from MicrosoftDocs/office-365-management-api, "Azure Active Directory Base schema" and
//! those built on it. ErrorNumber is what records carry where the page says ErrorCode; UserAgent,
//! ResultStatusDetail, RequestType and additionalDetails are names inside ExtendedProperties.

use event::Field;

use super::{Family, Fits};
use crate::show::{always, changes, column, present, sign_in_error};

pub const SIGN_IN: Family = Family {
    name: "Entra sign-in",
    fits: Fits::RecordTypes(&[9, 15]),
    columns: &[
        (Field::SessionId, "DeviceProperties.SessionId"),
        (Field::SessionId, "ExtendedProperties.SessionId"),
        (Field::UserAgent, "ExtendedProperties.UserAgent"),
        (Field::UserAgent, "ExtendedProperties.additionalDetails.User-Agent"),
        (Field::UserAgent, "Client"),
    ],
    line: &[
        always("App", "ApplicationId"),
        present("AppName", "Application"),
        column(Field::ObjectId),
        sign_in_error("ErrorNumber", "LogonError"),
        present("ErrorCode", "ErrorCode"),
        present("Detail", "ExtendedProperties.ResultStatusDetail"),
        present("RequestType", "ExtendedProperties.RequestType"),
        present("Device", "DeviceProperties.DisplayName"),
        present("OS", "DeviceProperties.OS"),
        column(Field::SessionId),
        column(Field::UserAgent),
    ],
};

pub const DIRECTORY: Family = Family {
    name: "Entra directory",
    fits: Fits::RecordTypes(&[8]),
    columns: &[],
    line: &[
        column(Field::ObjectId),
        always("Target", "Target.ID"),
        changes("Changed", "ModifiedProperties"),
        present("Actor", "Actor.ID"),
    ],
};

/// Its members are those of Graph's riskDetection, with capital letters.
pub const RISK: Family = Family {
    name: "Entra risk detection",
    fits: Fits::RecordTypes(&[294]),
    columns: &[],
    line: &[
        always("Risk", "RiskEventType"),
        always("Level", "RiskLevel"),
        present("State", "RiskState"),
        present("Detail", "RiskDetail"),
        present("Country", "Location.CountryOrRegion"),
        present("City", "Location.City"),
        column(Field::ObjectId),
    ],
};
