//! What does a mailbox audit record tell?
//!
//! It comes by the feed (ExchangeItem, ExchangeItemGroup and the two aggregated types), and as an
//! entry of Search-MailboxAuditLog or of the XML that New-MailboxAuditLogSearch mails, which name
//! the same facts a little otherwise.

use std::borrow::Cow;

use event::{Event, Field, Value, fold, resolve, time};

use crate::action::{Action, Logon};
use crate::consolidate::Group;

const RECORD_TYPES: [i64; 4] = [2, 3, 19, 50];

/// An event that is known for a mailbox audit record.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'e> {
    event: &'e Event<'e>,
}

impl<'e> Entry<'e> {
    pub fn of(event: &'e Event<'e>) -> Option<Entry<'e>> {
        let entry = Entry { event };
        let fits = match event.int(Field::RecordType) {
            Some(number) => RECORD_TYPES.contains(&number),
            None => entry.has_the_form(),
        };
        fits.then_some(entry)
    }

    /// Entries of the mailbox's own log have no RecordType.
    fn has_the_form(self) -> bool {
        let has_mailbox =
            || self.column_or(Field::MailboxOwnerUPN, &["MailboxOwnerUPN", "MailboxGuid"]);
        let has_logon = || {
            self.event.cell(Field::LogonType).is_some()
                || self.column_or(Field::LogonTypeName, &["LogonType"]).is_some()
        };
        !self.operation().is_empty() && has_mailbox().is_some() && has_logon()
    }

    pub fn operation(self) -> Cow<'e, str> {
        self.column_or(Field::Operation, &["Operation"]).unwrap_or_default()
    }

    /// `None` for an action that no list of Exchange knows.
    pub fn action(self) -> Option<Action> {
        Action::named(&self.operation())
    }

    /// `None` for transport, the system and what is unknown.
    pub fn logon(self) -> Option<Logon> {
        let number = self.event.int(Field::LogonType);
        let number = number.or_else(|| self.event.body.get("LogonType")?.as_int());
        match number {
            Some(number) => Logon::numbered(number),
            None => Logon::named(&self.column_or(Field::LogonTypeName, &["LogonType"])?),
        }
    }

    /// All that the mailbox goes by.
    pub fn mailbox(self) -> Vec<Cow<'e, str>> {
        let members = ["MailboxOwnerUPN", "MailboxResolvedOwnerName", "Owner", "MailboxGuid"];
        self.texts(Field::MailboxOwnerUPN, &members)
    }

    /// All that whoever acted goes by.
    pub fn accounts(self) -> Vec<Cow<'e, str>> {
        const MEMBERS: [&str; 6] = [
            "UserId",
            "UserPrincipalName",
            "LogonUserPrincipalName",
            "LogonUserDisplayName",
            "LogonUserDN",
            "LogonUserSid",
        ];
        self.texts(Field::UserId, &MEMBERS)
    }

    /// What makes it one with others, if it says so much.
    pub fn group(self) -> Option<Group> {
        let time = self.event.time(Field::CreationTime)?;
        let day = i32::try_from(time.div_euclid(time::DAY)).ok()?;
        // The ids come first, since exports agree on them.
        let mailbox = self.member("MailboxGuid");
        let mailbox =
            mailbox.or_else(|| self.column_or(Field::MailboxOwnerUPN, &["MailboxOwnerUPN"]))?;
        let delegate = self.member("LogonUserSid");
        let delegate = delegate.or_else(|| self.column_or(Field::UserId, &["UserId"]))?;
        Some(Group::new(&fold(&mailbox), &self.folder()?, &fold(&delegate), day))
    }

    /// The folder's id, which minds case, or else its path.
    fn folder(self) -> Option<String> {
        const IDS: [&str; 3] = ["Item.ParentFolder.Id", "Folder.Id", "FolderId"];
        const PATHS: [&str; 3] = ["Item.ParentFolder.Path", "Folder.Path", "FolderPathName"];
        let first = |paths: [&str; 3]| paths.into_iter().find_map(|path| self.at(path));
        first(IDS).or_else(|| first(PATHS).map(|path| fold(&path)))
    }

    fn at(self, path: &str) -> Option<String> {
        let mut found = None;
        resolve(&self.event.body, path, &mut |value| {
            found = text_of(value).map(Cow::into_owned);
            found.is_some()
        });
        found
    }

    fn member(self, name: &str) -> Option<Cow<'e, str>> {
        self.event.body.get(name).and_then(text_of)
    }

    fn column_or(self, field: Field, members: &[&str]) -> Option<Cow<'e, str>> {
        let column = self.event.text(field).filter(|text| !text.is_empty()).map(Cow::Borrowed);
        column.or_else(|| members.iter().find_map(|name| self.member(name)))
    }

    fn texts(self, field: Field, members: &[&str]) -> Vec<Cow<'e, str>> {
        let column = self.event.text(field).map(Cow::Borrowed);
        let members = members.iter().filter_map(|name| self.member(name));
        let mut texts: Vec<Cow<str>> = Vec::with_capacity(4);
        for text in column.into_iter().chain(members) {
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }
}

fn text_of<'v>(value: &'v Value) -> Option<Cow<'v, str>> {
    value.as_text().filter(|text| !text.is_empty())
}
