//! Small files in the shapes that exports have; every value is invented.

mod damage;
mod exchange;
mod formats;
mod fuzz;
mod identity;
mod logs;
mod mailbox_xml;
mod packing;
mod powershell;
mod reading;
mod rows;
mod tables;
mod traces;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

/// A folder that is gone after the test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// The name says nothing, so that only the content can tell the format.
const NAME: &str = "export";

/// Reads bytes as a file: its format and each envelope, a line each.
fn show(bytes: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    let path = folder.write(NAME, bytes);
    let many = show_path(&path, usize::MAX);
    assert_eq!(many, show_path(&path, 1), "the size of a batch changes nothing");
    many
}

fn show_path(path: &Path, records_max: usize) -> String {
    let mut lines = Vec::new();
    let mut origin = String::new();
    for outcome in read(path, records_max, Limits::default()) {
        let envelope = match outcome {
            Ok(envelope) => envelope,
            Err(error) => {
                let folder = format!("{}/", path.parent().unwrap().display());
                lines.push(format!("error: {}", error.to_string().replace(&folder, "")));
                continue;
            }
        };
        if origin != envelope.provenance.origin {
            origin = envelope.provenance.origin.clone();
            let member = origin.split_once('!').map(|(_, member)| format!(" {member}"));
            lines.push(format!("{}{}", envelope.provenance.source, member.unwrap_or_default()));
        }
        lines.push(line(&envelope));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// `7 {...} in {wrapper}`, or `7 broken, for this reason: bytes in {wrapper}`.
fn line(envelope: &Envelope) -> String {
    let mut line = envelope.position.to_string();
    if let Payload::Broken { reason, .. } = &envelope.payload {
        line += &format!(" broken, {reason}:");
    }
    line += &format!(" {}", String::from_utf8_lossy(envelope.bytes()));
    if let Some(wrapper) = &envelope.wrapper {
        let _: serde_json::Value = serde_json::from_str(wrapper).expect("a wrapper is JSON");
        line += &format!(" in {wrapper}");
    }
    line
}

fn read(path: &Path, records_max: usize, limits: Limits) -> Vec<Result<Envelope, Error>> {
    let inputs = inputs(&[path.display().to_string()]);
    assert!(inputs.errors.is_empty());
    let mut reader = match open(&inputs.found[0], limits) {
        Ok(reader) => reader,
        Err(error) => return vec![Err(error)],
    };
    let mut outcomes = Vec::new();
    loop {
        let mut envelopes = Vec::new();
        let step = reader.next_batch(&mut envelopes, records_max, usize::MAX);
        assert_eq!(envelopes.is_empty(), !matches!(step, Ok(true)));
        assert!(envelopes.len() <= records_max);
        outcomes.extend(envelopes.into_iter().map(Ok));
        match step {
            Ok(true) => {}
            Ok(false) => return outcomes,
            Err(error) => outcomes.push(Err(error)),
        }
    }
}

/// A record with these members beside the two that every record has.
fn record(id: &str) -> String {
    format!(r#"{{"Id":"{id}","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}}"#)
}

/// A CSV cell.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A CSV as Purview writes it.
fn purview_csv(records: &[String]) -> String {
    let mut csv = String::from(
        "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,\
         AssociatedAdminUnitsNames\r\n",
    );
    for record in records {
        csv += "5a1e0c1f,\"2026-01-24T06:54:24.0000000Z \",2,Send,ann@contoso.example,";
        csv += &format!("{},,\r\n", cell(record));
    }
    csv
}
