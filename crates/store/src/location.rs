//! Under which URL do the tables lie?

use std::sync::Arc;

use event::TenantName;
use object_store::ObjectStore;
use object_store::path::Path;
use url::Url;

use crate::disk::{Disk, durable};
use crate::{Error, Result};

/// The root under which each tenant has a folder with its table.
#[derive(Clone, Debug)]
pub struct Location {
    root: Url,
    disk: Arc<dyn Disk>,
}

impl Location {
    pub fn folder(folder: &std::path::Path, disk: Arc<dyn Disk>) -> Result<Location> {
        let absolute = std::path::absolute(folder).map_err(|error| Error::folder(folder, error))?;
        let root = Url::from_directory_path(&absolute)
            .map_err(|()| Error::Location(format!("{} is no usable folder", absolute.display())))?;
        Ok(Location { root, disk })
    }

    pub fn parse(url: &str, disk: Arc<dyn Disk>) -> Result<Location> {
        let mut root = Url::parse(url)
            .map_err(|error| Error::Location(format!("store URL {url:?}: {error}")))?;
        if !root.path().ends_with('/') {
            root.set_path(&format!("{}/", root.path()));
        }
        match root.scheme() {
            "file" => Ok(Location { root, disk }),
            scheme => Err(Error::Location(format!(
                "store URL {url:?}: {scheme} is not supported by this build; use a local folder (file:///...)"
            ))),
        }
    }

    pub(crate) fn table_url(&self, tenant: &TenantName) -> Result<Url> {
        self.root
            .join(&format!("{tenant}/events/"))
            .map_err(|error| Error::Location(error.to_string()))
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// All files of the disk that the tables lie on.
    pub(crate) fn files(&self) -> Arc<dyn ObjectStore> {
        durable(self.disk.clone())
    }

    /// The tenants with a folder here, in order. Looking creates nothing.
    pub(crate) async fn tenants(&self) -> Result<Vec<TenantName>> {
        let root = Path::from_url_path(self.root.path()).map_err(object_store::Error::from)?;
        let listing = self.files().list_with_delimiter(Some(&root)).await?;
        let mut tenants: Vec<TenantName> = listing
            .common_prefixes
            .iter()
            .filter_map(|prefix| TenantName::new(prefix.filename()?).ok())
            .collect();
        tenants.sort();
        Ok(tenants)
    }

    /// A local table's folder is made before its first commit: the kernel asks the machine for it.
    pub(crate) fn prepare(&self, tenant: &TenantName) -> Result<()> {
        if let Ok(path) = self.table_url(tenant)?.to_file_path() {
            std::fs::create_dir_all(&path).map_err(|error| Error::folder(&path, error))?;
        }
        Ok(())
    }
}
