//! What does every command have at hand?

use std::path::PathBuf;

use anyhow::Result;
use event::TenantName;
use search::{Cache, Searcher};
use store::{Options, Store};

use crate::config::{Config, DATA_DIR_DEFAULT};

/// How a command ended, as its exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done = 0,
    NothingFound = 1,
    DoneWithGaps = 3,
}

/// Configuration and store of one run.
pub struct Context {
    /// As named on the command line.
    pub config_file: Option<PathBuf>,
    pub config: Config,
    pub store: Store,
}

impl Context {
    pub fn new(config_file: Option<PathBuf>, data_dir: Option<PathBuf>) -> Result<Context> {
        let config = Config::load(config_file.as_deref())?;
        let data_dir =
            data_dir.or_else(|| config.data_dir.clone()).unwrap_or_else(|| DATA_DIR_DEFAULT.into());
        let store = Store::open(&Options { data_dir, tables_url: config.tables_url.clone() })?;
        Ok(Context { config_file, config, store })
    }

    /// A searcher over one tenant's table, or all.
    pub async fn searcher(&self, tenant: Option<&TenantName>) -> Result<Searcher> {
        let mut tables = self.store.tables().await?;
        tables.retain(|table| tenant.is_none_or(|tenant| table.tenant() == tenant));
        Ok(Searcher::new(tables, Cache::new(Cache::BYTES_DEFAULT), decode::body)
            .with_views(crate::views::find))
    }

    /// The tenants that are configured or have something stored.
    pub async fn known_tenants(&self) -> Result<Vec<TenantName>> {
        let configured = self.config.tenant.iter().map(|tenant| tenant.tenant_name());
        let mut known = configured.collect::<Result<Vec<_>>>()?;
        known.extend(self.store.tenants().await?);
        known.sort();
        known.dedup();
        Ok(known)
    }

    /// The tenant named, or the error that lists those there are.
    pub async fn known_tenant(&self, name: Option<&str>) -> Result<Option<TenantName>> {
        let Some(name) = name else { return Ok(None) };
        let tenant = TenantName::new(name).map_err(|error| anyhow::anyhow!(error))?;
        let known = self.known_tenants().await?;
        if !known.contains(&tenant) {
            let names: Vec<&str> = known.iter().map(TenantName::as_str).collect();
            anyhow::bail!("tenant {name} is not known; there are: {}", names.join(", "));
        }
        Ok(Some(tenant))
    }

    /// Says what to do where nothing was stored yet.
    pub async fn require_data(&self) -> Result<()> {
        if self.store.tenants().await?.is_empty() {
            anyhow::bail!(
                "{} holds no data yet; run `trail365 import FILE`, `trail365 collect` or `trail365 demo`, or name another folder with --data",
                self.store.data_dir().display()
            );
        }
        Ok(())
    }
}
