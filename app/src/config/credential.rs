//! With what does a tenant's app sign in?
//!
//! Of the kinds that the configuration knows, a tenant has exactly one.

use serde::Deserialize;
use source::service::{Credential, Guid, IdentityEndpoint, Secret};

use super::Tenant;

/// Stands where a system-assigned identity has no id that we would need.
const NO_CLIENT_ID: &str = "00000000-0000-0000-0000-000000000000";

/// `managed_identity = true`, or the client id of a user-assigned identity.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "managed_identity is true, or the identity's client id in quotes")]
pub enum ManagedIdentity {
    SystemAssigned(bool),
    UserAssigned(String),
}

/// The kinds, by the key that begins each.
const KINDS: &str = "client_secret, certificate with key, managed_identity or federated_token";

impl Tenant {
    /// The application (client) id; a managed identity needs none of its own.
    pub(super) fn client_id(&self) -> Result<Guid, String> {
        match (&self.client_id, &self.managed_identity) {
            (Some(id), None) => Guid::parse("client_id", id),
            (None, None) => Err("client_id is missing; Entra shows it in the app registration's \
                 overview as Application (client) ID"
                .into()),
            (Some(_), Some(_)) => Err("client_id goes without managed_identity; write \
                 managed_identity = \"CLIENT-ID\" for a user-assigned identity"
                .into()),
            (None, Some(ManagedIdentity::UserAssigned(id))) => Guid::parse("managed_identity", id),
            (None, Some(ManagedIdentity::SystemAssigned(_))) => {
                Guid::parse("client_id", NO_CLIENT_ID)
            }
        }
    }

    pub(super) fn credential(&self) -> Result<Credential, String> {
        self.check_one_kind()?;
        if let Some(secret) = &self.client_secret {
            return Ok(Credential::Secret(reference("client_secret", secret)?));
        }
        if let (Some(certificate), Some(key)) = (&self.certificate, &self.key) {
            let certificate = reference("certificate", certificate)?;
            return Ok(Credential::Certificate { certificate, key: reference("key", key)? });
        }
        if let Some(identity) = &self.managed_identity {
            return self.identity(identity);
        }
        match &self.federated_token {
            Some(token) if token.starts_with("file:") => {
                Ok(Credential::FederatedToken { file: reference("federated_token", token)? })
            }
            // It lives for an hour, so a variable, which never changes, cannot hold it.
            _ => Err("federated_token: name the file that holds it, file:PATH".into()),
        }
    }

    fn check_one_kind(&self) -> Result<(), String> {
        let given = [
            ("client_secret", self.client_secret.is_some()),
            ("certificate", self.certificate.is_some()),
            ("managed_identity", self.managed_identity.is_some()),
            ("federated_token", self.federated_token.is_some()),
        ];
        let given: Vec<&str> =
            given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        match given.as_slice() {
            [] => return Err(format!("give one credential: {KINDS}")),
            [_] => {}
            several => {
                let several = several.join(" and ");
                return Err(format!("{several}: give only one credential, {KINDS}"));
            }
        }
        if self.certificate.is_some() != self.key.is_some() {
            return Err("certificate and key go together; one file may hold both".into());
        }
        if self.identity_endpoint.is_some() && self.managed_identity.is_none() {
            return Err("identity_endpoint goes with managed_identity only".into());
        }
        Ok(())
    }

    fn identity(&self, identity: &ManagedIdentity) -> Result<Credential, String> {
        let client_id = match identity {
            ManagedIdentity::SystemAssigned(true) => None,
            ManagedIdentity::SystemAssigned(false) => {
                return Err("managed_identity = false: leave it out".into());
            }
            ManagedIdentity::UserAssigned(id) => Some(Guid::parse("managed_identity", id)?),
        };
        let endpoint = match &self.identity_endpoint {
            Some(url) => IdentityEndpoint::metadata_service_at(url)?,
            None => endpoint_of_environment()?,
        };
        Ok(Credential::ManagedIdentity { client_id, endpoint })
    }
}

/// App Service and Container Apps name their endpoint; a virtual machine needs no name for its own.
fn endpoint_of_environment() -> Result<IdentityEndpoint, String> {
    let url = std::env::var("IDENTITY_ENDPOINT").ok();
    let header = std::env::var_os("IDENTITY_HEADER").map(|_| Secret::parse("env:IDENTITY_HEADER"));
    IdentityEndpoint::of_environment(url.as_deref(), header.transpose()?)
}

fn reference(key: &str, text: &str) -> Result<Secret, String> {
    Secret::parse(text).map_err(|error| format!("{key}: {error}"))
}
