//! How far has an output come?
//!
//! An output reads a tenant's table in the order in which it grew: version by version, and in each
//! the files that it added. Where it is stands in SQLite in the data folder, beside the ledger and
//! apart from it: a reader never holds up a writer. Files that compaction replaced are kept as long
//! as a cursor may still come to them.

use std::collections::VecDeque;
use std::path::Path;

use event::{Key, TenantName, time};
use rusqlite::{OptionalExtension, params};

use crate::sqlite::Database;
use crate::{DataFile, Result, Start};

/// Counts up with each change of the tables.
const VERSION: i64 = 1;
/// A cursor that stands still keeps replaced files for so long; after that it finds its rows in the
/// files that replaced them, and may come to some rows twice.
pub const KEEP_MAX: i64 = 28 * time::DAY;

const TABLES: &str = "
create table place (
    output text not null, tenant text not null, version integer not null,
    caught_up integer not null, delivered integer not null default 0,
    delivered_at integer, newest integer,
    primary key (output, tenant)) without rowid;
create table waiting (
    output text not null, tenant text not null, ordinal integer not null, path text not null,
    bytes integer not null, rows integer not null, day integer not null,
    row integer not null, since integer, stored_since integer,
    primary key (output, tenant, ordinal)) without rowid;
create table parked (
    number integer primary key, output text not null, tenant text not null, key text not null,
    day integer not null, reason text not null, parked integer not null,
    unique (output, tenant, key));
create table wish (
    output text not null, tenant text not null, start integer,
    primary key (output, tenant)) without rowid;";

/// The cursors of a data folder; clones share one connection.
#[derive(Clone, Debug)]
pub struct Cursors {
    database: Database,
}

/// Whose cursor it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reader {
    pub output: String,
    pub tenant: TenantName,
}

/// Where a cursor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Every row that came with this version or an earlier one has been read, but for those of
    /// `waiting`.
    pub version: u64,
    /// When there was last nothing left to read, or the cursor was made; microseconds.
    pub caught_up: i64,
    pub waiting: VecDeque<Waiting>,
}

/// A file that is not read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Counts up from the first file a cursor ever came to.
    pub ordinal: u64,
    pub file: DataFile,
    /// Rows of it that are behind the cursor.
    pub row: u64,
    /// Only events from this time on, microseconds.
    pub since: Option<i64>,
    /// Only rows stored from this time on, microseconds.
    pub stored_since: Option<i64>,
}

/// What a step of delivery brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    pub records: u64,
    /// The latest event time among them, microseconds.
    pub newest: Option<i64>,
    pub parked: Vec<(Key, i32, String)>,
}

/// A cursor as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorState {
    pub reader: Reader,
    pub version: u64,
    /// Rows in files that are waiting; those in later versions are not among them.
    pub waiting_rows: u64,
    pub caught_up: i64,
    pub delivered: u64,
    pub delivered_at: Option<i64>,
    pub newest: Option<i64>,
    pub parked: u64,
}

/// A record that an output's service refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedRow {
    pub reader: Reader,
    pub key: Key,
    /// The partition that it lies in: days since 1970-01-01.
    pub day: i32,
    pub reason: String,
    /// Microseconds.
    pub parked: i64,
}

impl Cursors {
    pub(crate) fn open(path: &Path) -> Result<Cursors> {
        Ok(Cursors { database: Database::open(path, VERSION, TABLES)? })
    }

    /// Where the reader stands; `None` if it has not begun.
    pub fn place(&self, reader: &Reader) -> Result<Option<Place>> {
        let connection = self.database.lock();
        let sql = "select version, caught_up from place where output = ?1 and tenant = ?2";
        let who = params![reader.output, reader.tenant.as_str()];
        let found = connection
            .query_row(sql, who, |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))
            .optional()?;
        let Some((version, caught_up)) = found else {
            return Ok(None);
        };
        let sql = "select ordinal, path, bytes, rows, day, row, since, stored_since from waiting
                   where output = ?1 and tenant = ?2 order by ordinal";
        let mut statement = connection.prepare_cached(sql)?;
        let waiting = statement.query_map(who, |row| {
            Ok(Waiting {
                ordinal: row.get::<_, i64>(0)? as u64,
                file: DataFile {
                    path: row.get(1)?,
                    bytes: row.get::<_, i64>(2)? as u64,
                    rows: row.get::<_, i64>(3)? as u64,
                    day: row.get(4)?,
                    time: None,
                    quarantined: 0,
                },
                row: row.get::<_, i64>(5)? as u64,
                since: row.get(6)?,
                stored_since: row.get(7)?,
            })
        })?;
        Ok(Some(Place { version, caught_up, waiting: waiting.collect::<rusqlite::Result<_>>()? }))
    }

    /// Puts the reader there. What it delivered and parked before stays counted.
    pub fn put(&self, reader: &Reader, place: &Place) -> Result<()> {
        self.database.write(|transaction| {
            let (output, tenant) = (&reader.output, reader.tenant.as_str());
            transaction.execute(
                "insert into place (output, tenant, version, caught_up) values (?1, ?2, ?3, ?4)
                 on conflict do update set version = ?3, caught_up = ?4",
                params![output, tenant, place.version as i64, place.caught_up],
            )?;
            transaction.execute(
                "delete from waiting where output = ?1 and tenant = ?2",
                params![output, tenant],
            )?;
            let mut insert = transaction.prepare_cached(
                "insert into waiting values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?;
            for waiting in &place.waiting {
                let Waiting { ordinal, file, row, since, stored_since } = waiting;
                insert.execute(params![
                    output,
                    tenant,
                    *ordinal as i64,
                    file.path,
                    file.bytes as i64,
                    file.rows as i64,
                    file.day,
                    *row as i64,
                    since,
                    stored_since
                ])?;
            }
            Ok(())
        })
    }

    /// Moves the reader on to `place`, whose waiting files are the last of those it had: all before
    /// it was delivered or parked.
    pub fn settle(
        &self,
        reader: &Reader,
        place: &Place,
        delivered: &Delivered,
        now: i64,
    ) -> Result<()> {
        self.database.write(|transaction| {
            let (output, tenant) = (&reader.output, reader.tenant.as_str());
            let who = params![output, tenant];
            match place.waiting.front() {
                None => {
                    let sql = "delete from waiting where output = ?1 and tenant = ?2";
                    transaction.prepare_cached(sql)?.execute(who)?;
                }
                Some(first) => {
                    let sql = "delete from waiting where output = ?1 and tenant = ?2 and ordinal < ?3";
                    let before = params![output, tenant, first.ordinal as i64];
                    transaction.prepare_cached(sql)?.execute(before)?;
                    let sql = "update waiting set row = ?4
                               where output = ?1 and tenant = ?2 and ordinal = ?3";
                    transaction.prepare_cached(sql)?.execute(params![
                        output, tenant, first.ordinal as i64, first.row as i64
                    ])?;
                }
            }
            let sql = "update place set delivered = delivered + ?3, newest = max(coalesce(newest, ?4), coalesce(?4, newest)),
                       delivered_at = case when ?3 > 0 then ?5 else delivered_at end
                       where output = ?1 and tenant = ?2";
            let records = delivered.records as i64;
            transaction.prepare_cached(sql)?.execute(params![
                output, tenant, records, delivered.newest, now
            ])?;
            for (key, day, reason) in &delivered.parked {
                let sql = "insert or replace into parked (output, tenant, key, day, reason, parked)
                           values (?1, ?2, ?3, ?4, ?5, ?6)";
                let row = params![output, tenant, key.to_string(), day, reason, now];
                transaction.prepare_cached(sql)?.execute(row)?;
            }
            Ok(())
        })
    }

    /// Every cursor, by output and tenant.
    pub fn all(&self) -> Result<Vec<CursorState>> {
        let connection = self.database.lock();
        let mut statement = connection.prepare_cached(
            "select output, tenant, version, caught_up, delivered, delivered_at, newest,
                (select coalesce(sum(rows - row), 0) from waiting w
                 where w.output = p.output and w.tenant = p.tenant),
                (select count(*) from parked k where k.output = p.output and k.tenant = p.tenant)
             from place p order by output, tenant",
        )?;
        let states = statement.query_map([], |row| {
            Ok(CursorState {
                reader: Reader { output: row.get(0)?, tenant: tenant(&row.get::<_, String>(1)?)? },
                version: row.get::<_, i64>(2)? as u64,
                caught_up: row.get(3)?,
                delivered: row.get::<_, i64>(4)? as u64,
                delivered_at: row.get(5)?,
                newest: row.get(6)?,
                waiting_rows: row.get::<_, i64>(7)? as u64,
                parked: row.get::<_, i64>(8)? as u64,
            })
        })?;
        Ok(states.collect::<rusqlite::Result<_>>()?)
    }

    /// What an output's service refused, oldest first.
    pub fn parked(&self, output: &str) -> Result<Vec<ParkedRow>> {
        let connection = self.database.lock();
        let sql = "select tenant, key, day, reason, parked from parked
                   where output = ?1 order by number";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([output], |row| {
            let key: String = row.get(1)?;
            Ok(ParkedRow {
                reader: Reader {
                    output: output.to_owned(),
                    tenant: tenant(&row.get::<_, String>(0)?)?,
                },
                key: Key::parse(&key).ok_or(rusqlite::Error::InvalidQuery)?,
                day: row.get(2)?,
                reason: row.get(3)?,
                parked: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// These were delivered after all.
    pub fn unpark(&self, reader: &Reader, keys: &[Key]) -> Result<()> {
        self.database.write(|transaction| {
            let sql = "delete from parked where output = ?1 and tenant = ?2 and key = ?3";
            let mut delete = transaction.prepare_cached(sql)?;
            for key in keys {
                delete.execute(params![reader.output, reader.tenant.as_str(), key.to_string()])?;
            }
            Ok(())
        })
    }

    /// Asks whoever serves the output to deliver once more, from `start` on.
    pub fn wish(&self, reader: &Reader, start: Start) -> Result<()> {
        let micros = match start {
            Start::Now => return Ok(()),
            Start::Beginning => None,
            Start::At(micros) => Some(micros),
        };
        let sql = "insert or replace into wish values (?1, ?2, ?3)";
        let row = params![reader.output, reader.tenant.as_str(), micros];
        self.database.lock().prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// What was asked of an output and not done yet.
    pub fn wishes(&self, output: &str) -> Result<Vec<(Reader, Start)>> {
        let connection = self.database.lock();
        let sql = "select tenant, start from wish where output = ?1";
        let mut statement = connection.prepare_cached(sql)?;
        let wishes = statement.query_map([output], |row| {
            let tenant = tenant(&row.get::<_, String>(0)?)?;
            let start = row.get::<_, Option<i64>>(1)?.map_or(Start::Beginning, Start::At);
            Ok((Reader { output: output.to_owned(), tenant }, start))
        })?;
        Ok(wishes.collect::<rusqlite::Result<_>>()?)
    }

    pub fn fulfil(&self, reader: &Reader) -> Result<()> {
        let sql = "delete from wish where output = ?1 and tenant = ?2";
        let who = params![reader.output, reader.tenant.as_str()];
        self.database.lock().prepare_cached(sql)?.execute(who)?;
        Ok(())
    }

    /// Files replaced after this time may be needed; microseconds. `None` without a cursor.
    pub(crate) fn needed_since(&self, tenant: &TenantName, now: i64) -> Result<Option<i64>> {
        let sql = "select min(caught_up) from place where tenant = ?1 and caught_up >= ?2";
        let oldest = params![tenant.as_str(), now - KEEP_MAX];
        Ok(self.database.lock().query_row(sql, oldest, |row| row.get(0))?)
    }
}

/// Names are checked before they are written.
fn tenant(name: &str) -> rusqlite::Result<TenantName> {
    TenantName::new(name).map_err(|_| rusqlite::Error::InvalidQuery)
}
