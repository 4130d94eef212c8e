//! A real PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use output::{Guarantee, Service};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::contract::{self, Arrived, Receiver};
use crate::databases::{self, PASSWORD, Server, open};
use crate::sql::{self, Database};

struct Postgres {
    server: Server,
    /// A database of its own for each check.
    database: String,
}

impl Postgres {
    async fn start() -> Postgres {
        let mut postgres =
            Postgres { server: databases::postgres().await, database: "postgres".into() };
        postgres.fresh("audit").await;
        postgres
    }

    async fn fresh(&mut self, database: &str) -> &mut Postgres {
        self.database = "postgres".into();
        self.query(&format!("create database {database}")).await;
        self.database = database.to_owned();
        self
    }

    /// A killed server takes a while to recover.
    async fn client(&self) -> Client {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.server.port).user("trail").password(PASSWORD);
        config.dbname(&self.database).options("-c timezone=utc");
        for _ in 0..600 {
            if let Ok((client, connection)) = config.connect(NoTls).await {
                tokio::spawn(connection);
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("PostgreSQL does not answer");
    }

    fn url(&self, host: &str, user: &str, more: &str) -> String {
        format!("url = 'postgresql://{user}@{host}:{}/{}{more}'", self.server.port, self.database)
    }

    fn with(&self, url: &str, password: &str, more: &str) -> Box<dyn Service> {
        open("postgresql", &format!("{url}\npassword = 'env:{password}'\n{more}"))
    }
}

#[async_trait]
impl Receiver for Postgres {
    fn service(&self) -> Box<dyn Service> {
        let url = self.url("127.0.0.1", "trail", "?sslmode=require");
        self.with(&url, "PASSWORD", &self.server.tls())
    }

    async fn kill(&mut self) {
        self.server.kill();
    }

    async fn restart(&mut self) {
        self.server.start().await;
    }

    async fn received(&mut self) -> Vec<Arrived> {
        sql::received(self).await
    }
}

#[async_trait]
impl Database for Postgres {
    async fn query(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        let client = self.client().await;
        let messages = client.simple_query(sql).await.unwrap_or_else(|it| panic!("{sql}: {it:?}"));
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|place| row.get(place).map(str::to_owned)).collect())
            }
            _ => None,
        });
        rows.collect()
    }

    fn raw(&self) -> &'static str {
        "convert_from(raw, 'UTF8')"
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arrives_in_order() {
    contract::arrives_in_order(&mut Postgres::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills() {
    contract::survives_kills(&mut Postgres::start().await, Guarantee::Once, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_a_database() {
    let mut postgres = Postgres::start().await;
    sql::shapes_are_tables_and_views(postgres.fresh("shapes").await).await;
    sql::a_key_is_one_row(postgres.fresh("keys").await).await;
    sql::strange_values_are_kept(postgres.fresh("strange").await).await;
    sql::tables_are_brought_up_to_date(postgres.fresh("older").await).await;
    sql::senders_do_not_hinder_each_other(postgres.fresh("senders").await).await;
    sql::a_probe_leaves_nothing(postgres.fresh("probe").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_told() {
    let mut postgres = Postgres::start().await;
    let url = postgres.url("127.0.0.1", "trail", "?sslmode=disable");
    sql::denied(postgres.with(&url, "WRONG", ""), "check the user of url, and password").await;
    sql::denied(open("postgresql", &url), "password missing").await;
    let nowhere = url.replace("/audit", "/nowhere");
    sql::denied(postgres.with(&nowhere, "PASSWORD", ""), "create it").await;

    let password = PASSWORD.replace('\'', "''");
    postgres.query(&format!("create role reader login password '{password}'")).await;
    let url = postgres.url("127.0.0.1", "reader", "?sslmode=disable");
    sql::denied(postgres.with(&url, "PASSWORD", ""), "grant usage and create").await;

    // Its authority is not one that this machine trusts.
    let url = postgres.url("localhost", "trail", "?sslmode=require");
    sql::denied(postgres.with(&url, "PASSWORD", ""), "tls.ca").await;
    let records = crate::records::records(1);
    let mut service = postgres.with(&url, "PASSWORD", &postgres.server.tls());
    service.deliver(&records).await.expect("taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_is_made_and_a_views_grants_stay() {
    let mut postgres = Postgres::start().await;
    let url = postgres.url("127.0.0.1", "trail", "?sslmode=disable");
    let settings = "schema = 'm365'\nprefix = 'x_'";
    let records = crate::records::records(3);
    postgres.with(&url, "PASSWORD", settings).deliver(&records).await.expect("taken");
    // As an older program left it: a view that lacks a column.
    for statement in [
        "create role analyst",
        "drop view m365.x_activity",
        "create view m365.x_activity as select id, operation from m365.x_events",
        "grant select on m365.x_activity to analyst",
    ] {
        postgres.query(statement).await;
    }
    postgres.with(&url, "PASSWORD", settings).deliver(&records).await.expect("taken");
    let seen = "select count(tenant), has_table_privilege('analyst', 'm365.x_activity', 'select') \
                from m365.x_activity";
    let want = [Some("3".to_owned()), Some("t".to_owned())];
    assert_eq!(postgres.query(seen).await, [want]);
}
