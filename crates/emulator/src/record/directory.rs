//! AzureActiveDirectory (8): changes of users, groups, roles, applications, devices.

use super::{Draft, Kind};
use crate::random::Guid;
use crate::tenant::apps::{self, App};
use crate::tenant::people::Person;
use crate::text::{comma, put};

const fn change(
    operation: &'static str,
    weight: u32,
    variant: usize,
    write: fn(&mut Draft<'_>, &Kind),
) -> Kind {
    Kind { operation, record_type: 8, workload: "AzureActiveDirectory", weight, variant, write }
}

pub(super) static SERVICE: &[Kind] = &[
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

pub(super) static PEOPLE: &[Kind] = &[
    change("Update user.", 40, 1, person_updated),
    change("Add user.", 8, 2, person_updated),
    change("Delete user.", 3, 3, person_updated),
    change("Disable account.", 3, 4, person_updated),
    change("Reset user password.", 10, 5, person_updated),
    change("Change user password.", 10, 6, person_updated),
    change("Update StsRefreshTokenValidFrom Timestamp.", 12, 7, person_updated),
    change("User registered security info.", 8, 8, person_updated),
    change("Add member to role.", 3, 1, role_by_person),
    change("Remove member from role.", 2, 2, role_by_person),
    change("Add member to group.", 20, 0, group_by_person),
    change("Remove member from group.", 8, 1, group_by_person),
    change("Add group.", 4, 2, group_by_person),
    change("Add owner to group.", 4, 3, group_by_person),
    change("Consent to application.", 4, 0, consent),
    change("Add app role assignment grant to user.", 6, 1, consent),
    change("Add delegated permission grant.", 5, 2, consent),
    change("Add application.", 2, 0, application),
    change("Update application.", 5, 1, application),
    // The en dash and the blank at the end belong to the name.
    change("Update application – Certificates and secrets management ", 2, 2, application),
    change("Add owner to application.", 1, 3, application),
    change("Add policy.", 1, 0, policy),
    change("Update conditional access policy.", 1, 1, policy),
    change("Set Company Information.", 1, 2, policy),
];

/// Who changes something in the directory.
pub(crate) enum By<'a> {
    Person(&'a Person),
    /// Display name, app id, object id of the service principal.
    Principal(&'a str, &'a str, Guid),
    /// A certificate of Microsoft's, under this display name.
    Certificate(&'a str),
}

/// What is changed. The texts need no escaping.
pub(crate) enum On<'a> {
    Person(&'a Person),
    /// Kind (`Group`, `Application`, `ServicePrincipal`, `Device`, `Policy`, `Company`), object id, display name, app id or empty.
    Object(&'a str, Guid, &'a str, &'a str),
}

/// A changed property with values as they stand in the JSON text.
pub(crate) type Property<'a> = (&'a str, &'a str, &'a str);

/// `{}` for the changes that carry no details.
pub(crate) const NO_DETAILS: &str = "{}";
pub(crate) const FROM_STS: &str = r#"{\"User-Agent\":\"EvoSTS\"}"#;

pub(crate) struct Change<'a> {
    pub(crate) by: By<'a>,
    pub(crate) on: On<'a>,
    pub(crate) object_id: &'a str,
    /// `User`, `Role`, `Group`, `Application`, ...
    pub(crate) category: &'a str,
    /// JSON text, escaped for a string.
    pub(crate) details: &'a str,
    pub(crate) properties: &'a [Property<'a>],
}

pub(crate) fn changed(draft: &mut Draft<'_>, kind: &Kind, change: &Change<'_>) {
    let (correlation, inner) = (draft.random.guid(), draft.random.guid());
    let address = match &change.by {
        By::Person(_) => draft.address,
        // Many changes by services carry an empty address, some none.
        By::Principal(..) if draft.random.percent(60) => draft.service_address(),
        _ => "",
    };
    match &change.by {
        By::Person(person) => draft.head(kind, "Success", &person.directory_key, 0),
        _ => draft.head(kind, "Success", "Not Available", 4),
    }
    put!(draft; ",'ClientIP':'", address, "','ObjectId':'", change.object_id, "','UserId':'");
    match &change.by {
        By::Person(person) => put!(draft; person.upn),
        By::Principal(_, _, object) => put!(draft; "ServicePrincipal_", object),
        By::Certificate(_) => put!(draft; "Certificate"),
    }
    put!(draft;
        "','AzureActiveDirectoryEventType':1,",
        "'ExtendedProperties':[{'Name':'additionalDetails','Value':'", change.details,
        "'},{'Name':'extendedAuditEventCategory','Value':'", change.category,
        "'}],'ModifiedProperties':[",
    );
    for (at, (name, new, old)) in change.properties.iter().enumerate() {
        put!(draft;
            comma(at), "{'Name':'", name, "','NewValue':'", new, "','OldValue':'", old, "'}",
        );
    }
    put!(draft; "],'Actor':[");
    actor(draft, &change.by);
    put!(draft;
        "],'ActorContextId':'", draft.tenant.id, "','ActorIpAddress':'", address,
        "','InterSystemsId':'", correlation, "','IntraSystemId':'", inner,
        "','SupportTicketId':'','Target':[",
    );
    target(draft, &change.on);
    put!(draft; "],'TargetContextId':'", draft.tenant.id, "'}");
}

fn actor(draft: &mut Draft<'_>, by: &By<'_>) {
    match by {
        By::Person(person) => {
            put!(draft;
                "{'ID':'", person.upn, "','Type':5},{'ID':'", person.puid,
                "','Type':3},{'ID':'User_", person.object_id, "','Type':2},{'ID':'",
                person.object_id, "','Type':2},{'ID':'User','Type':2}",
            )
        }
        By::Principal(name, app, object) => {
            put!(draft;
                "{'ID':'", name, "','Type':1},{'ID':'", app,
                "','Type':2},{'ID':'ServicePrincipal_", object, "','Type':2},{'ID':'", object,
                "','Type':2},{'ID':'ServicePrincipal','Type':2}",
            )
        }
        By::Certificate(name) => put!(draft;
            "{'ID':'", name, "','Type':1},{'ID':'Certificate','Type':2},{'ID':'Other','Type':2}",
        ),
    }
}

fn target(draft: &mut Draft<'_>, on: &On<'_>) {
    match on {
        On::Person(person) => {
            put!(draft;
                "{'ID':'User_", person.object_id, "','Type':2},{'ID':'", person.object_id,
                "','Type':2},{'ID':'User','Type':2},{'ID':'", person.upn, "','Type':5},{'ID':'",
                person.puid, "','Type':3}",
            )
        }
        On::Object(kind, object, name, app) => {
            put!(draft;
                "{'ID':'", kind, "_", object, "','Type':2},{'ID':'", object, "','Type':2},{'ID':'",
                kind, "','Type':2},{'ID':'", name, "','Type':1}",
            );
            if !app.is_empty() {
                put!(draft; ",{'ID':'", app, "','Type':2},{'ID':'", app, "','Type':4}");
            }
        }
    }
}

/// The service principal of an application in this tenant.
pub(crate) fn principal_of(draft: &Draft<'_>, app: &App) -> Guid {
    let number =
        app.id.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Guid::of(draft.tenant.seed, number)
}

fn synced_user(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let now = crate::clock::seconds(draft.time);
    let before = crate::clock::seconds(draft.time - 30 * crate::clock::MINUTE);
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

/// "Add service principal." with the properties a new principal starts with.
pub(crate) fn principal_made(draft: &mut Draft<'_>, kind: &Kind, by: By<'_>, app: &App) {
    let object = principal_of(draft, app);
    let id = format!(r#"[\r\n  \"{}\"\r\n]"#, app.id);
    let name = format!(r#"[\r\n  \"{}\"\r\n]"#, app.name);
    let store = draft.random.guid();
    let credential = format!(
        r#"[\r\n  {{\r\n    \"CredentialType\": 2,\r\n    \"KeyStoreId\": \"{store}\",\r\n    \"KeyGroupId\": \"{store}\"\r\n  }}\r\n]"#
    );
    changed(
        draft,
        kind,
        &Change {
            by,
            on: On::Object("ServicePrincipal", object, app.name, app.id),
            object_id: app.id,
            category: "ServicePrincipal",
            details: NO_DETAILS,
            properties: &[
                ("AccountEnabled", r"[\r\n  true\r\n]", "[]"),
                ("AppPrincipalId", &id, "[]"),
                ("DisplayName", &name, "[]"),
                ("ServicePrincipalName", &id, "[]"),
                ("Credential", &credential, "[]"),
                (
                    "Included Updated Properties",
                    "AccountEnabled, AppPrincipalId, DisplayName, ServicePrincipalName, Credential",
                    "",
                ),
                ("TargetId.ServicePrincipalNames", app.id, ""),
            ],
        },
    );
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

/// New and old values of the changes people make to accounts, by variant.
const ACCOUNT: [&[Property<'static>]; 9] = [
    &[],
    &[
        ("Department", r#"[\r\n  \"Sales\"\r\n]"#, r#"[\r\n  \"Marketing\"\r\n]"#),
        ("Included Updated Properties", "Department", ""),
        ("TargetId.UserType", "Member", ""),
    ],
    &[
        ("AccountEnabled", r"[\r\n  true\r\n]", "[]"),
        ("UserType", r#"[\r\n  \"Member\"\r\n]"#, "[]"),
        (
            "Included Updated Properties",
            "AccountEnabled, DisplayName, MailNickname, UserPrincipalName, UserType",
            "",
        ),
    ],
    &[("Is Hard Deleted", "False", ""), ("TargetId.UserType", "Member", "")],
    &[
        ("AccountEnabled", r"[\r\n  false\r\n]", r"[\r\n  true\r\n]"),
        ("Included Updated Properties", "AccountEnabled", ""),
    ],
    &[("Action Client Name", "AAD Admin Portal", ""), ("TargetId.UserType", "Member", "")],
    &[],
    &[
        (
            "StsRefreshTokensValidFrom",
            r#"[\r\n  \"2026-01-05T08:00:00Z\"\r\n]"#,
            r#"[\r\n  \"2025-10-01T08:00:00Z\"\r\n]"#,
        ),
        ("Included Updated Properties", "StsRefreshTokensValidFrom", ""),
    ],
    &[
        (
            "StrongAuthenticationMethod",
            r#"[\r\n  {\r\n    \"MethodType\": 6,\r\n    \"Default\": true\r\n  }\r\n]"#,
            "[]",
        ),
        ("Included Updated Properties", "StrongAuthenticationMethod", ""),
    ],
];

fn person_updated(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    // People change their own password and methods; the rest is done by administrators.
    let by = if matches!(kind.variant, 6 | 8) { person } else { draft.administrator() };
    account(draft, kind, by, person);
}

/// A change of an account with the usual properties of the kind's variant.
pub(crate) fn account(draft: &mut Draft<'_>, kind: &Kind, by: &Person, on: &Person) {
    changed(
        draft,
        kind,
        &Change {
            by: By::Person(by),
            on: On::Person(on),
            object_id: &on.upn,
            category: "User",
            details: r#"{\"UserType\":\"Member\"}"#,
            properties: ACCOUNT[kind.variant],
        },
    );
}

fn role_by_person(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let admin = draft.administrator();
    let (object, name, template, well_known) = *draft.random.pick(&[
        (
            "0a4f7c2e-9b31-4d58-8e06-c1f3a5d7b920",
            "User Administrator",
            "fe930be7-5e62-47db-91af-98c3a49a38b1",
            "UserAccountAdmins",
        ),
        (
            "6b8d0e1f-3c52-4a79-9d14-e2f4b6c8a031",
            "Teams Administrator",
            "69091246-20e8-4a56-aa4d-066075b2a7a8",
            "TeamsServiceAdmins",
        ),
        (
            "7c9e1f20-4d63-4b8a-8e25-f305c7d9b142",
            "Reports Reader",
            "4a5d8f65-41da-4de4-8968-e035b65339cf",
            "ReportsReader",
        ),
    ]);
    let properties: Vec<Property<'_>> = [
        ("Role.ObjectID", object),
        ("Role.DisplayName", name),
        ("Role.TemplateId", template),
        ("Role.WellKnownObjectName", well_known),
    ]
    .into_iter()
    .map(
        |(property, value)| {
            if kind.variant == 1 { (property, value, "") } else { (property, "", value) }
        },
    )
    .collect();
    changed(
        draft,
        kind,
        &Change {
            by: By::Person(admin),
            on: On::Person(person),
            object_id: &person.upn,
            category: "Role",
            details: NO_DETAILS,
            properties: &properties,
        },
    );
}

fn group_by_person(draft: &mut Draft<'_>, kind: &Kind) {
    let site = draft.random.pick(&draft.tenant.places.sites);
    let actor = draft.administrator();
    let member = draft.person;
    let group = site.group.to_string();
    if kind.variant == 2 {
        let object = format!("Group_{group}");
        let name = format!(r#"[\r\n  \"{}\"\r\n]"#, site.title);
        let mail = format!(r#"[\r\n  \"{}\"\r\n]"#, site.mail);
        changed(
            draft,
            kind,
            &Change {
                by: By::Person(actor),
                on: On::Object("Group", site.group, site.title, ""),
                object_id: &object,
                category: "Group",
                details: r#"{\"User-Agent\":\"Mozilla/5.0 (Windows NT 10.0; Win64; x64)\"}"#,
                properties: &[
                    ("DisplayName", &name, "[]"),
                    ("GroupType", r#"[\r\n  \"Unified\"\r\n]"#, "[]"),
                    ("Mail", &mail, "[]"),
                    ("SecurityEnabled", r"[\r\n  false\r\n]", "[]"),
                    (
                        "Included Updated Properties",
                        "DisplayName, GroupType, Mail, SecurityEnabled",
                        "",
                    ),
                ],
            },
        );
        return;
    }
    let values: [Property<'_>; 3] = if kind.variant == 1 {
        [
            ("Group.ObjectID", "", &group),
            ("Group.DisplayName", "", site.title),
            ("Group.WellKnownObjectName", "", ""),
        ]
    } else {
        [
            ("Group.ObjectID", &group, ""),
            ("Group.DisplayName", site.title, ""),
            ("Group.WellKnownObjectName", "", ""),
        ]
    };
    changed(
        draft,
        kind,
        &Change {
            by: By::Person(actor),
            on: On::Person(member),
            object_id: &member.upn,
            category: "Group",
            details: NO_DETAILS,
            properties: &values,
        },
    );
}

fn consent(draft: &mut Draft<'_>, kind: &Kind) {
    let app = draft.random.pick(&apps::CUSTOMER);
    consented(draft, kind, app, "User.Read openid profile offline_access");
}

/// The three records of a consent, by variant: the consent, the assignment to the user, the grant.
pub(crate) fn consented(draft: &mut Draft<'_>, kind: &Kind, app: &App, scope: &str) {
    let person = draft.person;
    let principal = principal_of(draft, app);
    let object = principal.to_string();
    let person_id = person.object_id.to_string();
    let on = On::Object("ServicePrincipal", principal, app.name, app.id);
    let graph = Guid::of(draft.tenant.seed, 16);
    let grant = draft.random.next();
    let permissions = format!(
        "[] => [[Id: {grant:016x}, ClientId: {object}, PrincipalId: {person_id}, ResourceId: {graph}, ConsentType: Principal, Scope: {scope}]]; "
    );
    match kind.variant {
        0 => changed(
            draft,
            kind,
            &Change {
                by: By::Person(person),
                on,
                object_id: app.id,
                category: "ServicePrincipal",
                details: FROM_STS,
                properties: &[
                    ("ConsentContext.IsAdminConsent", "False", ""),
                    ("ConsentContext.IsAppOnly", "False", ""),
                    ("ConsentContext.OnBehalfOfAll", "False", ""),
                    ("ConsentContext.Tags", "WindowsAzureActiveDirectoryIntegratedApp", ""),
                    ("ConsentAction.Permissions", &permissions, ""),
                    ("TargetId.ServicePrincipalNames", app.id, ""),
                ],
            },
        ),
        1 => changed(
            draft,
            kind,
            &Change {
                by: By::Person(person),
                on,
                object_id: app.id,
                category: "User",
                details: FROM_STS,
                properties: &[
                    ("AppRole.Id", "00000000-0000-0000-0000-000000000000", ""),
                    ("AppRole.Value", "", ""),
                    ("AppRole.DisplayName", "", ""),
                    ("User.ObjectID", &person_id, ""),
                    ("User.UPN", &person.upn, ""),
                    ("User.PUID", &person.puid, ""),
                    ("TargetId.ServicePrincipalNames", app.id, ""),
                ],
            },
        ),
        _ => changed(
            draft,
            kind,
            &Change {
                by: By::Person(person),
                on: On::Object("ServicePrincipal", graph, apps::GRAPH.name, apps::GRAPH.id),
                object_id: apps::GRAPH.id,
                category: "ServicePrincipal",
                details: FROM_STS,
                properties: &[
                    ("DelegatedPermissionGrant.Scope", scope, ""),
                    ("DelegatedPermissionGrant.ConsentType", "Principal", ""),
                    ("ServicePrincipal.ObjectID", &object, ""),
                    ("ServicePrincipal.DisplayName", "", ""),
                    ("ServicePrincipal.AppId", "", ""),
                    ("TargetId.ServicePrincipalNames", apps::GRAPH.id, ""),
                ],
            },
        ),
    }
}

fn application(draft: &mut Draft<'_>, kind: &Kind) {
    let app = draft.random.pick(&apps::CUSTOMER);
    let admin = draft.administrator();
    let object_guid = Guid::of(draft.tenant.seed, 400 + app.name.len() as u64);
    let object = format!("Application_{object_guid}");
    let key = draft.random.guid();
    let new_key = format!(
        r#"[\r\n  \"[KeyIdentifier={key},KeyType=Password,KeyUsage=Verify,DisplayName=rotation]\"\r\n]"#
    );
    let app_id = format!(r#"[\r\n  \"{}\"\r\n]"#, app.id);
    let name = format!(r#"[\r\n  \"{}\"\r\n]"#, app.name);
    let guid = object_guid.to_string();
    let properties: Vec<Property<'_>> = match kind.variant {
        0 => vec![
            ("AppId", &app_id, "[]"),
            ("AvailableToOtherTenants", r"[\r\n  false\r\n]", "[]"),
            ("DisplayName", &name, "[]"),
            ("Included Updated Properties", "AppId, AvailableToOtherTenants, DisplayName", ""),
        ],
        1 => vec![],
        2 => vec![
            ("KeyDescription", &new_key, "[]"),
            ("Included Updated Properties", "KeyDescription", ""),
        ],
        _ => vec![
            ("Application.ObjectID", &guid, ""),
            ("Application.DisplayName", app.name, ""),
            ("Application.AppId", app.id, ""),
        ],
    };
    changed(
        draft,
        kind,
        &Change {
            by: By::Person(admin),
            on: On::Object("Application", object_guid, app.name, ""),
            object_id: &object,
            category: "Application",
            details: r#"{\"User-Agent\":\"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36\"}"#,
            properties: &properties,
        },
    );
}

fn policy(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let id = draft.random.guid();
    let object = id.to_string();
    let (what, name) = if kind.variant == 2 {
        ("Company", "Contoso")
    } else {
        ("Policy", "Require MFA for administrators")
    };
    changed(
        draft,
        kind,
        &Change {
            by: By::Person(admin),
            on: On::Object(what, id, name, ""),
            object_id: &object,
            category: what,
            details: NO_DETAILS,
            properties: &[
                (
                    "PolicyDetail",
                    r#"[\r\n  \"{\\\"Version\\\":0,\\\"State\\\":\\\"Reporting\\\"}\"\r\n]"#,
                    "[]",
                ),
                ("Included Updated Properties", "PolicyDetail", ""),
            ],
        },
    );
}
