//! How does a report become a result?

use std::path::Path;

use anyhow::{Result, bail};
use event::time;
use report::render;
use search::{Cache, Searcher};
use source::service::{Clock, MachineClock};
use store::Store;

use super::spec::{Format, JobSpec, ReportAsk};
use crate::config::Config;
use crate::reports;

/// What a report of a job keeps of columns.
const CACHE_BYTES: usize = 64 << 20;
/// How far back a report looks unless told otherwise.
const LAST_DEFAULT: i64 = 14 * time::DAY;

/// Answers the report and writes it to a new file; how many events were looked at.
pub async fn report_result(
    store: &Store,
    config: &Config,
    spec: &JobSpec,
    ask: &ReportAsk,
    path: &Path,
) -> Result<u64> {
    let now = MachineClock.now();
    let mut question = ask.ask()?;
    question.to = spec.to.unwrap_or(now);
    question.from = spec.from.unwrap_or(question.to - LAST_DEFAULT);
    question.domains = config.reports.domains();
    question.networks = config.reports.networks()?;
    let mut tables = store.tables().await?;
    let tenant = spec.tenant_name()?;
    tables.retain(|table| tenant.as_ref().is_none_or(|tenant| table.tenant() == tenant));
    let searcher = Searcher::new(tables, Cache::new(CACHE_BYTES), decode::body);
    let (kind, pace) = (reports::kind(&ask.report)?, config.collect.pace());
    let page = reports::answer(&searcher, store, &pace, kind, question, now).await?;
    let text = match spec.format {
        Format::Html => render::html(&page),
        Format::Csv => render::csv(&page, None).map_err(|words| anyhow::anyhow!(words))?,
        Format::Json => render::json(&page),
        other => bail!("format {} is for searches", other.name()),
    };
    std::fs::write(path, text)?;
    Ok(page.events)
}
