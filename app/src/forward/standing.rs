//! How far is each output?

use anyhow::Result;
use event::TenantName;
use serde::Serialize;
use store::{CursorState, Store};

use crate::config::Output;

/// One output and tenant.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Standing {
    pub output: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub tenant: String,
    /// Records that the service has taken.
    pub delivered: u64,
    /// When it last took something; RFC 3339.
    pub delivered_at: Option<String>,
    /// The latest event time among them; RFC 3339.
    pub newest: Option<String>,
    /// Rows of the table that the cursor has not come to, those that the filter leaves out included.
    pub behind: u64,
    /// Records that the service refused, set aside.
    pub parked: u64,
}

/// Every output with every tenant that it takes, begun or not.
pub async fn standings(store: &Store, outputs: &[Output]) -> Result<Vec<Standing>> {
    let states = match store.existing_cursors()? {
        Some(cursors) => cursors.all()?,
        None => Vec::new(),
    };
    let mut standings = Vec::new();
    for tenant in store.tenants().await? {
        for output in outputs.iter().filter(|output| output.takes(&tenant)) {
            let state = states
                .iter()
                .find(|state| state.reader.output == output.name && state.reader.tenant == tenant);
            standings.push(standing(store, output, &tenant, state).await?);
        }
    }
    standings.sort_by(|a, b| (&a.output, &a.tenant).cmp(&(&b.output, &b.tenant)));
    Ok(standings)
}

async fn standing(
    store: &Store,
    output: &Output,
    tenant: &TenantName,
    state: Option<&CursorState>,
) -> Result<Standing> {
    let table = store.table(tenant).await?;
    let behind = match (&table, state) {
        (Some(table), Some(state)) => state.waiting_rows + table.rows_after(state.version).await?,
        (Some(table), None) => {
            let place = table.place(output.start, 0);
            place.waiting.iter().map(|waiting| waiting.file.rows).sum()
        }
        (None, _) => 0,
    };
    let time = |micros: i64| event::time::iso_text(micros);
    Ok(Standing {
        output: output.name.clone(),
        kind: output.kind.name,
        tenant: tenant.to_string(),
        delivered: state.map_or(0, |state| state.delivered),
        delivered_at: state.and_then(|state| state.delivered_at).map(time),
        newest: state.and_then(|state| state.newest).map(time),
        behind,
        parked: state.map_or(0, |state| state.parked),
    })
}
