//! What is inside these bytes?
//!
//! Undoes gzip, also twice, and other encodings, by the bytes' own marks. What we cannot undo is
//! named, so that its owner can.

use std::io::{self, BufReader, Cursor, Read};

use encoding_rs::Encoding;
use flate2::read::MultiGzDecoder;

use super::encoding::{self, Transcoder};
use super::read::Text;

/// What the first bytes of a file may hide.
pub(super) enum Content {
    Text(Text),
    Zip,
    Empty,
    /// Packed in a way that we do not undo: what it is called.
    Unknown(&'static str),
}

/// Gzip in gzip happens when a script packs what is packed; more is a bomb.
const LAYERS_MAX: usize = 3;

/// Enough for every mark below.
const START_BYTES: u64 = 512;

pub(super) type Source = Box<dyn Read + Send>;

/// What is in a source. `told` is the encoding of text that shows none itself.
pub(super) fn unpack(mut source: Source, told: Option<&'static Encoding>) -> io::Result<Content> {
    for _ in 0..=LAYERS_MAX {
        let mut start = Vec::new();
        let outcome = (&mut source).take(START_BYTES).read_to_end(&mut start);
        match outcome {
            Ok(0) => return Ok(Content::Empty),
            Ok(_) => {}
            Err(failure) if start.is_empty() => return Err(failure),
            // The failure is told after what came before it has been read.
            Err(failure) => source = Box::new(Failed(Some(failure))),
        }
        if let Some(name) = unknown(&start) {
            return Ok(Content::Unknown(name));
        }
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            return Ok(Content::Zip);
        }
        if !start.starts_with(&[0x1f, 0x8b]) {
            return Ok(Content::Text(text(start, source, told)));
        }
        let packed = BufReader::with_capacity(PACKED_BYTES, Cursor::new(start).chain(source));
        source = Box::new(MultiGzDecoder::new(packed));
    }
    Ok(Content::Unknown("gzip within gzip, many times over"))
}

struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

const PACKED_BYTES: usize = 256 << 10;

fn text(start: Vec<u8>, source: Source, told: Option<&'static Encoding>) -> Text {
    let (encoding, mark) = encoding::of(&start, told);
    let mut start = Cursor::new(start);
    start.set_position(mark as u64);
    let source = Box::new(start.chain(source));
    Text::new(match encoding {
        Some(encoding) => Box::new(Transcoder::new(source, encoding)),
        None => source,
    })
}

fn unknown(start: &[u8]) -> Option<&'static str> {
    let marks: [(&[u8], &str); 9] = [
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xfd7zXZ", "xz"),
        (b"BZh", "bzip2"),
        (b"Rar!", "a RAR archive"),
        (b"%PDF", "a PDF document"),
        (b"\xd0\xcf\x11\xe0", "an old Office document"),
        (b"PAR1", "a Parquet file"),
        (b"SQLite format 3", "an SQLite database"),
    ];
    if start.get(257..262) == Some(b"ustar") {
        return Some("a tar archive");
    }
    let found = marks.iter().find(|(mark, _)| start.starts_with(mark));
    found.map(|(_, name)| *name)
}
