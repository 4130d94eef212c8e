//! Which rows, in what order?
//!
//! Days are disjoint in time, so a listing goes day by day and stops at its limit; within a day
//! the fitting rows are sorted by time, then by key, so that a page can be taken up again after
//! files were merged.

use std::collections::BTreeMap;

use deltalake::arrow::array::Array;
use deltalake::arrow::buffer::BooleanBuffer;
use event::{Field, Key};
use futures::{StreamExt, TryStreamExt};
use store::schema;

use crate::columns::{Column, Unit};
use crate::row::{self, Row, Wanted};
use crate::{Filter, Result, Scope, Searcher, evaluate, plan};

/// Rows read and handed over at once.
const BATCH_ROWS: usize = 4096;
/// The same of a scan, which reads most of what it comes to: whole rows, and some columns of them.
const SCAN_ROWS: usize = 16_384;
const SCAN_COLUMN_ROWS: usize = 131_072;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    NewestFirst,
    OldestFirst,
}

/// The place of a row in a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// Microseconds; rows without a time are older than any.
    pub time: i64,
    pub key: Key,
}

impl Cursor {
    fn of(row: &Row) -> Cursor {
        Cursor { time: row.time(Field::CreationTime).unwrap_or(i64::MIN), key: row.key }
    }
}

#[derive(Clone, Debug)]
pub struct ListQuery {
    pub scope: Scope,
    pub order: Order,
    /// `None` for all rows.
    pub limit: Option<usize>,
    /// Begin after this row.
    pub after: Option<Cursor>,
}

/// How rows of a scan are read.
#[derive(Clone, Copy)]
struct Part {
    wanted: Wanted,
    /// How many at once.
    rows: usize,
}

/// A day of a scan: its first rows, and where the rest lies.
struct Day {
    first: Vec<Row>,
    units: Vec<Unit>,
    rest: Vec<Hit>,
}

/// By day, oldest first.
fn days(units: Vec<Unit>) -> BTreeMap<i32, Vec<Unit>> {
    let mut days: BTreeMap<i32, Vec<Unit>> = BTreeMap::new();
    for unit in units {
        days.entry(unit.file.day).or_default().push(unit);
    }
    days
}

struct Hit {
    cursor: Cursor,
    unit: usize,
    row: usize,
}

impl Searcher {
    /// Hands the rows over in order, some thousand at a time, until `take` answers false.
    pub async fn list(&self, query: &ListQuery, take: impl FnMut(Vec<Row>) -> bool) -> Result<()> {
        let mut take = take;
        let mut left = query.limit.unwrap_or(usize::MAX);
        let mut days: Vec<Vec<Unit>> =
            days(plan::units(self, &query.scope).await?).into_values().collect();
        if query.order == Order::NewestFirst {
            days.reverse();
        }
        for units in days {
            let hits = self.hits(query, &units, left).await?;
            left -= hits.len();
            for hits in hits.chunks(BATCH_ROWS) {
                if !take(read_hits(&units, hits, Wanted::All).await?) {
                    return Ok(());
                }
            }
            if left == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Hands over all rows, the oldest first, in large batches: some columns of each, or its raw
    /// bytes with what they do not say themselves ([`BESIDE_RAW`]). Days are read side by side.
    pub async fn scan(
        &self,
        scope: &Scope,
        columns: Option<&'static [Field]>,
        mut take: impl FnMut(Vec<Row>),
    ) -> Result<()> {
        let part = match columns {
            Some(columns) => Part { wanted: Wanted::Columns(columns), rows: SCAN_COLUMN_ROWS },
            None => Part { wanted: Wanted::Raw, rows: SCAN_ROWS },
        };
        let days = days(plan::units(self, scope).await?);
        let mut days = futures::stream::iter(days.into_values())
            .map(|units| {
                let (searcher, scope) = (self.clone(), scope.clone());
                tokio::spawn(async move { searcher.day(&scope, units, part).await })
            })
            .buffered(crate::parallelism());
        while let Some(day) = days.next().await {
            let Day { first, units, rest } = day.expect("a search task never panics")?;
            take(first);
            for hits in rest.chunks(part.rows) {
                take(read_hits(&units, hits, part.wanted).await?);
            }
        }
        Ok(())
    }

    /// Where the hits are few they are read at once and sorted then: their places in the order of
    /// time cost a look at three columns of every row of the day.
    async fn day(&self, scope: &Scope, units: Vec<Unit>, part: Part) -> Result<Day> {
        let tasks = futures::stream::iter(units.clone()).map(|unit| {
            let (searcher, scope) = (self.clone(), scope.clone());
            tokio::spawn(async move { evaluate::rows(&searcher, &unit, &scope).await })
        });
        let fitting: Vec<BooleanBuffer> = tasks
            .buffered(crate::parallelism())
            .map(|joined| joined.expect("a search task never panics"))
            .try_collect()
            .await?;
        if fitting.iter().map(BooleanBuffer::count_set_bits).sum::<usize>() <= part.rows {
            let mut first = Vec::new();
            for (unit, fits) in units.iter().zip(&fitting) {
                first.extend(row::read(unit, fits, part.wanted).await?);
            }
            first.sort_unstable_by_key(Cursor::of);
            return Ok(Day { first, units, rest: Vec::new() });
        }
        let mut hits = Vec::new();
        for (index, (unit, fits)) in units.iter().zip(&fitting).enumerate() {
            hits.extend(unit_hits(self, unit, index, fits).await?);
        }
        sort(&mut hits, Order::OldestFirst, usize::MAX);
        let rest = hits.split_off(part.rows);
        let first = read_hits(&units, &hits, part.wanted).await?;
        Ok(Day { first, units, rest })
    }

    /// All rows of a listing in memory: for small limits.
    pub async fn page(&self, query: &ListQuery) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.list(query, |batch| {
            rows.extend(batch);
            true
        })
        .await?;
        Ok(rows)
    }

    /// The event with this key, quarantined or not.
    pub async fn event(&self, key: Key) -> Result<Option<Row>> {
        for quarantined in [false, true] {
            let scope = Scope { filter: Filter::All, quarantined };
            for unit in plan::units_with_key(self, &scope, key).await? {
                let found = key_rows(self, &unit, key).await?;
                if let Some(row) = row::read(&unit, &found, Wanted::All).await?.into_iter().next() {
                    return Ok(Some(row));
                }
            }
        }
        Ok(None)
    }

    async fn hits(&self, query: &ListQuery, units: &[Unit], limit: usize) -> Result<Vec<Hit>> {
        let (searcher, query_for_tasks) = (self.clone(), query.clone());
        let units: Vec<(usize, Unit)> = units.iter().cloned().enumerate().collect();
        let found: Vec<Vec<Hit>> = futures::stream::iter(units)
            .map(move |(index, unit)| {
                let (searcher, query) = (searcher.clone(), query_for_tasks.clone());
                tokio::spawn(
                    async move { first_hits(&searcher, &query, &unit, index, limit).await },
                )
            })
            .buffered(crate::parallelism())
            .map(|joined| joined.expect("a search task never panics"))
            .try_collect()
            .await?;
        let mut hits: Vec<Hit> = found.into_iter().flatten().collect();
        sort(&mut hits, query.order, limit);
        Ok(hits)
    }
}

/// The first `limit` hits, in order.
fn sort(hits: &mut Vec<Hit>, order: Order, limit: usize) {
    let by = |a: &Hit, b: &Hit| match order {
        Order::OldestFirst => a.cursor.cmp(&b.cursor),
        Order::NewestFirst => b.cursor.cmp(&a.cursor),
    };
    if limit < hits.len() {
        hits.select_nth_unstable_by(limit, by);
        hits.truncate(limit);
    }
    hits.sort_unstable_by(by);
}

/// The first hits of a unit after the query's cursor, in order.
async fn first_hits(
    searcher: &Searcher,
    query: &ListQuery,
    unit: &Unit,
    index: usize,
    limit: usize,
) -> Result<Vec<Hit>> {
    let fits = evaluate::rows(searcher, unit, &query.scope).await?;
    let mut hits = unit_hits(searcher, unit, index, &fits).await?;
    if let Some(after) = query.after {
        hits.retain(|hit| follows(hit.cursor, after, query.order));
    }
    sort(&mut hits, query.order, limit);
    Ok(hits)
}

/// Where the fitting rows of a unit stand.
async fn unit_hits(
    searcher: &Searcher,
    unit: &Unit,
    index: usize,
    fits: &BooleanBuffer,
) -> Result<Vec<Hit>> {
    if fits.count_set_bits() == 0 {
        return Ok(Vec::new());
    }
    let names = [Field::CreationTime.name(), schema::ID_HASH, schema::CONTENT_HASH];
    let columns = unit.columns(&searcher.cache, &names).await?;
    let long = |name, row| match columns[name].as_ref() {
        Column::Int(values) => values.value(row) as u64,
        _ => unreachable!("keys are integers"),
    };
    let time = |row| match columns[Field::CreationTime.name()].as_ref() {
        Column::Time(times) if times.is_valid(row) => times.value(row),
        _ => i64::MIN,
    };
    let cursor = |row| Cursor {
        time: time(row),
        key: Key { id: long(schema::ID_HASH, row), content: long(schema::CONTENT_HASH, row) },
    };
    Ok(fits.set_indices().map(|row| Hit { cursor: cursor(row), unit: index, row }).collect())
}

fn follows(cursor: Cursor, after: Cursor, order: Order) -> bool {
    match order {
        Order::NewestFirst => cursor < after,
        Order::OldestFirst => cursor > after,
    }
}

async fn read_hits(units: &[Unit], hits: &[Hit], parts: Wanted) -> Result<Vec<Row>> {
    let mut by_unit: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (place, hit) in hits.iter().enumerate() {
        by_unit.entry(hit.unit).or_default().push((hit.row, place));
    }
    let mut rows: Vec<Option<Row>> = hits.iter().map(|_| None).collect();
    for (unit, mut wanted) in by_unit {
        wanted.sort_unstable();
        let mut bits = vec![false; units[unit].rows];
        wanted.iter().for_each(|(row, _)| bits[*row] = true);
        let read = row::read(&units[unit], &BooleanBuffer::from(bits), parts).await?;
        for (row, (_, place)) in read.into_iter().zip(wanted) {
            rows[place] = Some(row);
        }
    }
    Ok(rows.into_iter().flatten().collect())
}

async fn key_rows(searcher: &Searcher, unit: &Unit, key: Key) -> Result<BooleanBuffer> {
    let columns = unit.columns(&searcher.cache, &[schema::ID_HASH, schema::CONTENT_HASH]).await?;
    let is = |name, row, value: u64| match columns[name].as_ref() {
        Column::Int(values) => values.value(row) == value as i64,
        _ => false,
    };
    Ok(BooleanBuffer::collect_bool(unit.rows, |row| {
        is(schema::ID_HASH, row, key.id) && is(schema::CONTENT_HASH, row, key.content)
    }))
}
