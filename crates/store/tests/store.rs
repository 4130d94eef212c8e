//! Does the store keep its promises? Each once, the two halves of a commit agree, and merging
//! changes nothing but the files.

use event::{Cell, Event, Field, Key, TenantName, Value, time};
use store::{Chunk, KnownBlob, Lane, Options, Rows, Store, StoredBlob, Window};

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
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
    writer.push(rows(0..100).finish()).await.unwrap();
    writer.push(rows(50..150).finish()).await.unwrap();
    let receipt = writer.commit(&[], 1).await.unwrap();
    assert_eq!((receipt.stored, receipt.duplicates), (150, 50));
    // Another process knows what the first stored, and a batch of duplicates makes no version.
    let mut writer = open(&folder).writer(&tenant(), Chunk::Large).await.unwrap();
    writer.push(rows(0..160).finish()).await.unwrap();
    let receipt = writer.commit(&[], 2).await.unwrap();
    assert_eq!((receipt.stored, receipt.duplicates), (10, 150));
    assert_eq!(stored(&store).await, 160);
}

#[tokio::test]
async fn one_id_with_several_contents_is_kept_and_marked() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
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
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
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
    ledger
        .prepare(&tenant(), &store::Batch::default(), &store::LeftOut::default(), &done, 1)
        .unwrap();
    assert!(ledger.blobs_to_fetch(&tenant(), Lane::Feed, 10, 0).unwrap().is_empty());
    // The process dies here, before the table's commit; somebody finds out.
    store.settle(&tenant()).await.unwrap();
    assert_eq!(ledger.blobs_to_fetch(&tenant(), Lane::Feed, 10, 0).unwrap(), [blob]);

    // And the other way: the table has it, the ledger was not told.
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
    writer.push(rows(0..1).finish()).await.unwrap();
    writer.commit(&done, 2).await.unwrap();
    let sql = "update batch set state = 'prepared' where state = 'committed';
               update blob set state = 'storing'";
    rusqlite::Connection::open(folder.path().join("ledger.sqlite"))
        .unwrap()
        .execute_batch(sql)
        .unwrap();
    store.writer(&tenant(), Chunk::Large).await.unwrap();
    assert!(ledger.blobs_to_fetch(&tenant(), Lane::Feed, 10, 0).unwrap().is_empty());
    assert_eq!(ledger.totals(&tenant()).unwrap().stored, 1);
}

#[tokio::test]
async fn merging_keeps_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
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

fn blob(id: &str, created: i64) -> KnownBlob {
    KnownBlob {
        content_type: "Audit.General".to_owned(),
        content_id: id.to_owned(),
        uri: format!("http://127.0.0.1/{id}"),
        created: Some(created),
        expires: Some(created + 7 * time::DAY),
        attempts: 0,
    }
}

#[tokio::test]
async fn the_newest_listing_counts() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder).ledger().unwrap();
    for (listed, (start, stop)) in (1..).zip([(0, 10), (10, 20), (30, 40), (35, 50), (5, 12)]) {
        let window = Window { start, stop };
        ledger.note_listing(&tenant(), "DLP.All", Some(window), &[], listed).unwrap();
    }
    let coverage = ledger.coverage("contoso", "DLP.All", 0).unwrap();
    let shown: Vec<_> =
        coverage.iter().map(|c| (c.window.start, c.window.stop, c.listed)).collect();
    assert_eq!(shown, [(0, 5, 1), (5, 12, 5), (12, 20, 2), (30, 35, 3), (35, 50, 4)]);
}

#[tokio::test]
async fn what_is_urgent_comes_first_and_what_is_old_last() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder).ledger().unwrap();
    let now = 10 * time::DAY;
    let blobs = [
        blob("old", now - 3 * time::DAY),
        blob("older", now - 4 * time::DAY),
        blob("dying", now - 7 * time::DAY + time::HOUR),
        blob("fresh", now - time::HOUR),
        blob("failing", now - time::HOUR),
    ];
    ledger.note_blobs(&tenant(), &blobs, now).unwrap();
    ledger.note_failure(&tenant(), "failing", "no way").unwrap();
    let order = ledger.blobs_to_fetch(&tenant(), Lane::Feed, 10, now).unwrap();
    let ids: Vec<&str> = order.iter().map(|blob| blob.content_id.as_str()).collect();
    assert_eq!(ids, ["dying", "fresh", "older", "old", "failing"]);
}

/// Every gap in a line: window in hours, state, hours left, cause.
fn gaps(store: &Store, now: i64, lag: i64) -> Vec<String> {
    let gaps = store.ledger().unwrap().gaps(now, lag).unwrap();
    let hours = |micros: i64| micros / time::HOUR;
    let line = |gap: &store::Gap| {
        let left = gap.hours_left(now).map_or("-".to_owned(), |left| left.to_string());
        format!(
            "{}-{} {} {left} {}",
            hours(gap.start),
            hours(gap.stop),
            gap.state.name(),
            gap.cause
        )
    };
    gaps.iter().map(line).collect()
}

#[tokio::test]
async fn every_unproven_window_is_told_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let ledger = store.ledger().unwrap();
    let hour = |n: i64| n * time::HOUR;
    let cover = |start: i64, stop: i64| {
        let window = Window { start: hour(start), stop: hour(stop) };
        ledger.note_listing(&tenant(), "Audit.General", Some(window), &[], hour(stop)).unwrap();
    };
    let reach = 7 * time::DAY;
    ledger.note_scope(&tenant(), "Audit.General", 0, reach).unwrap();
    assert_eq!(gaps(&store, hour(5), hour(3)), ["0-2 unlisted 163 never listed"]);
    cover(0, 20);
    assert!(gaps(&store, hour(22), hour(3)).is_empty());
    cover(30, 40);
    ledger.note_trouble(&tenant(), "Audit.General", "not permitted", hour(41)).unwrap();
    let told = ["20-30 unlisted 144 not permitted", "40-41 unlisted 164 not permitted"];
    assert_eq!(gaps(&store, hour(44), hour(3)), told);
    // A blob that failed is a gap at once, one that is only listed after a while.
    cover(20, 30);
    ledger.note_blobs(&tenant(), &[blob("a", hour(1)), blob("b", hour(2))], hour(39)).unwrap();
    ledger.note_failure(&tenant(), "a", "it is cut").unwrap();
    assert_eq!(gaps(&store, hour(41), hour(3)), ["1-1 waiting 128 it is cut"]);
    let told = ["1-1 waiting 125 it is cut", "2-2 waiting 126 not fetched yet"];
    assert_eq!(gaps(&store, hour(44), hour(4)), told);
    // What is lost is told for ever, and its window not twice.
    ledger.note_expired(&tenant(), &blob("a", hour(1)), "gone", hour(44)).unwrap();
    ledger.note_expired(&tenant(), &blob("b", hour(2)), "gone", hour(44)).unwrap();
    let lost = Window { start: hour(40), stop: hour(60) };
    ledger.note_gap(&tenant(), "Audit.General", lost, "asleep", hour(300)).unwrap();
    let told = ["1-1 lost - gone", "2-2 lost - gone", "40-60 lost - asleep"];
    assert_eq!(gaps(&store, hour(63), hour(3)), told);
    assert_eq!(gaps(&store, hour(300), hour(230)).len(), 4);
    assert_eq!(
        gaps(&store, hour(300), hour(230))[3],
        "60-70 lost - not listed since 1970-01-02T16:00:00"
    );
}

#[tokio::test]
async fn each_hour_has_its_proof() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let ledger = store.ledger().unwrap();
    let hour = |n: i64| n * time::HOUR;
    ledger.note_scope(&tenant(), "Audit.General", 0, 7 * time::DAY).unwrap();
    let blobs = [blob("a", hour(1)), blob("b", hour(1)), blob("c", hour(3)), blob("d", hour(4))];
    ledger.note_blobs(&tenant(), &blobs, hour(6)).unwrap();
    let window = Window { start: 0, stop: hour(5) + hour(1) / 2 };
    ledger.note_listing(&tenant(), "Audit.General", Some(window), &[], hour(6)).unwrap();
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
    let done = |id: &str, records| StoredBlob { content_id: id.to_owned(), records };
    writer.push(rows(0..3).finish()).await.unwrap();
    writer.commit(&[done("a", 2), done("b", 5)], hour(7)).await.unwrap();
    ledger.note_failure(&tenant(), "c", "it is cut").unwrap();
    ledger.note_expired(&tenant(), &blobs[3], "gone", hour(8)).unwrap();
    let span = Window { start: 0, stop: hour(10) };
    let proofs = ledger.proofs(span, hour(1), hour(3), hour(2), hour(9)).unwrap();
    let shown: Vec<String> = proofs
        .iter()
        .map(|p| {
            let cause = p.cause.as_deref().unwrap_or("");
            format!("{} {} {} {cause}", p.state.name(), p.committed, p.records).trim().to_owned()
        })
        .collect();
    let told = [
        "proven 0 0",
        "proven 2 7",
        "proven 0 0",
        "unproven 0 0 it is cut",
        "lost 0 0 gone",
        "unproven 0 0 not listed from 1970-01-01T05:30:00Z to 1970-01-01T06:00:00Z",
        "pending 0 0",
        "pending 0 0",
        "pending 0 0",
    ];
    assert_eq!(shown, told);
}

#[tokio::test]
async fn a_restored_ledger_is_noticed_and_nothing_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let ledger_file = folder.path().join("ledger.sqlite");
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
    writer.push(rows(0..10).finish()).await.unwrap();
    writer.commit(&[], 1).await.unwrap();
    let ledger = store.ledger().unwrap();
    ledger.note_scope(&tenant(), "Audit.General", 0, 7 * time::DAY).unwrap();
    let window = Window { start: 0, stop: time::DAY };
    ledger
        .note_listing(&tenant(), "Audit.General", Some(window), &[blob("b", time::HOUR)], 1)
        .unwrap();
    rusqlite::Connection::open(&ledger_file)
        .unwrap()
        .execute_batch("pragma wal_checkpoint(truncate)")
        .unwrap();
    let backup = std::fs::read(&ledger_file).unwrap();
    writer.push(rows(10..20).finish()).await.unwrap();
    let done = [StoredBlob { content_id: "b".to_owned(), records: 10 }];
    writer.commit(&done, 2).await.unwrap();
    drop((writer, ledger));
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("ledger.sqlite{end}")));
    }
    std::fs::write(&ledger_file, backup).unwrap();

    let store = open(&folder);
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
    let ledger = store.ledger().unwrap();
    assert_eq!(ledger.incidents(10).unwrap()[0].kind, "ledger-behind-table");
    // The blob is to be fetched again, all is to be listed again, and what is stored stays once.
    assert_eq!(ledger.blobs_to_fetch(&tenant(), Lane::Feed, 10, 0).unwrap().len(), 1);
    assert!(ledger.coverage("contoso", "Audit.General", 0).unwrap().is_empty());
    writer.push(rows(10..30).finish()).await.unwrap();
    let receipt = writer.commit(&done, 3).await.unwrap();
    assert_eq!((receipt.stored, receipt.duplicates), (10, 10));
    drop(open(&folder).writer(&tenant(), Chunk::Large).await.unwrap());
    assert_eq!(ledger.incidents(10).unwrap().len(), 1, "told once");
    assert!(ledger.blobs_to_fetch(&tenant(), Lane::Feed, 10, 0).unwrap().is_empty());
}

#[tokio::test]
async fn a_restored_table_is_noticed_and_its_blobs_are_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let ledger = store.ledger().unwrap();
    let now = 10_000 * time::DAY * 10;
    ledger.note_scope(&tenant(), "Audit.General", now - time::DAY, 7 * time::DAY).unwrap();
    ledger.note_blobs(&tenant(), &[blob("kept", now), blob("gone", 0)], now).unwrap();
    let mut writer = store.writer(&tenant(), Chunk::Large).await.unwrap();
    writer.push(rows(0..10).finish()).await.unwrap();
    let done = ["kept", "gone"].map(|id| StoredBlob { content_id: id.to_owned(), records: 5 });
    writer.commit(&done, 1).await.unwrap();
    drop(writer);
    std::fs::remove_dir_all(folder.path().join("tenants")).unwrap();
    store.writer(&tenant(), Chunk::Large).await.unwrap();
    assert_eq!(ledger.incidents(10).unwrap()[0].kind, "table-behind-ledger");
    assert_eq!(gaps(&store, now, 0).iter().filter(|gap| gap.contains("restored")).count(), 1);
    // Its address is gone, which its identifier makes up for.
    let waiting = ledger.blobs_to_fetch(&tenant(), Lane::Feed, 10, now).unwrap();
    assert_eq!(waiting, [KnownBlob { uri: String::new(), ..blob("kept", now) }]);
}

#[tokio::test]
async fn only_one_process_collects() {
    let folder = tempfile::tempdir().unwrap();
    let lock = open(&folder).claim_collecting().unwrap();
    let refused = open(&folder).claim_collecting().unwrap_err().to_string();
    assert!(refused.contains(&std::process::id().to_string()), "{refused}");
    drop(lock);
    open(&folder).claim_collecting().unwrap();
}
