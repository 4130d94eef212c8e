//! Which actions does mailbox auditing know, and who performs them?
//!
//! The names are data in `data/mailbox_actions.tsv`. Records go by some other names: facts from
//! MicrosoftDocs/microsoft-365-docs, audit-mailboxes.md, and the Management Activity API's schema.

use std::fmt;
use std::sync::LazyLock;

/// In which role somebody is in a mailbox: each has its own list of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Logon {
    Admin,
    Delegate,
    Owner,
}

impl Logon {
    pub const ALL: [Logon; 3] = [Logon::Admin, Logon::Delegate, Logon::Owner];

    /// The word of Exchange.
    pub const fn name(self) -> &'static str {
        match self {
            Logon::Admin => "Admin",
            Logon::Delegate => "Delegate",
            Logon::Owner => "Owner",
        }
    }

    /// The property of a mailbox that lists the actions.
    pub const fn property(self) -> &'static str {
        match self {
            Logon::Admin => "AuditAdmin",
            Logon::Delegate => "AuditDelegate",
            Logon::Owner => "AuditOwner",
        }
    }

    /// From the number in a record; `None` for transport, the system and numbers nobody knows.
    pub(crate) fn numbered(number: i64) -> Option<Logon> {
        match number {
            0 => Some(Logon::Owner),
            1 | 6 => Some(Logon::Admin),
            2 | 5 => Some(Logon::Delegate),
            _ => None,
        }
    }

    /// From the word in a record. External is Microsoft's staff, which is held to the list of
    /// administrators.
    pub(crate) fn named(word: &str) -> Option<Logon> {
        const WORDS: [(&str, Logon); 7] = [
            ("Owner", Logon::Owner),
            ("Admin", Logon::Admin),
            ("External", Logon::Admin),
            ("DelegatedAdmin", Logon::Admin),
            ("Delegate", Logon::Delegate),
            ("Delegated", Logon::Delegate),
            ("BestAccess", Logon::Delegate),
        ];
        let known = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word.trim()));
        known.map(|(_, logon)| *logon)
    }
}

/// An action of mailbox auditing: its line in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action(u8);

/// What records and lists call otherwise. Changes of single permissions are accepted in a list and
/// logged as UpdateFolderPermissions.
const OTHER_NAMES: [(&str, &str); 4] = [
    ("SearchQueryInitiatedExchange", "SearchQueryInitiated"),
    ("AddFolderPermissions", "UpdateFolderPermissions"),
    ("ModifyFolderPermissions", "UpdateFolderPermissions"),
    ("RemoveFolderPermissions", "UpdateFolderPermissions"),
];

impl Action {
    /// The action of that name, or of the name that records have for it, compared without case.
    pub fn named(name: &str) -> Option<Action> {
        let name = name.trim();
        let other = OTHER_NAMES.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        Action::listed(other.map_or(name, |(_, listed)| listed))
    }

    /// The action that a list of Exchange has under just this name.
    pub(crate) fn listed(name: &str) -> Option<Action> {
        let line = TABLE.iter().position(|line| line.name.eq_ignore_ascii_case(name))?;
        u8::try_from(line).ok().map(Action)
    }

    /// Does a list of Exchange accept the name, and log the action under another?
    pub(crate) fn is_covered(name: &str) -> bool {
        Action::listed(name).is_none() && Action::named(name).is_some()
    }

    pub fn name(self) -> &'static str {
        TABLE[usize::from(self.0)].name
    }
}

/// A set of actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Actions(u32);

impl Actions {
    pub const NONE: Actions = Actions(0);

    /// Every action there is.
    pub fn all() -> Actions {
        (0..TABLE.len()).map(|line| Action(line as u8)).collect()
    }

    /// Reads names. The error names what Exchange does not know, and what it knows.
    pub fn parse<T: AsRef<str>>(names: &[T]) -> Result<Actions, String> {
        let read = |name: &T| {
            let name = name.as_ref();
            Action::named(name).ok_or_else(|| {
                format!("mailbox action {name:?} is none of Exchange's: use {}", Actions::all())
            })
        };
        names.iter().map(read).collect()
    }

    pub fn contains(self, action: Action) -> bool {
        self.0 & 1 << action.0 != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn union(self, other: Actions) -> Actions {
        Actions(self.0 | other.0)
    }

    /// What is in both.
    pub fn common(self, other: Actions) -> Actions {
        Actions(self.0 & other.0)
    }

    pub fn without(self, other: Actions) -> Actions {
        Actions(self.0 & !other.0)
    }

    pub fn iter(self) -> impl Iterator<Item = Action> {
        (0..TABLE.len()).map(|line| Action(line as u8)).filter(move |action| self.contains(*action))
    }
}

impl FromIterator<Action> for Actions {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Actions {
        Actions(actions.into_iter().fold(0, |set, action| set | 1 << action.0))
    }
}

/// As Exchange lists them: `HardDelete, SoftDelete`; `None` without any.
impl fmt::Display for Actions {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("None");
        }
        for (index, action) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{}", action.name())?;
        }
        Ok(())
    }
}

/// A line of the table: an action, and what Exchange does with it.
pub(crate) struct Line {
    pub name: &'static str,
    /// `D`, `y` or `-` for each preset that has columns, and each of [`Logon::ALL`].
    pub marks: [[u8; 3]; 3],
}

pub(crate) static TABLE: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let lines: Vec<Line> = include_str!("../data/mailbox_actions.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(read_line)
        .collect();
    assert!(lines.len() <= 32, "a set of actions has 32 places");
    lines
});

fn read_line(line: &'static str) -> Line {
    let mut fields = line.split('\t');
    let name = fields.next().expect("an action");
    let mut marks = [[0; 3]; 3];
    for mark in marks.iter_mut().flatten() {
        *mark = match fields.next().map(str::as_bytes) {
            Some([mark @ (b'D' | b'y' | b'-')]) => *mark,
            other => panic!("{name}: {other:?} is no mark"),
        };
    }
    assert_eq!(fields.next(), None, "{name} has too many marks");
    Line { name, marks }
}

/// The set of actions whose mark passes.
pub(crate) fn marked(preset: usize, logon: Logon, pass: impl Fn(u8) -> bool) -> Actions {
    let fits = |line: &Line| pass(line.marks[preset][logon as usize]);
    let lines = TABLE.iter().enumerate().filter(|(_, line)| fits(line));
    lines.map(|(index, _)| Action(index as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_records_are_found() {
        for (name, action) in [
            ("harddelete", Some("HardDelete")),
            ("SearchQueryInitiatedExchange", Some("SearchQueryInitiated")),
            ("addfolderpermissions", Some("UpdateFolderPermissions")),
            ("ModifyFolderPermissions", Some("UpdateFolderPermissions")),
            ("RemoveFolderPermissions", Some("UpdateFolderPermissions")),
            ("AttachmentAccess", None),
            ("", None),
        ] {
            assert_eq!(Action::named(name).map(Action::name), action, "{name}");
        }
    }

    #[test]
    fn a_name_nobody_knows_is_an_error_that_lists_the_known() {
        let error = Actions::parse(&["Update", "Erase"]).unwrap_err();
        assert!(error.starts_with(r#"mailbox action "Erase" is none of Exchange's: use Apply"#));
        assert_eq!(Actions::parse(&["update", "Copy"]).unwrap().to_string(), "Copy, Update");
        assert_eq!(Actions::NONE.to_string(), "None");
    }

    #[test]
    fn words_and_numbers_of_logons() {
        for (number, word, logon) in [
            (0, "Owner", Some(Logon::Owner)),
            (1, "admin", Some(Logon::Admin)),
            (2, "Delegated", Some(Logon::Delegate)),
            (3, "Transport", None),
            (4, "SystemService", None),
            (5, "BestAccess", Some(Logon::Delegate)),
            (6, "DelegatedAdmin", Some(Logon::Admin)),
            (7, "Somebody", None),
        ] {
            assert_eq!(Logon::numbered(number), logon, "{number}");
            assert_eq!(Logon::named(word), logon, "{word}");
        }
        assert_eq!(Logon::named("Delegate"), Some(Logon::Delegate));
        assert_eq!(Logon::named("External"), Some(Logon::Admin));
    }
}
