//! How does a job come to its result?

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use search::{Cache, ListQuery, Order, Row, Scope, Searcher};
use source::service::{Clock, MachineClock};
use store::{Finished, Job, Jobs, Store};

use super::spec::{JobSpec, Search, What};
use super::write::ResultWriter;
use super::{coverage, delete_result, job_dir, report, write};
use crate::config::Config;

/// What a search of a job keeps of columns.
const CACHE_BYTES: usize = 64 << 20;
/// How often the queue is told how far a job is.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How often a worker looks whether its job is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The name that a result has until it is whole.
const DRAFT: &str = "draft";
/// Characters of a job's name that go into names of files.
const NAME_CHARS_MAX: usize = 64;

/// What a job needs to know of the world around it.
pub struct Shop {
    pub store: Store,
    pub jobs: Jobs,
}

impl Shop {
    /// Does the job and notes what came of it.
    pub async fn run(&self, job: &Job, config: &Config) -> Result<()> {
        let done = tokio::select! {
            done = self.write(job, config) => done,
            unwanted = self.until_unwanted(&job.id) => unwanted.map(|()| None),
        };
        let now = MachineClock.now();
        let is_wanted = match done {
            Ok(Some(finished)) => self.jobs.finish(&job.id, &finished, now)?,
            Ok(None) => false,
            // A job that was removed fails for want of its folder; that is nobody's trouble.
            Err(error) => {
                if self.jobs.fail(&job.id, &format!("{error:#}"), now)? {
                    tracing::error!("job {}: {error:#}", job.id);
                }
                false
            }
        };
        if !is_wanted {
            delete_result(self.store.data_dir(), &job.id)?;
        }
        Ok(())
    }

    async fn until_unwanted(&self, id: &str) -> Result<()> {
        while self.jobs.is_running(id)? {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// `None` if it is not wanted any more.
    async fn write(&self, job: &Job, config: &Config) -> Result<Option<Finished>> {
        let spec: JobSpec = serde_json::from_str(&job.spec)
            .context("what it asks for cannot be read; a newer trail365 may have asked")?;
        let folder = job_dir(self.store.data_dir(), &job.id);
        // A worker that died may have left a draft.
        delete_result(self.store.data_dir(), &job.id)?;
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let draft = folder.join(DRAFT);
        let written = match &spec.what {
            What::Search(search) => self.search(job, &spec, search, &draft).await?,
            What::Report(ask) => {
                let events = report::report_result(&self.store, config, &spec, ask, &draft).await?;
                Some((File::open(&draft)?, events))
            }
        };
        let Some((file, events)) = written else { return Ok(None) };
        let name = file_name(job, &spec);
        let bytes = settle(file, &draft, &folder.join(&name))?;
        let now = MachineClock.now();
        let note = coverage::words(&self.store, &config.collect.pace(), &spec, now).await?;
        Ok(Some(Finished { file: name, bytes, events, note }))
    }

    async fn search(
        &self,
        job: &Job,
        spec: &JobSpec,
        search: &Search,
        draft: &Path,
    ) -> Result<Option<(File, u64)>> {
        let searcher = self.searcher(spec).await?;
        let span = event::Filter::between(spec.from, spec.to);
        let scope = Scope::events(event::Filter::all([search.filter()?, span]));
        let total = searcher.count(&scope).await?;
        self.jobs.progress(&job.id, 0, Some(total))?;
        let mut sink = Sink {
            writer: write::open(spec.format, search, &self.store, draft)?,
            jobs: &self.jobs,
            id: &job.id,
            done: 0,
            told: Instant::now(),
            is_wanted: true,
            failure: None,
        };
        let query = ListQuery { scope, order: Order::OldestFirst, limit: None, after: None };
        searcher.list(&query, |rows| sink.take(&rows)).await?;
        sink.finish()
    }

    async fn searcher(&self, spec: &JobSpec) -> Result<Searcher> {
        let tenant = spec.tenant_name()?;
        let tables = match &tenant {
            None => self.store.tables().await?,
            Some(tenant) => {
                let table = self.store.table(tenant).await?;
                vec![table.ok_or_else(|| anyhow!("nothing is stored for tenant {tenant}"))?]
            }
        };
        Ok(Searcher::new(tables, Cache::new(CACHE_BYTES), decode::body)
            .with_views(crate::views::find))
    }
}

/// Takes rows as they come, and tells the queue now and then.
struct Sink<'a> {
    writer: Box<dyn ResultWriter>,
    jobs: &'a Jobs,
    id: &'a str,
    done: u64,
    told: Instant,
    is_wanted: bool,
    failure: Option<anyhow::Error>,
}

impl Sink<'_> {
    /// Whether more is wanted.
    fn take(&mut self, rows: &[Row]) -> bool {
        match self.try_take(rows) {
            Ok(()) => self.is_wanted,
            Err(error) => {
                self.failure = Some(error);
                false
            }
        }
    }

    fn try_take(&mut self, rows: &[Row]) -> Result<()> {
        self.writer.write(rows)?;
        self.done += rows.len() as u64;
        if self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            self.is_wanted = self.jobs.progress(self.id, self.done, None)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Option<(File, u64)>> {
        match self.failure {
            Some(failure) => Err(failure),
            None if !self.is_wanted => Ok(None),
            None => Ok(Some((self.writer.finish()?, self.done))),
        }
    }
}

/// Only what is on the disk gets the result's name, and only then.
fn settle(file: File, draft: &Path, result: &Path) -> Result<u64> {
    file.sync_all()?;
    let bytes = file.metadata()?.len();
    std::fs::rename(draft, result)?;
    sync_folder_of(result)?;
    Ok(bytes)
}

/// A name lasts once its folder is synced.
pub fn sync_folder_of(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The name under which a result is saved elsewhere: the job's, the id, the format.
fn file_name(job: &Job, spec: &JobSpec) -> String {
    format!("{}-{}.{}", plain(&job.name), job.id, spec.format.name())
}

/// Letters and digits that every file system and header takes.
fn plain(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let plain: String =
        name.chars().take(NAME_CHARS_MAX).map(|c| if is_plain(c) { c } else { '-' }).collect();
    match plain.trim_matches('-') {
        "" => "job".to_owned(),
        plain => plain.to_owned(),
    }
}

/// Folders of jobs that have no result to keep: what a worker that died left, and what was removed
/// while it was written.
pub fn sweep(data_dir: &Path, jobs: &Jobs) -> Result<()> {
    let results: PathBuf = super::results_dir(data_dir);
    let Ok(entries) = std::fs::read_dir(&results) else { return Ok(()) };
    for entry in entries {
        let Ok(id) = entry?.file_name().into_string() else { continue };
        let state = jobs.get(&id)?.map(|job| job.state);
        if !matches!(state, Some(store::JobState::Done | store::JobState::Running)) {
            delete_result(data_dir, &id)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain() {
        for (name, file) in [
            ("nightly", "nightly"),
            ("Who read ann's mail?", "Who-read-ann-s-mail"),
            ("../../etc/passwd", "etc-passwd"),
            ("a\"; filename=\"b", "a---filename--b"),
            ("漢字", "job"),
            ("...", "job"),
        ] {
            assert_eq!(plain(name), file);
        }
    }
}
