//! `trail365 collect`: every record of every configured tenant.

use std::sync::Arc;

use anyhow::{Result, bail};

use crate::collect::fleet::{Fleet, Witness};
use crate::collect::{Collector, Pass};
use crate::context::{Context, Outcome};

#[derive(clap::Args)]
pub struct Arguments {
    /// One pass, then end
    #[arg(long)]
    once: bool,
}

pub async fn run(arguments: &Arguments, context: Context) -> Result<Outcome> {
    let _lock = context.store.claim_collecting()?;
    let Context { config_file, config, store } = context;
    let fleet = Fleet::new(config_file, config, store, Arc::new(Log));
    if arguments.once {
        return outcome(&fleet.once().await?);
    }
    fleet.run(stopped()).await?;
    Ok(Outcome::Done)
}

/// Writes what happens to the log.
struct Log;

impl Witness for Log {
    fn started(&self, _: &Arc<Collector>) {}

    fn passed(&self, collector: &Collector, pass: &Result<Pass>) {
        let tenant = collector.tenant();
        let pass = match pass {
            Ok(pass) => pass,
            Err(error) => return tracing::error!("tenant {tenant}: {error:#}"),
        };
        for problem in &pass.problems {
            tracing::warn!("{problem}");
        }
        let Pass { windows, blobs, totals, gaps, .. } = pass;
        tracing::info!(
            "tenant {tenant}: {windows} windows listed, {blobs} blobs, {} records stored, {} duplicates, {gaps} gaps",
            totals.stored,
            totals.duplicates,
        );
    }

    fn stopped(&self, _: &Collector) {}
}

fn outcome(passes: &[(Arc<Collector>, Result<Pass>)]) -> Result<Outcome> {
    let mut outcome = Outcome::Done;
    let mut failed = 0;
    for (_, pass) in passes {
        match pass {
            Ok(pass) => {
                if pass.gaps > 0 || !pass.problems.is_empty() {
                    outcome = Outcome::DoneWithGaps;
                }
                if pass.windows == 0 && !pass.problems.is_empty() {
                    failed += 1;
                }
            }
            Err(_) => failed += 1,
        }
    }
    if failed == passes.len() {
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
