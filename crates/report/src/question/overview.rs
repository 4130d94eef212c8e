//! What happened in the tenant, by kind of asset?

use event::{Event, Field, Filter};

use super::asset::Asset;
use super::layout::{cell, figure, or_nobody, when};
use super::seen::Seen;
use super::tally::Tally;
use super::timeline::Timeline;
use crate::{Answer, Ask, Bar, Cell, Chart, Kind, Question, Shape, Table};

pub static KIND: Kind = Kind {
    name: "overview",
    title: "Activity by asset",
    about: "Everything the tenant did, by kind of asset: mail, documents, accounts, administration and the rest.",
    parameters: &[],
    required: &[],
    open: |ask| Ok(Box::new(Overview::new(ask))),
};

/// Rows of each list of the most frequent.
const TOP: usize = 10;

const COLUMNS: &[Field] = &[
    Field::CreationTime,
    Field::Workload,
    Field::RecordTypeName,
    Field::Operation,
    Field::UserId,
    Field::ActorKind,
    Field::ClientAddress,
    Field::Outcome,
];

struct Overview {
    asked: bool,
    classes: [Class; Asset::ALL.len()],
    timeline: Timeline,
    users: Tally,
    addresses: Tally,
    actors: Tally,
}

#[derive(Default)]
struct Class {
    seen: Seen,
    failures: u64,
    operations: Tally,
    users: Tally,
    addresses: Tally,
}

impl Overview {
    fn new(ask: &Ask) -> Overview {
        Overview {
            asked: false,
            classes: Default::default(),
            timeline: Timeline::new(ask),
            users: Tally::default(),
            addresses: Tally::default(),
            actors: Tally::default(),
        }
    }
}

impl Question for Overview {
    fn next(&mut self) -> Option<Filter> {
        (!std::mem::replace(&mut self.asked, true)).then_some(Filter::All)
    }

    fn columns(&self) -> Option<&'static [Field]> {
        Some(COLUMNS)
    }

    fn take(&mut self, event: &Event) {
        let asset = Asset::of(event);
        let class = &mut self.classes[asset as usize];
        class.seen.add(event);
        class.failures += u64::from(event.text(Field::Outcome) == Some("failure"));
        class.operations.add(or_nobody(event.text(Field::Operation)));
        if let Some(user) = event.text(Field::UserId) {
            class.users.add(user);
            self.users.add(user);
        }
        if let Some(address) = event.text(Field::ClientAddress) {
            class.addresses.add(address);
            self.addresses.add(address);
        }
        self.actors.add(event.text(Field::ActorKind).unwrap_or("not told"));
        self.timeline.add(event, asset.name());
    }

    fn answer(self: Box<Self>) -> Answer {
        let mut answer = Answer::default();
        let sum = |of: fn(&Class) -> u64| self.classes.iter().map(of).sum();
        let outsiders = ["external", "anonymous"];
        let by_outsiders = outsiders.iter().filter_map(|kind| self.actors.get(kind)).sum();
        answer.figures(vec![
            figure("Events", sum(|class| class.seen.events)),
            figure("Users", self.users.len() as u64),
            figure("Addresses", self.addresses.len() as u64),
            figure("Failures", sum(|class| class.failures)),
            figure("By guests and anonymous", by_outsiders),
        ]);
        answer.chart(self.timeline.chart("Events over time"));
        answer.chart(by_asset(&self.classes));
        answer.table(assets(&self.classes));
        answer.table(top(
            "operations",
            "Most frequent operations",
            "Operation",
            &self.classes,
            |class| &class.operations,
        ));
        answer.table(top("users", "Most active users", "UserId", &self.classes, |class| {
            &class.users
        }));
        answer.table(top(
            "addresses",
            "Most active addresses",
            "ClientAddress",
            &self.classes,
            |class| &class.addresses,
        ));
        answer.chart(self.actors.ranking("Who acted", TOP));
        for (asset, class) in Asset::ALL.into_iter().zip(&self.classes) {
            let of = |what: &str| format!("{what} under {}", asset.name());
            answer.note(class.operations.note(&of("operations")));
            answer.note(class.users.note(&of("users")));
            answer.note(class.addresses.note(&of("addresses")));
        }
        answer.note(self.users.note("users"));
        answer.note(self.addresses.note("addresses"));
        answer
    }
}

fn by_asset(classes: &[Class]) -> Chart {
    let bars = Asset::ALL.into_iter().zip(classes).map(|(asset, class)| Bar {
        label: asset.name().to_owned(),
        values: vec![class.seen.events - class.failures, class.failures],
    });
    Chart {
        title: "Events by asset".to_owned(),
        shape: Shape::Ranking,
        series: vec!["Done, or not told".to_owned(), "Failed".to_owned()],
        bars: bars.collect(),
    }
}

fn assets(classes: &[Class]) -> Table {
    let columns =
        ["Asset", "Events", "Failures", "Users", "Addresses", "Operations", "First", "Last"];
    let mut table = Table::new("assets", "Assets", &columns);
    for (asset, class) in Asset::ALL.into_iter().zip(classes) {
        table.push(
            None,
            vec![
                cell(asset.name()),
                Cell::Count(class.seen.events),
                Cell::Count(class.failures),
                Cell::Count(class.users.len() as u64),
                Cell::Count(class.addresses.len() as u64),
                Cell::Count(class.operations.len() as u64),
                when(class.seen.first),
                when(class.seen.last),
            ],
        );
    }
    table
}

fn top(
    name: &'static str,
    title: &str,
    column: &'static str,
    classes: &[Class],
    of: fn(&Class) -> &Tally,
) -> Table {
    let mut table = Table::new(name, title, &["Asset", column, "Events"]);
    for (asset, class) in Asset::ALL.into_iter().zip(classes) {
        for (name, count) in of(class).sorted_by(|count| *count).into_iter().take(TOP) {
            table.push(None, vec![cell(asset.name()), cell(name), Cell::Count(*count)]);
        }
    }
    table
}
