//! `trail365 output`: who else is told, and how far are they?

use std::io::IsTerminal;

use anyhow::{Result, anyhow, bail};
use clap::Subcommand;
use decode::form::Form;
use event::{Envelope, Provenance, TenantName};
use output::{Outcome as Pumped, Record, Until, service};
use search::Row;
use source::service::{Clock, MachineClock};
use store::{Reader, Rows, Store};
use tokio::sync::watch;

use super::Format;
use crate::config::{self, Output};
use crate::context::{Context, Outcome};
use crate::forward::{self, Board, Standing, presets};
use crate::present;

/// Attempts of a pass that is to end by itself.
const FAILURES_MAX: u32 = 5;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The configured outputs, and with --types what there is
    List {
        /// The kinds of outputs, the formats and the presets
        #[arg(long)]
        types: bool,
    },
    /// Send one marked record and say what came back
    Test { name: String },
    /// Deliver everything from a time on once more
    Replay {
        name: String,
        /// From this event time on (UTC unless an offset is given), or `beginning`
        #[arg(long, required_unless_present = "parked")]
        from: Option<String>,
        /// Only what the service refused before
        #[arg(long, conflicts_with = "from")]
        parked: bool,
        /// One tenant only
        #[arg(long)]
        tenant: Option<String>,
    },
    /// How far each output is
    Status {
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// What an output's service refused, and why
    Parked {
        name: String,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Serve the outputs without collecting; `collect` does both
    Run {
        /// Only these
        names: Vec<String>,
        /// Deliver what there is, then end
        #[arg(long)]
        once: bool,
    },
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let outputs = context.config.outputs()?;
    match &arguments.command {
        Command::List { types: true } => list_types(),
        Command::List { types: false } => list(&outputs),
        Command::Test { name } => test(named(&outputs, name)?).await,
        Command::Replay { name, parked: true, .. } => {
            replay_parked(&context.store, named(&outputs, name)?).await
        }
        Command::Replay { name, from, tenant, .. } => {
            let output = named(&outputs, name)?;
            replay(&context.store, output, from.as_deref(), tenant.as_deref()).await
        }
        Command::Status { format } => status(&context.store, &outputs, *format).await,
        Command::Parked { name, format } => parked(&context.store, named(&outputs, name)?, *format),
        Command::Run { names, once } => serve(&context.store, &outputs, names, *once).await,
    }
}

fn named<'a>(outputs: &'a [Output], name: &str) -> Result<&'a Output> {
    outputs.iter().find(|output| output.name == name).ok_or_else(|| {
        let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
        match names.is_empty() {
            true => no_output(),
            false => anyhow!("no output is named {name}; there are {}", names.join(", ")),
        }
    })
}

fn no_output() -> anyhow::Error {
    anyhow!(
        "no output is configured; add a table [[output]] with name and type, see `trail365 output list --types`"
    )
}

fn list(outputs: &[Output]) -> Result<Outcome> {
    if outputs.is_empty() {
        println!("{}", no_output());
        return Ok(Outcome::NothingFound);
    }
    let header = ["name", "type", "format", "guarantee", "filter"].map(str::to_owned);
    let rows = outputs.iter().map(|output| {
        vec![
            output.name.clone(),
            output.kind.name.to_owned(),
            output.form.map_or("columns", Form::name).to_owned(),
            output.kind.guarantee.words().to_owned(),
            output.filter_text.clone(),
        ]
    });
    println!("{}", present::table(&header, &rows.collect::<Vec<_>>()));
    Ok(Outcome::Done)
}

fn list_types() -> Result<Outcome> {
    println!("Types, and what they promise:\n");
    for kind in service::ALL {
        println!("  {:<14} {:<14} {}", kind.name, kind.guarantee.words(), kind.about);
    }
    let forms: Vec<&str> = Form::ALL.iter().map(|form| form.name()).collect();
    println!("\nFormats: {}\n\nPresets:\n", forms.join(", "));
    for preset in presets::all() {
        println!("  {:<15} {}", preset.name, preset.about);
    }
    Ok(Outcome::Done)
}

async fn test(output: &Output) -> Result<Outcome> {
    let record = marked(output, MachineClock.now())?;
    let words = output.open()?.probe(&record).await;
    let words = words.map_err(|error| anyhow!("output {}: {error}", output.name))?;
    println!("output {}: {words}", output.name);
    println!("The record is marked: Operation trail365-output-test, key {}.", record.id());
    Ok(Outcome::Done)
}

/// A record that says of itself that it is a test.
fn marked(output: &Output, now: i64) -> Result<Record> {
    let json = serde_json::json!({
        "CreationTime": event::time::iso_text(now),
        "Id": format!("trail365-test-{now}"),
        "Operation": "trail365-output-test",
        "RecordType": 0,
        "UserId": "trail365",
        "UserType": 4,
        "Workload": "trail365",
        "ResultStatus": "Success",
        "ObjectId": output.name,
    });
    let provenance =
        Provenance { source: "output-test", content_type: "", origin: output.name.clone() };
    let envelope = Envelope::record(&provenance.into(), 1, json.to_string().into());
    let event = decode::decode(&envelope, "trail365", now);
    let mut rows = Rows::default();
    rows.push(&event);
    let row = Row::all_of(&rows.finish())?.pop().expect("one row was pushed");
    let renderer = forward::render::Renderer::without_filter(output);
    renderer.record(row).ok_or_else(|| anyhow!("the marked record could not be written"))
}

async fn replay(
    store: &Store,
    output: &Output,
    from: Option<&str>,
    tenant: Option<&str>,
) -> Result<Outcome> {
    let start = config::start(from)?;
    let tenant = tenant.map(TenantName::new).transpose().map_err(|error| anyhow!(error))?;
    let mut rows = 0;
    let mut tenants = store.tenants().await?;
    tenants.retain(|name| output.takes(name) && tenant.as_ref().is_none_or(|it| it == name));
    for tenant in &tenants {
        let Some(table) = store.table(tenant).await? else { continue };
        rows += table.place(start, 0).waiting.iter().map(|it| it.file.rows).sum::<u64>();
        let reader = Reader { output: output.name.clone(), tenant: tenant.clone() };
        store.cursors()?.wish(&reader, start)?;
    }
    if tenants.is_empty() {
        bail!("output {}: no tenant with records is for it", output.name);
    }
    println!(
        "output {}: up to {rows} records of {} tenants are delivered once more, by `trail365 collect` if it runs, else by `trail365 output run {}`",
        output.name,
        tenants.len(),
        output.name,
    );
    Ok(Outcome::Done)
}

async fn replay_parked(store: &Store, output: &Output) -> Result<Outcome> {
    let (delivered, refused) = forward::deliver_parked(store, output).await?;
    println!("output {}: {delivered} taken, {refused} refused again", output.name);
    Ok(match (delivered, refused) {
        (0, 0) => Outcome::NothingFound,
        (_, 0) => Outcome::Done,
        _ => Outcome::DoneWithGaps,
    })
}

async fn status(store: &Store, outputs: &[Output], format: Format) -> Result<Outcome> {
    let standings = forward::standings(store, outputs).await?;
    let header = ["output", "type", "tenant", "delivered", "behind", "parked", "newest", "last"]
        .map(str::to_owned);
    let row = |standing: &Standing| {
        let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            standing.output.clone(),
            standing.kind.to_owned(),
            standing.tenant.clone(),
            standing.delivered.to_string(),
            standing.behind.to_string(),
            standing.parked.to_string(),
            time(&standing.newest),
            time(&standing.delivered_at),
        ]
    };
    let rows: Vec<Vec<String>> = standings.iter().map(row).collect();
    match format {
        Format::Json => print_json(&standings)?,
        Format::Table if outputs.is_empty() => println!("{}", no_output()),
        _ => print_rows(format, &header, &rows)?,
    }
    Ok(match standings.iter().map(|standing| standing.behind + standing.parked).sum() {
        _ if standings.is_empty() => Outcome::NothingFound,
        0u64 => Outcome::Done,
        _ => Outcome::DoneWithGaps,
    })
}

fn parked(store: &Store, output: &Output, format: Format) -> Result<Outcome> {
    let parked = match store.existing_cursors()? {
        Some(cursors) => cursors.parked(&output.name)?,
        None => Vec::new(),
    };
    let header = ["tenant", "key", "parked", "reason"].map(str::to_owned);
    let row = |row: &store::ParkedRow| {
        vec![
            row.reader.tenant.to_string(),
            row.key.to_string(),
            event::time::iso_text(row.parked),
            row.reason.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = parked.iter().map(row).collect();
    match format {
        Format::Json => {
            for row in &rows {
                let pairs = header.iter().cloned().zip(row.iter().cloned());
                let object: serde_json::Map<_, _> =
                    pairs.map(|(name, text)| (name, text.into())).collect();
                println!("{}", serde_json::to_string(&object)?);
            }
        }
        Format::Table if rows.is_empty() => {
            println!("output {}: nothing was refused", output.name);
        }
        _ => print_rows(format, &header, &rows)?,
    }
    Ok(if rows.is_empty() { Outcome::NothingFound } else { Outcome::Done })
}

fn print_json<T: serde::Serialize>(items: &[T]) -> Result<()> {
    for item in items {
        println!("{}", serde_json::to_string(item)?);
    }
    Ok(())
}

fn print_rows(format: Format, header: &[String], rows: &[Vec<String>]) -> Result<()> {
    if format == Format::Table {
        println!("{}", present::table(header, rows));
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    present::csv_line(&mut out, header)?;
    for row in rows {
        present::csv_line(&mut out, row)?;
    }
    Ok(())
}

async fn serve(store: &Store, outputs: &[Output], names: &[String], once: bool) -> Result<Outcome> {
    let mut chosen = Vec::new();
    for name in names {
        chosen.push(named(outputs, name)?.clone());
    }
    if names.is_empty() {
        chosen = outputs.to_vec();
    }
    if chosen.is_empty() {
        return Err(no_output());
    }
    if once {
        let done = forward_once(store, &chosen).await;
        return Ok(if done { Outcome::Done } else { Outcome::DoneWithGaps });
    }
    let mut forwarding = forward::Forwarding::new(store.clone(), Board::default());
    forwarding.follow(chosen).await;
    super::collect::stopped().await;
    forwarding.end().await;
    Ok(Outcome::Done)
}

/// Delivers what there is to every output; false if some could not take it all.
pub async fn forward_once(store: &Store, outputs: &[Output]) -> bool {
    let board = Board::default();
    let until = Until::CaughtUp { failures_max: FAILURES_MAX };
    let (_running, stop) = watch::channel(false);
    let work = outputs.iter().map(|output| {
        let (stop, board) = (stop.clone(), &board);
        async move {
            let done = forward::serve(store, output, until, stop, board).await;
            let counts = board.counts().remove(&output.name).unwrap_or_default();
            tell(output, done, &counts)
        }
    });
    futures::future::join_all(work).await.into_iter().all(|done| done)
}

fn tell(output: &Output, done: Result<Pumped>, counts: &output::Counts) -> bool {
    let (name, records, parked) = (&output.name, counts.records, counts.parked);
    let words = match &done {
        Ok(Pumped::GaveUp(words)) => format!("; given up: {words}"),
        Ok(_) => String::new(),
        Err(error) => format!("; {error:#}"),
    };
    // Standard output may be the very output that was served.
    let line = format!("output {name}: {records} records delivered, {parked} refused{words}");
    match std::io::stderr().is_terminal() {
        true => eprintln!("{}", present::printable(&line)),
        false => eprintln!("{line}"),
    }
    matches!(done, Ok(Pumped::CaughtUp | Pumped::Stopped)) && parked == 0
}
