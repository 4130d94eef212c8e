//! On what does a result rest?

use anyhow::Result;
use event::time;
use store::{Gap, Store};

use super::spec::JobSpec;
use crate::collect::schedule::Pace;

/// In one or two sentences: what is known to be missing in the span asked for, and how new the store
/// is.
pub async fn words(store: &Store, pace: &Pace, spec: &JobSpec, now: i64) -> Result<String> {
    let tables = store.tables().await?;
    let newest = tables
        .iter()
        .filter(|table| spec.tenant.as_ref().is_none_or(|name| table.tenant().as_str() == name))
        .filter_map(|table| Some(table.time()?.1))
        .max();
    let newest = newest.map_or("Nothing is stored.".to_owned(), |newest| {
        format!("The newest event stored is of {}.", time::iso_text(newest))
    });
    let gaps = match store.existing_ledger()? {
        Some(ledger) => ledger.gaps(now, pace.lag)?,
        None => Vec::new(),
    };
    let gaps: Vec<&Gap> = gaps.iter().filter(|gap| concerns(gap, spec)).collect();
    Ok(format!("{} {newest}", gap_words(&gaps)))
}

fn concerns(gap: &Gap, spec: &JobSpec) -> bool {
    spec.tenant.as_ref().is_none_or(|name| *name == gap.tenant)
        && spec.to.is_none_or(|to| gap.start < to)
        && spec.from.is_none_or(|from| gap.stop > from)
}

fn gap_words(gaps: &[&Gap]) -> String {
    let Some(first) = gaps.first() else {
        return "No gap is known in this span.".to_owned();
    };
    let count = match gaps.len() {
        1 => "One gap is".to_owned(),
        count => format!("{count} gaps are"),
    };
    format!(
        "{count} known in this span, so events may be missing: tenant {}, {}, {} to {}{}; `trail365 gaps` lists them.",
        first.tenant,
        first.content_type,
        time::iso_text(first.start),
        time::iso_text(first.stop),
        if gaps.len() > 1 { " and others" } else { "" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Format, Search, What};

    fn gap(tenant: &str, start: i64, stop: i64) -> Gap {
        Gap {
            tenant: tenant.to_owned(),
            content_type: "Audit.Exchange".to_owned(),
            start,
            stop,
            state: store::GapState::Lost,
            cause: String::new(),
            blobs: 0,
            expires: None,
        }
    }

    #[test]
    fn gaps_of_the_span_and_tenant_count() {
        let what = What::Search(Search::default());
        let tenant = Some("contoso".to_owned());
        let spec = JobSpec { what, format: Format::Csv, from: Some(10), to: Some(20), tenant };
        for (tenant, start, stop, counts) in [
            ("contoso", 0, 10, false),
            ("contoso", 0, 11, true),
            ("contoso", 19, 30, true),
            ("contoso", 20, 30, false),
            ("fabrikam", 12, 13, false),
        ] {
            assert_eq!(concerns(&gap(tenant, start, stop), &spec), counts, "{tenant} {start}");
        }
        let one = gap("contoso", 0, time::HOUR);
        assert!(gap_words(&[]).starts_with("No gap"));
        assert!(gap_words(&[&one]).starts_with("One gap is known"));
        assert!(gap_words(&[&one, &one]).contains("2 gaps are known"));
        assert!(gap_words(&[&one, &one]).contains("01:00:00Z and others"));
    }
}
