//! How does a result reach folders and people?
//!
//! Each delivery is tried until it succeeds, is refused for good, or was tried often enough. A
//! worker that dies between sending and noting it sends once more.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use event::time;
use source::service::{Clock, MachineClock};
use store::{Delivery, DeliveryState, Job, Outlet};

use super::letter::{enclosure, letter};
use super::run::{Shop, sync_folder_of};
use super::spec::JobSpec;
use super::{job_dir, result_path};
use crate::config::{Config, Mail};
use crate::mail::{self, Failure};

/// The pause after the first failure; it doubles with each.
const PAUSE_FIRST: i64 = 2 * time::SECOND;
const PAUSE_MAX: i64 = 10 * time::MINUTE;
/// With these pauses a server may be away for more than an hour.
const TRIES_MAX: u32 = 15;

impl Shop {
    /// Tries once and notes what came of it.
    pub async fn deliver(&self, job: &Job, mut delivery: Delivery, config: &Config) -> Result<()> {
        let tried = match delivery.outlet {
            Outlet::Folder => self.copy(job, &delivery.to),
            Outlet::Mail => self.mail(job, &delivery, config.mail.as_ref()).await,
        };
        delivery.tries += 1;
        let is_last = delivery.tries >= TRIES_MAX;
        (delivery.state, delivery.words) = match tried {
            Ok(words) => (DeliveryState::Done, words),
            Err(Failure::Later(words)) if is_last => {
                (DeliveryState::Failed, format!("given up after {TRIES_MAX} tries: {words}"))
            }
            Err(Failure::Later(words)) => {
                delivery.due = MachineClock.now() + pause(delivery.tries);
                (DeliveryState::Waiting, words)
            }
            Err(failure) => (DeliveryState::Failed, failure.words().to_owned()),
        };
        if delivery.state == DeliveryState::Failed {
            tracing::error!("job {}: to {}: {}", job.id, delivery.to, delivery.words);
        }
        Ok(self.jobs.note_delivery(&job.id, &delivery)?)
    }

    /// A folder of the network may be away for a while, so every failure is tried again.
    fn copy(&self, job: &Job, folder: &str) -> Result<String, Failure> {
        let copied = self.result(job).and_then(|result| copy(Path::new(&result), folder));
        copied.map_err(|error| Failure::Later(format!("{error:#}")))
    }

    fn result(&self, job: &Job) -> Result<std::path::PathBuf> {
        result_path(self.store.data_dir(), job, MachineClock.now()).ok_or_else(|| {
            anyhow!("{} has no result", job_dir(self.store.data_dir(), &job.id).display())
        })
    }

    async fn mail(
        &self,
        job: &Job,
        delivery: &Delivery,
        mail: Option<&Mail>,
    ) -> Result<String, Failure> {
        let Some(mail) = mail else {
            let words = "no mail server is configured; add a table [mail]";
            return Err(Failure::Later(words.to_owned()));
        };
        let later = |error: anyhow::Error| Failure::Later(format!("{error:#}"));
        let spec: JobSpec = serde_json::from_str(&job.spec).map_err(|error| later(error.into()))?;
        let path = self.result(job).map_err(later)?;
        let attached = enclosure(&path, &spec, mail.attachment_bytes_max).map_err(later)?;
        let recipient = (delivery.ordinal, delivery.to.as_str());
        let whole = letter(job, &spec, mail, recipient, attached);
        let is_whole = whole.attachment.is_some();
        match mail::send(mail, &whole).await {
            // The server takes less than the configuration believes.
            Err(Failure::TooLarge(_)) if is_whole => {
                let link = letter(job, &spec, mail, recipient, None);
                mail::send(mail, &link).await.map(|words| format!("too large to attach; {words}"))
            }
            Ok(words) if !is_whole => Ok(format!("too large to attach; {words}")),
            sent => sent,
        }
    }
}

/// The pause after so many failures.
fn pause(tries: u32) -> i64 {
    PAUSE_FIRST.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(PAUSE_MAX)
}

/// Under its name stands the whole result or nothing.
fn copy(result: &Path, folder: &str) -> Result<String> {
    let name = result.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let target = Path::new(folder).join(&name);
    let draft = Path::new(folder).join(format!(".{name}.part"));
    let named = || format!("{}", target.display());
    std::fs::copy(result, &draft).with_context(named)?;
    File::open(&draft).and_then(|file| file.sync_all()).with_context(named)?;
    std::fs::rename(&draft, &target).with_context(named)?;
    sync_folder_of(&target).with_context(named)?;
    Ok(format!("as {}", target.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let seconds = |tries| pause(tries) / time::SECOND;
        assert_eq!([1, 2, 3, 9].map(seconds), [2, 4, 8, 512]);
        assert_eq!([10, 15, u32::MAX].map(seconds), [600, 600, 600]);
        let all: i64 = (1..TRIES_MAX).map(pause).sum();
        assert!(all > time::HOUR, "{}", all / time::SECOND);
    }
}
