//! The members of a zip archive, each a stream of its own.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Crc;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::Error;
use super::input::is_litter;
use super::unpack::Source;

/// What is still to be read of an archive.
pub(super) struct Archive {
    pub path: PathBuf,
    /// In the archive's order, the next one last.
    members: Vec<Member>,
}

pub(super) struct Member {
    pub name: String,
    start: u64,
    packed_bytes: u64,
    method: CompressionMethod,
    encrypted: bool,
    checksum: u32,
}

impl Archive {
    /// Reads the archive's directory.
    pub fn open(path: &Path, origin: &str) -> Result<Archive, Error> {
        let file = File::open(path).map_err(|error| Error::opening(origin, error))?;
        let mut members = directory(file).map_err(|error| unreadable(origin, error))?;
        if members.iter().any(|member| member.name == "[Content_Types].xml") {
            let remedy = "save its sheet as CSV UTF-8 in Excel and import that";
            return Err(Error::new(origin, "an Office document", remedy));
        }
        members.retain(|member| !member.name.split('/').any(|part| is_litter(Path::new(part))));
        if members.is_empty() {
            return Err(Error::new(origin, "a zip archive without files", "check the export"));
        }
        members.reverse();
        Ok(Archive { path: path.to_owned(), members })
    }

    pub fn next(&mut self) -> Option<Member> {
        self.members.pop()
    }
}

fn directory(file: File) -> Result<Vec<Member>, ZipError> {
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let mut members = Vec::with_capacity(archive.len());
    for number in 0..archive.len() {
        let entry = archive.by_index_raw(number)?;
        if entry.is_file() {
            members.push(Member {
                name: entry.name().unwrap_or_default().into_owned(),
                start: entry.data_start().unwrap_or_default(),
                packed_bytes: entry.compressed_size(),
                method: entry.compression(),
                encrypted: entry.encrypted(),
                checksum: entry.crc32(),
            });
        }
    }
    Ok(members)
}

fn unreadable(origin: &str, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            Error::opening(origin, error)
        }
        _ => {
            let remedy = "get it again, or unpack it with a tool that repairs archives";
            Error::new(origin, "a zip archive that is cut short or damaged", remedy)
        }
    }
}

impl Member {
    /// The member's bytes, unpacked. `count` sees the packed ones.
    pub fn open(
        &self,
        archive: &Path,
        origin: &str,
        count: impl FnOnce(u64, File) -> Source,
    ) -> Result<Source, Error> {
        if self.encrypted {
            let remedy = "unpack the archive and import the files";
            return Err(Error::new(origin, "it is encrypted", remedy));
        }
        let mut file = File::open(archive).map_err(|error| Error::opening(origin, error))?;
        file.seek(SeekFrom::Start(self.start)).map_err(|error| Error::opening(origin, error))?;
        let packed = count(self.start, file).take(self.packed_bytes);
        let packed = BufReader::with_capacity(256 << 10, packed);
        let source: Source = match self.method {
            CompressionMethod::STORE => Box::new(packed),
            CompressionMethod::DEFLATE => Box::new(flate2::bufread::DeflateDecoder::new(packed)),
            // Windows Explorer packs files over 2 GB in this way.
            CompressionMethod::DEFLATE64 => {
                Box::new(deflate64::Deflate64Decoder::with_buffer(packed))
            }
            method => {
                let problem = format!("packed by {method}, which we do not undo");
                let remedy = "unpack the archive and import the files";
                return Err(Error::new(origin, problem, remedy));
            }
        };
        Ok(Box::new(Checked { source, checksum: Crc::new(), expected: self.checksum }))
    }
}

/// Compares the checksum at the end.
struct Checked {
    source: Source,
    checksum: Crc,
    expected: u32,
}

impl Read for Checked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(out)?;
        self.checksum.update(&out[..length]);
        if length == 0 && !out.is_empty() && self.checksum.sum() != self.expected {
            // Said once; a reader that asks again is at the end.
            self.expected = self.checksum.sum();
            let problem = "its checksum is wrong, so it is damaged";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok(length)
    }
}
