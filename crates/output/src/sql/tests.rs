//! The statements, as each database is sent them.

use std::sync::Arc;

use event::{Cell, Field, Key};

use super::dialect::{Dialect, Existing, Names};
use super::plan::{self, Plan};
use super::rows;
use crate::{ColumnKind, Datum, Record, Shape, ShapeColumn, Typed};

const ALL: [Dialect; 5] =
    [Dialect::Postgresql, Dialect::Mysql, Dialect::Mariadb, Dialect::Sqlite, Dialect::SqlServer];

fn shape() -> Shape {
    let column = |name: &str, kind, stored| ShapeColumn { name: name.into(), kind, stored };
    Shape {
        name: "order".into(),
        columns: vec![
            column("operation", ColumnKind::Text, Some(Field::Operation)),
            column("case", ColumnKind::Boolean, None),
            column("a\"b`c]d", ColumnKind::Json, None),
        ],
    }
}

fn names(dialect: Dialect) -> Names {
    let schema = matches!(dialect, Dialect::SqlServer | Dialect::Postgresql);
    Names { schema: schema.then(|| "audit".to_owned()), prefix: "m365_".into() }
}

fn of_shape() -> Plan {
    let mut plan = Plan::default();
    plan.add(&shape());
    plan
}

#[test]
fn the_table_and_view_of_a_shape() {
    let check = |dialect: Dialect, want: [&str; 2]| {
        let made = dialect.migrate(&names(dialect), &of_shape(), &Existing::new());
        let tail: Vec<&str> = made.iter().map(String::as_str).collect();
        assert_eq!([tail[0], tail[tail.len() - 1]], want, "{dialect:?}");
    };
    check(
        Dialect::Postgresql,
        [
            r#"create table "audit"."m365_order_fields" ("record_key" char(32) not null primary key, "case" boolean, "a""b`c]d" text)"#,
            r#"create or replace view "audit"."m365_order" as select e."operation" as "operation", f."case" as "case", f."a""b`c]d" as "a""b`c]d" from "audit"."m365_events" e join "audit"."m365_order_fields" f on f."record_key" = e."record_key""#,
        ],
    );
    check(
        Dialect::Mariadb,
        [
            r#"create table `m365_order_fields` (`record_key` char(32) character set ascii collate ascii_bin not null primary key, `case` boolean, `a"b``c]d` longtext) engine = InnoDB row_format = dynamic default character set utf8mb4 collate utf8mb4_nopad_bin"#,
            r#"create or replace view `m365_order` as select e.`operation` as `operation`, f.`case` as `case`, f.`a"b``c]d` as `a"b``c]d` from `m365_events` e join `m365_order_fields` f on f.`record_key` = e.`record_key`"#,
        ],
    );
    check(
        Dialect::Sqlite,
        [
            r#"create table "m365_order_fields" ("record_key" text not null primary key, "case" boolean, "a""b`c]d" text)"#,
            r#"create view "m365_order" as select e."operation" as "operation", f."case" as "case", f."a""b`c]d" as "a""b`c]d" from "m365_events" e join "m365_order_fields" f on f."record_key" = e."record_key""#,
        ],
    );
    check(
        Dialect::SqlServer,
        [
            r#"create table [audit].[m365_order_fields] ([record_key] char(32) collate Latin1_General_100_BIN2 not null primary key, [case] bit, [a"b`c]]d] nvarchar(max) collate Latin1_General_100_BIN2)"#,
            r#"create or alter view [audit].[m365_order] as select e.[operation] as [operation], f.[case] as [case], f.[a"b`c]]d] as [a"b`c]]d] from [audit].[m365_events] e join [audit].[m365_order_fields] f on f.[record_key] = e.[record_key]"#,
        ],
    );
}

/// The form of https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql
#[test]
fn sql_server_merges() {
    let merge = Dialect::SqlServer.upsert(&names(Dialect::SqlServer), &plan::fields(&shape()), 2);
    let want = r#"merge into [audit].[m365_order_fields] with (holdlock) as t using (values (cast(@P1 as char(32)), @P2, @P3), (cast(@P4 as char(32)), @P5, @P6)) as s ([record_key], [case], [a"b`c]]d]) on t.[record_key] = s.[record_key] when matched then update set t.[record_key] = s.[record_key], t.[case] = s.[case], t.[a"b`c]]d] = s.[a"b`c]]d] when not matched then insert ([record_key], [case], [a"b`c]]d]) values (s.[record_key], s.[case], s.[a"b`c]]d]);"#;
    assert_eq!(merge, want);
}

#[test]
fn sql_server_indexes_what_has_a_length() {
    let dialect = Dialect::SqlServer;
    let made = dialect.migrate(&names(dialect), &Plan::base(), &Existing::new()).join("\n");
    assert!(made.contains(
        "create index [m365_events_userid] on [audit].[m365_events] ([userid], [creationtime])"
    ));
    assert!(!made.contains("([objectid])"), "text of any length cannot be indexed");
    assert!(made.contains("[userid] nvarchar(512)"));
    assert!(made.contains("insert into [audit].[m365_trail365_schema] ([version]) values (1)"));
}

/// What a database would say it has once the plan was carried out.
fn carried_out(names: &Names, plan: &Plan) -> Existing {
    let tables = plan.tables.iter().map(|table| {
        let columns = table.columns.iter().map(|column| column.name.clone()).collect();
        (names.full(&table.name), columns)
    });
    let views = plan.views.iter().map(|view| {
        let columns = view.columns.iter().map(|column| column.name.clone()).collect();
        (names.full(&view.name), columns)
    });
    tables.chain(views).collect()
}

#[test]
fn only_what_is_missing_is_made() {
    for dialect in ALL {
        let names = names(dialect);
        let mut plan = Plan::base();
        plan.add(&shape());
        let mut existing = carried_out(&names, &plan);
        assert!(dialect.migrate(&names, &plan, &existing).is_empty(), "{dialect:?}");

        for column in existing.values_mut() {
            column.push("of_a_newer_program".into());
        }
        assert!(dialect.migrate(&names, &plan, &existing).is_empty(), "{dialect:?}");

        existing.get_mut("m365_order_fields").expect("there").retain(|name| name != "case");
        let made = dialect.migrate(&names, &plan, &existing);
        assert_eq!(made.len(), 1, "{dialect:?}: {made:?}");
        let word = if dialect == Dialect::SqlServer { "add" } else { "add column" };
        let column = format!("{} ", dialect.quote("case"));
        assert!(
            made[0].starts_with("alter table ") && made[0].contains(&format!("{word} {column}"))
        );
        assert!(made.iter().all(|statement| !statement.contains("drop table")));
    }
}

#[test]
fn postgresql_keeps_a_views_columns_where_they_were() {
    let dialect = Dialect::Postgresql;
    let names = names(dialect);
    let mut existing = carried_out(&names, &of_shape());
    existing.insert("m365_order".into(), vec!["case".into(), "operation".into()]);
    let made = dialect.migrate(&names, &of_shape(), &existing);
    let columns = r#"select f."case" as "case", e."operation" as "operation", f."a""b`c]d""#;
    assert!(made.len() == 1 && made[0].contains(columns), "{made:?}");

    existing.insert("m365_order".into(), vec!["gone".into()]);
    let made = dialect.migrate(&names, &of_shape(), &existing);
    assert_eq!(made[0], r#"drop view if exists "audit"."m365_order""#);
}

#[test]
fn a_key_that_occurs_twice_is_written_once_as_it_was_last() {
    let record = |id: u64, operation: &'static str| {
        let mut cells = vec![None; Field::COUNT];
        cells[Field::Operation as usize] = Some(Cell::Text(operation.into()));
        let values = vec![Some(Datum::Boolean(true)), Some(Datum::Text("{}".into()))];
        Record {
            key: Key { id, content: 0 },
            raw: Default::default(),
            cells,
            body: Default::default(),
            typed: Some(Typed { shape: Arc::new(shape()), values }),
        }
    };
    let records = [record(1, "first"), record(2, "other"), record(1, "last")];
    let rows = rows::of(&records);
    assert_eq!(rows.len(), 2, "one table of events, one of the shape");
    let place = rows[0].table.columns.iter().position(|it| it.name == "operation").expect("there");
    let operations: Vec<_> = rows[0].rows.iter().map(|row| row[place].clone()).collect();
    assert_eq!(operations, [rows::Value::Text("other".into()), rows::Value::Text("last".into())]);
    assert_eq!(rows[1].rows.len(), 2);
}
