//! What is there in the emulated tenant: people, offices, sites, applications?
//!
//! All of it follows from the seed and is prepared once, as text that needs no escaping any more,
//! so that writing a record is copying fragments.

pub(crate) mod apps;
mod offices;
pub(crate) mod people;
pub(crate) mod places;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::random::{Guid, Random, blend, blend_text};
use crate::scenario::Scenario;
pub(crate) use offices::Office;
use people::Person;
use places::Places;

/// What the emulated tenant looks like and how much happens in it.
#[derive(Clone, Debug)]
pub struct TenantOptions {
    /// Everything random follows from this number, the tenant id and `end_time`.
    pub seed: u64,
    /// Directory (tenant) id, a GUID.
    pub tenant_id: String,
    /// Mail domain, for example `contoso.com`. Its first label names `*.onmicrosoft.com` too.
    pub domain: String,
    /// How many people work there: 1 to 100,000.
    pub users: usize,
    /// How many records of history there are, planted scenarios not counted.
    pub records: u64,
    /// Over how many days the history is spread. The API lists at most 7 days; the history starts
    /// one hour after the oldest listable moment, so that a client has an hour to fetch all of it.
    pub days: u32,
    /// When the history ends. None: the moment the emulator starts.
    pub end_time: Option<DateTime<Utc>>,
    /// New records each second after the history, 0 for none.
    pub rate: f64,
    /// Most records in one blob. The real service publishes no figure.
    pub records_per_blob: u64,
    /// At the end of the history lies one more blob of Audit.Exchange with at least so many bytes of
    /// records; 0 for none. It is made while it is sent.
    pub large_blob_bytes: u64,
    /// Milliseconds of live events that go into one publication.
    pub publish_every_ms: u64,
    /// Stories hidden in the history.
    pub scenarios: Vec<Scenario>,
}

impl Default for TenantOptions {
    fn default() -> Self {
        TenantOptions {
            seed: 365,
            tenant_id: "7d6f4b1e-52a3-4c0e-9f3a-0c1d2e3f4a5b".into(),
            domain: "contoso.com".into(),
            users: 300,
            records: 20_000,
            days: 7,
            end_time: None,
            rate: 0.0,
            records_per_blob: 200,
            large_blob_bytes: 0,
            publish_every_ms: 5_000,
            scenarios: Vec::new(),
        }
    }
}

/// A figure or name in the options that cannot be used; the text says which and what would do.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct OptionsError(pub(crate) String);

impl TenantOptions {
    pub(crate) fn check(&self) -> Result<(), OptionsError> {
        let refuse = |text: String| Err(OptionsError(text));
        if Guid::parse(&self.tenant_id).is_none() {
            return refuse(format!("tenant_id {:?} is not a GUID", self.tenant_id));
        }
        let domain_is_plain = self
            .domain
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
        if !domain_is_plain || !self.domain.contains('.') || self.domain.starts_with('.') {
            return refuse(format!(
                "domain {:?} must be lower-case letters, digits, dots and hyphens, like contoso.com",
                self.domain
            ));
        }
        if !(1..=100_000).contains(&self.users) {
            return refuse(format!("users {} must lie between 1 and 100000", self.users));
        }
        if !(1..=3_650).contains(&self.days) {
            return refuse(format!("days {} must lie between 1 and 3650", self.days));
        }
        if self.records > 1_000_000_000 {
            return refuse(format!("records {} must be at most 1000000000", self.records));
        }
        if !(0.0..=1_000_000.0).contains(&self.rate) {
            return refuse(format!("rate {} must lie between 0 and 1000000", self.rate));
        }
        if !(1..=100_000).contains(&self.records_per_blob) {
            return refuse(format!(
                "records_per_blob {} must lie between 1 and 100000",
                self.records_per_blob
            ));
        }
        if self.large_blob_bytes > 1 << 40 {
            return refuse(format!(
                "large_blob_bytes {} must be at most a tebibyte",
                self.large_blob_bytes
            ));
        }
        if !(100..=3_600_000).contains(&self.publish_every_ms) {
            return refuse(format!(
                "publish_every_ms {} must lie between 100 and 3600000",
                self.publish_every_ms
            ));
        }
        Ok(())
    }
}

/// The tenant as the record writers see it.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) seed: u64,
    pub(crate) id: String,
    /// `contoso.onmicrosoft.com`
    pub(crate) organization: String,
    /// `EURPR01A001.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.onmicrosoft.com`
    pub(crate) organization_path: String,
    /// `AM9PR01MB0001 (15.20.9000.010)`
    pub(crate) servers: Vec<String>,
    pub(crate) offices: Vec<Office>,
    /// Most active first.
    pub(crate) people: Vec<Person>,
    pub(crate) places: Places,
    /// Addresses of Microsoft's own services; private ones here.
    pub(crate) service_addresses: Vec<String>,
    /// Activity of all people together by hour of the week, 1 being the mean.
    pub(crate) bustle: [f64; 168],
}

impl Tenant {
    pub(crate) fn new(options: &TenantOptions) -> Tenant {
        let seed = blend_text(options.seed, &options.tenant_id);
        let label = options.domain.split('.').next().unwrap_or("contoso");
        let organization = format!("{label}.onmicrosoft.com");
        let offices = offices::open(options.users);
        let mut random = Random::new(blend(seed, 1));
        let people = people::hire(options.users, &options.domain, &offices, &mut random);
        let places = Places::build(label, &options.domain, &people, &mut random);
        let bustle = offices::bustle(&offices, &people);
        Tenant {
            seed,
            id: options.tenant_id.clone(),
            organization_path: format!(
                "EURPR01A0{:02}.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/{organization}",
                random.between(1, 20)
            ),
            organization,
            servers: (0..24).map(|_| server_name(&mut random)).collect(),
            offices,
            people,
            places,
            service_addresses: service_addresses(&mut random),
            bustle,
        }
    }

    /// A person who is likely to be at work at this time.
    #[inline]
    pub(crate) fn someone_at_work(&self, hour_of_week: usize, random: &mut Random) -> &Person {
        let mut person = self.someone(random);
        // Draw again while the office sleeps; after a few attempts somebody simply works late.
        for _ in 0..6 {
            let activity = self.offices[person.office].activity[hour_of_week];
            if random.next() < activity {
                break;
            }
            person = self.someone(random);
        }
        person
    }

    /// Any person, the busy ones more often.
    #[inline]
    pub(crate) fn someone(&self, random: &mut Random) -> &Person {
        let count = self.people.len() as u64;
        let uniform = random.below(count);
        // The square leans towards the front of the list, where the most active people are.
        let lean =
            if random.next() & 1 == 0 { uniform * random.below(count) / count } else { uniform };
        &self.people[lean as usize]
    }
}

fn server_name(random: &mut Random) -> String {
    let site = random.pick(&["AM9", "DB8", "VI1", "PAX", "AS8"]);
    format!(
        "{site}PR01MB{:04} (15.20.{:04}.{:03})",
        random.between(1, 9999),
        9000 + random.below(40),
        random.below(40)
    )
}

fn service_addresses(random: &mut Random) -> Vec<String> {
    let mut addresses = Vec::new();
    for _ in 0..24 {
        addresses.push(format!(
            "10.{}.{}.{}",
            random.between(16, 31),
            random.below(256),
            random.between(1, 254)
        ));
    }
    for _ in 0..8 {
        addresses.push(format!(
            "2001:db8:365:{:x}::{:x}",
            random.between(1, 0xffff),
            random.between(1, 0xff)
        ));
    }
    addresses
}
