//! What do the questions share?
//!
//! Short ways to say a filter, a cell and a section.

use event::{Address, Event, Field, Filter, Name, Network, Pattern, Test};

use crate::{Answer, Ask, Cell, Chart, Figure, Section, Table};

/// Characters of a record's text that a report keeps. Subjects of a whole folder run to 64 KiB, and
/// the event has them.
pub const TEXT_CHARS_MAX: usize = 400;

// Filters.

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

/// A member of the record, by its path.
pub fn member(path: &str, text: &str) -> Filter {
    Filter::Field(Name::Path(path.to_owned()), Test::Matches(Pattern::wildcard(text)))
}

pub fn exists(field: Field) -> Filter {
    Filter::Field(Name::Column(field), Test::Exists)
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
    let network = Network::parse(text).ok_or_else(|| {
        format!(
            "address {:?}: write an address or a network, such as 203.0.113.7 or 203.0.113.0/24",
            cut(text)
        )
    })?;
    Ok(Filter::Field(Name::Column(Field::ClientAddress), Test::Within(network)))
}

// Cells.

/// A text that is kept, not longer than [`TEXT_CHARS_MAX`].
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

pub fn cell(text: &str) -> Cell {
    Cell::text(cut(text))
}

/// A text column of the event.
pub fn shown(event: &Event, field: Field) -> Cell {
    event.text(field).map_or(Cell::Empty, cell)
}

pub fn when(micros: Option<i64>) -> Cell {
    micros.map_or(Cell::Empty, Cell::Time)
}

pub fn at(event: &Event) -> Cell {
    when(event.time(Field::CreationTime))
}

/// The name, or what is written where there is none.
pub fn or_nobody(name: Option<&str>) -> &str {
    name.filter(|name| !name.is_empty()).unwrap_or("(not told)")
}

/// From the tenant's own networks or not; `None` where nobody said which they are, or where the
/// record has no address.
pub fn is_inside(ask: &Ask, event: &Event) -> Option<bool> {
    is_own(ask, event.text(Field::ClientAddress)?)
}

fn is_own(ask: &Ask, address: &str) -> Option<bool> {
    if ask.networks.is_empty() {
        return None;
    }
    let address = Address::parse(address)?;
    Some(ask.networks.iter().any(|network| network.contains(address.ip)))
}

/// Whether an address is the tenant's own, in a word.
pub fn whence(ask: &Ask, address: &str) -> Cell {
    match is_own(ask, address) {
        None => Cell::Empty,
        Some(true) => cell("inside"),
        Some(false) => cell("outside"),
    }
}

/// A sign-in of a person: Graph's and the feed's.
pub fn is_sign_in(event: &Event) -> bool {
    matches!(event.int(Field::RecordType), Some(9 | 15))
}

// Figures and sections.

pub fn figure(label: impl Into<String>, value: u64) -> Figure {
    Figure { label: label.into(), value: Cell::Count(value), alarming: false }
}

/// A figure that is worth a second look as soon as it is not zero.
pub fn alarm(label: impl Into<String>, value: u64) -> Figure {
    Figure { label: label.into(), value: Cell::Count(value), alarming: value > 0 }
}

impl Answer {
    pub fn figures(&mut self, figures: Vec<Figure>) {
        self.sections.push(Section::Figures(figures));
    }

    pub fn chart(&mut self, chart: Chart) {
        self.sections.push(Section::Chart(chart));
    }

    pub fn table(&mut self, table: Table) {
        self.sections.push(Section::Table(table));
    }

    /// A note, if there is something to say.
    pub fn note(&mut self, note: Option<String>) {
        self.notes.extend(note);
    }
}
