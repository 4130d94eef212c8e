//! One very large blob, on request.
//!
//! The reference publishes no limit for blobs, so a client must not need memory for a whole one.
//! This one is written while it is sent; it lies behind the other blobs of the last slice of
//! history, and its records are in no other.

use std::sync::Arc;

use super::{Blob, BlobKey, Origin};
use crate::clock::{DAY, Millis};
use crate::content_type::ContentType;
use crate::generator::{Generator, RecordAt, Source};
use crate::random::blend;

/// The one part of this number is the large blob.
pub(super) const LARGE_PART: u32 = 9_000_000;
const CONTENT_TYPE: ContentType = ContentType::Exchange;
const CHUNK_BYTES: usize = 64 << 10;
/// Numbers from here on belong to its records.
const FIRST_NUMBER: u64 = 1 << 40;

impl BlobKey {
    pub(crate) fn is_large(self) -> bool {
        self.part == LARGE_PART
    }
}

/// The blob, if the tenant has it.
pub(super) fn blob(generator: &Generator) -> Option<Blob> {
    if generator.large_blob_bytes == 0 {
        return None;
    }
    let slice = generator.timeline.history_slices() - 1;
    let key = BlobKey { content_type: CONTENT_TYPE, slice, part: LARGE_PART };
    // Part one of one lies behind all others.
    let created = generator.timeline.created(CONTENT_TYPE, slice, 1, 1);
    Some(Blob { key, created, visible_at: created, expires_early: false })
}

pub(super) fn entries(generator: &Generator) -> Vec<(Origin, bool)> {
    (0..records(generator)).map(|at| (Origin::Generated(record(at)), false)).collect()
}

/// When a record of the blob happened: somewhere in the last day of history.
pub(crate) fn time(generator: &Generator, number: u64) -> Millis {
    let (start, _) = generator.timeline.span(0);
    let (_, end) = generator.timeline.span(generator.timeline.history_slices() - 1);
    let start = start.max(end - DAY);
    start + (blend(generator.tenant.seed, number) % (end - start).max(1) as u64) as i64
}

fn record(at: u64) -> RecordAt {
    RecordAt { content_type: CONTENT_TYPE, source: Source::Large { number: FIRST_NUMBER + at } }
}

/// How many records make the blob as large as asked for. Known once they have been written.
fn records(generator: &Generator) -> u64 {
    *generator.large_records.get_or_init(|| {
        let (mut count, mut bytes, mut scratch) = (0, 0, Vec::new());
        while bytes < generator.large_blob_bytes {
            scratch.clear();
            generator.write(&record(count), true, &mut scratch);
            bytes += scratch.len() as u64;
            count += 1;
        }
        count
    })
}

/// The blob's body piece by piece.
pub(crate) struct LargeBody {
    generator: Arc<Generator>,
    next: u64,
    bytes: u64,
    ended: bool,
}

impl LargeBody {
    pub(crate) fn of(generator: Arc<Generator>) -> LargeBody {
        LargeBody { generator, next: 0, bytes: 0, ended: false }
    }
}

impl Iterator for LargeBody {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.ended {
            return None;
        }
        let mut chunk = Vec::with_capacity(CHUNK_BYTES + (CHUNK_BYTES >> 3));
        while chunk.len() < CHUNK_BYTES {
            if self.bytes >= self.generator.large_blob_bytes {
                chunk.push(b']');
                self.ended = true;
                break;
            }
            chunk.push(if self.next == 0 { b'[' } else { b',' });
            let before = chunk.len();
            self.generator.write(&record(self.next), true, &mut chunk);
            self.bytes += (chunk.len() - before) as u64;
            self.next += 1;
        }
        Some(chunk)
    }
}
