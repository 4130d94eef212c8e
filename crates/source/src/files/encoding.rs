//! Text in other encodings, read as UTF-8.
//!
//! Windows PowerShell writes UTF-16 when output is redirected to a file, with a byte order mark from
//! `>` and without one through some tools. A surrogate without its partner has no form in UTF-8 and
//! becomes U+FFFD; all else survives.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::read::json::BYTE_ORDER_MARK;

/// The encoding of this name, as the web names them: `utf-16le`, `windows-1252`, `shift_jis`.
pub(super) fn named(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.as_bytes())
}

/// The encoding that a file's first bytes show, else the one that its owner tells; and how long its
/// mark is.
pub(super) fn of(
    start: &[u8],
    told: Option<&'static Encoding>,
) -> (Option<&'static Encoding>, usize) {
    match (detect(start), told) {
        ((None, 0), Some(told)) if told != UTF_8 => (Some(told), 0),
        (detected, _) => detected,
    }
}

fn detect(start: &[u8]) -> (Option<&'static Encoding>, usize) {
    match start {
        [0xff, 0xfe, ..] => (Some(UTF_16LE), 2),
        [0xfe, 0xff, ..] => (Some(UTF_16BE), 2),
        _ if start.starts_with(BYTE_ORDER_MARK) => (None, BYTE_ORDER_MARK.len()),
        // Every format starts with two characters of ASCII, as RFC 4627 says of JSON.
        [1..=255, 0, 1..=255, 0, ..] => (Some(UTF_16LE), 0),
        [0, 1..=255, 0, 1..=255, ..] => (Some(UTF_16BE), 0),
        _ => (None, 0),
    }
}

/// Reads another encoding as UTF-8.
pub(super) struct Transcoder {
    source: Box<dyn Read + Send>,
    decoder: Decoder,
    /// Bytes of the source that are not decoded yet, and text that is not read yet.
    input: Vec<u8>,
    input_at: usize,
    output: Vec<u8>,
    output_at: usize,
    ended: bool,
    /// What ended the source; what came before it is decoded first.
    failure: Option<io::Error>,
}

const CHUNK_BYTES: usize = 64 << 10;

impl Transcoder {
    pub fn new(source: Box<dyn Read + Send>, encoding: &'static Encoding) -> Transcoder {
        Transcoder {
            source,
            decoder: encoding.new_decoder_without_bom_handling(),
            input: Vec::new(),
            input_at: 0,
            output: Vec::new(),
            output_at: 0,
            ended: false,
            failure: None,
        }
    }

    /// Decodes the next piece; leaves nothing to read at the end of the source.
    fn decode(&mut self) -> io::Result<()> {
        self.output_at = 0;
        self.output.clear();
        while self.output.is_empty() && !self.ended {
            if self.input_at == self.input.len() {
                self.fill();
            }
            let last = self.input.is_empty();
            if last && let Some(failure) = self.failure.take() {
                self.ended = true;
                return Err(failure);
            }
            self.output.resize(CHUNK_BYTES, 0);
            let input = &self.input[self.input_at..];
            let (_, read, written, _) = self.decoder.decode_to_utf8(input, &mut self.output, last);
            self.output.truncate(written);
            self.input_at += read;
            self.ended = last;
        }
        Ok(())
    }

    fn fill(&mut self) {
        self.input.clear();
        self.input_at = 0;
        let mut piece = (&mut self.source).take(CHUNK_BYTES as u64);
        if self.failure.is_none()
            && let Err(failure) = piece.read_to_end(&mut self.input)
        {
            self.failure = Some(failure);
        }
    }
}

impl Read for Transcoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.output_at == self.output.len() {
            self.decode()?;
        }
        let rest = &self.output[self.output_at..];
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        self.output_at += length;
        Ok(length)
    }
}
