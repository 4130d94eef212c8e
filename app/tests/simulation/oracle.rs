//! Is every record that was ever published in the store exactly once, or covered by a recorded gap?

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::DateTime;
use emulator::{Emulator, PublishedBlob};
use event::{Field, Filter, time};
use search::{Cache, ListQuery, Order, Row, Scope, Searcher};
use store::{Gap, GapState, Ledger, Store};

/// What is judged.
pub struct Case<'a> {
    pub store: &'a Store,
    pub emulator: &'a Emulator,
    pub content_types: &'a [&'static str],
    /// When each content type was first subscribed to: before, nothing is promised.
    pub started: &'a BTreeMap<String, i64>,
    /// What came to light before must have been brought.
    pub proven: i64,
    pub now: i64,
    pub lag: i64,
    /// No record from then on may be lost.
    pub lossless_from: Option<i64>,
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub published: u64,
    pub stored: u64,
    pub quarantined: u64,
    /// Records that are in gaps and nowhere else.
    pub lost: u64,
    pub gaps: u64,
}

struct Stored {
    records: Vec<Row>,
    quarantined: Vec<Row>,
}

pub fn judge(case: &Case) -> Result<Count, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let stored = runtime.expect("a runtime").block_on(read(case.store))?;
    let ledger = case.store.ledger().map_err(|error| error.to_string())?;
    let gaps = ledger.gaps(case.now, case.lag).map_err(|error| error.to_string())?;
    let published = published(case);
    is_stored_once(&stored, &published)?;
    let lost = is_whole(case, &ledger, &stored, &gaps, &published)?;
    is_settled(&gaps)?;
    let is_wrong = |gap: &&Gap| case.lossless_from.is_some_and(|from| gap.stop >= from);
    if let Some(gap) = gaps.iter().find(is_wrong) {
        return Err(format!("nothing was lost, but {} is said to be: {}", told(gap), gap.cause));
    }
    is_balanced(&ledger, &stored)?;
    Ok(Count {
        published: published.iter().map(|blob| blob.records.len() as u64).sum(),
        stored: stored.records.len() as u64,
        quarantined: stored.quarantined.len() as u64,
        lost,
        gaps: gaps.len() as u64,
    })
}

async fn read(store: &Store) -> Result<Stored, String> {
    let tables = store.tables().await.map_err(|error| error.to_string())?;
    let rows = async |quarantined| {
        let searcher = Searcher::new(tables.clone(), Cache::new(1 << 20), decode::body);
        let scope = Scope { filter: Filter::All, quarantined };
        let query = ListQuery { scope, order: Order::OldestFirst, limit: None, after: None };
        searcher.page(&query).await.map_err(|error| error.to_string())
    };
    Ok(Stored { records: rows(false).await?, quarantined: rows(true).await? })
}

fn published(case: &Case) -> Vec<PublishedBlob> {
    let now = DateTime::from_timestamp_micros(case.now).expect("a time");
    let mut blobs = case.emulator.published(None, now).expect("the first tenant");
    blobs.retain(|blob| case.content_types.contains(&blob.content_type.name()));
    blobs
}

/// Nothing twice, and nothing that was not published.
fn is_stored_once(stored: &Stored, published: &[PublishedBlob]) -> Result<(), String> {
    let known: HashSet<&[u8]> =
        published.iter().flat_map(|blob| &blob.records).map(Vec::as_slice).collect();
    let mut ids = HashSet::new();
    for row in &stored.records {
        let id = row.text(Field::Id).unwrap_or_default();
        if !ids.insert(id) {
            return Err(format!("record {id} is stored twice"));
        }
        if !known.contains(&row.raw[..]) {
            return Err(format!("record {id} was never published like this"));
        }
    }
    Ok(())
}

fn is_whole(
    case: &Case,
    ledger: &Ledger,
    stored: &Stored,
    gaps: &[Gap],
    published: &[PublishedBlob],
) -> Result<u64, String> {
    let there: HashSet<&[u8]> = stored.records.iter().map(|row| &row.raw[..]).collect();
    let broken: HashSet<&str> =
        stored.quarantined.iter().filter_map(|row| row.text(Field::Origin)).collect();
    let scopes = ledger.scopes().map_err(|error| error.to_string())?;
    let since: HashMap<String, i64> =
        scopes.into_iter().map(|scope| (scope.content_type, scope.since)).collect();
    let mut holders: BTreeMap<&[u8], Vec<&PublishedBlob>> = BTreeMap::new();
    for blob in published {
        for record in &blob.records {
            holders.entry(record).or_default().push(blob);
        }
    }
    let mut lost = 0;
    for (record, blobs) in holders {
        if there.contains(record) {
            continue;
        }
        lost += 1;
        let blame = blobs.iter().find(|blob| {
            let created = blob.created * 1000;
            let name = blob.content_type.name();
            let is_after = |start: Option<&i64>| start.is_some_and(|start| created >= *start);
            let is_claimed = is_after(since.get(name)) || is_after(case.started.get(name));
            is_claimed
                && blob.visible * 1000 < case.proven - 2 * time::SECOND
                && !broken.contains(blob.content_id.as_str())
                && !gaps.iter().any(|gap| covers(gap, blob))
        });
        if let Some(blob) = blame {
            return Err(format!(
                "a record of blob {} of {}, created {}, visible {}, is neither stored nor in a gap",
                blob.content_id,
                blob.content_type,
                time::iso_text(blob.created * 1000),
                time::iso_text(blob.visible * 1000),
            ));
        }
    }
    Ok(lost)
}

fn covers(gap: &Gap, blob: &PublishedBlob) -> bool {
    let created = blob.created * 1000;
    gap.state == GapState::Lost
        && gap.content_type == blob.content_type.name()
        && (gap.start..gap.stop.max(gap.start + 1)).contains(&created)
}

fn is_settled(gaps: &[Gap]) -> Result<(), String> {
    match gaps.iter().find(|gap| gap.state != GapState::Lost) {
        Some(gap) => Err(format!("{} is still {}: {}", told(gap), gap.state.name(), gap.cause)),
        None => Ok(()),
    }
}

fn told(gap: &Gap) -> String {
    let (start, stop) = (time::iso_text(gap.start), time::iso_text(gap.stop));
    format!("{} from {start} to {stop}", gap.content_type)
}

/// The ledger counts what the table holds.
fn is_balanced(ledger: &Ledger, stored: &Stored) -> Result<(), String> {
    let tenant = event::TenantName::new("contoso").expect("a name");
    let totals = ledger.totals(&tenant).map_err(|error| error.to_string())?;
    let rows = (stored.records.len() + stored.quarantined.len()) as u64;
    match (totals.stored, totals.quarantined) == (rows, stored.quarantined.len() as u64) {
        true => Ok(()),
        false => Err(format!(
            "the ledger counts {} rows, {} of them quarantined; the table has {rows} and {}",
            totals.stored,
            totals.quarantined,
            stored.quarantined.len()
        )),
    }
}
