//! The fields every record of the audit schema may carry, and the line of records without a
//! family of their own: what such a record holds is shown by the kinds of the schema.
//!
//! Names from MicrosoftDocs/office-365-management-api, "Common schema".

use event::Field;

use super::{Family, Fits};
use crate::show::{MEMBERS, column};

pub const COMMON: Family = Family {
    name: "Common schema",
    fits: Fits::RecordTypes(&[]),
    columns: &[
        (Field::CreationTime, "CreationTime"),
        (Field::CreationTime, "CreationDate"),
        (Field::Id, "Id"),
        (Field::RecordType, "RecordType"),
        (Field::Operation, "Operation"),
        (Field::OrganizationId, "OrganizationId"),
        (Field::UserType, "UserType"),
        (Field::UserKey, "UserKey"),
        (Field::Workload, "Workload"),
        (Field::ResultStatus, "ResultStatus"),
        (Field::ObjectId, "ObjectId"),
        (Field::UserId, "UserId"),
        (Field::ClientIP, "ClientIP"),
        (Field::ClientIP, "ClientIPAddress"),
        (Field::ClientIP, "ActorIpAddress"),
        (Field::ClientIP, "ActorIP"),
        (Field::Scope, "Scope"),
        (Field::SessionId, "SessionId"),
        (Field::SessionId, "AppAccessContext.AADSessionId"),
        (Field::ApplicationId, "ApplicationId"),
        (Field::ApplicationId, "AppId"),
        (Field::ApplicationId, "ClientAppId"),
        (Field::ApplicationId, "AppAccessContext.ClientAppId"),
        (Field::UserAgent, "UserAgent"),
        (Field::ItemName, "ItemName"),
        (Field::SiteUrl, "SiteUrl"),
    ],
    line: &[column(Field::ObjectId), MEMBERS],
};
