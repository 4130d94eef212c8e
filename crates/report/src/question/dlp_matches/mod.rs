//! Which rules against data loss matched, on what, and who overrode them?
//!
//! What was found is told by type, count and confidence; the found values themselves, which some
//! records carry, are never shown. Names from MicrosoftDocs/office-365-management-api, "DLP schema".

mod answer;
mod read;
#[cfg(test)]
mod tests;

use event::{Event, Field, Filter, Name, Pattern, Test};

use read::{Match, OWNERS, rules};

use super::bounded::{Each, Words};
use super::seen::Seen;
use super::{Kind, Question, filter, told};
use crate::{Answer, Ask, Parameter, Table};

pub static KIND: Kind = Kind {
    name: "dlp-matches",
    title: "Data loss prevention",
    about: "Which policies and rules matched, on which document or mail of whom, what was done, and what was overridden.",
    parameters: &[Parameter::User, Parameter::Document],
    required: &[],
    open,
};

const RECORD_TYPES: &[&str] = &[
    "ComplianceDLPSharePoint",
    "ComplianceDLPExchange",
    "ComplianceDLPSharePointClassification",
    "DLPEndpoint",
    "OnPremisesFileShareScannerDlp",
    "OnPremisesSharePointScannerDlp",
    "ComplianceDLPExchangeClassification",
];
/// Policies with their rules, users, and sensitive information types that are told apart.
const RULES_MAX: usize = 10_000;
const USERS_MAX: usize = 100_000;
const TYPES_MAX: usize = 10_000;

fn open(ask: &Ask) -> Result<Box<dyn Question>, String> {
    let either = |asked: Option<&str>, columns: &[Field], paths: &[&str]| {
        let Some(asked) = asked else { return Filter::All };
        let test = Test::Matches(Pattern::wildcard(asked));
        let of_columns = columns.iter().map(|field| Name::Column(*field));
        let of_paths = paths.iter().map(|path| Name::Path((*path).to_owned()));
        let names = of_columns.chain(of_paths);
        Filter::Or(names.map(|name| Filter::Field(name, test.clone())).collect())
    };
    let document = ask.document.as_deref();
    let filter = Filter::all([
        filter::record_types(RECORD_TYPES),
        either(ask.user.as_deref(), &[Field::UserId], OWNERS),
        either(document, &[Field::ObjectId, Field::ItemName], &["SharePointMetaData.FilePathUrl"]),
    ]);
    Ok(Box::new(DlpMatches {
        filter: Some(filter),
        matches: Table::new(
            "matches",
            "Matches",
            &[
                "CreationTime",
                "Operation",
                "Workload",
                "User",
                "Item",
                "Recipients",
                "Policy",
                "Rule",
                "Severity",
                "Mode",
                "Actions",
                "Found",
                "Override",
            ],
        ),
        events: Counts::default(),
        rules: Each::new(RULES_MAX),
        users: Each::new(USERS_MAX),
        types: Each::new(TYPES_MAX),
    }))
}

struct DlpMatches {
    filter: Option<Filter>,
    matches: Table,
    events: Counts,
    /// By policy and rule.
    rules: Each<(String, String), Counts>,
    users: Each<String, Counts>,
    types: Each<String, Found>,
}

#[derive(Default)]
struct Counts {
    seen: Seen,
    high: u64,
    blocked: u64,
    overridden: u64,
    false_positives: u64,
    severities: Words,
}

/// A sensitive information type.
#[derive(Default)]
struct Found {
    seen: Seen,
    /// How many instances, over all matches.
    instances: u64,
    confidence_max: u64,
}

impl Question for DlpMatches {
    fn next(&mut self) -> Option<Filter> {
        self.filter.take()
    }

    fn take(&mut self, event: &Event) {
        let found = Match::of(event);
        let rules = rules(event);
        let high = rules.iter().any(|rule| rule.severity.eq_ignore_ascii_case("high"));
        self.events.add(event, &found, high);
        if let Some(counts) = self.users.at(found.user.clone()) {
            counts.add(event, &found, high);
        }
        for rule in rules {
            let high = rule.severity.eq_ignore_ascii_case("high");
            if let Some(counts) = self.rules.at((rule.policy.clone(), rule.name.clone())) {
                counts.add(event, &found, high);
                counts.severities.add(&rule.severity);
            }
            for (name, count, confidence) in &rule.found {
                if let Some(it) = self.types.at(name.clone()) {
                    it.seen.at(told::time(event));
                    it.instances += count;
                    it.confidence_max = it.confidence_max.max(*confidence);
                }
            }
            self.matches.push(Some(event.key), answer::row(event, &found, &rule));
        }
    }

    fn answer(self: Box<Self>) -> Answer {
        self.told()
    }
}

impl Counts {
    fn add(&mut self, event: &Event, found: &Match, high: bool) {
        self.seen.at(told::time(event));
        self.high += u64::from(high);
        self.blocked += u64::from(found.blocked);
        let undone =
            event.text(Field::Operation).is_some_and(|it| it.eq_ignore_ascii_case("DlpRuleUndo"));
        self.overridden += u64::from(found.exception.is_some() || undone);
        self.false_positives += u64::from(found.false_positive);
    }
}
