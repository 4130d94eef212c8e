//! `trail365 init`: a configuration by questions, and how the app is registered.

mod answers;
mod questions;
mod script;
mod steps;

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use event::TenantName;
use source::activity_feed::{ContentType, WebhookWish};
use source::graph::Log;
use source::service::{Cloud, Guid, Secret};

use crate::config::{Config, DATA_DIR_DEFAULT, FILE_DEFAULT};
use crate::context::Outcome;
use answers::{Answers, Credential, Kind};
use questions::{Question, Questions};
use script::{Registration, Shell};

const TEMPLATE: &str = include_str!("template.toml");

#[derive(clap::Args)]
pub struct Arguments {
    /// Print every key of a configuration, with help, instead of asking
    #[arg(long)]
    print: bool,
    /// Print only a script that registers the app: Azure CLI, or Microsoft Graph PowerShell
    #[arg(long, value_enum, value_name = "SHELL", num_args = 0..=1, default_missing_value = "bash")]
    script: Option<Shell>,
    /// Overwrite an existing file
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    given: Given,
}

/// Answers given as flags; the others are asked for.
#[derive(clap::Args)]
struct Given {
    /// The tenant's name here
    #[arg(long)]
    name: Option<String>,
    /// commercial, gcc, gcc-high, dod or china
    #[arg(long)]
    cloud: Option<String>,
    /// Directory (tenant) ID
    #[arg(long, value_name = "GUID")]
    tenant_id: Option<String>,
    /// Application (client) ID; of a user-assigned managed identity, or `system`
    #[arg(long, value_name = "GUID")]
    client_id: Option<String>,
    /// secret, certificate, managed-identity or federated-token
    #[arg(long, value_name = "KIND")]
    credential: Option<String>,
    /// Where the secret is: env:NAME or file:PATH
    #[arg(long, value_name = "REFERENCE")]
    client_secret: Option<String>,
    /// Where the certificate is: file:PATH
    #[arg(long, value_name = "REFERENCE")]
    certificate: Option<String>,
    /// Where its key is: file:PATH
    #[arg(long, value_name = "REFERENCE")]
    key: Option<String>,
    /// Where the federated token is: file:PATH
    #[arg(long, value_name = "REFERENCE")]
    federated_token: Option<String>,
    /// With commas, or all
    #[arg(long, value_name = "NAMES")]
    content_types: Option<String>,
    /// With commas, all or none
    #[arg(long, value_name = "NAMES")]
    graph_logs: Option<String>,
    /// yes or no: the permission for searches further back than 7 days
    #[arg(long, value_name = "YES")]
    audit_queries: Option<String>,
    /// The address that the service calls, or none
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Where the webhook is listened for
    #[arg(long, value_name = "ADDRESS")]
    webhook_listen: Option<String>,
}

pub fn run(arguments: &Arguments, file: Option<&Path>, data: Option<&Path>) -> Result<Outcome> {
    let given = &arguments.given;
    if arguments.print {
        print!("{TEMPLATE}");
        return Ok(Outcome::Done);
    }
    if let Some(shell) = arguments.script {
        print!("{}", script(given, shell)?);
        return Ok(Outcome::Done);
    }
    let path = file.unwrap_or(Path::new(FILE_DEFAULT));
    if path.exists() && !arguments.force {
        anyhow::bail!(
            "{}: not written, since it exists; --force overwrites it, --config names another",
            path.display()
        );
    }
    let mut input = std::io::stdin().lock();
    let mut output = std::io::stdout().lock();
    let mut questions = Questions { input: &mut input, output: &mut output };
    let (answers, audit_queries) = ask(&mut questions, given, data)?;
    let text = answers.toml();
    let config = Config::parse(&text).context("the answers make no configuration")?;
    write(path, &text, arguments.force)?;
    let settings = config.tenant[0].settings()?;
    let permissions = answers::permissions(&answers.content_types, &answers.logs, audit_queries);
    let steps = steps::portal_steps(&answers, &settings, &permissions);
    writeln!(
        output,
        "\n{} is written.\n\nThe app, if it is not registered yet (a script that does it: trail365 \
         init --script):\n{steps}\nThen: trail365 check",
        path.display()
    )?;
    Ok(Outcome::Done)
}

fn write(path: &Path, text: &str, force: bool) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    match force {
        true => options.create(true).truncate(true),
        false => options.create_new(true),
    };
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("{}: not written", path.display()))
}

/// Nothing is asked: what no flag says is as usual.
fn script(given: &Given, shell: Shell) -> Result<String> {
    let cloud = given.cloud.as_deref().unwrap_or("commercial");
    let cloud = Cloud::named(cloud).map_err(|why| anyhow::anyhow!("--cloud: {why}"))?;
    let mut none = std::io::empty();
    let mut nowhere = std::io::sink();
    let mut questions = Questions { input: &mut none, output: &mut nowhere };
    let kind = kind(&mut questions, given)?;
    let content_types = content_types(&mut questions, given)?;
    let logs = logs(&mut questions, given, &cloud)?;
    let audit_queries = audit_queries(&mut questions, given)?;
    let tenant_id = given.tenant_id.as_deref().map(|id| Guid::parse("--tenant-id", id));
    let tenant_id = tenant_id.transpose().map_err(|why| anyhow::anyhow!(why))?;
    let registration = Registration {
        cloud: &cloud,
        tenant_id: tenant_id.as_ref().map(Guid::as_str),
        kind,
        permissions: &answers::permissions(&content_types, &logs, audit_queries),
    };
    Ok(registration.script(shell))
}

/// All questions, in the order of the file.
fn ask(questions: &mut Questions, given: &Given, data: Option<&Path>) -> Result<(Answers, bool)> {
    let question = |words, flag, given, default: &str| Question {
        words,
        flag,
        given,
        default: (!default.is_empty()).then(|| default.to_owned()),
    };
    let name = question("Name of the tenant here", "name", given.name.as_deref(), "contoso");
    let name = questions.ask(&name, TenantName::new)?;
    let clouds = Cloud::names().collect::<Vec<_>>().join(", ");
    let words = format!("Cloud ({clouds})");
    let cloud = question(&words, "cloud", given.cloud.as_deref(), "commercial");
    let cloud = questions.ask(&cloud, Cloud::named)?;
    let id = question("Directory (tenant) ID", "tenant-id", given.tenant_id.as_deref(), "");
    let tenant_id = questions.ask(&id, |text| Guid::parse("tenant id", text))?;
    let kind = kind(questions, given)?;
    let client_id = match kind {
        Kind::ManagedIdentity => None,
        _ => {
            let id =
                question("Application (client) ID", "client-id", given.client_id.as_deref(), "");
            Some(questions.ask(&id, |text| Guid::parse("client id", text))?)
        }
    };
    let credential = credential(questions, given, kind, &name)?;
    let content_types = content_types(questions, given)?;
    let logs = logs(questions, given, &cloud)?;
    let audit_queries = audit_queries(questions, given)?;
    let data = data.map(|data| data.display().to_string());
    let usual = format!("./{DATA_DIR_DEFAULT}");
    let folder = question("Data folder", "data", data.as_deref(), &usual);
    let data_dir = questions.ask(&folder, |text| Ok(text.to_owned()))?;
    let webhook = webhook(questions, given)?;
    let answers = Answers {
        name,
        cloud,
        tenant_id,
        client_id,
        credential,
        content_types,
        logs,
        data_dir,
        webhook,
    };
    Ok((answers, audit_queries))
}

fn kind(questions: &mut Questions, given: &Given) -> Result<Kind> {
    let words = format!("Credential: {}", Kind::NAMES);
    let default = Some("secret".to_owned());
    let given = given.credential.as_deref();
    questions.ask(&Question { words: &words, flag: "credential", given, default }, Kind::named)
}

fn credential(
    questions: &mut Questions,
    given: &Given,
    kind: Kind,
    name: &TenantName,
) -> Result<Credential> {
    let mut reference = |words, flag, given: &Option<String>, default: String| {
        let default = Some(default);
        questions.ask(&Question { words, flag, given: given.as_deref(), default }, Secret::parse)
    };
    match kind {
        Kind::Secret => {
            let variable = name.as_str().to_ascii_uppercase().replace('-', "_");
            // A variable's name begins with a letter.
            let usual = match variable.starts_with(|first: char| first.is_ascii_digit()) {
                true => format!("env:TENANT_{variable}_SECRET"),
                false => format!("env:{variable}_SECRET"),
            };
            let words = "Where the client secret is: env:NAME or file:PATH, not the secret itself";
            Ok(Credential::Secret(reference(words, "client-secret", &given.client_secret, usual)?))
        }
        Kind::Certificate => {
            let (certificate, key) = ("file:cert.pem".to_owned(), "file:key.pem".to_owned());
            let words = "Where the certificate is (PEM)";
            let certificate = reference(words, "certificate", &given.certificate, certificate)?;
            let key = reference("Where its key is (PEM)", "key", &given.key, key)?;
            Ok(Credential::Certificate { certificate, key })
        }
        Kind::ManagedIdentity => {
            let words = "Client ID of the user-assigned identity, or system";
            let default = Some("system".to_owned());
            let given = given.client_id.as_deref();
            let question = Question { words, flag: "client-id", given, default };
            Ok(Credential::ManagedIdentity(questions.ask(&question, identity)?))
        }
        Kind::FederatedToken => {
            let usual = std::env::var("AZURE_FEDERATED_TOKEN_FILE").unwrap_or_else(|_| {
                "/var/run/secrets/azure/tokens/azure-identity-token".to_owned()
            });
            let words = "Where the federated token is";
            let usual = format!("file:{usual}");
            let question = Question {
                words,
                flag: "federated-token",
                given: given.federated_token.as_deref(),
                default: Some(usual),
            };
            Ok(Credential::FederatedToken(questions.ask(&question, token_file)?))
        }
    }
}

fn identity(text: &str) -> Result<Option<Guid>, String> {
    match text {
        "system" => Ok(None),
        id => Guid::parse("client id", id).map(Some),
    }
}

/// It lives for an hour, so a variable, which never changes, cannot hold it.
fn token_file(text: &str) -> Result<Secret, String> {
    match text.starts_with("file:") {
        true => Secret::parse(text),
        false => Err("name the file that holds it, file:PATH".into()),
    }
}

fn content_types(questions: &mut Questions, given: &Given) -> Result<Vec<ContentType>> {
    let names = ContentType::ALL.map(ContentType::as_str).join(", ");
    let question = Question {
        words: &format!("Content types, with commas ({names})"),
        flag: "content-types",
        given: given.content_types.as_deref(),
        default: Some("all".to_owned()),
    };
    questions.ask(&question, |text| match text {
        "all" => Ok(ContentType::ALL.to_vec()),
        names => several(names),
    })
}

fn logs(questions: &mut Questions, given: &Given, cloud: &Cloud) -> Result<Vec<Log>> {
    let offered: Vec<Log> = Log::ALL.into_iter().filter(|log| log.is_offered(cloud)).collect();
    let names: Vec<&str> =
        offered.iter().map(|log| log.as_str().trim_start_matches("Graph.")).collect();
    let question = Question {
        words: &format!("Logs of Microsoft Graph, with commas, all or none ({})", names.join(", ")),
        flag: "graph-logs",
        given: given.graph_logs.as_deref(),
        default: Some("none".to_owned()),
    };
    questions.ask(&question, |text| match text {
        "none" => Ok(Vec::new()),
        "all" => Ok(offered.clone()),
        names => {
            let logs: Vec<Log> = several(names)?;
            match logs.iter().find(|log| !offered.contains(log)) {
                Some(log) => Err(format!("{log} is not offered in cloud {}", cloud.name())),
                None => Ok(logs),
            }
        }
    })
}

fn several<T: std::str::FromStr<Err = String>>(names: &str) -> Result<Vec<T>, String> {
    names.split(',').map(|name| name.trim().parse()).collect()
}

fn audit_queries(questions: &mut Questions, given: &Given) -> Result<bool> {
    let question = Question {
        words: "Permission to search the audit log further back than 7 days (yes or no)",
        flag: "audit-queries",
        given: given.audit_queries.as_deref(),
        default: Some("no".to_owned()),
    };
    questions.ask(&question, |text| match text.to_ascii_lowercase().as_str() {
        "yes" | "y" => Ok(true),
        "no" | "n" => Ok(false),
        _ => Err("write yes or no".to_owned()),
    })
}

/// It can be added later: pulling needs none.
fn webhook(questions: &mut Questions, given: &Given) -> Result<Option<(WebhookWish, String)>> {
    let question = Question {
        words: "Address of a webhook, https and reachable from the internet, or none",
        flag: "webhook",
        given: given.webhook.as_deref(),
        default: Some("none".to_owned()),
    };
    let wish = questions.ask(&question, |text| match text {
        "none" => Ok(None),
        address => WebhookWish::new(address, None, None).map(Some),
    })?;
    let Some(wish) = wish else { return Ok(None) };
    let question = Question {
        words: "Where it is listened for, behind what does TLS",
        flag: "webhook-listen",
        given: given.webhook_listen.as_deref(),
        default: Some("127.0.0.1:8443".to_owned()),
    };
    let listen = questions.ask(&question, |text| match text.parse::<std::net::SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(text.to_owned()),
        Ok(_) => Err("beyond loopback it needs a certificate: add it to the file later".to_owned()),
        Err(_) => Err("write an address and a port, such as 127.0.0.1:8443".to_owned()),
    })?;
    Ok(Some((wish, listen)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_template_is_a_configuration() {
        crate::config::Config::parse(super::TEMPLATE).unwrap();
    }
}
