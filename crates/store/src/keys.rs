//! Which records are known?
//!
//! A record lies in the partition of its event date, and the date is part of its content, so only
//! that one day's keys can tell whether it is new. They are read from the day's data files the
//! first time the day is met, and kept for the days met last.

use std::collections::{HashMap, HashSet};

use deltalake::arrow::array::{AsArray, RecordBatch};
use deltalake::arrow::datatypes::Int64Type;
use event::Key;
use futures::TryStreamExt;

use crate::table::{DataFile, Table};
use crate::{Result, schema};

/// The most keys kept in memory over all days, beyond the day at hand; a key takes about 32 bytes.
const KEYS_MAX: usize = 8_000_000;

/// What the store knows of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    New,
    /// Same Id, other content.
    SameId,
    Duplicate,
}

/// One day's keys.
#[derive(Debug, Default)]
struct Day {
    /// Nearly every Id has one content.
    first: HashMap<u64, u64>,
    more: HashSet<Key>,
    /// The data files whose keys are in.
    files: HashSet<String>,
    used: u64,
}

impl Day {
    fn len(&self) -> usize {
        self.first.len() + self.more.len()
    }

    fn insert(&mut self, key: Key) -> Known {
        match self.first.get(&key.id) {
            None => {
                self.first.insert(key.id, key.content);
                Known::New
            }
            Some(content) if *content == key.content => Known::Duplicate,
            Some(_) if self.more.insert(key) => Known::SameId,
            Some(_) => Known::Duplicate,
        }
    }
}

/// The keys of the days in use.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    days: HashMap<i32, Day>,
    clock: u64,
}

impl Keys {
    /// Brings a day's keys up to the table's version.
    pub(crate) async fn load(&mut self, table: &Table, day: i32) -> Result<()> {
        self.clock += 1;
        let known = self.days.entry(day).or_default();
        known.used = self.clock;
        for file in table.files().iter().filter(|file| file.day == day) {
            if known.files.insert(file.path.clone()) {
                read_keys(table, file, known).await?;
            }
        }
        self.shrink(day);
        Ok(())
    }

    /// Notes the key as stored and tells what was known before. The day must be loaded.
    pub(crate) fn insert(&mut self, day: i32, key: Key) -> Known {
        self.days.entry(day).or_default().insert(key)
    }

    /// Is exactly this record known? The day must be loaded.
    pub(crate) fn contains(&self, day: i32, key: Key) -> bool {
        self.days.get(&day).is_some_and(|known| {
            known.first.get(&key.id) == Some(&key.content) || known.more.contains(&key)
        })
    }

    /// The file holds keys that were inserted one by one already.
    pub(crate) fn note_file(&mut self, day: i32, path: &str) {
        if let Some(day) = self.days.get_mut(&day) {
            day.files.insert(path.to_owned());
        }
    }

    /// What was inserted did not come to be stored.
    pub(crate) fn forget(&mut self) {
        self.days.clear();
    }

    fn shrink(&mut self, keep: i32) {
        while self.days.values().map(Day::len).sum::<usize>() > KEYS_MAX && self.days.len() > 1 {
            let oldest = self.days.iter().filter(|(day, _)| **day != keep).min_by_key(|d| d.1.used);
            match oldest.map(|(day, _)| *day) {
                Some(day) => self.days.remove(&day),
                None => return,
            };
        }
    }
}

async fn read_keys(table: &Table, file: &DataFile, day: &mut Day) -> Result<()> {
    let mut batches = table.read(file, Some(&[schema::ID_HASH, schema::CONTENT_HASH])).await?;
    while let Some(batch) = batches.try_next().await? {
        for key in batch_keys(&batch) {
            day.insert(key);
        }
    }
    Ok(())
}

/// The keys of a batch that has both halves.
pub(crate) fn batch_keys(batch: &RecordBatch) -> impl Iterator<Item = Key> {
    let column = |name| {
        let array = batch.column_by_name(name).expect("a key column");
        array.as_primitive::<Int64Type>().values()
    };
    let (ids, contents) = (column(schema::ID_HASH), column(schema::CONTENT_HASH));
    ids.iter().zip(contents).map(|(id, content)| Key { id: *id as u64, content: *content as u64 })
}
