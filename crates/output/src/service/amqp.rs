//! AMQP 0-9-1: RabbitMQ and its like.
//!
//! Messages are persistent, carry the record's key as message id, and count as delivered when the
//! broker has confirmed them. One that no queue would get is refused by the broker and told.

use std::time::Duration;

use async_trait::async_trait;
use event::Field;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::tcp::OwnedTLSConfig;
use lapin::types::FieldTable;
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use serde::Deserialize;

use super::CONNECT_SECONDS_MAX;
use crate::{
    Error, Guarantee, Kind, Limits, Record, Result, Secret, Service, Takes, World, settings,
};

pub const KIND: Kind = Kind {
    name: "amqp",
    about: "RabbitMQ and other AMQP 0-9-1 brokers, with confirms",
    takes: Takes::Body("decoded"),
    guarantee: Guarantee::AtLeastOnce,
    limits: Limits::DEFAULT,
    open: |table, world| {
        let settings: Settings = settings::read(table)?;
        if settings.uri()?.authority.userinfo.password != "guest" {
            return Err("url holds a password: name it with password = \"env:NAME\"".to_owned());
        }
        settings.routing_key_of(&|_| String::new())?;
        Ok(Box::new(Amqp { settings, world, open: None }))
    },
};

/// How long the broker may take to confirm a batch.
const CONFIRM_MAX: Duration = Duration::from_secs(60);
const PERSISTENT: u8 = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `amqp://user@host:5672/vhost`, `amqps` for TLS.
    url: String,
    password: Option<Secret>,
    /// The default exchange brings messages to the queue that the routing key names.
    #[serde(default)]
    exchange: String,
    /// May hold columns in braces: `audit.{Workload}`.
    routing_key: String,
    /// A durable queue that is made if it does not exist.
    queue: Option<String>,
    #[serde(default)]
    tls: Authority,
}

/// A client certificate would need a PKCS#12 file here; brokers take passwords nearly always.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Authority {
    /// A PEM file of certificate authorities to trust besides the machine's.
    ca: Option<std::path::PathBuf>,
}

impl Settings {
    fn uri(&self) -> std::result::Result<AMQPUri, String> {
        self.url.parse().map_err(|error| format!("url {:?}: {error}", self.url))
    }

    fn routing_key_of(
        &self,
        column: &dyn Fn(Field) -> String,
    ) -> std::result::Result<String, String> {
        super::template::fill(&self.routing_key, column)
            .map_err(|words| format!("routing_key: {words}"))
    }
}

struct Amqp {
    settings: Settings,
    world: World,
    open: Option<Open>,
}

struct Open {
    _connection: Connection,
    channel: Channel,
}

#[async_trait]
impl Service for Amqp {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let done = tokio::time::timeout(CONFIRM_MAX, self.try_deliver(records)).await;
        let done = done.unwrap_or_else(|_| Err(self.later("the broker did not confirm in time")));
        if done.is_err() {
            self.open = None;
        }
        done
    }

    async fn probe(&mut self, record: &Record) -> Result<String> {
        self.deliver(std::slice::from_ref(record)).await?;
        Ok("the broker has confirmed it".to_owned())
    }
}

impl Amqp {
    async fn try_deliver(&mut self, records: &[Record]) -> Result<()> {
        let channel = match &self.open {
            Some(open) => open.channel.clone(),
            None => {
                let open = self.connect().await?;
                self.open.insert(open).channel.clone()
            }
        };
        let mut confirms = Vec::with_capacity(records.len());
        for record in records {
            let column =
                |field| record.shown(field).map_or(String::new(), |text| text.into_owned());
            let routing_key = self.settings.routing_key_of(&column).map_err(Error::denied)?;
            let properties = BasicProperties::default()
                .with_delivery_mode(PERSISTENT)
                .with_message_id(record.id().into())
                .with_timestamp((record.time() / event::time::SECOND) as u64);
            let sent = channel
                .basic_publish(
                    self.settings.exchange.as_str().into(),
                    routing_key.into(),
                    BasicPublishOptions { mandatory: true, ..Default::default() },
                    &record.body,
                    properties,
                )
                .await;
            confirms.push(sent.map_err(|error| self.later(&error))?);
        }
        for confirm in confirms {
            match confirm.await.map_err(|error| self.later(&error))? {
                Confirmation::Ack(None) => {}
                Confirmation::Ack(Some(_)) => {
                    return Err(Error::denied(format!(
                        "amqp exchange {:?}: no queue is bound for routing key {}; bind one, or name it with queue",
                        self.settings.exchange, self.settings.routing_key
                    )));
                }
                Confirmation::Nack(_) | Confirmation::NotRequested => {
                    return Err(self.later("the broker could not keep a message"));
                }
            }
        }
        Ok(())
    }

    async fn connect(&self) -> Result<Open> {
        let mut uri = self.settings.uri().map_err(Error::denied)?;
        if let Some(password) = &self.settings.password {
            uri.authority.userinfo.password = password.read(&self.world)?;
        }
        let cert_chain =
            match &self.settings.tls.ca {
                Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
                    Error::denied(format!("tls.ca {}: {error}", path.display()))
                })?),
                None => None,
            };
        let tls = OwnedTLSConfig { identity: None, cert_chain };
        let runtime = lapin::runtime::default_runtime().map_err(|error| self.later(&error))?;
        let options = ConnectionProperties::default().with_connection_name("trail365".into());
        let connecting = Connection::connect_uri_with_config(uri, options, tls, runtime);
        let connection = tokio::time::timeout(CONNECT_SECONDS_MAX, connecting)
            .await
            .map_err(|_| self.later("no answer in time"))?
            .map_err(|error| self.judge(&error))?;
        let channel = connection.create_channel().await.map_err(|error| self.later(&error))?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .map_err(|error| self.later(&error))?;
        if let Some(queue) = &self.settings.queue {
            let options = QueueDeclareOptions::durable();
            channel
                .queue_declare(queue.as_str().into(), options, FieldTable::default())
                .await
                .map_err(|error| self.later(&error))?;
        }
        Ok(Open { _connection: connection, channel })
    }

    fn judge(&self, error: &lapin::Error) -> Error {
        let words = error.to_string();
        match words.contains("ACCESS_REFUSED") || words.contains("ACCESS-REFUSED") {
            true => Error::denied(format!("amqp {}: {words}", self.settings.url)),
            false => self.later(&words),
        }
    }

    fn later(&self, error: impl std::fmt::Display) -> Error {
        Error::later(format!("amqp {}: {error}", self.settings.url))
    }
}
