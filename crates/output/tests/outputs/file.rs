//! Files and folders.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use output::{Guarantee, Service};

use crate::contract::{self, Arrived, Receiver};
use crate::records::records;
use crate::world;

/// A folder; it cannot be killed, only the sender can.
struct Folder {
    folder: tempfile::TempDir,
    kind: &'static str,
    settings: toml::Table,
    format: Option<&'static str>,
}

impl Folder {
    fn new(kind: &'static str, settings: impl Fn(&Path) -> toml::Table) -> Folder {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        Folder { folder, kind, settings, format: Some("decoded") }
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                match entry.path().is_dir() {
                    true => folders.push(entry.path()),
                    false => files.push(entry.path()),
                }
            }
        }
        files.sort();
        files
    }

    fn lines(&self) -> Vec<String> {
        self.files().iter().flat_map(|path| unpacked(path)).collect()
    }
}

fn unpacked(path: &Path) -> Vec<String> {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => {
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        }
        Some("zst") => text = String::from_utf8(zstd::decode_all(&bytes[..]).unwrap()).unwrap(),
        _ => text = String::from_utf8(bytes).unwrap(),
    }
    text.lines().map(str::to_owned).collect()
}

#[async_trait]
impl Receiver for Folder {
    fn service(&self) -> Box<dyn Service> {
        let kind = output::service::find(self.kind).unwrap();
        (kind.open)(self.settings.clone(), world(self.format)).unwrap()
    }

    async fn kill(&mut self) {}

    async fn restart(&mut self) {}

    async fn received(&mut self) -> Vec<Arrived> {
        let lines = self.lines();
        // A line that a killed sender left unfinished is there until the file is opened again.
        let read = |line: &String| serde_json::from_str(line).ok();
        let bodies = lines.iter().filter_map(read);
        // Somebody else's file may lie beside ours.
        let ours = bodies.filter(|body: &serde_json::Value| body["n"].is_u64());
        ours.map(|body| Arrived::of_json(&body)).collect()
    }
}

fn rotating(settings: &str) -> Folder {
    Folder::new("file", |folder| {
        let path = folder.join("audit.ndjson");
        toml::from_str(&format!("path = {:?}\n{settings}", path.display().to_string())).unwrap()
    })
}

fn partitioned(settings: &str) -> Folder {
    Folder::new("folder", |folder| {
        let path = folder.join("objects").display().to_string();
        toml::from_str(&format!("path = {path:?}\n{settings}")).unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_keeps_the_contract() {
    contract::arrives_in_order(&mut rotating("")).await;
    contract::survives_kills(&mut rotating("rotate_bytes = 2000000"), Guarantee::AtLeastOnce, 1)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_the_contract() {
    contract::survives_kills(&mut partitioned("compression = 'zstd'"), Guarantee::Once, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_set_aside_are_compressed_and_the_oldest_go() {
    for (settings, ending, kept) in [
        ("rotate_bytes = 100000\ncompression = 'gzip'", "ndjson.gz", 4),
        ("rotate_bytes = 100000\ncompression = 'zstd'\nkeep = 2", "ndjson.zst", 2),
        ("rotate_bytes = 100000", "ndjson", 4),
    ] {
        let mut receiver = rotating(settings);
        fs::write(receiver.folder.path().join("audit-of-somebody.ndjson"), "").unwrap();
        for _ in 0..5 {
            receiver.service().deliver(&records(10)).await.unwrap();
            let mut service = receiver.service();
            service.deliver(&records(2_000)).await.unwrap();
            service.deliver(&records(1)).await.unwrap();
            // Names carry milliseconds.
            tokio::time::sleep(std::time::Duration::from_millis(3)).await;
        }
        let names: Vec<String> = receiver
            .files()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .filter(|name| name.starts_with("audit-2") && name.ends_with(ending))
            .collect();
        assert!(names.len() >= kept && (kept != 2 || names.len() == 2), "{settings}: {names:?}");
        assert!(receiver.folder.path().join("audit-of-somebody.ndjson").is_file());
        if kept != 2 {
            let count = receiver.received().await.len();
            assert_eq!(count, 5 * 2_011, "{settings}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_cut_short_is_taken_back() {
    let mut receiver = rotating("");
    receiver.service().deliver(&records(3)).await.unwrap();
    let path = receiver.folder.path().join("audit.ndjson");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("{\"key\": \"half");
    fs::write(&path, text).unwrap();
    receiver.service().deliver(&records(2)).await.unwrap();
    assert_eq!(receiver.lines().len(), 5);
    assert_eq!(receiver.received().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_lies_in_partitions() {
    let mut receiver = partitioned("prefix = 'audit/m365'");
    receiver.format = None;
    // Twice the same batch is one object.
    for _ in 0..2 {
        receiver.service().deliver(&records(100)).await.unwrap();
    }
    let files = receiver.files();
    assert_eq!(files.len(), 1, "{files:?}");
    let path = files[0].display().to_string();
    assert!(path.contains("/audit/m365/tenant=contoso/date=2024-05-01/"), "{path}");
    let file = fs::File::open(&files[0]).unwrap();
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 1024).unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 100);
    let schema = batches[0].schema();
    for name in ["RecordKey", "CreationTime", "UserId", "Raw"] {
        assert!(schema.field_with_name(name).is_ok(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_cannot_be_written_is_named() {
    let receiver = Folder::new("file", |_| toml::from_str("path = '/proc/none/a'").unwrap());
    let error = receiver.service().deliver(&records(1)).await.unwrap_err();
    assert!(error.to_string().contains("/proc/none/a"), "{error}");
}
