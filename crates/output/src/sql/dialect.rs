//! How does each database say it?
//!
//! Names are always quoted: columns are called `case`, `order` or `key`.

use super::plan::{Column, KEY, Kind, Plan, SCHEMA, Table, VERSION, View};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Postgresql,
    Mysql,
    Mariadb,
    Sqlite,
    SqlServer,
}

use Dialect::{Mariadb, Mysql, Postgresql, SqlServer, Sqlite};

/// Where the tables are, and how their names begin.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub schema: Option<String>,
    pub prefix: String,
}

/// What a database has already: by table or view, its columns in order.
pub type Existing = std::collections::HashMap<String, Vec<String>>;

impl Dialect {
    pub fn quote(self, name: &str) -> String {
        match self {
            Postgresql | Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
            Mysql | Mariadb => format!("`{}`", name.replace('`', "``")),
            SqlServer => format!("[{}]", name.replace(']', "]]")),
        }
    }

    /// A table or view, as a statement names it.
    pub fn place(self, names: &Names, name: &str) -> String {
        let name = self.quote(&names.full(name));
        match &names.schema {
            Some(schema) => format!("{}.{name}", self.quote(schema)),
            None => name,
        }
    }

    fn literal(self, text: &str) -> String {
        let text = text.replace('\'', "''");
        match self {
            Mysql | Mariadb => format!("'{}'", text.replace('\\', "\\\\")),
            SqlServer => format!("N'{text}'"),
            _ => format!("'{text}'"),
        }
    }

    fn type_of(self, kind: Kind) -> String {
        let short = super::plan::SHORT_UNITS_MAX;
        match (self, kind) {
            (Postgresql, Kind::Key) => "char(32)".into(),
            (Mysql | Mariadb, Kind::Key) => "char(32) character set ascii collate ascii_bin".into(),
            (SqlServer, Kind::Key) => "char(32) collate Latin1_General_100_BIN2".into(),
            (Postgresql | Sqlite, Kind::Text | Kind::Short) | (Sqlite, Kind::Key) => "text".into(),
            (Mysql | Mariadb, Kind::Text) => "longtext".into(),
            (Mysql | Mariadb, Kind::Short) => format!("varchar({short})"),
            (SqlServer, Kind::Text) => "nvarchar(max) collate Latin1_General_100_BIN2".into(),
            (SqlServer, Kind::Short) => {
                format!("nvarchar({short}) collate Latin1_General_100_BIN2")
            }
            (Sqlite, Kind::Integer) => "integer".into(),
            (_, Kind::Integer) => "bigint".into(),
            (SqlServer, Kind::Boolean) => "bit".into(),
            (_, Kind::Boolean) => "boolean".into(),
            (Postgresql, Kind::Time) => "timestamptz".into(),
            (Mysql | Mariadb, Kind::Time) => "datetime(6)".into(),
            (SqlServer, Kind::Time) => "datetime2(6)".into(),
            // The form of SQLite's own functions: 2024-05-01 10:00:00.000000.
            (Sqlite, Kind::Time | Kind::Date) => "text".into(),
            (_, Kind::Date) => "date".into(),
            (Postgresql, Kind::Bytes) => "bytea".into(),
            (Mysql | Mariadb, Kind::Bytes) => "longblob".into(),
            (Sqlite, Kind::Bytes) => "blob".into(),
            (SqlServer, Kind::Bytes) => "varbinary(max)".into(),
        }
    }

    /// A column's name and type.
    fn column(self, column: &Column) -> String {
        format!("{} {}", self.quote(&column.name), self.type_of(column.kind))
    }

    /// Every column's name and type.
    pub fn columns(self, table: &Table) -> String {
        join(&table.columns, |column| self.column(column))
    }

    /// Every column's name.
    pub fn listed(self, table: &Table) -> String {
        join(&table.columns, |column| self.quote(&column.name))
    }

    fn create_table(self, names: &Names, table: &Table) -> Vec<String> {
        let place = self.place(names, &table.name);
        let columns = join(&table.columns, |column| {
            let key = if column.name == KEY { " not null primary key" } else { "" };
            format!("{}{key}", self.column(column))
        });
        let indices = table.indices.iter().filter_map(|columns| self.index(names, table, columns));
        match self {
            // Indices belong to the statement, since a table may be left without them otherwise:
            // each statement of MySQL is a transaction of its own. Text is compared byte by byte, as
            // in `trail365 sql`; of each server's collations this is the one that does not pad.
            Mysql | Mariadb => {
                let indices: String = indices.map(|index| format!(", index {index}")).collect();
                let collation =
                    if self == Mysql { "utf8mb4_0900_bin" } else { "utf8mb4_nopad_bin" };
                vec![format!(
                    "create table {place} ({columns}{indices}) engine = InnoDB row_format = dynamic \
                     default character set utf8mb4 collate {collation}"
                )]
            }
            _ => {
                let mut statements = vec![format!("create table {place} ({columns})")];
                statements.extend(indices.map(|index| format!("create index {index}")));
                statements
            }
        }
    }

    /// What follows `create index`, or `index` inside of MySQL's `create table`.
    fn index(self, names: &Names, table: &Table, columns: &[&str]) -> Option<String> {
        let name = format!("{}_{}", names.full(&table.name), columns[0]);
        let listed = join(columns, |column| self.quote(column));
        let place = self.place(names, &table.name);
        let is_long = |column: &Column| column.name == columns[0] && column.kind == Kind::Text;
        let is_long = table.columns.iter().any(is_long);
        let name_here = self.quote(&super::plan::name(&name));
        Some(match self {
            // A b-tree takes 2,704 bytes at most; a hash index answers for text of any length.
            Postgresql if is_long => format!("{name_here} on {place} using hash ({listed})"),
            Postgresql | SqlServer if !is_long => format!("{name_here} on {place} ({listed})"),
            // An index of SQLite is in the schema of its table, and named without.
            Sqlite => format!("{name_here} on {place} ({listed})"),
            Mysql | Mariadb if is_long => format!("{name_here} ({listed}(255))"),
            Mysql | Mariadb => format!("{name_here} ({listed})"),
            // SQL Server has no index on text of any length.
            _ => return None,
        })
    }

    fn create_view(self, names: &Names, view: &View, existing: &[String]) -> Vec<String> {
        let place = self.place(names, &view.name);
        // PostgreSQL replaces a view, and so keeps its grants, if its columns stay where they were.
        let mut columns: Vec<_> = view.columns.iter().collect();
        let position = |name: &str| existing.iter().position(|it| it == name);
        columns.sort_by_key(|column| position(&column.name).unwrap_or(usize::MAX));
        let is_known = |name: &String| columns.iter().any(|column| column.name == *name);
        let listed = join(&columns, |column| {
            let (alias, source) = match &column.stored {
                Some(stored) => ("e", stored),
                None => ("f", &column.name),
            };
            format!("{alias}.{} as {}", self.quote(source), self.quote(&column.name))
        });
        let events = self.place(names, "events");
        let fields = view.fields.as_ref().map_or(String::new(), |fields| {
            let key = self.quote(KEY);
            format!(" join {} f on f.{key} = e.{key}", self.place(names, fields))
        });
        let body = format!("view {place} as select {listed} from {events} e{fields}");
        let drop = format!("drop view if exists {place}");
        match self {
            Sqlite => vec![drop, format!("create {body}")],
            Postgresql if !existing.iter().all(is_known) => vec![drop, format!("create {body}")],
            SqlServer => vec![format!("create or alter {body}")],
            _ => vec![format!("create or replace {body}")],
        }
    }

    /// What is to be run so that everything of the plan is there. Nothing is ever dropped but a
    /// view on its way to more columns.
    pub fn migrate(self, names: &Names, plan: &Plan, existing: &Existing) -> Vec<String> {
        let mut statements = Vec::new();
        for table in &plan.tables {
            let Some(columns) = existing.get(&names.full(&table.name)) else {
                statements.extend(self.create_table(names, table));
                if table.name == SCHEMA {
                    let place = self.place(names, SCHEMA);
                    let version = self.quote("version");
                    statements.push(format!("insert into {place} ({version}) values ({VERSION})"));
                }
                continue;
            };
            let place = self.place(names, &table.name);
            let word = if self == SqlServer { "add" } else { "add column" };
            let missing = table.columns.iter().filter(|column| !columns.contains(&column.name));
            statements.extend(
                missing.map(|column| format!("alter table {place} {word} {}", self.column(column))),
            );
        }
        for view in &plan.views {
            let columns = existing.get(&names.full(&view.name)).map_or(&[][..], |it| it);
            // A view with more columns belongs to a newer program.
            if view.columns.iter().any(|column| !columns.contains(&column.name)) {
                statements.extend(self.create_view(names, view, columns));
            }
        }
        statements
    }

    /// Pairs of table and column, in the order of the columns, for those of the plan that are there.
    pub fn existing(self, names: &Names, plan: &Plan) -> String {
        let tables = plan.tables.iter().map(|table| &table.name);
        let all = tables.chain(plan.views.iter().map(|view| &view.name));
        let all: Vec<String> = all.map(|name| self.literal(&names.full(name))).collect();
        let all = all.join(", ");
        match self {
            Sqlite => format!(
                "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c \
                 where m.name in ({all}) order by m.name, c.cid"
            ),
            _ => {
                let schema = match (&names.schema, self) {
                    (Some(schema), _) => self.literal(schema),
                    (None, Postgresql) => "current_schema()".into(),
                    (None, SqlServer) => "schema_name()".into(),
                    (None, _) => "database()".into(),
                };
                format!(
                    "select table_name, column_name from information_schema.columns \
                     where table_schema = {schema} and table_name in ({all}) \
                     order by table_name, ordinal_position"
                )
            }
        }
    }

    /// Lets one sender migrate at a time. The last answers `1`.
    pub fn lock(self, names: &Names) -> Vec<String> {
        let schema = names.schema.as_deref().unwrap_or_default();
        let lock = self.literal(&format!("trail365 {schema}"));
        match self {
            Postgresql => vec![
                "begin".into(),
                format!("select '1', '' from pg_advisory_xact_lock(hashtext({lock}))"),
            ],
            Mysql | Mariadb => {
                // Locks are the server's, not the database's; their names have 64 characters.
                vec![format!(
                    "select concat(get_lock(concat('trail365 ', md5(database())), 30)), ''"
                )]
            }
            Sqlite => vec!["begin immediate".into(), "select '1', ''".into()],
            SqlServer => vec![
                "set xact_abort on".into(),
                "begin transaction".into(),
                format!(
                    "declare @taken int; exec @taken = sp_getapplock @Resource = {lock}, \
                     @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 30000; \
                     select case when @taken >= 0 then N'1' else N'0' end, N''"
                ),
            ],
        }
    }

    /// What was migrated is there for all, and the next sender may go on.
    pub fn unlock(self) -> &'static str {
        match self {
            Postgresql | Sqlite => "commit",
            Mysql | Mariadb => "do release_lock(concat('trail365 ', md5(database())))",
            SqlServer => "commit transaction",
        }
    }

    pub fn version(self, names: &Names) -> String {
        let text = self.text_of(&self.quote("version"));
        format!("select {text}, '' from {}", self.place(names, SCHEMA))
    }

    /// How long the raw record of this key is, and what server says so.
    pub fn probe(self, names: &Names, key: &str) -> String {
        let raw = self.quote("raw");
        let (length, server) = match self {
            Postgresql => (format!("octet_length({raw})"), "current_setting('server_version')"),
            Mysql | Mariadb => (format!("octet_length({raw})"), "version()"),
            Sqlite => (format!("length({raw})"), "sqlite_version()"),
            SqlServer => (
                format!("datalength({raw})"),
                "cast(serverproperty('productversion') as nvarchar(128))",
            ),
        };
        format!(
            "select {}, {server} from {} where {} = {}",
            self.text_of(&length),
            self.place(names, "events"),
            self.quote(KEY),
            self.literal(key)
        )
    }

    pub fn delete(self, names: &Names, table: &str, key: &str) -> String {
        let place = self.place(names, table);
        format!("delete from {place} where {} = {}", self.quote(KEY), self.literal(key))
    }

    fn text_of(self, expression: &str) -> String {
        match self {
            Mysql | Mariadb => format!("concat({expression})"),
            SqlServer => format!("cast({expression} as nvarchar(40))"),
            _ => format!("cast({expression} as text)"),
        }
    }

    /// Writes rows with their values as parameters; a row that is there is overwritten.
    pub fn upsert(self, names: &Names, table: &Table, rows: usize) -> String {
        let place = self.place(names, &table.name);
        let listed = self.listed(table);
        match self {
            Postgresql => unreachable!("PostgreSQL copies"),
            Sqlite | Mysql | Mariadb => {
                let row = format!("({})", vec!["?"; table.columns.len()].join(","));
                let values = vec![row; rows].join(",");
                let ending = self.on_conflict(table);
                format!("insert into {place} ({listed}) values {values} {ending}")
            }
            SqlServer => self.merge(&place, &listed, table, rows),
        }
    }

    /// How an `insert` ends that overwrites.
    pub fn on_conflict(self, table: &Table) -> String {
        let key = self.quote(KEY);
        let set = |before: &str, after: &str| {
            join(&table.columns, |column| {
                let name = self.quote(&column.name);
                format!("{name} = {before}{name}{after}")
            })
        };
        match self {
            Mysql | Mariadb => format!("on duplicate key update {}", set("values(", ")")),
            _ => format!("on conflict ({key}) do update set {}", set("excluded.", "")),
        }
    }

    /// `holdlock` keeps two senders from inserting the same key at once:
    /// https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql
    fn merge(self, place: &str, listed: &str, table: &Table, rows: usize) -> String {
        let key = self.quote(KEY);
        let mut parameter = 0;
        let mut row = || {
            let values = join(&table.columns, |column| {
                parameter += 1;
                // A parameter is nvarchar, which an index over char would not serve.
                match column.kind {
                    Kind::Key => format!("cast(@P{parameter} as char(32))"),
                    _ => format!("@P{parameter}"),
                }
            });
            format!("({values})")
        };
        let values: Vec<String> = (0..rows).map(|_| row()).collect();
        let set = join(&table.columns, |column| {
            let name = self.quote(&column.name);
            format!("t.{name} = s.{name}")
        });
        let sources = join(&table.columns, |column| format!("s.{}", self.quote(&column.name)));
        format!(
            "merge into {place} with (holdlock) as t using (values {}) as s ({listed}) \
             on t.{key} = s.{key} when matched then update set {set} \
             when not matched then insert ({listed}) values ({sources});",
            values.join(", ")
        )
    }
}

impl Names {
    /// A name in lower case letters, digits and `_`, as a setting.
    pub fn checked(setting: &str, name: Option<String>) -> Result<Option<String>, String> {
        const PREFIX_BYTES_MAX: usize = 20;
        let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        match name {
            Some(name) if setting == "prefix" && name.len() > PREFIX_BYTES_MAX => {
                Err(format!("{setting}: at most {PREFIX_BYTES_MAX} characters"))
            }
            Some(name) if name.is_empty() || !name.bytes().all(is_plain) => {
                Err(format!("{setting} = \"{name}\": use lower case letters, digits and _"))
            }
            name => Ok(name),
        }
    }

    pub fn full(&self, name: &str) -> String {
        super::plan::name(&format!("{}{name}", self.prefix))
    }
}

fn join<T>(items: &[T], mut text: impl FnMut(&T) -> String) -> String {
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            joined.push_str(", ");
        }
        joined.push_str(&text(item));
    }
    joined
}
