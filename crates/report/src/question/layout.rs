//! How is what was found laid out?

use event::{Event, Field};

use super::bounded::{Each, Words};
use super::seen::Seen;
use crate::{Answer, Bar, Cell, Chart, Figure, Section, Shape, Table};

/// Characters of a record's text that a report keeps. Subjects of a whole folder run to 64 KiB, and
/// the event has them.
pub const TEXT_CHARS_MAX: usize = 400;
/// Bars of a chart: more cannot be told apart on a page.
pub const BARS_MAX: usize = 20;

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

pub fn words(words: &Words) -> Cell {
    Cell::text(words.joined())
}

pub fn yes(holds: bool) -> Cell {
    match holds {
        true => Cell::text("yes"),
        false => Cell::Empty,
    }
}

/// A key with its count, first and last time, most frequent first.
pub fn counted<K: Eq + std::hash::Hash + Ord + Clone + AsRef<str>>(
    mut table: Table,
    tally: &Each<K, Seen>,
) -> Section {
    for (key, seen) in tally.largest(|seen| seen.events) {
        let key = [Cell::text(key.as_ref())];
        table.push(None, key.into_iter().chain(seen.cells()).collect());
    }
    Section::Table(table)
}

/// The longest bars of a ranking.
pub fn ranking(title: &str, series: &[&str], mut bars: Vec<Bar>) -> Section {
    bars.sort_by_key(|bar| std::cmp::Reverse(bar.values.iter().sum::<u64>()));
    bars.truncate(BARS_MAX);
    chart(title, Shape::Ranking, series, bars)
}

pub fn timeline(title: &str, series: &[&str], bars: Vec<Bar>) -> Section {
    chart(title, Shape::Timeline, series, bars)
}

fn chart(title: &str, shape: Shape, series: &[&str], bars: Vec<Bar>) -> Section {
    let series = series.iter().map(|name| (*name).to_owned()).collect();
    Section::Chart(Chart { title: title.to_owned(), shape, series, bars })
}

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
