//! Data loss prevention: which rule matched what.
//!
//! Names from MicrosoftDocs/office-365-management-api, "DLP schema". The actor of these records is
//! always DlpAgent, so the line names sender, owner or device instead.

use event::Field;

use super::{Family, Fits};
use crate::show::{always, column, present};

pub const DLP: Family = Family {
    name: "Data loss prevention",
    fits: Fits::RecordTypes(&[11, 13, 33, 63, 99, 100, 107]),
    columns: &[
        (Field::ItemName, "SharePointMetaData.FileName"),
        (Field::ItemName, "ExchangeMetaData.Subject"),
        (Field::SiteUrl, "SharePointMetaData.SiteCollectionUrl"),
    ],
    line: &[
        always("Policy", "PolicyDetails.PolicyName"),
        always("Rule", "PolicyDetails.Rules.RuleName"),
        present("Severity", "PolicyDetails.Rules.Severity"),
        present("Actions", "PolicyDetails.Rules.Actions"),
        present(
            "Found",
            "PolicyDetails.Rules.ConditionsMatched.SensitiveInformation.SensitiveInformationTypeName",
        ),
        present("File", "SharePointMetaData.FileName"),
        present("Path", "SharePointMetaData.FilePathUrl"),
        present("Owner", "SharePointMetaData.FileOwner"),
        present("Subject", "ExchangeMetaData.Subject"),
        present("From", "ExchangeMetaData.From"),
        present("To", "ExchangeMetaData.To"),
        present("Device", "EndpointMetaData.DeviceName"),
        present("Action", "EndpointMetaData.EndpointOperation"),
        present("Enforcement", "EndpointMetaData.EnforcementMode"),
        present("Exception", "ExceptionInfo"),
        column(Field::ObjectId),
    ],
};
