//! What did retention delete?
//!
//! A deletion is prepared here before the table's commit and marked with the table's version after
//! it, so that it is told even if the process died between the two; and marked once more when the
//! last of its files is gone from the disk.

use std::collections::BTreeMap;

use event::TenantName;
use rusqlite::params;
use serde::Serialize;

use super::Ledger;
use crate::Result;

/// What went from one day of a tenant's table at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deletion {
    pub number: i64,
    pub tenant: String,
    /// Days since 1970-01-01.
    pub day: i32,
    /// When it was begun, microseconds.
    pub prepared: i64,
    /// The first version of the table without the rows; `None` while it is not known to be true.
    pub version: Option<u64>,
    /// Rows deleted, by the retention that said so.
    pub rules: BTreeMap<String, u64>,
    /// Files that held them, relative to the table.
    pub files: Vec<String>,
    /// When all those files were found to be gone, microseconds.
    pub vacuumed: Option<i64>,
}

impl Deletion {
    pub fn rows(&self) -> u64 {
        self.rules.values().sum()
    }
}

impl Ledger {
    pub(crate) fn prepare_deletion(
        &self,
        tenant: &TenantName,
        day: i32,
        rules: &BTreeMap<String, u64>,
        files: &[String],
        now: i64,
    ) -> Result<i64> {
        let text = |value| serde_json::to_string(value).expect("a map of counts");
        let files = serde_json::to_string(files).expect("a list of texts");
        self.write(|transaction| {
            transaction.execute(
                "insert into deletion (tenant, day, prepared, rules, files)
                 values (?1, ?2, ?3, ?4, ?5)",
                params![tenant.as_str(), day, now, text(rules), files],
            )?;
            Ok(transaction.last_insert_rowid())
        })
    }

    /// The table has been without the rows since that version.
    pub(crate) fn confirm_deletion(&self, number: i64, version: u64) -> Result<()> {
        self.write(|transaction| {
            let sql = "update deletion set version = ?2 where number = ?1";
            transaction.execute(sql, params![number, version as i64])?;
            Ok(())
        })
    }

    /// It never reached the table.
    pub(crate) fn withdraw_deletion(&self, number: i64) -> Result<()> {
        self.write(|transaction| {
            transaction.execute("delete from deletion where number = ?1", [number])?;
            Ok(())
        })
    }

    /// The last of its files is gone.
    pub(crate) fn note_vacuumed(&self, number: i64, now: i64) -> Result<()> {
        self.write(|transaction| {
            let sql = "update deletion set vacuumed = ?2 where number = ?1";
            transaction.execute(sql, params![number, now])?;
            Ok(())
        })
    }

    /// What was deleted from a tenant's table, the newest first.
    pub fn deletions(&self, tenant: &TenantName) -> Result<Vec<Deletion>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select number, tenant, day, prepared, version, rules, files, vacuumed
             from deletion where tenant = ?1 order by number desc",
        )?;
        let rows = statement.query_map([tenant.as_str()], |row| {
            let (rules, files): (String, String) = (row.get(5)?, row.get(6)?);
            Ok(Deletion {
                number: row.get(0)?,
                tenant: row.get(1)?,
                day: row.get(2)?,
                prepared: row.get(3)?,
                version: row.get::<_, Option<i64>>(4)?.map(|version| version as u64),
                rules: serde_json::from_str(&rules).unwrap_or_default(),
                files: serde_json::from_str(&files).unwrap_or_default(),
                vacuumed: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
