//! Where does a result go, and has it arrived?

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{Job, Jobs, cut, row};
use crate::Result;

/// A way out of the data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlet {
    Folder,
    Mail,
}

impl Outlet {
    const fn name(self) -> &'static str {
        match self {
            Outlet::Folder => "folder",
            Outlet::Mail => "mail",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// There is no result yet, or it is tried again.
    Waiting,
    Done,
    Failed,
}

impl DeliveryState {
    pub const fn name(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Done => "done",
            DeliveryState::Failed => "failed",
        }
    }
}

/// One folder or recipient of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its place among the job's, from 0.
    pub ordinal: u32,
    pub outlet: Outlet,
    /// The folder or the address.
    pub to: String,
    pub state: DeliveryState,
    /// What became of it.
    pub words: String,
    pub tries: u32,
    /// When it is tried next; microseconds.
    pub due: i64,
}

impl Jobs {
    /// The delivery of a result that is due first, if any is due.
    pub fn next_delivery(&self, now: i64) -> Result<Option<(Job, Delivery)>> {
        let connection = self.database.lock();
        let sql = "select d.job, d.ordinal from delivery d join job j on j.number = d.job
                   where j.state = 'done' and d.state = 'waiting' and d.due <= ?1
                   order by d.due, d.job, d.ordinal limit 1";
        let found = connection
            .prepare_cached(sql)?
            .query_row([now], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?)))
            .optional()?;
        let Some((number, ordinal)) = found else { return Ok(None) };
        let job = row::by_number(&connection, number)?;
        let delivery = job.deliveries.iter().find(|delivery| delivery.ordinal == ordinal).cloned();
        Ok(delivery.map(|delivery| (job, delivery)))
    }

    /// Results that are not delivered and not given up.
    pub fn waiting_deliveries(&self) -> Result<u64> {
        let sql = "select count(*) from delivery d join job j on j.number = d.job
                   where j.state = 'done' and d.state = 'waiting'";
        let count: i64 =
            self.database.lock().prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(count as u64)
    }

    /// Notes what became of an attempt. One that was given up meanwhile stays so.
    pub fn note_delivery(&self, id: &str, delivery: &Delivery) -> Result<()> {
        let sql = "update delivery set state = ?3, words = ?4, tries = ?5, due = ?6
                   where job = (select number from job where id = ?1) and ordinal = ?2
                   and state = 'waiting'";
        let Delivery { ordinal, state, words, tries, due, .. } = delivery;
        let row = params![id, ordinal, state.name(), cut(words), tries, due];
        self.database.lock().prepare_cached(sql)?.execute(row)?;
        Ok(())
    }
}

pub(super) fn insert(
    transaction: &Transaction,
    number: i64,
    targets: &[(Outlet, String)],
) -> Result<()> {
    let sql = "insert into delivery values (?1, ?2, ?3, ?4, 'waiting', '', 0, 0)";
    let mut insert = transaction.prepare_cached(sql)?;
    for (ordinal, (outlet, target)) in targets.iter().enumerate() {
        insert.execute(params![number, ordinal as i64, outlet.name(), target])?;
    }
    Ok(())
}

/// The result is there: all are due.
pub(super) fn begin(transaction: &Transaction, id: &str, now: i64) -> Result<()> {
    let sql = "update delivery set due = ?2 where job = (select number from job where id = ?1)";
    transaction.execute(sql, params![id, now])?;
    Ok(())
}

pub(super) fn give_up(transaction: &Transaction, id: &str, words: &str) -> Result<()> {
    let sql = "update delivery set state = 'failed', words = ?2
               where job = (select number from job where id = ?1) and state = 'waiting'";
    transaction.execute(sql, params![id, words])?;
    Ok(())
}

pub(super) fn forget(transaction: &Transaction, id: &str) -> Result<()> {
    let sql = "delete from delivery where job = (select number from job where id = ?1)";
    transaction.execute(sql, [id])?;
    Ok(())
}

pub(super) fn of(connection: &Connection, number: i64) -> Result<Vec<Delivery>> {
    let sql = "select ordinal, outlet, target, state, words, tries, due from delivery
               where job = ?1 order by ordinal";
    let mut statement = connection.prepare_cached(sql)?;
    let deliveries = statement.query_map([number], delivery)?;
    Ok(deliveries.collect::<rusqlite::Result<_>>()?)
}

fn delivery(row: &Row) -> rusqlite::Result<Delivery> {
    let (outlet, state): (String, String) = (row.get(1)?, row.get(3)?);
    let outlet = [Outlet::Folder, Outlet::Mail].into_iter().find(|known| known.name() == outlet);
    let states = [DeliveryState::Waiting, DeliveryState::Done, DeliveryState::Failed];
    let state = states.into_iter().find(|known| known.name() == state);
    Ok(Delivery {
        ordinal: row.get(0)?,
        outlet: outlet.ok_or(rusqlite::Error::InvalidQuery)?,
        to: row.get(2)?,
        state: state.ok_or(rusqlite::Error::InvalidQuery)?,
        words: row.get(4)?,
        tries: row.get(5)?,
        due: row.get(6)?,
    })
}
