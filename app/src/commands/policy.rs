//! `trail365 policy`: what is kept, redacted and dropped, and for how long?

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Subcommand;
use event::{Event, Field, Key, TenantName, time};
use policy::{Effect, Policy, Verification};
use search::{ListQuery, Order, Row, Scope};
use serde_json::json;
use source::files::{self, Limits};
use source::service::{Clock, MachineClock};
use store::Deletion;

use super::Format;
use super::search::Range;
use crate::config::Policies;
use crate::context::{Context, Outcome};
use crate::{present, retain};

/// Records of a file read at once.
const BATCH_RECORDS_MAX: usize = 1000;
const BATCH_BYTES_MAX: usize = 4 << 20;
/// The largest export of mailboxes that is compared.
const EXPORT_BYTES_MAX: u64 = 256 << 20;

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
            let mut told = Told { limit: *limit, format: *format, ..Told::default() };
            let tenant = context.known_tenant(tenant.as_deref()).await?;
            explain(&mut told, what, range, tenant, &policies, context).await?;
            if told.records == 0 {
                eprintln!(
                    "{what:?} is no file here and no key or search that any stored event fits"
                );
            }
            told.finish()
        }
        Command::Dropped { tenant, format } => {
            dropped(*format, &tenants(tenant, context).await?, context)
        }
        Command::Retain { tenant, dry_run, format } => {
            let tenants = tenants(tenant, context).await?;
            retain_now(*format, &tenants, &policies, *dry_run, context).await
        }
        Command::Deletions { tenant, format } => {
            deletions(*format, &tenants(tenant, context).await?, context)
        }
        Command::Export { verify, tenant, format, .. } => {
            let policy = policy_of(tenant.as_deref(), &policies, context).await?;
            match verify {
                Some(file) => verify_file(*format, policy, file),
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

/// The policy that an export is of: a tenant's, or the only tenant's.
async fn policy_of<'p>(
    tenant: Option<&str>,
    policies: &'p Policies,
    context: &Context,
) -> Result<&'p Policy> {
    let tenant = match context.known_tenant(tenant).await? {
        Some(tenant) => tenant,
        None => match &context.known_tenants().await?[..] {
            [] => TenantName::new("default").expect("a fitting name"),
            [only] => only.clone(),
            several => {
                let names: Vec<&str> = several.iter().map(TenantName::as_str).collect();
                bail!("there are several tenants; name one with --tenant: {}", names.join(", "));
            }
        },
    };
    policies.of(&tenant).ok_or_else(|| {
        anyhow!(
            "tenant {tenant} has no policy, so everything is kept; write [[policy.mailbox]] into the configuration, or name another --tenant"
        )
    })
}

/// What was explained so far.
#[derive(Default)]
struct Told {
    limit: usize,
    format: Format,
    /// How many records each rule decided, with what became of them.
    counts: BTreeMap<(String, &'static str), u64>,
    records: u64,
}

impl Told {
    /// `None` for a tenant that keeps everything as it is.
    fn record(&mut self, event: &Event, policy: Option<&Policy>, now: i64) -> Result<()> {
        let keep_all = Policy::default();
        let policy = policy.unwrap_or(&keep_all);
        let judgement = policy.judge(event, now);
        let becomes = match (judgement.verdict, judgement.redact.is_empty()) {
            (policy::Verdict::Drop, _) => "dropped",
            (policy::Verdict::Consolidate(_), _) => "consolidated",
            (policy::Verdict::Keep, true) => "kept",
            (policy::Verdict::Keep, false) => "redacted",
        };
        *self.counts.entry((judgement.rule.to_string(), becomes)).or_default() += 1;
        self.records += 1;
        // A table of counts is all that a spreadsheet has a use for.
        if self.records > self.limit as u64 || self.format == Format::Csv {
            return Ok(());
        }
        let steps = policy.explain(event, now);
        let mut out = std::io::stdout().lock();
        if self.format == Format::Json {
            let record = json!({
                "Key": event.key.to_string(),
                "becomes": becomes,
                "rule": judgement.rule,
                "steps": steps,
            });
            writeln!(out, "{record}")?;
            return Ok(());
        }
        writeln!(out, "{}", decode::line(event))?;
        for step in steps.iter().filter(|step| step.effect != Effect::Passed || steps.len() < 12) {
            let words = present::printable(&step.words);
            writeln!(out, "    {:12} {}: {words}", step.effect.to_string(), step.rule)?;
        }
        let redacting: Vec<&str> = steps
            .iter()
            .filter(|step| step.effect == Effect::Redacts)
            .map(|step| step.rule.as_ref())
            .collect();
        match becomes {
            "redacted" => {
                let rules = redacting.join(", ");
                writeln!(out, "    → redacted by {rules}, kept by {}", judgement.rule)?;
            }
            _ => writeln!(out, "    → {becomes} by {}", judgement.rule)?,
        }
        Ok(())
    }

    fn finish(self) -> Result<Outcome> {
        if self.records == 0 {
            return Ok(Outcome::NothingFound);
        }
        let mut rows: Vec<((String, &str), u64)> = self.counts.into_iter().collect();
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        match self.format {
            Format::Json => {
                for ((rule, becomes), records) in rows {
                    println!("{}", json!({"rule": rule, "becomes": becomes, "records": records}));
                }
            }
            Format::Csv | Format::Table => {
                let header = ["becomes", "rule", "records"].map(str::to_owned);
                let rows = rows.into_iter().map(|((rule, becomes), records)| {
                    vec![becomes.to_owned(), rule, records.to_string()]
                });
                if self.format == Format::Table && self.limit > 0 {
                    println!();
                }
                print_rows(self.format, &header, rows.collect())?;
            }
        }
        Ok(Outcome::Done)
    }
}

/// A key names one stored event, a file its records, and anything else is a search.
async fn explain(
    told: &mut Told,
    what: &str,
    range: &Range,
    tenant: Option<TenantName>,
    policies: &Policies,
    context: &Context,
) -> Result<()> {
    let now = MachineClock.now();
    if Path::new(what).exists() {
        return explain_file(told, what, tenant, policies, now);
    }
    let searcher = context.searcher(tenant.as_ref()).await?;
    let mut failure = None;
    let mut take = |rows: Vec<Row>| {
        let explained = rows.iter().try_for_each(|row| {
            let name = row.text(Field::Tenant).unwrap_or("default");
            let tenant = TenantName::new(name).map_err(|error| anyhow!(error))?;
            told.record(&row.event(decode::body(&row.raw)), policies.of(&tenant), now)
        });
        explained.map_err(|error| failure = Some(error)).is_ok()
    };
    if let Some(key) = Key::parse(what) {
        take(searcher.event(key).await?.into_iter().collect());
    } else {
        let (from, to) = range.bounds()?;
        let query = search::query::parse(what)
            .map_err(|error| anyhow!("{what:?} is no key, no file, and no search: {error}"))?;
        let filter = event::Filter::all([query, event::Filter::between(from, to)]);
        let query = ListQuery {
            scope: Scope::events(filter),
            order: Order::NewestFirst,
            limit: None,
            after: None,
        };
        searcher.list(&query, take).await?;
    }
    failure.map_or(Ok(()), Err)
}

/// Records that are not stored, or no longer.
fn explain_file(
    told: &mut Told,
    file: &str,
    tenant: Option<TenantName>,
    policies: &Policies,
    now: i64,
) -> Result<()> {
    let tenant = tenant.unwrap_or_else(|| TenantName::new("default").expect("a fitting name"));
    let inputs = files::inputs(&[file.to_owned()]);
    for error in &inputs.errors {
        eprintln!("trail365: {}", present::printable(&error.to_string()));
    }
    for input in &inputs.found {
        let mut reader = files::open(input, Limits::default())?;
        let mut envelopes = Vec::new();
        while reader.next_batch(&mut envelopes, BATCH_RECORDS_MAX, BATCH_BYTES_MAX)? {
            for envelope in envelopes.drain(..) {
                let event = decode::decode(&envelope, tenant.as_str(), now);
                told.record(&event, policies.of(&tenant), now)?;
            }
        }
    }
    Ok(())
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

/// Received is stored, known before, or dropped: nothing else.
fn dropped(format: Format, tenants: &[TenantName], context: &Context) -> Result<Outcome> {
    let Some(ledger) = context.store.existing_ledger()? else { return Ok(Outcome::NothingFound) };
    let mut rows = Vec::new();
    for tenant in tenants {
        let totals = ledger.totals(tenant)?;
        let received = totals.stored + totals.duplicates + totals.dropped;
        let by_rule = ledger.dropped(tenant, None)?;
        if format == Format::Json {
            println!(
                "{}",
                json!({
                    "tenant": tenant.as_str(),
                    "received": received,
                    "stored": totals.stored,
                    "quarantined": totals.quarantined,
                    "duplicates": totals.duplicates,
                    "dropped": totals.dropped,
                    "rules": by_rule.iter().map(|(rule, records)| json!({"rule": rule, "records": records})).collect::<Vec<_>>(),
                })
            );
            continue;
        }
        let row = |what: &str, records: u64| {
            vec![tenant.to_string(), what.to_owned(), records.to_string()]
        };
        rows.push(row("received", received));
        rows.push(row("stored, quarantined bytes included", totals.stored));
        rows.push(row("duplicates", totals.duplicates));
        rows.push(row("dropped", totals.dropped));
        rows.extend(
            by_rule.iter().map(|(rule, records)| row(&format!("dropped by {rule}"), *records)),
        );
    }
    if format != Format::Json {
        let header = ["tenant", "what", "records"].map(str::to_owned);
        print_rows(format, &header, rows)?;
    }
    Ok(Outcome::Done)
}

async fn retain_now(
    format: Format,
    tenants: &[TenantName],
    policies: &Policies,
    is_rehearsal: bool,
    context: &Context,
) -> Result<Outcome> {
    let mut rows = Vec::new();
    let mut has_limit = false;
    for tenant in tenants {
        let now = MachineClock.now();
        let retained = retain::retain(&context.store, policies, tenant, now, is_rehearsal).await?;
        has_limit |= retained.is_some();
        for (rule, records) in retained.unwrap_or_default().deleted {
            if format == Format::Json {
                println!(
                    "{}",
                    json!({"tenant": tenant.as_str(), "rule": rule, "records": records, "deleted": !is_rehearsal})
                );
            }
            rows.push(vec![tenant.to_string(), rule, records.to_string()]);
        }
    }
    if !has_limit {
        bail!(
            "no policy limits how long records are kept; write [[policy.retention]] into the configuration"
        );
    }
    let is_empty = rows.is_empty();
    if is_empty {
        eprintln!("nothing that is stored is too old, or all of it is held");
    }
    if format != Format::Json && !is_empty {
        let what = if is_rehearsal { "would be deleted" } else { "deleted" };
        print_rows(format, &["tenant".to_owned(), "rule".to_owned(), what.to_owned()], rows)?;
    }
    Ok(if is_empty { Outcome::NothingFound } else { Outcome::Done })
}

fn deletions(format: Format, tenants: &[TenantName], context: &Context) -> Result<Outcome> {
    let Some(ledger) = context.store.existing_ledger()? else { return Ok(Outcome::NothingFound) };
    let mut deletions: Vec<Deletion> = Vec::new();
    for tenant in tenants {
        deletions.extend(ledger.deletions(tenant)?);
    }
    if deletions.is_empty() {
        eprintln!("retention has deleted nothing so far");
        return Ok(Outcome::NothingFound);
    }
    let day = |deletion: &Deletion| time::day_text(i64::from(deletion.day) * time::DAY);
    let done = |micros: Option<i64>| micros.map_or("not yet".to_owned(), time::iso_text);
    if format == Format::Json {
        for deletion in &deletions {
            println!(
                "{}",
                json!({
                    "tenant": deletion.tenant, "day": day(deletion),
                    "deleted": time::iso_text(deletion.prepared), "version": deletion.version,
                    "records": deletion.rows(), "rules": deletion.rules, "files": deletion.files,
                    "vacuumed": deletion.vacuumed.map(time::iso_text),
                })
            );
        }
        return Ok(Outcome::Done);
    }
    let header = ["tenant", "day", "records", "rules", "deleted", "version", "files gone"];
    let rows = deletions.iter().map(|deletion| {
        let rules: Vec<String> =
            deletion.rules.iter().map(|(rule, rows)| format!("{rule} ({rows})")).collect();
        vec![
            deletion.tenant.clone(),
            day(deletion),
            deletion.rows().to_string(),
            rules.join(", "),
            time::iso_text(deletion.prepared),
            deletion.version.map_or("-".to_owned(), |version| version.to_string()),
            done(deletion.vacuumed),
        ]
    });
    print_rows(format, &header.map(str::to_owned), rows.collect())?;
    Ok(Outcome::Done)
}

fn verify_file(format: Format, policy: &Policy, file: &Path) -> Result<Outcome> {
    let shown = file.display();
    let length = std::fs::metadata(file).with_context(|| format!("{shown} cannot be read"))?.len();
    if length > EXPORT_BYTES_MAX {
        bail!("{shown} is longer than {EXPORT_BYTES_MAX} bytes; export fewer mailboxes at once");
    }
    let export = std::fs::read(file).with_context(|| format!("{shown} cannot be read"))?;
    let verification =
        policy::verify(policy, &export).map_err(|words| anyhow!("{shown}: {words}"))?;
    show_verification(format, &verification)
}

fn show_verification(format: Format, verification: &Verification) -> Result<Outcome> {
    let outcome = match verification.agrees() && verification.is_complete() {
        true => Outcome::Done,
        false => Outcome::DoneWithGaps,
    };
    if format == Format::Json {
        println!("{}", serde_json::to_string(verification)?);
        return Ok(outcome);
    }
    let header = ["mailbox or account", "property", "policy", "tenant"].map(str::to_owned);
    let differences = verification.differences.iter().chain(&verification.unknown_actions);
    let rows: Vec<Vec<String>> = differences
        .map(|it| vec![it.of.clone(), it.property.to_owned(), it.wanted.clone(), it.found.clone()])
        .collect();
    if !rows.is_empty() || format == Format::Csv {
        print_rows(format, &header, rows)?;
    }
    for (what, names) in [
        ("is under no [[policy.mailbox]]", &verification.under_no_block),
        ("is bypassed by the tenant and not by the policy", &verification.unwanted_bypasses),
        ("is not in the export", &verification.missing_columns),
    ] {
        names.iter().for_each(|name| eprintln!("{} {what}", present::printable(name)));
    }
    for unreadable in &verification.unreadable {
        let words = format!("{}: {}", unreadable.place, unreadable.why);
        eprintln!("{}", present::printable(&words));
    }
    let compared = format!(
        "{} mailboxes and {} accounts compared",
        verification.mailboxes, verification.accounts
    );
    match verification.agrees() {
        true => eprintln!("{compared}: as the policy wants them"),
        false => eprintln!("{compared}: {} differences", verification.differences.len()),
    }
    Ok(outcome)
}
