//! How is the emulator set up?

use chrono::{DateTime, Utc};
use jsonwebtoken::DecodingKey;

use super::faults::Faults;
use super::federated::FederatedCredential;
use crate::random::Guid;
use crate::tenant::{OptionsError, TenantOptions};

const FEED_ROLES: [&str; 3] = ["ActivityFeed.Read", "ActivityFeed.ReadDlp", "ServiceHealth.Read"];

/// What the Graph calls served here need, each the least that will do, so that a test that takes
/// one away takes one kind of data away.
const GRAPH_ROLES: [&str; 5] = [
    "AuditLog.Read.All",
    "AuditLogsQuery.Read.All",
    "ExchangeMessageTrace.Read.All",
    "ServiceHealth.Read.All",
    "ServiceMessage.Read.All",
];

/// Everything the emulator needs to know at the start.
#[derive(Clone, Debug)]
pub struct EmulatorOptions {
    pub tenants: Vec<TenantSetup>,
    pub faults: Faults,
    /// Start of the URLs handed out, for example `http://127.0.0.1:8365`.
    /// None: `http://` and the Host header of the request.
    pub base_url: Option<String>,
    /// Webhooks at `http://` loopback addresses are taken besides `https://`.
    pub loopback_webhooks: bool,
    /// Whether a first subscription shows what was published before it. The real service reached
    /// back about 22 hours when measured; demos and tests want the whole history.
    pub history_before_start: bool,
    /// The secret of the managed identity of an App Service (its IDENTITY_HEADER).
    pub identity_header: String,
    /// Chooses which requests meet a fault.
    pub seed: u64,
}

impl Default for EmulatorOptions {
    fn default() -> Self {
        EmulatorOptions {
            tenants: vec![TenantSetup::default()],
            faults: Faults::default(),
            base_url: None,
            loopback_webhooks: true,
            history_before_start: true,
            identity_header: "emulator-identity".into(),
            seed: 365,
        }
    }
}

/// A tenant with the application that may read its feed.
#[derive(Clone, Debug)]
pub struct TenantSetup {
    /// For people, in the truth and the list of tenants.
    pub name: String,
    /// Application (client) id, a GUID.
    pub client_id: String,
    pub client_secret: String,
    /// From then on the secret is refused with AADSTS7000222.
    pub client_secret_expires: Option<DateTime<Utc>>,
    /// A certificate or its public key (RSA, PEM). With it the signatures of client assertions are
    /// checked; without it any signature of at least 2048 bits passes.
    pub client_certificate: Option<String>,
    /// A subject outside of Entra whose tokens are taken as client assertions.
    pub federated: Option<FederatedCredential>,
    /// Permissions to the feed that were granted; ActivityFeed.ReadDlp shows the values DLP found.
    pub roles: Vec<String>,
    /// Permissions to Graph that were granted.
    pub graph_roles: Vec<String>,
    /// Whether the tenant has Entra P1 or P2, without which Graph shows no sign-ins.
    pub premium: bool,
    pub tenant: TenantOptions,
}

impl Default for TenantSetup {
    fn default() -> Self {
        TenantSetup {
            name: "contoso".into(),
            client_id: "0e5e1d7a-3c2b-4f60-8a9d-6b7c8d9e0f10".into(),
            client_secret: "emulator-secret".into(),
            client_secret_expires: None,
            client_certificate: None,
            federated: None,
            roles: FEED_ROLES.map(String::from).to_vec(),
            graph_roles: GRAPH_ROLES.map(String::from).to_vec(),
            premium: true,
            tenant: TenantOptions::default(),
        }
    }
}

impl EmulatorOptions {
    pub(crate) fn check(&self) -> Result<(), OptionsError> {
        if self.tenants.is_empty() {
            return Err(OptionsError("there must be at least one tenant".into()));
        }
        for (at, setup) in self.tenants.iter().enumerate() {
            setup
                .tenant
                .check()
                .map_err(|error| OptionsError(format!("tenant {}: {error}", setup.name)))?;
            if Guid::parse(&setup.client_id).is_none() {
                return Err(OptionsError(format!(
                    "tenant {}: client_id {:?} is not a GUID",
                    setup.name, setup.client_id
                )));
            }
            if let Some(pem) = &setup.client_certificate
                && let Err(error) = DecodingKey::from_rsa_pem(pem.as_bytes())
            {
                return Err(OptionsError(format!(
                    "tenant {}: client_certificate is not an RSA certificate or public key in PEM: {error}",
                    setup.name
                )));
            }
            let twin = self.tenants[..at]
                .iter()
                .find(|other| other.tenant.tenant_id.eq_ignore_ascii_case(&setup.tenant.tenant_id));
            if let Some(twin) = twin {
                return Err(OptionsError(format!(
                    "tenants {} and {} share the tenant_id",
                    twin.name, setup.name
                )));
            }
        }
        if let Some(base) = &self.base_url
            && !(base.starts_with("http://") || base.starts_with("https://"))
        {
            return Err(OptionsError(format!(
                "base_url {base:?} must begin with http:// or https://"
            )));
        }
        self.faults.check().map_err(OptionsError)
    }
}
