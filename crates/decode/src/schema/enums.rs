//! Which name does a value of an enumeration go by?

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::codes;

/// An enumeration of `data/enums.tsv`.
#[derive(Debug)]
pub struct Enumeration {
    pub name: &'static str,
    /// Values and names in the order of the documentation. Records carry the name of one without a
    /// value. A second name of one value is another spelling.
    pub members: Vec<(Option<i64>, &'static str)>,
}

impl Enumeration {
    /// Do records carry a number? Otherwise they carry the name.
    pub fn is_coded(&self) -> bool {
        self.members.iter().any(|(value, _)| value.is_some())
            && !self.name.starts_with(|first: char| first.is_ascii_lowercase())
    }
}

/// Two enumerations have files of their own.
const RECORD_TYPE: &str = "AuditLogRecordType";
const SIGN_IN_ERROR: &str = "SignInError";

/// Every enumeration of `data/enums.tsv`. `AuditLogRecordType` and `SignInError`, the numbers of
/// Entra sign-in errors, are not among them; [`enum_name`] knows them.
pub fn enumerations() -> impl Iterator<Item = &'static Enumeration> {
    ENUMERATIONS.values()
}

/// The name of a value: `enum_name("UserType", 3)` is `DcAdmin`.
pub fn enum_name(enumeration: &str, value: i64) -> Option<&'static str> {
    match enumeration {
        RECORD_TYPE => codes::record_type_name(value),
        SIGN_IN_ERROR => codes::sign_in_error_name(value),
        _ => {
            let members = &ENUMERATIONS.get(enumeration)?.members;
            members.iter().find(|(known, _)| *known == Some(value)).map(|(_, name)| *name)
        }
    }
}

/// The value of a name, in any of its spellings, compared without case.
pub fn enum_value(enumeration: &str, name: &str) -> Option<i64> {
    match enumeration {
        RECORD_TYPE => codes::record_type_id(name),
        SIGN_IN_ERROR => codes::sign_in_error_code(name),
        _ => {
            let members = &ENUMERATIONS.get(enumeration)?.members;
            members.iter().find(|(_, known)| known.eq_ignore_ascii_case(name))?.0
        }
    }
}

#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    matches!(name, RECORD_TYPE | SIGN_IN_ERROR) || ENUMERATIONS.contains_key(name)
}

static ENUMERATIONS: LazyLock<BTreeMap<&'static str, Enumeration>> = LazyLock::new(|| {
    let mut enumerations = BTreeMap::new();
    for [name, value, member] in super::read::lines(include_str!("../../data/enums.tsv")) {
        let value = (!value.is_empty()).then(|| value.parse().expect("a number or nothing"));
        let enumeration =
            enumerations.entry(name).or_insert_with(|| Enumeration { name, members: Vec::new() });
        enumeration.members.push((value, member));
    }
    enumerations
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_names_and_names_have_values() {
        for (enumeration, value, name) in [
            ("UserType", 3, "DcAdmin"),
            ("LogonType", 2, "Delegated"),
            ("IdentityType", 5, "UPN"),
            ("AuditLogRecordType", 15, "AzureActiveDirectoryStsLogon"),
            ("SignInError", 50126, "InvalidUserNameOrPassword"),
            ("FileVerdict", -1, "Error"),
            ("riskLevel", 2, "high"),
        ] {
            assert_eq!(enum_name(enumeration, value), Some(name), "{enumeration} {value}");
            assert_eq!(enum_value(enumeration, name), Some(value), "{enumeration} {name}");
            let upper = name.to_ascii_uppercase();
            assert_eq!(enum_value(enumeration, &upper), Some(value), "{enumeration} {upper}");
        }
        assert_eq!(enum_name("Nothing", 1), None);
        assert_eq!(enum_name("UserType", 99), None);
        assert_eq!(enum_value("AlertSeverity", "High"), None);
    }

    #[test]
    fn codes_and_words_are_told_apart() {
        let coded = |name| ENUMERATIONS[name].is_coded();
        assert!(coded("UserType") && coded("FileVerdict"));
        // Graph numbers its enumerations and sends their names.
        assert!(!coded("AlertSeverity") && !coded("riskLevel"));
        assert!(enumerations().count() > 100);
        // The first name of each value stands before its other spellings.
        for enumeration in enumerations() {
            assert!(!enumeration.members.is_empty(), "{}", enumeration.name);
        }
    }
}
