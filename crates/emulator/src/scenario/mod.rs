//! Which stories are hidden in the history?
//!
//! A scenario plants a few coherent records among the noise: one victim, the attacker's addresses,
//! sessions that join. The ids are listed in the truth, so that a detection can be measured.

mod business_email_compromise;
mod illicit_consent;
mod mass_download;
mod non_owner_access;
mod password_spray;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::{self, DAY, HOUR, MINUTE, Millis};
use crate::content_type::ContentType;
use crate::random::{Guid, Random, blend};
use crate::record::sign_in::{self, SignIn};
use crate::record::{CATALOG, Draft, Kind};
use crate::tenant::Tenant;
use crate::tenant::apps::{self, App};
use crate::tenant::people::{DEVICES, Device, Person};

/// A story to plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    BusinessEmailCompromise,
    PasswordSpray,
    MassDownload,
    IllicitConsent,
    NonOwnerAccess,
}

impl Scenario {
    pub const ALL: [Scenario; 5] = [
        Scenario::BusinessEmailCompromise,
        Scenario::PasswordSpray,
        Scenario::MassDownload,
        Scenario::IllicitConsent,
        Scenario::NonOwnerAccess,
    ];

    /// The name on the command line, for example `password-spray`.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::BusinessEmailCompromise => "business-email-compromise",
            Scenario::PasswordSpray => "password-spray",
            Scenario::MassDownload => "mass-download",
            Scenario::IllicitConsent => "illicit-consent",
            Scenario::NonOwnerAccess => "non-owner-access",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Scenario, String> {
        Scenario::ALL.into_iter().find(|known| known.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Scenario::ALL.iter().map(|known| known.name()).collect();
            format!("no scenario {text:?}; there are {}", names.join(", "))
        })
    }
}

/// What a scenario left in the log.
#[derive(Clone, Debug, Serialize)]
pub struct Story {
    pub scenario: Scenario,
    /// One sentence: who did what to whom.
    pub story: String,
    /// User principal names.
    pub victims: Vec<String>,
    pub attacker_addresses: Vec<String>,
    /// UTC, as in CreationTime.
    pub first: String,
    pub last: String,
    pub record_ids: Vec<String>,
}

/// A record of a scenario, ready to be delivered.
#[derive(Debug)]
pub(crate) struct Planted {
    pub(crate) time: Millis,
    pub(crate) kind: usize,
    pub(crate) json: Vec<u8>,
}

/// Writes all requested stories into the days before `epoch`.
pub(crate) fn plant(
    scenarios: &[Scenario],
    tenant: &Tenant,
    epoch: Millis,
    days: u32,
) -> ([Vec<Planted>; 5], Vec<Story>) {
    let mut planted: [Vec<Planted>; 5] = Default::default();
    let mut stories = Vec::new();
    for (position, scenario) in scenarios.iter().enumerate() {
        let start = start_of(position, epoch, days);
        stories.push(perform(*scenario, tenant, position as u64, start, &mut planted));
    }
    for records in &mut planted {
        records.sort_by_key(|record| record.time);
    }
    (planted, stories)
}

/// Plays a story whose last record happens at `end`. `number` tells apart what is played twice.
pub(crate) fn play_until(
    scenario: Scenario,
    tenant: &Tenant,
    number: u64,
    end: Millis,
) -> ([Vec<Planted>; 5], Story) {
    let position = PLAYED + number;
    let mut rehearsal: [Vec<Planted>; 5] = Default::default();
    perform(scenario, tenant, position, 0, &mut rehearsal);
    let length = rehearsal.iter().flatten().map(|record| record.time).max().unwrap_or(0);
    let mut planted: [Vec<Planted>; 5] = Default::default();
    let story = perform(scenario, tenant, position, end - length, &mut planted);
    (planted, story)
}

/// Positions from here on belong to stories played at run time.
const PLAYED: u64 = 10_000;

fn perform(
    scenario: Scenario,
    tenant: &Tenant,
    position: u64,
    start: Millis,
    planted: &mut [Vec<Planted>; 5],
) -> Story {
    let mut stage = Stage::new(tenant, scenario, position, start);
    let told = match scenario {
        Scenario::BusinessEmailCompromise => business_email_compromise::play(&mut stage),
        Scenario::PasswordSpray => password_spray::play(&mut stage),
        Scenario::MassDownload => mass_download::play(&mut stage),
        Scenario::IllicitConsent => illicit_consent::play(&mut stage),
        Scenario::NonOwnerAccess => non_owner_access::play(&mut stage),
    };
    stage.finish(told, planted)
}

/// Stories last at most [`LONGEST`]; each begins some hours after the one before it.
fn start_of(position: usize, epoch: Millis, days: u32) -> Millis {
    let room = i64::from(days) * DAY - LONGEST - HOUR;
    let back = LONGEST + (position as i64 * 5 * HOUR + 20 * MINUTE) % (room / 2).max(HOUR);
    epoch - back
}

/// No scenario writes records later than this after its start.
const LONGEST: Millis = 10 * HOUR;

/// What a scenario has to say when it is over.
pub(crate) struct Told {
    story: String,
    victims: Vec<String>,
    attacker_addresses: Vec<String>,
}

/// Where a scenario writes its records.
pub(crate) struct Stage<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) random: Random,
    pub(crate) start: Millis,
    scenario: Scenario,
    id_seed: u64,
    records: Vec<(ContentType, Planted, Guid)>,
}

/// One actor at one keyboard.
#[derive(Clone, Copy)]
pub(crate) struct Seat<'a> {
    pub(crate) person: &'a Person,
    pub(crate) address: &'a str,
    pub(crate) device: &'static Device,
    pub(crate) session: Guid,
}

impl<'a> Stage<'a> {
    fn new(tenant: &'a Tenant, scenario: Scenario, position: u64, start: Millis) -> Stage<'a> {
        let id_seed = blend(tenant.seed ^ ((scenario as u64 + 1) << 40), position);
        Stage {
            tenant,
            random: Random::new(id_seed),
            start,
            scenario,
            id_seed,
            records: Vec::new(),
        }
    }

    /// Somebody who is not an administrator, where there is one.
    pub(crate) fn employee(&mut self) -> &'a Person {
        let people = &self.tenant.people;
        let first = self.random.below(people.len() as u64) as usize;
        (0..people.len())
            .map(|step| &people[(first + step) % people.len()])
            .find(|person| !person.is_admin)
            .unwrap_or(&people[first])
    }

    pub(crate) fn administrator(&self) -> &'a Person {
        let people = &self.tenant.people;
        people.iter().find(|person| person.is_admin).unwrap_or(&people[0])
    }

    /// The attacker's machine: no person of the tenant uses this combination.
    pub(crate) fn attacker(&mut self, person: &'a Person, address: &'a str) -> Seat<'a> {
        Seat { person, address, device: &DEVICES[5], session: self.random.guid() }
    }

    /// Writes a record `after` the start of the story.
    pub(crate) fn record(
        &mut self,
        after: Millis,
        content_type: ContentType,
        (operation, record_type): (&str, u16),
        seat: Seat<'a>,
        write: impl FnOnce(&mut Draft<'a>, &Kind),
    ) {
        let kind_index = CATALOG.named(content_type, operation, record_type);
        let time = self.start + after;
        let id = Guid::of(self.id_seed, self.records.len() as u64);
        let kind = CATALOG.kinds[kind_index];
        let mut draft = Draft {
            tenant: self.tenant,
            person: seat.person,
            time,
            id,
            address: seat.address,
            device: seat.device,
            session: seat.session,
            random: Random::new(self.random.next()),
            dlp_values: true,
            out: Vec::with_capacity(2_048),
        };
        write(&mut draft, kind);
        let json = draft.out;
        self.records.push((content_type, Planted { time, kind: kind_index, json }, id));
    }

    fn finish(self, told: Told, planted: &mut [Vec<Planted>; 5]) -> Story {
        let times = self.records.iter().map(|(_, record, _)| record.time);
        let first = times.clone().min().unwrap_or(self.start);
        let last = times.max().unwrap_or(self.start);
        let record_ids = self.records.iter().map(|(_, _, id)| id.to_string()).collect();
        for (content_type, record, _) in self.records {
            planted[content_type.index()].push(record);
        }
        Story {
            scenario: self.scenario,
            story: told.story,
            victims: told.victims,
            attacker_addresses: told.attacker_addresses,
            first: clock::seconds(first),
            last: clock::seconds(last),
            record_ids,
        }
    }
}

/// The error of a sign-in that stopped at the second factor.
const SECOND_FACTOR: (&str, &str) = ("50074", "UserStrongAuthClientAuthNRequiredInterrupt");

/// A sign-in from the seat's device.
fn signed_in(draft: &mut Draft<'_>, kind: &Kind, app: &App, error: (&str, &str)) {
    let correlation = draft.random.guid();
    let sign_in = SignIn {
        app,
        resource: apps::EXCHANGE_ONLINE.id,
        request_type: "OAuth2:Authorize",
        error,
        user_agent: draft.device.user_agent,
        device: draft.device,
        kept_signed_in: false,
        correlation,
    };
    sign_in::signed_in(draft, kind, &sign_in);
}
