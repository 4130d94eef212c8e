//! How does the app prove that it is the app?
//!
//! With a secret, a certificate, a token of an outside issuer, or by where it runs. Each is read
//! anew for each sign-in, so that whoever rotates it need not restart anything.

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::{Url, form_urlencoded};

use super::assertion::Assertion;
use super::cloud::Api;
use super::managed_identity::IdentityEndpoint;
use super::secret::Secret;
use super::settings::{Guid, Settings, TokenEndpoint};
use super::transport::{Method, Request};
use super::world::World;

/// How the app proves that it is the app.
#[derive(Clone, Debug)]
pub enum Credential {
    Secret(Secret),
    /// PEM texts. One file may hold both, and may hold the chain after the certificate.
    Certificate {
        certificate: Secret,
        key: Secret,
    },
    /// The identity that Azure gives the machine or service on which this runs.
    ManagedIdentity {
        /// Of a user-assigned identity; without one, the system-assigned identity is meant.
        client_id: Option<Guid>,
        endpoint: IdentityEndpoint,
    },
    /// A token of an outside issuer that the app trusts (workload identity federation), in the file
    /// that Kubernetes names in AZURE_FEDERATED_TOKEN_FILE. It lives for an hour or less, and is
    /// replaced while the program runs.
    FederatedToken {
        file: Secret,
    },
}

/// Tells whether a credential has changed, and tells nothing else about it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint(blake3::Hash);

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Credential {
    /// As the credential is at this moment; one that cannot be read has a fingerprint as well.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let secrets = match self {
            Credential::Secret(secret) | Credential::FederatedToken { file: secret } => {
                vec![secret]
            }
            Credential::Certificate { certificate, key } => vec![certificate, key],
            Credential::ManagedIdentity { endpoint, .. } => endpoint.header().into_iter().collect(),
        };
        let mut hasher = blake3::Hasher::new();
        for secret in secrets {
            let text = secret.read();
            let text = text.as_ref().map_or("", |text| text.expose());
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        Fingerprint(hasher.finalize())
    }
}

/// The request that asks for a token, or what is wrong with the credential.
pub(crate) fn sign_in(settings: &Settings, api: Api, world: &World) -> Result<Request, String> {
    if let Credential::ManagedIdentity { client_id, endpoint } = &settings.credential {
        let resource = settings.cloud.audience(api);
        return endpoint.request(resource, client_id.as_ref(), settings.timeouts.answer);
    }
    let url = token_url(settings);
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(CONTENT_TYPE, form_type);
    Ok(Request {
        method: Method::POST,
        headers,
        body: Some(form(settings, api, world, &url)?),
        url,
        timeout: settings.timeouts.answer,
    })
}

fn token_url(settings: &Settings) -> Url {
    let tenant_id = settings.tenant_id.as_str();
    let path: &[&str] = match settings.token_endpoint {
        TokenEndpoint::V1 => &[tenant_id, "oauth2", "token"],
        TokenEndpoint::V2 => &[tenant_id, "oauth2", "v2.0", "token"],
    };
    settings.cloud.login_url(path.iter().copied())
}

fn form(settings: &Settings, api: Api, world: &World, url: &Url) -> Result<String, String> {
    let Settings { client_id, cloud, .. } = settings;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    form.append_pair("client_id", client_id.as_str());
    match settings.token_endpoint {
        TokenEndpoint::V1 => form.append_pair("resource", cloud.audience(api)),
        TokenEndpoint::V2 => {
            form.append_pair("scope", &format!("{}/.default", cloud.audience(api)))
        }
    };
    let assertion = match &settings.credential {
        Credential::Secret(secret) => {
            let secret = secret.read().map_err(|why| format!("the client secret: {why}"))?;
            form.append_pair("client_secret", secret.expose());
            return Ok(form.finish());
        }
        Credential::Certificate { certificate, key } => {
            let certificate =
                certificate.read().map_err(|why| format!("the certificate: {why}"))?;
            let key = key.read().map_err(|why| format!("the certificate's key: {why}"))?;
            let assertion = Assertion {
                token_url: url.as_str(),
                client_id: client_id.as_str(),
                id: &world.guid(),
                now: world.clock.now().div_euclid(1_000_000),
            };
            assertion.sign(certificate.expose(), key.expose())?
        }
        Credential::FederatedToken { file } => {
            let token = file.read().map_err(|why| format!("the federated token: {why}"))?;
            token.expose().to_owned()
        }
        Credential::ManagedIdentity { .. } => unreachable!("asked for without a form"),
    };
    form.append_pair("client_assertion_type", ASSERTION_TYPE);
    form.append_pair("client_assertion", &assertion);
    Ok(form.finish())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::scripted::{CLIENT, NOW, TENANT, settings};
    use crate::service::Cloud;
    use crate::service::transport::tests::Nowhere;
    use crate::service::world::tests::{HastyClock, Seeded};

    /// Address and parameters of a sign-in.
    fn asked(settings: &Settings, api: Api) -> (String, String) {
        let world = World {
            clock: HastyClock::at(NOW),
            random: Arc::new(Seeded(AtomicU64::new(7))),
            transport: Arc::new(Nowhere),
        };
        let request = sign_in(settings, api, &world).unwrap();
        (request.url.to_string(), request.body.unwrap_or_default())
    }

    /// Every row of the reference's clouds: feed, sign-in and Graph, each also the audience.
    #[test]
    fn each_cloud_is_signed_in_to_and_asked_at_its_own_hosts() {
        let check = |name: &str, feed: &str, login: &str, graph: &str| {
            let cloud = Cloud::named(name).unwrap();
            for (api, root) in [(Api::ActivityFeed, feed), (Api::Graph, graph)] {
                assert_eq!(cloud.audience(api), root, "{name}");
                let encoded = root.replace(':', "%3A").replace('/', "%2F");
                let v1 = ("oauth2/token", format!("resource={encoded}"));
                let v2 = ("oauth2/v2.0/token", format!("scope={encoded}%2F.default"));
                let versions = [(TokenEndpoint::V1, v1), (TokenEndpoint::V2, v2)];
                for (token_endpoint, (path, resource)) in versions {
                    let cloud = cloud.clone();
                    let settings = Settings { cloud, token_endpoint, ..settings() };
                    let (url, form) = asked(&settings, api);
                    assert_eq!(url, format!("{login}/{TENANT}/{path}"), "{name}");
                    let expected = format!(
                        "grant_type=client_credentials&client_id={CLIENT}&{resource}&client_secret=hunter2"
                    );
                    assert_eq!(form, expected, "{name}");
                }
            }
            let url = cloud.feed_url(TENANT, ["subscriptions", "list"]);
            let expected = format!("{feed}/api/v1.0/{TENANT}/activity/feed/subscriptions/list");
            assert_eq!(url.as_str(), expected);
            let url = cloud.graph_url(["v1.0", "auditLogs", "signIns"]).unwrap();
            assert_eq!(url.as_str(), format!("{graph}/v1.0/auditLogs/signIns"));
            // The token of one service goes to no other.
            for (api, own, other) in [(Api::ActivityFeed, feed, graph), (Api::Graph, graph, feed)] {
                assert!(cloud.trusted(api, &format!("{own}/x")).is_ok(), "{name}");
                assert!(cloud.trusted(api, &format!("{other}/x")).is_err(), "{name}");
                assert!(cloud.trusted(api, &format!("{login}/x")).is_err(), "{name}");
            }
        };
        let worldwide = "https://login.microsoftonline.com";
        let government = "https://login.microsoftonline.us";
        let graph = "https://graph.microsoft.com";
        check("commercial", "https://manage.office.com", worldwide, graph);
        check("gcc", "https://manage-gcc.office.com", worldwide, graph);
        check("gcc-high", "https://manage.office365.us", government, "https://graph.microsoft.us");
        let dod = "https://dod-graph.microsoft.us";
        check("dod", "https://manage.protection.apps.mil", government, dod);
        check(
            "china",
            "https://manage.office365.cn",
            "https://login.partner.microsoftonline.cn",
            "https://microsoftgraph.chinacloudapi.cn",
        );
        assert_eq!(Cloud::names().count(), 5);
    }

    #[test]
    fn a_fingerprint_tells_a_change_and_nothing_else() {
        let of = |text: &str| Credential::Secret(Secret::in_memory(text)).fingerprint();
        assert!(of("a") == of("a") && of("a") != of("b"));
        let both = |certificate: &str, key: &str| {
            let certificate = Secret::in_memory(certificate);
            Credential::Certificate { certificate, key: Secret::in_memory(key) }.fingerprint()
        };
        assert!(both("ab", "c") != both("a", "bc"));
    }
}
