//! How far has a long piece of work come?

use rusqlite::OptionalExtension;

use super::Ledger;
use crate::Result;

impl Ledger {
    /// Notes how far the work of this name has come, in its own form.
    pub fn note_position(&self, name: &str, position: &str) -> Result<()> {
        self.write(|transaction| {
            transaction.execute(
                "insert into position (name, position) values (?1, ?2)
                 on conflict do update set position = excluded.position",
                [name, position],
            )?;
            Ok(())
        })
    }

    pub fn position(&self, name: &str) -> Result<Option<String>> {
        let sql = "select position from position where name = ?1";
        Ok(self.lock().query_row(sql, [name], |row| row.get(0)).optional()?)
    }

    /// The work is done.
    pub fn forget_position(&self, name: &str) -> Result<()> {
        self.write(|transaction| {
            transaction.execute("delete from position where name = ?1", [name])?;
            Ok(())
        })
    }

    /// The names of work under way that begin so.
    pub fn positions(&self, prefix: &str) -> Result<Vec<String>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select name from position where substr(name, 1, length(?1)) = ?1 order by name",
        )?;
        let names = statement.query_map([prefix], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }
}
