//! A file that grows, and is set aside when it is large or old.
//!
//! The file at hand is never compressed, so that it can be followed; those set aside are, if asked
//! for. Every batch is on the disk before it counts as delivered. A line that a crash cut short is
//! taken back when the file is opened again, since it is delivered once more.

use std::fs::{self, File as StdFile, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use flate2::write::GzEncoder;
use serde::Deserialize;

use crate::{Error, Guarantee, Kind, Limits, Record, Result, Service, Takes, World, settings};

pub const KIND: Kind = Kind {
    name: "file",
    about: "a file of a line a record, set aside by size or age, with gzip or zstd",
    takes: Takes::Body("decoded"),
    guarantee: Guarantee::AtLeastOnce,
    limits: Limits::DEFAULT,
    open: |table, world| {
        let settings: Settings = settings::read(table)?;
        if settings.path.file_name().is_none() {
            return Err("path names no file".to_owned());
        }
        Ok(Box::new(Rotating { settings, world, file: None }))
    },
};

/// Looked at from its end for the last whole line, in bytes.
const TAIL_BYTES: u64 = 64 << 10;
const ZSTD_LEVEL: i32 = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    path: PathBuf,
    /// Set aside when it is this large.
    #[serde(default = "rotate_bytes")]
    rotate_bytes: u64,
    /// Set aside when it is this old.
    #[serde(default = "rotate_hours")]
    rotate_hours: f64,
    /// What is done with files set aside.
    #[serde(default)]
    compression: Compression,
    /// The oldest of more files set aside are deleted; 0 keeps all.
    #[serde(default)]
    keep: usize,
}

fn rotate_bytes() -> u64 {
    256 << 20
}

fn rotate_hours() -> f64 {
    24.0
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Compression {
    #[default]
    None,
    Gzip,
    Zstd,
}

impl Compression {
    fn ending(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        }
    }
}

struct Rotating {
    settings: Settings,
    world: World,
    file: Option<Open>,
}

struct Open {
    file: StdFile,
    bytes: u64,
    begun: SystemTime,
}

#[async_trait]
impl Service for Rotating {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let written = tokio::task::block_in_place(|| self.write(records));
        written.map_err(|error| {
            self.file = None;
            let words = format!("{}: {error}", self.settings.path.display());
            match error.kind() {
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::NotFound => {
                    Error::denied(words)
                }
                _ => Error::later(words),
            }
        })
    }

    async fn probe(&mut self, record: &Record) -> Result<String> {
        self.deliver(std::slice::from_ref(record)).await?;
        Ok(format!("a line was added to {}", self.settings.path.display()))
    }
}

impl Rotating {
    fn write(&mut self, records: &[Record]) -> std::io::Result<()> {
        self.rotate()?;
        let mut lines = Vec::with_capacity(records.iter().map(|it| it.body.len() + 1).sum());
        let open = match &mut self.file {
            Some(open) => open,
            None => self.file.insert(Open::at(&self.settings.path)?),
        };
        if let (0, Some(header)) = (open.bytes, &self.world.header) {
            lines.extend_from_slice(header.as_bytes());
            lines.push(b'\n');
        }
        for record in records {
            lines.extend_from_slice(&record.body);
            lines.push(b'\n');
        }
        open.file.write_all(&lines)?;
        open.file.sync_data()?;
        open.bytes += lines.len() as u64;
        Ok(())
    }

    /// Sets the file aside if it is time.
    fn rotate(&mut self) -> std::io::Result<()> {
        let Some(open) = &self.file else {
            return Ok(());
        };
        let age = open.begun.elapsed().unwrap_or_default();
        let is_old = age >= Duration::from_secs_f64(self.settings.rotate_hours.max(0.0) * 3600.0);
        if open.bytes == 0 || (open.bytes < self.settings.rotate_bytes && !is_old) {
            return Ok(());
        }
        self.file = None;
        set_aside(&self.settings)
    }
}

impl Open {
    fn at(path: &Path) -> std::io::Result<Open> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path)?;
        let bytes = whole_lines(&mut file)?;
        file.set_len(bytes)?;
        let begun = file.metadata()?.created().unwrap_or_else(|_| SystemTime::now());
        Ok(Open { file, bytes, begun })
    }
}

/// How many bytes of the file end with a line break.
fn whole_lines(file: &mut StdFile) -> std::io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut tail = Vec::new();
    while end > 0 {
        let from = end.saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(from))?;
        tail.clear();
        Read::by_ref(file).take(end - from).read_to_end(&mut tail)?;
        if let Some(at) = tail.iter().rposition(|byte| *byte == b'\n') {
            return Ok(from + at as u64 + 1);
        }
        end = from;
    }
    Ok(0)
}

/// `audit.ndjson` becomes `audit-20260124T065424.123Z.ndjson`, and compressed.
fn set_aside(settings: &Settings) -> std::io::Result<()> {
    let path = &settings.path;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ending = path.extension().map_or(String::new(), |it| format!(".{}", it.to_string_lossy()));
    let now = chrono::Utc::now().format("%Y%m%dT%H%M%S%.3fZ");
    let aside = path.with_file_name(format!("{stem}-{now}{ending}"));
    fs::rename(path, &aside)?;
    if settings.compression != Compression::None {
        compress(&aside, settings.compression)?;
    }
    if settings.keep > 0 {
        delete_oldest(path, &format!("{stem}-"), settings.keep)?;
    }
    Ok(())
}

/// The plain file goes once the compressed one is whole, so that a crash leaves at least one.
fn compress(plain: &Path, compression: Compression) -> std::io::Result<()> {
    let name = format!("{}{}", plain.display(), compression.ending());
    let draft = format!("{name}.part");
    let mut from = StdFile::open(plain)?;
    let to = StdFile::create(&draft)?;
    let to = match compression {
        Compression::Zstd => {
            let mut encoder = zstd::Encoder::new(to, ZSTD_LEVEL)?;
            std::io::copy(&mut from, &mut encoder)?;
            encoder.finish()?
        }
        _ => {
            let mut encoder = GzEncoder::new(to, flate2::Compression::default());
            std::io::copy(&mut from, &mut encoder)?;
            encoder.finish()?
        }
    };
    to.sync_all()?;
    fs::rename(&draft, &name)?;
    fs::remove_file(plain)
}

fn delete_oldest(path: &Path, prefix: &str, keep: usize) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_aside(&entry.file_name().to_string_lossy(), prefix) {
            names.push(entry.path());
        }
    }
    // The time in the name sorts them.
    names.sort();
    for old in names.iter().take(names.len().saturating_sub(keep)) {
        fs::remove_file(old)?;
    }
    Ok(())
}

/// Files of others that begin alike are left alone.
fn is_aside(name: &str, prefix: &str) -> bool {
    let Some(rest) = name.strip_prefix(prefix) else { return false };
    let time = rest.split_once('Z').map_or("", |(time, _)| time);
    time.len() == "20260124T065424.123".len()
        && time.bytes().all(|byte| byte.is_ascii_digit() || byte == b'T' || byte == b'.')
}
