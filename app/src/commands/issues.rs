//! `trail365 issues`: what was strange?

use anyhow::Result;
use event::time;

use super::Format;
use crate::context::{Context, Outcome};
use crate::present;
use crate::server::issues::{IssueCount, count_issues};

#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    context.require_data().await?;
    let searcher = context.searcher(None).await?;
    let issues = count_issues(&searcher).await?;
    let header = ["tenant", "kind", "field", "count", "first", "last", "detail", "example"]
        .map(str::to_owned);
    let row = |issue: &IssueCount| {
        let at = |micros: Option<i64>| micros.map_or("-".to_owned(), time::iso_text);
        vec![
            issue.tenant.clone(),
            issue.kind.clone(),
            issue.field.clone(),
            issue.count.to_string(),
            at(issue.first),
            at(issue.last),
            issue.detail.clone(),
            issue.example.clone(),
        ]
    };
    match arguments.format {
        Format::Json => {
            for issue in &issues {
                println!("{}", serde_json::to_string(&issue.json())?);
            }
        }
        Format::Csv => {
            let mut out = std::io::stdout().lock();
            present::csv_line(&mut out, &header)?;
            for issue in &issues {
                present::csv_line(&mut out, &row(issue))?;
            }
        }
        Format::Table if issues.is_empty() => println!("No record was strange."),
        Format::Table => {
            let rows: Vec<_> = issues.iter().map(row).collect();
            println!("{}", present::table(&header, &rows));
        }
    }
    Ok(if issues.is_empty() { Outcome::NothingFound } else { Outcome::Done })
}
