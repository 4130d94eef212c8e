//! How many, when, and of what?

use std::collections::HashMap;

use deltalake::arrow::array::{Array, TimestampMicrosecondArray};
use deltalake::arrow::buffer::BooleanBuffer;
use event::{Field, Name, Value, resolve, time};
use futures::{StreamExt, TryStreamExt};

use crate::columns::{Codes, Column, Unit, is_coded};
use crate::raw::RawRows;
use crate::{Result, Scope, Searcher, evaluate, plan};

/// The facets counted unless others are asked for.
pub const FACETS: [Field; 8] = [
    Field::Workload,
    Field::Operation,
    Field::UserId,
    Field::ClientAddress,
    Field::RecordTypeName,
    Field::ResultStatus,
    Field::UserTypeName,
    Field::Tenant,
];

/// The most buckets a histogram may have.
const BUCKETS_MAX: i64 = 100_000;

#[derive(Clone, Debug)]
pub struct SummaryQuery {
    pub scope: Scope,
    /// The width of the histogram's buckets, microseconds; `None` for no histogram.
    pub interval: Option<i64>,
    /// Columns or paths to count the values of.
    pub facets: Vec<Name>,
    /// How many values of each facet to name.
    pub top: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub total: u64,
    pub histogram: Option<Histogram>,
    pub facets: Vec<Facet>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Microseconds.
    pub interval: i64,
    /// The buckets that hold anything, oldest first.
    pub buckets: Vec<Bucket>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Microseconds.
    pub start: i64,
    pub count: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facet {
    pub field: String,
    /// The most frequent values, most frequent first.
    pub values: Vec<FacetValue>,
    /// How many different values there are.
    pub distinct: u64,
    /// Events without the field.
    pub missing: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    pub value: String,
    pub count: u64,
}

/// The counts of one or more units.
#[derive(Default)]
struct Tally {
    total: u64,
    buckets: HashMap<i64, u64>,
    facets: Vec<FacetTally>,
}

#[derive(Default, Clone)]
struct FacetTally {
    counts: HashMap<String, u64>,
    missing: u64,
}

impl FacetTally {
    fn add(&mut self, value: &str, count: u64) {
        match self.counts.get_mut(value) {
            Some(sum) => *sum += count,
            None => drop(self.counts.insert(value.to_owned(), count)),
        }
    }
}

impl Searcher {
    /// Counts the events of a scope.
    pub async fn count(&self, scope: &Scope) -> Result<u64> {
        let query =
            SummaryQuery { scope: scope.clone(), interval: None, facets: Vec::new(), top: 0 };
        Ok(self.summary(&query).await?.total)
    }

    /// Counts the events of a scope, over time and by value.
    pub async fn summary(&self, query: &SummaryQuery) -> Result<Summary> {
        let units = plan::units(self, &query.scope).await?;
        let (searcher, query_for_tasks) = (self.clone(), query.clone());
        let tallies = futures::stream::iter(units)
            .map(move |unit| {
                let (searcher, query) = (searcher.clone(), query_for_tasks.clone());
                tokio::spawn(async move { tally(&searcher, &query, &unit).await })
            })
            .buffer_unordered(crate::parallelism())
            .map(|joined| joined.expect("a search task never panics"))
            .try_fold(Tally::default(), |sum, tally| async { Ok(merge(sum, tally)) })
            .await?;
        Ok(summarise(tallies, query))
    }

    /// The first and last event time of a scope's tables, microseconds.
    pub fn time(&self) -> Option<(i64, i64)> {
        let times = || self.tables.iter().filter_map(|table| table.time());
        Some((times().map(|t| t.0).min()?, times().map(|t| t.1).max()?))
    }
}

/// The shortest usual interval that covers the span in at most so many buckets.
pub fn interval_for(span: i64, buckets: i64) -> i64 {
    const STEPS: [i64; 17] = [
        time::SECOND,
        5 * time::SECOND,
        10 * time::SECOND,
        30 * time::SECOND,
        time::MINUTE,
        5 * time::MINUTE,
        10 * time::MINUTE,
        15 * time::MINUTE,
        30 * time::MINUTE,
        time::HOUR,
        2 * time::HOUR,
        3 * time::HOUR,
        6 * time::HOUR,
        12 * time::HOUR,
        time::DAY,
        7 * time::DAY,
        30 * time::DAY,
    ];
    let fits = |step: &i64| span / step < buckets.clamp(1, BUCKETS_MAX);
    STEPS.into_iter().find(fits).unwrap_or(365 * time::DAY)
}

async fn tally(searcher: &Searcher, query: &SummaryQuery, unit: &Unit) -> Result<Tally> {
    let fits = evaluate::rows(searcher, unit, &query.scope).await?;
    let mut tally = Tally { total: fits.count_set_bits() as u64, ..Tally::default() };
    tally.facets = vec![FacetTally::default(); query.facets.len()];
    if tally.total == 0 {
        return Ok(tally);
    }
    let mut names: Vec<&'static str> = query.facets.iter().filter_map(column_name).collect();
    if query.interval.is_some() {
        names.push(Field::CreationTime.name());
    }
    let columns = unit.columns(&searcher.cache, &names).await?;
    if let Some(interval) = query.interval
        && let Column::Time(times) = columns[Field::CreationTime.name()].as_ref()
    {
        count_times(times, &fits, interval, &mut tally.buckets);
    }
    let mut paths = Vec::new();
    for (index, name) in query.facets.iter().enumerate() {
        match name {
            Name::Column(field) => {
                count_column(&columns[field.name()], &fits, &mut tally.facets[index]);
            }
            Name::Path(path) => paths.push((index, path.as_str())),
        }
    }
    if !paths.is_empty() {
        count_paths(searcher, unit, &fits, &paths, &mut tally.facets).await?;
    }
    Ok(tally)
}

/// Rows lie in order of time, or each person's do, so the bucket changes seldom.
fn count_times(
    times: &TimestampMicrosecondArray,
    fits: &BooleanBuffer,
    interval: i64,
    buckets: &mut HashMap<i64, u64>,
) {
    let (mut bucket, mut start, mut count) = (0, i64::MAX, 0);
    for row in fits.set_indices().filter(|row| times.is_valid(*row)) {
        let time = times.value(row);
        if time < start || time - start >= interval {
            *buckets.entry(bucket).or_default() += count;
            bucket = time.div_euclid(interval);
            (start, count) = (bucket * interval, 0);
        }
        count += 1;
    }
    *buckets.entry(bucket).or_default() += count;
    buckets.retain(|_, count| *count > 0);
}

fn column_name(name: &Name) -> Option<&'static str> {
    match name {
        Name::Column(field) => Some(field.name()),
        Name::Path(_) => None,
    }
}

fn count_column(column: &Column, fits: &BooleanBuffer, tally: &mut FacetTally) {
    match column {
        Column::Coded { codes, values } => {
            let mut counts = vec![0u64; values.len() + 1];
            let all = fits.count_set_bits() == fits.len();
            match codes {
                Codes::Byte(codes) => count_codes(codes, fits, all, &mut counts),
                Codes::Short(codes) => count_codes(codes, fits, all, &mut counts),
                Codes::Long(codes) => count_codes(codes, fits, all, &mut counts),
            }
            tally.missing += counts[values.len()];
            for (code, count) in counts[..values.len()].iter().enumerate() {
                if *count > 0 {
                    tally.add(values.value(code), *count);
                }
            }
        }
        Column::Int(array) => {
            for row in fits.set_indices() {
                match array.is_valid(row) {
                    true => tally.add(&array.value(row).to_string(), 1),
                    false => tally.missing += 1,
                }
            }
        }
        Column::Time(array) => {
            for row in fits.set_indices() {
                match array.is_valid(row) {
                    true => tally.add(&time::iso_text(array.value(row)), 1),
                    false => tally.missing += 1,
                }
            }
        }
    }
}

fn count_codes<C: Copy + Into<u32>>(
    codes: &[C],
    fits: &BooleanBuffer,
    all: bool,
    counts: &mut [u64],
) {
    match all {
        true => codes.iter().for_each(|code| counts[(*code).into() as usize] += 1),
        false => fits.set_indices().for_each(|row| counts[codes[row].into() as usize] += 1),
    }
}

async fn count_paths(
    searcher: &Searcher,
    unit: &Unit,
    fits: &BooleanBuffer,
    paths: &[(usize, &str)],
    tallies: &mut [FacetTally],
) -> Result<()> {
    let mut raw = RawRows::read(unit, fits).await?;
    while let Some(batch) = raw.next().await? {
        for (_, bytes) in batch.iter() {
            let body = (searcher.body)(bytes);
            for (index, path) in paths {
                count_path(&body, path, &mut tallies[*index]);
            }
        }
    }
    Ok(())
}

/// Each different value of a record counts once.
fn count_path(body: &Value, path: &str, tally: &mut FacetTally) {
    let mut values: Vec<String> = Vec::new();
    resolve(body, path, &mut |value| {
        let text = match value.as_text() {
            Some(text) => Some(text.into_owned()),
            None if value.is_null() => None,
            None => serde_json::to_string(value).ok(),
        };
        values.extend(text);
        false
    });
    if values.is_empty() {
        tally.missing += 1;
    }
    values.sort_unstable();
    values.dedup();
    values.iter().for_each(|value| tally.add(value, 1));
}

fn merge(mut sum: Tally, next: Tally) -> Tally {
    sum.total += next.total;
    for (bucket, count) in next.buckets {
        *sum.buckets.entry(bucket).or_default() += count;
    }
    if sum.facets.is_empty() {
        sum.facets = next.facets;
        return sum;
    }
    for (sum, next) in sum.facets.iter_mut().zip(next.facets) {
        sum.missing += next.missing;
        for (value, count) in next.counts {
            *sum.counts.entry(value).or_default() += count;
        }
    }
    sum
}

fn summarise(tally: Tally, query: &SummaryQuery) -> Summary {
    let histogram = query.interval.map(|interval| {
        let mut buckets: Vec<Bucket> = tally
            .buckets
            .into_iter()
            .map(|(bucket, count)| Bucket { start: bucket * interval, count })
            .collect();
        buckets.sort_unstable_by_key(|bucket| bucket.start);
        Histogram { interval, buckets }
    });
    let mut tallies = tally.facets;
    tallies.resize(query.facets.len(), FacetTally::default());
    let facets = query
        .facets
        .iter()
        .zip(tallies)
        .map(|(name, tally)| facet(name, tally, query.top))
        .collect();
    Summary { total: tally.total, histogram, facets }
}

fn facet(name: &Name, tally: FacetTally, top: usize) -> Facet {
    let distinct = tally.counts.len() as u64;
    let mut values: Vec<FacetValue> =
        tally.counts.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
    values.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    values.truncate(top);
    let field = match name {
        Name::Column(field) => field.name().to_owned(),
        Name::Path(path) => path.clone(),
    };
    debug_assert!(FACETS.into_iter().all(is_coded), "facets are text columns");
    Facet { field, values, distinct, missing: tally.missing }
}
