//! Which views does SQL have?
//!
//! One for each RecordType, by its name, with the columns that the documented schema gives its
//! records; and those of `data/classic_views.tsv`, with the names of classic audit warehouses.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use decode::schema::{self, Kind, SchemaField};
use event::Field;
use output::{ColumnKind, Shape, ShapeColumn};
use search::sql::{From, Type, View, ViewColumn};
use store::schema::{EVENT_DATE, RAW};

/// All that the schema does not know of a record.
const REST: &str = "Undocumented";
/// The last column of a classic view.
const CLASSIC_REST: &str = "SNAREDATAMAP";
/// Columns of every classic view.
const EVERY: &str = "every";

/// The view of that name, in lower case.
pub fn find(name: &str) -> Option<Arc<View>> {
    VIEWS.get(name).cloned()
}

/// Every view, by name.
pub fn all() -> impl Iterator<Item = &'static Arc<View>> {
    VIEWS.values()
}

/// What a column holds, in a few words.
pub fn describe(from: &From) -> String {
    match from {
        From::Column(field) => field.description().to_owned(),
        From::Stored(_) => "as in events".to_owned(),
        From::Constant(text) => format!("always {text}"),
        From::Rest => "all that no other column shows, as a JSON object".to_owned(),
        From::Members { paths, kind } => {
            let kind = match kind {
                Type::Text => "text",
                Type::Integer => "integer",
                Type::Boolean => "boolean",
                Type::Time => "time",
                Type::Json => "JSON",
            };
            format!("{kind}: {}", paths.join(" or "))
        }
    }
}

/// A table of SQL outputs, and what fills it.
pub struct Shaped {
    pub shape: Arc<Shape>,
    pub view: Arc<View>,
}

/// The table that SQL outputs keep for a RecordType, and the view that says what fills it.
pub fn shape(record_type: i64) -> Option<&'static Shaped> {
    static SHAPES: LazyLock<HashMap<i64, Shaped>> = LazyLock::new(|| {
        let mut shapes = HashMap::new();
        for (number, name) in schema::record_types() {
            let view = find(&name.to_lowercase()).expect("every RecordType has a view");
            shapes.insert(*number, Shaped { shape: Arc::new(shape_of(&view)), view });
        }
        shapes
    });
    SHAPES.get(&record_type)
}

/// What the view shows of the partition and the raw record, the table of all events has.
fn shape_of(view: &View) -> Shape {
    let columns = view.columns.iter().filter_map(|column| {
        let (kind, stored) = match &column.from {
            From::Column(field) => (kind_of(*field), Some(*field)),
            From::Members { kind, .. } => (kind_of_members(*kind), None),
            From::Rest => (ColumnKind::Json, None),
            From::Stored(_) | From::Constant(_) => return None,
        };
        Some(ShapeColumn { name: column.name.to_lowercase(), kind, stored })
    });
    Shape { name: view.name.to_lowercase(), columns: columns.collect() }
}

fn kind_of(field: Field) -> ColumnKind {
    match field.kind() {
        event::Kind::Int => ColumnKind::Integer,
        event::Kind::Time => ColumnKind::Time,
        event::Kind::Text | event::Kind::Address => ColumnKind::Text,
    }
}

fn kind_of_members(kind: Type) -> ColumnKind {
    match kind {
        Type::Text => ColumnKind::Text,
        Type::Integer => ColumnKind::Integer,
        Type::Boolean => ColumnKind::Boolean,
        Type::Time => ColumnKind::Time,
        Type::Json => ColumnKind::Json,
    }
}

static VIEWS: LazyLock<BTreeMap<String, Arc<View>>> = LazyLock::new(|| {
    let views = record_types().into_iter().chain(classic()).chain([activity()]);
    views.map(|view| (view.name.to_lowercase(), Arc::new(view))).collect()
});

/// What is asked of every event, whatever its RecordType.
fn activity() -> View {
    let columns = output::ACTIVITY
        .iter()
        .map(|field| ViewColumn { name: field.name().to_owned(), from: From::Column(*field) });
    View { name: "activity".to_owned(), rows: "true".to_owned(), columns: columns.collect() }
}

/// One view for each name; where Microsoft gave a name to two numbers, it is a view over both.
fn record_types() -> Vec<View> {
    let mut names: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (number, name) in schema::record_types() {
        names.entry(name).or_default().push(*number);
    }
    names.into_iter().map(|(name, numbers)| record_type(name, &numbers)).collect()
}

fn record_type(name: &str, numbers: &[i64]) -> View {
    let mut columns: Vec<ViewColumn> = Vec::new();
    for field in numbers.iter().flat_map(|number| schema::columns_of(*number)) {
        push(&mut columns, field.name, documented(field));
    }
    for field in Field::ALL {
        push(&mut columns, field.name(), From::Column(field));
    }
    push(&mut columns, REST, From::Rest);
    push(&mut columns, EVENT_DATE, From::Stored(EVENT_DATE));
    push(&mut columns, RAW, From::Stored(RAW));
    View { name: name.to_owned(), rows: rows(numbers), columns }
}

/// SQL compares names without case, so the first of two that differ in nothing else is the column.
fn push(columns: &mut Vec<ViewColumn>, name: &str, from: From) {
    if !columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)) {
        columns.push(ViewColumn { name: name.to_owned(), from });
    }
}

/// A stored column is quicker, and holds what the decoder made of every spelling.
fn documented(field: &SchemaField) -> From {
    match Field::named(field.name) {
        Some(stored) => From::Column(stored),
        None => {
            let mut paths = vec![field.name.to_owned(), field.documented_name.to_owned()];
            paths.dedup();
            From::Members { paths, kind: type_of(field) }
        }
    }
}

/// Where records have more than one type for a field, text holds them all.
fn type_of(field: &SchemaField) -> Type {
    let kinds: BTreeSet<&str> = field.kinds().map(word).collect();
    match kinds.into_iter().collect::<Vec<_>>().as_slice() {
        ["integer"] => Type::Integer,
        ["boolean"] => Type::Boolean,
        ["time"] => Type::Time,
        ["text"] => Type::Text,
        _ => Type::Json,
    }
}

fn word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Integer => "integer",
        Kind::Boolean => "boolean",
        Kind::Time => "time",
        Kind::Text | Kind::Guid => "text",
        // A code or its name.
        Kind::Enum(_) => "text",
        Kind::Complex(_) | Kind::List(_) | Kind::Any => "json",
    }
}

fn rows(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("recordtype in ({})", numbers.join(", "))
}

fn classic() -> Vec<View> {
    let text = include_str!("../data/classic_views.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<[&str; 4]> = lines
        .map(|line| {
            let parts: Vec<&str> = line.split('\t').collect();
            parts.try_into().expect("view, column, type, members")
        })
        .collect();
    let mut views: Vec<View> = Vec::new();
    for [name, column, kind, members] in &lines {
        if *name == EVERY {
            continue;
        }
        if views.last().is_none_or(|view| view.name != *name) {
            views.push(View { name: (*name).to_owned(), rows: String::new(), columns: Vec::new() });
        }
        let view = views.last_mut().expect("just pushed");
        if *kind == "record types" {
            view.rows = format!("recordtype in ({members})");
        }
        push(&mut view.columns, column, classic_column(kind, members));
    }
    for view in &mut views {
        for [_, column, kind, members] in lines.iter().filter(|line| line[0] == EVERY) {
            push(&mut view.columns, column, classic_column(kind, members));
        }
        push(&mut view.columns, CLASSIC_REST, From::Rest);
    }
    views
}

fn classic_column(kind: &str, members: &str) -> From {
    let kind = match kind {
        "constant" => return From::Constant(members.to_owned()),
        "record types" => return From::Column(Field::RecordType),
        "column" => return From::Column(Field::named(members).expect("a field of the store")),
        "text" => Type::Text,
        "integer" => Type::Integer,
        "boolean" => Type::Boolean,
        "json" => Type::Json,
        other => panic!("{other} is no type of a column"),
    };
    From::Members { paths: members.split('|').map(str::to_owned).collect(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_type_has_a_view_with_its_documented_columns() {
        for (number, name) in schema::record_types() {
            let view = find(&name.to_lowercase()).unwrap_or_else(|| panic!("no view {name}"));
            for field in schema::columns_of(*number) {
                let has = |column: &ViewColumn| column.name.eq_ignore_ascii_case(field.name);
                assert!(view.columns.iter().any(has), "{name} {}", field.name);
            }
        }
    }

    #[test]
    fn names_are_words_of_sql() {
        let is_word = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        for view in all() {
            assert!(is_word(&view.name), "{}", view.name);
            let mut names = BTreeSet::new();
            for column in &view.columns {
                assert!(names.insert(column.name.to_lowercase()), "{} {}", view.name, column.name);
            }
        }
    }

    #[test]
    fn the_item_group_table_has_the_columns_of_audit_warehouses() {
        let view = find("classic_exchange_item_group").expect("in the data");
        let names: Vec<&str> = view.columns.iter().map(|column| column.name.as_str()).collect();
        let all = "TABLE RECORDTYPE APPID CLIENTAPPID LOGONTYPE INTERNALLOGONTYPE MAILBOXGUID \
                   MAILBOXOWNERUPN MAILBOXOWNERSID MAILBOXOWNERMASTERSID LOGONUSERSID \
                   LOGONUSERNAME EXTERNALACCESS ORIGINATINGSERVER ORGNAME CLIENTINFO CLIENTADDR \
                   CLIENTMACHINE CLIENTPROCESS CLIENTVERSION CLIENTREQID SESSIONID DIR \
                   CROSSMBOPERATION DESTMBID DESTMBUPN DESTMBSID DESTMBMASTERSID DESTDIR SRCDIRS \
                   AFFECTEDITEMS SNAREDATAMAP";
        for name in all.split_whitespace() {
            assert!(names.contains(&name), "{name}");
        }
    }
}
