//! `trail365 emulate`: Microsoft 365 on this machine.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use chrono::Utc;
use emulator::{Emulator, EmulatorOptions, Generator, Scenario, TenantOptions, TenantSetup};

use super::collect::stopped;
use crate::context::Outcome;

#[derive(clap::Args)]
pub struct Arguments {
    /// Address and port; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8366")]
    listen: String,
    /// Write the records to this file (- for standard output) as NDJSON instead of serving
    #[arg(long, value_name = "FILE")]
    ndjson: Option<PathBuf>,
    #[command(flatten)]
    tenant: TenantArguments,
    /// The faults to begin with, as JSON; see GET /emulator/faults
    #[arg(long, value_name = "JSON")]
    faults: Option<String>,
    /// A permission that the app has not been granted, for instance ActivityFeed.ReadDlp
    #[arg(long, value_name = "ROLE")]
    without_role: Vec<String>,
    /// The secret that the app signs in with
    #[arg(long, default_value = "emulator-secret")]
    client_secret: String,
}

#[derive(clap::Args, Clone)]
pub struct TenantArguments {
    /// The same seed makes the same tenant
    #[arg(long, default_value_t = 365)]
    pub seed: u64,
    /// Records of history
    #[arg(long, default_value_t = 20_000)]
    pub records: u64,
    /// People
    #[arg(long, default_value_t = 300)]
    pub users: usize,
    /// Days of history
    #[arg(long, default_value_t = 7)]
    pub days: u32,
    /// New records each second
    #[arg(long, default_value_t = 0.0)]
    pub rate: f64,
    /// One more blob of this many bytes, at the end of the history
    #[arg(long, default_value_t = 0)]
    pub large_blob_bytes: u64,
    /// Stories to hide, with commas; all for every one [business-email-compromise, password-spray, mass-download, illicit-consent, non-owner-access]
    #[arg(long, value_delimiter = ',')]
    pub scenarios: Vec<String>,
    /// When the history ends, for a repeatable one [default: now]
    #[arg(long, value_name = "TIME")]
    pub end_time: Option<String>,
}

impl TenantArguments {
    pub fn options(&self) -> Result<TenantOptions> {
        let scenarios = match self.scenarios.as_slice() {
            [all] if all == "all" => Scenario::ALL.to_vec(),
            names => names
                .iter()
                .map(|name| name.parse().map_err(|error: String| anyhow!("--scenarios: {error}")))
                .collect::<Result<_>>()?,
        };
        let end_time = match &self.end_time {
            None => None,
            Some(text) => {
                let micros = event::time::parse(text).ok_or_else(|| {
                    anyhow!("--end-time {text:?} is no time; write 2026-01-24T06:00:00")
                })?;
                chrono::DateTime::from_timestamp_micros(micros)
            }
        };
        Ok(TenantOptions {
            seed: self.seed,
            records: self.records,
            users: self.users,
            days: self.days,
            rate: self.rate,
            large_blob_bytes: self.large_blob_bytes,
            scenarios,
            end_time,
            ..TenantOptions::default()
        })
    }
}

pub async fn run(arguments: &Arguments) -> Result<Outcome> {
    let options = arguments.tenant.options()?;
    if let Some(file) = &arguments.ndjson {
        return write(options, file);
    }
    let faults = match &arguments.faults {
        None => emulator::Faults::default(),
        Some(json) => serde_json::from_str(json).context("--faults")?,
    };
    let mut setup = TenantSetup {
        client_secret: arguments.client_secret.clone(),
        tenant: options,
        ..TenantSetup::default()
    };
    setup.roles.retain(|role| !arguments.without_role.contains(role));
    setup.graph_roles.retain(|role| !arguments.without_role.contains(role));
    let options =
        EmulatorOptions { tenants: vec![setup.clone()], faults, ..EmulatorOptions::default() };
    let emulator = Arc::new(Emulator::new(options, Utc::now())?);
    let listener = tokio::net::TcpListener::bind(&arguments.listen).await.with_context(|| {
        format!("{} cannot be listened on; choose another with --listen", arguments.listen)
    })?;
    let address = listener.local_addr()?;
    println!(
        "# An emulated tenant at http://{address}; what it published: http://{address}/emulator/truth"
    );
    println!("{}", tenant_block(&setup, &format!("http://{address}"), "env:EMULATOR_SECRET"));
    println!("# with EMULATOR_SECRET={}", setup.client_secret);
    emulator::serve(listener, emulator, stopped()).await?;
    Ok(Outcome::Done)
}

/// The tenant as a block of a configuration.
pub fn tenant_block(setup: &TenantSetup, url: &str, secret: &str) -> String {
    format!(
        "[[tenant]]\nname = \"{}\"\ntenant_id = \"{}\"\nclient_id = \"{}\"\nclient_secret = \"{secret}\"\ncloud = \"custom\"\nlogin_url = \"{url}\"\napi_url = \"{url}\"\ngraph_url = \"{url}/graph\"",
        setup.name, setup.tenant.tenant_id, setup.client_id
    )
}

fn write(options: TenantOptions, file: &PathBuf) -> Result<Outcome> {
    let generator = Generator::new(options)?;
    let all = 0..generator.len();
    if file.as_os_str() == "-" {
        let mut out = BufWriter::new(std::io::stdout().lock());
        generator.write_ndjson(all, &mut out)?;
        out.flush()?;
    } else {
        let out = std::fs::File::create(file)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        let mut out = BufWriter::new(out);
        let bytes = generator.write_ndjson(all, &mut out)?;
        out.flush()?;
        eprintln!("{} records, {bytes} bytes in {}", generator.len(), file.display());
    }
    Ok(Outcome::Done)
}
