//! What can a user type?
//!
//! A command is one file under `commands/` and one line in [`Command`].

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::commands::{
    check, collect, demo, emulate, gaps, import, init, issues, job, ledger, mailbox, output,
    policy, query, report, search, serve, sql, status,
};
use crate::context::{Context, Outcome};

/// Keeps the audit trail of Microsoft 365 tenants: collects, stores, searches.
#[derive(Parser)]
#[command(name = "trail365", version, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, 1 nothing found, 2 failed, 3 done with gaps.")]
struct Cli {
    /// The configuration [default: trail365.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE", env = "TRAIL365_CONFIG")]
    config: Option<PathBuf>,
    /// The data folder [default: the configuration's, or ./trail365-data]
    #[arg(long, global = true, value_name = "DIR", env = "TRAIL365_DATA")]
    data: Option<PathBuf>,
    /// How the log on standard error is written
    #[arg(long, global = true, value_enum, default_value = "text", env = "TRAIL365_LOG_FORMAT")]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Emulated tenant, collected, stored and served as a web page; no account needed
    Demo(demo::Arguments),
    /// Write a configuration by questions, and print how the app is registered
    Init(init::Arguments),
    /// Verify everything short of collecting and name what is missing
    Check(check::Arguments),
    /// Collect the configured tenants, forever or one pass
    Collect(collect::Arguments),
    /// Import exports and saved records; the format is detected
    Import(import::Arguments),
    /// Have the service search its audit log, and store what it finds
    Query(query::Arguments),
    /// Search events
    Search(search::Arguments),
    /// Who reached which mailbox, and what they did there
    Mailbox(mailbox::Arguments),
    /// Run a read-only SQL query over the tables events and quarantine
    Sql(sql::Arguments),
    /// What is stored, per tenant
    Status(status::Arguments),
    /// What was strange about the records
    Issues(issues::Arguments),
    /// What is known to be missing
    Gaps(gaps::Arguments),
    /// Proof for each hour: listed, fetched, stored, or what is missing and why
    Ledger(ledger::Arguments),
    /// Forward to SIEMs, brokers, object stores and databases
    Output(output::Arguments),
    /// Answer a question on one page: who read which mailbox, what one user did, what was shared
    Report(report::Arguments),
    /// What is kept, redacted and dropped, and for how long
    Policy(policy::Arguments),
    /// Searches that nobody waits for, mailed, copied or kept
    Job(job::Arguments),
    /// Serve the web page and the HTTP API
    Serve(serve::Arguments),
    /// Serve an emulated Management Activity API, or write its records to a file
    Emulate(emulate::Arguments),
    /// Print a completion script for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page
    Man,
}

pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let failed = error.use_stderr();
            let _ = error.print();
            return ExitCode::from(if failed { 2 } else { 0 });
        }
    };
    log_to_stderr(cli.log_format);
    end_with_the_reader();
    // Two providers of cryptography are linked in, so one has to be named. It is the first call.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the operating system gives threads");
    let result = runtime.block_on(dispatch(cli));
    // Readers of standard input may block for good; nothing waits for them.
    runtime.shutdown_background();
    match result {
        Ok(outcome) => ExitCode::from(outcome as u8),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trail365: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn dispatch(cli: Cli) -> Result<Outcome> {
    match &cli.command {
        Command::Completions { shell } => {
            let mut command = Cli::command();
            clap_complete::generate(*shell, &mut command, "trail365", &mut std::io::stdout());
            return Ok(Outcome::Done);
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            return Ok(Outcome::Done);
        }
        Command::Init(arguments) => {
            return init::run(arguments, cli.config.as_deref(), cli.data.as_deref());
        }
        Command::Emulate(arguments) => return emulate::run(arguments).await,
        Command::Demo(arguments) => return demo::run(arguments, cli.data).await,
        _ => {}
    }
    let context = Context::new(cli.config, cli.data)?;
    match cli.command {
        Command::Check(arguments) => check::run(&arguments, &context).await,
        Command::Collect(arguments) => collect::run(&arguments, context).await,
        Command::Import(arguments) => import::run(&arguments, &context).await,
        Command::Query(arguments) => query::run(&arguments, &context).await,
        Command::Search(arguments) => search::run(&arguments, &context).await,
        Command::Mailbox(arguments) => mailbox::run(&arguments, &context).await,
        Command::Sql(arguments) => sql::run(&arguments, &context).await,
        Command::Status(arguments) => status::run(&arguments, &context).await,
        Command::Issues(arguments) => issues::run(&arguments, &context).await,
        Command::Gaps(arguments) => gaps::run(&arguments, &context),
        Command::Ledger(arguments) => ledger::run(&arguments, &context),
        Command::Output(arguments) => output::run(&arguments, &context).await,
        Command::Report(arguments) => report::run(&arguments, &context).await,
        Command::Policy(arguments) => policy::run(&arguments, &context).await,
        Command::Job(arguments) => job::run(arguments, context).await,
        Command::Serve(arguments) => serve::run(&arguments, context).await,
        _ => unreachable!("answered above"),
    }
}

fn log_to_stderr(format: LogFormat) {
    let filter =
        EnvFilter::try_from_env("TRAIL365_LOG").unwrap_or_else(|_| "warn,trail365=info".into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => {
            log.with_ansi(std::io::stderr().is_terminal()).with_target(false).init();
        }
        // Fields stand beside the message, where log shippers look for them.
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

/// `trail365 status | head -1` ends well: `println!` panics when its reader has gone.
fn end_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let words = panic.payload_as_str().unwrap_or_default();
        if words.starts_with("failed printing to stdout") {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

/// `trail365 search ... | head` ends well.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
