//! Which events does a question need?
//!
//! Filters name columns wherever they can: these alone decide how fast a report is.

use event::{Field, Filter, Name, Network, Pattern, Test};

use crate::Ask;

fn on(field: Field, test: Test) -> Filter {
    Filter::Field(Name::Column(field), test)
}

/// Exactly one of these texts, without case.
pub fn any_of<T: AsRef<str>>(field: Field, texts: impl IntoIterator<Item = T>) -> Filter {
    let each = |text: T| on(field, Test::Matches(Pattern::exact(text.as_ref())));
    Filter::Or(texts.into_iter().map(each).collect())
}

/// One of these patterns with `*` and `?`.
pub fn like(field: Field, patterns: &[&str]) -> Filter {
    let each = |pattern: &&str| on(field, Test::Matches(Pattern::wildcard(pattern)));
    Filter::Or(patterns.iter().map(each).collect())
}

/// By their names, since a text column is judged once for each distinct value.
pub fn record_types(names: &[&str]) -> Filter {
    any_of(Field::RecordTypeName, names)
}

pub fn operations(names: &[&str]) -> Filter {
    any_of(Field::Operation, names)
}

pub fn missing(field: Field) -> Filter {
    Filter::Not(Box::new(on(field, Test::Exists)))
}

/// The field fits what was asked; every event does where nothing was.
pub fn asked(field: Field, asked: Option<&str>) -> Filter {
    asked.map_or(Filter::All, |asked| like(field, &[asked]))
}

/// What was asked about addresses, read.
pub fn network(ask: &Ask) -> Result<Option<Network>, String> {
    let Some(text) = &ask.address else {
        return Ok(None);
    };
    Network::parse(text).map(Some).ok_or_else(|| {
        format!("address {text:?} is neither an address nor a network such as 203.0.113.0/24")
    })
}

pub fn within(network: Option<Network>) -> Filter {
    network.map_or(Filter::All, |network| on(Field::ClientAddress, Test::Within(network)))
}
