//! `trail365 gaps`: what is known to be missing?

use anyhow::Result;
use event::time;
use source::service::{Clock, MachineClock};
use store::Gap;

use super::Format;
use crate::context::{Context, Outcome};
use crate::evidence::GapAnswer;
use crate::present;

#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Also what is younger than the configured lag
    #[arg(long)]
    all: bool,
}

pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let ledger = context.store.existing_ledger()?;
    let scopes = ledger.as_ref().map_or(Ok(Vec::new()), |ledger| ledger.scopes())?;
    let now = MachineClock.now();
    let lag = if arguments.all { 0 } else { context.config.collect.pace().lag };
    let gaps = ledger.map_or(Ok(Vec::new()), |ledger| ledger.gaps(now, lag))?;
    let header = ["tenant", "content type", "from", "to", "state", "hours left", "blobs", "cause"]
        .map(str::to_owned);
    let row = |gap: &Gap| {
        vec![
            gap.tenant.clone(),
            gap.content_type.clone(),
            time::iso_text(gap.start),
            time::iso_text(gap.stop),
            gap.state.name().to_owned(),
            gap.hours_left(now).map_or("-".to_owned(), |hours| format!("{hours:.1}")),
            gap.blobs.to_string(),
            gap.cause.clone(),
        ]
    };
    match arguments.format {
        Format::Json => {
            for gap in &gaps {
                println!("{}", serde_json::to_string(&GapAnswer::new(gap, now))?);
            }
        }
        Format::Csv => {
            let mut out = std::io::stdout().lock();
            present::csv_line(&mut out, &header)?;
            for gap in &gaps {
                present::csv_line(&mut out, &row(gap))?;
            }
        }
        Format::Table if scopes.is_empty() && gaps.is_empty() => println!(
            "Nothing was collected into {} yet, so there is nothing to prove: trail365 collect",
            context.store.data_dir().display()
        ),
        Format::Table if gaps.is_empty() => println!("No gap is known."),
        Format::Table => {
            let rows: Vec<_> = gaps.iter().map(row).collect();
            println!("{}", present::table(&header, &rows));
        }
    }
    Ok(match (gaps.is_empty(), scopes.is_empty()) {
        (false, _) => Outcome::DoneWithGaps,
        // Nothing is missing where nothing was asked for, but nothing is proven either.
        (true, true) => Outcome::NothingFound,
        (true, false) => Outcome::Done,
    })
}
