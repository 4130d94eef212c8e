//! NATS, RabbitMQ, and a broker that speaks Kafka's protocol.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use lapin::options::BasicGetOptions;
use output::{Error, Guarantee, Service};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::mocking::MockCluster;

use crate::authority::Authority;
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

struct NatsServer {
    folder: tempfile::TempDir,
    port: u16,
    part: Part,
    settings: String,
}

impl NatsServer {
    async fn start() -> NatsServer {
        let folder = tempfile::tempdir().unwrap();
        let port = part::free_port();
        let part = NatsServer::part(&folder, port);
        part::listening(port).await;
        let settings = format!(
            "servers = 'nats://127.0.0.1:{port}'\nsubject = 'audit.{{Tenant}}.{{Workload}}'\nstream = 'audit'"
        );
        NatsServer { folder, port, part, settings }
    }

    fn part(folder: &tempfile::TempDir, port: u16) -> Part {
        let program = part::program("nats-server", "nats-server");
        let mut command = Command::new(program);
        command.args(["-js", "-a", "127.0.0.1", "-p"]).arg(port.to_string());
        Part::start(command.arg("-sd").arg(folder.path()))
    }
}

#[async_trait]
impl Receiver for NatsServer {
    fn service(&self) -> Box<dyn Service> {
        open("nats", &self.settings)
    }

    async fn kill(&mut self) {
        self.part.kill();
    }

    async fn restart(&mut self) {
        self.part = NatsServer::part(&self.folder, self.port);
        part::listening(self.port).await;
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
    server.part.kill();
    let error = server.service().deliver(&records(1)).await.unwrap_err();
    assert!(matches!(error, Error::Later { .. }), "{error:?}");
}

struct Rabbit {
    folder: tempfile::TempDir,
    port: u16,
    node: String,
    distribution: u16,
    part: Part,
    settings: String,
}

impl Rabbit {
    async fn start() -> Rabbit {
        let folder = tempfile::tempdir().unwrap();
        // The broker gives up its rights and becomes a user of its own.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let (port, distribution) = (part::free_port(), part::free_port());
        let node = format!("trail365-{port}@localhost");
        let part = Rabbit::part(&folder, port, distribution, &node);
        let settings = format!(
            "url = 'amqp://guest@127.0.0.1:{port}/%2f'\npassword = 'file:{}'\nrouting_key = 'audit'\nqueue = 'audit'",
            folder.path().join("password").display()
        );
        fs::write(folder.path().join("password"), "guest").unwrap();
        let rabbit = Rabbit { folder, port, node, distribution, part, settings };
        rabbit.ready().await;
        rabbit
    }

    fn part(folder: &tempfile::TempDir, port: u16, distribution: u16, node: &str) -> Part {
        let program = part::program("rabbitmq-server", "rabbitmq-server");
        let script = std::path::Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
        let mut command =
            Command::new(if script.is_file() { script.as_os_str() } else { program.as_ref() });
        command
            .env("HOME", folder.path())
            .env("RABBITMQ_NODENAME", node)
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", port.to_string())
            .env("RABBITMQ_DIST_PORT", distribution.to_string())
            .env("RABBITMQ_MNESIA_BASE", folder.path().join("data"))
            .env("RABBITMQ_LOG_BASE", folder.path().join("log"))
            .env("RABBITMQ_PID_FILE", folder.path().join("pid"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.path().join("plugins"))
            .env("RABBITMQ_CONFIG_FILE", folder.path().join("none"))
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1}",
            );
        Part::start(&mut command)
    }

    /// The port is open before the broker takes anybody.
    async fn ready(&self) {
        part::listening(self.port).await;
        for _ in 0..600 {
            if self.connection().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("RabbitMQ does not answer on port {}", self.port);
    }

    async fn connection(&self) -> lapin::Result<lapin::Connection> {
        let url = format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port);
        lapin::Connection::connect(&url, Default::default()).await
    }
}

#[async_trait]
impl Receiver for Rabbit {
    fn service(&self) -> Box<dyn Service> {
        open("amqp", &self.settings)
    }

    async fn kill(&mut self) {
        self.part.kill();
    }

    async fn restart(&mut self) {
        self.part = Rabbit::part(&self.folder, self.port, self.distribution, &self.node);
        self.ready().await;
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

/// The broker that Kafka's C client brings for tests: it speaks the protocol and keeps its log in
/// memory. It cannot be killed without forgetting, so it is made unreachable instead. It lives on a
/// thread of its own, which ends when the receiver is dropped.
struct Kafka {
    brokers: String,
    settings: String,
    /// Whether it is to be reachable; answered when it is so.
    reach: Sender<(bool, Sender<()>)>,
}

impl Kafka {
    fn start() -> Kafka {
        let (reach, reached) = channel::<(bool, Sender<()>)>();
        let (started, address) = channel();
        std::thread::spawn(move || {
            let cluster = MockCluster::new(1).unwrap();
            cluster.create_topic("audit", 3, 1).unwrap();
            started.send(cluster.bootstrap_servers()).unwrap();
            for (is_up, done) in reached {
                match is_up {
                    true => cluster.broker_up(1).unwrap(),
                    false => cluster.broker_down(1).unwrap(),
                }
                done.send(()).unwrap();
            }
        });
        let brokers = address.recv().unwrap();
        let settings = format!("brokers = '{brokers}'\ntopic = 'audit'");
        Kafka { brokers, settings, reach }
    }

    fn make(&self, is_up: bool) {
        let (done, answered) = channel();
        self.reach.send((is_up, done)).unwrap();
        answered.recv().unwrap();
    }
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
