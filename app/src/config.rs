//! What does the operator want?
//!
//! One TOML file. Unknown keys are errors with the line and the nearest name; secrets are
//! references (`env:NAME`, `file:PATH`), never values.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use event::{TenantName, time};
use serde::Deserialize;
use source::activity_feed::{ContentType, WebhookWish};
use source::graph::Log;
use source::service::{Api, Cloud, Credential, Guid, Proxy, Secret, Settings, TokenEndpoint};

use crate::collect::schedule::Pace;

/// Read when no file is named and it exists.
pub const FILE_DEFAULT: &str = "trail365.toml";
/// Where data goes unless told otherwise.
pub const DATA_DIR_DEFAULT: &str = "trail365-data";
/// Seconds between two looks for new content.
const POLL_SECONDS_DEFAULT: u64 = 60;

/// Requests a minute to an emulator.
const LOOPBACK_REQUESTS_PER_MINUTE: u32 = 100_000;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub data_dir: Option<PathBuf>,
    /// A URL for the tables, instead of the data folder.
    pub tables_url: Option<String>,
    pub poll_seconds: Option<u64>,
    pub collect: Collect,
    pub webhook: Option<Webhook>,
    pub tenant: Vec<Tenant>,
    pub serve: Serve,
}

/// How collecting goes about it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Collect {
    /// A window that is not proven this long after its end is a gap.
    pub lag_minutes: Option<u32>,
    /// How much of the time listed before is listed again each time.
    pub overlap_minutes: Option<u32>,
    /// How often everything that the service still has is listed again.
    pub relist_minutes: Option<u32>,
    /// Address and port of /metrics and /health; nobody listens unless it is set.
    pub listen: Option<String>,
}

impl Collect {
    pub fn listen(&self) -> Result<Option<SocketAddr>> {
        let parse = |text: &String| {
            text.parse().map_err(|_| {
                anyhow!("collect.listen {text:?} is no address with a port; write 127.0.0.1:9365")
            })
        };
        self.listen.as_ref().map(parse).transpose()
    }

    pub fn pace(&self) -> Pace {
        let default = Pace::default();
        let micros = |minutes: Option<u32>, default: i64| {
            minutes.map_or(default, |minutes| i64::from(minutes) * time::MINUTE)
        };
        Pace {
            lag: micros(self.lag_minutes, default.lag),
            overlap: micros(self.overlap_minutes, default.overlap),
            relist: micros(self.relist_minutes, default.relist),
        }
    }
}

/// Where the service pushes to.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// What the service calls: https, and reachable from the internet.
    pub address: String,
    /// Address and port to listen on.
    pub listen: String,
    /// A reference to the text that the service sends along and others do not know.
    pub auth_id: Option<String>,
    /// PEM files; without them a proxy in front does TLS.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Plain http beyond loopback: something in front of this machine does TLS.
    #[serde(default)]
    pub behind_proxy: bool,
}

impl Webhook {
    pub fn wish(&self) -> Result<WebhookWish> {
        let auth_id = self.auth_id.as_deref().map(Secret::parse).transpose();
        let auth_id = auth_id.map_err(|error| anyhow!("webhook.auth_id: {error}"))?;
        WebhookWish::new(&self.address, auth_id, None).map_err(|error| anyhow!(error))
    }

    pub fn listen(&self) -> Result<SocketAddr> {
        let address: SocketAddr = self.listen.parse().map_err(|_| {
            anyhow!(
                "webhook.listen {:?} is no address with a port; write 0.0.0.0:8443",
                self.listen
            )
        })?;
        if self.certificate.is_some() != self.key.is_some() {
            bail!("webhook: certificate and key go together");
        }
        if !address.ip().is_loopback() && self.certificate.is_none() && !self.behind_proxy {
            bail!(
                "webhook.listen {address} is not loopback and there is no certificate: set webhook.certificate and webhook.key, or behind_proxy = true if something in front does TLS"
            );
        }
        Ok(address)
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    pub name: String,
    pub tenant_id: String,
    pub client_id: String,
    pub client_secret: Option<String>,
    pub certificate: Option<String>,
    pub key: Option<String>,
    #[serde(default = "commercial")]
    pub cloud: String,
    /// For `cloud = "custom"`.
    pub login_url: Option<String>,
    pub api_url: Option<String>,
    pub content_types: Option<Vec<String>>,
    /// Logs of Microsoft Graph, such as `SignIns`.
    pub graph_logs: Option<Vec<String>>,
    /// For `cloud = "custom"`, when Graph is collected too.
    pub graph_url: Option<String>,
    pub publisher_identifier: Option<String>,
    pub requests_per_minute: Option<u32>,
    pub token_endpoint: Option<String>,
    pub proxy: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Serve {
    /// Address and port; loopback unless a token and TLS are configured.
    pub listen: Option<String>,
    /// A reference to the access token.
    pub token: Option<String>,
    /// PEM files.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

fn commercial() -> String {
    "commercial".to_owned()
}

impl Config {
    /// Reads the file named, or the default one if it exists.
    pub fn load(path: Option<&Path>) -> Result<Config> {
        let path = match path {
            Some(path) => path,
            None if Path::new(FILE_DEFAULT).is_file() => Path::new(FILE_DEFAULT),
            None => return Ok(Config::default()),
        };
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("config {}: cannot be read; `trail365 init` writes one", path.display())
        })?;
        Config::parse(&text).map_err(|error| anyhow!("config {}: {error:#}", path.display()))
    }

    pub fn parse(text: &str) -> Result<Config> {
        let config: Config = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            let hint = nearest(error.message())
                .map_or(String::new(), |name| format!("; did you mean `{name}`?"));
            let message = error.message().split(", expected").next().unwrap_or_default();
            anyhow!("line {line}: {message}{hint}")
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        self.collect.listen()?;
        for (index, tenant) in self.tenant.iter().enumerate() {
            tenant.settings()?;
            tenant.content_types()?;
            tenant.graph_logs()?;
            if self.tenant[..index].iter().any(|other| other.name == tenant.name) {
                bail!("tenant {}: the name stands twice; every tenant needs its own", tenant.name);
            }
        }
        if let Some(webhook) = &self.webhook {
            webhook.wish()?;
            webhook.listen()?;
        }
        if let Some(token) = &self.serve.token {
            Secret::parse(token).map_err(|error| anyhow!("serve.token: {error}"))?;
        }
        Ok(())
    }

    pub fn poll_seconds(&self) -> u64 {
        self.poll_seconds.unwrap_or(POLL_SECONDS_DEFAULT).max(1)
    }
}

impl Tenant {
    pub fn tenant_name(&self) -> Result<TenantName> {
        TenantName::new(&self.name).map_err(|error| anyhow!(error))
    }

    /// The client's settings, every part of them checked.
    pub fn settings(&self) -> Result<Settings> {
        self.try_settings().map_err(|error| anyhow!("tenant {}: {error}", self.name))
    }

    fn try_settings(&self) -> std::result::Result<Settings, String> {
        let mut settings = Settings::new(
            TenantName::new(&self.name)?,
            Guid::parse("tenant_id", &self.tenant_id)?,
            Guid::parse("client_id", &self.client_id)?,
            self.credential()?,
            self.cloud()?,
        );
        if let Some(publisher) = &self.publisher_identifier {
            settings.publisher_identifier = Guid::parse("publisher_identifier", publisher)?;
        }
        match self.requests_per_minute {
            Some(0) => return Err("requests_per_minute is 0; use 1 or more".to_owned()),
            Some(requests) => settings.requests_per_minute = requests,
            // The quota is Microsoft's; a service on this machine needs no such sparing.
            None if settings.cloud.is_loopback() => {
                settings.requests_per_minute = LOOPBACK_REQUESTS_PER_MINUTE;
            }
            None => {}
        }
        if let Some(proxy) = &self.proxy {
            settings.proxy = Some(Proxy::parse(proxy)?);
        }
        settings.token_endpoint = match self.token_endpoint.as_deref() {
            None | Some("v2") => TokenEndpoint::V2,
            Some("v1") => TokenEndpoint::V1,
            Some(other) => return Err(format!("token_endpoint {other:?}: use \"v2\" or \"v1\"")),
        };
        Ok(settings)
    }

    fn credential(&self) -> std::result::Result<Credential, String> {
        let secret = |text: &String| Secret::parse(text);
        match (&self.client_secret, &self.certificate, &self.key) {
            (Some(text), None, None) => {
                Ok(Credential::Secret(secret(text).map_err(|e| format!("client_secret: {e}"))?))
            }
            (None, Some(certificate), Some(key)) => Ok(Credential::Certificate {
                certificate: secret(certificate).map_err(|e| format!("certificate: {e}"))?,
                key: secret(key).map_err(|e| format!("key: {e}"))?,
            }),
            _ => Err("give either client_secret, or certificate and key".to_owned()),
        }
    }

    fn cloud(&self) -> std::result::Result<Cloud, String> {
        match (self.cloud.as_str(), &self.login_url, &self.api_url) {
            ("custom", Some(login), Some(api)) => {
                let cloud = Cloud::custom(login, api)?;
                match &self.graph_url {
                    Some(graph) => cloud.with_graph(graph),
                    None => Ok(cloud),
                }
            }
            ("custom", ..) => Err("cloud \"custom\" needs login_url and api_url".to_owned()),
            (name, None, None) => Cloud::named(name),
            _ => Err("login_url and api_url go with cloud = \"custom\" only".to_owned()),
        }
    }

    pub fn content_types(&self) -> Result<Vec<ContentType>> {
        let Some(names) = &self.content_types else {
            return Ok(ContentType::ALL.to_vec());
        };
        names
            .iter()
            .map(|name| {
                let known = ContentType::ALL.into_iter().find(|t| t.as_str() == name);
                known.ok_or_else(|| {
                    let names: Vec<&str> =
                        ContentType::ALL.into_iter().map(ContentType::as_str).collect();
                    anyhow!("tenant {}: content type {name:?}; use {}", self.name, names.join(", "))
                })
            })
            .collect()
    }
}

impl Tenant {
    /// The logs of Microsoft Graph to collect; none unless they are named, since each needs a
    /// permission of its own.
    pub fn graph_logs(&self) -> Result<Vec<Log>> {
        let names = self.graph_logs.as_deref().unwrap_or_default();
        let cloud = self.cloud().map_err(|error| anyhow!("tenant {}: {error}", self.name))?;
        let mut logs = Vec::new();
        for name in names {
            let log: Log =
                name.parse().map_err(|error| anyhow!("tenant {}: {error}", self.name))?;
            if !log.is_offered(&cloud) {
                bail!("tenant {}: {log} is not offered in cloud {}", self.name, cloud.name());
            }
            if cloud.root(Api::Graph).is_none() {
                bail!("tenant {}: graph_logs in a custom cloud needs graph_url", self.name);
            }
            logs.push(log);
        }
        Ok(logs)
    }
}

/// The expected name closest to the unknown one, both taken from the parser's message.
fn nearest(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().filter(|_| message.starts_with("unknown field"))?;
    names
        .map(|name| (strsim::damerau_levenshtein(unknown, name), name))
        .filter(|(distance, name)| *distance <= name.len().div_ceil(2))
        .min()
        .map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = r#"
data_dir = "./data"
[[tenant]]
name = "contoso"
tenant_id = "0e9b3178-9678-47dd-a509-37222ca96b42"
client_id = "50842eb7-edc8-4019-85dd-5a5c1f2bb085"
client_secret = "env:CONTOSO_SECRET"
"#;

    #[test]
    fn the_example_reads() {
        let config = Config::parse(TENANT).unwrap();
        assert_eq!(config.tenant[0].content_types().unwrap().len(), 5);
    }

    #[test]
    fn slips_are_named() {
        let with = |more: &str| format!("{TENANT}{more}");
        for (text, words) in [
            (
                "data_dri = 'x'".to_owned(),
                "line 1: unknown field `data_dri`; did you mean `data_dir`?",
            ),
            (
                with("client_secert = 'env:X'"),
                "line 8: unknown field `client_secert`; did you mean `client_secret`?",
            ),
            (with("cloud = 'mars'"), "tenant contoso: "),
            (with("content_types = ['Audit.Mail']"), "content type \"Audit.Mail\"; use Audit."),
            (TENANT.replace("env:CONTOSO_SECRET", "hunter2"), "client_secret: "),
            (
                TENANT.replace("client_secret", "certificate"),
                "either client_secret, or certificate",
            ),
            (
                with(
                    "cloud = 'custom'\nlogin_url = 'http://192.0.2.1'\napi_url = 'http://192.0.2.1'",
                ),
                "https",
            ),
            (format!("{TENANT}{}", &TENANT[TENANT.find("[[").unwrap()..]), "stands twice"),
        ] {
            let error = Config::parse(&text).expect_err(&text).to_string();
            assert!(error.contains(words), "{error}\nshould say {words}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
