//! What kind of asset was touched?

use event::{Event, Field};

/// What a tenant has that someone may be after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asset {
    Mail,
    Documents,
    Accounts,
    Administration,
    Other,
}

impl Asset {
    pub const ALL: [Asset; 5] =
        [Asset::Mail, Asset::Documents, Asset::Accounts, Asset::Administration, Asset::Other];

    pub const fn name(self) -> &'static str {
        match self {
            Asset::Mail => "Mail",
            Asset::Documents => "Documents",
            Asset::Accounts => "Accounts",
            Asset::Administration => "Administration",
            Asset::Other => "Other",
        }
    }

    /// By RecordTypeName, Operation and Workload. The RecordType tells more than the workload, under which cmdlets
    /// and mails are one.
    pub fn of(event: &Event) -> Asset {
        let record_type = event.text(Field::RecordTypeName).unwrap_or("");
        let by_type = KINDS.iter().find(|(begin, _)| record_type.starts_with(begin));
        if let Some((_, asset)) = by_type.filter(|_| !record_type.is_empty()) {
            return *asset;
        }
        let operation = event.text(Field::Operation).unwrap_or("");
        if is_cmdlet(operation) {
            return Asset::Administration;
        }
        match event.text(Field::Workload).unwrap_or("") {
            "Exchange" => Asset::Mail,
            "SharePoint" | "OneDrive" => Asset::Documents,
            "AzureActiveDirectory" => Asset::Accounts,
            "Azure" | "Intune" | "SecurityComplianceCenter" => Asset::Administration,
            _ => Asset::Other,
        }
    }
}

/// How names of RecordTypes begin; the first that fits counts.
const KINDS: &[(&str, Asset)] = &[
    ("ExchangeAdmin", Asset::Administration),
    ("Exchange", Asset::Mail),
    ("SharePoint", Asset::Documents),
    ("OneDrive", Asset::Documents),
    ("AzureActiveDirectory", Asset::Accounts),
    ("DataCenterSecurityCmdlet", Asset::Administration),
    ("SkypeForBusinessCmdlets", Asset::Administration),
    ("SecurityComplianceCenterEOPCmdlet", Asset::Administration),
    ("SecurityComplianceRBAC", Asset::Administration),
];

/// Verb and noun, as `Set-Mailbox`. Other operations with a dash have blanks or no capital noun.
fn is_cmdlet(operation: &str) -> bool {
    let Some((verb, noun)) = operation.split_once('-') else { return false };
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    is_word(verb) && is_word(noun)
}

/// A sign-in of a person: Graph's and the feed's.
pub fn is_sign_in(event: &Event) -> bool {
    matches!(event.int(Field::RecordType), Some(9 | 15))
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Key, Value};

    #[test]
    fn assets_are_told_apart() {
        for (workload, record_type, operation, asset) in [
            ("Exchange", "ExchangeItem", "Send", Asset::Mail),
            ("Exchange", "ExchangeItemAggregated", "MailItemsAccessed", Asset::Mail),
            ("Exchange", "", "MessageTrace", Asset::Mail),
            ("Exchange", "", "MessageBind", Asset::Mail),
            ("Exchange", "ExchangeAdmin", "Set-Mailbox", Asset::Administration),
            ("Exchange", "", "Set-Mailbox", Asset::Administration),
            ("OneDrive", "SharePointFileOperation", "FileAccessed", Asset::Documents),
            ("SharePoint", "SharePointSharingOperation", "SharingSet", Asset::Documents),
            (
                "AzureActiveDirectory",
                "AzureActiveDirectoryStsLogon",
                "UserLoggedIn",
                Asset::Accounts,
            ),
            ("AzureActiveDirectory", "", "User Risk Detection", Asset::Accounts),
            ("Azure", "", "Write virtual machine", Asset::Administration),
            ("MicrosoftTeams", "MicrosoftTeams", "TeamCreated", Asset::Other),
            ("", "", "", Asset::Other),
        ] {
            let mut event = Event::new(Key { id: 0, content: 0 }, b"", Value::Null);
            event.set_text(Field::Workload, workload);
            event.set_text(Field::RecordTypeName, record_type);
            event.set_text(Field::Operation, operation);
            assert_eq!(Asset::of(&event), asset, "{workload} {record_type} {operation}");
        }
    }
}
