//! The Elastic Common Schema.

use std::collections::BTreeMap;

use decode::form::{Object, ecs, flattened};
use event::Event;
use expect_test::{Expect, expect};
use serde_json::Value as Json;

use crate::shared::{ALERT, ECS_FIELDS, ROLE, SHARING, SIGN_IN, check_told, lines, pretty};

/// What holds for any record.
pub fn holds(event: &Event) {
    let document = ecs(event);
    check_ecs(&document);
    check_told(event, &document, "ECS");
}

/// Each field is one of ECS and holds what ECS says.
fn check_ecs(document: &Object) {
    let fields: BTreeMap<&str, (&str, bool)> =
        lines(ECS_FIELDS).map(|c| (c[0], (c[1], c.get(2) == Some(&"array")))).collect();
    for (path, value) in flattened(document) {
        if path.starts_with("o365.audit.") || path.starts_with("source.geo.location.") {
            continue;
        }
        let (kind, is_list) = fields.get(path.as_str()).unwrap_or_else(|| panic!("{path}"));
        assert!(value.is_array() || !is_list, "{path} is no list: {value}");
        let items = match &value {
            Json::Array(items) => items.as_slice(),
            value => std::slice::from_ref(value),
        };
        for item in items {
            let fits = match *kind {
                "long" => item.is_i64() || item.is_u64(),
                "ip" => item.as_str().is_some_and(|ip| ip.parse::<std::net::IpAddr>().is_ok()),
                "date" => item.as_str().is_some_and(|text| event::time::parse(text).is_some()),
                "nested" => item.is_object(),
                _ => item.is_string(),
            };
            assert!(fits, "{path}: {item} is no {kind}");
        }
    }
}

fn check_ecs_of(record: &str, expected: Expect) {
    expected.assert_eq(&pretty(record, ecs));
}

#[test]
fn a_failed_sign_in_in_ecs() {
    check_ecs_of(
        SIGN_IN,
        expect![[r#"
        @timestamp="2026-01-24T06:54:24Z"
        client.address="203.0.113.7"
        client.ip="203.0.113.7"
        ecs.version="8.11.0"
        error.code="50126"
        error.message="InvalidUserNameOrPassword"
        event.action="UserLoggedIn"
        event.category=["web","authentication"]
        event.code="AzureActiveDirectoryStsLogon"
        event.dataset="o365.audit"
        event.id="7b1f0a52"
        event.ingested="2026-03-01T00:00:00Z"
        event.kind="event"
        event.module="o365"
        event.outcome="failure"
        event.provider="AzureActiveDirectory"
        event.type=["info","start","access"]
        host.id="5f2d6c1e"
        host.name="contoso.example"
        network.type="ipv4"
        o365.audit.ActorIpAddress="203.0.113.7"
        o365.audit.ApplicationId="5e3ce6c0"
        o365.audit.ClientIP="203.0.113.7"
        o365.audit.CreationTime="2026-01-24T06:54:24"
        o365.audit.ErrorNumber="50126"
        o365.audit.ExtendedProperties.RequestType=["OAuth2:Authorize","Again"]
        o365.audit.ExtendedProperties.UserAgent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
        o365.audit.LogonError="InvalidUserNameOrPassword"
        o365.audit.ModifiedProperties={}
        o365.audit.ObjectId="00000003"
        o365.audit.OrganizationId="5F2D6C1E"
        o365.audit.RecordType=15
        o365.audit.ResultStatus="Success"
        o365.audit.UserId="ann@contoso.example"
        o365.audit.UserKey="1003"
        o365.audit.UserType=0
        o365.audit.Version=1
        organization.id="5f2d6c1e"
        related.ip=["203.0.113.7"]
        related.user=["ann"]
        service.name="AzureActiveDirectory"
        source.address="203.0.113.7"
        source.ip="203.0.113.7"
        user.domain="contoso.example"
        user.email="ann@contoso.example"
        user.id="ann@contoso.example"
        user.name="ann"
        user.roles=["Regular"]
        user_agent.device.name="Other"
        user_agent.name="Chrome"
        user_agent.original="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
        user_agent.os.full="Windows 10"
        user_agent.os.name="Windows"
        user_agent.os.version="10"
        user_agent.version="120.0.0.0"
    "#]],
    );
}

#[test]
fn a_shared_file_in_ecs() {
    check_ecs_of(
        SHARING,
        expect![[r#"
        @timestamp="2026-01-24T06:54:24Z"
        client.address="[2001:DB8::7]:443"
        client.ip="2001:db8::7"
        client.port=443
        ecs.version="8.11.0"
        event.action="SharingSet"
        event.category=["web","file"]
        event.code="SharePointSharingOperation"
        event.dataset="o365.audit"
        event.id="7b1f0a53"
        event.ingested="2026-03-01T00:00:00Z"
        event.kind="event"
        event.module="o365"
        event.outcome="success"
        event.provider="OneDrive"
        event.type=["info","access"]
        file.directory="Documents"
        file.extension="xlsx"
        file.name="Plan 2.xlsx"
        host.id="5f2d6c1e"
        host.name="contoso.example"
        network.type="ipv6"
        o365.audit.ClientIP="[2001:DB8::7]:443"
        o365.audit.CreationTime="2026-01-24T06:54:24"
        o365.audit.ItemType="File"
        o365.audit.ObjectId="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        o365.audit.RecordType=14
        o365.audit.SiteUrl="https://contoso-my.sharepoint.example/personal/ann/"
        o365.audit.SourceFileExtension="xlsx"
        o365.audit.SourceFileName="Plan 2.xlsx"
        o365.audit.SourceRelativeUrl="Documents"
        o365.audit.TargetUserOrGroupName="eve@fabrikam.example"
        o365.audit.TargetUserOrGroupType="Guest"
        o365.audit.UserId="ann@contoso.example"
        o365.audit.UserKey="i:0h.f|membership|1003@live.com"
        o365.audit.UserType=0
        o365.audit.Version=1
        organization.id="5f2d6c1e"
        related.ip=["2001:db8::7"]
        related.user=["ann","eve"]
        service.name="OneDrive"
        source.address="[2001:DB8::7]:443"
        source.ip="2001:db8::7"
        source.port=443
        url.domain="contoso-my.sharepoint.example"
        url.extension="xlsx"
        url.full="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        url.original="https://contoso-my.sharepoint.example/personal/ann/Documents/Plan 2.xlsx"
        url.path="/personal/ann/Documents/Plan 2.xlsx"
        url.port=443
        url.registered_domain="sharepoint.example"
        url.scheme="https"
        url.subdomain="contoso-my"
        url.top_level_domain="example"
        user.domain="contoso.example"
        user.email="ann@contoso.example"
        user.id="ann@contoso.example"
        user.name="ann"
        user.roles=["Regular"]
        user.target.domain="fabrikam.example"
        user.target.email="eve@fabrikam.example"
        user.target.name="eve"
    "#]],
    );
}

#[test]
fn an_alert_in_ecs() {
    check_ecs_of(
        ALERT,
        expect![[r#"
        @timestamp="2026-01-24T06:54:24Z"
        ecs.version="8.11.0"
        event.action="AlertTriggered"
        event.category=["web","malware"]
        event.code="SecurityComplianceAlerts"
        event.dataset="o365.audit"
        event.id="7b1f0a54"
        event.ingested="2026-03-01T00:00:00Z"
        event.kind="alert"
        event.module="o365"
        event.outcome="success"
        event.provider="SecurityComplianceCenter"
        event.severity=4
        event.start="2026-01-24T06:45:00Z"
        event.type=["info"]
        host.id="5f2d6c1e"
        host.name="contoso.example"
        message="New alert"
        o365.audit.AlertId="a1"
        o365.audit.AlertLinks=["https://contoso.example/alert"]
        o365.audit.AlertType="System"
        o365.audit.Category="ThreatManagement"
        o365.audit.Comments="New alert"
        o365.audit.CreationTime="2026-01-24T06:54:24"
        o365.audit.Data.f3u="ann@contoso.example"
        o365.audit.Data.sev="High"
        o365.audit.Data.ts="2026-01-24T06:45:00.0000000Z"
        o365.audit.Name="Mass download"
        o365.audit.PolicyId="p1"
        o365.audit.RecordType=40
        o365.audit.ResultStatus="Succeeded"
        o365.audit.Severity="High"
        o365.audit.Status="Active"
        o365.audit.UserId="SecurityComplianceAlerts"
        o365.audit.UserKey="SecurityComplianceAlerts"
        o365.audit.UserType=4
        o365.audit.Version=1
        organization.id="5f2d6c1e"
        related.user=["ann"]
        rule.category="ThreatManagement"
        rule.id="p1"
        rule.name="Mass download"
        rule.reference="https://contoso.example/alert"
        service.name="SecurityComplianceCenter"
        source.user.domain="contoso.example"
        source.user.email="ann@contoso.example"
        source.user.name="ann"
        user.domain="contoso.example"
        user.email="ann@contoso.example"
        user.id="SecurityComplianceAlerts"
        user.name="ann"
        user.roles=["System"]
    "#]],
    );
}

#[test]
fn a_new_role_member_in_ecs() {
    check_ecs_of(
        ROLE,
        expect![[r#"
        @timestamp="2026-01-24T06:54:24Z"
        ecs.version="8.11.0"
        event.action="Add member to role."
        event.category=["web","iam"]
        event.code="AzureActiveDirectory"
        event.dataset="o365.audit"
        event.id="7b1f0a55"
        event.ingested="2026-03-01T00:00:00Z"
        event.kind="event"
        event.module="o365"
        event.outcome="success"
        event.provider="AzureActiveDirectory"
        event.type=["info","user","admin","change"]
        host.id="5f2d6c1e"
        host.name="contoso.example"
        o365.audit.CreationTime="2026-01-24T06:54:24"
        o365.audit.ModifiedProperties.Role_DisplayName.NewValue="Global Administrator"
        o365.audit.ModifiedProperties.Role_DisplayName.OldValue=""
        o365.audit.ObjectId="bob@contoso.example"
        o365.audit.RecordType=8
        o365.audit.ResultStatus="Success"
        o365.audit.Target=[{"ID":"bob@contoso.example","Type":5}]
        o365.audit.UserId="ann@contoso.example"
        o365.audit.UserKey="1003"
        o365.audit.UserType=2
        o365.audit.Version=1
        organization.id="5f2d6c1e"
        related.user=["ann","bob"]
        service.name="AzureActiveDirectory"
        user.domain="contoso.example"
        user.email="ann@contoso.example"
        user.id="ann@contoso.example"
        user.name="ann"
        user.roles=["Admin"]
        user.target.domain="contoso.example"
        user.target.email="bob@contoso.example"
        user.target.id="bob@contoso.example"
        user.target.name="bob"
        user.target.roles=["Global Administrator"]
    "#]],
    );
}
