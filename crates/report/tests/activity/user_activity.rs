//! What did this user do?

use expect_test::expect;

use crate::{answer, ask, told};

const RECORDS: &[&str] = &[
    r#"{"Id":"1","RecordType":15,"CreationTime":"2026-03-02T07:59:00","Operation":"UserLoginFailed","Workload":"AzureActiveDirectory","UserId":"ann@contoso.example","UserType":0,"ErrorNumber":"50126","ClientIP":"203.0.113.9","ExtendedProperties":[{"Name":"UserAgent","Value":"curl/8"}]}"#,
    r#"{"Id":"2","RecordType":15,"CreationTime":"2026-03-02T08:00:00","Operation":"UserLoggedIn","Workload":"AzureActiveDirectory","UserId":"ann@contoso.example","UserType":0,"ErrorNumber":"0","ClientIP":"203.0.113.9","ExtendedProperties":[{"Name":"UserAgent","Value":"curl/8"}]}"#,
    r#"{"Id":"3","RecordType":6,"CreationTime":"2026-03-02T09:00:00","Operation":"FileAccessed","Workload":"SharePoint","UserId":"ANN@contoso.example","UserType":0,"ClientIP":"192.0.2.10","SiteUrl":"https://contoso.example/sites/plans/","ObjectId":"https://contoso.example/sites/plans/Docs/Plan.xlsx","SourceFileName":"Plan.xlsx"}"#,
    r#"{"Id":"4","RecordType":6,"CreationTime":"2026-03-03T09:00:00","Operation":"FileDownloaded","Workload":"SharePoint","UserId":"i:0h.f|membership|ann@contoso.example","UserType":0,"ClientIP":"192.0.2.10","SiteUrl":"https://contoso.example/sites/plans/","ObjectId":"https://contoso.example/sites/plans/Docs/Plan.xlsx","SourceFileName":"Plan.xlsx"}"#,
    r#"{"Id":"5","RecordType":2,"CreationTime":"2026-03-03T10:00:00","Operation":"Send","Workload":"Exchange","UserId":"1003","UserKey":"ann@contoso.example","UserType":0,"MailboxOwnerUPN":"ann@contoso.example","Item":{"Subject":"=cmd|' /C calc'!A0"}}"#,
    r#"{"Id":"6","RecordType":1,"CreationTime":"2026-03-03T11:00:00","Operation":"New-InboxRule","Workload":"Exchange","UserId":"ann@contoso.example","UserType":0,"ObjectId":"ann\\.","ResultStatus":"False"}"#,
    r#"{"Id":"7","RecordType":25,"CreationTime":"2026-03-03T12:00:00","Operation":"TeamCreated","Workload":"MicrosoftTeams","UserId":"ann@contoso.example"}"#,
    r#"{"Id":"8","RecordType":6,"CreationTime":"2026-03-03T09:00:00","Operation":"FileDownloaded","Workload":"SharePoint","UserId":"joann@contoso.example"}"#,
];

#[test]
fn all_of_one_user() {
    let ask = ask(|ask| ask.user = Some("ann@contoso.example".into()));
    let answer = answer("user-activity", &ask, RECORDS);
    let tables = ["sites", "sign-ins", "acts", "addresses", "clients", "files", "events"];
    expect![[r#"
        Events: 7
        Files viewed: 1
        Files downloaded: 1
        Files shared: 0
        Files deleted: 0
        Sign-ins: 2
        Failures: 2
        Addresses: 2
        !Events from outside: 2
        [sites]
        https://contoso.example/sites/plans/ | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 2026-03-02T09:00:00Z | 2026-03-03T09:00:00Z
        [sign-ins]
        203.0.113.9 | outside | 2 | 1 | 0 | curl/8 (2) | 2026-03-02T07:59:00Z | 2026-03-02T08:00:00Z
        [acts]
        Mail | Send | ann@contoso.example | 1 | 0 | 2026-03-03T10:00:00Z | 2026-03-03T10:00:00Z
        Administration | New-InboxRule | ann\. | 1 | 1 | 2026-03-03T11:00:00Z | 2026-03-03T11:00:00Z
        Other | TeamCreated | MicrosoftTeams | 1 | 0 | 2026-03-03T12:00:00Z | 2026-03-03T12:00:00Z
        [addresses]
        192.0.2.10 | inside | 2 | 2026-03-02T09:00:00Z | 2026-03-03T09:00:00Z
        203.0.113.9 | outside | 2 | 2026-03-02T07:59:00Z | 2026-03-02T08:00:00Z
        [clients]
        curl/8 | 2 | 2026-03-02T07:59:00Z | 2026-03-02T08:00:00Z
        [files]
        https://contoso.example/sites/plans/Docs/Plan.xlsx | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 2026-03-02T09:00:00Z | 2026-03-03T09:00:00Z
        [events]
        2026-03-02T07:59:00Z | AzureActiveDirectory | UserLoginFailed |  | 203.0.113.9 | curl/8 | failure
        2026-03-02T08:00:00Z | AzureActiveDirectory | UserLoggedIn |  | 203.0.113.9 | curl/8 | success
        2026-03-02T09:00:00Z | SharePoint | FileAccessed | Plan.xlsx | 192.0.2.10 |  | unknown
        2026-03-03T09:00:00Z | SharePoint | FileDownloaded | Plan.xlsx | 192.0.2.10 |  | unknown
        2026-03-03T10:00:00Z | Exchange | Send | =cmd|' /C calc'!A0 |  |  | unknown
        2026-03-03T11:00:00Z | Exchange | New-InboxRule | ann\. |  |  | failure
        2026-03-03T12:00:00Z | MicrosoftTeams | TeamCreated |  |  |  | unknown
        - The user was met as ann@contoso.example (5), 1003, i:0h.f|membership|ann@contoso.example.
    "#]].assert_eq(&told(&answer, &tables));
}
