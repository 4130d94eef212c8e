//! What holds for any input whatever.

mod common;

use common::{columns, decode, envelope};
use event::{Event, Field, Value};
use proptest::prelude::*;

/// What every event promises, whatever its bytes.
fn holds(event: &Event, bytes: &[u8]) {
    assert_eq!(event.raw, bytes);
    assert_eq!(event.text(Field::Tenant), Some("contoso"));
    assert_eq!(event.cell(Field::Issues).is_some(), !event.issues.is_empty());
    assert_eq!(event.is_quarantined(), !matches!(event.body, Value::Object(_)));
    let line = decode::line(event);
    let unsafe_in_line = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(line.chars().find(|c| unsafe_in_line(*c)), None, "{line:?}");
}

/// JSON of any shape, with the names of real records among its members.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "CreationTime",
            "Id",
            "RecordType",
            "Operation",
            "UserType",
            "UserId",
            "ClientIP",
            "Scope",
            "Item",
            "Subject",
            "ParentFolder",
            "Path",
            "AffectedItems",
            "Parameters",
            "ModifiedProperties",
            "Name",
            "Value",
            "NewValue",
            "OldValue",
            "ExtendedProperties",
            "additionalDetails",
            "AppAccessContext",
            "LogonType",
            "DeviceProperties",
            "Folders",
            "FolderItems",
            "ErrorNumber",
            "properties",
            "category",
            "time",
            "createdDateTime",
            "appDisplayName",
            "activityDisplayName",
            "activityDateTime",
            "initiatedBy",
            "targetResources",
            "modifiedProperties",
            "status",
            "errorCode",
            "signInEventTypes",
            "userType",
            "homeTenantId",
            "resourceTenantId",
            "id",
            "service",
            "services",
            "classification",
            "title",
            "startDateTime",
            "lastModifiedDateTime",
            "receivedDateTime",
            "recipientAddress",
            "SourceFileName",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (0..500i64).prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        "\\PC{0,300}".prop_map(Into::into),
        "[\u{0}-\u{20}\u{7f}-\u{9f}\u{202a}-\u{202e}\u{2066}-\u{2069}a,: \"\\\\]{0,20}"
            .prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..12)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// So many cases, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 512;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(cases.unwrap_or(CASES))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_decoded(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let envelope = envelope(bytes.clone());
        holds(&decode(&envelope), &bytes);
    }

    #[test]
    fn any_text_that_looks_like_json_is_decoded(text in "[{}\\[\\]\"'\\\\,:utnrA0-9eE+. \u{feff}\u{0}\r\n-]{0,80}") {
        let text = format!("{{\"Path\":\"{text}");
        let envelope = envelope(text.clone());
        holds(&decode(&envelope), text.as_bytes());
    }

    #[test]
    fn a_record_with_slipped_bytes_is_decoded(edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3, any::<u8>()), 1..6)) {
        let mut bytes = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"1","RecordType":2,"Operation":"Größe \u00e9 \ud83d\ude00","Item":{"Subject":"a \"b\" \\ \r\n","N":[1,-2.5e3,{"x":true,"y":null}]},"UserId":"ann"}"#.as_bytes().to_vec();
        for (at, edit, byte) in edits {
            let at = at.index(bytes.len());
            match edit {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        let envelope = envelope(bytes.clone());
        holds(&decode(&envelope), &bytes);
    }

    #[test]
    fn any_json_is_decoded(value in json(), record_type in prop::option::of(0..480i64)) {
        let mut value = value;
        if let (serde_json::Value::Object(members), Some(id)) = (&mut value, record_type) {
            members.insert("RecordType".to_owned(), id.into());
        }
        let text = value.to_string();
        let envelope = envelope(text.clone());
        holds(&decode(&envelope), text.as_bytes());
    }

    #[test]
    fn a_stored_record_is_read_again_as_it_was(value in json()) {
        let envelope = envelope(value.to_string());
        let first = decode(&envelope);
        let again = decode::decode_stored(&envelope, first.key);
        prop_assert_eq!(again.key, first.key);
        prop_assert_eq!(columns(&again), columns(&first));
        prop_assert_eq!(again.body, first.body);
    }

    /// Whatever one record spoils, the strict reading and the mended one agree where both can read.
    #[test]
    fn mending_changes_nothing_that_is_sound(value in json()) {
        let text = serde_json::json!({ "Id": "1", "Inner": value }).to_string();
        let spoiled = text.replacen('{', "{\"Spoiled\":NaN,", 1);
        let sound = text.replacen('{', "{\"Spoiled\":null,", 1);
        let (spoiled, sound) = (envelope(spoiled), envelope(sound));
        let (spoiled, sound) = (decode(&spoiled), decode(&sound));
        prop_assert_eq!(spoiled.key, sound.key);
        prop_assert_eq!(spoiled.body, sound.body);
    }

    #[test]
    fn a_cut_record_is_quarantined_or_whole(cut in 1usize..400) {
        let whole = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"1","RecordType":2,"Operation":"Send","Item":{"Subject":"a \"b\" c","N":[1,2,{"x":true}]},"UserId":"ann"}"#;
        let bytes = &whole.as_bytes()[..cut.min(whole.len())];
        let envelope = envelope(bytes);
        let event = decode(&envelope);
        holds(&event, bytes);
        prop_assert_eq!(event.is_quarantined(), bytes.len() < whole.len());
    }
}
