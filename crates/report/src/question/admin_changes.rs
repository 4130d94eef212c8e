//! What did administrators change about mailboxes and the flow of mail?

use event::{Event, Field, Filter};

use super::cmdlet::{Change, line, object, parameters};
use super::filter::{among, any, by_user, exists, from_address, like, not};
use super::inside::{is_inside, whence};
use super::layout::{alarm, at, cell, figure, or_nobody, shown};
use super::seen::Seen;
use super::tally::{Named, Tally};
use super::timeline::Timeline;
use super::told;
use crate::{Answer, Ask, Bar, Cell, Chart, Kind, Parameter, Question, Shape, Table};

pub static KIND: Kind = Kind {
    name: "admin-changes",
    title: "Administrator changes",
    about: "What administrators changed about mailboxes, permissions, forwarding, auditing, transport, retention and roles.",
    parameters: &[Parameter::User, Parameter::Mailbox, Parameter::Address],
    required: &[],
    open: |ask| Ok(Box::new(AdminChanges::new(ask)?)),
};

/// RecordTypes of cmdlets: ExchangeAdmin, those of Microsoft's data centres, and the compliance
/// centre's.
const RECORD_TYPES: [&str; 3] = ["1", "10", "18"];
/// Names in one cell.
const LISTED: usize = 4;
/// Different names kept for such a cell.
const LISTED_MAX: usize = 50;
/// Bars of the chart of administrators.
const TOP: usize = 15;

/// What suffices to count the service's own changes, which are most of all.
const COUNTED: &[Field] = &[Field::UserId];

struct AdminChanges {
    ask: Ask,
    passes: Vec<Pass>,
    counting: bool,
    by_service: Tally,
    timeline: Timeline,
    groups: Vec<Group>,
    people: Named<Seen>,
    changes: Table,
    failures: u64,
    outside: u64,
    by_microsoft: u64,
}

struct Pass {
    filter: Filter,
    counting: bool,
}

struct Group {
    seen: Seen,
    cmdlets: Tally,
    people: Tally,
}

impl AdminChanges {
    fn new(ask: &Ask) -> Result<AdminChanges, String> {
        let columns = [
            "CreationTime",
            "Group",
            "UserId",
            "Operation",
            "Object",
            "Parameters",
            "ClientAddress",
            "From",
            "Result",
        ];
        let group = || Group {
            seen: Seen::default(),
            cmdlets: Tally::with_max(LISTED_MAX),
            people: Tally::with_max(LISTED_MAX),
        };
        let by_service = among(Field::ActorKind, &["service", "system"]);
        let cmdlets = cmdlets(ask)?;
        let pass = |counting, filter: &Filter| Pass {
            filter: Filter::all([filter.clone(), cmdlets.clone()]),
            counting,
        };
        Ok(AdminChanges {
            // The last comes first.
            passes: vec![pass(false, &not(by_service.clone())), pass(true, &by_service)],
            counting: false,
            by_service: Tally::with_max(LISTED_MAX),
            timeline: Timeline::new(ask),
            ask: ask.clone(),
            groups: Change::ALL.iter().map(|_| group()).collect(),
            people: Named::default(),
            changes: Table::new("changes", "Changes", &columns),
            failures: 0,
            outside: 0,
            by_microsoft: 0,
        })
    }
}

fn cmdlets(ask: &Ask) -> Result<Filter, String> {
    // Exchange Server's have no RecordType, and no LogonType, which its mailbox audit log has.
    let server = Filter::all([
        not(exists(Field::RecordType)),
        like(Field::Workload, "Exchange"),
        like(Field::Operation, "*-*"),
        not(exists(Field::LogonTypeName)),
    ]);
    let kinds = any([among(Field::RecordType, &RECORD_TYPES), server]);
    // The compliance centre writes down what was only looked at, too.
    let looks = any(["Get-*", "Search-*", "Test-*"].map(|looks| like(Field::Operation, looks)));
    let kinds = Filter::all([kinds, not(looks)]);
    let user = ask.user.as_deref().map(by_user);
    let mailbox = ask.mailbox.as_deref().map(on);
    let address = ask.address.as_deref().map(from_address).transpose()?;
    Ok(Filter::all([Some(kinds), user, mailbox, address].into_iter().flatten()))
}

/// A change is made to an address, an alias, a name or a path in the directory.
fn on(mailbox: &str) -> Filter {
    let alias = mailbox.split('@').next().unwrap_or(mailbox);
    let names = ["Parameters.Identity", "CmdletParameters.Identity", "ModifiedObjectResolvedName"];
    let objects = [mailbox.to_owned(), alias.to_owned(), format!("*/{alias}")];
    let named =
        names.iter().flat_map(|path| [mailbox, alias].map(|name| super::filter::path(path, name)));
    any(objects.iter().map(|object| like(Field::ObjectId, object)).chain(named))
}

impl Question for AdminChanges {
    fn next(&mut self) -> Option<Filter> {
        let pass = self.passes.pop()?;
        self.counting = pass.counting;
        Some(pass.filter)
    }

    fn columns(&self) -> Option<&'static [Field]> {
        self.counting.then_some(COUNTED)
    }

    fn take(&mut self, event: &Event) {
        let user = or_nobody(event.text(Field::UserId));
        if self.counting {
            return self.by_service.add(user);
        }
        let cmdlet = or_nobody(event.text(Field::Operation));
        let parameters = parameters(event);
        let change = Change::of(cmdlet, &parameters);
        let group = &mut self.groups[change as usize];
        group.seen.add(event);
        group.cmdlets.add(cmdlet);
        group.people.add(user);
        if let Some(seen) = self.people.entry(user) {
            seen.add(event);
        }
        self.timeline.add(event, change.name());
        self.failures += u64::from(event.text(Field::Outcome) == Some("failure"));
        self.outside += u64::from(is_inside(&self.ask, event) == Some(false));
        self.by_microsoft += u64::from(told::is_true(&event.body, "ExternalAccess"));
        self.changes.push(
            Some(event.key),
            vec![
                at(event),
                cell(change.name()),
                cell(user),
                shown(event, Field::Operation),
                Cell::maybe(object(event, &parameters)),
                cell(&line(&parameters)),
                shown(event, Field::ClientAddress),
                event.text(Field::ClientAddress).map_or(Cell::Empty, |it| whence(&self.ask, it)),
                shown(event, Field::ResultStatus),
            ],
        );
    }

    fn answer(self: Box<Self>) -> Answer {
        let mut answer = Answer::default();
        let of = |change: Change| self.groups[change as usize].seen.events;
        let mut figures = vec![
            figure("Changes", self.groups.iter().map(|group| group.seen.events).sum()),
            figure("Administrators", self.people.len() as u64),
            alarm("Audit settings", of(Change::Audit)),
            alarm("Forwarding", of(Change::Forwarding)),
            figure("Permissions", of(Change::Permissions)),
            figure("Transport", of(Change::Transport)),
            figure("Failures", self.failures),
            alarm("By external staff", self.by_microsoft),
        ];
        if !self.ask.networks.is_empty() {
            figures.push(alarm("From outside", self.outside));
        }
        answer.figures(figures);
        answer.chart(self.timeline.chart("Changes over time"));
        answer.chart(people(&self.people));
        answer.table(groups(&self.groups));
        answer.table(self.changes);
        answer.note(self.people.note("administrators"));
        answer.note(self.by_service.told("Changes by Exchange's own services, not listed"));
        answer.note(Some("Values of passwords and other secrets are hidden.".to_owned()));
        answer
    }
}

fn people(list: &Named<Seen>) -> Chart {
    let bars = list.sorted_by(|seen| seen.events).into_iter().take(TOP);
    Chart {
        title: "Most active administrators".to_owned(),
        shape: Shape::Ranking,
        series: vec!["Changes".to_owned()],
        bars: bars
            .map(|(name, seen)| Bar { label: name.to_owned(), values: vec![seen.events] })
            .collect(),
    }
}

fn groups(groups: &[Group]) -> Table {
    let columns = ["Group", "Cmdlets", "Administrators", "Changes", "First", "Last"];
    let mut table = Table::new("groups", "Kinds of change", &columns);
    for (change, group) in Change::ALL.into_iter().zip(groups) {
        if group.seen.events > 0 {
            let told = [
                cell(change.name()),
                cell(&group.cmdlets.line(LISTED)),
                cell(&group.people.line(LISTED)),
            ];
            table.push(None, told.into_iter().chain(group.seen.cells()).collect());
        }
    }
    table
}
