//! Which records does the tenant produce?
//!
//! Record number n of a content type follows from the seed and n alone, so any part of a tenant can
//! be made at any time, in any order, without the rest.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};

use crate::clock::{self, Millis};
use crate::content_type::ContentType;
use crate::publication::large;
use crate::random::{Guid, Random, blend};
use crate::record::{Actor, CATALOG, Draft, whereabouts};
use crate::scenario::{self, Planted, Story};
use crate::tenant::{OptionsError, Tenant, TenantOptions};
use crate::timeline::Timeline;

/// The history of an emulated tenant, in the order of time.
///
/// ```
/// use emulator::{Generator, TenantOptions};
/// let options = TenantOptions { records: 1_000, ..TenantOptions::default() };
/// let generator = Generator::new(options).unwrap();
/// let mut lines = Vec::new();
/// generator.write_ndjson(0..generator.len(), &mut lines).unwrap();
/// assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count() as u64, generator.len());
/// ```
#[derive(Debug)]
pub struct Generator {
    pub(crate) tenant: Tenant,
    pub(crate) timeline: Timeline,
    /// Records of scenarios, by content type, in the order of time.
    pub(crate) planted: [Vec<Planted>; 5],
    pub(crate) stories: Vec<Story>,
    pub(crate) records_per_blob: u64,
    pub(crate) large_blob_bytes: u64,
    /// How many records the large blob has, once counted.
    pub(crate) large_records: OnceLock<u64>,
}

/// One audit record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    pub content_type: ContentType,
    pub creation_time: DateTime<Utc>,
    /// The record as the API delivers it: one JSON object.
    pub json: Vec<u8>,
}

impl Generator {
    /// A generator whose history ends at `options.end_time`, or now.
    ///
    /// # Errors
    /// When an option cannot be used; the text names it.
    pub fn new(options: TenantOptions) -> Result<Generator, OptionsError> {
        Generator::ending(&options, Utc::now().timestamp_millis())
    }

    pub(crate) fn ending(options: &TenantOptions, now: Millis) -> Result<Generator, OptionsError> {
        options.check()?;
        let epoch = options.end_time.map_or(now, |time| time.timestamp_millis());
        let tenant = Tenant::new(options);
        let timeline = Timeline::new(options, &tenant, epoch);
        let (planted, stories) = scenario::plant(&options.scenarios, &tenant, epoch, options.days);
        Ok(Generator {
            tenant,
            timeline,
            planted,
            stories,
            records_per_blob: options.records_per_blob,
            large_blob_bytes: options.large_blob_bytes,
            large_records: OnceLock::new(),
        })
    }

    /// Number of records in the history, scenarios included.
    pub fn len(&self) -> u64 {
        ContentType::ALL.iter().map(|it| self.timeline.history_records(*it)).sum::<u64>()
            + self.planted.iter().map(|records| records.len() as u64).sum::<u64>()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the records of `range`, counted in the order of time, as one JSON object a line.
    /// Returns the number of bytes written.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_ndjson(&self, range: Range<u64>, out: &mut impl Write) -> io::Result<u64> {
        let mut buffer = Vec::with_capacity(1 << 18);
        let mut bytes = 0;
        self.visit(range, |at| {
            self.write(&at, true, &mut buffer);
            buffer.push(b'\n');
            if buffer.len() > (1 << 18) - (1 << 14) {
                bytes += buffer.len() as u64;
                out.write_all(&buffer)?;
                buffer.clear();
            }
            Ok(())
        })?;
        out.write_all(&buffer)?;
        Ok(bytes + buffer.len() as u64)
    }

    /// The records of the history one by one, in the order of time.
    pub fn iter(&self) -> impl Iterator<Item = Generated> + '_ {
        (0..self.timeline.history_slices()).flat_map(move |slice| self.slice_in_order(slice)).map(
            |at| {
                let mut json = Vec::with_capacity(2_048);
                self.write(&at, true, &mut json);
                Generated {
                    content_type: at.content_type,
                    creation_time: clock::to_utc(self.time_of(&at)),
                    json,
                }
            },
        )
    }

    /// What was planted, with one sentence on each story.
    pub fn stories(&self) -> &[Story] {
        &self.stories
    }

    fn visit(
        &self,
        range: Range<u64>,
        mut each: impl FnMut(RecordAt) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut first = 0;
        for slice in 0..self.timeline.history_slices() {
            let count = ContentType::ALL.iter().map(|it| self.count_in(*it, slice)).sum::<u64>();
            if first + count > range.start && first < range.end {
                for (number, at) in (first..).zip(self.slice_in_order(slice)) {
                    if range.contains(&number) {
                        each(at)?;
                    }
                }
            }
            first += count;
        }
        Ok(())
    }

    fn count_in(&self, content_type: ContentType, slice: u64) -> u64 {
        let records = self.timeline.records(content_type, slice);
        records.end - records.start + self.planted_in(content_type, slice).len() as u64
    }

    /// All records of a slice, sorted by time.
    fn slice_in_order(&self, slice: u64) -> Vec<RecordAt> {
        let mut records: Vec<(Millis, RecordAt)> = Vec::new();
        for content_type in ContentType::ALL {
            for number in self.timeline.records(content_type, slice) {
                let at = RecordAt { content_type, source: Source::Drawn { slice, number } };
                records.push((self.time_of(&at), at));
            }
            for index in self.planted_in(content_type, slice) {
                let at = RecordAt { content_type, source: Source::Planted { index } };
                records.push((self.time_of(&at), at));
            }
        }
        records.sort_by_key(|(time, _)| *time);
        records.into_iter().map(|(_, at)| at).collect()
    }

    /// The planted records that happen within a slice of the history.
    pub(crate) fn planted_in(&self, content_type: ContentType, slice: u64) -> Range<usize> {
        if slice >= self.timeline.history_slices() {
            return 0..0;
        }
        let planted = &self.planted[content_type.index()];
        let (start, end) = self.timeline.span(slice);
        planted.partition_point(|it| it.time < start)..planted.partition_point(|it| it.time < end)
    }

    pub(crate) fn time_of(&self, at: &RecordAt) -> Millis {
        match at.source {
            Source::Large { number } => large::time(self, number),
            Source::Drawn { slice, number } => self.timeline.time(at.content_type, slice, number),
            Source::Planted { index } => self.planted[at.content_type.index()][index].time,
        }
    }

    /// Index into the catalog of kinds.
    pub(crate) fn kind_of(&self, at: &RecordAt) -> usize {
        match at.source {
            Source::Drawn { number, .. } | Source::Large { number } => {
                self.draw(at.content_type, number, self.time_of(at)).0
            }
            Source::Planted { index } => self.planted[at.content_type.index()][index].kind,
        }
    }

    #[inline]
    fn draw(&self, content_type: ContentType, number: u64, time: Millis) -> (usize, Actor, Random) {
        let mut random = Random::new(self.record_seed(content_type, number));
        let service = random.next() < self.timeline.service_chance(content_type, time);
        let actor = if service { Actor::Service } else { Actor::Person };
        (CATALOG.draw(content_type, actor, &mut random), actor, random)
    }

    #[inline]
    fn record_seed(&self, content_type: ContentType, number: u64) -> u64 {
        blend(self.tenant.seed.wrapping_add(content_type as u64 + 1), number)
    }

    /// Writes one record. Without `dlp_values` the values that DLP found are left out,
    /// as for a reader without ActivityFeed.ReadDlp.
    pub(crate) fn write(&self, at: &RecordAt, dlp_values: bool, out: &mut Vec<u8>) {
        match at.source {
            Source::Drawn { number, .. } | Source::Large { number } => {
                self.write_drawn(at.content_type, number, self.time_of(at), dlp_values, out)
            }
            Source::Planted { index } => {
                out.extend_from_slice(&self.planted[at.content_type.index()][index].json);
            }
        }
    }

    fn write_drawn(
        &self,
        content_type: ContentType,
        number: u64,
        time: Millis,
        dlp_values: bool,
        out: &mut Vec<u8>,
    ) {
        let (kind, actor, mut random) = self.draw(content_type, number, time);
        let tenant = &self.tenant;
        let person = match actor {
            Actor::Service => tenant.someone(&mut random),
            Actor::Person => tenant.someone_at_work(clock::hour_of_week(time), &mut random),
        };
        let (address, session) = whereabouts(tenant, person, time, &mut random);
        let kind = CATALOG.kinds[kind];
        let mut draft = Draft {
            tenant,
            person,
            time,
            id: self.drawn_id(content_type, number),
            address,
            device: person.device,
            session,
            random,
            dlp_values,
            out: std::mem::take(out),
        };
        (kind.write)(&mut draft, kind);
        *out = draft.out;
    }

    fn drawn_id(&self, content_type: ContentType, number: u64) -> Guid {
        Guid::of(self.tenant.seed ^ (content_type as u64 + 11), number)
    }
}

/// Where a record comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordAt {
    pub(crate) content_type: ContentType,
    pub(crate) source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Drawn {
        slice: u64,
        number: u64,
    },
    /// Index into the planted records of the content type.
    Planted {
        index: usize,
    },
    /// A record of the one large blob.
    Large {
        number: u64,
    },
}
