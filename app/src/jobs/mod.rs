//! What is looked for while nobody waits, and where does the result go?
//!
//! A job is asked for on the command line, over HTTP or by a schedule; all three make a [`Request`].
//! It waits in the store's queue until the one process that holds the lock of jobs works on it. A
//! result is written under a draft's name in a folder of its job, synced, and renamed, so that what
//! has the result's name is whole; then it is delivered.

mod coverage;
mod deliver;
mod letter;
mod mailbox;
mod report;
pub mod request;
mod run;
pub mod schedule;
pub mod spec;
mod worker;
mod write;

use std::path::{Path, PathBuf};

use store::Job;

pub use request::Request;
pub use spec::{Format, JobSpec, ReportAsk, Search, What};
pub use worker::{Configured, Service, Until, work};

/// Where the results lie.
fn results_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("jobs")
}

/// Where a job's result lies. Ids are made by the store: digits and a dash.
pub fn job_dir(data_dir: &Path, id: &str) -> PathBuf {
    results_dir(data_dir).join(id)
}

/// The job's result, if there is one to have.
pub fn result_path(data_dir: &Path, job: &Job, now: i64) -> Option<PathBuf> {
    let is_kept = job.state == store::JobState::Done && job.expires.is_none_or(|at| at > now);
    let file = job.file.as_ref().filter(|_| is_kept)?;
    Some(job_dir(data_dir, &job.id).join(file))
}

/// Deletes what a job wrote, if it wrote anything.
pub fn delete_result(data_dir: &Path, id: &str) -> std::io::Result<()> {
    match std::fs::remove_dir_all(job_dir(data_dir, id)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
