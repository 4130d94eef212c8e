//! `trail365 job`: searches of many mailboxes, or of anything, that nobody waits for.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Subcommand;
use event::time;
use source::service::{Clock, MachineClock};
use store::{DeliveryState, Job, JobState, Jobs};
use tokio::sync::watch;

use super::Format as Shown;
use super::collect::stopped;
use super::search::{Range, duration};
use crate::context::{Context, Outcome};
use crate::jobs::request::KEEP_DEFAULT;
use crate::jobs::{
    self, Configured, Format, JobSpec, Request, Search, Service, Until, What, delete_result,
};
use crate::present;
use crate::server::jobs::JobAnswer;

/// How often a waiting command looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Longest file of mailboxes.
const MAILBOXES_BYTES_MAX: u64 = 1 << 20;

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

#[derive(clap::Args)]
struct Create {
    /// What to look for, in the language of `trail365 search`
    query: Vec<String>,
    /// Mailboxes, with commas: addresses or patterns such as *@contoso.com; @FILE has one a line
    #[arg(long, value_delimiter = ',')]
    mailboxes: Vec<String>,
    /// owner, admin, delegate or external, with commas
    #[arg(long = "logon-type", value_delimiter = ',')]
    logon_types: Vec<String>,
    /// Operations, with commas, for instance SendAs,HardDelete
    #[arg(long, value_delimiter = ',')]
    operations: Vec<String>,
    /// Only access from outside the organization; =false for only from inside
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    external_access: Option<bool>,
    /// Only messages with attachments; =false for only those without
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    has_attachments: Option<bool>,
    /// Exchange needs it for whole entries; results always have them
    #[arg(long)]
    show_details: bool,
    #[command(flatten)]
    range: Range,
    /// Search one tenant only
    #[arg(long)]
    tenant: Option<String>,
    /// Up to 64 characters: the subject of mails, part of the names of files
    #[arg(long)]
    name: Option<String>,
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Copy the result into this folder
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Mail the result to these addresses, with commas
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    mail_to: Vec<String>,
    /// How long the result is kept [default: 7d]
    #[arg(long, value_name = "LENGTH")]
    expires: Option<String>,
    /// Wait for the end, doing the work if nobody else does
    #[arg(long)]
    wait: bool,
}

pub async fn run(arguments: Arguments, context: Context) -> Result<Outcome> {
    match arguments.command {
        Command::Create(create) => create.run(context).await,
        Command::List { format } => list(&context, format),
        Command::Show { id, format } => show(&context, &id, format),
        Command::Cancel { id } => cancel(&context, &id),
        Command::Remove { id } => remove(&context, &id),
        Command::Result { id, output } => result(&context, &id, output.as_deref()),
        Command::Run { once } => serve(context, once).await,
    }
}

impl Create {
    async fn run(self, context: Context) -> Result<Outcome> {
        let waits = self.wait;
        let request = self.request()?;
        let jobs = context.store.jobs()?;
        let job = jobs.create(&request.job(context.config.mail.as_ref())?, MachineClock.now())?;
        println!("{}", job.id);
        if waits {
            return wait(context, jobs, &job.id).await;
        }
        if context.store.working()?.is_none() {
            eprintln!("Nobody works on jobs now: start trail365 serve, collect or job run.");
        }
        Ok(Outcome::Done)
    }

    fn request(self) -> Result<Request> {
        let keep = self.expires.as_deref().map(|text| duration("expires", text)).transpose()?;
        let (from, to) = self.range.bounds()?;
        let search = Search {
            query: self.query.join(" "),
            mailboxes: mailboxes(self.mailboxes)?,
            logon_types: self.logon_types,
            operations: self.operations,
            external_access: self.external_access,
            has_attachments: self.has_attachments,
        };
        let what = What::Search(search);
        Ok(Request {
            name: self.name,
            spec: JobSpec { what, format: self.format, from, to, tenant: self.tenant },
            folder: self.folder,
            mail_to: self.mail_to,
            keep: keep.unwrap_or(KEEP_DEFAULT),
        })
    }
}

/// Those named, and those that files list one a line.
fn mailboxes(given: Vec<String>) -> Result<Vec<String>> {
    let mut mailboxes = Vec::new();
    for given in given {
        let Some(path) = given.strip_prefix('@') else {
            mailboxes.push(given);
            continue;
        };
        let named = || format!("--mailboxes @{path}: the file cannot be read");
        if std::fs::metadata(path).with_context(named)?.len() > MAILBOXES_BYTES_MAX {
            bail!(
                "--mailboxes @{path}: longer than {MAILBOXES_BYTES_MAX} bytes; make several jobs"
            );
        }
        let text = std::fs::read_to_string(path).with_context(named)?;
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        mailboxes.extend(lines.filter(|line| !line.is_empty()).map(str::to_owned));
    }
    Ok(mailboxes)
}

async fn wait(context: Context, jobs: Jobs, id: &str) -> Result<Outcome> {
    let Context { config_file, config, store } = context;
    // It stands back as long as another process works.
    let service = Service::start(store, Configured::followed(config, config_file));
    let mut stop = std::pin::pin!(stopped());
    let ended = loop {
        let job = known(&jobs, id)?;
        let is_waiting = |it: &store::Delivery| it.state == DeliveryState::Waiting;
        if job.state.has_ended() && !job.deliveries.iter().any(is_waiting) {
            break Some(job);
        }
        tokio::select! {
            () = &mut stop => break None,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    };
    service.end().await;
    match ended {
        Some(job) => outcome(&job),
        None => bail!("job {id} is not done; it waits for trail365 serve, collect or job run"),
    }
}

/// How a job ended, as an exit code.
fn outcome(job: &Job) -> Result<Outcome> {
    let failed = job.deliveries.iter().find(|it| it.state == DeliveryState::Failed);
    match (job.state, failed) {
        (JobState::Done, Some(failed)) => {
            let line = format!("job {}: to {}: {}", job.id, failed.to, failed.words);
            eprintln!("{}", present::printable(&line));
            Ok(Outcome::DoneWithGaps)
        }
        (JobState::Done, None) if job.done == 0 => Ok(Outcome::NothingFound),
        (JobState::Done, None) => Ok(Outcome::Done),
        (state, _) => {
            let why = job.error.as_ref().map_or(String::new(), |why| format!(": {why}"));
            bail!("job {} {}{why}", job.id, state.name())
        }
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

fn list(context: &Context, format: Shown) -> Result<Outcome> {
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

fn show(context: &Context, id: &str, format: Shown) -> Result<Outcome> {
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
