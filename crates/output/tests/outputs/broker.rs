//! NATS, RabbitMQ, and a broker that speaks Kafka's protocol.

use std::fs;
use std::process::Command;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use lapin::options::BasicGetOptions;
use output::{Error, Guarantee, Service};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};

use crate::authority::Authority;
use crate::brokers::{Kafka, NatsServer, Rabbit};
use crate::contract::{self, Arrived, Receiver};
use crate::part::{self, Part};
use crate::records::{record, records};
use crate::world;

fn arrived(payload: &[u8], key: &str) -> Arrived {
    let arrived = Arrived::of_json(&serde_json::from_slice(payload).expect("a body is JSON"));
    assert_eq!(arrived.key, key, "the message carries its record's key");
    arrived
}

fn open(kind: &str, settings: &str) -> Box<dyn Service> {
    let kind = output::service::find(kind).unwrap();
    (kind.open)(toml::from_str(settings).unwrap(), world(Some("decoded"))).unwrap()
}

#[async_trait]
impl Receiver for NatsServer {
    fn service(&self) -> Box<dyn Service> {
        open("nats", &self.settings)
    }

    async fn kill(&mut self) {
        NatsServer::kill(self);
    }

    async fn restart(&mut self) {
        NatsServer::restart(self).await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        let client = async_nats::connect(format!("127.0.0.1:{}", self.port)).await.unwrap();
        let stream = async_nats::jetstream::new(client).get_stream("audit").await.unwrap();
        let count = stream.get_info().await.unwrap().state.messages;
        let config = async_nats::jetstream::consumer::pull::OrderedConfig::default();
        let consumer = stream.create_consumer(config).await.unwrap();
        let messages = consumer.messages().await.unwrap().take(count as usize);
        let read = messages.map(|message| {
            let message = message.unwrap();
            assert_eq!(message.subject.as_str(), "audit.contoso.Exchange");
            let headers = message.headers.as_ref().expect("a message id");
            arrived(&message.payload, headers.get("Nats-Msg-Id").unwrap().as_str())
        });
        read.collect().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_keeps_the_contract() {
    contract::arrives_in_order(&mut NatsServer::start().await).await;
    contract::survives_kills(&mut NatsServer::start().await, Guarantee::AtLeastOnce, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_is_trusted_by_its_authority() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let port = part::free_port();
    let mut command = Command::new(part::program("nats-server", "nats-server"));
    command.args(["-js", "-a", "127.0.0.1", "-p"]).arg(port.to_string());
    command.arg("-sd").arg(folder.path()).arg("--tlscert").arg(authority.file("server.pem"));
    let _part = Part::start(command.arg("--tls").arg("--tlskey").arg(authority.file("server.key")));
    part::listening(port).await;
    let settings =
        format!("servers = 'tls://127.0.0.1:{port}'\nsubject = 'audit'\nstream = 'audit'");
    let trusting = format!("{settings}\n{}", authority.trusted());
    open("nats", &trusting).deliver(&records(10)).await.unwrap();
    let error = open("nats", &settings).deliver(&records(1)).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_names_what_is_wrong() {
    let mut server = NatsServer::start().await;
    let mut large = record(1);
    large.body = vec![b'x'; 2 << 20].into();
    let parked = contract::deliver(&mut *server.service(), vec![record(0), large]).await;
    assert_eq!(parked.len(), 1);
    assert!(parked[0].reason.contains("max_payload"), "{}", parked[0].reason);
    server.kill();
    let error = server.service().deliver(&records(1)).await.unwrap_err();
    assert!(matches!(error, Error::Later { .. }), "{error:?}");
}

#[async_trait]
impl Receiver for Rabbit {
    fn service(&self) -> Box<dyn Service> {
        open("amqp", &self.settings)
    }

    async fn kill(&mut self) {
        Rabbit::kill(self);
    }

    async fn restart(&mut self) {
        Rabbit::restart(self).await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        let connection = self.connection().await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        let mut all = Vec::new();
        // Nothing is acknowledged, so that it is there for the next who asks.
        while let Some(message) =
            channel.basic_get("audit".into(), BasicGetOptions { no_ack: false }).await.unwrap()
        {
            let key = message.properties.message_id().clone().unwrap().to_string();
            all.push(arrived(&message.data, &key));
        }
        all
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_keeps_the_contract() {
    contract::arrives_in_order(&mut Rabbit::start().await).await;
    contract::survives_kills(&mut Rabbit::start().await, Guarantee::AtLeastOnce, 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_names_what_is_wrong() {
    let rabbit = Rabbit::start().await;
    let unbound = rabbit.settings.replace("queue = 'audit'", "");
    let error = open("amqp", &unbound).deliver(&records(1)).await.unwrap_err();
    assert!(matches!(error, Error::Denied { .. }), "{error:?}");
    assert!(error.to_string().contains("no queue is bound"), "{error}");
    fs::write(rabbit.folder.path().join("password"), "wrong").unwrap();
    let error = rabbit.service().deliver(&records(1)).await.unwrap_err();
    assert!(matches!(error, Error::Denied { .. }), "{error:?}");
}

#[async_trait]
impl Receiver for Kafka {
    fn service(&self) -> Box<dyn Service> {
        open("kafka", &self.settings)
    }

    async fn kill(&mut self) {
        self.make(false);
    }

    async fn restart(&mut self) {
        self.make(true);
    }

    async fn received(&mut self) -> Vec<Arrived> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", format!("test-{}", rand::random::<u32>()))
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            .create()
            .unwrap();
        tokio::task::block_in_place(|| {
            let mut assignment = rdkafka::TopicPartitionList::new();
            for partition in 0..3 {
                let offset = rdkafka::Offset::Beginning;
                assignment.add_partition_offset("audit", partition, offset).unwrap();
            }
            consumer.assign(&assignment).unwrap();
            let (mut all, mut ended) = (Vec::new(), 0);
            while ended < 3 {
                match consumer.poll(Duration::from_secs(30)) {
                    Some(Ok(message)) => {
                        let header = message.headers().unwrap().get(0);
                        let key = std::str::from_utf8(header.value.unwrap()).unwrap();
                        assert_eq!(message.key(), Some(&b"contoso"[..]));
                        all.push(arrived(message.payload().unwrap(), key));
                    }
                    Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => ended += 1,
                    Some(Err(error)) => panic!("{error}"),
                    None => panic!("the broker does not answer"),
                }
            }
            all
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_keeps_the_contract() {
    contract::arrives_in_order(&mut Kafka::start()).await;
    contract::survives_kills(&mut Kafka::start(), Guarantee::AtLeastOnce, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_parks_what_is_too_large() {
    let kafka = Kafka::start();
    let mut large = record(1);
    large.body = vec![b'x'; 2 << 20].into();
    let parked = contract::deliver(&mut *kafka.service(), vec![record(0), large, record(2)]).await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].record.key, record(1).key);
}
