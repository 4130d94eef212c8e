//! Which rows of a row group fit?
//!
//! Columns answer first, for all rows at once. What only the raw record can answer is left open:
//! each part of a filter yields the rows that fit for sure and those that possibly do. Only the
//! rows between the two are read as records, and each is then judged as the row evaluator would.

use std::sync::Arc;

use deltalake::arrow::array::{Array, PrimitiveArray};
use deltalake::arrow::buffer::BooleanBuffer;
use deltalake::arrow::datatypes::ArrowPrimitiveType;
use event::{Field, Filter, Name, Test};
use futures::future::BoxFuture;

use crate::columns::{Codes, Column, Unit, is_coded};
use crate::raw::{RawLeaf, RawRows};
use crate::{Result, Scope, Searcher, plan};

/// The rows that fit for sure, and those that fit for sure or possibly.
struct Verdict {
    sure: BooleanBuffer,
    possible: BooleanBuffer,
}

impl Verdict {
    fn known(rows: BooleanBuffer) -> Verdict {
        Verdict { sure: rows.clone(), possible: rows }
    }
}

/// The rows of the unit within the scope.
pub(crate) async fn rows(searcher: &Searcher, unit: &Unit, scope: &Scope) -> Result<BooleanBuffer> {
    let columns = Columns { searcher, unit };
    let kept = columns.in_scope(scope).await?;
    let verdict = columns.judge(&scope.filter).await?;
    let sure = &verdict.sure & &kept;
    let open = &(&verdict.possible & &kept) & &!&sure;
    if open.count_set_bits() == 0 {
        return Ok(sure);
    }
    let judged = columns.judge_raw(&scope.filter, &open).await?;
    Ok(&sure | &judged)
}

fn all(rows: usize, fit: bool) -> BooleanBuffer {
    match fit {
        true => BooleanBuffer::new_set(rows),
        false => BooleanBuffer::new_unset(rows),
    }
}

/// What a look at the filter costs: columns of few distinct values, other numbers, other texts, the
/// raw record.
fn cost(filter: &Filter) -> u8 {
    match filter {
        Filter::All => 0,
        Filter::And(filters) | Filter::Or(filters) => filters.iter().map(cost).max().unwrap_or(0),
        Filter::Not(filter) => cost(filter),
        Filter::Field(Name::Column(field), _) if field.is_facet() => 0,
        Filter::Field(Name::Column(field), _) if !is_coded(*field) => 1,
        Filter::Field(Name::Column(_), _) => 2,
        Filter::Field(Name::Path(_), _) | Filter::Text(_) => 3,
    }
}

/// A part of a list of filters.
enum Part<'f> {
    /// One of these tests of a column: the rows are gone through once for all of them.
    Any(Field, Vec<&'f Test>),
    Other(&'f Filter),
}

/// The cheap ones first.
fn parts(filters: &[Filter], is_and: bool) -> Vec<Part<'_>> {
    let mut sorted: Vec<&Filter> = filters.iter().collect();
    sorted.sort_by_key(|filter| cost(filter));
    let mut parts: Vec<Part> = Vec::new();
    for filter in sorted {
        let Filter::Field(Name::Column(field), test) = filter else {
            parts.push(Part::Other(filter));
            continue;
        };
        let same = parts.iter_mut().find_map(|part| match part {
            Part::Any(known, tests) if known == field && !is_and => Some(tests),
            _ => None,
        });
        match same {
            Some(tests) => tests.push(test),
            None => parts.push(Part::Any(*field, vec![test])),
        }
    }
    parts
}

/// Judges filters by the columns of a unit, each read when it is needed: most units have nothing of
/// what is sought, and the first column says so.
struct Columns<'u> {
    searcher: &'u Searcher,
    unit: &'u Unit,
}

impl Columns<'_> {
    async fn column(&self, field: Field) -> Result<Arc<Column>> {
        let mut columns = self.unit.columns(&self.searcher.cache, &[field.name()]).await?;
        Ok(columns.remove(field.name()).expect("the column asked for"))
    }

    async fn in_scope(&self, scope: &Scope) -> Result<BooleanBuffer> {
        let rows = self.unit.rows;
        if self.unit.file.quarantined == 0 {
            return Ok(all(rows, !scope.quarantined));
        }
        Ok(match self.column(Field::Quarantine).await?.as_ref() {
            Column::Coded { codes, values } => {
                let is_quarantined = |row| codes.get(row) != values.len();
                BooleanBuffer::collect_bool(rows, |row| is_quarantined(row) == scope.quarantined)
            }
            _ => unreachable!("reasons are text"),
        })
    }

    fn judge<'f>(&'f self, filter: &'f Filter) -> BoxFuture<'f, Result<Verdict>> {
        let rows = self.unit.rows;
        Box::pin(async move {
            Ok(match filter {
                Filter::All => Verdict::known(all(rows, true)),
                Filter::And(filters) => self.fold(filters, true).await?,
                Filter::Or(filters) => self.fold(filters, false).await?,
                Filter::Not(filter) => {
                    let inner = self.judge(filter).await?;
                    Verdict { sure: !&inner.possible, possible: !&inner.sure }
                }
                Filter::Field(Name::Column(field), test) => {
                    Verdict::known(self.fitting(*field, &[test]).await?)
                }
                Filter::Field(Name::Path(_), _) | Filter::Text(_) => {
                    Verdict { sure: all(rows, false), possible: all(rows, true) }
                }
            })
        })
    }

    /// The cheap ones first, until no row can fit any more, or every row does.
    async fn fold(&self, filters: &[Filter], is_and: bool) -> Result<Verdict> {
        let rows = self.unit.rows;
        let mut sum = Verdict::known(all(rows, is_and));
        for part in parts(filters, is_and) {
            let is_settled = match is_and {
                true => sum.possible.count_set_bits() == 0,
                false => sum.sure.count_set_bits() == rows,
            };
            if is_settled {
                break;
            }
            let next = match part {
                Part::Any(field, tests) => Verdict::known(self.fitting(field, &tests).await?),
                Part::Other(filter) => self.judge(filter).await?,
            };
            let (sure, possible) = match is_and {
                true => (&sum.sure & &next.sure, &sum.possible & &next.possible),
                false => (&sum.sure | &next.sure, &sum.possible | &next.possible),
            };
            sum = Verdict { sure, possible };
        }
        Ok(sum)
    }

    /// The rows whose column fits one of the tests.
    async fn fitting(&self, field: Field, tests: &[&Test]) -> Result<BooleanBuffer> {
        let rows = self.unit.rows;
        let is_within = |test: &&Test| plan::is_within(self.unit, test);
        if field == Field::CreationTime && tests.iter().any(is_within) {
            return Ok(all(rows, true));
        }
        Ok(column_rows(self.column(field).await?.as_ref(), tests, rows))
    }

    /// Judges the open rows by their records.
    async fn judge_raw(&self, filter: &Filter, open: &BooleanBuffer) -> Result<BooleanBuffer> {
        let tree = self.row_filter(filter).await?;
        let mut fits = vec![false; self.unit.rows];
        let mut raw = RawRows::read(self.unit, open).await?;
        while let Some(batch) = raw.next().await? {
            for (row, bytes) in batch.iter() {
                let mut leaf = RawLeaf::new(bytes, self.searcher.body);
                fits[row] = tree.holds(row, &mut leaf);
            }
        }
        Ok(BooleanBuffer::from(fits))
    }

    fn row_filter<'f>(&'f self, filter: &'f Filter) -> BoxFuture<'f, Result<RowFilter<'f>>> {
        Box::pin(async move {
            Ok(match filter {
                Filter::And(filters) => RowFilter::All(self.row_filters(filters).await?),
                Filter::Or(filters) => RowFilter::Any(self.row_filters(filters).await?),
                Filter::Not(filter) => RowFilter::Not(Box::new(self.row_filter(filter).await?)),
                Filter::All | Filter::Field(Name::Column(_), _) => {
                    RowFilter::Known(self.judge(filter).await?.sure)
                }
                Filter::Field(Name::Path(_), _) | Filter::Text(_) => RowFilter::Raw(filter),
            })
        })
    }

    /// What is known is asked first, the raw record last.
    async fn row_filters<'f>(&'f self, filters: &'f [Filter]) -> Result<Vec<RowFilter<'f>>> {
        let mut parts = Vec::with_capacity(filters.len());
        for filter in filters {
            parts.push(self.row_filter(filter).await?);
        }
        parts.sort_by_key(|part| !matches!(part, RowFilter::Known(_)));
        Ok(parts)
    }
}

fn column_rows(column: &Column, tests: &[&Test], rows: usize) -> BooleanBuffer {
    match column {
        Column::Coded { codes, values } => {
            let fits = |text: &str| tests.iter().any(|test| test.holds_for_text(text));
            // Each distinct value is judged once; the last place is for missing ones.
            let mut holds: Vec<bool> = values.iter().map(|text| text.is_some_and(fits)).collect();
            holds.push(false);
            if !holds.contains(&true) {
                return BooleanBuffer::new_unset(rows);
            }
            match codes {
                Codes::Byte(c) => BooleanBuffer::collect_bool(rows, |row| holds[c[row] as usize]),
                Codes::Short(c) => BooleanBuffer::collect_bool(rows, |row| holds[c[row] as usize]),
                Codes::Long(c) => BooleanBuffer::collect_bool(rows, |row| holds[c[row] as usize]),
            }
        }
        Column::Int(array) => {
            primitive_rows(array, |value| tests.iter().any(|test| test.holds_for_int(value)))
        }
        Column::Time(array) => {
            primitive_rows(array, |value| tests.iter().any(|test| test.holds_for_time(value)))
        }
    }
}

fn primitive_rows<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    holds: impl Fn(T::Native) -> bool,
) -> BooleanBuffer {
    let values = array.values();
    let fits = BooleanBuffer::collect_bool(values.len(), |row| holds(values[row]));
    match array.nulls() {
        Some(nulls) => &fits & nulls.inner(),
        None => fits,
    }
}

/// A filter whose column tests are answered already.
enum RowFilter<'f> {
    Known(BooleanBuffer),
    All(Vec<RowFilter<'f>>),
    Any(Vec<RowFilter<'f>>),
    Not(Box<RowFilter<'f>>),
    Raw(&'f Filter),
}

impl RowFilter<'_> {
    fn holds(&self, row: usize, leaf: &mut RawLeaf) -> bool {
        match self {
            RowFilter::Known(rows) => rows.value(row),
            RowFilter::All(parts) => parts.iter().all(|part| part.holds(row, leaf)),
            RowFilter::Any(parts) => parts.iter().any(|part| part.holds(row, leaf)),
            RowFilter::Not(part) => !part.holds(row, leaf),
            RowFilter::Raw(filter) => leaf.holds(filter),
        }
    }
}
