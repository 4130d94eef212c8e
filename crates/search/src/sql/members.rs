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
        let members = members(&self.view, body);
        let filled = members.len();
        for (cells, member) in columns.iter_mut().zip(members) {
            cells.push(member);
        }
        columns[filled..].iter_mut().for_each(Cells::nothing);
    }
}

/// A value of a column that only the record itself can fill.
#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    Text(String),
    Integer(i64),
    Boolean(bool),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
}

/// What a record holds in [`View::members`], in their order.
pub fn members(view: &View, body: &Value) -> Vec<Option<Member>> {
    let stored = view.columns.iter().filter_map(|column| match column.from {
        From::Column(field) => Some(field.name()),
        _ => None,
    });
    let mut shown: Vec<&str> = stored.collect();
    let mut members = Vec::new();
    let mut rest = None;
    for (index, column) in view.members().enumerate() {
        let mut found = None;
        match &column.from {
            From::Members { paths, kind } => {
                let path = paths.iter().find(|path| {
                    found = member(body, path, *kind);
                    found.is_some()
                });
                shown.extend(path.map(String::as_str));
            }
            _ => rest = Some(index),
        }
        members.push(found);
    }
    if let Some(index) = rest {
        members[index] = without(body, &shown).map(|left| Member::Text(json(&left)));
    }
    members
}

/// The first value at the path that fits.
fn member(body: &Value, path: &str, kind: Type) -> Option<Member> {
    let mut found = None;
    resolve(body, path, &mut |value| {
        found = fitting(value, kind);
        found.is_some()
    });
    found
}

fn fitting(value: &Value, kind: Type) -> Option<Member> {
    match kind {
        Type::Integer => value.as_int().map(Member::Integer),
        Type::Boolean => boolean(value).map(Member::Boolean),
        Type::Time => time::parse(&value.as_text()?).map(Member::Time),
        Type::Text => value.as_text().map(|text| Member::Text(text.into_owned())),
        Type::Json => match value.as_text() {
            Some(text) => Some(Member::Text(text.into_owned())),
            None if value.is_null() => None,
            None => Some(Member::Text(json(value))),
        },
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

    fn push(&mut self, member: Option<Member>) {
        match (self, member) {
            (Cells::Text(cells), Some(Member::Text(text))) => cells.append_value(text),
            (Cells::Integer(cells), Some(Member::Integer(value))) => cells.append_value(value),
            (Cells::Boolean(cells), Some(Member::Boolean(value))) => cells.append_value(value),
            (Cells::Time(cells), Some(Member::Time(micros))) => cells.append_value(micros),
            (cells, _) => cells.nothing(),
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
