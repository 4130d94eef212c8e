//! A page for a terminal.

use super::{counted, moment, number, printable, shown};
use crate::{Bar, Cell, Chart, Coverage, Figure, Page, Section, Shape, Table};

/// Rows of a table that a terminal is shown; CSV has them all.
pub const ROWS_MAX: usize = 200;
/// Characters of a cell, before it is cut with `…`.
const CELL_CHARS_MAX: usize = 100;
/// Characters of a bar's label.
const LABEL_CHARS_MAX: usize = 40;
/// Blocks of the longest bar.
const BAR_BLOCKS: u64 = 40;
/// What fills the parts of a bar, in the order of the series.
const FILLS: [char; 6] = ['█', '▓', '▒', '░', '▪', '·'];

/// The page as lines of plain text.
pub fn text(page: &Page) -> String {
    let mut out = String::new();
    heading(page.title, '=', &mut out);
    line(page.about, &mut out);
    out.push('\n');
    asked(page, &mut out);
    coverage(&page.coverage, &mut out);
    for section in &page.answer.sections {
        out.push('\n');
        match section {
            Section::Figures(list) => figures(list, &mut out),
            Section::Chart(shape) => chart(shape, &mut out),
            Section::Table(rows) => table(rows, &mut out),
        }
    }
    if !page.answer.notes.is_empty() {
        out.push('\n');
        heading("Notes", '-', &mut out);
        for note in &page.answer.notes {
            line(&format!("- {note}"), &mut out);
        }
    }
    out
}

fn heading(title: &str, underline: char, out: &mut String) {
    let title = printable(title);
    out.push_str(&title);
    out.push('\n');
    out.extend(std::iter::repeat_n(underline, title.chars().count()));
    out.push('\n');
}

fn line(text: &str, out: &mut String) {
    out.push_str(printable(text).trim_end());
    out.push('\n');
}

fn asked(page: &Page, out: &mut String) {
    for (name, value) in &page.asked {
        line(&format!("{name:<9}{value}"), out);
    }
    let tenants = if page.tenants.len() == 1 { "tenant" } else { "tenants" };
    line(&format!("{tenants:<9}{}", page.tenants.join(", ")), out);
    line(&format!("from     {} UTC", moment(page.from)), out);
    line(&format!("to       {} UTC", moment(page.to)), out);
    line(&format!("made     {} UTC, of {}", moment(page.made), counted(page.events, "event")), out);
}

fn coverage(coverage: &Coverage, out: &mut String) {
    out.push('\n');
    heading("Coverage", '-', out);
    for content in &coverage.contents {
        let span = match (content.first, content.last) {
            (Some(first), Some(last)) => format!(", {} to {}", moment(first), moment(last)),
            _ => String::new(),
        };
        line(&format!("{}: {}{span}", content.name, counted(content.events, "event")), out);
    }
    if coverage.contents.is_empty() {
        line("Nothing is stored of this span.", out);
    }
    for gap in &coverage.gaps {
        line(&format!("! gap: {gap}"), out);
    }
    if coverage.gaps.is_empty() {
        line("No gap is known.", out);
    }
    for (rule, events) in &coverage.dropped {
        line(&format!("! kept out by policy {rule}: {}", counted(*events, "event")), out);
    }
    if let Some(last) = coverage.last_event {
        line(&format!("Newest event of the store: {}", moment(last)), out);
    }
}

fn figures(figures: &[Figure], out: &mut String) {
    let width = figures.iter().map(|figure| figure.label.chars().count()).max().unwrap_or(0);
    for figure in figures {
        let mark = if figure.alarming { '!' } else { ' ' };
        line(&format!("{mark} {:<width$}  {}", figure.label, shown(&figure.value)), out);
    }
}

fn chart(chart: &Chart, out: &mut String) {
    heading(&chart.title, '-', out);
    if chart.series.len() > 1 {
        let parts = chart.series.iter().enumerate();
        let legend: Vec<String> =
            parts.map(|(at, name)| format!("{} {name}", FILLS[at % FILLS.len()])).collect();
        line(&legend.join("   "), out);
    }
    let total = |values: &[u64]| values.iter().sum::<u64>();
    let longest = chart.bars.iter().map(|bar| total(&bar.values)).max().unwrap_or(0).max(1);
    let labels: Vec<String> =
        chart.bars.iter().map(|bar| cut(&printable(&bar.label), LABEL_CHARS_MAX)).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    // Quiet steps within a timeline keep their line; those before and after all events say nothing.
    let is_loud = |bar: &Bar| chart.shape == Shape::Ranking || total(&bar.values) > 0;
    let first = chart.bars.iter().position(is_loud).unwrap_or(0);
    let last = chart.bars.iter().rposition(is_loud).map_or(0, |last| last + 1);
    for (bar, label) in chart.bars.iter().zip(&labels).take(last).skip(first) {
        let sum = total(&bar.values);
        let blocks = blocks(&bar.values, longest);
        let count =
            if sum == 0 && chart.shape == Shape::Timeline { String::new() } else { number(sum) };
        line(&format!("{label:<width$}  {blocks} {count}"), out);
    }
}

/// Something there is always shows.
fn blocks(values: &[u64], longest: u64) -> String {
    let mut blocks = String::new();
    for (at, value) in values.iter().enumerate() {
        let scaled = u128::from(*value) * u128::from(BAR_BLOCKS) / u128::from(longest);
        let length = if *value > 0 { scaled.max(1) } else { 0 };
        blocks.extend(std::iter::repeat_n(FILLS[at % FILLS.len()], length as usize));
    }
    blocks
}

fn table(table: &Table, out: &mut String) {
    let rows = table.rows.len() as u64 + table.left_out;
    heading(&format!("{} ({})", table.title, number(rows)), '-', out);
    if table.rows.is_empty() {
        return line("None.", out);
    }
    let shown_rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .take(ROWS_MAX)
        .map(|row| row.cells.iter().map(|cell| cut(&shown(cell), CELL_CHARS_MAX)).collect())
        .collect();
    let widths: Vec<usize> = (0..table.columns.len())
        .map(|at| {
            let cells = shown_rows.iter().map(|cells| cells[at].chars().count());
            cells.chain([table.columns[at].name.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let names = table.columns.iter().map(|column| column.name.to_owned()).collect::<Vec<_>>();
    let first = &table.rows[0].cells;
    row(&names, &widths, first, out);
    row(&widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>(), &widths, first, out);
    for (cells, kinds) in shown_rows.iter().zip(&table.rows) {
        row(cells, &widths, &kinds.cells, out);
    }
    let more = rows - shown_rows.len() as u64;
    if more > 0 {
        line(&format!("and {} more; CSV has them", counted(more, "row")), out);
    }
}

/// Numbers are right aligned, in the heading as well.
fn row(cells: &[String], widths: &[usize], kinds: &[Cell], out: &mut String) {
    let mut text = String::new();
    for ((cell, width), kind) in cells.iter().zip(widths).zip(kinds) {
        match kind {
            Cell::Count(_) => text.push_str(&format!("{cell:>width$}  ")),
            _ => text.push_str(&format!("{cell:<width$}  ")),
        }
    }
    out.push_str(text.trim_end());
    out.push('\n');
}

fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    text.chars().take(chars_max - 1).chain(['…']).collect()
}
