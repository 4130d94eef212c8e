//! What was read in a mailbox?
//!
//! The first pass finds what was read in the contexts asked for; the second reads the same mailboxes
//! once more for everything around it: who else was there, the subjects of the messages, and what
//! was done in the same sessions. Of mailboxes in which something was done and nothing read it is
//! only asked whether they log reads, and when they were throttled. Where only a mailbox was named
//! the first pass brings all but subjects, and the second is left out unless some are missing. What MailItemsAccessed means is told by microsoft-365-docs,
//! audit-log-investigate-accounts.md.

mod access;
mod answer;
mod done;
mod mailbox;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use event::{Event, Field, Filter};

use access::{Context, Read, subjects};
use mailbox::{Mailbox, Message, Use};

use super::bounded::{Distinct, Each};
use super::seen::Seen;
use super::{Kind, Question, filter, told};
use crate::{Answer, Ask, Parameter, Table};

pub static KIND: Kind = Kind {
    name: "mail-exposure",
    title: "What was read in mailboxes",
    about: "The messages and folders that were read, by whom and how, and what else was done in the same sessions.",
    parameters: NARROWING,
    required: NARROWING,
    open,
};

const NARROWING: &[Parameter] =
    &[Parameter::User, Parameter::Mailbox, Parameter::Address, Parameter::Session];

/// Mailboxes that the second pass looks into, and sessions it follows.
const MAILBOXES_MAX: usize = 1_000;
const SESSIONS_MAX: usize = 1_000;
/// Different ways into a mailbox that are told apart.
const CONTEXTS_MAX: usize = 10_000;
/// Messages listed; more are counted, up to the second limit.
const MESSAGES_MAX: usize = 100_000;
const MESSAGES_COUNTED_MAX: usize = 2_000_000;
const FOLDERS_MAX: usize = 10_000;

const READ: &str = "MailItemsAccessed";
const SENT: &[&str] = &["Send", "SendAs", "SendOnBehalf"];
const MOVED: &[&str] = &["SoftDelete", "HardDelete", "MoveToDeletedItems", "Move"];
const SEARCHED: &str = "SearchQueryInitiatedExchange";
/// Of the mailbox itself.
const RULE_CHANGED: &str = "UpdateInboxRules";
const RULE_CMDLETS: &[&str] = &[
    "New-InboxRule",
    "Set-InboxRule",
    "Enable-InboxRule",
    "Disable-InboxRule",
    "Remove-InboxRule",
];
/// Further records that know a message's subject.
const SUBJECTS: &[&str] = &["Create", "Update", "Copy", "MessageBind", "ApplyRecord"];
/// Message traces, summary and extended.
const TRACES: &[&str] = &["MessageTrace", "RECEIVE", "DELIVER"];

fn open(ask: &Ask) -> Result<Box<dyn Question>, String> {
    let scope = Filter::all([
        filter::asked(Field::UserId, ask.user.as_deref()),
        filter::asked(Field::SessionId, ask.session.as_deref()),
        filter::within(filter::network(ask)?),
    ]);
    let mut mailboxes = Each::new(MAILBOXES_MAX);
    // A mailbox that nothing is known of must be named all the same.
    let named = ask.mailbox.as_deref().or(ask.user.as_deref());
    if let Some(name) = named.filter(|name| name.contains('@') && !name.contains(['*', '?'])) {
        let mailbox = mailboxes.at(event::fold(name));
        mailbox.into_iter().for_each(|mailbox: &mut Mailbox| mailbox.is_named = true);
    }
    Ok(Box::new(MailExposure {
        scope,
        mailbox: ask.mailbox.clone(),
        domains: ask.domains.clone(),
        pass: Pass::Start,
        mailboxes,
        sessions: BTreeSet::new(),
        is_untold: false,
        contexts: Each::new(CONTEXTS_MAX),
        messages: Each::new(MESSAGES_MAX),
        distinct: Distinct::new(MESSAGES_COUNTED_MAX),
        subjects: HashMap::new(),
        folders: Each::new(FOLDERS_MAX),
        done: done::Done::default(),
    }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Start,
    Exposed,
    /// Whole events of what was read.
    Around,
    /// Columns of what was not.
    Elsewhere,
    /// Whole events whose columns do not tell whether the mailbox was throttled.
    Untold,
    /// Of a mailbox of which everything counts.
    Subjects,
}

struct MailExposure {
    /// Whose access counts; every access where only the mailbox was asked for.
    scope: Filter,
    mailbox: Option<String>,
    /// The tenant's own.
    domains: BTreeSet<String>,
    pass: Pass,
    mailboxes: Each<String, Mailbox>,
    /// Of the contexts that count.
    sessions: BTreeSet<String>,
    /// Have some columns not told whether a mailbox was throttled?
    is_untold: bool,
    contexts: Each<Context, Use>,
    /// By mailbox and message id.
    messages: Each<(String, String), Message>,
    distinct: Distinct,
    /// Of the messages listed; empty until a record tells it.
    subjects: HashMap<String, String>,
    /// By mailbox and path.
    folders: Each<(String, String), Message>,
    done: done::Done,
}

impl Question for MailExposure {
    fn next(&mut self) -> Option<Filter> {
        match self.pass {
            Pass::Start => {
                self.pass = Pass::Exposed;
                Some(self.exposed())
            }
            Pass::Exposed if self.takes_all() => {
                self.pass = Pass::Subjects;
                let is_missing = self.subjects.values().any(String::is_empty);
                is_missing.then(|| self.of_mailboxes(&[SENT, MOVED, SUBJECTS].concat()))
            }
            Pass::Exposed if self.mailboxes.len() > 0 || !self.sessions.is_empty() => {
                self.pass = Pass::Around;
                Some(self.around())
            }
            Pass::Around if self.names(|mailbox| !mailbox.is_at_stake()).next().is_some() => {
                self.pass = Pass::Elsewhere;
                Some(self.reads_elsewhere())
            }
            Pass::Elsewhere if self.is_untold => {
                self.pass = Pass::Untold;
                let untold = filter::missing(Field::IsThrottled);
                Some(Filter::all([self.reads_elsewhere(), untold]))
            }
            _ => None,
        }
    }

    fn columns(&self) -> Option<&'static [Field]> {
        (self.pass == Pass::Elsewhere).then_some(&[Field::MailboxOwnerUPN, Field::IsThrottled])
    }

    fn take(&mut self, event: &Event) {
        match self.pass {
            Pass::Subjects => self.learn_subjects(event),
            Pass::Around => self.look_around(event),
            Pass::Elsewhere | Pass::Untold => self.read_by_anybody(event),
            Pass::Start | Pass::Exposed => {
                self.expose(event);
                if self.takes_all() {
                    self.look_around(event);
                }
            }
        }
    }

    fn answer(self: Box<Self>) -> Answer {
        self.told()
    }
}

fn done_in_mailboxes() -> Vec<&'static str> {
    [&[READ, SEARCHED, RULE_CHANGED], SENT, MOVED].concat()
}

/// `None` where the event does not tell; the columns of older files do not.
fn is_throttled(event: &Event) -> Option<bool> {
    let said = match event.text(Field::IsThrottled) {
        Some(said) => said.to_owned(),
        None => told::text(&event.body, &["OperationProperties.IsThrottled"])?,
    };
    Some(said.eq_ignore_ascii_case("true"))
}

impl MailExposure {
    fn exposed(&self) -> Filter {
        let in_mailbox = Filter::all([
            filter::operations(&done_in_mailboxes()),
            filter::asked(Field::MailboxOwnerUPN, self.mailbox.as_deref()),
        ]);
        // Cmdlets do not name a mailbox's owner, and are mostly run by him.
        let by_cmdlet = Filter::all([
            filter::operations(RULE_CMDLETS),
            filter::asked(Field::UserId, self.mailbox.as_deref()),
        ]);
        Filter::all([Filter::Or(vec![in_mailbox, by_cmdlet]), self.scope.clone()])
    }

    /// Does every access count?
    fn takes_all(&self) -> bool {
        self.scope == Filter::All
    }

    fn around(&self) -> Filter {
        let operations = [done_in_mailboxes().as_slice(), SUBJECTS].concat();
        let same_session = filter::any_of(Field::SessionId, &self.sessions);
        let by_owner = filter::any_of(Field::UserId, self.names(Mailbox::is_at_stake));
        Filter::Or(vec![
            self.of_mailboxes(&operations),
            Filter::all([
                filter::operations(&done_in_mailboxes()),
                Filter::Or(vec![self.scope.clone(), same_session.clone()]),
            ]),
            Filter::all([
                filter::operations(RULE_CMDLETS),
                Filter::Or(vec![self.scope.clone(), same_session, by_owner]),
            ]),
        ])
    }

    /// These operations in the mailboxes at stake, and the traces of their mail.
    fn of_mailboxes(&self, operations: &[&str]) -> Filter {
        let names = || self.names(Mailbox::is_at_stake);
        let mut of_mailbox = filter::any_of(Field::MailboxOwnerUPN, names());
        if let Some(mailbox) = self.mailbox.as_deref() {
            of_mailbox =
                Filter::Or(vec![of_mailbox, filter::among(Field::MailboxOwnerUPN, &[mailbox])]);
        }
        Filter::Or(vec![
            Filter::all([filter::operations(operations), of_mailbox]),
            Filter::all([
                filter::operations(TRACES),
                filter::missing(Field::RecordTypeName),
                Filter::Or(vec![
                    filter::any_of(Field::UserId, names()),
                    filter::any_of(Field::ObjectId, names()),
                ]),
            ]),
        ])
    }

    fn reads_elsewhere(&self) -> Filter {
        Filter::all([
            filter::operations(&[READ]),
            filter::any_of(Field::MailboxOwnerUPN, self.names(|mailbox| !mailbox.is_at_stake())),
        ])
    }

    fn names(&self, which: fn(&Mailbox) -> bool) -> impl Iterator<Item = &String> {
        let mailboxes = self.mailboxes.sorted().into_iter();
        mailboxes.filter(move |(_, mailbox)| which(mailbox)).map(|(name, _)| name)
    }

    /// An event in a context that counts.
    fn expose(&mut self, event: &Event) {
        // Where every access counts there is nothing to follow.
        let session = told::folded(event, Field::SessionId);
        let followed = !self.takes_all() && !session.is_empty();
        if followed && self.sessions.len() < SESSIONS_MAX {
            self.sessions.insert(session);
        }
        let name = told::folded(event, Field::MailboxOwnerUPN);
        if name.is_empty() {
            return;
        }
        let Some(mailbox) = self.mailboxes.at(name.clone()) else { return };
        if told::column(event, Field::Operation) != READ {
            return;
        }
        let time = told::time(event);
        let address = told::column(event, Field::ClientAddress);
        match Read::of(event) {
            Read::Sync { folders } => {
                mailbox.syncs += 1;
                for path in folders {
                    if let Some(folder) = self.folders.at((name.clone(), path)) {
                        folder.seen.at(time);
                        folder.addresses.add(&address);
                    }
                }
            }
            Read::Bind { items, operations } => {
                mailbox.bound(items.len() as u64, operations);
                for item in items {
                    if self.distinct.add(&(&name, &item.id)) {
                        mailbox.messages += 1;
                    }
                    let Some(message) = self.messages.at((name.clone(), item.id.clone())) else {
                        continue;
                    };
                    message.seen.at(time);
                    message.folders.add(&item.folder);
                    message.addresses.add(&address);
                    let subject = self.subjects.entry(item.id).or_default();
                    if subject.is_empty() {
                        *subject = item.subject;
                    }
                }
            }
        }
    }

    /// Any event of the mailboxes, and of the sessions that count.
    fn look_around(&mut self, event: &Event) {
        self.learn_subjects(event);
        let operation = told::column(event, Field::Operation);
        let is_rule = operation == RULE_CHANGED || RULE_CMDLETS.contains(&operation.as_str());
        if !is_rule && !done_in_mailboxes().contains(&operation.as_str()) {
            return;
        }
        let counts = self.scope.matches(event);
        let same_session = self.sessions.contains(&told::folded(event, Field::SessionId));
        if let Some(context) = self.contexts.at(Context::of(event)) {
            context.counts |= counts;
            context.same_session |= same_session;
            context.add(&operation, event);
        }
        if operation != READ {
            if counts || same_session {
                self.done.add(&operation, event, &self.domains);
            }
            return;
        }
        self.read_by_anybody(event);
    }

    /// A mailbox logs reads, whoever it was, and may have been throttled.
    fn read_by_anybody(&mut self, event: &Event) {
        let is_throttled = is_throttled(event);
        self.is_untold |= is_throttled.is_none();
        let Some(mailbox) = self.mailboxes.at(told::folded(event, Field::MailboxOwnerUPN)) else {
            return;
        };
        mailbox.reads_of_all += 1;
        if is_throttled == Some(true)
            && let Some(time) = told::time(event)
        {
            mailbox.throttle(time);
        }
    }

    fn learn_subjects(&mut self, event: &Event) {
        for (id, subject) in subjects(event) {
            if let Some(known) = self.subjects.get_mut(&id).filter(|known| known.is_empty()) {
                *known = subject;
            }
        }
    }
}

/// A table's rows are bounded as well.
const _: () = assert!(MESSAGES_MAX <= Table::ROWS_MAX);
