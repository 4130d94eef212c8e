//! `trail365 check`: would collecting work, and what is missing?
//!
//! Everything short of collecting, in the order in which collecting would need it. Nothing is
//! started, stored or changed, and no secret is shown. Whatever is wrong comes with the page, the
//! line or the command that puts it right.

mod audit_log;
mod clock;
mod credential;
mod disk;
mod graph;
mod mail;
mod network;
mod quota;
mod report;
mod roles;
mod sign_in;
mod store;
mod subscriptions;

use std::time::Duration;

use anyhow::{Result, bail};
use event::TenantName;
use futures::{StreamExt, stream};
use source::activity_feed::ActivityFeed;
use source::graph::Graph;
use source::service::{Api, Clock, Credential, MachineClock, Settings};

use super::Format;
use crate::config::Tenant;
use crate::context::{Context, Outcome};
use crate::portal::Portal;
use report::{Items, Report};
use roles::Wanted;
use sign_in::Token;

/// Tenants looked at at the same time.
const TENANTS_AT_ONCE: usize = 8;
/// How long one tenant may take: with all tries, a service that is down takes its time to say so.
const TENANT_MAX: Duration = Duration::from_secs(300);

#[derive(clap::Args)]
pub struct Arguments {
    /// One tenant only
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    let tenants = tenants(context, arguments.tenant.as_deref())?;
    let now = MachineClock.now();
    let mut report = Report::begin(arguments.format)?;
    let only = arguments.tenant.as_deref().and_then(|name| TenantName::new(name).ok());
    report.add(&installation(context, only.as_ref(), now).await)?;
    let checks = tenants.into_iter().map(|tenant| one_tenant(tenant, context, now));
    let mut checks = stream::iter(checks).buffered(TENANTS_AT_ONCE);
    while let Some(items) = checks.next().await {
        report.add(&items)?;
    }
    match report.wrong {
        0 => Ok(Outcome::Done),
        1 => bail!("one thing is to be put right"),
        wrong => bail!("{wrong} things are to be put right"),
    }
}

fn tenants<'a>(context: &'a Context, name: Option<&str>) -> Result<Vec<&'a Tenant>> {
    let all = &context.config.tenant;
    if all.is_empty() {
        bail!("no tenant is configured; `trail365 init` writes a configuration");
    }
    let found: Vec<&Tenant> =
        all.iter().filter(|tenant| name.is_none_or(|name| name == tenant.name)).collect();
    if let (Some(name), true) = (name, found.is_empty()) {
        let names: Vec<&str> = all.iter().map(|tenant| tenant.name.as_str()).collect();
        bail!("tenant {name} is not configured; there are {}", names.join(", "));
    }
    Ok(found)
}

async fn installation(context: &Context, tenant: Option<&TenantName>, now: i64) -> Items {
    let mut items = Items::of_installation();
    disk::check(context.store.data_dir(), &mut items);
    store::check(&context.store, tenant, now, &mut items).await;
    mail::check(context.config.mail.as_ref(), &mut items).await;
    items
}

async fn one_tenant(tenant: &Tenant, context: &Context, now: i64) -> Items {
    let mut items = Items::of_tenant(&tenant.name);
    let checks = all_checks(tenant, context, now, &mut items);
    if tokio::time::timeout(TENANT_MAX, checks).await.is_err() {
        let words = format!("no end after {} seconds", TENANT_MAX.as_secs());
        items.wrong("time", words, "put right what is named above, then run trail365 check again");
    }
    items
}

async fn all_checks(tenant: &Tenant, context: &Context, now: i64, items: &mut Items) {
    let (settings, feed) = match clients(tenant) {
        Ok(clients) => clients,
        Err(error) => {
            let fix = "correct it in the configuration; docs/setup.md names every key";
            return items.wrong("configuration", format!("{error:#}"), fix);
        }
    };
    let portal = Portal::of(&settings);
    items.ok("configuration", in_words(&settings));
    let can_sign_in = credential::check(&settings, &portal, now, items);
    let probe = feed.probe().await;
    let reaches_login = network::check(&probe.sign_in, "sign-in", &settings, items).await;
    let reaches_api = network::check(&probe.api, "API", &settings, items).await;
    clock::check(&[&probe.sign_in, &probe.api], items);
    if !can_sign_in || !reaches_login {
        return items.note("sign-in", "not tried; put right what is wrong above first");
    }
    let tenant = Checked { tenant, context, now, settings, portal };
    tenant.feed(&feed, reaches_api, items).await;
    tenant.graph(items).await;
}

fn clients(tenant: &Tenant) -> Result<(Settings, ActivityFeed)> {
    let settings = tenant.settings()?;
    tenant.content_types()?;
    tenant.graph_logs()?;
    Ok((settings.clone(), ActivityFeed::new(settings)?))
}

fn in_words(settings: &Settings) -> String {
    let credential = match &settings.credential {
        Credential::Secret(_) => "a client secret",
        Credential::Certificate { .. } => "a certificate",
        Credential::ManagedIdentity { .. } => "a managed identity",
        Credential::FederatedToken { .. } => "a federated token",
    };
    let cloud = settings.cloud.name();
    let proxy = network::proxy(settings).map_or(String::new(), |proxy| format!(", proxy {proxy}"));
    let ca = settings.ca.as_ref().map_or(String::new(), |ca| format!(", ca {}", ca.display()));
    format!("cloud {cloud}, {credential}{proxy}{ca}")
}

/// A tenant whose configuration is good.
struct Checked<'a> {
    tenant: &'a Tenant,
    context: &'a Context,
    now: i64,
    settings: Settings,
    portal: Portal,
}

impl Checked<'_> {
    /// The Management Activity API: token, roles, subscriptions, audit log, quota.
    async fn feed(&self, feed: &ActivityFeed, reaches_api: bool, items: &mut Items) {
        let Checked { settings, portal, .. } = self;
        let token = sign_in::check("API", feed.claims().await, settings, portal, items);
        self.roles(Api::ActivityFeed, &token, items);
        if matches!(token, Token::None) || !reaches_api {
            return;
        }
        self.subscriptions(feed, items).await;
        quota::check(settings, feed.counts(), items);
    }

    async fn subscriptions(&self, feed: &ActivityFeed, items: &mut Items) {
        let present = match feed.subscriptions().await {
            Ok(present) => present,
            Err(error) if audit_log::is_refused(&error, items) => return,
            Err(error) => {
                let fix = format!("{} ({})", self.portal.permissions(), self.portal.consent());
                return items.wrong("subscriptions", error.to_string(), fix);
            }
        };
        let content_types = self.tenant.content_types().unwrap_or_default();
        let wish = self.context.config.webhook.as_ref().and_then(|webhook| webhook.wish().ok());
        subscriptions::check(feed, &content_types, &present, wish.as_ref(), self.now, items).await;
        let ledger = self.context.store.existing_ledger().ok().flatten();
        let is_new = audit_log::is_new(ledger.as_ref(), &self.settings.tenant, self.now);
        audit_log::check(feed, &content_types, &present, self.now, is_new, items).await;
    }

    /// Microsoft Graph, asked only for the logs that are configured.
    async fn graph(&self, items: &mut Items) {
        let Checked { settings, portal, .. } = self;
        let logs = self.tenant.graph_logs().unwrap_or_default();
        if logs.is_empty() {
            return self.roles(Api::Graph, &Token::None, items);
        }
        let graph = match Graph::new(settings.clone()) {
            Ok(graph) => graph,
            Err(error) => {
                let fix = "add graph_url to the tenant, or leave graph_logs out";
                return items.wrong("configuration", error.to_string(), fix);
            }
        };
        let probe = graph.probe().await;
        if !network::check(&probe.api, "Graph", settings, items).await {
            return;
        }
        let token = sign_in::check("Graph", graph.claims().await, settings, portal, items);
        self.roles(Api::Graph, &token, items);
        let is_granted = |permission: &str| match &token {
            Token::None => false,
            Token::Opaque => true,
            Token::Claims(claims) => claims.permits(permission),
        };
        // A log without its role would only be refused.
        let logs: Vec<_> = logs.into_iter().filter(|log| is_granted(log.permission())).collect();
        graph::check(&graph, &logs, portal, self.now, items).await;
    }

    fn roles(&self, api: Api, token: &Token, items: &mut Items) {
        let content_types = self.tenant.content_types().unwrap_or_default();
        let logs = self.tenant.graph_logs().unwrap_or_default();
        let wanted = Wanted { content_types: &content_types, logs: &logs };
        roles::check(api, token, &wanted, &self.settings, &self.portal, items);
    }
}
