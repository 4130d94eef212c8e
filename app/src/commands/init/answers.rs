//! What was answered, and the configuration that it makes.

use event::TenantName;
use source::activity_feed::{ContentType, WebhookWish};
use source::graph::Log;
use source::service::{Cloud, Guid, Secret};

use crate::permissions::{self, Permission};

/// How the app proves that it is the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    Secret,
    Certificate,
    ManagedIdentity,
    FederatedToken,
}

impl Kind {
    pub const NAMES: &str = "secret, certificate, managed-identity or federated-token";

    pub fn named(name: &str) -> Result<Kind, String> {
        <Kind as clap::ValueEnum>::from_str(name, true)
            .map_err(|_| format!("{name:?}: write {}", Kind::NAMES))
    }
}

/// References, as they stand in the configuration.
#[derive(Clone, Debug)]
pub enum Credential {
    Secret(Secret),
    Certificate {
        certificate: Secret,
        key: Secret,
    },
    /// Without an id the system-assigned identity.
    ManagedIdentity(Option<Guid>),
    FederatedToken(Secret),
}

#[derive(Clone, Debug)]
pub struct Answers {
    pub name: TenantName,
    pub cloud: Cloud,
    pub tenant_id: Guid,
    /// A managed identity has none of its own.
    pub client_id: Option<Guid>,
    pub credential: Credential,
    pub content_types: Vec<ContentType>,
    pub logs: Vec<Log>,
    pub data_dir: String,
    pub webhook: Option<(WebhookWish, String)>,
}

/// The permissions that these need, of both APIs.
pub fn permissions(
    content_types: &[ContentType],
    logs: &[Log],
    audit_queries: bool,
) -> Vec<Permission> {
    let is_wanted = |permission: &&Permission| match permission.name {
        "AuditLogsQuery.Read.All" => audit_queries,
        _ => permission.needed_for(content_types, logs).is_some(),
    };
    permissions::ALL.iter().filter(is_wanted).copied().collect()
}

impl Answers {
    /// The configuration file.
    pub fn toml(&self) -> String {
        let mut lines = vec![
            "# trail365: what to collect, and where to keep it. `trail365 check` verifies this file."
                .to_owned(),
            "# `trail365 init --print` shows what else may stand here.".to_owned(),
            String::new(),
            "# Tables and ledger. Every command takes --data DIR instead.".to_owned(),
            format!("data_dir = {}", quoted(&self.data_dir)),
            String::new(),
            "[[tenant]]".to_owned(),
            format!("name = {}", quoted(self.name.as_str())),
            format!("tenant_id = {}", quoted(self.tenant_id.as_str())),
        ];
        lines.extend(
            self.client_id.as_ref().map(|id| format!("client_id = {}", quoted(id.as_str()))),
        );
        lines.extend(self.credential_lines());
        lines.push(format!("cloud = {}", quoted(self.cloud.name())));
        let names = self.content_types.iter().map(|content_type| content_type.as_str());
        lines.push(list("content_types", names));
        if !self.logs.is_empty() {
            lines.push(list("graph_logs", self.logs.iter().map(|log| log.as_str())));
        }
        if let Some((wish, listen)) = &self.webhook {
            lines.push(String::new());
            lines
                .push("# Something in front does TLS; or set certificate and key here.".to_owned());
            lines.push("[webhook]".to_owned());
            lines.push(format!("address = {}", quoted(wish.address().as_str())));
            lines.push(format!("listen = {}", quoted(listen)));
        }
        lines.join("\n") + "\n"
    }

    fn credential_lines(&self) -> Vec<String> {
        let reference =
            |key: &str, secret: &Secret| format!("{key} = {}", quoted(&secret.to_string()));
        match &self.credential {
            Credential::Secret(secret) => vec![reference("client_secret", secret)],
            Credential::Certificate { certificate, key } => {
                vec![reference("certificate", certificate), reference("key", key)]
            }
            Credential::ManagedIdentity(None) => vec!["managed_identity = true".to_owned()],
            Credential::ManagedIdentity(Some(id)) => {
                vec![format!("managed_identity = {}", quoted(id.as_str()))]
            }
            Credential::FederatedToken(file) => vec![reference("federated_token", file)],
        }
    }
}

fn list<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(quoted).collect();
    format!("{key} = [{}]", names.join(", "))
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
