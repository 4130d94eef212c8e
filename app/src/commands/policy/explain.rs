//! Which rule keeps, redacts or drops a record, and why?

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, anyhow};
use event::{Event, Field, Key, TenantName};
use policy::{Effect, Policy};
use search::{ListQuery, Order, Row, Scope};
use serde_json::json;
use source::files::{self, Limits};
use source::service::{Clock, MachineClock};

use super::{Format, Range, print_rows};
use crate::config::Policies;
use crate::context::{Context, Outcome};
use crate::present;

/// Records of a file read at once.
const BATCH_RECORDS_MAX: usize = 1000;
const BATCH_BYTES_MAX: usize = 4 << 20;

/// What was explained so far.
#[derive(Default)]
pub struct Told {
    limit: usize,
    format: Format,
    /// How many records each rule decided, with what became of them.
    counts: BTreeMap<(String, &'static str), u64>,
    pub records: u64,
}

impl Told {
    /// Explains so many records step by step, and counts all.
    pub fn new(limit: usize, format: Format) -> Told {
        Told { limit, format, ..Told::default() }
    }

    /// `None` for a tenant that keeps everything as it is.
    fn record(&mut self, event: &Event, policy: Option<&Policy>, now: i64) -> Result<()> {
        let keep_all = Policy::default();
        let policy = policy.unwrap_or(&keep_all);
        let judgement = policy.judge(event, now);
        let becomes = match (judgement.verdict, judgement.redact.is_empty()) {
            (policy::Verdict::Drop, _) => "dropped",
            (policy::Verdict::Consolidate(_), _) => "consolidated",
            (policy::Verdict::Keep, true) => "kept",
            (policy::Verdict::Keep, false) => "redacted",
        };
        *self.counts.entry((judgement.rule.to_string(), becomes)).or_default() += 1;
        self.records += 1;
        // A table of counts is all that a spreadsheet has a use for.
        if self.records > self.limit as u64 || self.format == Format::Csv {
            return Ok(());
        }
        let steps = policy.explain(event, now);
        let mut out = std::io::stdout().lock();
        if self.format == Format::Json {
            let record = json!({
                "Key": event.key.to_string(),
                "becomes": becomes,
                "rule": judgement.rule,
                "steps": steps,
            });
            writeln!(out, "{record}")?;
            return Ok(());
        }
        writeln!(out, "{}", decode::line(event))?;
        for step in steps.iter().filter(|step| step.effect != Effect::Passed || steps.len() < 12) {
            let words = present::printable(&step.words);
            writeln!(out, "    {:12} {}: {words}", step.effect.to_string(), step.rule)?;
        }
        let redacting: Vec<&str> = steps
            .iter()
            .filter(|step| step.effect == Effect::Redacts)
            .map(|step| step.rule.as_ref())
            .collect();
        match becomes {
            "redacted" => {
                let rules = redacting.join(", ");
                writeln!(out, "    → redacted by {rules}, kept by {}", judgement.rule)?;
            }
            _ => writeln!(out, "    → {becomes} by {}", judgement.rule)?,
        }
        Ok(())
    }

    pub fn finish(self) -> Result<Outcome> {
        if self.records == 0 {
            return Ok(Outcome::NothingFound);
        }
        let mut rows: Vec<((String, &str), u64)> = self.counts.into_iter().collect();
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        match self.format {
            Format::Json => {
                for ((rule, becomes), records) in rows {
                    println!("{}", json!({"rule": rule, "becomes": becomes, "records": records}));
                }
            }
            Format::Csv | Format::Table => {
                let header = ["becomes", "rule", "records"].map(str::to_owned);
                let rows = rows.into_iter().map(|((rule, becomes), records)| {
                    vec![becomes.to_owned(), rule, records.to_string()]
                });
                if self.format == Format::Table && self.limit > 0 {
                    println!();
                }
                print_rows(self.format, &header, rows.collect())?;
            }
        }
        Ok(Outcome::Done)
    }
}

/// A key names one stored event, a file its records, and anything else is a search.
pub async fn explain(
    told: &mut Told,
    what: &str,
    range: &Range,
    tenant: Option<TenantName>,
    policies: &Policies,
    context: &Context,
) -> Result<()> {
    let now = MachineClock.now();
    if Path::new(what).exists() {
        return explain_file(told, what, tenant, policies, now);
    }
    let searcher = context.searcher(tenant.as_ref()).await?;
    let mut failure = None;
    let mut take = |rows: Vec<Row>| {
        let explained = rows.iter().try_for_each(|row| {
            let name = row.text(Field::Tenant).unwrap_or("default");
            let tenant = TenantName::new(name).map_err(|error| anyhow!(error))?;
            told.record(&row.event(decode::body(&row.raw)), policies.of(&tenant), now)
        });
        explained.map_err(|error| failure = Some(error)).is_ok()
    };
    if let Some(key) = Key::parse(what) {
        take(searcher.event(key).await?.into_iter().collect());
    } else {
        let (from, to) = range.bounds()?;
        let query = search::query::parse(what)
            .map_err(|error| anyhow!("{what:?} is no key, no file, and no search: {error}"))?;
        let filter = event::Filter::all([query, event::Filter::between(from, to)]);
        let query = ListQuery {
            scope: Scope::events(filter),
            order: Order::NewestFirst,
            limit: None,
            after: None,
        };
        searcher.list(&query, take).await?;
    }
    failure.map_or(Ok(()), Err)
}

/// Records that are not stored, or no longer.
fn explain_file(
    told: &mut Told,
    file: &str,
    tenant: Option<TenantName>,
    policies: &Policies,
    now: i64,
) -> Result<()> {
    let tenant = tenant.unwrap_or_else(|| TenantName::new("default").expect("a fitting name"));
    let inputs = files::inputs(&[file.to_owned()]);
    for error in &inputs.errors {
        eprintln!("trail365: {}", present::printable(&error.to_string()));
    }
    for input in &inputs.found {
        let mut reader = files::open(input, Limits::default())?;
        let mut envelopes = Vec::new();
        while reader.next_batch(&mut envelopes, BATCH_RECORDS_MAX, BATCH_BYTES_MAX)? {
            for envelope in envelopes.drain(..) {
                let event = decode::decode(&envelope, tenant.as_str(), now);
                told.record(&event, policies.of(&tenant), now)?;
            }
        }
    }
    Ok(())
}
