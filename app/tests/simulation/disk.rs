//! What becomes of a write?
//!
//! Files lie in memory and outlive the process. What was not synced may be torn or gone after a cut
//! of power; a process that is killed leaves what it had written. A full or failing disk refuses.
//! The ledger's file is a real one, so its own promises hold.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    RenameOptions, Result,
};
use store::{Disk, Moment, Sabotage};

use crate::chance::Chance;
use crate::life::Life;

/// How the disk is today: shares of operations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Health {
    pub is_full: bool,
    pub fails: f64,
}

/// What outlives a process.
#[derive(Debug, Default)]
pub struct Platter {
    files: InMemory,
    pub health: Mutex<Health>,
    /// What a cut of power may undo.
    unsynced: Mutex<BTreeMap<Path, Unsynced>>,
    written: Mutex<BTreeMap<Path, i64>>,
}

#[derive(Clone, Debug)]
struct Unsynced {
    before: Option<Bytes>,
    /// Its contents may not be there.
    may_tear: bool,
    /// Its name is there for good.
    has_name: bool,
}

impl Platter {
    /// Looks at the files as they are, outside of any process.
    pub fn content(&self, path: &Path) -> Option<Bytes> {
        let found = self.files.get(path).now_or_never().expect("memory answers at once").ok()?;
        found.bytes().now_or_never().expect("memory answers at once").ok()
    }

    fn note_write(&self, path: &Path, may_tear: bool, now: i64) {
        let before = self.content(path);
        let mut unsynced = self.unsynced.lock().expect("no holder panics");
        let entry = unsynced.entry(path.clone()).or_insert(Unsynced {
            has_name: before.is_some(),
            before,
            may_tear,
        });
        entry.may_tear |= may_tear;
        self.written.lock().expect("no holder panics").insert(path.clone(), now);
    }

    fn may_tear(&self, path: &Path) -> bool {
        let unsynced = self.unsynced.lock().expect("no holder panics");
        unsynced.get(path).is_some_and(|state| state.may_tear)
    }

    fn sync(&self, path: &Path) {
        let mut unsynced = self.unsynced.lock().expect("no holder panics");
        unsynced.remove(path);
        // With the folder, the names of its other files are there for good; not what is in them.
        let folder = |path: &Path| path.as_ref().rsplit_once('/').map(|it| it.0.to_owned());
        unsynced.retain(|other, state| {
            if folder(other) != folder(path) {
                return true;
            }
            state.has_name = true;
            state.may_tear
        });
    }

    /// The power is cut: what was not synced is there, torn, or as it was. At its worst everything is
    /// torn that may be.
    pub fn cut_power(&self, chance: Chance, worst: bool) -> u64 {
        let unsynced = std::mem::take(&mut *self.unsynced.lock().expect("no holder panics"));
        let mut torn = 0;
        for (number, (path, state)) in (0..).zip(unsynced) {
            let chance = chance.at(number);
            let now = self.content(&path);
            let fate = if worst { 1 } else { chance.between(0, 2) };
            let after = match (fate, state.may_tear, &now) {
                (0, ..) => now.clone(),
                (1, true, Some(bytes)) => {
                    torn += 1;
                    Some(bytes.slice(..chance.at(1).between(0, bytes.len() as i64) as usize))
                }
                _ if state.has_name && state.before.is_none() => now.clone(),
                _ => state.before,
            };
            let done = match after {
                Some(bytes) => {
                    self.files.put(&path, bytes.into()).map(|it| it.map(drop)).now_or_never()
                }
                None => self.files.delete(&path).now_or_never(),
            };
            let _ = done.expect("memory answers at once");
        }
        torn
    }
}

/// The disk as one process sees it.
#[derive(Clone, Debug)]
pub struct LifeDisk {
    pub life: Arc<Life>,
    pub platter: Arc<Platter>,
    pub sabotage: Option<Sabotage>,
    pub checkpoint_commits: u64,
}

impl Disk for LifeDisk {
    fn files(&self) -> Arc<dyn ObjectStore> {
        Arc::new(self.clone())
    }

    fn sync(&self, location: &Path) -> futures::future::BoxFuture<'static, Result<()>> {
        let (disk, location) = (self.clone(), location.clone());
        async move {
            disk.write("sync", &location)?;
            disk.platter.sync(&location);
            Ok(())
        }
        .boxed()
    }

    fn ledger(&self, moment: Moment) -> io::Result<()> {
        let what = match moment {
            Moment::Before => "ledger before",
            Moment::After => "ledger after",
        };
        if !self.life.does(what, "") {
            return Err(io::Error::other("dead"));
        }
        let health = *self.platter.health.lock().expect("no holder panics");
        if moment == Moment::Before && health.is_full && self.life.meets("disk full", 0.5, "ledger")
        {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }

    fn now(&self) -> i64 {
        self.life.time.on_the_machine()
    }

    fn checkpoint_commits(&self) -> u64 {
        self.checkpoint_commits
    }

    fn sabotage(&self) -> Option<Sabotage> {
        self.sabotage
    }
}

impl LifeDisk {
    fn read(&self, what: &'static str, path: Option<&Path>) -> Result<()> {
        let name = path.map_or(String::new(), plain);
        if !self.life.does(what, &name) {
            return Err(failure("dead"));
        }
        let health = *self.platter.health.lock().expect("no holder panics");
        match self.life.meets("read error", health.fails, &format!("{what} {name}")) {
            true => Err(failure("read error")),
            false => Ok(()),
        }
    }

    fn write(&self, what: &'static str, path: &Path) -> Result<()> {
        let name = plain(path);
        if !self.life.does(of_checkpoint(what, path), &name) {
            return Err(failure("dead"));
        }
        let health = *self.platter.health.lock().expect("no holder panics");
        let detail = format!("{what} {name}");
        if health.is_full && self.life.meets("disk full", 0.7, &detail) {
            return Err(failure("no space left on device"));
        }
        match self.life.meets("write error", health.fails, &detail) {
            true => Err(failure("write error")),
            false => Ok(()),
        }
    }

    /// What was asked for last may have happened even when the process died at it.
    fn happens_at_death(&self, what: &'static str, path: &Path) -> bool {
        self.life.luck("last act", what, &plain(path)).1.strikes(0.5)
    }

    fn dated(&self, mut meta: ObjectMeta) -> ObjectMeta {
        let written = self.platter.written.lock().expect("no holder panics");
        if let Some(at) =
            written.get(&meta.location).and_then(|at| DateTime::from_timestamp_micros(*at))
        {
            meta.last_modified = at;
        }
        meta
    }

    fn note_write(&self, path: &Path, may_tear: bool) {
        self.platter.note_write(path, may_tear, self.now());
    }
}

impl fmt::Display for LifeDisk {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("LifeDisk")
    }
}

#[async_trait]
impl ObjectStore for LifeDisk {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let was_alive = !self.life.is_dead();
        if let Err(error) = self.write("put", location) {
            if was_alive && self.life.is_dead() && self.happens_at_death("put", location) {
                self.note_write(location, true);
                self.platter.files.put_opts(location, payload, options).await?;
            }
            return Err(error);
        }
        self.life.tell(|| format!("put {}", plain(location)));
        self.note_write(location, true);
        self.platter.files.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.write("put in parts", location)?;
        self.life.tell(|| format!("put in parts {}", plain(location)));
        self.note_write(location, true);
        self.platter.files.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.read("get", Some(location))?;
        let mut found = self.platter.files.get_opts(location, options).await?;
        found.meta = self.dated(found.meta);
        Ok(found)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.read("get", Some(location))?;
        self.platter.files.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let disk = self.clone();
        locations
            .then(move |location| {
                let disk = disk.clone();
                async move {
                    let location = location?;
                    disk.write("delete", &location)?;
                    disk.life.tell(|| format!("delete {}", plain(&location)));
                    disk.note_write(&location, false);
                    disk.platter.files.delete(&location).await?;
                    Ok(location)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let disk = self.clone();
        match self.read("list", prefix) {
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
            Ok(()) => {
                self.platter.files.list(prefix).map(move |meta| Ok(disk.dated(meta?))).boxed()
            }
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.read("list", prefix)?;
        self.platter.files.list_with_delimiter(prefix).await
    }

    /// The atomic link of a version: it happened or it did not.
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let is_link = options.mode == CopyMode::Create;
        let was_alive = !self.life.is_dead();
        if let Err(error) = self.write("link", to) {
            let dies_here = was_alive && self.life.is_dead();
            if dies_here && self.platter.content(to).is_none() && self.happens_at_death("link", to)
            {
                self.note_write(to, !is_link);
                self.platter.files.copy_opts(from, to, options).await?;
            }
            return Err(error);
        }
        let may_tear = !is_link || self.platter.may_tear(from);
        if is_link && self.platter.content(to).is_some() {
            return self.platter.files.copy_opts(from, to, options).await;
        }
        self.life.tell(|| format!("link {}", plain(to)));
        self.note_write(to, may_tear);
        self.platter.files.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.write("rename", to)?;
        self.life.tell(|| format!("rename to {}", plain(to)));
        let may_tear = self.platter.may_tear(from);
        self.note_write(to, may_tear);
        self.note_write(from, false);
        self.platter.files.rename_opts(from, to, options).await
    }
}

fn failure(words: &'static str) -> object_store::Error {
    object_store::Error::Generic { store: "simulated disk", source: words.into() }
}

/// A checkpoint is written seldom, so its instructions have names of their own.
fn of_checkpoint(what: &'static str, path: &Path) -> &'static str {
    match (path.as_ref().contains("checkpoint"), what) {
        (true, "put" | "put in parts") => "put checkpoint",
        (true, "sync") => "sync checkpoint",
        (true, "rename") => "rename checkpoint",
        _ => what,
    }
}

/// The path without what is random in it.
fn plain(path: &Path) -> String {
    let mut words = Vec::new();
    let path = path.as_ref();
    let below = path.split_once("/tenants/").map_or(path, |(_, below)| below);
    for part in below.split('/') {
        let pieces = part.split(['-', '.']).filter(|piece| !is_random(piece));
        words.push(pieces.collect::<Vec<_>>().join("."));
    }
    words.join("/")
}

/// A piece of a UUID.
fn is_random(piece: &str) -> bool {
    matches!(piece.len(), 4 | 8 | 12) && piece.bytes().all(|byte| byte.is_ascii_hexdigit())
}
