//! The documented schema against the decoder: a record of each RecordType, made of what its classes
//! have, is known in every part.

mod common;

use common::{decode, envelope};
use decode::schema::{self, Kind, SchemaField};
use event::Field;
use expect_test::{Expect, expect};
use serde_json::{Map, Value, json};

/// A value of a kind, down to a few levels.
fn value(kind: &Kind, depth: usize) -> Value {
    match kind {
        Kind::Text => json!("text"),
        Kind::Integer => json!(7),
        Kind::Boolean => json!(true),
        Kind::Time => json!("2026-01-24T06:54:24"),
        Kind::Guid => json!("2f2d6c1e-aaaa-4222-8333-0123456789ab"),
        Kind::Any => json!({"any": 1}),
        Kind::Enum(name) => first_of(name),
        Kind::Complex(_) if depth == 0 => json!({}),
        Kind::Complex(name) => {
            let class = schema::class(name).unwrap();
            Value::Object(class.fields.iter().map(|field| member(field, depth - 1)).collect())
        }
        Kind::List(item) => json!([value(item, depth)]),
    }
}

fn first_of(name: &str) -> Value {
    let Some(enumeration) = schema::enumerations().find(|known| known.name == name) else {
        return json!(1);
    };
    let (code, word) = enumeration.members[0];
    if enumeration.is_coded() { json!(code) } else { json!(word) }
}

fn member(field: &SchemaField, depth: usize) -> (String, Value) {
    (field.name.to_owned(), value(&field.kind, depth))
}

fn record(record_type: i64, wanted: impl Fn(&SchemaField) -> bool) -> Map<String, Value> {
    let fields = schema::columns_of(record_type).iter().filter(|field| wanted(field));
    let mut record: Map<String, Value> = fields.map(|field| member(field, 3)).collect();
    record.insert("RecordType".to_owned(), json!(record_type));
    record.insert("UserType".to_owned(), json!(0));
    // A cmdlet is known everywhere.
    record.insert("Operation".to_owned(), json!("Set-Anything"));
    record.insert("ClientIP".to_owned(), json!("203.0.113.7"));
    record.insert("ClientIPAddress".to_owned(), json!("203.0.113.7"));
    record
}

#[test]
fn a_documented_record_of_each_type_is_known() {
    for (record_type, name) in schema::record_types() {
        for observed in [false, true] {
            let mut record = record(*record_type, |field| observed || field.is_documented());
            for address in ["ClientIPAddress", "ActorIpAddress", "ActorIP", "UserIp"] {
                record.retain(|key, _| !key.eq_ignore_ascii_case(address));
            }
            let envelope = envelope(Value::Object(record).to_string());
            let event = decode(&envelope);
            assert_eq!(event.issues, [], "{name}");
            assert_eq!(event.text(Field::RecordTypeName), Some(*name));
            assert!(event.text(Field::Outcome).is_some() && event.text(Field::ActorKind).is_some());
            let line = decode::line(&event);
            assert!(line.starts_with("2026-01-24T06:54:24 text Set-Anything: "), "{line}");
        }
    }
}

#[test]
fn each_code_of_a_documented_record_gets_its_name() {
    for (record_type, name) in schema::record_types() {
        let envelope = envelope(Value::Object(record(*record_type, |_| true)).to_string());
        let decoded = decode::decoded_json(&decode(&envelope));
        for field in schema::columns_of(*record_type) {
            let Kind::Enum(enumeration) = field.kind else { continue };
            let Some(code) = decoded[field.name].as_i64() else { continue };
            let named = &decoded[format!("{}Name", field.name)];
            // A member of that name may stand in the record already.
            if schema::field(*record_type, &format!("{}Name", field.name)).is_none() {
                let expected = schema::enum_name(enumeration, code).map(Value::from);
                assert_eq!(named, &expected.unwrap_or_default(), "{name} {}", field.name);
            }
        }
    }
}

#[test]
fn a_member_that_no_class_has_is_told_of_each_type() {
    for (record_type, name) in schema::record_types() {
        let mut record = record(*record_type, |field| field.class == schema::COMMON);
        record.insert("SomethingNew".to_owned(), json!([1]));
        let envelope = envelope(Value::Object(record).to_string());
        let event = decode(&envelope);
        let told: Vec<String> = event.issues.iter().map(ToString::to_string).collect();
        assert!(told.contains(&"unknown-field in SomethingNew: [1]".to_owned()), "{name} {told:?}");
    }
}

/// The line after the fields that every line has.
fn line(members: &str, expected: Expect) {
    let record = format!(
        r#"{{"CreationTime":"2026-01-24T06:54:24","Id":"1","ResultStatus":"","ClientIP":"",{members}}}"#
    );
    let envelope = envelope(record);
    let event = decode(&envelope);
    let line = decode::line(&event);
    let mut issues = String::new();
    for issue in &event.issues {
        issues.push_str("\n! ");
        event::write_printable(&issue.to_string(), &mut issues);
    }
    expected.assert_eq(&(line.split_once("ResultStatus: -, ").unwrap().1.to_owned() + &issues));
}

#[test]
fn lines_of_further_families() {
    line(
        r#""RecordType":43,"Operation":"SensitivityLabelApplied","LabelName":"Secret","LabelId":"2f2d6c1e","LabelAction":"Apply","ApplicationMode":"Standard","ItemName":"Plan.docx","Receivers":["bob@fabrikam.example"]"#,
        expect![
            "Label: Secret, LabelId: 2f2d6c1e, Action: Apply, Mode: Standard, ItemName: Plan.docx, Receivers: bob@fabrikam.example, ObjectId: -"
        ],
    );
    line(
        r#""RecordType":94,"Operation":"SensitivityLabelUpdated","ObjectId":"C:\\Plan.docx","SensitivityLabelEventData":{"SensitivityLabelId":"new","OldSensitivityLabelId":"old","JustificationText":"mistake"},"IsProtected":true,"Platform":1,"DeviceName":"LAP-1","ProcessName":"WINWORD""#,
        expect![[
            r#"ObjectId: C:\Plan.docx, LabelId: new, OldLabelId: old, Justification: mistake, Protected: true, Process: WINWORD, Device: LAP-1, Platform: Windows"#
        ]],
    );
    line(
        r#""RecordType":24,"Operation":"SearchCreated","CaseName":"Case 7","Object1Name":"Search 1","Object1Type":"Search","QueryText":"from:ann","DataSources":["ann@contoso.example"]"#,
        expect![
            "Case: Case 7, ObjectType: Search, Object: Search 1, Query: from:ann, Sources: ann@contoso.example, ObjectId: -"
        ],
    );
    line(
        r#""RecordType":295,"Operation":"AuditSearchCompleted","SearchFilters":"{\"Users\":[\"ann\"]}","CompletionStatus":"Succeeded","ResultsCount":3"#,
        expect![[r#"Filters: {"Users":["ann"]}, Status: Succeeded, Results: 3, ObjectId: -"#]],
    );
    line(
        r#""RecordType":68,"Operation":"SupervisionRuleMatch","ExchangeDetails":{"From":"ann@contoso.example","Recipients":["bob@fabrikam.example"],"Subject":"Hi","Directionality":"Outbound"}"#,
        expect![
            "From: ann@contoso.example, Recipients: bob@fabrikam.example, Subject: Hi, Direction: Outbound, ObjectId: -"
        ],
    );
    line(
        r#""RecordType":154,"Operation":"MessageAccess","Sender":"ann@contoso.example","Recipient":"bob@fabrikam.example","AuthenticationMethod":"OTP","AuthenticationStatus":1,"OperationStatus":0"#,
        expect![
            "Sender: ann@contoso.example, Recipient: bob@fabrikam.example, Method: OTP, Authentication: Failure, Result: Success"
        ],
    );
    line(
        r#""RecordType":85,"Operation":"AttackSim","Campaign ID":"c1","AttackSimEvent":6,"AttackTechnique":"Credential Harvest","UserDisplayName":"Ann","ExtendedProperties":[{"Name":"Payload","Value":"p1"}]"#,
        expect![
            "Event: CredentialEntered, Technique: Credential Harvest, CampaignId: c1, User: Ann, ExtendedProperties: Payload=p1, ObjectId: -"
        ],
    );
    line(
        r#""RecordType":189,"Operation":"PlanCopied","ObjectId":"p1","NewPlanId":"p2","NewContainerType":2,"NewContainerId":"g1""#,
        expect!["ObjectId: p1, NewPlanId: p2, NewContainer: Group, NewContainerId: g1"],
    );
    line(
        r#""RecordType":196,"Operation":"TaskCreated","ProjectId":"p1","TaskId":"t1","AdditionalInfo":[{"EnvironmentName":"Default"}]"#,
        expect!["ObjectId: -, ProjectId: p1, TaskId: t1, Environment: Default"],
    );
    line(
        r#""RecordType":21,"Operation":"Update","EntityName":"account","Message":"Update","PrimaryFieldValue":"Fabrikam","Fields":[{"Name":"name","Value":"Fabrikam"}],"InstanceUrl":"https://contoso.crm.example""#,
        expect![
            "Entity: account, Message: Update, Value: Fabrikam, Fields: name=Fabrikam, Instance: https://contoso.crm.example, UserAgent: -"
        ],
    );
    line(
        r#""RecordType":52,"Operation":"SearchCustomerInsight","DataType":"CustomerInsight","DatabaseType":"DataInsights","ResultCount":"0""#,
        expect!["DataType: CustomerInsight, Database: DataInsights, Results: 0"],
    );
    line(
        r#""RecordType":65,"Operation":"QuarantineRelease","RequestType":2,"RequestSource":0,"ReleaseTo":"ann@contoso.example""#,
        expect![
            "RequestType: Release, RequestSource: SCC, ReleaseTo: ann@contoso.example, ObjectId: -"
        ],
    );
}

#[test]
fn lines_without_a_family() {
    // Pairs, changes, codes, objects and lists are shown as what they are.
    line(
        r#""RecordType":44,"Operation":"UpdatedOrganizationData","ObjectId":"o","WpaUserRole":"Admin","ModifiedProperties":[{"Name":"Quota","OldValue":"1","NewValue":"2"}],"OperationDetails":[{"Name":"File","Value":"a.csv"},{"Name":"Rows","Value":"3"}]"#,
        expect![
            "ObjectId: o, WpaUserRole: Admin, ModifiedProperties: Quota: 1 -> 2, OperationDetails: File=a.csv; Rows=3"
        ],
    );
    line(
        r#""RecordType":337,"Operation":"ProfileUpdated","ProfileName":"Monthly","ProfileState":3,"Deadline":5,"Waves":[{"Name":"First","Type":1}],"Version":1,"Empty":"","Nothing":null"#,
        expect![[r#"
            ObjectId: -, ProfileName: Monthly, ProfileState: Paused, Deadline: 5, Waves: First; 1
            ! unknown-field in Empty: "#]],
    );
    line(
        r#""RecordType":394,"Operation":"Upload","Unheard, of: x":{"a":[1,{"b":"c"}]},"Evil\u001b[31m":"\r\n""#,
        expect![[r#"
            ObjectId: -, Unheard  of  x: 1; c, Evil\u{1b}[31m: -
            ! unknown-field in Unheard, of: x: {"a":[1,{"b":"c"}]}
            ! unknown-field in Evil\u{1b}[31m: \r\n"#]],
    );
}
