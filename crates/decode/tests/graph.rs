//! What Microsoft Graph writes of sign-ins, directory audits and service health.
//!
//! The records are invented in the shapes of real ones.

mod common;

use common::{decode, envelope, report, wrapped};
use event::{Event, Field};
use expect_test::{Expect, expect};

fn check(record: &str, expected: Expect) {
    let envelope = envelope(record);
    expected.assert_eq(&report(&decode(&envelope)));
}

fn issues(event: &Event) -> Vec<String> {
    event.issues.iter().map(|issue| issue.to_string()).collect()
}

#[test]
fn sign_in() {
    check(
        r#"{"id":"7c1f0a52-0001-4aaa-8bbb-0123456789ab","createdDateTime":"2026-01-24T06:54:24.1234567Z","userDisplayName":"Ann",
        "userPrincipalName":"ann@contoso.example","userId":"2f2d6c1e-aaaa-4222-8333-0123456789ab","appId":"1fec8e78-0000-4000-8000-0123456789ab",
        "appDisplayName":"Outlook","ipAddress":"203.0.113.9","clientAppUsed":"Browser","correlationId":"4f2d6c1e-1111-4222-8333-0123456789ab",
        "conditionalAccessStatus":"failure","isInteractive":true,"riskDetail":"none","riskLevelAggregated":"none","riskLevelDuringSignIn":"medium",
        "riskState":"none","riskEventTypes_v2":[],"resourceDisplayName":"Graph","resourceId":"00000003-0000-0000-c000-000000000000",
        "status":{"errorCode":53003,"failureReason":"Access has been blocked","additionalDetails":null},
        "deviceDetail":{"deviceId":"","displayName":"","operatingSystem":"Windows10","browser":"Edge 120.0","isCompliant":false,"isManaged":false,"trustType":""},
        "location":{"city":"Oslo","state":"Oslo","countryOrRegion":"NO","geoCoordinates":{"altitude":null,"latitude":59.9,"longitude":10.7}},
        "appliedConditionalAccessPolicies":[{"id":"6f2d6c1e","displayName":"Block","enforcedGrantControls":["Block"],"result":"failure"}]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24.123456Z
            Id="7c1f0a52-0001-4aaa-8bbb-0123456789ab"
            RecordType=15
            RecordTypeName="AzureActiveDirectoryStsLogon"
            Workload="AzureActiveDirectory"
            Operation="UserLoginFailed"
            UserId="ann@contoso.example"
            UserKey="2f2d6c1e-aaaa-4222-8333-0123456789ab"
            ClientIP="203.0.113.9"
            ClientAddress="203.0.113.9"
            ResultStatus="53003"
            ObjectId="00000003-0000-0000-c000-000000000000"
            ApplicationId="1fec8e78-0000-4000-8000-0123456789ab"
            ActorKind="person"
            Outcome="failure"
            2026-01-24T06:54:24 AzureActiveDirectory UserLoginFailed: AzureActiveDirectoryStsLogon, UserType: -, UserId: ann@contoso.example, ClientIP: 203.0.113.9, ResultStatus: 53003, App: Outlook, Error: 53003 BlockedByConditionalAccess, Reason: Access has been blocked, Resource: Graph, ClientApp: Browser, ConditionalAccess: failure, Risk: medium, Country: NO, City: Oslo, OS: Windows10, SessionId: -, UserAgent: -
        "#]],
    );
}

#[test]
fn sign_in_of_beta_without_a_user_at_the_keyboard() {
    check(
        r#"{"id":"7c1f0a52-0002-4aaa-8bbb-0123456789ab","createdDateTime":"2026-01-24T06:54:25Z","userPrincipalName":"ann@contoso.example",
        "userId":"2f2d6c1e-aaaa-4222-8333-0123456789ab","userType":"member","appId":"1fec8e78-0000-4000-8000-0123456789ab","appDisplayName":"Sync",
        "ipAddress":"2001:DB8::9","clientAppUsed":"Mobile Apps and Desktop clients","conditionalAccessStatus":"notApplied","isInteractive":false,
        "signInEventTypes":["nonInteractiveUser"],"authenticationProtocol":"deviceCode","originalTransferMethod":"none",
        "authenticationRequirement":"multiFactorAuthentication","crossTenantAccessType":"none","incomingTokenType":"primaryRefreshToken",
        "homeTenantId":"5f2d6c1e-1111-4222-8333-0123456789ab","resourceTenantId":"5F2D6C1E-1111-4222-8333-0123456789AB",
        "resourceDisplayName":"Office 365 SharePoint Online","resourceId":"00000003-0000-0ff1-ce00-000000000000","riskLevelDuringSignIn":"none",
        "sessionId":"9a4ed2ac-1111-4d4d-9a9a-0123456789ab","userAgent":"python-requests/2.31.0","servicePrincipalName":"","servicePrincipalId":"",
        "status":{"errorCode":0,"failureReason":"Other.","additionalDetails":"MFA requirement satisfied by claim in the token"},
        "deviceDetail":{"displayName":"LAP-1","operatingSystem":"Windows 11"},"location":{"city":"","countryOrRegion":"NO"},"mfaDetail":null,
        "authenticationDetails":[],"authenticationProcessingDetails":[{"key":"Is CAE Token","value":"False"}]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:25Z
            Id="7c1f0a52-0002-4aaa-8bbb-0123456789ab"
            RecordType=15
            RecordTypeName="AzureActiveDirectoryStsLogon"
            Workload="AzureActiveDirectory"
            Operation="UserLoggedIn"
            UserId="ann@contoso.example"
            UserType=0
            UserTypeName="Regular"
            UserKey="2f2d6c1e-aaaa-4222-8333-0123456789ab"
            ClientIP="2001:DB8::9"
            ClientAddress="2001:db8::9"
            ResultStatus="0"
            ObjectId="00000003-0000-0ff1-ce00-000000000000"
            OrganizationId="5F2D6C1E-1111-4222-8333-0123456789AB"
            SessionId="9a4ed2ac-1111-4d4d-9a9a-0123456789ab"
            ApplicationId="1fec8e78-0000-4000-8000-0123456789ab"
            UserAgent="python-requests/2.31.0"
            ActorKind="person"
            Outcome="success"
            2026-01-24T06:54:25 AzureActiveDirectory UserLoggedIn: AzureActiveDirectoryStsLogon, UserType: Regular, UserId: ann@contoso.example, ClientIP: 2001:DB8::9, ResultStatus: 0, App: Sync, Detail: MFA requirement satisfied by claim in the token, Resource: Office 365 SharePoint Online, Type: nonInteractiveUser, ClientApp: Mobile Apps and Desktop clients, Protocol: deviceCode, Requirement: multiFactorAuthentication, ConditionalAccess: notApplied, Country: NO, Device: LAP-1, OS: Windows 11, SessionId: 9a4ed2ac-1111-4d4d-9a9a-0123456789ab, UserAgent: python-requests/2.31.0
        "#]],
    );
}

#[test]
fn sign_in_of_a_guest_across_tenants() {
    check(
        r#"{"id":"7c1f0a52-0003-4aaa-8bbb-0123456789ab","createdDateTime":"2026-01-24T06:54:26Z","userPrincipalName":"",
        "signInIdentifier":"bob@fabrikam.example","userId":"3f2d6c1e-aaaa-4222-8333-0123456789ab","userType":"guest","appDisplayName":"Portal",
        "ipAddress":"198.51.100.9","signInEventTypes":["interactiveUser"],"crossTenantAccessType":"b2bCollaboration",
        "homeTenantId":"6f2d6c1e-1111-4222-8333-0123456789ab","resourceTenantId":"5f2d6c1e-1111-4222-8333-0123456789ab",
        "status":{"errorCode":500121,"failureReason":"Authentication failed during strong authentication request.",
        "additionalDetails":"MFA denied; user declined the authentication"},"riskLevelDuringSignIn":"hidden"}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:26Z
            Id="7c1f0a52-0003-4aaa-8bbb-0123456789ab"
            RecordType=15
            RecordTypeName="AzureActiveDirectoryStsLogon"
            Workload="AzureActiveDirectory"
            Operation="UserLoginFailed"
            UserId="bob@fabrikam.example"
            UserType=10
            UserTypeName="Guest"
            UserKey="3f2d6c1e-aaaa-4222-8333-0123456789ab"
            ClientIP="198.51.100.9"
            ClientAddress="198.51.100.9"
            ResultStatus="500121"
            ActorKind="external"
            Outcome="failure"
            2026-01-24T06:54:26 AzureActiveDirectory UserLoginFailed: AzureActiveDirectoryStsLogon, UserType: Guest, UserId: bob@fabrikam.example, ClientIP: 198.51.100.9, ResultStatus: 500121, App: Portal, Error: 500121 strong authentication failed or was declined, Reason: Authentication failed during strong authentication request., Detail: MFA denied; user declined the authentication, Type: interactiveUser, CrossTenant: b2bCollaboration, SessionId: -, UserAgent: -
        "#]],
    );
}

#[test]
fn sign_in_of_a_service_principal() {
    check(
        r#"{"id":"7c1f0a52-0004-4aaa-8bbb-0123456789ab","createdDateTime":"2026-01-24T06:54:27Z","userDisplayName":"","userPrincipalName":"",
        "userId":"","userType":"member","appId":"1fec8e78-0000-4000-8000-0123456789ab","appDisplayName":"Backup","ipAddress":"198.51.100.9",
        "conditionalAccessStatus":"notApplied","isInteractive":false,"signInEventTypes":["servicePrincipal"],
        "servicePrincipalId":"8f2d6c1e-aaaa-4222-8333-0123456789ab","servicePrincipalName":"Backup of mailboxes","clientCredentialType":"clientSecret",
        "servicePrincipalCredentialKeyId":"af2d6c1e-aaaa-4222-8333-0123456789ab","resourceDisplayName":"Microsoft Graph",
        "resourceId":"00000003-0000-0000-c000-000000000000","homeTenantId":"5f2d6c1e","resourceTenantId":"5f2d6c1e",
        "status":{"errorCode":7000215,"failureReason":"Invalid client secret provided.","additionalDetails":null}}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:27Z
            Id="7c1f0a52-0004-4aaa-8bbb-0123456789ab"
            RecordType=15
            RecordTypeName="AzureActiveDirectoryStsLogon"
            Workload="AzureActiveDirectory"
            Operation="UserLoginFailed"
            UserId="Backup of mailboxes"
            UserType=6
            UserTypeName="ServicePrincipal"
            UserKey="8f2d6c1e-aaaa-4222-8333-0123456789ab"
            ClientIP="198.51.100.9"
            ClientAddress="198.51.100.9"
            ResultStatus="7000215"
            ObjectId="00000003-0000-0000-c000-000000000000"
            OrganizationId="5f2d6c1e"
            ApplicationId="1fec8e78-0000-4000-8000-0123456789ab"
            ActorKind="application"
            Outcome="failure"
            2026-01-24T06:54:27 AzureActiveDirectory UserLoginFailed: AzureActiveDirectoryStsLogon, UserType: ServicePrincipal, UserId: Backup of mailboxes, ClientIP: 198.51.100.9, ResultStatus: 7000215, App: Backup, Error: 7000215 wrong client secret, Reason: Invalid client secret provided., Resource: Microsoft Graph, Type: servicePrincipal, ConditionalAccess: notApplied, SessionId: -, UserAgent: -
        "#]],
    );
}

#[test]
fn sign_in_of_a_managed_identity() {
    check(
        r#"{"id":"7c1f0a52-0005-4aaa-8bbb-0123456789ab","createdDateTime":"2026-01-24T06:54:28Z","appDisplayName":null,"ipAddress":"",
        "signInEventTypes":["managedIdentity"],"servicePrincipalId":"9f2d6c1e-aaaa-4222-8333-0123456789ab","servicePrincipalName":"vm-1",
        "managedServiceIdentity":{"msiType":"systemAssigned","associatedResourceId":"/subscriptions/1/vm-1"},"resourceDisplayName":"Azure Key Vault",
        "status":{"errorCode":0,"failureReason":null,"additionalDetails":null}}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:28Z
            Id="7c1f0a52-0005-4aaa-8bbb-0123456789ab"
            RecordType=15
            RecordTypeName="AzureActiveDirectoryStsLogon"
            Workload="AzureActiveDirectory"
            Operation="UserLoggedIn"
            UserId="vm-1"
            UserType=6
            UserTypeName="ServicePrincipal"
            UserKey="9f2d6c1e-aaaa-4222-8333-0123456789ab"
            ResultStatus="0"
            ActorKind="application"
            Outcome="success"
            2026-01-24T06:54:28 AzureActiveDirectory UserLoggedIn: AzureActiveDirectoryStsLogon, UserType: ServicePrincipal, UserId: vm-1, ClientIP: -, ResultStatus: 0, App: -, Resource: Azure Key Vault, Type: managedIdentity, SessionId: -, UserAgent: -
        "#]],
    );
}

#[test]
fn a_sign_in_that_goes_on_is_another_record_of_its_id() {
    let sign_in = |code: u32| {
        format!(
            r#"{{"id":"7c1f0a52","createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"Outlook","status":{{"errorCode":{code}}}}}"#
        )
    };
    let (interrupted, finished) = (envelope(sign_in(50140)), envelope(sign_in(0)));
    let (interrupted, finished) = (decode(&interrupted), decode(&finished));
    assert_eq!(interrupted.key.id, finished.key.id);
    assert_ne!(interrupted.key.content, finished.key.content);
    assert_eq!(interrupted.text(Field::Operation), Some("UserLoginFailed"));
    assert_eq!(finished.text(Field::Operation), Some("UserLoggedIn"));
}

#[test]
fn directory_audit() {
    check(
        r#"{"id":"Directory_1_ABC_2","category":"RoleManagement","correlationId":"4f2d6c1e-1111-4222-8333-0123456789ab","result":"success",
        "resultReason":"","activityDisplayName":"Add member to role","activityDateTime":"2026-01-24T06:54:24.1234567Z","loggedByService":"Core Directory",
        "operationType":"Assign","initiatedBy":{"user":{"id":"2f2d6c1e","displayName":null,"userPrincipalName":"root@contoso.example",
        "ipAddress":"203.0.113.9"},"app":null},"targetResources":[{"id":"3f2d6c1e","displayName":"Bob","type":"User",
        "userPrincipalName":"bob@contoso.example","groupType":null,"modifiedProperties":[{"displayName":"Role.DisplayName","oldValue":null,
        "newValue":"\"Global Administrator\""}]},{"id":"9f2d6c1e","displayName":null,"type":"Role","userPrincipalName":null,"modifiedProperties":[]}],
        "additionalDetails":[{"key":"User-Agent","value":"curl/8.5"}]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24.123456Z
            Id="Directory_1_ABC_2"
            RecordType=8
            RecordTypeName="AzureActiveDirectory"
            Workload="AzureActiveDirectory"
            Operation="Add member to role"
            UserId="root@contoso.example"
            UserKey="2f2d6c1e"
            ClientIP="203.0.113.9"
            ClientAddress="203.0.113.9"
            ResultStatus="success"
            ObjectId="bob@contoso.example"
            UserAgent="curl/8.5"
            ItemName="Bob"
            ActorKind="person"
            Outcome="success"
            2026-01-24T06:54:24 AzureActiveDirectory Add member to role: AzureActiveDirectory, UserType: -, UserId: root@contoso.example, ClientIP: 203.0.113.9, ResultStatus: success, ObjectId: bob@contoso.example, Target: Bob, TargetType: User; Role, TargetId: 3f2d6c1e; 9f2d6c1e, Changed: Role.DisplayName: - -> Global Administrator, Category: RoleManagement, Service: Core Directory, UserAgent: curl/8.5
        "#]],
    );
}

#[test]
fn directory_audit_of_an_application() {
    check(
        r#"{"id":"Directory_2_ABC_2","category":"ApplicationManagement","result":"failure","resultReason":"Insufficient privileges","userAgent":null,
        "activityDisplayName":"Add service principal credentials","activityDateTime":"2026-01-24T06:54:25Z","loggedByService":"Core Directory",
        "operationType":"Update","initiatedBy":{"user":null,"app":{"appId":"1fec8e78","displayName":"Deploy","servicePrincipalId":"8f2d6c1e",
        "servicePrincipalName":null}},"targetResources":[{"id":"af2d6c1e","displayName":"Payroll","type":"ServicePrincipal","userPrincipalName":null,
        "modifiedProperties":[{"displayName":"KeyDescription","oldValue":"[]","newValue":"[\"[KeyIdentifier=1,KeyType=Password]\"]"},
        {"displayName":"Included Updated Properties","oldValue":null,"newValue":"\"KeyDescription\""}]}],"additionalDetails":[]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:25Z
            Id="Directory_2_ABC_2"
            RecordType=8
            RecordTypeName="AzureActiveDirectory"
            Workload="AzureActiveDirectory"
            Operation="Add service principal credentials"
            UserId="Deploy"
            UserKey="8f2d6c1e"
            ResultStatus="failure"
            ObjectId="af2d6c1e"
            ApplicationId="1fec8e78"
            ItemName="Payroll"
            ActorKind="person"
            Outcome="failure"
            2026-01-24T06:54:25 AzureActiveDirectory Add service principal credentials: AzureActiveDirectory, UserType: -, UserId: Deploy, ClientIP: -, ResultStatus: failure, ObjectId: af2d6c1e, Target: Payroll, TargetType: ServicePrincipal, TargetId: af2d6c1e, Changed: KeyDescription: - -> [KeyIdentifier=1,KeyType=Password], Reason: Insufficient privileges, Category: ApplicationManagement, Service: Core Directory, UserAgent: -
        "#]],
    );
}

#[test]
fn service_health_issue() {
    check(
        r#"{"startDateTime":"2026-01-23T20:00:00Z","endDateTime":null,"lastModifiedDateTime":"2026-01-24T06:54:24.51Z",
        "title":"Some users can't open shared mailboxes","id":"EX226792","impactDescription":"Users see an error, and then none.","classification":"advisory",
        "origin":"microsoft","status":"serviceDegradation","service":"Exchange Online","feature":"E-Mail and calendar access",
        "featureGroup":"E-Mail and calendar access","isResolved":false,"highImpact":null,"details":[{"name":"NotifyInApp","value":"True"}],
        "posts":[{"createdDateTime":"2026-01-23T20:10:00Z","postType":"regular","description":{"contentType":"html","content":"<b>We look into it</b>"}}]}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24.510000Z
            Id="EX226792"
            Workload="Exchange Online"
            Operation="ServiceHealthIssue"
            ResultStatus="serviceDegradation"
            ItemName="Some users can't open shared mailboxes"
            Outcome="unknown"
            2026-01-24T06:54:24 Exchange Online ServiceHealthIssue: -, UserType: -, UserId: -, ClientIP: -, ResultStatus: serviceDegradation, Issue: EX226792, Title: Some users can't open shared mailboxes, Classification: advisory, FeatureGroup: E-Mail and calendar access, Feature: E-Mail and calendar access, Impact: "Users see an error, and then none.", Origin: microsoft, Start: 2026-01-23T20:00:00Z, Resolved: false
        "#]],
    );
}

#[test]
fn service_health_overview() {
    let overview = r#"{"service":"Exchange Online","status":"serviceDegradation","id":"Exchange","issues@odata.context":"x","issues":[{"id":"EX226792"}]}"#;
    check(
        overview,
        expect![[r#"
            Id="Exchange"
            Workload="Exchange Online"
            Operation="ServiceHealth"
            ResultStatus="serviceDegradation"
            Outcome="unknown"
            ! missing-field in CreationTime: no time in the record
            - Exchange Online ServiceHealth: -, UserType: -, UserId: -, ClientIP: -, ResultStatus: serviceDegradation, Service: Exchange, Issues: EX226792
        "#]],
    );
    let timed = wrapped(overview, r#"{"createdDateTime":"2026-01-24T06:54:24Z"}"#);
    expect![[r#"
        CreationTime=2026-01-24T06:54:24Z
        Id="Exchange"
        Workload="Exchange Online"
        Operation="ServiceHealth"
        ResultStatus="serviceDegradation"
        Wrapper="{\"createdDateTime\":\"2026-01-24T06:54:24Z\"}"
        Outcome="unknown"
        2026-01-24T06:54:24 Exchange Online ServiceHealth: -, UserType: -, UserId: -, ClientIP: -, ResultStatus: serviceDegradation, Service: Exchange, Issues: EX226792
    "#]].assert_eq(&report(&decode(&timed)));
}

#[test]
fn service_update_message() {
    check(
        r#"{"startDateTime":"2026-01-20T20:00:00Z","endDateTime":"2026-03-20T20:00:00Z","lastModifiedDateTime":"2026-01-24T06:54:24Z",
        "title":"(Updated) New meeting page","id":"MC172851","category":"planForChange","severity":"normal","tags":["Updated","User impact"],
        "isMajorChange":true,"actionRequiredByDateTime":"2026-03-01T00:00:00Z","services":["Microsoft Teams","Exchange Online"],
        "hasAttachments":false,"viewPoint":null,"details":[],"body":{"contentType":"html","content":"<p>More</p>"}}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24Z
            Id="MC172851"
            Workload="Microsoft Teams"
            Operation="ServiceUpdateMessage"
            ItemName="(Updated) New meeting page"
            Outcome="unknown"
            2026-01-24T06:54:24 Microsoft Teams ServiceUpdateMessage: -, UserType: -, UserId: -, ClientIP: -, ResultStatus: -, Message: MC172851, Title: (Updated) New meeting page, Services: Microsoft Teams; Exchange Online, Category: planForChange, Severity: normal, MajorChange: true, ActBy: 2026-03-01T00:00:00Z, Tags: Updated; User impact
        "#]],
    );
    check(
        r#"{"lastModifiedDateTime":"2026-01-24T06:54:24Z","title":"x","id":"MC1","category":"stayInformed","services":[],"isMajorChange":false}"#,
        expect![[r#"
            CreationTime=2026-01-24T06:54:24Z
            Id="MC1"
            Operation="ServiceUpdateMessage"
            ItemName="x"
            Outcome="unknown"
            2026-01-24T06:54:24 - ServiceUpdateMessage: -, UserType: -, UserId: -, ClientIP: -, ResultStatus: -, Message: MC1, Title: x, Category: stayInformed
        "#]],
    );
}

#[test]
fn the_content_and_not_the_source_tells_the_kind() {
    // The same bytes under the content types of two sources are one record.
    let record = r#"{"id":"1","createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"Outlook","status":{"errorCode":0}}"#;
    let pulled = envelope(record);
    let mut provenance = (*pulled.provenance).clone();
    provenance.content_type = "Graph.DirectoryAudits";
    let other = event::Envelope { provenance: provenance.into(), ..pulled.clone() };
    assert_eq!(report(&decode(&pulled)), report(&decode(&other)));
    assert_eq!(decode(&pulled).key, decode(&other).key);
}

#[test]
fn what_is_not_as_documented_is_told() {
    let check = |record: &str, expected: &[&str]| {
        let envelope = envelope(record);
        assert_eq!(issues(&decode(&envelope)), expected, "{record}");
    };
    let no_time = "missing-field in CreationTime: no time in the record";
    check(
        r#"{"createdDateTime":"soon","appDisplayName":"x","status":{"errorCode":{"a":1}},"userId":7,"ipAddress":"nowhere"}"#,
        &[
            "unreadable-time in CreationTime: soon",
            "wrong-type in UserKey: 7",
            "unreadable-address in ClientIP: nowhere",
            r#"wrong-type in ResultStatus: {"a":1}"#,
            no_time,
        ],
    );
    check(r#"{"createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"x","status":"ok"}"#, &[]);
    check(
        r#"{"activityDisplayName":["Add user"],"activityDateTime":null}"#,
        &[r#"wrong-type in Operation: ["Add user"]"#, no_time],
    );
    check(r#"{"services":"Exchange Online","category":"x","title":"y"}"#, &[no_time]);
    check(
        r#"{"id":"1","displayName":"x","value":[]}"#,
        &["missing-field in RecordType: ", "missing-field in Operation: ", no_time],
    );
}

#[test]
fn a_title_cannot_pass_for_a_field_or_a_line() {
    for record in [
        r#"{"createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"x, UserId: root\r\n\u001b[2J\u202e","userAgent":"a\nb, UserId: root"}"#,
        r#"{"activityDisplayName":"Add\nuser","activityDateTime":"2026-01-24T06:54:24Z","targetResources":[{"displayName":"x, UserId: root\u0007","modifiedProperties":[{"displayName":"a\r\nb","newValue":"\u001b[2J, UserId: root"}]}]}"#,
        r#"{"service":"x\u0000","classification":"x","startDateTime":"2026-01-24T06:54:24Z","title":"x, UserId: root\u2028"}"#,
        r#"{"services":["x, UserId: root\n"],"category":"x","title":"\u009b"}"#,
        r#"{"service":"x","status":"x, UserId: root\n","id":"\u001b]0;x"}"#,
        r#"{"receivedDateTime":"2026-01-24T06:54:24Z","recipientAddress":"x","subject":"x, UserId: root\n\u0085"}"#,
    ] {
        let envelope = envelope(record);
        let line = decode::line(&decode(&envelope));
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{202e}'));
        // Inside quotes it is a value; as a field it stands once.
        let fields = line.split('"').step_by(2).collect::<String>();
        assert_eq!(fields.matches(", UserId: ").count(), 1, "{line}");
    }
}
