//! Does a running collector follow a folder of tenants?

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use common::{Emulator, Folder};

/// A few looks at the configuration, on a busy machine.
const WAIT: Duration = Duration::from_secs(60);

struct Collector {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Collector {
    fn start(folder: &Folder) -> Collector {
        let mut command = folder.command(&["collect"]);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("trail365 starts");
        let output = BufReader::new(child.stderr.take().expect("piped"));
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Collector { child, lines }
    }

    /// Waits for the log to say this.
    fn says(&self, words: &str) {
        let mut said = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(WAIT) {
            if line.contains(words) {
                return;
            }
            said.push(line);
        }
        panic!("nothing says {words:?} in {said:#?}");
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn files_come_and_go_and_a_broken_one_changes_nothing() {
    let folder = Folder::new();
    let _emulator = Emulator::start(&folder, 20, &[]);
    let block = std::fs::read_to_string(folder.path("trail365.toml")).unwrap();
    let named = |name: &str| block.replace("name = \"contoso\"", &format!("name = \"{name}\""));
    std::fs::create_dir(folder.path("tenants.d")).unwrap();
    folder.write("trail365.toml", "tenants = 'tenants.d'\npoll_seconds = 1\n");
    folder.write("tenants.d/first.toml", &named("first"));
    let collector = Collector::start(&folder);
    collector.says("tenant first: collecting");

    folder.write("tenants.d/second.toml", &named("second"));
    collector.says("tenant second: collecting");

    folder.write("tenants.d/third.toml", "[[tenant]]\nnaem = 'third'\n");
    collector
        .says("third.toml: line 2: unknown field `naem`; did you mean `name`?; going on as before");
    // Both go on.
    collector.says("tenant first: ");
    collector.says("tenant second: ");

    folder.write("tenants.d/third.toml", &named("third"));
    std::fs::remove_file(folder.path("tenants.d/first.toml")).unwrap();
    collector.says("tenant first: stopped");
    collector.says("tenant third: collecting");
}
