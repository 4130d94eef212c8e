//! What does SQL see?
//!
//! Two views, the same for every tenant: `events` and `quarantine`. Their columns are those of
//! [`event::Field`], `EventDate` and `Raw`; names may be written in any case. Any other field of a
//! record is reached by `field(Raw, 'Parameters.ForwardTo')`, which gives the first value as text
//! and null where there is none. Only queries are allowed.

use std::sync::Arc;

use deltalake::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringBuilder};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use deltalake::arrow::util::display::{ArrayFormatter, FormatOptions};
use deltalake::datafusion::common::{DataFusionError, ScalarValue};
use deltalake::datafusion::execution::context::SQLOptions;
use deltalake::datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use deltalake::datafusion::prelude::{SessionConfig, SessionContext};
use event::{Field, Kind, Value, resolve, time};
use futures::StreamExt;
use store::schema;

use crate::{BodyReader, Error, Result, Searcher};

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
        let context = self.context().await?;
        let options = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let frame =
            context.sql_with_options(&unquote_columns(sql), options).await.map_err(explain)?;
        let mut stream = frame.execute_stream().await.map_err(explain)?;
        let columns: Vec<SqlColumn> = stream
            .schema()
            .fields()
            .iter()
            .map(|column| SqlColumn {
                name: microsoft_name(column.name()),
                kind: column.data_type().to_string(),
            })
            .collect();
        let mut more = take(&columns, Vec::new());
        while more && let Some(batch) = stream.next().await {
            more = take(&columns, rows(&batch.map_err(explain)?)?);
        }
        Ok(())
    }

    async fn context(&self) -> Result<SessionContext> {
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

fn microsoft_name(name: &str) -> String {
    column_names().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name).to_owned()
}

/// `"Operation"` in quotes means the column as well; string literals are left alone.
fn unquote_columns(sql: &str) -> String {
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
        let known = column_names().any(|name| name.eq_ignore_ascii_case(&inner[..end]));
        match quote == '"' && known {
            true => out.push_str(&inner[..end]),
            false => out.push_str(&rest[at..at + end + 2]),
        }
        rest = &inner[end + 1..];
    }
    out.push_str(rest);
    out
}

/// DataFusion's words, with the way out for the usual slips.
fn explain(error: DataFusionError) -> Error {
    let text = error.strip_backtrace();
    let hint = if text.contains("No field named") {
        "; a field without a column is reached by field(Raw, 'Name')"
    } else if text.contains("table") && text.contains("not found") {
        "; the tables are events and quarantine"
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

/// `field(Raw, path)`.
#[derive(Debug)]
struct FieldFunction {
    signature: Signature,
    body: BodyReader,
}

impl FieldFunction {
    fn new(body: BodyReader) -> FieldFunction {
        FieldFunction { signature: Signature::any(2, Volatility::Immutable), body }
    }
}

// One reader serves a whole process, so two of these functions never differ.
impl PartialEq for FieldFunction {
    fn eq(&self, _: &FieldFunction) -> bool {
        true
    }
}

impl Eq for FieldFunction {}

impl std::hash::Hash for FieldFunction {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        "field".hash(state);
    }
}

impl ScalarUDFImpl for FieldFunction {
    fn name(&self) -> &str {
        "field"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> deltalake::datafusion::common::Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(
        &self,
        args: ScalarFunctionArgs,
    ) -> deltalake::datafusion::common::Result<ColumnarValue> {
        let [raw, path] = args.args.as_slice() else {
            return Err(DataFusionError::Plan("field takes Raw and a path".to_owned()));
        };
        let ColumnarValue::Scalar(
            ScalarValue::Utf8(Some(path)) | ScalarValue::Utf8View(Some(path)),
        ) = path
        else {
            return Err(DataFusionError::Plan(
                "field takes a path in quotes: field(Raw, 'Name')".to_owned(),
            ));
        };
        let raw = cast(&raw.to_array(args.number_rows)?, &DataType::Binary)?;
        let mut values = StringBuilder::new();
        for bytes in raw.as_binary::<i32>() {
            values.append_option(bytes.and_then(|bytes| first_value(&(self.body)(bytes), path)));
        }
        Ok(ColumnarValue::Array(Arc::new(values.finish())))
    }
}

fn first_value(body: &Value, path: &str) -> Option<String> {
    let mut found = None;
    resolve(body, path, &mut |value| {
        found = match value.as_text() {
            Some(text) => Some(text.into_owned()),
            None if value.is_null() => None,
            None => serde_json::to_string(value).ok(),
        };
        found.is_some()
    });
    found
}

fn rows(batch: &RecordBatch) -> Result<Vec<Vec<serde_json::Value>>> {
    let columns: Vec<Vec<serde_json::Value>> =
        batch.columns().iter().map(json_column).collect::<Result<_>>()?;
    Ok((0..batch.num_rows())
        .map(|row| columns.iter().map(|column| column[row].clone()).collect())
        .collect())
}

fn json_column(array: &ArrayRef) -> Result<Vec<serde_json::Value>> {
    let rows = 0..array.len();
    Ok(match array.data_type() {
        DataType::Int64 => {
            let values = array.as_primitive::<Int64Type>();
            rows.map(|row| values.is_valid(row).then(|| values.value(row)).into()).collect()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            rows.map(|row| values.is_valid(row).then(|| time::iso_text(values.value(row))).into())
                .collect()
        }
        DataType::Binary | DataType::BinaryView | DataType::LargeBinary => {
            let values = cast(array, &DataType::Binary)?;
            let values = values.as_binary::<i32>().clone();
            let text = |row| String::from_utf8_lossy(values.value(row)).into_owned();
            rows.map(|row| values.is_valid(row).then(|| text(row)).into()).collect()
        }
        DataType::Boolean => {
            let values = array.as_boolean();
            rows.map(|row| values.is_valid(row).then(|| values.value(row)).into()).collect()
        }
        kind if kind.is_numeric() => {
            let values = formatted(array)?;
            let number = |text: String| serde_json::from_str::<serde_json::Number>(&text).ok();
            values.into_iter().map(|text| text.and_then(number).into()).collect()
        }
        _ => formatted(array)?.into_iter().map(Into::into).collect(),
    })
}

fn formatted(array: &ArrayRef) -> Result<Vec<Option<String>>> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
    Ok((0..array.len())
        .map(|row| array.is_valid(row).then(|| formatter.value(row).to_string()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_columns_are_columns() {
        for (sql, out) in [
            (r#"select "Operation" from events"#, "select Operation from events"),
            (r#"select '"Operation"' from events"#, r#"select '"Operation"' from events"#),
            (r#"select count(*) as "How many""#, r#"select count(*) as "How many""#),
            ("select 'it''s'", "select 'it''s'"),
            ("select 'open", "select 'open"),
        ] {
            assert_eq!(unquote_columns(sql), out);
        }
    }
}
