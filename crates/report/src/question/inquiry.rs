//! What does a question answer to these records?
//!
//! The tests of the questions put them as the command does: every pass with its filter, oldest
//! first, and no more columns than asked for.

use std::sync::Arc;

use event::{Envelope, Event, Field, Key, Provenance, Value};
use expect_test::Expect;

use super::Kind;
use crate::{Answer, Ask, Section};

/// 2026-03-10T00:00:00Z, the time of ingestion.
const NOW: i64 = 1_773_100_800_000_000;

/// The particulars, written `mailbox=ann@contoso.example address=203.0.113.0/24`.
pub fn ask(words: &str) -> Ask {
    let mut ask = Ask { to: i64::MAX, ..Ask::default() };
    ask.domains.insert("contoso.example".to_owned());
    for word in words.split_whitespace() {
        let (name, value) = word.split_once('=').expect("name=value");
        let value = Some(value.to_owned());
        match name {
            "user" => ask.user = value,
            "mailbox" => ask.mailbox = value,
            "address" => ask.address = value,
            "session" => ask.session = value,
            name => panic!("no particular {name:?}"),
        }
    }
    ask
}

/// `records` holds one record a line.
pub fn answer(kind: &Kind, words: &str, records: &str) -> Answer {
    answer_of_older(kind, words, records, &[])
}

/// The answer from files that are older than some columns.
pub fn answer_of_older(kind: &Kind, words: &str, records: &str, missing: &[Field]) -> Answer {
    let provenance = Provenance { source: "ndjson", content_type: "", origin: "test".into() };
    let provenance = Arc::new(provenance);
    let lines = records.lines().map(str::trim).filter(|line| !line.is_empty());
    let envelopes: Vec<Envelope> =
        lines.map(|line| Envelope::record(&provenance, 1, line.to_owned().into())).collect();
    let mut events: Vec<Event> =
        envelopes.iter().map(|envelope| decode::decode(envelope, "contoso", NOW)).collect();
    for event in &events {
        assert!(!event.is_quarantined(), "unreadable: {}", String::from_utf8_lossy(event.raw));
    }
    events.iter_mut().for_each(|event| *event = older(event, missing));
    events.sort_by_key(|event| event.time(Field::CreationTime));
    let mut question = (kind.open)(&ask(words)).expect("a sound question");
    while let Some(filter) = question.next() {
        let columns = question.columns();
        for event in events.iter().filter(|event| filter.matches(event)) {
            match columns {
                Some(columns) => question.take(&narrowed(event, columns)),
                None => question.take(event),
            }
        }
    }
    question.answer()
}

/// The event without body and with no other column but its time.
fn narrowed<'a>(event: &Event<'a>, columns: &[Field]) -> Event<'a> {
    let mut narrow = Event::new(Key { id: 0, content: 0 }, b"", Value::Null);
    copy(event, &mut narrow, |field| columns.contains(&field) || field == Field::CreationTime);
    narrow
}

fn older<'a>(event: &Event<'a>, missing: &[Field]) -> Event<'a> {
    let mut older = Event::new(event.key, event.raw, event.body.clone());
    copy(event, &mut older, |field| !missing.contains(&field));
    older
}

fn copy<'a>(from: &Event<'a>, to: &mut Event<'a>, is_wanted: impl Fn(Field) -> bool) {
    for field in Field::ALL.into_iter().filter(|field| is_wanted(*field)) {
        if let Some(cell) = from.cell(field) {
            to.set(field, cell.clone());
        }
    }
}

/// Figures other than zero, and tables with rows.
pub fn check(kind: &Kind, words: &str, records: &str, expected: Expect) {
    let mut text = String::new();
    for section in answer(kind, words, records).sections {
        match section {
            Section::Figures(figures) => {
                for figure in figures.iter().filter(|figure| figure.value.shown() != "0") {
                    let mark = if figure.alarming { " !" } else { "" };
                    text += &format!("{}: {}{mark}\n", figure.label, figure.value.shown());
                }
            }
            Section::Chart(chart) => {
                text += &format!("chart {} [{}]\n", chart.title, chart.series.join(", "));
                for bar in chart.bars {
                    text += &format!("  {} {:?}\n", bar.label, bar.values);
                }
            }
            Section::Table(table) if table.rows.is_empty() => {}
            Section::Table(table) => {
                text += &format!("table {}\n", table.name);
                for row in table.rows {
                    let cells: Vec<String> = row.cells.iter().map(|cell| cell.shown()).collect();
                    text += &format!("  {}\n", cells.join(" | "));
                }
            }
        }
    }
    expected.assert_eq(&text);
}

/// The notes that hold the word.
pub fn check_notes(kind: &Kind, words: &str, records: &str, word: &str, expected: Expect) {
    let notes = answer(kind, words, records).notes;
    let notes: Vec<String> = notes.into_iter().filter(|note| note.contains(word)).collect();
    expected.assert_eq(&(notes.join("\n") + "\n"));
}
