//! `field(Raw, path)`: any field of a record, as text.

use std::sync::Arc;

use deltalake::arrow::array::{AsArray, StringBuilder};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::DataType;
use deltalake::datafusion::common::{DataFusionError, ScalarValue};
use deltalake::datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use event::{Value, resolve};

use crate::BodyReader;

/// The function.
#[derive(Debug)]
pub(super) struct FieldFunction {
    signature: Signature,
    body: BodyReader,
}

impl FieldFunction {
    pub(super) fn new(body: BodyReader) -> FieldFunction {
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
