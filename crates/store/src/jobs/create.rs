//! How does a job come into the queue?

use event::time;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Job, Jobs, Outlet, deliveries, row};
use crate::{Error, Result};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    pub name: String,
    /// What it looks for, in one readable line.
    pub what: String,
    pub spec: String,
    pub deliveries: Vec<(Outlet, String)>,
    /// How long its result is kept, microseconds.
    pub keep: i64,
}

impl NewJob {
    /// Whether the queue takes it.
    pub fn check(&self) -> Result<()> {
        let name = self.name.chars().count();
        if name == 0 || name > Jobs::NAME_CHARS_MAX || self.name.chars().any(char::is_control) {
            return Err(Error::Job(format!(
                "a name is 1 to {} characters without line breaks",
                Jobs::NAME_CHARS_MAX
            )));
        }
        if self.spec.len() > Jobs::SPEC_BYTES_MAX {
            return Err(Error::Job(format!(
                "what it asks for is {} bytes long, at most {} are kept; make several jobs of it",
                self.spec.len(),
                Jobs::SPEC_BYTES_MAX
            )));
        }
        if self.deliveries.len() > Jobs::DELIVERIES_MAX {
            return Err(Error::Job(format!(
                "{} recipients and folders, at most {}; send to a distribution list",
                self.deliveries.len(),
                Jobs::DELIVERIES_MAX
            )));
        }
        Ok(())
    }
}

pub(super) fn insert(transaction: &Transaction, job: &NewJob, now: i64) -> Result<Job> {
    make_room(transaction)?;
    // The number is given by the insertion and never given again, so the id follows it.
    let sql = "insert into job (id, name, what, spec, state, created, keep)
               values ('', ?1, ?2, ?3, 'queued', ?4, ?5)";
    transaction.execute(sql, params![job.name, job.what, job.spec, now, job.keep])?;
    let number = transaction.last_insert_rowid();
    let id = format!("{}-{number:06}", time::day_text(now).replace('-', ""));
    transaction.execute("update job set id = ?2 where number = ?1", params![number, id])?;
    deliveries::insert(transaction, number, &job.deliveries)?;
    row::by_number(transaction, number)
}

/// Old jobs without a result make room; those with one are for their owner to remove.
fn make_room(transaction: &Transaction) -> Result<()> {
    let count = |sql: &str| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    while count("select count(*) from job")? as u64 >= Jobs::COUNT_MAX {
        let sql = "delete from job where number = (select min(number) from job
                   where state in ('failed', 'cancelled', 'expired')) returning number";
        let gone: Option<i64> = transaction.query_row(sql, [], |row| row.get(0)).optional()?;
        let Some(number) = gone else {
            let words = format!(
                "{} jobs are kept; remove some with `trail365 job remove`",
                Jobs::COUNT_MAX
            );
            return Err(Error::Job(words));
        };
        transaction.execute("delete from delivery where job = ?1", [number])?;
    }
    Ok(())
}
