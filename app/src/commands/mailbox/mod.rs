//! `trail365 mailbox`: who reached which mailbox, and what did they do there?
//!
//! The questions of Search-MailboxAuditLog, put to what is stored.

mod entries;
mod short;

use anyhow::{Result, anyhow, bail};
use clap::{Subcommand, ValueEnum};
use decode::form::mailbox_audit::{LogonType, MailboxSearch};
use event::{Filter, TenantName};
use search::{ListQuery, Order, Row, Scope, Searcher};

use super::search::Range;
use crate::context::{Context, Outcome};
use crate::present;

/// Entries or mailboxes shown unless told otherwise, as many as Exchange shows.
const RESULT_SIZE_DEFAULT: &str = "1000";

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Search the audit of mailboxes, as Search-MailboxAuditLog does
    Search(SearchArguments),
}

#[derive(clap::Args)]
#[command(after_help = "Unlike Exchange, several mailboxes may be shown with their entries, and \
    owners without; no mailbox means all of them.")]
struct SearchArguments {
    /// Addresses, GUIDs, aliases or DOMAIN\name; * and ? are wildcards [default: all]
    mailboxes: Vec<String>,
    #[command(flatten)]
    range: Range,
    /// Who reached it, with commas: owner, admin, delegate, external
    #[arg(long = "logon-type", value_delimiter = ',')]
    logon_types: Vec<LogonType>,
    /// What was done, with commas: SendAs,HardDelete
    #[arg(long, value_delimiter = ',')]
    operations: Vec<String>,
    /// Who did it, with commas, as the records name them; * and ? are wildcards
    #[arg(long = "user", value_delimiter = ',')]
    users: Vec<String>,
    /// Only access from outside, by Microsoft's staff included; =false for all other
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    external_access: Option<bool>,
    /// Only items with attachments; =false for all other
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    has_attachments: Option<bool>,
    /// Show each entry, newest first; without it each mailbox and when it was last reached
    #[arg(long)]
    show_details: bool,
    /// The most entries or mailboxes to show; 0 or unlimited for all
    #[arg(long, value_name = "N", value_parser = result_size, default_value = RESULT_SIZE_DEFAULT)]
    result_size: usize,
    /// xml is what New-MailboxAuditLogSearch sends, and can be imported again
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Search one tenant only
    #[arg(long)]
    tenant: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    /// A line for each field, as Format-List prints
    List,
    Csv,
    Json,
    Xml,
}

/// All is the largest size there is.
fn result_size(text: &str) -> Result<usize, String> {
    match text.to_ascii_lowercase().as_str() {
        "0" | "unlimited" => Ok(usize::MAX),
        number => number.parse().map_err(|_| "write a number, 0 or unlimited".to_owned()),
    }
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let Command::Search(arguments) = &arguments.command;
    if arguments.format == Format::Xml && !arguments.show_details {
        bail!("--format xml holds entries; add --show-details");
    }
    let scope = arguments.scope()?;
    context.require_data().await?;
    let tenant = arguments.tenant.as_deref().map(TenantName::new).transpose();
    let searcher = context.searcher(tenant.map_err(|e| anyhow!(e))?.as_ref()).await?;
    let shown = match arguments.show_details {
        true => entries::show(arguments, &searcher, &context.store, scope).await?,
        false => short::show(arguments, &searcher, scope).await?,
    };
    if shown == 0 {
        eprintln!("no entry of a mailbox's audit fits");
        return Ok(Outcome::NothingFound);
    }
    Ok(Outcome::Done)
}

impl SearchArguments {
    fn scope(&self) -> Result<Scope> {
        let search = MailboxSearch {
            mailboxes: self.mailboxes.clone(),
            logon_types: self.logon_types.clone(),
            operations: self.operations.clone(),
            users: self.users.clone(),
            external_access: self.external_access,
            has_attachments: self.has_attachments,
        };
        let filter = search.filter().map_err(|error| anyhow!("--operations: {error}"))?;
        let (from, to) = self.range.bounds()?;
        Ok(Scope::events(Filter::all([Filter::between(from, to), filter])))
    }

    fn tell_of_more(&self, what: &str) {
        eprintln!("The newest {} {what}; --result-size 0 shows all", self.result_size);
    }
}

/// Lists rows, newest first, until one fails; at most one more than is wanted.
async fn each_row(
    searcher: &Searcher,
    scope: Scope,
    wanted: usize,
    mut take: impl FnMut(&Row) -> Result<()>,
) -> Result<()> {
    let limit = wanted.checked_add(1);
    let query = ListQuery { scope, order: Order::NewestFirst, limit, after: None };
    let mut failure = None;
    let all = |rows: Vec<Row>| {
        let result = rows.iter().try_for_each(&mut take);
        result.map_err(|error| failure = Some(error)).is_ok()
    };
    searcher.list(&query, all).await?;
    failure.map_or(Ok(()), Err)
}

fn print_table(header: &[&str], rows: &mut Vec<Vec<String>>) {
    if !rows.is_empty() {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        println!("{}", present::table(&header, rows));
        rows.clear();
    }
}
