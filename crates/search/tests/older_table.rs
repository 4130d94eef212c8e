//! A table written before its last columns were invented: is it searched, written to and merged as
//! any other?

use deltalake::DeltaTable;
use deltalake::arrow::array::{ArrayRef, Date32Array, RecordBatch};
use deltalake::protocol::SaveMode;
use event::{Cell, Event, Field, Filter, Key, Name, TenantName, Value, time};
use search::{Cache, Scope, Searcher, SummaryQuery};
use std::sync::Arc;
use store::{Chunk, Options, Rows, Store, schema};

/// Invented later, in this test.
const LATER: [&str; 4] = ["Scope", "LogonType", "MailboxOwnerUPN", "MailboxOwnerUPNFolded"];
const DAY: i32 = 19_844;

fn body(bytes: &[u8]) -> Value<'_> {
    Value::from_json(std::str::from_utf8(bytes).unwrap()).unwrap()
}

fn rows(numbers: std::ops::Range<i64>) -> RecordBatch {
    let mut rows = Rows::default();
    for number in numbers {
        let raw = format!(r#"{{"Id":"{number}"}}"#);
        let mut event = Event::new(
            Key::of(Some(&number.to_string()), &body(raw.as_bytes())),
            raw.as_bytes(),
            body(raw.as_bytes()),
        );
        event.set_text(Field::Id, number.to_string());
        event.set_text(Field::Scope, "online");
        event.set_text(Field::MailboxOwnerUPN, "Ann@contoso.example");
        event.set(Field::LogonType, Cell::Int(2));
        event.set(Field::CreationTime, Cell::Time(i64::from(DAY) * time::DAY + number));
        rows.push(&event);
    }
    rows.finish()
}

/// Rows without the later columns, and with the partition's.
fn older(rows: &RecordBatch) -> RecordBatch {
    let schema = rows.schema();
    let kept = schema.fields().iter().filter(|column| !LATER.contains(&column.name().as_str()));
    let mut columns: Vec<(String, ArrayRef, bool)> = kept
        .map(|it| {
            let array = rows.column_by_name(it.name()).unwrap().clone();
            (it.name().clone(), array, it.is_nullable())
        })
        .collect();
    let days: ArrayRef = Arc::new(Date32Array::from(vec![DAY; rows.num_rows()]));
    columns.push((schema::EVENT_DATE.to_owned(), days, false));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

async fn write_older(store: &Store, tenant: &TenantName) {
    let folder = store.data_dir().join("tenants").join(tenant.as_str()).join("events");
    std::fs::create_dir_all(&folder).unwrap();
    let url = deltalake::ensure_table_uri(folder.to_str().unwrap()).unwrap();
    let table = DeltaTable::try_from_url(url).await.unwrap();
    table
        .write(vec![older(&rows(0..3))])
        .with_partition_columns([schema::EVENT_DATE])
        .with_save_mode(SaveMode::Append)
        .await
        .unwrap();
}

async fn searcher(store: &Store) -> Searcher {
    Searcher::new(store.tables().await.unwrap(), Cache::new(1 << 20), body)
}

async fn count(searcher: &Searcher, filter: &Filter) -> u64 {
    let query = SummaryQuery {
        scope: Scope::events(filter.clone()),
        interval: None,
        facets: ["Scope", "LogonType"].map(Name::parse).to_vec(),
        top: 5,
    };
    searcher.summary(&query).await.unwrap().total
}

async fn sql(searcher: &Searcher, query: &str) -> Vec<Vec<serde_json::Value>> {
    let mut all = Vec::new();
    searcher
        .sql(query, |_, rows| {
            all.extend(rows);
            true
        })
        .await
        .unwrap();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_older_than_some_columns_is_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { data_dir: folder.path().to_owned(), tables_url: None };
    let store = Store::open(&options).unwrap();
    let tenant = TenantName::new("contoso").unwrap();
    write_older(&store, &tenant).await;

    // Read as it is.
    let online = search::query::parse("Scope:online").unwrap();
    let everything = Filter::And(Vec::new());
    let before = searcher(&store).await;
    assert_eq!((count(&before, &everything).await, count(&before, &online).await), (3, 0));
    let query = "select count(*), count(scope), count(logontype) from events";
    assert_eq!(sql(&before, query).await, [[3, 0, 0]]);

    // Written to, it has the columns.
    let mut writer = store.writer(&tenant, Chunk::Large).await.unwrap();
    writer.push(rows(2..5)).await.unwrap();
    let receipt = writer.commit(&[], 1).await.unwrap();
    assert_eq!((receipt.stored, receipt.duplicates), (2, 1));
    let after = searcher(&store).await;
    let owner = search::query::parse("MailboxOwnerUPN:ann@contoso.example").unwrap();
    for filter in [&online, &owner] {
        assert_eq!((count(&after, &everything).await, count(&after, filter).await), (5, 2));
    }
    assert_eq!(sql(&after, query).await, [[5, 2, 2]]);

    // And merging old with new keeps both.
    store.compact(&tenant, 2).await.unwrap();
    let merged = searcher(&store).await;
    assert_eq!((count(&merged, &everything).await, count(&merged, &online).await), (5, 2));
    assert_eq!(sql(&merged, query).await, [[5, 2, 2]]);
}
