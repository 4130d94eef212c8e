//! `admin/exchange/tracing/messageTraces`: which mail went from whom to whom?
//!
//! One row for each message and recipient, so several rows may share an id. Mail follows from the
//! seed and the ten minutes it falls into; nothing of it is stored.

use serde_json::{Value, json};

use super::Call;
use super::error::GraphError;
use super::filter::Filter;
use super::page::{self, Position, Shape};
use crate::clock::{self, DAY, HOUR, MINUTE, Millis, SECOND};
use crate::generator::Generator;
use crate::random::{Random, blend};
use crate::tenant::Tenant;

/// The reference: without a filter the last two days; a span of ten days at most, ninety back.
const SPAN_DEFAULT: Millis = 2 * DAY;
const SPAN_MAX: Millis = 10 * DAY;
const RETENTION: Millis = 90 * DAY;
/// Mail is made in bundles of this length.
const BUNDLE: Millis = 10 * MINUTE;
/// Messages a person gets or sends in an hour, on average over the week.
const MESSAGES_PER_PERSON: f64 = 0.125;
const RECIPIENTS_MAX: u64 = 3;

const PARTNERS: [&str; 5] = [
    "fabrikam.com",
    "northwind.example",
    "adatum.example",
    "proseware.example",
    "tailspin.example",
];

/// A message to one of its recipients.
struct Mail {
    bundle: i64,
    number: u64,
    recipient: u64,
}

pub(super) fn answer(call: &Call<'_>) -> Result<String, GraphError> {
    let filter = Filter::read(call.option("filter").as_deref())?;
    let (from, until) = span(call, &filter)?;
    let publication = call.publication();
    let tenant = &publication.generator.tenant;
    let rows = rows(publication.generator, from, until, call.now);
    let shape = Shape {
        path: "admin/exchange/tracing/messageTraces".into(),
        time: "receivedDateTime",
        page_default: 1_000,
        page_max: 5_000,
    };
    page::answer(call, &shape, rows, |mail| {
        let row = trace(tenant, mail);
        filter.admits(&row).then(|| row.to_string())
    })
}

fn span(call: &Call<'_>, filter: &Filter) -> Result<(Millis, Millis), GraphError> {
    match filter.range("receivedDateTime") {
        (None, None) => Ok((call.now - SPAN_DEFAULT, call.now + 1)),
        (Some(from), Some(until)) if until - from > SPAN_MAX + 1 => {
            let text = "The span of receivedDateTime must be at most 10 days.";
            Err(GraphError::bad_request(text))
        }
        (Some(from), Some(_)) if from < call.now - RETENTION => {
            let text = "receivedDateTime must lie at most 90 days back.";
            Err(GraphError::bad_request(text))
        }
        (Some(from), Some(until)) => Ok((from, until)),
        _ => {
            let text = "receivedDateTime needs both a start (ge) and an end (le).";
            Err(GraphError::bad_request(text))
        }
    }
}

/// How many rows there are by now in the time that can be traced.
pub(super) fn count(generator: &Generator, now: Millis) -> u64 {
    rows(generator, now - RETENTION, now + 1, now).len() as u64
}

/// The mail of a span that can be read at `now`: a trace shows a message after a few minutes.
fn rows(generator: &Generator, from: Millis, until: Millis, now: Millis) -> Vec<(Position, Mail)> {
    let tenant = &generator.tenant;
    let from = from.max(generator.timeline.span(0).0);
    let mut rows = Vec::new();
    for bundle in from.div_euclid(BUNDLE)..=until.min(now).div_euclid(BUNDLE) {
        for number in 0..messages(tenant, bundle) {
            let seed = seed(tenant, bundle, number);
            let time = bundle * BUNDLE + (blend(seed, 1) % BUNDLE as u64) as i64;
            // Traces carry whole seconds.
            let time = time - time.rem_euclid(SECOND);
            let late = (1 + blend(seed, 2) % 4) as i64 * MINUTE;
            if !(from..until).contains(&time) || time + late > now {
                continue;
            }
            for recipient in 0..recipients(seed) {
                let tie = (bundle as u64) << 24 | number << 2 | recipient;
                rows.push((Position { time, tie }, Mail { bundle, number, recipient }));
            }
        }
    }
    rows
}

fn seed(tenant: &Tenant, bundle: i64, number: u64) -> u64 {
    blend(tenant.seed ^ 0x3A11, (bundle as u64) << 20 | number)
}

/// How many messages fall into a bundle: as many as people are busy then.
fn messages(tenant: &Tenant, bundle: i64) -> u64 {
    let busy = tenant.bustle[clock::hour_of_week(bundle * BUNDLE)];
    let mean = tenant.people.len() as f64 * MESSAGES_PER_PERSON * busy / (HOUR / BUNDLE) as f64;
    let chance = (blend(tenant.seed ^ 0x3A12, bundle as u64) % 1_000) as f64 / 1_000.0;
    (mean + chance) as u64
}

fn recipients(seed: u64) -> u64 {
    // Three of four messages go to one person.
    if blend(seed, 3).is_multiple_of(4) { 1 + blend(seed, 4) % RECIPIENTS_MAX } else { 1 }
}

fn trace(tenant: &Tenant, mail: &Mail) -> Value {
    let seed = seed(tenant, mail.bundle, mail.number);
    let mut random = Random::new(seed);
    let id = random.guid();
    let direction = random.below(10);
    let own = tenant.someone(&mut random);
    let office = &tenant.offices[own.office];
    let partner = *random.pick(&PARTNERS);
    let stranger = format!("{}@{partner}", random.pick(&["info", "sales", "jo.lee", "billing"]));
    let subject = subject(tenant, &mut random);
    let size = 4_000 + random.below(400_000).min(random.below(400_000));
    let time = mail.bundle * BUNDLE + (blend(seed, 1) % BUNDLE as u64) as i64;
    let inward = format!("203.0.113.{}", 1 + random.below(60));
    let outward = format!("203.0.113.{}", 100 + random.below(60));
    let message_id = format!("<{:016x}@", random.next());
    // Each recipient has luck of their own.
    let mut random = Random::new(blend(seed, 16 + mail.recipient));
    let colleague = tenant.someone(&mut random);
    let domain = own.upn_lower.split('@').nth(1).unwrap_or_default();
    let (sender, recipient, home, from_ip, to_ip) = match direction {
        0..5 => (&stranger, &colleague.upn_lower, partner, inward.as_str(), ""),
        5..8 => (&own.upn_lower, &colleague.upn_lower, domain, &*office.addresses[0], ""),
        _ => (&own.upn_lower, &stranger, domain, &*office.addresses[0], outward.as_str()),
    };
    json!({
        "id": id.to_string(),
        "messageId": format!("{message_id}{home}>"),
        "receivedDateTime": clock::with_zone(time),
        "senderAddress": sender,
        "recipientAddress": recipient,
        "subject": subject,
        "size": size,
        "fromIP": from_ip,
        "toIP": to_ip,
        "status": status(direction, &mut random),
    })
}

fn subject(tenant: &Tenant, random: &mut Random) -> String {
    let name = random.pick(&tenant.places.names);
    match random.below(4) {
        0 => format!("Re: {}", name.stem),
        1 => format!("FW: {}", name.stem),
        _ => name.stem.clone(),
    }
}

/// exchangeMessageTraceStatus; only what comes from outside is filtered.
fn status(direction: u64, random: &mut Random) -> &'static str {
    match (direction, random.below(100)) {
        (0..5, 0..6) => "filteredAsSpam",
        (0..5, 6..8) => "quarantined",
        (_, 8..10) => "failed",
        (_, 10) => "expanded",
        (_, 11) => "pending",
        _ => "delivered",
    }
}
