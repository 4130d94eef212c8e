//! `trail365 policy`: what is kept, redacted and dropped, and for how long?

mod explain;
mod export;
mod kept;

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use event::TenantName;

use super::Format;
use super::search::Range;
use crate::context::{Context, Outcome};
use crate::present;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say which rule keeps, redacts or drops records, and why
    Explain {
        /// The key of a stored event, a file of records, or a search
        what: String,
        #[command(flatten)]
        range: Range,
        #[arg(long)]
        tenant: Option<String>,
        /// How many records are explained step by step; all are counted
        #[arg(long, default_value_t = 5)]
        limit: usize,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// What each rule dropped, and that it adds up
    Dropped {
        #[arg(long)]
        tenant: Option<String>,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Delete what is too old and not held; a daemon that collects does it by itself
    Retain {
        #[arg(long)]
        tenant: Option<String>,
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// What retention deleted, when, by which rule, and whether the files are gone
    Deletions {
        #[arg(long)]
        tenant: Option<String>,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// Bring a tenant's own mailbox auditing to this policy
    Export {
        /// Print the Exchange commands that do
        #[arg(long, required_unless_present = "verify")]
        powershell: bool,
        /// Compare with an export of Get-Mailbox (CSV, JSON or list)
        #[arg(long, value_name = "FILE", conflicts_with = "powershell")]
        verify: Option<PathBuf>,
        /// The tenant whose policy it is, where tables name tenants
        #[arg(long)]
        tenant: Option<String>,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let policies = context.config.policy.policies()?;
    match &arguments.command {
        Command::Explain { what, range, tenant, limit, format } => {
            let mut told = explain::Told::new(*limit, *format);
            let tenant = context.known_tenant(tenant.as_deref()).await?;
            explain::explain(&mut told, what, range, tenant, &policies, context).await?;
            if told.records == 0 {
                eprintln!(
                    "{what:?} is no file here and no key or search that any stored event fits"
                );
            }
            told.finish()
        }
        Command::Dropped { tenant, format } => {
            kept::dropped(*format, &tenants(tenant, context).await?, context)
        }
        Command::Retain { tenant, dry_run, format } => {
            let tenants = tenants(tenant, context).await?;
            kept::retain_now(*format, &tenants, &policies, *dry_run, context).await
        }
        Command::Deletions { tenant, format } => {
            kept::deletions(*format, &tenants(tenant, context).await?, context)
        }
        Command::Export { verify, tenant, format, .. } => {
            let policy = export::policy_of(tenant.as_deref(), &policies, context).await?;
            match verify {
                Some(file) => export::verify_file(*format, policy, file),
                None => {
                    print!("{}", policy::powershell(policy));
                    Ok(Outcome::Done)
                }
            }
        }
    }
}

/// The tenant named, or all that have a table.
async fn tenants(tenant: &Option<String>, context: &Context) -> Result<Vec<TenantName>> {
    match context.known_tenant(tenant.as_deref()).await? {
        Some(tenant) => Ok(vec![tenant]),
        None => Ok(context.store.tenants().await?),
    }
}

fn print_rows(format: Format, header: &[String], rows: Vec<Vec<String>>) -> Result<()> {
    if format == Format::Table {
        println!("{}", present::table(header, &rows));
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    present::csv_line(&mut out, header)?;
    rows.iter().try_for_each(|row| present::csv_line(&mut out, row))
}
