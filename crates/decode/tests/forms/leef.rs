//! IBM's Log Event Extended Format.

use decode::form::{Fields, LeefDelimiter, leef};
use event::{Event, Field};
use expect_test::{Expect, expect};

use crate::shared::{
    ALERT, SHARING, SIGN_IN, check_one_line, check_pairs, decode, envelope, lines, visible,
};

const KEYS: &str = include_str!("../../data/form/leef_keys.tsv");

/// What holds for any record.
pub fn holds(event: &Event) {
    for delimiter in LeefDelimiter::ALL {
        let line = written(event, delimiter);
        check_one_line(&line.replace('\t', "^"));
        let (header, pairs) = parse(&line);
        assert_eq!(header[..3], ["LEEF:2.0", "trail365", "trail365"]);
        let operation = event.text(Field::Operation).map(|text| shown(text, '|'));
        assert!(operation.is_none_or(|operation| operation.starts_with(&header[4])), "{header:?}");
        let severity = pairs.iter().find(|(key, _)| key == "sev").unwrap();
        assert!(severity.1.parse::<u8>().is_ok_and(|severity| (1..=10).contains(&severity)));
        let pairs: Vec<(String, String)> = pairs
            .into_iter()
            // To a reader who knows the delimiter its visible spelling is the delimiter.
            .map(|(key, value)| (key, value.replace("\\u005e", "^")))
            .collect();
        if !pairs.iter().any(|(_, value)| value.contains("\\^")) {
            check_pairs(event, &pairs, KEYS, &["sev"]);
        }
    }
}

fn shown(text: &str, delimiter: char) -> String {
    visible(text).replace(delimiter, &format!("\\u{:04x}", u32::from(delimiter)))
}

fn written(event: &Event, delimiter: LeefDelimiter) -> String {
    let mut line = String::new();
    leef(event, delimiter, &Fields::ALL, &mut line);
    line
}

/// Header and pairs, as a receiver reads them: without any escape.
fn parse(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    let mut cells = line.splitn(7, '|').map(str::to_owned);
    let header: Vec<String> = cells.by_ref().take(6).collect();
    let delimiter = match header[5].as_str() {
        "x09" => '\t',
        "^" => '^',
        other => panic!("no delimiter: {other}"),
    };
    let attributes = cells.next().expect("attributes");
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').expect("key=value");
        (key.to_owned(), value.to_owned())
    };
    (header, attributes.split(delimiter).map(pair).collect())
}

fn check(record: &str, delimiter: LeefDelimiter, expected: Expect) {
    let envelope = envelope(record);
    let event = decode(&envelope);
    crate::holds(&event);
    let line = written(&event, delimiter).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    expected.assert_eq(&line.replace('\t', "<tab>"));
}

#[test]
fn a_failed_sign_in() {
    check(
        SIGN_IN,
        LeefDelimiter::Tab,
        expect![[
            r#"LEEF:2.0|trail365|trail365|VERSION|UserLoggedIn|x09|sev=4<tab>devTime=2026-01-24T06:54:24.000Z<tab>devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX<tab>cat=AzureActiveDirectoryStsLogon<tab>usrName=ann@contoso.example<tab>src=203.0.113.7<tab>role=Regular<tab>realm=contoso<tab>domain=contoso.example<tab>recordId=7b1f0a52<tab>workload=AzureActiveDirectory<tab>contentType=Audit.General<tab>organizationId=5F2D6C1E<tab>userKey=1003<tab>actorKind=person<tab>outcome=failure<tab>reason=InvalidUserNameOrPassword<tab>userAgent=Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36<tab>applicationId=5e3ce6c0<tab>objectId=00000003<tab>recordType=15<tab>trail365Record={"CreationTime":"2026-01-24T06:54:24","ErrorNumber":"50126","ExtendedProperties":[{"Name":"UserAgent","Value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},{"Name":"RequestType","Value":"OAuth2:Authorize"},{"Name":"RequestType","Value":"Again"}],"ModifiedProperties":[],"Operation":"UserLoggedIn","ResultStatus":"Success","UserType":0,"Version":1}"#
        ]],
    );
}

#[test]
fn a_shared_file() {
    check(
        SHARING,
        LeefDelimiter::Caret,
        expect![[
            r#"LEEF:2.0|trail365|trail365|VERSION|SharingSet|^|sev=2^devTime=2026-01-24T06:54:24.000Z^devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX^cat=SharePointSharingOperation^usrName=ann@contoso.example^accountName=eve@fabrikam.example^src=2001:db8::7^srcPort=443^role=Regular^realm=contoso^domain=contoso.example^resource=Plan 2.xlsx^url=https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx^recordId=7b1f0a53^workload=OneDrive^contentType=Audit.General^organizationId=5f2d6c1e^userKey=i:0h.f|membership|1003@live.com^actorKind=person^outcome=unknown^objectId=https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx^filePath=Documents^fileType=xlsx^siteUrl=https://contoso-my.sharepoint.example/personal/ann/^recordType=14^trail365Record={"ClientIP":"[2001:DB8::7]:443","CreationTime":"2026-01-24T06:54:24","ItemType":"File","Operation":"SharingSet","TargetUserOrGroupType":"Guest","UserType":0,"Version":1}"#
        ]],
    );
}

#[test]
fn an_alert() {
    check(
        ALERT,
        LeefDelimiter::Tab,
        expect![[
            r#"LEEF:2.0|trail365|trail365|VERSION|AlertTriggered|x09|sev=8<tab>devTime=2026-01-24T06:54:24.000Z<tab>devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX<tab>cat=SecurityComplianceAlerts<tab>usrName=SecurityComplianceAlerts<tab>role=System<tab>realm=contoso<tab>policy=Mass download<tab>recordId=7b1f0a54<tab>workload=SecurityComplianceCenter<tab>contentType=Audit.General<tab>organizationId=5f2d6c1e<tab>userKey=SecurityComplianceAlerts<tab>actorKind=service<tab>outcome=success<tab>reason=Succeeded<tab>recordType=40<tab>message=New alert<tab>trail365Record={"AlertId":"a1","AlertLinks":[{"AlertLinkHref":"https://contoso.example/alert"}],"AlertType":"System","Category":"ThreatManagement","CreationTime":"2026-01-24T06:54:24","Data":"{\"f3u\":\"ann@contoso.example\",\"ts\":\"2026-01-24T06:45:00.0000000Z\",\"sev\":\"High\"}","Operation":"AlertTriggered","PolicyId":"p1","Severity":"High","Status":"Active","UserType":4,"Version":1}"#
        ]],
    );
}

#[test]
fn hostile_text_adds_no_key_and_no_header() {
    let hostile = "x|y\tusrName=eve^usrName=eve\nLEEF:2.0|a|b|1|c|^|\u{0}";
    let record = serde_json::json!({
        "Id": hostile, "RecordType": 6, "Operation": hostile, "UserId": hostile, "ObjectId": hostile,
        "Anything": hostile,
    });
    let envelope = envelope(record.to_string());
    let event = decode(&envelope);
    for delimiter in LeefDelimiter::ALL {
        let (header, pairs) = parse(&written(&event, delimiter));
        assert_eq!(header[4], shown(hostile, '|'));
        let users: Vec<&str> = pairs
            .iter()
            .filter(|(key, _)| key == "usrName")
            .map(|(_, value)| value.as_str())
            .collect();
        let expected = match delimiter {
            LeefDelimiter::Tab => visible(hostile),
            LeefDelimiter::Caret => shown(hostile, '^'),
        };
        assert_eq!(users, [expected]);
        let json = &pairs.last().unwrap().1;
        let told: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(told["Anything"], hostile);
    }
}

#[test]
fn delimiters_have_names() {
    for delimiter in LeefDelimiter::ALL {
        assert_eq!(LeefDelimiter::named(&delimiter.name().to_uppercase()), Some(delimiter));
    }
    assert_eq!(LeefDelimiter::named("="), None);
}

#[test]
fn keys_are_chosen() {
    let envelope = envelope(SHARING);
    let event = decode(&envelope);
    let fields = Fields::new(&["devTime", "sev", "usr*"], &["userKey"]).unwrap();
    let mut line = String::new();
    leef(&event, LeefDelimiter::Caret, &fields, &mut line);
    assert_eq!(
        line.split_once("|^|").unwrap().1,
        "sev=2^devTime=2026-01-24T06:54:24.000Z^devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX^usrName=ann@contoso.example"
    );
}

/// The page of the documentation has a line for each key.
#[test]
fn every_key_is_documented() {
    let page = include_str!("../../../../docs/forms.md");
    for cells in lines(KEYS) {
        assert!(page.contains(&format!("| `{}` |", cells[0])), "docs/forms.md: {}", cells[0]);
    }
}
