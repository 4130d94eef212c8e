//! How is a report's question put to the store?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use event::{Envelope, Field, Filter, Name, Provenance, TenantName, Value, time};
use report::{Ask, ContentCoverage, Coverage, Kind, Page, Parameter, Question};
use search::{BESIDE_RAW, Row, Scope, Searcher, SummaryQuery};
use store::{Gap, Store, Window};

use crate::collect::schedule::Pace;

/// Gaps that a page names; the rest is counted.
const GAPS_MAX: usize = 20;
/// Mailboxes looked at for the tenant's own domains.
const MAILBOXES_MAX: usize = 10_000;

/// The report of that name, or the error that lists them.
pub fn kind(name: &str) -> Result<&'static Kind> {
    report::find(name).ok_or_else(|| {
        let names: Vec<&str> = report::ALL.iter().map(|kind| kind.name).collect();
        anyhow!("report {name:?} is not known; use one of {}", names.join(", "))
    })
}

/// A report as programs are told of it.
pub fn described(kind: &Kind) -> serde_json::Value {
    let names = |parameters: &[Parameter]| -> Vec<&str> {
        parameters.iter().map(|parameter| parameter.name()).collect()
    };
    serde_json::json!({
        "name": kind.name,
        "title": kind.title,
        "about": kind.about,
        "parameters": names(kind.parameters),
        "required": names(kind.required),
    })
}

/// What may be asked of a report must be asked of it, and nothing else.
pub fn check(kind: &Kind, ask: &Ask) -> Result<()> {
    for parameter in Parameter::ALL {
        if ask.get(parameter).is_some() && !kind.parameters.contains(&parameter) {
            let known: Vec<&str> = kind.parameters.iter().map(|known| known.name()).collect();
            let known = match known.is_empty() {
                true => "it takes only the span and the tenant".to_owned(),
                false => format!("it may be told: {}", known.join(", ")),
            };
            return Err(anyhow!("report {} knows no {}; {known}", kind.name, parameter.name()));
        }
    }
    let is_told = kind.required.iter().any(|required| ask.get(*required).is_some());
    if !kind.required.is_empty() && !is_told {
        let names: Vec<&str> = kind.required.iter().map(|required| required.name()).collect();
        return Err(anyhow!("report {} has to be told: {}", kind.name, names.join(" or ")));
    }
    (kind.open)(ask).map(drop).map_err(|words| anyhow!("report {}: {words}", kind.name))
}

/// Reads what the report needs and has it answer.
pub async fn answer(
    searcher: &Searcher,
    store: &Store,
    pace: &Pace,
    kind: &Kind,
    mut ask: Ask,
    now: i64,
) -> Result<Page> {
    check(kind, &ask)?;
    if ask.domains.is_empty() {
        ask.domains = domains(searcher).await?;
    }
    let between = Filter::between(Some(ask.from), Some(ask.to));
    let mut question =
        (kind.open)(&ask).map_err(|words| anyhow!("report {}: {words}", kind.name))?;
    let mut events = 0;
    while let Some(filter) = question.next() {
        let scope = Scope::events(Filter::all([filter, between.clone()]));
        let columns = question.columns();
        let take = |rows: Vec<Row>| {
            events += rows.len() as u64;
            for row in rows {
                match columns {
                    Some(_) => question.take(&row.event(Value::Null)),
                    None => take_whole(&mut *question, &row),
                }
            }
        };
        searcher.scan(&scope, columns, take).await?;
    }
    let span = Window { start: ask.from, stop: ask.to };
    let tenants: Vec<&TenantName> = searcher.tables().iter().map(|table| table.tenant()).collect();
    Ok(Page {
        report: kind.name,
        title: kind.title,
        about: kind.about,
        asked: asked(&ask),
        coverage: coverage(searcher, store, pace, &tenants, span, now).await?,
        tenants: tenants.into_iter().map(ToString::to_string).collect(),
        from: ask.from,
        to: ask.to,
        made: now,
        events,
        answer: question.answer(),
    })
}

/// Reading forty columns of a few rows here and there costs more than decoding the records anew.
fn take_whole(question: &mut dyn Question, row: &Row) {
    let provenance = Provenance { source: "", content_type: "", origin: String::new() };
    let mut envelope = Envelope::record(&Arc::new(provenance), 0, row.raw.clone());
    envelope.wrapper = row.text(Field::Wrapper).map(Into::into);
    let mut event = decode::decode_stored(&envelope, row.key);
    for field in BESIDE_RAW {
        if let Some(cell) = row.cell(field) {
            event.set(field, cell.clone());
        }
    }
    question.take(&event);
}

fn asked(ask: &Ask) -> Vec<(&'static str, String)> {
    let told = |parameter: Parameter| Some((parameter.name(), ask.get(parameter)?.to_owned()));
    Parameter::ALL.into_iter().filter_map(told).collect()
}

/// Whoever has a mailbox in the tenant has an address in one of its domains.
async fn domains(searcher: &Searcher) -> Result<BTreeSet<String>> {
    let query = SummaryQuery {
        scope: Scope::events(Filter::field(Field::MailboxOwnerUPN.name(), event::Test::Exists)),
        interval: None,
        facets: vec![Name::Column(Field::MailboxOwnerUPN)],
        top: MAILBOXES_MAX,
    };
    let summary = searcher.summary(&query).await?;
    let mailboxes = summary.facets.into_iter().flat_map(|facet| facet.values);
    let domain = |address: String| Some(address.rsplit_once('@')?.1.to_ascii_lowercase());
    Ok(mailboxes.filter_map(|mailbox| domain(mailbox.value)).collect())
}

async fn coverage(
    searcher: &Searcher,
    store: &Store,
    pace: &Pace,
    tenants: &[&TenantName],
    span: Window,
    now: i64,
) -> Result<Coverage> {
    let mut coverage = Coverage {
        contents: contents(searcher, span).await?,
        last_event: searcher.tables().iter().filter_map(|table| Some(table.time()?.1)).max(),
        ..Coverage::default()
    };
    let Some(ledger) = store.existing_ledger()? else { return Ok(coverage) };
    let mut gaps = ledger.gaps(now, pace.lag)?;
    gaps.retain(|gap| {
        let is_asked = tenants.iter().any(|tenant| tenant.as_str() == gap.tenant);
        is_asked && gap.start < span.stop && gap.stop >= span.start
    });
    coverage.gaps = gaps.iter().take(GAPS_MAX).map(gap_words).collect();
    if gaps.len() > GAPS_MAX {
        coverage.gaps.push(format!("and {} more: trail365 gaps", gaps.len() - GAPS_MAX));
    }
    let mut dropped: BTreeMap<String, u64> = BTreeMap::new();
    for tenant in tenants {
        for (rule, records) in ledger.dropped(tenant, Some(span))? {
            *dropped.entry(rule).or_default() += records;
        }
    }
    coverage.dropped = dropped.into_iter().collect();
    Ok(coverage)
}

fn gap_words(gap: &Gap) -> String {
    let (from, to) = (time::iso_text(gap.start), time::iso_text(gap.stop));
    format!(
        "{} {}, {from} to {to}, {}: {}",
        gap.tenant,
        gap.content_type,
        gap.state.name(),
        gap.cause
    )
}

/// What the span holds, by content type; what was imported has none and goes by its source.
async fn contents(searcher: &Searcher, span: Window) -> Result<Vec<ContentCoverage>> {
    let between = Filter::between(Some(span.start), Some(span.stop));
    let by = |filter: Filter, field: Field| SummaryQuery {
        scope: Scope::events(filter),
        interval: None,
        facets: vec![Name::Column(field)],
        top: usize::MAX,
    };
    let typed = Filter::field(Field::ContentType.name(), event::Test::Exists);
    let untyped = Filter::all([Filter::Not(Box::new(typed)), between.clone()]);
    let mut contents = Vec::new();
    for (filter, field) in [(between.clone(), Field::ContentType), (untyped, Field::Source)] {
        let summary = searcher.summary(&by(filter, field)).await?;
        for value in summary.facets.into_iter().flat_map(|facet| facet.values) {
            let test = event::Test::Matches(event::Pattern::exact(&value.value));
            let filter = Filter::all([Filter::field(field.name(), test), between.clone()]);
            let (first, last) = ends(searcher, filter).await?;
            contents.push(ContentCoverage { name: value.value, events: value.count, first, last });
        }
    }
    Ok(contents)
}

/// The first and the last event's time.
async fn ends(searcher: &Searcher, filter: Filter) -> Result<(Option<i64>, Option<i64>)> {
    let mut ends = [None, None];
    let orders = [search::Order::OldestFirst, search::Order::NewestFirst];
    for (end, order) in ends.iter_mut().zip(orders) {
        let query = search::ListQuery {
            scope: Scope::events(filter.clone()),
            order,
            limit: Some(1),
            after: None,
        };
        let rows = searcher.page(&query).await?;
        *end = rows.first().and_then(|row| row.time(Field::CreationTime));
    }
    Ok(ends.into())
}
