//! What came from this address?

use expect_test::{Expect, expect};

use crate::{answer, ask, told};
use report::Ask;

const RECORDS: &[&str] = &[
    r#"{"Id":"1","RecordType":15,"CreationTime":"2026-03-02T07:58:00","Operation":"UserLoginFailed","Workload":"AzureActiveDirectory","UserId":"ann@contoso.example","UserType":0,"ErrorNumber":"50126","ClientIP":"203.0.113.9"}"#,
    r#"{"Id":"2","RecordType":15,"CreationTime":"2026-03-02T07:59:00","Operation":"UserLoginFailed","Workload":"AzureActiveDirectory","UserId":"bob@contoso.example","UserType":0,"ErrorNumber":"50126","ClientIP":"203.0.113.9"}"#,
    r#"{"Id":"3","RecordType":15,"CreationTime":"2026-03-02T08:00:00","Operation":"UserLoggedIn","Workload":"AzureActiveDirectory","UserId":"bob@contoso.example","UserType":0,"ErrorNumber":"0","ClientIP":"203.0.113.9","DeviceProperties":[{"Name":"SessionId","Value":"5e55"}]}"#,
    r#"{"Id":"4","RecordType":6,"CreationTime":"2026-03-02T08:05:00","Operation":"FileDownloaded","Workload":"SharePoint","UserId":"bob@contoso.example","UserType":0,"ClientIP":"[203.0.113.9]:443","AppAccessContext":{"AADSessionId":"5e55"},"UserAgent":"curl/8","SourceFileName":"Plan.xlsx","ObjectId":"https://contoso.example/Plan.xlsx"}"#,
    r#"{"Id":"5","RecordType":6,"CreationTime":"2026-03-02T08:05:00","Operation":"FileDownloaded","Workload":"SharePoint","UserId":"eve@contoso.example","UserType":0,"ClientIP":"203.0.114.9"}"#,
];

fn check(change: fn(&mut Ask), expected: Expect) {
    let answer = answer("address-activity", &ask(change), RECORDS);
    let tables = ["users", "sessions", "addresses", "clients", "events"];
    expected.assert_eq(&told(&answer, &tables));
}

#[test]
fn from_one_address() {
    check(
        |ask| ask.address = Some("203.0.113.9".into()),
        expect![[r#"
        Events: 4
        Addresses: 1
        Users: 2
        Sessions: 1
        Sign-ins that succeeded: 1
        Sign-ins that failed: 2
        !Users who failed, then got in: 1
        [users]
        bob@contoso.example | 1 | 1 | 3 | 2026-03-02T07:59:00Z | 2026-03-02T08:05:00Z
        ann@contoso.example | 1 | 0 | 1 | 2026-03-02T07:58:00Z | 2026-03-02T07:58:00Z
        [sessions]
        5e55 | bob@contoso.example (2) | (not told), curl/8 | 2 | 2026-03-02T08:00:00Z | 2026-03-02T08:05:00Z
        [addresses]
        203.0.113.9 | 4 | 2026-03-02T07:58:00Z | 2026-03-02T08:05:00Z
        [clients]
        curl/8 | 1 | 2026-03-02T08:05:00Z | 2026-03-02T08:05:00Z
        [events]
        2026-03-02T07:58:00Z | ann@contoso.example | AzureActiveDirectory | UserLoginFailed |  | 203.0.113.9 |  | failure
        2026-03-02T07:59:00Z | bob@contoso.example | AzureActiveDirectory | UserLoginFailed |  | 203.0.113.9 |  | failure
        2026-03-02T08:00:00Z | bob@contoso.example | AzureActiveDirectory | UserLoggedIn |  | 203.0.113.9 |  | success
        2026-03-02T08:05:00Z | bob@contoso.example | SharePoint | FileDownloaded | Plan.xlsx | 203.0.113.9 | curl/8 | unknown
    "#]],
    );
}

#[test]
fn from_a_network() {
    let counted = |network: &str| {
        let mut ask = ask(|_| {});
        ask.address = Some(network.to_owned());
        told(&answer("address-activity", &ask, RECORDS), &[]).lines().next().unwrap().to_owned()
    };
    for (network, events) in [
        ("203.0.113.0/24", "Events: 4"),
        ("203.0.112.0/20", "Events: 5"),
        ("198.51.100.0/24", "Events: 0"),
    ] {
        assert_eq!(counted(network), events, "{network}");
    }
}
