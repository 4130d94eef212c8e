//! Which entries are one?
//!
//! A delegate's client opens a folder again and again. As Exchange Server does, one entry per
//! mailbox, folder, delegate and day is kept and the others are counted.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use event::Key;

/// What makes two entries one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// The hash of mailbox, folder, delegate and day.
    pub key: [u8; 16],
    /// Days since 1970-01-01.
    pub day: i32,
}

impl Group {
    pub(crate) fn new(mailbox: &str, folder: &str, delegate: &str, day: i32) -> Group {
        let mut hasher = blake3::Hasher::new();
        // Each with its length before it, so that no two groups share their bytes.
        for part in [mailbox, folder, delegate] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&day.to_le_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Group { key, day }
    }
}

/// What an entry is to its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// The group's first: it is stored.
    First,
    /// Offered before: it counts for nothing.
    Repeated,
    /// Another of the group: it is counted and not stored.
    Consolidated,
}

/// Keys that a consolidator remembers, about 64 bytes each. What comes beyond them is stored.
pub const KEYS_MAX: usize = 1_000_000;

/// Remembers which entries came.
#[derive(Clone, Debug)]
pub struct Consolidator {
    /// Each entry's group.
    keys: HashMap<Key, Group>,
    /// How many different entries came of each.
    counts: HashMap<Group, u64>,
    keys_max: usize,
}

impl Default for Consolidator {
    fn default() -> Consolidator {
        Consolidator::with_limit(KEYS_MAX)
    }
}

impl Consolidator {
    pub fn with_limit(keys_max: usize) -> Consolidator {
        Consolidator { keys: HashMap::new(), counts: HashMap::new(), keys_max }
    }

    pub fn offer(&mut self, group: &Group, key: Key) -> Offer {
        let full = self.keys.len() >= self.keys_max;
        let Entry::Vacant(place) = self.keys.entry(key) else {
            return Offer::Repeated;
        };
        if full {
            // Nothing is lost: it is stored, though it could have been counted.
            return Offer::First;
        }
        place.insert(*group);
        let count = self.counts.entry(*group).or_default();
        *count += 1;
        match *count {
            1 => Offer::First,
            _ => Offer::Consolidated,
        }
    }

    /// How many different entries came, the first included.
    pub fn count(&self, group: &Group) -> u64 {
        self.counts.get(group).copied().unwrap_or_default()
    }

    /// Forgets the days before this one, of which nothing more is to come.
    pub fn forget_before(&mut self, day: i32) {
        self.keys.retain(|_, group| group.day >= day);
        self.counts.retain(|group, _| group.day >= day);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn key(content: u64) -> Key {
        Key { id: 0, content }
    }

    #[test]
    fn the_first_is_stored_and_the_others_are_counted() {
        let mut consolidator = Consolidator::default();
        let inbox = Group::new("ann", "inbox", "bob", 1);
        let later = Group::new("ann", "inbox", "bob", 2);
        for (group, content, offer) in [
            (inbox, 1, Offer::First),
            (inbox, 2, Offer::Consolidated),
            (inbox, 1, Offer::Repeated),
            (inbox, 2, Offer::Repeated),
            (later, 3, Offer::First),
        ] {
            assert_eq!(consolidator.offer(&group, key(content)), offer, "{content}");
        }
        assert_eq!((consolidator.count(&inbox), consolidator.count(&later)), (2, 1));
        consolidator.forget_before(2);
        assert_eq!((consolidator.count(&inbox), consolidator.count(&later)), (0, 1));
    }

    #[test]
    fn beyond_the_limit_everything_is_stored() {
        let mut consolidator = Consolidator::with_limit(2);
        let group = Group::new("ann", "inbox", "bob", 1);
        let offers = [1, 2, 3, 2].map(|content| consolidator.offer(&group, key(content)));
        assert_eq!(offers, [Offer::First, Offer::Consolidated, Offer::First, Offer::Repeated]);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Group::new("ab", "c", "d", 1), Group::new("a", "bc", "d", 1));
        assert_ne!(Group::new("a", "b", "c", 1).key, Group::new("a", "b", "c", 2).key);
    }
}
