//! `trail365 sql`: any read-only query.

use std::io::{BufWriter, Write};

use anyhow::{Result, anyhow};
use search::sql::{View, ViewColumn};
use serde_json::{Value, json};

use super::Format;
use crate::context::{Context, Outcome};
use crate::{present, questions, views};

#[derive(clap::Args)]
pub struct Arguments {
    /// For instance: select Operation, count(*) from events group by 1 order by 2 desc
    #[arg(required_unless_present_any = ["views", "question", "questions"])]
    query: Option<String>,
    /// One of the classic questions, for instance: --question user --set who=ann@contoso.com
    #[arg(long, value_name = "NAME", conflicts_with = "query")]
    question: Option<String>,
    /// What the question asks for; --set from=TIME and --set to=TIME narrow most of them
    #[arg(long, value_name = "NAME=VALUE", requires = "question")]
    set: Vec<String>,
    /// Print the question's SQL, which runs unchanged on every database that an output fills
    #[arg(long, requires = "question")]
    print: bool,
    /// List the questions
    #[arg(long, conflicts_with_all = ["query", "question"])]
    questions: bool,
    /// List the views, or the columns of one of them
    #[arg(long, value_name = "VIEW", num_args = 0..=1, conflicts_with = "query")]
    views: Option<Option<String>>,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    if arguments.questions {
        return list_questions(arguments.format);
    }
    let asked = match &arguments.question {
        Some(name) => Some(questions::find(name)?.query(&arguments.set)?),
        None => arguments.query.clone(),
    };
    let Some(query) = &asked else {
        return list_views(arguments.views.iter().flatten().next(), arguments.format);
    };
    if arguments.print {
        println!("{query}");
        return Ok(Outcome::Done);
    }
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
    searcher.sql(query, take).await?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    if arguments.format == Format::Table && (!table.is_empty() || count == 0) {
        writeln!(out, "{}", present::table(&header, &table))?;
    }
    out.flush()?;
    Ok(if count == 0 { Outcome::NothingFound } else { Outcome::Done })
}

/// All views, or the columns of one.
fn list_views(name: Option<&String>, format: Format) -> Result<Outcome> {
    let (header, rows) = match name {
        None => (["view", "columns"], views::all().map(|view| view_row(view)).collect::<Vec<_>>()),
        Some(name) => {
            let view = views::find(&name.to_lowercase()).ok_or_else(|| {
                anyhow!("there is no view {name:?}; trail365 sql --views lists all")
            })?;
            let row = |it: &ViewColumn| [it.name.clone(), views::describe(&it.from)];
            (["column", "holds"], view.columns.iter().map(row).collect())
        }
    };
    print_pairs(header, rows, format)
}

fn list_questions(format: Format) -> Result<Outcome> {
    let rows = questions::all().map(|question| {
        let asks: Vec<&str> = question.asks.iter().map(|(name, _)| *name).collect();
        [question.name.to_owned(), format!("{} ({})", question.about, asks.join(", "))]
    });
    print_pairs(["question", "answers"], rows.collect(), format)
}

fn print_pairs(header: [&str; 2], rows: Vec<[String; 2]>, format: Format) -> Result<Outcome> {
    let header = header.map(str::to_owned);
    let mut out = BufWriter::new(std::io::stdout());
    match format {
        Format::Table => {
            let rows: Vec<Vec<String>> = rows.into_iter().map(Vec::from).collect();
            writeln!(out, "{}", present::table(&header, &rows))?;
        }
        Format::Csv => {
            present::csv_line(&mut out, &header)?;
            rows.iter().try_for_each(|row| present::csv_line(&mut out, row))?;
        }
        Format::Json => {
            for [first, second] in rows {
                let object = json!({ header[0].as_str(): first, header[1].as_str(): second });
                writeln!(out, "{object}")?;
            }
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn view_row(view: &View) -> [String; 2] {
    [view.name.clone(), view.columns.len().to_string()]
}

fn text(value: &Value, missing: &str) -> String {
    match value {
        Value::Null => missing.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
