//! What did this user do?

use event::{Event, Field, Filter};

use super::asset::Asset;
use super::asset::is_sign_in;
use super::file_act::FileAct;
use super::filter::by_user;
use super::inside::{is_inside, whence};
use super::layout::{alarm, at, cell, cut, figure, or_nobody, shown, when};
use super::seen::Seen;
use super::tally::{Named, Tally};
use super::timeline::Timeline;
use crate::{Answer, Ask, Cell, Kind, Parameter, Question, Table};

pub static KIND: Kind = Kind {
    name: "user-activity",
    title: "Activity of a user",
    about: "Everything one user did: files, mail, sign-ins, administration and the rest, from where and with what.",
    parameters: &[Parameter::User],
    required: &[Parameter::User],
    open: |ask| Ok(Box::new(UserActivity::new(ask))),
};

/// Bars of the chart of operations.
const TOP: usize = 15;
/// Clients named in one cell.
const LISTED: usize = 3;
/// Different clients kept for such a cell.
const LISTED_MAX: usize = 50;
/// What parts a list's key; a name that holds it ends up in the last part.
const PARTS: char = '\u{1f}';

const COLUMNS: &[Field] = &[
    Field::CreationTime,
    Field::RecordType,
    Field::RecordTypeName,
    Field::Workload,
    Field::Operation,
    Field::UserId,
    Field::UserKey,
    Field::ObjectId,
    Field::ItemName,
    Field::SiteUrl,
    Field::MailboxOwnerUPN,
    Field::ClientAddress,
    Field::UserAgent,
    Field::Outcome,
];

struct UserActivity {
    ask: Ask,
    filter: Option<Filter>,
    timeline: Timeline,
    events: u64,
    failures: u64,
    outside: u64,
    names: Tally,
    operations: Tally,
    sites: Named<FileActs>,
    files: Named<FileActs>,
    sign_ins: Named<SignIns>,
    acts: Named<Acts>,
    addresses: Named<Seen>,
    clients: Named<Seen>,
    all: Table,
}

#[derive(Default)]
struct FileActs {
    seen: Seen,
    acts: [u64; FileAct::ALL.len()],
}

#[derive(Default)]
struct Acts {
    seen: Seen,
    failures: u64,
}

struct SignIns {
    seen: Seen,
    failed: u64,
    interrupted: u64,
    clients: Tally,
}

impl Default for SignIns {
    fn default() -> SignIns {
        let clients = Tally::with_max(LISTED_MAX);
        SignIns { seen: Seen::default(), failed: 0, interrupted: 0, clients }
    }
}

impl UserActivity {
    fn new(ask: &Ask) -> UserActivity {
        let columns = [
            "CreationTime",
            "Workload",
            "Operation",
            "Object",
            "ClientAddress",
            "UserAgent",
            "Outcome",
        ];
        UserActivity {
            filter: ask.user.as_deref().map(by_user),
            timeline: Timeline::new(ask),
            ask: ask.clone(),
            events: 0,
            failures: 0,
            outside: 0,
            names: Tally::default(),
            operations: Tally::default(),
            sites: Named::default(),
            files: Named::default(),
            sign_ins: Named::default(),
            acts: Named::default(),
            addresses: Named::default(),
            clients: Named::default(),
            all: Table::new("events", "All events", &columns),
        }
    }

    fn take_file(&mut self, event: &Event) {
        let act = FileAct::of(event.text(Field::Operation).unwrap_or(""));
        let site = event.text(Field::SiteUrl).unwrap_or("(no site)");
        let file = event.text(Field::ObjectId).or(event.text(Field::ItemName));
        let entries = [self.sites.entry(site), file.and_then(|file| self.files.entry(file))];
        for entry in entries.into_iter().flatten() {
            entry.seen.add(event);
            entry.acts[act as usize] += 1;
        }
    }

    fn take_sign_in(&mut self, event: &Event) {
        let address = event.text(Field::ClientAddress).unwrap_or("(no address)");
        let Some(entry) = self.sign_ins.entry(address) else { return };
        entry.seen.add(event);
        match event.text(Field::Outcome) {
            Some("failure") => entry.failed += 1,
            Some("interrupted") => entry.interrupted += 1,
            _ => {}
        }
        entry.clients.add(or_nobody(event.text(Field::UserAgent)));
    }

    fn take_act(&mut self, event: &Event, asset: Asset) {
        let on = match asset {
            Asset::Mail => event.text(Field::MailboxOwnerUPN),
            Asset::Other => event.text(Field::Workload),
            _ => event.text(Field::ObjectId),
        };
        let operation = or_nobody(event.text(Field::Operation));
        let key = format!("{}{PARTS}{}{PARTS}{}", asset.name(), cut(operation), on.unwrap_or(""));
        let Some(entry) = self.acts.entry(&key) else { return };
        entry.seen.add(event);
        entry.failures += u64::from(event.text(Field::Outcome) == Some("failure"));
    }
}

impl Question for UserActivity {
    fn next(&mut self) -> Option<Filter> {
        self.filter.take()
    }

    fn columns(&self) -> Option<&'static [Field]> {
        Some(COLUMNS)
    }

    fn take(&mut self, event: &Event) {
        self.events += 1;
        self.failures += u64::from(event.text(Field::Outcome) == Some("failure"));
        self.outside += u64::from(is_inside(&self.ask, event) == Some(false));
        self.timeline.add(event, or_nobody(event.text(Field::Workload)));
        self.operations.add(or_nobody(event.text(Field::Operation)));
        self.names.add(or_nobody(event.text(Field::UserId)));
        for (list, field) in
            [(&mut self.addresses, Field::ClientAddress), (&mut self.clients, Field::UserAgent)]
        {
            if let Some(seen) = event.text(field).and_then(|name| list.entry(name)) {
                seen.add(event);
            }
        }
        match Asset::of(event) {
            Asset::Documents => self.take_file(event),
            Asset::Accounts if is_sign_in(event) => self.take_sign_in(event),
            asset => self.take_act(event, asset),
        }
        let object = [Field::ItemName, Field::ObjectId, Field::MailboxOwnerUPN];
        let object = object.into_iter().find_map(|field| event.text(field));
        self.all.push(
            Some(event.key),
            vec![
                at(event),
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
        let act = |act: FileAct| self.sites.iter().map(|(_, site)| site.acts[act as usize]).sum();
        let mut figures = vec![
            figure("Events", self.events),
            figure("Files viewed", act(FileAct::Viewed)),
            figure("Files downloaded", act(FileAct::Downloaded)),
            figure("Files shared", act(FileAct::Shared)),
            figure("Files deleted", act(FileAct::Deleted)),
            figure("Sign-ins", self.sign_ins.iter().map(|(_, it)| it.seen.events).sum()),
            figure("Failures", self.failures),
            figure("Addresses", self.addresses.len() as u64),
        ];
        if !self.ask.networks.is_empty() {
            figures.push(alarm("Events from outside", self.outside));
        }
        answer.figures(figures);
        answer.chart(self.timeline.chart("Events over time, by workload"));
        answer.chart(self.operations.ranking("Most frequent operations", TOP));
        answer.table(files("sites", "Documents, by site", "SiteUrl", &self.sites));
        answer.table(sign_ins(&self.sign_ins, &self.ask));
        answer.table(acts(&self.acts));
        answer.table(places(&self.addresses, &self.ask));
        answer.table(clients(&self.clients));
        answer.table(files("files", "Documents", "Document", &self.files));
        answer.table(self.all);
        for note in [
            self.sites.note("sites"),
            self.files.note("documents"),
            self.sign_ins.note("addresses of sign-ins"),
            self.acts.note("operations and objects"),
            self.addresses.note("addresses"),
            self.clients.note("clients"),
        ] {
            answer.note(note);
        }
        if self.names.len() > 1 {
            answer.note(Some(format!("The user was met as {}.", self.names.line(10))));
        }
        answer
    }
}

fn files(name: &'static str, title: &str, column: &'static str, list: &Named<FileActs>) -> Table {
    let kinds = FileAct::ALL.map(FileAct::name);
    let columns: Vec<&'static str> =
        [column].into_iter().chain(kinds).chain(["First", "Last"]).collect();
    let mut table = Table::new(name, title, &columns);
    for (name, entry) in list.sorted_by(|entry| entry.seen.events) {
        let counts = entry.acts.iter().map(|count| Cell::Count(*count));
        let times = [when(entry.seen.first), when(entry.seen.last)];
        table.push(None, [cell(name)].into_iter().chain(counts).chain(times).collect());
    }
    table
}

fn sign_ins(list: &Named<SignIns>, ask: &Ask) -> Table {
    let columns =
        ["ClientAddress", "From", "Sign-ins", "Failed", "Interrupted", "Clients", "First", "Last"];
    let mut table = Table::new("sign-ins", "Sign-ins, by address", &columns);
    for (address, entry) in list.sorted_by(|entry| entry.seen.events) {
        table.push(
            None,
            vec![
                cell(address),
                whence(ask, address),
                Cell::Count(entry.seen.events),
                Cell::Count(entry.failed),
                Cell::Count(entry.interrupted),
                cell(&entry.clients.line(LISTED)),
                when(entry.seen.first),
                when(entry.seen.last),
            ],
        );
    }
    table
}

fn acts(list: &Named<Acts>) -> Table {
    let columns = ["Asset", "Operation", "On", "Events", "Failures", "First", "Last"];
    let title = "Mail, accounts, administration and the rest";
    let mut table = Table::new("acts", title, &columns);
    let mut sorted = list.sorted_by(|entry| entry.seen.events);
    // Sorting keeps the order of what is equal.
    sorted.sort_by_key(|(key, _)| {
        let name = key.split(PARTS).next().unwrap_or("");
        Asset::ALL.iter().position(|asset| asset.name() == name)
    });
    for (key, entry) in sorted {
        let mut parts = key.splitn(3, PARTS);
        let mut part = || cell(parts.next().unwrap_or(""));
        table.push(
            None,
            vec![
                part(),
                part(),
                part(),
                Cell::Count(entry.seen.events),
                Cell::Count(entry.failures),
                when(entry.seen.first),
                when(entry.seen.last),
            ],
        );
    }
    table
}

fn places(list: &Named<Seen>, ask: &Ask) -> Table {
    let columns = ["ClientAddress", "From", "Events", "First", "Last"];
    let mut table = Table::new("addresses", "Addresses", &columns);
    for (address, seen) in list.sorted_by(|seen| seen.events) {
        let cells = [cell(address), whence(ask, address)].into_iter().chain(seen.cells());
        table.push(None, cells.collect());
    }
    table
}

fn clients(list: &Named<Seen>) -> Table {
    let mut table = Table::new("clients", "Clients", &["UserAgent", "Events", "First", "Last"]);
    for (client, seen) in list.sorted_by(|seen| seen.events) {
        table.push(None, [cell(client)].into_iter().chain(seen.cells()).collect());
    }
    table
}
