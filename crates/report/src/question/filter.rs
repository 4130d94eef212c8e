//! Which events does a question need?
//!
//! Filters name columns wherever they can: these alone decide how fast a report is.

use event::{Field, Filter, Name, Network, Pattern, Test};

use super::layout::cut;
use crate::Ask;

/// The column holds this text, or a text that fits these wildcards.
pub fn like(field: Field, text: &str) -> Filter {
    Filter::Field(Name::Column(field), Test::Matches(Pattern::wildcard(text)))
}

/// The column holds this very text, whatever wildcards mean.
pub fn is(field: Field, text: &str) -> Filter {
    Filter::Field(Name::Column(field), Test::Matches(Pattern::exact(text)))
}

/// The column holds one of these.
pub fn among(field: Field, texts: &[&str]) -> Filter {
    any(texts.iter().map(|text| like(field, text)))
}

/// The column holds just one of these, whatever wildcards mean.
pub fn any_of<T: AsRef<str>>(field: Field, texts: impl IntoIterator<Item = T>) -> Filter {
    any(texts.into_iter().map(|text| is(field, text.as_ref())))
}

/// By their names, since a text column is judged once for each distinct value.
pub fn record_types(names: &[&str]) -> Filter {
    any_of(Field::RecordTypeName, names)
}

pub fn operations(names: &[&str]) -> Filter {
    any_of(Field::Operation, names)
}

/// The field fits what was asked; every event does where nothing was.
pub fn asked(field: Field, asked: Option<&str>) -> Filter {
    asked.map_or(Filter::All, |asked| like(field, asked))
}

/// A member of the record, by its path.
pub fn path(path: &str, text: &str) -> Filter {
    Filter::Field(Name::Path(path.to_owned()), Test::Matches(Pattern::wildcard(text)))
}

pub fn exists(field: Field) -> Filter {
    Filter::Field(Name::Column(field), Test::Exists)
}

pub fn missing(field: Field) -> Filter {
    not(exists(field))
}

/// One of them at least.
pub fn any(filters: impl IntoIterator<Item = Filter>) -> Filter {
    let mut filters: Vec<Filter> = filters.into_iter().collect();
    match filters.len() {
        1 => filters.remove(0),
        _ => Filter::Or(filters),
    }
}

pub fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// What a user did, under the names that services write: the user principal name, and SharePoint's
/// claim of it, as UserId or as UserKey.
pub fn by_user(user: &str) -> Filter {
    let names =
        [user.to_owned(), format!("i:0#.f|membership|{user}"), format!("i:0h.f|membership|{user}")];
    let fields = [Field::UserId, Field::UserKey];
    any(fields.iter().flat_map(|field| names.iter().map(|name| like(*field, name))))
}

/// What came from an address or a network; the error says how to write one.
pub fn from_address(text: &str) -> Result<Filter, String> {
    parsed(text).map(|network| within(Some(network)))
}

/// What was asked about addresses, read.
pub fn network(ask: &Ask) -> Result<Option<Network>, String> {
    ask.address.as_deref().map(parsed).transpose()
}

/// Every event does where no network is named.
pub fn within(network: Option<Network>) -> Filter {
    let within = |network| Filter::Field(Name::Column(Field::ClientAddress), Test::Within(network));
    network.map_or(Filter::All, within)
}

fn parsed(text: &str) -> Result<Network, String> {
    Network::parse(text).ok_or_else(|| {
        format!(
            "address {:?}: write an address or a network, such as 203.0.113.7 or 203.0.113.0/24",
            cut(text)
        )
    })
}
