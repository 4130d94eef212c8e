//! Which services are there?

mod amqp;
mod azure_monitor;
mod elasticsearch;
mod file;
mod fluentd;
mod gelf;
mod http;
mod http_answer;
mod kafka;
mod mysql;
mod nats;
mod object;
mod parquet;
mod postgres;
mod progress;
mod splunk_hec;
mod sql_server;
mod sqlite;
mod stdout;
mod stream;
mod syslog;
mod template;

use std::time::Duration;

use async_trait::async_trait;

use crate::{Limits, Record, Result, World};

/// How long a connection may take to come about.
pub(crate) const CONNECT_SECONDS_MAX: Duration = Duration::from_secs(10);
/// How long a service may take to answer.
pub(crate) const ANSWER_SECONDS_MAX: Duration = Duration::from_secs(60);

/// One connection to one service. It connects when first used, and again after an error.
#[async_trait]
pub trait Service: Send {
    /// Delivers records in their order. `Ok` means that all of them are the service's now; see
    /// [`crate::Error`] for the rest. May be called again with the same records.
    async fn deliver(&mut self, records: &[Record]) -> Result<()>;

    /// Delivers one marked record and says, in a sentence, what came back.
    async fn probe(&mut self, record: &Record) -> Result<String> {
        self.deliver(std::slice::from_ref(record)).await?;
        Ok("the record was taken".to_owned())
    }
}

/// A kind of service: what stands in `type = "..."`.
pub struct Kind {
    pub name: &'static str,
    /// One line for `trail365 output list` and the docs.
    pub about: &'static str,
    pub takes: Takes,
    pub guarantee: Guarantee,
    /// How much it takes at once, unless the output says otherwise.
    pub limits: Limits,
    /// Opens one from its settings, without connecting. An error names the setting.
    pub open: fn(toml::Table, World) -> std::result::Result<Box<dyn Service>, String>,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a service wants of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A body, in this format unless the output names another.
    Body(&'static str),
    /// Columns.
    Columns,
    /// Columns, written as Parquet, unless the output names a format for bodies.
    Parquet,
}

/// What is promised when receiver, sender or network fail in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// Each record is there once, since the service itself tells a repeated one.
    Once,
    /// Each record is there; those of a batch that was cut short may be there twice, with the same key.
    AtLeastOnce,
    /// What the receiver does not take is lost: nobody answers.
    Unanswered,
}

impl Guarantee {
    pub const fn words(self) -> &'static str {
        match self {
            Guarantee::Once => "exactly once",
            Guarantee::AtLeastOnce => "at least once",
            Guarantee::Unanswered => "unanswered",
        }
    }
}

/// Every kind of service.
pub const ALL: &[&Kind] = &[
    &stdout::KIND,
    &file::KIND,
    &object::FOLDER,
    &object::S3,
    &object::AZURE_BLOB,
    &syslog::KIND,
    &gelf::KIND,
    &splunk_hec::KIND,
    &elasticsearch::KIND,
    &azure_monitor::KIND,
    &fluentd::KIND,
    &http::KIND,
    &kafka::KIND,
    &nats::KIND,
    &amqp::KIND,
    &postgres::KIND,
    &mysql::KIND,
    &sqlite::KIND,
    &sql_server::KIND,
];

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.name == name)
}

/// These settings are refused, with these words.
#[cfg(test)]
fn assert_refused(kind: &Kind, settings: &str, words: &str) {
    let world = World::with_secrets(|_| Ok(String::new()));
    let error = (kind.open)(settings.parse().expect("TOML"), world).err().expect(settings);
    assert!(error.contains(words), "{error}");
}
