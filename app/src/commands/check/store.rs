//! Is what was stored sound?

use anyhow::Result;
use event::{TenantName, time};
use store::{Agreement, Ledger, Store, Table};

use super::report::Items;

/// Incidents that are shown, and for how long.
const INCIDENTS_MAX: usize = 20;
const INCIDENT_AGE_MAX: i64 = 7 * time::DAY;

const COLLECT_SETTLES: &str = "the next trail365 collect or import settles it";

/// Ledger, tables, and who is at work. `tenants` limits the look at tables.
pub async fn check(store: &Store, tenant: Option<&TenantName>, now: i64, items: &mut Items) {
    collecting(store, items);
    let ledger = ledger(store, items);
    if let Some(ledger) = &ledger {
        incidents(ledger, now, items);
    }
    let tenants = match store.tenants().await {
        Ok(tenants) => tenants,
        Err(error) => {
            let fix = format!(
                "ls -l {}/tenants as the user that runs trail365",
                store.data_dir().display()
            );
            return items.wrong("tables", error.to_string(), fix);
        }
    };
    let mut looked_at =
        tenants.iter().filter(|known| tenant.is_none_or(|tenant| tenant == *known)).peekable();
    if looked_at.peek().is_none() {
        items.ok("tables", "nothing is stored yet");
    }
    for tenant in looked_at {
        let name = format!("table {tenant}");
        if let Err(error) = table(store, tenant, &name, items).await {
            items.wrong(&name, format!("{error:#}"), restore(store, tenant));
        }
    }
}

fn collecting(store: &Store, items: &mut Items) {
    match store.collecting() {
        Ok(None) => items.ok("collector", "none is running with this data folder"),
        Ok(Some(holder)) => {
            items.ok("collector", format!("one is running: process {}", holder.process));
        }
        Err(error) => items.note("collector", error.to_string()),
    }
}

fn ledger(store: &Store, items: &mut Items) -> Option<Ledger> {
    let path = store.data_dir().join("ledger.sqlite");
    let fix = format!(
        "stop trail365 and restore {0} from a backup, or mv {0} {0}.damaged; the next collect lists \
         and fetches all that the service still has, and known records stay once",
        path.display()
    );
    let ledger = match store.existing_ledger() {
        Ok(None) => {
            items.ok("ledger", "none yet");
            return None;
        }
        Ok(Some(ledger)) => ledger,
        Err(error) => {
            items.wrong("ledger", error.to_string(), fix);
            return None;
        }
    };
    match ledger.quick_check() {
        Ok(problems) if problems.is_empty() => items.ok("ledger", "sound"),
        Ok(problems) => {
            items.wrong("ledger", problems.join("; "), fix);
            return None;
        }
        Err(error) => {
            items.wrong("ledger", error.to_string(), fix);
            return None;
        }
    }
    Some(ledger)
}

fn incidents(ledger: &Ledger, now: i64, items: &mut Items) {
    let incidents = match ledger.incidents(INCIDENTS_MAX) {
        Ok(incidents) => incidents,
        Err(error) => return items.note("incidents", error.to_string()),
    };
    let recent = incidents.iter().filter(|incident| now - incident.noted < INCIDENT_AGE_MAX);
    let mut none = true;
    for incident in recent {
        none = false;
        let words = format!(
            "tenant {}, {}: {}",
            incident.tenant,
            time::short(incident.noted),
            incident.words
        );
        items.warn(
            &format!("incident {}", incident.kind),
            words,
            "if nobody restored a backup, look for a second collector with a copy of this data \
             folder and stop it; trail365 gaps shows what is lost",
        );
    }
    if none {
        items.ok("incidents", "none within 7 days");
    }
}

async fn table(store: &Store, tenant: &TenantName, name: &str, items: &mut Items) -> Result<()> {
    let Some(table) = store.table(tenant).await? else {
        items.ok(name, "empty");
        return Ok(());
    };
    files(store, &table, name, items).await?;
    agreement(store, &table, items).await?;
    if let Some(holder) = store.writing(tenant)? {
        items.note(
            &format!("writer {tenant}"),
            format!("process {} is writing now", holder.process),
        );
    }
    Ok(())
}

async fn files(store: &Store, table: &Table, name: &str, items: &mut Items) -> Result<()> {
    let damaged = table.verify_files().await?;
    let Some(first) = damaged.first() else {
        let words = format!(
            "version {}, {} files of the right size, {} records",
            table.version(),
            table.files().len(),
            table.records()
        );
        items.ok(name, words);
        return Ok(());
    };
    let size = match first.bytes {
        None => "is missing".to_owned(),
        Some(bytes) => format!("has {bytes} bytes instead of {}", first.bytes_expected),
    };
    let words = format!("{} files are damaged or more; {} {size}", damaged.len(), first.path);
    items.wrong(name, words, restore(store, table.tenant()));
    Ok(())
}

async fn agreement(store: &Store, table: &Table, items: &mut Items) -> Result<()> {
    let check = format!("ledger and table {}", table.tenant());
    match store.agreement(table).await? {
        Agreement::Agree => items.ok(&check, "agree"),
        Agreement::Pending(batches) => items.warn(
            &check,
            format!("{batches} batches were begun and are not settled: somebody writes now, or died writing"),
            COLLECT_SETTLES,
        ),
        Agreement::LedgerBehind => items.wrong(
            &check,
            "the table has batches that the ledger does not know: it was restored from a backup, or \
             a second collector works with a copy of it",
            format!("make sure that no second collector runs; {COLLECT_SETTLES}"),
        ),
        Agreement::TableBehind => items.wrong(
            &check,
            "the ledger knows batches that the table does not have: the table was restored from a \
             backup",
            format!("{COLLECT_SETTLES}; import again the files imported since the backup"),
        ),
    }
    Ok(())
}

fn restore(store: &Store, tenant: &TenantName) -> String {
    let folder = store.data_dir().join("tenants").join(tenant.as_str());
    format!(
        "restore {0} from a backup; without one: mv {0} {0}.damaged, then collect or import again",
        folder.display()
    )
}
