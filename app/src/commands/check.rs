//! `trail365 check`: would collecting work?

use anyhow::{Result, bail};
use source::activity_feed::{ActivityFeed, Status};

use super::Format;
use crate::config::Tenant;
use crate::context::{Context, Outcome};
use crate::present;

#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

pub async fn run(arguments: &Arguments, context: &Context) -> Result<Outcome> {
    if context.config.tenant.is_empty() {
        bail!("no tenant is configured; `trail365 init` writes a configuration to fill in");
    }
    let mut report = Report { format: arguments.format, wrong: 0 };
    report.add("data folder", writable(context));
    for tenant in &context.config.tenant {
        check_tenant(tenant, &mut report).await;
    }
    match report.wrong {
        0 => Ok(Outcome::Done),
        1 => bail!("one thing is to be put right"),
        wrong => bail!("{wrong} things are to be put right"),
    }
}

struct Report {
    format: Format,
    wrong: usize,
}

impl Report {
    fn add(&mut self, name: &str, result: Result<String, String>) -> bool {
        let (is_ok, words) = match &result {
            Ok(words) => (true, words),
            Err(words) => (false, words),
        };
        let mark = if is_ok { "ok" } else { "WRONG" };
        match self.format {
            Format::Table => println!("{mark:<5} {name}: {}", present::printable(words)),
            Format::Json => {
                println!("{}", serde_json::json!({"check": name, "ok": is_ok, "words": words}));
            }
            Format::Csv => {
                let cells = [name, mark, words].map(str::to_owned);
                // Standard output that ends takes the process with it; see cli.rs.
                let _ = present::csv_line(&mut std::io::stdout(), &cells);
            }
        }
        self.wrong += usize::from(result.is_err());
        result.is_ok()
    }
}

fn writable(context: &Context) -> Result<String, String> {
    let folder = context.store.data_dir();
    context.store.ledger().map_err(|error| error.to_string())?;
    Ok(format!("{} is writable", folder.display()))
}

async fn check_tenant(tenant: &Tenant, report: &mut Report) {
    let named = |part: &str| format!("{} {part}", tenant.name);
    let feed = match tenant.settings().and_then(|settings| Ok(ActivityFeed::new(settings)?)) {
        Ok(feed) => feed,
        Err(error) => {
            report.add(&named("configuration"), Err(format!("{error:#}")));
            return;
        }
    };
    let signed_in = feed.sign_in().await.map(|()| "token received".to_owned());
    if !report.add(&named("sign-in"), signed_in.map_err(|error| error.to_string())) {
        return;
    }
    let subscriptions = match feed.subscriptions().await {
        Ok(subscriptions) => subscriptions,
        Err(error) => {
            report.add(&named("subscriptions"), Err(error.to_string()));
            return;
        }
    };
    for content_type in tenant.content_types().unwrap_or_default() {
        let status = subscriptions
            .iter()
            .find(|subscription| subscription.content_type == content_type.as_str())
            .map(|subscription| subscription.status);
        report.add(&named(content_type.as_str()), subscribed(status));
    }
}

/// A subscription that is not started yet is nothing wrong: collecting starts it.
fn subscribed(status: Option<Status>) -> Result<String, String> {
    match status {
        Some(Status::Enabled) => Ok("subscribed".to_owned()),
        Some(_) => Ok("subscription is off; collect starts it".to_owned()),
        None => Ok("no subscription yet; collect starts it".to_owned()),
    }
}
