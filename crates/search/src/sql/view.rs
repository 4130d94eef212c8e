//! What columns does one kind of record have?

use std::sync::Arc;

use event::Field;

/// Finds a view by its name in lower case.
pub type ViewFinder = fn(&str) -> Option<Arc<View>>;

/// The events of some kind, with columns for what their records hold.
#[derive(Debug, PartialEq, Eq)]
pub struct View {
    /// As Microsoft writes it.
    pub name: String,
    /// Which events, as an SQL condition over `events`.
    pub rows: String,
    pub columns: Vec<ViewColumn>,
}

/// A column of a view.
#[derive(Debug, PartialEq, Eq)]
pub struct ViewColumn {
    /// As Microsoft writes it; no two of a view differ in case only.
    pub name: String,
    pub from: From,
}

/// Where a column's values come from.
#[derive(Debug, PartialEq, Eq)]
pub enum From {
    /// A stored column.
    Column(Field),
    /// A stored column without a field: the partition, the raw record.
    Stored(&'static str),
    /// The same in every row.
    Constant(String),
    /// The first value at one of these paths, best first.
    Members { paths: Vec<String>, kind: Type },
    /// What no other column shows of the record, as a JSON object; null if nothing is left.
    Rest,
}

/// What a column of members holds. What does not fit is null there and stays in [`From::Rest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Integer,
    Boolean,
    /// UTC.
    Time,
    /// Lists and objects, as JSON text; a bare text as it is.
    Json,
}

impl View {
    /// Columns that only the record itself can fill, in their order.
    pub fn members(&self) -> impl Iterator<Item = &ViewColumn> {
        self.columns.iter().filter(|it| matches!(it.from, From::Members { .. } | From::Rest))
    }

    /// The name of the function that reads them all at once.
    pub(super) fn function(&self) -> String {
        format!("members_of_{}", self.name.to_lowercase())
    }

    /// A statement that makes the view. The function is called once a row, however many columns
    /// are asked for, and not at all where none is.
    pub(super) fn sql(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(ViewColumn::sql).collect();
        format!(
            r#"create view "{}" as select {} from (select *, {}(raw) as members from events where {})"#,
            self.name.to_lowercase(),
            columns.join(", "),
            self.function(),
            self.rows,
        )
    }
}

impl ViewColumn {
    fn sql(&self) -> String {
        let name = self.name.to_lowercase();
        let value = match &self.from {
            From::Column(field) => field.name().to_lowercase(),
            From::Stored(column) => column.to_lowercase(),
            From::Constant(text) => format!("'{}'", text.replace('\'', "''")),
            From::Members { .. } | From::Rest => {
                format!("get_field(members, '{}')", name.replace('\'', "''"))
            }
        };
        format!(r#"{value} as "{name}""#)
    }
}
