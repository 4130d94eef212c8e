//! Who may write?
//!
//! One process at a time turns new records into data files of a tenant's table, so that each decides
//! with full knowledge what is a duplicate. The lock is held for one batch, not for a run: a
//! collector and an import take turns. The operating system frees it when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use event::TenantName;

use crate::{Error, Result};

/// How long a batch of another writer may take before we give up, in seconds.
const WAIT_SECONDS_MAX: u64 = 600;
const POLL: Duration = Duration::from_millis(20);

/// The collector's lock.
pub(crate) const COLLECTOR: &str = "collector";

/// The lock of whoever works on jobs.
pub(crate) const JOBS: &str = "jobs";

/// The lock of a tenant's writers.
pub(crate) fn tenant_name(tenant: &TenantName) -> String {
    format!("tenant-{tenant}")
}

/// The process that holds a lock, as it noted itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub process: String,
}

/// Held while it lives.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl WriterLock {
    pub(crate) async fn acquire(data_dir: &Path, tenant: &TenantName) -> Result<WriterLock> {
        let mut file = open(data_dir, &tenant_name(tenant))?;
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
        match at_once(data_dir, COLLECTOR)? {
            Ok(file) => Ok(CollectorLock { _file: file }),
            Err(owner) => Err(Error::Collecting { folder: data_dir.display().to_string(), owner }),
        }
    }
}

/// Held by the one process that serves an output.
#[derive(Debug)]
pub struct OutputLock {
    _file: File,
}

impl OutputLock {
    pub(crate) fn acquire(data_dir: &Path, output: &str) -> Result<OutputLock> {
        match at_once(data_dir, &format!("output-{output}"))? {
            Ok(file) => Ok(OutputLock { _file: file }),
            Err(owner) => Err(Error::Forwarding { output: output.to_owned(), owner }),
        }
    }
}

/// Held by the one process that works on the jobs of a data folder.
#[derive(Debug)]
pub struct JobsLock {
    _file: File,
}

impl JobsLock {
    pub(crate) fn acquire(data_dir: &Path) -> Result<JobsLock> {
        match at_once(data_dir, JOBS)? {
            Ok(file) => Ok(JobsLock { _file: file }),
            Err(owner) => Err(Error::Working { folder: data_dir.display().to_string(), owner }),
        }
    }
}

/// The lock, or the process that holds it now.
fn at_once(data_dir: &Path, name: &str) -> Result<std::result::Result<File, String>> {
    let mut file = open(data_dir, name)?;
    match file.try_lock() {
        Ok(()) => {
            note_owner(&mut file).map_err(|error| Error::folder(data_dir, error))?;
            Ok(Ok(file))
        }
        Err(TryLockError::WouldBlock) => Ok(Err(owner(&mut file))),
        Err(TryLockError::Error(error)) => Err(Error::folder(data_dir, error)),
    }
}

/// Who holds a lock at this moment, if anybody does. Looking creates no lock.
pub(crate) fn holder(data_dir: &Path, name: &str) -> Result<Option<Holder>> {
    let path = path(data_dir, name);
    if !path.is_file() {
        return Ok(None);
    }
    let io = |error| Error::folder(&path, error);
    let mut file = File::open(&path).map_err(io)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(Some(Holder { process: owner(&mut file) })),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

fn path(data_dir: &Path, name: &str) -> PathBuf {
    data_dir.join("locks").join(format!("{name}.lock"))
}

fn open(data_dir: &Path, name: &str) -> Result<File> {
    let path = path(data_dir, name);
    let folder = data_dir.join("locks");
    std::fs::create_dir_all(&folder).map_err(|error| Error::folder(&folder, error))?;
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
