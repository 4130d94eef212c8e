//! In what order do rows lie in a file?

use std::fs::File;
use std::path::{Path, PathBuf};

use deltalake::arrow::array::AsArray;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use event::{Cell, Event, Field, Key, TenantName, Value, time};
use store::{Chunk, Options, Rows, Store};

fn tenant() -> TenantName {
    TenantName::new("contoso").unwrap()
}

/// Records of one day: minute, user, and the mailbox's owner if there is one.
const RECORDS: &[(u64, Option<&str>, Option<&str>)] = &[
    (0, Some("Carl@contoso.com"), None),
    (1, Some("ann@contoso.com"), None),
    (2, Some("carl@contoso.com"), Some("Ann@contoso.com")),
    (3, None, None),
    (4, Some("ANN@contoso.com"), None),
    (5, Some("bea@contoso.com"), None),
];
const BY_TIME: &[u64] = &[0, 1, 2, 3, 4, 5];
/// Nobody, Ann and her mailbox, Bea, Carl.
const BY_PERSON: &[u64] = &[3, 1, 2, 4, 5, 0];

fn rows(records: impl Iterator<Item = usize>) -> Rows {
    let mut rows = Rows::default();
    let start = time::parse("2024-05-01T00:00:00").unwrap();
    for (minute, user, owner) in records.map(|record| RECORDS[record]) {
        let raw = format!(r#"{{"Id":"{minute}"}}"#);
        let body = Value::from_json(&raw).unwrap();
        let mut event = Event::new(Key::of(Some(&minute.to_string()), &body), raw.as_bytes(), body);
        event.set_text(Field::Id, minute.to_string());
        event.set(Field::CreationTime, Cell::Time(start + minute as i64 * time::MINUTE));
        user.into_iter().for_each(|user| event.set_text(Field::UserId, user));
        owner.into_iter().for_each(|owner| event.set_text(Field::MailboxOwnerUPN, owner));
        rows.push(&event);
    }
    rows
}

/// The data files beneath a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| match path {
        path if path.ends_with("_delta_log") => Vec::new(),
        path if path.is_dir() => files(&path),
        path => vec![path],
    });
    files.filter(|path| path.extension().is_some_and(|ending| ending == "parquet")).collect()
}

fn minutes(file: &Path) -> Vec<u64> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap();
    let mut minutes = Vec::new();
    for batch in reader.build().unwrap() {
        let batch = batch.unwrap();
        let ids = batch.column_by_name(Field::Id.name()).unwrap().as_string::<i32>();
        minutes.extend(ids.iter().map(|id| id.unwrap().parse::<u64>().unwrap()));
    }
    minutes
}

#[tokio::test]
async fn a_collector_writes_by_time_and_an_import_by_person() {
    for (chunk, expected) in [(Chunk::Small, BY_TIME), (Chunk::Large, BY_PERSON)] {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { data_dir: folder.path().to_owned(), tables_url: None };
        let store = Store::open(&options).unwrap();
        let mut writer = store.writer(&tenant(), chunk).await.unwrap();
        writer.push(rows((0..RECORDS.len()).rev()).finish()).await.unwrap();
        writer.commit(&[], 1).await.unwrap();
        let written = files(folder.path());
        assert_eq!(written.len(), 1, "{written:?}");
        assert_eq!(minutes(&written[0]), expected, "{chunk:?}");
    }
}

#[tokio::test]
async fn merged_files_lie_by_person() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { data_dir: folder.path().to_owned(), tables_url: None };
    let store = Store::open(&options).unwrap();
    let mut writer = store.writer(&tenant(), Chunk::Small).await.unwrap();
    for record in 0..RECORDS.len() {
        writer.push(rows(std::iter::once(record)).finish()).await.unwrap();
        writer.commit(&[], record as i64).await.unwrap();
    }
    let before = files(folder.path());
    assert_eq!(before.len(), RECORDS.len());
    store.compact(&tenant(), 2).await.unwrap();
    let merged = files(folder.path()).into_iter().find(|file| !before.contains(file)).unwrap();
    assert_eq!(minutes(&merged), BY_PERSON);
}
