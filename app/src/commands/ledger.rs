//! `trail365 ledger`: can it be shown that an hour is complete?

use std::io::{BufWriter, Write};

use anyhow::{Result, anyhow};
use event::time;
use serde::Serialize;
use serde_json::Value;
use source::service::{Clock, MachineClock};
use store::{Ledger, Proof, ProofState, Window};

use super::Format;
use super::search::Range;
use crate::context::{Context, Outcome};
use crate::evidence::{BlobAnswer, Evidence, IncidentAnswer, ProofAnswer, Question, Step, Summary};
use crate::present::{self, printable};

/// Asked for unless a span is named.
const LAST_DEFAULT: &str = "24h";
/// Lines are no longer than this.
const WIDTH: usize = 100;

#[derive(clap::Args)]
pub struct Arguments {
    /// The last 24 hours unless told otherwise. Times are those at which the service made content
    /// available
    #[command(flatten)]
    range: Range,
    /// One tenant only
    #[arg(long)]
    tenant: Option<String>,
    /// One content type only, for instance Audit.Exchange or Exchange
    #[arg(long = "type", value_name = "TYPE")]
    content_type: Option<String>,
    #[arg(long, value_enum, default_value = "hour")]
    step: Step,
    /// Show only spans in these states, with commas: proven, settling, pending, unproven, lost,
    /// earlier
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = state)]
    only: Vec<ProofState>,
    /// List the single blobs of the spans
    #[arg(long)]
    blobs: bool,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub fn state(name: &str) -> Result<ProofState> {
    let known = ProofState::ALL.into_iter().find(|state| state.name() == name);
    let names = || ProofState::ALL.map(ProofState::name).join(", ");
    known.ok_or_else(|| anyhow!("{name:?} is no state; use {}", names()))
}

pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let now = MachineClock.now();
    let question = Question {
        span: arguments.range.span(LAST_DEFAULT, now)?,
        step: arguments.step,
        tenant: arguments.tenant.clone(),
        content_type: arguments.content_type.clone(),
        only: arguments.only.clone(),
    };
    let ledger = context.store.existing_ledger()?;
    let pace = context.config.collect.pace();
    let evidence = match &ledger {
        Some(ledger) => Evidence::gather(ledger, &question, &pace, now)?,
        None => Evidence { proofs: Vec::new(), summaries: Vec::new(), incidents: Vec::new() },
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    match (&ledger, arguments.blobs) {
        (Some(ledger), true) => blobs(arguments.format, ledger, &evidence, &mut out)?,
        _ => proofs(arguments.format, &evidence, &mut out)?,
    }
    conclude(arguments, &question, &evidence, &mut out)?;
    out.flush()?;
    Ok(match (evidence.summaries.is_empty(), evidence.has_gaps()) {
        (true, _) => Outcome::NothingFound,
        (_, true) => Outcome::DoneWithGaps,
        (_, false) => Outcome::Done,
    })
}

fn proofs(format: Format, evidence: &Evidence, out: &mut impl Write) -> Result<()> {
    match format {
        Format::Json => {
            for proof in &evidence.proofs {
                json_line(out, "proof", &ProofAnswer::new(proof))?;
            }
        }
        Format::Csv => {
            present::csv_line(out, &ProofAnswer::NAMES.map(str::to_owned))?;
            for proof in &evidence.proofs {
                present::csv_line(out, &ProofAnswer::new(proof).cells())?;
            }
        }
        Format::Table => {
            for group in groups(&evidence.proofs) {
                head(&group[0], out)?;
                writeln!(
                    out,
                    "  {:<16}  {:<8}  {:>13}  {:>9}  {:<16}  stored",
                    "from", "state", "blobs stored", "records", "listed"
                )?;
                group.iter().try_for_each(|proof| proof_line(proof, out))?;
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

fn blobs(format: Format, ledger: &Ledger, evidence: &Evidence, out: &mut impl Write) -> Result<()> {
    if format == Format::Csv {
        present::csv_line(out, &BlobAnswer::NAMES.map(str::to_owned))?;
    }
    for group in groups(&evidence.proofs) {
        if format == Format::Table {
            head(&group[0], out)?;
            writeln!(
                out,
                "  {:<16}  {:<9}  {:>9}  {:>8}  {:>8}  stored",
                "available", "state", "records", "attempts", "batch"
            )?;
        }
        // A step at a time, so that a long span needs no more memory than a short one.
        for proof in group {
            let span = Window { start: proof.start, stop: proof.stop };
            for blob in ledger.blobs(&proof.tenant, &proof.content_type, span, usize::MAX >> 1)? {
                let blob = BlobAnswer::new(blob);
                match format {
                    Format::Json => json_line(out, "blob", &blob)?,
                    Format::Csv => present::csv_line(out, &blob.cells())?,
                    Format::Table => blob_lines(&blob, out)?,
                }
            }
        }
        if format == Format::Table {
            writeln!(out)?;
        }
    }
    Ok(())
}

/// What concerns the whole span. A CSV has one kind of row, so there it goes to standard error.
fn conclude(
    arguments: &Arguments,
    question: &Question,
    evidence: &Evidence,
    out: &mut impl Write,
) -> Result<()> {
    match arguments.format {
        Format::Json => {
            for summary in &evidence.summaries {
                json_line(out, "summary", summary)?;
            }
            for incident in &evidence.incidents {
                json_line(out, "incident", &IncidentAnswer::new(incident))?;
            }
            Ok(())
        }
        Format::Csv => incidents(&evidence.incidents, &mut std::io::stderr()),
        Format::Table => {
            for summary in &evidence.summaries {
                summary_lines(summary, question.step, out)?;
            }
            if evidence.summaries.is_empty() {
                writeln!(out, "Nothing was collected of this span; `trail365 status` tells more.")?;
            }
            incidents(&evidence.incidents, out)
        }
    }
}

/// `kind` says which of the answer's parts a line is.
fn json_line(out: &mut impl Write, kind: &str, answer: &impl Serialize) -> Result<()> {
    let mut value = serde_json::to_value(answer)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("kind".to_owned(), Value::from(kind));
    }
    writeln!(out, "{value}")?;
    Ok(())
}

/// Neighbours of the same tenant and content type.
fn groups(proofs: &[Proof]) -> impl Iterator<Item = &[Proof]> {
    proofs.chunk_by(|a, b| (&a.tenant, &a.content_type) == (&b.tenant, &b.content_type))
}

fn head(proof: &Proof, out: &mut impl Write) -> Result<()> {
    writeln!(out, "{}  {}", printable(&proof.tenant), printable(&proof.content_type))?;
    Ok(())
}

fn proof_line(proof: &Proof, out: &mut impl Write) -> Result<()> {
    let line = format!(
        "  {:<16}  {:<8}  {:>13}  {:>9}  {:<16}  {:<16}",
        minute(Some(proof.start)),
        proof.state.name(),
        format!("{} of {}", proof.committed, proof.blobs),
        proof.records,
        minute(proof.listed),
        minute(proof.stored),
    );
    writeln!(out, "{}", line.trim_end())?;
    match &proof.cause {
        Some(cause) => wrapped(&printable(cause), 4, out),
        None => Ok(()),
    }
}

fn blob_lines(blob: &BlobAnswer, out: &mut impl Write) -> Result<()> {
    let number = |number: Option<i64>| number.map_or("-".to_owned(), |n| n.to_string());
    let line = format!(
        "  {:<16}  {:<9}  {:>9}  {:>8}  {:>8}  {:<16}",
        cut_to_minute(blob.created.as_deref()),
        blob.state,
        number(blob.records.map(|records| records as i64)),
        blob.attempts,
        number(blob.batch),
        cut_to_minute(blob.stored.as_deref()),
    );
    writeln!(out, "{}", line.trim_end())?;
    wrapped(&printable(&blob.content_id), 4, out)?;
    match &blob.reason {
        Some(reason) => wrapped(&printable(reason), 4, out),
        None => Ok(()),
    }
}

fn summary_lines(summary: &Summary, step: Step, out: &mut impl Write) -> Result<()> {
    let Summary { tenant, content_types, blobs, records, .. } = summary;
    let tenant = printable(tenant);
    let types = if *content_types == 1 { "type" } else { "types" };
    writeln!(out, "{tenant}: {content_types} content {types}, {records} records in {blobs} blobs")?;
    let Summary { proven, settling, pending, unproven, lost, earlier, .. } = summary;
    writeln!(
        out,
        "  {}s: {proven} proven, {settling} settling, {pending} pending, {unproven} unproven, \
         {lost} lost, {earlier} earlier",
        step.name()
    )?;
    Ok(())
}

/// For `trail365 status` too.
pub fn incidents(incidents: &[store::Incident], out: &mut impl Write) -> Result<()> {
    for incident in incidents {
        let (at, tenant) = (minute(Some(incident.noted)), printable(&incident.tenant));
        writeln!(out, "{at}  {tenant}: {}", printable(&incident.kind))?;
        wrapped(&printable(&incident.words), 4, out)?;
    }
    Ok(())
}

/// Breaks between words where it can.
fn wrapped(text: &str, indent: usize, out: &mut impl Write) -> Result<()> {
    let width = WIDTH - indent;
    let mut line = String::new();
    let mut chars = 0;
    for word in text.split(' ') {
        for part in parts(word, width) {
            let length = part.chars().count();
            if chars > 0 && chars + 1 + length > width {
                writeln!(out, "{:indent$}{line}", "")?;
                line.clear();
                chars = 0;
            }
            if chars > 0 {
                line.push(' ');
                chars += 1;
            }
            line.push_str(part);
            chars += length;
        }
    }
    writeln!(out, "{:indent$}{line}", "")?;
    Ok(())
}

/// A word longer than a line comes in parts.
fn parts(word: &str, width: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = word;
    while let Some((at, _)) = rest.char_indices().nth(width) {
        let (part, after) = rest.split_at(at);
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// `2026-01-24 06:54`.
fn minute(micros: Option<i64>) -> String {
    cut_to_minute(micros.map(time::short).as_deref())
}

fn cut_to_minute(iso: Option<&str>) -> String {
    iso.map_or("-".to_owned(), |text| text.replace('T', " ").chars().take(16).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_long() {
        let check = |text: &str, lines: usize| {
            let mut out = Vec::new();
            wrapped(text, 4, &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            assert!(out.lines().all(|line| line.chars().count() <= WIDTH), "{out}");
            assert_eq!(out.lines().count(), lines, "{out}");
            assert_eq!(out.replace([' ', '\n'], ""), text.replace(' ', ""));
        };
        check("short", 1);
        check("word ".repeat(40).trim(), 3);
        check(&"x".repeat(200), 3);
    }
}
