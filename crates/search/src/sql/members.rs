//! What does a record hold in the columns of a view?
//!
//! One function a view reads a record once and gives all its members, typed, as a struct.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use deltalake::arrow::array::{
    ArrayRef, AsArray, BooleanBuilder, Int64Builder, StringBuilder, StructArray,
    TimestampMicrosecondBuilder,
};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{DataType, Field as ArrowField, Fields, TimeUnit};
use deltalake::datafusion::common::{DataFusionError, Result as SqlResult};
use deltalake::datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use event::{Value, resolve, time};

use super::view::{From, Type, View};
use crate::BodyReader;

/// `members_of_<view>(Raw)`.
#[derive(Debug)]
pub(super) struct MembersFunction {
    name: String,
    view: Arc<View>,
    fields: Fields,
    signature: Signature,
    body: BodyReader,
}

impl MembersFunction {
    pub(super) fn new(view: Arc<View>, body: BodyReader) -> MembersFunction {
        let field = |name: &str, kind| ArrowField::new(name.to_lowercase(), kind, true);
        let mut fields: Vec<ArrowField> =
            view.members().map(|it| field(&it.name, arrow_type(&it.from))).collect();
        if fields.is_empty() {
            // A struct has a member.
            fields.push(field("nothing", DataType::Utf8));
        }
        MembersFunction {
            name: view.function(),
            fields: fields.into(),
            signature: Signature::any(1, Volatility::Immutable),
            view,
            body,
        }
    }
}

// The name of a view says what it holds.
impl PartialEq for MembersFunction {
    fn eq(&self, other: &MembersFunction) -> bool {
        self.name == other.name
    }
}

impl Eq for MembersFunction {}

impl Hash for MembersFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for MembersFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> SqlResult<DataType> {
        Ok(DataType::Struct(self.fields.clone()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> SqlResult<ColumnarValue> {
        let [raw] = args.args.as_slice() else {
            return Err(DataFusionError::Plan(format!("{} takes Raw", self.name)));
        };
        let raw = cast(&raw.to_array(args.number_rows)?, &DataType::Binary)?;
        let mut columns: Vec<Cells> =
            self.fields.iter().map(|field| Cells::new(field.data_type())).collect();
        for bytes in raw.as_binary::<i32>() {
            match bytes {
                Some(bytes) => self.read(&(self.body)(bytes), &mut columns),
                None => columns.iter_mut().for_each(Cells::nothing),
            }
        }
        let arrays = columns.into_iter().map(Cells::finish).collect();
        Ok(ColumnarValue::Array(Arc::new(StructArray::try_new(self.fields.clone(), arrays, None)?)))
    }
}

impl MembersFunction {
    fn read(&self, body: &Value, columns: &mut [Cells]) {
        let mut shown: Vec<&str> = Vec::new();
        for column in &self.view.columns {
            if let From::Column(field) = column.from {
                shown.push(field.name());
            }
        }
        let mut rest = None;
        let mut filled = 0;
        for (index, column) in self.view.members().enumerate() {
            filled = index + 1;
            match &column.from {
                From::Members { paths, kind } => {
                    let path = paths.iter().find(|path| columns[index].take(body, path, *kind));
                    match path {
                        Some(path) => shown.push(path),
                        None => columns[index].nothing(),
                    }
                }
                _ => rest = Some(index),
            }
        }
        if let Some(index) = rest {
            columns[index].text(without(body, &shown).map(|left| json(&left)));
        }
        columns[filled..].iter_mut().for_each(Cells::nothing);
    }
}

fn arrow_type(from: &From) -> DataType {
    match from {
        From::Members { kind: Type::Integer, .. } => DataType::Int64,
        From::Members { kind: Type::Boolean, .. } => DataType::Boolean,
        From::Members { kind: Type::Time, .. } => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        _ => DataType::Utf8,
    }
}

/// A column being filled.
enum Cells {
    Text(StringBuilder),
    Integer(Int64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl Cells {
    fn new(kind: &DataType) -> Cells {
        match kind {
            DataType::Int64 => Cells::Integer(Int64Builder::new()),
            DataType::Boolean => Cells::Boolean(BooleanBuilder::new()),
            DataType::Timestamp(..) => {
                Cells::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            _ => Cells::Text(StringBuilder::new()),
        }
    }

    /// Takes the first value at the path that fits; tells whether there was one.
    fn take(&mut self, body: &Value, path: &str, kind: Type) -> bool {
        resolve(body, path, &mut |value| match self {
            Cells::Integer(cells) => value.as_int().map(|it| cells.append_value(it)).is_some(),
            Cells::Boolean(cells) => boolean(value).map(|it| cells.append_value(it)).is_some(),
            Cells::Time(cells) => {
                let micros = value.as_text().and_then(|text| time::parse(&text));
                micros.map(|it| cells.append_value(it)).is_some()
            }
            Cells::Text(cells) => {
                let text = value.as_text().map(|text| text.into_owned());
                let nested = || (kind == Type::Json && !value.is_null()).then(|| json(value));
                text.or_else(nested).map(|it| cells.append_value(it)).is_some()
            }
        })
    }

    fn text(&mut self, text: Option<String>) {
        if let Cells::Text(cells) = self {
            cells.append_option(text);
        }
    }

    fn nothing(&mut self) {
        match self {
            Cells::Text(cells) => cells.append_null(),
            Cells::Integer(cells) => cells.append_null(),
            Cells::Boolean(cells) => cells.append_null(),
            Cells::Time(cells) => cells.append_null(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Cells::Text(mut cells) => Arc::new(cells.finish()),
            Cells::Integer(mut cells) => Arc::new(cells.finish()),
            Cells::Boolean(mut cells) => Arc::new(cells.finish()),
            Cells::Time(mut cells) => Arc::new(cells.finish()),
        }
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        value => match value.as_text()?.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
    }
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).expect("a tree of JSON")
}

/// The record without what stands at these paths; `None` if nothing is left.
fn without<'v>(value: &Value<'v>, shown: &[&str]) -> Option<Value<'v>> {
    let Value::Object(members) = value else {
        return Some(value.clone());
    };
    let mut left = Vec::new();
    for (key, member) in members {
        let beneath: Vec<&str> = shown.iter().filter_map(|path| after(path, key)).collect();
        let kept = match (beneath.is_empty(), beneath.contains(&""), member) {
            (true, ..) => Some(member.clone()),
            (_, true, _) => None,
            (.., Value::Object(_)) => without(member, &beneath),
            _ => Some(member.clone()),
        };
        left.extend(kept.map(|kept| (key.clone(), kept)));
    }
    (!left.is_empty()).then_some(Value::Object(left))
}

/// What is left of a path beneath a member.
fn after<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    let beneath = path.get(key.len()..)?;
    if !path[..key.len()].eq_ignore_ascii_case(key) {
        return None;
    }
    match beneath.strip_prefix('.') {
        Some(rest) => Some(rest),
        None => beneath.is_empty().then_some(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_no_rest() {
        let record = r#"{"Id":"1","Folder":{"Path":"\\Inbox","Id":"f"},"X":[{"Y":1}],"folder":2}"#;
        let record = Value::from_json(record).unwrap();
        for (shown, left) in [
            (&["id"][..], r#"{"Folder":{"Path":"\\Inbox","Id":"f"},"X":[{"Y":1}],"folder":2}"#),
            (&["Id", "Folder.Path", "X.Y"], r#"{"Folder":{"Id":"f"},"X":[{"Y":1}],"folder":2}"#),
            (&["Id", "Folder.Path", "Folder.Id", "X"], r#"{"folder":2}"#),
        ] {
            assert_eq!(without(&record, shown).map(|it| json(&it)).as_deref(), Some(left));
        }
        assert_eq!(without(&record, &["ID", "FOLDER", "X"]), None);
    }

    #[test]
    fn truth_has_many_spellings() {
        for (text, value) in [("true", Some(true)), (r#""False""#, Some(false)), ("3", None)] {
            assert_eq!(boolean(&Value::from_json(text).unwrap()), value, "{text}");
        }
    }
}
