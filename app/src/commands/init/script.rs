//! How is the app registered by a script?
//!
//! The same steps as in the portal. Permissions are looked up by name when the script runs. Running it
//! again adds what is missing, and no secret is printed.

use std::fmt::Write;

use source::service::Cloud;

use super::answers::Kind;
use crate::permissions::{Permission, api_id};

/// The script's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// Azure CLI
    Bash,
    /// Microsoft Graph PowerShell
    Powershell,
}

/// What the script is for.
pub struct Registration<'a> {
    pub cloud: &'a Cloud,
    /// Where to sign in, if it is known.
    pub tenant_id: Option<&'a str>,
    pub kind: Kind,
    pub permissions: &'a [Permission],
}

impl Registration<'_> {
    pub fn script(&self, shell: Shell) -> String {
        match shell {
            Shell::Bash => self.bash(),
            Shell::Powershell => self.powershell(),
        }
    }

    fn bash(&self) -> String {
        let tenant = self.tenant_id.map_or(String::new(), |id| format!(" --tenant {id}"));
        let principal = match self.kind {
            Kind::ManagedIdentity => include_str!("script/identity.sh"),
            _ => include_str!("script/app.sh"),
        };
        let mut text = include_str!("script/begin.sh")
            .replace("@CLOUD@", azure_cloud(self.cloud))
            .replace("@TENANT@", &tenant);
        text.push_str(principal);
        text.push_str(include_str!("script/grant.sh"));
        for permission in self.permissions {
            let _ = writeln!(text, "grant {} {}", api_id(permission.api), permission.name);
        }
        text.push_str(match self.kind {
            Kind::Secret => include_str!("script/secret.sh"),
            Kind::Certificate => include_str!("script/certificate.sh"),
            Kind::FederatedToken => include_str!("script/federated.sh"),
            Kind::ManagedIdentity => "\n",
        });
        text.push_str(&include_str!("script/end.sh").replace("@ID@", self.id_key()));
        text
    }

    /// Under which key the configuration has the app's id.
    fn id_key(&self) -> &'static str {
        match self.kind {
            Kind::ManagedIdentity => "managed_identity",
            _ => "client_id",
        }
    }

    fn powershell(&self) -> String {
        let tenant = self.tenant_id.map_or(String::new(), |id| format!(" -TenantId '{id}'"));
        let principal = match self.kind {
            Kind::ManagedIdentity => include_str!("script/identity.ps1"),
            _ => include_str!("script/app.ps1"),
        };
        let mut text = include_str!("script/begin.ps1")
            .replace("@ENVIRONMENT@", graph_environment(self.cloud))
            .replace("@TENANT@", &tenant);
        text.push_str(principal);
        text.push_str(include_str!("script/grant.ps1"));
        for permission in self.permissions {
            let _ = writeln!(text, "Grant '{}' '{}'", api_id(permission.api), permission.name);
        }
        text.push_str(match self.kind {
            Kind::Secret => include_str!("script/secret.ps1"),
            Kind::Certificate => include_str!("script/certificate.ps1"),
            Kind::FederatedToken => include_str!("script/federated.ps1"),
            Kind::ManagedIdentity => "\n",
        });
        text.push_str(&include_str!("script/end.ps1").replace("@ID@", self.id_key()));
        text
    }
}

/// As `az cloud list` names it.
fn azure_cloud(cloud: &Cloud) -> &'static str {
    match cloud.name() {
        "gcc-high" | "dod" => "AzureUSGovernment",
        "china" => "AzureChinaCloud",
        _ => "AzureCloud",
    }
}

/// As `Get-MgEnvironment` names it.
fn graph_environment(cloud: &Cloud) -> &'static str {
    match cloud.name() {
        "gcc-high" => "USGov",
        "dod" => "USGovDoD",
        "china" => "China",
        _ => "Global",
    }
}
