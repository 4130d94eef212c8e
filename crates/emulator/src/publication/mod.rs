//! Which blobs has the service published, and which records are in them?
//!
//! A blob is one part of one slice of one content type. What it holds follows from its key, so it
//! is made when somebody asks for it and forgotten afterwards. As in the real service, a blob may
//! hold events older than those of the blob before it, events inside are not in order, and a few
//! records arrive hours late.

mod happened;
pub(crate) mod large;
mod names;
mod staged;

use large::LARGE_PART;
pub(crate) use names::{page_token, parse_content_id, read_page_token};
use staged::STAGED_PART;
pub(crate) use staged::Staged;

use std::sync::Arc;

use crate::clock::{Millis, SECOND};
use crate::content_type::ContentType;
use crate::generator::{Generator, RecordAt, Source};
use crate::random::{Guid, blend, threshold};

/// Share of records that miss their slice.
const STRAGGLERS: f64 = 0.003;
/// How many slices later stragglers appear: six hours, outside the fine slices at the end.
const STRAGGLER_SLICES: u64 = 6;
/// A duplicate appears one to three slices after the original.
const DUPLICATE_SLICES: u64 = 3;

/// Names a blob. The order of keys is the order of contentCreated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BlobKey {
    pub(crate) content_type: ContentType,
    pub(crate) slice: u64,
    pub(crate) part: u32,
}

/// A published blob.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blob {
    pub(crate) key: BlobKey,
    pub(crate) created: Millis,
    /// When a listing shows it: later than `created` for late content.
    pub(crate) visible_at: Millis,
    /// Planned to expire early by the fault of that name.
    pub(crate) expires_early: bool,
}

/// How content is published from a moment on. Faults that shape content have a beginning, so that
/// switching one on does not change blobs a client may have read already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Regime {
    pub(crate) since: Millis,
    pub(crate) duplicate_rate: f64,
    pub(crate) late_rate: f64,
    pub(crate) late_seconds: u32,
    pub(crate) expired_rate: f64,
}

/// Regimes in the order of time; the first one holds from the beginning.
#[derive(Clone, Debug)]
pub(crate) struct Regimes(pub(crate) Arc<Vec<Regime>>);

impl Regimes {
    /// Whether any regime publishes records twice.
    fn repeat(&self) -> bool {
        self.0.iter().any(|regime| regime.duplicate_rate > 0.0)
    }

    fn at(&self, created: Millis) -> &Regime {
        let after = self.0.partition_point(|regime| regime.since <= created);
        &self.0[after.saturating_sub(1)]
    }
}

/// The feed of a tenant under certain regimes.
pub(crate) struct Publication<'a> {
    pub(crate) generator: &'a Generator,
    pub(crate) regimes: Regimes,
    pub(crate) staged: Arc<Staged>,
}

impl<'a> Publication<'a> {
    /// The blobs created in `from..until` and visible at `now`, after a certain key, at most `limit`.
    pub(crate) fn list(
        &self,
        content_type: ContentType,
        from: Millis,
        until: Millis,
        now: Millis,
        after: Option<(u64, u32)>,
        limit: usize,
    ) -> Vec<Blob> {
        let timeline = &self.generator.timeline;
        let first = timeline
            .first_slice_created_from(content_type, from)
            .max(after.map_or(0, |(slice, _)| slice));
        let last = timeline.slices_ended_by(until.min(now));
        let mut blobs = Vec::new();
        for slice in first..last {
            let parts = self.parts(content_type, slice);
            for part in 0..parts {
                if after.is_some_and(|position| (slice, part) <= position) {
                    continue;
                }
                let blob = self.describe(BlobKey { content_type, slice, part }, parts);
                if blob.created >= from
                    && blob.created < until
                    && blob.created <= now
                    && blob.visible_at <= now
                {
                    blobs.push(blob);
                }
            }
            for blob in self.staged.in_slice(content_type, slice) {
                let behind = after.is_none_or(|position| (slice, blob.key.part) > position);
                if behind && blob.created >= from && blob.created < until && blob.created <= now {
                    blobs.push(blob);
                }
            }
            blobs.extend(large::blob(self.generator).filter(|blob| {
                (blob.key.content_type, blob.key.slice) == (content_type, slice)
                    && after.is_none_or(|position| (slice, LARGE_PART) > position)
                    && (from..until.min(now + 1)).contains(&blob.created)
            }));
            if blobs.len() >= limit {
                blobs.truncate(limit);
                break;
            }
        }
        blobs
    }

    /// The blob with this key, if it has been published by `now`.
    pub(crate) fn find(&self, key: BlobKey, now: Millis) -> Option<Blob> {
        if key.is_large() {
            return large::blob(self.generator)
                .filter(|blob| blob.key == key && blob.created <= now);
        }
        if key.part >= STAGED_PART {
            return self.staged.blob(key).filter(|blob| blob.created <= now);
        }
        if key.slice >= self.generator.timeline.slices_ended_by(now) {
            return None;
        }
        let parts = self.parts(key.content_type, key.slice);
        if key.part >= parts {
            return None;
        }
        let blob = self.describe(key, parts);
        (blob.created <= now && blob.visible_at <= now).then_some(blob)
    }

    fn describe(&self, key: BlobKey, parts: u32) -> Blob {
        let created = self.generator.timeline.created(key.content_type, key.slice, key.part, parts);
        let regime = self.regimes.at(created);
        let late = self.is_late(key, regime);
        let visible_at = if late {
            // What is late in the history comes to light some time after the start.
            created.max(regime.since).max(self.generator.timeline.epoch)
                + i64::from(regime.late_seconds) * SECOND
        } else {
            created
        };
        let expires_early = self.chance(key, 3) < threshold(regime.expired_rate);
        Blob { key, created, visible_at, expires_early }
    }

    fn is_late(&self, key: BlobKey, regime: &Regime) -> bool {
        self.chance(key, 2) < threshold(regime.late_rate)
    }

    fn chance(&self, key: BlobKey, purpose: u64) -> u64 {
        let place = (key.slice << 20) ^ (u64::from(key.part) << 3) ^ key.content_type as u64;
        blend(self.generator.tenant.seed ^ (purpose << 56), place)
    }

    /// How many blobs a slice has.
    pub(crate) fn parts(&self, content_type: ContentType, slice: u64) -> u32 {
        let records = self.generator.timeline.records(content_type, slice);
        let count = records.end - records.start;
        if count == 0 {
            return u32::from(!self.generator.planted_in(content_type, slice).is_empty());
        }
        count.div_ceil(self.generator.records_per_blob) as u32
    }

    /// The records of a blob, with a mark on those that were in an earlier blob already.
    pub(crate) fn entries(&self, key: BlobKey) -> Vec<(Origin, bool)> {
        let BlobKey { content_type, slice, part } = key;
        if key.is_large() {
            return large::entries(self.generator);
        }
        if part >= STAGED_PART {
            return self.staged.entries(key);
        }
        let shape = self.shape(content_type, slice);
        let mut entries = Vec::new();
        for number in (shape.first + u64::from(part)..shape.end).step_by(shape.parts as usize) {
            if self.fate(&shape, number) != Fate::Straggles {
                entries.push((Origin::drawn(content_type, slice, number), false));
            }
        }
        if part == 0 {
            let planted = self.generator.planted_in(content_type, slice);
            entries.extend(planted.map(|index| (Origin::planted(content_type, index), false)));
            self.gather_from_before(content_type, slice, &mut entries);
        }
        if !entries.is_empty() {
            let turn = self.chance(key, 4) as usize % entries.len();
            entries.rotate_left(turn);
        }
        entries
    }

    /// Index into the catalog of kinds.
    pub(crate) fn kind_of(&self, origin: &Origin) -> usize {
        match origin {
            Origin::Generated(at) => self.generator.kind_of(at),
            Origin::Staged { blob, record } => self.staged.record(*blob, *record).kind,
        }
    }

    /// Writes one record; see [`Generator::write`].
    pub(crate) fn write(&self, origin: &Origin, dlp_values: bool, out: &mut Vec<u8>) {
        match origin {
            Origin::Generated(at) => self.generator.write(at, dlp_values, out),
            Origin::Staged { blob, record } => {
                out.extend_from_slice(&self.staged.record(*blob, *record).json);
            }
        }
    }

    /// Stragglers and duplicates that earlier slices left for this one.
    fn gather_from_before(
        &self,
        content_type: ContentType,
        slice: u64,
        entries: &mut Vec<(Origin, bool)>,
    ) {
        for back in (1..=DUPLICATE_SLICES).chain([STRAGGLER_SLICES]) {
            if back != STRAGGLER_SLICES && !self.regimes.repeat() {
                continue;
            }
            let Some(earlier) = slice.checked_sub(back) else { continue };
            let shape = self.shape(content_type, earlier);
            for number in shape.first..shape.end {
                let origin = Origin::drawn(content_type, earlier, number);
                match self.fate(&shape, number) {
                    Fate::Straggles if back == STRAGGLER_SLICES => entries.push((origin, false)),
                    Fate::Repeats(after) if after == back => entries.push((origin, true)),
                    _ => {}
                }
            }
        }
    }

    /// The later blob that repeats a record, if one does.
    pub(crate) fn repeated_in(&self, origin: &Origin) -> Option<BlobKey> {
        let Origin::Generated(RecordAt { content_type, source: Source::Drawn { slice, number } }) =
            *origin
        else {
            return None;
        };
        match self.fate(&self.shape(content_type, slice), number) {
            Fate::Repeats(after) => Some(BlobKey { content_type, slice: slice + after, part: 0 }),
            _ => None,
        }
    }

    fn shape(&self, content_type: ContentType, slice: u64) -> Shape {
        let records = self.generator.timeline.records(content_type, slice);
        let parts = self.parts(content_type, slice).max(1);
        Shape { content_type, slice, first: records.start, end: records.end, parts }
    }

    fn fate(&self, shape: &Shape, number: u64) -> Fate {
        let chance =
            blend(self.generator.tenant.seed ^ (5 << 56) ^ shape.content_type as u64, number);
        // The first record of each blob stays, so that no blob is empty.
        let may_straggle =
            chance < threshold(STRAGGLERS) && number - shape.first >= u64::from(shape.parts);
        if may_straggle
            && shape.slice < self.generator.timeline.history_slices()
            && self.continues(shape, STRAGGLER_SLICES)
        {
            return Fate::Straggles;
        }
        if self.regimes.repeat() { self.repetition(shape, number, chance) } else { Fate::Stays }
    }

    fn repetition(&self, shape: &Shape, number: u64, chance: u64) -> Fate {
        let part = ((number - shape.first) % u64::from(shape.parts)) as u32;
        let key = BlobKey { content_type: shape.content_type, slice: shape.slice, part };
        let created =
            self.generator.timeline.created(shape.content_type, shape.slice, part, shape.parts);
        let regime = self.regimes.at(created);
        let after = 1 + chance % DUPLICATE_SLICES;
        let repeats = blend(chance, 0xD0) < threshold(regime.duplicate_rate)
            // The repetition must not come to light before the original.
            && !self.is_late(key, regime)
            && self.continues(shape, after);
        if repeats { Fate::Repeats(after) } else { Fate::Stays }
    }

    /// Whether there is a blob `after` slices later, in the same part of the timeline.
    fn continues(&self, shape: &Shape, after: u64) -> bool {
        let history = self.generator.timeline.history_slices();
        let later = shape.slice + after;
        (shape.slice < history) == (later < history) && self.parts(shape.content_type, later) > 0
    }
}

/// The records of a slice and the number of its blobs.
struct Shape {
    content_type: ContentType,
    slice: u64,
    first: u64,
    end: u64,
    parts: u32,
}

/// Where a published record comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    Generated(RecordAt),
    /// A record of a scenario played at run time.
    Staged {
        blob: usize,
        record: usize,
    },
}

impl Origin {
    fn drawn(content_type: ContentType, slice: u64, number: u64) -> Origin {
        Origin::Generated(RecordAt { content_type, source: Source::Drawn { slice, number } })
    }

    fn planted(content_type: ContentType, index: usize) -> Origin {
        Origin::Generated(RecordAt { content_type, source: Source::Planted { index } })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    Straggles,
    /// Appears a second time, so many slices later.
    Repeats(u64),
}

/// A GUID that stands for nothing but looks like one, for ids of requests.
pub(crate) fn request_guid(seed: u64, number: u64) -> Guid {
    Guid::of(seed ^ 0x7E57, number)
}

#[cfg(test)]
mod tests;
