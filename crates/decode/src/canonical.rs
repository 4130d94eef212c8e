//! In what form are two exports of one record the same?
//!
//! A record of the audit schema is the same JSON in every export of it. Other records are not: a
//! table writes `"3/4/2026 9:15:42 AM"`, `"True"` and `""` where JSON has a date, `true` and `null`,
//! PowerShell writes `CreatedDateTime` where Graph writes `createdDateTime`, and each adds members
//! that tell of the export alone. [`of`] takes all that away, so that the content of a record gives
//! one key. It takes away nothing by which two events could differ: where one export tells more
//! than another (a fraction of a second, the values beside the names), they stay two records.

use std::borrow::Cow;

use event::{Value, time};

/// The canonical form of a record that is not of the audit schema.
pub fn of<'a>(body: &Value<'a>) -> Value<'a> {
    if let Some(row) = message_trace(body) {
        return row;
    }
    match body {
        Value::Object(record) => Value::Object(members(record)),
        other => canonical(other).unwrap_or(Value::Null),
    }
}

/// What an export says of itself: a remote session's members, the state of PowerShell's object.
const OF_THE_EXPORT: [&str; 6] =
    ["pscomputername", "runspaceid", "psshowcomputername", "isvalid", "objectstate", "__metadata"];

/// Members of one meaning: as the XML of Exchange has them, and as its cmdlets do.
const SYNONYMS: [(&str, &str); 3] = [
    ("logonuserdn", "logonuserdisplayname"),
    ("owner", "mailboxresolvedownername"),
    ("cmdlet", "cmdletname"),
];

fn members<'a>(members: &[(Cow<'a, str>, Value<'a>)]) -> Vec<(Cow<'a, str>, Value<'a>)> {
    let mut kept = Vec::with_capacity(members.len());
    for (name, value) in members {
        let name = name.trim().to_ascii_lowercase();
        // Notes of OData and of the Exchange administration interface on a type stand beside it.
        if name.contains("odata.") || name.contains("@data.type") {
            continue;
        }
        if OF_THE_EXPORT.contains(&name.as_str()) {
            continue;
        }
        let synonym = SYNONYMS.iter().find(|(known, _)| *known == name);
        let name = synonym.map_or(Cow::Owned(name), |(_, name)| Cow::Borrowed(*name));
        if let Some(value) = canonical(value) {
            kept.push((name, value));
        }
    }
    kept
}

/// `None` for what says nothing.
fn canonical<'a>(value: &Value<'a>) -> Option<Value<'a>> {
    match value {
        Value::Null => None,
        Value::Bool(value) => Some(Value::Text(if *value { "true" } else { "false" }.into())),
        Value::Number(number) => Some(Value::Text(number.to_string().into())),
        Value::Text(text) => canonical_text(text).map(|text| Value::Text(text.into())),
        Value::List(items) => {
            let items: Vec<Value> = items.iter().filter_map(canonical).collect();
            (!items.is_empty()).then_some(Value::List(items))
        }
        Value::Object(inner) => {
            // ConvertTo-Json of Windows PowerShell writes some dates so.
            if let Some(Value::Text(date)) = value.get("value")
                && value.get("DateTime").is_some()
            {
                return canonical_text(date).map(|text| Value::Text(text.into()));
            }
            let inner = members(inner);
            (!inner.is_empty()).then_some(Value::Object(inner))
        }
    }
}

fn canonical_text(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text == "{}" {
        return None;
    }
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return Some(text.to_ascii_lowercase());
    }
    Some(instant(text).map_or_else(|| text.to_owned(), time::iso_text))
}

/// No spelling of a time is longer.
const TIME_BYTES_MAX: usize = 40;

fn instant(text: &str) -> Option<i64> {
    let may_be = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '/' | '\\'));
    (may_be && text.len() <= TIME_BYTES_MAX).then(|| time::parse(text))?
}

/// The members by which message traces of the cmdlets, the reporting service and Graph tell a row,
/// in the words of each.
const TRACE: [(&str, &[&str]); 9] = [
    ("trace", &["MessageTraceId", "id"]),
    ("message", &["MessageId"]),
    ("sender", &["SenderAddress"]),
    ("recipient", &["RecipientAddress"]),
    ("status", &["Status"]),
    ("subject", &["Subject"]),
    ("size", &["Size"]),
    ("from", &["FromIP"]),
    ("to", &["ToIP"]),
];

/// A row of a message trace is a message, a recipient and a status, whoever was asked for it and
/// from when to when. The message is known by its trace id, so a time to the second, which is all
/// that a table tells, does not make two of them one. `None` for any other record.
fn message_trace<'a>(body: &Value<'a>) -> Option<Value<'a>> {
    let received = body.get("Received").or_else(|| body.get("receivedDateTime"))?;
    let is_graph = body.get("receivedDateTime").is_some();
    body.get("RecipientAddress")?;
    let text = |value: &Value<'a>| match canonical(value) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    };
    let mut row = Vec::with_capacity(TRACE.len() + 1);
    for (name, sources) in TRACE {
        let mut values = sources.iter().filter(|source| is_graph || **source != "id");
        let value = values.find_map(|source| text(body.get(source)?));
        match (name, value) {
            ("trace", None) => return None,
            (_, None) => {}
            // Graph begins its words with small letters, and nobody means two by the case of an
            // address.
            ("sender" | "recipient" | "status", Some(value)) => {
                row.push((name.into(), Value::Text(value.to_lowercase().into())));
            }
            (_, Some(value)) => row.push((name.into(), Value::Text(value))),
        }
    }
    let micros = text(received).as_deref().and_then(time::parse)?;
    let second = time::short(micros - micros.rem_euclid(time::SECOND));
    row.push(("received".into(), Value::Text(second.into())));
    Some(Value::Object(row))
}
