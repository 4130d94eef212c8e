//! Which rows of the sign-in and directory logs have come to light?
//!
//! Both logs show the events of the feed's Entra records, under the same ids. A row can be read
//! minutes after it happened, some an hour after; the reference gives no figure, these are ours.

use serde_json::Value;

use super::page::Position;
use crate::clock::{DAY, MINUTE, Millis, SECOND};
use crate::content_type::ContentType;
use crate::publication::{Origin, Publication};
use crate::random::blend;
use crate::record::CATALOG;

/// Tenants with a premium licence keep 30 days.
const RETENTION: Millis = 30 * DAY;

pub(super) type Row = (Position, Origin);

/// The rows of a record type that can be read now and may pass the filter, in no order.
pub(super) fn rows(
    publication: &Publication<'_>,
    record_type: u16,
    (from, until): (Option<Millis>, Option<Millis>),
    now: Millis,
) -> Vec<Row> {
    let oldest = now - RETENTION;
    // Times in rows may be cut to the second, so the span is a second wider.
    let from = from.map_or(oldest, |from| from.max(oldest));
    let until = until.map_or(now, |until| until.saturating_add(SECOND)).min(now);
    let seed = publication.generator.tenant.seed;
    publication
        .happened(ContentType::AzureActiveDirectory, from, until)
        .into_iter()
        .filter(|it| CATALOG.kinds[publication.kind_of(&it.origin)].record_type == record_type)
        .map(|it| (Position { time: it.time, tie: it.origin.number() }, it.origin))
        .filter(|(position, _)| position.time + latency(seed, position) <= now)
        .collect()
}

fn latency(seed: u64, position: &Position) -> Millis {
    let chance = blend(seed ^ 0x1A7E, position.tie);
    let minutes = match chance % 100 {
        0..3 => 45 + (chance >> 8) % 25,
        3..20 => 6 + (chance >> 8) % 10,
        _ => 1 + (chance >> 8) % 5,
    };
    minutes as Millis * MINUTE
}

/// The feed's record behind a row.
pub(super) fn record(publication: &Publication<'_>, origin: &Origin) -> Value {
    let mut json = Vec::with_capacity(2_048);
    publication.write(origin, true, &mut json);
    serde_json::from_slice(&json).unwrap_or_default()
}

/// The value of a Name/Value list in a record: ExtendedProperties, DeviceProperties.
pub(super) fn named<'v>(list: &'v Value, name: &str) -> &'v str {
    let found = list.as_array().and_then(|list| list.iter().find(|it| it["Name"] == name));
    found.and_then(|it| it["Value"].as_str()).unwrap_or_default()
}
