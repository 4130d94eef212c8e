//! Do the questions give the answers that are known?
//!
//! Invented records go the way they go in the product: decoded, chosen by each pass's filter, cut
//! down to the columns that the pass says suffice, handed over oldest first.

mod address_activity;
mod admin_changes;
mod document_history;
mod external_sharing;
mod non_owner_access;
mod overview;
mod rendering;
mod user_activity;

use std::sync::Arc;

use bytes::Bytes;
use event::{Envelope, Event, Field, Filter, Network, Provenance, Value, time};
use report::{Answer, Ask, Section, Table};

pub const FROM: &str = "2026-03-01T00:00:00";
pub const TO: &str = "2026-03-08T00:00:00";

/// A week of contoso, whose own network is 192.0.2.0/24.
pub fn ask(change: fn(&mut Ask)) -> Ask {
    let mut ask = Ask {
        from: time::parse(FROM).unwrap(),
        to: time::parse(TO).unwrap(),
        domains: ["contoso.example".to_owned()].into(),
        networks: vec![Network::parse("192.0.2.0/24").unwrap()],
        ..Ask::default()
    };
    change(&mut ask);
    ask
}

/// What a report answers of these records.
pub fn answer(name: &str, ask: &Ask, records: &[&str]) -> Answer {
    let kind = report::find(name).expect("a report of that name");
    let provenance = Arc::new(Provenance {
        source: "activity-feed",
        content_type: "Audit.General",
        origin: "blob-1".to_owned(),
    });
    let envelopes: Vec<Envelope> = records
        .iter()
        .enumerate()
        .map(|(at, record)| {
            let bytes = Bytes::from(record.as_bytes().to_vec());
            Envelope::record(&provenance, at as u64 + 1, bytes)
        })
        .collect();
    let mut events: Vec<Event> =
        envelopes.iter().map(|envelope| decode::decode(envelope, "contoso", ask.to)).collect();
    events.sort_by_key(|event| event.time(Field::CreationTime));
    let span = Filter::between(Some(ask.from), Some(ask.to));
    let mut question = (kind.open)(ask).expect("a question");
    let mut passes = 0;
    while let Some(filter) = question.next() {
        passes += 1;
        assert!(passes < 100, "passes end");
        let columns = question.columns();
        for event in events.iter().filter(|it| span.matches(it) && filter.matches(it)) {
            match columns {
                Some(columns) => question.take(&only(event, columns)),
                None => question.take(event),
            }
        }
    }
    question.answer()
}

/// The event as a pass with columns gets it.
fn only<'a>(event: &Event<'a>, columns: &[Field]) -> Event<'a> {
    let mut bare = Event::new(event.key, b"", Value::Null);
    for field in columns {
        if let Some(cell) = event.cell(*field) {
            bare.set(*field, cell.clone());
        }
    }
    bare
}

/// Figures, these tables and the notes, a line each; times without their date's year.
pub fn told(answer: &Answer, tables: &[&str]) -> String {
    let mut text = String::new();
    for section in &answer.sections {
        match section {
            Section::Figures(figures) => {
                for figure in figures {
                    let mark = if figure.alarming { "!" } else { "" };
                    text += &format!("{mark}{}: {}\n", figure.label, figure.value.shown());
                }
            }
            Section::Table(table) if tables.contains(&table.name) => text += &rows(table),
            Section::Table(_) | Section::Chart(_) => {}
        }
    }
    for note in &answer.notes {
        text += &format!("- {note}\n");
    }
    text
}

fn rows(table: &Table) -> String {
    let mut text = format!("[{}]\n", table.name);
    for row in &table.rows {
        let cells: Vec<String> = row.cells.iter().map(|cell| cell.shown()).collect();
        text += &cells.join(" | ");
        text.push('\n');
    }
    text
}
