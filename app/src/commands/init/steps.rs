//! How is the app registered by hand?

use source::service::{Api, Cloud, Settings};

use super::answers::{Answers, Credential};
use crate::permissions::{Permission, api_name};
use crate::portal::{self, AUDIT_LOG_ON, Portal, grant_line};

/// The steps in the portal, each with its page.
pub fn portal_steps(answers: &Answers, settings: &Settings, permissions: &[Permission]) -> String {
    let portal = Portal::of(settings);
    let steps = match &answers.credential {
        Credential::ManagedIdentity(id) => {
            let id = id.as_ref().map_or("CLIENT-ID-OF-THE-IDENTITY", |id| id.as_str());
            of_identity(id, &answers.cloud, permissions)
        }
        credential => of_registration(credential, &answers.cloud, &portal, permissions),
    };
    let mut text = String::new();
    for (number, step) in (1..).zip(steps) {
        text.push_str(&format!("  {number}. {step}\n"));
    }
    text
}

fn of_registration(
    credential: &Credential,
    cloud: &Cloud,
    portal: &Portal,
    permissions: &[Permission],
) -> Vec<String> {
    let mut steps = vec![
        format!(
            "{}/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade > New registration: name \
             trail365, accounts in this organizational directory only, no redirect URI",
            portal::root(cloud)
        ),
        format!("{}: compare Application (client) ID and Directory (tenant) ID", portal.overview()),
    ];
    for api in [Api::ActivityFeed, Api::Graph] {
        let of_api = permissions.iter().filter(|permission| permission.api == api);
        let names: Vec<&str> = of_api.map(|permission| permission.name).collect();
        if !names.is_empty() {
            steps.push(format!(
                "{} > Add a permission > {} > Application permissions: {}",
                portal.permissions(),
                api_name(api),
                names.join(", ")
            ));
        }
    }
    steps.push(format!("there too: Grant admin consent; or open {}", portal.consent()));
    let page = portal.credentials();
    steps.push(match credential {
        Credential::Secret(secret) => format!(
            "{page} > Client secrets > New client secret: its Value, not its Secret ID, goes to {secret}"
        ),
        Credential::Certificate { certificate, .. } => {
            format!("{page} > Certificates > Upload certificate: {certificate}, without its key")
        }
        Credential::FederatedToken(file) => format!(
            "{page} > Federated credentials > Add credential: issuer, subject and audience of the \
             token in {file}"
        ),
        Credential::ManagedIdentity(_) => unreachable!("an identity is not registered"),
    });
    steps.push(format!("the audit log must be on, {AUDIT_LOG_ON}"));
    steps
}

/// An identity is not registered, and has no page for permissions.
fn of_identity(client_id: &str, cloud: &Cloud, permissions: &[Permission]) -> Vec<String> {
    let portal = match portal::root(cloud) {
        "https://entra.microsoft.com" => "https://portal.azure.com",
        portal => portal,
    };
    let mut steps = vec![format!(
        "{portal} > the virtual machine or service that runs trail365 > Identity: switch it on, or \
         assign one"
    )];
    for permission in permissions {
        steps.push(grant_line(client_id, permission.api, permission.name));
    }
    steps.push(format!("the audit log must be on, {AUDIT_LOG_ON}"));
    steps
}
