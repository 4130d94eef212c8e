//! Which members of a record fill which columns?
//!
//! A [`Table`] is built once from the lists of the families. A record's members are then looked up
//! in one pass, each by one hash of its name, whatever the number of columns.

use event::Field;

/// A member, or a path beneath it, that may fill a column.
pub struct Take {
    pub field: Field,
    /// The place of the member's name in the table.
    pub name: usize,
    /// The path beneath the member; empty for the member itself.
    pub path: &'static str,
}

/// Column sources in the order of preference, with their names hashed.
pub struct Table {
    takes: Vec<Take>,
    names: Vec<&'static str>,
    buckets: [u8; BUCKETS],
}

/// Four times as many buckets as names keep the chains short.
const BUCKETS: usize = 512;
/// The most names a table holds, so that a place fits a byte.
pub const NAMES_MAX: usize = 128;
const EMPTY: u8 = u8::MAX;

impl Table {
    /// The first source of a field that is not missing in a record wins.
    pub fn new(columns: impl Iterator<Item = (Field, &'static str)>) -> Table {
        let mut table = Table { takes: Vec::new(), names: Vec::new(), buckets: [EMPTY; BUCKETS] };
        for (field, source) in columns {
            let (name, path) = source.split_once('.').unwrap_or((source, ""));
            let name = table.insert(name);
            table.takes.push(Take { field, name, path });
        }
        table
    }

    pub fn takes(&self) -> &[Take] {
        &self.takes
    }

    /// The place of a name, compared without case.
    pub fn name(&self, key: &str) -> Option<usize> {
        let mut bucket = hash(key);
        loop {
            let place = usize::from(self.buckets[bucket]);
            let name = self.names.get(place)?;
            if name.eq_ignore_ascii_case(key) {
                return Some(place);
            }
            bucket = (bucket + 1) % BUCKETS;
        }
    }

    fn insert(&mut self, name: &'static str) -> usize {
        if let Some(place) = self.name(name) {
            return place;
        }
        let place = self.names.len();
        assert!(place < NAMES_MAX, "a table holds at most {NAMES_MAX} names");
        self.names.push(name);
        let mut bucket = hash(name);
        while self.buckets[bucket] != EMPTY {
            bucket = (bucket + 1) % BUCKETS;
        }
        self.buckets[bucket] = place as u8;
        place
    }
}

/// Length and three letters tell Microsoft's names apart well enough.
fn hash(key: &str) -> usize {
    let bytes = key.as_bytes();
    let letter = |at: usize| usize::from(bytes.get(at).copied().unwrap_or(0) | 0x20);
    let last = bytes.len().saturating_sub(1);
    let mixed = bytes.len() * 37 + letter(0) * 7 + letter(last / 2) * 101 + letter(last) * 17;
    mixed % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_case() {
        let table = Table::new(
            [
                (Field::ClientIP, "ClientIP"),
                (Field::ItemName, "Item.Subject"),
                (Field::SessionId, "Item.Session.Id"),
            ]
            .into_iter(),
        );
        assert_eq!(table.name("clientip"), Some(0));
        assert_eq!(table.name("Item"), Some(1));
        assert_eq!(table.name("Items"), None);
        assert_eq!(table.name(""), None);
        assert_eq!(table.takes()[2].path, "Session.Id");
    }
}
