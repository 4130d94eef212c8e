//! Does the store do what a policy says? One entry of a cluster whatever the order, every record
//! counted, and nothing deleted that is young or held.

use std::collections::{BTreeMap, BTreeSet};

use event::{Cell, Event, Field, Key, TenantName, Value, time};
use futures::StreamExt;
use proptest::prelude::*;
use store::{Chunk, Cluster, Expiry, Options, RecordBatch, Retained, Rows, Start, Store};

const RULE: &str = "FolderBind consolidation";

fn open(folder: &tempfile::TempDir) -> Store {
    let options = Options { data_dir: folder.path().to_owned(), tables_url: None };
    Store::open(&options).unwrap()
}

fn tenant() -> TenantName {
    TenantName::new("contoso").unwrap()
}

fn push(rows: &mut Rows, number: u64, hour: i64) {
    let raw = format!(r#"{{"Id":"{number}","Operation":"FolderBind"}}"#);
    let body = Value::from_json(&raw).unwrap();
    let key = Key::of(Some(&number.to_string()), &body);
    let mut event = Event::new(key, raw.as_bytes(), body);
    event.set(Field::CreationTime, Cell::Time(hour * time::HOUR));
    rows.push(&event);
}

/// An entry's cluster and day follow from its number.
fn cluster(number: u64) -> Cluster {
    Cluster { key: [(number % 5) as u8; 16], day: 100 + (number % 5) as i32 }
}

/// One batch of entries.
fn entries(numbers: &[u64]) -> (RecordBatch, Vec<Cluster>) {
    let mut rows = Rows::default();
    for number in numbers {
        push(&mut rows, *number, i64::from(cluster(*number).day) * 24);
    }
    (rows.finish(), numbers.iter().map(|number| cluster(*number)).collect())
}

/// Brings the batches in, each committed by itself or given up and brought again.
async fn bring(store: &Store, batches: &[(Vec<u64>, bool)]) -> store::Batch {
    let mut writer = store.writer(&tenant(), Chunk::Small).await.unwrap();
    for (now, (numbers, is_given_up)) in batches.iter().enumerate() {
        let (rows, clusters) = entries(numbers);
        if *is_given_up {
            writer.push_clustered(rows.clone(), &clusters, RULE).await.unwrap();
            writer.give_up();
        }
        writer.push_clustered(rows, &clusters, RULE).await.unwrap();
        writer.commit(&[], now as i64).await.unwrap();
    }
    store.ledger().unwrap().totals(&tenant()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn one_entry_of_a_cluster_stands_for_all(
        batches in prop::collection::vec((prop::collection::vec(0_u64..30, 1..12), any::<bool>()), 1..6)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let totals = runtime.block_on(bring(&store, &batches));
        let all: Vec<u64> = batches.iter().flat_map(|(numbers, _)| numbers.clone()).collect();
        let distinct: BTreeSet<u64> = all.iter().copied().collect();
        let clusters: BTreeSet<u64> = distinct.iter().map(|number| number % 5).collect();
        prop_assert_eq!(totals.stored, clusters.len() as u64);
        prop_assert_eq!(totals.dropped, (distinct.len() - clusters.len()) as u64);
        prop_assert_eq!(totals.stored + totals.duplicates + totals.dropped, all.len() as u64);
        let ledger = store.ledger().unwrap();
        let counts: u64 = distinct
            .iter()
            .filter_map(|number| {
                let raw = format!(r#"{{"Id":"{number}","Operation":"FolderBind"}}"#);
                let body = Value::from_json(&raw).unwrap();
                let key = Key::of(Some(&number.to_string()), &body);
                ledger.consolidated(&tenant(), key).unwrap()
            })
            .sum();
        prop_assert_eq!(counts, distinct.len() as u64, "the stored entries tell how many they stand for");
    }
}

#[tokio::test]
async fn entries_stored_before_there_was_a_policy_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut writer = store.writer(&tenant(), Chunk::Small).await.unwrap();
    let (rows, clusters) = entries(&[0, 5, 10]);
    writer.push(rows.clone()).await.unwrap();
    writer.commit(&[], 1).await.unwrap();
    writer.push_clustered(rows, &clusters, RULE).await.unwrap();
    let (rows, clusters) = entries(&[15]);
    writer.push_clustered(rows, &clusters, RULE).await.unwrap();
    let batch = writer.commit(&[], 2).await.unwrap();
    assert_eq!((batch.stored, batch.duplicates, batch.dropped), (0, 3, 1));
}

#[tokio::test]
async fn what_was_dropped_is_told_by_rule_and_day() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut writer = store.writer(&tenant(), Chunk::Small).await.unwrap();
    writer.note_dropped("rule a", 10, 3);
    writer.note_dropped("rule b", 10, 1);
    writer.note_dropped("rule a", 11, 2);
    writer.commit(&[], 1).await.unwrap();
    writer.note_dropped("rule a", 10, 7);
    writer.give_up();
    let ledger = store.ledger().unwrap();
    let check = |span: Option<(i64, i64)>, expected: &[(&str, u64)]| {
        let span =
            span.map(|(from, to)| store::Window { start: from * time::DAY, stop: to * time::DAY });
        let expected: Vec<(String, u64)> =
            expected.iter().map(|(rule, records)| ((*rule).to_owned(), *records)).collect();
        assert_eq!(ledger.dropped(&tenant(), span).unwrap(), expected);
    };
    check(None, &[("rule a", 5), ("rule b", 1)]);
    check(Some((11, 12)), &[("rule a", 2)]);
    check(Some((10, 11)), &[("rule a", 3), ("rule b", 1)]);
    assert_eq!(ledger.totals(&tenant()).unwrap().dropped, 6);
}

/// Expires what is older than an hour of 1970, but for one Id, and whole days where asked.
struct Older {
    hour: i64,
    held: &'static str,
    is_whole: bool,
}

impl Expiry for Older {
    fn before(&self) -> i64 {
        self.hour * time::HOUR
    }

    fn whole(&self, stop: i64) -> Option<String> {
        (self.is_whole && stop <= self.before()).then(|| "old".to_owned())
    }

    fn rows(&self, rows: &RecordBatch) -> Vec<Option<String>> {
        let ids = search_ids(rows);
        let is_old = |(id, hour): &(String, i64)| *hour < self.hour && id != self.held;
        ids.iter().map(|row| is_old(row).then(|| "old".to_owned())).collect()
    }
}

/// Numbers and hours of the rows.
fn search_ids(rows: &RecordBatch) -> Vec<(String, i64)> {
    use deltalake::arrow::array::AsArray;
    use deltalake::arrow::datatypes::TimestampMicrosecondType;
    let raw = rows.column_by_name("Raw").unwrap().as_binary::<i32>().clone();
    let times = rows.column(Field::CreationTime as usize);
    let times = times.as_primitive::<TimestampMicrosecondType>().clone();
    let id = |row: usize| {
        let text = std::str::from_utf8(raw.value(row)).unwrap().to_owned();
        let value = Value::from_json(&text).unwrap();
        value.get("Id").unwrap().as_text().unwrap().into_owned()
    };
    (0..rows.num_rows()).map(|row| (id(row), times.value(row) / time::HOUR)).collect()
}

/// What the table holds, as an output reads it from the beginning.
async fn stored(store: &Store) -> BTreeSet<String> {
    let mut table = store.table(&tenant()).await.unwrap().unwrap();
    let place = table.place(Start::Beginning, 0);
    let mut ids = BTreeSet::new();
    for waiting in &place.waiting {
        let mut batches = std::pin::pin!(table.rows(&waiting.file, 0).await.unwrap());
        while let Some(batch) = batches.next().await {
            ids.extend(search_ids(&batch.unwrap()).into_iter().map(|(id, _)| id));
        }
    }
    table.refresh().await.unwrap();
    ids
}

#[tokio::test]
async fn retention_deletes_what_is_old_and_nothing_else() {
    for is_whole in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder);
        let mut writer = store.writer(&tenant(), Chunk::Small).await.unwrap();
        // Four days from the second of 1970 on, a record an hour, in two files a day.
        for part in 0..2 {
            let mut rows = Rows::default();
            (24..120)
                .filter(|hour| hour % 2 == part)
                .for_each(|hour| push(&mut rows, hour as u64, hour));
            writer.push(rows.finish()).await.unwrap();
            writer.commit(&[], part).await.unwrap();
        }
        let mut follower = store.table(&tenant()).await.unwrap().unwrap();
        let mut place = follower.place(Start::Now, 0);
        let held = if is_whole { "none" } else { "30" };
        let expiry = Older { hour: 84, held, is_whole };
        let rehearsed = store.retain(&tenant(), &expiry, true).await.unwrap();
        assert_eq!(stored(&store).await.len(), 96, "a rehearsal deletes nothing");
        let done = store.retain(&tenant(), &expiry, false).await.unwrap();
        assert_eq!(done, rehearsed);
        let gone = if is_whole { 60 } else { 59 };
        assert_eq!(done.deleted, BTreeMap::from([("old".to_owned(), gone)]));
        let kept: BTreeSet<String> = (84..120)
            .map(|hour| hour.to_string())
            .chain((!is_whole).then(|| held.to_owned()))
            .collect();
        assert_eq!(stored(&store).await, kept);
        assert!(!follower.advance(&mut place, 0).await.unwrap(), "rows that stay are not new");
        let deletions = store.ledger().unwrap().deletions(&tenant()).unwrap();
        assert_eq!(deletions.iter().map(|deletion| deletion.rows()).sum::<u64>(), gone);
        assert!(deletions.iter().all(|deletion| deletion.version.is_some()));
        // Nothing is left to do.
        let again = store.retain(&tenant(), &expiry, false).await.unwrap();
        assert_eq!(again, Retained::default());
    }
}
