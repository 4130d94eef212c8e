//! Which searches and reports were asked for, and how far are they?
//!
//! A job is asked for by one process and done by whichever one works: it waits in SQLite in the
//! data folder, beside the ledger and apart from it. What stands in a job's specification the store
//! does not know. Every change of state is one transaction that looks at the state before, so a
//! job that was cancelled is never finished, and one that was interrupted is done again.

mod create;
mod deliveries;
mod row;
mod schedule;
#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::{OptionalExtension, params};

use crate::Result;
use crate::sqlite::Database;

pub use create::NewJob;
pub use deliveries::{Delivery, DeliveryState, Outlet};

/// Counts up with each change of the tables.
const VERSION: i64 = 1;

const TABLES: &str = "
create table job (
    number integer primary key autoincrement, id text not null unique, name text not null,
    what text not null, spec text not null, state text not null,
    done integer not null default 0, total integer, created integer not null, started integer,
    tries integer not null default 0, finished integer, keep integer not null, expires integer, error text, file text,
    bytes integer, note text);
create index job_by_state on job (state, number);
create table delivery (
    job integer not null, ordinal integer not null, outlet text not null, target text not null,
    state text not null, words text not null, tries integer not null, due integer not null,
    primary key (job, ordinal)) without rowid;
create table schedule (name text primary key, last integer not null) without rowid;";

/// Said of deliveries that have nothing to deliver.
const NO_RESULT: &str = "there is no result";

/// Every state, in the order of a job's life.
pub const STATES: [JobState; 6] = [
    JobState::Queued,
    JobState::Running,
    JobState::Done,
    JobState::Failed,
    JobState::Cancelled,
    JobState::Expired,
];

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    Queued,
    Running,
    /// Its result is there.
    Done,
    Failed,
    Cancelled,
    /// It was done, and its result is gone.
    Expired,
}

impl JobState {
    pub const fn name(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
            JobState::Expired => "expired",
        }
    }

    /// Nothing more becomes of it.
    pub const fn has_ended(self) -> bool {
        !matches!(self, JobState::Queued | JobState::Running)
    }
}

/// A job as it stands in the file. Times are microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Sorts by age.
    pub id: String,
    pub name: String,
    pub what: String,
    pub spec: String,
    pub state: JobState,
    /// Events written.
    pub done: u64,
    /// Events to write, once they are counted.
    pub total: Option<u64>,
    pub created: i64,
    pub started: Option<i64>,
    pub finished: Option<i64>,
    pub expires: Option<i64>,
    pub error: Option<String>,
    /// The name of its result.
    pub file: Option<String>,
    pub bytes: Option<u64>,
    /// On what the result rests, in words.
    pub note: Option<String>,
    pub deliveries: Vec<Delivery>,
}

/// What came of a job that is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    pub file: String,
    pub bytes: u64,
    pub events: u64,
    pub note: String,
}

/// The jobs of a data folder; clones share one connection.
#[derive(Clone, Debug)]
pub struct Jobs {
    database: Database,
}

impl Jobs {
    /// Jobs that are kept, ended ones included.
    pub const COUNT_MAX: u64 = 1_000;
    pub const NAME_CHARS_MAX: usize = 64;
    pub const SPEC_BYTES_MAX: usize = 256 << 10;
    /// Folders and recipients of one job.
    pub const DELIVERIES_MAX: usize = 50;
    /// Workers that may die over one job.
    pub const INTERRUPTIONS_MAX: u32 = 10;
    /// Longer words of an error or a service are cut.
    pub const WORDS_CHARS_MAX: usize = 1_000;

    pub(crate) fn open(path: &Path) -> Result<Jobs> {
        Ok(Jobs { database: Database::open(path, VERSION, TABLES)? })
    }

    /// Puts a job behind all others.
    pub fn create(&self, job: &NewJob, now: i64) -> Result<Job> {
        job.check()?;
        self.database.write(|transaction| create::insert(transaction, job, now))
    }

    /// Takes the job that has waited longest.
    pub fn claim_next(&self, now: i64) -> Result<Option<Job>> {
        self.database.write(|transaction| {
            let sql = "update job set state = 'running', started = ?1, tries = tries + 1
                       where number = (select min(number) from job where state = 'queued')
                       returning number";
            let number = transaction.query_row(sql, [now], |row| row.get(0)).optional()?;
            number.map(|number| row::by_number(transaction, number)).transpose()
        })
    }

    /// Notes how far a running job is; false if it is not running any more.
    pub fn progress(&self, id: &str, done: u64, total: Option<u64>) -> Result<bool> {
        let sql = "update job set done = ?2, total = coalesce(?3, total)
                   where id = ?1 and state = 'running'";
        let row = params![id, done as i64, total.map(|total| total as i64)];
        Ok(self.database.lock().prepare_cached(sql)?.execute(row)? == 1)
    }

    /// Is it still wanted?
    pub fn is_running(&self, id: &str) -> Result<bool> {
        let sql = "select count(*) from job where id = ?1 and state = 'running'";
        let count: i64 =
            self.database.lock().prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
        Ok(count == 1)
    }

    /// The result of a running job is there; false if it is not running any more.
    pub fn finish(&self, id: &str, finished: &Finished, now: i64) -> Result<bool> {
        self.database.write(|transaction| {
            let sql = "update job set state = 'done', done = ?2, total = ?2, file = ?3, bytes = ?4,
                       note = ?5, finished = ?6, expires = ?6 + keep
                       where id = ?1 and state = 'running'";
            let Finished { file, bytes, events, note } = finished;
            let row = params![id, *events as i64, file, *bytes as i64, note, now];
            let has_changed = transaction.execute(sql, row)? == 1;
            if has_changed {
                deliveries::begin(transaction, id, now)?;
            }
            Ok(has_changed)
        })
    }

    /// A running job has no result; false if it is not running any more.
    pub fn fail(&self, id: &str, error: &str, now: i64) -> Result<bool> {
        self.database.write(|transaction| {
            let sql = "update job set state = 'failed', error = ?2, finished = ?3
                       where id = ?1 and state = 'running'";
            let has_changed = transaction.execute(sql, params![id, cut(error), now])? == 1;
            if has_changed {
                deliveries::give_up(transaction, id, NO_RESULT)?;
            }
            Ok(has_changed)
        })
    }

    /// Ends a job that has no result yet; one that has ended stays as it is. `None` if there is no
    /// such job.
    pub fn cancel(&self, id: &str, now: i64) -> Result<Option<Job>> {
        self.database.write(|transaction| {
            let sql = "update job set state = 'cancelled', finished = ?2
                       where id = ?1 and state in ('queued', 'running')";
            if transaction.execute(sql, params![id, now])? == 1 {
                deliveries::give_up(transaction, id, "the job was cancelled")?;
            }
            row::by_id(transaction, id)
        })
    }

    /// Jobs whose worker died wait again, but for those that saw too many workers die: they may be
    /// the reason. Only for whoever holds the lock.
    pub fn requeue_interrupted(&self, now: i64) -> Result<()> {
        self.database.write(|transaction| {
            let sql = "update job set state = 'failed', error = ?1, finished = ?2
                       where state = 'running' and tries >= ?3 returning id";
            let words =
                format!("{} processes ended while they worked on it", Jobs::INTERRUPTIONS_MAX);
            let mut statement = transaction.prepare_cached(sql)?;
            let ids = statement.query_map(params![words, now, Jobs::INTERRUPTIONS_MAX], |row| {
                row.get::<_, String>(0)
            })?;
            for id in ids.collect::<rusqlite::Result<Vec<_>>>()? {
                deliveries::give_up(transaction, &id, NO_RESULT)?;
            }
            let sql = "update job set state = 'queued', done = 0, total = null, started = null
                       where state = 'running'";
            transaction.execute(sql, [])?;
            Ok(())
        })
    }

    /// A worker that ends in good order hands its job back.
    pub fn release(&self, id: &str) -> Result<()> {
        let sql = "update job set state = 'queued', done = 0, total = null, started = null,
                   tries = tries - 1 where id = ?1 and state = 'running'";
        self.database.lock().execute(sql, [id])?;
        Ok(())
    }

    /// Results that are old enough to go; their jobs say so from now on.
    pub fn expire(&self, now: i64) -> Result<Vec<String>> {
        self.database.write(|transaction| {
            let sql = "update job set state = 'expired' where state = 'done' and expires <= ?1
                       returning id";
            let mut statement = transaction.prepare_cached(sql)?;
            let ids = statement.query_map([now], |row| row.get(0))?;
            let mut ids: Vec<String> = ids.collect::<rusqlite::Result<_>>()?;
            ids.sort();
            for id in &ids {
                deliveries::give_up(transaction, id, "the result expired")?;
            }
            Ok(ids)
        })
    }

    /// All jobs, newest first.
    pub fn list(&self) -> Result<Vec<Job>> {
        row::all(&self.database.lock())
    }

    pub fn get(&self, id: &str) -> Result<Option<Job>> {
        row::by_id(&self.database.lock(), id)
    }

    /// Forgets a job; false if there is none. Whoever works on it notices.
    pub fn remove(&self, id: &str) -> Result<bool> {
        self.database.write(|transaction| {
            deliveries::forget(transaction, id)?;
            Ok(transaction.execute("delete from job where id = ?1", [id])? == 1)
        })
    }

    /// How many jobs there are of each state.
    pub fn counts(&self) -> Result<Vec<(JobState, u64)>> {
        let connection = self.database.lock();
        let sql = "select count(*) from job where state = ?1";
        let mut statement = connection.prepare_cached(sql)?;
        let count = |state: JobState| {
            let count = statement.query_row([state.name()], |row| row.get::<_, i64>(0))?;
            Ok((state, count as u64))
        };
        STATES.into_iter().map(count).collect()
    }
}

fn cut(words: &str) -> String {
    words.chars().take(Jobs::WORDS_CHARS_MAX).collect()
}
