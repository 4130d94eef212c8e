//! Microsoft SQL Server and Azure SQL: a `merge` of many rows, in one transaction.

use async_trait::async_trait;
use serde::Deserialize;
use tiberius::time::{Date, DateTime2, Time};
use tiberius::{AuthMethod, Client, ColumnData, Config, EncryptionLevel, Query};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

use crate::service::ANSWER_SECONDS_MAX;
use crate::sql::plan::Kind as Holds;
use crate::sql::rows::{Rows, Value};
use crate::sql::{Connection, Database, Dialect, Names, Sql, TRUST_HINT};
use crate::{Error, Guarantee, Kind, Limits, Result, Secret, Takes, Tls, World, settings};

pub const KIND: Kind = Kind {
    name: "sql_server",
    about: "tables and views in Microsoft SQL Server or Azure SQL",
    takes: Takes::Columns,
    guarantee: Guarantee::Once,
    limits: Limits::DEFAULT,
    open: |table, world| Ok(Box::new(Sql::new(SqlServer::open(settings::read(table)?, world)?))),
};

/// A statement takes 2,100 of them, of which the text and the list of types are two:
/// https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server
const PARAMETERS_MAX: usize = 2_098;
/// Azure SQL names another address where the database is.
const REDIRECTS_MAX: usize = 3;
/// From 0001-01-01, where SQL Server counts from, to 1970-01-01.
const EPOCH_DAYS: i64 = 719_162;
const DAY_MICROS: i64 = 86_400_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// An ADO.NET connection string; or else the settings that follow.
    connection: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    user: Option<String>,
    password: Secret,
    schema: Option<String>,
    prefix: Option<String>,
    #[serde(default = "yes")]
    encrypt: bool,
    #[serde(default)]
    tls: Tls,
}

fn yes() -> bool {
    true
}

struct SqlServer {
    config: Config,
    user: String,
    password: Secret,
    names: Names,
    tls: Tls,
    world: World,
    place: String,
}

impl SqlServer {
    fn open(settings: Settings, world: World) -> std::result::Result<SqlServer, String> {
        let (mut config, user) = match &settings.connection {
            Some(text) if settings.host.is_none() && settings.user.is_none() => of_string(text)?,
            Some(_) => return Err("connection and host or user exclude each other".to_owned()),
            None => of_settings(&settings)?,
        };
        if let Some(database) = &settings.database {
            config.database(database);
        }
        config.application_name("trail365");
        config.command_timeout(Some(ANSWER_SECONDS_MAX));
        let level = if settings.encrypt {
            EncryptionLevel::Required
        } else {
            EncryptionLevel::NotSupported
        };
        config.encryption(level);
        let names = Names {
            schema: Some(
                Names::checked("schema", settings.schema)?.unwrap_or_else(|| "dbo".to_owned()),
            ),
            prefix: Names::checked("prefix", settings.prefix)?.unwrap_or_default(),
        };
        let place = format!("SQL Server {}", config.get_addr());
        let Settings { password, tls, .. } = settings;
        Ok(SqlServer { config, user, password, names, tls, world, place })
    }

    async fn client(&self, mut config: Config) -> Result<Client<Compat<TcpStream>>> {
        for _ in 0..REDIRECTS_MAX {
            let stream = TcpStream::connect(config.get_addr())
                .await
                .map_err(|error| Error::later(error.to_string()))?;
            // Many small answers are waited for.
            let _ = stream.set_nodelay(true);
            match Client::connect(config.clone(), stream.compat_write()).await {
                Err(tiberius::error::Error::Routing { host, port }) => {
                    config.host(host);
                    config.port(port);
                }
                outcome => return outcome.map_err(failed),
            }
        }
        Err(Error::later(format!("redirected more than {REDIRECTS_MAX} times")))
    }
}

fn of_settings(settings: &Settings) -> std::result::Result<(Config, String), String> {
    let Some(host) = &settings.host else {
        return Err("host is missing, or connection instead".to_owned());
    };
    let Some(user) = &settings.user else {
        return Err("user is missing".to_owned());
    };
    if settings.database.is_none() {
        return Err("database is missing".to_owned());
    }
    let mut config = Config::new();
    config.host(host);
    config.port(settings.port.unwrap_or(1433));
    Ok((config, user.clone()))
}

/// The string as the portal shows it, without its password.
fn of_string(text: &str) -> std::result::Result<(Config, String), String> {
    let mut user = None;
    for part in text.split(';') {
        let Some((key, value)) = part.split_once('=') else {
            continue;
        };
        match key.trim().to_ascii_lowercase().as_str() {
            "password" | "pwd" => {
                return Err("connection: the password does not belong here; take it out and write password = \"env:NAME\" or \"file:PATH\"".to_owned());
            }
            "user" | "user id" | "uid" | "username" => user = Some(value.trim().to_owned()),
            "trustservercertificate" if !is_no(value) => {
                return Err(format!(
                    "connection: TrustServerCertificate trusts anybody; {TRUST_HINT}"
                ));
            }
            _ => {}
        }
    }
    let config = Config::from_ado_string(text).map_err(|error| format!("connection: {error}"))?;
    Ok((config, user.ok_or("connection: User ID is missing")?))
}

fn is_no(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "false" | "no")
}

#[async_trait]
impl Database for SqlServer {
    fn names(&self) -> &Names {
        &self.names
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    async fn connect(&self) -> Result<Box<dyn Connection>> {
        let mut config = self.config.clone();
        config.authentication(AuthMethod::sql_server(&self.user, self.password.read(&self.world)?));
        for authority in self.tls.authorities()? {
            config.trust_cert_ca_bundle(authority.to_vec());
        }
        match (&self.tls.certificate, &self.tls.key) {
            (Some(certificate), Some(key)) => config.client_certificate(certificate, key),
            (None, None) => {}
            _ => return Err(Error::denied("tls.certificate and tls.key go together")),
        }
        Ok(Box::new(Connected(self.client(config).await?)))
    }
}

struct Connected(Client<Compat<TcpStream>>);

#[async_trait]
impl Connection for Connected {
    fn dialect(&self) -> Dialect {
        Dialect::SqlServer
    }

    async fn run(&mut self, sql: &str) -> Result<()> {
        let answer = self.0.simple_query(sql).await.map_err(failed)?;
        answer.into_results().await.map_err(failed)?;
        Ok(())
    }

    async fn pairs(&mut self, sql: &str) -> Result<Vec<(String, String)>> {
        let answer = self.0.simple_query(sql).await.map_err(failed)?;
        let rows = answer.into_first_result().await.map_err(failed)?;
        let text = |row: &tiberius::Row, place: usize| {
            let value = row.try_get::<&str, _>(place).map_err(failed)?;
            Ok(value.unwrap_or_default().to_owned())
        };
        rows.iter().map(|row| Ok((text(row, 0)?, text(row, 1)?))).collect()
    }

    async fn write(&mut self, names: &Names, rows: &[Rows<'_>]) -> Result<()> {
        // An error undoes all of the transaction, whatever its kind.
        self.run("set xact_abort on; begin transaction").await?;
        for rows in rows {
            for some in rows.rows.chunks(rows_max(rows.table.columns.len())) {
                let merge = Dialect::SqlServer.upsert(names, &rows.table, some.len());
                let mut query = Query::new(merge);
                for row in some {
                    for (value, column) in row.iter().zip(&rows.table.columns) {
                        query.bind(parameter(value, column.kind));
                    }
                }
                query.execute(&mut self.0).await.map_err(failed)?;
            }
        }
        self.run("commit transaction").await
    }
}

fn rows_max(columns: usize) -> usize {
    (PARAMETERS_MAX / columns).max(1)
}

/// A parameter has a type even if it has no value.
fn parameter<'a>(value: &'a Value<'a>, kind: Holds) -> ColumnData<'a> {
    match value {
        Value::Null => match kind {
            Holds::Key | Holds::Text | Holds::Short => ColumnData::String(None),
            Holds::Integer => ColumnData::I64(None),
            Holds::Boolean => ColumnData::Bit(None),
            Holds::Time => ColumnData::DateTime2(None),
            Holds::Date => ColumnData::Date(None),
            Holds::Bytes => ColumnData::Binary(None),
        },
        Value::Text(text) => ColumnData::String(Some(text.as_ref().into())),
        Value::Integer(value) => ColumnData::I64(Some(*value)),
        Value::Boolean(value) => ColumnData::Bit(Some(*value)),
        Value::Time(micros) => {
            let date = date(micros.div_euclid(DAY_MICROS));
            // Scale 6: microseconds since midnight.
            let time = Time::new(micros.rem_euclid(DAY_MICROS) as u64, 6);
            ColumnData::DateTime2(Some(DateTime2::new(date, time)))
        }
        Value::Date(days) => ColumnData::Date(Some(date(i64::from(*days)))),
        Value::Bytes(bytes) => ColumnData::Binary(Some((*bytes).into())),
    }
}

fn date(days: i64) -> Date {
    Date::new((EPOCH_DAYS + days) as u32)
}

/// By the numbers of
/// https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
fn failed(error: tiberius::error::Error) -> Error {
    use tiberius::error::Error as Failure;
    match &error {
        Failure::Server(refusal) => refused(refusal.code(), refusal.message()),
        Failure::Tls(words) => Error::denied(format!("TLS: {words}; {TRUST_HINT}")),
        _ => Error::later(error.to_string()),
    }
}

fn refused(code: u32, message: &str) -> Error {
    let words = format!("{message} [{code}]");
    match code {
        // Sign-in, database, a firewall of Azure SQL.
        4060 | 18_401..=18_499 | 40_532 | 40_615 | 47_073 => {
            Error::denied(format!("{words}; check user, password and database, and the firewall"))
        }
        229 | 230 | 262 | 297 | 300 | 916 | 1088 | 2760 | 15_247 => Error::denied(format!(
            "{words}; grant create table, create view, and alter, select, insert, update, delete on the schema"
        )),
        // A column, object, collation or statement that is not there.
        102 | 156 | 207 | 208 | 448 => Error::denied(words),
        // Out of range, too long, not of its type, too large for its row.
        220 | 232 | 241 | 242 | 245 | 295 | 511 | 515 | 547 | 1701 | 2628 | 8023 | 8114 | 8115
        | 8152 => Error::whole(words),
        // Deadlock, full disk, throttling, failover: all that time may mend.
        _ => Error::later(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::assert_refused;

    #[test]
    fn settings_that_cannot_work_are_told() {
        let check = |text: &str, want: &str| {
            assert_refused(
                &KIND,
                &format!(
                    "password = 'env:P'
{text}"
                ),
                want,
            );
        };
        check("", "host is missing");
        check("host = 'h'\ndatabase = 'd'", "user is missing");
        check("host = 'h'\nuser = 'u'", "database is missing");
        check("connection = 'Server=tcp:h,1433;User ID=u;Password={your_password}'", "env:NAME");
        check("connection = 'Server=tcp:h,1433;TrustServerCertificate=True'", "tls.ca");
        check("connection = 'Server=tcp:h,1433'\nhost = 'h'", "exclude");
        check("connection = 'Server=tcp:h,1433;Initial Catalog=d'", "User ID");
    }

    #[test]
    fn the_string_of_the_portal_is_understood() {
        let text = "Server=tcp:x.database.windows.net,1433;Initial Catalog=audit;\
                    Persist Security Info=False;User ID=trail;MultipleActiveResultSets=False;\
                    Encrypt=True;TrustServerCertificate=False;Connection Timeout=30;";
        let (config, user) = of_string(text).expect("understood");
        assert_eq!(config.get_addr(), "x.database.windows.net:1433");
        assert_eq!(user, "trail");
    }

    #[test]
    fn a_statement_has_no_more_parameters_than_the_server_takes() {
        for columns in 1..=1_024 {
            assert!(rows_max(columns) * columns <= PARAMETERS_MAX);
            // The constructor of a table takes 1,000 rows.
            assert!(columns < 3 || rows_max(columns) <= 1_000);
        }
    }

    #[test]
    fn times_count_from_the_year_1() {
        let check = |micros, days, micros_of_day| {
            let value = Value::Time(micros);
            let time = DateTime2::new(Date::new(days), Time::new(micros_of_day, 6));
            assert_eq!(parameter(&value, Holds::Time), ColumnData::DateTime2(Some(time)));
        };
        check(0, 719_162, 0);
        check(-1, 719_161, 86_399_999_999);
        check(-62_135_596_800_000_000, 0, 0);
    }

    #[test]
    fn each_refusal_has_its_consequence() {
        assert!(matches!(refused(18_456, "Login failed"), Error::Denied { .. }));
        assert!(matches!(refused(1205, "deadlock victim"), Error::Later { .. }));
        assert!(matches!(refused(2628, "would be truncated"), Error::Whole { .. }));
    }
}
