//! Does a question have one answer, whichever database it is put to?

#[path = "../../crates/output/tests/outputs/authority.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod authority;
mod common;
#[path = "../../crates/output/tests/outputs/databases.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod databases;
#[path = "../../crates/output/tests/outputs/part.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod part;

use std::process::Command;

use common::{Folder, emulated_ndjson, trail365};
use databases::{PASSWORD, Server};

/// Asks one database for the rows of a query, tabs between the cells.
type Ask<'a> = Box<dyn Fn(&str) -> Vec<String> + 'a>;

#[tokio::test(flavor = "multi_thread")]
async fn every_database_gives_the_same_answers() {
    let folder = Folder::new();
    let records = folder.write("records.ndjson", &emulated_ndjson(&folder, 4_000).concat());
    trail365(&folder, &["import", "--tenant", "contoso", &records]);
    let (postgres, mariadb) = (databases::postgres().await, databases::mariadb().await);
    let password = folder.write("password", PASSWORD);
    let config = format!(
        r#"
[[output]]
name = "postgresql"
type = "postgresql"
url = "postgresql://trail@127.0.0.1:{}/postgres?sslmode=disable"
password = "file:{password}"
[[output]]
name = "mariadb"
type = "mysql"
url = "mysql://trail@127.0.0.1:{}/audit"
password = "file:{password}"
encrypt = false
[[output]]
name = "sqlite"
type = "sqlite"
path = "audit.sqlite"
"#,
        postgres.port, mariadb.port
    );
    folder.write("trail365.toml", &config);
    trail365(&folder, &["output", "run", "--once"]);

    let askers: [(&str, Ask); 3] = [
        ("PostgreSQL", Box::new(|sql| ask_postgres(&postgres, sql))),
        ("MariaDB", Box::new(|sql| ask_mariadb(&mariadb, sql))),
        ("SQLite", Box::new(|sql| ask_sqlite(&folder, sql))),
    ];
    let mut answered = 0;
    for (question, arguments) in questions(&folder) {
        let mut command = vec!["sql", "--question", &question];
        command.extend(arguments.iter().map(String::as_str));
        let ours = trail365(&folder, &[&command[..], &["--format", "json"]].concat());
        let ours = ours.lines().count();
        answered += usize::from(ours > 0);
        let sql = trail365(&folder, &[&command[..], &["--print"]].concat());
        for (name, ask) in &askers {
            assert_eq!(ask(&sql).len(), ours, "{question} put to {name}:\n{sql}");
        }
    }
    assert!(answered >= 8, "only {answered} questions have an answer to compare");
    // Not only as many rows, but the same.
    let sql = trail365(&folder, &["sql", "--question", "workload", "--print"]);
    let ours: Vec<String> = trail365(&folder, &["sql", "--format", "json", &sql])
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            format!(
                "{}\t{}\t{}\t{}",
                text("Workload"),
                text("Operation"),
                row["events"],
                row["users"]
            )
        })
        .collect();
    for (name, ask) in &askers {
        let mut theirs = ask(&sql);
        let mut ours = ours.clone();
        // Databases sort letters in ways of their own.
        theirs.sort();
        ours.sort();
        assert_eq!(theirs, ours, "{name}");
    }
}

/// Every question, with answers that some event has.
fn questions(folder: &Folder) -> Vec<(String, Vec<String>)> {
    let frequent = |sql: &str| {
        let text = trail365(folder, &["sql", "--format", "csv", sql]);
        text.lines().nth(1).expect("a value").trim_matches('"').to_owned()
    };
    let most = |column: &str, rows: &str| {
        frequent(&format!(
            "select {column} from events where {column} is not null and {rows} \
             group by {column} order by count(*) desc, {column} limit 1"
        ))
    };
    let user = most("userid", "actorkind = 'person'");
    let address = most("clientaddress", "true");
    let session = most("sessionid", "true");
    let mailbox = most("mailboxownerupn", "lower(userid) <> lower(mailboxownerupn)");
    let listed = trail365(folder, &["sql", "--questions", "--format", "csv"]);
    let names = listed.lines().skip(1).map(|line| line.split(',').next().expect("a name"));
    let set = |name: &str, value: &str| vec!["--set".to_owned(), format!("{name}={value}")];
    names
        .map(|name| {
            let given = match name {
                "user" => set("who", &user.to_uppercase()),
                "address" => set("address", &address),
                "session" => set("session", &session),
                "mailbox" => set("mailbox", &mailbox),
                "document" => set("document", "%.DOCX"),
                _ => set("from", "2020-01-01"),
            };
            (name.to_owned(), given)
        })
        .collect()
}

fn ask_postgres(server: &Server, sql: &str) -> Vec<String> {
    let url = format!("postgresql://trail@127.0.0.1:{}/postgres?sslmode=disable", server.port);
    let mut psql = Command::new(databases::postgres_program("psql"));
    psql.env("PGPASSWORD", PASSWORD);
    lines(psql.args([&url, "-v", "ON_ERROR_STOP=1", "-At", "-F", "\t", "-c", sql]))
}

fn ask_mariadb(server: &Server, sql: &str) -> Vec<String> {
    let mut mariadb = Command::new(part::program("mariadb", "mariadb-client"));
    mariadb.args(["--no-defaults", "-N", "-B", "-h127.0.0.1", "-uroot", "--skip-ssl"]);
    lines(mariadb.arg(format!("-P{}", server.port)).args(["audit", "-e", sql]))
}

fn ask_sqlite(folder: &Folder, sql: &str) -> Vec<String> {
    let database = rusqlite::Connection::open(folder.path("audit.sqlite")).expect("a database");
    let mut statement = database.prepare(sql).expect(sql);
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cell = |index| match row.get_ref(index)? {
            rusqlite::types::ValueRef::Integer(value) => Ok(value.to_string()),
            rusqlite::types::ValueRef::Text(text) => Ok(String::from_utf8_lossy(text).into_owned()),
            _ => Ok(String::new()),
        };
        let cells = (0..columns).map(cell).collect::<rusqlite::Result<Vec<String>>>()?;
        Ok(cells.join("\t"))
    });
    rows.expect(sql).map(|row| row.expect(sql)).collect()
}

fn lines(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}
