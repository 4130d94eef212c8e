//! Apache Kafka, and what speaks its protocol, such as Azure Event Hubs.
//!
//! The producer is idempotent: a batch that the client sends again by itself is in the log once. The
//! message's key decides its partition, and with it what stays in order.

use std::time::Duration;

use async_trait::async_trait;
use event::Field;
use futures::future::join_all;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use serde::Deserialize;

use crate::{
    Error, Guarantee, Kind, Limits, Record, Refusal, Result, Secret, Service, Takes, Tls, World,
    settings,
};

pub const KIND: Kind = Kind {
    name: "kafka",
    about: "Apache Kafka and Azure Event Hubs, by an idempotent producer",
    takes: Takes::Body("decoded"),
    guarantee: Guarantee::AtLeastOnce,
    limits: Limits { records: 10_000, ..Limits::DEFAULT },
    open: |table, world| {
        let settings: Settings = settings::read(table)?;
        if let Some(name) = &settings.key
            && Field::named(name).is_none()
        {
            return Err(format!("key {name:?} is no column; use UserId, Tenant or another column"));
        }
        Ok(Box::new(Kafka { settings, world, producer: None }))
    },
};

/// How long the client itself tries to deliver a message before the batch is tried anew.
const DELIVERY_MAX: Duration = Duration::from_secs(30);
/// How long asking for the topic may take.
const METADATA_MAX: Duration = Duration::from_secs(10);
/// The header with the record's key, for consumers that want each record once.
const KEY_HEADER: &str = "trail365-key";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `host:port`, separated by commas.
    brokers: String,
    topic: String,
    /// The column that decides the partition; without it a tenant's records stay in order.
    key: Option<String>,
    #[serde(default = "compression")]
    compression: String,
    /// `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.
    #[serde(default = "security")]
    security: String,
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    mechanism: Option<String>,
    user: Option<String>,
    password: Option<Secret>,
    #[serde(default)]
    tls: Tls,
    /// Further settings of librdkafka, by its names.
    #[serde(default)]
    client: toml::Table,
}

fn compression() -> String {
    "zstd".to_owned()
}

fn security() -> String {
    "plaintext".to_owned()
}

struct Kafka {
    settings: Settings,
    world: World,
    producer: Option<FutureProducer>,
}

#[async_trait]
impl Service for Kafka {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let done = self.try_deliver(records).await;
        if matches!(done, Err(Error::Later { .. } | Error::Denied { .. })) {
            // A producer that lost its place among the broker's sequences cannot go on.
            self.producer = None;
        }
        done
    }

    async fn probe(&mut self, record: &Record) -> Result<String> {
        self.deliver(std::slice::from_ref(record)).await?;
        Ok(format!("the brokers have written it to topic {}", self.settings.topic))
    }
}

impl Kafka {
    async fn try_deliver(&mut self, records: &[Record]) -> Result<()> {
        let producer = match &self.producer {
            Some(producer) => producer,
            None => {
                let producer = self.connect()?;
                self.producer.insert(producer)
            }
        };
        let mut sent = Vec::with_capacity(records.len());
        for record in records {
            sent.push(send(producer, &self.settings, record));
        }
        let mut refusals = Vec::new();
        for (index, done) in join_all(sent).await.into_iter().enumerate() {
            match done.map_err(|error| judge(&error, &self.settings)) {
                Ok(()) => {}
                Err(Error::Whole { words }) => refusals.push(Refusal { index, reason: words }),
                Err(error) => return Err(error),
            }
        }
        match refusals.is_empty() {
            true => Ok(()),
            false => Err(Error::Some(refusals)),
        }
    }

    fn connect(&self) -> Result<FutureProducer> {
        let settings = &self.settings;
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &settings.brokers)
            .set("client.id", "trail365")
            .set("enable.idempotence", "true")
            .set("compression.type", &settings.compression)
            .set("delivery.timeout.ms", DELIVERY_MAX.as_millis().to_string())
            .set("linger.ms", "5")
            .set("queue.buffering.max.messages", "1000000")
            .set("security.protocol", &settings.security);
        let optional = [
            ("sasl.mechanism", settings.mechanism.clone()),
            ("sasl.username", settings.user.clone()),
            (
                "sasl.password",
                settings.password.as_ref().map(|it| it.read(&self.world)).transpose()?,
            ),
            ("ssl.ca.location", path(&settings.tls.ca)),
            ("ssl.certificate.location", path(&settings.tls.certificate)),
            ("ssl.key.location", path(&settings.tls.key)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                config.set(name, value);
            }
        }
        for (name, value) in &settings.client {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            config.set(name, text);
        }
        let producer: FutureProducer =
            config.create().map_err(|error| Error::denied(format!("kafka: {error}")))?;
        let topic = Some(settings.topic.as_str());
        let known =
            tokio::task::block_in_place(|| producer.client().fetch_metadata(topic, METADATA_MAX));
        known.map_err(|error| Error::later(format!("kafka {}: {error}", settings.brokers)))?;
        Ok(producer)
    }
}

fn path(path: &Option<std::path::PathBuf>) -> Option<String> {
    path.as_ref().map(|path| path.display().to_string())
}

async fn send(
    producer: &FutureProducer,
    settings: &Settings,
    record: &Record,
) -> std::result::Result<(), KafkaError> {
    let field = settings.key.as_deref().and_then(Field::named).unwrap_or(Field::Tenant);
    let key = record.shown(field).unwrap_or_default();
    let id = record.id();
    let headers = OwnedHeaders::new().insert(Header { key: KEY_HEADER, value: Some(&id) });
    let message = FutureRecord::to(&settings.topic)
        .key(key.as_ref())
        .payload(record.body.as_ref())
        .timestamp(record.time() / 1000)
        .headers(headers);
    producer.send(message, DELIVERY_MAX).await.map(|_| ()).map_err(|(error, _)| error)
}

fn judge(error: &KafkaError, settings: &Settings) -> Error {
    use RDKafkaErrorCode as Code;
    let words = format!("kafka topic {}: {error}", settings.topic);
    match error.rdkafka_error_code() {
        Some(Code::MessageSizeTooLarge | Code::InvalidMessageSize | Code::InvalidRecord) => {
            Error::whole(words)
        }
        Some(
            Code::UnknownTopicOrPartition
            | Code::UnknownTopic
            | Code::TopicAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::SaslAuthenticationFailed
            | Code::Authentication,
        ) => Error::denied(words),
        _ => Error::later(words),
    }
}
