//! Which events does a search of mailbox audit logs mean?
//!
//! The parameters of Search-MailboxAuditLog and New-MailboxAuditLogSearch as a filter. What has a
//! column narrows first; the record itself is asked only where no column tells.

use std::str::FromStr;

use event::{Field, Filter, Name, Pattern, Test};

use super::kind;
use super::unified::OTHER_WORDS;
use crate::drift;

/// What to look for. An empty list, and `None`, mean whatever there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailboxSearch {
    /// Addresses of owners, GUIDs, `DOMAIN\name` or aliases; `*` and `?` are wildcards.
    pub mailboxes: Vec<String>,
    pub logon_types: Vec<LogonType>,
    /// Names of actions, without case.
    pub operations: Vec<String>,
    /// Who acted, as the record names them; `*` and `?` are wildcards.
    pub users: Vec<String>,
    pub external_access: Option<bool>,
    pub has_attachments: Option<bool>,
}

/// Who reached a mailbox, as Exchange tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogonType {
    /// The account of the mailbox.
    Owner,
    /// An administrator by a tool, also one of a partner.
    Admin,
    /// Whoever has FullAccess, SendAs or SendOnBehalf.
    Delegate,
    /// From outside the organisation; in the cloud, Microsoft's own staff.
    External,
}

impl LogonType {
    pub const ALL: [LogonType; 4] =
        [LogonType::Owner, LogonType::Admin, LogonType::Delegate, LogonType::External];

    pub const fn name(self) -> &'static str {
        match self {
            LogonType::Owner => "owner",
            LogonType::Admin => "admin",
            LogonType::Delegate => "delegate",
            LogonType::External => "external",
        }
    }

    /// What the column says of it.
    const fn words(self) -> &'static [&'static str] {
        match self {
            LogonType::Owner => &["Owner"],
            LogonType::Admin => &["Admin", "DelegatedAdmin"],
            LogonType::Delegate => &["Delegated"],
            LogonType::External => &["External"],
        }
    }

    fn filter(self) -> Filter {
        let words = self.words().iter().map(|word| is(Field::LogonTypeName, word));
        // Unified records tell it beside the logon type.
        let external = (self == LogonType::External).then(|| path("ExternalAccess", "true"));
        any(words.chain(external))
    }
}

impl FromStr for LogonType {
    type Err = String;

    fn from_str(name: &str) -> Result<LogonType, String> {
        let found =
            LogonType::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let known = LogonType::ALL.map(LogonType::name).join(", ");
            format!("no logon type is called {name:?}; there are {known}")
        })
    }
}

impl MailboxSearch {
    /// The events meant. The error names an operation that there is none of, and the nearest.
    pub fn filter(&self) -> Result<Filter, String> {
        let operations: Result<Vec<_>, String> =
            self.operations.iter().map(|name| operation(name)).collect();
        let unless_empty = |filters: Vec<Filter>| match filters.is_empty() {
            true => Filter::All,
            false => any(filters),
        };
        let user = |user: &String| matches(Field::UserId, wildcard(user));
        Ok(Filter::all([
            kind::filter(),
            unless_empty(self.mailboxes.iter().map(|mailbox| self::mailbox(mailbox)).collect()),
            unless_empty(self.logon_types.iter().map(|logon| logon.filter()).collect()),
            unless_empty(operations?),
            unless_empty(self.users.iter().map(user).collect()),
            flag(self.external_access, || LogonType::External.filter()),
            flag(self.has_attachments, || any(ATTACHMENTS.iter().map(|at| path(at, "?*")))),
        ]))
    }
}

/// Where records name attachments.
const ATTACHMENTS: [&str; 5] = [
    "Item.Attachments",
    "AffectedItems.Attachments",
    "ItemAttachments",
    "SourceItemAttachmentsList",
    "SourceItems.Attachments",
];

/// Where entries of Exchange Server name the owner as `DOMAIN\name`.
const OWNERS: [&str; 2] = ["Owner", "MailboxResolvedOwnerName"];

/// A mailbox, by what its name looks like. Addresses stay tests of one column, however many.
fn mailbox(name: &str) -> Filter {
    if name.contains('@') || name == "*" {
        return matches(Field::MailboxOwnerUPN, wildcard(name));
    }
    if is_guid(name) {
        return path("MailboxGuid", name);
    }
    let resolved = match name.contains('\\') {
        true => wildcard(name),
        false => wildcard(&format!("*\\{name}")),
    };
    let owner =
        |at: &&str| Filter::Field(Name::Path((*at).to_owned()), Test::Matches(resolved.clone()));
    let resolved = OWNERS.iter().map(owner);
    let alias = (!name.contains('\\'))
        .then(|| matches(Field::MailboxOwnerUPN, wildcard(&format!("{name}@*"))));
    any(alias.into_iter().chain(resolved))
}

/// `3f0c2a51-77b1-4a0e-9d56-0c1de2f3a4b5`.
fn is_guid(text: &str) -> bool {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match DASHES.contains(&at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        })
}

/// An action, under each name that records have for it.
fn operation(name: &str) -> Result<Filter, String> {
    let known: Vec<&str> = drift::operations_of(EXCHANGE_ITEM).collect();
    if !known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        let nearest = known.iter().min_by_key(|known| distance(&event::fold(name), known));
        let nearest = nearest.copied().unwrap_or_default();
        return Err(format!(
            "no operation of mailboxes is called {name:?}; the nearest is {nearest}"
        ));
    }
    let is_name = |other: &&str| other.eq_ignore_ascii_case(name);
    let mut names = vec![name];
    names.extend(OTHER_WORDS.iter().filter(|(_, ours)| is_name(ours)).map(|(theirs, _)| *theirs));
    // Exchange logs all changes of folder permissions as one; the unified log may say which.
    if is_name(&FOLDER_PERMISSIONS) {
        names.extend(ONE_FOLDER_PERMISSION);
    } else if ONE_FOLDER_PERMISSION.iter().any(is_name) {
        names.push(FOLDER_PERMISSIONS);
    }
    Ok(any(names.into_iter().map(|name| is(Field::Operation, name))))
}

/// The RecordType whose operations are those of mailboxes.
const EXCHANGE_ITEM: i64 = 2;

const FOLDER_PERMISSIONS: &str = "UpdateFolderPermissions";
const ONE_FOLDER_PERMISSION: [&str; 3] =
    ["AddFolderPermissions", "ModifyFolderPermissions", "RemoveFolderPermissions"];

/// How many letters have to be put, taken or changed to make one name of the other.
fn distance(name: &str, known: &str) -> usize {
    let known: Vec<char> = event::fold(known).chars().collect();
    let mut row: Vec<usize> = (0..=known.len()).collect();
    // More letters than this are no slip.
    for (at, letter) in name.chars().take(NAME_CHARS_MAX).enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (place, other) in known.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(row[place] + 1).min(diagonal + 1);
        }
    }
    row[known.len()]
}

const NAME_CHARS_MAX: usize = 64;

/// `*` and `?` are wildcards, a backslash is itself.
fn wildcard(text: &str) -> Pattern {
    Pattern::wildcard(&text.replace('\\', r"\\"))
}

fn is(field: Field, text: &str) -> Filter {
    matches(field, Pattern::exact(text))
}

fn matches(field: Field, pattern: Pattern) -> Filter {
    Filter::Field(Name::Column(field), Test::Matches(pattern))
}

fn path(path: &str, pattern: &str) -> Filter {
    Filter::Field(Name::Path(path.to_owned()), Test::Matches(Pattern::wildcard(pattern)))
}

/// Any of them, without needless nesting.
fn any(filters: impl IntoIterator<Item = Filter>) -> Filter {
    let mut parts = Vec::new();
    for filter in filters {
        match filter {
            Filter::Or(inner) => parts.extend(inner),
            other => parts.push(other),
        }
    }
    match parts.len() {
        1 => parts.remove(0),
        _ => Filter::Or(parts),
    }
}

fn flag(wanted: Option<bool>, filter: impl Fn() -> Filter) -> Filter {
    match wanted {
        None => Filter::All,
        Some(true) => filter(),
        Some(false) => Filter::Not(Box::new(filter())),
    }
}
