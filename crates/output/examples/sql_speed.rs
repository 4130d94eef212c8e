//! How fast do records become rows, and how fast would a plain client load the same rows?
//!
//!     cargo run -p trail365-output --example sql_speed [RECORDS]
//!
//! Starts a PostgreSQL, a MariaDB and an SQLite file in temporary folders. The plain client loads
//! what was written, from a file, into a table with the same columns and indices: `\copy` of psql,
//! `load data local infile` of mariadb, `.import` of sqlite3. It neither overwrites nor keeps to a
//! transaction of 2,000 records, so it does less; no more than one figure of a noisy machine is meant.

#[path = "../tests/outputs/authority.rs"]
#[allow(dead_code)]
mod authority;
#[path = "../tests/outputs/databases.rs"]
#[allow(dead_code)]
mod databases;
#[path = "../tests/outputs/part.rs"]
#[allow(dead_code)]
mod part;
#[path = "../tests/outputs/records.rs"]
mod records;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use databases::{PASSWORD, Server};
use output::{Limits, Record, Service};

#[tokio::main]
async fn main() {
    let count = std::env::args().nth(1).map_or(100_000, |text| text.parse().expect("a number"));
    let records = records::records(count);
    let folder = tempfile::TempDir::new().expect("a folder");

    let server = databases::postgres().await;
    let url = format!("postgresql://trail@127.0.0.1:{}/postgres?sslmode=disable", server.port);
    let settings = format!("url = '{url}'\npassword = 'env:PASSWORD'");
    let ours = deliver(databases::open("postgresql", &settings), &records).await;
    print("PostgreSQL", count, ours, postgres_plain(&url, folder.path()));
    drop(server);

    let server = databases::mariadb().await;
    let url = format!("mysql://trail@127.0.0.1:{}/audit", server.port);
    let settings = format!("url = '{url}'\npassword = 'env:PASSWORD'\nencrypt = false");
    let ours = deliver(databases::open("mysql", &settings), &records).await;
    print("MariaDB", count, ours, mariadb_plain(&server, folder.path()));
    drop(server);

    let path = folder.path().join("audit.db");
    let settings = format!("path = '{}'", path.display());
    let ours = deliver(databases::open("sqlite", &settings), &records).await;
    print("SQLite", count, ours, sqlite_plain(&path, folder.path()));
}

async fn deliver(mut service: Box<dyn Service>, records: &[Record]) -> Duration {
    // A server opens its port before it answers; and both clients find tables that are there.
    for attempt in 1.. {
        match service.probe(&records[0]).await {
            Ok(_) => break,
            Err(error) => assert!(attempt < 100, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let begun = Instant::now();
    for batch in records.chunks(Limits::DEFAULT.records) {
        service.deliver(batch).await.expect("taken");
    }
    begun.elapsed()
}

fn print(name: &str, count: u64, ours: Duration, plain: Duration) {
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    println!("{name:<10} {:>9.0} records/s; plain client {:>9.0}", rate(ours), rate(plain));
}

fn timed(command: &mut Command) -> Duration {
    let begun = Instant::now();
    databases::run(command);
    begun.elapsed()
}

fn postgres_plain(url: &str, folder: &Path) -> Duration {
    let file = folder.join("events.copy").display().to_string();
    let psql = |sql: &str| {
        let mut command = Command::new(databases::postgres_program("psql"));
        command.env("PGPASSWORD", PASSWORD).args([url, "-v", "ON_ERROR_STOP=1", "-c", sql]);
        command
    };
    databases::run(&mut psql(&format!("\\copy events to '{file}' csv")));
    databases::run(&mut psql("create table plain (like events including all)"));
    timed(&mut psql(&format!("\\copy plain from '{file}' csv")))
}

fn mariadb_plain(server: &Server, folder: &Path) -> Duration {
    let file = folder.join("events.tsv").display().to_string();
    let mariadb = |sql: &str| {
        let mut command = Command::new(part::program("mariadb", "mariadb-client"));
        command.args(["--no-defaults", "--local-infile", "-h127.0.0.1", "-uroot", "--skip-ssl"]);
        command.arg(format!("-P{}", server.port)).args(["audit", "-e", sql]);
        command
    };
    databases::run(&mut mariadb(&format!(
        "select * from events into outfile '{file}' character set binary"
    )));
    databases::run(&mut mariadb("create table plain like events"));
    timed(&mut mariadb(&format!(
        "load data local infile '{file}' into table plain character set binary"
    )))
}

fn sqlite_plain(path: &Path, folder: &Path) -> Duration {
    let file = folder.join("events.csv").display().to_string();
    let program = part::program("sqlite3", "sqlite3");
    let sqlite = |commands: &[&str]| {
        let mut command = Command::new(&program);
        command.arg("-bail").arg(path).args(commands);
        command
    };
    databases::run(&mut sqlite(&[".mode csv", &format!(".output {file}"), "select * from events"]));
    let connection = rusqlite::Connection::open(path).expect("opened");
    let found = "select sql from sqlite_master where tbl_name = 'events' and sql is not null \
                 and type in ('table', 'index') order by type desc";
    let mut statement = connection.prepare(found).expect(found);
    let made = statement.query_map([], |row| row.get::<_, String>(0)).expect(found);
    let made: Vec<String> = made.map(|sql| sql.expect(found).replace("events", "plain")).collect();
    connection.execute_batch(&made.join(";")).expect("made");
    timed(&mut sqlite(&[".mode csv", &format!(".import {file} plain")]))
}
