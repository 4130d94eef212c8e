//! A page as JSON: everything, times in ISO 8601.

use event::time::iso_text;
use serde::Serialize;

use crate::{ContentCoverage, Page, Section};

/// The page, indented, with a line break at its end.
pub fn json(page: &Page) -> String {
    let written = Written {
        report: page.report,
        title: page.title,
        about: page.about,
        asked: page.asked.iter().map(|(name, value)| Asked { name, value }).collect(),
        tenants: &page.tenants,
        from: iso_text(page.from),
        to: iso_text(page.to),
        made: iso_text(page.made),
        events: page.events,
        coverage: Coverage {
            contents: page.coverage.contents.iter().map(Content::of).collect(),
            gaps: &page.coverage.gaps,
            last_event: page.coverage.last_event.map(iso_text),
            dropped: dropped(page),
        },
        sections: &page.answer.sections,
        notes: &page.answer.notes,
    };
    let mut text = serde_json::to_string_pretty(&written).expect("a page has no map and no float");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Written<'a> {
    report: &'a str,
    title: &'a str,
    about: &'a str,
    asked: Vec<Asked<'a>>,
    tenants: &'a [String],
    from: String,
    to: String,
    made: String,
    events: u64,
    coverage: Coverage<'a>,
    sections: &'a [Section],
    notes: &'a [String],
}

#[derive(Serialize)]
struct Asked<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Coverage<'a> {
    contents: Vec<Content<'a>>,
    gaps: &'a [String],
    last_event: Option<String>,
    dropped: Vec<Dropped<'a>>,
}

#[derive(Serialize)]
struct Content<'a> {
    name: &'a str,
    events: u64,
    first: Option<String>,
    last: Option<String>,
}

#[derive(Serialize)]
struct Dropped<'a> {
    rule: &'a str,
    events: u64,
}

impl Content<'_> {
    fn of(content: &ContentCoverage) -> Content<'_> {
        Content {
            name: &content.name,
            events: content.events,
            first: content.first.map(iso_text),
            last: content.last.map(iso_text),
        }
    }
}

fn dropped(page: &Page) -> Vec<Dropped<'_>> {
    let dropped = page.coverage.dropped.iter();
    dropped.map(|(rule, events)| Dropped { rule, events: *events }).collect()
}
