//! How is what was counted laid out?

use crate::question::bounded::{Seen, Tally, Words};
use crate::{Bar, Cell, Chart, Figure, Section, Shape, Table};

/// Bars of a chart: more cannot be told apart on a page.
pub const BARS_MAX: usize = 20;

pub fn figure(label: &str, count: u64) -> Figure {
    Figure { label: label.to_owned(), value: Cell::Count(count), alarming: false }
}

/// A figure worth a second look as soon as it is not zero.
pub fn alarm(label: &str, count: u64) -> Figure {
    Figure { label: label.to_owned(), value: Cell::Count(count), alarming: count > 0 }
}

pub fn time(micros: Option<i64>) -> Cell {
    micros.map_or(Cell::Empty, Cell::Time)
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
    tally: &Tally<K, Seen>,
) -> Section {
    for (key, seen) in tally.largest(|seen| seen.count) {
        let cells = vec![
            Cell::text(key.as_ref()),
            Cell::Count(seen.count),
            time(seen.first),
            time(seen.last),
        ];
        table.push(None, cells);
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
