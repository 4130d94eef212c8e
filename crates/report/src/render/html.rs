//! A page as one file of HTML that needs nothing else: to read, to print, to hand on.

use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde::Serialize;

use super::chart::{self, Drawing};
use super::{counted, moment, number, printable, shown};
use crate::{Cell, Coverage, Figure, Page, Section, Table};

/// Rows of a table that the page shows; CSV has them all.
pub const ROWS_MAX: usize = 2_000;
/// Words up to this length are not broken.
const WORD_CHARS_MAX: usize = 22;
/// Tables with more columns are set closer, and printed across.
const COLUMNS_MAX: usize = 9;

/// All that stands in the file's one `style` element: whoever serves it allows just this.
pub const STYLE: &str = include_str!("../../data/page.css");

/// What is named `.html` is escaped as HTML; the style sheet is ours and goes in as it is.
static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.add_global("style", Value::from_safe_string(STYLE.to_owned()));
    let page = include_str!("../../data/page.html");
    templates.add_template("page.html", page).expect("our template reads");
    templates
});

/// The whole file.
pub fn html(page: &Page) -> String {
    let template = TEMPLATES.get_template("page.html").expect("our template is there");
    template.render(Value::from(Serde(&View::of(page)))).expect("our template fits its view")
}

/// Everything as the template writes it: harmless text, numbers and times in a reader's form.
#[derive(Serialize)]
struct View {
    report: &'static str,
    title: String,
    about: String,
    asked: Vec<(String, String)>,
    events: String,
    coverage: Rests,
    sections: Vec<Part>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Rests {
    contents: Vec<Content>,
    gaps: Vec<String>,
    dropped: Vec<(String, String)>,
    last_event: Option<String>,
    /// Something is missing, or nothing is there.
    lacking: bool,
}

#[derive(Serialize)]
struct Content {
    name: String,
    events: String,
    first: String,
    last: String,
}

/// One of the three is there.
#[derive(Default, Serialize)]
struct Part {
    figures: Option<Vec<Shown>>,
    chart: Option<Drawing>,
    table: Option<Rows>,
}

#[derive(Serialize)]
struct Shown {
    label: String,
    value: String,
    alarming: bool,
    /// A word or a time rather than a number.
    small: bool,
}

#[derive(Serialize)]
struct Rows {
    name: &'static str,
    wide: bool,
    title: String,
    count: String,
    columns: Vec<(&'static str, &'static str)>,
    rows: Vec<Vec<(&'static str, String)>>,
    more: Option<String>,
}

impl View {
    fn of(page: &Page) -> View {
        View {
            report: page.report,
            title: harmless(page.title),
            about: harmless(page.about),
            asked: asked(page),
            events: counted(page.events, "event"),
            coverage: Rests::of(&page.coverage),
            sections: page.answer.sections.iter().map(Part::of).collect(),
            notes: page.answer.notes.iter().map(|note| harmless(note)).collect(),
        }
    }
}

fn asked(page: &Page) -> Vec<(String, String)> {
    let told = page.asked.iter().map(|(name, value)| (capital(name), harmless(value)));
    let tenants = if page.tenants.len() == 1 { "Tenant" } else { "Tenants" };
    let span = format!("{} to {} UTC", moment(page.from), moment(page.to));
    let ours = [
        (tenants.to_owned(), harmless(&page.tenants.join(", "))),
        ("Span".to_owned(), span),
        ("Made".to_owned(), format!("{} UTC", moment(page.made))),
    ];
    told.chain(ours).collect()
}

impl Rests {
    fn of(coverage: &Coverage) -> Rests {
        let time = |micros: Option<i64>| micros.map(moment).unwrap_or_default();
        let contents = coverage.contents.iter().map(|content| Content {
            name: harmless(&content.name),
            events: number(content.events),
            first: time(content.first),
            last: time(content.last),
        });
        let dropped = coverage.dropped.iter();
        Rests {
            contents: contents.collect(),
            gaps: coverage.gaps.iter().map(|gap| harmless(gap)).collect(),
            dropped: dropped
                .map(|(rule, events)| (harmless(rule), counted(*events, "event")))
                .collect(),
            last_event: coverage.last_event.map(moment),
            lacking: !coverage.gaps.is_empty() || coverage.contents.is_empty(),
        }
    }
}

impl Part {
    fn of(section: &Section) -> Part {
        match section {
            Section::Figures(figures) => {
                let figures = figures.iter().map(Shown::of).collect();
                Part { figures: Some(figures), ..Part::default() }
            }
            Section::Chart(bars) => Part { chart: Some(chart::draw(bars)), ..Part::default() },
            Section::Table(table) => Part { table: Some(Rows::of(table)), ..Part::default() },
        }
    }
}

impl Shown {
    fn of(figure: &Figure) -> Shown {
        Shown {
            label: harmless(&figure.label),
            value: match figure.value {
                Cell::Empty => "–".to_owned(),
                _ => shown(&figure.value),
            },
            alarming: figure.alarming,
            small: !matches!(figure.value, Cell::Count(_) | Cell::Empty),
        }
    }
}

impl Rows {
    fn of(table: &Table) -> Rows {
        let count = table.rows.len() as u64 + table.left_out;
        let rows =
            table.rows.iter().take(ROWS_MAX).map(|row| {
                row.cells.iter().map(|cell| (class(cell), shown(cell))).collect::<Vec<_>>()
            });
        let rows: Vec<_> = rows.collect();
        let more = count - rows.len() as u64;
        Rows {
            name: table.name,
            wide: table.columns.len() > COLUMNS_MAX,
            title: harmless(&table.title),
            count: counted(count, "row"),
            columns: table
                .columns
                .iter()
                .enumerate()
                .map(|(at, it)| (heading(table, at), it.name))
                .collect(),
            rows,
            more: (more > 0).then(|| counted(more, "more row")),
        }
    }
}

/// A column is aligned as its first cell that holds something.
fn heading(table: &Table, at: usize) -> &'static str {
    let cells = table.rows.iter().take(ROWS_MAX).map(|row| class(&row.cells[at]));
    cells.into_iter().find(|class| !class.is_empty()).unwrap_or("")
}

fn class(cell: &Cell) -> &'static str {
    match cell {
        Cell::Empty => "",
        Cell::Text(text) if text.chars().count() <= WORD_CHARS_MAX => "word",
        Cell::Text(_) => "text",
        Cell::Count(_) => "count",
        Cell::Time(_) => "time",
    }
}

fn harmless(text: &str) -> String {
    printable(text).into_owned()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    harmless(&(first + chars.as_str()))
}
