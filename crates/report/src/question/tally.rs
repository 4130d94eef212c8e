//! How often did each come?
//!
//! Counters that stay small whatever comes: the tenant decides how many names there are.

use std::collections::HashMap;

use event::fold;

use super::layout::cut;
use crate::{Bar, Chart, Shape};

/// Different names that one list tells apart; what comes after them is counted together.
pub const NAMES_MAX: usize = 20_000;

/// Something for each name, compared without case and shown as first met; not more names than a
/// limit.
#[derive(Debug)]
pub struct Named<T> {
    entries: Vec<(String, T)>,
    /// Where a name's entry is, by the name folded and by spellings met.
    places: HashMap<String, usize>,
    names_max: usize,
    /// Events whose name found no room.
    pub left_out: u64,
}

/// How often each name came.
pub type Tally = Named<u64>;

impl<T> Default for Named<T> {
    fn default() -> Named<T> {
        Named::with_max(NAMES_MAX)
    }
}

impl<T> Named<T> {
    pub fn with_max(names_max: usize) -> Named<T> {
        Named { entries: Vec::new(), places: HashMap::new(), names_max, left_out: 0 }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(name, it)| (name.as_str(), it))
    }

    pub fn get(&self, name: &str) -> Option<&T> {
        self.places.get(&fold(&cut(name))).map(|place| &self.entries[*place].1)
    }

    /// The entries, the largest first and equal ones by name.
    pub fn sorted_by<K: Ord>(&self, size: impl Fn(&T) -> K) -> Vec<(&str, &T)> {
        let mut entries: Vec<(&str, &T)> = self.iter().collect();
        entries.sort_by(|a, b| size(b.1).cmp(&size(a.1)).then_with(|| a.0.cmp(b.0)));
        entries
    }

    /// What a reader must know, if names found no room.
    pub fn note(&self, what: &str) -> Option<String> {
        (self.left_out > 0).then(|| {
            format!(
                "There are more than {} different {what}; {} events of further ones are not in their list.",
                self.names_max, self.left_out
            )
        })
    }
}

impl<T: Default> Named<T> {
    /// The entry of a name; `None` where there is no room for it, which is counted.
    pub fn entry(&mut self, name: &str) -> Option<&mut T> {
        // Most names come again in the same spelling, which needs no copy of them.
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => self.place(name)?,
        };
        Some(&mut self.entries[place].1)
    }

    fn place(&mut self, name: &str) -> Option<usize> {
        let name = cut(name);
        let folded = fold(&name);
        let place = match self.places.get(&folded) {
            Some(place) => *place,
            None if self.entries.len() >= self.names_max => {
                self.left_out += 1;
                return None;
            }
            None => {
                self.places.insert(folded, self.entries.len());
                self.entries.push((name.clone(), T::default()));
                self.entries.len() - 1
            }
        };
        // One name in every spelling there is must not fill the memory.
        if self.places.len() < self.names_max * 2 {
            self.places.insert(name, place);
        }
        Some(place)
    }
}

impl Tally {
    pub fn add(&mut self, name: &str) {
        self.add_many(name, 1);
    }

    pub fn add_many(&mut self, name: &str, count: u64) {
        if let Some(sum) = self.entry(name) {
            *sum += count;
        }
    }

    /// The names, most frequent first, in one line: `ann (3), bob`.
    pub fn line(&self, names_max: usize) -> String {
        let sorted = self.sorted_by(|count| *count);
        let names = sorted.iter().take(names_max).map(|(name, count)| match count {
            1 => (*name).to_owned(),
            count => format!("{name} ({count})"),
        });
        let mut line = names.collect::<Vec<_>>().join(", ");
        let more = sorted.len().saturating_sub(names_max);
        if more > 0 {
            line.push_str(&format!(" and {more} more"));
        }
        line
    }

    /// What was counted and is not listed, with the names: `Changes by services: 3, SYSTEM (3).`
    pub fn told(&self, what: &str) -> Option<String> {
        const NAMES: usize = 5;
        let events = self.iter().map(|(_, count)| count).sum::<u64>() + self.left_out;
        (events > 0).then(|| format!("{what}: {events}, by {}.", self.line(NAMES)))
    }

    /// The most frequent names as a chart.
    pub fn ranking(&self, title: &str, bars_max: usize) -> Chart {
        let sorted = self.sorted_by(|count| *count);
        let bars = sorted.into_iter().take(bars_max);
        Chart {
            title: title.to_owned(),
            shape: Shape::Ranking,
            series: vec!["Events".to_owned()],
            bars: bars
                .map(|(name, count)| Bar { label: name.to_owned(), values: vec![*count] })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_without_case_and_bounded() {
        let mut tally = Tally::with_max(2);
        for name in ["Ann", "ann", "ANN", "bob", "eve", "eve", "Bob"] {
            tally.add(name);
        }
        assert_eq!(tally.line(5), "Ann (3), bob (2)");
        assert_eq!(tally.line(1), "Ann (3) and 1 more");
        assert_eq!((tally.len(), tally.left_out), (2, 2));
        assert_eq!(tally.get("aNN"), Some(&3));
    }
}
