//! Who opened mailboxes of others?
//!
//! What Exchange's own report of the same name showed: administrators, delegates and Microsoft's
//! staff in mailboxes that are not theirs, and who sent mail in another's name.

use event::{Event, Field, Filter};

use super::filter::{among, any, by_user, exists, like, not, path};
use super::inside::is_inside;
use super::layout::{alarm, at, cell, cut, figure, or_nobody, shown};
use super::mailbox_access::{Access, folder, mailbox, messages, sent_as, subjects};
use super::seen::Seen;
use super::tally::{Named, Tally};
use super::timeline::Timeline;
use super::told;
use crate::{Answer, Ask, Cell, Kind, Parameter, Question, Table};

pub static KIND: Kind = Kind {
    name: "non-owner-access",
    title: "Non-owner mailbox access",
    about: "Who opened mailboxes that are not theirs, as administrator, delegate or from outside, and who sent in another's name.",
    parameters: &[Parameter::Mailbox, Parameter::User, Parameter::Address],
    required: &[],
    open: |ask| Ok(Box::new(NonOwnerAccess::new(ask)?)),
};

/// RecordTypes of what is done to mailboxes: ExchangeItem, ExchangeItemGroup,
/// ExchangeItemAggregated.
const RECORD_TYPES: [&str; 3] = ["2", "3", "50"];
const SENT: [&str; 2] = ["SendAs", "SendOnBehalf"];
/// Names in one cell.
const LISTED: usize = 4;
/// Different names kept for such a cell.
const LISTED_MAX: usize = 50;
/// Bars of the chart of actors.
const TOP: usize = 15;

struct NonOwnerAccess {
    ask: Ask,
    filter: Option<Filter>,
    timeline: Timeline,
    entries: Table,
    sent: Table,
    mailboxes: Named<Mailbox>,
    actors: Tally,
    external: u64,
    outside: u64,
    failures: u64,
    synced: u64,
    throttled: u64,
    by_service: Tally,
    by_owner: u64,
}

struct Mailbox {
    seen: Seen,
    messages: u64,
    actors: Tally,
    actions: Tally,
}

impl Default for Mailbox {
    fn default() -> Mailbox {
        let names = || Tally::with_max(LISTED_MAX);
        Mailbox { seen: Seen::default(), messages: 0, actors: names(), actions: names() }
    }
}

const ENTRY: &[&str] = &[
    "CreationTime",
    "Mailbox",
    "Actor",
    "As",
    "Operation",
    "Folder",
    "Item",
    "Messages",
    "Client",
    "ClientAddress",
    "From",
    "Result",
];
const SENT_ENTRY: &[&str] = &[
    "CreationTime",
    "Actor",
    "Operation",
    "In the name of",
    "Subject",
    "Client",
    "ClientAddress",
    "From",
    "Result",
];

impl NonOwnerAccess {
    fn new(ask: &Ask) -> Result<NonOwnerAccess, String> {
        Ok(NonOwnerAccess {
            filter: Some(filter(ask)?),
            timeline: Timeline::new(ask),
            ask: ask.clone(),
            entries: Table::new("entries", "Access to mailboxes of others", ENTRY),
            sent: Table::new("sent-in-anothers-name", "Sent in another's name", SENT_ENTRY),
            mailboxes: Named::default(),
            actors: Tally::default(),
            external: 0,
            outside: 0,
            failures: 0,
            synced: 0,
            throttled: 0,
            by_service: Tally::with_max(LISTED_MAX),
            by_owner: 0,
        })
    }

    fn take_sent(&mut self, event: &Event, name: &str, whence: Cell) {
        self.sent.push(
            Some(event.key),
            vec![
                at(event),
                cell(or_nobody(event.text(Field::UserId))),
                shown(event, Field::Operation),
                cell(name),
                cell(&subjects(event)),
                shown(event, Field::UserAgent),
                shown(event, Field::ClientAddress),
                whence,
                result(event),
            ],
        );
    }

    fn take_entry(&mut self, event: &Event, kind: Access, whence: Cell) {
        let mailbox = mailbox(event);
        let actor = or_nobody(event.text(Field::UserId));
        let messages = messages(event);
        if let Some(entry) = self.mailboxes.entry(&mailbox) {
            entry.seen.add(event);
            entry.messages += messages;
            entry.actors.add(actor);
            entry.actions.add(or_nobody(event.text(Field::Operation)));
        }
        let access = told::text(&event.body, &["OperationProperties.MailAccessType"]);
        self.synced += u64::from(access.as_deref() == Some("Sync"));
        self.throttled += u64::from(told::is_true(&event.body, "OperationProperties.IsThrottled"));
        self.entries.push(
            Some(event.key),
            vec![
                at(event),
                cell(&mailbox),
                cell(actor),
                cell(kind.name()),
                shown(event, Field::Operation),
                cell(&folder(event)),
                cell(&subjects(event)),
                if messages > 0 { Cell::Count(messages) } else { Cell::Empty },
                shown(event, Field::UserAgent),
                shown(event, Field::ClientAddress),
                whence,
                result(event),
            ],
        );
    }
}

/// Whatever was not the owner's; the owner's are nearly all there are, so a column decides.
fn filter(ask: &Ask) -> Result<Filter, String> {
    // The entries of Exchange Server have no RecordType.
    let kinds = any([
        among(Field::RecordType, &RECORD_TYPES),
        Filter::all([not(exists(Field::RecordType)), exists(Field::LogonTypeName)]),
    ]);
    let others = any([not(like(Field::LogonType, "0")), among(Field::Operation, &SENT)]);
    let mailbox = ask.mailbox.as_deref().map(|mailbox| {
        let names = ["SendAsUserSmtp", "SendOnBehalfOfUserSmtp"];
        let sent = Filter::all([
            among(Field::Operation, &SENT),
            any(names.iter().map(|name| path(name, mailbox))),
        ]);
        any([like(Field::MailboxOwnerUPN, mailbox), sent])
    });
    let user = ask.user.as_deref().map(by_user);
    let address = ask.address.as_deref().map(super::filter::from_address).transpose()?;
    Ok(Filter::all([Some(kinds), Some(others), mailbox, user, address].into_iter().flatten()))
}

fn result(event: &Event) -> Cell {
    shown(event, Field::ResultStatus)
}

impl Question for NonOwnerAccess {
    fn next(&mut self) -> Option<Filter> {
        self.filter.take()
    }

    fn take(&mut self, event: &Event) {
        let kind = Access::of(event);
        let actor = or_nobody(event.text(Field::UserId));
        let name = sent_as(event);
        match (&name, kind) {
            (_, Access::Service) => return self.by_service.add(actor),
            (Some(name), _) if cut(actor).eq_ignore_ascii_case(name) => return self.by_owner += 1,
            (None, Access::Owner) => return self.by_owner += 1,
            _ => {}
        }
        let inside = is_inside(&self.ask, event);
        let whence = match (kind, inside) {
            (Access::External, _) => cell("data centre"),
            (_, Some(true)) => cell("inside"),
            (_, Some(false)) => cell("outside"),
            (_, None) => Cell::Empty,
        };
        self.external += u64::from(kind == Access::External);
        self.outside += u64::from(inside == Some(false) && kind != Access::External);
        self.failures += u64::from(event.text(Field::Outcome) == Some("failure"));
        self.actors.add(actor);
        self.timeline
            .add(event, if name.is_some() { "sent in another's name" } else { kind.name() });
        match name {
            Some(name) => self.take_sent(event, &name, whence),
            None => self.take_entry(event, kind, whence),
        }
    }

    fn answer(self: Box<Self>) -> Answer {
        let mut answer = Answer::default();
        let rows = |table: &Table| table.rows.len() as u64 + table.left_out;
        let mut figures = vec![
            figure("Entries", rows(&self.entries)),
            figure("Mailboxes", self.mailboxes.len() as u64),
            figure("Actors", self.actors.len() as u64),
            figure("Sent in another's name", rows(&self.sent)),
            alarm("By external staff", self.external),
            figure("Failures", self.failures),
        ];
        if !self.ask.networks.is_empty() {
            figures.insert(4, alarm("From outside", self.outside));
        }
        answer.figures(figures);
        answer.chart(self.timeline.chart("Access over time"));
        answer.chart(self.actors.ranking("Most active actors", TOP));
        answer.table(mailboxes(&self.mailboxes));
        answer.table(self.sent);
        answer.table(self.entries);
        answer.note(self.mailboxes.note("mailboxes"));
        answer.note(self.actors.note("actors"));
        let count = |text: &str, count: u64| (count > 0).then(|| format!("{text}: {count}."));
        answer.note(count(
            "Entries that stand for a synchronised folder, of which every message has to be taken as read",
            self.synced,
        ));
        answer.note(count(
            "Entries after which Exchange did not record opened messages of the mailbox for a day",
            self.throttled,
        ));
        answer.note(self.by_service.told("Entries by Exchange's own services, not listed"));
        answer.note(count(
            "Entries by owners in their own mailboxes, whatever LogonType says, not listed",
            self.by_owner,
        ));
        if self.ask.networks.is_empty() {
            answer.note(Some(
                "The tenant's own networks are not configured, so no address is called inside or outside."
                    .to_owned(),
            ));
        }
        answer
    }
}

fn mailboxes(list: &Named<Mailbox>) -> Table {
    let columns = ["Mailbox", "Actors", "Actions", "Messages", "Entries", "First", "Last"];
    let mut table = Table::new("mailboxes", "Mailboxes", &columns);
    for (name, mailbox) in list.sorted_by(|mailbox| mailbox.seen.events) {
        let told =
            [cell(name), cell(&mailbox.actors.line(LISTED)), cell(&mailbox.actions.line(LISTED))];
        let cells = told.into_iter().chain([Cell::Count(mailbox.messages)]);
        table.push(None, cells.chain(mailbox.seen.cells()).collect());
    }
    table
}
