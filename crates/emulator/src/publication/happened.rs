//! Which records happened in a span of time, whichever blob they are in?
//!
//! The feed asks by publication; the logs and searches of Graph ask by the time of the event.

use super::{Origin, Publication};
use crate::clock::Millis;
use crate::content_type::ContentType;
use crate::generator::{RecordAt, Source};

/// A record and its two times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happened {
    pub(crate) time: Millis,
    /// When the feed had published it, stragglers apart.
    pub(crate) published: Millis,
    pub(crate) origin: Origin,
}

impl Publication<'_> {
    /// The records of a content type with a time in `from..until`, in no order. Those of the one
    /// large blob are left out.
    pub(crate) fn happened(
        &self,
        content_type: ContentType,
        from: Millis,
        until: Millis,
    ) -> Vec<Happened> {
        let timeline = &self.generator.timeline;
        let first = timeline.slices_ended_by(from);
        let last = timeline.slices_ended_by(until) + 1;
        let mut found = Vec::new();
        for slice in first..last {
            // Behind the last of the slice's blobs.
            let published = timeline.created(content_type, slice, 1, 1);
            let drawn = timeline.records(content_type, slice);
            let drawn = drawn.map(|number| Source::Drawn { slice, number });
            let planted = self.generator.planted_in(content_type, slice);
            for source in drawn.chain(planted.map(|index| Source::Planted { index })) {
                let at = RecordAt { content_type, source };
                let time = self.generator.time_of(&at);
                found.push(Happened { time, published, origin: Origin::Generated(at) });
            }
        }
        found.extend(self.staged.all(content_type).map(|(time, published, origin)| Happened {
            time,
            published,
            origin,
        }));
        found.retain(|it| (from..until).contains(&it.time));
        found
    }
}

impl Origin {
    /// A number that tells records of one content type apart.
    pub(crate) fn number(&self) -> u64 {
        match *self {
            Origin::Generated(RecordAt { source, .. }) => match source {
                Source::Drawn { number, .. } | Source::Large { number } => number,
                Source::Planted { index } => (1 << 48) | index as u64,
            },
            Origin::Staged { blob, record } => (1 << 49) | ((blob as u64) << 20) | record as u64,
        }
    }
}
