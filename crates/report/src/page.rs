//! What does an answer consist of?

use event::Key;
use serde::Serialize;

/// Everything that is printed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// The report's name and title.
    pub report: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    /// What was asked, for example ("user", "ann@contoso.example").
    pub asked: Vec<(&'static str, String)>,
    pub tenants: Vec<String>,
    /// The span, and when it was answered; microseconds since 1970-01-01T00:00:00Z.
    pub from: i64,
    pub to: i64,
    pub made: i64,
    /// Events looked at.
    pub events: u64,
    pub coverage: Coverage,
    pub answer: Answer,
}

/// On what the answer rests.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Coverage {
    pub contents: Vec<ContentCoverage>,
    /// Spans or blobs in the span asked for of which it is not proven that they are stored, in words.
    pub gaps: Vec<String>,
    /// The newest event of the store.
    pub last_event: Option<i64>,
    /// Events in the span that a policy kept out of the store, by the rule's name.
    pub dropped: Vec<(String, u64)>,
}

/// A content type (or, for what was imported, a kind of source) with what the span holds of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ContentCoverage {
    pub name: String,
    pub events: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
}

/// What a question answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Answer {
    pub sections: Vec<Section>,
    /// What a reader must know to judge the figures; one sentence each.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    Figures(Vec<Figure>),
    Chart(Chart),
    Table(Table),
}

/// One number, or one word, with its meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub label: String,
    pub value: Cell,
    /// Worth a second look.
    pub alarming: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chart {
    pub title: String,
    pub shape: Shape,
    /// The names of the parts of each bar, in the order of [`Bar::values`].
    pub series: Vec<String>,
    pub bars: Vec<Bar>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A bar for each step of time, upright; `label` is the step's beginning.
    Timeline,
    /// A bar for each name, lying, longest first.
    Ranking,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    pub label: String,
    pub values: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Names the table in CSV and in options: lower-case words with dashes.
    pub name: &'static str,
    pub title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<TableRow>,
    /// Rows beyond [`Table::ROWS_MAX`] that are counted but not kept.
    pub left_out: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// A field's own name where it shows a field.
    pub name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRow {
    /// In the order of the columns.
    pub cells: Vec<Cell>,
    /// The event that the row shows, where it shows one.
    pub key: Option<Key>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    Empty,
    Text(String),
    Count(u64),
    /// Microseconds since 1970-01-01T00:00:00Z.
    #[serde(serialize_with = "iso")]
    Time(i64),
}

fn iso<S: serde::Serializer>(micros: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&event::time::iso_text(*micros))
}

impl Table {
    /// Rows a table keeps. It bounds what a report holds in memory; the rest is counted.
    pub const ROWS_MAX: usize = 100_000;

    pub fn new(name: &'static str, title: impl Into<String>, columns: &[&'static str]) -> Table {
        let columns = columns.iter().map(|name| Column { name }).collect();
        Table { name, title: title.into(), columns, rows: Vec::new(), left_out: 0 }
    }

    pub fn push(&mut self, key: Option<Key>, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.columns.len(), "a cell for each column of {}", self.name);
        match self.rows.len() < Table::ROWS_MAX {
            true => self.rows.push(TableRow { cells, key }),
            false => self.left_out += 1,
        }
    }
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }

    pub fn maybe(text: Option<impl Into<String>>) -> Cell {
        text.map_or(Cell::Empty, Cell::text)
    }

    /// As text, times in ISO 8601.
    pub fn shown(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Count(count) => count.to_string(),
            Cell::Time(micros) => event::time::iso_text(*micros),
        }
    }
}
