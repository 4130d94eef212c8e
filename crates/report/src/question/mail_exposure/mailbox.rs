//! What is known of one mailbox, one message, one way in?

use event::{Event, time};

use super::access::Read;
use super::{MOVED, READ, SEARCHED, SENT, Seen};
use crate::question::bounded::Words;
use crate::question::told;

/// Throttling lasts so long: the mailbox writes no records of single messages meanwhile.
const THROTTLED: i64 = 24 * time::HOUR;
/// Throttled periods listed of one mailbox.
const PERIODS_MAX: usize = 1_000;

#[derive(Default)]
pub struct Mailbox {
    /// It was asked for, or is that of the user asked for.
    pub is_named: bool,
    /// MailItemsAccessed records in any context.
    pub reads_of_all: u64,
    /// Of the contexts that count.
    pub binds: u64,
    pub syncs: u64,
    /// Items listed, the same message more than once.
    pub items: u64,
    /// What OperationCount counts, and how much of it no item stands for.
    pub operations: u64,
    pub unlisted: u64,
    /// Different messages.
    pub messages: u64,
    /// From and to, in order, not touching.
    pub throttled: Vec<(i64, i64)>,
}

impl Mailbox {
    /// Is everything around it worth a look?
    pub fn is_at_stake(&self) -> bool {
        self.is_named || self.binds + self.syncs > 0
    }

    pub fn bound(&mut self, items: u64, operations: u64) {
        self.binds += 1;
        self.items += items;
        self.operations += operations;
        self.unlisted += operations.saturating_sub(items);
    }

    /// One more period; those that touch are one.
    pub fn throttle(&mut self, from: i64) {
        let to = from + THROTTLED;
        let first = self.throttled.partition_point(|(_, end)| *end < from);
        let after = self.throttled.partition_point(|(start, _)| *start <= to);
        if first == after && self.throttled.len() >= PERIODS_MAX {
            return;
        }
        let touching = &self.throttled[first..after];
        let joined =
            touching.iter().fold((from, to), |(a, b), (start, end)| (a.min(*start), b.max(*end)));
        self.throttled.splice(first..after, [joined]);
    }
}

/// A message that was read, or a folder that was synchronised.
#[derive(Default)]
pub struct Message {
    pub seen: Seen,
    pub folders: Words,
    pub addresses: Words,
}

/// What one context was used for.
#[derive(Default)]
pub struct Use {
    pub counts: bool,
    pub same_session: bool,
    pub seen: Seen,
    pub binds: u64,
    pub items: u64,
    pub syncs: u64,
    pub sent: u64,
    pub moved: u64,
    pub searches: u64,
    pub rules: u64,
}

impl Use {
    pub fn add(&mut self, operation: &str, event: &Event) {
        self.seen.at(told::time(event));
        match operation {
            READ => match Read::of(event) {
                Read::Bind { items, .. } => {
                    self.binds += 1;
                    self.items += items.len() as u64;
                }
                Read::Sync { .. } => self.syncs += 1,
            },
            SEARCHED => self.searches += 1,
            sent if SENT.contains(&sent) => self.sent += 1,
            moved if MOVED.contains(&moved) => self.moved += 1,
            _ => self.rules += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttled_periods_join() {
        let mut mailbox = Mailbox::default();
        for hours in [100, 60, 0, 20, 200] {
            mailbox.throttle(hours * time::HOUR);
        }
        let hours = |mailbox: &Mailbox| -> Vec<(i64, i64)> {
            mailbox.throttled.iter().map(|(a, b)| (a / time::HOUR, b / time::HOUR)).collect()
        };
        assert_eq!(hours(&mailbox), [(0, 44), (60, 84), (100, 124), (200, 224)]);
        for between in [44, 80] {
            mailbox.throttle(between * time::HOUR);
        }
        assert_eq!(hours(&mailbox), [(0, 124), (200, 224)]);
    }
}
