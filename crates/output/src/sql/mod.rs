//! How do records become rows, whatever the database?
//!
//! A database brings a [`Connection`] that runs statements and writes rows; what the statements say
//! is decided here. The first batch of a connection, and the first record of a shape, looks whether
//! everything is there and adds what is missing: one sender at a time, nothing dropped.

mod dialect;
pub(crate) mod plan;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;

use self::dialect::Existing;
pub(crate) use self::dialect::{Dialect, Names};
use self::plan::{Plan, SCHEMA, VERSION};
use self::rows::Rows;
use crate::service::{ANSWER_SECONDS_MAX, CONNECT_SECONDS_MAX};
use crate::{Error, Record, Result, Service, Shape};

/// A database and how to get there.
#[async_trait]
pub(crate) trait Database: Send + Sync {
    fn names(&self) -> &Names;
    /// For messages: which database, and where. Without secrets.
    fn place(&self) -> String;
    async fn connect(&self) -> Result<Box<dyn Connection>>;
}

/// It is closed when dropped, and whatever it was in the middle of is undone.
#[async_trait]
pub(crate) trait Connection: Send {
    fn dialect(&self) -> Dialect;
    async fn run(&mut self, sql: &str) -> Result<()>;
    /// Rows of two texts.
    async fn pairs(&mut self, sql: &str) -> Result<Vec<(String, String)>>;
    /// Writes all of it in one transaction; a row that is there is overwritten.
    async fn write(&mut self, names: &Names, rows: &[Rows<'_>]) -> Result<()>;
}

pub(crate) struct Sql<D> {
    database: D,
    open: Option<Open>,
}

struct Open {
    connection: Box<dyn Connection>,
    /// The base tables are there.
    is_ready: bool,
    /// Those whose tables are there.
    shapes: Vec<Arc<Shape>>,
}

impl<D: Database> Sql<D> {
    pub fn new(database: D) -> Sql<D> {
        Sql { database, open: None }
    }

    /// The connection is left out of `self` meanwhile, so that one that failed, or was left in the
    /// middle, is not used again.
    async fn take(&mut self) -> Result<Open> {
        if let Some(open) = self.open.take() {
            return Ok(open);
        }
        let connection = within(CONNECT_SECONDS_MAX, self.database.connect()).await?;
        Ok(Open { connection, is_ready: false, shapes: Vec::new() })
    }

    async fn write(&mut self, records: &[Record]) -> Result<()> {
        let mut open = self.take().await?;
        let names = self.database.names();
        within(ANSWER_SECONDS_MAX, open.prepare(names, records)).await?;
        let rows = rows::of(records);
        within(ANSWER_SECONDS_MAX, open.connection.write(names, &rows)).await?;
        self.open = Some(open);
        Ok(())
    }

    async fn check(&mut self, record: &Record) -> Result<String> {
        self.write(std::slice::from_ref(record)).await?;
        let mut open = self.take().await?;
        let names = self.database.names();
        let dialect = open.connection.dialect();
        let place = dialect.place(names, "events");
        let found = open.connection.pairs(&dialect.probe(names, &record.id())).await?;
        let Some((length, server)) = found.into_iter().next() else {
            return Err(Error::denied(format!(
                "{place}: the record is not found after writing it"
            )));
        };
        if length != record.raw.len().to_string() {
            let sent = record.raw.len();
            return Err(Error::denied(format!("{place}: {length} bytes of {sent} came back")));
        }
        let shape = record.typed.as_ref().map(|typed| plan::fields(&typed.shape).name);
        for table in shape.into_iter().chain(["events".to_owned()]) {
            open.connection.run(&dialect.delete(names, &table, &record.id())).await?;
        }
        self.open = Some(open);
        Ok(format!("written to {place}, read back and deleted again; the server is {server}"))
    }

    fn named<T>(&self, outcome: Result<T>) -> Result<T> {
        let name = |words| format!("{}: {words}", self.database.place());
        outcome.map_err(|error| match error {
            Error::Later { words, after } => Error::Later { words: name(words), after },
            Error::Whole { words } => Error::Whole { words: name(words) },
            Error::Denied { words } => Error::Denied { words: name(words) },
            some => some,
        })
    }
}

#[async_trait]
impl<D: Database> Service for Sql<D> {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let outcome = self.write(records).await;
        self.named(outcome)
    }

    async fn probe(&mut self, record: &Record) -> Result<String> {
        let outcome = within(ANSWER_SECONDS_MAX, self.check(record)).await;
        self.named(outcome)
    }
}

impl Open {
    /// Sees to it that there is a place for each of the records.
    async fn prepare(&mut self, names: &Names, records: &[Record]) -> Result<()> {
        let mut plan = if self.is_ready { Plan::default() } else { Plan::base() };
        let mut met: Vec<Arc<Shape>> = Vec::new();
        for shape in records.iter().filter_map(|record| Some(&record.typed.as_ref()?.shape)) {
            let is_same = |known: &Arc<Shape>| Arc::ptr_eq(known, shape) || known == shape;
            if !self.shapes.iter().chain(&met).any(is_same) {
                plan.add(shape);
                met.push(shape.clone());
            }
        }
        if plan.is_empty() {
            return Ok(());
        }
        migrate(&mut *self.connection, names, &plan).await?;
        self.is_ready = true;
        self.shapes.extend(met);
        Ok(())
    }
}

async fn migrate(connection: &mut dyn Connection, names: &Names, plan: &Plan) -> Result<()> {
    let dialect = connection.dialect();
    lock(connection, names).await?;
    let mut existing = Existing::new();
    for (table, column) in connection.pairs(&dialect.existing(names, plan)).await? {
        existing.entry(table).or_default().push(column);
    }
    if existing.contains_key(&names.full(SCHEMA)) {
        check_version(connection, names).await?;
    }
    for statement in dialect.migrate(names, plan, &existing) {
        connection.run(&statement).await?;
    }
    connection.run(dialect.unlock()).await
}

async fn lock(connection: &mut dyn Connection, names: &Names) -> Result<()> {
    let statements = connection.dialect().lock(names);
    let (last, first) = statements.split_last().expect("a dialect has a lock");
    for statement in first {
        connection.run(statement).await?;
    }
    match connection.pairs(last).await?.first() {
        Some((answer, _)) if answer == "1" => Ok(()),
        _ => Err(Error::later("another sender is changing the tables")),
    }
}

async fn check_version(connection: &mut dyn Connection, names: &Names) -> Result<()> {
    let found = connection.pairs(&connection.dialect().version(names)).await?;
    let newest = found.iter().filter_map(|(version, _)| version.parse::<i64>().ok()).max();
    match newest {
        Some(version) if version > VERSION => Err(Error::denied(format!(
            "the tables are of version {version} ({}), made by a newer trail365; this one writes version {VERSION}: update it, or set another schema or prefix",
            names.full(SCHEMA)
        ))),
        _ => Ok(()),
    }
}

async fn within<T>(limit: std::time::Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::later(format!("no answer within {} s", limit.as_secs()))),
    }
}

/// Does the other side not trust us, or we not it? Waiting does not mend that.
pub(crate) fn is_distrust(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match error.downcast_ref::<rustls::Error>().or(inner) {
            Some(rustls::Error::InvalidCertificate(_) | rustls::Error::AlertReceived(_)) => {
                return true;
            }
            _ => next = error.source(),
        }
    }
    false
}

/// An error with its causes, on one line.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        next = cause.source();
    }
    words
}

/// What to do about a certificate.
pub(crate) const TRUST_HINT: &str =
    "name the authority that signed the server's certificate as tls.ca";

/// A password in a URL would be in the configuration.
pub(crate) const PASSWORD_HINT: &str =
    "url: the password does not belong here; write password = \"env:NAME\" or \"file:PATH\"";
