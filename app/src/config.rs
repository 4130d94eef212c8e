//! What does the operator want?
//!
//! One TOML file, and a folder of further tenants if it names one. Unknown keys are errors with the
//! line and the nearest name; secrets are references (`env:NAME`, `file:PATH`), never values.

mod credential;
mod folder;
mod mail;
mod output;
mod policy;
mod report;
mod schedule;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use event::{TenantName, time};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use source::activity_feed::{ContentType, WebhookWish};
use source::graph::Log;
use source::service::{Api, Cloud, Guid, Proxy, Secret, Settings, TokenEndpoint};

pub use credential::ManagedIdentity;
pub use mail::{Mail, MailTls};
pub use output::{Output, start};
pub use policy::{Policies, PolicyTables};
pub use report::Reports;
pub use schedule::Schedule;

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
    /// A folder of files with more tenants, relative to this file.
    pub tenants: Option<PathBuf>,
    pub tenant: Vec<Tenant>,
    /// Read by [`Config::outputs`].
    pub output: Vec<toml::Table>,
    /// What is kept, and for how long.
    pub policy: PolicyTables,
    pub reports: Reports,
    pub serve: Serve,
    /// How results are sent by mail.
    pub mail: Option<Mail>,
    /// What is searched and reported again and again.
    pub schedule: Vec<Schedule>,
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
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub certificate: Option<String>,
    pub key: Option<String>,
    pub managed_identity: Option<ManagedIdentity>,
    /// A metadata service elsewhere, for tests.
    pub identity_endpoint: Option<String>,
    pub federated_token: Option<String>,
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
    /// Hosts asked without the proxy, written as `NO_PROXY` is.
    pub no_proxy: Option<String>,
    /// A PEM file of certificate authorities to trust besides the machine's.
    pub ca: Option<PathBuf>,
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
        let config = Config::parse(&text)
            .map_err(|error| anyhow!("config {}: {error:#}", path.display()))?;
        config.with_folder(path)
    }

    pub fn parse(text: &str) -> Result<Config> {
        let config: Config = read(text)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        self.collect.listen()?;
        for (index, tenant) in self.tenant.iter().enumerate() {
            tenant.check()?;
            tenant.check_name(&self.tenant[..index])?;
        }
        self.outputs()?;
        self.policy.policies()?;
        self.reports.networks()?;
        if let Some(webhook) = &self.webhook {
            webhook.wish()?;
            webhook.listen()?;
        }
        if let Some(mail) = &self.mail {
            mail.check()?;
        }
        for (index, schedule) in self.schedule.iter().enumerate() {
            if self.schedule[..index].iter().any(|other| other.name == schedule.name) {
                bail!(
                    "schedule {}: the name stands twice; every schedule needs its own",
                    schedule.name
                );
            }
            schedule.check(self.mail.as_ref())?;
        }
        if let Some(token) = &self.serve.token {
            Secret::parse(token).map_err(|error| anyhow!("serve.token: {error}"))?;
        }
        Ok(())
    }

    /// Who else is told.
    pub fn outputs(&self) -> Result<Vec<Output>> {
        let outputs = self.output.iter().map(Output::parse).collect::<Result<Vec<_>>>()?;
        for (index, output) in outputs.iter().enumerate() {
            if outputs[..index].iter().any(|other| other.name == output.name) {
                bail!("output {}: the name stands twice; every output needs its own", output.name);
            }
        }
        Ok(outputs)
    }

    pub fn poll_seconds(&self) -> u64 {
        self.poll_seconds.unwrap_or(POLL_SECONDS_DEFAULT).max(1)
    }
}

/// Reads TOML; a slip is named with its line and the nearest name.
fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        let hint = nearest(error.message())
            .map_or(String::new(), |name| format!("; did you mean `{name}`?"));
        let message = error.message();
        if let Some(field) = message.strip_prefix("missing field ") {
            return anyhow!("line {line}: the table that begins here lacks {field}");
        }
        // The list of all fields is long; the nearest one is what a slip needs.
        let message = match message.split_once(", expected one of") {
            Some((message, _)) => message,
            None => message,
        };
        anyhow!("line {line}: {message}{hint}")
    })
}

impl Tenant {
    /// Whether all that it says can be used.
    fn check(&self) -> Result<()> {
        self.settings()?;
        self.content_types()?;
        self.graph_logs()?;
        Ok(())
    }

    fn check_name(&self, others: &[Tenant]) -> Result<()> {
        if others.iter().any(|other| other.name == self.name) {
            bail!("tenant {}: the name stands twice; every tenant needs its own", self.name);
        }
        Ok(())
    }

    pub fn tenant_name(&self) -> Result<TenantName> {
        TenantName::new(&self.name).map_err(|error| anyhow!(error))
    }

    /// The client's settings, every part of them checked.
    pub fn settings(&self) -> Result<Settings> {
        self.try_settings().map_err(|error| anyhow!("tenant {}: {error}", self.name))
    }

    fn try_settings(&self) -> std::result::Result<Settings, String> {
        let credential = self.credential()?;
        let mut settings = Settings::new(
            TenantName::new(&self.name)?,
            Guid::parse("tenant_id", &self.tenant_id)?,
            self.client_id()?,
            credential,
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
        settings.no_proxy = self.no_proxy.clone();
        settings.ca = self.ca.clone();
        settings.token_endpoint = match self.token_endpoint.as_deref() {
            None | Some("v2") => TokenEndpoint::V2,
            Some("v1") => TokenEndpoint::V1,
            Some(other) => return Err(format!("token_endpoint {other:?}: use \"v2\" or \"v1\"")),
        };
        Ok(settings)
    }

    fn cloud(&self) -> std::result::Result<Cloud, String> {
        let urls = [&self.login_url, &self.api_url, &self.graph_url];
        match (self.cloud.as_str(), &self.login_url, &self.api_url) {
            ("custom", Some(login), Some(api)) => {
                let cloud = Cloud::custom(login, api)?;
                match &self.graph_url {
                    Some(graph) => cloud.with_graph(graph),
                    None => Ok(cloud),
                }
            }
            ("custom", ..) => Err("cloud \"custom\" needs login_url and api_url".to_owned()),
            (name, ..) if urls.iter().all(|url| url.is_none()) => Cloud::named(name),
            _ => Err("login_url, api_url and graph_url go with cloud = \"custom\" only".to_owned()),
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
    fn each_credential_reads() {
        let check = |lines: &str, words: &str| {
            let tenant = &TENANT[..TENANT.find("client_id").unwrap()];
            let shown = match Config::parse(&format!("{tenant}{lines}")) {
                Ok(config) => format!("{:?}", config.tenant[0].settings().unwrap().credential),
                Err(error) => error.to_string(),
            };
            assert!(shown.contains(words), "{shown}\nshould say {words}");
        };
        const ID: &str = "client_id = '50842eb7-edc8-4019-85dd-5a5c1f2bb085'\n";
        let with_id = |lines: &str| format!("{ID}{lines}");
        check(&with_id("client_secret = 'env:S'"), "Secret(Secret(env:S))");
        check(&with_id("certificate = 'file:c'\nkey = 'file:k'"), "key: Secret(file:k)");
        check(&with_id("federated_token = 'file:/t'"), "FederatedToken { file: Secret(file:/t) }");
        check("managed_identity = true", "client_id: None");
        check(
            "managed_identity = '50842EB7-edc8-4019-85dd-5a5c1f2bb085'\nidentity_endpoint = 'http://127.0.0.1:1/x'",
            "client_id: Some(50842eb7-edc8-4019-85dd-5a5c1f2bb085)",
        );
        check(&with_id("managed_identity = true"), "client_id goes without managed_identity");
        check("managed_identity = false", "leave it out");
        check("managed_identity = 'mine'", "is no GUID");
        check("managed_identity = 7", "true, or the identity's client id");
        check("managed_identity = true\nidentity_endpoint = 'http://192.0.2.1'", "loopback");
    }

    #[test]
    fn the_network_is_set() {
        let text = format!(
            "{TENANT}proxy = 'http://proxy.example.org:3128'\nno_proxy = '.corp'\nca = 'ca.pem'\ntoken_endpoint = 'v1'\ncloud = 'custom'\nlogin_url = 'https://l.example.org'\napi_url = 'https://a.example.org'\ngraph_url = 'https://g.example.org'"
        );
        let settings = Config::parse(&text).unwrap().tenant[0].settings().unwrap();
        assert_eq!(settings.ca.as_deref(), Some(Path::new("ca.pem")));
        assert_eq!(settings.no_proxy.as_deref(), Some(".corp"));
        assert!(settings.proxy.is_some() && settings.token_endpoint == TokenEndpoint::V1);
        let graph = settings.cloud.root(Api::Graph).unwrap();
        assert_eq!(graph.as_str(), "https://g.example.org/");
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
            (TENANT.replace("client_secret", "certificate"), "certificate and key go together"),
            (with("key = 'file:k'"), "certificate and key go together"),
            (with("managed_identity = true"), "client_secret and managed_identity: give only one"),
            (TENANT.replace("client_secret = \"env:CONTOSO_SECRET\"", ""), "give one credential: "),
            (TENANT.replace("client_id", "# client_id"), "client_id is missing"),
            (TENANT.replace("client_secret", "federated_token"), "file:PATH"),
            (with("identity_endpoint = 'http://127.0.0.1'"), "goes with managed_identity only"),
            (with("graph_url = 'https://graph.example.org'"), "custom\" only"),
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
