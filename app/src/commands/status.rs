//! `trail365 status`: what is stored, how fresh is it, and what stands in the way?

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::{Result, anyhow};
use event::{TenantName, time};
use serde_json::{Map, Value};
use source::service::{Clock, MachineClock};
use store::{BlobState, Ledger, Table};

use super::Format;
use super::collect::stopped;
use crate::context::{Context, Outcome};
use crate::evidence::{self, IncidentAnswer, StandingAnswer};
use crate::present;

/// How often `--watch` looks again.
const WATCH_EVERY: Duration = Duration::from_secs(2);
/// Takes everything off a terminal and begins at its top.
const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";
/// Longest reason in the table; `trail365 gaps` has it whole.
const TROUBLE_CHARS_MAX: usize = 40;

#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Show it again every 2 seconds until Ctrl-C
    #[arg(long)]
    watch: bool,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    if !arguments.watch {
        return show(arguments.format, context, "").await;
    }
    let before = if std::io::stdout().is_terminal() { CLEAR } else { "" };
    let mut stop = std::pin::pin!(stopped());
    loop {
        show(arguments.format, context, before).await?;
        tokio::select! {
            () = &mut stop => return Ok(Outcome::Done),
            () = tokio::time::sleep(WATCH_EVERY) => {}
        }
    }
}

async fn show(format: Format, context: &Context, before: &str) -> Result<Outcome> {
    let mut out = std::io::stdout().lock();
    let Some(ledger) = context.store.existing_ledger()? else {
        writeln!(out, "{before}{} holds no data yet.", context.store.data_dir().display())?;
        return Ok(Outcome::NothingFound);
    };
    let status = Status::read(context, &ledger, MachineClock.now()).await?;
    // At once, so that a terminal does not flicker.
    let mut text = before.as_bytes().to_vec();
    match format {
        Format::Json => status.json(&mut text)?,
        Format::Csv => status.csv(&mut text)?,
        Format::Table => status.table(&mut text)?,
    }
    out.write_all(&text)?;
    out.flush()?;
    Ok(if status.rows.is_empty() { Outcome::NothingFound } else { Outcome::Done })
}

const HEADER: [&str; 11] = [
    "tenant",
    "records",
    "quarantined",
    "duplicates",
    "first",
    "last",
    "files",
    "bytes",
    "last commit",
    "blobs waiting",
    "blobs expired",
];

struct Status {
    /// A tenant each, in the order of the header.
    rows: Vec<Vec<String>>,
    standings: BTreeMap<String, Vec<StandingAnswer>>,
    incidents: Vec<store::Incident>,
}

impl Status {
    async fn read(context: &Context, ledger: &Ledger, now: i64) -> Result<Status> {
        let tables = context.store.tables().await?;
        let standings = evidence::standings(ledger, &context.config.collect.pace(), now)?;
        let stored = tables.iter().map(|table| table.tenant().to_string());
        // A tenant that cannot be collected has no table, and is the one to look for.
        let names: BTreeSet<String> = stored.chain(standings.keys().cloned()).collect();
        let rows = names.iter().map(|name| {
            let tenant = TenantName::new(name).map_err(|error| anyhow!(error))?;
            row(ledger, &tenant, tables.iter().find(|table| *table.tenant() == tenant))
        });
        let rows = rows.collect::<Result<_>>()?;
        Ok(Status { rows, standings, incidents: evidence::incidents(ledger, None)? })
    }

    fn json(&self, out: &mut impl Write) -> Result<()> {
        for row in &self.rows {
            let cells = row.iter().map(|cell| json_cell(cell));
            let names = HEADER.iter().map(|name| name.replace(' ', "_"));
            let mut object: Map<String, Value> = names.zip(cells).collect();
            let standings = self.standings.get(&row[0]);
            object.insert("content_types".to_owned(), serde_json::to_value(standings)?);
            let incidents = self.incidents.iter().filter(|incident| incident.tenant == row[0]);
            let incidents: Vec<_> = incidents.map(IncidentAnswer::new).collect();
            object.insert("incidents".to_owned(), serde_json::to_value(incidents)?);
            writeln!(out, "{}", serde_json::to_string(&object)?)?;
        }
        Ok(())
    }

    fn csv(&self, out: &mut impl Write) -> Result<()> {
        present::csv_line(out, &HEADER.map(str::to_owned))?;
        self.rows.iter().try_for_each(|row| present::csv_line(out, row))
    }

    fn table(&self, out: &mut impl Write) -> Result<()> {
        writeln!(out, "{}", present::table(&HEADER.map(str::to_owned), &self.rows))?;
        if !self.standings.is_empty() {
            writeln!(out, "\n{}", self.standings_table())?;
        }
        if !self.incidents.is_empty() {
            writeln!(out, "\nIncidents")?;
        }
        super::ledger::incidents(&self.incidents, out)
    }

    fn standings_table(&self) -> String {
        let header = ["content type", "lag", "listed", "stored", "waiting", "gaps", "trouble"]
            .map(str::to_owned);
        let mut rows = Vec::new();
        for (tenant, standings) in &self.standings {
            for standing in standings {
                let name = format!("{tenant} {}", standing.content_type);
                rows.push([vec![name], standing_cells(standing)].concat());
            }
        }
        present::table(&header, &rows)
    }
}

fn standing_cells(standing: &StandingAnswer) -> Vec<String> {
    let clock = |at: &Option<String>| match at.as_deref().and_then(|at| at.get(5..16)) {
        Some(text) => text.replace('T', " "),
        None => "-".to_owned(),
    };
    let gaps = match standing.hours_left {
        Some(hours) => format!("{}, {hours} h left", standing.gaps),
        None => standing.gaps.to_string(),
    };
    let trouble = standing.trouble.as_deref().unwrap_or("-");
    vec![
        length(standing.lag_seconds),
        clock(&standing.last_listed),
        clock(&standing.last_stored),
        standing.waiting_blobs.to_string(),
        gaps,
        trouble.chars().take(TROUBLE_CHARS_MAX).collect(),
    ]
}

/// `47s`, `12m`, `5h` or `3d`.
fn length(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn row(ledger: &Ledger, tenant: &TenantName, table: Option<&Table>) -> Result<Vec<String>> {
    let at = |micros: Option<i64>| micros.map_or("-".to_owned(), time::iso_text);
    let span = table.and_then(Table::time);
    let number = |count: fn(&Table) -> u64| table.map_or(0, count).to_string();
    Ok(vec![
        tenant.to_string(),
        number(Table::records),
        number(Table::quarantined),
        ledger.totals(tenant)?.duplicates.to_string(),
        at(span.map(|span| span.0)),
        at(span.map(|span| span.1)),
        number(|table| table.files().len() as u64),
        number(Table::bytes),
        at(ledger.last_commit(tenant)?),
        ledger.count_blobs(tenant, BlobState::Listed)?.to_string(),
        ledger.count_blobs(tenant, BlobState::Expired)?.to_string(),
    ])
}

fn json_cell(text: &str) -> Value {
    match text.parse::<u64>() {
        Ok(number) => number.into(),
        Err(_) if text == "-" => Value::Null,
        Err(_) => text.into(),
    }
}
