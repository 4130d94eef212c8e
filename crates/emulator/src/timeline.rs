//! When does what happen, and when does it become available?
//!
//! Time is cut into slices. For each content type the timeline knows, by arithmetic alone, which
//! records fall into a slice and when their blobs are published; nothing is stored for each record
//! or blob, so a tenant of ten million records starts at once.
//!
//! The history ends when the emulator starts ("epoch"). After it come live slices of equal length.

use crate::clock::{self, HOUR, MINUTE, Millis, SECOND};
use crate::content_type::ContentType;
use crate::random::{blend, threshold};
use crate::record;
use crate::tenant::{Tenant, TenantOptions};

/// The last events of the history precede the start by this much: publication takes time.
const TAIL: Millis = 3 * MINUTE;
const SLICE: Millis = HOUR;
/// Near the end slices are short, so that a demo shows events of the last minutes.
const FINE_SLICE: Millis = 5 * MINUTE;
const FINE_SPAN: Millis = 2 * HOUR;
/// The latency of publication shrinks towards the end of the history, down to this.
const LATENCY_MIN: Millis = 90 * SECOND;
/// Blobs of one slice appear within this time of each other.
const SPREAD: Millis = 20 * SECOND;
const LIVE_LATENCY: Millis = 500;

#[derive(Debug)]
pub(crate) struct Timeline {
    seed: u64,
    pub(crate) epoch: Millis,
    /// Starts of the history slices, and at last the end of the last one.
    boundaries: Vec<Millis>,
    /// For each content type, the first record of each history slice, and at last the number of records.
    first_record: [Vec<u64>; 5],
    /// Records for each live slice.
    live_records: [f64; 5],
    live_slice: Millis,
    /// Chance by hour of the week that a record is a service's, as a bound for 64-bit hashes.
    service_chance: Vec<[u64; 168]>,
}

impl Timeline {
    pub(crate) fn new(options: &TenantOptions, tenant: &Tenant, epoch: Millis) -> Timeline {
        let boundaries = boundaries(epoch - i64::from(options.days) * clock::DAY, epoch - TAIL);
        let mut first_record: [Vec<u64>; 5] = Default::default();
        let counts = counts(options.records);
        for content_type in ContentType::ALL {
            let at = content_type.index();
            first_record[at] =
                spread(&boundaries, counts[at], service_part(content_type), &tenant.bustle);
        }
        let publish_every = options.publish_every_ms as Millis;
        Timeline {
            seed: tenant.seed,
            epoch,
            boundaries,
            first_record,
            live_records: ContentType::ALL
                .map(|it| options.rate * record::feed_share(it) * publish_every as f64 / 1_000.0),
            live_slice: publish_every,
            service_chance: ContentType::ALL
                .iter()
                .map(|it| service_chance(*it, &tenant.bustle))
                .collect(),
        }
    }

    pub(crate) fn history_slices(&self) -> u64 {
        self.boundaries.len() as u64 - 1
    }

    pub(crate) fn history_records(&self, content_type: ContentType) -> u64 {
        self.first_record[content_type.index()][self.boundaries.len() - 1]
    }

    /// Start and end of a slice.
    pub(crate) fn span(&self, slice: u64) -> (Millis, Millis) {
        let history = self.history_slices();
        if slice < history {
            let at = slice as usize;
            return (self.boundaries[at], self.boundaries[at + 1]);
        }
        let start = self.epoch + (slice - history) as i64 * self.live_slice;
        (start, start + self.live_slice)
    }

    /// The records of a slice, by their number within the content type.
    pub(crate) fn records(&self, content_type: ContentType, slice: u64) -> std::ops::Range<u64> {
        let first = &self.first_record[content_type.index()];
        let history = self.history_slices();
        if slice < history {
            return first[slice as usize]..first[slice as usize + 1];
        }
        let total = first[history as usize];
        let live = self.live_records[content_type.index()];
        let so_far = |slices: u64| total + (slices as f64 * live) as u64;
        so_far(slice - history)..so_far(slice - history + 1)
    }

    /// When a record of the slice happened. Within a slice, times rise with the number.
    #[inline]
    pub(crate) fn time(&self, content_type: ContentType, slice: u64, record: u64) -> Millis {
        let (start, end) = self.span(slice);
        let records = self.records(content_type, slice);
        self.time_within(start, end, &records, record)
    }

    #[inline]
    pub(crate) fn time_within(
        &self,
        start: Millis,
        end: Millis,
        records: &std::ops::Range<u64>,
        record: u64,
    ) -> Millis {
        let count = (records.end - records.start).max(1);
        let length = (end - start) as u64;
        let at = (record - records.start) * length / count;
        let room = (length / count).max(1);
        start + (at + blend(self.seed, record) % room) as i64
    }

    #[inline]
    pub(crate) fn service_chance(&self, content_type: ContentType, time: Millis) -> u64 {
        self.service_chance[content_type.index()][clock::hour_of_week(time)]
    }

    /// contentCreated of one of `parts` blobs of a slice. Never falls as slice and part rise.
    pub(crate) fn created(
        &self,
        content_type: ContentType,
        slice: u64,
        part: u32,
        parts: u32,
    ) -> Millis {
        let (_, end) = self.span(slice);
        let parts = i64::from(parts.max(1));
        if slice >= self.history_slices() {
            return end + LIVE_LATENCY + i64::from(part) * (self.live_slice / 2) / parts;
        }
        let jitter = (blend(self.seed ^ content_type as u64, slice) % SPREAD as u64) as i64;
        end + self.latency(content_type, end) + jitter + i64::from(part) * SPREAD / parts
    }

    /// A moment after all blobs of a live slice were created and before those of the next.
    pub(crate) fn created_last(&self, slice: u64) -> Millis {
        self.span(slice).1 + LIVE_LATENCY + self.live_slice / 2
    }

    /// The live slice that `now` lies in; the first one before the start.
    pub(crate) fn slice_under_way(&self, now: Millis) -> u64 {
        self.history_slices() + ((now - self.epoch).max(0) / self.live_slice) as u64
    }

    fn latency(&self, content_type: ContentType, end: Millis) -> Millis {
        // The reference calls 60 to 90 minutes typical for the big workloads, longer for others.
        let most = match content_type {
            ContentType::AzureActiveDirectory => 20 * MINUTE,
            ContentType::SharePoint => 45 * MINUTE,
            ContentType::Exchange => 60 * MINUTE,
            ContentType::General => 80 * MINUTE,
            ContentType::Dlp => 90 * MINUTE,
        };
        let history = (self.epoch - self.boundaries[0]).max(1);
        LATENCY_MIN + (most - LATENCY_MIN) * (self.epoch - end) / history
    }

    /// Slices whose blobs may have been created from `from` on.
    pub(crate) fn first_slice_created_from(&self, content_type: ContentType, from: Millis) -> u64 {
        let history = self.history_slices();
        // The last blob of a slice is created less than SPREAD after the first.
        let at =
            partition(history, |slice| self.created(content_type, slice, 0, 1) + SPREAD < from);
        if at < history {
            return at;
        }
        let passed = from - self.epoch - LIVE_LATENCY - 2 * self.live_slice;
        history + (passed.max(0) / self.live_slice) as u64
    }

    /// One past the last slice that ended by `now`.
    pub(crate) fn slices_ended_by(&self, now: Millis) -> u64 {
        let history = self.history_slices();
        if now < self.epoch {
            return partition(history, |slice| self.span(slice).1 <= now);
        }
        history + ((now - self.epoch) / self.live_slice) as u64
    }
}

/// The first number below `end` for which `holds` is false; `holds` turns false once.
fn partition(end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = (low + high) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn boundaries(start: Millis, end: Millis) -> Vec<Millis> {
    let mut boundaries = Vec::new();
    let mut at = start;
    while at < end - FINE_SPAN {
        boundaries.push(at);
        at += SLICE;
    }
    at = at.min(end - FINE_SPAN).max(boundaries.last().map_or(start, |last| last + FINE_SLICE));
    while at < end - FINE_SLICE {
        boundaries.push(at);
        at += FINE_SLICE;
    }
    boundaries.push(end);
    boundaries
}

/// Records for each content type; Exchange takes what rounding leaves.
fn counts(records: u64) -> [u64; 5] {
    let mut counts = ContentType::ALL.map(|it| (records as f64 * record::feed_share(it)) as u64);
    let others: u64 = counts.iter().sum::<u64>() - counts[ContentType::Exchange.index()];
    counts[ContentType::Exchange.index()] = records - others;
    counts
}

fn service_part(content_type: ContentType) -> f64 {
    record::service_share(content_type)
}

/// Cumulative counts: services work evenly, people by the clock.
fn spread(boundaries: &[Millis], count: u64, service: f64, bustle: &[f64; 168]) -> Vec<u64> {
    let mut sums = vec![0.0];
    for span in boundaries.windows(2) {
        let middle = span[0] + (span[1] - span[0]) / 2;
        let people = (1.0 - service) * bustle[clock::hour_of_week(middle)];
        sums.push(sums[sums.len() - 1] + (span[1] - span[0]) as f64 * (service + people));
    }
    let total = sums[sums.len() - 1];
    let mut first: Vec<u64> = sums.iter().map(|sum| (sum / total * count as f64) as u64).collect();
    // Rounding must not lose the last record.
    if let Some(last) = first.last_mut() {
        *last = count;
    }
    first
}

fn service_chance(content_type: ContentType, bustle: &[f64; 168]) -> [u64; 168] {
    let service = service_part(content_type);
    bustle.map(|people| threshold(service / (service + (1.0 - service) * people)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(records: u64, days: u32, rate: f64) -> Timeline {
        let options = TenantOptions { records, days, rate, ..TenantOptions::default() };
        Timeline::new(&options, &Tenant::new(&options), 1_790_000_000_000)
    }

    #[test]
    fn every_record_is_in_exactly_one_slice() {
        for (records, days) in [(0, 7), (1, 7), (1_000, 1), (123_457, 7), (5_000, 30)] {
            let timeline = timeline(records, days, 0.0);
            let mut total = 0;
            for content_type in ContentType::ALL {
                let mut next = 0;
                for slice in 0..timeline.history_slices() {
                    let range = timeline.records(content_type, slice);
                    assert_eq!(range.start, next);
                    next = range.end;
                }
                total += next;
            }
            assert_eq!(total, records);
        }
    }

    #[test]
    fn publication_follows_the_events_and_precedes_the_start() {
        for days in [1, 7, 30] {
            let timeline = timeline(50_000, days, 25.0);
            for content_type in ContentType::ALL {
                let mut before = i64::MIN;
                for slice in 0..timeline.history_slices() + 50 {
                    let (start, end) = timeline.span(slice);
                    assert!(start < end);
                    for part in 0..3 {
                        let created = timeline.created(content_type, slice, part, 3);
                        assert!(created >= end && created >= before, "slice {slice} part {part}");
                        assert_eq!(
                            created <= timeline.epoch,
                            slice < timeline.history_slices(),
                            "slice {slice}"
                        );
                        before = created;
                    }
                    for record in timeline.records(content_type, slice) {
                        let time = timeline.time(content_type, slice, record);
                        assert!((start..end).contains(&time));
                    }
                }
            }
        }
    }

    #[test]
    fn all_of_seven_days_can_be_listed_for_an_hour() {
        let timeline = timeline(10_000, 7, 0.0);
        for content_type in ContentType::ALL {
            let first = timeline.created(content_type, 0, 0, 1);
            assert!(first > timeline.epoch - 7 * clock::DAY + HOUR);
        }
    }

    #[test]
    fn slices_are_found_by_time() {
        let timeline = timeline(10_000, 7, 10.0);
        let content_type = ContentType::Exchange;
        for slice in 0..timeline.history_slices() + 100 {
            let created = timeline.created(content_type, slice, 0, 1);
            assert!(timeline.first_slice_created_from(content_type, created) <= slice);
            assert!(timeline.slices_ended_by(timeline.span(slice).1) == slice + 1, "{slice}");
        }
    }
}
