//! Strange input is a normal day: what happens to each kind of it.

mod common;

use std::sync::Arc;

use bytes::Bytes;
use common::{columns, decode, envelope};
use event::{Envelope, Event, Field, IssueKind, Key, Provenance, Value};

/// The members every record has, so that only the oddity under test is odd.
fn record(members: &str) -> String {
    format!(
        r#"{{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a52-0001-4aaa-8bbb-0123456789ab","RecordType":2,"Operation":"Send","UserId":"ann@contoso.example",{members}}}"#
    )
}

fn issues(event: &Event) -> Vec<String> {
    event.issues.iter().map(|issue| issue.to_string()).collect()
}

/// Decodes, checks that the raw bytes are as sent, and compares a column and the issues.
fn check(
    bytes: impl Into<Vec<u8>>,
    field: Field,
    expected: Option<&str>,
    issues_expected: &[&str],
) {
    let envelope = envelope(bytes);
    let event = decode(&envelope);
    assert_eq!(event.raw, envelope.bytes());
    assert_eq!(event.text(Field::Quarantine), None, "{}", columns(&event));
    assert_eq!(event.text(field), expected, "{}", columns(&event));
    assert_eq!(issues(&event), issues_expected);
}

fn quarantined(bytes: impl Into<Vec<u8>>, reason: &str) {
    let envelope = envelope(bytes);
    let event = decode(&envelope);
    assert_eq!(event.text(Field::Quarantine), Some(reason));
    assert_eq!(event.raw, envelope.bytes());
    assert_eq!(event.key, Key::of_bytes(envelope.bytes()));
    assert_eq!(event.body, Value::Text(String::from_utf8_lossy(envelope.bytes())));
    assert!(decode::line(&event).contains(" quarantine: "));
}

#[test]
fn invalid_escapes() {
    check(
        record(r#""Item":{"Subject":"x","ParentFolder":{"Path": "\Deleted Items"}}"#),
        Field::ItemName,
        Some("x"),
        &["mended-json in record: invalid escape"],
    );
    let envelope = envelope(record(r#""Item":{"ParentFolder":{"Path": "\Deleted Items"}}"#));
    let event = decode(&envelope);
    assert!(decode::line(&event).contains(r", Path: \Deleted Items, "));
}

#[test]
fn control_characters_and_line_breaks_inside_values() {
    check(
        record("\"ObjectId\":\"a\r\nb\tc\u{0}\""),
        Field::ObjectId,
        Some("a\r\nb\tc\u{0}"),
        &["mended-json in record: control character"],
    );
    // An escaped line break is proper JSON; the column keeps it and the line shows it.
    let envelope = envelope(record(r#""ObjectId":"a\r\nb","OriginatingServer":"x\r\n""#));
    let event = decode(&envelope);
    assert_eq!(event.text(Field::ObjectId), Some("a\r\nb"));
    assert!(event.issues.is_empty());
}

#[test]
fn names_are_kept_as_sent_and_cleaned_in_the_line() {
    let text = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"1","RecordType":8,"Operation":"Update application – Certificates \r\n"}"#;
    let envelope = envelope(text);
    let event = decode(&envelope);
    assert_eq!(event.text(Field::Operation), Some("Update application – Certificates \r\n"));
    assert!(decode::line(&event).starts_with(
        "2026-01-24T06:54:24 - Update application – Certificates: AzureActiveDirectory, "
    ));
}

#[test]
fn duplicate_keys() {
    check(
        record(r#""ObjectId":"first","ObjectId":"second","Item":{"Id":1,"Id":2}"#),
        Field::ObjectId,
        Some("first"),
        &[
            "duplicate-key in Id: the first value counts",
            "duplicate-key in ObjectId: the first value counts",
        ],
    );
}

#[test]
fn wrong_types() {
    let wrong = |members: &str, field, expected, issue: &str| {
        check(
            format!(
                r#"{{"CreationTime":"2026-01-24T06:54:24","Id":"1","RecordType":1,{members}}}"#
            ),
            field,
            expected,
            &[issue],
        );
    };
    wrong(r#""Operation":7"#, Field::Operation, Some("7"), "wrong-type in Operation: 7");
    wrong(
        r#""Operation":"Send","UserId":{"Name":"ann"}"#,
        Field::UserId,
        Some(r#"{"Name":"ann"}"#),
        r#"wrong-type in UserId: {"Name":"ann"}"#,
    );
    wrong(
        r#""Operation":"Send","ClientIP":["203.0.113.7"]"#,
        Field::ClientAddress,
        Some("203.0.113.7"),
        r#"wrong-type in ClientIP: ["203.0.113.7"]"#,
    );
    wrong(
        r#""Operation":"Send","UserType":{"a":1}"#,
        Field::UserTypeName,
        Some(r#"{"a":1}"#),
        r#"wrong-type in UserType: {"a":1}"#,
    );
}

#[test]
fn what_a_record_type_does_not_know() {
    for (record_type, operation, member, expected) in [
        (2, "Send", r#""Version":1"#, None),
        (2, "Send", r#""version":"1""#, None),
        (2, "Send", r#""Version":null,"SessionId":"","Item@odata.type":"x""#, None),
        (2, "Send", r#""ExternalAccess":"False","LogonType":"Owner","recipientCount":"3""#, None),
        (2, "Send", r#""Item":"{\"Subject\":\"x\"}""#, None),
        (2, "Send", r#""Version":{"a":1}"#, Some(r#"wrong-type in Version: {"a":1}"#)),
        (2, "Send", r#""version":"new""#, Some("wrong-type in Version: new")),
        (2, "Send", r#""ExternalAccess":7"#, Some("wrong-type in ExternalAccess: 7")),
        (2, "Send", r#""Item":7"#, Some("wrong-type in Item: 7")),
        (2, "Send", r#""SiteUrl":"x""#, Some("unknown-field in SiteUrl: x")),
        (6, "FileDownloaded", r#""SiteUrl":"x""#, None),
        (2, "Send", r#""Brand\nNew":[1]"#, Some("unknown-field in Brand\nNew: [1]")),
        (2, "Sendd", r#""Version":1"#, Some("unknown-operation in Operation: Sendd")),
        (2, "New-InboxRule", r#""Version":1"#, None),
        (8, "add user", r#""Version":1"#, None),
        (8, "Add user.", r#""Version":1"#, None),
        (8, "Update application – Certificates and secrets management ", r#""Version":1"#, None),
        (8, "Send", r#""Version":1"#, Some("unknown-operation in Operation: Send")),
        // SharePoint's list of operations is not complete.
        (6, "Anything", r#""Version":1"#, None),
        (85, "AttackSim", r#""Batch ID":"1","CampaignId":"1""#, None),
        (85, "AttackSim", r#""BatchID":"1""#, None),
    ] {
        let text = format!(
            r#"{{"CreationTime":"2026-01-24T06:54:24","Id":"1","RecordType":{record_type},"Operation":"{operation}",{member}}}"#
        );
        let envelope = envelope(text);
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(issues(&decode(&envelope)), expected, "{record_type} {operation} {member}");
    }
}

#[test]
fn a_long_name_of_an_unknown_member_is_cut() {
    let envelope = envelope(record(&format!(r#""{}":"{}""#, "ä".repeat(9999), "b".repeat(9999))));
    let event = decode(&envelope);
    let [issue] = &event.issues[..] else { panic!("{:?}", event.issues) };
    assert_eq!((issue.field.len(), issue.detail.len()), (200, 200));
}

#[test]
fn codes_in_all_spellings() {
    let name = |value: &str| {
        let text = format!(
            r#"{{"CreationTime":"2026-01-24T06:54:24","Id":"1","Operation":"x","RecordType":{value}}}"#
        );
        let envelope = envelope(text);
        let event = decode(&envelope);
        let name = event.text(Field::RecordTypeName).map(str::to_owned);
        (event.int(Field::RecordType), name, issues(&event))
    };
    let exchange_admin = (Some(1), Some("ExchangeAdmin".to_owned()), vec![]);
    for spelling in ["1", "1.0", r#""1""#, r#"" 1 ""#, r#""ExchangeAdmin""#, r#""exchangeAdmin""#] {
        assert_eq!(name(spelling), exchange_admin, "{spelling}");
    }
    let unknown = "unknown-record-type in RecordType: 9999".to_owned();
    assert_eq!(name("9999"), (Some(9999), None, vec![unknown]));
    let unknown = "unknown-record-type in RecordType: Nonsense".to_owned();
    assert_eq!(name(r#""Nonsense""#), (None, Some("Nonsense".to_owned()), vec![unknown]));

    check(record(r#""UserType":77"#), Field::UserTypeName, None, &["unknown-code in UserType: 77"]);
}

#[test]
fn addresses_in_all_spellings() {
    for (sent, normal) in [
        ("203.0.113.7", Some("203.0.113.7")),
        ("203.0.113.7:51512", Some("203.0.113.7")),
        ("[203.0.113.7]:51512", Some("203.0.113.7")),
        (" 203.0.113.7 ", Some("203.0.113.7")),
        ("::ffff:203.0.113.7", Some("203.0.113.7")),
        ("[::ffff:203.0.113.7]:443", Some("203.0.113.7")),
        ("::ffff:203.0.113.7:443", Some("203.0.113.7")),
        ("2001:DB8:0:0:0:0:0:1", Some("2001:db8::1")),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("[2001:db8::1]:443", Some("2001:db8::1")),
        ("fe80::1%eth0", Some("fe80::1")),
        ("203.0.113.7, 10.0.0.1", Some("203.0.113.7")),
    ] {
        let members = format!(r#""ClientIP":"{sent}""#);
        check(record(&members), Field::ClientIP, Some(sent), &[]);
        check(record(&members), Field::ClientAddress, normal, &[]);
    }
    check(
        record(r#""ClientIP":"<null>""#),
        Field::ClientAddress,
        None,
        &["unreadable-address in ClientIP: <null>"],
    );
    // Empty text is missing, so the next field serves.
    check(
        record(r#""ClientIP":"","ClientIPAddress":null,"ActorIpAddress":"203.0.113.9""#),
        Field::ClientIP,
        Some("203.0.113.9"),
        &[],
    );
}

#[test]
fn json_inside_texts() {
    check(
        record(r#""AppAccessContext":"{\"AADSessionId\":\"s-1\"}""#),
        Field::SessionId,
        Some("s-1"),
        &[],
    );
    check(
        record(
            r#""ExtendedProperties":[{"Name":"additionalDetails","Value":"{\"User-Agent\":\"curl\"}"}],"RecordType":8"#,
        ).replace(r#""RecordType":2,"Operation":"Send","#, r#""Operation":"Add user.","#),
        Field::UserAgent,
        Some("curl"),
        &[],
    );
    let inner = serde_json::to_string(&record(r#""ObjectId":"x""#)).unwrap();
    check(inner, Field::ObjectId, Some("x"), &["mended-json in record: record inside a text"]);
}

#[test]
fn text_that_is_nearly_json() {
    let odd = "mended-json in record: ";
    for (bytes, issue) in [
        (b"\xef\xbb\xbf{\"Id\":\"1\"}".to_vec(), "byte-order mark"),
        (b"{\"Id\":\"1\",}".to_vec(), "trailing comma"),
        (b"{\"Id\":\"1\",\"a\":NaN,\"b\":True,\"c\":None}".to_vec(), "literal"),
        (b"{\"Id\":\"1\"},".to_vec(), "trailing text"),
        (b"{\"Id\":\"1\",\"a\":\"\xff\xfe\"}".to_vec(), "invalid UTF-8"),
        (b"{\"Id\":\"1\",\"a\":\"\\ud83d\"}".to_vec(), "lone surrogate"),
        (b"{\"Id\":\"1\",\"a\":1e999}".to_vec(), "unreadable number"),
        (b"{'Id':'1','a':'\"'}".to_vec(), "single quotes"),
        (b"{\"Id\":\"1\",\"a\":\"\xff\\q\"}".to_vec(), "invalid UTF-8, invalid escape"),
    ] {
        let envelope = envelope(bytes);
        let event = decode(&envelope);
        assert_eq!(event.text(Field::Id), Some("1"), "{issue}");
        assert_eq!(issues(&event)[0], format!("{odd}{issue}"));
    }
}

#[test]
fn what_is_no_record_goes_to_quarantine() {
    let whole = record(r#""ObjectId":"x""#);
    quarantined(&whole[..whole.len() - 3], &format!("truncated after {} bytes", whole.len() - 3));
    quarantined("", "empty");
    quarantined(" \r\n", "empty");
    quarantined("[1,2]", "a JSON list, not an object");
    quarantined("null", "JSON null, not an object");
    quarantined("7", "a single JSON value, not an object");
    quarantined("\"text\"", "a JSON text, not an object");
    quarantined("CreationTime,Id", "no JSON: expected value at line 1 column 1");
    quarantined("{\"a\":1}{\"b\":2}", "no JSON: trailing characters at line 1 column 8");
    quarantined(b"\x00\x01\x02".to_vec(), "no JSON: expected value at line 1 column 1");
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(500), "]".repeat(500));
    quarantined(deep, "no JSON: recursion limit exceeded at line 1 column 132");
}

#[test]
fn a_truncated_record_stands_at_its_time() {
    let envelope = envelope(r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f"#);
    let event = decode(&envelope);
    assert!(event.is_quarantined());
    assert_eq!(event.time(Field::CreationTime), event::time::parse("2026-01-24T06:54:24"));
    assert!(event.issues.is_empty());
}

#[test]
fn broken_payloads_keep_their_reason() {
    let provenance = Provenance { source: "purview-csv", content_type: "", origin: "x.csv".into() };
    let envelope = Envelope::broken(
        &Arc::new(provenance),
        9,
        Bytes::from_static(b"a,\"b\x1b[31m"),
        "the quote in column 2 never ends",
    );
    let event = decode(&envelope);
    assert_eq!(event.text(Field::Quarantine), Some("the quote in column 2 never ends"));
    assert_eq!(
        decode::line(&event),
        "- quarantine: the quote in column 2 never ends, Source: purview-csv, Origin: x.csv, Position: 9, Text: a,\"b\\u{1b}[31m"
    );
}

#[test]
fn times() {
    let check = |value: &str, micros: Option<i64>, expected: &[&str]| {
        let text = format!(r#"{{"Id":"1","RecordType":1,"Operation":"x"{value}}}"#);
        let envelope = envelope(text);
        let event = decode(&envelope);
        assert_eq!(event.time(Field::CreationTime), micros, "{value}");
        assert_eq!(issues(&event), expected, "{value}");
    };
    let missing = "missing-field in CreationTime: no time in the record";
    let time = event::time::parse("2026-01-24T06:54:24");
    check(r#","CreationTime":"2026-01-24T06:54:24Z""#, time, &[]);
    check(r#","CreationTime":"1/24/2026 6:54:24 AM""#, time, &[]);
    check(r#","CreationTime":1769237664"#, time, &["wrong-type in CreationTime: 1769237664"]);
    check("", None, &[missing]);
    check(r#","CreationTime":"soon""#, None, &["unreadable-time in CreationTime: soon", missing]);
    check(
        r#","CreationTime":"soon","CreationDate":"2026-01-24T06:54:24Z""#,
        time,
        &["unreadable-time in CreationTime: soon"],
    );
}

#[test]
fn missing_fields_are_told() {
    let envelope = envelope(r#"{"CreationTime":"2026-01-24T06:54:24","Anything":1}"#);
    let event = decode(&envelope);
    let kinds: Vec<_> = event.issues.iter().map(|issue| (issue.kind, &*issue.field)).collect();
    let missing = |field| (IssueKind::MissingField, field);
    assert_eq!(kinds, [missing("Id"), missing("RecordType"), missing("Operation")]);
    assert_eq!(
        event.text(Field::Issues),
        Some(concat!(
            r#"[{"kind":"missing-field","field":"Id","detail":""},"#,
            r#"{"kind":"missing-field","field":"RecordType","detail":""},"#,
            r#"{"kind":"missing-field","field":"Operation","detail":""}]"#
        ))
    );
}

#[test]
fn half_a_megabyte_in_one_field() {
    let long = "long, \\\"text\\\" ".repeat(40_000);
    assert!(long.len() > 512 * 1024);
    for member in ["ObjectId", "UserId2", "SourceFileName", "Parameters", "UserAgent"] {
        let envelope = envelope(record(&format!("\"{member}\":\"{long}\"")));
        let event = decode(&envelope);
        assert!(event.issues.iter().all(|issue| issue.kind == IssueKind::UnknownField));
        assert!(decode::line(&event).len() < 4096, "{member}");
    }
    // The same where the text has to be mended.
    let envelope = envelope(record(&format!("\"ObjectId\":\"\\q{long}\"")));
    let event = decode(&envelope);
    assert_eq!(event.text(Field::ObjectId).map(str::len), Some(2 + 13 * 40_000));
}

#[test]
fn many_of_anything() {
    let items = r#"{"Subject":"a subject"},"#.repeat(20_000);
    let envelope = envelope(record(&format!(r#""AffectedItems":[{items}{{}}]"#)));
    let event = decode(&envelope);
    let name = event.text(Field::ItemName).unwrap();
    assert!(name.starts_with("a subject; a subject; ") && name.ends_with('…'));
    assert!(name.len() < 9 * 1024);

    let twice = r#""x":1,"#.repeat(10_000);
    let envelope = common::envelope(record(&format!(r#"{twice}"y":1"#)));
    assert_eq!(decode(&envelope).issues.len(), 32);
}

#[test]
fn a_value_cannot_pass_for_a_field() {
    let envelope = envelope(record(r#""ObjectId":"a, UserId: root, \"x\"","RecordType":188"#));
    let event = decode(&envelope);
    assert!(decode::line(&event).contains(r#", ClientIP: -, "#));
    let envelope = common::envelope(record(r#""ClientIP":"x, UserId: root \"x\"""#));
    let line = decode::line(&decode(&envelope));
    assert!(line.contains(r#", ClientIP: "x, UserId: root \"x\"", "#), "{line}");
}
