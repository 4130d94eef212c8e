//! SQLite in a file. There is no server; killing one means nothing.

use async_trait::async_trait;
use output::{Guarantee, Service};
use rusqlite::types::ValueRef;
use tempfile::TempDir;

use crate::contract::{self, Arrived, Receiver};
use crate::databases::open;
use crate::sql::{self, Database};

struct Sqlite(TempDir);

impl Sqlite {
    fn new() -> Sqlite {
        Sqlite(TempDir::new().expect("a folder"))
    }

    fn path(&self) -> String {
        self.0.path().join("audit.db").display().to_string()
    }
}

#[async_trait]
impl Receiver for Sqlite {
    fn service(&self) -> Box<dyn Service> {
        open("sqlite", &format!("path = '{}'", self.path()))
    }

    async fn kill(&mut self) {}

    async fn restart(&mut self) {}

    async fn received(&mut self) -> Vec<Arrived> {
        sql::received(self).await
    }
}

#[async_trait]
impl Database for Sqlite {
    async fn query(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        let connection = rusqlite::Connection::open(self.path()).expect("opened");
        connection.busy_timeout(std::time::Duration::from_secs(20)).expect("set");
        let mut statement = connection.prepare(sql).unwrap_or_else(|it| panic!("{sql}: {it}"));
        let columns = statement.column_count();
        let text = |value: ValueRef| match value {
            ValueRef::Null => None,
            ValueRef::Integer(value) => Some(value.to_string()),
            ValueRef::Real(value) => Some(value.to_string()),
            ValueRef::Text(text) | ValueRef::Blob(text) => {
                Some(String::from_utf8_lossy(text).into_owned())
            }
        };
        let rows = statement
            .query_map([], |row| (0..columns).map(|place| Ok(text(row.get_ref(place)?))).collect());
        rows.expect(sql).collect::<Result<_, _>>().unwrap_or_else(|it| panic!("{sql}: {it}"))
    }

    fn raw(&self) -> &'static str {
        "cast(raw as text)"
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arrives_in_order() {
    contract::arrives_in_order(&mut Sqlite::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills() {
    contract::survives_kills(&mut Sqlite::new(), Guarantee::Once, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_a_database() {
    sql::shapes_are_tables_and_views(&mut Sqlite::new()).await;
    sql::a_key_is_one_row(&mut Sqlite::new()).await;
    sql::strange_values_are_kept(&mut Sqlite::new()).await;
    sql::tables_are_brought_up_to_date(&mut Sqlite::new()).await;
    sql::senders_do_not_hinder_each_other(&mut Sqlite::new()).await;
    sql::a_probe_leaves_nothing(&mut Sqlite::new()).await;
}

#[tokio::test]
async fn an_administrator_is_told() {
    sql::denied(open("sqlite", "path = '/nowhere/audit.db'"), "folder").await;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("other.txt");
    std::fs::write(&path, "something else\n".repeat(1_000)).expect("written");
    let service = open("sqlite", &format!("path = '{}'", path.display()));
    sql::denied(service, "not a database").await;
}

#[tokio::test]
async fn a_prefix_keeps_tables_apart() {
    let mut sqlite = Sqlite::new();
    for prefix in ["a_", "b_"] {
        let settings = format!("path = '{}'\nprefix = '{prefix}'", sqlite.path());
        let records = crate::records::records(3);
        open("sqlite", &settings).deliver(&records).await.expect("taken");
    }
    for table in ["a_events", "b_events", "a_activity", "b_activity"] {
        let rows = sqlite.query(&format!("select count(*) from {table}")).await;
        assert_eq!(rows, [[Some("3".to_owned())]], "{table}");
    }
}
