//! `trail365 demo`: everything at once, without an account.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use chrono::Utc;
use emulator::{Emulator, EmulatorOptions, Scenario, TenantSetup, Truth};
use event::Field;
use event::Name;
use search::{ListQuery, Order, Scope, SummaryQuery};

use super::collect::stopped;
use super::emulate::{TenantArguments, tenant_block};
use crate::collect::schedule::Pace;
use crate::collect::{Collector, Share};
use crate::config::Config;
use crate::context::{Context, Outcome};
use crate::jobs::{self, Configured};
use crate::server::{self, Guard, State};

/// What an investigator would ask first in this tenant.
const SAMPLE_QUERY: &str = "operation:New-InboxRule";
/// New records each second while the demo runs.
const LIVE_RATE: f64 = 2.0;
/// How often the demo collects what is new.
const POLL: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
pub struct Arguments {
    /// One pass: collect, store, print the results and end
    #[arg(long)]
    once: bool,
    /// Address and port of the web page; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8365")]
    listen: String,
    #[command(flatten)]
    tenant: TenantArguments,
}

pub async fn run(arguments: &Arguments, data: Option<PathBuf>) -> Result<Outcome> {
    let folder = DemoFolder::new(data)?;
    let setup = setup(arguments)?;
    let options = EmulatorOptions { tenants: vec![setup.clone()], ..EmulatorOptions::default() };
    let emulator = Arc::new(Emulator::new(options, Utc::now())?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(emulator::serve(listener, emulator.clone(), stopped()));
    println!("An emulated Microsoft 365 tenant runs at {url}.");

    let context = context(&setup, &url, &folder)?;
    let tenant = &context.config.tenant[0];
    let collector = Collector::new(tenant, Pace::default(), &context.store, &Share::default())?;
    println!("Collecting it into {} ...", folder.path.display());
    let pass = collector.pass().await?;
    if let Some(problem) = pass.problems.first() {
        bail!("{problem}");
    }
    let truth = emulator.truth(Utc::now()).remove(0);
    show_results(&context, &truth, arguments.once).await?;
    if arguments.once {
        return Ok(Outcome::Done);
    }
    let state = State::new(context.store.clone(), &context.config)?;
    let listener = tokio::net::TcpListener::bind(&arguments.listen).await.with_context(|| {
        format!("{} cannot be listened on; choose another with --listen", arguments.listen)
    })?;
    let address = listener.local_addr()?;
    println!();
    println!("The page:    http://{address}/");
    println!("A search:    http://{address}/?q={}", SAMPLE_QUERY.replace(':', "%3A"));
    println!("A report:    http://{address}/?tab=reports&report=non-owner-access");
    println!("In a shell:  trail365 search '{SAMPLE_QUERY}' --data {}", folder.path.display());
    println!("Ctrl-C ends the demo.");
    let router = server::router(state, Guard::new(address, None));
    let configured = Configured::fixed(context.config.clone());
    let jobs = jobs::Service::start(context.store.clone(), configured);
    let serving = server::serve(listener, router, stopped());
    tokio::select! {
        served = serving => served?,
        () = keep_collecting(&collector) => {}
    }
    jobs.end().await;
    Ok(Outcome::Done)
}

fn setup(arguments: &Arguments) -> Result<TenantSetup> {
    let mut tenant = arguments.tenant.options()?;
    if arguments.tenant.scenarios.is_empty() {
        tenant.scenarios = Scenario::ALL.to_vec();
    }
    if !arguments.once && tenant.rate == 0.0 {
        tenant.rate = LIVE_RATE;
    }
    Ok(TenantSetup { tenant, ..TenantSetup::default() })
}

/// The demo's data, in a folder of its own that goes with it unless --data names one.
struct DemoFolder {
    path: PathBuf,
    is_ours: bool,
}

impl DemoFolder {
    fn new(data: Option<PathBuf>) -> Result<DemoFolder> {
        if let Some(path) = data {
            return Ok(DemoFolder { path, is_ours: false });
        }
        let path = std::env::temp_dir().join(format!("trail365-demo-{}", std::process::id()));
        std::fs::create_dir(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(DemoFolder { path, is_ours: true })
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// The secret goes the way every secret goes: by reference to a file only its owner reads.
fn context(setup: &TenantSetup, url: &str, folder: &DemoFolder) -> Result<Context> {
    std::fs::create_dir_all(&folder.path)?;
    let secret = folder.path.join("demo-secret");
    std::fs::write(&secret, &setup.client_secret)?;
    let reference = format!("file:{}", secret.display());
    let config = Config::parse(&tenant_block(setup, url, &reference))?;
    let options = store::Options { data_dir: folder.path.clone(), tables_url: None };
    Ok(Context { config_file: None, config, store: store::Store::open(&options)? })
}

async fn keep_collecting(collector: &Collector) {
    loop {
        tokio::time::sleep(POLL).await;
        if let Err(error) = collector.pass().await {
            tracing::warn!("{error:#}");
        }
    }
}

async fn show_results(context: &Context, truth: &Truth, exact: bool) -> Result<()> {
    let searcher = context.searcher(None).await?;
    let all = search::query::parse("")?;
    let query = SummaryQuery {
        scope: Scope::events(all),
        interval: None,
        facets: vec![Name::Column(Field::Workload)],
        top: usize::MAX,
    };
    let summary = searcher.summary(&query).await?;
    println!();
    println!("Stored by workload:");
    for value in &summary.facets[0].values {
        println!("{:>9}  {}", value.count, value.value);
    }
    println!(
        "{:>9}  in all; the tenant published {} distinct records",
        summary.total, truth.distinct_ids
    );
    if exact && summary.total != truth.distinct_ids {
        bail!("{} records are stored, {} were published", summary.total, truth.distinct_ids);
    }
    let sample = ListQuery {
        scope: Scope::events(search::query::parse(SAMPLE_QUERY)?),
        order: Order::NewestFirst,
        limit: Some(5),
        after: None,
    };
    println!();
    println!("trail365 search '{SAMPLE_QUERY}' --format line");
    for row in searcher.page(&sample).await? {
        println!("{}", decode::line(&row.event(decode::body(&row.raw))));
    }
    Ok(())
}
