//! `trail365 status`: what is stored, and how fresh is it?

use anyhow::Result;
use event::time;
use store::BlobState;

use super::Format;
use crate::context::{Context, Outcome};
use crate::present;

#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let tables = context.store.tables().await?;
    let Some(ledger) = context.store.existing_ledger()? else {
        println!("{} holds no data yet.", context.store.data_dir().display());
        return Ok(Outcome::NothingFound);
    };
    let header = [
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
    let mut rows = Vec::new();
    for table in &tables {
        let tenant = table.tenant();
        let at = |micros: Option<i64>| micros.map_or("-".to_owned(), time::iso_text);
        rows.push(vec![
            tenant.to_string(),
            table.records().to_string(),
            table.quarantined().to_string(),
            ledger.totals(tenant)?.duplicates.to_string(),
            at(table.time().map(|t| t.0)),
            at(table.time().map(|t| t.1)),
            table.files().len().to_string(),
            table.bytes().to_string(),
            at(ledger.last_commit(tenant)?),
            ledger.count_blobs(tenant, BlobState::Listed)?.to_string(),
            ledger.count_blobs(tenant, BlobState::Expired)?.to_string(),
        ]);
    }
    let header = header.map(str::to_owned);
    match arguments.format {
        Format::Json => {
            for row in rows {
                let object: serde_json::Map<String, serde_json::Value> = header
                    .iter()
                    .map(|name| name.replace(' ', "_"))
                    .zip(row.into_iter().map(json_cell))
                    .collect();
                println!("{}", serde_json::to_string(&object)?);
            }
        }
        Format::Csv => {
            let mut out = std::io::stdout().lock();
            present::csv_line(&mut out, &header)?;
            rows.iter().try_for_each(|row| present::csv_line(&mut out, row))?;
        }
        Format::Table => println!("{}", present::table(&header, &rows)),
    }
    Ok(if tables.is_empty() { Outcome::NothingFound } else { Outcome::Done })
}

fn json_cell(text: String) -> serde_json::Value {
    match text.parse::<u64>() {
        Ok(number) => number.into(),
        Err(_) if text == "-" => serde_json::Value::Null,
        Err(_) => text.into(),
    }
}
