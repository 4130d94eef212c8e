//! What is inside, and what is outside?

use std::collections::BTreeSet;

use anyhow::{Result, anyhow};
use event::Network;
use serde::Deserialize;

/// What reports call the tenant's own.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reports {
    /// Mail domains; without them, those of the mailboxes that the records name.
    domains: Vec<String>,
    /// Networks; without them no address is called outside.
    networks: Vec<String>,
}

impl Reports {
    pub fn domains(&self) -> BTreeSet<String> {
        self.domains.iter().map(|domain| domain.trim().to_ascii_lowercase()).collect()
    }

    pub fn networks(&self) -> Result<Vec<Network>> {
        let parse = |text: &String| {
            Network::parse(text).ok_or_else(|| {
                anyhow!("reports.networks {text:?} is no network; write 192.0.2.0/24")
            })
        };
        self.networks.iter().map(parse).collect()
    }
}
