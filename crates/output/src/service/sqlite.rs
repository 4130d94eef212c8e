//! SQLite: a file that any tool opens.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, ToSql, TransactionBehavior, params_from_iter};
use serde::Deserialize;
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::sql::rows::{Rows, Value, calendar_date, calendar_time};
use crate::sql::{Connection, Database, Dialect, Names, Sql};
use crate::{Error, Guarantee, Kind, Limits, Result, Takes, World, settings};

pub const KIND: Kind = Kind {
    name: "sqlite",
    about: "tables and views in an SQLite file",
    takes: Takes::Columns,
    guarantee: Guarantee::Once,
    limits: Limits::DEFAULT,
    open: |table, world| Ok(Box::new(Sql::new(Sqlite::open(settings::read(table)?, world)?))),
};

/// How long another program may be writing.
const BUSY_SECONDS_MAX: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    path: PathBuf,
    prefix: Option<String>,
}

struct Sqlite {
    path: PathBuf,
    names: Names,
}

impl Sqlite {
    fn open(settings: Settings, _: World) -> std::result::Result<Sqlite, String> {
        let prefix = Names::checked("prefix", settings.prefix)?.unwrap_or_default();
        Ok(Sqlite { path: settings.path, names: Names { schema: None, prefix } })
    }
}

#[async_trait]
impl Database for Sqlite {
    fn names(&self) -> &Names {
        &self.names
    }

    fn place(&self) -> String {
        format!("SQLite {}", self.path.display())
    }

    async fn connect(&self) -> Result<Box<dyn Connection>> {
        let connection = blocking(|| {
            let connection = rusqlite::Connection::open(&self.path)?;
            connection.busy_timeout(BUSY_SECONDS_MAX)?;
            // Readers do not stop the writer; and what was committed is on disk.
            connection.execute_batch("pragma journal_mode = wal; pragma synchronous = full")?;
            Ok(connection)
        });
        Ok(Box::new(Connected(connection.map_err(failed)?)))
    }
}

struct Connected(rusqlite::Connection);

#[async_trait]
impl Connection for Connected {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn run(&mut self, sql: &str) -> Result<()> {
        blocking(|| self.0.execute_batch(sql)).map_err(failed)
    }

    async fn pairs(&mut self, sql: &str) -> Result<Vec<(String, String)>> {
        let pairs = blocking(|| {
            let mut statement = self.0.prepare(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<(String, String)>>>()
        });
        pairs.map_err(failed)
    }

    async fn write(&mut self, names: &Names, rows: &[Rows<'_>]) -> Result<()> {
        blocking(|| write(&mut self.0, names, rows)).map_err(failed)
    }
}

fn write(
    connection: &mut rusqlite::Connection,
    names: &Names,
    rows: &[Rows<'_>],
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for rows in rows {
        let upsert = Dialect::Sqlite.upsert(names, &rows.table, 1);
        let mut statement = transaction.prepare_cached(&upsert)?;
        for row in &rows.rows {
            statement.execute(params_from_iter(row))?;
        }
    }
    transaction.commit()
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Integer(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            Value::Boolean(value) => ToSqlOutput::Borrowed(ValueRef::Integer((*value).into())),
            Value::Time(micros) => {
                let text = calendar_time(*micros).format("%Y-%m-%d %H:%M:%S%.6f").to_string();
                ToSqlOutput::Owned(text.into())
            }
            Value::Date(days) => ToSqlOutput::Owned(calendar_date(*days).to_string().into()),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// A disk is waited for, so that the runtime is told.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => tokio::task::block_in_place(work),
        _ => work(),
    }
}

fn failed(error: rusqlite::Error) -> Error {
    let words = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::AuthorizationForStatementDenied
            | ErrorCode::NotADatabase
            | ErrorCode::DatabaseCorrupt,
        ) => Error::denied(format!("{words}; see whether the folder is there and may be written")),
        Some(
            ErrorCode::TooBig
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
            | ErrorCode::ParameterOutOfRange,
        ) => Error::whole(words),
        // A table or column that is not there.
        Some(ErrorCode::Unknown) => Error::denied(words),
        _ => Error::later(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::assert_refused;

    #[test]
    fn settings_that_cannot_work_are_told() {
        let check = |text: &str, want: &str| assert_refused(&KIND, text, want);
        check("", "path");
        check("path = 'a.db'\nurl = 'x'", "url");
        check("path = 'a.db'\nprefix = 'A B'", "lower case");
    }
}
