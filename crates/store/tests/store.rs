//! Does the store keep its promises? Each once, the two halves of a commit agree, and merging
//! changes nothing but the files.

use event::{Cell, Event, Field, Key, TenantName, Value, time};
use store::{KnownBlob, Options, Rows, Store, StoredBlob, Window};

fn open(folder: &tempfile::TempDir) -> Store {
    let options = Options { data_dir: folder.path().to_owned(), tables_url: None };
    Store::open(&options).unwrap()
}

fn tenant() -> TenantName {
    TenantName::new("contoso").unwrap()
}

/// Some records of one hour each, numbered.
fn rows(numbers: impl IntoIterator<Item = u64>) -> Rows {
    let mut rows = Rows::default();
    let start = time::parse("2024-05-01T00:00:00").unwrap();
    for number in numbers {
        let raw = format!(r#"{{"Id":"{number}","Operation":"Send"}}"#);
        let body = Value::from_json(&raw).unwrap();
        let key = Key::of(Some(&number.to_string()), &body);
        let mut event = Event::new(key, raw.as_bytes(), body);
        event.set_text(Field::Id, number.to_string());
        event.set(Field::CreationTime, Cell::Time(start + number as i64 * time::HOUR));
        rows.push(&event);
    }
    rows
}

async fn stored(store: &Store) -> u64 {
    store.table(&tenant()).await.unwrap().map_or(0, |table| table.records())
}

#[tokio::test]
async fn each_record_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut writer = store.writer(&tenant()).await.unwrap();
    writer.push(rows(0..100).finish()).await.unwrap();
    writer.push(rows(50..150).finish()).await.unwrap();
    let receipt = writer.commit(&[], 1).await.unwrap();
    assert_eq!((receipt.stored, receipt.duplicates), (150, 50));
    // Another process knows what the first stored, and a batch of duplicates makes no version.
    let mut writer = open(&folder).writer(&tenant()).await.unwrap();
    writer.push(rows(0..160).finish()).await.unwrap();
    let receipt = writer.commit(&[], 2).await.unwrap();
    assert_eq!((receipt.stored, receipt.duplicates), (10, 150));
    assert_eq!(stored(&store).await, 160);
}

#[tokio::test]
async fn one_id_with_several_contents_is_kept_and_marked() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut writer = store.writer(&tenant()).await.unwrap();
    let mut batch = Rows::default();
    for operation in ["Send", "Move", "Send"] {
        let raw = format!(r#"{{"Id":"*REDACTED*","Operation":"{operation}"}}"#);
        let body = Value::from_json(&raw).unwrap();
        batch.push(&Event::new(Key::of(Some("*REDACTED*"), &body), raw.as_bytes(), body));
    }
    writer.push(batch.finish()).await.unwrap();
    let receipt = writer.commit(&[], 1).await.unwrap();
    assert_eq!((receipt.stored, receipt.duplicates), (2, 1));
}

#[tokio::test]
async fn what_was_given_up_is_new_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut writer = store.writer(&tenant()).await.unwrap();
    writer.push(rows(0..10).finish()).await.unwrap();
    writer.give_up();
    assert_eq!(stored(&store).await, 0);
    writer.push(rows(0..10).finish()).await.unwrap();
    assert_eq!(writer.commit(&[], 1).await.unwrap().stored, 10);
}

#[tokio::test]
async fn a_batch_that_never_reached_the_table_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let ledger = store.ledger().unwrap();
    let blob = KnownBlob {
        content_type: "Audit.General".to_owned(),
        content_id: "b1".to_owned(),
        uri: "http://127.0.0.1/b1".to_owned(),
        created: Some(0),
        expires: Some(time::DAY),
        attempts: 0,
    };
    let window = Window { start: 0, stop: time::DAY };
    ledger
        .note_listing(&tenant(), "Audit.General", Some(window), std::slice::from_ref(&blob), 1)
        .unwrap();
    let done = [StoredBlob { content_id: "b1".to_owned(), records: 1 }];
    ledger.prepare(&tenant(), &store::Batch::default(), &done, 1).unwrap();
    assert!(ledger.blobs_to_fetch(&tenant(), 10).unwrap().is_empty());
    // The process dies here, before the table's commit; the next writer finds out.
    store.writer(&tenant()).await.unwrap();
    assert_eq!(ledger.blobs_to_fetch(&tenant(), 10).unwrap(), [blob]);

    // And the other way: the table has it, the ledger was not told.
    let mut writer = store.writer(&tenant()).await.unwrap();
    writer.push(rows(0..1).finish()).await.unwrap();
    writer.commit(&done, 2).await.unwrap();
    let sql = "update batch set state = 'prepared' where state = 'committed';
               update blob set state = 'storing'";
    rusqlite::Connection::open(folder.path().join("ledger.sqlite"))
        .unwrap()
        .execute_batch(sql)
        .unwrap();
    store.writer(&tenant()).await.unwrap();
    assert!(ledger.blobs_to_fetch(&tenant(), 10).unwrap().is_empty());
    assert_eq!(ledger.totals(&tenant()).unwrap().stored, 1);
}

#[tokio::test]
async fn merging_keeps_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut writer = store.writer(&tenant()).await.unwrap();
    for batch in 0..6 {
        writer.push(rows((0..48).filter(|n| n % 6 == batch)).finish()).await.unwrap();
        writer.commit(&[], batch as i64).await.unwrap();
    }
    let before = store.table(&tenant()).await.unwrap().unwrap();
    assert_eq!((before.files().len(), before.records()), (12, 48));
    let done = store.compact(&tenant(), 2).await.unwrap();
    assert_eq!((done.files_before, done.files_after), (12, 2));
    let after = store.table(&tenant()).await.unwrap().unwrap();
    assert_eq!((after.files().len(), after.records()), (2, 48));
    assert_eq!(after.time(), before.time());
    writer.push(rows(0..49).finish()).await.unwrap();
    let receipt = writer.commit(&[], 9).await.unwrap();
    assert_eq!((receipt.stored, receipt.duplicates), (1, 48));
}

#[tokio::test]
async fn listed_windows_merge_where_they_touch() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder).ledger().unwrap();
    for (start, stop) in [(0, 10), (10, 20), (30, 40), (35, 50)] {
        ledger.note_listing(&tenant(), "DLP.All", Some(Window { start, stop }), &[], 1).unwrap();
    }
    let merged = ledger.listed(&tenant(), "DLP.All", 5).unwrap();
    assert_eq!(merged, [Window { start: 0, stop: 20 }, Window { start: 30, stop: 50 }]);
}
