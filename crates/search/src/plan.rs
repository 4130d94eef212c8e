//! Which row groups need a look?
//!
//! What a filter demands of every row (a span of time, the exact value of a pivot) rules out
//! files by their statistics and row groups by their bloom filters. This only ever leaves out what
//! cannot fit; [`crate::evaluate`] decides.

use deltalake::parquet::arrow::ParquetRecordBatchStreamBuilder;
use deltalake::parquet::file::statistics::Statistics;
use event::{Compare, Field, Filter, Key, Name, Test};
use store::{DataFile, FileReader, schema};

use crate::columns::{Unit, footer};
use crate::{Result, Scope, Searcher};

/// What every fitting row has.
#[derive(Debug, Default)]
pub(crate) struct Demands {
    /// Not before, in microseconds.
    from: Option<i64>,
    /// Not after, in microseconds.
    to: Option<i64>,
    values: Vec<(String, Value)>,
}

#[derive(Debug)]
enum Value {
    Text(String),
    Hash(i64),
}

impl Demands {
    pub(crate) fn of(filter: &Filter) -> Demands {
        let mut demands = Demands::default();
        demands.add(filter);
        demands
    }

    fn add(&mut self, filter: &Filter) {
        match filter {
            Filter::And(filters) => filters.iter().for_each(|filter| self.add(filter)),
            Filter::Field(Name::Column(Field::CreationTime), Test::Time(compare, micros)) => {
                self.add_time(*compare, *micros);
            }
            Filter::Field(Name::Column(field), test) => self.add_value(*field, test),
            _ => {}
        }
    }

    fn add_time(&mut self, compare: Compare, micros: i64) {
        match compare {
            Compare::Less | Compare::AtMost => {
                self.to = Some(self.to.map_or(micros, |to| to.min(micros)));
            }
            Compare::More | Compare::AtLeast => {
                self.from = Some(self.from.map_or(micros, |from| from.max(micros)));
            }
        }
    }

    fn add_value(&mut self, field: Field, test: &Test) {
        let exact = match test {
            Test::Matches(pattern) => pattern.folded(),
            _ => None,
        };
        let address = match test {
            Test::Within(network) => network.single(),
            _ => None,
        };
        let demand = match (field, exact, address) {
            (Field::Id, Some(id), _) => {
                Some((schema::ID_HASH.to_owned(), Value::Hash(Key::id_hash(id) as i64)))
            }
            (Field::ClientAddress, _, Some(ip)) => {
                Some((Field::ClientAddress.name().to_owned(), Value::Text(ip.to_string())))
            }
            (field, Some(text), _) if field.is_folded() => {
                Some((schema::folded_name(field), Value::Text(text.to_owned())))
            }
            _ => None,
        };
        self.values.extend(demand);
    }

    fn allow(&self, time: Option<(i64, i64)>) -> bool {
        match time {
            Some((first, last)) => {
                self.from.is_none_or(|from| last >= from) && self.to.is_none_or(|to| first <= to)
            }
            // Rows without a time fail every test on it.
            None => self.from.is_none() && self.to.is_none(),
        }
    }
}

/// The row groups that may hold rows of the scope, oldest first.
pub(crate) async fn units(searcher: &Searcher, scope: &Scope) -> Result<Vec<Unit>> {
    units_with(searcher, scope, &Demands::of(&scope.filter)).await
}

/// The row groups that may hold the key.
pub(crate) async fn units_with_key(
    searcher: &Searcher,
    scope: &Scope,
    key: Key,
) -> Result<Vec<Unit>> {
    let mut demands = Demands::of(&scope.filter);
    demands.values.push((schema::ID_HASH.to_owned(), Value::Hash(key.id as i64)));
    units_with(searcher, scope, &demands).await
}

async fn units_with(searcher: &Searcher, scope: &Scope, demands: &Demands) -> Result<Vec<Unit>> {
    let mut units = Vec::new();
    for (table, file) in files(searcher, scope, demands) {
        let footer = footer(&searcher.cache, table, file).await?;
        for (row_group, meta) in footer.metadata().row_groups().iter().enumerate() {
            let unit = Unit {
                table: table.clone(),
                file: file.clone(),
                row_group,
                rows: meta.num_rows() as usize,
                footer: footer.clone(),
            };
            if demands.allow(time_of(&unit)) && may_hold(&unit, demands).await? {
                units.push(unit);
            }
        }
    }
    Ok(units)
}

fn files<'s>(
    searcher: &'s Searcher,
    scope: &Scope,
    demands: &Demands,
) -> Vec<(&'s store::Table, &'s DataFile)> {
    let tables = searcher.tables.iter();
    let all = tables.flat_map(|table| table.files().iter().map(move |file| (table, file)));
    let mut files: Vec<_> = all
        .filter(|(_, file)| demands.allow(file.time))
        .filter(|(_, file)| match scope.quarantined {
            true => file.quarantined > 0,
            false => file.quarantined < file.rows,
        })
        .collect();
    files.sort_by_key(|(_, file)| (file.day, file.time));
    files
}

/// The first and last event time of a row group.
pub(crate) fn time_of(unit: &Unit) -> Option<(i64, i64)> {
    let group = unit.footer.metadata().row_group(unit.row_group);
    match group.column(Field::CreationTime as usize).statistics() {
        Some(Statistics::Int64(times)) => Some((*times.min_opt()?, *times.max_opt()?)),
        _ => unit.file.time,
    }
}

/// Has every row of the row group a time that fits, by its statistics?
pub(crate) fn is_within(unit: &Unit, test: &Test) -> bool {
    let group = unit.footer.metadata().row_group(unit.row_group);
    let Some(statistics) = group.column(Field::CreationTime as usize).statistics() else {
        return false;
    };
    let is_whole = statistics.null_count_opt() == Some(0);
    let fits = |(first, last)| test.holds_for_time(first) && test.holds_for_time(last);
    is_whole && matches!(test, Test::Time(..)) && time_of(unit).is_some_and(fits)
}

async fn may_hold(unit: &Unit, demands: &Demands) -> Result<bool> {
    if demands.values.is_empty() {
        return Ok(true);
    }
    let mut reader = unit.reader();
    for (column, value) in &demands.values {
        if !may_hold_value(unit, &mut reader, column, value).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn may_hold_value(
    unit: &Unit,
    reader: &mut ParquetRecordBatchStreamBuilder<FileReader>,
    column: &str,
    value: &Value,
) -> Result<bool> {
    let columns = unit.footer.metadata().file_metadata().schema_descr();
    let Some(index) = columns.columns().iter().position(|c| c.name() == column) else {
        return Ok(true);
    };
    let bloom = reader.get_row_group_column_bloom_filter(unit.row_group, index).await?;
    Ok(match (bloom, value) {
        (None, _) => true,
        (Some(bloom), Value::Text(text)) => bloom.check(&text.as_str()),
        (Some(bloom), Value::Hash(hash)) => bloom.check(hash),
    })
}
