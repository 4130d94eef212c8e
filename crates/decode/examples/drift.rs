//! Which oddities do real records hold?
//!
//! `SAMPLES=folder cargo run --release -p trail365-decode --example drift`: decodes every audit
//! record in the folder's files, whatever the export, and prints the issues by kind and field with
//! how often each was met and an example. Files are read as JSON, as JSON lines or as CSV, `.gz` by
//! way of gzip; a record is an object with CreationTime, RecordType and Operation, wherever it
//! stands, also as text in a cell or a member. What remains unexplained belongs in `data/`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use event::{Envelope, Field, Provenance, Value};

fn main() {
    let folder = std::env::var_os("SAMPLES").expect("SAMPLES names a folder of exports");
    let mut met = Met::default();
    for path in files(Path::new(&folder)) {
        let text = read(&path);
        let before = met.records;
        met.origin = path.display().to_string();
        match Value::from_json(&text) {
            Ok(value) => met.walk(&value),
            Err(_) if path.to_string_lossy().contains(".csv") => {
                cells(&text, &mut |cell| met.walk_text(cell));
            }
            Err(_) => text.lines().for_each(|line| met.walk_text(line)),
        }
        println!("{:>6} records in {}", met.records - before, path.display());
    }
    println!("\n{} records, {} of them with issues\n", met.records, met.odd);
    for ((kind, record_type, field), (count, example)) in &met.issues {
        let mut text = String::new();
        event::write_printable(&format!("{field} of {record_type}: {example}"), &mut text);
        println!("{count:>6} {kind} in {text}");
    }
}

#[derive(Default)]
struct Met {
    origin: String,
    records: usize,
    odd: usize,
    /// By kind, RecordType and field: how often, and an example.
    issues: BTreeMap<(&'static str, String, String), (usize, String)>,
}

impl Met {
    fn walk(&mut self, value: &Value) {
        let names = ["CreationTime", "RecordType", "Operation"];
        match value {
            Value::Object(_) if names.iter().all(|name| value.get(name).is_some()) => {
                self.decode(serde_json::to_string(value).expect("JSON"));
            }
            Value::Object(members) => members.iter().for_each(|(_, member)| self.walk(member)),
            Value::List(items) => items.iter().for_each(|item| self.walk(item)),
            Value::Text(text) => self.walk_text(text),
            _ => {}
        }
    }

    fn walk_text(&mut self, text: &str) {
        if text.trim_start().starts_with(['{', '['])
            && let Ok(value) = Value::from_json(text)
        {
            self.walk(&value);
        }
    }

    fn decode(&mut self, record: String) {
        let provenance =
            Provenance { source: "samples", content_type: "", origin: self.origin.clone() };
        let envelope = Envelope::record(&Arc::new(provenance), 1, Bytes::from(record));
        let event = decode::decode(&envelope, "samples", 0);
        self.records += 1;
        self.odd += usize::from(!event.issues.is_empty());
        let record_type = event.text(Field::RecordTypeName).unwrap_or("-");
        for issue in &event.issues {
            let key = (issue.kind.name(), record_type.to_owned(), issue.field.to_string());
            let (count, _) = self.issues.entry(key).or_insert((0, issue.detail.clone()));
            *count += 1;
        }
        // The line must hold for any record; what it says is not looked at here.
        assert!(!decode::line(&event).contains('\n'));
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> String {
    let bytes = match path.extension().is_some_and(|extension| extension == "gz") {
        true => {
            Command::new("gzip").arg("-dc").arg(path).output().expect("gzip on the path").stdout
        }
        false => std::fs::read(path).expect("a readable file"),
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The cells of a CSV file, quotes undone.
fn cells(text: &str, visit: &mut dyn FnMut(&str)) {
    let (mut cell, mut quoted) = (String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => {
                visit(&cell);
                cell.clear();
            }
            c => cell.push(c),
        }
    }
    visit(&cell);
}
