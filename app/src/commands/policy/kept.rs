//! What did the policy drop and delete, and what is too old now?

use anyhow::{Result, bail};
use event::{TenantName, time};
use serde_json::json;
use source::service::{Clock, MachineClock};
use store::Deletion;

use super::{Format, print_rows};
use crate::config::Policies;
use crate::context::{Context, Outcome};
use crate::retain;

/// Received is stored, known before, or dropped: nothing else.
pub fn dropped(format: Format, tenants: &[TenantName], context: &Context) -> Result<Outcome> {
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

pub async fn retain_now(
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

pub fn deletions(format: Format, tenants: &[TenantName], context: &Context) -> Result<Outcome> {
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
