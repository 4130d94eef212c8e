//! `trail365 sql`: any read-only query.

use std::io::{BufWriter, Write};

use anyhow::Result;
use serde_json::Value;

use super::Format;
use crate::context::{Context, Outcome};
use crate::present;

#[derive(clap::Args)]
pub struct Arguments {
    /// For instance: select Operation, count(*) from events group by 1 order by 2 desc
    query: String,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    context.require_data().await?;
    let searcher = context.searcher(None).await?;
    let mut out = BufWriter::new(std::io::stdout());
    let mut table: Vec<Vec<String>> = Vec::new();
    let mut header: Vec<String> = Vec::new();
    let mut count = 0;
    let mut failure = None;
    let take = |columns: &[search::sql::SqlColumn], rows: Vec<Vec<Value>>| {
        let step = || -> Result<()> {
            if header.is_empty() {
                header = columns.iter().map(|column| column.name.clone()).collect();
                if arguments.format == Format::Csv {
                    present::csv_line(&mut out, &header)?;
                }
            }
            count += rows.len();
            for row in rows {
                match arguments.format {
                    Format::Json => {
                        let object: serde_json::Map<String, Value> =
                            header.iter().cloned().zip(row).collect();
                        writeln!(out, "{}", serde_json::to_string(&object)?)?;
                    }
                    Format::Csv => {
                        let cells: Vec<String> = row.iter().map(|v| text(v, "")).collect();
                        present::csv_line(&mut out, &cells)?;
                    }
                    Format::Table => table.push(row.iter().map(|v| text(v, "-")).collect()),
                }
            }
            if table.len() >= present::TABLE_ROWS_MAX {
                writeln!(out, "{}", present::table(&header, &table))?;
                table.clear();
            }
            Ok(())
        };
        step().map_err(|error| failure = Some(error)).is_ok()
    };
    searcher.sql(&arguments.query, take).await?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    if arguments.format == Format::Table && (!table.is_empty() || count == 0) {
        writeln!(out, "{}", present::table(&header, &table))?;
    }
    out.flush()?;
    Ok(if count == 0 { Outcome::NothingFound } else { Outcome::Done })
}

fn text(value: &Value, missing: &str) -> String {
    match value {
        Value::Null => missing.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
