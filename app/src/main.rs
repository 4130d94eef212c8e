//! The one binary: see [`cli`] for its commands.

mod cli;
mod collect;
mod commands;
mod config;
mod context;
mod pipeline;
mod present;
mod server;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
