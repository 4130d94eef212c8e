//! When did it happen?

use std::collections::BTreeMap;

use event::{Event, Field, time};

use super::layout::cut;
use crate::{Ask, Bar, Chart, Shape};

/// Bars of a timeline, before its steps become longer.
pub const BARS_MAX: usize = 62;
/// Series of a timeline that have a colour of their own; the others are one.
const SERIES_MAX: usize = 5;
/// Series that are told apart while counting.
const SERIES_SEEN_MAX: usize = 32;
/// The longest span whose quiet ends a timeline shows as well.
const SPAN_DRAWN_MAX: i64 = 400 * time::DAY;

/// Events by time and series. Its steps grow with what comes, so that there are at most
/// [`BARS_MAX`] of them.
#[derive(Debug)]
pub struct Timeline {
    from: i64,
    to: i64,
    step: usize,
    series: Vec<String>,
    bars: BTreeMap<i64, Vec<u64>>,
}

/// An hour, a quarter of a day, a day, a week, four weeks, a year, ten years.
const STEPS: [i64; 7] = [
    time::HOUR,
    6 * time::HOUR,
    time::DAY,
    7 * time::DAY,
    28 * time::DAY,
    364 * time::DAY,
    3640 * time::DAY,
];
/// A Monday, on which weeks begin: 1970-01-05.
const MONDAY: i64 = 4 * time::DAY;
const OTHER: &str = "other";

impl Timeline {
    pub fn new(ask: &Ask) -> Timeline {
        Timeline { from: ask.from, to: ask.to, step: 0, series: Vec::new(), bars: BTreeMap::new() }
    }

    pub fn add(&mut self, event: &Event, series: &str) {
        let Some(time) = event.time(Field::CreationTime) else { return };
        let place = self.series(series);
        let bar = self.bars.entry(begin(time, self.step)).or_default();
        if bar.len() <= place {
            bar.resize(place + 1, 0);
        }
        bar[place] += 1;
        while self.step + 1 < STEPS.len() && self.drawn() > BARS_MAX {
            self.coarsen();
        }
    }

    fn series(&mut self, name: &str) -> usize {
        if let Some(place) = self.series.iter().position(|known| known == name) {
            return place;
        }
        let name = if self.series.len() < SERIES_SEEN_MAX { name } else { OTHER };
        self.series.iter().position(|known| known == name).unwrap_or_else(|| {
            self.series.push(cut(name));
            self.series.len() - 1
        })
    }

    /// Bars from the first event to the last.
    fn drawn(&self) -> usize {
        match (self.bars.first_key_value(), self.bars.last_key_value()) {
            (Some((first, _)), Some((last, _))) => count(*first, *last, self.step),
            _ => 0,
        }
    }

    fn coarsen(&mut self) {
        self.step += 1;
        for (time, values) in std::mem::take(&mut self.bars) {
            let bar = self.bars.entry(begin(time, self.step)).or_default();
            bar.resize(bar.len().max(values.len()), 0);
            bar.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }

    /// The chart, its steps without events included.
    pub fn chart(mut self, title: &str) -> Chart {
        let span = self.to.saturating_sub(self.from);
        let whole = !self.bars.is_empty() && (1..=SPAN_DRAWN_MAX).contains(&span);
        let (from, to) = (self.from, self.to);
        let span_bars = |step| count(begin(from, step), begin(to - 1, step), step);
        while whole && span_bars(self.step) > BARS_MAX {
            self.coarsen();
        }
        let (mut first, mut last) = match (self.bars.first_key_value(), self.bars.last_key_value())
        {
            (Some((first, _)), Some((last, _))) => (*first, *last),
            _ => (0, -1),
        };
        if whole {
            first = first.min(begin(self.from, self.step));
            last = last.max(begin(self.to - 1, self.step));
        }
        let (series, order) = self.strongest();
        let mut bars = Vec::new();
        let mut time = first;
        while time <= last {
            let values = self.bars.get(&time).map(Vec::as_slice).unwrap_or_default();
            bars.push(Bar {
                label: self.label(time),
                values: folded(values, &order, series.len()),
            });
            time += STEPS[self.step];
        }
        Chart { title: title.to_owned(), shape: Shape::Timeline, series, bars }
    }

    fn label(&self, time: i64) -> String {
        match STEPS[self.step] < time::DAY {
            true => time::short(time).replacen('T', " ", 1)[..16].to_owned(),
            false => time::day_text(time),
        }
    }

    /// The series that are shown, strongest first, and for each series its place among them.
    fn strongest(&self) -> (Vec<String>, Vec<usize>) {
        let total = |place: usize| -> u64 {
            self.bars.values().filter_map(|values| values.get(place)).sum()
        };
        let mut places: Vec<usize> =
            (0..self.series.len()).filter(|place| self.series[*place] != OTHER).collect();
        places.sort_by_key(|place| std::cmp::Reverse(total(*place)));
        let shown = places.len().min(SERIES_MAX);
        let mut names: Vec<String> =
            places[..shown].iter().map(|place| self.series[*place].clone()).collect();
        let mut order = vec![shown; self.series.len()];
        for (rank, place) in places[..shown].iter().enumerate() {
            order[*place] = rank;
        }
        if order.contains(&shown) {
            names.push(OTHER.to_owned());
        }
        (names, order)
    }
}

fn begin(time: i64, step: usize) -> i64 {
    let step = STEPS[step];
    time - (time - MONDAY).rem_euclid(step)
}

fn count(first: i64, last: i64, step: usize) -> usize {
    usize::try_from(last.saturating_sub(first) / STEPS[step])
        .unwrap_or(usize::MAX)
        .saturating_add(1)
}

fn folded(values: &[u64], order: &[usize], series: usize) -> Vec<u64> {
    let mut folded = vec![0; series];
    for (place, value) in values.iter().enumerate() {
        folded[order[place]] += value;
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Key, Value};

    const MARCH: &str = "2026-03-01T00:00:00";

    fn chart(days: i64, hours: &[i64]) -> Chart {
        let from = time::parse(MARCH).unwrap();
        let ask = Ask { from, to: from + days * time::DAY, ..Ask::default() };
        let mut timeline = Timeline::new(&ask);
        for (at, hour) in hours.iter().enumerate() {
            let mut event = Event::new(Key { id: 0, content: 0 }, b"", Value::Null);
            event.set(Field::CreationTime, event::Cell::Time(from + hour * time::HOUR));
            timeline.add(&event, &format!("s{}", at % 40));
        }
        timeline.chart("t")
    }

    #[test]
    fn steps_suit_the_span() {
        for (days, hours, bars, first, second) in [
            (1, &[1, 2][..], 24, "2026-03-01 00:00", "2026-03-01 01:00"),
            (7, &[1, 30], 28, "2026-03-01 00:00", "2026-03-01 06:00"),
            (30, &[1, 30], 30, "2026-03-01", "2026-03-02"),
            (90, &[1, 30], 14, "2026-02-23", "2026-03-02"),
            // Of a longer span only what there is: two events a day and six hours apart.
            (9_000, &[0, 30], 31, "2026-03-01 00:00", "2026-03-01 01:00"),
            (9_000, &[0, 24 * 300], 44, "2026-02-23", "2026-03-02"),
        ] {
            let chart = chart(days, hours);
            assert_eq!(chart.bars.len(), bars, "{days} {hours:?}");
            assert_eq!([&chart.bars[0].label, &chart.bars[1].label], [first, second]);
            let sum: u64 = chart.bars.iter().flat_map(|bar| &bar.values).sum();
            assert_eq!(sum, hours.len() as u64);
        }
        assert!(chart(7, &[]).bars.is_empty());
    }

    #[test]
    fn bars_and_series_are_bounded() {
        let hours: Vec<i64> = (0..4_000).map(|at| at * 400).collect();
        let chart = chart(80_000, &hours);
        assert!(chart.bars.len() <= BARS_MAX, "{}", chart.bars.len());
        assert_eq!(chart.series.len(), SERIES_MAX + 1);
        let sum: u64 = chart.bars.iter().flat_map(|bar| &bar.values).sum();
        assert_eq!(sum, 4_000);
    }
}
