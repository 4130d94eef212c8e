//! Message brokers of a test, each in a folder of its own, on a free port of this machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use rdkafka::mocking::MockCluster;

use crate::part::{self, Part};

/// NATS with JetStream.
pub struct NatsServer {
    folder: tempfile::TempDir,
    pub port: u16,
    part: Part,
    pub settings: String,
}

impl NatsServer {
    pub async fn start() -> NatsServer {
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

    pub fn kill(&mut self) {
        self.part.kill();
    }

    pub async fn restart(&mut self) {
        self.part = NatsServer::part(&self.folder, self.port);
        part::listening(self.port).await;
    }
}

/// RabbitMQ.
pub struct Rabbit {
    pub folder: tempfile::TempDir,
    port: u16,
    node: String,
    distribution: u16,
    part: Part,
    pub settings: String,
}

impl Rabbit {
    pub async fn start() -> Rabbit {
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

    pub async fn connection(&self) -> lapin::Result<lapin::Connection> {
        let url = format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port);
        lapin::Connection::connect(&url, Default::default()).await
    }

    pub fn kill(&mut self) {
        self.part.kill();
    }

    pub async fn restart(&mut self) {
        self.part = Rabbit::part(&self.folder, self.port, self.distribution, &self.node);
        self.ready().await;
    }
}

/// The broker that Kafka's C client brings for tests: it speaks the protocol and keeps its log in
/// memory. It cannot be killed without forgetting, so it is made unreachable instead. It lives on a
/// thread of its own, which ends when the receiver is dropped.
pub struct Kafka {
    pub brokers: String,
    pub settings: String,
    /// Whether it is to be reachable; answered when it is so.
    reach: Sender<(bool, Sender<()>)>,
}

impl Kafka {
    pub fn start() -> Kafka {
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

    /// Reachable or not.
    pub fn make(&self, is_up: bool) {
        let (done, answered) = channel();
        self.reach.send((is_up, done)).unwrap();
        answered.recv().unwrap();
    }
}
