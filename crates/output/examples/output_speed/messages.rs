//! Message brokers.

use async_nats::jetstream::{self, stream};
use async_trait::async_trait;
use futures::future::try_join_all;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Confirmation};
use output::Service;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};

use crate::brokers::{Kafka, NatsServer, Rabbit};
use crate::{Batches, Pair};

struct ToKafka {
    server: Kafka,
    producer: Option<FutureProducer>,
}

pub async fn kafka() -> Box<dyn Pair> {
    Box::new(ToKafka { server: Kafka::start(), producer: None })
}

#[async_trait]
impl Pair for ToKafka {
    fn plain_client(&self) -> &'static str {
        "rdkafka FutureProducer, idempotent, zstd; the client's own test broker"
    }

    async fn ours(&mut self, _: u32) -> Box<dyn Service> {
        crate::open("kafka", &self.server.settings)
    }

    async fn prepare(&mut self, _: u32, _: &Batches) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.server.brokers);
        config.set("enable.idempotence", "true").set("compression.type", "zstd");
        config.set("queue.buffering.max.messages", "1000000");
        let producer: FutureProducer = config.create().expect("a producer");
        let patience = std::time::Duration::from_secs(10);
        let known =
            tokio::task::block_in_place(|| producer.client().fetch_metadata(None, patience));
        known.expect("metadata");
        self.producer = Some(producer);
    }

    async fn plain(&mut self, batches: &Batches) {
        let producer = self.producer.as_ref().expect("prepared");
        for batch in batches {
            let sent = batch.iter().map(|record| {
                let id = record.id();
                let headers = OwnedHeaders::new().insert(Header { key: "key", value: Some(&id) });
                let message = FutureRecord::to("audit").key("contoso").headers(headers);
                producer.send_result(message.payload(&record.body[..])).expect("room")
            });
            let sent: Vec<_> = sent.collect();
            for written in try_join_all(sent).await.expect("a producer") {
                written.expect("written");
            }
        }
    }
}

struct ToNats {
    server: NatsServer,
    round: u32,
    context: Option<jetstream::Context>,
}

pub async fn nats() -> Box<dyn Pair> {
    Box::new(ToNats { server: NatsServer::start().await, round: 0, context: None })
}

#[async_trait]
impl Pair for ToNats {
    fn plain_client(&self) -> &'static str {
        "async-nats, a batch of acknowledgements at a time"
    }

    /// A stream of its own, since the last one would know the messages again.
    async fn ours(&mut self, round: u32) -> Box<dyn Service> {
        let stream = format!("ours{round}");
        let settings = format!(
            "servers = 'nats://127.0.0.1:{}'\nstream = '{stream}'\n\
             subject = '{stream}.{{Tenant}}.{{Workload}}'",
            self.server.port
        );
        crate::open("nats", &settings)
    }

    async fn prepare(&mut self, round: u32, _: &Batches) {
        let address = format!("127.0.0.1:{}", self.server.port);
        let context = jetstream::new(async_nats::connect(address).await.expect("connected"));
        let name = format!("plain{round}");
        let subjects = vec![format!("{name}.>")];
        let config = stream::Config { name, subjects, ..Default::default() };
        context.create_stream(config).await.expect("made");
        self.context = Some(context);
        self.round = round;
    }

    async fn plain(&mut self, batches: &Batches) {
        let context = self.context.as_ref().expect("prepared");
        let subject = format!("plain{}.contoso.SharePoint", self.round);
        for batch in batches {
            let mut waiting = Vec::with_capacity(batch.len());
            for record in batch {
                let mut headers = async_nats::HeaderMap::new();
                headers.insert("Nats-Msg-Id", record.id());
                let body = record.body.clone();
                let sent = context.publish_with_headers(subject.clone(), headers, body).await;
                waiting.push(sent.expect("sent").into_future());
            }
            try_join_all(waiting).await.expect("acknowledged");
        }
    }
}

struct ToRabbit {
    server: Rabbit,
    queue: String,
    open: Option<(lapin::Connection, lapin::Channel)>,
}

pub async fn amqp() -> Box<dyn Pair> {
    Box::new(ToRabbit { server: Rabbit::start().await, queue: String::new(), open: None })
}

#[async_trait]
impl Pair for ToRabbit {
    fn plain_client(&self) -> &'static str {
        "lapin, persistent messages, a batch of confirms at a time"
    }

    async fn ours(&mut self, round: u32) -> Box<dyn Service> {
        crate::open("amqp", &self.server.settings.replace("'audit'", &format!("'ours{round}'")))
    }

    async fn prepare(&mut self, round: u32, _: &Batches) {
        let connection = self.server.connection().await.expect("connected");
        let channel = connection.create_channel().await.expect("a channel");
        channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
        self.queue = format!("plain{round}");
        let durable = QueueDeclareOptions::durable();
        let made =
            channel.queue_declare(self.queue.as_str().into(), durable, FieldTable::default());
        made.await.expect("a queue");
        self.open = Some((connection, channel));
    }

    async fn plain(&mut self, batches: &Batches) {
        let (_, channel) = self.open.as_ref().expect("prepared");
        for batch in batches {
            let mut confirms = Vec::with_capacity(batch.len());
            for record in batch {
                let properties = BasicProperties::default()
                    .with_delivery_mode(2)
                    .with_message_id(record.id().into());
                let sent = channel.basic_publish(
                    "".into(),
                    self.queue.as_str().into(),
                    BasicPublishOptions::default(),
                    &record.body,
                    properties,
                );
                confirms.push(sent.await.expect("sent"));
            }
            for confirm in confirms {
                let confirmed = confirm.await.expect("an answer");
                assert!(matches!(confirmed, Confirmation::Ack(None)), "{confirmed:?}");
            }
        }
    }
}
