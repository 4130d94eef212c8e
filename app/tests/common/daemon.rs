//! `trail365 collect` as a service would run it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Folder, request};

/// The longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Daemon {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Daemon {
    /// Collects every second, with a free port for metrics and health. Everything in the
    /// configuration before the first tenant is replaced.
    pub fn start(folder: &Folder) -> Daemon {
        let path = folder.path("trail365.toml");
        let config = std::fs::read_to_string(path).expect("a configuration");
        configure(folder, &config[config.find("[[tenant]]").expect("a tenant")..]);
        Daemon::run(&mut folder.command(&["collect", "--log-format", "json"]))
    }

    pub fn run(command: &mut Command) -> Daemon {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("trail365 starts");
        let output = BufReader::new(child.stderr.take().expect("piped"));
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = log.clone();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                lines.lock().expect("no holder panics").push(line);
            }
        });
        Daemon { child, log }
    }

    pub fn log(&self) -> Vec<Value> {
        let lines = self.log.lock().expect("no holder panics");
        let read = |line: &String| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        lines.iter().map(read).collect()
    }

    pub fn address(&self) -> String {
        let listen = || self.log().iter().find_map(|event| Some(event["listen"].as_str()?.into()));
        eventually("an address in the log", listen)
    }

    /// The status and the body.
    pub fn get(&self, path: &str) -> (u16, String) {
        let address = self.address();
        let answer = request(&address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n"));
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.expect("a status"), body.to_owned())
    }

    pub fn health(&self) -> (u16, Value) {
        let (status, body) = self.get("/health");
        (status, serde_json::from_str(&body).expect("JSON"))
    }

    /// Waits for a state of health in which these tenants are well, and no others are known.
    pub fn await_health(&self, tenants: &[&str]) {
        eventually(&format!("{tenants:?} to be well"), || {
            let (status, health) = self.health();
            let known = health["tenants"].as_array().expect("tenants");
            let known: Vec<&str> = known.iter().filter_map(|t| t["tenant"].as_str()).collect();
            (status == 200 && known == tenants).then_some(())
        });
    }

    /// The value of a metric whose labels hold all the texts.
    pub fn metric(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let (_, text) = self.get("/metrics");
        let is_it = |line: &&str| {
            let rest = line.strip_prefix(name);
            let labelled = rest.is_some_and(|rest| rest.starts_with(['{', ' ']));
            labelled && labels.iter().all(|label| line.contains(label))
        };
        text.lines().find(is_it)?.rsplit(' ').next()?.parse().ok()
    }

    pub fn terminate(&mut self) -> ExitStatus {
        let kill = format!("kill -TERM {}", self.child.id());
        Command::new("sh").args(["-c", &kill]).status().expect("a shell");
        let start = Instant::now();
        let status = eventually("the end", || self.child.try_wait().expect("a child of ours"));
        assert!(start.elapsed() < Duration::from_secs(10), "the end took {:?}", start.elapsed());
        status
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The tenants given, looked at every second.
pub fn configure(folder: &Folder, tenants: &str) {
    let head = "poll_seconds = 1\n[collect]\nlisten = \"127.0.0.1:0\"\n";
    folder.write("trail365.toml", &format!("{head}{tenants}\n"));
}

pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
