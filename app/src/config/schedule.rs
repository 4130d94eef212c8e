//! What is searched or reported again and again, and who gets it?

use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use event::time;
use report::Parameter;
use serde::Deserialize;
use store::NewJob;

use super::Mail;
use crate::commands::search::duration;
use crate::jobs::request::KEEP_DEFAULT;
use crate::jobs::schedule::{Every, Rhythm};
use crate::jobs::{Format, JobSpec, ReportAsk, Request, Search, What};

/// A `[[schedule]]` of the configuration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    pub name: String,
    /// A report by its name; without it the schedule is a search.
    report: Option<String>,
    user: Option<String>,
    mailbox: Option<String>,
    address: Option<String>,
    document: Option<String>,
    session: Option<String>,
    query: Option<String>,
    #[serde(default)]
    mailboxes: Vec<String>,
    #[serde(default)]
    logon_types: Vec<String>,
    #[serde(default)]
    operations: Vec<String>,
    tenant: Option<String>,
    /// The span up to the time at which it is due.
    last: String,
    /// `day`, `week`, `month` or a length of time.
    every: String,
    /// Hours and minutes, UTC.
    at: Option<String>,
    format: Option<String>,
    /// How long a result is kept.
    expires: Option<String>,
    #[serde(default)]
    to: Vec<String>,
    folder: Option<PathBuf>,
}

impl Schedule {
    pub fn check(&self, mail: Option<&Mail>) -> Result<()> {
        let named = |error| anyhow!("schedule {}: {error:#}", self.name);
        self.rhythm().map_err(named)?;
        // Any time serves: what is checked does not depend on it.
        self.job(time::DAY, mail).map_err(named)?;
        Ok(())
    }

    pub fn rhythm(&self) -> Result<Rhythm> {
        let at = match &self.at {
            None => 0,
            Some(text) => clock_time(text)
                .ok_or_else(|| anyhow!("at {text:?} is no time of day; write \"06:00\" (UTC)"))?,
        };
        let every = match self.every.as_str() {
            "day" => Every::Length(time::DAY),
            "week" => Every::Week,
            "month" => Every::Month,
            text => match duration("every", text) {
                Ok(length) if length >= time::MINUTE => Every::Length(length),
                _ => bail!(
                    "every {text:?}: write \"day\", \"week\", \"month\" or a length such as \"12h\""
                ),
            },
        };
        Ok(Rhythm { every, at })
    }

    /// The job for the time at which the schedule is due.
    pub fn job(&self, due: i64, mail: Option<&Mail>) -> Result<NewJob> {
        let length = |key: &str, text: &str| {
            duration(key, text)
                .map_err(|_| anyhow!("{key} {text:?} is no length of time; write 12h, 7d or 4w"))
        };
        let what = self.what()?;
        let usual = if matches!(what, What::Report(_)) { Format::Html } else { Format::Csv };
        let spec = JobSpec {
            what,
            format: self.format.as_deref().map_or(Ok(usual), Format::named)?,
            from: Some(due - length("last", &self.last)?),
            to: Some(due),
            tenant: self.tenant.clone(),
        };
        let keep = self.expires.as_deref().map(|text| length("expires", text)).transpose()?;
        let request = Request {
            name: Some(self.name.clone()),
            spec,
            folder: self.folder.clone(),
            mail_to: self.to.clone(),
            keep: keep.unwrap_or(KEEP_DEFAULT),
        };
        request.job(mail)
    }

    fn what(&self) -> Result<What> {
        let values = [&self.user, &self.mailbox, &self.address, &self.document, &self.session];
        let parameters = Parameter::ALL.into_iter().zip(values);
        let parameters = parameters
            .filter_map(|(parameter, value)| Some((parameter.name().to_owned(), value.clone()?)));
        let parameters: std::collections::BTreeMap<String, String> = parameters.collect();
        let search = Search {
            query: self.query.clone().unwrap_or_default(),
            mailboxes: self.mailboxes.clone(),
            logon_types: self.logon_types.clone(),
            operations: self.operations.clone(),
            ..Search::default()
        };
        match &self.report {
            Some(_) if search != Search::default() => {
                bail!(
                    "query, mailboxes, logon_types and operations are for searches; leave out report"
                )
            }
            Some(report) => Ok(What::Report(ReportAsk { report: report.clone(), parameters })),
            None => match parameters.into_keys().next() {
                Some(name) => bail!("{name} is for reports; name one with report, or use query"),
                None => Ok(What::Search(search)),
            },
        }
    }
}

fn clock_time(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, below: i64| -> Option<i64> {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| is_plain && *number < below)
    };
    Some(number(hours, 24)? * time::HOUR + number(minutes, 60)? * time::MINUTE)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_schedule_says_what_is_wrong_with_it() {
        let check = |lines: &str, words: &str| {
            let text = format!("[[schedule]]\nname = 'nightly'\n{lines}");
            let shown = match Config::parse(&text) {
                Ok(config) => format!("{:?}", config.schedule[0].job(0, None).unwrap()),
                Err(error) => format!("{error:#}"),
            };
            assert!(shown.contains(words), "{shown}\nshould say {words}");
        };
        const DAILY: &str = "last = '1d'\nevery = 'day'\n";
        let daily = |lines: &str| format!("{DAILY}{lines}");
        check(&daily("query = 'SendAs'"), "SendAs; from 1969-12-31T00:00:00Z; to 1970-01-01");
        check(&daily("at = '6 am'"), "schedule nightly: at \"6 am\" is no time of day");
        check(&daily("at = '24:00'"), "no time of day");
        check("last = '1d'\nevery = 'fortnight'", "write \"day\", \"week\", \"month\"");
        check("last = '1d'\nevery = '5s'", "write \"day\"");
        check("last = 'long'\nevery = 'day'", "last \"long\" is no length of time");
        check(&daily("to = ['soc@contoso.example']"), "no mail server is configured");
        check(&daily("user = 'ann'"), "user is for reports");
        check(&daily("report = 'overview'\nquery = 'x'"), "are for searches");
        check(&daily("query = 'a:('"), "schedule nightly: query: ");
        check(&daily("qeury = 'x'"), "did you mean `query`?");
        check(&daily("format = 'pdf'"), "format \"pdf\" is not known");
        let twice = format!("{DAILY}\n[[schedule]]\nname = 'nightly'\n{DAILY}");
        check(&twice, "the name stands twice");
    }
}
