//! Which mail went in and out, and what became of it?

mod answer;
#[cfg(test)]
mod tests;
mod trace;

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use event::{Event, Field, Filter};

use trace::{Delivery, Status, Trace};

use super::bounded::Each;
use super::seen::Seen;
use super::{Kind, Question, filter, told};
use crate::{Answer, Ask, Parameter};

pub static KIND: Kind = Kind {
    name: "mail-traffic",
    title: "Mail in and out",
    about: "Volume, direction and status of mail by day, top senders, recipients and outside domains, failures, and the largest messages.",
    parameters: &[Parameter::User],
    required: &[],
    open,
};

/// Messages at recipients that are known to be counted: a row comes again as its status changes.
const DELIVERIES_MAX: usize = 2_000_000;
const ADDRESSES_MAX: usize = 100_000;
const DOMAINS_MAX: usize = 50_000;
const DAYS_MAX: usize = 4_000;
const REASONS_MAX: usize = 10_000;
/// Largest messages shown.
const LARGEST_MAX: usize = 50;

fn open(ask: &Ask) -> Result<Box<dyn Question>, String> {
    let operations = [&[trace::SUMMARY], trace::ENDS].concat();
    let user = ask.user.as_deref().map_or(Filter::All, |user| {
        let among =
            [user.to_owned(), format!("*; {user}"), format!("{user}; *"), format!("*; {user}; *")];
        let among: Vec<&str> = among.iter().map(String::as_str).collect();
        Filter::Or(vec![
            filter::among(Field::UserId, &[user]),
            filter::among(Field::ObjectId, &among),
        ])
    });
    // Records of mailboxes are called Send as well, but have a record type.
    let filter = Filter::all([
        filter::operations(&operations),
        filter::missing(Field::RecordTypeName),
        user,
    ]);
    Ok(Box::new(MailTraffic {
        filter: Some(filter),
        domains: ask.domains.clone(),
        counted: HashMap::new(),
        not_compared: 0,
        statuses: [0; Status::ALL.len()],
        unknown: Each::new(REASONS_MAX),
        directions: [0; 4],
        bytes: 0,
        days: Each::new(DAYS_MAX),
        senders: Each::new(ADDRESSES_MAX),
        recipients: Each::new(ADDRESSES_MAX),
        outside: Each::new(DOMAINS_MAX),
        failures: Each::new(REASONS_MAX),
        largest: BTreeSet::new(),
    }))
}

/// Between whom a message went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Inside,
    Out,
    In,
    /// Neither end is the tenant's, or its domains are not known.
    Elsewhere,
}

impl Direction {
    const NAMES: [&'static str; 4] = ["inside", "out", "in", "elsewhere"];

    fn of(sender: &str, recipient: &str, domains: &BTreeSet<String>) -> Direction {
        let own = |address| told::domain(address).is_some_and(|domain| domains.contains(&domain));
        match (own(sender), own(recipient)) {
            (true, true) => Direction::Inside,
            (true, false) => Direction::Out,
            (false, true) => Direction::In,
            (false, false) => Direction::Elsewhere,
        }
    }
}

struct MailTraffic {
    filter: Option<Filter>,
    domains: BTreeSet<String>,
    /// The status a message has at a recipient so far, by the hash of both.
    counted: HashMap<u64, Status>,
    /// Rows beyond the limit, which may tell a message again.
    not_compared: u64,
    statuses: [u64; Status::ALL.len()],
    /// The service's words that are none of the known.
    unknown: Each<String, Seen>,
    directions: [u64; 4],
    bytes: u64,
    days: Each<String, [u64; 4]>,
    senders: Each<String, Volume>,
    recipients: Each<String, Volume>,
    /// Domains outside.
    outside: Each<String, Volume>,
    /// By domain of the recipient and reason.
    failures: Each<(String, String), Seen>,
    /// By size; the smallest leaves first.
    largest: BTreeSet<Largest>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Largest {
    bytes: u64,
    time: Option<i64>,
    sender: String,
    subject: String,
    id: String,
}

#[derive(Default)]
struct Volume {
    seen: Seen,
    bytes: u64,
    /// From an outside domain, and to one.
    came: u64,
    went: u64,
}

impl Question for MailTraffic {
    fn next(&mut self) -> Option<Filter> {
        self.filter.take()
    }

    fn take(&mut self, event: &Event) {
        let trace = Trace::of(event);
        for delivery in &trace.deliveries {
            if self.is_new(&trace, delivery) {
                self.count(&trace, delivery);
            }
        }
        self.keep_if_large(trace);
    }

    fn answer(self: Box<Self>) -> Answer {
        self.told()
    }
}

impl MailTraffic {
    /// A row that tells a later status only changes that.
    fn is_new(&mut self, trace: &Trace, delivery: &Delivery) -> bool {
        let status = delivery.status;
        let mut hasher = DefaultHasher::new();
        match trace.id.is_empty() {
            true => {
                (&trace.sender, &delivery.recipient, &trace.subject, trace.time).hash(&mut hasher)
            }
            false => (&trace.id, &delivery.recipient).hash(&mut hasher),
        }
        let hash = hasher.finish();
        let Some(known) = self.counted.get_mut(&hash) else {
            if self.counted.len() < DELIVERIES_MAX {
                self.counted.insert(hash, status);
            } else {
                self.not_compared += 1;
            }
            self.statuses[status as usize] += 1;
            self.note(trace, delivery);
            return true;
        };
        if *known < status {
            self.statuses[*known as usize] -= 1;
            self.statuses[status as usize] += 1;
            *known = status;
            self.note(trace, delivery);
        }
        false
    }

    /// Failures with their reasons, and words that are not known.
    fn note(&mut self, trace: &Trace, delivery: &Delivery) {
        let seen = match delivery.status {
            Status::Failed => {
                let domain = told::domain(&delivery.recipient).unwrap_or_default();
                self.failures.at((domain, delivery.reason.clone()))
            }
            Status::Unknown => self.unknown.at(delivery.reason.clone()),
            _ => return,
        };
        if let Some(seen) = seen {
            seen.at(trace.time);
        }
    }

    fn count(&mut self, trace: &Trace, delivery: &Delivery) {
        let direction = Direction::of(&trace.sender, &delivery.recipient, &self.domains);
        self.directions[direction as usize] += 1;
        self.bytes += trace.bytes;
        let day = trace.time.map(event::time::day_text).unwrap_or_default();
        if let Some(day) = self.days.at(day) {
            day[direction as usize] += 1;
        }
        let ends =
            [(&mut self.senders, &trace.sender), (&mut self.recipients, &delivery.recipient)];
        for (tally, address) in ends {
            if let Some(volume) = tally.at(address.clone()) {
                volume.seen.at(trace.time);
                volume.bytes += trace.bytes;
            }
        }
        let other_end = match direction {
            Direction::Out => &delivery.recipient,
            Direction::In => &trace.sender,
            _ => return,
        };
        if let Some(volume) = told::domain(other_end).and_then(|domain| self.outside.at(domain)) {
            volume.seen.at(trace.time);
            volume.bytes += trace.bytes;
            match direction {
                Direction::In => volume.came += 1,
                _ => volume.went += 1,
            }
        }
    }

    fn keep_if_large(&mut self, trace: Trace) {
        let Trace { time, id, sender, subject, bytes, .. } = trace;
        let smallest = self.largest.first().map_or(0, |smallest| smallest.bytes);
        if bytes == 0 || self.largest.len() >= LARGEST_MAX && bytes <= smallest {
            return;
        }
        // One message has a row for each recipient.
        if self.largest.iter().any(|known| known.bytes == bytes && known.id == id) {
            return;
        }
        self.largest.insert(Largest { bytes, time, sender, subject, id });
        if self.largest.len() > LARGEST_MAX {
            self.largest.pop_first();
        }
    }
}
