//! What does the record say, with its codes in words?
//!
//! The record's tree as it is, and beside each number that the schema has a name for a member with
//! that name: `"LogonType": 2, "LogonTypeName": "Delegated"`, as the columns RecordType and
//! RecordTypeName. Numbers stay, because documentation and rules use them; nothing is renamed and
//! JSON text inside a text stays text.

use event::{Event, Value};
use serde_json::Map;

use crate::codes;
use crate::schema::{self, Class, SchemaField};

/// What follows a member's name in the name of its name.
const SUFFIX: &str = "Name";

/// The record as JSON, each code with its name beside it. A list of codes gets a list of names, with
/// the number where one has none. Of two members of one name the first counts, and a name that the
/// record itself gives stands. Quarantined bytes are their text.
pub fn decoded_json(event: &Event) -> serde_json::Value {
    let fields = match (event.int(event::Field::RecordType), event.body.get("RecordType")) {
        (Some(record_type), Some(_)) => schema::columns_of(record_type),
        // Graph's records follow another schema and name their codes themselves.
        _ => &[],
    };
    tree(&event.body, fields)
}

fn tree(value: &Value, fields: &[SchemaField]) -> serde_json::Value {
    match value {
        Value::Object(members) => {
            let mut object = Map::with_capacity(members.len());
            for (key, member) in members {
                if object.contains_key(key.as_ref()) {
                    continue;
                }
                let field = schema::named(fields, key);
                let inner = field.and_then(|field| field.kinds().find_map(schema::class_in));
                let inner: &[SchemaField] = inner.map_or(&[], |class: &Class| &class.fields);
                object.insert(key.to_string(), tree(member, inner));
                let named = format!("{key}{SUFFIX}");
                if let Some(name) = name_of(key, member, field)
                    && value.get(&named).is_none()
                {
                    object.insert(named, name);
                }
            }
            serde_json::Value::Object(object)
        }
        Value::List(items) => items.iter().map(|item| tree(item, fields)).collect(),
        scalar => serde_json::to_value(scalar).unwrap_or_default(),
    }
}

/// The name of a code, or a list of names; `None` where no part has one.
fn name_of(key: &str, value: &Value, field: Option<&SchemaField>) -> Option<serde_json::Value> {
    let name = |code: &Value| {
        let code = code.as_int()?;
        match field.and_then(schema::enumeration_of) {
            Some(enumeration) => schema::enum_name(enumeration, code),
            // Graph's status.errorCode, 0 for none.
            None if key == "errorCode" => codes::sign_in_error_name(code),
            None => None,
        }
    };
    match value {
        Value::List(codes) => {
            let names = codes.iter().map(|code| match name(code) {
                Some(name) => name.into(),
                None => tree(code, &[]),
            });
            codes.iter().any(|code| name(code).is_some()).then(|| names.collect())
        }
        code => Some(name(code)?.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use event::{Envelope, Provenance};

    use super::*;

    #[test]
    fn codes_get_their_names_beside_them() {
        for (record, expected) in [
            (
                r#"{"RecordType":2,"UserType":0,"LogonType":2,"InternalLogonType":"1","ResultStatus":"Succeeded"}"#,
                r#"{"RecordType":2,"RecordTypeName":"ExchangeItem","UserType":0,"UserTypeName":"Regular","LogonType":2,"LogonTypeName":"Delegated","InternalLogonType":"1","InternalLogonTypeName":"Admin","ResultStatus":"Succeeded"}"#,
            ),
            (
                r#"{"RecordType":25,"AddOnType":3,"Members":[{"UPN":"ann@contoso.example","Role":1},{"Role":9}]}"#,
                r#"{"RecordType":25,"RecordTypeName":"MicrosoftTeams","AddOnType":3,"AddOnTypeName":"Tab","Members":[{"UPN":"ann@contoso.example","Role":1,"RoleName":"Owner"},{"Role":9}]}"#,
            ),
            (
                r#"{"RecordType":66,"FormTypes":[1,9]}"#,
                r#"{"RecordType":66,"RecordTypeName":"MicrosoftForms","FormTypes":[1,9],"FormTypesName":["Quiz",9]}"#,
            ),
            (
                r#"{"RecordType":15,"ErrorNumber":"50126","ErrorNumberName":"own","Data":"{\"UserType\":0}"}"#,
                r#"{"RecordType":15,"RecordTypeName":"AzureActiveDirectoryStsLogon","ErrorNumber":"50126","ErrorNumberName":"own","Data":"{\"UserType\":0}"}"#,
            ),
            (
                r#"{"RecordType":"ExchangeAdmin","UserType":77,"a":1,"a":2}"#,
                r#"{"RecordType":"ExchangeAdmin","UserType":77,"a":1}"#,
            ),
            (
                r#"{"id":"1","createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"x","status":{"errorCode":50126}}"#,
                r#"{"id":"1","createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"x","status":{"errorCode":50126,"errorCodeName":"InvalidUserNameOrPassword"}}"#,
            ),
            ("not a record", r#""not a record""#),
        ] {
            let provenance = Provenance { source: "ndjson", content_type: "", origin: "x".into() };
            let envelope = Envelope::record(&Arc::new(provenance), 1, record.into());
            let event = crate::decode(&envelope, "contoso", 0);
            let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
            assert_eq!(decoded_json(&event), expected, "{record}");
        }
    }
}
