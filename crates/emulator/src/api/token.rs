//! May this client have a token?
//!
//! The v1 endpoint (`/oauth2/token`, a `resource`, numbers as strings) and the v2 endpoint
//! (`/oauth2/v2.0/token`, a `scope`), for client secrets and client assertions.

use serde_json::json;

use super::assertion;
use super::audience::Audience;
use super::credentials::{self, Claims};
use super::options::TenantSetup;
use super::refusal::Refusal;
use crate::clock::{Millis, SECOND};
use crate::random::{Guid, blend_text};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// A token request that has found its way here.
pub(super) struct TokenRequest<'a> {
    pub(super) version: Version,
    /// Tenant id or domain, from the path.
    pub(super) tenant: &'a str,
    /// The URL that was posted to, without query.
    pub(super) url: String,
    /// Where the emulator can be reached; accepted as a resource as well.
    pub(super) base_url: &'a str,
    pub(super) body: &'a [u8],
    pub(super) now: Millis,
    pub(super) lifetime_seconds: u32,
    /// Made-up failure, as an AADSTS number.
    pub(super) fault: Option<u32>,
    pub(super) key: u64,
    pub(super) number: u64,
}

/// Status and body.
pub(super) type TokenAnswer = (u16, String);

pub(super) fn answer(request: &TokenRequest<'_>, setups: &[TenantSetup]) -> TokenAnswer {
    match issue(request, setups) {
        Ok(body) => (200, body),
        Err(refusal) => refusal.answer(request),
    }
}

fn issue(request: &TokenRequest<'_>, setups: &[TenantSetup]) -> Result<String, Refusal> {
    if let Some(number) = request.fault {
        return Err(Refusal::new(number, "The token endpoint fails on request."));
    }
    let setup = find_tenant(request, setups)?;
    let form = Form::read(request.body);
    let grant = form.need("grant_type")?;
    if grant != "client_credentials" {
        return Err(Refusal::new(
            70003,
            format!("The app requested an unsupported grant type '{grant}'."),
        ));
    }
    let client = form.need("client_id")?;
    if !client.eq_ignore_ascii_case(&setup.client_id) {
        let text = format!(
            "Application with identifier '{client}' was not found in the directory '{}'.",
            setup.name
        );
        return Err(Refusal::new(700_016, text));
    }
    let method = authenticate(request, setup, &form)?;
    let resource = match request.version {
        Version::V1 => form.need("resource")?.to_owned(),
        Version::V2 => resource_of_scope(form.need("scope")?)?,
    };
    let grant = grant_for(setup, &resource, request.base_url, method)?;
    Ok(token_body(request, setup, &grant, &resource))
}

/// What a token says beyond who and how long.
pub(super) struct Grant {
    audience: String,
    roles: Vec<String>,
    /// For appidacr: "1" for a secret, "2" for a signed assertion.
    method: &'static str,
}

/// A token carries the permissions to its own API only.
pub(super) fn grant_for(
    setup: &TenantSetup,
    resource: &str,
    base_url: &str,
    method: &'static str,
) -> Result<Grant, Refusal> {
    let audience = resource.trim_end_matches('/').to_owned();
    let roles = match Audience::of(&audience, base_url) {
        Some(Audience::Feed) => setup.roles.clone(),
        Some(Audience::Graph) => setup.graph_roles.clone(),
        Some(Audience::Other) => Vec::new(),
        None => {
            let text = format!(
                "The resource principal named {resource} was not found in the tenant named {}.",
                setup.name
            );
            return Err(Refusal::new(500_011, text));
        }
    };
    Ok(Grant { audience, roles, method })
}

fn find_tenant<'s>(
    request: &TokenRequest<'_>,
    setups: &'s [TenantSetup],
) -> Result<&'s TenantSetup, Refusal> {
    let asked = request.tenant.to_ascii_lowercase();
    let label =
        |domain: &str| format!("{}.onmicrosoft.com", domain.split('.').next().unwrap_or(domain));
    setups
        .iter()
        .find(|setup| {
            let tenant = &setup.tenant;
            asked == tenant.tenant_id.to_ascii_lowercase()
                || asked == tenant.domain
                || asked == label(&tenant.domain)
        })
        .ok_or_else(|| {
            Refusal::new(
                90002,
                format!(
                    "Tenant '{}' not found. Check to make sure you have the correct tenant ID.",
                    request.tenant
                ),
            )
        })
}

/// Checks secret or assertion; "1" or "2" for appidacr.
fn authenticate(
    request: &TokenRequest<'_>,
    setup: &TenantSetup,
    form: &Form,
) -> Result<&'static str, Refusal> {
    if let Some(secret) = form.get("client_secret") {
        if secret != setup.client_secret {
            let text = format!("Invalid client secret provided for app '{}'.", setup.client_id);
            return Err(Refusal::new(7_000_215, text));
        }
        if setup
            .client_secret_expires
            .is_some_and(|expiry| expiry.timestamp_millis() <= request.now)
        {
            return Err(Refusal::new(7_000_222, "The provided client secret keys are expired."));
        }
        return Ok("1");
    }
    let Some(assertion) = form.get("client_assertion") else {
        return Err(Refusal::new(
            7_000_218,
            "The request body must contain 'client_assertion' or 'client_secret'.",
        ));
    };
    if form.get("client_assertion_type") != Some(JWT_BEARER) {
        return Err(Refusal::new(
            900_144,
            "The request body must contain 'client_assertion_type' with the JWT bearer type.",
        ));
    }
    assertion::check(request, setup, assertion)?;
    Ok("2")
}

fn resource_of_scope(scope: &str) -> Result<String, Refusal> {
    scope.trim().strip_suffix("/.default").filter(|resource| !resource.contains(' ')).map(String::from).ok_or_else(|| {
        Refusal::new(70011, format!("The provided request must include a 'scope' input parameter. The scope {scope} is not valid: it must be a resource with /.default."))
    })
}

/// A token for the application of a tenant.
pub(super) fn seal(setup: &TenantSetup, grant: &Grant, times: &Times, key: u64) -> String {
    let tenant = &setup.tenant.tenant_id;
    let principal = Guid::of(blend_text(7, tenant), blend_text(9, &setup.client_id)).to_string();
    let claims = Claims {
        aud: grant.audience.clone(),
        iss: format!("https://sts.windows.net/{tenant}/"),
        iat: times.now,
        nbf: times.now,
        exp: times.expires,
        appid: setup.client_id.clone(),
        appidacr: grant.method.to_owned(),
        idp: format!("https://sts.windows.net/{tenant}/"),
        oid: principal.clone(),
        sub: principal,
        roles: grant.roles.clone(),
        tid: tenant.clone(),
        ver: "1.0".into(),
    };
    credentials::seal(&claims, key)
}

/// Seconds since 1970.
pub(super) struct Times {
    pub(super) now: i64,
    pub(super) expires: i64,
}

impl Times {
    pub(super) fn of(now: Millis, lifetime_seconds: u32) -> Times {
        let now = now / SECOND;
        Times { now, expires: now + i64::from(lifetime_seconds) }
    }
}

fn token_body(
    request: &TokenRequest<'_>,
    setup: &TenantSetup,
    grant: &Grant,
    resource: &str,
) -> String {
    let lifetime = request.lifetime_seconds;
    let times = Times::of(request.now, lifetime);
    let token = seal(setup, grant, &times, request.key);
    match request.version {
        Version::V1 => json!({
            "token_type": "Bearer",
            "expires_in": lifetime.to_string(),
            "ext_expires_in": lifetime.to_string(),
            "expires_on": times.expires.to_string(),
            "not_before": times.now.to_string(),
            "resource": resource,
            "access_token": token,
        }),
        Version::V2 => json!({
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": token,
        }),
    }
    .to_string()
}

struct Form(Vec<(String, String)>);

impl Form {
    fn read(body: &[u8]) -> Form {
        Form(url::form_urlencoded::parse(body).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            Refusal::new(
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    }
}
