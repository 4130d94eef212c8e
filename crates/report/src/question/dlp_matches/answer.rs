//! How are the matches told?

use event::{Event, Field};

use super::read::{Match, Rule};
use super::{Counts, DlpMatches};
use crate::question::bounded::Words;
use crate::question::layout::{alarm, figure, ranking, when, words};
use crate::question::told;
use crate::{Answer, Bar, Cell, Section, Table};

const COUNTED: &[&str] =
    &["Events", "High", "Blocked", "Overridden", "FalsePositives", "First", "Last"];

impl Counts {
    fn cells(&self) -> Vec<Cell> {
        let counts =
            [self.seen.events, self.high, self.blocked, self.overridden, self.false_positives];
        let mut cells: Vec<Cell> = counts.into_iter().map(Cell::Count).collect();
        cells.extend([when(self.seen.first), when(self.seen.last)]);
        cells
    }
}

impl DlpMatches {
    pub fn told(self) -> Answer {
        let all = &self.events;
        let figures = vec![
            figure("Events", all.seen.events),
            alarm("Of high severity", all.high),
            figure("Blocked", all.blocked),
            alarm("Overridden", all.overridden),
            figure("Called a false positive", all.false_positives),
        ];
        let bars = self.rules.sorted().into_iter().map(|((policy, rule), counts)| Bar {
            label: format!("{policy}: {rule}"),
            values: vec![counts.seen.events],
        });
        let chart = ranking("Events by rule", &["events"], bars.collect());
        let notes = [self.rules.note("rules"), self.users.note("users"), self.types.note("types")]
            .into_iter()
            .flatten()
            .chain(["Values that a rule found are not shown; only those who may read sensitive DLP records see them there.".to_owned()])
            .collect();
        let (rules, users, types) = (self.rule_table(), self.user_table(), self.type_table());
        let matches = Section::Table(self.matches);
        Answer {
            sections: vec![Section::Figures(figures), chart, rules, users, types, matches],
            notes,
        }
    }

    fn rule_table(&self) -> Section {
        let columns = [&["Policy", "Rule", "Severity"], COUNTED].concat();
        let mut table = Table::new("rules", "By policy and rule", &columns);
        for ((policy, rule), counts) in self.rules.largest(|counts| counts.seen.events) {
            let mut cells = vec![Cell::text(policy), Cell::text(rule), words(&counts.severities)];
            cells.extend(counts.cells());
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn user_table(&self) -> Section {
        let mut table = Table::new("users", "By user", &[&["User"], COUNTED].concat());
        for (user, counts) in self.users.largest(|counts| counts.seen.events) {
            let mut cells = vec![Cell::text(user)];
            cells.extend(counts.cells());
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn type_table(&self) -> Section {
        let columns = ["Type", "Matches", "Instances", "ConfidenceMax", "First", "Last"];
        let mut table = Table::new("types", "By sensitive information type", &columns);
        for (name, it) in self.types.largest(|it| it.instances) {
            table.push(
                None,
                vec![
                    Cell::text(name),
                    Cell::Count(it.seen.events),
                    Cell::Count(it.instances),
                    Cell::Count(it.confidence_max),
                    when(it.seen.first),
                    when(it.seen.last),
                ],
            );
        }
        Section::Table(table)
    }
}

pub fn row(event: &Event, found: &Match, rule: &Rule) -> Vec<Cell> {
    let column = |field| Cell::text(told::column(event, field));
    let recipients: Words = ["To", "CC", "BCC"]
        .iter()
        .flat_map(|name| told::texts(&event.body, &format!("ExchangeMetaData.{name}")))
        .collect();
    let types: Words = rule
        .found
        .iter()
        .map(|(name, count, confidence)| format!("{count} x {name} ({confidence} %)"))
        .collect();
    let mut overridden = rule.overridden.clone();
    found.exception.iter().for_each(|text| overridden.add(text));
    vec![
        when(told::time(event)),
        column(Field::Operation),
        column(Field::Workload),
        Cell::text(&found.user),
        Cell::text(&found.item),
        words(&recipients),
        Cell::text(&rule.policy),
        Cell::text(&rule.name),
        Cell::text(&rule.severity),
        Cell::text(&rule.mode),
        words(&rule.actions),
        words(&types),
        words(&overridden),
    ]
}
