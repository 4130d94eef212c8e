//! Which name does a code go by?
//!
//! The tables are files under `data/`, one `id<TAB>name` a line. The first name of an id is its
//! name; further ones are understood when a record or a query uses them.

use std::cmp::Ordering;
use std::sync::LazyLock;

use event::Field;

/// The name of a RecordType: `record_type_name(15)` is `AzureActiveDirectoryStsLogon`.
pub fn record_type_name(id: i64) -> Option<&'static str> {
    RECORD_TYPES.name(id)
}

/// The number of a RecordType, from any of its names, compared without case.
pub fn record_type_id(name: &str) -> Option<i64> {
    RECORD_TYPES.id(name)
}

/// The name of a UserType: `user_type_name(3)` is `DcAdmin`.
pub fn user_type_name(id: i64) -> Option<&'static str> {
    USER_TYPES.name(id)
}

/// The number of a UserType, from its name, compared without case.
pub fn user_type_id(name: &str) -> Option<i64> {
    USER_TYPES.id(name)
}

/// The name of an Exchange LogonType: `logon_type_name(2)` is `Delegated`.
pub fn logon_type_name(id: i64) -> Option<&'static str> {
    LOGON_TYPES.name(id)
}

/// The number of an Exchange LogonType, from its name, compared without case.
pub fn logon_type_id(name: &str) -> Option<i64> {
    LOGON_TYPES.id(name)
}

/// The name of an Entra sign-in error: `sign_in_error_name(50126)` is `InvalidUserNameOrPassword`.
/// Where none is published it is a few words of ours.
pub fn sign_in_error_name(code: i64) -> Option<&'static str> {
    SIGN_IN_ERRORS.name(code)
}

/// The number of an Entra sign-in error, from its name, compared without case.
pub(crate) fn sign_in_error_code(name: &str) -> Option<i64> {
    SIGN_IN_ERRORS.id(name)
}

/// Every Entra sign-in error: number and name, by number.
pub(crate) fn sign_in_errors() -> &'static [(i64, &'static str)] {
    &SIGN_IN_ERRORS.names
}

/// Every RecordType: number and name, by number.
pub(crate) fn record_types() -> &'static [(i64, &'static str)] {
    &RECORD_TYPES.names
}

/// The codes of a column that holds some.
pub(crate) fn of(field: Field) -> Option<&'static Codes> {
    match field {
        Field::RecordType => Some(&RECORD_TYPES),
        Field::UserType => Some(&USER_TYPES),
        Field::LogonType => Some(&LOGON_TYPES),
        _ => None,
    }
}

static RECORD_TYPES: LazyLock<Codes> = LazyLock::new(|| {
    Codes::read(&[
        include_str!("../data/record_types.tsv"),
        include_str!("../data/record_type_aliases.tsv"),
    ])
});
static USER_TYPES: LazyLock<Codes> =
    LazyLock::new(|| Codes::read(&[include_str!("../data/user_types.tsv")]));
static LOGON_TYPES: LazyLock<Codes> =
    LazyLock::new(|| Codes::read(&[include_str!("../data/logon_types.tsv")]));
static SIGN_IN_ERRORS: LazyLock<Codes> = LazyLock::new(|| {
    Codes::read(&[
        include_str!("../data/sign_in_errors.tsv"),
        include_str!("../data/sign_in_error_words.tsv"),
    ])
});

/// Names by number and numbers by name.
pub(crate) struct Codes {
    /// Sorted by id.
    names: Vec<(i64, &'static str)>,
    /// Sorted by name without case.
    ids: Vec<(&'static str, i64)>,
}

impl Codes {
    fn read(files: &[&'static str]) -> Codes {
        let lines: Vec<(i64, &'static str)> = files
            .iter()
            .flat_map(|file| file.lines())
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let (id, name) = line.split_once('\t').expect("id<TAB>name");
                (id.parse().expect("a number before the tab"), name)
            })
            .collect();
        // Both sorts are stable, so the first line of an id or name is the one that counts.
        let mut names = lines.clone();
        names.sort_by_key(|(id, _)| *id);
        names.dedup_by_key(|(id, _)| *id);
        let mut ids: Vec<(&'static str, i64)> =
            lines.into_iter().map(|(id, name)| (name, id)).collect();
        ids.sort_by(|a, b| compare_without_case(a.0, b.0));
        ids.dedup_by(|a, b| a.0.eq_ignore_ascii_case(b.0));
        Codes { names, ids }
    }

    pub(crate) fn name(&self, id: i64) -> Option<&'static str> {
        let at = self.names.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.names[at].1)
    }

    pub(crate) fn id(&self, name: &str) -> Option<i64> {
        let at = self.ids.binary_search_by(|(known, _)| compare_without_case(known, name)).ok()?;
        Some(self.ids[at].1)
    }
}

fn compare_without_case(a: &str, b: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_names_and_names_have_codes() {
        assert_eq!(record_type_name(1), Some("ExchangeAdmin"));
        assert_eq!(record_type_name(475), Some("SparkCoreCustomLivePool"));
        assert_eq!(record_type_name(137), None);
        assert_eq!(record_type_name(-1), None);
        assert_eq!(record_type_id("exchangeadmin"), Some(1));
        assert_eq!(record_type_id("Exchange"), None);
        assert_eq!(user_type_name(3), Some("DcAdmin"));
        assert_eq!(user_type_id("DCAdmin"), Some(3));
        assert_eq!(logon_type_name(2), Some("Delegated"));
        assert_eq!(logon_type_id("Delegate"), Some(2));
        assert_eq!(sign_in_error_name(50126), Some("InvalidUserNameOrPassword"));
        assert_eq!(sign_in_error_name(7000215), Some("wrong client secret"));
    }

    #[test]
    fn both_of_microsofts_names_are_understood() {
        assert_eq!(record_type_name(22), Some("Yammer"));
        assert_eq!(record_type_id("Viva Engage"), Some(22));
        // One list has CrossTenantAccessPolicy at 372, Graph at 370.
        assert_eq!(record_type_id("CrossTenantAccessPolicy"), Some(370));
        assert_eq!(record_type_id("SentinelKQLOnLake"), Some(367));
        assert_eq!(record_type_name(379), Some("SentinelKQLOnLake"));
    }

    #[test]
    fn every_name_leads_back_to_an_id_of_that_name() {
        for (id, name) in &RECORD_TYPES.names {
            let back = record_type_id(name).unwrap();
            assert!(back == *id || record_type_name(back) == Some(name), "{id} {name}");
        }
        assert_eq!(RECORD_TYPES.names.len(), 474);
    }
}
