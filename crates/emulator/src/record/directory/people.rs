//! What do people change in the directory?

use super::{By, Change, FROM_STS, NO_DETAILS, On, Property, change, changed, principal_of};
use crate::random::Guid;
use crate::record::{Draft, Kind};
use crate::tenant::apps::{self, App};
use crate::tenant::people::Person;

pub(in crate::record) static PEOPLE: &[Kind] = &[
    change("Update user.", 40, 1, person_updated),
    change("Add user.", 8, 2, person_updated),
    change("Delete user.", 3, 3, person_updated),
    change("Disable account.", 3, 4, person_updated),
    change("Reset user password.", 10, 5, person_updated),
    change("Change user password.", 10, 6, person_updated),
    change("Update StsRefreshTokenValidFrom Timestamp.", 12, 7, person_updated),
    change("User registered security info.", 8, 8, person_updated),
    change("Enable Strong Authentication.", 3, 9, person_updated),
    change("Disable Strong Authentication.", 1, 10, person_updated),
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
    change("Update authorization policy.", 1, 1, policy),
];

const STRONG_AUTHENTICATION: &str =
    r#"[\r\n  {\r\n    \"RelyingParty\": \"*\",\r\n    \"State\": 1\r\n  }\r\n]"#;

/// New and old values of the changes people make to accounts, by variant.
const ACCOUNT: [&[Property<'static>]; 11] = [
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
    &[
        ("StrongAuthenticationRequirement", STRONG_AUTHENTICATION, "[]"),
        ("Included Updated Properties", "StrongAuthenticationRequirement", ""),
    ],
    &[
        ("StrongAuthenticationRequirement", "[]", STRONG_AUTHENTICATION),
        ("Included Updated Properties", "StrongAuthenticationRequirement", ""),
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
