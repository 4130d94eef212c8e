//! A view over one kind of record: are its columns typed, and is nothing of a record lost?

use std::sync::Arc;

use event::{Cell, Event, Field, Key, TenantName, Value, time};
use search::sql::{From, Type, View, ViewColumn};
use search::{Cache, Searcher};
use serde_json::json;
use store::{Chunk, Options, Rows, Store};

const RECORDS: [&str; 3] = [
    r#"{"Id":"1","RecordType":6,"Size":"12","Shared":"TRUE","Opened":"2026-03-01T10:00:00","Site":{"Url":"/a","Age":3},"Tags":["x","y"]}"#,
    r#"{"Id":"2","RecordType":6,"Size":"many","Shared":false,"TABLE":"t","More":{"a":[1]}}"#,
    r#"{"Id":"3","RecordType":4,"Size":1}"#,
];

fn files(name: &str) -> Option<Arc<View>> {
    let members = |name: &str, path: &str, kind| ViewColumn {
        name: name.to_owned(),
        from: From::Members { paths: vec![path.to_owned()], kind },
    };
    let view = || View {
        name: "SharePointFileOperation".to_owned(),
        rows: "recordtype in (6)".to_owned(),
        columns: vec![
            ViewColumn { name: "Id".to_owned(), from: From::Column(Field::Id) },
            ViewColumn { name: "RecordType".to_owned(), from: From::Column(Field::RecordType) },
            ViewColumn { name: "TABLE".to_owned(), from: From::Constant("it's".to_owned()) },
            members("Size", "Size", Type::Integer),
            members("Shared", "Shared", Type::Boolean),
            members("Opened", "Opened", Type::Time),
            members("Url", "Site.Url", Type::Text),
            members("Tags", "Tags", Type::Json),
            ViewColumn { name: "Rest".to_owned(), from: From::Rest },
        ],
    };
    (name == "sharepointfileoperation").then(|| Arc::new(view()))
}

fn body(bytes: &[u8]) -> Value<'_> {
    Value::from_json(std::str::from_utf8(bytes).unwrap()).unwrap()
}

async fn searcher(folder: &tempfile::TempDir) -> Searcher {
    let options = Options { data_dir: folder.path().to_owned(), tables_url: None };
    let store = Store::open(&options).unwrap();
    let tenant = TenantName::new("contoso").unwrap();
    let mut rows = Rows::default();
    for raw in RECORDS {
        let body = body(raw.as_bytes());
        let id = body.get("Id").unwrap().as_text().unwrap().into_owned();
        let record_type = body.get("RecordType").unwrap().as_int().unwrap();
        let mut event = Event::new(Key::of(Some(&id), &body), raw.as_bytes(), body);
        event.set_text(Field::Id, id);
        event.set(Field::RecordType, Cell::Int(record_type));
        event.set(Field::CreationTime, Cell::Time(time::parse("2026-03-01T00:00:00").unwrap()));
        rows.push(&event);
    }
    let mut writer = store.writer(&tenant, Chunk::Large).await.unwrap();
    writer.push(rows.finish()).await.unwrap();
    writer.commit(&[], 1).await.unwrap();
    Searcher::new(store.tables().await.unwrap(), Cache::new(1 << 20), body).with_views(files)
}

async fn rows(searcher: &Searcher, query: &str) -> serde_json::Value {
    let mut all = Vec::new();
    let mut header = Vec::new();
    searcher
        .sql(query, |columns, rows| {
            header = columns.iter().map(|column| column.name.clone()).collect();
            all.extend(rows);
            true
        })
        .await
        .unwrap();
    json!({"columns": header, "rows": all})
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_typed_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let searcher = searcher(&folder).await;
    let all = rows(&searcher, "select * from SharePointFileOperation order by id").await;
    assert_eq!(
        all["columns"],
        json!(["Id", "RecordType", "TABLE", "Size", "Shared", "Opened", "Url", "Tags", "Rest"])
    );
    let first = json!([
        "1",
        6,
        "it's",
        12,
        true,
        "2026-03-01T10:00:00Z",
        "/a",
        r#"["x","y"]"#,
        r#"{"Site":{"Age":3}}"#
    ]);
    let second = json!([
        "2",
        6,
        "it's",
        null,
        false,
        null,
        null,
        null,
        r#"{"Size":"many","TABLE":"t","More":{"a":[1]}}"#
    ]);
    assert_eq!(all["rows"], json!([first, second]));

    for (query, answer) in [
        (
            r#"select "TABLE", sum(size) from sharepointfileoperation group by 1"#,
            json!([["it's", 12]]),
        ),
        (
            "select f.id from SharePointFileOperation f join events e on e.id = f.id where shared",
            json!([["1"]]),
        ),
        ("select count(*) from SharePointFileOperation where opened > '2026-01-01'", json!([[1]])),
    ] {
        assert_eq!(rows(&searcher, query).await["rows"], answer, "{query}");
    }
}
