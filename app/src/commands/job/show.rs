//! How are jobs shown?

use anyhow::Result;
use event::time;
use store::Job;

use super::{existing, known};
use crate::commands::Format as Shown;
use crate::context::{Context, Outcome};
use crate::present;
use crate::server::jobs::JobAnswer;

pub(super) fn list(context: &Context, format: Shown) -> Result<Outcome> {
    let jobs = context.store.existing_jobs()?.map_or(Ok(Vec::new()), |jobs| jobs.list())?;
    let header = ["id", "name", "state", "events", "bytes", "expires", "what"].map(str::to_owned);
    let row = |job: &Job| {
        let of = job.total.filter(|total| *total != job.done);
        vec![
            job.id.clone(),
            job.name.clone(),
            job.state.name().to_owned(),
            of.map_or(job.done.to_string(), |total| format!("{} of {total}", job.done)),
            job.bytes.map_or("-".to_owned(), |bytes| bytes.to_string()),
            job.expires.map_or("-".to_owned(), time::iso_text),
            job.what.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = jobs.iter().map(row).collect();
    match format {
        Shown::Json => {
            for job in &jobs {
                println!("{}", serde_json::to_string(&JobAnswer::new(job))?);
            }
        }
        Shown::Csv => {
            let mut out = std::io::stdout().lock();
            present::csv_line(&mut out, &header)?;
            for row in &rows {
                present::csv_line(&mut out, row)?;
            }
        }
        Shown::Table if rows.is_empty() => println!("No job was asked for: trail365 job create"),
        Shown::Table => println!("{}", present::table(&header, &rows)),
    }
    Ok(if jobs.is_empty() { Outcome::NothingFound } else { Outcome::Done })
}

pub(super) fn show(context: &Context, id: &str, format: Shown) -> Result<Outcome> {
    let job = known(&existing(context, id)?, id)?;
    if format == Shown::Json {
        println!("{}", serde_json::to_string(&JobAnswer::new(&job))?);
        return Ok(Outcome::Done);
    }
    let mut lines = vec![
        ("id", job.id.clone()),
        ("name", job.name.clone()),
        ("what", job.what.clone()),
        ("state", job.state.name().to_owned()),
        ("events", job.done.to_string()),
        ("created", time::iso_text(job.created)),
    ];
    let mut add = |name, value: Option<String>| lines.extend(value.map(|value| (name, value)));
    add("started", job.started.map(time::iso_text));
    add("finished", job.finished.map(time::iso_text));
    add("expires", job.expires.map(time::iso_text));
    add("error", job.error.clone());
    add("file", job.file.clone());
    add("bytes", job.bytes.map(|bytes| bytes.to_string()));
    add("coverage", job.note.clone());
    for delivery in &job.deliveries {
        let words = format!("{}: {} {}", delivery.to, delivery.state.name(), delivery.words);
        lines.push(("delivery", words));
    }
    if format == Shown::Csv {
        let mut out = std::io::stdout().lock();
        for (name, value) in lines {
            present::csv_line(&mut out, &[name.to_owned(), value])?;
        }
        return Ok(Outcome::Done);
    }
    for (name, value) in lines {
        println!("{name:<9} {}", present::printable(&value));
    }
    Ok(Outcome::Done)
}
