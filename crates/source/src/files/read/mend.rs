//! Where does the next whole value start after a damaged one?
//!
//! A missing quote makes one string of many records, and a file that was cut before it was joined to
//! another makes one record of two. The records of one file open alike, so their opening (the brace
//! and the first name) shows where one of them starts again.

use bytes::Bytes;
use memchr::memmem::Finder;

use super::json::{Members, RECORD_MEMBERS, separators, value_end};

/// How the objects of one file open.
pub(super) struct Opening {
    /// From the brace to the end of the first name.
    start: Finder<'static>,
    /// The names of the first members, to tell an object of this kind from one inside it.
    names: Vec<String>,
}

const NAMES_MAX: usize = 8;

/// How often the bytes of a damaged value may be looked at in search of a whole one.
const PASSES_MAX: usize = 8;

impl Opening {
    /// The opening of this object; `None` if it is empty or no good JSON.
    pub fn of(object: &[u8]) -> Option<Opening> {
        let members = Members::read(object)?;
        let names: Vec<String> =
            members.0.iter().take(NAMES_MAX).map(|(name, _)| name.to_string()).collect();
        let name = 1 + separators(&object[1..]);
        let length = value_end(&object[name..])?;
        (!names.is_empty())
            .then(|| Opening { start: Finder::new(&object[..name + length]).into_owned(), names })
    }

    /// What may be an opening, from a first object that is damaged itself.
    pub fn guess(damaged: &[u8]) -> Option<Opening> {
        let name = 1 + separators(damaged.get(1..)?);
        let length = value_end(damaged.get(name..)?)?;
        Some(Opening {
            start: Finder::new(&damaged[..name + length]).into_owned(),
            names: RECORD_MEMBERS.map(str::to_owned).into(),
        })
    }

    /// True for the name of a member that objects of this kind have.
    pub fn knows(&self, name: &[u8]) -> bool {
        self.names.iter().any(|known| known.as_bytes() == name)
    }

    /// True if a value has swallowed another and is no good JSON for it.
    pub fn is_swallowed_in(&self, value: &[u8]) -> bool {
        self.start.find(&value[1..]).is_some() && Members::read(value).is_none()
    }

    /// Where behind the first byte the next whole value starts.
    pub fn next_whole(&self, damaged: &[u8]) -> Option<usize> {
        let mut work_left = damaged.len().saturating_mul(PASSES_MAX);
        for at in self.start.find_iter(&damaged[1..]) {
            let value = &damaged[1 + at..];
            let length = value_end(value);
            if length.is_some_and(|length| self.fits(&value[..length])) {
                return Some(1 + at);
            }
            work_left = work_left.checked_sub(length.unwrap_or(value.len()))?;
        }
        None
    }

    fn fits(&self, value: &[u8]) -> bool {
        Members::read(value).is_some_and(|members| {
            let known = self.names.iter().filter(|name| members.has(name)).count();
            2 * known > self.names.len()
        })
    }
}

/// Why the bytes before the next whole value are broken.
pub(super) const DAMAGED: &str = "damaged, up to the next whole record";

/// The bytes without what separates them from the next value.
pub(super) fn without_separators(damaged: Bytes) -> Bytes {
    let behind = |byte: &&u8| byte.is_ascii_whitespace() || **byte == b',';
    let length = damaged.len() - damaged.iter().rev().take_while(behind).count();
    damaged.slice(..length)
}
