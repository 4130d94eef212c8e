//! When was a schedule last due?

use rusqlite::{Connection, OptionalExtension, params};

use super::create::insert;
use super::{Job, Jobs, NewJob};
use crate::Result;

impl Jobs {
    /// The time for which a schedule last made a job, or at which it was first met; microseconds.
    pub fn last_due(&self, schedule: &str) -> Result<Option<i64>> {
        last(&self.database.lock(), schedule)
    }

    /// A schedule that is new makes no job for times before it.
    pub fn meet_schedule(&self, schedule: &str, due: i64) -> Result<()> {
        let sql = "insert or ignore into schedule values (?1, ?2)";
        self.database.lock().prepare_cached(sql)?.execute(params![schedule, due])?;
        Ok(())
    }

    /// Makes the job of a schedule for a time at which it is due, unless one was made for that time
    /// or a later one. The job and the note of it are one transaction.
    pub fn create_due(
        &self,
        schedule: &str,
        due: i64,
        job: &NewJob,
        now: i64,
    ) -> Result<Option<Job>> {
        job.check()?;
        self.database.write(|transaction| {
            if last(transaction, schedule)?.is_some_and(|last| last >= due) {
                return Ok(None);
            }
            let sql = "insert or replace into schedule values (?1, ?2)";
            transaction.execute(sql, params![schedule, due])?;
            insert(transaction, job, now).map(Some)
        })
    }
}

fn last(connection: &Connection, schedule: &str) -> Result<Option<i64>> {
    let sql = "select last from schedule where name = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([schedule], |row| row.get(0)).optional()?)
}
