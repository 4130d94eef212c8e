//! Who may write?
//!
//! One process at a time turns new records into data files of a tenant's table, so that each decides
//! with full knowledge what is a duplicate. The lock is held for one batch, not for a run: a
//! collector and an import take turns. The operating system frees it when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use event::TenantName;

use crate::{Error, Result};

/// How long a batch of another writer may take before we give up, in seconds.
const WAIT_SECONDS_MAX: u64 = 600;
const POLL: Duration = Duration::from_millis(20);

/// Held while it lives.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl WriterLock {
    pub(crate) async fn acquire(data_dir: &Path, tenant: &TenantName) -> Result<WriterLock> {
        let mut file = open(data_dir, &format!("tenant-{tenant}"))?;
        let io = |error| Error::folder(data_dir, error);
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if start.elapsed().as_secs() < WAIT_SECONDS_MAX => {
                    tokio::time::sleep(POLL).await;
                }
                Err(TryLockError::WouldBlock) => return Err(locked(data_dir, &mut file)),
                Err(TryLockError::Error(error)) => return Err(io(error)),
            }
        }
        note_owner(&mut file).map_err(io)?;
        Ok(WriterLock { _file: file })
    }
}

/// Held by the one process that collects into a data folder.
#[derive(Debug)]
pub struct CollectorLock {
    _file: File,
}

impl CollectorLock {
    pub(crate) fn acquire(data_dir: &Path) -> Result<CollectorLock> {
        let mut file = open(data_dir, "collector")?;
        match file.try_lock() {
            Ok(()) => {
                note_owner(&mut file).map_err(|error| Error::folder(data_dir, error))?;
                Ok(CollectorLock { _file: file })
            }
            Err(TryLockError::WouldBlock) => Err(Error::Collecting {
                folder: data_dir.display().to_string(),
                owner: owner(&mut file),
            }),
            Err(TryLockError::Error(error)) => Err(Error::folder(data_dir, error)),
        }
    }
}

fn open(data_dir: &Path, name: &str) -> Result<File> {
    let folder = data_dir.join("locks");
    std::fs::create_dir_all(&folder).map_err(|error| Error::folder(&folder, error))?;
    let path = folder.join(format!("{name}.lock"));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(&path).map_err(|error| Error::folder(&path, error))
}

fn note_owner(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

fn owner(file: &mut File) -> String {
    let mut owner = String::new();
    match file.rewind().and_then(|()| file.read_to_string(&mut owner)) {
        Ok(1..) => owner,
        _ => "unknown".to_owned(),
    }
}

fn locked(data_dir: &Path, file: &mut File) -> Error {
    Error::Locked {
        folder: data_dir.display().to_string(),
        owner: owner(file),
        seconds: WAIT_SECONDS_MAX,
    }
}
