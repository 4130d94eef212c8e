//! What did scenarios played at run time publish? The one thing that is remembered, not computed.

use std::sync::Arc;

use super::{Blob, BlobKey, Origin};
use crate::clock::Millis;
use crate::content_type::ContentType;
use crate::generator::Generator;
use crate::scenario::{self, Planted, Scenario, Story};

/// Parts from here on belong to scenarios played at run time.
pub(super) const STAGED_PART: u32 = 5_000_000;

/// The blobs of scenarios, and what they tell.
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

    pub(super) fn in_slice(
        &self,
        content_type: ContentType,
        slice: u64,
    ) -> impl Iterator<Item = Blob> {
        let fits = move |blob: &&Arc<StagedBlob>| {
            blob.key.content_type == content_type && blob.key.slice == slice
        };
        self.blobs.iter().filter(fits).map(|blob| blob.describe())
    }

    pub(super) fn blob(&self, key: BlobKey) -> Option<Blob> {
        self.blobs.iter().find(|blob| blob.key == key).map(|blob| blob.describe())
    }

    pub(super) fn entries(&self, key: BlobKey) -> Vec<(Origin, bool)> {
        let Some(blob) = self.blobs.iter().position(|blob| blob.key == key) else {
            return Vec::new();
        };
        let records = 0..self.blobs[blob].records.len();
        records.map(|record| (Origin::Staged { blob, record }, false)).collect()
    }

    /// Every record of a content type: when it happened, when it was published, and where it lies.
    pub(super) fn all(
        &self,
        content_type: ContentType,
    ) -> impl Iterator<Item = (Millis, Millis, Origin)> {
        let fits =
            move |(_, staged): &(usize, &Arc<StagedBlob>)| staged.key.content_type == content_type;
        self.blobs.iter().enumerate().filter(fits).flat_map(|(blob, staged)| {
            staged.records.iter().enumerate().map(move |(record, planted)| {
                (planted.time, staged.created, Origin::Staged { blob, record })
            })
        })
    }

    pub(super) fn record(&self, blob: usize, record: usize) -> &Planted {
        &self.blobs[blob].records[record]
    }
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
