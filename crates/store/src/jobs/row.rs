//! How is a job read from its row?

use rusqlite::{Connection, OptionalExtension, Row};

use super::{Job, STATES, deliveries};
use crate::Result;

const COLUMNS: &str = "number, id, name, what, spec, state, done, total, created, started, \
                       finished, expires, error, file, bytes, note";

pub(super) fn by_number(connection: &Connection, number: i64) -> Result<Job> {
    let sql = format!("select {COLUMNS} from job where number = ?1");
    let (number, job) = connection.prepare_cached(&sql)?.query_row([number], job)?;
    with_deliveries(connection, number, job)
}

pub(super) fn by_id(connection: &Connection, id: &str) -> Result<Option<Job>> {
    let sql = format!("select {COLUMNS} from job where id = ?1");
    let found = connection.prepare_cached(&sql)?.query_row([id], job).optional()?;
    found.map(|(number, job)| with_deliveries(connection, number, job)).transpose()
}

pub(super) fn all(connection: &Connection) -> Result<Vec<Job>> {
    let sql = format!("select {COLUMNS} from job order by number desc");
    let mut statement = connection.prepare_cached(&sql)?;
    let jobs = statement.query_map([], job)?.collect::<rusqlite::Result<Vec<_>>>()?;
    jobs.into_iter().map(|(number, job)| with_deliveries(connection, number, job)).collect()
}

fn with_deliveries(connection: &Connection, number: i64, job: Job) -> Result<Job> {
    Ok(Job { deliveries: deliveries::of(connection, number)?, ..job })
}

fn job(row: &Row) -> rusqlite::Result<(i64, Job)> {
    let count = |index| -> rusqlite::Result<Option<u64>> {
        Ok(row.get::<_, Option<i64>>(index)?.map(|count| count as u64))
    };
    let state: String = row.get(5)?;
    let state = STATES.into_iter().find(|known| known.name() == state);
    let job = Job {
        id: row.get(1)?,
        name: row.get(2)?,
        what: row.get(3)?,
        spec: row.get(4)?,
        state: state.ok_or(rusqlite::Error::InvalidQuery)?,
        done: count(6)?.unwrap_or(0),
        total: count(7)?,
        created: row.get(8)?,
        started: row.get(9)?,
        finished: row.get(10)?,
        expires: row.get(11)?,
        error: row.get(12)?,
        file: row.get(13)?,
        bytes: count(14)?,
        note: row.get(15)?,
        deliveries: Vec::new(),
    };
    Ok((row.get(0)?, job))
}
