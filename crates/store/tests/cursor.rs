//! Does a reader come to every row once, whatever happens to the files meanwhile?

use event::{Cell, Event, Field, Key, TenantName, Value, time};
use futures::TryStreamExt;
use store::{Chunk, Cursors, Delivered, Options, Place, Reader, RecordBatch, Rows, Start, Store};

fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(&Options { data_dir: folder.path().to_owned(), tables_url: None }).unwrap()
}

fn reader() -> Reader {
    Reader { output: "siem".to_owned(), tenant: TenantName::new("contoso").unwrap() }
}

fn first_day() -> i64 {
    time::parse("2024-05-01T00:00:00").unwrap()
}

/// Stores some records of one hour each, numbered, in one version.
async fn add(store: &Store, numbers: std::ops::Range<u64>) {
    let mut rows = Rows::default();
    for number in numbers {
        let raw = format!(r#"{{"Id":"{number}"}}"#);
        let body = Value::from_json(&raw).unwrap();
        let key = Key { id: number, content: number };
        let mut event = Event::new(key, raw.as_bytes(), body);
        event.set(Field::CreationTime, Cell::Time(first_day() + number as i64 * time::HOUR));
        event.set(Field::IngestTime, Cell::Time(first_day()));
        rows.push(&event);
    }
    let mut writer = store.writer(&reader().tenant, Chunk::Small).await.unwrap();
    writer.push(rows.finish()).await.unwrap();
    writer.commit(&[], 1).await.unwrap();
}

fn numbers(batch: &RecordBatch) -> Vec<u64> {
    use deltalake::arrow::array::AsArray;
    use deltalake::arrow::datatypes::Int64Type;
    let column = batch.column_by_name(store::schema::ID_HASH).unwrap();
    column.as_primitive::<Int64Type>().values().iter().map(|value| *value as u64).collect()
}

/// Reads up to `limit` rows on from where the cursor stands in the file, and settles them.
async fn read(store: &Store, cursors: &Cursors, start: Start, limit: usize) -> Vec<u64> {
    let mut table = store.table(&reader().tenant).await.unwrap().unwrap();
    let mut place = match cursors.place(&reader()).unwrap() {
        Some(place) => place,
        None => table.place(start, 5),
    };
    cursors.put(&reader(), &place).unwrap();
    let mut read = Vec::new();
    while read.len() < limit {
        let Some(waiting) = place.waiting.front_mut() else {
            if !table.advance(&mut place, 5).await.unwrap() {
                break;
            }
            cursors.put(&reader(), &place).unwrap();
            continue;
        };
        let rows = table.rows(&waiting.file, waiting.row).await.unwrap();
        let batches: Vec<RecordBatch> = rows.try_collect().await.unwrap();
        let rest: Vec<u64> = batches.iter().flat_map(numbers).collect();
        let taken = rest.len().min(limit - read.len());
        read.extend(&rest[..taken]);
        waiting.row += taken as u64;
        if taken == rest.len() {
            place.waiting.pop_front();
        }
    }
    settle(cursors, &place, read.len() as u64);
    read
}

fn settle(cursors: &Cursors, place: &Place, records: u64) {
    let delivered = Delivered { records, ..Delivered::default() };
    cursors.settle(&reader(), place, &delivered, 9).unwrap();
}

#[tokio::test]
async fn every_row_comes_once_while_files_are_merged() {
    let folder = tempfile::tempdir().unwrap();
    let (store, tenant) = (open(&folder), reader().tenant);
    let cursors = store.cursors().unwrap();
    let mut seen = Vec::new();
    for round in 0..8 {
        add(&store, round * 10..round * 10 + 10).await;
        // Every step begins anew from what is written down, as after a crash.
        for _ in 0..round % 3 {
            seen.extend(read(&store, &cursors, Start::Beginning, 7).await);
        }
        store.compact(&tenant, 2).await.unwrap();
    }
    seen.extend(read(&store, &cursors, Start::Beginning, usize::MAX).await);
    let in_turn: Vec<u64> = (0..80).collect();
    assert_eq!(seen, in_turn);
    assert_eq!(read(&store, &cursors, Start::Beginning, 1).await, [0; 0]);
    let state = &cursors.all().unwrap()[0];
    assert_eq!((state.delivered, state.waiting_rows), (80, 0));
}

#[tokio::test]
async fn a_cursor_begins_where_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    add(&store, 0..100).await;
    let table = store.table(&reader().tenant).await.unwrap().unwrap();
    let rows = |start| {
        let place = table.place(start, 0);
        place.waiting.iter().map(|waiting| waiting.file.rows).sum::<u64>()
    };
    assert_eq!(rows(Start::Beginning), 100);
    assert_eq!(rows(Start::Now), 0);
    // The files of whole days; the reader leaves out the hours before.
    assert_eq!(rows(Start::At(first_day() + 26 * time::HOUR)), 76);
    assert_eq!(table.rows_after(0).await.unwrap(), 100);
    assert_eq!(table.rows_after(table.version()).await.unwrap(), 0);
}

/// An older state of the table was put back: what then takes the same version numbers is new.
#[tokio::test]
async fn a_restored_table_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let cursors = store.cursors().unwrap();
    add(&store, 0..10).await;
    let table = store.table(&reader().tenant).await.unwrap().unwrap();
    cursors.put(&reader(), &Place { version: 40, ..table.place(Start::Now, 5) }).unwrap();
    let seen = read(&store, &cursors, Start::Now, usize::MAX).await;
    assert_eq!(seen, (0..10).collect::<Vec<u64>>());
}

#[tokio::test]
async fn what_is_parked_and_wished_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    add(&store, 0..3).await;
    let table = store.table(&reader().tenant).await.unwrap().unwrap();
    let place = table.place(Start::Beginning, 5);
    let cursors = store.cursors().unwrap();
    cursors.put(&reader(), &place).unwrap();
    let key = Key { id: 7, content: 8 };
    let parked = vec![(key, 19_844, "too large".to_owned())];
    let delivered = Delivered { records: 2, newest: Some(3), parked };
    cursors.settle(&reader(), &place, &delivered, 9).unwrap();
    cursors.wish(&reader(), Start::At(11)).unwrap();
    drop(cursors);

    let cursors = open(&folder).existing_cursors().unwrap().unwrap();
    let parked = cursors.parked("siem").unwrap();
    assert_eq!((parked[0].key, parked[0].day, parked[0].parked), (key, 19_844, 9));
    let state = &cursors.all().unwrap()[0];
    assert_eq!((state.delivered, state.newest, state.parked), (2, Some(3), 1));
    cursors.unpark(&reader(), &[key]).unwrap();
    assert!(cursors.parked("siem").unwrap().is_empty());
    assert_eq!(cursors.wishes("siem").unwrap(), [(reader(), Start::At(11))]);
    cursors.fulfil(&reader()).unwrap();
    assert!(cursors.wishes("siem").unwrap().is_empty());
}

#[tokio::test]
async fn an_output_is_served_by_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let lock = store.claim_output("siem").unwrap();
    let error = store.claim_output("siem").unwrap_err();
    assert!(error.to_string().contains("output siem is served by another"), "{error}");
    store.claim_output("other").unwrap();
    drop(lock);
    store.claim_output("siem").unwrap();
}
