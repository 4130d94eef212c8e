//! MySQL and MariaDB: inserts of many rows that overwrite, in one transaction.

use async_trait::async_trait;
use chrono::{Datelike, NaiveDateTime, Timelike};
use mysql_async::prelude::Queryable;
use mysql_async::{ClientIdentity, Conn, DriverError, Opts, OptsBuilder, Params, SslOpts};
use rustls::RootCertStore;
use serde::Deserialize;

use crate::sql::rows::{Rows, Value, calendar_date, calendar_time};
use crate::sql::{Connection, Database, Dialect, Names, PASSWORD_HINT, Sql, TRUST_HINT};
use crate::sql::{causes, is_distrust};
use crate::{Error, Guarantee, Kind, Limits, Result, Secret, Takes, Tls, World, settings};

pub const KIND: Kind = Kind {
    name: "mysql",
    about: "tables and views in MySQL or MariaDB",
    takes: Takes::Columns,
    guarantee: Guarantee::Once,
    limits: Limits::DEFAULT,
    open: |table, world| Ok(Box::new(Sql::new(MySql::open(settings::read(table)?, world)?))),
};

/// A prepared statement counts its parameters in 16 bits.
const PARAMETERS_MAX: usize = 65_535;
/// More rows in a statement make nothing faster.
const ROWS_MAX: usize = 256;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
    password: Option<Secret>,
    prefix: Option<String>,
    #[serde(default = "yes")]
    encrypt: bool,
    #[serde(default)]
    tls: Tls,
}

fn yes() -> bool {
    true
}

struct MySql {
    opts: Opts,
    password: Option<Secret>,
    names: Names,
    encrypt: bool,
    tls: Tls,
    world: World,
}

impl MySql {
    fn open(settings: Settings, world: World) -> std::result::Result<MySql, String> {
        let opts = Opts::from_url(&settings.url).map_err(|error| format!("url: {error}"))?;
        if opts.pass().is_some() {
            return Err(PASSWORD_HINT.to_owned());
        }
        if opts.db_name().is_none_or(str::is_empty) {
            return Err("url: no database; write mysql://user@host:3306/database".to_owned());
        }
        if !settings.encrypt && settings.tls != Tls::default() {
            return Err("encrypt = false leaves the settings of tls unused".to_owned());
        }
        let prefix = Names::checked("prefix", settings.prefix)?.unwrap_or_default();
        let names = Names { schema: None, prefix };
        let Settings { password, encrypt, tls, .. } = settings;
        Ok(MySql { opts, password, names, encrypt, tls, world })
    }

    fn ssl(&self) -> Result<SslOpts> {
        // The client builds its TLS from the provider of the process, and panics if there is none.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let identity = match (&self.tls.certificate, &self.tls.key) {
            (Some(certificate), Some(key)) => {
                Some(ClientIdentity::new(certificate.clone().into(), key.clone().into()))
            }
            (None, None) => None,
            _ => return Err(Error::denied("tls.certificate and tls.key go together")),
        };
        let native = rustls_native_certs::load_native_certs().certs;
        // A machine may trust what rustls cannot read, and the client takes all or nothing.
        let readable =
            native.into_iter().filter(|it| RootCertStore::empty().add(it.clone()).is_ok());
        let roots = readable.chain(self.tls.authorities()?).map(|it| it.to_vec().into()).collect();
        Ok(SslOpts::default()
            .with_root_certs(roots)
            .with_disable_built_in_roots(true)
            .with_client_identity(identity))
    }
}

#[async_trait]
impl Database for MySql {
    fn names(&self) -> &Names {
        &self.names
    }

    fn place(&self) -> String {
        let (host, port) = (self.opts.ip_or_hostname(), self.opts.tcp_port());
        format!("MySQL {host}:{port}/{}", self.opts.db_name().unwrap_or_default())
    }

    async fn connect(&self) -> Result<Box<dyn Connection>> {
        let mut opts = OptsBuilder::from_opts(self.opts.clone())
            // Where the server says its socket is may be another machine's path.
            .prefer_socket(false)
            .setup(vec!["set session sql_mode = 'STRICT_ALL_TABLES', autocommit = 1"]);
        if let Some(password) = &self.password {
            opts = opts.pass(Some(password.read(&self.world)?));
        }
        if self.encrypt {
            opts = opts.ssl_opts(self.ssl()?);
        }
        let conn = Conn::new(opts).await.map_err(failed)?;
        let mut connected = Connected { conn, dialect: Dialect::Mysql, packet_bytes_max: 0 };
        let told = connected.pairs("select version(), concat(@@max_allowed_packet)").await?;
        let (version, packet) = told.into_iter().next().unwrap_or_default();
        if version.contains("MariaDB") {
            connected.dialect = Dialect::Mariadb;
        }
        connected.packet_bytes_max = packet.parse().unwrap_or(1 << 20);
        Ok(Box::new(connected))
    }
}

struct Connected {
    conn: Conn,
    dialect: Dialect,
    packet_bytes_max: usize,
}

impl Connected {
    /// How many of the rows go into one statement: a power of two, so that few statements are
    /// prepared.
    fn next_rows(&self, rows: &[Vec<Value<'_>>]) -> Result<usize> {
        let bytes_max = self.packet_bytes_max / 2;
        let fits = (PARAMETERS_MAX / rows[0].len()).min(ROWS_MAX).min(rows.len());
        let mut bytes = 0;
        let heavy = rows[..fits].iter().position(|row| {
            bytes += row.iter().map(Value::bytes).sum::<usize>();
            bytes > bytes_max
        });
        if heavy == Some(0) && bytes > self.packet_bytes_max {
            let max = self.packet_bytes_max;
            return Err(Error::whole(format!(
                "a record of {bytes} bytes is larger than the server's max_allowed_packet of {max}; raise it to keep such records"
            )));
        }
        let fits = heavy.unwrap_or(fits).max(1);
        Ok(1 << fits.ilog2())
    }

    async fn insert(&mut self, names: &Names, rows: &Rows<'_>) -> Result<()> {
        let mut rest = &rows.rows[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(self.next_rows(rest)?);
            rest = later;
            let statement = self.dialect.upsert(names, &rows.table, now.len());
            let values = now.iter().flatten().map(value).collect();
            let done = self.conn.exec_drop(statement, Params::Positional(values)).await;
            done.map_err(failed)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Connection for Connected {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    async fn run(&mut self, sql: &str) -> Result<()> {
        self.conn.query_drop(sql).await.map_err(failed)
    }

    async fn pairs(&mut self, sql: &str) -> Result<Vec<(String, String)>> {
        self.conn.query(sql).await.map_err(failed)
    }

    async fn write(&mut self, names: &Names, rows: &[Rows<'_>]) -> Result<()> {
        self.run("begin").await?;
        for rows in rows {
            self.insert(names, rows).await?;
        }
        self.run("commit").await
    }
}

fn value(value: &Value<'_>) -> mysql_async::Value {
    match value {
        Value::Null => mysql_async::Value::NULL,
        Value::Text(text) => text.as_bytes().into(),
        Value::Integer(value) => (*value).into(),
        Value::Boolean(value) => (*value).into(),
        Value::Time(micros) => time(calendar_time(*micros)),
        Value::Date(days) => time(calendar_date(*days).into()),
        Value::Bytes(bytes) => (*bytes).into(),
    }
}

fn time(time: NaiveDateTime) -> mysql_async::Value {
    let (year, month, day) = (time.year() as u16, time.month() as u8, time.day() as u8);
    let (hour, minute, second) = (time.hour() as u8, time.minute() as u8, time.second() as u8);
    let micros = time.and_utc().timestamp_subsec_micros();
    mysql_async::Value::Date(year, month, day, hour, minute, second, micros)
}

/// By the numbers of https://mariadb.com/kb/en/mariadb-error-codes/, which MySQL shares.
fn failed(error: mysql_async::Error) -> Error {
    let refusal = match &error {
        mysql_async::Error::Server(refusal) => refusal,
        mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) => {
            return Error::denied(
                "the server offers no TLS; set encrypt = false, or enable it there",
            );
        }
        mysql_async::Error::Driver(
            DriverError::UnknownAuthPlugin { .. }
            | DriverError::MysqlOldPasswordDisabled
            | DriverError::CleartextPluginDisabled,
        ) => return Error::denied(causes(&error)),
        mysql_async::Error::Driver(DriverError::PacketTooLarge) => {
            return Error::whole("larger than the server's max_allowed_packet");
        }
        _ if is_distrust(&error) || says_distrust(&error) => {
            return Error::denied(format!("{}; {TRUST_HINT}", causes(&error)));
        }
        _ => return Error::later(causes(&error)),
    };
    let words = format!("{} [{}]", refusal.message, refusal.code);
    match refusal.code {
        // Access, unknown database, host, password that has to be changed, account locked.
        1044 | 1045 | 1049 | 1130 | 1524 | 1698 | 1820 | 1862 | 3118 | 4151 => {
            Error::denied(format!("{words}; check the user and database of url, and password"))
        }
        // A permission on a table, a view or a global one.
        1142 | 1143 | 1227 | 1370 => Error::denied(format!(
            "{words}; grant select, insert, update, delete, create, alter, index, create view and drop on the database"
        )),
        // A table, column or collation that is not there; a statement the server does not know.
        1054 | 1064 | 1115 | 1146 | 1273 | 1305 | 1347 => Error::denied(words),
        // Too large for its column or row, or not of its type.
        1118 | 1153 | 1264 | 1265 | 1292 | 1366 | 1406 | 1411 | 1426 => Error::whole(words),
        // A parameter beyond max_allowed_packet has the number of all that have none.
        1105 if refusal.message.contains("max_allowed_packet") => Error::whole(words),
        _ => Error::later(words),
    }
}

/// The client does not say of which error its TLS error was made.
fn says_distrust(error: &mysql_async::Error) -> bool {
    let words = error.to_string();
    words.contains("invalid peer certificate") || words.contains("received fatal alert")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::assert_refused;

    #[test]
    fn settings_that_cannot_work_are_told() {
        let check = |text: &str, want: &str| assert_refused(&KIND, text, want);
        check("url = 'mysql://a:secret@h/d'", "env:NAME");
        check("url = 'mysql://a@h'", "no database");
        check("url = 'postgresql://a@h/d'", "url");
        check("url = 'mysql://a@h/d'\nencrypt = false\ntls = { ca = 'x' }", "unused");
        check("url = 'mysql://a@h/d'\nschema = 'x'", "schema");
    }
}
