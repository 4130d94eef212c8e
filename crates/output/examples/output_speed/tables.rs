//! Databases.
//!
//! The plain client loads, from a file and into a table with the same columns and indices, the rows
//! that our service wrote. It neither overwrites nor keeps to transactions of a batch, so it does
//! less.

use std::path::PathBuf;
use std::process::Command;

use async_trait::async_trait;
use output::Service;
use tempfile::TempDir;

use crate::databases::{self, PASSWORD, Server};
use crate::{Batches, Pair, part};

/// What differs: how to load a file.
trait Client: Send {
    fn name(&self) -> &'static str;
    fn kind(&self) -> &'static str;
    fn settings(&self) -> String;
    /// Writes the rows of a table to a file, and makes another table like it.
    fn prepare(&self, from: &str, to: &str, file: &str);
    fn load(&self, to: &str, file: &str) -> Command;
}

struct Tables<C> {
    client: C,
    folder: TempDir,
    load: Option<Command>,
}

fn start<C: Client + 'static>(client: impl FnOnce(&TempDir) -> C) -> Box<dyn Pair> {
    let folder = TempDir::new().expect("a folder");
    // The server's user writes there, too.
    databases::run(Command::new("chmod").arg("777").arg(folder.path()));
    Box::new(Tables { client: client(&folder), folder, load: None })
}

pub async fn postgresql() -> Box<dyn Pair> {
    let server = databases::postgres().await;
    start(|_| Postgres(server))
}

pub async fn mysql() -> Box<dyn Pair> {
    let server = databases::mariadb().await;
    start(|_| Mariadb(server))
}

pub async fn sqlite() -> Box<dyn Pair> {
    start(|folder| Sqlite(folder.path().join("audit.db")))
}

#[async_trait]
impl<C: Client> Pair for Tables<C> {
    fn plain_client(&self) -> &'static str {
        self.client.name()
    }

    async fn ours(&mut self, round: u32) -> Box<dyn Service> {
        let settings = format!("{}\nprefix = 'r{round}_'", self.client.settings());
        databases::open(self.client.kind(), &settings)
    }

    async fn prepare(&mut self, round: u32, _: &Batches) {
        let file = self.folder.path().join(format!("rows{round}")).display().to_string();
        let (from, to) = (format!("r{round}_events"), format!("plain{round}"));
        self.client.prepare(&from, &to, &file);
        self.load = Some(self.client.load(&to, &file));
    }

    async fn plain(&mut self, _: &Batches) {
        databases::run(self.load.as_mut().expect("prepared"));
    }
}

struct Postgres(Server);

impl Postgres {
    fn url(&self) -> String {
        format!("postgresql://trail@127.0.0.1:{}/postgres?sslmode=disable", self.0.port)
    }

    fn psql(&self, sql: &str) -> Command {
        let mut command = Command::new(databases::postgres_program("psql"));
        command.env("PGPASSWORD", PASSWORD);
        command.args([&self.url(), "-v", "ON_ERROR_STOP=1", "-c", sql]);
        command
    }
}

impl Client for Postgres {
    fn name(&self) -> &'static str {
        "psql, \\copy of the same rows"
    }

    fn kind(&self) -> &'static str {
        "postgresql"
    }

    fn settings(&self) -> String {
        format!("url = '{}'\npassword = 'env:PASSWORD'", self.url())
    }

    fn prepare(&self, from: &str, to: &str, file: &str) {
        databases::run(&mut self.psql(&format!("\\copy {from} to '{file}' csv")));
        databases::run(&mut self.psql(&format!("create table {to} (like {from} including all)")));
    }

    fn load(&self, to: &str, file: &str) -> Command {
        self.psql(&format!("\\copy {to} from '{file}' csv"))
    }
}

struct Mariadb(Server);

impl Mariadb {
    fn run(&self, sql: &str) -> Command {
        let mut command = Command::new(part::program("mariadb", "mariadb-client"));
        command.args(["--no-defaults", "--local-infile", "-h127.0.0.1", "-uroot", "--skip-ssl"]);
        command.arg(format!("-P{}", self.0.port)).args(["audit", "-e", sql]);
        command
    }
}

impl Client for Mariadb {
    fn name(&self) -> &'static str {
        "mariadb, load data of the same rows"
    }

    fn kind(&self) -> &'static str {
        "mysql"
    }

    fn settings(&self) -> String {
        let port = self.0.port;
        format!(
            "url = 'mysql://trail@127.0.0.1:{port}/audit'\npassword = 'env:PASSWORD'\nencrypt = false"
        )
    }

    fn prepare(&self, from: &str, to: &str, file: &str) {
        databases::run(
            &mut self
                .run(&format!("select * from {from} into outfile '{file}' character set binary")),
        );
        databases::run(&mut self.run(&format!("create table {to} like {from}")));
    }

    fn load(&self, to: &str, file: &str) -> Command {
        self.run(&format!("load data local infile '{file}' into table {to} character set binary"))
    }
}

/// Its file.
struct Sqlite(PathBuf);

impl Sqlite {
    fn run(&self, commands: &[&str]) -> Command {
        let mut command = Command::new(part::program("sqlite3", "sqlite3"));
        command.arg("-bail").arg(&self.0).args(commands);
        command
    }
}

impl Client for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite3, .import of the same rows"
    }

    fn kind(&self) -> &'static str {
        "sqlite"
    }

    fn settings(&self) -> String {
        format!("path = '{}'", self.0.display())
    }

    fn prepare(&self, from: &str, to: &str, file: &str) {
        let rows = format!("select * from {from}");
        databases::run(&mut self.run(&[".mode csv", &format!(".output {file}"), &rows]));
        let connection = rusqlite::Connection::open(&self.0).expect("opened");
        let found = format!(
            "select sql from sqlite_master where tbl_name = '{from}' and sql is not null \
             and type in ('table', 'index') order by type desc"
        );
        let mut statement = connection.prepare(&found).expect("prepared");
        let made = statement.query_map([], |row| row.get::<_, String>(0)).expect("asked");
        let made: Vec<String> = made.map(|sql| sql.expect("SQL").replace(from, to)).collect();
        connection.execute_batch(&made.join(";")).expect("made");
    }

    fn load(&self, to: &str, file: &str) -> Command {
        self.run(&[".mode csv", &format!(".import {file} {to}")])
    }
}
