//! Is the store as it should be?
//!
//! Looking changes nothing and creates nothing.

use event::TenantName;
use futures::{StreamExt, stream};
use object_store::{Error as ObjectError, ObjectStoreExt, path::Path};

use crate::lock::{self, Holder};
use crate::{DataFile, Result, Store, Table};

/// Files asked about at the same time.
const HEADS_MAX: usize = 16;
/// Damaged files that are named; there may be as many as the table has.
pub const DAMAGED_FILES_MAX: usize = 20;

/// A data file that is not as the table's log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedFile {
    /// Relative to the table.
    pub path: String,
    pub bytes_expected: u64,
    /// `None` when it is not there.
    pub bytes: Option<u64>,
}

/// How a tenant's table and the ledger stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The ledger knows all that the table has, and the other way round.
    Agree,
    /// So many batches were prepared and not marked: somebody is writing, or died while writing.
    /// The next writer settles them.
    Pending(usize),
    /// The table has batches that the ledger does not know.
    LedgerBehind,
    /// The ledger knows batches that the table does not have.
    TableBehind,
}

impl Table {
    /// The files of this version that are missing or of another size, the first of them.
    pub async fn verify_files(&self) -> Result<Vec<DamagedFile>> {
        let mut checks =
            stream::iter(self.files()).map(|file| self.verify(file)).buffered(HEADS_MAX);
        let mut damaged = Vec::new();
        while let Some(checked) = checks.next().await {
            damaged.extend(checked?);
            if damaged.len() >= DAMAGED_FILES_MAX {
                break;
            }
        }
        Ok(damaged)
    }

    async fn verify(&self, file: &DataFile) -> Result<Option<DamagedFile>> {
        let path = Path::parse(&file.path).unwrap_or_else(|_| Path::from(file.path.as_str()));
        let bytes = match self.object_store().head(&path).await {
            Ok(meta) => Some(meta.size),
            Err(ObjectError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let damaged = DamagedFile { path: file.path.clone(), bytes_expected: file.bytes, bytes };
        Ok((bytes != Some(file.bytes)).then_some(damaged))
    }
}

impl Store {
    /// Compares the table's last batch with the ledger's.
    pub async fn agreement(&self, table: &Table) -> Result<Agreement> {
        let Some(ledger) = self.existing_ledger()? else {
            return Ok(match table.files().is_empty() {
                true => Agreement::Agree,
                false => Agreement::LedgerBehind,
            });
        };
        let pending = ledger.prepared(table.tenant())?.len();
        let (known, in_table) = ledger.last_batches(table.tenant())?;
        let reached = table.last_batch(&ledger.id()?).await?.unwrap_or(0);
        Ok(match pending {
            _ if reached > known => Agreement::LedgerBehind,
            _ if reached < in_table => Agreement::TableBehind,
            0 => Agreement::Agree,
            pending => Agreement::Pending(pending),
        })
    }

    /// Who writes this tenant's table at this moment, if anybody does.
    pub fn writing(&self, tenant: &TenantName) -> Result<Option<Holder>> {
        lock::holder(&self.data_dir, &lock::tenant_name(tenant))
    }

    /// Who collects into this data folder, if anybody does.
    pub fn collecting(&self) -> Result<Option<Holder>> {
        lock::holder(&self.data_dir, lock::COLLECTOR)
    }

    /// Who works on the jobs of this data folder, if anybody does.
    pub fn working(&self) -> Result<Option<Holder>> {
        lock::holder(&self.data_dir, lock::JOBS)
    }
}
