//! How is a page written?
//!
//! For a terminal, for a program, for a spreadsheet and for a reader. Everything a record said is
//! hostile here: [`printable`] makes it harmless on one line, and each form escapes it once more
//! in its own way.

mod chart;
mod csv;
mod html;
mod json;
mod text;

pub use self::csv::csv;
pub use html::{ROWS_MAX as HTML_ROWS_MAX, STYLE, html};
pub use json::json;
pub use text::{ROWS_MAX as TEXT_ROWS_MAX, text};

use event::{printable, time};

use crate::Cell;

/// With a comma at each thousand.
fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 event`, `1,204 events`.
fn counted(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", number(count))
}

/// To the second, UTC: `2026-03-01 10:15:42`. CSV and JSON have the fraction.
fn moment(micros: i64) -> String {
    time::short(micros).replacen('T', " ", 1)
}

/// A cell for a reader's eye, harmless on one line.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => printable(text).into_owned(),
        Cell::Count(count) => number(*count),
        Cell::Time(micros) => moment(*micros),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (count, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")]
        {
            assert_eq!(number(count), text);
        }
        assert_eq!(counted(1, "event"), "1 event");
        assert_eq!(counted(2_000, "event"), "2,000 events");
    }
}
