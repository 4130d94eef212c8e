//! Which blobs has the service published, and which records are in them?
//!
//! A blob is one part of one slice of one content type. What it holds follows from its key, so it
//! is made when somebody asks for it and forgotten afterwards. As in the real service, a blob may
//! hold events older than those of the blob before it, events inside are not in order, and a few
//! records arrive hours late.

use std::sync::Arc;

use crate::clock::{self, Millis, SECOND};
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
    fn at(&self, created: Millis) -> &Regime {
        let after = self.0.partition_point(|regime| regime.since <= created);
        &self.0[after.saturating_sub(1)]
    }
}

/// The feed of a tenant under certain regimes.
pub(crate) struct Publication<'a> {
    pub(crate) generator: &'a Generator,
    pub(crate) regimes: Regimes,
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
                    if blobs.len() == limit {
                        return blobs;
                    }
                }
            }
        }
        blobs
    }

    /// The blob with this key, if it has been published by `now`.
    pub(crate) fn find(&self, key: BlobKey, now: Millis) -> Option<Blob> {
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
    pub(crate) fn entries(&self, key: BlobKey) -> Vec<(RecordAt, bool)> {
        let BlobKey { content_type, slice, part } = key;
        let records = self.generator.timeline.records(content_type, slice);
        let parts = u64::from(self.parts(content_type, slice)).max(1);
        let mut entries = Vec::new();
        for number in (records.start + u64::from(part)..records.end).step_by(parts as usize) {
            if self.fate(content_type, slice, number) != Fate::Straggles {
                entries.push((
                    RecordAt { content_type, source: Source::Drawn { slice, number } },
                    false,
                ));
            }
        }
        if part == 0 {
            let planted = self.generator.planted_in(content_type, slice);
            entries.extend(planted.map(|index| {
                (RecordAt { content_type, source: Source::Planted { index } }, false)
            }));
            self.gather_from_before(content_type, slice, &mut entries);
        }
        if !entries.is_empty() {
            let turn = self.chance(key, 4) as usize % entries.len();
            entries.rotate_left(turn);
        }
        entries
    }

    /// Stragglers and duplicates that earlier slices left for this one.
    fn gather_from_before(
        &self,
        content_type: ContentType,
        slice: u64,
        entries: &mut Vec<(RecordAt, bool)>,
    ) {
        for back in (1..=DUPLICATE_SLICES).chain([STRAGGLER_SLICES]) {
            let Some(earlier) = slice.checked_sub(back) else { continue };
            for number in self.generator.timeline.records(content_type, earlier) {
                let at =
                    RecordAt { content_type, source: Source::Drawn { slice: earlier, number } };
                match self.fate(content_type, earlier, number) {
                    Fate::Straggles if back == STRAGGLER_SLICES => entries.push((at, false)),
                    Fate::Repeats(after) if after == back => entries.push((at, true)),
                    _ => {}
                }
            }
        }
    }

    /// The later blob that repeats a record, if one does.
    pub(crate) fn repeated_in(&self, at: &RecordAt) -> Option<BlobKey> {
        let Source::Drawn { slice, number } = at.source else { return None };
        match self.fate(at.content_type, slice, number) {
            Fate::Repeats(after) => {
                Some(BlobKey { content_type: at.content_type, slice: slice + after, part: 0 })
            }
            _ => None,
        }
    }

    fn fate(&self, content_type: ContentType, slice: u64, number: u64) -> Fate {
        let seed = self.generator.tenant.seed ^ (5 << 56) ^ content_type as u64;
        let chance = blend(seed, number);
        let records = self.generator.timeline.records(content_type, slice);
        let parts = u64::from(self.parts(content_type, slice)).max(1);
        let position = number - records.start;
        // The first record of each blob stays, so that no blob is empty.
        if position >= parts
            && chance < threshold(STRAGGLERS)
            && self.continues(content_type, slice, STRAGGLER_SLICES)
            && slice < self.generator.timeline.history_slices()
        {
            return Fate::Straggles;
        }
        let part = (position % parts) as u32;
        let key = BlobKey { content_type, slice, part };
        let created = self.generator.timeline.created(content_type, slice, part, parts as u32);
        let regime = self.regimes.at(created);
        if regime.duplicate_rate == 0.0 {
            return Fate::Stays;
        }
        let again = blend(seed ^ 0xD0, number);
        let after = 1 + chance % DUPLICATE_SLICES;
        let repeats = again < threshold(regime.duplicate_rate)
            // The repetition must not come to light before the original.
            && !self.is_late(key, regime)
            && self.continues(content_type, slice, after);
        if repeats { Fate::Repeats(after) } else { Fate::Stays }
    }

    /// Whether there is a blob `after` slices later, in the same part of the timeline.
    fn continues(&self, content_type: ContentType, slice: u64, after: u64) -> bool {
        let history = self.generator.timeline.history_slices();
        (slice < history) == (slice + after < history)
            && self.parts(content_type, slice + after) > 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    Straggles,
    /// Appears a second time, so many slices later.
    Repeats(u64),
}

impl Blob {
    /// The id the API hands out: time and nine digits, twice, then content type and region. The
    /// digits hold the key; to a client the id is opaque.
    pub(crate) fn content_id(&self) -> String {
        let stamp = clock::compact(self.created);
        format!(
            "{stamp}{:09}${stamp}{:09}${}$emea{:04}",
            self.key.slice,
            self.key.part,
            self.key.content_type.in_content_id(),
            self.key.slice % 9_000
        )
    }
}

/// Reads the key out of a content id; None when it does not have the shape of one.
pub(crate) fn parse_content_id(text: &str) -> Option<BlobKey> {
    let mut pieces = text.split('$');
    let (first, second, _, name) = (pieces.next()?, pieces.next()?, pieces.next()?, pieces.next()?);
    let digits = |piece: &str| piece.len() == 23 && piece.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first) || !digits(second) || pieces.count() != 1 {
        return None;
    }
    let content_type =
        ContentType::ALL.into_iter().find(|it| it.name().replace('.', "_") == name)?;
    Some(BlobKey {
        content_type,
        slice: first[14..].parse().ok()?,
        part: second[14..].parse().ok()?,
    })
}

/// A page link's token: date and hour, `R`, and the last key handed out.
pub(crate) fn page_token(blob: &Blob) -> String {
    let check = page_check(blob.key.slice, blob.key.part);
    format!(
        "{}R{:09}{:05}{check:03}",
        &clock::compact(blob.created)[..10],
        blob.key.slice,
        blob.key.part
    )
}

pub(crate) fn parse_page_token(text: &str) -> Option<(u64, u32)> {
    let (date, rest) = text.split_once('R')?;
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 10 || rest.len() != 17 || !numeric(date) || !numeric(rest) {
        return None;
    }
    let (slice, part) = (rest[..9].parse().ok()?, rest[9..14].parse().ok()?);
    (rest[14..].parse::<u64>().ok()? == page_check(slice, part)).then_some((slice, part))
}

fn page_check(slice: u64, part: u32) -> u64 {
    blend(slice, u64::from(part)) % 1_000
}

/// A GUID that stands for nothing but looks like one, for ids of requests.
pub(crate) fn request_guid(seed: u64, number: u64) -> Guid {
    Guid::of(seed ^ 0x7E57, number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::tenant::TenantOptions;
    use std::collections::HashMap;

    const NOW: Millis = 1_790_000_000_000;

    fn generator(records: u64, rate: f64) -> Generator {
        let options = TenantOptions {
            records,
            rate,
            records_per_blob: 50,
            scenarios: Scenario::ALL.to_vec(),
            ..TenantOptions::default()
        };
        Generator::ending(&options, NOW).unwrap()
    }

    fn publication(generator: &Generator, duplicate_rate: f64, late_rate: f64) -> Publication<'_> {
        let regime = Regime {
            since: Millis::MIN,
            duplicate_rate,
            late_rate,
            late_seconds: 600,
            expired_rate: 0.0,
        };
        Publication { generator, regimes: Regimes(Arc::new(vec![regime])) }
    }

    /// How often each record appears in what is listed at `now`.
    fn counts(publication: &Publication<'_>, now: Millis) -> HashMap<(u8, u64, u64), u32> {
        let mut counts = HashMap::new();
        for content_type in ContentType::ALL {
            for blob in publication.list(content_type, 0, now + 1, now, None, usize::MAX) {
                let entries = publication.entries(blob.key);
                assert!(!entries.is_empty(), "a blob holds at least one record");
                for (at, _) in entries {
                    let id = match at.source {
                        Source::Drawn { number, .. } => (content_type as u8, 0, number),
                        Source::Planted { index } => (content_type as u8, 1, index as u64),
                    };
                    *counts.entry(id).or_insert(0) += 1;
                }
            }
        }
        counts
    }

    #[test]
    fn each_record_is_published_exactly_once() {
        for records in [0, 10, 777, 30_000] {
            let generator = generator(records, 0.0);
            let counts = counts(&publication(&generator, 0.0, 0.0), NOW);
            assert_eq!(counts.len() as u64, generator.len());
            assert!(counts.values().all(|count| *count == 1));
        }
    }

    #[test]
    fn duplicates_are_published_twice_and_nothing_is_lost() {
        let generator = generator(20_000, 0.0);
        let counts = counts(&publication(&generator, 0.2, 0.0), NOW);
        assert_eq!(counts.len() as u64, generator.len());
        let twice = counts.values().filter(|count| **count == 2).count();
        assert!((2_500..5_000).contains(&twice), "{twice}");
    }

    #[test]
    fn late_content_comes_to_light_later() {
        let generator = generator(20_000, 0.0);
        let publication = publication(&generator, 0.1, 0.3);
        let early = counts(&publication, NOW);
        assert!((early.len() as u64) < generator.len() * 9 / 10);
        let late = counts(&publication, NOW + 601 * SECOND);
        assert_eq!(late.len() as u64, generator.len());
    }

    #[test]
    fn live_records_keep_coming() {
        let generator = generator(1_000, 20.0);
        let publication = publication(&generator, 0.0, 0.0);
        let hour = counts(&publication, NOW + clock::HOUR);
        let live = hour.len() as u64 - generator.len();
        assert!((20 * 3_550..20 * 3_601).contains(&live), "{live}");
    }

    #[test]
    fn ids_and_page_tokens_read_back() {
        let generator = generator(5_000, 5.0);
        let publication = publication(&generator, 0.0, 0.0);
        for content_type in ContentType::ALL {
            for blob in publication.list(content_type, 0, NOW, NOW, None, usize::MAX) {
                assert_eq!(parse_content_id(&blob.content_id()), Some(blob.key));
                assert_eq!(
                    parse_page_token(&page_token(&blob)),
                    Some((blob.key.slice, blob.key.part))
                );
            }
        }
        for bad in [
            "",
            "x",
            "20260928101742000000001$20260928101742000000000$audit_general$Audit_General",
            "1$2$3$4$5",
        ] {
            assert_eq!(parse_content_id(bad), None, "{bad}");
        }
        for bad in ["", "R", "2026092800R00000000000000001", "2026092800R1"] {
            assert_eq!(parse_page_token(bad), None, "{bad}");
        }
    }

    #[test]
    fn pages_join_without_gap_or_overlap() {
        let generator = generator(20_000, 0.0);
        let publication = publication(&generator, 0.0, 0.0);
        let content_type = ContentType::Exchange;
        let all = publication.list(content_type, 0, NOW, NOW, None, usize::MAX);
        let mut paged = Vec::new();
        let mut after = None;
        loop {
            let page = publication.list(content_type, 0, NOW, NOW, after, 7);
            let Some(last) = page.last() else { break };
            after = Some((last.key.slice, last.key.part));
            paged.extend(page);
        }
        assert_eq!(
            paged.iter().map(|blob| blob.key).collect::<Vec<_>>(),
            all.iter().map(|blob| blob.key).collect::<Vec<_>>()
        );
    }
}
