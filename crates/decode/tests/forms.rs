//! The forms: what holds for any record, and what one record of each kind becomes.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{decode, envelope};
use decode::form::{
    Form, Object, OcsfVersion, Style, ecs, flat, flattened, ocsf, ocsf_problems, ocsf_with_raw_data,
};
use event::{Event, Value};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const CLASSES: &str = include_str!("../data/form/classes.tsv");
const ECS_FIELDS: &str = include_str!("../data/form/ecs_fields.tsv");
const ECS_RULES: &str = include_str!("../data/form/ecs.tsv");
const OCSF_RULES: &str = include_str!("../data/form/ocsf.tsv");

fn lines(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

/// What every form promises, whatever the record.
fn holds(event: &Event) {
    let document = ecs(event);
    check_ecs(&document);
    let texts = texts_of(&document);
    each_leaf(&event.body, &mut |leaf| assert!(is_told(leaf, &texts), "ECS lost {leaf:?}"));
    for version in OcsfVersion::ALL {
        let object = ocsf(event, version);
        assert_eq!(ocsf_problems(&object), Vec::<String>::new(), "{}", json!(object));
        let texts = texts_of(&object);
        each_leaf(&event.body, &mut |leaf| assert!(is_told(leaf, &texts), "OCSF lost {leaf:?}"));
    }
    let object = ocsf_with_raw_data(event, OcsfVersion::default());
    assert_eq!(ocsf_problems(&object), Vec::<String>::new());
    for style in [Style::Elastic, Style::LogMan] {
        let flat: Object = flat(event, style).into_iter().collect();
        let texts = texts_of(&flat);
        each_leaf(&event.body, &mut |leaf| assert!(is_told(leaf, &texts), "flat lost {leaf:?}"));
    }
    for form in Form::ALL {
        let mut out = Vec::new();
        form.write(event, &mut out);
        let is_json = !matches!(form, Form::Raw | Form::Line);
        assert!(!is_json || serde_json::from_slice::<Json>(&out).is_ok(), "{}", form.name());
        assert!(form == Form::Raw || !out.contains(&b'\n'), "{}", form.name());
    }
}

/// Each field is one of ECS and holds what ECS says.
fn check_ecs(document: &Object) {
    let fields: BTreeMap<&str, (&str, bool)> =
        lines(ECS_FIELDS).map(|c| (c[0], (c[1], c.get(2) == Some(&"array")))).collect();
    for (path, value) in flattened(document) {
        if path.starts_with("o365.audit.") || path.starts_with("source.geo.location.") {
            continue;
        }
        let (kind, is_list) = fields.get(path.as_str()).unwrap_or_else(|| panic!("{path}"));
        assert!(value.is_array() || !is_list, "{path} is no list: {value}");
        let items = match &value {
            Json::Array(items) => items.as_slice(),
            value => std::slice::from_ref(value),
        };
        for item in items {
            let fits = match *kind {
                "long" => item.is_i64() || item.is_u64(),
                "ip" => item.as_str().is_some_and(|ip| ip.parse::<std::net::IpAddr>().is_ok()),
                "date" => item.as_str().is_some_and(|text| event::time::parse(text).is_some()),
                "nested" => item.is_object(),
                _ => item.is_string(),
            };
            assert!(fits, "{path}: {item} is no {kind}");
        }
    }
}

/// The scalars and the names of a document.
fn texts_of(object: &Object) -> BTreeSet<String> {
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

fn each_leaf(value: &Value, visit: &mut dyn FnMut(&Value)) {
    match value {
        Value::Null => {}
        Value::List(items) => items.iter().for_each(|item| each_leaf(item, visit)),
        Value::Object(members) => members.iter().for_each(|(_, value)| each_leaf(value, visit)),
        scalar => visit(scalar),
    }
}

fn is_told(leaf: &Value, texts: &BTreeSet<String>) -> bool {
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

/// `Platform` is written by its name.
fn platform(code: &str) -> Option<&'static str> {
    let names = ["Unknown", "Windows", "MacOS", "iOS", "Android", "Web Browser"];
    names.get(code.trim().parse::<usize>().ok()?).copied()
}

/// JSON of any shape, with the names that the rules know among its members.
fn any_json() -> impl Strategy<Value = Json> {
    let names: BTreeSet<&str> = lines(ECS_RULES)
        .chain(lines(OCSF_RULES))
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_record_has_every_form(
        value in any_json(),
        record_type in prop::option::of(prop_oneof![-1..480i64, prop::sample::select(vec![2i64, 6, 8, 11, 14, 15, 25, 28, 40, 64])]),
        operation in prop::option::of(prop::sample::select(lines(CLASSES).map(|cells| cells[1]).collect::<Vec<_>>())),
    ) {
        let mut value = value;
        if let Json::Object(members) = &mut value {
            if let Some(id) = record_type {
                members.insert("RecordType".to_owned(), id.into());
            }
            if let Some(operation) = operation {
                members.insert("Operation".to_owned(), operation.into());
            }
        }
        let envelope = envelope(value.to_string());
        holds(&decode(&envelope));
    }

    #[test]
    fn records_of_other_schemas_have_every_form(value in any_json(), family in 0..FAMILIES.len()) {
        let mut members: Object = serde_json::from_str(FAMILIES[family]).unwrap();
        if let Json::Object(more) = value {
            for (name, value) in more {
                members.entry(name).or_insert(value);
            }
        }
        members.remove("RecordType");
        let envelope = envelope(Json::Object(members).to_string());
        holds(&decode(&envelope));
    }

    #[test]
    fn any_bytes_have_every_form(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let envelope = envelope(bytes);
        holds(&decode(&envelope));
    }
}

/// The members by which each schema without a RecordType is known.
const FAMILIES: &[&str] = &[
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
fn full_record(record_type: i64, operation: &str) -> Json {
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

/// Every operation that has a line gets the class of that line, and is sound in every version.
#[test]
fn every_line_of_the_classes_is_written() {
    for cells in lines(CLASSES) {
        let Some(record_type) = cells[0].split(',').next().unwrap().parse::<i64>().ok() else {
            continue;
        };
        let operation = cells[1].replace('*', "Thing");
        let envelope = envelope(full_record(record_type, &operation).to_string());
        let event = decode(&envelope);
        holds(&event);
        let object = ocsf(&event, OcsfVersion::V1_9);
        let class_uid = object["class_uid"].as_i64().unwrap().to_string();
        let activity_id = object["activity_id"].as_i64().unwrap().to_string();
        assert_eq!((class_uid.as_str(), activity_id.as_str()), (cells[5], cells[6]), "{cells:?}");
    }
}

#[test]
fn every_family_named_by_a_rule_exists() {
    let whom = [ECS_RULES, OCSF_RULES, CLASSES].into_iter().flat_map(lines).map(|cells| cells[0]);
    for name in whom.flat_map(|names| names.split(',')) {
        let is_word = matches!(name, "*" | "audit") || name.starts_with("category:");
        let is_type = name.parse().is_ok_and(|id| decode::record_type_name(id).is_some());
        let is_family = decode::FAMILIES.iter().any(|family| family.name == name);
        assert!(is_word || is_type || is_family, "{name}");
    }
}

#[test]
fn forms_have_names() {
    for form in Form::ALL {
        assert_eq!(Form::named(&form.name().to_uppercase()), Some(form));
    }
    assert_eq!(Form::named("cef"), None);
    for (name, version) in [
        ("1.9.0", Some(OcsfVersion::V1_9)),
        ("1.10", Some(OcsfVersion::V1_9)),
        ("1.4.0", Some(OcsfVersion::V1_4)),
        ("1", Some(OcsfVersion::V1_4)),
        ("2.0", None),
        ("new", None),
    ] {
        assert_eq!(OcsfVersion::named(name), version, "{name}");
    }
}

fn pretty(record: &str, form: fn(&Event) -> Object) -> String {
    let envelope = envelope(record);
    let event = decode(&envelope);
    holds(&event);
    let mut text = String::new();
    for (name, value) in flattened(&form(&event)) {
        text += &format!("{name}={value}\n");
    }
    text
}

fn check_ecs_of(record: &str, expected: Expect) {
    expected.assert_eq(&pretty(record, ecs));
}

fn check_ocsf_of(record: &str, expected: Expect) {
    expected.assert_eq(&pretty(record, |event| ocsf(event, OcsfVersion::V1_9)));
}

const SIGN_IN: &str = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a52","Operation":"UserLoggedIn","OrganizationId":"5F2D6C1E",
    "RecordType":15,"ResultStatus":"Success","UserKey":"1003","UserType":0,"Version":1,"Workload":"AzureActiveDirectory",
    "ClientIP":"203.0.113.7","ActorIpAddress":"203.0.113.7","ObjectId":"00000003","UserId":"ann@contoso.example","ApplicationId":"5e3ce6c0",
    "ExtendedProperties":[{"Name":"UserAgent","Value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},
    {"Name":"RequestType","Value":"OAuth2:Authorize"},{"Name":"RequestType","Value":"Again"}],
    "ModifiedProperties":[],"ErrorNumber":"50126","LogonError":"InvalidUserNameOrPassword"}"#;

const SHARING: &str = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a53","Operation":"SharingSet","OrganizationId":"5f2d6c1e","RecordType":14,
    "UserKey":"i:0h.f|membership|1003@live.com","UserType":0,"Version":1,"Workload":"OneDrive","ClientIP":"[2001:DB8::7]:443","UserId":"ann@contoso.example",
    "ItemType":"File","ObjectId":"https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx","SiteUrl":"https://contoso-my.sharepoint.example/personal/ann/",
    "SourceFileName":"Plan 2.xlsx","SourceFileExtension":"xlsx","SourceRelativeUrl":"Documents","TargetUserOrGroupType":"Guest","TargetUserOrGroupName":"eve@fabrikam.example"}"#;

const ALERT: &str = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a54","Operation":"AlertTriggered","OrganizationId":"5f2d6c1e","RecordType":40,
    "ResultStatus":"Succeeded","UserKey":"SecurityComplianceAlerts","UserType":4,"Version":1,"Workload":"SecurityComplianceCenter","UserId":"SecurityComplianceAlerts",
    "AlertId":"a1","AlertLinks":[{"AlertLinkHref":"https://contoso.example/alert"}],"AlertType":"System","Category":"ThreatManagement","Comments":"New alert",
    "Data":"{\"f3u\":\"ann@contoso.example\",\"ts\":\"2026-01-24T06:45:00.0000000Z\",\"sev\":\"High\"}","Name":"Mass download","PolicyId":"p1","Severity":"High","Status":"Active"}"#;

const ROLE: &str = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a55","Operation":"Add member to role.","OrganizationId":"5f2d6c1e","RecordType":8,
    "ResultStatus":"Success","UserKey":"1003","UserType":2,"Version":1,"Workload":"AzureActiveDirectory","ObjectId":"bob@contoso.example","UserId":"ann@contoso.example",
    "ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"Global Administrator","OldValue":""}],"Target":[{"ID":"bob@contoso.example","Type":5}]}"#;

const TRACE: &str = r#"{"Organization":"contoso.example","MessageId":"<1@fabrikam.example>","Received":"2026-01-24T06:54:24.3616847","SenderAddress":"bob@fabrikam.example",
    "RecipientAddress":"ann@contoso.example","Subject":"Hi","Status":"FilteredAsSpam","ToIP":null,"FromIP":"198.51.100.9","Size":4711,"MessageTraceId":"7c1f0a52","Index":3}"#;

#[test]
fn a_failed_sign_in_in_ecs() {
    check_ecs_of(
        SIGN_IN,
        expect![[r#"
        @timestamp="2026-01-24T06:54:24Z"
        client.address="203.0.113.7"
        client.ip="203.0.113.7"
        ecs.version="8.11.0"
        error.code="50126"
        error.message="InvalidUserNameOrPassword"
        event.action="UserLoggedIn"
        event.category=["web","authentication"]
        event.code="AzureActiveDirectoryStsLogon"
        event.dataset="o365.audit"
        event.id="7b1f0a52"
        event.ingested="2026-03-01T00:00:00Z"
        event.kind="event"
        event.module="o365"
        event.outcome="failure"
        event.provider="AzureActiveDirectory"
        event.type=["info","start","access"]
        host.id="5f2d6c1e"
        host.name="contoso.example"
        network.type="ipv4"
        o365.audit.ActorIpAddress="203.0.113.7"
        o365.audit.ApplicationId="5e3ce6c0"
        o365.audit.ClientIP="203.0.113.7"
        o365.audit.CreationTime="2026-01-24T06:54:24"
        o365.audit.ErrorNumber="50126"
        o365.audit.ExtendedProperties.RequestType=["OAuth2:Authorize","Again"]
        o365.audit.ExtendedProperties.UserAgent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
        o365.audit.LogonError="InvalidUserNameOrPassword"
        o365.audit.ModifiedProperties={}
        o365.audit.ObjectId="00000003"
        o365.audit.OrganizationId="5F2D6C1E"
        o365.audit.RecordType=15
        o365.audit.ResultStatus="Success"
        o365.audit.UserId="ann@contoso.example"
        o365.audit.UserKey="1003"
        o365.audit.UserType=0
        o365.audit.Version=1
        organization.id="5f2d6c1e"
        related.ip=["203.0.113.7"]
        related.user=["ann"]
        service.name="AzureActiveDirectory"
        source.address="203.0.113.7"
        source.ip="203.0.113.7"
        user.domain="contoso.example"
        user.email="ann@contoso.example"
        user.id="ann@contoso.example"
        user.name="ann"
        user.roles=["Regular"]
        user_agent.device.name="Other"
        user_agent.name="Chrome"
        user_agent.original="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
        user_agent.os.full="Windows 10"
        user_agent.os.name="Windows"
        user_agent.os.version="10"
        user_agent.version="120.0.0.0"
    "#]],
    );
}

#[test]
fn a_shared_file_in_ecs() {
    check_ecs_of(
        SHARING,
        expect![[r#"
        @timestamp="2026-01-24T06:54:24Z"
        client.address="[2001:DB8::7]:443"
        client.ip="2001:db8::7"
        client.port=443
        ecs.version="8.11.0"
        event.action="SharingSet"
        event.category=["web","file"]
        event.code="SharePointSharingOperation"
        event.dataset="o365.audit"
        event.id="7b1f0a53"
        event.ingested="2026-03-01T00:00:00Z"
        event.kind="event"
        event.module="o365"
        event.outcome="success"
        event.provider="OneDrive"
        event.type=["info","access"]
        file.directory="Documents"
        file.extension="xlsx"
        file.name="Plan 2.xlsx"
        host.id="5f2d6c1e"
        host.name="contoso.example"
        network.type="ipv6"
        o365.audit.ClientIP="[2001:DB8::7]:443"
        o365.audit.CreationTime="2026-01-24T06:54:24"
        o365.audit.ItemType="File"
        o365.audit.ObjectId="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        o365.audit.RecordType=14
        o365.audit.SiteUrl="https://contoso-my.sharepoint.example/personal/ann/"
        o365.audit.SourceFileExtension="xlsx"
        o365.audit.SourceFileName="Plan 2.xlsx"
        o365.audit.SourceRelativeUrl="Documents"
        o365.audit.TargetUserOrGroupName="eve@fabrikam.example"
        o365.audit.TargetUserOrGroupType="Guest"
        o365.audit.UserId="ann@contoso.example"
        o365.audit.UserKey="i:0h.f|membership|1003@live.com"
        o365.audit.UserType=0
        o365.audit.Version=1
        organization.id="5f2d6c1e"
        related.ip=["2001:db8::7"]
        related.user=["ann","eve"]
        service.name="OneDrive"
        source.address="[2001:DB8::7]:443"
        source.ip="2001:db8::7"
        source.port=443
        url.domain="contoso-my.sharepoint.example"
        url.extension="xlsx"
        url.full="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        url.original="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        url.path="/personal/ann/Documents/Plan 2.xlsx"
        url.port=443
        url.registered_domain="sharepoint.example"
        url.scheme="https"
        url.subdomain="contoso-my"
        url.top_level_domain="example"
        user.domain="contoso.example"
        user.email="ann@contoso.example"
        user.id="ann@contoso.example"
        user.name="ann"
        user.roles=["Regular"]
        user.target.domain="fabrikam.example"
        user.target.email="eve@fabrikam.example"
        user.target.name="eve"
    "#]],
    );
}

#[test]
fn an_alert_in_ecs() {
    check_ecs_of(
        ALERT,
        expect![[r#"
        @timestamp="2026-01-24T06:54:24Z"
        ecs.version="8.11.0"
        event.action="AlertTriggered"
        event.category=["web","malware"]
        event.code="SecurityComplianceAlerts"
        event.dataset="o365.audit"
        event.id="7b1f0a54"
        event.ingested="2026-03-01T00:00:00Z"
        event.kind="alert"
        event.module="o365"
        event.outcome="success"
        event.provider="SecurityComplianceCenter"
        event.severity=4
        event.start="2026-01-24T06:45:00Z"
        event.type=["info"]
        host.id="5f2d6c1e"
        host.name="contoso.example"
        message="New alert"
        o365.audit.AlertId="a1"
        o365.audit.AlertLinks=["https://contoso.example/alert"]
        o365.audit.AlertType="System"
        o365.audit.Category="ThreatManagement"
        o365.audit.Comments="New alert"
        o365.audit.CreationTime="2026-01-24T06:54:24"
        o365.audit.Data.f3u="ann@contoso.example"
        o365.audit.Data.sev="High"
        o365.audit.Data.ts="2026-01-24T06:45:00.0000000Z"
        o365.audit.Name="Mass download"
        o365.audit.PolicyId="p1"
        o365.audit.RecordType=40
        o365.audit.ResultStatus="Succeeded"
        o365.audit.Severity="High"
        o365.audit.Status="Active"
        o365.audit.UserId="SecurityComplianceAlerts"
        o365.audit.UserKey="SecurityComplianceAlerts"
        o365.audit.UserType=4
        o365.audit.Version=1
        organization.id="5f2d6c1e"
        related.user=["ann"]
        rule.category="ThreatManagement"
        rule.id="p1"
        rule.name="Mass download"
        rule.reference="https://contoso.example/alert"
        service.name="SecurityComplianceCenter"
        source.user.domain="contoso.example"
        source.user.email="ann@contoso.example"
        source.user.name="ann"
        user.domain="contoso.example"
        user.email="ann@contoso.example"
        user.id="SecurityComplianceAlerts"
        user.name="ann"
        user.roles=["System"]
    "#]],
    );
}

#[test]
fn a_new_role_member_in_both() {
    check_ecs_of(
        ROLE,
        expect![[r#"
        @timestamp="2026-01-24T06:54:24Z"
        ecs.version="8.11.0"
        event.action="Add member to role."
        event.category=["web","iam"]
        event.code="AzureActiveDirectory"
        event.dataset="o365.audit"
        event.id="7b1f0a55"
        event.ingested="2026-03-01T00:00:00Z"
        event.kind="event"
        event.module="o365"
        event.outcome="success"
        event.provider="AzureActiveDirectory"
        event.type=["info","user","admin","change"]
        host.id="5f2d6c1e"
        host.name="contoso.example"
        o365.audit.CreationTime="2026-01-24T06:54:24"
        o365.audit.ModifiedProperties.Role_DisplayName.NewValue="Global Administrator"
        o365.audit.ModifiedProperties.Role_DisplayName.OldValue=""
        o365.audit.ObjectId="bob@contoso.example"
        o365.audit.RecordType=8
        o365.audit.ResultStatus="Success"
        o365.audit.Target=[{"ID":"bob@contoso.example","Type":5}]
        o365.audit.UserId="ann@contoso.example"
        o365.audit.UserKey="1003"
        o365.audit.UserType=2
        o365.audit.Version=1
        organization.id="5f2d6c1e"
        related.user=["ann","bob"]
        service.name="AzureActiveDirectory"
        user.domain="contoso.example"
        user.email="ann@contoso.example"
        user.id="ann@contoso.example"
        user.name="ann"
        user.roles=["Admin"]
        user.target.domain="contoso.example"
        user.target.email="bob@contoso.example"
        user.target.id="bob@contoso.example"
        user.target.name="bob"
        user.target.roles=["Global Administrator"]
    "#]],
    );
    check_ocsf_of(
        ROLE,
        expect![[r#"
        activity_id=16
        activity_name="Assign Roles"
        actor.user.domain="contoso.example"
        actor.user.email_addr="ann@contoso.example"
        actor.user.name="ann@contoso.example"
        actor.user.type_id=2
        actor.user.uid="1003"
        category_name="Identity & Access Management"
        category_uid=3
        class_name="User Management"
        class_uid=3007
        metadata.event_code="AzureActiveDirectory"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_event_uid="7b1f0a55"
        metadata.original_time="2026-01-24T06:54:24"
        metadata.product.feature.name="AzureActiveDirectory"
        metadata.product.name="Microsoft 365"
        metadata.product.vendor_name="Microsoft"
        metadata.tenant_uid="5f2d6c1e"
        metadata.uid="7b1f0a55"
        metadata.version="1.9.0"
        observables=[{"name":"actor.user.name","type":"User Name","type_id":4,"value":"ann@contoso.example"},{"name":"actor.user.email_addr","type":"Email Address","type_id":5,"value":"ann@contoso.example"},{"name":"user.name","type":"User Name","type_id":4,"value":"bob@contoso.example"},{"name":"user.email_addr","type":"Email Address","type_id":5,"value":"bob@contoso.example"}]
        privileges=["Global Administrator"]
        resources=[{"name":"bob@contoso.example"}]
        severity="Informational"
        severity_id=1
        status="Success"
        status_id=1
        time=1769237664000
        type_name="User Management: Assign Roles"
        type_uid=300716
        unmapped.ModifiedProperties=[{"Name":"Role.DisplayName","NewValue":"Global Administrator","OldValue":""}]
        unmapped.Operation="Add member to role."
        unmapped.RecordType=8
        unmapped.ResultStatus="Success"
        unmapped.Target=[{"ID":"bob@contoso.example","Type":5}]
        unmapped.UserType=2
        unmapped.Version=1
        user.email_addr="bob@contoso.example"
        user.name="bob@contoso.example"
    "#]],
    );
}

#[test]
fn a_message_trace_in_ocsf() {
    check_ocsf_of(
        TRACE,
        expect![[r#"
        activity_id=4
        activity_name="Trace"
        category_name="Network Activity"
        category_uid=4
        class_name="Email Activity"
        class_uid=4009
        direction="Unknown"
        direction_id=0
        email.from="bob@fabrikam.example"
        email.message_uid="<1@fabrikam.example>"
        email.size=4711
        email.smtp_from="bob@fabrikam.example"
        email.smtp_to=["ann@contoso.example"]
        email.subject="Hi"
        email.to=["ann@contoso.example"]
        message_trace_uid="7c1f0a52"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_time="2026-01-24T06:54:24.3616847"
        metadata.product.feature.name="Exchange"
        metadata.product.name="O365"
        metadata.product.vendor_name="Microsoft"
        metadata.version="1.9.0"
        observables=[{"name":"src_endpoint.ip","type":"IP Address","type_id":2,"value":"198.51.100.9"},{"name":"email.from","type":"Email Address","type_id":5,"value":"bob@fabrikam.example"}]
        severity="Unknown"
        severity_id=0
        src_endpoint.ip="198.51.100.9"
        status="FilteredAsSpam"
        status_detail="FilteredAsSpam"
        status_id=99
        time=1769237664361
        type_name="Email Activity: Trace"
        type_uid=400904
        unmapped.Index=3
        unmapped.Organization="contoso.example"
    "#]],
    );
}

#[test]
fn a_failed_sign_in_in_ocsf() {
    check_ocsf_of(
        SIGN_IN,
        expect![[r#"
        activity_id=1
        activity_name="Logon"
        actor.app_uid="5e3ce6c0"
        actor.user.domain="contoso.example"
        actor.user.email_addr="ann@contoso.example"
        actor.user.name="ann@contoso.example"
        actor.user.type_id=1
        actor.user.uid="1003"
        auth_protocol="OAuth2:Authorize"
        auth_protocol_id=6
        category_name="Identity & Access Management"
        category_uid=3
        class_name="Authentication"
        class_uid=3002
        dst_endpoint.uid="00000003"
        http_request.user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
        metadata.event_code="AzureActiveDirectoryStsLogon"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_event_uid="7b1f0a52"
        metadata.original_time="2026-01-24T06:54:24"
        metadata.product.feature.name="AzureActiveDirectory"
        metadata.product.name="Microsoft 365"
        metadata.product.vendor_name="Microsoft"
        metadata.tenant_uid="5F2D6C1E"
        metadata.uid="7b1f0a52"
        metadata.version="1.9.0"
        observables=[{"name":"actor.user.name","type":"User Name","type_id":4,"value":"ann@contoso.example"},{"name":"actor.user.email_addr","type":"Email Address","type_id":5,"value":"ann@contoso.example"},{"name":"user.name","type":"User Name","type_id":4,"value":"ann@contoso.example"},{"name":"user.email_addr","type":"Email Address","type_id":5,"value":"ann@contoso.example"},{"name":"src_endpoint.ip","type":"IP Address","type_id":2,"value":"203.0.113.7"},{"name":"http_request.user_agent","type":"HTTP User-Agent","type_id":16,"value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"}]
        service.uid="5e3ce6c0"
        severity="Informational"
        severity_id=1
        src_endpoint.ip="203.0.113.7"
        status="Failure"
        status_code="50126"
        status_detail="InvalidUserNameOrPassword"
        status_id=2
        time=1769237664000
        type_name="Authentication: Logon"
        type_uid=300201
        unmapped.ExtendedProperties=[{"Name":"UserAgent","Value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},{"Name":"RequestType","Value":"OAuth2:Authorize"},{"Name":"RequestType","Value":"Again"}]
        unmapped.ModifiedProperties=[]
        unmapped.Operation="UserLoggedIn"
        unmapped.RecordType=15
        unmapped.ResultStatus="Success"
        unmapped.UserType=0
        unmapped.Version=1
        user.email_addr="ann@contoso.example"
        user.name="ann@contoso.example"
        user.uid="1003"
    "#]],
    );
}

#[test]
fn a_shared_file_in_ocsf() {
    check_ocsf_of(
        SHARING,
        expect![[r#"
        activity_id=12
        activity_name="Share"
        actor.user.domain="contoso.example"
        actor.user.email_addr="ann@contoso.example"
        actor.user.name="ann@contoso.example"
        actor.user.type_id=1
        actor.user.uid="i:0h.f|membership|1003@live.com"
        category_name="Application Activity"
        category_uid=6
        class_name="File Hosting Activity"
        class_uid=6006
        dst_endpoint.hostname="contoso-my.sharepoint.example"
        file.ext="xlsx"
        file.name="Plan 2.xlsx"
        file.parent_folder="Documents"
        file.path="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        file.type_id=1
        file.url.url_string="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        metadata.event_code="SharePointSharingOperation"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_event_uid="7b1f0a53"
        metadata.original_time="2026-01-24T06:54:24"
        metadata.product.feature.name="OneDrive"
        metadata.product.name="Microsoft 365"
        metadata.product.vendor_name="Microsoft"
        metadata.tenant_uid="5f2d6c1e"
        metadata.uid="7b1f0a53"
        metadata.version="1.9.0"
        observables=[{"name":"actor.user.name","type":"User Name","type_id":4,"value":"ann@contoso.example"},{"name":"actor.user.email_addr","type":"Email Address","type_id":5,"value":"ann@contoso.example"},{"name":"src_endpoint.ip","type":"IP Address","type_id":2,"value":"2001:db8::7"},{"name":"file.name","type":"File Name","type_id":7,"value":"Plan 2.xlsx"},{"name":"file.url.url_string","type":"URL String","type_id":6,"value":"https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"}]
        severity="Informational"
        severity_id=1
        src_endpoint.ip="2001:db8::7"
        src_endpoint.port=443
        status="Unknown"
        status_id=0
        time=1769237664000
        type_name="File Hosting Activity: Share"
        type_uid=600612
        unmapped.ClientIP="[2001:DB8::7]:443"
        unmapped.ItemType="File"
        unmapped.Operation="SharingSet"
        unmapped.RecordType=14
        unmapped.SiteUrl="https://contoso-my.sharepoint.example/personal/ann/"
        unmapped.TargetUserOrGroupName="eve@fabrikam.example"
        unmapped.TargetUserOrGroupType="Guest"
        unmapped.UserType=0
        unmapped.Version=1
    "#]],
    );
}

#[test]
fn an_alert_in_ocsf() {
    check_ocsf_of(
        ALERT,
        expect![[r#"
        activity_id=1
        activity_name="Create"
        category_name="Findings"
        category_uid=2
        class_name="Detection Finding"
        class_uid=2004
        evidences=[{"user":{"name":"ann@contoso.example"}}]
        finding_info.analytic.name="Mass download"
        finding_info.analytic.type="Rule"
        finding_info.analytic.type_id=1
        finding_info.analytic.uid="p1"
        finding_info.first_seen_time=1769237100000
        finding_info.src_url="https://contoso.example/alert"
        finding_info.title="Mass download"
        finding_info.types=["ThreatManagement"]
        finding_info.uid="a1"
        is_alert=true
        message="New alert"
        metadata.event_code="SecurityComplianceAlerts"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_event_uid="7b1f0a54"
        metadata.original_time="2026-01-24T06:54:24"
        metadata.product.feature.name="SecurityComplianceCenter"
        metadata.product.name="Microsoft 365"
        metadata.product.vendor_name="Microsoft"
        metadata.tenant_uid="5f2d6c1e"
        metadata.uid="7b1f0a54"
        metadata.version="1.9.0"
        severity="High"
        severity_id=4
        status="New"
        status_id=1
        time=1769237664000
        type_name="Detection Finding: Create"
        type_uid=200401
        unmapped.AlertLinks=[{"AlertLinkHref":"https://contoso.example/alert"}]
        unmapped.AlertType="System"
        unmapped.Comments="New alert"
        unmapped.Data="{\"f3u\":\"ann@contoso.example\",\"ts\":\"2026-01-24T06:45:00.0000000Z\",\"sev\":\"High\"}"
        unmapped.Operation="AlertTriggered"
        unmapped.RecordType=40
        unmapped.ResultStatus="Succeeded"
        unmapped.Severity="High"
        unmapped.Status="Active"
        unmapped.UserId="SecurityComplianceAlerts"
        unmapped.UserKey="SecurityComplianceAlerts"
        unmapped.UserType=4
        unmapped.Version=1
    "#]],
    );
}

/// The envelope of the diagnostic settings holds records of several kinds; its category tells.
#[test]
fn an_envelope_gets_the_class_of_its_category() {
    for (category, class_uid) in [
        ("SignInLogs", 3002),
        ("AuditLogs", 3004),
        ("UserRiskEvents", 2004),
        ("MicrosoftGraphActivityLogs", 6003),
    ] {
        let record = json!({
            "time": "2026-01-24T06:54:25Z", "resourceId": "/tenants/5f2d6c1e", "category": category,
            "operationName": "Add policy", "callerIpAddress": "203.0.113.9",
            "properties": {"id": "7c1f0a52", "userId": "2f2d6c1e", "category": "Policy", "operationType": "Add",
                "targetResources": [{"id": "p1", "type": "Policy", "displayName": "Block all"}]},
        });
        let envelope = envelope(record.to_string());
        let event = decode(&envelope);
        holds(&event);
        assert_eq!(ocsf(&event, OcsfVersion::V1_9)["class_uid"], class_uid, "{category}");
    }
}

/// Readers of OCSF 1.4 know neither 3007 nor 3008.
#[test]
fn older_readers_get_older_classes() {
    let class = |version| {
        let envelope = envelope(ROLE);
        let object = ocsf(&decode(&envelope), version);
        (object["class_uid"].as_i64(), object["activity_id"].as_i64())
    };
    assert_eq!(class(OcsfVersion::V1_4), (Some(3005), Some(3)));
    assert_eq!(class(OcsfVersion::V1_9), (Some(3007), Some(16)));
}

#[test]
fn dotted_names_hold_the_whole_record() {
    let envelope = envelope(TRACE);
    let event = decode(&envelope);
    let names: Vec<String> =
        flat(&event, Style::LogMan).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"o365.message.MessageId".to_owned()), "{names:?}");
    assert_eq!(names.len(), 11, "{names:?}");
    assert!(flat(&event, Style::Elastic).iter().all(|(name, _)| name.starts_with("o365.audit.")));
}
