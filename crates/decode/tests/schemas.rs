//! Records that do not follow the audit schema, and exports around those that do.

mod common;

use common::{decode, envelope, report, wrapped};
use expect_test::{Expect, expect};

fn check(record: &str, expected: Expect) {
    let envelope = envelope(record);
    expected.assert_eq(&report(&decode(&envelope)));
}

#[test]
fn entra_diagnostic_settings() {
    check(
        r#"{"time":"2026-01-24T06:54:25Z","resourceId":"/tenants/5f2d6c1e","operationName":"Sign-in activity","category":"SignInLogs","tenantId":"5f2d6c1e",
        "resultType":"50126","callerIpAddress":"203.0.113.9","identity":"Ann","properties":{"id":"7c1f0a52","createdDateTime":"2026-01-24T06:54:24+00:00",
        "userPrincipalName":"ann@contoso.example","userId":"2f2d6c1e","appId":"1fec8e78","appDisplayName":"Outlook","ipAddress":"203.0.113.9",
        "status":{"errorCode":50126,"failureReason":"Invalid username or password"}}}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24Z
            Id="7c1f0a52"
            Workload="AzureActiveDirectory"
            Operation="Sign-in activity"
            UserId="ann@contoso.example"
            UserKey="2f2d6c1e"
            ClientIP="203.0.113.9"
            ClientAddress="203.0.113.9"
            ResultStatus="50126"
            OrganizationId="5f2d6c1e"
            ApplicationId="1fec8e78"
            ActorKind="person"
            Outcome="failure"
            2026-01-24T06:54:24 AzureActiveDirectory Sign-in activity: -, UserType: -, UserId: ann@contoso.example, ClientIP: 203.0.113.9, ResultStatus: 50126, Category: SignInLogs, App: Outlook, Error: 50126 InvalidUserNameOrPassword, Reason: Invalid username or password, ObjectId: -
        "#]],
    );
}

#[test]
fn intune_diagnostic_settings() {
    check(
        r#"{"time":"2026-01-24T06:54:25.0835000Z","tenantId":"5f2d6c1e","category":"AuditLogs","operationName":"Rename device","properties":{
        "ActivityDate":"1/24/2026 6:54:25 AM","Actor":{"Application":"1fec8e78","Name":null,"UPN":"root@contoso.example"},"AuditEventId":"7c1f0a52",
        "TargetObjectIds":["fee80c12"]},"resultType":"Success","identity":"root@contoso.example"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:25.083500Z
            Id="7c1f0a52"
            Operation="Rename device"
            UserId="root@contoso.example"
            ResultStatus="Success"
            ObjectId="fee80c12"
            OrganizationId="5f2d6c1e"
            ApplicationId="1fec8e78"
            ActorKind="person"
            Outcome="success"
            2026-01-24T06:54:25 - Rename device: -, UserType: -, UserId: root@contoso.example, ClientIP: -, ResultStatus: Success, Category: AuditLogs, ObjectId: fee80c12
        "#]],
    );
}

#[test]
fn message_trace() {
    check(
        r#"{"Organization":"contoso.example","MessageId":"<1@fabrikam.example>","Received":"/Date(1769237664000)/","SenderAddress":"bob@fabrikam.example",
        "RecipientAddress":"ann@contoso.example","Subject":"Hi","Status":"Delivered","ToIP":null,"FromIP":"198.51.100.9","Size":4711,
        "MessageTraceId":"7c1f0a52","Index":0}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24Z
            Workload="Exchange"
            Operation="MessageTrace"
            UserId="bob@fabrikam.example"
            ClientIP="198.51.100.9"
            ClientAddress="198.51.100.9"
            ResultStatus="Delivered"
            ObjectId="ann@contoso.example"
            ItemName="Hi"
            ActorKind="person"
            Outcome="success"
            MessageIds="[\"<1@fabrikam.example>\"]"
            Subjects="[\"Hi\"]"
            2026-01-24T06:54:24 Exchange MessageTrace: -, UserType: -, UserId: bob@fabrikam.example, ClientIP: 198.51.100.9, ResultStatus: Delivered, Recipient: ann@contoso.example, Subject: Hi, MessageId: <1@fabrikam.example>, Size: 4711
        "#]],
    );
    check(
        r#"{"id":"7c1f0a52","senderAddress":"bob@fabrikam.example","recipientAddress":"ann@contoso.example","messageId":"<1@fabrikam.example>",
        "receivedDateTime":"2026-01-24T06:54:24Z","subject":"Hi","size":4711,"fromIP":"198.51.100.9","toIP":"","status":"delivered"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24Z
            Workload="Exchange"
            Operation="MessageTrace"
            UserId="bob@fabrikam.example"
            ClientIP="198.51.100.9"
            ClientAddress="198.51.100.9"
            ResultStatus="delivered"
            ObjectId="ann@contoso.example"
            ItemName="Hi"
            ActorKind="person"
            Outcome="success"
            MessageIds="[\"<1@fabrikam.example>\"]"
            Subjects="[\"Hi\"]"
            2026-01-24T06:54:24 Exchange MessageTrace: -, UserType: -, UserId: bob@fabrikam.example, ClientIP: 198.51.100.9, ResultStatus: delivered, Recipient: ann@contoso.example, Subject: Hi, MessageId: <1@fabrikam.example>, Size: 4711
        "#]],
    );
}

#[test]
fn message_trace_v2() {
    check(
        r#"{"MessageTraceId":"7c1f0a52","Received":"24.01.2026 06:54:24","SenderAddress":"","RecipientAddress":"ann@contoso.example",
        "Subject":"Hi","Status":"FilteredAsSpam","ToIP":"203.0.113.25","FromIP":"2001:DB8::9","Size":4711,"MessageId":"<1@fabrikam.example>"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24Z
            Workload="Exchange"
            Operation="MessageTrace"
            ClientIP="2001:DB8::9"
            ClientAddress="2001:db8::9"
            ResultStatus="FilteredAsSpam"
            ObjectId="ann@contoso.example"
            ItemName="Hi"
            Outcome="success"
            MessageIds="[\"<1@fabrikam.example>\"]"
            Subjects="[\"Hi\"]"
            2026-01-24T06:54:24 Exchange MessageTrace: -, UserType: -, UserId: -, ClientIP: 2001:DB8::9, ResultStatus: FilteredAsSpam, Recipient: ann@contoso.example, Subject: Hi, MessageId: <1@fabrikam.example>, ToIP: 203.0.113.25, Size: 4711
        "#]],
    );
    // A choice of columns, as an administrator exports it.
    check(
        r#"{"Received":"2026-01-24T06:54:24.3616847","SenderAddress":"bob@fabrikam.example","RecipientAddress":"ann@contoso.example","Status":"Resolved"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24.361684Z
            Workload="Exchange"
            Operation="MessageTrace"
            UserId="bob@fabrikam.example"
            ResultStatus="Resolved"
            ObjectId="ann@contoso.example"
            ActorKind="person"
            Outcome="unknown"
            2026-01-24T06:54:24 Exchange MessageTrace: -, UserType: -, UserId: bob@fabrikam.example, ClientIP: -, ResultStatus: Resolved, Recipient: ann@contoso.example, Subject: -
        "#]],
    );
}

#[test]
fn exchange_server_mailbox_audit() {
    check(
        r#"{"MailboxGuid":"3f0c2a51","Owner":"NORTH\\erik","LastAccessed":"2026-03-04T09:15:42.2187500+01:00","Operation":"MoveToDeletedItems",
        "OperationResult":"Succeeded","LogonType":"Delegate","FolderPathName":"\\Inbox","ClientInfoString":"Client=MSExchangeRPC",
        "ClientIPAddress":"192.0.2.17","MailboxOwnerUPN":"erik@contoso.example","LogonUserDN":"Ida Holm","LogonUserSid":"S-1-5-21-1-2-3-1187",
        "SourceItems":[{"Id":"1","Subject":"Budget","FolderPathName":"\\Inbox"}]}"#,
        expect![[r#"
            CreationTime=2026-03-04T08:15:42.218750Z
            Workload="Exchange"
            Operation="MoveToDeletedItems"
            UserId="Ida Holm"
            UserKey="S-1-5-21-1-2-3-1187"
            ClientIP="192.0.2.17"
            ClientAddress="192.0.2.17"
            ResultStatus="Succeeded"
            ObjectId="\\Inbox"
            UserAgent="Client=MSExchangeRPC"
            LogonType=2
            LogonTypeName="Delegated"
            MailboxOwnerUPN="erik@contoso.example"
            ItemName="Budget"
            ActorKind="person"
            Outcome="success"
            Subjects="[\"Budget\"]"
            2026-03-04T08:15:42 Exchange MoveToDeletedItems: -, UserType: -, UserId: Ida Holm, ClientIP: 192.0.2.17, ResultStatus: Succeeded, LogonType: Delegated, MailboxOwnerUPN: erik@contoso.example, Path: \Inbox, ItemName: Budget, UserAgent: Client=MSExchangeRPC
        "#]],
    );
}

#[test]
fn sentinel_office_activity() {
    check(
        r#"{"TimeGenerated":"2026-01-24T06:54:24Z","OfficeId":"7b1f0a52","RecordType":"ExchangeItem","Operation":"SoftDelete","UserType":"Regular",
        "OfficeWorkload":"Exchange","UserId":"ann@contoso.example","Client_IPAddress":"203.0.113.9","Logon_Type":"Owner",
        "MailboxOwnerUPN":"ann@contoso.example","Item":"{\"Subject\":\"Hi\",\"ParentFolder\":{\"Path\":\"\\\\Inbox\"}}"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24Z
            Id="7b1f0a52"
            RecordType=2
            RecordTypeName="ExchangeItem"
            Workload="Exchange"
            Operation="SoftDelete"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            ClientIP="203.0.113.9"
            ClientAddress="203.0.113.9"
            LogonType=0
            LogonTypeName="Owner"
            MailboxOwnerUPN="ann@contoso.example"
            ItemName="Hi"
            ActorKind="person"
            Outcome="unknown"
            Subjects="[\"Hi\"]"
            2026-01-24T06:54:24 Exchange SoftDelete: ExchangeItem, UserType: Regular, UserId: ann@contoso.example, ClientIP: 203.0.113.9, ResultStatus: -, LogonType: Owner, MailboxOwnerUPN: ann@contoso.example, Path: \Inbox, Subject: Hi, UserAgent: -
        "#]],
    );
}

#[test]
fn graph_audit_query() {
    // The source takes the record out of auditData; the row around it is the wrapper.
    let row = r#"{"id":"7b1f0a52","createdDateTime":"2026-01-24T06:54:24Z","auditLogRecordType":"ExchangeAdmin","operation":"New-InboxRule",
        "userType":"Regular","userId":"10032000ABCDEF01","userPrincipalName":"ann@contoso.example","service":"Exchange","clientIp":"203.0.113.9"}"#;
    let silent = wrapped(r#"{"Parameters":[{"Name":"Name","Value":"x"}]}"#, row);
    expect![[r#"
        CreationTime=2026-01-24T06:54:24Z
        Id="7b1f0a52"
        RecordType=1
        RecordTypeName="ExchangeAdmin"
        Operation="New-InboxRule"
        UserId="ann@contoso.example"
        Wrapper="{\"id\":\"7b1f0a52\",\"createdDateTime\":\"2026-01-24T06:54:24Z\",\"auditLogRecordType\":\"ExchangeAdmin\",\"operation\":\"New-InboxRule\",\n        \"userType\":\"Regular\",\"userId\":\"10032000ABCDEF01\",\"userPrincipalName\":\"ann@contoso.example\",\"service\":\"Exchange\",\"clientIp\":\"203.0.113.9\"}"
        ActorKind="person"
        Outcome="unknown"
        2026-01-24T06:54:24 - New-InboxRule: ExchangeAdmin, UserType: -, UserId: ann@contoso.example, ClientIP: -, ResultStatus: -, ObjectId: -, OriginatingServer: -, Parameters: Name=x
    "#]].assert_eq(&report(&decode(&silent)));
}

#[test]
fn the_outer_row_serves_where_the_record_is_silent() {
    let silent = wrapped(
        r#"{"Id":"7b1f0a52","RecordType":6,"Operation":"FileAccessed"}"#,
        r#"{"CreationDate":"1/24/2026 6:54:24 AM","UserIds":"ann@contoso.example","Operations":"Other","RecordType":"ExchangeItem"}"#,
    );
    expect![[r#"
        CreationTime=2026-01-24T06:54:24Z
        Id="7b1f0a52"
        RecordType=6
        RecordTypeName="SharePointFileOperation"
        Operation="FileAccessed"
        UserId="ann@contoso.example"
        Wrapper="{\"CreationDate\":\"1/24/2026 6:54:24 AM\",\"UserIds\":\"ann@contoso.example\",\"Operations\":\"Other\",\"RecordType\":\"ExchangeItem\"}"
        ActorKind="person"
        Outcome="unknown"
        2026-01-24T06:54:24 - FileAccessed: SharePointFileOperation, UserType: -, UserId: ann@contoso.example, ClientIP: -, ResultStatus: -, Site: -, File: -, ObjectId: -, UserAgent: -
    "#]].assert_eq(&report(&decode(&silent)));

    let unreadable = wrapped(
        r#"{"Id":"7b1f0a52","RecordType":6,"Oper"#,
        r#"{"RecordId":"7b1f0a52","CreationDate":"2026-01-24T06:54:24.0000000Z","RecordType":"6","Operation":"FileAccessed","UserId":"ann@contoso.example"}"#,
    );
    expect![[r#"
        CreationTime=2026-01-24T06:54:24Z
        Id="7b1f0a52"
        RecordType=6
        RecordTypeName="SharePointFileOperation"
        Operation="FileAccessed"
        UserId="ann@contoso.example"
        Wrapper="{\"RecordId\":\"7b1f0a52\",\"CreationDate\":\"2026-01-24T06:54:24.0000000Z\",\"RecordType\":\"6\",\"Operation\":\"FileAccessed\",\"UserId\":\"ann@contoso.example\"}"
        Quarantine="truncated after 37 bytes"
        2026-01-24T06:54:24 quarantine: truncated after 37 bytes, Operation: FileAccessed, UserId: ann@contoso.example, Source: activity-feed, Origin: blob-1, Position: 7, Text: {"Id":"7b1f0a52","RecordType":6,"Oper
    "#]].assert_eq(&report(&decode(&unreadable)));
}
