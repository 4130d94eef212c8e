//! How often, when first and when last?

use event::{Event, Field};

use super::layout::when;
use crate::Cell;

/// Events, with the first and the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub events: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
}

impl Seen {
    pub fn add(&mut self, event: &Event) {
        self.at(event.time(Field::CreationTime));
    }

    /// One more, at this time if it has one.
    pub fn at(&mut self, time: Option<i64>) {
        self.join(Seen { events: 1, first: time, last: time });
    }

    pub fn join(&mut self, other: Seen) {
        self.events += other.events;
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
    }

    /// Events, First, Last.
    pub fn cells(&self) -> [Cell; 3] {
        [Cell::Count(self.events), when(self.first), when(self.last)]
    }
}
