//! rsyslog of a test, which writes a line a message.

use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::authority::Authority;
use crate::part::{self, Part};

pub struct Rsyslog {
    pub folder: TempDir,
    pub authority: Authority,
    pub port: u16,
    pub settings: String,
    part: Option<Part>,
}

impl Rsyslog {
    pub async fn start(transport: &str, settings: &str) -> Rsyslog {
        let folder = TempDir::new().expect("a folder");
        let authority = Authority::new();
        let port = part::free_port();
        let trusted = if transport == "tls" { authority.trusted() } else { String::new() };
        let settings = format!(
            "address = \"localhost:{port}\"\ntransport = \"{transport}\"\n{settings}\n{trusted}"
        );
        let file = |name: &str| authority.file(name).display().to_string();
        let input = match transport {
            "udp" => format!(
                "module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"{port}\" rcvbufSize=\"8m\")"
            ),
            "tcp" => format!(
                "module(load=\"imtcp\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")"
            ),
            _ => format!(
                "global(defaultNetstreamDriver=\"gtls\" defaultNetstreamDriverCAFile=\"{}\" defaultNetstreamDriverCertFile=\"{}\" defaultNetstreamDriverKeyFile=\"{}\")
                module(load=\"imtcp\" streamDriver.name=\"gtls\" streamDriver.mode=\"1\" streamDriver.authMode=\"anon\")
                input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")",
                file("ca.pem"),
                file("server.pem"),
                file("server.key"),
            ),
        };
        let out = folder.path().display();
        let conf = format!(
            "global(workDirectory=\"{out}\" maxMessageSize=\"1m\")
            main_queue(queue.type=\"direct\")
            {input}
            template(name=\"line\" type=\"string\" string=\"%pri% %hostname% %app-name% %msgid% %timestamp:::date-rfc3339% %structured-data%\\t%msg%\\n\")
            action(type=\"omfile\" file=\"{out}/received\" template=\"line\")\n"
        );
        std::fs::write(folder.path().join("conf"), conf).expect("written");
        let mut rsyslog = Rsyslog { folder, authority, port, settings, part: None };
        rsyslog.restart().await;
        rsyslog
    }

    pub fn text(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("received")).unwrap_or_default()
    }

    /// The lines once there are so many.
    pub async fn lines(&self, count: usize) -> Vec<String> {
        for _ in 0..400 {
            let lines: Vec<String> = self.text().lines().map(str::to_owned).collect();
            if lines.len() >= count {
                return lines;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("fewer than {count} lines: {}", self.text());
    }

    pub fn kill(&mut self) {
        self.part = None;
    }

    pub async fn restart(&mut self) {
        let program = part::program("rsyslogd", "rsyslog rsyslog-gnutls");
        let mut command = Command::new(program);
        command.arg("-n").arg("-f").arg(self.folder.path().join("conf"));
        command.arg("-i").arg(self.folder.path().join("pid"));
        self.part = Some(Part::start(&mut command));
        if self.settings.contains("\"udp\"") {
            // A bound port is all that can be seen of it.
            while std::net::UdpSocket::bind(("127.0.0.1", self.port)).is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        } else {
            part::listening(self.port).await;
        }
    }
}
