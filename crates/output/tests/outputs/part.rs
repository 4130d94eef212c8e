//! Real programs that receive.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port()
}

/// The program's path; fails with the command that installs it.
pub fn program(name: &str, package: &str) -> String {
    let paths = std::env::var("PATH").unwrap_or_default();
    let places = paths.split(':').chain(["/usr/sbin", "/sbin", "/usr/local/sbin"]);
    for place in places {
        let path = format!("{place}/{name}");
        if std::path::Path::new(&path).is_file() {
            return path;
        }
    }
    panic!("{name} is not installed: scripts/install-parts, or sudo apt-get install -y {package}");
}

/// A running program with all that it started; killed when dropped.
pub struct Part(Child);

impl Part {
    pub fn start(command: &mut Command) -> Part {
        let shown = format!("{command:?}");
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Part(quiet.process_group(0).spawn().unwrap_or_else(|error| panic!("{shown}: {error}")))
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    pub fn kill(&mut self) {
        self.signal("-KILL");
    }

    /// Asks it to end, for programs that keep what they have only then.
    pub fn terminate(&mut self) {
        self.signal("-TERM");
    }

    fn signal(&mut self, signal: &str) {
        // Programs started by scripts have children of their own.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits until somebody listens there.
pub async fn listening(port: u16) {
    let begun = Instant::now();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody listens on port {port}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
