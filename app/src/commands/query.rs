//! `trail365 query`: an audit search that the service runs, brought into the store.
//!
//! The feed reaches seven days back; a search as far as the tenant keeps its log. It takes minutes
//! to hours. Where it stands is noted in the ledger, so that a run that was cut short goes on.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use source::graph::{
    AuditQuery, AuditQueryPosition, AuditQueryReport, Completeness, Graph, Window,
};
use source::service::{Clock, MachineClock};
use store::{Chunk, Ledger};

use super::Format;
use super::search::Range;
use crate::config::Tenant;
use crate::context::{Context, Outcome};
use crate::pipeline::{self, Intake, Routing, Totals};

/// Searches that one search may be split into, all in all.
const SEARCHES_MAX: usize = 1000;

#[derive(clap::Args)]
pub struct Arguments {
    /// The configured tenant [default: the only one]
    #[arg(long)]
    tenant: Option<String>,
    #[command(flatten)]
    range: Range,
    /// Go on with the searches that were not finished
    #[arg(long, conflicts_with_all = ["last", "from", "to"])]
    resume: bool,
    #[command(flatten)]
    wish: Wish,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// What to look for.
#[derive(clap::Args, Clone, Debug, Default, Serialize, Deserialize)]
struct Wish {
    /// Record types by name, with commas, for instance ExchangeAdmin
    #[arg(long = "record-type", value_delimiter = ',')]
    record_types: Vec<String>,
    /// Operations, with commas
    #[arg(long = "operation", value_delimiter = ',')]
    operations: Vec<String>,
    /// Users, with commas
    #[arg(long = "user", value_delimiter = ',')]
    users: Vec<String>,
    /// Workloads, with commas
    #[arg(long = "service", value_delimiter = ',')]
    services: Vec<String>,
    /// Addresses, with commas
    #[arg(long = "ip", value_delimiter = ',')]
    ip_addresses: Vec<String>,
    /// Objects, with commas
    #[arg(long = "object", value_delimiter = ',')]
    objects: Vec<String>,
    /// Free text
    #[arg(long)]
    keyword: Option<String>,
}

/// A search under way, as the ledger keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Search {
    /// Microseconds.
    start: i64,
    stop: i64,
    wish: Wish,
    /// `None` until it is submitted.
    position: Option<AuditQueryPosition>,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let tenant = tenant(arguments.tenant.as_deref(), context)?;
    let ledger = context.store.ledger()?;
    let running = Running {
        graph: Graph::new(tenant.settings()?)?,
        ledger,
        routing: Arc::new(Routing::one(tenant.tenant_name()?, context.config.policy.policies()?)),
        prefix: format!("audit-query {} ", tenant.name),
    };
    if !arguments.resume {
        let (start, stop) = arguments.range.bounds()?;
        let start = start.context("name a time: --from and --to, or --last 30d")?;
        let stop = stop.unwrap_or_else(|| MachineClock.now());
        let search = Search { start, stop, wish: arguments.wish.clone(), position: None };
        running.note(&search)?;
    }
    let (intake, writing) =
        Intake::start(context.store.clone(), Arc::new(MachineClock), Chunk::Small);
    let done = running.finish_all(&intake, arguments.format).await;
    drop(intake);
    writing.await?;
    let verdicts = done?;
    if verdicts.is_empty() {
        println!("No search is under way.");
        return Ok(Outcome::NothingFound);
    }
    let whole = verdicts.iter().all(|verdict| matches!(verdict, Completeness::Whole));
    Ok(if whole { Outcome::Done } else { Outcome::DoneWithGaps })
}

fn tenant<'a>(name: Option<&str>, context: &'a Context) -> Result<&'a Tenant> {
    let tenants = &context.config.tenant;
    match (name, tenants.as_slice()) {
        (Some(name), _) => tenants
            .iter()
            .find(|tenant| tenant.name == name)
            .ok_or_else(|| anyhow!("no tenant {name:?} is configured")),
        (None, [only]) => Ok(only),
        (None, []) => bail!("no tenant is configured; `trail365 init` writes a configuration"),
        (None, _) => bail!("several tenants are configured; name one with --tenant"),
    }
}

struct Running {
    graph: Graph,
    ledger: Ledger,
    routing: Arc<Routing>,
    /// Of the names of its searches in the ledger.
    prefix: String,
}

impl Running {
    fn name(&self, search: &Search) -> String {
        format!("{}{}/{}", self.prefix, search.start, search.stop)
    }

    fn note(&self, search: &Search) -> Result<()> {
        Ok(self.ledger.note_position(&self.name(search), &serde_json::to_string(search)?)?)
    }

    async fn finish_all(&self, intake: &Intake, format: Format) -> Result<Vec<Completeness>> {
        let mut verdicts = Vec::new();
        for _ in 0..SEARCHES_MAX {
            let names = self.ledger.positions(&self.prefix)?;
            let Some(name) = names.first() else {
                return Ok(verdicts);
            };
            let text = self.ledger.position(name)?.context("just listed")?;
            let search: Search = serde_json::from_str(&text)?;
            verdicts.push(self.finish(search, name, intake, format).await?);
        }
        bail!("more than {SEARCHES_MAX} searches; the rest is for another run with --resume")
    }

    async fn finish(
        &self,
        mut search: Search,
        name: &str,
        intake: &Intake,
        format: Format,
    ) -> Result<Completeness> {
        let query = search.query()?;
        let position = match search.position.clone() {
            Some(position) => position,
            None => {
                let position = self.graph.submit_audit_query(&query).await?;
                search.position = Some(position.clone());
                self.note(&search)?;
                position
            }
        };
        tracing::info!("search {}: waiting for the service", position.id());
        let report = self.graph.finished_audit_query(&position).await?;
        let mut records = self.graph.audit_query_records(position)?;
        let mut totals = Totals::default();
        while let Some(page) = records.next_page().await? {
            let now = MachineClock.now();
            let decoded = pipeline::decode_aside(page, self.routing.clone(), now).await?;
            intake.rows(decoded).await?;
            totals = intake.commit().await?;
            // Only now: what is noted is stored.
            search.position = Some(records.position().clone());
            self.note(&search)?;
        }
        let verdict = report.completeness(records.position().records());
        if verdict == Completeness::LimitExceeded {
            for part in query.split(report.parts()) {
                let (start, stop) = (part.window.start(), part.window.end());
                self.note(&Search { start, stop, wish: search.wish.clone(), position: None })?;
            }
        }
        self.ledger.forget_position(name)?;
        tell(&search, &report, verdict, &totals, format);
        Ok(match verdict {
            // Its parts are judged for themselves.
            Completeness::LimitExceeded => Completeness::Whole,
            verdict => verdict,
        })
    }
}

impl Search {
    fn query(&self) -> Result<AuditQuery> {
        let window = Window::new(self.start, self.stop).map_err(|words| anyhow!(words))?;
        let wish = self.wish.clone();
        Ok(AuditQuery {
            record_types: wish.record_types,
            keyword: wish.keyword,
            services: wish.services,
            operations: wish.operations,
            users: wish.users,
            ip_addresses: wish.ip_addresses,
            objects: wish.objects,
            ..AuditQuery::new(format!("trail365 {window}"), window)
        })
    }
}

fn tell(
    search: &Search,
    report: &AuditQueryReport,
    verdict: Completeness,
    totals: &Totals,
    format: Format,
) {
    let position = search.position.as_ref();
    let (id, read) = position.map_or(("", 0), |position| (position.id(), position.records()));
    let words = match verdict {
        Completeness::Whole => "all that the service counted was read".to_owned(),
        Completeness::LimitExceeded => {
            "more than the service gives in one search; parts of the time follow".to_owned()
        }
        Completeness::Short { missing } => format!("about {missing} are missing; run it again"),
        Completeness::Unknown => "the service gave no count to compare with".to_owned(),
    };
    let counted = report.approximate_count;
    if format == Format::Json {
        let object = serde_json::json!({
            "id": id, "records": read, "counted": counted, "verdict": words,
            "stored": totals.stored, "duplicates": totals.duplicates,
        });
        return println!("{object}");
    }
    let counted = counted.map_or("?".to_owned(), |count| count.to_string());
    println!(
        "search {id}: {read} records of about {counted}, {} stored so far, {} known before: {words}",
        totals.stored, totals.duplicates
    );
}
