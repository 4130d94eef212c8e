//! What does a job look for?
//!
//! The store keeps a [`JobSpec`] as JSON, so what an older trail365 asked for can be done by a newer.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, bail};
use clap::ValueEnum;
use event::{Filter, TenantName, time};
use report::{Ask, Parameter};
use serde::{Deserialize, Serialize};

use super::mailbox;
use crate::reports;

/// Mailboxes of one job.
pub const MAILBOXES_MAX: usize = 5_000;
/// Mailboxes that the readable line names.
const MAILBOXES_SHOWN_MAX: usize = 3;
/// The readable line is cut after so many characters.
const WHAT_CHARS_MAX: usize = 500;

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// As the attachment of New-MailboxAuditLogSearch
    Xml,
    /// The columns
    Csv,
    /// An object a line: the columns and the record
    Json,
    /// The columns and the record, as in the store
    Parquet,
    /// A page, of reports alone, which the command line does not ask for
    #[value(skip)]
    Html,
}

impl Format {
    pub const ALL: [Format; 5] =
        [Format::Xml, Format::Csv, Format::Json, Format::Parquet, Format::Html];

    /// The word, which is also the ending of a file's name.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Xml => "xml",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Parquet => "parquet",
            Format::Html => "html",
        }
    }

    pub fn named(name: &str) -> Result<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            anyhow!("format {name:?} is not known; use xml, csv, json or parquet, for reports html")
        })
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Xml => "application/xml",
            Format::Csv => "text/csv; charset=utf-8",
            Format::Json => "application/x-ndjson",
            Format::Parquet => "application/vnd.apache.parquet",
            Format::Html => "text/html; charset=utf-8",
        }
    }
}

/// What a job does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    pub what: What,
    pub format: Format,
    /// Events from this time on, and before that one; microseconds.
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// One tenant only.
    pub tenant: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    Search(Search),
    Report(ReportAsk),
}

/// Events that fit all of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Search {
    /// In the search language.
    pub query: String,
    pub mailboxes: Vec<String>,
    pub logon_types: Vec<String>,
    pub operations: Vec<String>,
    pub external_access: Option<bool>,
    pub has_attachments: Option<bool>,
}

/// A report by its name, and its parameters by theirs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportAsk {
    pub report: String,
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

impl JobSpec {
    /// Whether it can be done at all.
    pub fn check(&self) -> Result<()> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            bail!("the span ends before it begins: from {}, to {}", iso(from), iso(to));
        }
        self.tenant_name()?;
        match (&self.what, self.format) {
            (What::Search(_), Format::Html) => bail!("format html is for reports"),
            (What::Report(_), Format::Xml | Format::Parquet) => {
                bail!(
                    "format {} is for searches; reports have html, csv or json",
                    self.format.name()
                )
            }
            _ => {}
        }
        match &self.what {
            What::Search(search) => search.filter().map(drop),
            What::Report(ask) => ask.check(),
        }
    }

    pub fn tenant_name(&self) -> Result<Option<TenantName>> {
        self.tenant.as_deref().map(TenantName::new).transpose().map_err(|error| anyhow!(error))
    }

    /// All of it in one line.
    pub fn in_words(&self) -> String {
        let mut parts = match &self.what {
            What::Search(search) => search.in_words(),
            What::Report(ask) => ask.in_words(),
        };
        parts.extend(self.from.map(|from| format!("from {}", iso(from))));
        parts.extend(self.to.map(|to| format!("to {}", iso(to))));
        parts.extend(self.tenant.as_ref().map(|tenant| format!("tenant {tenant}")));
        crate::present::printable(&parts.join("; ")).chars().take(WHAT_CHARS_MAX).collect()
    }
}

fn iso(micros: i64) -> String {
    time::iso_text(micros)
}

impl Search {
    /// What it asks of an event, but for the time.
    pub fn filter(&self) -> Result<Filter> {
        if self.mailboxes.len() > MAILBOXES_MAX {
            bail!(
                "{} mailboxes, at most {MAILBOXES_MAX}; make several jobs, or use a pattern such as *@contoso.com",
                self.mailboxes.len()
            );
        }
        let query = search::query::parse(&self.query).map_err(|error| anyhow!("query: {error}"))?;
        Ok(Filter::all([query, mailbox::filter(self)?]))
    }

    /// Whether it looks for entries of the mailbox audit log alone.
    pub fn is_of_mailboxes(&self) -> bool {
        !self.mailboxes.is_empty()
            || !self.logon_types.is_empty()
            || self.external_access.is_some()
            || self.has_attachments.is_some()
    }

    fn in_words(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let (shown, all) = (self.mailboxes.len().min(MAILBOXES_SHOWN_MAX), self.mailboxes.len());
        if all > 0 {
            let more =
                if all > shown { format!(" and {} more", all - shown) } else { String::new() };
            parts.push(format!("mailboxes {}{more}", self.mailboxes[..shown].join(", ")));
        }
        let mut list = |name: &str, values: &[String]| {
            if !values.is_empty() {
                parts.push(format!("{name} {}", values.join(", ")));
            }
        };
        list("logon types", &self.logon_types);
        list("operations", &self.operations);
        let mut flag = |name: &str, value: Option<bool>| {
            parts.extend(value.map(|value| format!("{name} {value}")));
        };
        flag("external access", self.external_access);
        flag("attachments", self.has_attachments);
        match (self.query.is_empty(), parts.is_empty()) {
            (false, _) => parts.push(self.query.clone()),
            (true, true) => parts.push("all events".to_owned()),
            (true, false) => {}
        }
        parts
    }
}

impl ReportAsk {
    fn check(&self) -> Result<()> {
        reports::check(reports::kind(&self.report)?, &self.ask()?)
    }

    /// The question, but for its span and what the configuration says.
    pub fn ask(&self) -> Result<Ask> {
        let mut ask = Ask::default();
        for (name, value) in &self.parameters {
            let mut known = Parameter::ALL.into_iter();
            let parameter = known.find(|parameter| parameter.name() == name).ok_or_else(|| {
                let names: Vec<&str> = Parameter::ALL.iter().map(|known| known.name()).collect();
                anyhow!("reports know no parameter {name:?}; use one of {}", names.join(", "))
            })?;
            ask.tell(parameter, value.clone());
        }
        Ok(ask)
    }

    fn in_words(&self) -> Vec<String> {
        let parameters = self.parameters.iter().map(|(name, value)| format!("{name} {value}"));
        std::iter::once(format!("report {}", self.report)).chain(parameters).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(search: Search) -> JobSpec {
        let what = What::Search(search);
        JobSpec { what, format: Format::Csv, from: None, to: None, tenant: None }
    }

    fn list(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn one_line_says_it_all() {
        let check = |spec: &JobSpec, words: &str| assert_eq!(spec.in_words(), words);
        check(&search(Search::default()), "all events");
        let query = "operation:SendAs\n\u{1b}[2J".to_owned();
        check(&search(Search { query, ..Search::default() }), r"operation:SendAs\n\u{1b}[2J");
        let mailboxes = list(&["a@contoso.example", "b@contoso.example", "c", "d", "e"]);
        let logon_types = list(&["admin", "delegate"]);
        let of_mailboxes = Search { mailboxes, logon_types, ..Search::default() };
        let spec = JobSpec {
            from: time::parse("2026-03-01"),
            to: time::parse("2026-03-02T12:00:00"),
            tenant: Some("contoso".to_owned()),
            ..search(of_mailboxes)
        };
        check(
            &spec,
            "mailboxes a@contoso.example, b@contoso.example, c and 2 more; logon types admin, delegate; from 2026-03-01T00:00:00Z; to 2026-03-02T12:00:00Z; tenant contoso",
        );
    }

    #[test]
    fn what_cannot_be_done_is_told() {
        let refused = |spec: JobSpec, words: &str| {
            let error = format!("{:#}", spec.check().unwrap_err());
            assert!(error.contains(words), "{error}\nshould say {words}");
        };
        let all = || search(Search::default());
        assert!(all().check().is_ok());
        refused(search(Search { query: "a:(".to_owned(), ..Search::default() }), "query: ");
        refused(JobSpec { from: Some(5), to: Some(5), ..all() }, "ends before it begins");
        refused(JobSpec { tenant: Some("A B".to_owned()), ..all() }, "tenant name");
        refused(JobSpec { format: Format::Html, ..all() }, "for reports");
        let many = Search { mailboxes: vec![String::new(); 5_001], ..Search::default() };
        refused(search(many), "at most 5000");
        let ask = ReportAsk { report: "nonesuch".to_owned(), ..ReportAsk::default() };
        let report = JobSpec { what: What::Report(ask), ..all() };
        refused(report.clone(), "report \"nonesuch\" is not known");
        refused(JobSpec { format: Format::Xml, ..report }, "html, csv or json");
    }

    #[test]
    fn the_queue_keeps_it_as_json() {
        let spec = search(Search { query: "SendAs".to_owned(), ..Search::default() });
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<JobSpec>(&text).unwrap(), spec);
        let older = r#"{"what":{"search":{"query":"SendAs"}},"format":"csv"}"#;
        assert_eq!(serde_json::from_str::<JobSpec>(older).unwrap(), spec);
    }
}
