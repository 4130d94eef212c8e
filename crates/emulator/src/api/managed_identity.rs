//! What does the host give a workload that runs under a managed identity?
//!
//! A virtual machine asks its metadata service (IMDS), an App Service its local endpoint; both are
//! plain HTTP on the host and need no secret of the application's. Shapes and errors follow the
//! Azure pages "Use managed identities on a virtual machine" and "for App Service".

use serde_json::{Value, json};

use super::message::{Answer, Request};
use super::options::TenantSetup;
use super::refusal::Refusal;
use super::token::{self, Times};
use crate::clock::Millis;

/// What is asked for.
pub(super) struct IdentityRequest<'a> {
    pub(super) request: &'a Request,
    pub(super) base_url: &'a str,
    pub(super) now: Millis,
    pub(super) lifetime_seconds: u32,
    /// Made-up failure, as an AADSTS number.
    pub(super) fault: Option<u32>,
    pub(super) key: u64,
}

/// `GET /metadata/identity/oauth2/token`
pub(super) fn metadata_service(asked: &IdentityRequest<'_>, setups: &[TenantSetup]) -> Answer {
    let marked = asked.request.header("metadata").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    if !marked {
        return refused(400, "bad_request_102", "Required metadata header not specified");
    }
    if asked.request.query("api-version").as_deref() != Some("2018-02-01") {
        return refused(400, "invalid_request", "api-version must be 2018-02-01");
    }
    token(asked, setups, |times, mut body| {
        let lifetime = asked.lifetime_seconds.to_string();
        body["refresh_token"] = "".into();
        body["expires_in"] = lifetime.clone().into();
        body["ext_expires_in"] = lifetime.into();
        body["not_before"] = times.now.to_string().into();
        body
    })
}

/// `GET /msi/token`; the host tells its workloads the address and `secret` in their environment.
pub(super) fn app_service(
    asked: &IdentityRequest<'_>,
    setups: &[TenantSetup],
    secret: &str,
) -> Answer {
    if asked.request.header("x-identity-header") != Some(secret) {
        return refused(401, "unauthorized", "X-IDENTITY-HEADER is missing or wrong");
    }
    if asked.request.query("api-version").as_deref() != Some("2019-08-01") {
        return refused(400, "invalid_request", "api-version must be 2019-08-01");
    }
    token(asked, setups, |_, body| body)
}

fn token(
    asked: &IdentityRequest<'_>,
    setups: &[TenantSetup],
    complete: impl Fn(&Times, Value) -> Value,
) -> Answer {
    if asked.request.method != "GET" {
        return refused(405, "invalid_request", "Ask with GET");
    }
    let Some(resource) = asked.request.query("resource") else {
        return refused(400, "invalid_request", "The parameter 'resource' is missing");
    };
    let Some(setup) = identity(asked.request, setups) else {
        return refused(400, "invalid_request", "Identity not found");
    };
    if let Some(number) = asked.fault {
        let refusal = Refusal::new(number, "The token endpoint fails on request.");
        return refused(400, "invalid_request", &refusal.description());
    }
    let grant = match token::grant_for(setup, &resource, asked.base_url, "2") {
        Ok(grant) => grant,
        Err(refusal) => return refused(400, "invalid_resource", &refusal.description()),
    };
    let times = Times::of(asked.now, asked.lifetime_seconds);
    let body = json!({
        "access_token": token::seal(setup, &grant, &times, asked.key),
        "client_id": setup.client_id,
        "expires_on": times.expires.to_string(),
        "resource": resource,
        "token_type": "Bearer",
    });
    Answer::json(200, complete(&times, body).to_string())
}

/// The identity named by client_id, or the host's own: that of the first tenant.
fn identity<'s>(request: &Request, setups: &'s [TenantSetup]) -> Option<&'s TenantSetup> {
    match request.query("client_id") {
        None => setups.first(),
        Some(id) => setups.iter().find(|setup| setup.client_id.eq_ignore_ascii_case(&id)),
    }
}

fn refused(status: u16, error: &str, description: &str) -> Answer {
    let body = json!({"error": error, "error_description": description});
    Answer::json(status, body.to_string())
}
