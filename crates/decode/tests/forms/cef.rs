//! ArcSight's Common Event Format.

use decode::form::{Fields, cef};
use event::{Event, Field};
use expect_test::{Expect, expect};

use crate::shared::{
    ALERT, ROLE, SHARING, SIGN_IN, check_one_line, check_pairs, decode, envelope, lines, visible,
};

const KEYS: &str = include_str!("../../data/form/cef_keys.tsv");

/// What holds for any record.
pub fn holds(event: &Event) {
    let line = written(event);
    check_one_line(&line);
    let (header, pairs) = parse(&line);
    let [version, vendor, product, _, id, name, severity] = &header[..] else {
        panic!("{header:?}")
    };
    assert_eq!([version, vendor, product], ["CEF:0", "trail365", "trail365"]);
    let operation = event.text(Field::Operation).map(visible);
    assert!(operation.is_none_or(|operation| operation.starts_with(id.as_str())), "{id}");
    let (workload, operation) = (event.text(Field::Workload), event.text(Field::Operation));
    let told =
        workload.zip(operation).map(|(workload, operation)| format!("{workload} {operation}"));
    assert!(told.is_none_or(|told| visible(&told).starts_with(name.as_str())), "{name}");
    assert!(severity.parse::<u8>().is_ok_and(|severity| severity <= 10), "{severity}");
    check_pairs(event, &pairs, KEYS, &[]);
    for (key, field) in [("dvchost", Field::Tenant), ("outcome", Field::Outcome)] {
        let value = pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        assert_eq!(value, event.text(field), "{key}");
    }
}

fn written(event: &Event) -> String {
    let mut line = String::new();
    cef(event, &Fields::ALL, &mut line);
    line
}

/// Header and extension, as a receiver reads them: a key is the word before a bare `=`, and its
/// value ends where the next key begins.
fn parse(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    let mut header = vec![String::new()];
    let mut chars = line.chars();
    while header.len() < 8 {
        match chars.next().expect("a whole header") {
            '\\' => header.last_mut().unwrap().push(chars.next().unwrap()),
            '|' => header.push(String::new()),
            c => header.last_mut().unwrap().push(c),
        }
    }
    header.pop();
    let extension: Vec<char> = chars.collect();
    let mut bare = Vec::new();
    let mut at = 0;
    while at < extension.len() {
        match extension[at] {
            '\\' => at += 1,
            '=' => bare.push(at),
            _ => {}
        }
        at += 1;
    }
    let begin = |equals: usize| {
        let word = extension[..equals].iter().rev().take_while(|c| c.is_ascii_alphanumeric());
        equals - word.count()
    };
    let mut pairs = Vec::new();
    for (index, equals) in bare.iter().enumerate() {
        // A blank stands before the next key.
        let end = bare.get(index + 1).map_or(extension.len(), |next| begin(*next) - 1);
        let key: String = extension[begin(*equals)..*equals].iter().collect();
        pairs.push((key, unescaped(&extension[equals + 1..end])));
    }
    (header, pairs)
}

fn unescaped(text: &[char]) -> String {
    let mut out = String::new();
    let mut chars = text.iter();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next().expect("an escaped character") {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                c @ ('\\' | '=') => out.push(*c),
                c => panic!("no escape: {c}"),
            },
            c => out.push(*c),
        }
    }
    out
}

fn check(record: &str, expected: Expect) {
    let envelope = envelope(record);
    let event = decode(&envelope);
    crate::holds(&event);
    expected.assert_eq(&written(&event).replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn a_failed_sign_in() {
    check(
        SIGN_IN,
        expect![[
            r#"CEF:0|trail365|trail365|VERSION|UserLoggedIn|AzureActiveDirectory UserLoggedIn|4|rt=1769237664000 externalId=7b1f0a52 cat=AzureActiveDirectoryStsLogon act=UserLoggedIn outcome=failure reason=InvalidUserNameOrPassword suser=ann@contoso.example suid=1003 spriv=Regular sntdom=contoso.example src=203.0.113.7 destinationServiceName=AzureActiveDirectory requestClientApplication=Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 dvchost=contoso deviceExternalId=5F2D6C1E deviceFacility=Audit.General deviceProcessName=activity-feed cs2=5e3ce6c0 cs2Label=ApplicationId cs3=00000003 cs3Label=ObjectId cn1=15 cn1Label=RecordType flexString1=person flexString1Label=ActorKind trail365Record={"CreationTime":"2026-01-24T06:54:24","ErrorNumber":"50126","ExtendedProperties":[{"Name":"UserAgent","Value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},{"Name":"RequestType","Value":"OAuth2:Authorize"},{"Name":"RequestType","Value":"Again"}],"ModifiedProperties":[],"ResultStatus":"Success","UserType":0,"Version":1}"#
        ]],
    );
}

#[test]
fn a_shared_file() {
    check(
        SHARING,
        expect![[
            r#"CEF:0|trail365|trail365|VERSION|SharingSet|OneDrive SharingSet|2|rt=1769237664000 externalId=7b1f0a53 cat=SharePointSharingOperation act=SharingSet outcome=unknown suser=ann@contoso.example suid=i:0h.f|membership|1003@live.com spriv=Regular sntdom=contoso.example c6a2=2001:db8::7 c6a2Label=Source IPv6 Address spt=443 duser=eve@fabrikam.example destinationServiceName=OneDrive request=https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx fname=Plan 2.xlsx filePath=Documents fileType=xlsx dvchost=contoso deviceExternalId=5f2d6c1e deviceFacility=Audit.General deviceProcessName=activity-feed cs3=https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx cs3Label=ObjectId cn1=14 cn1Label=RecordType flexString1=person flexString1Label=ActorKind flexString2=https://contoso-my.sharepoint.example/personal/ann/ flexString2Label=SiteUrl trail365Record={"ClientIP":"[2001:DB8::7]:443","CreationTime":"2026-01-24T06:54:24","ItemType":"File","TargetUserOrGroupType":"Guest","UserType":0,"Version":1}"#
        ]],
    );
}

#[test]
fn an_alert() {
    check(
        ALERT,
        expect![[
            r#"CEF:0|trail365|trail365|VERSION|AlertTriggered|SecurityComplianceCenter AlertTriggered|8|rt=1769237664000 externalId=7b1f0a54 cat=SecurityComplianceAlerts act=AlertTriggered outcome=success reason=Succeeded suser=SecurityComplianceAlerts suid=SecurityComplianceAlerts spriv=System destinationServiceName=SecurityComplianceCenter msg=New alert dvchost=contoso deviceExternalId=5f2d6c1e deviceFacility=Audit.General deviceProcessName=activity-feed cs5=Mass download cs5Label=Policy cn1=40 cn1Label=RecordType flexString1=service flexString1Label=ActorKind trail365Record={"AlertId":"a1","AlertLinks":[{"AlertLinkHref":"https://contoso.example/alert"}],"AlertType":"System","Category":"ThreatManagement","CreationTime":"2026-01-24T06:54:24","Data":"{\\"f3u\\":\\"ann@contoso.example\\",\\"ts\\":\\"2026-01-24T06:45:00.0000000Z\\",\\"sev\\":\\"High\\"}","PolicyId":"p1","Severity":"High","Status":"Active","UserType":4,"Version":1}"#
        ]],
    );
}

#[test]
fn a_new_role_member() {
    check(
        ROLE,
        expect![[
            r#"CEF:0|trail365|trail365|VERSION|Add member to role.|AzureActiveDirectory Add member to role.|2|rt=1769237664000 externalId=7b1f0a55 cat=AzureActiveDirectory act=Add member to role. outcome=success reason=Success suser=ann@contoso.example suid=1003 spriv=Admin sntdom=contoso.example duser=bob@contoso.example destinationServiceName=AzureActiveDirectory dvchost=contoso deviceExternalId=5f2d6c1e deviceFacility=Audit.General deviceProcessName=activity-feed cs3=bob@contoso.example cs3Label=ObjectId cn1=8 cn1Label=RecordType flexString1=person flexString1Label=ActorKind trail365Record={"CreationTime":"2026-01-24T06:54:24","ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"Global Administrator","OldValue":""}],"Target":[{"ID":"bob@contoso.example","Type":5}],"UserType":2,"Version":1}"#
        ]],
    );
}

#[test]
fn unreadable_bytes() {
    check(
        "no record|a=b\\\n\u{1b}",
        expect![[
            r#"CEF:0|trail365|trail365|VERSION|unreadable|Microsoft 365 unreadable|5|rt=1772323200000 msg=no JSON: expected ident at line 1 column 2 dvchost=contoso deviceFacility=Audit.General deviceProcessName=activity-feed trail365Record=no record|a\=b\\\n\\u{1b}"#
        ]],
    );
}

#[test]
fn hostile_text_adds_no_key_and_no_header() {
    let hostile = "x|10|suser=eve\\|y\\=z\\\nCEF:0|a|b|1|c|d|10|act=none\r\t\u{1b}\u{2028}";
    let record = serde_json::json!({
        "CreationTime": "2026-01-24T06:54:24", "Id": hostile, "RecordType": 6, "Workload": hostile,
        "Operation": hostile, "UserId": hostile, "UserAgent": hostile, "ObjectId": hostile,
    });
    let envelope = envelope(record.to_string());
    let event = decode(&envelope);
    let line = written(&event);
    check_one_line(&line);
    let (header, pairs) = parse(&line);
    assert_eq!(header[4], visible(hostile));
    assert_eq!(header[6], "2");
    let value = |key: &str| pairs.iter().find(|(name, _)| name == key).unwrap().1.as_str();
    // Line breaks have an escape of CEF's own, other control characters have none.
    let kept = "x|10|suser=eve\\|y\\=z\\\nCEF:0|a|b|1|c|d|10|act=none\r\\t\\u{1b}\\u{2028}";
    for key in ["suser", "requestClientApplication", "cs3"] {
        assert_eq!(value(key), kept, "{key}");
    }
    assert_eq!(pairs.iter().filter(|(name, _)| name == "suser").count(), 1);
}

/// What does not fit is told once more, or counted.
#[test]
fn long_values_are_not_lost_in_silence() {
    let record = |name: &str, text: String| {
        serde_json::json!({"RecordType": 6, "Operation": "FileAccessed", name: text}).to_string()
    };
    for (record, told, left_out) in [
        (record("UserId", "a".repeat(1024)), true, None),
        (record("Anything", "a".repeat(4000)), false, Some("1")),
    ] {
        let envelope = envelope(record);
        let (_, pairs) = parse(&written(&decode(&envelope)));
        let value =
            |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
        assert_eq!(value("trail365LeftOut"), left_out);
        let json = value("trail365Record").unwrap_or_default();
        assert_eq!(json.contains(&"a".repeat(1024)), told, "{json}");
    }
}

#[test]
fn keys_are_chosen() {
    let envelope = envelope(SHARING);
    let event = decode(&envelope);
    for (only, without, expected) in [
        (
            vec!["suser", "c6a2"],
            vec![],
            "suser=ann@contoso.example c6a2=2001:db8::7 c6a2Label=Source IPv6 Address",
        ),
        (vec!["trail365Record.ItemType"], vec![], r#"trail365Record={"ItemType":"File"}"#),
        (vec!["s*"], vec!["su*", "sp*"], "sntdom=contoso.example"),
    ] {
        let mut line = String::new();
        cef(&event, &Fields::new(&only, &without).unwrap(), &mut line);
        assert_eq!(line.rsplit_once('|').unwrap().1, expected);
    }
}

/// What was left out is not told by way of a long value that is told once more.
#[test]
fn a_key_left_out_is_told_nowhere() {
    let long = "a".repeat(2000);
    let record = serde_json::json!({"RecordType": 6, "Operation": "x", "UserId": long, "UserAgent": long.clone() + "b"});
    let envelope = envelope(record.to_string());
    let fields = Fields::new(&[], &["suser", "sntdom"]).unwrap();
    let mut line = String::new();
    cef(&decode(&envelope), &fields, &mut line);
    let (_, pairs) = parse(&line);
    let record = &pairs.iter().find(|(name, _)| name == "trail365Record").unwrap().1;
    assert!(record.contains("UserAgent") && !record.contains("UserId"), "{record}");
}

/// The page of the documentation has a line for each key.
#[test]
fn every_key_is_documented() {
    let page = include_str!("../../../../docs/forms.md");
    for cells in lines(KEYS) {
        assert!(page.contains(&format!("| `{}` |", cells[0])), "docs/forms.md: {}", cells[0]);
    }
}
