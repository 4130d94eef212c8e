//! The Graylog Extended Log Format.

use decode::form::{Fields, GELF_VALUE_BYTES_MAX, Object, gelf};
use event::{Event, Field, Value};
use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use crate::shared::{
    ALERT, SIGN_IN, TRACE, decode, each_leaf, envelope, is_near, is_told, lines, pretty, texts_of,
};

const COLUMNS: &str = include_str!("../../data/form/gelf.tsv");

/// Graylog would drop these, or take them for its own.
const TAKEN: [&str; 8] =
    ["id", "message", "source", "timestamp", "host", "level", "gl2_source_input", "_id"];

/// What holds for any record.
pub fn holds(event: &Event) {
    let object = gelf(event, &Fields::ALL);
    assert_eq!(object["version"], "1.1");
    assert_eq!(object["host"].as_str(), event.text(Field::Tenant));
    assert!(object["short_message"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(object["timestamp"].is_number());
    assert!(object["level"].as_u64().is_some_and(|level| level <= 7));
    for (name, value) in &object {
        let Some(field) = name.strip_prefix('_') else {
            assert!(["version", "host", "short_message", "timestamp", "level"].contains(&&**name));
            continue;
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        assert!(field.chars().all(fits) && !TAKEN.contains(&field), "{name}");
        let is_short = value.as_str().is_none_or(|text| text.len() <= GELF_VALUE_BYTES_MAX);
        assert!((value.is_string() || value.is_number()) && is_short, "{name}: {value}");
    }
    check_told(event, object);
}

/// Lists are JSON in a text, and characters that a name may not have are `_`.
fn check_told(event: &Event, object: Object) {
    let mut texts = texts_of(&object);
    for text in object.values().filter_map(Json::as_str) {
        if let Ok(inner @ (Json::Array(_) | Json::Object(_))) = serde_json::from_str(text) {
            texts.extend(texts_of(&Object::from_iter([("inner".to_owned(), inner)])));
        }
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    each_leaf(&event.body, &mut |leaf| {
        let text = leaf.as_text().unwrap_or_default();
        let name: String = text.chars().map(|c| if fits(c) { c } else { '_' }).collect();
        // A changed property's name has no dot either.
        let names = [name.replace('.', "_"), name];
        let is_name = matches!(leaf, Value::Text(_))
            && object.keys().any(|key| names.iter().any(|name| key.contains(name.as_str())));
        assert!(is_name || is_told(leaf, &texts) || is_near(leaf, &texts), "GELF lost {leaf:?}");
    });
}

fn check(record: &str, expected: Expect) {
    expected.assert_eq(&pretty(record, |event| gelf(event, &Fields::ALL)));
}

#[test]
fn a_failed_sign_in() {
    check(
        SIGN_IN,
        expect![[r#"
        _ActorIpAddress="203.0.113.7"
        _ActorKind="person"
        _ApplicationId="5e3ce6c0"
        _ClientAddress="203.0.113.7"
        _ClientIP="203.0.113.7"
        _ContentType="Audit.General"
        _CreationTime="2026-01-24T06:54:24"
        _ErrorNumber="50126"
        _ExtendedProperties.RequestType="[\"OAuth2:Authorize\",\"Again\"]"
        _ExtendedProperties.UserAgent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
        _Id="7b1f0a52"
        _LogonError="InvalidUserNameOrPassword"
        _ModifiedProperties="{}"
        _ObjectId="00000003"
        _Operation="UserLoggedIn"
        _OrganizationId="5F2D6C1E"
        _Outcome="failure"
        _RecordType=15
        _RecordTypeName="AzureActiveDirectoryStsLogon"
        _ResultStatus="Success"
        _UserId="ann@contoso.example"
        _UserKey="1003"
        _UserType=0
        _UserTypeName="Regular"
        _Version=1
        _Workload="AzureActiveDirectory"
        _trail365_key="a1e4329274209496652e27fd39e05637"
        host="contoso"
        level=4
        short_message="2026-01-24T06:54:24 AzureActiveDirectory UserLoggedIn: AzureActiveDirectoryStsLogon, UserType: Regular, UserId: ann@contoso.example, ClientIP: 203.0.113.7, ResultStatus: Success, App: 5e3ce6c0, ObjectId: 00000003, Error: 50126 InvalidUserNameOrPassword, RequestType: OAuth2:Authorize; Again, SessionId: -, UserAgent: \"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\""
        timestamp=1769237664.0
        version="1.1"
    "#]],
    );
}

#[test]
fn an_alert() {
    check(
        ALERT,
        expect![[r#"
        _ActorKind="service"
        _AlertId="a1"
        _AlertLinks="[\"https://contoso.example/alert\"]"
        _AlertType="System"
        _Category="ThreatManagement"
        _Comments="New alert"
        _ContentType="Audit.General"
        _CreationTime="2026-01-24T06:54:24"
        _Data.f3u="ann@contoso.example"
        _Data.sev="High"
        _Data.ts="2026-01-24T06:45:00.0000000Z"
        _Id="7b1f0a54"
        _Name="Mass download"
        _Operation="AlertTriggered"
        _OrganizationId="5f2d6c1e"
        _Outcome="success"
        _PolicyId="p1"
        _RecordType=40
        _RecordTypeName="SecurityComplianceAlerts"
        _ResultStatus="Succeeded"
        _Severity="High"
        _Status="Active"
        _UserId="SecurityComplianceAlerts"
        _UserKey="SecurityComplianceAlerts"
        _UserType=4
        _UserTypeName="System"
        _Version=1
        _Workload="SecurityComplianceCenter"
        _trail365_key="678ac94182022ef7000a005920644655"
        host="contoso"
        level=3
        short_message="2026-01-24T06:54:24 SecurityComplianceCenter AlertTriggered: SecurityComplianceAlerts, UserType: System, UserId: SecurityComplianceAlerts, ClientIP: -, ResultStatus: Succeeded, Alert: Mass download, Severity: High, Status: Active, Category: ThreatManagement, ObjectId: -, AlertId: a1, Comments: New alert"
        timestamp=1769237664.0
        version="1.1"
    "#]],
    );
}

#[test]
fn a_message_trace() {
    check(
        TRACE,
        expect![[r#"
        _ActorKind="person"
        _ClientAddress="198.51.100.9"
        _ContentType="Audit.General"
        _FromIP="198.51.100.9"
        _Index=3
        _MessageId="<1@fabrikam.example>"
        _MessageTraceId="7c1f0a52"
        _Operation="MessageTrace"
        _Organization="contoso.example"
        _Outcome="success"
        _Received="2026-01-24T06:54:24.3616847"
        _RecipientAddress="ann@contoso.example"
        _SenderAddress="bob@fabrikam.example"
        _Size=4711
        _Status="FilteredAsSpam"
        _Subject="Hi"
        _Subjects="[\"Hi\"]"
        _UserId="bob@fabrikam.example"
        _Workload="Exchange"
        _trail365_key="0cb93f4dfdecf02887a7cce7f5d91993"
        host="contoso"
        level=6
        short_message="2026-01-24T06:54:24 Exchange MessageTrace: -, UserType: -, UserId: bob@fabrikam.example, ClientIP: 198.51.100.9, ResultStatus: FilteredAsSpam, Recipient: ann@contoso.example, Subject: Hi, MessageId: <1@fabrikam.example>, Size: 4711"
        timestamp=1769237664.361684
        version="1.1"
    "#]],
    );
}

/// The names of members are as hostile as their values.
#[test]
fn no_name_is_forbidden_or_taken_twice() {
    let record = json!({
        "RecordType": 6, "Operation": "x", "id": "1", "a b": 1, "a_b": 2, "a?b": 3, "a_b_2": 4, "version": "x", "": 5,
        "timestamp": 0, "source": "eve", "_id": "e", "gl2_source_input": "eve", "level": 0,
        "trail365_key": "own",
    });
    let envelope = envelope(record.to_string());
    let event = decode(&envelope);
    holds(&event);
    let object = gelf(&event, &Fields::ALL);
    let values = |name: &str| object.get(name).cloned().unwrap_or_default();
    assert_eq!(values("_record_id"), "1");
    assert_eq!(values("version"), "1.1");
    assert_eq!(values("_record_version"), "x");
    for name in TAKEN.iter().filter(|name| !["host", "message"].contains(name)) {
        assert!(object.contains_key(&format!("_record_{name}")), "{name}");
    }
    assert_eq!(values("_trail365_key"), "own");
    assert_eq!(values("_"), 5);
    let mut same: Vec<i64> = object
        .iter()
        .filter(|(name, _)| name.starts_with("_a_b"))
        .map(|(_, value)| value.as_i64().unwrap())
        .collect();
    same.sort_unstable();
    assert_eq!(same, [1, 2, 3, 4]);
}

#[test]
fn a_long_text_is_cut_and_counted() {
    let text = "\u{e9}".repeat(GELF_VALUE_BYTES_MAX);
    let envelope = envelope(json!({"RecordType": 6, "Operation": "x", "Long": text}).to_string());
    let object = gelf(&decode(&envelope), &Fields::ALL);
    assert_eq!(object["_Long"].as_str().unwrap().len(), GELF_VALUE_BYTES_MAX);
    assert_eq!(object["_trail365_cut"], 1);
}

#[test]
fn fields_are_chosen_with_or_without_their_underscore() {
    let envelope = envelope(SIGN_IN);
    let event = decode(&envelope);
    let names = |only: &[&str], without: &[&str]| -> Vec<String> {
        let object = gelf(&event, &Fields::new(only, without).unwrap());
        let mut names: Vec<String> =
            object.keys().filter(|name| name.starts_with('_')).cloned().collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(&["_UserId", "Operation"], &[]), ["_Operation", "_UserId"]);
    assert_eq!(names(&["User*"], &["_UserKey", "UserType"]), ["_UserId", "_UserTypeName"]);
    assert!(!names(&[], &["_UserId"]).contains(&"_UserId".to_owned()));
}

/// The page of the documentation has a line for each column.
#[test]
fn every_column_is_documented() {
    let page = include_str!("../../../../docs/forms.md");
    for cells in lines(COLUMNS) {
        assert!(page.contains(&format!("| `{}` |", cells[0])), "docs/forms.md: {}", cells[0]);
    }
}
