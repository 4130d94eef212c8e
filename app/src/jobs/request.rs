//! How does a wish become a job?

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use event::time;
use store::{NewJob, Outlet};

use super::spec::{JobSpec, What};
use crate::config::Mail;
use crate::mail;

/// How long results are kept unless told otherwise.
pub const KEEP_DEFAULT: i64 = 7 * time::DAY;
/// Results hold audit records, which retention may want to be gone.
const KEEP_MAX: i64 = 400 * time::DAY;

/// A wish, from wherever it comes.
#[derive(Clone, Debug)]
pub struct Request {
    pub name: Option<String>,
    pub spec: JobSpec,
    pub folder: Option<PathBuf>,
    pub mail_to: Vec<String>,
    /// How long the result is kept, microseconds.
    pub keep: i64,
}

impl Request {
    /// Checks everything that can be known before the work begins.
    pub fn job(self, mail: Option<&Mail>) -> Result<NewJob> {
        self.spec.check()?;
        if !(1..=KEEP_MAX).contains(&self.keep) {
            bail!("results are kept for at most {} days", KEEP_MAX / time::DAY);
        }
        let name = self.name.unwrap_or_else(|| usual_name(&self.spec));
        let mut deliveries = Vec::new();
        if let Some(folder) = &self.folder {
            deliveries.push((Outlet::Folder, known_folder(folder)?));
        }
        for address in &self.mail_to {
            mail::address(address)?;
            deliveries.push((Outlet::Mail, address.clone()));
        }
        if !self.mail_to.is_empty() && mail.is_none() {
            bail!(
                "no mail server is configured; add a table [mail] with server and from, see docs/jobs.md"
            );
        }
        let what = self.spec.in_words();
        let spec = serde_json::to_string(&self.spec)?;
        let job = NewJob { name, what, spec, deliveries, keep: self.keep };
        job.check()?;
        Ok(job)
    }
}

fn usual_name(spec: &JobSpec) -> String {
    match &spec.what {
        What::Search(search) if search.is_of_mailboxes() => "mailbox-search".to_owned(),
        What::Search(_) => "search".to_owned(),
        What::Report(ask) => ask.report.clone(),
    }
}

/// Whole, since whoever does the work may run elsewhere.
fn known_folder(folder: &PathBuf) -> Result<String> {
    let shown = folder.display();
    let whole = std::fs::canonicalize(folder)
        .with_context(|| format!("folder {shown}: make it, or name another"))?;
    if !whole.is_dir() {
        bail!("folder {shown} is no folder; name one");
    }
    whole.into_os_string().into_string().map_err(|_| anyhow!("folder {shown}: its name is no text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Format, Search};

    #[test]
    fn what_is_wrong_is_known_at_once() {
        let spec = JobSpec {
            what: What::Search(Search::default()),
            format: Format::Csv,
            from: None,
            to: None,
            tenant: None,
        };
        let request = || Request {
            name: None,
            spec: spec.clone(),
            folder: None,
            mail_to: Vec::new(),
            keep: KEEP_DEFAULT,
        };
        let refused = |request: Request, words: &str| {
            let error = format!("{:#}", request.job(None).unwrap_err());
            assert!(error.contains(words), "{error}\nshould say {words}");
        };
        assert_eq!(request().job(None).unwrap().name, "search");
        let mail_to = |address: &str| Request { mail_to: vec![address.to_owned()], ..request() };
        refused(mail_to("soc@contoso.example"), "no mail server is configured");
        refused(mail_to("soc"), "\"soc\" is no mail address");
        refused(mail_to("a@contoso.example\r\nBcc: b@fabrikam.example"), "is no mail address");
        refused(Request { folder: Some("/nonesuch".into()), ..request() }, "make it, or name");
        refused(Request { folder: Some("/proc/self/stat".into()), ..request() }, "is no folder");
        refused(Request { keep: 500 * time::DAY, ..request() }, "at most 400 days");
    }
}
