//! How far did a batch come that is sent in parts?
//!
//! When a later part fails, the pump brings the whole batch again; what was taken of it before is
//! not sent twice.

use event::Key;

use crate::{Error, Record, Refusal, Result};

#[derive(Default)]
pub(crate) struct Progress {
    batch: Option<(Key, Key, usize)>,
    /// How many records from the front are settled.
    done: usize,
    refused: Vec<Refusal>,
}

impl Progress {
    /// Where to go on with these records; 0 if they are not those of the last call.
    pub fn resume(&mut self, records: &[Record]) -> usize {
        let batch = match records {
            [] => None,
            [first, .., last] => Some((first.key, last.key, records.len())),
            [only] => Some((only.key, only.key, 1)),
        };
        if self.batch != batch {
            *self = Progress { batch, ..Progress::default() };
        }
        self.done
    }

    /// Records up to here need not be sent again.
    pub fn reached(&mut self, done: usize) {
        self.done = done;
    }

    pub fn refuse(&mut self, index: usize, reason: String) {
        self.refused.push(Refusal { index, reason });
    }

    /// The batch as a whole is done with.
    pub fn finish(&mut self) -> Result<()> {
        let refused = std::mem::take(self).refused;
        if refused.is_empty() { Ok(()) } else { Err(Error::Some(refused)) }
    }
}
