//! Which entries are one?
//!
//! A delegate's client opens a folder again and again. As Exchange Server does, one entry per
//! mailbox, folder, delegate and day is kept and the others are counted: the store remembers which
//! entries came, since that has to outlast the process.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(Group::new("ab", "c", "d", 1), Group::new("a", "bc", "d", 1));
        assert_ne!(Group::new("a", "b", "c", 1).key, Group::new("a", "b", "c", 2).key);
    }
}
