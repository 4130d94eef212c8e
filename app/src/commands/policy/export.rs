//! Does the tenant itself log what the policy wants?

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use event::TenantName;
use policy::{EXPORT_BYTES_MAX, Policy, Verification};

use super::{Format, print_rows};
use crate::config::Policies;
use crate::context::{Context, Outcome};
use crate::present;

/// The policy that an export is of: a tenant's, or the only tenant's.
pub async fn policy_of<'p>(
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

pub fn verify_file(format: Format, policy: &Policy, file: &Path) -> Result<Outcome> {
    let shown = file.display();
    let length = std::fs::metadata(file).with_context(|| format!("{shown} cannot be read"))?.len();
    if length > EXPORT_BYTES_MAX as u64 {
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
