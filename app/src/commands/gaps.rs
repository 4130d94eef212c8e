//! `trail365 gaps`: what is known to be missing?

use anyhow::Result;
use event::time;

use super::Format;
use crate::context::{Context, Outcome};
use crate::present;

#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let ledger = context.store.existing_ledger()?;
    let gaps = ledger.map_or(Ok(Vec::new()), |ledger| ledger.gaps())?;
    let header = ["tenant", "content type", "from", "to", "cause"].map(str::to_owned);
    let row = |gap: &store::Gap| {
        vec![
            gap.tenant.clone(),
            gap.content_type.clone(),
            time::iso_text(gap.start),
            time::iso_text(gap.stop),
            gap.cause.clone(),
        ]
    };
    match arguments.format {
        Format::Json => {
            for gap in &gaps {
                let [tenant, content_type, from, to, cause] =
                    row(gap).try_into().expect("five cells");
                println!(
                    "{}",
                    serde_json::json!({"tenant": tenant, "content_type": content_type, "from": from, "to": to, "cause": cause})
                );
            }
        }
        Format::Csv => {
            let mut out = std::io::stdout().lock();
            present::csv_line(&mut out, &header)?;
            for gap in &gaps {
                present::csv_line(&mut out, &row(gap))?;
            }
        }
        Format::Table if gaps.is_empty() => println!("No gap is known."),
        Format::Table => {
            let rows: Vec<_> = gaps.iter().map(row).collect();
            println!("{}", present::table(&header, &rows));
        }
    }
    Ok(if gaps.is_empty() { Outcome::Done } else { Outcome::DoneWithGaps })
}
