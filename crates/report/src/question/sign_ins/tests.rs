//! One spray, one guessed password, and the same sign-in in two logs.

use expect_test::{Expect, expect};

use super::KIND;
use crate::question::inquiry;

const RECORDS: &str = r#"
{"Id":"b1","RecordType":15,"CreationTime":"2026-03-01T08:00:00","Operation":"UserLoginFailed","ResultStatus":"Success","UserId":"Ann@contoso.example","Workload":"AzureActiveDirectory","ClientIP":"203.0.113.9","ApplicationId":"app-1","ErrorNumber":"50126","LogonError":"InvalidUserNameOrPassword","ExtendedProperties":[{"Name":"UserAgent","Value":"python-requests/2.32"},{"Name":"RequestType","Value":"OAuth2:Token"}]}
{"Id":"b2","RecordType":15,"CreationTime":"2026-03-01T08:01:00","Operation":"UserLoginFailed","ResultStatus":"Success","UserId":"ann@contoso.example","Workload":"AzureActiveDirectory","ClientIP":"203.0.113.9","ApplicationId":"app-1","ErrorNumber":"50074","LogonError":"UserStrongAuthClientAuthNRequiredInterrupt","ExtendedProperties":[{"Name":"UserAgent","Value":"python-requests/2.32"}]}
{"Id":"b3-unified","IntraSystemId":"B3","RecordType":15,"CreationTime":"2026-03-01T08:02:00","Operation":"UserLoggedIn","ResultStatus":"Success","UserId":"ann@contoso.example","Workload":"AzureActiveDirectory","ClientIP":"203.0.113.9","ApplicationId":"app-1","ErrorNumber":"0","ExtendedProperties":[{"Name":"UserAgent","Value":"python-requests/2.32"}]}
{"id":"b3","createdDateTime":"2026-03-01T08:02:00Z","userPrincipalName":"ann@contoso.example","appId":"app-1","appDisplayName":"Mail","ipAddress":"203.0.113.9","clientAppUsed":"Browser","status":{"errorCode":0,"failureReason":"Other."},"location":{"city":"Oslo","countryOrRegion":"NO"}}
{"id":"b4","createdDateTime":"2026-03-01T09:00:00Z","userPrincipalName":"bob@contoso.example","appId":"app-2","appDisplayName":"Office","ipAddress":"2001:db8:1:2::3","clientAppUsed":"IMAP4","userAgent":"BAV2ROPC","status":{"errorCode":53003,"failureReason":"Blocked"},"location":{"city":"","countryOrRegion":"SE"}}
{"Date (UTC)":"2026-03-02T10:00:00Z","Request ID":"b5","Username":"cy@contoso.example","Application":"Portal","IP address":"198.51.100.8","Status":"Success","Sign-in error code":"","Client app":"Browser","Location":"Copenhagen, Hovedstaden, DK","User agent":"Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"}
"#;

/// One address tries `user0` to `user11`; the last one opens.
fn spray() -> String {
    let line = |number: u32, error: &str, operation: &str, id: &str| {
        format!(
            r#"{{"Id":"s{id}{number}","RecordType":15,"CreationTime":"2026-03-03T08:{number:02}:00","Operation":"{operation}","ResultStatus":"Success","UserId":"user{number}@contoso.example","Workload":"AzureActiveDirectory","ClientIP":"203.0.113.77","ApplicationId":"app-1","ErrorNumber":"{error}"}}"#
        ) + "\n"
    };
    let mut lines: String =
        (0..12).map(|number| line(number, "50126", "UserLoginFailed", "f")).collect();
    lines += &line(11, "0", "UserLoggedIn", "ok").replace("08:11:00", "08:20:00");
    lines
}

fn check(words: &str, records: &str, expected: Expect) {
    inquiry::check(&KIND, words, records, expected);
}

#[test]
fn every_log_is_read_and_none_twice() {
    check(
        "",
        RECORDS,
        expect![[r#"
            Sign-ins that opened: 2
            Interrupted: asked for more: 1
            Of these for a second factor: 1
            Failed: 2
            Accounts: 3
            Addresses: 3
            By protocols without a second factor: 1 !
            chart Sign-ins by day [opened, interrupted, failed]
              2026-03-01 [1, 1, 2]
              2026-03-02 [1, 0, 0]
            chart Sign-ins by place [opened, interrupted, failed]
              203.0.113.0/24 [1, 1, 1]
              Copenhagen, Hovedstaden, DK [1, 0, 0]
              SE [0, 0, 1]
            table failures-then-success
              ann@contoso.example | 203.0.113.9 | 1 | 2026-03-01T08:00:00Z | 2026-03-01T08:02:00Z
            table errors
              50074 | second factor asked for | second factor | 1 | 2026-03-01T08:01:00Z | 2026-03-01T08:01:00Z
              50126 | wrong user name or password | failure | 1 | 2026-03-01T08:00:00Z | 2026-03-01T08:00:00Z
              53003 | blocked by conditional access | failure | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
            table places
              203.0.113.0/24 | 1 | 1 | 1 | 2026-03-01T08:00:00Z | 2026-03-01T08:02:00Z
              Copenhagen, Hovedstaden, DK | 1 | 0 | 0 | 2026-03-02T10:00:00Z | 2026-03-02T10:00:00Z
              SE | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
            table clients
              Python | 1 | 1 | 1 | 2026-03-01T08:00:00Z | 2026-03-01T08:02:00Z
              Chrome on Windows | 1 | 0 | 0 | 2026-03-02T10:00:00Z | 2026-03-02T10:00:00Z
              basic authentication (BAV2ROPC) | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
            table applications
              app-1 | 1 | 1 | 1 | 2026-03-01T08:00:00Z | 2026-03-01T08:02:00Z
              Office | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
              Portal | 1 | 0 | 0 | 2026-03-02T10:00:00Z | 2026-03-02T10:00:00Z
            table protocols
              not told | 1 | 1 | 0 | 2026-03-01T08:01:00Z | 2026-03-01T08:02:00Z
              Browser | 1 | 0 | 0 | 2026-03-02T10:00:00Z | 2026-03-02T10:00:00Z
              IMAP4 | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
              OAuth2:Token | 0 | 0 | 1 | 2026-03-01T08:00:00Z | 2026-03-01T08:00:00Z
            table legacy
              bob@contoso.example | IMAP4 | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
            table accounts
              ann@contoso.example | 1 | 1 | 1 | 2026-03-01T08:00:00Z | 2026-03-01T08:02:00Z | 203.0.113.0/24 | Python
              bob@contoso.example | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z | SE | basic authentication (BAV2ROPC)
              cy@contoso.example | 1 | 0 | 0 | 2026-03-02T10:00:00Z | 2026-03-02T10:00:00Z | Copenhagen, Hovedstaden, DK | Chrome on Windows
        "#]],
    );
    inquiry::check_notes(
        &KIND,
        "",
        RECORDS,
        "already",
        expect![[r#"
            1 of the records tell a sign-in that another log told already under the same Id; each counts once.
        "#]],
    );
}

#[test]
fn one_user_from_one_network() {
    check(
        "user=bob@* address=2001:db8:1::/48",
        RECORDS,
        expect![[r#"
        Failed: 1
        Accounts: 1
        Addresses: 1
        By protocols without a second factor: 1 !
        chart Sign-ins by day [opened, interrupted, failed]
          2026-03-01 [0, 0, 1]
        chart Sign-ins by place [opened, interrupted, failed]
          SE [0, 0, 1]
        table errors
          53003 | blocked by conditional access | failure | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table places
          SE | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table clients
          basic authentication (BAV2ROPC) | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table applications
          Office | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table protocols
          IMAP4 | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table legacy
          bob@contoso.example | IMAP4 | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table accounts
          bob@contoso.example | 0 | 0 | 1 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z | SE | basic authentication (BAV2ROPC)
    "#]],
    );
}

#[test]
fn a_spray_names_who_opened() {
    check(
        "address=203.0.113.77",
        &spray(),
        expect![[r#"
            Sign-ins that opened: 1
            Failed: 12
            Accounts: 12
            Addresses: 1
            Addresses that tried many accounts: 1 !
            chart Sign-ins by day [opened, interrupted, failed]
              2026-03-03 [1, 0, 12]
            chart Sign-ins by place [opened, interrupted, failed]
              203.0.113.0/24 [1, 0, 12]
            table sprays
              203.0.113.77 | 203.0.113.0/24 | 12 | 12 | 2026-03-03T08:00:00Z | 2026-03-03T08:20:00Z | user11@contoso.example
            table failures-then-success
              user11@contoso.example | 203.0.113.77 | 1 | 2026-03-03T08:11:00Z | 2026-03-03T08:20:00Z
            table errors
              50126 | wrong user name or password | failure | 12 | 2026-03-03T08:00:00Z | 2026-03-03T08:11:00Z
            table places
              203.0.113.0/24 | 1 | 0 | 12 | 2026-03-03T08:00:00Z | 2026-03-03T08:20:00Z
            table clients
              no user agent | 1 | 0 | 12 | 2026-03-03T08:00:00Z | 2026-03-03T08:20:00Z
            table applications
              app-1 | 1 | 0 | 12 | 2026-03-03T08:00:00Z | 2026-03-03T08:20:00Z
            table protocols
              not told | 1 | 0 | 12 | 2026-03-03T08:00:00Z | 2026-03-03T08:20:00Z
            table accounts
              user0@contoso.example | 0 | 0 | 1 | 2026-03-03T08:00:00Z | 2026-03-03T08:00:00Z | 203.0.113.0/24 | no user agent
              user10@contoso.example | 0 | 0 | 1 | 2026-03-03T08:10:00Z | 2026-03-03T08:10:00Z | 203.0.113.0/24 | no user agent
              user11@contoso.example | 1 | 0 | 1 | 2026-03-03T08:11:00Z | 2026-03-03T08:20:00Z | 203.0.113.0/24 | no user agent
              user1@contoso.example | 0 | 0 | 1 | 2026-03-03T08:01:00Z | 2026-03-03T08:01:00Z | 203.0.113.0/24 | no user agent
              user2@contoso.example | 0 | 0 | 1 | 2026-03-03T08:02:00Z | 2026-03-03T08:02:00Z | 203.0.113.0/24 | no user agent
              user3@contoso.example | 0 | 0 | 1 | 2026-03-03T08:03:00Z | 2026-03-03T08:03:00Z | 203.0.113.0/24 | no user agent
              user4@contoso.example | 0 | 0 | 1 | 2026-03-03T08:04:00Z | 2026-03-03T08:04:00Z | 203.0.113.0/24 | no user agent
              user5@contoso.example | 0 | 0 | 1 | 2026-03-03T08:05:00Z | 2026-03-03T08:05:00Z | 203.0.113.0/24 | no user agent
              user6@contoso.example | 0 | 0 | 1 | 2026-03-03T08:06:00Z | 2026-03-03T08:06:00Z | 203.0.113.0/24 | no user agent
              user7@contoso.example | 0 | 0 | 1 | 2026-03-03T08:07:00Z | 2026-03-03T08:07:00Z | 203.0.113.0/24 | no user agent
              user8@contoso.example | 0 | 0 | 1 | 2026-03-03T08:08:00Z | 2026-03-03T08:08:00Z | 203.0.113.0/24 | no user agent
              user9@contoso.example | 0 | 0 | 1 | 2026-03-03T08:09:00Z | 2026-03-03T08:09:00Z | 203.0.113.0/24 | no user agent
        "#]],
    );
}
