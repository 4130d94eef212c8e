//! AzureActiveDirectory (8): changes of users, groups, roles, applications, devices.
//!
//! Here is how such a record is written; [`services`] and [`people`] say what is changed.

mod people;
mod services;

pub(super) use people::PEOPLE;
pub(crate) use people::consented;
pub(super) use services::SERVICE;

use super::{Draft, Kind};
use crate::random::Guid;
use crate::tenant::apps::App;
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
