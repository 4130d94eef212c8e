//! What do services change in the directory?

use super::{By, Change, NO_DETAILS, On, change, changed, principal_made, principal_of};
use crate::clock;
use crate::random::Guid;
use crate::record::{Draft, Kind};
use crate::tenant::apps;

pub(in crate::record) static SERVICE: &[Kind] = &[
    change("Update user.", 260, 0, synced_user),
    change("Update service principal.", 150, 0, principal_updated),
    change("Add service principal.", 50, 0, principal_added),
    change("Add member to role.", 30, 0, role_by_service),
    change("Update group.", 80, 0, group_by_service),
    change("Add member to group.", 60, 1, group_by_service),
    change("Update device.", 120, 0, device),
    change("Add device.", 12, 0, device),
    change("Add registered owner to device.", 10, 0, device),
    change("Change user license.", 20, 0, licence),
    change("Add app role assignment to service principal.", 14, 0, app_role),
];

fn synced_user(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let now = clock::seconds(draft.time);
    let before = clock::seconds(draft.time - 30 * clock::MINUTE);
    let new = format!(r#"[\r\n  \"{now}Z\"\r\n]"#);
    let old = format!(r#"[\r\n  \"{before}Z\"\r\n]"#);
    let by = By::Principal(
        "Microsoft.Azure.SyncFabric",
        "00000014-0000-0000-c000-000000000000",
        Guid::of(draft.tenant.seed, 14),
    );
    changed(
        draft,
        kind,
        &Change {
            by,
            on: On::Person(person),
            object_id: &person.upn,
            category: "User",
            details: r#"{\"UserType\":\"Member\"}"#,
            properties: &[
                ("LastDirSyncTime", &new, &old),
                ("Included Updated Properties", "LastDirSyncTime", ""),
                ("Action Client Name", "DirectorySync", ""),
                ("TargetId.UserType", "Member", ""),
            ],
        },
    );
}

fn principal_updated(draft: &mut Draft<'_>, kind: &Kind) {
    let app = draft.random.pick(&apps::CUSTOMER);
    let object = principal_of(draft, app);
    let new = format!(r#"[\r\n  \"{}\",\r\n  \"api://{}.contoso.com\"\r\n]"#, app.id, app.id);
    let old = format!(r#"[\r\n  \"{}\"\r\n]"#, app.id);
    let by = By::Principal(
        apps::SHAREPOINT_ONLINE.name,
        apps::SHAREPOINT_ONLINE.id,
        Guid::of(draft.tenant.seed, 15),
    );
    changed(
        draft,
        kind,
        &Change {
            by,
            on: On::Object("ServicePrincipal", object, app.name, app.id),
            object_id: app.id,
            category: "ServicePrincipal",
            details: r#"{\"User-Agent\":\"Microsoft Azure Graph Client Library 1.0\"}"#,
            properties: &[
                ("ServicePrincipalName", &new, &old),
                ("Included Updated Properties", "ServicePrincipalName", ""),
                ("TargetId.ServicePrincipalNames", app.id, ""),
            ],
        },
    );
}

fn principal_added(draft: &mut Draft<'_>, kind: &Kind) {
    let app = draft.random.pick(&apps::CUSTOMER);
    let by = By::Principal(apps::GRAPH.name, apps::GRAPH.id, Guid::of(draft.tenant.seed, 16));
    principal_made(draft, kind, by, app);
}

fn role_by_service(draft: &mut Draft<'_>, kind: &Kind) {
    let app = draft.random.pick(&apps::CUSTOMER);
    let object = principal_of(draft, app);
    changed(
        draft,
        kind,
        &Change {
            by: By::Certificate("Microsoft Azure AD Internal - Jit Provisioning"),
            on: On::Object("ServicePrincipal", object, app.name, app.id),
            object_id: app.id,
            category: "Role",
            details: NO_DETAILS,
            properties: &[
                ("Role.ObjectID", "5d20c7f4-1a83-4b9e-8d62-f0e7a9c3b415", ""),
                ("Role.DisplayName", "Directory Readers", ""),
                ("Role.TemplateId", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b", ""),
                ("Role.WellKnownObjectName", "DirectoryReaders", ""),
                ("TargetId.ServicePrincipalNames", app.id, ""),
            ],
        },
    );
}

fn group_by_service(draft: &mut Draft<'_>, kind: &Kind) {
    let site = draft.random.pick(&draft.tenant.places.sites);
    let person = draft.person;
    let object = format!("Group_{}", site.group);
    let group = site.group.to_string();
    let by = By::Principal(
        apps::SHAREPOINT_ONLINE.name,
        apps::SHAREPOINT_ONLINE.id,
        Guid::of(draft.tenant.seed, 15),
    );
    let details =
        r#"{\"GroupType\":\"Unified\",\"User-Agent\":\"Microsoft ADO.NET Data Services\"}"#;
    if kind.variant == 1 {
        changed(
            draft,
            kind,
            &Change {
                by,
                on: On::Person(person),
                object_id: &person.upn,
                category: "Group",
                details,
                properties: &[
                    ("Group.ObjectID", &group, ""),
                    ("Group.DisplayName", site.title, ""),
                    ("Group.WellKnownObjectName", "", ""),
                ],
            },
        );
    } else {
        changed(
            draft,
            kind,
            &Change {
                by,
                on: On::Object("Group", site.group, site.title, ""),
                object_id: &object,
                category: "Group",
                details,
                properties: &[
                    ("Included Updated Properties", "", ""),
                    ("TargetId.GroupType", "Unified", ""),
                ],
            },
        );
    }
}

fn device(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let device = Guid::of(person.index, 77);
    let name = format!("LAP-{}", person.index + 10_000);
    let object = device.to_string();
    let version = format!(r#"[\r\n  \"10.0.26100.{}\"\r\n]"#, draft.random.between(1_000, 4_999));
    let by = By::Principal(
        "Device Registration Service",
        "01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9",
        Guid::of(draft.tenant.seed, 17),
    );
    changed(
        draft,
        kind,
        &Change {
            by,
            on: On::Object("Device", device, &name, ""),
            object_id: &object,
            category: "Device",
            details: r#"{\"DeviceOSType\":\"Windows\",\"DeviceTrustType\":\"AzureAd\",\"User-Agent\":\"Microsoft.OData.Client/7.12.5\"}"#,
            properties: &[
                ("DeviceOSVersion", &version, r#"[\r\n  \"10.0.26100.900\"\r\n]"#),
                ("Included Updated Properties", "DeviceOSVersion", ""),
                ("TargetId.DeviceId", &object, ""),
                ("TargetId.DeviceOSType", "Windows", ""),
            ],
        },
    );
}

fn licence(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let by = By::Principal(
        "Microsoft Office 365 Portal",
        "00000006-0000-0ff1-ce00-000000000000",
        Guid::of(draft.tenant.seed, 18),
    );
    changed(
        draft,
        kind,
        &Change {
            by,
            on: On::Person(person),
            object_id: &person.upn,
            category: "User",
            details: r#"{\"UserType\":\"Member\"}"#,
            properties: &[
                ("AssignedLicense", r#"[\r\n  \"[SkuName=SPE_E5, DisabledPlans=[]]\"\r\n]"#, "[]"),
                ("Included Updated Properties", "AssignedLicense, AssignedPlan", ""),
                ("TargetId.UserType", "Member", ""),
            ],
        },
    );
}

fn app_role(draft: &mut Draft<'_>, kind: &Kind) {
    let app = draft.random.pick(&apps::CUSTOMER);
    let object = principal_of(draft, app).to_string();
    changed(
        draft,
        kind,
        &Change {
            by: By::Certificate("Microsoft Approval Management"),
            on: On::Object(
                "ServicePrincipal",
                Guid::of(draft.tenant.seed, 16),
                apps::GRAPH.name,
                apps::GRAPH.id,
            ),
            object_id: apps::GRAPH.id,
            category: "ServicePrincipal",
            details: NO_DETAILS,
            properties: &[
                ("AppRole.Value", "User.Read.All", ""),
                ("AppRole.DisplayName", "Read all users' full profiles", ""),
                ("ServicePrincipal.ObjectID", &object, ""),
                ("ServicePrincipal.DisplayName", app.name, ""),
                ("ServicePrincipal.AppId", app.id, ""),
                ("TargetId.ServicePrincipalNames", apps::GRAPH.id, ""),
            ],
        },
    );
}
