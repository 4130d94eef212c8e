//! A mailbox that is logged, one that only its delegate shows in, and an account without any.

use expect_test::expect;

use super::KIND;
use crate::question::inquiry;

const RECORDS: &str = r#"
{"Id":"e1","RecordType":50,"CreationTime":"2026-03-01T08:00:00","Operation":"MailItemsAccessed","UserId":"ann@contoso.example","Workload":"Exchange","LogonType":0,"MailboxOwnerUPN":"Ann@contoso.example"}
{"Id":"e2","RecordType":2,"CreationTime":"2026-03-01T08:10:00","Operation":"Send","UserId":"ann@contoso.example","Workload":"Exchange","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example"}
{"Id":"e3","RecordType":2,"CreationTime":"2026-03-01T08:20:00","Operation":"SendAs","UserId":"ann@contoso.example","Workload":"Exchange","LogonType":2,"MailboxOwnerUPN":"shop@contoso.example"}
{"Id":"e4","RecordType":15,"CreationTime":"2026-03-01T08:30:00","Operation":"UserLoggedIn","ResultStatus":"Success","UserType":0,"UserId":"eve@contoso.example","Workload":"AzureActiveDirectory","ErrorNumber":"0"}
{"Id":"e5","RecordType":15,"CreationTime":"2026-03-01T08:31:00","Operation":"UserLoginFailed","ResultStatus":"Success","UserType":0,"UserId":"mallory@contoso.example","Workload":"AzureActiveDirectory","ErrorNumber":"50126"}
{"Id":"e6","RecordType":15,"CreationTime":"2026-03-01T08:32:00","Operation":"UserLoggedIn","ResultStatus":"Success","UserType":0,"UserId":"ann@contoso.example","Workload":"AzureActiveDirectory","ErrorNumber":"0"}
{"Id":"e7","RecordType":1,"CreationTime":"2026-03-01T09:00:00","Operation":"Set-MailboxAuditBypassAssociation","ResultStatus":"True","UserId":"adm@contoso.example","Workload":"Exchange","ObjectId":"eve","Parameters":[{"Name":"Identity","Value":"eve"},{"Name":"AuditBypassEnabled","Value":"True"}]}
{"Id":"e8","RecordType":1,"CreationTime":"2026-03-01T09:10:00","Operation":"Set-Mailbox","ResultStatus":"True","UserId":"adm@contoso.example","Workload":"Exchange","ObjectId":"ann","Parameters":[{"Name":"AuditOwner","Value":"Send;MailItemsAccessed"}]}
{"Id":"e9","RecordType":1,"CreationTime":"2026-03-01T09:20:00","Operation":"Set-Mailbox","ResultStatus":"True","UserId":"adm@contoso.example","Workload":"Exchange","ObjectId":"ann","Parameters":[{"Name":"Type","Value":"Shared"}]}
{"Id":"e10","RecordType":2,"CreationTime":"2026-03-01T09:30:00","Operation":"AttachmentAccess","UserId":"ann@contoso.example","Workload":"Exchange","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example"}
{"MessageTraceId":"t1","MessageId":"<m1@contoso.example>","Received":"2026-03-01T10:00:00","SenderAddress":"zoe@contoso.example","RecipientAddress":"xi@fabrikam.example","Subject":"Film","Status":"Delivered","Size":90}
{"MessageTraceId":"t2","MessageId":"<m2@fabrikam.example>","Received":"2026-03-01T10:00:00","SenderAddress":"xi@fabrikam.example","RecipientAddress":"zoe@contoso.example","Subject":"Re: Film","Status":"Delivered","Size":90}
"#;

#[test]
fn what_is_missing_is_listed() {
    inquiry::check(
        &KIND,
        "",
        RECORDS,
        expect![[r#"
        Mailboxes with records: 2
        Without owner events: 1 !
        Without delegate events: 1
        Without administrator events: 2
        Without MailItemsAccessed: 1 !
        Accounts at work without any mailbox record: 2 !
        Changes of audit settings: 2
        Of these turning the log off: 1 !
        table mailboxes
          ann@contoso.example | 3 | 0 | 0 | 0 | yes | MailItemsAccessed; Send | ApplyRecord; HardDelete; MoveToDeletedItems; SoftDelete; Update; UpdateCalendarDelegation; UpdateFolderPermissions; UpdateInboxRules | 2026-03-01T08:00:00Z | 2026-03-01T09:30:00Z
          shop@contoso.example | 0 | 1 | 0 | 0 |  | SendAs | ApplyRecord; HardDelete; MailItemsAccessed; MoveToDeletedItems; Send; SoftDelete; Update; UpdateCalendarDelegation; UpdateFolderPermissions; UpdateInboxRules | 2026-03-01T08:20:00Z | 2026-03-01T08:20:00Z
        table silent
          eve@contoso.example | 1 | 0 | 2026-03-01T08:30:00Z | 2026-03-01T08:30:00Z
          zoe@contoso.example | 0 | 1 | 2026-03-01T10:00:00Z | 2026-03-01T10:00:00Z
        table actions
          ApplyRecord | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          Copy | 0 | 0 | 0 | 0 |  | 
          Create | 0 | 0 | 0 | 0 | Delegate; Admin | Delegate; Admin
          FolderBind | 0 | 0 | 0 | 0 |  | 
          HardDelete | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          MailboxLogin | 0 | 0 | 0 | 0 |  | 
          MailItemsAccessed | 1 | 0 | 0 | 0 | Owner; Delegate; Admin | Delegate; Admin
          MessageBind | 0 | 0 | 0 | 0 |  | 
          ModifyFolderPermissions | 0 | 0 | 0 | 0 |  | 
          Move | 0 | 0 | 0 | 0 |  | 
          MoveToDeletedItems | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          RecordDelete | 0 | 0 | 0 | 0 |  | 
          SearchQueryInitiatedExchange | 0 | 0 | 0 | 0 |  | 
          Send | 1 | 0 | 0 | 0 | Owner; Admin | Admin
          SendAs | 0 | 1 | 0 | 0 | Delegate; Admin | Admin
          SendOnBehalf | 0 | 0 | 0 | 0 | Delegate; Admin | Delegate; Admin
          SoftDelete | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          Update | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          UpdateCalendarDelegation | 0 | 0 | 0 | 0 | Owner; Admin | Owner; Admin
          UpdateComplianceTag | 0 | 0 | 0 | 0 |  | 
          UpdateFolderPermissions | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          UpdateInboxRules | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          AddFolderPermissions | 0 | 0 | 0 | 0 |  | 
          RemoveFolderPermissions | 0 | 0 | 0 | 0 |  | 
        table other-actions
          AttachmentAccess | 1 | 2026-03-01T09:30:00Z | 2026-03-01T09:30:00Z
        table settings
          2026-03-01T09:00:00Z | Set-MailboxAuditBypassAssociation | adm@contoso.example | eve | AuditBypassEnabled: True | yes |  | success
          2026-03-01T09:10:00Z | Set-Mailbox | adm@contoso.example | ann | AuditOwner: Send;MailItemsAccessed |  |  | success
    "#]],
    );
}

#[test]
fn of_one_mailbox() {
    inquiry::check(
        &KIND,
        "mailbox=shop@contoso.example",
        RECORDS,
        expect![[r#"
        Mailboxes with records: 1
        Without owner events: 1 !
        Without administrator events: 1
        Without MailItemsAccessed: 1 !
        Changes of audit settings: 2
        Of these turning the log off: 1 !
        table mailboxes
          shop@contoso.example | 0 | 1 | 0 | 0 |  | SendAs | ApplyRecord; HardDelete; MailItemsAccessed; MoveToDeletedItems; Send; SoftDelete; Update; UpdateCalendarDelegation; UpdateFolderPermissions; UpdateInboxRules | 2026-03-01T08:20:00Z | 2026-03-01T08:20:00Z
        table actions
          ApplyRecord | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          Copy | 0 | 0 | 0 | 0 |  | 
          Create | 0 | 0 | 0 | 0 | Delegate; Admin | Delegate; Admin
          FolderBind | 0 | 0 | 0 | 0 |  | 
          HardDelete | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          MailboxLogin | 0 | 0 | 0 | 0 |  | 
          MailItemsAccessed | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          MessageBind | 0 | 0 | 0 | 0 |  | 
          ModifyFolderPermissions | 0 | 0 | 0 | 0 |  | 
          Move | 0 | 0 | 0 | 0 |  | 
          MoveToDeletedItems | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          RecordDelete | 0 | 0 | 0 | 0 |  | 
          SearchQueryInitiatedExchange | 0 | 0 | 0 | 0 |  | 
          Send | 0 | 0 | 0 | 0 | Owner; Admin | Owner; Admin
          SendAs | 0 | 1 | 0 | 0 | Delegate; Admin | Admin
          SendOnBehalf | 0 | 0 | 0 | 0 | Delegate; Admin | Delegate; Admin
          SoftDelete | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          Update | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          UpdateCalendarDelegation | 0 | 0 | 0 | 0 | Owner; Admin | Owner; Admin
          UpdateComplianceTag | 0 | 0 | 0 | 0 |  | 
          UpdateFolderPermissions | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          UpdateInboxRules | 0 | 0 | 0 | 0 | Owner; Delegate; Admin | Owner; Delegate; Admin
          AddFolderPermissions | 0 | 0 | 0 | 0 |  | 
          RemoveFolderPermissions | 0 | 0 | 0 | 0 |  | 
        table settings
          2026-03-01T09:00:00Z | Set-MailboxAuditBypassAssociation | adm@contoso.example | eve | AuditBypassEnabled: True | yes |  | success
          2026-03-01T09:10:00Z | Set-Mailbox | adm@contoso.example | ann | AuditOwner: Send;MailItemsAccessed |  |  | success
    "#]],
    );
}
