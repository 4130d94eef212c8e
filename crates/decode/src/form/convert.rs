//! How does a value of a record become a value of a document?

use std::net::IpAddr;

use event::{Address, Number, Value, time};
use serde_json::{Map, Value as Json};

/// A JSON object.
pub type Object = Map<String, Json>;

/// What a field of a schema may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Integer,
    Float,
    Boolean,
    /// ISO 8601 in UTC.
    Date,
    /// Milliseconds since 1970.
    Millis,
    /// ISO 8601 in UTC with three digits of the second, as Java's `SSS` expects.
    DateMillis,
    Ip,
    Ipv4,
    Ipv6,
    Email,
    Port,
    /// Anything.
    Json,
}

/// The value in the type of its field; `None` where it does not fit.
pub fn coerce(kind: Type, value: &Value) -> Option<Json> {
    match kind {
        Type::Json => Some(json(value)),
        Type::Integer => value.as_int().map(Json::from),
        Type::Float => float(value),
        Type::Boolean => boolean(value).map(Json::from),
        Type::Text => value.as_text().map(|text| Json::from(text.into_owned())),
        Type::Date => time::parse(&value.as_text()?).map(|micros| time::iso_text(micros).into()),
        Type::Millis => time::parse(&value.as_text()?).map(|micros| micros.div_euclid(1000).into()),
        Type::DateMillis => time::parse(&value.as_text()?).map(|micros| date_millis(micros).into()),
        Type::Ip => ip(value, |_| true),
        Type::Ipv4 => ip(value, IpAddr::is_ipv4),
        Type::Ipv6 => ip(value, IpAddr::is_ipv6),
        Type::Email => {
            value.as_text().filter(|text| is_email(text)).map(|text| Json::from(text.into_owned()))
        }
        Type::Port => {
            value.as_int().and_then(|port| u16::try_from(port).ok()).map(|port| port.into())
        }
    }
}

/// A value as it is. Members of one name, which a JSON object should not have, become a list.
pub fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => number_json(*number),
        Value::Text(text) => Json::String(text.to_string()),
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
        Value::Object(members) => {
            let mut object = Object::new();
            for (key, value) in members {
                gather(&mut object, key, json(value));
            }
            Json::Object(object)
        }
    }
}

/// The place of a member, filled if there was none. Unlike the map's own it takes no copy of the name
/// of a member that is there, as most are.
pub fn entry<'o>(object: &'o mut Object, name: &str, first: impl FnOnce() -> Json) -> &'o mut Json {
    if !object.contains_key(name) {
        object.insert(name.to_owned(), first());
    }
    object.get_mut(name).expect("a member that was just seen")
}

/// Adds a member; a second one of the same name makes both a list, so that none is lost.
pub fn gather(object: &mut Object, key: &str, value: Json) {
    use serde_json::map::Entry;
    match object.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(value);
        }
        Entry::Occupied(mut entry) => {
            let first = entry.get_mut().take();
            entry.insert(Json::Array(vec![first, value]));
        }
    }
}

/// Says nothing: null, empty, or the word the Azure services write for null.
pub fn is_missing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.trim().is_empty() || text == "<null>",
        _ => false,
    }
}

/// The text of a scalar of a document, as [`Value::as_text`] has it.
pub fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// `2026-01-24T06:54:24.500Z`.
pub fn date_millis(micros: i64) -> String {
    let second = micros.div_euclid(1_000_000) * 1_000_000;
    let millis = (micros - second) / 1000;
    let text = time::iso_text(second);
    format!("{}.{millis:03}Z", text.trim_end_matches('Z'))
}

fn ip(value: &Value, fits: impl Fn(&IpAddr) -> bool) -> Option<Json> {
    let found = Address::parse(&value.as_text()?)?.ip;
    fits(&found).then(|| found.to_string().into())
}

/// A number as JSON has it.
pub fn number_json(number: Number) -> Json {
    match number {
        Number::Int(value) => value.into(),
        Number::UInt(value) => value.into(),
        // JSON knows no infinity; its text keeps what was sent.
        Number::Float(value) => serde_json::Number::from_f64(value)
            .map_or_else(|| Json::String(value.to_string()), Json::Number),
    }
}

fn float(value: &Value) -> Option<Json> {
    let value = match value {
        Value::Number(number) => number.as_f64(),
        Value::Text(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    serde_json::Number::from_f64(value).map(Json::Number)
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The shape OCSF demands of an email_t; a name around the address is not part of it.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let local_fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+,-./=?^_`{|}~".contains(&b);
    let domain_fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    !local.is_empty()
        && local.bytes().all(local_fits)
        && domain.bytes().all(domain_fits)
        && domain.split_once('.').is_some_and(|(name, top)| !name.is_empty() && !top.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_type_of_their_field() {
        for (kind, value, expected) in [
            (Type::Integer, r#""4711""#, "4711"),
            (Type::Integer, r#""many""#, "-"),
            (Type::Boolean, r#""True""#, "true"),
            (Type::Boolean, "1", "-"),
            (Type::Ip, r#""[2001:DB8::1]:443""#, r#""2001:db8::1""#),
            (Type::Ip, r#""mail.contoso.example""#, "-"),
            (Type::Ipv4, r#""203.0.113.7:443""#, r#""203.0.113.7""#),
            (Type::Ipv4, r#""2001:db8::1""#, "-"),
            (Type::Ipv6, r#""203.0.113.7""#, "-"),
            (Type::Ipv6, r#""[2001:DB8::1]:443""#, r#""2001:db8::1""#),
            (Type::DateMillis, r#""2026-01-24T06:54:24""#, r#""2026-01-24T06:54:24.000Z""#),
            (Type::DateMillis, r#""2026-01-24T06:54:24.3616847""#, r#""2026-01-24T06:54:24.361Z""#),
            (Type::Date, r#""2026-01-24T06:54:24.5""#, r#""2026-01-24T06:54:24.500000Z""#),
            (Type::Millis, r#""2026-01-24T06:54:24.5""#, "1769237664500"),
            (Type::Email, r#""ann+x@contoso.example""#, r#""ann+x@contoso.example""#),
            (Type::Email, r#""Ann <ann@contoso.example>""#, "-"),
            (Type::Email, r#""ann@contoso""#, "-"),
            (Type::Port, "70000", "-"),
            (Type::Text, "[1]", "-"),
            (Type::Json, r#"{"a":1,"b":2,"a":3}"#, r#"{"a":[1,3],"b":2}"#),
        ] {
            let value = Value::from_json(value).unwrap();
            let found = coerce(kind, &value).map_or("-".to_owned(), |json| json.to_string());
            assert_eq!(found, expected, "{kind:?} {value:?}");
        }
    }
}
