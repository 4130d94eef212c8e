//! Is a store that was damaged told from one that is sound?

use event::{Cell, Event, Field, Key, TenantName, Value, time};
use store::{Agreement, Chunk, Options, Rows, Store};

fn open(folder: &tempfile::TempDir) -> Store {
    let options = Options { data_dir: folder.path().to_owned(), tables_url: None };
    Store::open(&options).unwrap()
}

fn tenant() -> TenantName {
    TenantName::new("contoso").unwrap()
}

/// Stores one record of this number.
async fn store_one(store: &Store, number: u64) {
    let raw = format!(r#"{{"Id":"{number}","Operation":"Send"}}"#);
    let body = Value::from_json(&raw).unwrap();
    let mut event = Event::new(Key::of(Some(&number.to_string()), &body), raw.as_bytes(), body);
    event.set_text(Field::Id, number.to_string());
    let start = time::parse("2024-05-01T00:00:00").unwrap();
    event.set(Field::CreationTime, Cell::Time(start + number as i64 * time::HOUR));
    let mut rows = Rows::default();
    rows.push(&event);
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
    writer.push(rows.finish()).await.unwrap();
    writer.commit(&[], number as i64).await.unwrap();
}

async fn agreement(store: &Store) -> Agreement {
    let table = store.table(&tenant()).await.unwrap().unwrap();
    store.agreement(&table).await.unwrap()
}

#[tokio::test]
async fn files_are_compared_with_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store_one(&store, 1).await;
    store_one(&store, 2).await;
    let table = store.table(&tenant()).await.unwrap().unwrap();
    assert_eq!(table.verify_files().await.unwrap(), []);
    let events = folder.path().join("tenants/contoso/events");
    std::fs::write(events.join(&table.files()[0].path), "short").unwrap();
    std::fs::remove_file(events.join(&table.files()[1].path)).unwrap();
    let damaged = table.verify_files().await.unwrap();
    let sizes: Vec<Option<u64>> = damaged.iter().map(|file| file.bytes).collect();
    assert_eq!(sizes, [Some(5), None]);
}

#[tokio::test]
async fn ledger_and_table_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let path = folder.path().join("ledger.sqlite");
    store_one(&store, 1).await;
    assert_eq!(agreement(&store).await, Agreement::Agree);
    assert_eq!(store.ledger().unwrap().quick_check().unwrap(), Vec::<String>::new());
    let before = std::fs::read(&path).unwrap();
    store_one(&store, 2).await;
    let after = std::fs::read(&path).unwrap();

    std::fs::write(&path, before).unwrap();
    assert_eq!(agreement(&store).await, Agreement::LedgerBehind);
    std::fs::write(&path, after).unwrap();
    assert_eq!(agreement(&store).await, Agreement::Agree);

    let ledger = store.ledger().unwrap();
    ledger
        .prepare(&tenant(), &store::Batch::default(), &store::LeftOut::default(), &[], 3)
        .unwrap();
    assert_eq!(agreement(&store).await, Agreement::Pending(1));
}

#[test]
fn whoever_collects_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    assert_eq!(store.collecting().unwrap(), None);
    assert!(!folder.path().join("locks").exists(), "looking creates nothing");
    let lock = store.claim_collecting().unwrap();
    let holder = store.collecting().unwrap().unwrap();
    assert_eq!(holder.process, std::process::id().to_string());
    assert_eq!(store.writing(&tenant()).unwrap(), None);
    drop(lock);
    assert_eq!(store.collecting().unwrap(), None);
}
