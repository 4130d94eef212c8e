//! How is a job asked for, and waited for?

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use source::service::{Clock, MachineClock};
use store::{DeliveryState, Job, JobState, Jobs};

use super::known;
use crate::commands::collect::stopped;
use crate::commands::search::{Range, duration};
use crate::context::{Context, Outcome};
use crate::jobs::request::KEEP_DEFAULT;
use crate::jobs::{Configured, Format, JobSpec, Request, Search, Service, What};
use crate::present;

/// How often a waiting command looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Longest file of mailboxes.
const MAILBOXES_BYTES_MAX: u64 = 1 << 20;

#[derive(clap::Args)]
pub(super) struct Create {
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

impl Create {
    pub(super) async fn run(self, context: Context) -> Result<Outcome> {
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
