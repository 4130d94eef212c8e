//! What does the store ask of the disk?
//!
//! The disk is an argument, so that a seeded simulation can own it. On this machine's disk a file
//! is on the platter before anything refers to it: a cut of power leaves no version of a table, and
//! no checkpoint of its log, that is torn.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    RenameOptions, Result, UploadPart,
};

/// A moment in one of the ledger's transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of it is on disk yet.
    Before,
    /// All of it is.
    After,
}

/// A disk.
pub trait Disk: fmt::Debug + Send + Sync + 'static {
    /// All local files, by absolute path.
    fn files(&self) -> Arc<dyn ObjectStore>;

    /// Brings a file, and its name in its folder, to where no cut of power reaches it.
    fn sync(&self, location: &Path) -> BoxFuture<'static, Result<()>>;

    /// The ledger is about to commit a transaction, or just has. An error fails the transaction, or
    /// makes its caller believe so.
    fn ledger(&self, moment: Moment) -> std::io::Result<()>;

    /// What files written now are dated with, microseconds since 1970.
    fn now(&self) -> i64;

    /// A table's log is summed up in a checkpoint after so many commits, so that opening the table
    /// stays quick. The simulation has more of them.
    #[doc(hidden)]
    fn checkpoint_commits(&self) -> u64 {
        20
    }

    /// For the simulation, which must notice when a part of the store does not do its work.
    #[doc(hidden)]
    fn sabotage(&self) -> Option<Sabotage> {
        None
    }
}

/// A part of the store that is switched off.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Every record is taken for new.
    Dedupe,
    /// What was prepared before a crash stays as it is.
    Replay,
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineDisk;

impl Disk for MachineDisk {
    fn files(&self) -> Arc<dyn ObjectStore> {
        Arc::new(LocalFileSystem::new())
    }

    fn sync(&self, location: &Path) -> BoxFuture<'static, Result<()>> {
        let path = LocalFileSystem::new().path_to_filesystem(location);
        Box::pin(async move { sync(path?).await })
    }

    fn ledger(&self, _: Moment) -> std::io::Result<()> {
        Ok(())
    }

    fn now(&self) -> i64 {
        chrono::Utc::now().timestamp_micros()
    }
}

async fn sync(path: PathBuf) -> Result<()> {
    let synced = tokio::task::spawn_blocking(move || {
        File::open(&path)?.sync_all()?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    });
    let synced = synced.await.map_err(std::io::Error::other).flatten();
    synced.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            object_store::Error::NotFound { path: String::new(), source: Box::new(error) }
        }
        _ => object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(error) },
    })
}

/// The files of a disk, synced before they can be seen, or at the latest before their writer is told
/// that they are there.
pub(crate) fn durable(disk: Arc<dyn Disk>) -> Arc<dyn ObjectStore> {
    Arc::new(Durable { files: disk.files(), disk })
}

#[derive(Clone, Debug)]
struct Durable {
    disk: Arc<dyn Disk>,
    files: Arc<dyn ObjectStore>,
}

impl fmt::Display for Durable {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.files.fmt(f)
    }
}

impl Durable {
    /// The file is whole under its draft's name; it gets its own in one step. Of two that create the
    /// same file one fails.
    async fn publish(&self, draft: &Path, location: &Path, once: bool) -> Result<()> {
        self.disk.sync(draft).await?;
        match once {
            true => {
                let linked = self.files.copy_if_not_exists(draft, location).await;
                self.files.delete(draft).await?;
                linked?;
            }
            false => self.files.rename(draft, location).await?,
        }
        self.disk.sync(location).await
    }
}

/// Files of a table's log are read as soon as they have a name. Nobody looks for a data file before
/// the log tells of it.
fn is_seen_at_once(location: &Path) -> bool {
    location.parts().any(|part| part.as_ref() == "_delta_log")
}

/// In the same folder, so that syncing the draft makes all earlier names there lasting before this
/// one is given; and not beginning like a checkpoint, or whoever tidies the log takes it for one.
fn draft_of(location: &Path) -> Path {
    let mut parts: Vec<_> = location.parts().collect();
    let name = parts.pop().map_or(String::new(), |name| name.as_ref().to_owned());
    let folder: Path = parts.into_iter().collect();
    folder.join(format!("_draft.{}.{name}", uuid::Uuid::new_v4()))
}

#[async_trait]
impl ObjectStore for Durable {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let once = options.mode == PutMode::Create;
        if !once && !is_seen_at_once(location) {
            let result = self.files.put_opts(location, payload, options).await?;
            self.disk.sync(location).await?;
            return Ok(result);
        }
        let draft = draft_of(location);
        let result = self.files.put(&draft, payload).await?;
        self.publish(&draft, location, once).await?;
        Ok(result)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let written = match is_seen_at_once(location) {
            true => draft_of(location),
            false => location.clone(),
        };
        let upload = self.files.put_multipart_opts(&written, options).await?;
        Ok(Box::new(DurableUpload {
            upload,
            files: self.clone(),
            written,
            location: location.clone(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.files.get_opts(location, options).await
    }

    async fn get_ranges(
        &self,
        location: &Path,
        ranges: &[std::ops::Range<u64>],
    ) -> Result<Vec<bytes::Bytes>> {
        self.files.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.files.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.files.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.files.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let once = options.mode == CopyMode::Create;
        self.files.copy_opts(from, to, options).await?;
        // A link needs no sync of its contents, but of its folder.
        match once {
            true => Ok(()),
            false => self.disk.sync(to).await,
        }
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.disk.sync(from).await?;
        self.files.rename_opts(from, to, options).await?;
        self.disk.sync(to).await
    }
}

#[derive(Debug)]
struct DurableUpload {
    upload: Box<dyn MultipartUpload>,
    files: Durable,
    written: Path,
    location: Path,
}

#[async_trait]
impl MultipartUpload for DurableUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.upload.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.upload.complete().await?;
        match self.written == self.location {
            true => self.files.disk.sync(&self.location).await?,
            false => self.files.publish(&self.written, &self.location, false).await?,
        }
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}
