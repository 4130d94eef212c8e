//! A real MariaDB.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Row, Value};
use output::{Guarantee, Service};

use crate::contract::{self, Arrived, Receiver, deliver};
use crate::databases::{self, Server, open};
use crate::records;
use crate::sql::{self, Database};

struct MariaDb(Server);

impl MariaDb {
    async fn start() -> MariaDb {
        MariaDb(databases::mariadb().await)
    }

    async fn fresh(&mut self) -> &mut MariaDb {
        self.query("drop database audit").await;
        self.query("create database audit").await;
        self
    }

    /// A killed server takes a while to recover, and to open its port to users.
    async fn client(&self) -> Conn {
        let setup = "set session sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', \
                     character_set_results = utf8mb4, collation_connection = utf8mb4_nopad_bin";
        let opts = OptsBuilder::default()
            .ip_or_hostname("127.0.0.1")
            .tcp_port(self.0.port)
            .user(Some("root"))
            .prefer_socket(false)
            .setup(vec![setup]);
        for _ in 0..600 {
            if let Ok(client) = Conn::new(opts.clone()).await {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("MariaDB does not answer");
    }

    fn url(&self, host: &str) -> String {
        format!("url = 'mysql://trail@{host}:{}/audit'", self.0.port)
    }

    fn with(&self, url: &str, password: &str, more: &str) -> Box<dyn Service> {
        open("mysql", &format!("{url}\npassword = 'env:{password}'\n{more}"))
    }
}

#[async_trait]
impl Receiver for MariaDb {
    fn service(&self) -> Box<dyn Service> {
        self.with(&self.url("127.0.0.1"), "PASSWORD", &self.0.tls())
    }

    async fn kill(&mut self) {
        self.0.kill();
    }

    async fn restart(&mut self) {
        self.0.start().await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        sql::received(self).await
    }
}

#[async_trait]
impl Database for MariaDb {
    async fn query(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        let mut client = self.client().await;
        if !sql.contains(" database audit") {
            client.query_drop("use audit").await.expect("audit");
        }
        let rows: Vec<Row> = client.query(sql).await.unwrap_or_else(|it| panic!("{sql}: {it}"));
        let text = |value: Value| match value {
            Value::NULL => None,
            Value::Bytes(bytes) => Some(String::from_utf8(bytes).expect("UTF-8")),
            other => panic!("{other:?}: results of a query are text"),
        };
        rows.into_iter().map(|row| row.unwrap().into_iter().map(text).collect()).collect()
    }

    fn raw(&self) -> &'static str {
        "convert(raw using utf8mb4)"
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arrives_in_order() {
    contract::arrives_in_order(&mut MariaDb::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills() {
    contract::survives_kills(&mut MariaDb::start().await, Guarantee::Once, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_a_database() {
    let mut mariadb = MariaDb::start().await;
    sql::shapes_are_tables_and_views(mariadb.fresh().await).await;
    sql::a_key_is_one_row(mariadb.fresh().await).await;
    sql::strange_values_are_kept(mariadb.fresh().await).await;
    sql::tables_are_brought_up_to_date(mariadb.fresh().await).await;
    sql::senders_do_not_hinder_each_other(mariadb.fresh().await).await;
    sql::a_probe_leaves_nothing(mariadb.fresh().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_told() {
    let mut mariadb = MariaDb::start().await;
    // The server opens its port before it reads its users.
    mariadb.query("select 1").await;
    let url = mariadb.url("127.0.0.1");
    sql::denied(mariadb.with(&url, "WRONG", "encrypt = false"), "and password").await;
    let nowhere = url.replace("/audit", "/nowhere");
    sql::denied(mariadb.with(&nowhere, "PASSWORD", "encrypt = false"), "nowhere").await;
    // Its authority is not one that this machine trusts.
    let url = mariadb.url("localhost");
    sql::denied(mariadb.with(&url, "PASSWORD", ""), "tls.ca").await;
    let mut service = mariadb.with(&url, "PASSWORD", &mariadb.0.tls());
    service.deliver(&records::records(1)).await.expect("taken");
}

/// The one to blame is set aside, with the setting that would let it in.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_larger_than_a_packet_is_set_aside() {
    let mut mariadb = MariaDb::start().await;
    let mut records = records::records(20);
    records[7].raw = Bytes::from(vec![b'x'; 5 << 20]);
    let key = records[7].key;
    // Larger than half a packet, so it travels alone.
    records[9].raw = Bytes::from(vec![b'x'; 3 << 20]);
    let parked = deliver(&mut *mariadb.service(), records).await;
    let reasons: Vec<_> =
        parked.iter().map(|parked| (parked.record.key, &*parked.reason)).collect();
    assert!(
        matches!(reasons[..], [(found, reason)] if found == key && reason.contains("max_allowed_packet")),
        "{reasons:?}"
    );
    let count = mariadb.query("select count(*) from events").await;
    assert_eq!(count, [[Some("19".to_owned())]]);
}
