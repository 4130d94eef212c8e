//! Who says who we are, where Azure runs us?
//!
//! A virtual machine asks its metadata service (IMDS), an App Service or a Container App the
//! endpoint that its environment names. Both are plain HTTP within the host. Addresses, parameters
//! and errors are those of the Azure pages "Use managed identities on a virtual machine" and "for
//! App Service".

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::cloud::is_loopback;
use super::error::{Kind, excerpt, readable};
use super::refusal::{Reaction, Refusal};
use super::retry::Cause;
use super::secret::Secret;
use super::settings::Guid;
use super::sign_in;
use super::transport::{Method, Request};

const METADATA_SERVICE: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

/// The metadata service answers 410 while it is being updated, for up to this long.
const UPDATE: Duration = Duration::from_secs(70);

/// Where a managed identity is asked for. No proxy stands between.
#[derive(Clone, Debug)]
pub struct IdentityEndpoint {
    url: Url,
    /// App Service and Container Apps want this of their environment sent back.
    header: Option<Secret>,
}

impl IdentityEndpoint {
    /// The metadata service of a virtual machine.
    pub fn metadata_service() -> IdentityEndpoint {
        let url = Url::parse(METADATA_SERVICE).expect("the constant is an address");
        IdentityEndpoint { url, header: None }
    }

    /// A metadata service elsewhere, for tests: on this machine or on its own link.
    pub fn metadata_service_at(url: &str) -> Result<IdentityEndpoint, String> {
        let url = address(url)?;
        match is_near(&url) {
            true => Ok(IdentityEndpoint { url, header: None }),
            false => Err(format!(
                "identity endpoint {url}: a metadata service has a link-local or loopback address"
            )),
        }
    }

    /// What the environment of an App Service or a Container App says: the values of
    /// IDENTITY_ENDPOINT and a reference to that of IDENTITY_HEADER. Neither is set elsewhere.
    pub fn of_environment(
        identity_endpoint: Option<&str>,
        identity_header: Option<Secret>,
    ) -> Result<IdentityEndpoint, String> {
        match (identity_endpoint, identity_header) {
            (None, _) => Ok(IdentityEndpoint::metadata_service()),
            (Some(url), Some(header)) => {
                Ok(IdentityEndpoint { url: address(url)?, header: Some(header) })
            }
            (Some(_), None) => Err("IDENTITY_ENDPOINT is set and IDENTITY_HEADER is not; an App \
                 Service or a Container App sets both"
                .into()),
        }
    }

    pub(crate) fn header(&self) -> Option<&Secret> {
        self.header.as_ref()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The request for a token to this resource.
    pub(crate) fn request(
        &self,
        resource: &str,
        client_id: Option<&Guid>,
        timeout: Duration,
    ) -> Result<Request, String> {
        let mut headers = HeaderMap::new();
        let version = match &self.header {
            None => {
                // It shows that the request was not smuggled through a proxy.
                headers.insert("metadata", HeaderValue::from_static("true"));
                "2018-02-01"
            }
            Some(secret) => {
                let text = secret.read().map_err(|why| format!("IDENTITY_HEADER: {why}"))?;
                let value = HeaderValue::try_from(text.expose());
                let mut value = value.map_err(|_| "IDENTITY_HEADER: no header may say this")?;
                value.set_sensitive(true);
                headers.insert(HeaderName::from_static("x-identity-header"), value);
                "2019-08-01"
            }
        };
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", resource);
        if let Some(client_id) = client_id {
            url.query_pairs_mut().append_pair("client_id", client_id.as_str());
        }
        Ok(Request { method: Method::GET, url, headers, body: None, timeout })
    }
}

fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .map_err(|error| format!("identity endpoint {text:?} is no address ({error})"))?;
    match url.scheme() {
        "http" | "https" if url.has_host() && url.username().is_empty() => Ok(url),
        _ => Err(format!("identity endpoint {text:?}: use an http address")),
    }
}

fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) if address.is_link_local() => true,
        Some(Host::Ipv6(address)) if address.is_unicast_link_local() => true,
        _ => is_loopback(url),
    }
}

/// Said when nobody answers.
pub(crate) const OUT_OF_REACH: &str =
    "is out of reach; there are managed identities only where Azure runs the program";

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    error: Value,
    #[serde(default)]
    error_description: Value,
    /// App Service has it so.
    #[serde(default)]
    message: Value,
}

/// Reads an answer that is no success, and a pause that its status means.
pub(crate) fn refusal(status: u16, body: &[u8]) -> (Refusal, Option<Duration>) {
    let refused: Refused = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(readable).unwrap_or_default();
    let mut description = text(&refused.error_description);
    if description.is_empty() {
        description = text(&refused.message);
    }
    // What Entra refuses is handed on in words only, with the number among them.
    let known = number(&description).and_then(|number| sign_in::by_number(&[number]));
    let code = number(&description).map(|number| format!("AADSTS{number}"));
    let (reaction, words) = known.unwrap_or_else(|| by_status(status, &text(&refused.error)));
    let words = match description.trim() {
        "" => words.to_owned(),
        said => format!("{words} (it says: {said})"),
    };
    let pause = (status == 410).then_some(UPDATE);
    (Refusal { reaction, code, words, body: excerpt(body) }, pause)
}

const MISCONFIGURED: Reaction = Reaction::Fail(Kind::Misconfigured);
const FAULT: Reaction = Reaction::Retry(Cause::Fault);

fn by_status(status: u16, error: &str) -> (Reaction, &'static str) {
    match (status, error) {
        (400, "invalid_resource") => {
            (MISCONFIGURED, "the identity's tenant does not know the API; check cloud")
        }
        (400, _) => (
            MISCONFIGURED,
            "there is no such managed identity here; assign one to the machine or service (its \
             page > Identity), and check the identity's client_id",
        ),
        (401, _) => (
            MISCONFIGURED,
            "IDENTITY_HEADER is not the one of IDENTITY_ENDPOINT; take both from the environment",
        ),
        (403, _) => (
            Reaction::Fail(Kind::Denied),
            "access to the identity endpoint is forbidden, maybe by a firewall of the host",
        ),
        // The Azure page asks to try again on 404, 410 and faults, and names the updates.
        (404 | 410, _) => (FAULT, "the identity endpoint is being updated"),
        (408 | 500..=599, _) => (FAULT, "the identity endpoint failed"),
        (429, _) => (Reaction::Retry(Cause::Throttled), "too many requests for the identity"),
        (300..=399, _) => {
            (Reaction::Fail(Kind::Untrusted), "the identity endpoint points elsewhere")
        }
        _ => (Reaction::Fail(Kind::Rejected), "the identity endpoint refuses the request"),
    }
}

/// The first AADSTS number in a text.
fn number(text: &str) -> Option<u64> {
    let (_, after) = text.split_once("AADSTS")?;
    let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_near_or_what_the_environment_names() {
        let check = |url: &str, expected: bool| {
            assert_eq!(IdentityEndpoint::metadata_service_at(url).is_ok(), expected, "{url}");
        };
        check("http://127.0.0.1:8080/metadata/identity/oauth2/token", true);
        check("http://169.254.169.254/metadata/identity/oauth2/token", true);
        check("http://[fe80::1]/token", true);
        check("http://169.253.169.254/token", false);
        check("http://10.0.0.1/token", false);
        check("http://metadata.example.org/token", false);
        check("ftp://127.0.0.1/token", false);
        check("token", false);

        let of = |endpoint: Option<&str>, header: Option<&str>| {
            let header = header.map(Secret::in_memory);
            IdentityEndpoint::of_environment(endpoint, header).map(|it| it.url.to_string())
        };
        assert_eq!(of(None, None), Ok(METADATA_SERVICE.to_owned()));
        let named = "http://localhost:42356/msi/token";
        assert_eq!(of(Some(named), Some("h")), Ok(named.to_owned()));
        assert!(of(Some(named), None).unwrap_err().contains("IDENTITY_HEADER"));
    }

    #[test]
    fn each_host_gets_its_request() {
        let client_id = Guid::parse("client_id", "0e9b3178-9678-47dd-a509-37222ca96b42").unwrap();
        let request = |endpoint: &IdentityEndpoint, client_id| {
            endpoint.request("https://manage.office.com", client_id, UPDATE).unwrap()
        };
        let virtual_machine = request(&IdentityEndpoint::metadata_service(), None);
        assert_eq!(
            virtual_machine.url.as_str(),
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanage.office.com"
        );
        assert_eq!(virtual_machine.headers["metadata"], "true");
        let header = Some(Secret::in_memory("hush"));
        let endpoint =
            IdentityEndpoint::of_environment(Some("http://localhost:1/msi/token"), header);
        let app_service = request(&endpoint.unwrap(), Some(&client_id));
        assert_eq!(
            app_service.url.as_str(),
            format!(
                "http://localhost:1/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanage.office.com&client_id={client_id}"
            )
        );
        assert_eq!(app_service.headers["x-identity-header"], "hush");
        assert!(app_service.headers["x-identity-header"].is_sensitive());
        assert!(!app_service.headers.contains_key("metadata"));
    }

    #[test]
    fn each_refusal_has_its_reaction() {
        let check = |status: u16, body: &str, expected: Reaction, words: &str| {
            let (refusal, pause) = refusal(status, body.as_bytes());
            assert_eq!(refusal.reaction, expected, "{status} {body}");
            assert!(refusal.words.contains(words), "{}", refusal.words);
            assert_eq!(pause.is_some(), status == 410);
        };
        let no_identity = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
        check(400, no_identity, MISCONFIGURED, "assign one");
        check(
            400,
            r#"{"error":"invalid_resource","error_description":""}"#,
            MISCONFIGURED,
            "cloud",
        );
        let handed_on =
            r#"{"error":"invalid_resource","error_description":"AADSTS500011: The resource ..."}"#;
        check(400, handed_on, MISCONFIGURED, "Management APIs");
        check(400, r#"{"error":"x","error_description":"AADSTS1"}"#, MISCONFIGURED, "AADSTS1");
        check(401, r#"{"statusCode":401,"message":"no"}"#, MISCONFIGURED, "IDENTITY_HEADER");
        check(403, "", Reaction::Fail(Kind::Denied), "firewall");
        check(404, "", FAULT, "updated");
        check(410, "", FAULT, "updated");
        check(429, "{}", Reaction::Retry(Cause::Throttled), "too many");
        check(500, "<html>", FAULT, "failed");
        check(503, "", FAULT, "failed");
        check(302, "", Reaction::Fail(Kind::Untrusted), "elsewhere");
        check(418, "", Reaction::Fail(Kind::Rejected), "refuses");
    }
}
