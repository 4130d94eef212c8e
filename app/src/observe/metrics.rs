//! Which figures does a monitoring system get?
//!
//! docs/collecting.md has the table of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::Result;
use event::{IssueKind, TenantName, time};
use prometheus_client::registry::Unit;
use source::service::Counts;
use store::{CursorState, Gap, GapState, JobState, Ledger, Reader, Standing};

use super::sheet::Sheet;
use super::{LaneSeen, Seen};
use crate::pipeline::IssueCounts;

/// Incidents are few; this bounds what a scrape may cost.
const INCIDENTS_MAX: usize = 10_000;

type Labels = Vec<(&'static str, String)>;

/// What a scrape needs to know of a tenant, taken in a moment.
pub(super) struct Tenant {
    name: TenantName,
    content_types: Vec<&'static str>,
    lag: i64,
    counts: Counts,
    passes: [u64; 2],
    last_success: Option<i64>,
    windows: u64,
    blobs: [u64; 3],
    issues: IssueCounts,
}

impl Tenant {
    pub(super) fn of(seen: &Seen) -> Tenant {
        let sum = |count: fn(&LaneSeen) -> u64| seen.lanes.iter().map(count).sum();
        Tenant {
            name: seen.collector.tenant().clone(),
            content_types: seen.collector.content_types().collect(),
            lag: seen.collector.pace().lag,
            counts: seen.collector.counts(),
            passes: [sum(|lane| lane.succeeded), sum(|lane| lane.failed)],
            last_success: seen.last_success(),
            windows: seen.windows,
            blobs: [seen.blobs, seen.failed, seen.expired],
            issues: seen.collector.issue_counts(),
        }
    }

    fn label(&self) -> Labels {
        vec![("tenant", self.name.to_string())]
    }

    fn labels(&self, name: &'static str, value: &str) -> Labels {
        vec![("tenant", self.name.to_string()), (name, value.to_owned())]
    }
}

/// What a scrape needs to know of the outputs.
pub(super) struct Outputs {
    pub cursors: Vec<CursorState>,
    /// Since the start of this process, by name.
    pub counts: BTreeMap<String, output::Counts>,
}

/// What a scrape needs to know of the jobs; nothing where nobody asked for any.
#[derive(Default)]
pub(super) struct JobCounts {
    pub states: Vec<(JobState, u64)>,
    pub deliveries_waiting: u64,
}

/// The text of a scrape.
pub(super) fn text(
    tenants: &[Tenant],
    outputs: &Outputs,
    jobs: &JobCounts,
    ledger: &Ledger,
    now: i64,
) -> Result<String> {
    let mut sheet = Sheet::default();
    let build = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    sheet.gauge("build_info", None, "1, with the version as a label.", vec![(build, 1.0)]);
    add_freshness(&mut sheet, tenants, ledger, now)?;
    add_gaps(&mut sheet, tenants, ledger, now)?;
    add_passes(&mut sheet, tenants);
    add_issues(&mut sheet, tenants);
    add_requests(&mut sheet, tenants);
    add_records(&mut sheet, tenants, ledger)?;
    add_batches(&mut sheet, tenants, ledger)?;
    add_cursors(&mut sheet, &outputs.cursors, ledger, now)?;
    add_outputs(&mut sheet, &outputs.counts);
    add_jobs(&mut sheet, jobs);
    Ok(sheet.text()?)
}

fn add_freshness(sheet: &mut Sheet, tenants: &[Tenant], ledger: &Ledger, now: i64) -> Result<()> {
    let standings = ledger.standings()?;
    let samples = |level: &dyn Fn(&Standing) -> Option<f64>| {
        let mut samples = Vec::new();
        for tenant in tenants {
            for standing in standings.iter().filter(|standing| is_of(tenant, &standing.scope)) {
                let labels = tenant.labels("content_type", &standing.scope.content_type);
                samples.extend(level(standing).map(|level| (labels, level)));
            }
        }
        samples
    };
    let (second, at) = (Some(Unit::Seconds), |at: Option<i64>| at.map(seconds));
    let lag = samples(&|standing| Some(seconds(standing.lag(now))));
    sheet.gauge("lag", second.clone(), "Since the end of what is listed, in seconds.", lag);
    let listed = samples(&|standing| at(standing.listed));
    let help = "When a listing last succeeded, in seconds since 1970.";
    sheet.gauge("last_listed_timestamp", second.clone(), help, listed);
    let stored = samples(&|standing| at(standing.stored));
    let help = "When the newest stored content was stored, in seconds since 1970.";
    sheet.gauge("last_stored_timestamp", second, help, stored);
    let waiting = samples(&|standing| Some(standing.waiting as f64));
    sheet.gauge("blobs_waiting", None, "Blobs that are listed and not stored.", waiting);
    let trouble = samples(&|standing| Some(f64::from(u8::from(standing.trouble.is_some()))));
    sheet.gauge("trouble", None, "1 if the content type cannot be listed now, else 0.", trouble);
    Ok(())
}

fn is_of(tenant: &Tenant, scope: &store::Scope) -> bool {
    scope.tenant == tenant.name.as_str()
        && tenant.content_types.contains(&scope.content_type.as_str())
}

fn add_gaps(sheet: &mut Sheet, tenants: &[Tenant], ledger: &Ledger, now: i64) -> Result<()> {
    let unproven = ledger.gaps(now, 0)?;
    // Nearly always one, since the pace is for all tenants alike.
    let mut by_lag: BTreeMap<i64, Vec<Gap>> = BTreeMap::new();
    for tenant in tenants {
        if let Entry::Vacant(entry) = by_lag.entry(tenant.lag) {
            entry.insert(ledger.gaps(now, tenant.lag)?);
        }
    }
    let (mut counted, mut left) = (Vec::new(), Vec::new());
    for tenant in tenants {
        let gaps = &by_lag[&tenant.lag];
        for content_type in &tenant.content_types {
            let is_of = |gap: &&Gap| {
                gap.tenant == tenant.name.as_str() && gap.content_type == *content_type
            };
            for state in [GapState::Unlisted, GapState::Waiting, GapState::Lost] {
                let count = gaps.iter().filter(is_of).filter(|gap| gap.state == state).count();
                let mut labels = tenant.labels("content_type", content_type);
                labels.push(("state", state.name().to_owned()));
                counted.push((labels, count as f64));
            }
            let expires = unproven.iter().filter(is_of).filter_map(|gap| gap.expires).min();
            let labels = tenant.labels("content_type", content_type);
            left.extend(expires.map(|expires| (labels, seconds((expires - now).max(0)))));
        }
    }
    let help = "Gaps older than the configured lag, by state: unlisted, waiting or lost.";
    sheet.gauge("gaps", None, help, counted);
    let help = "Until the service forgets the oldest content that is not proven, in seconds.";
    sheet.gauge("unproven_expiry", Some(Unit::Seconds), help, left);
    Ok(())
}

fn add_passes(sheet: &mut Sheet, tenants: &[Tenant]) {
    let by_outcome = |counts: &dyn Fn(&Tenant) -> Vec<(&'static str, u64)>| {
        let samples = tenants.iter().flat_map(|tenant| {
            let sample = |(name, count)| (tenant.labels("outcome", name), count);
            counts(tenant).into_iter().map(sample).collect::<Vec<_>>()
        });
        samples.collect::<Vec<_>>()
    };
    let passes = by_outcome(&|tenant| {
        let [succeeded, failed] = tenant.passes;
        vec![("succeeded", succeeded), ("failed", failed)]
    });
    sheet.counter("passes", None, "Passes since the start, by outcome.", passes);
    let success = tenants
        .iter()
        .filter_map(|tenant| Some((tenant.label(), seconds(tenant.last_success?))))
        .collect();
    let help = "When a pass last succeeded, in seconds since 1970.";
    sheet.gauge("last_success_timestamp", Some(Unit::Seconds), help, success);
    let windows = tenants.iter().map(|tenant| (tenant.label(), tenant.windows)).collect();
    sheet.counter("windows_listed", None, "Windows listed since the start.", windows);
    let blobs = by_outcome(&|tenant| {
        let [stored, failed, expired] = tenant.blobs;
        vec![("stored", stored), ("failed", failed), ("expired", expired)]
    });
    let help = "Blobs since the start, by outcome: stored, failed for now, or expired.";
    sheet.counter("blobs", None, help, blobs);
}

/// A kind that was not met yet stands at 0, so that the first of it is an increase.
fn add_issues(sheet: &mut Sheet, tenants: &[Tenant]) {
    let samples = tenants.iter().flat_map(|tenant| {
        let kinds = IssueKind::ALL.iter().zip(tenant.issues);
        kinds.map(|(kind, count)| (tenant.labels("kind", kind.name()), count))
    });
    let help = "Oddities in records that arrived since the start, by kind.";
    sheet.counter("issues", None, help, samples.collect());
}

fn add_requests(sheet: &mut Sheet, tenants: &[Tenant]) {
    let samples = |count: fn(&Counts) -> u64| {
        tenants.iter().map(|tenant| (tenant.label(), count(&tenant.counts))).collect::<Vec<_>>()
    };
    let help = "Requests sent since the start, tries included.";
    sheet.counter("requests", None, help, samples(|counts| counts.requests));
    let help = "Requests tried again since the start.";
    sheet.counter("retries", None, help, samples(|counts| counts.retries));
    let help = "Answers since the start that said: too many requests.";
    sheet.counter("throttles", None, help, samples(|counts| counts.throttled));
    let help = "Answers received since the start, unpacked, in bytes.";
    sheet.counter("received", Some(Unit::Bytes), help, samples(|counts| counts.bytes));
    let help = "Access tokens received since the start.";
    sheet.counter("tokens", None, help, samples(|counts| counts.tokens));
}

fn add_records(sheet: &mut Sheet, tenants: &[Tenant], ledger: &Ledger) -> Result<()> {
    let mut samples: [Vec<(Labels, u64)>; 5] = Default::default();
    for tenant in tenants {
        let totals = ledger.totals(&tenant.name)?;
        let counts = [
            totals.stored + totals.duplicates + totals.dropped,
            totals.stored,
            totals.duplicates,
            totals.quarantined,
            totals.dropped,
        ];
        for (samples, count) in samples.iter_mut().zip(counts) {
            samples.push((tenant.label(), count));
        }
    }
    let [records, stored, duplicates, quarantined, dropped] = samples;
    let help = "Records that arrived, duplicates and quarantined bytes included.";
    sheet.counter("records", None, help, records);
    sheet.counter("stored", None, "Records new in the table.", stored);
    sheet.counter("duplicates", None, "Records that were in the table already.", duplicates);
    let help = "Records that could not be read, kept as bytes.";
    sheet.counter("quarantined", None, help, quarantined);
    sheet.counter("dropped", None, "Records that a policy kept out.", dropped);
    Ok(())
}

fn add_batches(sheet: &mut Sheet, tenants: &[Tenant], ledger: &Ledger) -> Result<()> {
    let (mut numbers, mut versions, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for tenant in tenants {
        let Some(batch) = ledger.last_batch(&tenant.name)? else { continue };
        numbers.push((tenant.label(), batch.number as f64));
        times.push((tenant.label(), seconds(batch.committed)));
        versions.extend(batch.version.map(|version| (tenant.label(), version as f64)));
    }
    sheet.gauge("batch_number", None, "Number of the last batch in the ledger.", numbers);
    let help = "The table's version after the last batch; absent if that held nothing new.";
    sheet.gauge("table_version", None, help, versions);
    let help = "When the last batch was committed, in seconds since 1970.";
    sheet.gauge("last_commit_timestamp", Some(Unit::Seconds), help, times);
    let mut incidents: BTreeMap<(String, String), u64> = BTreeMap::new();
    for incident in ledger.incidents(INCIDENTS_MAX)? {
        *incidents.entry((incident.tenant, incident.kind)).or_default() += 1;
    }
    let incidents = incidents
        .into_iter()
        .map(|((tenant, kind), count)| (vec![("tenant", tenant), ("kind", kind)], count))
        .collect();
    let help = "Incidents noted in the ledger, by kind; trail365 status tells them.";
    sheet.counter("incidents", None, help, incidents);
    Ok(())
}

fn add_cursors(
    sheet: &mut Sheet,
    cursors: &[CursorState],
    ledger: &Ledger,
    now: i64,
) -> Result<()> {
    let (mut delivered, mut parked) = (Vec::new(), Vec::new());
    let (mut behind, mut lag) = (Vec::new(), Vec::new());
    for cursor in cursors {
        let Reader { output, tenant } = &cursor.reader;
        let labels = || vec![("output", output.clone()), ("tenant", tenant.to_string())];
        let rows = cursor.waiting_rows + ledger.stored_after(tenant, cursor.version)?;
        delivered.push((labels(), cursor.delivered));
        parked.push((labels(), cursor.parked as f64));
        behind.push((labels(), rows as f64));
        let since = if rows > 0 { (now - cursor.caught_up).max(0) } else { 0 };
        lag.push((labels(), seconds(since)));
    }
    let help = "Records that the output's service has taken.";
    sheet.counter("output_delivered", None, help, delivered);
    let help = "Records that the output's service refused, set aside.";
    sheet.gauge("output_parked", None, help, parked);
    let help = "Rows of the table that the output has not come to.";
    sheet.gauge("output_behind", None, help, behind);
    let help = "Since the output last had nothing left to deliver, in seconds; 0 if so now.";
    sheet.gauge("output_lag", Some(Unit::Seconds), help, lag);
    Ok(())
}

fn add_outputs(sheet: &mut Sheet, outputs: &BTreeMap<String, output::Counts>) {
    let samples = |count: fn(&output::Counts) -> u64| {
        let sample = |(name, counts): (&String, &output::Counts)| {
            (vec![("output", name.clone())], count(counts))
        };
        outputs.iter().map(sample).collect::<Vec<_>>()
    };
    let help = "Batches that the output's service took since the start.";
    sheet.counter("output_batches", None, help, samples(|counts| counts.batches));
    let help = "Bytes of records, in the output's format, taken since the start.";
    sheet.counter("output_sent", Some(Unit::Bytes), help, samples(|counts| counts.bytes));
    let help = "Attempts to deliver that failed since the start.";
    sheet.counter("output_errors", None, help, samples(|counts| counts.errors));
    let trouble = outputs
        .iter()
        .map(|(name, counts)| {
            let is_down = f64::from(u8::from(counts.trouble.is_some()));
            (vec![("output", name.clone())], is_down)
        })
        .collect();
    sheet.gauge("output_trouble", None, "1 if the last attempt failed, else 0.", trouble);
}

fn add_jobs(sheet: &mut Sheet, jobs: &JobCounts) {
    if jobs.states.is_empty() {
        return;
    }
    let state = |(state, count): &(JobState, u64)| {
        (vec![("state", state.name().to_owned())], *count as f64)
    };
    let states = jobs.states.iter().map(state).collect();
    let help = "Jobs that are kept, by state: queued, running, done, failed, cancelled or expired.";
    sheet.gauge("jobs", None, help, states);
    let help = "Results that are not delivered yet and not given up.";
    let waiting = vec![(Vec::new(), jobs.deliveries_waiting as f64)];
    sheet.gauge("job_deliveries_waiting", None, help, waiting);
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / time::SECOND as f64
}
