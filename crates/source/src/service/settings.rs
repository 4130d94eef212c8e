//! Which tenant is collected, as whom, and with what limits?

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use event::TenantName;
use url::Url;

use super::cloud::Cloud;
use super::connections::Connections;
use super::credential::Credential;

/// Requests a minute that the service grants every tenant; larger tenants are granted more
/// (Management Activity API reference).
pub const REQUESTS_PER_MINUTE: u32 = 2000;

/// Blobs downloaded at the same time, at most; the pace of the service decides how many.
pub const DOWNLOADS_MAX: usize = 16;

/// Everything the client is told. [`Settings::new`] fills in the defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The tenant's name in messages.
    pub tenant: TenantName,
    pub tenant_id: Guid,
    /// The app registration's application (client) id.
    pub client_id: Guid,
    pub credential: Credential,
    pub cloud: Cloud,
    /// Whose request quota is used: the tenant of the company that runs the client. Callers that
    /// give none share one pool with all others, so the tenant's own id is the default.
    pub publisher_identifier: Guid,
    pub requests_per_minute: u32,
    pub downloads_max: usize,
    pub timeouts: Timeouts,
    /// A proxy for https; without one, the environment's `HTTPS_PROXY` and `NO_PROXY` count.
    pub proxy: Option<Proxy>,
    /// Hosts that are asked without `proxy`, written as `NO_PROXY` is; without it the environment's
    /// `NO_PROXY` counts.
    pub no_proxy: Option<String>,
    /// A PEM file with certificates of authorities to trust besides the machine's own, such as that
    /// of a proxy that opens TLS.
    pub ca: Option<PathBuf>,
    pub token_endpoint: TokenEndpoint,
    /// Shared with other tenants of this process: how many requests may be under way in all.
    pub connections: Option<Connections>,
}

impl Settings {
    pub fn new(
        tenant: TenantName,
        tenant_id: Guid,
        client_id: Guid,
        credential: Credential,
        cloud: Cloud,
    ) -> Settings {
        Settings {
            publisher_identifier: tenant_id.clone(),
            tenant,
            tenant_id,
            client_id,
            credential,
            cloud,
            requests_per_minute: REQUESTS_PER_MINUTE,
            downloads_max: DOWNLOADS_MAX,
            timeouts: Timeouts::default(),
            proxy: None,
            no_proxy: None,
            ca: None,
            token_endpoint: TokenEndpoint::V2,
            connections: None,
        }
    }
}

/// A proxy's address, which holds no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy(Url);

impl Proxy {
    pub fn parse(text: &str) -> Result<Proxy, String> {
        let url = Url::parse(text).map_err(|error| {
            format!("proxy is no address ({error}); write it like http://proxy.example.org:3128")
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "a proxy's password does not belong in the configuration: leave proxy out \
                 and set the environment variable HTTPS_PROXY"
                    .into(),
            );
        }
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(Proxy(url)),
            _ => Err(format!("proxy {url}: use an http or https address")),
        }
    }

    pub fn url(&self) -> &Url {
        &self.0
    }
}

/// How long to wait for the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer.
    pub read: Duration,
    /// For the whole answer to a sign-in, a listing or a subscription.
    pub answer: Duration,
    /// For the whole of a blob.
    pub download: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(15),
            read: Duration::from_secs(90),
            answer: Duration::from_secs(180),
            download: Duration::from_secs(3600),
        }
    }
}

/// Where a token is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenEndpoint {
    /// `oauth2/token`, the one the API's own pages show.
    V1,
    /// `oauth2/v2.0/token`, the one clients use today.
    #[default]
    V2,
}

/// A GUID such as a tenant or an application has, in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(String);

impl Guid {
    /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`; `what` is named in the error.
    pub fn parse(what: &str, text: &str) -> Result<Guid, String> {
        let fits = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        match fits {
            true => Ok(Guid(text.to_ascii_lowercase())),
            false => Err(format!(
                "{what} {text:?} is no GUID; Entra shows it in the app registration's overview"
            )),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_holds_no_password() {
        let check = |text: &str, expected: &str| match Proxy::parse(text) {
            Ok(proxy) => assert_eq!(proxy.url().as_str(), expected),
            Err(error) => {
                assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
            }
        };
        check("http://proxy.example.org:3128", "http://proxy.example.org:3128/");
        check("http://ann:hunter2@proxy.example.org", "HTTPS_PROXY");
        check("proxy.example.org:3128", "use an http");
        check("socks5://proxy.example.org", "use an http");
        check("hunter2", "no address");
    }

    #[test]
    fn guids_are_checked() {
        let check = |text: &str, expected: Option<&str>| {
            let guid = Guid::parse("tenant_id", text);
            assert_eq!(guid.as_ref().ok().map(Guid::as_str), expected, "{text}");
            assert!(
                guid.map_err(|error| assert!(error.starts_with("tenant_id"))).is_ok()
                    == expected.is_some()
            );
        };
        check("0E9B3178-9678-47dd-a509-37222ca96b42", Some("0e9b3178-9678-47dd-a509-37222ca96b42"));
        check("contoso.onmicrosoft.com", None);
        check("0e9b3178-9678-47dd-a509-37222ca96b4", None);
        check("0e9b3178-9678-47dd-a509-37222ca96b4/", None);
        check("0e9b31789678-47dd-a509-37222ca96b4200", None);
        check("{0e9b3178-9678-47dd-a509-37222ca9}", None);
        check("", None);
    }
}
