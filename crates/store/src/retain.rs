//! How is deleted what is too old?
//!
//! Whoever knows the policy says of each row which retention expires it. A day of which everything
//! is expired loses its files; of other days the files are written anew without the expired rows,
//! in one commit a day that adds no data, so that no output takes the rows left for new ones.
//! What was deleted is noted in the ledger, and the old files go with the next sweep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FolderPath;

use deltalake::arrow::array::{BooleanArray, RecordBatch};
use deltalake::arrow::compute::filter_record_batch;
use deltalake::kernel::{Action, Add, Remove};
use deltalake::protocol::DeltaOperation;
use event::{TenantName, time};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::lock::WriterLock;
use crate::table::{DataFile, Table};
use crate::writer::write_file;
use crate::{Ledger, Location, Result, compact};

/// Says what is too old.
pub trait Expiry: Send + Sync {
    /// Nothing from this time on is expired, microseconds.
    fn before(&self) -> i64;

    /// The retention that expires every event before `stop`, whatever it says.
    fn whole(&self, stop: i64) -> Option<String>;

    /// For each row of a batch with the columns of [`crate::schema::file_schema`], the retention
    /// that expires it.
    fn rows(&self, rows: &RecordBatch) -> Vec<Option<String>>;
}

/// What a pass of retention did to a table, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Rows, by the retention that expired them.
    pub deleted: BTreeMap<String, u64>,
    pub days: u64,
    /// Files that no longer belong to the table, and those written in their place.
    pub files_removed: u64,
    pub files_written: u64,
}

/// A file with what is to go from it.
struct Expired {
    file: DataFile,
    rules: BTreeMap<String, u64>,
    /// Which rows stay; `None` for none of them.
    kept: Option<Vec<bool>>,
}

pub(crate) async fn retain(
    data_dir: &FolderPath,
    location: &Location,
    ledger: &Ledger,
    tenant: &TenantName,
    expiry: &impl Expiry,
    is_rehearsal: bool,
) -> Result<Retained> {
    let Some(mut table) = Table::open(location, tenant).await? else {
        return Ok(Retained::default());
    };
    settle(ledger, &table).await?;
    let mut done = Retained::default();
    for day in days(&table, expiry) {
        let _lock = WriterLock::acquire(data_dir, tenant).await?;
        table.refresh().await?;
        let expired = expired_of(&table, day, expiry).await?;
        if expired.is_empty() {
            continue;
        }
        done.add(&expired);
        if !is_rehearsal {
            delete(ledger, &mut table, day, expired).await?;
        }
    }
    if !is_rehearsal {
        compact::sweep(data_dir, &table).await?;
        settle(ledger, &table).await?;
    }
    Ok(done)
}

impl Retained {
    fn add(&mut self, expired: &[Expired]) {
        self.days += 1;
        for Expired { rules, kept, .. } in expired {
            self.files_removed += 1;
            self.files_written += u64::from(kept.is_some());
            for (rule, rows) in rules {
                *self.deleted.entry(rule.clone()).or_default() += rows;
            }
        }
    }
}

/// Days that may hold something expired. Events without a time lie on a day of their own, and
/// nobody knows how old they are.
fn days(table: &Table, expiry: &impl Expiry) -> BTreeSet<i32> {
    let before = expiry.before();
    let is_old = |file: &&DataFile| file.time.is_some_and(|(first, _)| first < before);
    table.files().iter().filter(is_old).map(|file| file.day).collect()
}

async fn expired_of(table: &Table, day: i32, expiry: &impl Expiry) -> Result<Vec<Expired>> {
    let whole = expiry.whole((i64::from(day) + 1) * time::DAY);
    let mut expired = Vec::new();
    for file in table.files().iter().filter(|file| file.day == day) {
        let is_timed = file.time.is_some() && file.quarantined == 0;
        let found = match &whole {
            Some(rule) if is_timed && day != crate::schema::DAY_UNKNOWN => {
                let rules = BTreeMap::from([(rule.clone(), file.rows)]);
                Some(Expired { file: file.clone(), rules, kept: None })
            }
            _ => judged(table, file, expiry).await?,
        };
        expired.extend(found);
    }
    Ok(expired)
}

async fn judged(table: &Table, file: &DataFile, expiry: &impl Expiry) -> Result<Option<Expired>> {
    let mut rules: BTreeMap<String, u64> = BTreeMap::new();
    let mut kept = Vec::with_capacity(file.rows as usize);
    let mut batches = table.read_whole(file).await?;
    while let Some(batch) = batches.try_next().await? {
        for verdict in expiry.rows(&batch) {
            kept.push(verdict.is_none());
            if let Some(rule) = verdict {
                *rules.entry(rule).or_default() += 1;
            }
        }
    }
    let is_left = kept.contains(&true);
    let expired = Expired { file: file.clone(), rules, kept: is_left.then_some(kept) };
    Ok((!expired.rules.is_empty()).then_some(expired))
}

async fn delete(ledger: &Ledger, table: &mut Table, day: i32, expired: Vec<Expired>) -> Result<()> {
    let now = table.disk().now();
    let mut rules: BTreeMap<String, u64> = BTreeMap::new();
    let mut actions = Vec::new();
    for Expired { file, rules: of_file, kept } in &expired {
        for (rule, rows) in of_file {
            *rules.entry(rule.clone()).or_default() += rows;
        }
        let removal = Remove { data_change: true, ..compact::removal(file, now) };
        actions.push(Action::Remove(removal));
        if let Some(kept) = kept {
            actions.push(Action::Add(rewritten(table, file, kept).await?));
        }
    }
    let files: Vec<String> = expired.into_iter().map(|expired| expired.file.path).collect();
    let number = ledger.prepare_deletion(table.tenant(), day, &rules, &files, now)?;
    let version = table.commit(actions, None, DeltaOperation::Delete { predicate: None }).await?;
    ledger.confirm_deletion(number, version)
}

/// The file without the rows that go.
async fn rewritten(table: &Table, file: &DataFile, kept: &[bool]) -> Result<Add> {
    let mut at = 0;
    let kept = kept.to_vec();
    let left = table.read_whole(file).await?.map(move |batch| {
        let batch = batch?;
        let mask = BooleanArray::from(kept[at..at + batch.num_rows()].to_vec());
        at += batch.num_rows();
        Ok(filter_record_batch(&batch, &mask)?)
    });
    write_file(table, file.day, std::pin::pin!(left)).await
}

/// What was prepared either reached the table or never will; and what reached it is done when its
/// files are gone.
async fn settle(ledger: &Ledger, table: &Table) -> Result<()> {
    let present: BTreeSet<&str> = table.files().iter().map(|file| file.path.as_str()).collect();
    for deletion in ledger.deletions(table.tenant())? {
        let is_there = deletion.files.iter().any(|file| present.contains(file.as_str()));
        match deletion.version {
            None if is_there => ledger.withdraw_deletion(deletion.number)?,
            None => ledger.confirm_deletion(deletion.number, table.version())?,
            Some(_) if deletion.vacuumed.is_some() => {}
            Some(_) if are_gone(table, &deletion.files).await? => {
                ledger.note_vacuumed(deletion.number, table.disk().now())?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

async fn are_gone(table: &Table, files: &[String]) -> Result<bool> {
    let store = table.object_store();
    for file in files {
        match store.head(&Path::from(file.as_str())).await {
            Ok(_) => return Ok(false),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}
