//! `ConvertTo-Json`: one object, a list of them, or one after the other.

use event::{Number, Value};

use super::{Cell, Export, NUMBERS, OBJECT, Row};
use crate::retention::age_limit_text;

pub(super) fn read(text: &str, export: &mut Export) {
    let mut number = 0;
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(Value::List(items)) => {
                items.iter().for_each(|item| object(item, &mut number, export))
            }
            Ok(value) => match value.get("value") {
                Some(Value::List(items)) if value.get("AuditEnabled").is_none() => {
                    items.iter().for_each(|item| object(item, &mut number, export));
                }
                _ => object(&value, &mut number, export),
            },
            Err(error) => {
                // Where the next object begins nobody can tell.
                let why = format!("is no JSON, nor is what follows it read: {error}");
                return export.bad(format!("what follows object {number}"), why);
            }
        }
    }
}

fn object(value: &Value, number: &mut usize, export: &mut Export) {
    *number += 1;
    let place = format!("object {number}");
    match value {
        Value::Object(members) => {
            let cells = members.iter().map(|(name, value)| (name.to_string(), cell(value)));
            export.rows.push(Row { place, cells: cells.collect() });
        }
        _ => export.bad(place, "is no object"),
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Text(String::new()),
        Value::List(items) => list(items),
        Value::Object(_) => match (value.get("value"), value.get("Ticks")) {
            // A list that Windows PowerShell wrote with its count.
            (Some(Value::List(items)), _) => list(items),
            (Some(inner @ Value::Text(_)), _) => cell(inner),
            // A span: ticks are tenths of a microsecond.
            (_, Some(Value::Number(Number::Int(ticks)))) => Cell::Text(age_limit_text(ticks / 10)),
            _ => Cell::Unreadable(OBJECT),
        },
        scalar => Cell::Text(scalar.as_text().unwrap_or_default().into_owned()),
    }
}

fn list(items: &[Value]) -> Cell {
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item.get("Value").or_else(|| item.get("value")).unwrap_or(item) {
            Value::Text(text) => texts.push(text.to_string()),
            Value::Number(_) => return Cell::Unreadable(NUMBERS),
            _ => return Cell::Unreadable(OBJECT),
        }
    }
    Cell::List(texts)
}
