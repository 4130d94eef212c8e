//! How do an answer's rows look outside of Arrow?

use deltalake::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use deltalake::arrow::util::display::{ArrayFormatter, FormatOptions};
use event::time;

use crate::Result;

/// The rows of a batch, each a list of JSON values.
pub(super) fn rows(batch: &RecordBatch) -> Result<Vec<Vec<serde_json::Value>>> {
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
