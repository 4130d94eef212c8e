//! `trail365 collect`: every record of every configured tenant.

use std::sync::Arc;

use anyhow::{Result, bail};

use crate::collect::fleet::Fleet;
use crate::collect::{Collector, Pass};
use crate::context::{Context, Outcome};
use crate::forward::Board;
use crate::jobs::{self, Configured};
use crate::observe::{self, Observer, service};

#[derive(clap::Args)]
pub struct Arguments {
    /// One pass, then end
    #[arg(long)]
    once: bool,
}

pub async fn run(arguments: &Arguments, context: Context) -> Result<Outcome> {
    let _lock = context.store.claim_collecting()?;
    let Context { config_file, config, store } = context;
    let board = Board::default();
    let observer = Observer::new(&store, board.clone())?;
    let listen = config.collect.listen()?;
    let outputs = config.outputs()?;
    let configured = Configured::followed(config.clone(), config_file.clone());
    let fleet = Fleet::new(config_file, config, store.clone(), observer.clone(), board);
    if arguments.once {
        let collected = outcome(&fleet.once().await?)?;
        let forwarded = super::output::forward_once(&store, &outputs).await;
        return Ok(if forwarded { collected } else { Outcome::DoneWithGaps });
    }
    // From here on a signal is waited for, however long the start takes.
    let stopped = tokio::spawn(stopped());
    if let Some(listen) = listen {
        observe::serve(listen, observer).await?;
    }
    service::keep_the_watchdog_quiet();
    let jobs = jobs::Service::start(store, configured);
    let stop = async {
        let _ = stopped.await;
        tracing::info!("stopping: what is under way is committed");
        service::stopping();
    };
    let collected = fleet.run(stop).await;
    jobs.end().await;
    collected?;
    Ok(Outcome::Done)
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
