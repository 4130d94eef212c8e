use super::names::parse_page_token;
use super::*;
use crate::clock::HOUR;
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
                        source: Source::Drawn { number, .. }, ..
                    }) => (content_type as u8, 0, number),
                    Origin::Generated(RecordAt { source: Source::Planted { index }, .. }) => {
                        (content_type as u8, 1, index as u64)
                    }
                    Origin::Generated(RecordAt { source: Source::Large { number }, .. }) => {
                        (content_type as u8, 2, number)
                    }
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
    let hour = counts(&publication, NOW + HOUR);
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
