//! Is the ledger's file sound?

use super::Ledger;
use crate::Result;

/// Problems that are named.
const PROBLEMS_MAX: u32 = 20;

impl Ledger {
    /// What SQLite finds wrong with the file; nothing if it is sound.
    pub fn quick_check(&self) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut statement = connection.prepare(&format!("pragma quick_check({PROBLEMS_MAX})"))?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let problems = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(problems.into_iter().filter(|problem| problem != "ok").collect())
    }
}
