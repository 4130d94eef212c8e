//! What came from this address?

use event::{Event, Field, Filter};

use super::asset::is_sign_in;
use super::filter::from_address;
use super::layout::{alarm, at, cell, figure, or_nobody, shown};
use super::seen::Seen;
use super::tally::{Named, Tally};
use super::timeline::Timeline;
use crate::{Answer, Ask, Cell, Kind, Parameter, Question, Table};

pub static KIND: Kind = Kind {
    name: "address-activity",
    title: "Activity from an address",
    about: "Everything that came from an address or a network: users, operations, sessions and sign-ins.",
    parameters: &[Parameter::Address],
    required: &[Parameter::Address],
    open: |ask| Ok(Box::new(AddressActivity::new(ask)?)),
};

/// Bars of the chart of operations.
const TOP: usize = 15;
/// Names in one cell.
const LISTED: usize = 3;
/// Different names kept for such a cell.
const LISTED_MAX: usize = 50;

const COLUMNS: &[Field] = &[
    Field::CreationTime,
    Field::RecordType,
    Field::Workload,
    Field::Operation,
    Field::UserId,
    Field::ObjectId,
    Field::ItemName,
    Field::SessionId,
    Field::ClientAddress,
    Field::UserAgent,
    Field::Outcome,
];

struct AddressActivity {
    filter: Option<Filter>,
    timeline: Timeline,
    events: u64,
    users: Named<Visitor>,
    sessions: Named<Session>,
    operations: Tally,
    addresses: Named<Seen>,
    clients: Named<Seen>,
    all: Table,
}

#[derive(Default)]
struct Visitor {
    seen: Seen,
    failed: u64,
    succeeded: u64,
    /// A sign-in succeeded after one had failed: what a guessed password looks like.
    then_succeeded: bool,
}

struct Session {
    seen: Seen,
    users: Tally,
    clients: Tally,
}

impl Default for Session {
    fn default() -> Session {
        let names = || Tally::with_max(LISTED_MAX);
        Session { seen: Seen::default(), users: names(), clients: names() }
    }
}

impl AddressActivity {
    fn new(ask: &Ask) -> Result<AddressActivity, String> {
        let filter = from_address(ask.address.as_deref().unwrap_or_default())?;
        let columns = [
            "CreationTime",
            "UserId",
            "Workload",
            "Operation",
            "Object",
            "ClientAddress",
            "UserAgent",
            "Outcome",
        ];
        Ok(AddressActivity {
            filter: Some(filter),
            timeline: Timeline::new(ask),
            events: 0,
            users: Named::default(),
            sessions: Named::default(),
            operations: Tally::default(),
            addresses: Named::default(),
            clients: Named::default(),
            all: Table::new("events", "All events", &columns),
        })
    }

    fn take_user(&mut self, event: &Event) {
        let Some(user) = self.users.entry(or_nobody(event.text(Field::UserId))) else { return };
        user.seen.add(event);
        if !is_sign_in(event) {
            return;
        }
        match event.text(Field::Outcome) {
            Some("failure") => user.failed += 1,
            Some("success") => {
                user.succeeded += 1;
                user.then_succeeded |= user.failed > 0;
            }
            _ => {}
        }
    }

    fn take_session(&mut self, event: &Event) {
        let session = event.text(Field::SessionId).and_then(|name| self.sessions.entry(name));
        let Some(session) = session else { return };
        session.seen.add(event);
        session.users.add(or_nobody(event.text(Field::UserId)));
        session.clients.add(or_nobody(event.text(Field::UserAgent)));
    }
}

impl Question for AddressActivity {
    fn next(&mut self) -> Option<Filter> {
        self.filter.take()
    }

    fn columns(&self) -> Option<&'static [Field]> {
        Some(COLUMNS)
    }

    fn take(&mut self, event: &Event) {
        self.events += 1;
        self.timeline.add(event, or_nobody(event.text(Field::Workload)));
        self.operations.add(or_nobody(event.text(Field::Operation)));
        for (list, field) in
            [(&mut self.addresses, Field::ClientAddress), (&mut self.clients, Field::UserAgent)]
        {
            if let Some(seen) = event.text(field).and_then(|name| list.entry(name)) {
                seen.add(event);
            }
        }
        self.take_user(event);
        self.take_session(event);
        let object = event.text(Field::ItemName).or(event.text(Field::ObjectId));
        self.all.push(
            Some(event.key),
            vec![
                at(event),
                shown(event, Field::UserId),
                shown(event, Field::Workload),
                shown(event, Field::Operation),
                object.map_or(Cell::Empty, cell),
                shown(event, Field::ClientAddress),
                shown(event, Field::UserAgent),
                shown(event, Field::Outcome),
            ],
        );
    }

    fn answer(self: Box<Self>) -> Answer {
        let mut answer = Answer::default();
        let sum = |of: fn(&Visitor) -> u64| self.users.iter().map(|(_, user)| of(user)).sum();
        answer.figures(vec![
            figure("Events", self.events),
            figure("Addresses", self.addresses.len() as u64),
            figure("Users", self.users.len() as u64),
            figure("Sessions", self.sessions.len() as u64),
            figure("Sign-ins that succeeded", sum(|user| user.succeeded)),
            figure("Sign-ins that failed", sum(|user| user.failed)),
            alarm("Users who failed, then got in", sum(|user| u64::from(user.then_succeeded))),
        ]);
        answer.chart(self.timeline.chart("Events over time, by workload"));
        answer.chart(self.operations.ranking("Most frequent operations", TOP));
        answer.table(users(&self.users));
        answer.table(sessions(&self.sessions));
        answer.table(seen("addresses", "Addresses", "ClientAddress", &self.addresses));
        answer.table(seen("clients", "Clients", "UserAgent", &self.clients));
        answer.table(self.all);
        answer.note(self.users.note("users"));
        answer.note(self.sessions.note("sessions"));
        answer.note(self.operations.note("operations"));
        answer.note(self.addresses.note("addresses"));
        answer.note(self.clients.note("clients"));
        answer
    }
}

fn users(list: &Named<Visitor>) -> Table {
    let columns = ["UserId", "Failed sign-ins", "Successful sign-ins", "Events", "First", "Last"];
    let mut table = Table::new("users", "Users", &columns);
    for (name, user) in list.sorted_by(|user| (user.then_succeeded, user.seen.events)) {
        let signed = [Cell::Count(user.failed), Cell::Count(user.succeeded)];
        table.push(None, [cell(name)].into_iter().chain(signed).chain(user.seen.cells()).collect());
    }
    table
}

fn sessions(list: &Named<Session>) -> Table {
    let columns = ["SessionId", "Users", "Clients", "Events", "First", "Last"];
    let mut table = Table::new("sessions", "Sessions", &columns);
    for (name, session) in list.sorted_by(|session| session.seen.events) {
        let names = [&session.users, &session.clients].map(|names| cell(&names.line(LISTED)));
        table.push(
            None,
            [cell(name)].into_iter().chain(names).chain(session.seen.cells()).collect(),
        );
    }
    table
}

fn seen(name: &'static str, title: &str, column: &'static str, list: &Named<Seen>) -> Table {
    let mut table = Table::new(name, title, &[column, "Events", "First", "Last"]);
    for (name, seen) in list.sorted_by(|seen| seen.events) {
        table.push(None, [cell(name)].into_iter().chain(seen.cells()).collect());
    }
    table
}
