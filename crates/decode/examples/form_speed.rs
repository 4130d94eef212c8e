//! How many events a second are written in each form on one core?
//!
//! `cargo run --release -p trail365-decode --example form_speed [FILE.ndjson [FORM]]`: the file
//! holds one record a line; without a file, invented records of about 1.3 kB are used. With a file it also
//! tells how many events are sound OCSF, and names what is not.

mod common;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use decode::form::{Form, OcsfVersion, ocsf, ocsf_problems};
use event::{Envelope, Event, Provenance};

fn main() {
    let path = std::env::args().nth(1);
    let text = match &path {
        Some(path) => std::fs::read(path).expect("a readable file"),
        None => common::invented(),
    };
    let provenance =
        Arc::new(Provenance { source: "ndjson", content_type: "", origin: "speed".to_owned() });
    let envelopes: Vec<Envelope> = (1..)
        .zip(text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()))
        .map(|(at, line)| Envelope::record(&provenance, at, Bytes::copy_from_slice(line)))
        .collect();
    let events: Vec<Event> = envelopes.iter().map(|e| decode::decode(e, "contoso", 0)).collect();
    let only = std::env::args().nth(2).and_then(|name| Form::named(&name));
    for form in Form::ALL.into_iter().filter(|form| only.is_none_or(|only| only == *form)) {
        measure(form, &events);
    }
    if path.is_some() {
        print_problems(&events);
    }
}

/// Events timed at once: few enough that some round of them is not disturbed.
const SLICE: usize = 200;

/// Repeats for about three seconds and adds up the best round of each slice.
fn measure(form: Form, events: &[Event]) {
    let begin = Instant::now();
    let mut best = vec![f64::MAX; events.len().div_ceil(SLICE)];
    let mut out = Vec::new();
    let mut bytes = 0;
    while begin.elapsed().as_secs_f64() < 3.0 {
        bytes = 0;
        for (slice, best) in events.chunks(SLICE).zip(&mut best) {
            let start = Instant::now();
            for event in slice {
                out.clear();
                form.write(event, &mut out);
                bytes += black_box(&out).len();
            }
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    println!(
        "{}: {:.0} events/s, {} bytes an event",
        form.name(),
        events.len() as f64 / best.iter().sum::<f64>(),
        bytes / events.len().max(1)
    );
}

fn print_problems(events: &[Event]) {
    for version in OcsfVersion::ALL {
        let mut classes: BTreeMap<i64, usize> = BTreeMap::new();
        let mut problems: BTreeMap<String, usize> = BTreeMap::new();
        for event in events {
            let object = ocsf(event, version);
            *classes.entry(object["class_uid"].as_i64().unwrap_or(-1)).or_default() += 1;
            for problem in ocsf_problems(&object) {
                *problems.entry(problem).or_default() += 1;
            }
        }
        println!(
            "OCSF {}: {} events, classes {classes:?}, problems {problems:?}",
            version.name(),
            events.len()
        );
    }
}
