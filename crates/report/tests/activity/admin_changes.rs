//! What did administrators change?

use expect_test::{Expect, expect};

use crate::{answer, ask, told};
use report::Ask;

const RECORDS: &[&str] = &[
    r#"{"Id":"1","RecordType":1,"CreationTime":"2026-03-02T08:00:00","Operation":"Set-Mailbox","Workload":"Exchange","UserId":"ida@contoso.example","UserType":2,"ObjectId":"contoso.example/Users/ann","ResultStatus":"True","ClientIP":"203.0.113.7:5151","Parameters":[{"Name":"Identity","Value":"ann"},{"Name":"ForwardingSmtpAddress","Value":"smtp:x@fabrikam.example"},{"Name":"DeliverToMailboxAndForward","Value":"True"}]}"#,
    r#"{"Id":"2","RecordType":1,"CreationTime":"2026-03-02T08:05:00","Operation":"Set-MailboxAuditBypassAssociation","Workload":"Exchange","UserId":"ida@contoso.example","UserType":2,"ObjectId":"ida","ResultStatus":"True","Parameters":[{"Name":"Identity","Value":"ida"},{"Name":"AuditBypassEnabled","Value":"True"}]}"#,
    r#"{"Id":"3","RecordType":1,"CreationTime":"2026-03-02T08:10:00","Operation":"New-Mailbox","Workload":"Exchange","UserId":"ida@contoso.example","UserType":2,"ObjectId":"kim","ResultStatus":"False","Parameters":[{"Name":"Name","Value":"Kim Berg"},{"Name":"Password","Value":"Winter2026!"}]}"#,
    r#"{"Id":"4","RecordType":1,"CreationTime":"2026-03-02T08:20:00","Operation":"Set-Mailbox","Workload":"Exchange","UserId":"NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)","UserType":3,"ObjectId":"ann","ResultStatus":"True"}"#,
    r#"{"Id":"5","RecordType":1,"CreationTime":"2026-03-03T08:00:00","Operation":"New-TransportRule","Workload":"Exchange","UserId":"leo@contoso.example","UserType":2,"ObjectId":"Copy all","ResultStatus":"True","ClientIP":"192.0.2.4","Parameters":[{"Name":"BlindCopyTo","Value":"x@fabrikam.example"}]}"#,
    r#"{"Caller":"contoso.example/Users/ida","Cmdlet":"Add-MailboxPermission","ObjectModified":"contoso.example/Users/ann","RunDate":"2026-03-04T10:02:11+01:00","Succeeded":"true","Error":"None","CmdletParameters":[{"Name":"Identity","Value":"ann"},{"Name":"AccessRights","Value":"FullAccess"},{"Name":"User","Value":"ida"}],"ModifiedProperties":[]}"#,
    r#"{"Id":"6","RecordType":2,"CreationTime":"2026-03-04T10:00:00","Operation":"Send","Workload":"Exchange","UserId":"ida@contoso.example"}"#,
];

fn check(change: fn(&mut Ask), expected: Expect) {
    let answer = answer("admin-changes", &ask(change), RECORDS);
    let text = told(&answer, &["groups", "changes"]);
    assert!(!text.contains("Winter2026"), "{text}");
    expected.assert_eq(&text);
}

#[test]
fn everything() {
    check(
        |_| {},
        expect![[r#"
            Changes: 5
            Administrators: 3
            !Audit settings: 1
            !Forwarding: 1
            Permissions: 1
            Transport: 1
            Failures: 1
            By external staff: 0
            !From outside: 1
            [groups]
            Audit settings | Set-MailboxAuditBypassAssociation | ida@contoso.example | 1 | 2026-03-02T08:05:00Z | 2026-03-02T08:05:00Z
            Forwarding | Set-Mailbox | ida@contoso.example | 1 | 2026-03-02T08:00:00Z | 2026-03-02T08:00:00Z
            Permissions | Add-MailboxPermission | contoso.example/Users/ida | 1 | 2026-03-04T09:02:11Z | 2026-03-04T09:02:11Z
            Transport | New-TransportRule | leo@contoso.example | 1 | 2026-03-03T08:00:00Z | 2026-03-03T08:00:00Z
            Mailbox settings | New-Mailbox | ida@contoso.example | 1 | 2026-03-02T08:10:00Z | 2026-03-02T08:10:00Z
            [changes]
            2026-03-02T08:00:00Z | Forwarding | ida@contoso.example | Set-Mailbox | contoso.example/Users/ann | -Identity ann -ForwardingSmtpAddress smtp:x@fabrikam.example -DeliverToMailboxAndForward True | 203.0.113.7 | outside | True
            2026-03-02T08:05:00Z | Audit settings | ida@contoso.example | Set-MailboxAuditBypassAssociation | ida | -Identity ida -AuditBypassEnabled True |  |  | True
            2026-03-02T08:10:00Z | Mailbox settings | ida@contoso.example | New-Mailbox | kim | -Name "Kim Berg" -Password (hidden) |  |  | False
            2026-03-03T08:00:00Z | Transport | leo@contoso.example | New-TransportRule | Copy all | -BlindCopyTo x@fabrikam.example | 192.0.2.4 | inside | True
            2026-03-04T09:02:11Z | Permissions | contoso.example/Users/ida | Add-MailboxPermission | contoso.example/Users/ann | -Identity ann -AccessRights FullAccess -User ida |  |  | true
            - Changes by Exchange's own services, not listed: 1, by NT AUTHORITY\SYSTEM (Microsoft.Exchange.ServiceHost).
            - Values of passwords and other secrets are hidden.
        "#]],
    );
}

#[test]
fn on_one_mailbox() {
    check(
        |ask| ask.mailbox = Some("ann@contoso.example".into()),
        expect![[r#"
            Changes: 2
            Administrators: 2
            Audit settings: 0
            !Forwarding: 1
            Permissions: 1
            Transport: 0
            Failures: 0
            By external staff: 0
            !From outside: 1
            [groups]
            Forwarding | Set-Mailbox | ida@contoso.example | 1 | 2026-03-02T08:00:00Z | 2026-03-02T08:00:00Z
            Permissions | Add-MailboxPermission | contoso.example/Users/ida | 1 | 2026-03-04T09:02:11Z | 2026-03-04T09:02:11Z
            [changes]
            2026-03-02T08:00:00Z | Forwarding | ida@contoso.example | Set-Mailbox | contoso.example/Users/ann | -Identity ann -ForwardingSmtpAddress smtp:x@fabrikam.example -DeliverToMailboxAndForward True | 203.0.113.7 | outside | True
            2026-03-04T09:02:11Z | Permissions | contoso.example/Users/ida | Add-MailboxPermission | contoso.example/Users/ann | -Identity ann -AccessRights FullAccess -User ida |  |  | true
            - Changes by Exchange's own services, not listed: 1, by NT AUTHORITY\SYSTEM (Microsoft.Exchange.ServiceHost).
            - Values of passwords and other secrets are hidden.
        "#]],
    );
}
