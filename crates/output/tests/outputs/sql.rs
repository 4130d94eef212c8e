//! What is demanded of every database, in SQL that all of them understand.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use event::{Cell, Field};
use output::{ColumnKind, Datum, Error, Record, Service, Shape, ShapeColumn, Typed};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::contract::{Arrived, Receiver, deliver};
use crate::records;

/// A database that a test may look into.
#[async_trait]
pub trait Database: Receiver {
    /// Rows as text; names in `"`, times in UTC.
    async fn query(&mut self, sql: &str) -> Vec<Vec<Option<String>>>;
    /// An expression of the raw record as text.
    fn raw(&self) -> &'static str;
}

async fn one(database: &mut dyn Database, sql: &str) -> String {
    let rows = database.query(sql).await;
    rows.first().and_then(|row| row.first()?.clone()).unwrap_or_else(|| panic!("none: {sql}"))
}

async fn check(database: &mut dyn Database, sql: &str, want: &str) {
    let got = one(database, sql).await;
    assert_eq!(got, want, "{sql}");
}

/// For [`Receiver::received`]. What the column shows is checked against the raw record.
pub async fn received(database: &mut dyn Database) -> Vec<Arrived> {
    let sql = format!(
        "select record_key, {}, itemname from events order by creationtime",
        database.raw()
    );
    let rows = database.query(&sql).await;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let arrived = rows.iter().map(|row| {
        let body: serde_json::Value = serde_json::from_str(&text(&row[1])).expect("JSON");
        let arrived = Arrived::of_json(&body);
        assert_eq!(arrived.key, text(&row[0]));
        assert_eq!(arrived.text.replace('\0', "\u{2400}"), text(&row[2]));
        arrived
    });
    arrived.collect()
}

fn shape() -> Arc<Shape> {
    let column = |name: &str, kind, stored| ShapeColumn { name: name.into(), kind, stored };
    Arc::new(Shape {
        name: "group".into(),
        columns: vec![
            column("creationtime", ColumnKind::Time, Some(Field::CreationTime)),
            column("user", ColumnKind::Text, Some(Field::UserId)),
            column("order", ColumnKind::Text, None),
            column("case", ColumnKind::Boolean, None),
            column("key", ColumnKind::Integer, None),
            column("table", ColumnKind::Time, None),
            column("parameters", ColumnKind::Json, None),
        ],
    })
}

fn typed(n: u64, order: &str) -> Record {
    let values = vec![
        Some(Datum::Text(order.to_owned())),
        Some(Datum::Boolean(true)),
        Some(Datum::Integer(i64::MIN)),
        Some(Datum::Time(1_714_557_600_123_456)),
        Some(Datum::Text("bare, and [not] JSON".to_owned())),
    ];
    Record { typed: Some(Typed { shape: shape(), values }), ..records::record(n) }
}

/// The table and the view of a shape hold its values, whatever its names are.
pub async fn shapes_are_tables_and_views(database: &mut dyn Database) {
    let hostile = "'; drop table events; -- \" ` \\ \0 \u{1f480}";
    let empty = Typed { shape: shape(), values: vec![None; 5] };
    let records = vec![
        records::record(0),
        typed(1, hostile),
        Record { typed: Some(empty), ..records::record(2) },
    ];
    let parked = deliver(&mut *database.service(), records).await;
    assert!(parked.is_empty(), "{parked:?}");
    let values = "\"case\" = true and \"key\" = -9223372036854775808 \
                  and \"table\" = '2024-05-01 10:00:00.123456' and parameters = 'bare, and [not] JSON'";
    check(database, "select count(*) from events", "3").await;
    check(database, "select count(*) from group_fields", "2").await;
    check(database, "select count(*) from \"group\"", "2").await;
    check(database, &format!("select count(*) from \"group\" where {values}"), "1").await;
    check(database, &format!("select count(*) from group_fields where {values}"), "1").await;
    let order = format!("select \"order\" from \"group\" where {values}");
    check(database, &order, &hostile.replace('\0', "\u{2400}")).await;
    let stored = "select count(*) from \"group\" where \"order\" is null \
                  and creationtime = '2024-05-01 10:00:02.000000' and \"user\" = 'ann@contoso.example'";
    check(database, stored, "1").await;
    check(database, "select count(*) from activity where operation = 'New-InboxRule'", "3").await;
    check(database, "select count(*) from events where operation = 'new-inboxrule'", "0").await;
    check(database, "select count(*) from events where operation = 'New-InboxRule '", "0").await;
    check(database, "select count(*) from events where eventdate = '2024-05-01'", "3").await;
    check(database, "select max(version) from trail365_schema", "1").await;
}

/// A record that comes again overwrites its row, in the same batch or another.
pub async fn a_key_is_one_row(database: &mut dyn Database) {
    let changed = |text: &'static str| {
        let mut record = typed(1, text);
        record.cells[Field::ItemName as usize] = Some(Cell::Text(text.into()));
        record
    };
    let mut service = database.service();
    service.deliver(&[changed("one"), records::record(2), changed("two")]).await.expect("taken");
    check(database, "select count(*) from events", "2").await;
    check(
        database,
        "select itemname from events where itemname is not null order by creationtime",
        "two",
    )
    .await;
    service.deliver(&[changed("three")]).await.expect("taken");
    check(database, "select count(*) from events", "2").await;
    check(database, "select count(*) from group_fields", "1").await;
    check(database, "select itemname from events order by creationtime", "three").await;
    check(database, "select \"order\" from \"group\"", "three").await;
}

/// What no column holds is whole in the raw record, and long text meets no limit of an index.
pub async fn strange_values_are_kept(database: &mut dyn Database) {
    // Not of a kind that an index could compress.
    let mut random = StdRng::seed_from_u64(7);
    let long: String = (0..100_000).map(|_| random.random_range('a'..='z')).collect();
    let mut record = records::record(1);
    let bytes: Vec<u8> = (0..=255).collect();
    record.raw = Bytes::from(bytes);
    for field in Field::ALL {
        record.cells[field as usize] = match field.kind() {
            event::Kind::Int => Some(Cell::Int(i64::MAX)),
            event::Kind::Time => Some(Cell::Time(i64::MAX)),
            _ => Some(Cell::Text(long.clone().into())),
        };
    }
    let empty = Record { cells: vec![None; Field::COUNT], ..records::record(2) };
    database.service().deliver(&[record, empty]).await.expect("taken");
    check(database, "select count(*) from events", "2").await;
    let found = format!(
        "select count(*) from events where creationtime is null and recordtype = {} \
         and objectid = '{long}' and itemname = '{long}' and userid like '{}%'",
        i64::MAX,
        &long[..500]
    );
    check(database, &found, "1").await;
    let raw = "select count(*) from events where octet_length(raw) = 256";
    check(database, raw, "1").await;
    check(database, "select count(*) from events where eventdate = '1970-01-01'", "2").await;
}

/// Tables of an older program get what they lack; those of a newer one are left alone.
pub async fn tables_are_brought_up_to_date(database: &mut dyn Database) {
    deliver(&mut *database.service(), vec![typed(1, "before")]).await;
    for statement in [
        "drop view activity",
        "alter table events drop column siteurl",
        "drop view \"group\"",
        "alter table group_fields drop column \"case\"",
    ] {
        database.query(statement).await;
    }
    let mut record = typed(2, "after");
    record.cells[Field::SiteUrl as usize] = Some(Cell::Text("https://x.example/".into()));
    let parked = deliver(&mut *database.service(), vec![record]).await;
    assert!(parked.is_empty(), "{parked:?}");
    check(database, "select count(*) from activity where siteurl = 'https://x.example/'", "1")
        .await;
    check(database, "select count(*) from activity", "2").await;
    check(database, "select \"order\" from \"group\" where \"case\" = true", "after").await;
    check(database, "select count(*) from \"group\" where \"case\" is null", "1").await;

    database.query("update trail365_schema set version = 2").await;
    denied(database.service(), "newer trail365").await;
    check(database, "select count(*) from events", "2").await;
    database.query("update trail365_schema set version = 1").await;
}

/// Senders that start at once, on a database that is empty, with the same records.
pub async fn senders_do_not_hinder_each_other(database: &mut dyn Database) {
    let records: Vec<Record> = (0..6_000).map(|n| typed(n, "same")).collect();
    let senders: Vec<_> = (0..3)
        .map(|_| (database.service(), records.clone()))
        .map(|(mut service, records)| {
            tokio::spawn(async move { deliver(&mut *service, records).await })
        })
        .collect();
    for sender in senders {
        assert!(sender.await.expect("delivered").is_empty());
    }
    check(database, "select count(*) from events", "6000").await;
    check(database, "select count(*) from \"group\"", "6000").await;
    check(database, "select count(*) from trail365_schema", "1").await;
}

/// A probe says what it met, and leaves nothing behind.
pub async fn a_probe_leaves_nothing(database: &mut dyn Database) {
    let said = database.service().probe(&typed(7, "probe")).await.expect("taken");
    assert!(said.contains("read back and deleted") && said.contains("server is"), "{said}");
    check(database, "select count(*) from events", "0").await;
    check(database, "select count(*) from group_fields", "0").await;
}

/// An administrator is told, in these words.
pub async fn denied(mut service: Box<dyn Service>, words: &str) {
    match service.deliver(&records::records(1)).await {
        Err(Error::Denied { words: told }) => assert!(told.contains(words), "{told}"),
        other => panic!("{words} was expected: {other:?}"),
    }
}
