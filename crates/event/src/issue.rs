//! What was strange about a record?
//!
//! Strange input is a normal day: an issue is counted and searchable, and never drops a record.

use std::borrow::Cow;
use std::fmt;

/// The kinds of oddity, each with the word it is stored and searched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssueKind {
    /// The text was no strict JSON and was mended before reading; the raw bytes are kept as sent.
    MendedJson,
    /// A key occurs twice in one object; the first value counts.
    DuplicateKey,
    /// A field holds another type than documented.
    WrongType,
    /// A field every record has is absent.
    MissingField,
    /// A RecordType that no list names.
    UnknownRecordType,
    /// An operation that no list names, of a RecordType whose operations the documentation lists.
    UnknownOperation,
    /// A member of the record that neither the documentation nor known records of its RecordType have.
    UnknownField,
    /// A UserType, LogonType or other code that no list names.
    UnknownCode,
    /// A time that could not be read.
    UnreadableTime,
    /// An address that could not be read.
    UnreadableAddress,
    /// Another record with the same Id but other content is already stored.
    SameIdOtherContent,
}

impl IssueKind {
    pub const ALL: [IssueKind; 11] = [
        IssueKind::MendedJson,
        IssueKind::DuplicateKey,
        IssueKind::WrongType,
        IssueKind::MissingField,
        IssueKind::UnknownRecordType,
        IssueKind::UnknownOperation,
        IssueKind::UnknownField,
        IssueKind::UnknownCode,
        IssueKind::UnreadableTime,
        IssueKind::UnreadableAddress,
        IssueKind::SameIdOtherContent,
    ];

    /// The word in the store, the CLI and the API.
    pub fn name(self) -> &'static str {
        match self {
            IssueKind::MendedJson => "mended-json",
            IssueKind::DuplicateKey => "duplicate-key",
            IssueKind::WrongType => "wrong-type",
            IssueKind::MissingField => "missing-field",
            IssueKind::UnknownRecordType => "unknown-record-type",
            IssueKind::UnknownOperation => "unknown-operation",
            IssueKind::UnknownField => "unknown-field",
            IssueKind::UnknownCode => "unknown-code",
            IssueKind::UnreadableTime => "unreadable-time",
            IssueKind::UnreadableAddress => "unreadable-address",
            IssueKind::SameIdOtherContent => "same-id-other-content",
        }
    }
}

/// One oddity: its kind, the field it was met in, and the value or the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    pub kind: IssueKind,
    pub field: Cow<'static, str>,
    /// The offending value or the reason, cut to [`Issue::DETAIL_MAX`] bytes.
    pub detail: String,
}

impl Issue {
    /// A detail is an example, not a copy: longer ones are cut.
    pub const DETAIL_MAX: usize = 200;

    pub fn new(
        kind: IssueKind,
        field: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Issue {
        let mut detail = detail.into();
        if detail.len() > Issue::DETAIL_MAX {
            detail.truncate(detail.floor_char_boundary(Issue::DETAIL_MAX));
        }
        Issue { kind, field: field.into(), detail }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} in {}: {}", self.kind.name(), self.field, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counters are indexed by kind.
    #[test]
    fn kinds_stand_in_their_order() {
        for (index, kind) in IssueKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index, "{}", kind.name());
        }
    }
}
