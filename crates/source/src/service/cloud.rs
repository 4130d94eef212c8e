//! Which hosts belong to the tenant's cloud?
//!
//! Microsoft runs separate clouds, each with its own sign-in host and its own API host (Management
//! Activity API reference; the sign-in hosts of the national clouds as other collectors use them).
//! A bearer token goes to these hosts and nowhere else: an address that the service hands out is
//! checked here before it is asked.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Which of a cloud's services is asked? Each has its own host and wants tokens of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// The Office 365 Management Activity API.
    ActivityFeed,
    /// Microsoft Graph.
    Graph,
}

/// A cloud: where to sign in, where its services are, and what a token must be made out to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    name: &'static str,
    login: Url,
    api: Url,
    graph: Option<Url>,
}

/// Name, sign-in host, host of the activity feed, and host of Graph.
const CLOUDS: [[&str; 4]; 5] = [
    [
        "commercial",
        "https://login.microsoftonline.com",
        "https://manage.office.com",
        "https://graph.microsoft.com",
    ],
    [
        "gcc",
        "https://login.microsoftonline.com",
        "https://manage-gcc.office.com",
        "https://graph.microsoft.com",
    ],
    [
        "gcc-high",
        "https://login.microsoftonline.us",
        "https://manage.office365.us",
        "https://graph.microsoft.us",
    ],
    [
        "dod",
        "https://login.microsoftonline.us",
        "https://manage.protection.apps.mil",
        "https://dod-graph.microsoft.us",
    ],
    [
        "china",
        "https://login.partner.microsoftonline.cn",
        "https://manage.office365.cn",
        "https://microsoftgraph.chinacloudapi.cn",
    ],
];

/// The name of a cloud given by its addresses.
const CUSTOM: &str = "custom";

impl Cloud {
    /// The names that [`Cloud::named`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        CLOUDS.iter().map(|[name, ..]| *name)
    }

    /// A cloud of Microsoft's by its name.
    pub fn named(name: &str) -> Result<Cloud, String> {
        let known = CLOUDS.iter().find(|[known, ..]| *known == name);
        let Some([name, login, api, graph]) = known else {
            let names = Cloud::names().collect::<Vec<_>>().join(", ");
            return Err(format!(
                "cloud {name:?} is unknown: use {names}, or custom with login_url and api_url"
            ));
        };
        Ok(Cloud {
            name,
            login: Url::parse(login).expect("the table holds addresses"),
            api: Url::parse(api).expect("the table holds addresses"),
            graph: Some(Url::parse(graph).expect("the table holds addresses")),
        })
    }

    /// A cloud by its addresses: an emulator, or a cloud this version does not know.
    /// Secrets travel there, so plain http is for loopback addresses only.
    pub fn custom(login_url: &str, api_url: &str) -> Result<Cloud, String> {
        Ok(Cloud {
            name: CUSTOM,
            login: root("login_url", login_url)?,
            api: root("api_url", api_url)?,
            graph: None,
        })
    }

    /// The same cloud with Graph at this address.
    pub fn with_graph(self, graph_url: &str) -> Result<Cloud, String> {
        Ok(Cloud { graph: Some(root("graph_url", graph_url)?), ..self })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn login(&self) -> &Url {
        &self.login
    }

    /// The root of a service, if this cloud has it.
    pub fn root(&self, api: Api) -> Option<&Url> {
        match api {
            Api::ActivityFeed => Some(&self.api),
            Api::Graph => self.graph.as_ref(),
        }
    }

    /// What a token for a service is made out to: its root without a slash at its end.
    pub fn audience(&self, api: Api) -> &str {
        self.root(api).map_or("", |root| root.as_str().trim_end_matches('/'))
    }

    /// True when everything of this cloud is on this machine.
    pub fn is_loopback(&self) -> bool {
        [&self.login, &self.api].into_iter().chain(&self.graph).all(is_loopback)
    }

    /// True when no part of this cloud is asked over TLS.
    pub fn is_plain(&self) -> bool {
        [&self.login, &self.api].into_iter().chain(&self.graph).all(|url| url.scheme() == "http")
    }

    /// An address below the sign-in root.
    pub(crate) fn login_url<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Url {
        below(&self.login, path)
    }

    /// An address below the feed of a tenant: `{root}/api/v1.0/{tenant_id}/activity/feed/...`.
    pub(crate) fn feed_url<'a>(
        &self,
        tenant_id: &'a str,
        path: impl IntoIterator<Item = &'a str>,
    ) -> Url {
        let feed = ["api", "v1.0", tenant_id, "activity", "feed"];
        below(&self.api, feed.into_iter().chain(path))
    }

    /// An address below the root of Graph, or what is missing.
    pub(crate) fn graph_url<'a>(
        &self,
        path: impl IntoIterator<Item = &'a str>,
    ) -> Result<Url, String> {
        let root = self.graph.as_ref().ok_or("this cloud has no graph_url; add one")?;
        Ok(below(root, path))
    }

    /// An address that the service handed out, if a token may go there. The path is left as given:
    /// links say `/api/v1/` where requests say `/api/v1.0/` (Management Activity API reference).
    pub fn trusted(&self, api: Api, link: &str) -> Result<Url, String> {
        let root = self.root(api).ok_or("this cloud has no such service")?;
        let parsed = Url::options().base_url(Some(root)).parse(link);
        let mut url = parsed.map_err(|error| format!("{link:?} is no address ({error})"))?;
        let same = url.scheme() == root.scheme()
            && url.host() == root.host()
            && url.port_or_known_default() == root.port_or_known_default()
            && has_no_user(&url);
        if !same {
            return Err(format!(
                "the address {link:?} is outside {}, so no token was sent there",
                self.audience(api)
            ));
        }
        url.set_fragment(None);
        Ok(url)
    }

    /// The address of a tenant's content, if its token may go there. Addresses that arrive at a
    /// webhook are anybody's text, so the path is held to the tenant's feed as well.
    pub(crate) fn trusted_content(&self, tenant_id: &str, link: &str) -> Result<Url, String> {
        let url = self.trusted(Api::ActivityFeed, link)?;
        match is_in_feed(&self.api, tenant_id, &url) {
            true => Ok(url),
            false => Err(format!(
                "the address {link:?} is not in the feed of tenant {tenant_id}, so no token was \
                 sent there"
            )),
        }
    }
}

/// Requests say `/api/v1.0/`, links also `/api/v1/` (Management Activity API reference).
fn is_in_feed(root: &Url, tenant_id: &str, url: &Url) -> bool {
    let Some(path) = url.path().strip_prefix(root.path().trim_end_matches('/')) else {
        return false;
    };
    let mut parts = path.trim_start_matches('/').splitn(6, '/');
    let mut next = |expected: &[&str]| {
        parts.next().is_some_and(|part| expected.iter().any(|word| part.eq_ignore_ascii_case(word)))
    };
    let is_feed = next(&["api"])
        && next(&["v1.0", "v1"])
        && next(&[tenant_id])
        && next(&["activity"])
        && next(&["feed"]);
    is_feed && parts.next().is_some_and(|rest| !rest.is_empty() && !climbs(rest))
}

/// The parser has resolved dots between slashes; those between encoded ones a server may resolve.
fn climbs(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace("%2e", ".");
    path.contains("..") && (path.contains("%2f") || path.contains("%5c"))
}

/// Checks a root from the configuration.
fn root(key: &str, text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| {
        format!("{key} {text:?} is no address ({error}); write it like https://host")
    })?;
    let problem = match url.scheme() {
        _ if !has_no_user(&url) => "a user or password has no place in it",
        _ if url.query().is_some() || url.fragment().is_some() => "leave out what follows ? or #",
        "https" if url.has_host() => return Ok(url),
        "http" if is_loopback(&url) => return Ok(url),
        "http" => "secrets travel there: use https (plain http is for loopback addresses only)",
        _ => "use https",
    };
    Err(format!("{key} {text:?}: {problem}"))
}

fn has_no_user(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        None => false,
    }
}

fn below<'a>(root: &Url, path: impl IntoIterator<Item = &'a str>) -> Url {
    let mut url = root.clone();
    url.path_segments_mut()
        .expect("http and https addresses have a path")
        .pop_if_empty()
        .extend(path);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_api_host_is_trusted() {
        let commercial = Cloud::named("commercial").unwrap();
        let emulated = Cloud::custom("http://127.0.0.1:8801", "http://127.0.0.1:8802/").unwrap();
        let check = |cloud: &Cloud, link: &str, expected: Option<&str>| {
            let url = cloud.trusted(Api::ActivityFeed, link).ok();
            assert_eq!(url.as_ref().map(Url::as_str), expected, "{link}");
        };
        let trusted = |link: &str| check(&commercial, link, Some(link));
        let refused = |link: &str| check(&commercial, link, None);
        trusted(
            "https://manage.office.com/api/v1.0/t/activity/feed/audit/2026$1$audit_exchange$A$na0014",
        );
        trusted(
            "https://manage.office.com/api/v1/t/activity/feed/subscriptions/content?nextPage=1%2F2",
        );
        check(
            &commercial,
            "HTTPS://MANAGE.OFFICE.COM:443/a#b",
            Some("https://manage.office.com/a"),
        );
        check(&commercial, "/api/v1/x", Some("https://manage.office.com/api/v1/x"));
        refused("http://manage.office.com/a");
        refused("https://manage.office.com:8443/a");
        refused("https://manage.office.com.example.org/a");
        refused("https://manage.office.com./a");
        refused("https://manage-office.com/a");
        refused("https://xmanage.office.com/a");
        refused("https://office.com/a");
        refused("https://manage.office.com@example.org/a");
        refused("https://example.org\\@manage.office.com/a");
        refused("https://user@manage.office.com/a");
        refused("https://user:word@manage.office.com/a");
        refused("https://manage.office365.us/a");
        refused("https://login.microsoftonline.com/a");
        refused("https://mаnage.office.com/a"); // a Cyrillic а
        refused("//example.org/a");
        refused("https:\\\\example.org/a");
        refused("file:///etc/passwd");
        refused("data:text/plain,a");
        refused("https://");
        check(&emulated, "http://127.0.0.1:8802/a", Some("http://127.0.0.1:8802/a"));
        check(&emulated, "http://127.0.0.1:8801/a", None);
        check(&emulated, "http://localhost:8802/a", None);
        check(&emulated, "https://127.0.0.1:8802/a", None);
    }

    #[test]
    fn only_the_tenants_own_feed_is_trusted_for_content() {
        let commercial = Cloud::named("commercial").unwrap();
        let based = Cloud::custom("http://127.0.0.1:1", "http://127.0.0.1:2/base/").unwrap();
        let check = |cloud: &Cloud, link: &str, expected: bool| {
            assert_eq!(cloud.trusted_content("t-1", link).is_ok(), expected, "{link}");
        };
        let host = |path: &str, expected| {
            check(&commercial, &format!("https://manage.office.com{path}"), expected);
        };
        host("/api/v1.0/t-1/activity/feed/audit/2026$1$audit_exchange$A$na0014", true);
        host("/api/v1/T-1/Activity/Feed/audit/a", true);
        host("/api/v1.0/t-1/activity/feed/audit/a%2fb..c", false);
        host("/api/v1.0/t-1/activity/feed/audit/a..b", true);
        host("/api/v1.0/t-2/activity/feed/audit/a", false);
        host("/api/v1.0/t-1/activity/feed/", false);
        host("/api/v1.0/t-1/activity/feed", false);
        host("/api/v1.0/t-1/ServiceComms/Messages", false);
        host("/api/v2.0/t-1/activity/feed/audit/a", false);
        host("/api/v1.0/t-1/activity/feed/../../../t-2/activity/feed/audit/a", false);
        host("/api/v1.0/t-1/activity/feed/%2e%2e/%2E./../t-2/activity/feed/audit/a", false);
        host("/api/v1.0/t-1/activity/feed/..%2f..%5C../t-2", false);
        host("/x?/api/v1.0/t-1/activity/feed/audit/a", false);
        check(&commercial, "https://example.org/api/v1.0/t-1/activity/feed/audit/a", false);
        check(&based, "http://127.0.0.1:2/base/api/v1.0/t-1/activity/feed/audit/a", true);
        check(&based, "http://127.0.0.1:2/api/v1.0/t-1/activity/feed/audit/a", false);
    }

    #[test]
    fn clouds_have_names_and_addresses() {
        for name in Cloud::names() {
            let cloud = Cloud::named(name).unwrap();
            assert_eq!(cloud.name(), name);
            assert!(!cloud.is_loopback() && cloud.login().scheme() == "https");
            for api in [Api::ActivityFeed, Api::Graph] {
                assert_eq!(cloud.root(api).unwrap().scheme(), "https");
                assert!(!cloud.audience(api).ends_with('/'));
            }
        }
        let error = Cloud::named("gov").unwrap_err();
        assert!(error.contains("gcc-high") && error.contains("custom"), "{error}");
    }

    #[test]
    fn custom_addresses_keep_secrets_from_plain_http() {
        let check = |url: &str, expected: &str| {
            let error = Cloud::custom("https://login.example.org", url).err();
            match error {
                None => assert_eq!(expected, "", "{url}"),
                Some(error) => {
                    assert!(error.starts_with("api_url") && error.contains(expected), "{error}");
                    assert_ne!(expected, "", "{error}");
                }
            }
        };
        check("https://api.example.org", "");
        check("https://10.0.0.1:8443/base", "");
        check("http://127.0.0.1:8080", "");
        check("http://127.9.9.9", "");
        check("http://[::1]:8080", "");
        check("http://localhost:8080/", "");
        check("http://api.example.org", "loopback");
        check("http://127.0.0.1.example.org", "loopback");
        check("http://localhost.example.org", "loopback");
        check("http://10.0.0.1", "loopback");
        check("http://[::2]", "loopback");
        check("http://0.0.0.0", "loopback");
        check("https://user:word@api.example.org", "password");
        check("https://api.example.org?x=1", "?");
        check("ftp://api.example.org", "https");
        check("api.example.org", "no address");
        check("", "no address");
    }

    #[test]
    fn addresses_are_built_below_the_roots() {
        let check = |api: &str, expected: &str| {
            let cloud = Cloud::custom("https://login.example.org", api).unwrap();
            let url = cloud.feed_url("t", ["subscriptions", "list"]);
            assert_eq!(url.as_str(), expected);
            assert_eq!(
                cloud.login_url(["t", "oauth2", "token"]).as_str(),
                "https://login.example.org/t/oauth2/token"
            );
        };
        let feed = "/api/v1.0/t/activity/feed/subscriptions/list";
        check("https://a.example.org", &format!("https://a.example.org{feed}"));
        check("https://a.example.org/base/", &format!("https://a.example.org/base{feed}"));
    }
}
