//! What happened in the tenant, by kind of asset?

use expect_test::expect;

use crate::{answer, ask, told};

#[test]
fn events_are_counted_by_asset() {
    let records = [
        r#"{"Id":"1","RecordType":2,"CreationTime":"2026-03-02T08:00:00","Operation":"Send","Workload":"Exchange","UserId":"ann@contoso.example","UserType":0,"ResultStatus":"Succeeded","ClientIPAddress":"192.0.2.10"}"#,
        r#"{"Id":"2","RecordType":6,"CreationTime":"2026-03-02T09:00:00","Operation":"FileAccessed","Workload":"SharePoint","UserId":"ANN@contoso.example","UserType":0,"ClientIP":"192.0.2.10"}"#,
        r##"{"Id":"3","RecordType":6,"CreationTime":"2026-03-03T09:00:00","Operation":"FileAccessed","Workload":"SharePoint","UserId":"urn:spo:anon#00ff","UserType":0,"ClientIP":"203.0.113.9"}"##,
        r#"{"Id":"4","RecordType":15,"CreationTime":"2026-03-03T10:00:00","Operation":"UserLoginFailed","Workload":"AzureActiveDirectory","UserId":"bob@contoso.example","UserType":0,"ErrorNumber":"50126","ClientIP":"203.0.113.9"}"#,
        r#"{"Id":"5","RecordType":1,"CreationTime":"2026-03-03T11:00:00","Operation":"Set-Mailbox","Workload":"Exchange","UserId":"admin@contoso.example","UserType":2,"ResultStatus":"True"}"#,
        r#"{"Id":"6","RecordType":25,"CreationTime":"2026-03-09T11:00:00","Operation":"TeamCreated","Workload":"MicrosoftTeams","UserId":"late@contoso.example"}"#,
    ];
    let answer = answer("overview", &ask(|_| {}), &records);
    expect![[r#"
        Events: 5
        Users: 4
        Addresses: 2
        Failures: 1
        By guests and anonymous: 1
        [assets]
        Mail | 1 | 0 | 1 | 1 | 1 | 2026-03-02T08:00:00Z | 2026-03-02T08:00:00Z
        Documents | 2 | 0 | 2 | 2 | 1 | 2026-03-02T09:00:00Z | 2026-03-03T09:00:00Z
        Accounts | 1 | 1 | 1 | 1 | 1 | 2026-03-03T10:00:00Z | 2026-03-03T10:00:00Z
        Administration | 1 | 0 | 1 | 0 | 1 | 2026-03-03T11:00:00Z | 2026-03-03T11:00:00Z
        Other | 0 | 0 | 0 | 0 | 0 |  | 
        [operations]
        Mail | Send | 1
        Documents | FileAccessed | 2
        Accounts | UserLoginFailed | 1
        Administration | Set-Mailbox | 1
    "#]]
    .assert_eq(&told(&answer, &["assets", "operations"]));
}

#[test]
fn what_has_no_room_is_counted() {
    let records: Vec<String> = (0..20_010)
        .map(|at| format!(r#"{{"Id":"{at}","RecordType":6,"CreationTime":"2026-03-02T08:00:00","Operation":"FileAccessed","UserId":"u{at}@contoso.example"}}"#))
        .collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let answer = answer("overview", &ask(|_| {}), &records);
    assert_eq!(
        answer.notes,
        [
            "There are more than 20000 different users under Documents; 10 events of further ones are not in their list.",
            "There are more than 20000 different users; 10 events of further ones are not in their list.",
        ]
    );
}
