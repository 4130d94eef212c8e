//! What does SQL see?
//!
//! Two views over everything, `events` and `quarantine`. Their columns are those of
//! [`event::Field`], `EventDate` and `Raw`; names may be written in any case. Any other field of a
//! record is reached by `field(Raw, 'Parameters.ForwardTo')`, which gives the first value as text
//! and null where there is none. Beside them stand the views that a [`ViewFinder`] knows, with
//! columns for the members of some kind of record. Only queries are allowed.

mod field;
mod members;
mod rows;
mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use deltalake::datafusion::common::DataFusionError;
use deltalake::datafusion::execution::context::SQLOptions;
use deltalake::datafusion::logical_expr::ScalarUDF;
use deltalake::datafusion::prelude::{SessionConfig, SessionContext};
use event::{Field, Kind};
use futures::StreamExt;
use store::schema;

use self::field::FieldFunction;
use self::members::MembersFunction;
use self::rows::rows;
use crate::{Error, Result, Searcher};

pub use members::{Member, members};
pub use view::{From, Type, View, ViewColumn, ViewFinder};

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlColumn {
    /// As Microsoft writes it, where it is a field's name.
    pub name: String,
    /// Arrow's name of the type.
    pub kind: String,
}

impl Searcher {
    /// Runs a query and hands its rows over in batches until `take` answers false.
    /// `take` is called at least once, so that it learns the columns of an empty answer.
    pub async fn sql(
        &self,
        sql: &str,
        mut take: impl FnMut(&[SqlColumn], Vec<Vec<serde_json::Value>>) -> bool,
    ) -> Result<()> {
        let views = self.views_in(sql);
        let context = self.context(&views).await?;
        let options = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let frame =
            context.sql_with_options(&lower_quoted(sql, &views), options).await.map_err(explain)?;
        let mut stream = frame.execute_stream().await.map_err(explain)?;
        let columns: Vec<SqlColumn> = stream
            .schema()
            .fields()
            .iter()
            .map(|column| SqlColumn {
                name: microsoft_name(column.name(), &views),
                kind: column.data_type().to_string(),
            })
            .collect();
        let mut more = take(&columns, Vec::new());
        while more && let Some(batch) = stream.next().await {
            more = take(&columns, rows(&batch.map_err(explain)?)?);
        }
        Ok(())
    }

    /// The views that a query may mean. There are hundreds, so only these are made.
    fn views_in(&self, sql: &str) -> Vec<Arc<View>> {
        let words = sql.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let words: BTreeSet<String> = words.map(str::to_lowercase).collect();
        words.iter().filter_map(|word| (self.views)(word)).collect()
    }

    async fn context(&self, views: &[Arc<View>]) -> Result<SessionContext> {
        let mut config = SessionConfig::new().with_target_partitions(crate::parallelism());
        config.options_mut().execution.parquet.pushdown_filters = true;
        let context = SessionContext::new_with_config(config);
        context.register_udf(ScalarUDF::from(FieldFunction::new(self.body)));
        let mut parts = (Vec::new(), Vec::new());
        for (index, table) in self.tables.iter().enumerate() {
            let provider = table
                .delta()
                .table_provider()
                .build()
                .await
                .map_err(|error| Error::Sql(error.to_string()))?;
            let name = format!("table_{index}");
            context.register_table(name.as_str(), Arc::new(provider)).map_err(explain)?;
            // Where nothing is quarantined the test is spared.
            let clean = table.quarantined() == 0;
            let select = |condition| select(&name, &table.columns(), condition);
            parts.0.push(select(if clean { "" } else { "where \"Quarantine\" is null" }));
            parts.1.push(select("where \"Quarantine\" is not null"));
        }
        view(&context, "events", &parts.0).await?;
        view(&context, "quarantine", &parts.1).await?;
        for view in views {
            let members = MembersFunction::new(view.clone(), self.body);
            context.register_udf(ScalarUDF::from(members));
            context.sql(&view.sql()).await.map_err(explain)?;
        }
        Ok(context)
    }
}

/// SQL folds unquoted names to lower case, so the views' columns have lower-case names. A table that
/// nothing was written to for long may lack some.
fn select(table: &str, present: &[String], condition: &str) -> String {
    let column = |name: &str| match present.iter().any(|column| column == name) {
        true => format!("\"{name}\" as {}", name.to_lowercase()),
        false => format!("cast(null as {}) as {}", sql_type(name), name.to_lowercase()),
    };
    let columns: Vec<String> = column_names().map(column).collect();
    format!("select {} from {table} {condition}", columns.join(", "))
}

fn sql_type(column: &str) -> &'static str {
    match Field::named(column).map(Field::kind) {
        Some(Kind::Int) => "bigint",
        Some(Kind::Time) => "timestamp",
        _ => "varchar",
    }
}

fn column_names() -> impl Iterator<Item = &'static str> {
    Field::ALL.into_iter().map(Field::name).chain([schema::EVENT_DATE, schema::RAW])
}

async fn view(context: &SessionContext, name: &str, parts: &[String]) -> Result<()> {
    let body = match parts {
        [] => empty(),
        parts => parts.join(" union all "),
    };
    let sql = format!("create view {name} as {body}");
    context.sql(&sql).await.map_err(explain)?;
    Ok(())
}

/// A store without tables has the columns all the same.
fn empty() -> String {
    let columns: Vec<String> = column_names()
        .map(|name| format!("cast(null as {}) as {}", sql_type(name), name.to_lowercase()))
        .collect();
    format!("select {} where false", columns.join(", "))
}

fn microsoft_name(name: &str, views: &[Arc<View>]) -> String {
    let mut of_views = views.iter().flat_map(|view| &view.columns).map(|column| &column.name);
    let of_view = of_views.find(|known| known.eq_ignore_ascii_case(name)).cloned();
    let stored = || column_names().find(|known| known.eq_ignore_ascii_case(name));
    of_view.unwrap_or_else(|| stored().unwrap_or(name).to_owned())
}

/// `"Operation"` in quotes means the column as well, in the case the views have it in; string
/// literals are left alone.
fn lower_quoted(sql: &str, views: &[Arc<View>]) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"']) {
        let quote = rest[at..].chars().next().expect("found");
        out.push_str(&rest[..at]);
        let inner = &rest[at + 1..];
        let Some(end) = inner.find(quote) else {
            rest = &rest[at..];
            break;
        };
        let quoted = &rest[at..at + end + 2];
        match quote == '"' && is_column(&inner[..end], views) {
            true => out.push_str(&quoted.to_lowercase()),
            false => out.push_str(quoted),
        }
        rest = &inner[end + 1..];
    }
    out.push_str(rest);
    out
}

fn is_column(name: &str, views: &[Arc<View>]) -> bool {
    let mut of_views = views.iter().flat_map(|view| &view.columns);
    column_names().any(|known| known.eq_ignore_ascii_case(name))
        || of_views.any(|column| column.name.eq_ignore_ascii_case(name))
}

/// DataFusion's words, with the way out for the usual slips.
fn explain(error: DataFusionError) -> Error {
    let text = error.strip_backtrace();
    let hint = if text.contains("No field named") {
        "; a field without a column is reached by field(Raw, 'Name')"
    } else if text.contains("table") && text.contains("not found") {
        "; the tables are events, quarantine and one for each RecordType: trail365 sql --views"
    } else if text.contains("not supported: ") || text.contains("not allowed") {
        "; only queries are allowed here"
    } else {
        ""
    };
    Error::Sql(format!("{}{hint}", first_line(&text)))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_columns_are_columns() {
        for (sql, out) in [
            (r#"select "Operation" from events"#, r#"select "operation" from events"#),
            (r#"select '"Operation"' from events"#, r#"select '"Operation"' from events"#),
            (r#"select count(*) as "How many""#, r#"select count(*) as "How many""#),
            ("select 'it''s'", "select 'it''s'"),
            ("select 'open", "select 'open"),
        ] {
            assert_eq!(lower_quoted(sql, &[]), out);
        }
    }
}
