//! `trail365 collect`: every record of every configured tenant.

use std::time::Duration;

use anyhow::{Result, bail};
use futures::future::join_all;

use crate::collect::{Collector, Pass};
use crate::config::Config;
use crate::context::{Context, Outcome};
use crate::pipeline::Intake;

/// A day's small files are merged from this many on.
const COMPACT_FILES_MIN: usize = 8;

#[derive(clap::Args)]
pub struct Arguments {
    /// One pass, then end
    #[arg(long)]
    once: bool,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let collectors = collectors(&context.config, context)?;
    if arguments.once {
        let passes =
            join_all(collectors.iter().map(|collector| one_pass(collector, context))).await;
        return outcome(&collectors, passes);
    }
    let poll = Duration::from_secs(context.config.poll_seconds());
    let forever = join_all(collectors.iter().map(|collector| forever(collector, context, poll)));
    tokio::select! {
        _ = forever => {}
        () = stopped() => tracing::info!("stopping"),
    }
    Ok(Outcome::Done)
}

pub fn collectors(config: &Config, context: &Context) -> Result<Vec<Collector>> {
    if config.tenant.is_empty() {
        bail!("no tenant is configured; `trail365 init` writes a configuration to fill in");
    }
    config.tenant.iter().map(|tenant| Collector::new(tenant, &context.store)).collect()
}

/// One pass over one tenant, and the merging that it made due.
pub async fn one_pass(collector: &Collector, context: &Context) -> Result<Pass> {
    let (intake, writing) = Intake::start(context.store.clone());
    let pass = collector.pass(&intake).await;
    drop(intake);
    writing.await?;
    context.store.compact(collector.tenant(), COMPACT_FILES_MIN).await?;
    pass
}

/// A tenant's failure is told and tried again; it touches no other tenant.
async fn forever(collector: &Collector, context: &Context, poll: Duration) {
    loop {
        let mut pause = poll;
        match one_pass(collector, context).await {
            Ok(pass) => {
                tell(collector, &pass);
                pause = pass.pause.map_or(poll, |asked| asked.max(poll));
            }
            Err(error) => tracing::error!("tenant {}: {error:#}", collector.tenant()),
        }
        tokio::time::sleep(pause).await;
    }
}

fn tell(collector: &Collector, pass: &Pass) {
    for problem in &pass.problems {
        tracing::warn!("{problem}");
    }
    let Pass { windows, blobs, totals, gaps, .. } = pass;
    tracing::info!(
        "tenant {}: {windows} windows listed, {blobs} blobs, {} records stored, {} duplicates, {gaps} gaps",
        collector.tenant(),
        totals.stored,
        totals.duplicates,
    );
}

fn outcome(collectors: &[Collector], passes: Vec<Result<Pass>>) -> Result<Outcome> {
    let mut outcome = Outcome::Done;
    let mut failed = 0;
    for (collector, pass) in collectors.iter().zip(passes) {
        match pass {
            Ok(pass) => {
                tell(collector, &pass);
                if pass.gaps > 0 || !pass.problems.is_empty() {
                    outcome = Outcome::DoneWithGaps;
                }
                if pass.windows == 0 && !pass.problems.is_empty() {
                    failed += 1;
                }
            }
            Err(error) => {
                tracing::error!("tenant {}: {error:#}", collector.tenant());
                failed += 1;
            }
        }
    }
    if failed == collectors.len() {
        bail!("no tenant could be collected; run `trail365 check`");
    }
    Ok(outcome)
}

/// Ctrl-C, or the service manager's wish.
pub async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
