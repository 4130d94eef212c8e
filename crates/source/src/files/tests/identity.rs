//! One record has one key, whatever file brought it.

use event::{Field, Key};

use super::*;

/// The keys of the records of a file.
fn keys(bytes: impl AsRef<[u8]>) -> Vec<Key> {
    let folder = Folder::new();
    let path = folder.write(NAME, bytes);
    let envelopes = read(&path, usize::MAX, Limits::default()).into_iter();
    envelopes.map(|envelope| decode::decode(&envelope.unwrap(), "contoso", 0).key).collect()
}

/// An audit record with what exports are wont to spoil.
const RECORD: &str = r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a52-0001-4aaa-8bbb-0123456789ab","Operation":"New-InboxRule","RecordType":1,"UserId":"ann@contoso.example","Parameters":[{"Name":"SubjectContainsWords","Value":"a;b, \"c\" & <d>\r\n_x000D_ – é"}],"OriginatingServer":"VI1 (15.20)\r\n"}"#;

#[test]
fn an_audit_record_has_the_same_key_in_every_export() {
    let text = serde_json::to_string(RECORD).unwrap();
    let csv = cell(RECORD);
    let xml = RECORD.replace('&', "&amp;").replace('<', "&lt;").replace("_x000D_", "_x005F_x000D_");
    let utf16 = |text: String| -> Vec<u8> {
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    let exports: Vec<Vec<u8>> = vec![
        format!("[{RECORD}]").into(),
        format!("{RECORD}\n").into(),
        RECORD.replace("\",\"", "\" , \"").into(),
        purview_csv(&[RECORD.to_owned()]).into(),
        utf16(purview_csv(&[RECORD.to_owned()])),
        format!("CreationDate;UserIds;Operations;AuditData\n24.01.2026 06:54:24;a;b;{csv}\n").into(),
        format!("#TYPE x\r\n\"RecordType\",\"CreationDate\",\"AuditData\",\"Identity\"\r\n\"ExchangeAdmin\",\"24/01/2026 06:54:24\",{csv},\"1\"\r\n").into(),
        format!("_time,_raw\n1,{csv}\n").into(),
        format!("Timestamp,RawEventData\n1,{csv}\n").into(),
        format!("Fecha,Datos de auditoría\n1,{csv}\n").into(),
        format!(r#"{{"value":[{{"CreationDate":"\/Date(1769237664000)\/","AuditData":{text}}}],"Count":1}}"#).into(),
        format!(r#"{{"value":[{{"auditLogRecordType":"ExchangeAdmin","auditData":{RECORD}}}]}}"#).into(),
        format!(r#"<Objs><Obj RefId="0"><Props><S N="AuditData">{xml}</S></Props></Obj></Objs>"#).into(),
        format!("<Objs><S>{xml}</S></Objs>").into(),
        format!("RecordType : ExchangeAdmin\r\nAuditData  : {RECORD}\r\n").into(),
        format!(r#"{{"event":{{"original":{text}}}}}"#).into(),
        format!(r#"{{"result":{{"_raw":{text}}}}}"#).into(),
        format!(r#"{{"_source":{{"o365":{{"audit":{RECORD}}}}}}}"#).into(),
        format!(r#"{{"Timestamp":"t","RawEventData":{RECORD}}}"#).into(),
    ];
    let expected = keys(RECORD);
    assert_eq!(expected.len(), 1);
    for export in exports {
        assert_eq!(keys(&export), expected, "{}", String::from_utf8_lossy(&export));
    }
}

/// Files in which the same record stands, in other texts.
fn check_same(exports: &[&str]) {
    let first = keys(exports[0]);
    assert_eq!(first.len(), 1, "{}", exports[0]);
    for export in exports {
        assert_eq!(keys(export), first, "{export}");
    }
}

fn check_different(exports: &[&str]) {
    let mut all: Vec<Key> = exports.iter().flat_map(keys).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), exports.len(), "{exports:#?}");
}

#[test]
fn an_entry_of_a_mailbox_audit_log() {
    check_same(&[
        "Operation,LogonType,LastAccessed,CrossMailboxOperation,ItemSubject,Identity,IsValid\nSend,Owner,3/4/2026 9:15:42 AM,False,,RgAB,True\n",
        "#TYPE x\r\n\"PSComputerName\",\"RunspaceId\",\"Operation\",\"LogonType\",\"LastAccessed\",\"CrossMailboxOperation\",\"Identity\"\r\n\"h\",\"r\",\"Send\",\"Owner\",\"04.03.2026 09:15:42\",\"False\",\"RgAB\"\r\n",
        "RunspaceId            : r\r\nOperation             : Send\r\nLogonType             : Owner\r\nLastAccessed          : 3/4/2026 9:15:42 AM\r\nCrossMailboxOperation : False\r\nItemSubject           :\r\nIdentity              : RgAB\r\n",
        r#"[{"Operation":"Send","LogonType":"Owner","LastAccessed":"\/Date(1772615742000)\/","CrossMailboxOperation":false,"ItemSubject":null,"Identity":"RgAB"}]"#,
        r#"[{"Operation":"Send","LogonType":"Owner","LastAccessed":{"value":"\/Date(1772615742000)\/","DisplayHint":2,"DateTime":"x"},"CrossMailboxOperation":false,"Identity":"RgAB"}]"#,
        r#"<Objs><Obj RefId="0"><Props><S N="Operation">Send</S><S N="LogonType">Owner</S><DT N="LastAccessed">2026-03-04T09:15:42Z</DT><B N="CrossMailboxOperation">false</B><Nil N="ItemSubject"/><S N="Identity">RgAB</S></Props></Obj></Objs>"#,
    ]);
    let xml = |time: &str| {
        format!(
            r#"<SearchResults><Event MailboxGuid="g" Operation="Send" LogonType="Owner" LastAccessed="{time}" LogonUserDN="Ida"/></SearchResults>"#
        )
    };
    let zone = xml("2026-03-04T10:15:42+01:00");
    check_same(&[
        &zone,
        &xml("2026-03-04T09:15:42Z"),
        r#"<Objs><Obj RefId="0"><Props><S N="MailboxGuid">g</S><S N="Operation">Send</S><S N="LogonType">Owner</S><DT N="LastAccessed">2026-03-04T09:15:42Z</DT><S N="LogonUserDisplayName">Ida</S></Props></Obj></Objs>"#,
    ]);
    // A fraction is all by which two entries may differ, so it is never taken away.
    check_different(&[
        &zone,
        &xml("2026-03-04T10:15:42.5+01:00"),
        &xml("2026-03-04T10:15:43+01:00"),
    ]);
}

#[test]
fn a_row_of_a_message_trace() {
    let csv = |recipient: &str, status: &str| {
        format!(
            "Organization,MessageId,Received,SenderAddress,RecipientAddress,Subject,Status,ToIP,FromIP,Size,MessageTraceId,StartDate,EndDate,Index\n\
             contoso.example,<a1>,1/24/2026 6:54:24 AM,ann@contoso.example,{recipient},Hi,{status},,203.0.113.7,10450,t1,1/1/2026 12:00:00 AM,1/25/2026 12:00:00 AM,17\n"
        )
    };
    let first = csv("bob@contoso.example", "Delivered");
    check_same(&[
        &first,
        r#"{"d":{"results":[{"__metadata":{"id":"i"},"Organization":"contoso.example","MessageId":"<a1>","Received":"/Date(1769237664048)/","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":"Hi","Status":"Delivered","ToIP":null,"FromIP":"203.0.113.7","Size":10450,"MessageTraceId":"t1","Index":0}]}}"#,
        r#"{"MessageTraceId":"t1","MessageId":"<a1>","Received@data.type":"System.DateTime","Received":"2026-01-24T06:54:24.0480000Z","SenderAddress":"ann@contoso.example","RecipientAddress":"Bob@contoso.example","FromIP":"203.0.113.7","ToIP":"","Subject":"Hi","Status":"Delivered","Size@data.type":"System.Int32","Size":10450}"#,
        r#"{"value":[{"id":"t1","messageId":"<a1>","receivedDateTime":"2026-01-24T06:54:24Z","senderAddress":"ann@contoso.example","recipientAddress":"bob@contoso.example","subject":"Hi","size":10450,"fromIP":"203.0.113.7","toIP":"","status":"delivered"}]}"#,
        r#"<feed xmlns:d="d" xmlns:m="m"><entry><id>i</id><category term="TenantReporting.MessageTrace" /><content><m:properties><d:Organization>contoso.example</d:Organization><d:MessageId>&lt;a1&gt;</d:MessageId><d:Received m:type="Edm.DateTime">2026-01-24T06:54:24.048</d:Received><d:SenderAddress>ann@contoso.example</d:SenderAddress><d:RecipientAddress>bob@contoso.example</d:RecipientAddress><d:Subject>Hi</d:Subject><d:Status>Delivered</d:Status><d:ToIP m:null="true" /><d:FromIP>203.0.113.7</d:FromIP><d:Size m:type="Edm.Int32">10450</d:Size><d:MessageTraceId m:type="Edm.Guid">t1</d:MessageTraceId><d:Index m:type="Edm.Int32">0</d:Index></m:properties></content></entry></feed>"#,
    ]);
    check_different(&[
        &first,
        &csv("cy@contoso.example", "Delivered"),
        &csv("bob@contoso.example", "Failed"),
    ]);
}

#[test]
fn a_row_of_a_query_of_sentinel() {
    check_same(&[
        r#"[{"TimeGenerated":"2026-01-24T06:54:24.048Z","AppDisplayName":"Outlook","ResultType":"50126","UserPrincipalName":"ann@contoso.example","IsInteractive":true,"Location":""}]"#,
        r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"AppDisplayName","type":"string"},{"name":"ResultType","type":"string"},{"name":"UserPrincipalName","type":"string"},{"name":"IsInteractive","type":"bool"},{"name":"Location","type":"string"}],"rows":[["2026-01-24T06:54:24.048Z","Outlook",50126,"ann@contoso.example",true,null]]}]}"#,
        "TimeGenerated,AppDisplayName,ResultType,UserPrincipalName,IsInteractive,Location\n2026-01-24T06:54:24.048Z,Outlook,50126,ann@contoso.example,True,\n",
    ]);
}

#[test]
fn a_sign_in_of_graph_and_of_powershell() {
    check_same(&[
        r#"{"value":[{"id":"s1","createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"Outlook","isInteractive":true,"status":{"errorCode":0,"failureReason":null},"riskEventTypes_v2":[]}]}"#,
        r#"[{"Id":"s1","CreatedDateTime":"\/Date(1769237664000)\/","AppDisplayName":"Outlook","IsInteractive":true,"Status":{"ErrorCode":0},"AdditionalProperties":{}}]"#,
    ]);
    // The portal's CSV says other things, and by other names: its rows have the Id, and other content.
    let graph =
        keys(r#"{"id":"s1","createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"Outlook"}"#)
            [0];
    let csv = keys("Date (UTC),Request ID,Application\n2026-01-24T06:54:24Z,s1,Outlook\n")[0];
    assert_eq!(graph.id, csv.id);
    assert_ne!(graph.content, csv.content);
}

/// An export of a record of each kind, of one moment, and its Operation, UserId and ObjectId.
const EXPORTS: [[&str; 4]; 13] = [
    [
        "Date (UTC),Request ID,Username,Resource ID ,Status,Sign-in error code\n2026-01-24T06:54:24Z,r1,ann@contoso.example,o1,Failure,50126\n",
        "UserLoginFailed",
        "ann@contoso.example",
        "o1",
    ],
    [
        "Date (UTC),Activity,Result,ActorType,ActorUserPrincipalName,Target1ObjectId\n2026-01-24T06:54:24Z,Add user,success,User,ann@contoso.example,o1\n",
        "Add user",
        "ann@contoso.example",
        "o1",
    ],
    [
        "Operation name,Status,Event category,Time,Event initiated by,Resource\na/write,Succeeded,Administrative,2026-01-24T06:54:24Z,ann@contoso.example,o1\n",
        "a/write",
        "ann@contoso.example",
        "o1",
    ],
    [
        r#"{"eventTimestamp":"2026-01-24T06:54:24Z","operationName":{"value":"a/write","localizedValue":"Write"},"caller":"ann@contoso.example","resourceId":"o1","status":{"value":"Succeeded"}}"#,
        "a/write",
        "ann@contoso.example",
        "o1",
    ],
    [
        r#"{"time":"2026-01-24T06:54:24Z","resourceId":"/SUBSCRIPTIONS/o1","operationName":"a/write","category":"Administrative","identity":{"claims":{"name":"ann@contoso.example"}},"properties":{}}"#,
        "a/write",
        "ann@contoso.example",
        "/SUBSCRIPTIONS/o1",
    ],
    [
        r#"{"id":"i1","activityDateTime":"2026-01-24T06:54:24Z","displayName":"Delete device","activityType":"Delete","activityResult":"Success","actor":{"userPrincipalName":"ann@contoso.example"},"resources":[{"resourceId":"o1"}]}"#,
        "Delete device",
        "ann@contoso.example",
        "o1",
    ],
    [
        "Date,Initiated by (actor),Activity,Target\n1/24/2026 6:54:24 AM,ann@contoso.example,Delete,o1\n",
        "Delete",
        "ann@contoso.example",
        "o1",
    ],
    [
        "origin_timestamp_utc,sender_address,recipient_status,message_id\n2026-01-24T06:54:24Z,ann@contoso.example,\"b@x.example##Receive, Deliver;c@x.example##Receive, Send\",<a1>\n",
        "MessageTrace",
        "ann@contoso.example",
        "b@x.example; c@x.example",
    ],
    [
        "MessageTraceId,Date,Event,SenderAddress,RecipientAddress\nt1,1/24/2026 6:54:24 AM,DELIVER,ann@contoso.example,o1\n",
        "DELIVER",
        "ann@contoso.example",
        "o1",
    ],
    [
        "Operation,LogonType,LastAccessed,LogonUserDisplayName,FolderPathName\nHardDelete,Admin,1/24/2026 6:54:24 AM,ann@contoso.example,o1\n",
        "HardDelete",
        "ann@contoso.example",
        "o1",
    ],
    [
        "CmdletName,RunDate,Caller,ObjectModified\nSet-Mailbox,1/24/2026 6:54:24 AM,ann@contoso.example,o1\n",
        "Set-Mailbox",
        "ann@contoso.example",
        "o1",
    ],
    [
        "\"TimeGenerated [UTC]\",OfficeId,RecordType,Operation,UserId,OfficeObjectId,OfficeWorkload\n\"1/24/2026, 6:54:24.000 AM\",i1,ExchangeItem,Send,ann@contoso.example,o1,Exchange\n",
        "Send",
        "ann@contoso.example",
        "o1",
    ],
    [
        "\"TimeGenerated [UTC]\",AppDisplayName,UserPrincipalName,Status,ResourceId\n\"1/24/2026, 6:54:24.000 AM\",Outlook,ann@contoso.example,\"{\"\"errorCode\"\":0}\",o1\n",
        "UserLoggedIn",
        "ann@contoso.example",
        "o1",
    ],
];

#[test]
fn what_is_imported_fills_the_columns() {
    let folder = Folder::new();
    for [export, operation, user, object] in EXPORTS {
        let path = folder.write(NAME, export);
        let envelope = read(&path, 1, Limits::default()).remove(0).unwrap();
        let event = decode::decode(&envelope, "contoso", 0);
        let shown = event.time(Field::CreationTime).map(event::time::iso_text);
        let columns =
            [Field::Operation, Field::UserId, Field::ObjectId].map(|field| event.text(field));
        assert_eq!(
            (shown.as_deref(), columns),
            (Some("2026-01-24T06:54:24Z"), [operation, user, object].map(Some)),
            "{export}"
        );
        assert_eq!(event.issues, vec![], "{export}");
    }
}

/// What is left in a cut row, and beside it, is found by time, user and operation all the same.
#[test]
fn a_row_whose_record_is_cut_keeps_its_columns() {
    let record = format!(
        r#"{{"CreationTime":"2026-01-24T06:54:24","Operation":"Send","Subject":"{}"#,
        "x".repeat(20)
    );
    let csv = format!(
        "RecordId,CreationDate,RecordType,Operation,UserId,AuditData\n\"1,23E+15\",03.04.2026 06:54:24,2,Send,ann@contoso.example,{}\n",
        cell(&record)
    );
    let folder = Folder::new();
    let envelope = read(&folder.write(NAME, csv), 1, Limits::default()).remove(0).unwrap();
    assert_eq!(envelope.position, 1);
    let event = decode::decode(&envelope, "contoso", 0);
    assert!(event.is_quarantined());
    assert_eq!(
        event.time(Field::CreationTime).map(event::time::iso_text).as_deref(),
        Some("2026-01-24T06:54:24Z")
    );
    assert_eq!(event.text(Field::Operation), Some("Send"));
    assert_eq!(event.text(Field::UserId), Some("ann@contoso.example"));
}
