//! What the tests of the binary share.
#![allow(dead_code, reason = "each test binary uses a part")]

pub mod daemon;
pub mod jobs;
pub mod parts;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A data folder that goes when the test ends.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a writable folder");
        path
    }

    /// trail365 over this folder's data and, if there is one, its configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trail365"));
        command.args(arguments).current_dir(self.0.path()).env("TRAIL365_DATA", self.path("data"));
        command
    }

    /// Runs to the end and reads the one JSON line printed.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let text = trail365(self, arguments);
        serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

impl Folder {
    /// Runs to the end, which may be one with gaps.
    pub fn run(&self, arguments: &[&str]) {
        trail365(self, arguments);
    }
}

/// Runs to the end; the standard output of a run that did not fail.
pub fn trail365(folder: &Folder, arguments: &[&str]) -> String {
    let output = folder.command(arguments).output().expect("trail365 runs");
    let code = output.status.code();
    assert!(
        matches!(code, Some(0 | 1 | 3)),
        "{arguments:?} ended with {code:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Records of an emulated tenant, one a line.
pub fn emulated_ndjson(folder: &Folder, records: usize) -> Vec<String> {
    let count = records.to_string();
    let text = trail365(folder, &["emulate", "--ndjson", "-", "--records", &count]);
    text.split_inclusive('\n').map(str::to_owned).collect()
}

/// `trail365 emulate` on a free port, with a configuration for it in the folder.
pub struct Emulator {
    child: Child,
    _output: BufReader<ChildStdout>,
    address: String,
}

impl Emulator {
    pub fn start(folder: &Folder, records: usize, more: &[&str]) -> Emulator {
        let records = records.to_string();
        let mut arguments = vec!["emulate", "--listen", "127.0.0.1:0", "--records", &records];
        arguments.extend(more);
        let mut child =
            folder.command(&arguments).stdout(Stdio::piped()).spawn().expect("trail365 starts");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut config = String::new();
        while !config.contains("EMULATOR_SECRET=") {
            let read = output.read_line(&mut config).expect("the emulator's words");
            assert!(read > 0, "the emulator ended: {config}");
        }
        let url = config.split("login_url = \"").nth(1).and_then(|rest| rest.split('"').next());
        let address = url.expect("an address").trim_start_matches("http://").to_owned();
        let secret = folder.write("secret", "emulator-secret");
        folder.write(
            "trail365.toml",
            &config.replace("env:EMULATOR_SECRET", &format!("file:{secret}")),
        );
        Emulator { child, _output: output, address }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// What the tenant published up to now.
    pub fn truth(&self) -> serde_json::Value {
        let answer = get(&self.address, "/emulator/truth");
        match answer {
            serde_json::Value::Array(mut tenants) => tenants.remove(0),
            mut object => object["tenants"][0].take(),
        }
    }

    pub fn log(&self) -> serde_json::Value {
        get(&self.address, "/emulator/log")
    }

    /// Changes what goes wrong from now on.
    pub fn faults(&self, json: &str) {
        let (address, length) = (&self.address, json.len());
        let answer = request(
            address,
            &format!(
                "POST /emulator/faults HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n{json}"
            ),
        );
        assert!(answer.lines().next().is_some_and(|line| line.contains(" 200")), "{answer}");
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `trail365 serve` on a free port.
pub struct Server {
    child: Child,
    address: String,
}

impl Server {
    pub fn start(folder: &Folder) -> Server {
        let mut child = folder
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("trail365 starts");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        output.read_line(&mut line).expect("the server's address");
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Server { child, address }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn get(&self, path: &str) -> serde_json::Value {
        get(&self.address, path)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The JSON body of a plain GET.
pub fn get(address: &str, path: &str) -> serde_json::Value {
    let text = request(address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n"));
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
}

/// The whole answer to a request written out.
pub fn request(address: &str, text: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a listening server");
    stream.write_all(text.as_bytes()).expect("a reading server");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}
