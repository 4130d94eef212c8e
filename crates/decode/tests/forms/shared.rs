//! What the tests of the forms share: records, JSON of any shape, and whether a document tells a value.

use std::collections::BTreeSet;

use decode::form::{Object, flattened};
use event::{Event, Number, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

pub use crate::common::{decode, envelope};

pub const CLASSES: &str = include_str!("../../data/form/classes.tsv");
pub const ECS_FIELDS: &str = include_str!("../../data/form/ecs_fields.tsv");
pub const ECS_RULES: &str = include_str!("../../data/form/ecs.tsv");
pub const OCSF_RULES: &str = include_str!("../../data/form/ocsf.tsv");

pub const CEF_RULES: &str = include_str!("../../data/form/cef.tsv");
pub const LEEF_RULES: &str = include_str!("../../data/form/leef.tsv");

pub fn lines(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

/// A text as a line shows it: control characters, and others that end a line, are visible.
pub fn visible(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        c if c.is_control() || c == '\u{2028}' || c == '\u{2029}' => {
            format!("\\u{{{:x}}}", u32::from(c))
        }
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// A text in which nothing ends a line.
pub fn check_one_line(line: &str) {
    let ends = |c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}';
    assert_eq!(line.chars().find(|c| ends(*c)), None, "{line:?}");
}

/// What the pairs of a line tell of a record: what stands under a key, in the record's JSON, or is
/// counted as left out.
pub fn check_pairs(event: &Event, pairs: &[(String, String)], keys: &'static str, more: &[&str]) {
    let mut order: Vec<&str> = more.to_vec();
    for cells in lines(keys) {
        order.push(cells[0]);
        order.extend(cells[3].split_once('=').map(|(name, _)| name));
    }
    order.extend(["trail365Record", "trail365LeftOut"]);
    // Keys in the order of the table, each once: text cannot bring another.
    let places: Vec<usize> = pairs
        .iter()
        .map(|(key, _)| {
            order.iter().position(|name| name == key).unwrap_or_else(|| panic!("{key}"))
        })
        .collect();
    assert!(places.is_sorted_by(|a, b| a < b), "{pairs:?}");
    let value = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    let left_out: usize = value("trail365LeftOut").map_or(0, |count| count.parse().unwrap());
    let record = value("trail365Record");
    if event.is_quarantined() {
        let text = event.body.as_text().unwrap_or_default();
        let kept = &text[..text.floor_char_boundary(decode::form::RECORD_BYTES_MAX)];
        // CEF has escapes for line breaks, LEEF shows them.
        assert_eq!(visible(record.map_or("", |it| it)), visible(kept), "{pairs:?}");
        assert_eq!(left_out, usize::from(kept.len() < text.len()));
        return;
    }
    assert!(record.is_none_or(|it| it.len() <= 6 * decode::form::RECORD_BYTES_MAX));
    let document: Object = record.map_or(Object::new(), |it| serde_json::from_str(it).unwrap());
    let mut texts = texts_of(&document);
    texts.extend(pairs.iter().map(|(_, value)| value.clone()));
    let mut lost = 0;
    let Value::Object(members) = &event.body else { panic!("an object") };
    for (_, member) in members {
        let mut told = true;
        each_leaf(member, &mut |leaf| {
            told &= is_told(leaf, &texts)
                || is_near(leaf, &texts)
                || texts.contains(&visible(&leaf.as_text().unwrap_or_default()));
        });
        lost += usize::from(!told);
    }
    assert!(lost <= left_out, "{lost} lost, {left_out} counted: {pairs:?}");
}

/// Every value of the record is told by the document.
pub fn check_told(event: &Event, document: &Object, form: &str) {
    let texts = texts_of(document);
    each_leaf(&event.body, &mut |leaf| assert!(is_told(leaf, &texts), "{form} lost {leaf:?}"));
}

/// The scalars and the names of a document.
pub fn texts_of(object: &Object) -> BTreeSet<String> {
    fn collect(value: &Json, texts: &mut BTreeSet<String>) {
        match value {
            Json::Object(members) => {
                for (name, value) in members {
                    texts.insert(name.clone());
                    // A dotted name holds the names it was made of.
                    texts.extend(
                        (0..name.len())
                            .filter_map(|at| name.get(at..))
                            .filter_map(|tail| tail.strip_prefix('.').map(str::to_owned)),
                    );
                    collect(value, texts);
                }
            }
            Json::Array(items) => items.iter().for_each(|item| collect(item, texts)),
            Json::String(text) => _ = texts.insert(text.clone()),
            scalar => _ = texts.insert(scalar.to_string()),
        }
    }
    let mut texts = BTreeSet::new();
    collect(&Json::Object(object.clone()), &mut texts);
    texts
}

pub fn each_leaf(value: &Value, visit: &mut dyn FnMut(&Value)) {
    match value {
        Value::Null => {}
        Value::List(items) => items.iter().for_each(|item| each_leaf(item, visit)),
        Value::Object(members) => members.iter().for_each(|(_, value)| each_leaf(value, visit)),
        scalar => visit(scalar),
    }
}

pub fn is_told(leaf: &Value, texts: &BTreeSet<String>) -> bool {
    let text = match leaf {
        Value::Text(text) => text.to_string(),
        leaf => serde_json::to_string(leaf).unwrap(),
    };
    // A changed property's name has no blank and no dot; a dotted path ends in a name.
    let told = |text: &str| {
        [text.to_owned(), text.replace([' ', '.'], "_")].iter().any(|text| {
            texts.contains(text) || texts.iter().any(|told| told.contains(&format!(".{text}.")))
        })
    };
    // In a field for text a float is written as text.
    let as_text = leaf.as_text().unwrap_or_default();
    if told(&text) || told(&as_text) || platform(&as_text).is_some_and(|name| texts.contains(name))
    {
        return true;
    }
    // JSON inside a text is taken apart.
    match Value::from_json(&text) {
        Ok(inner @ (Value::List(_) | Value::Object(_))) => {
            let mut all = true;
            each_leaf(&inner, &mut |leaf| all &= is_told(leaf, texts));
            all
        }
        _ => false,
    }
}

/// Reading JSON once more moves the last digit of a float.
pub fn is_near(leaf: &Value, texts: &BTreeSet<String>) -> bool {
    let Value::Number(Number::Float(sent)) = leaf else { return false };
    texts
        .iter()
        .filter_map(|text| text.parse::<f64>().ok())
        .any(|told| (told - sent).abs() <= sent.abs() * 1e-12)
}

/// `Platform` is written by its name.
pub fn platform(code: &str) -> Option<&'static str> {
    let names = ["Unknown", "Windows", "MacOS", "iOS", "Android", "Web Browser"];
    names.get(code.trim().parse::<usize>().ok()?).copied()
}

/// JSON of any shape, with the names that the rules know among its members.
pub fn any_json() -> impl Strategy<Value = Json> {
    let names: BTreeSet<&str> = lines(ECS_RULES)
        .chain(lines(OCSF_RULES))
        .chain(lines(CEF_RULES))
        .chain(lines(LEEF_RULES))
        .map(|cells| cells[1])
        .filter(|source| !source.starts_with(['@', '=']))
        .flat_map(|source| source.split('.'))
        .chain(["Name", "Value", "NewValue", "OldValue", "Platform", "OperationProperties", "type"])
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    let name = prop_oneof![
        9 => prop::sample::select(names).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        prop::sample::select(vec![
            "",
            "<null>",
            "0",
            "ann@contoso.example",
            "ann@contoso",
            "2026-01-24T06:54:24",
            "203.0.113.7:443",
            "[2001:db8::1]:99999",
            "https://contoso.example:x/a b.c?d#e",
            "mail (203.0.113.7)",
            "High",
            "a.pdf (12b); (b)",
            "[{\"Name\":\"a\",\"Value\":[1]}]",
            "{\"ts\":\"x\",\"ts\":2}",
            "BlockAccess",
            "User",
            "1e999",
            "@",
            "x@",
            "://",
            "Azure",
            "true",
            "x|0|rt=1 suser=eve\\|\\=\\",
            "a\nCEF:0|x|x|1|x|x|10|suser=eve\r\n",
            "a\tusrName=eve^usrName=eve\tb",
            "\u{1b}[2J\u{0}\u{7f}\u{85}\u{2028}",
            "=HYPERLINK(\"x\"),\"\n=1",
            "\",=1,\"",
            " trail365Record={} ",
        ])
        .prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..16)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// The members by which each schema without a RecordType is known.
pub const FAMILIES: &[&str] = &[
    r#"{"createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"Outlook","status":{"errorCode":50126}}"#,
    r#"{"activityDisplayName":"Add user","activityDateTime":"2026-01-24T06:54:24Z","category":"UserManagement"}"#,
    r#"{"MessageTraceId":"7c1f0a52","RecipientAddress":"ann@contoso.example"}"#,
    r#"{"time":"2026-01-24T06:54:25Z","category":"SignInLogs","properties":{},"resourceId":"/tenants/5f2d6c1e"}"#,
    r#"{"time":"2026-01-24T06:54:25Z","category":"AuditLogs","properties":{"targetResources":[{"type":"User"}]},"resourceId":"/t"}"#,
    r#"{"riskEventType":"unfamiliarFeatures","riskState":"atRisk","detectedDateTime":"2026-01-24T06:54:24Z"}"#,
    r#"{"service":"Exchange Online","classification":"incident","startDateTime":"2026-01-24T06:54:24Z"}"#,
    r#"{"service":"Exchange Online","status":"serviceOperational","id":"Exchange"}"#,
    r#"{"services":["Teams"],"category":"planForChange","title":"New"}"#,
    r#"{"LastAccessed":"2026-01-24T06:54:24","Operation":"SoftDelete","LogonType":"Owner"}"#,
    r#"{"Cmdlet":"Set-Mailbox","RunDate":"2026-01-24T06:54:24"}"#,
];

/// A record that says something for every class.
pub fn full_record(record_type: i64, operation: &str) -> Json {
    json!({
        "CreationTime": "2026-01-24T06:54:24", "Id": "7b1f0a52-0001-4aaa-8bbb-0123456789ab",
        "RecordType": record_type, "Operation": operation, "Workload": "Exchange", "UserType": 0, "Version": 1,
        "OrganizationId": "5f2d6c1e-1111-4222-8333-0123456789ab", "UserId": "ann@contoso.example", "UserKey": "1003",
        "ClientIP": "203.0.113.7:51512", "ResultStatus": "Succeeded", "AlertId": "a1", "InvestigationId": "i1",
        "ObjectId": "https://contoso.example/sites/a/Plan.xlsx", "SourceFileName": "Plan.xlsx", "ItemType": "File",
        "SiteUrl": "https://contoso.example/sites/a/", "TeamName": "Plans", "TeamGuid": "t1", "GroupName": "Plans",
        "Members": [{"UPN": "bob@contoso.example", "DisplayName": "Bob", "Role": 1}], "ChannelName": "General",
        "AddOnName": "Tasks", "ObjectDisplayName": "Lake", "FileName": "Plan.xlsx", "Severity": "High", "Status": "Active",
        "PolicyDetails": [{"PolicyId": "p1", "PolicyName": "Cards", "Rules": [{"RuleId": "r1", "RuleName": "Card",
            "Severity": "Medium", "Actions": ["BlockAccess"]}]}],
        "Item": {"Subject": "Hi", "InternetMessageId": "<1@contoso.example>", "Attachments": "a.pdf (12b)"},
        "MailboxOwnerUPN": "ann@contoso.example", "MailboxGuid": "m1",
    })
}

/// A document of a record, a flattened field a line.
pub fn pretty(record: &str, form: fn(&Event) -> Object) -> String {
    let envelope = envelope(record);
    let event = decode(&envelope);
    crate::holds(&event);
    let mut text = String::new();
    for (name, value) in flattened(&form(&event)) {
        text += &format!("{name}={value}\n");
    }
    text
}

pub const SIGN_IN: &str = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a52","Operation":"UserLoggedIn","OrganizationId":"5F2D6C1E",
    "RecordType":15,"ResultStatus":"Success","UserKey":"1003","UserType":0,"Version":1,"Workload":"AzureActiveDirectory",
    "ClientIP":"203.0.113.7","ActorIpAddress":"203.0.113.7","ObjectId":"00000003","UserId":"ann@contoso.example","ApplicationId":"5e3ce6c0",
    "ExtendedProperties":[{"Name":"UserAgent","Value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},
    {"Name":"RequestType","Value":"OAuth2:Authorize"},{"Name":"RequestType","Value":"Again"}],
    "ModifiedProperties":[],"ErrorNumber":"50126","LogonError":"InvalidUserNameOrPassword"}"#;

pub const SHARING: &str = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a53","Operation":"SharingSet","OrganizationId":"5f2d6c1e","RecordType":14,
    "UserKey":"i:0h.f|membership|1003@live.com","UserType":0,"Version":1,"Workload":"OneDrive","ClientIP":"[2001:DB8::7]:443","UserId":"ann@contoso.example",
    "ItemType":"File","ObjectId":"https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx","SiteUrl":"https://contoso-my.sharepoint.example/personal/ann/",
    "SourceFileName":"Plan 2.xlsx","SourceFileExtension":"xlsx","SourceRelativeUrl":"Documents","TargetUserOrGroupType":"Guest","TargetUserOrGroupName":"eve@fabrikam.example"}"#;

pub const ALERT: &str = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a54","Operation":"AlertTriggered","OrganizationId":"5f2d6c1e","RecordType":40,
    "ResultStatus":"Succeeded","UserKey":"SecurityComplianceAlerts","UserType":4,"Version":1,"Workload":"SecurityComplianceCenter","UserId":"SecurityComplianceAlerts",
    "AlertId":"a1","AlertLinks":[{"AlertLinkHref":"https://contoso.example/alert"}],"AlertType":"System","Category":"ThreatManagement","Comments":"New alert",
    "Data":"{\"f3u\":\"ann@contoso.example\",\"ts\":\"2026-01-24T06:45:00.0000000Z\",\"sev\":\"High\"}","Name":"Mass download","PolicyId":"p1","Severity":"High","Status":"Active"}"#;

pub const ROLE: &str = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a55","Operation":"Add member to role.","OrganizationId":"5f2d6c1e","RecordType":8,
    "ResultStatus":"Success","UserKey":"1003","UserType":2,"Version":1,"Workload":"AzureActiveDirectory","ObjectId":"bob@contoso.example","UserId":"ann@contoso.example",
    "ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"Global Administrator","OldValue":""}],"Target":[{"ID":"bob@contoso.example","Type":5}]}"#;

pub const TRACE: &str = r#"{"Organization":"contoso.example","MessageId":"<1@fabrikam.example>","Received":"2026-01-24T06:54:24.3616847","SenderAddress":"bob@fabrikam.example",
    "RecipientAddress":"ann@contoso.example","Subject":"Hi","Status":"FilteredAsSpam","ToIP":null,"FromIP":"198.51.100.9","Size":4711,"MessageTraceId":"7c1f0a52","Index":3}"#;
