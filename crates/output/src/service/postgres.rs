//! PostgreSQL, and what speaks its protocol: rows are copied into a temporary table and merged from
//! there, the fastest way that can overwrite.

use std::collections::HashMap;
use std::error::Error as _;

use async_trait::async_trait;
use bytes::{BufMut, Bytes, BytesMut};
use futures::SinkExt;
use serde::Deserialize;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::service::CONNECT_SECONDS_MAX;
use crate::sql::plan::Table;
use crate::sql::rows::{Rows, Value};
use crate::sql::{Connection, Database, Dialect, Names, PASSWORD_HINT, Sql, TRUST_HINT};
use crate::sql::{causes, is_distrust};
use crate::{Error, Guarantee, Kind, Limits, Result, Secret, Takes, Tls, World, settings};

pub const KIND: Kind = Kind {
    name: "postgresql",
    about: "tables and views in PostgreSQL",
    takes: Takes::Columns,
    guarantee: Guarantee::Once,
    limits: Limits::DEFAULT,
    open: |table, world| Ok(Box::new(Sql::new(Postgres::open(settings::read(table)?, world)?))),
};

/// From 2000-01-01, where PostgreSQL counts from.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
    password: Option<Secret>,
    schema: Option<String>,
    prefix: Option<String>,
    #[serde(default)]
    tls: Tls,
}

struct Postgres {
    config: Config,
    password: Option<Secret>,
    names: Names,
    tls: Tls,
    world: World,
}

impl Postgres {
    fn open(settings: Settings, world: World) -> std::result::Result<Postgres, String> {
        let mut config: Config =
            settings.url.parse().map_err(|error| format!("url: {}", causes(&error)))?;
        if config.get_password().is_some() {
            return Err(PASSWORD_HINT.to_owned());
        }
        if config.get_hosts().is_empty() {
            return Err("url: no host; write postgresql://user@host:5432/database".to_owned());
        }
        config.application_name("trail365").connect_timeout(CONNECT_SECONDS_MAX);
        let schema = Names::checked("schema", settings.schema)?;
        let names = Names {
            schema: Some(schema.unwrap_or_else(|| "public".to_owned())),
            prefix: Names::checked("prefix", settings.prefix)?.unwrap_or_default(),
        };
        Ok(Postgres { config, password: settings.password, names, tls: settings.tls, world })
    }
}

#[async_trait]
impl Database for Postgres {
    fn names(&self) -> &Names {
        &self.names
    }

    fn place(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        format!("PostgreSQL {host}:{port}/{}", self.config.get_dbname().unwrap_or_default())
    }

    async fn connect(&self) -> Result<Box<dyn Connection>> {
        let mut config = self.config.clone();
        if let Some(password) = &self.password {
            config.password(password.read(&self.world)?);
        }
        let client = if config.get_ssl_mode() == SslMode::Disable {
            let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
            tokio::spawn(connection);
            client
        } else {
            let tls = MakeRustlsConnect::new((*self.tls.config()?).clone());
            let (client, connection) = config.connect(tls).await.map_err(failed)?;
            tokio::spawn(connection);
            client
        };
        // What was committed must be on disk before the cursor moves on.
        client.batch_execute("set synchronous_commit = on").await.map_err(failed)?;
        let mut connection = Connected { client, staged: HashMap::new() };
        connection.see_to_schema(&self.names).await?;
        Ok(Box::new(connection))
    }
}

struct Connected {
    client: Client,
    /// Temporary tables of this connection, and their columns.
    staged: HashMap<String, Table>,
}

impl Connected {
    /// Creating needs a permission that using does not, so that is not tried without need.
    async fn see_to_schema(&mut self, names: &Names) -> Result<()> {
        let Some(schema) = &names.schema else {
            return Ok(());
        };
        let found = "select 1 from pg_namespace where nspname = $1";
        if self.client.query_opt(found, &[schema]).await.map_err(failed)?.is_some() {
            return Ok(());
        }
        let quoted = Dialect::Postgresql.quote(schema);
        self.run(&format!("create schema if not exists {quoted}")).await
    }

    async fn stage(&mut self, table: &Table) -> Result<String> {
        let dialect = Dialect::Postgresql;
        let name = crate::sql::plan::name(&format!("staged_{}", table.name));
        let place = format!("pg_temp.{}", dialect.quote(&name));
        if self.staged.get(&name) != Some(table) {
            let columns = dialect.columns(table);
            self.run(&format!(
                "drop table if exists {place}; \
                 create temp table {} ({columns}) on commit delete rows",
                dialect.quote(&name)
            ))
            .await?;
            self.staged.insert(name, table.clone());
        }
        Ok(place)
    }

    async fn copy(&mut self, names: &Names, rows: &Rows<'_>) -> Result<()> {
        let dialect = Dialect::Postgresql;
        let staged = self.stage(&rows.table).await?;
        let columns = dialect.listed(&rows.table);
        let copy = format!("copy {staged} ({columns}) from stdin (format binary)");
        let sink = self.client.copy_in::<_, Bytes>(&copy).await.map_err(failed)?;
        let mut sink = std::pin::pin!(sink);
        sink.send(encoded(&rows.rows)).await.map_err(failed)?;
        sink.finish().await.map_err(failed)?;
        let place = dialect.place(names, &rows.table.name);
        let ending = dialect.on_conflict(&rows.table);
        self.run(&format!(
            "insert into {place} ({columns}) select {columns} from {staged} {ending}"
        ))
        .await
    }
}

#[async_trait]
impl Connection for Connected {
    fn dialect(&self) -> Dialect {
        Dialect::Postgresql
    }

    async fn run(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).await.map_err(failed)
    }

    async fn pairs(&mut self, sql: &str) -> Result<Vec<(String, String)>> {
        use tokio_postgres::SimpleQueryMessage::Row;
        let messages = self.client.simple_query(sql).await.map_err(failed)?;
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let pairs = messages.iter().filter_map(|message| match message {
            Row(row) => Some((text(row.get(0)), text(row.get(1)))),
            _ => None,
        });
        Ok(pairs.collect())
    }

    async fn write(&mut self, names: &Names, rows: &[Rows<'_>]) -> Result<()> {
        self.run("begin").await?;
        for rows in rows {
            self.copy(names, rows).await?;
        }
        self.run("commit").await
    }
}

/// https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
fn encoded(rows: &[Vec<Value<'_>>]) -> Bytes {
    let bytes = rows.iter().flatten().map(Value::bytes).sum::<usize>();
    let mut out = BytesMut::with_capacity(bytes + 64);
    out.put_slice(b"PGCOPY\n\xff\r\n\0");
    // Neither flags nor an extension of the header.
    out.put_i32(0);
    out.put_i32(0);
    for row in rows {
        out.put_i16(row.len() as i16);
        for value in row {
            encode(value, &mut out);
        }
    }
    out.put_i16(-1);
    out.freeze()
}

fn encode(value: &Value<'_>, out: &mut BytesMut) {
    let bytes: &[u8] = match value {
        Value::Null => return out.put_i32(-1),
        Value::Text(text) => text.as_bytes(),
        Value::Integer(value) => &value.to_be_bytes(),
        Value::Boolean(value) => &[u8::from(*value)],
        Value::Time(micros) => &(micros - EPOCH_MICROS).to_be_bytes(),
        Value::Date(days) => &(days - EPOCH_DAYS).to_be_bytes(),
        Value::Bytes(bytes) => bytes,
    };
    out.put_i32(bytes.len() as i32);
    out.put_slice(bytes);
}

/// By the classes of https://www.postgresql.org/docs/current/errcodes-appendix.html.
fn failed(error: tokio_postgres::Error) -> Error {
    let Some(refusal) = error.as_db_error() else {
        return not_answered(&error);
    };
    let words = match refusal.detail() {
        Some(detail) => format!("{} ({detail})", refusal.message()),
        None => refusal.message().to_owned(),
    };
    let code = refusal.code().code();
    let words = format!("{words} [{code}]");
    match &code[..2] {
        // Data, constraints, limits: a row is to blame.
        "22" | "23" | "54" => Error::whole(words),
        // Two senders created the same at once, or a transaction went wrong.
        _ if matches!(code, "42P06" | "42P07" | "42710") => Error::later(words),
        "28" => Error::denied(format!("{words}; check the user of url, and password")),
        "3D" => Error::denied(format!("{words}; create it, or name another in url")),
        "42" if code == "42501" => {
            let hint =
                "grant usage and create on the schema, and select, insert, update on its tables";
            Error::denied(format!("{words}; {hint}"))
        }
        "0A" | "3F" | "42" => Error::denied(words),
        _ => Error::later(words),
    }
}

fn not_answered(error: &tokio_postgres::Error) -> Error {
    let words = causes(error);
    if is_distrust(error) {
        return Error::denied(format!("{words}; {TRUST_HINT}"));
    }
    let refused = ["invalid configuration", "authentication error", "server does not support TLS"];
    match refused.iter().any(|it| words.contains(it)) && error.source().is_some() {
        true => Error::denied(format!("{words}; check password, and sslmode in url")),
        false => Error::later(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::assert_refused;

    #[test]
    fn the_binary_format_is_as_documented() {
        let rows = vec![vec![
            Value::Text("ab".into()),
            Value::Null,
            Value::Integer(-1),
            Value::Boolean(true),
            Value::Time(EPOCH_MICROS + 1),
            Value::Date(EPOCH_DAYS),
        ]];
        let want = [
            &b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\x06"[..],
            b"\0\0\0\x02ab\xff\xff\xff\xff",
            b"\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x01\x01",
            b"\0\0\0\x08\0\0\0\0\0\0\0\x01\0\0\0\x04\0\0\0\0\xff\xff",
        ]
        .concat();
        assert_eq!(encoded(&rows), want);
    }

    #[test]
    fn settings_that_cannot_work_are_told() {
        let check = |text: &str, want: &str| assert_refused(&KIND, text, want);
        check("url = 'postgresql://a:secret@h/d'", "env:NAME");
        check("url = 'postgresql://a@h/d?password=secret'", "env:NAME");
        check("url = 'postgresql://h:x/d'", "url");
        check("url = 'postgresql:///d'", "no host");
        check("url = 'postgresql://a@h/d'\nschema = 'a\"b'", "lower case");
        check("url = 'postgresql://a@h/d'\nprefix = 'abcdefghijklmnopqrstuv'", "at most 20");
        check("url = 'postgresql://a@h/d'\nshema = 'a'", "shema");
        check("url = 'postgresql://a@h/d'\npassword = 'secret'", "name a place");
    }
}
