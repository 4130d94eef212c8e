//! `trail365 job`: searches of many mailboxes, or of anything, that nobody waits for.

mod create;
mod show;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Subcommand;
use source::service::{Clock, MachineClock};
use store::{Job, JobState, Jobs};
use tokio::sync::watch;

use super::Format as Shown;
use super::collect::stopped;
use crate::context::{Context, Outcome};
use crate::jobs::{self, Configured, Service, Until, delete_result};
use create::Create;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Ask for a search; `trail365 serve`, `collect` or `job run` does it. Prints the job's id
    Create(Box<Create>),
    /// All jobs, newest first
    List {
        #[arg(long, value_enum, default_value = "table")]
        format: Shown,
    },
    /// One job, and where its result went
    Show {
        id: String,
        #[arg(long, value_enum, default_value = "table")]
        format: Shown,
    },
    /// End a job that has no result yet
    Cancel { id: String },
    /// Forget a job and delete its result
    Remove { id: String },
    /// Save a job's result
    Result {
        id: String,
        /// The file, or - for standard output [default: the result's own name]
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Do the jobs; `serve` and `collect` do them too
    Run {
        /// Do what there is, deliveries included, then end
        #[arg(long)]
        once: bool,
    },
}

pub async fn run(arguments: Arguments, context: Context) -> Result<Outcome> {
    match arguments.command {
        Command::Create(create) => create.run(context).await,
        Command::List { format } => show::list(&context, format),
        Command::Show { id, format } => show::show(&context, &id, format),
        Command::Cancel { id } => cancel(&context, &id),
        Command::Remove { id } => remove(&context, &id),
        Command::Result { id, output } => result(&context, &id, output.as_deref()),
        Command::Run { once } => serve(context, once).await,
    }
}

fn known(jobs: &Jobs, id: &str) -> Result<Job> {
    jobs.get(id)?.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> anyhow::Error {
    anyhow!("there is no job {id:?}; see `trail365 job list`")
}

fn existing(context: &Context, id: &str) -> Result<Jobs> {
    context.store.existing_jobs()?.ok_or_else(|| unknown(id))
}

fn cancel(context: &Context, id: &str) -> Result<Outcome> {
    let jobs = existing(context, id)?;
    let before = known(&jobs, id)?;
    if before.state.has_ended() {
        bail!("job {id} is {} already", before.state.name());
    }
    let job = jobs.cancel(id, MachineClock.now())?.ok_or_else(|| unknown(id))?;
    println!("job {id} {}", job.state.name());
    Ok(Outcome::Done)
}

fn remove(context: &Context, id: &str) -> Result<Outcome> {
    let jobs = existing(context, id)?;
    if !jobs.remove(id)? {
        return Err(unknown(id));
    }
    delete_result(context.store.data_dir(), id)?;
    println!("job {id} removed");
    Ok(Outcome::Done)
}

fn result(context: &Context, id: &str, output: Option<&Path>) -> Result<Outcome> {
    let job = known(&existing(context, id)?, id)?;
    let path = jobs::result_path(context.store.data_dir(), &job, MachineClock.now());
    let path = path.ok_or_else(|| anyhow!("job {id} is {}: it has no result", state(&job)))?;
    let mut file = std::fs::File::open(&path).with_context(|| path.display().to_string())?;
    if output == Some(Path::new("-")) {
        let mut out = std::io::stdout().lock();
        std::io::copy(&mut file, &mut out)?;
        out.flush()?;
        return Ok(Outcome::Done);
    }
    let own = job.file.as_deref().unwrap_or_default();
    let target = output.unwrap_or(Path::new(own));
    let named = || format!("{} cannot be written; name another with -o", target.display());
    let mut options = std::fs::OpenOptions::new();
    // A name that was typed may be written over, one that we chose may not.
    options.write(true).create(true).create_new(output.is_none()).truncate(output.is_some());
    let mut copy = options.open(target).with_context(named)?;
    let bytes = std::io::copy(&mut file, &mut copy).with_context(named)?;
    if std::io::stderr().is_terminal() {
        eprintln!("{}: {bytes} bytes", target.display());
    }
    Ok(Outcome::Done)
}

fn state(job: &Job) -> &'static str {
    match job.expires {
        Some(at) if at <= MachineClock.now() => JobState::Expired.name(),
        _ => job.state.name(),
    }
}

async fn serve(context: Context, once: bool) -> Result<Outcome> {
    let Context { config_file, config, store } = context;
    let mut configured = Configured::followed(config, config_file);
    if !once {
        // Waits for its turn if another process works.
        let service = Service::start(store, configured);
        stopped().await;
        service.end().await;
        return Ok(Outcome::Done);
    }
    let (tell, mut stop) = watch::channel(false);
    tokio::spawn(async move {
        stopped().await;
        let _ = tell.send(true);
    });
    jobs::work(&store, &mut configured, Until::Idle, &mut stop).await?;
    Ok(Outcome::Done)
}
