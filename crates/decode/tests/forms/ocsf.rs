//! The Open Cybersecurity Schema Framework.

use decode::form::{OcsfVersion, ocsf, ocsf_problems, ocsf_with_raw_data};
use event::Event;
use expect_test::{Expect, expect};
use serde_json::json;

use crate::shared::{
    ALERT, CLASSES, ROLE, SHARING, SIGN_IN, TRACE, check_told, decode, envelope, full_record,
    lines, pretty,
};

/// What holds for any record.
pub fn holds(event: &Event) {
    for version in OcsfVersion::ALL {
        let object = ocsf(event, version);
        assert_eq!(ocsf_problems(&object), Vec::<String>::new(), "{}", json!(object));
        check_told(event, &object, "OCSF");
    }
    let object = ocsf_with_raw_data(event, OcsfVersion::default());
    assert_eq!(ocsf_problems(&object), Vec::<String>::new());
}

fn check_ocsf_of(record: &str, expected: Expect) {
    expected.assert_eq(&pretty(record, |event| ocsf(event, OcsfVersion::V1_9)));
}

/// Every operation that has a line gets the class of that line, and is sound in every version.
#[test]
fn every_line_of_the_classes_is_written() {
    for cells in lines(CLASSES) {
        let Some(record_type) = cells[0].split(',').next().unwrap().parse::<i64>().ok() else {
            continue;
        };
        let operation = cells[1].replace('*', "Thing");
        let envelope = envelope(full_record(record_type, &operation).to_string());
        let event = decode(&envelope);
        crate::holds(&event);
        let object = ocsf(&event, OcsfVersion::V1_9);
        let class_uid = object["class_uid"].as_i64().unwrap().to_string();
        let activity_id = object["activity_id"].as_i64().unwrap().to_string();
        assert_eq!((class_uid.as_str(), activity_id.as_str()), (cells[5], cells[6]), "{cells:?}");
    }
}

#[test]
fn a_new_role_member_in_ocsf() {
    check_ocsf_of(
        ROLE,
        expect![[r#"
        activity_id=16
        activity_name="Assign Roles"
        actor.user.domain="contoso.example"
        actor.user.email_addr="ann@contoso.example"
        actor.user.name="ann@contoso.example"
        actor.user.type_id=2
        actor.user.uid="1003"
        category_name="Identity & Access Management"
        category_uid=3
        class_name="User Management"
        class_uid=3007
        metadata.event_code="AzureActiveDirectory"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_event_uid="7b1f0a55"
        metadata.original_time="2026-01-24T06:54:24"
        metadata.product.feature.name="AzureActiveDirectory"
        metadata.product.name="Microsoft 365"
        metadata.product.vendor_name="Microsoft"
        metadata.tenant_uid="5f2d6c1e"
        metadata.uid="7b1f0a55"
        metadata.version="1.9.0"
        observables=[{"name":"actor.user.name","type":"User Name","type_id":4,"value":"ann@contoso.example"},{"name":"actor.user.email_addr","type":"Email Address","type_id":5,"value":"ann@contoso.example"},{"name":"user.name","type":"User Name","type_id":4,"value":"bob@contoso.example"},{"name":"user.email_addr","type":"Email Address","type_id":5,"value":"bob@contoso.example"}]
        privileges=["Global Administrator"]
        resources=[{"name":"bob@contoso.example"}]
        severity="Informational"
        severity_id=1
        status="Success"
        status_id=1
        time=1769237664000
        type_name="User Management: Assign Roles"
        type_uid=300716
        unmapped.ModifiedProperties=[{"Name":"Role.DisplayName","NewValue":"Global Administrator","OldValue":""}]
        unmapped.Operation="Add member to role."
        unmapped.RecordType=8
        unmapped.ResultStatus="Success"
        unmapped.Target=[{"ID":"bob@contoso.example","Type":5}]
        unmapped.UserType=2
        unmapped.Version=1
        user.email_addr="bob@contoso.example"
        user.name="bob@contoso.example"
    "#]],
    );
}

#[test]
fn a_message_trace_in_ocsf() {
    check_ocsf_of(
        TRACE,
        expect![[r#"
        activity_id=4
        activity_name="Trace"
        category_name="Network Activity"
        category_uid=4
        class_name="Email Activity"
        class_uid=4009
        direction="Unknown"
        direction_id=0
        email.from="bob@fabrikam.example"
        email.message_uid="<1@fabrikam.example>"
        email.size=4711
        email.smtp_from="bob@fabrikam.example"
        email.smtp_to=["ann@contoso.example"]
        email.subject="Hi"
        email.to=["ann@contoso.example"]
        message_trace_uid="7c1f0a52"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_time="2026-01-24T06:54:24.3616847"
        metadata.product.feature.name="Exchange"
        metadata.product.name="O365"
        metadata.product.vendor_name="Microsoft"
        metadata.version="1.9.0"
        observables=[{"name":"src_endpoint.ip","type":"IP Address","type_id":2,"value":"198.51.100.9"},{"name":"email.from","type":"Email Address","type_id":5,"value":"bob@fabrikam.example"}]
        severity="Unknown"
        severity_id=0
        src_endpoint.ip="198.51.100.9"
        status="FilteredAsSpam"
        status_detail="FilteredAsSpam"
        status_id=99
        time=1769237664361
        type_name="Email Activity: Trace"
        type_uid=400904
        unmapped.Index=3
        unmapped.Organization="contoso.example"
    "#]],
    );
}

#[test]
fn a_failed_sign_in_in_ocsf() {
    check_ocsf_of(
        SIGN_IN,
        expect![[r#"
        activity_id=1
        activity_name="Logon"
        actor.app_uid="5e3ce6c0"
        actor.user.domain="contoso.example"
        actor.user.email_addr="ann@contoso.example"
        actor.user.name="ann@contoso.example"
        actor.user.type_id=1
        actor.user.uid="1003"
        auth_protocol="OAuth2:Authorize"
        auth_protocol_id=6
        category_name="Identity & Access Management"
        category_uid=3
        class_name="Authentication"
        class_uid=3002
        dst_endpoint.uid="00000003"
        http_request.user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
        metadata.event_code="AzureActiveDirectoryStsLogon"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_event_uid="7b1f0a52"
        metadata.original_time="2026-01-24T06:54:24"
        metadata.product.feature.name="AzureActiveDirectory"
        metadata.product.name="Microsoft 365"
        metadata.product.vendor_name="Microsoft"
        metadata.tenant_uid="5F2D6C1E"
        metadata.uid="7b1f0a52"
        metadata.version="1.9.0"
        observables=[{"name":"actor.user.name","type":"User Name","type_id":4,"value":"ann@contoso.example"},{"name":"actor.user.email_addr","type":"Email Address","type_id":5,"value":"ann@contoso.example"},{"name":"user.name","type":"User Name","type_id":4,"value":"ann@contoso.example"},{"name":"user.email_addr","type":"Email Address","type_id":5,"value":"ann@contoso.example"},{"name":"src_endpoint.ip","type":"IP Address","type_id":2,"value":"203.0.113.7"},{"name":"http_request.user_agent","type":"HTTP User-Agent","type_id":16,"value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"}]
        service.uid="5e3ce6c0"
        severity="Informational"
        severity_id=1
        src_endpoint.ip="203.0.113.7"
        status="Failure"
        status_code="50126"
        status_detail="InvalidUserNameOrPassword"
        status_id=2
        time=1769237664000
        type_name="Authentication: Logon"
        type_uid=300201
        unmapped.ExtendedProperties=[{"Name":"UserAgent","Value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"},{"Name":"RequestType","Value":"OAuth2:Authorize"},{"Name":"RequestType","Value":"Again"}]
        unmapped.ModifiedProperties=[]
        unmapped.Operation="UserLoggedIn"
        unmapped.RecordType=15
        unmapped.ResultStatus="Success"
        unmapped.UserType=0
        unmapped.Version=1
        user.email_addr="ann@contoso.example"
        user.name="ann@contoso.example"
        user.uid="1003"
    "#]],
    );
}

#[test]
fn a_shared_file_in_ocsf() {
    check_ocsf_of(
        SHARING,
        expect![[r#"
        activity_id=12
        activity_name="Share"
        actor.user.domain="contoso.example"
        actor.user.email_addr="ann@contoso.example"
        actor.user.name="ann@contoso.example"
        actor.user.type_id=1
        actor.user.uid="i:0h.f|membership|1003@live.com"
        category_name="Application Activity"
        category_uid=6
        class_name="File Hosting Activity"
        class_uid=6006
        dst_endpoint.hostname="contoso-my.sharepoint.example"
        file.ext="xlsx"
        file.name="Plan 2.xlsx"
        file.parent_folder="Documents"
        file.path="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        file.type_id=1
        file.url.url_string="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        metadata.event_code="SharePointSharingOperation"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_event_uid="7b1f0a53"
        metadata.original_time="2026-01-24T06:54:24"
        metadata.product.feature.name="OneDrive"
        metadata.product.name="Microsoft 365"
        metadata.product.vendor_name="Microsoft"
        metadata.tenant_uid="5f2d6c1e"
        metadata.uid="7b1f0a53"
        metadata.version="1.9.0"
        observables=[{"name":"actor.user.name","type":"User Name","type_id":4,"value":"ann@contoso.example"},{"name":"actor.user.email_addr","type":"Email Address","type_id":5,"value":"ann@contoso.example"},{"name":"src_endpoint.ip","type":"IP Address","type_id":2,"value":"2001:db8::7"},{"name":"file.name","type":"File Name","type_id":7,"value":"Plan 2.xlsx"},{"name":"file.url.url_string","type":"URL String","type_id":6,"value":"https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"}]
        severity="Informational"
        severity_id=1
        src_endpoint.ip="2001:db8::7"
        src_endpoint.port=443
        status="Unknown"
        status_id=0
        time=1769237664000
        type_name="File Hosting Activity: Share"
        type_uid=600612
        unmapped.ClientIP="[2001:DB8::7]:443"
        unmapped.ItemType="File"
        unmapped.Operation="SharingSet"
        unmapped.RecordType=14
        unmapped.SiteUrl="https://contoso-my.sharepoint.example/personal/ann/"
        unmapped.TargetUserOrGroupName="eve@fabrikam.example"
        unmapped.TargetUserOrGroupType="Guest"
        unmapped.UserType=0
        unmapped.Version=1
    "#]],
    );
}

#[test]
fn an_alert_in_ocsf() {
    check_ocsf_of(
        ALERT,
        expect![[r#"
        activity_id=1
        activity_name="Create"
        category_name="Findings"
        category_uid=2
        class_name="Detection Finding"
        class_uid=2004
        evidences=[{"user":{"name":"ann@contoso.example"}}]
        finding_info.analytic.name="Mass download"
        finding_info.analytic.type="Rule"
        finding_info.analytic.type_id=1
        finding_info.analytic.uid="p1"
        finding_info.first_seen_time=1769237100000
        finding_info.src_url="https://contoso.example/alert"
        finding_info.title="Mass download"
        finding_info.types=["ThreatManagement"]
        finding_info.uid="a1"
        is_alert=true
        message="New alert"
        metadata.event_code="SecurityComplianceAlerts"
        metadata.log_name="Audit.General"
        metadata.logged_time=1772323200000
        metadata.original_event_uid="7b1f0a54"
        metadata.original_time="2026-01-24T06:54:24"
        metadata.product.feature.name="SecurityComplianceCenter"
        metadata.product.name="Microsoft 365"
        metadata.product.vendor_name="Microsoft"
        metadata.tenant_uid="5f2d6c1e"
        metadata.uid="7b1f0a54"
        metadata.version="1.9.0"
        severity="High"
        severity_id=4
        status="New"
        status_id=1
        time=1769237664000
        type_name="Detection Finding: Create"
        type_uid=200401
        unmapped.AlertLinks=[{"AlertLinkHref":"https://contoso.example/alert"}]
        unmapped.AlertType="System"
        unmapped.Comments="New alert"
        unmapped.Data="{\"f3u\":\"ann@contoso.example\",\"ts\":\"2026-01-24T06:45:00.0000000Z\",\"sev\":\"High\"}"
        unmapped.Operation="AlertTriggered"
        unmapped.RecordType=40
        unmapped.ResultStatus="Succeeded"
        unmapped.Severity="High"
        unmapped.Status="Active"
        unmapped.UserId="SecurityComplianceAlerts"
        unmapped.UserKey="SecurityComplianceAlerts"
        unmapped.UserType=4
        unmapped.Version=1
    "#]],
    );
}

/// The envelope of the diagnostic settings holds records of several kinds; its category tells.
#[test]
fn an_envelope_gets_the_class_of_its_category() {
    for (category, class_uid) in [
        ("SignInLogs", 3002),
        ("AuditLogs", 3004),
        ("UserRiskEvents", 2004),
        ("MicrosoftGraphActivityLogs", 6003),
    ] {
        let record = json!({
            "time": "2026-01-24T06:54:25Z", "resourceId": "/tenants/5f2d6c1e", "category": category,
            "operationName": "Add policy", "callerIpAddress": "203.0.113.9",
            "properties": {"id": "7c1f0a52", "userId": "2f2d6c1e", "category": "Policy", "operationType": "Add",
                "targetResources": [{"id": "p1", "type": "Policy", "displayName": "Block all"}]},
        });
        let envelope = envelope(record.to_string());
        let event = decode(&envelope);
        crate::holds(&event);
        assert_eq!(ocsf(&event, OcsfVersion::V1_9)["class_uid"], class_uid, "{category}");
    }
}

/// Readers of OCSF 1.4 know neither 3007 nor 3008.
#[test]
fn older_readers_get_older_classes() {
    let class = |version| {
        let envelope = envelope(ROLE);
        let object = ocsf(&decode(&envelope), version);
        (object["class_uid"].as_i64(), object["activity_id"].as_i64())
    };
    assert_eq!(class(OcsfVersion::V1_4), (Some(3005), Some(3)));
    assert_eq!(class(OcsfVersion::V1_9), (Some(3007), Some(16)));
}

#[test]
fn versions_have_names() {
    for (name, version) in [
        ("1.9.0", Some(OcsfVersion::V1_9)),
        ("1.10", Some(OcsfVersion::V1_9)),
        ("1.4.0", Some(OcsfVersion::V1_4)),
        ("1", Some(OcsfVersion::V1_4)),
        ("2.0", None),
        ("new", None),
    ] {
        assert_eq!(OcsfVersion::named(name), version, "{name}");
    }
}
