//! AzureActiveDirectoryStsLogon (15): sign-ins, failed and not.

use super::{Draft, Kind};
use crate::random::Guid;
use crate::tenant::apps::{self, App};
use crate::tenant::people::Device;
use crate::text::put;

const fn sign_in(operation: &'static str, weight: u32, write: fn(&mut Draft<'_>, &Kind)) -> Kind {
    Kind { operation, record_type: 15, workload: "AzureActiveDirectory", weight, variant: 0, write }
}

pub(super) static PEOPLE: &[Kind] =
    &[sign_in("UserLoggedIn", 800, succeeded), sign_in("UserLoginFailed", 90, failed)];

pub(super) static SERVICE: &[Kind] = &[sign_in("UserLoggedIn", 220, by_object_id)];

/// Error number and name of everyday failures, the common ones first.
pub(crate) const ERRORS: [(&str, &str); 8] = [
    ("50126", "InvalidUserNameOrPassword"),
    ("50074", "UserStrongAuthClientAuthNRequiredInterrupt"),
    ("50076", "UserStrongAuthClientAuthNRequired"),
    ("50140", "KmsiInterrupt"),
    ("50058", "UserInformationNotProvided"),
    ("500121", "AuthenticationFailedSasError"),
    ("53003", "BlockedByConditionalAccess"),
    ("50053", "IdsLocked"),
];

/// What a sign-in record says beyond who, when and from where.
pub(crate) struct SignIn<'a> {
    pub(crate) app: &'a App,
    pub(crate) resource: &'a str,
    pub(crate) request_type: &'a str,
    /// Error number and LogonError; number 0 for success.
    pub(crate) error: (&'a str, &'a str),
    pub(crate) user_agent: &'a str,
    pub(crate) device: &'a Device,
    pub(crate) kept_signed_in: bool,
    /// The interactive request this one continues, if it has one.
    pub(crate) correlation: Guid,
}

pub(crate) fn signed_in(draft: &mut Draft<'_>, kind: &Kind, sign_in: &SignIn<'_>) {
    let person = draft.person;
    let object = person.object_id.to_string();
    // Failed sign-ins say Success here too: the request was answered.
    draft.head(kind, "Success", &object, 0);
    let client = draft.address;
    put!(draft;
        ",'ClientIP':'", client, "','ObjectId':'", sign_in.resource, "','UserId':'", person.upn,
        "','AzureActiveDirectoryEventType':1,",
        "'ExtendedProperties':[{'Name':'ResultStatusDetail','Value':'",
        if sign_in.error.0 == "0" && sign_in.kept_signed_in { "Redirect" } else { "Success" },
        "'},{'Name':'UserAgent','Value':'", sign_in.user_agent, "'}",
    );
    if sign_in.kept_signed_in {
        put!(draft; ",{'Name':'KeepMeSignedIn','Value':'true'}");
    } else {
        put!(draft; ",{'Name':'UserAuthenticationMethod','Value':'1'}");
    }
    put!(draft;
        ",{'Name':'RequestType','Value':'", sign_in.request_type,
        "'}],'ModifiedProperties':[],'Actor':[{'ID':'", person.object_id, "','Type':0},{'ID':'",
        person.upn, "','Type':5}],'ActorContextId':'", draft.tenant.id, "','ActorIpAddress':'",
        client, "','InterSystemsId':'", sign_in.correlation, "','IntraSystemId':'", draft.id,
        "','SupportTicketId':'','Target':[{'ID':'", sign_in.resource,
        "','Type':0}],'TargetContextId':'", draft.tenant.id, "','ApplicationId':'", sign_in.app.id,
        "','DeviceProperties':[",
    );
    if sign_in.device.managed && sign_in.error.0 == "0" {
        let device = Guid::of(person.index, 77);
        put!(draft;
            "{'Name':'Id','Value':'", device, "'},{'Name':'DisplayName','Value':'LAP-",
            person.index + 10_000, "'},",
        );
    }
    put!(draft;
        "{'Name':'OS','Value':'", sign_in.device.os, "'},{'Name':'BrowserType','Value':'",
        sign_in.device.browser, "'},{'Name':'IsCompliant','Value':'",
        if sign_in.device.managed { "True" } else { "False" },
        "'},{'Name':'IsCompliantAndManaged','Value':'",
        if sign_in.device.managed { "True" } else { "False" }, "'},{'Name':'SessionId','Value':'",
        draft.session, "'}],'ErrorNumber':'", sign_in.error.0, "'",
    );
    if sign_in.error.0 != "0" {
        put!(draft; ",'LogonError':'", sign_in.error.1, "'");
    }
    put!(draft; "}");
}

fn succeeded(draft: &mut Draft<'_>, kind: &Kind) {
    let app = usual_app(draft);
    let resource = *draft.random.pick(&apps::RESOURCES);
    let request_type = *draft.random.pick(&[
        "OAuth2:Authorize",
        "OAuth2:Token",
        "OAuth2:Token",
        "Login:login",
        "Login:reprocess",
        "SAS:EndAuth",
    ]);
    let correlation = draft.random.guid();
    let sign_in = SignIn {
        app,
        resource,
        request_type,
        error: ("0", ""),
        user_agent: draft.device.user_agent,
        device: draft.device,
        kept_signed_in: draft.random.percent(30),
        correlation,
    };
    signed_in(draft, kind, &sign_in);
}

fn failed(draft: &mut Draft<'_>, kind: &Kind) {
    let app = usual_app(draft);
    let lean = draft.random.below(8).min(draft.random.below(8));
    let correlation = draft.random.guid();
    let sign_in = SignIn {
        app,
        resource: apps::EXCHANGE_ONLINE.id,
        request_type: "Login:login",
        error: ERRORS[lean as usize],
        user_agent: draft.device.user_agent,
        device: draft.device,
        kept_signed_in: false,
        correlation,
    };
    signed_in(draft, kind, &sign_in);
}

fn usual_app(draft: &mut Draft<'_>) -> &'static App {
    let lean = draft.random.below(8).min(draft.random.below(8));
    &apps::SIGN_IN[lean as usize]
}

/// Programs sign in under the object id of their service principal.
fn by_object_id(draft: &mut Draft<'_>, kind: &Kind) {
    let app = draft.random.pick(&apps::CUSTOMER);
    let principal =
        Guid::of(draft.tenant.seed, app.id.len() as u64 + u64::from(app.id.as_bytes()[0]))
            .to_string();
    let address = draft.service_address();
    let correlation = draft.random.guid();
    draft.head(kind, "Success", &principal, 4);
    put!(draft;
        ",'ClientIP':'", address, "','ObjectId':'", apps::GRAPH.id,
        "','UserId':'ServicePrincipal_", principal, "','AzureActiveDirectoryEventType':1,",
        "'ExtendedProperties':[{'Name':'ResultStatusDetail',",
        "'Value':'Success'},{'Name':'UserAgent',",
        "'Value':'python-requests/2.32.4'},{'Name':'RequestType',",
        "'Value':'OAuth2:Token'}],'ModifiedProperties':[],'Actor':[{'ID':'", principal,
        "','Type':0},{'ID':'", app.name, "','Type':1}],'ActorContextId':'", draft.tenant.id,
        "','ActorIpAddress':'", address, "','InterSystemsId':'", correlation,
        "','IntraSystemId':'", draft.id, "','SupportTicketId':'','Target':[{'ID':'",
        apps::GRAPH.id, "','Type':0}],'TargetContextId':'", draft.tenant.id, "','ApplicationId':'",
        app.id, "','ErrorNumber':'0'}",
    );
}
