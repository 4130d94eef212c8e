//! What was refused may be taken now.

use anyhow::{Result, anyhow};
use futures::TryStreamExt;
use output::Error;
use search::Row;
use store::{ParkedRow, Store, Table};

use super::render::Renderer;
use crate::config::Output;

/// Delivers the parked records of an output, one by one. Returns how many were taken and refused.
pub async fn deliver_parked(store: &Store, output: &Output) -> Result<(u64, u64)> {
    let _lock = store.claim_output(&output.name)?;
    let Some(cursors) = store.existing_cursors()? else {
        return Ok((0, 0));
    };
    let renderer = Renderer::without_filter(output);
    let mut service = output.open()?;
    let (mut taken, mut refused) = (0, 0);
    for parked in cursors.parked(&output.name)? {
        let tenant = &parked.reader.tenant;
        let table = store.table(tenant).await?;
        let row = match table {
            Some(table) => find(&table, &parked).await?,
            None => None,
        };
        let Some(record) = row.and_then(|row| renderer.record(row)) else {
            tracing::warn!("tenant {tenant}: record {} is not in the store any more", parked.key);
            refused += 1;
            continue;
        };
        match service.deliver(&[record]).await {
            Ok(()) => {
                taken += 1;
                cursors.unpark(&parked.reader, &[parked.key])?;
            }
            Err(Error::Some(_) | Error::Whole { .. }) => refused += 1,
            Err(error) => return Err(anyhow!("output {}: {error}", output.name)),
        }
    }
    Ok((taken, refused))
}

/// The row with that key, in the partition where it lies.
async fn find(table: &Table, parked: &ParkedRow) -> Result<Option<Row>> {
    for file in table.files_of(parked.day) {
        let mut batches = std::pin::pin!(table.rows(&file, 0).await?);
        while let Some(batch) = batches.try_next().await? {
            let rows = Row::all_of(&batch)?;
            let found = rows.into_iter().find(|row| row.key == parked.key);
            if found.is_some() {
                return Ok(found);
            }
        }
    }
    Ok(None)
}
