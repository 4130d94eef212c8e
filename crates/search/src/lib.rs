//! Which events?
//!
//! [`query::parse`] reads the search language into a [`event::Filter`]; a [`Searcher`] answers it
//! from the tables' columns: rows ([`ListQuery`]), counts, a histogram and facets
//! ([`SummaryQuery`]), or one event by its key. [`sql`] runs read-only SQL over the same tables.

mod columns;
mod evaluate;
mod list;
mod plan;
pub mod query;
mod raw;
mod row;
pub mod sql;
mod summary;

use std::sync::Arc;

use event::{Filter, Value};
use store::Table;

pub use columns::Cache;
pub use list::{Cursor, ListQuery, Order};
pub use row::{BESIDE_RAW, Row};
pub use summary::interval_for;
pub use summary::{Bucket, FACETS, Facet, FacetValue, Histogram, Summary, SummaryQuery};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("data file: {0}")]
    Parquet(#[from] deltalake::parquet::errors::ParquetError),
    #[error("columns: {0}")]
    Arrow(#[from] deltalake::arrow::error::ArrowError),
    #[error("{0}")]
    Sql(String),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Reads a record's bytes into its tree, the way the decoder did; for quarantined bytes, their text.
pub type BodyReader = for<'a> fn(&'a [u8]) -> Value<'a>;

/// Units searched at once: one for each processor.
pub(crate) fn parallelism() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Answers searches over tables at one version.
#[derive(Clone)]
pub struct Searcher {
    tables: Arc<[Table]>,
    cache: Arc<Cache>,
    body: BodyReader,
    views: sql::ViewFinder,
}

/// Which rows a search looks at.
#[derive(Clone, Debug)]
pub struct Scope {
    pub filter: Filter,
    /// Look at the quarantined bytes instead of the events.
    pub quarantined: bool,
}

impl Scope {
    pub fn events(filter: Filter) -> Scope {
        Scope { filter, quarantined: false }
    }
}

impl Searcher {
    /// `cache` may be shared with earlier searchers: data files never change.
    pub fn new(tables: Vec<Table>, cache: Arc<Cache>, body: BodyReader) -> Searcher {
        Searcher { tables: tables.into(), cache, body, views: |_| None }
    }

    /// The same with views for SQL.
    pub fn with_views(self, views: sql::ViewFinder) -> Searcher {
        Searcher { views, ..self }
    }

    pub fn tables(&self) -> &[Table] {
        &self.tables
    }
}
