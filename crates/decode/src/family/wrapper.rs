//! What an export's outer row calls the fields of the record inside it.
//!
//! Search-UnifiedAuditLog, the two portals' CSV files and Graph's audit queries. Graph crosses two
//! names: its outer userId is the record's UserKey, and its userPrincipalName the UserId.

use event::Field;

pub const COLUMNS: &[(Field, &str)] = &[
    (Field::CreationTime, "CreationDate"),
    (Field::CreationTime, "createdDateTime"),
    (Field::CreationTime, "CreationTime"),
    (Field::CreationTime, "Date"),
    (Field::Id, "RecordId"),
    (Field::Id, "Identity"),
    (Field::Id, "id"),
    (Field::RecordType, "RecordType"),
    (Field::RecordType, "auditLogRecordType"),
    (Field::Operation, "Operations"),
    (Field::Operation, "Operation"),
    (Field::UserId, "UserIds"),
    (Field::UserId, "userPrincipalName"),
    (Field::UserId, "UserId"),
    (Field::UserId, "User"),
];
