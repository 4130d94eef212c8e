//! Which members of a record fill which columns?
//!
//! A [`Table`] is built once from the lists of the families. A record's members are then looked up
//! in one pass, each by one hash of its name, whatever the number of columns.

use event::Field;

use crate::words::Words;

/// A member, or a path beneath it, that may fill a column.
pub struct Take {
    pub field: Field,
    /// The place of the member's name in the table.
    pub name: usize,
    /// The path beneath the member; empty for the member itself.
    pub path: &'static str,
    /// The names of that path.
    pub names: Box<[&'static str]>,
}

/// Column sources in the order of preference, with their names hashed. Names of members that fill
/// no column may follow them.
pub struct Table {
    takes: Vec<Take>,
    names: Words,
}

/// The most names that fill columns.
pub const NAMES_MAX: usize = 128;

impl Table {
    /// The first source of a field that is not missing in a record wins.
    pub fn new(columns: impl Iterator<Item = (Field, &'static str)>) -> Table {
        Table::with_names(columns, &[])
    }

    /// A table that knows these names as well, so that one look at a name serves two questions.
    pub fn with_names(
        columns: impl Iterator<Item = (Field, &'static str)>,
        others: &[&'static str],
    ) -> Table {
        let mut names = Words::with_room(NAMES_MAX + others.len());
        let takes = columns
            .map(|(field, source)| {
                let (name, path) = source.split_once('.').unwrap_or((source, ""));
                let beneath = path.split('.').filter(|name| !name.is_empty()).collect();
                Take { field, name: names.insert(name), path, names: beneath }
            })
            .collect();
        assert!(names.len() <= NAMES_MAX, "at most {NAMES_MAX} names fill columns");
        for name in others {
            names.insert(name);
        }
        Table { takes, names }
    }

    pub fn takes(&self) -> &[Take] {
        &self.takes
    }

    /// How many names the table knows.
    pub fn names(&self) -> usize {
        self.names.len()
    }

    /// The place of a name, compared without case.
    pub fn name(&self, key: &str) -> Option<usize> {
        self.names.place(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_case() {
        let columns = [
            (Field::ClientIP, "ClientIP"),
            (Field::ItemName, "Item.Subject"),
            (Field::SessionId, "Item.Session.Id"),
        ];
        let table = Table::with_names(columns.into_iter(), &["Version", "item"]);
        assert_eq!(table.name("clientip"), Some(0));
        assert_eq!(table.name("Item"), Some(1));
        assert_eq!(table.name("version"), Some(2));
        assert_eq!(table.name("Items"), None);
        assert_eq!(table.names(), 3);
        assert_eq!(table.takes()[2].path, "Session.Id");
    }
}
