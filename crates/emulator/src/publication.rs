//! Which blobs has the service published, and which records are in them?
//!
//! A blob is one part of one slice of one content type. What it holds follows from its key, so it
//! is made when somebody asks for it and forgotten afterwards. As in the real service, a blob may
//! hold events older than those of the blob before it, events inside are not in order, and a few
//! records arrive hours late.

use std::sync::Arc;

use crate::api::Problem;
use crate::clock::{self, Millis, SECOND};
use crate::content_type::ContentType;
use crate::generator::{Generator, RecordAt, Source};
use crate::random::{Guid, blend, threshold};
use crate::scenario::{self, Planted, Scenario, Story};

/// Share of records that miss their slice.
const STRAGGLERS: f64 = 0.003;
/// How many slices later stragglers appear: six hours, outside the fine slices at the end.
const STRAGGLER_SLICES: u64 = 6;
/// Parts from here on belong to scenarios played at run time.
const STAGED_PART: u32 = 5_000_000;
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

/// What scenarios played at run time have published: the one thing that is remembered, not computed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Staged {
    /// In the order of keys within each content type.
    blobs: Vec<Arc<StagedBlob>>,
    pub(crate) stories: Vec<Story>,
}

#[derive(Debug)]
struct StagedBlob {
    key: BlobKey,
    created: Millis,
    records: Vec<Planted>,
}

impl Staged {
    /// Plays a scenario that ends now. Its blobs join the live slice under way, behind its own.
    pub(crate) fn play(&mut self, generator: &Generator, scenario: Scenario, now: Millis) -> Story {
        let number = self.stories.len() as u64;
        let (planted, story) = scenario::play_until(scenario, &generator.tenant, number, now);
        let slice = generator.timeline.slice_under_way(now);
        for (content_type, records) in ContentType::ALL.into_iter().zip(planted) {
            if records.is_empty() {
                continue;
            }
            let part = STAGED_PART + number as u32;
            let created = generator.timeline.created_last(slice) + number as i64;
            let key = BlobKey { content_type, slice, part };
            self.blobs.push(Arc::new(StagedBlob { key, created, records }));
        }
        self.stories.push(story.clone());
        story
    }

    fn in_slice(&self, content_type: ContentType, slice: u64) -> impl Iterator<Item = &StagedBlob> {
        let fits = move |blob: &&StagedBlob| {
            blob.key.content_type == content_type && blob.key.slice == slice
        };
        self.blobs.iter().map(AsRef::as_ref).filter(fits)
    }

    fn get(&self, key: BlobKey) -> Option<(usize, &StagedBlob)> {
        let blobs = self.blobs.iter().map(AsRef::as_ref).enumerate();
        blobs.into_iter().find(|(_, blob)| blob.key == key)
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
            for staged in self.staged.in_slice(content_type, slice) {
                let behind = after.is_none_or(|position| (slice, staged.key.part) > position);
                if behind
                    && staged.created >= from
                    && staged.created < until
                    && staged.created <= now
                {
                    blobs.push(staged.describe());
                }
            }
            if blobs.len() >= limit {
                blobs.truncate(limit);
                break;
            }
        }
        blobs
    }

    /// The blob with this key, if it has been published by `now`.
    pub(crate) fn find(&self, key: BlobKey, now: Millis) -> Option<Blob> {
        if key.part >= STAGED_PART {
            let (_, staged) = self.staged.get(key)?;
            return (staged.created <= now).then(|| staged.describe());
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
        if let Some((blob, staged)) = self.staged.get(key) {
            let at = |record| Origin::Staged { blob, record };
            return (0..staged.records.len()).map(|record| (at(record), false)).collect();
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
            Origin::Staged { blob, record } => self.staged.blobs[*blob].records[*record].kind,
        }
    }

    /// Writes one record; see [`Generator::write`].
    pub(crate) fn write(&self, origin: &Origin, dlp_values: bool, out: &mut Vec<u8>) {
        match origin {
            Origin::Generated(at) => self.generator.write(at, dlp_values, out),
            Origin::Staged { blob, record } => {
                out.extend_from_slice(&self.staged.blobs[*blob].records[*record].json);
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

impl StagedBlob {
    fn describe(&self) -> Blob {
        Blob {
            key: self.key,
            created: self.created,
            visible_at: self.created,
            expires_early: false,
        }
    }
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

/// A page link's token: date and hour, `R`, two numbers, and a check against typing.
pub(crate) fn page_token(time: Millis, first: u64, second: u32) -> String {
    let check = page_check(first, second);
    format!("{}R{first:09}{second:07}{check:03}", &clock::compact(time)[..10])
}

pub(crate) fn read_page_token(text: &str) -> Result<(u64, u32), Problem> {
    parse_page_token(text).ok_or_else(|| Problem::NextPage(text.to_owned()))
}

fn parse_page_token(text: &str) -> Option<(u64, u32)> {
    let (date, rest) = text.split_once('R')?;
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 10 || rest.len() != 19 || !numeric(date) || !numeric(rest) {
        return None;
    }
    let (first, second) = (rest[..9].parse().ok()?, rest[9..16].parse().ok()?);
    (rest[16..].parse::<u64>().ok()? == page_check(first, second)).then_some((first, second))
}

fn page_check(first: u64, second: u32) -> u64 {
    blend(first, u64::from(second)) % 1_000
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
        Publication { generator, regimes: Regimes(Arc::new(vec![regime])), staged: Arc::default() }
    }

    /// How often each record appears in what is listed at `now`.
    fn counts(publication: &Publication<'_>, now: Millis) -> HashMap<(u8, u64, u64), u32> {
        let mut counts = HashMap::new();
        for content_type in ContentType::ALL {
            for blob in publication.list(content_type, 0, now + 1, now, None, usize::MAX) {
                let entries = publication.entries(blob.key);
                assert!(!entries.is_empty(), "a blob holds at least one record");
                for (origin, _) in entries {
                    let id = match origin {
                        Origin::Generated(RecordAt {
                            source: Source::Drawn { number, .. },
                            ..
                        }) => (content_type as u8, 0, number),
                        Origin::Generated(RecordAt {
                            source: Source::Planted { index }, ..
                        }) => (content_type as u8, 1, index as u64),
                        Origin::Staged { .. } => panic!("nothing was played"),
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
                    parse_page_token(&page_token(blob.created, blob.key.slice, blob.key.part)),
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
        for bad in ["", "R", "2026092800R0000000000000000001", "2026092800R1"] {
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
