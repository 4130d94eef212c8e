//! How many records a second are decoded on one core, and what takes the time?
//!
//! Each line is a stage with all those before it: the tree, the key, the columns, the readable line.
//! `cargo run --release -p trail365-decode --example speed [FILE.ndjson]`: the file holds one
//! record a line; without a file, invented records of about 1.3 kB are used.

mod common;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use event::{Envelope, Key, Provenance, Value};

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    let text = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path).expect("a readable file"),
        None => common::invented(),
    };
    let provenance =
        Arc::new(Provenance { source: "ndjson", content_type: "", origin: "speed".to_owned() });
    let envelopes: Vec<Envelope> = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(index, line)| {
            Envelope::record(&provenance, index as u64 + 1, Bytes::copy_from_slice(line))
        })
        .collect();
    let bytes: usize = envelopes.iter().map(|e| e.bytes().len()).sum();
    measure("tree", envelopes.len(), bytes, || {
        for envelope in &envelopes {
            black_box(decode::body(envelope.bytes()));
        }
    });
    measure("tree and key", envelopes.len(), bytes, || {
        for envelope in &envelopes {
            let body = decode::body(envelope.bytes());
            black_box(Key::of(body.get("Id").and_then(Value::as_text).as_deref(), &body));
        }
    });
    measure("decode", envelopes.len(), bytes, || {
        for envelope in &envelopes {
            black_box(decode::decode(envelope, "contoso", 0));
        }
    });
    let mut out = String::new();
    measure("decode and line", envelopes.len(), bytes, || {
        for envelope in &envelopes {
            out.clear();
            decode::write_line(&decode::decode(envelope, "contoso", 0), &mut out);
            black_box(&out);
        }
    });
}

/// Repeats for about three seconds and prints the best round.
fn measure(what: &str, records: usize, bytes: usize, mut round: impl FnMut()) {
    let begin = Instant::now();
    let mut best = f64::MAX;
    while begin.elapsed().as_secs_f64() < 3.0 {
        let start = Instant::now();
        round();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{what}: {:.0} records/s, {:.0} MB/s, {} bytes a record",
        records as f64 / best,
        bytes as f64 / best / 1e6,
        bytes / records.max(1)
    );
}
