//! `trail365 report`: what happened, on one page?

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::ValueEnum;
use event::time;
use report::{Ask, Page};
use source::service::{Clock, MachineClock};

use super::search::Range;
use crate::context::{Context, Outcome};
use crate::{present, reports};

/// How far back a report looks unless told otherwise: Exchange's own reports begin two weeks ago.
const LAST_DEFAULT: &str = "14d";

#[derive(clap::Args)]
pub struct Arguments {
    /// A report's name, or `list`
    name: String,
    #[command(flatten)]
    range: Range,
    /// Whose activity; * stands for anything
    #[arg(long)]
    user: Option<String>,
    /// Whose mailbox; * stands for anything
    #[arg(long)]
    mailbox: Option<String>,
    /// From where: an address, or a network such as 203.0.113.0/24
    #[arg(long)]
    address: Option<String>,
    /// Which document: its URL or name; * stands for anything
    #[arg(long)]
    document: Option<String>,
    /// Which sign-in session
    #[arg(long)]
    session: Option<String>,
    /// One tenant only
    #[arg(long)]
    tenant: Option<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Which table of the report is written as CSV [default: the first]
    #[arg(long)]
    table: Option<String>,
    /// Write to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    /// One page that needs nothing else, to read, print or send
    Html,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    if arguments.name == "list" {
        return list(arguments.format);
    }
    let kind = reports::kind(&arguments.name)?;
    let now = MachineClock.now();
    let ask = arguments.ask(context, now)?;
    reports::check(kind, &ask)?;
    if arguments.table.is_some() && arguments.format != Format::Csv {
        bail!("--table goes with --format csv; the other formats hold every table");
    }
    context.require_data().await?;
    let tenant = context.known_tenant(arguments.tenant.as_deref()).await?;
    let searcher = context.searcher(tenant.as_ref()).await?;
    let pace = context.config.collect.pace();
    let page = reports::answer(&searcher, &context.store, &pace, kind, ask, now).await?;
    write(arguments, &page)?;
    if page.events == 0
        && let Some((first, last)) = searcher.time()
    {
        eprintln!(
            "nothing in the span fits; the store holds events from {} to {}",
            time::iso_text(first),
            time::iso_text(last)
        );
    }
    Ok(match () {
        () if page.events == 0 => Outcome::NothingFound,
        () if !page.coverage.gaps.is_empty() => Outcome::DoneWithGaps,
        () => Outcome::Done,
    })
}

impl Arguments {
    fn ask(&self, context: &Context, now: i64) -> Result<Ask> {
        let span = self.range.span(LAST_DEFAULT, now)?;
        Ok(Ask {
            user: self.user.clone(),
            mailbox: self.mailbox.clone(),
            address: self.address.clone(),
            document: self.document.clone(),
            session: self.session.clone(),
            from: span.start,
            to: span.stop,
            domains: context.config.reports.domains(),
            networks: context.config.reports.networks()?,
        })
    }
}

fn write(arguments: &Arguments, page: &Page) -> Result<()> {
    let text = match arguments.format {
        Format::Table => report::render::text(page),
        Format::Json => report::render::json(page),
        Format::Csv => {
            report::render::csv(page, arguments.table.as_deref()).map_err(|e| anyhow!(e))?
        }
        Format::Html => report::render::html(page),
    };
    match &arguments.output {
        Some(path) => save(path, &text),
        None if arguments.format == Format::Html && std::io::stdout().is_terminal() => {
            bail!("a page of HTML is for a browser; name a file with --output report.html")
        }
        None => Ok(std::io::stdout().write_all(text.as_bytes())?),
    }
}

fn save(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

fn list(format: Format) -> Result<Outcome> {
    let names = ["report", "may be told", "what it answers"].map(str::to_owned);
    let parameters = |kind: &report::Kind| {
        let marked = |parameter: &report::Parameter| {
            let mark = if kind.required.contains(parameter) { "*" } else { "" };
            format!("{}{mark}", parameter.name())
        };
        kind.parameters.iter().map(marked).collect::<Vec<_>>().join(" ")
    };
    match format {
        Format::Json => {
            let reports: Vec<serde_json::Value> =
                report::ALL.iter().map(|kind| reports::described(kind)).collect();
            println!("{}", serde_json::json!({ "reports": reports }));
        }
        Format::Table => {
            let width = |text: &str| text.len();
            let longest = report::ALL.iter().map(|kind| width(kind.name)).max().unwrap_or(0);
            for kind in report::ALL {
                println!("{:longest$}  {}", kind.name, kind.about);
                let told = match (kind.required.is_empty(), kind.parameters.is_empty()) {
                    (_, true) => continue,
                    (true, false) => "may be told",
                    (false, _) => "has to be told (* one of these at least)",
                };
                println!("{:longest$}  {told}: {}", "", parameters(kind));
            }
        }
        Format::Html => bail!("the list is written as table, json or csv"),
        Format::Csv => {
            let mut out = std::io::stdout().lock();
            present::csv_line(&mut out, &names)?;
            for kind in report::ALL {
                let cells = [kind.name.to_owned(), parameters(kind), kind.about.to_owned()];
                present::csv_line(&mut out, &cells)?;
            }
        }
    }
    Ok(Outcome::Done)
}
