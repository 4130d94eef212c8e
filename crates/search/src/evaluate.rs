//! Which rows of a row group fit?
//!
//! Columns answer first, for all rows at once. What only the raw record can answer is left open:
//! each part of a filter yields the rows that fit for sure and those that possibly do. Only the
//! rows between the two are read as records, and each is then judged as the row evaluator would.

use std::collections::HashMap;
use std::sync::Arc;

use deltalake::arrow::array::{Array, PrimitiveArray};
use deltalake::arrow::buffer::BooleanBuffer;
use deltalake::arrow::datatypes::ArrowPrimitiveType;
use event::{Field, Filter, Name, Test};

use crate::columns::{Codes, Column, Unit};
use crate::raw::{RawLeaf, RawRows};
use crate::{Result, Scope, Searcher};

type Columns = HashMap<&'static str, Arc<Column>>;

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
    let mut names = Vec::new();
    column_names(&scope.filter, &mut names);
    if unit.file.quarantined > 0 {
        names.push(Field::Quarantine.name());
    }
    let columns = unit.columns(&searcher.cache, &names).await?;
    let kept = in_scope(unit, &columns, scope);
    let verdict = judge(&scope.filter, &columns, unit.rows);
    let sure = &verdict.sure & &kept;
    let open = &(&verdict.possible & &kept) & &!&sure;
    if open.count_set_bits() == 0 {
        return Ok(sure);
    }
    let judged = judge_raw(searcher, unit, &scope.filter, &columns, &open).await?;
    Ok(&sure | &judged)
}

/// The columns a filter looks at.
fn column_names(filter: &Filter, names: &mut Vec<&'static str>) {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => {
            filters.iter().for_each(|filter| column_names(filter, names));
        }
        Filter::Not(filter) => column_names(filter, names),
        Filter::Field(Name::Column(field), _) if !names.contains(&field.name()) => {
            names.push(field.name());
        }
        _ => {}
    }
}

fn in_scope(unit: &Unit, columns: &Columns, scope: &Scope) -> BooleanBuffer {
    let all = |set| match set {
        true => BooleanBuffer::new_set(unit.rows),
        false => BooleanBuffer::new_unset(unit.rows),
    };
    let Some(Column::Coded { codes, values }) =
        columns.get(Field::Quarantine.name()).map(Arc::as_ref)
    else {
        return all(!scope.quarantined);
    };
    let missing = values.len();
    BooleanBuffer::collect_bool(unit.rows, |row| (codes.get(row) != missing) == scope.quarantined)
}

fn judge(filter: &Filter, columns: &Columns, rows: usize) -> Verdict {
    match filter {
        Filter::All => Verdict::known(BooleanBuffer::new_set(rows)),
        Filter::And(filters) => fold(filters, columns, rows, true),
        Filter::Or(filters) => fold(filters, columns, rows, false),
        Filter::Not(filter) => {
            let inner = judge(filter, columns, rows);
            Verdict { sure: !&inner.possible, possible: !&inner.sure }
        }
        Filter::Field(Name::Column(field), test) => {
            Verdict::known(column_rows(&columns[field.name()], test, rows))
        }
        Filter::Field(Name::Path(_), _) | Filter::Text(_) => {
            Verdict { sure: BooleanBuffer::new_unset(rows), possible: BooleanBuffer::new_set(rows) }
        }
    }
}

fn fold(filters: &[Filter], columns: &Columns, rows: usize, all: bool) -> Verdict {
    let start = match all {
        true => BooleanBuffer::new_set(rows),
        false => BooleanBuffer::new_unset(rows),
    };
    filters.iter().fold(Verdict::known(start), |sum, filter| {
        let next = judge(filter, columns, rows);
        match all {
            true => {
                Verdict { sure: &sum.sure & &next.sure, possible: &sum.possible & &next.possible }
            }
            false => {
                Verdict { sure: &sum.sure | &next.sure, possible: &sum.possible | &next.possible }
            }
        }
    })
}

fn column_rows(column: &Column, test: &Test, rows: usize) -> BooleanBuffer {
    match column {
        Column::Coded { codes, values } => {
            // Each distinct value is judged once; the last place is for missing ones.
            let mut holds: Vec<bool> =
                values.iter().map(|text| text.is_some_and(|t| test.holds_for_text(t))).collect();
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
        Column::Int(array) => primitive_rows(array, |value| test.holds_for_int(value)),
        Column::Time(array) => primitive_rows(array, |value| test.holds_for_time(value)),
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

/// Judges the open rows by their records.
async fn judge_raw(
    searcher: &Searcher,
    unit: &Unit,
    filter: &Filter,
    columns: &Columns,
    open: &BooleanBuffer,
) -> Result<BooleanBuffer> {
    let tree = RowFilter::new(filter, columns, unit.rows);
    let mut fits = vec![false; unit.rows];
    let mut raw = RawRows::read(unit, open).await?;
    while let Some(batch) = raw.next().await? {
        for (row, bytes) in batch.iter() {
            let mut leaf = RawLeaf::new(bytes, searcher.body);
            fits[row] = tree.holds(row, &mut leaf);
        }
    }
    Ok(BooleanBuffer::from(fits))
}

/// A filter whose column tests are answered already.
enum RowFilter<'f> {
    Known(BooleanBuffer),
    All(Vec<RowFilter<'f>>),
    Any(Vec<RowFilter<'f>>),
    Not(Box<RowFilter<'f>>),
    Raw(&'f Filter),
}

impl<'f> RowFilter<'f> {
    fn new(filter: &'f Filter, columns: &Columns, rows: usize) -> RowFilter<'f> {
        let many = |filters: &'f [Filter]| {
            let mut parts: Vec<RowFilter> =
                filters.iter().map(|filter| RowFilter::new(filter, columns, rows)).collect();
            // What is known is asked first, the raw record last.
            parts.sort_by_key(|part| !matches!(part, RowFilter::Known(_)));
            parts
        };
        match filter {
            Filter::And(filters) => RowFilter::All(many(filters)),
            Filter::Or(filters) => RowFilter::Any(many(filters)),
            Filter::Not(filter) => RowFilter::Not(Box::new(RowFilter::new(filter, columns, rows))),
            Filter::All | Filter::Field(Name::Column(_), _) => {
                RowFilter::Known(judge(filter, columns, rows).sure)
            }
            Filter::Field(Name::Path(_), _) | Filter::Text(_) => RowFilter::Raw(filter),
        }
    }

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
