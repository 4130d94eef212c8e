//! Which values of a record does a redaction name?

use std::fmt;

/// Either a path from the record's root, `Item.Subject`, or a single name, `Subject`, which means
/// every member of that name however deep. Names are compared without case, lists are gone
/// through, and a pair of name and value counts as a member: `Parameters.Subject`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldPath(String);

/// By these the store tells records apart and days from each other.
const NEEDED: [&str; 3] = ["Id", "CreationTime", "RecordType"];

/// What the columns of an export call members of the record, the member first.
/// Facts from MicrosoftDocs/office-docs-powershell, Search-UnifiedAuditLog.md, and the schema of
/// Graph's auditLogRecord.
const AROUND: [(&str, &[&str]); 3] = [
    ("UserId", &["UserIds", "User", "userPrincipalName"]),
    ("UserKey", &["userId"]),
    ("Operation", &["Operations"]),
];

impl FieldPath {
    /// Longest path accepted, in bytes.
    pub const LENGTH_MAX: usize = 256;

    pub fn parse(text: &str) -> Result<FieldPath, String> {
        let text = text.trim();
        let slip = |why: &str| Err(format!("field {text:?} {why}"));
        if text.split('.').any(|name| name.trim().is_empty()) {
            return slip("has a name without letters: write Subject or Item.Subject");
        }
        if text.len() > FieldPath::LENGTH_MAX {
            return slip(&format!("is longer than {} bytes", FieldPath::LENGTH_MAX));
        }
        if NEEDED.iter().any(|name| name.eq_ignore_ascii_case(text)) {
            return slip(
                "cannot be redacted, since records are told apart by it; name a deeper one \
                 by its path, such as Item.Id",
            );
        }
        Ok(FieldPath(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, if it means every member of that name.
    pub(crate) fn name(&self) -> Option<&str> {
        (!self.0.contains('.')).then_some(&self.0)
    }

    /// What it may be called around the record.
    pub(crate) fn around(&self) -> Vec<FieldPath> {
        let last = self.0.rsplit('.').next().unwrap_or(&self.0);
        let others = AROUND.iter().filter(|(member, _)| member.eq_ignore_ascii_case(last));
        let others = others.flat_map(|(_, columns)| columns.iter().copied());
        std::iter::once(last).chain(others).map(|name| FieldPath(name.to_owned())).collect()
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What follows `key` in `path`: empty at its end, `None` if the path does not begin with it. A key
/// may hold dots itself.
pub(super) fn after<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    let head = path.get(..key.len())?;
    if key.is_empty() || !head.eq_ignore_ascii_case(key) {
        return None;
    }
    match &path[key.len()..] {
        "" => Some(""),
        rest => rest.strip_prefix('.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_path_says_why() {
        for (text, why) in [
            ("", "name without letters"),
            ("Item..Subject", "name without letters"),
            (".Subject", "name without letters"),
            ("id", "records are told apart"),
            ("CreationTime", "records are told apart"),
        ] {
            let error = FieldPath::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(FieldPath::parse(&"a".repeat(257)).unwrap_err().contains("256 bytes"));
        assert_eq!(FieldPath::parse(" Item.Id ").unwrap().as_str(), "Item.Id");
    }

    #[test]
    fn paths_follow_keys() {
        for (path, key, rest) in [
            ("Item.Subject", "item", Some("Subject")),
            ("Item", "Item", Some("")),
            ("Items", "Item", None),
            ("Role.DisplayName.Old", "Role.DisplayName", Some("Old")),
            ("Item", "", None),
            ("é", "e", None),
        ] {
            assert_eq!(after(path, key), rest, "{path} {key}");
        }
    }
}
