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
    check(|_| {}, expect![[r#""#]]);
}

#[test]
fn on_one_mailbox() {
    check(|ask| ask.mailbox = Some("ann@contoso.example".into()), expect![[r#""#]]);
}
