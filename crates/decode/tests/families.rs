//! One record of each family: its columns and its readable line.
//!
//! The records are invented in the shapes of real ones.

mod common;

use common::{decode, envelope, report};
use expect_test::{Expect, expect};

fn check(record: &str, expected: Expect) {
    let envelope = envelope(record);
    expected.assert_eq(&report(&decode(&envelope)));
}

#[test]
fn exchange_admin() {
    check(
        r#"{"CreationTime":"2022-09-01T19:57:49","Id":"7b1f0a52-0001-4aaa-8bbb-0123456789ab","Operation":"Set-MailboxPlan",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":1,"ResultStatus":"True",
        "UserKey":"NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)","UserType":3,"Version":1,"Workload":"Exchange","ClientIP":"",
        "ObjectId":"contoso.example\/Plans\/Default","UserId":"NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)","AppId":"","ClientAppId":"",
        "ExternalAccess":true,"OrganizationName":"contoso.example","OriginatingServer":"VI1PR01MB0001 (15.20.5588.000)\r\n",
        "Parameters":[{"Name":"Identity","Value":"Default"},{"Name":"MaxSendSize","Value":"35 MB (36,700,160 bytes)"}]}"#,
        expect![[r#"
            CreationTime=2022-09-01T19:57:49Z
            Id="7b1f0a52-0001-4aaa-8bbb-0123456789ab"
            RecordType=1
            RecordTypeName="ExchangeAdmin"
            Workload="Exchange"
            Operation="Set-MailboxPlan"
            UserId="NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)"
            UserType=3
            UserTypeName="DcAdmin"
            UserKey="NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)"
            ResultStatus="True"
            ObjectId="contoso.example/Plans/Default"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            ActorKind="service"
            Outcome="success"
            2022-09-01T19:57:49 Exchange Set-MailboxPlan: ExchangeAdmin, UserType: DcAdmin, UserId: NT AUTHORITY\SYSTEM (Microsoft.Exchange.ServiceHost), ClientIP: -, ResultStatus: True, ObjectId: contoso.example/Plans/Default, OriginatingServer: VI1PR01MB0001 (15.20.5588.000), Parameters: Identity=Default; MaxSendSize=35 MB (36,700,160 bytes), ExternalAccess: true
        "#]],
    );
}

#[test]
fn exchange_item() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:24","Id":"7b1f0a52-0002-4aaa-8bbb-0123456789ab","Operation":"SendAs",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":2,"ResultStatus":"Succeeded","UserKey":"10032000ABCDEF01",
        "UserType":0,"Version":1,"Workload":"Exchange","ClientIP":"[2001:DB8::7]:51512","UserId":"mallory@contoso.example",
        "AppId":"00000002-0000-0ff1-ce00-000000000000","ClientIPAddress":"2001:db8::7","ClientInfoString":"Client=OWA;Action=ViaProxy",
        "LogonType":2,"InternalLogonType":0,"MailboxGuid":"3f0c2a51-77b1-4a0e-9d56-0c1de2f3a4b5","MailboxOwnerUPN":"ann@contoso.example",
        "SessionId":"9a4ed2ac-6767-4d4d-9a9a-0123456789ab","SendAsUserSmtp":"ann@contoso.example",
        "Item":{"Id":"LgAAAAB1","InternetMessageId":"<1@contoso.example>","Subject":"Invoice, UserId: ann@contoso.example",
        "Attachments":"invoice.pdf (48211b)","ParentFolder":{"Id":"LgAAAAB2","Path":"\\Sent Items"},"SizeInBytes":4711}}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24Z
            Id="7b1f0a52-0002-4aaa-8bbb-0123456789ab"
            RecordType=2
            RecordTypeName="ExchangeItem"
            Workload="Exchange"
            Operation="SendAs"
            UserId="mallory@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="10032000ABCDEF01"
            ClientIP="[2001:DB8::7]:51512"
            ClientAddress="2001:db8::7"
            ResultStatus="Succeeded"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            SessionId="9a4ed2ac-6767-4d4d-9a9a-0123456789ab"
            ApplicationId="00000002-0000-0ff1-ce00-000000000000"
            UserAgent="Client=OWA;Action=ViaProxy"
            LogonType=2
            LogonTypeName="Delegated"
            MailboxOwnerUPN="ann@contoso.example"
            ItemName="Invoice, UserId: ann@contoso.example"
            ActorKind="person"
            Outcome="success"
            ClientPort=51512
            MessageIds="[\"<1@contoso.example>\"]"
            Subjects="[\"Invoice, UserId: ann@contoso.example\"]"
            2026-01-24T06:54:24 Exchange SendAs: ExchangeItem, UserType: Regular, UserId: mallory@contoso.example, ClientIP: [2001:DB8::7]:51512, ResultStatus: Succeeded, LogonType: Delegated, MailboxOwnerUPN: ann@contoso.example, Path: \Sent Items, Subject: "Invoice, UserId: ann@contoso.example", SendAs: ann@contoso.example, Attachments: invoice.pdf (48211b), InternetMessageId: <1@contoso.example>, UserAgent: Client=OWA;Action=ViaProxy
        "#]],
    );
}

#[test]
fn exchange_item_group() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:25","Id":"7b1f0a52-0003-4aaa-8bbb-0123456789ab","Operation":"MoveToDeletedItems",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":3,"ResultStatus":"PartiallySucceeded","UserKey":"10032000ABCDEF01",
        "UserType":0,"Version":1,"Workload":"Exchange","UserId":"ann@contoso.example","ClientIPAddress":"203.0.113.7:443",
        "ClientInfoString":"Client=MSExchangeRPC","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example","CrossMailboxOperation":false,
        "AffectedItems":[{"Id":"Rg1","Subject":"First","ParentFolder":{"Path":"\\Inbox"}},{"Id":"Rg2","Subject":"","ParentFolder":{"Path":"\\Inbox"}},
        {"Id":"Rg3","Subject":"Third","ParentFolder":{"Path":"\\Inbox"}}],
        "Folder":{"Id":"Lg1","Path":"\\Inbox"},"DestFolder":{"Id":"Lg2","Path":"\\Gelöschte Elemente"}}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:25Z
            Id="7b1f0a52-0003-4aaa-8bbb-0123456789ab"
            RecordType=3
            RecordTypeName="ExchangeItemGroup"
            Workload="Exchange"
            Operation="MoveToDeletedItems"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="10032000ABCDEF01"
            ClientIP="203.0.113.7:443"
            ClientAddress="203.0.113.7"
            ResultStatus="PartiallySucceeded"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            UserAgent="Client=MSExchangeRPC"
            LogonType=0
            LogonTypeName="Owner"
            MailboxOwnerUPN="ann@contoso.example"
            ItemName="First; Third"
            ActorKind="person"
            Outcome="partial"
            ClientPort=443
            Subjects="[\"First\",\"Third\"]"
            2026-01-24T06:54:25 Exchange MoveToDeletedItems: ExchangeItemGroup, UserType: Regular, UserId: ann@contoso.example, ClientIP: 203.0.113.7:443, ResultStatus: PartiallySucceeded, LogonType: Owner, MailboxOwnerUPN: ann@contoso.example, Path: \Inbox, DestPath: \Gelöschte Elemente, Subject: First; Third, UserAgent: Client=MSExchangeRPC
        "#]],
    );
}

#[test]
fn exchange_aggregated() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:26","Id":"7b1f0a52-0004-4aaa-8bbb-0123456789ab","Operation":"MailItemsAccessed",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":50,"ResultStatus":"Succeeded","UserKey":"10032000ABCDEF01",
        "UserType":0,"Version":1,"Workload":"Exchange","UserId":"ann@contoso.example","ClientAppId":"1fec8e78-0000-4000-8000-0123456789ab",
        "AppAccessContext":{"AADSessionId":"9a4ed2ac-0000-4d4d-9a9a-0123456789ab","CorrelationId":"","UniqueTokenId":"Abc"},
        "ClientIPAddress":"203.0.113.7","ClientInfoString":"Client=REST;;","LogonType":0,"MailboxOwnerUPN":"ann@contoso.example",
        "OperationProperties":[{"Name":"MailAccessType","Value":"Bind"},{"Name":"IsThrottled","Value":"True"}],"OperationCount":2,
        "Folders":[{"Id":"Lg1","Path":"\\Inbox","FolderItems":[{"InternetMessageId":"<1@contoso.example>","SizeInBytes":1,"Subject":"One"},
        {"InternetMessageId":"<2@contoso.example>","SizeInBytes":2}]}]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:26Z
            Id="7b1f0a52-0004-4aaa-8bbb-0123456789ab"
            RecordType=50
            RecordTypeName="ExchangeItemAggregated"
            Workload="Exchange"
            Operation="MailItemsAccessed"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="10032000ABCDEF01"
            ClientIP="203.0.113.7"
            ClientAddress="203.0.113.7"
            ResultStatus="Succeeded"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            SessionId="9a4ed2ac-0000-4d4d-9a9a-0123456789ab"
            ApplicationId="1fec8e78-0000-4000-8000-0123456789ab"
            UserAgent="Client=REST;;"
            LogonType=0
            LogonTypeName="Owner"
            MailboxOwnerUPN="ann@contoso.example"
            ItemName="One"
            ActorKind="person"
            Outcome="success"
            MessageIds="[\"<1@contoso.example>\",\"<2@contoso.example>\"]"
            Subjects="[\"One\"]"
            MailAccessType="Bind"
            IsThrottled="True"
            2026-01-24T06:54:26 Exchange MailItemsAccessed: ExchangeItemAggregated, UserType: Regular, UserId: ann@contoso.example, ClientIP: 203.0.113.7, ResultStatus: Succeeded, LogonType: Owner, MailboxOwnerUPN: ann@contoso.example, MailAccessType: Bind, IsThrottled: True, OperationCount: 2, Path: \Inbox, Subject: One, InternetMessageId: <1@contoso.example>; <2@contoso.example>, SessionId: 9a4ed2ac-0000-4d4d-9a9a-0123456789ab, UserAgent: Client=REST;;
        "#]],
    );
}

#[test]
fn sharepoint_file() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:27","Id":"7b1f0a52-0005-4aaa-8bbb-0123456789ab","Operation":"FileDownloaded",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":6,"UserKey":"i:0h.f|membership|10032000abcdef01@live.com",
        "UserType":0,"Version":1,"Workload":"OneDrive","ClientIP":"198.51.100.7","UserId":"ann@contoso.example",
        "ObjectId":"https:\/\/contoso-my.sharepoint.example\/personal\/ann\/Documents\/Plan.xlsx","CorrelationId":"2f2d6c1e-1111-4222-8333-0123456789ab",
        "EventSource":"SharePoint","ItemType":"File","ApplicationId":"944f0bd1-0000-4000-8000-0123456789ab","ApplicationDisplayName":"Sync",
        "UserAgent":"Mozilla\/5.0 (X11; Linux x86_64)","SourceFileExtension":"xlsx","SiteUrl":"https:\/\/contoso-my.sharepoint.example\/personal\/ann\/",
        "SourceFileName":"Plan.xlsx","SourceRelativeUrl":"Documents"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:27Z
            Id="7b1f0a52-0005-4aaa-8bbb-0123456789ab"
            RecordType=6
            RecordTypeName="SharePointFileOperation"
            Workload="OneDrive"
            Operation="FileDownloaded"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="i:0h.f|membership|10032000abcdef01@live.com"
            ClientIP="198.51.100.7"
            ClientAddress="198.51.100.7"
            ObjectId="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan.xlsx"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            ApplicationId="944f0bd1-0000-4000-8000-0123456789ab"
            UserAgent="Mozilla/5.0 (X11; Linux x86_64)"
            ItemName="Plan.xlsx"
            SiteUrl="https://contoso-my.sharepoint.example/personal/ann/"
            ActorKind="person"
            Outcome="unknown"
            2026-01-24T06:54:27 OneDrive FileDownloaded: SharePointFileOperation, UserType: Regular, UserId: ann@contoso.example, ClientIP: 198.51.100.7, ResultStatus: -, Site: https://contoso-my.sharepoint.example/personal/ann/, File: Plan.xlsx, Folder: Documents, ObjectId: https://contoso-my.sharepoint.example/personal/ann/Documents/Plan.xlsx, App: Sync, UserAgent: Mozilla/5.0 (X11; Linux x86_64)
        "#]],
    );
}

#[test]
fn sharepoint_sharing() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:28","Id":"7b1f0a52-0006-4aaa-8bbb-0123456789ab","Operation":"AddedToSecureLink",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":14,"UserKey":"i:0h.f|membership|10032000abcdef01@live.com",
        "UserType":0,"Version":1,"Workload":"SharePoint","ClientIP":"198.51.100.7","UserId":"ann@contoso.example",
        "ObjectId":"https:\/\/contoso.sharepoint.example\/sites\/Plans\/Plan.xlsx","EventData":"<Permissions granted>View<\/Permissions granted>",
        "TargetUserOrGroupName":"bob@fabrikam.example","TargetUserOrGroupType":"Guest","SiteUrl":"https:\/\/contoso.sharepoint.example\/sites\/Plans",
        "SourceFileName":"Plan.xlsx"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:28Z
            Id="7b1f0a52-0006-4aaa-8bbb-0123456789ab"
            RecordType=14
            RecordTypeName="SharePointSharingOperation"
            Workload="SharePoint"
            Operation="AddedToSecureLink"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="i:0h.f|membership|10032000abcdef01@live.com"
            ClientIP="198.51.100.7"
            ClientAddress="198.51.100.7"
            ObjectId="https://contoso.sharepoint.example/sites/Plans/Plan.xlsx"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            ItemName="Plan.xlsx"
            SiteUrl="https://contoso.sharepoint.example/sites/Plans"
            ActorKind="person"
            Outcome="unknown"
            2026-01-24T06:54:28 SharePoint AddedToSecureLink: SharePointSharingOperation, UserType: Regular, UserId: ann@contoso.example, ClientIP: 198.51.100.7, ResultStatus: -, Site: https://contoso.sharepoint.example/sites/Plans, File: Plan.xlsx, Target: bob@fabrikam.example, TargetType: Guest, EventData: <Permissions granted>View</Permissions granted>, ObjectId: https://contoso.sharepoint.example/sites/Plans/Plan.xlsx
        "#]],
    );
}

#[test]
fn sharepoint_site_and_list() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:29","Id":"7b1f0a52-0007-4aaa-8bbb-0123456789ab","Operation":"SharingPolicyChanged",
        "RecordType":4,"UserType":0,"Workload":"SharePoint","UserId":"root@contoso.example","ObjectId":"https:\/\/contoso.sharepoint.example",
        "ItemType":"Site","ModifiedProperties":[{"Name":"ShareWithGuests","NewValue":"Enabled","OldValue":"Disabled"}]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:29Z
            Id="7b1f0a52-0007-4aaa-8bbb-0123456789ab"
            RecordType=4
            RecordTypeName="SharePoint"
            Workload="SharePoint"
            Operation="SharingPolicyChanged"
            UserId="root@contoso.example"
            UserType=0
            UserTypeName="Regular"
            ObjectId="https://contoso.sharepoint.example"
            ActorKind="person"
            Outcome="unknown"
            2026-01-24T06:54:29 SharePoint SharingPolicyChanged: SharePoint, UserType: Regular, UserId: root@contoso.example, ClientIP: -, ResultStatus: -, Site: -, ObjectId: https://contoso.sharepoint.example, ItemType: Site, Changed: ShareWithGuests: Disabled -> Enabled
        "#]],
    );
    check(
        r#"{"CreationTime":"2026-01-24T06:54:30","Id":"7b1f0a52-0008-4aaa-8bbb-0123456789ab","Operation":"ListViewed",
        "RecordType":36,"UserType":0,"Workload":"SharePoint","UserId":"ann@contoso.example","ListTitle":"Risks",
        "ObjectId":"https:\/\/contoso.sharepoint.example\/sites\/Plans\/Lists\/Risks","SiteUrl":"https:\/\/contoso.sharepoint.example\/sites\/Plans"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:30Z
            Id="7b1f0a52-0008-4aaa-8bbb-0123456789ab"
            RecordType=36
            RecordTypeName="SharePointListOperation"
            Workload="SharePoint"
            Operation="ListViewed"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            ObjectId="https://contoso.sharepoint.example/sites/Plans/Lists/Risks"
            SiteUrl="https://contoso.sharepoint.example/sites/Plans"
            ActorKind="person"
            Outcome="unknown"
            2026-01-24T06:54:30 SharePoint ListViewed: SharePointListOperation, UserType: Regular, UserId: ann@contoso.example, ClientIP: -, ResultStatus: -, Site: https://contoso.sharepoint.example/sites/Plans, List: Risks, ObjectId: https://contoso.sharepoint.example/sites/Plans/Lists/Risks
        "#]],
    );
}

#[test]
fn entra_sign_in() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:31","Id":"7b1f0a52-0009-4aaa-8bbb-0123456789ab","Operation":"UserLoginFailed",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":15,"ResultStatus":"Failed","UserKey":"2f2d6c1e-aaaa-4222-8333-0123456789ab",
        "UserType":0,"Version":1,"Workload":"AzureActiveDirectory","ClientIP":"","ObjectId":"00000002-0000-0ff1-ce00-000000000000",
        "UserId":"Ann@Contoso.example","AzureActiveDirectoryEventType":1,"ActorIpAddress":"203.0.113.9","ApplicationId":"1fec8e78-0000-4000-8000-0123456789ab",
        "ExtendedProperties":[{"Name":"ResultStatusDetail","Value":"UserError"},{"Name":"UserAgent","Value":"python-requests\/2.31.0"},
        {"Name":"RequestType","Value":"OAuth2:Token"}],"ModifiedProperties":[],"Actor":[{"ID":"2f2d6c1e-aaaa-4222-8333-0123456789ab","Type":0},
        {"ID":"Ann@Contoso.example","Type":5}],"DeviceProperties":[{"Name":"OS","Value":"Windows"},{"Name":"BrowserType","Value":"Other"},
        {"Name":"SessionId","Value":"9a4ed2ac-1111-4d4d-9a9a-0123456789ab"}],"ErrorNumber":"50126","LogonError":"InvalidUserNameOrPassword"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:31Z
            Id="7b1f0a52-0009-4aaa-8bbb-0123456789ab"
            RecordType=15
            RecordTypeName="AzureActiveDirectoryStsLogon"
            Workload="AzureActiveDirectory"
            Operation="UserLoginFailed"
            UserId="Ann@Contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="2f2d6c1e-aaaa-4222-8333-0123456789ab"
            ClientIP="203.0.113.9"
            ClientAddress="203.0.113.9"
            ResultStatus="Failed"
            ObjectId="00000002-0000-0ff1-ce00-000000000000"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            SessionId="9a4ed2ac-1111-4d4d-9a9a-0123456789ab"
            ApplicationId="1fec8e78-0000-4000-8000-0123456789ab"
            UserAgent="python-requests/2.31.0"
            ActorKind="person"
            Outcome="failure"
            2026-01-24T06:54:31 AzureActiveDirectory UserLoginFailed: AzureActiveDirectoryStsLogon, UserType: Regular, UserId: Ann@Contoso.example, ClientIP: 203.0.113.9, ResultStatus: Failed, App: 1fec8e78-0000-4000-8000-0123456789ab, ObjectId: 00000002-0000-0ff1-ce00-000000000000, Error: 50126 InvalidUserNameOrPassword, Detail: UserError, RequestType: OAuth2:Token, OS: Windows, SessionId: 9a4ed2ac-1111-4d4d-9a9a-0123456789ab, UserAgent: python-requests/2.31.0
        "#]],
    );
}

#[test]
fn entra_directory() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:32","Id":"7b1f0a52-0010-4aaa-8bbb-0123456789ab","Operation":"Add member to role.",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":8,"ResultStatus":"Success","UserKey":"10032000ABCDEF01@contoso.example",
        "UserType":0,"Version":1,"Workload":"AzureActiveDirectory","ObjectId":"bob@contoso.example","UserId":"root@contoso.example",
        "AzureActiveDirectoryEventType":1,"ExtendedProperties":[{"Name":"additionalDetails","Value":"{\"User-Agent\":\"curl\/8.5\"}"},
        {"Name":"extendedAuditEventCategory","Value":"Role"}],"ModifiedProperties":[
        {"Name":"Role.DisplayName","NewValue":"[\r\n  \"Global Administrator\"\r\n]","OldValue":"[]"},
        {"Name":"Included Updated Properties","NewValue":"Role.DisplayName","OldValue":""}],
        "Actor":[{"ID":"root@contoso.example","Type":5}],"ActorContextId":"5f2d6c1e-1111-4222-8333-0123456789ab",
        "Target":[{"ID":"User_2f2d6c1e","Type":2},{"ID":"bob@contoso.example","Type":5}]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:32Z
            Id="7b1f0a52-0010-4aaa-8bbb-0123456789ab"
            RecordType=8
            RecordTypeName="AzureActiveDirectory"
            Workload="AzureActiveDirectory"
            Operation="Add member to role."
            UserId="root@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="10032000ABCDEF01@contoso.example"
            ResultStatus="Success"
            ObjectId="bob@contoso.example"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            UserAgent="curl/8.5"
            ActorKind="person"
            Outcome="success"
            2026-01-24T06:54:32 AzureActiveDirectory Add member to role.: AzureActiveDirectory, UserType: Regular, UserId: root@contoso.example, ClientIP: -, ResultStatus: Success, ObjectId: bob@contoso.example, Target: User_2f2d6c1e; bob@contoso.example, Changed: Role.DisplayName: - -> Global Administrator, Actor: root@contoso.example
        "#]],
    );
}

#[test]
fn teams() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:33","Id":"7b1f0a52-0011-4aaa-8bbb-0123456789ab","Operation":"MemberAdded",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":25,"UserKey":"2f2d6c1e-aaaa-4222-8333-0123456789ab","UserType":0,
        "Version":1,"Workload":"MicrosoftTeams","ClientIP":"::ffff:203.0.113.9","UserId":"ann@contoso.example","CommunicationType":"Team",
        "Members":[{"DisplayName":"Bob","Role":2,"UPN":"bob@fabrikam.example"},{"DisplayName":"Cy","Role":1,"UPN":"cy@contoso.example"}],
        "TeamGuid":"19:abc@thread.tacv2","ItemName":"Plans","TeamName":"Plans"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:33Z
            Id="7b1f0a52-0011-4aaa-8bbb-0123456789ab"
            RecordType=25
            RecordTypeName="MicrosoftTeams"
            Workload="MicrosoftTeams"
            Operation="MemberAdded"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="2f2d6c1e-aaaa-4222-8333-0123456789ab"
            ClientIP="::ffff:203.0.113.9"
            ClientAddress="203.0.113.9"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            ItemName="Plans"
            ActorKind="person"
            Outcome="unknown"
            2026-01-24T06:54:33 MicrosoftTeams MemberAdded: MicrosoftTeams, UserType: Regular, UserId: ann@contoso.example, ClientIP: ::ffff:203.0.113.9, ResultStatus: -, Team: Plans, CommunicationType: Team, Members: bob@fabrikam.example; cy@contoso.example, Roles: Guest; Owner, ObjectId: -
        "#]],
    );
}

#[test]
fn security_alert() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:34","Id":"7b1f0a52-0012-4aaa-8bbb-0123456789ab","Operation":"AlertEntityGenerated",
        "OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","RecordType":40,"ResultStatus":"Succeeded","UserKey":"SecurityComplianceAlerts",
        "UserType":4,"Version":1,"Workload":"SecurityComplianceCenter","ObjectId":"ann@contoso.example","UserId":"SecurityComplianceAlerts",
        "AlertEntityId":"ann@contoso.example","AlertId":"3f2d6c1e-1111-4222-8333-0123456789ab","AlertLinks":[],"AlertType":"System",
        "Category":"ThreatManagement","Comments":"New alert","Data":"{\"etype\":\"User\",\"eid\":\"ann@contoso.example\"}","EntityType":"User",
        "Name":"Suspicious inbox forwarding rule","PolicyId":"4f2d6c1e-1111-4222-8333-0123456789ab","Severity":"High","Source":"Cloud App Security","Status":"Active"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:34Z
            Id="7b1f0a52-0012-4aaa-8bbb-0123456789ab"
            RecordType=40
            RecordTypeName="SecurityComplianceAlerts"
            Workload="SecurityComplianceCenter"
            Operation="AlertEntityGenerated"
            UserId="SecurityComplianceAlerts"
            UserType=4
            UserTypeName="System"
            UserKey="SecurityComplianceAlerts"
            ResultStatus="Succeeded"
            ObjectId="ann@contoso.example"
            OrganizationId="5f2d6c1e-1111-4222-8333-0123456789ab"
            ActorKind="service"
            Outcome="success"
            2026-01-24T06:54:34 SecurityComplianceCenter AlertEntityGenerated: SecurityComplianceAlerts, UserType: System, UserId: SecurityComplianceAlerts, ClientIP: -, ResultStatus: Succeeded, Alert: Suspicious inbox forwarding rule, Severity: High, Status: Active, Category: ThreatManagement, Source: Cloud App Security, EntityType: User, Entity: ann@contoso.example, ObjectId: ann@contoso.example, AlertId: 3f2d6c1e-1111-4222-8333-0123456789ab, Comments: New alert
        "#]],
    );
}

#[test]
fn threats() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:35","Id":"7b1f0a52-0013-4aaa-8bbb-0123456789ab","Operation":"TIMailData","RecordType":28,"UserType":4,
        "UserKey":"ThreatIntel","Workload":"ThreatIntelligence","UserId":"ThreatIntel","Verdict":"Phish","DetectionMethod":"URL detonation",
        "P1Sender":"bounce@fabrikam.example","P2Sender":"boss@fabrikam.example","SenderIp":"198.51.100.9","Subject":"Pay now","DeliveryAction":"Blocked",
        "Recipients":["ann@contoso.example","bob@contoso.example"],"NetworkMessageId":"5f2d6c1e-2222-4222-8333-0123456789ab"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:35Z
            Id="7b1f0a52-0013-4aaa-8bbb-0123456789ab"
            RecordType=28
            RecordTypeName="ThreatIntelligence"
            Workload="ThreatIntelligence"
            Operation="TIMailData"
            UserId="ThreatIntel"
            UserType=4
            UserTypeName="System"
            UserKey="ThreatIntel"
            ItemName="Pay now"
            ActorKind="service"
            Outcome="unknown"
            Subjects="[\"Pay now\"]"
            2026-01-24T06:54:35 ThreatIntelligence TIMailData: ThreatIntelligence, UserType: System, UserId: ThreatIntel, ClientIP: -, ResultStatus: -, Verdict: Phish, DetectionMethod: URL detonation, Sender: boss@fabrikam.example, SenderIp: 198.51.100.9, Recipients: ann@contoso.example; bob@contoso.example, Subject: Pay now, DeliveryAction: Blocked, NetworkMessageId: 5f2d6c1e-2222-4222-8333-0123456789ab
        "#]],
    );
    check(
        r#"{"CreationTime":"2026-01-24T06:54:36","Id":"7b1f0a52-0014-4aaa-8bbb-0123456789ab","Operation":"TIUrlClickData","RecordType":41,"UserType":0,
        "UserKey":"ThreatIntel","Workload":"ThreatIntelligence","UserId":"ann@contoso.example","AppName":"Mail","Url":"https://fabrikam.example/pay",
        "UrlClickAction":4,"UserIp":"203.0.113.9"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:36Z
            Id="7b1f0a52-0014-4aaa-8bbb-0123456789ab"
            RecordType=41
            RecordTypeName="ThreatIntelligenceUrl"
            Workload="ThreatIntelligence"
            Operation="TIUrlClickData"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="ThreatIntel"
            ClientIP="203.0.113.9"
            ClientAddress="203.0.113.9"
            ActorKind="person"
            Outcome="unknown"
            2026-01-24T06:54:36 ThreatIntelligence TIUrlClickData: ThreatIntelligenceUrl, UserType: Regular, UserId: ann@contoso.example, ClientIP: 203.0.113.9, ResultStatus: -, URL: https://fabrikam.example/pay, URLClickAction: BlockPageOverride, App: Mail, ObjectId: -
        "#]],
    );
    check(
        r#"{"CreationTime":"2026-01-24T06:54:37","Id":"7b1f0a52-0015-4aaa-8bbb-0123456789ab","Operation":"AtpDetection","RecordType":47,"UserType":4,
        "UserKey":"ThreatIntel","Workload":"ThreatIntelligence","UserId":"ThreatIntel","FileData":{"FileName":"setup.exe","FilePath":"https://contoso.example/setup.exe",
        "MalwareFamily":"Trojan_Sample","SHA256":"00ff"}}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:37Z
            Id="7b1f0a52-0015-4aaa-8bbb-0123456789ab"
            RecordType=47
            RecordTypeName="ThreatIntelligenceAtpContent"
            Workload="ThreatIntelligence"
            Operation="AtpDetection"
            UserId="ThreatIntel"
            UserType=4
            UserTypeName="System"
            UserKey="ThreatIntel"
            ItemName="setup.exe"
            ActorKind="service"
            Outcome="unknown"
            2026-01-24T06:54:37 ThreatIntelligence AtpDetection: ThreatIntelligenceAtpContent, UserType: System, UserId: ThreatIntel, ClientIP: -, ResultStatus: -, File: setup.exe, Path: https://contoso.example/setup.exe, Malware: Trojan_Sample, SHA256: 00ff, ObjectId: -
        "#]],
    );
}

#[test]
fn dlp() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:38","Id":"7b1f0a52-0016-4aaa-8bbb-0123456789ab","Operation":"DlpRuleMatch","RecordType":13,"UserType":4,
        "UserKey":"DlpAgent","Workload":"Exchange","UserId":"ann@contoso.example","ObjectId":"<1@contoso.example>",
        "ExchangeMetaData":{"From":"ann@contoso.example","To":["bob@fabrikam.example"],"Subject":"Cards"},
        "PolicyDetails":[{"PolicyName":"Payment cards","Rules":[{"RuleName":"Many numbers","Severity":"High","Actions":["BlockAccess","NotifyUser"],
        "ConditionsMatched":{"SensitiveInformation":[{"SensitiveInformationTypeName":"Credit Card Number","Count":9}]}}]}]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:38Z
            Id="7b1f0a52-0016-4aaa-8bbb-0123456789ab"
            RecordType=13
            RecordTypeName="ComplianceDLPExchange"
            Workload="Exchange"
            Operation="DlpRuleMatch"
            UserId="ann@contoso.example"
            UserType=4
            UserTypeName="System"
            UserKey="DlpAgent"
            ObjectId="<1@contoso.example>"
            ItemName="Cards"
            ActorKind="system"
            Outcome="failure"
            Subjects="[\"Cards\"]"
            2026-01-24T06:54:38 Exchange DlpRuleMatch: ComplianceDLPExchange, UserType: System, UserId: ann@contoso.example, ClientIP: -, ResultStatus: -, Policy: Payment cards, Rule: Many numbers, Severity: High, Actions: BlockAccess; NotifyUser, Found: Credit Card Number, Subject: Cards, From: ann@contoso.example, To: bob@fabrikam.example, ObjectId: <1@contoso.example>
        "#]],
    );
    check(
        r#"{"CreationTime":"2026-01-24T06:54:39","Id":"7b1f0a52-0017-4aaa-8bbb-0123456789ab","Operation":"DlpRuleMatch","RecordType":11,"UserType":4,
        "UserKey":"DlpAgent","Workload":"SharePoint","UserId":"ann@contoso.example","ObjectId":"https://contoso.sharepoint.example/Cards.xlsx",
        "SharePointMetaData":{"FileName":"Cards.xlsx","FileOwner":"Ann","FilePathUrl":"https://contoso.sharepoint.example/Cards.xlsx",
        "SiteCollectionUrl":"https://contoso.sharepoint.example"},"PolicyDetails":[{"PolicyName":"Payment cards","Rules":[{"RuleName":"Any number","Severity":"Low"}]}]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:39Z
            Id="7b1f0a52-0017-4aaa-8bbb-0123456789ab"
            RecordType=11
            RecordTypeName="ComplianceDLPSharePoint"
            Workload="SharePoint"
            Operation="DlpRuleMatch"
            UserId="ann@contoso.example"
            UserType=4
            UserTypeName="System"
            UserKey="DlpAgent"
            ObjectId="https://contoso.sharepoint.example/Cards.xlsx"
            ItemName="Cards.xlsx"
            SiteUrl="https://contoso.sharepoint.example"
            ActorKind="system"
            Outcome="success"
            2026-01-24T06:54:39 SharePoint DlpRuleMatch: ComplianceDLPSharePoint, UserType: System, UserId: ann@contoso.example, ClientIP: -, ResultStatus: -, Policy: Payment cards, Rule: Any number, Severity: Low, File: Cards.xlsx, Path: https://contoso.sharepoint.example/Cards.xlsx, Owner: Ann, ObjectId: https://contoso.sharepoint.example/Cards.xlsx
        "#]],
    );
}

#[test]
fn copilot() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:40","Id":"7b1f0a52-0018-4aaa-8bbb-0123456789ab","Operation":"CopilotInteraction","RecordType":261,"UserType":0,
        "UserKey":"2f2d6c1e","Workload":"Copilot","UserId":"ann@contoso.example","ClientIP":"203.0.113.9","CopilotEventData":{"AppHost":"Word",
        "AccessedResources":[{"Name":"Plan.xlsx","ID":"r1"}],"ThreadId":"19:abc@thread.v2"}}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:40Z
            Id="7b1f0a52-0018-4aaa-8bbb-0123456789ab"
            RecordType=261
            RecordTypeName="CopilotInteraction"
            Workload="Copilot"
            Operation="CopilotInteraction"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="2f2d6c1e"
            ClientIP="203.0.113.9"
            ClientAddress="203.0.113.9"
            ActorKind="person"
            Outcome="unknown"
            2026-01-24T06:54:40 Copilot CopilotInteraction: CopilotInteraction, UserType: Regular, UserId: ann@contoso.example, ClientIP: 203.0.113.9, ResultStatus: -, AppHost: Word, Thread: 19:abc@thread.v2, Resources: Plan.xlsx, ResourceIds: r1, ObjectId: -
        "#]],
    );
}

#[test]
fn a_family_without_a_file() {
    check(
        r#"{"CreationTime":"2026-01-24T06:54:41","Id":"7b1f0a52-0019-4aaa-8bbb-0123456789ab","Operation":"PlanRead","RecordType":188,"UserType":0,
        "ResultStatus":1,"UserKey":"2f2d6c1e","Workload":"Planner","UserId":"ann@contoso.example","Scope":0,"ObjectId":"plan-1"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:41Z
            Id="7b1f0a52-0019-4aaa-8bbb-0123456789ab"
            RecordType=188
            RecordTypeName="PlannerPlan"
            Workload="Planner"
            Operation="PlanRead"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="2f2d6c1e"
            ResultStatus="1"
            ObjectId="plan-1"
            Scope="Online"
            ActorKind="person"
            Outcome="success"
            2026-01-24T06:54:41 Planner PlanRead: PlannerPlan, UserType: Regular, UserId: ann@contoso.example, ClientIP: -, ResultStatus: 1, ObjectId: plan-1, Result: Success
        "#]],
    );
}
