//! What was published up to now? Tests hold what a client collected against this.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::content;
use super::faults::Faults;
use crate::clock::Millis;
use crate::content_type::ContentType;
use crate::publication::{Blob, BlobKey, Publication};
use crate::record::CATALOG;
use crate::scenario::Story;

/// What a tenant has published. Counts of records are of distinct ids unless they say otherwise.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Truth {
    pub name: String,
    pub tenant_id: String,
    /// Records in all published blobs, repetitions included.
    pub records: u64,
    pub distinct_ids: u64,
    /// Records published a second time.
    pub duplicates: u64,
    pub blobs: u64,
    /// Blobs that can no longer be fetched, and the distinct records in them that no whole blob
    /// repeats and that are therefore lost.
    pub expired_blobs: u64,
    pub expired_records: u64,
    /// Blobs whose JSON breaks, and the distinct records in them that stand at the break or behind
    /// it and that no whole blob repeats.
    pub broken_blobs: u64,
    pub broken_records: u64,
    /// Distinct ids by content type, Workload, RecordType and Operation.
    pub by_content_type: BTreeMap<&'static str, u64>,
    pub by_workload: BTreeMap<&'static str, u64>,
    pub by_record_type: BTreeMap<u16, u64>,
    pub by_operation: BTreeMap<&'static str, u64>,
    pub scenarios: Vec<Story>,
}

/// A blob, with what is in it. Times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub struct PublishedBlob {
    pub content_type: ContentType,
    pub content_id: String,
    /// Its contentCreated.
    pub created: Millis,
    /// When a listing first shows it: later than `created` for late content.
    pub visible: Millis,
    /// The records whole, each a JSON object, whatever may be wrong with the blob that holds them.
    pub records: Vec<Vec<u8>>,
}

/// Every blob up to `now`, those included that are still to come to light.
pub(super) fn published(publication: &Publication<'_>, now: Millis) -> Vec<PublishedBlob> {
    let mut blobs = Vec::new();
    for content_type in ContentType::ALL {
        let until = now + 1;
        // Asked at the end of time, so that what is late is there too.
        let all = publication.list(
            content_type,
            Millis::MIN / 2,
            until,
            Millis::MAX / 2,
            None,
            usize::MAX,
        );
        blobs.extend(all.iter().filter(|blob| !blob.key.is_large()).map(|blob| {
            let entries = publication.entries(blob.key);
            let written = entries.iter().map(|(at, _)| {
                let mut record = Vec::new();
                publication.write(at, true, &mut record);
                record
            });
            PublishedBlob {
                content_type,
                content_id: blob.content_id(),
                created: blob.created,
                visible: blob.visible_at,
                records: written.collect(),
            }
        }));
    }
    blobs
}

/// Counts blobs once and remembers them. One for each tenant.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counted: HashSet<BlobKey>,
    by_kind: Vec<u64>,
    duplicates: u64,
}

impl Tally {
    pub(super) fn truth(
        &mut self,
        publication: &Publication<'_>,
        faults: &Faults,
        now: Millis,
    ) -> Truth {
        self.by_kind.resize(CATALOG.kinds.len(), 0);
        let mut truth = Truth::default();
        for content_type in ContentType::ALL {
            for blob in
                publication.list(content_type, Millis::MIN / 2, now + 1, now, None, usize::MAX)
            {
                if self.counted.insert(blob.key) {
                    self.count(publication, &blob);
                }
                truth.blobs += 1;
                if content::has_expired(&blob, faults, now) {
                    truth.expired_blobs += 1;
                    truth.expired_records += lost_with(publication, &blob, 0, faults, now);
                } else if content::is_broken(&blob, faults) && !blob.key.is_large() {
                    let breaks_at = content::break_of(publication.entries(blob.key).len());
                    truth.broken_blobs += 1;
                    truth.broken_records += lost_with(publication, &blob, breaks_at, faults, now);
                }
            }
        }
        for (kind_index, count) in self.by_kind.iter().enumerate().filter(|(_, count)| **count > 0)
        {
            let kind = CATALOG.kinds[kind_index];
            truth.distinct_ids += count;
            *truth.by_content_type.entry(CATALOG.content_types[kind_index].name()).or_insert(0) +=
                count;
            *truth.by_workload.entry(kind.workload).or_insert(0) += count;
            *truth.by_record_type.entry(kind.record_type).or_insert(0) += count;
            *truth.by_operation.entry(kind.operation).or_insert(0) += count;
        }
        truth.duplicates = self.duplicates;
        truth.records = truth.distinct_ids + self.duplicates;
        truth.scenarios = [publication.generator.stories(), &publication.staged.stories].concat();
        truth
    }

    fn count(&mut self, publication: &Publication<'_>, blob: &Blob) {
        for (at, repeated) in publication.entries(blob.key) {
            if repeated {
                self.duplicates += 1;
            } else {
                self.by_kind[publication.kind_of(&at)] += 1;
            }
        }
    }
}

/// Records of a blob, from one on, that cannot be read elsewhere.
fn lost_with(
    publication: &Publication<'_>,
    blob: &Blob,
    first: usize,
    faults: &Faults,
    now: Millis,
) -> u64 {
    let readable = |key: BlobKey| {
        publication.find(key, now).is_some_and(|other| {
            !content::has_expired(&other, faults, now) && !content::is_broken(&other, faults)
        })
    };
    let entries = publication.entries(blob.key);
    entries[first..]
        .iter()
        .filter(|(at, repeated)| !repeated && !publication.repeated_in(at).is_some_and(readable))
        .count() as u64
}
