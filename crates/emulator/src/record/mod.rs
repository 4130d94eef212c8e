//! Which records are there, how often does each kind occur, and who writes it?
//!
//! One file for each record family. A family lists its kinds in tables; this file joins the tables
//! into one [`Catalog`]. Field names, codes and operation names are Microsoft's (Management
//! Activity API schema and public samples); all values are invented.

pub(crate) mod apps;
pub(crate) mod compliance;
pub(crate) mod copilot;
pub(crate) mod directory;
pub(crate) mod dlp;
pub(crate) mod exchange_admin;
mod exchange_chores;
pub(crate) mod mailbox;
pub(crate) mod sharepoint;
pub(crate) mod sharing;
pub(crate) mod sign_in;
pub(crate) mod teams;
pub(crate) mod threat;

use std::sync::LazyLock;

use crate::clock::{self, Millis};
use crate::content_type::ContentType;
use crate::random::{Guid, Random, blend};
use crate::tenant::Tenant;
use crate::tenant::people::{Device, Person};
use crate::text::{At, put};

/// A kind of record.
pub(crate) struct Kind {
    pub(crate) operation: &'static str,
    pub(crate) record_type: u16,
    pub(crate) workload: &'static str,
    /// How often it occurs, compared with the others of its feed and actor.
    pub(crate) weight: u32,
    /// For writers that serve several kinds: which line of their own table.
    pub(crate) variant: usize,
    pub(crate) write: fn(&mut Draft<'_>, &Kind),
}

/// Who acts in a record: a program of Microsoft's or a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    Service,
    Person,
}

/// A record being written.
pub(crate) struct Draft<'a> {
    pub(crate) tenant: &'a Tenant,
    /// Who acts; in records of services, whom they act upon.
    pub(crate) person: &'a Person,
    pub(crate) time: Millis,
    pub(crate) id: Guid,
    /// The client's address, without port.
    pub(crate) address: &'a str,
    pub(crate) device: &'a Device,
    pub(crate) session: Guid,
    pub(crate) random: Random,
    /// Whether the reader may see the values that DLP found (ActivityFeed.ReadDlp).
    pub(crate) dlp_values: bool,
    /// Taken from the caller and given back, so that drafts need one lifetime only.
    pub(crate) out: Vec<u8>,
}

impl<'a> Draft<'a> {
    /// The beginning of a record, up to Workload, in the order most services write.
    /// An empty `result` leaves ResultStatus out.
    pub(crate) fn head(&mut self, kind: &Kind, result: &str, user_key: &str, user_type: u64) {
        put!(self; "{");
        self.common(kind, result, user_key, user_type);
    }

    /// The same without the brace, for records that begin with an AppAccessContext.
    pub(crate) fn common(&mut self, kind: &Kind, result: &str, user_key: &str, user_type: u64) {
        put!(self;
            "'CreationTime':'", At(self.time), "','Id':'", self.id, "','Operation':'",
            kind.operation, "','OrganizationId':'", self.tenant.id, "','RecordType':",
            u64::from(kind.record_type),
        );
        if !result.is_empty() {
            put!(self; ",'ResultStatus':'", result, "'");
        }
        put!(self;
            ",'UserKey':'", user_key, "','UserType':", user_type, ",'Version':1,'Workload':'",
            kind.workload, "'",
        );
    }

    /// The client's address as Exchange and Yammer write it: `192.0.2.1:50123`, `[2001:db8::1]:50123`.
    pub(crate) fn address_with_port(&mut self) {
        let port = self.random.between(1_024, 65_535);
        if self.address.is_empty() {
        } else if self.address.contains(':') {
            put!(self; "[", self.address, "]:", port);
        } else {
            put!(self; self.address, ":", port);
        }
    }

    pub(crate) fn server(&mut self) -> &'a str {
        let tenant = self.tenant;
        &tenant.servers[self.random.below(tenant.servers.len() as u64) as usize]
    }

    pub(crate) fn service_address(&mut self) -> &'a str {
        let tenant = self.tenant;
        &tenant.service_addresses[self.random.below(tenant.service_addresses.len() as u64) as usize]
    }

    pub(crate) fn colleague(&mut self) -> &'a Person {
        let tenant = self.tenant;
        tenant.someone(&mut self.random)
    }

    pub(crate) fn administrator(&mut self) -> &'a Person {
        let tenant = self.tenant;
        let mut at = self.random.below(tenant.people.len() as u64) as usize;
        while !tenant.people[at].is_admin {
            at = (at + 1) % tenant.people.len();
        }
        &tenant.people[at]
    }
}

/// From where a person works at this moment, and in which session. One session lasts a day,
/// so that sign-ins, mail and files of a day can be joined on it.
pub(crate) fn whereabouts<'a>(
    tenant: &'a Tenant,
    person: &'a Person,
    time: Millis,
    random: &mut Random,
) -> (&'a str, Guid) {
    let day = clock::day_number(time);
    // Who works at home today does so all day.
    let at_home = blend(person.index, day) % 100 < 30;
    let office = &tenant.offices[person.office];
    let address = match random.below(20) {
        0 => &person.mobile_address,
        _ if at_home => &person.home_address,
        1 => &office.addresses[office.addresses.len() - 1],
        _ => &office.addresses[(person.index % 3) as usize],
    };
    (address, Guid::of(tenant.seed ^ person.index, day))
}

/// Every kind of record and how often it is drawn.
pub(crate) struct Catalog {
    pub(crate) kinds: Vec<&'static Kind>,
    pub(crate) content_types: Vec<ContentType>,
    /// For each content type and actor, indexes into `kinds`, as many as the weight demands.
    draws: [[Vec<u16>; 2]; 5],
}

/// Share of all records, and the services' share of these, in percent. Public samples of real
/// tenants have about two thirds service identities, most of them in Exchange administration.
const FEEDS: [(ContentType, f64, f64); 5] = [
    (ContentType::AzureActiveDirectory, 0.190, 0.55),
    (ContentType::Exchange, 0.460, 0.80),
    (ContentType::SharePoint, 0.250, 0.55),
    (ContentType::General, 0.095, 0.52),
    (ContentType::Dlp, 0.005, 0.0),
];

pub(crate) static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::build);

const DRAWS: usize = 4_096;

impl Catalog {
    fn build() -> Catalog {
        let mut catalog =
            Catalog { kinds: Vec::new(), content_types: Vec::new(), draws: Default::default() };
        for content_type in ContentType::ALL {
            for (actor, tables) in [
                (0, tables(content_type, Actor::Service)),
                (1, tables(content_type, Actor::Person)),
            ] {
                let kinds: Vec<&'static Kind> =
                    tables.iter().flat_map(|table| table.iter()).collect();
                let first = catalog.kinds.len();
                catalog.draws[content_type.index()][actor] = draw_table(&kinds, first);
                catalog.content_types.extend(kinds.iter().map(|_| content_type));
                catalog.kinds.extend(kinds);
            }
        }
        catalog
    }

    #[inline]
    pub(crate) fn draw(
        &self,
        content_type: ContentType,
        actor: Actor,
        random: &mut Random,
    ) -> usize {
        let table = &self.draws[content_type.index()][actor as usize];
        usize::from(table[(random.next() >> 52) as usize])
    }

    /// The kind with this operation, for planted records. The name is one of ours, so it exists.
    pub(crate) fn named(
        &self,
        content_type: ContentType,
        operation: &str,
        record_type: u16,
    ) -> usize {
        (0..self.kinds.len())
            .find(|at| {
                let kind = self.kinds[*at];
                self.content_types[*at] == content_type
                    && kind.operation == operation
                    && kind.record_type == record_type
            })
            .unwrap_or_else(|| panic!("the catalog has no {operation} of type {record_type}"))
    }
}

pub(crate) fn feed_share(content_type: ContentType) -> f64 {
    FEEDS[content_type.index()].1
}

pub(crate) fn service_share(content_type: ContentType) -> f64 {
    FEEDS[content_type.index()].2
}

fn tables(content_type: ContentType, actor: Actor) -> Vec<&'static [Kind]> {
    match (content_type, actor) {
        (ContentType::AzureActiveDirectory, Actor::Service) => {
            vec![directory::SERVICE, sign_in::SERVICE]
        }
        (ContentType::AzureActiveDirectory, Actor::Person) => {
            vec![sign_in::PEOPLE, directory::PEOPLE]
        }
        (ContentType::Exchange, Actor::Service) => vec![exchange_chores::SERVICE, mailbox::SERVICE],
        (ContentType::Exchange, Actor::Person) => vec![mailbox::PEOPLE, exchange_admin::PEOPLE],
        (ContentType::SharePoint, Actor::Service) => vec![sharepoint::SERVICE, sharing::SERVICE],
        (ContentType::SharePoint, Actor::Person) => vec![sharepoint::PEOPLE, sharing::PEOPLE],
        (ContentType::General, Actor::Service) => {
            vec![compliance::SERVICE, threat::SERVICE, teams::SERVICE, apps::SERVICE]
        }
        (ContentType::General, Actor::Person) => {
            vec![teams::PEOPLE, apps::PEOPLE, copilot::PEOPLE, compliance::PEOPLE, threat::PEOPLE]
        }
        (ContentType::Dlp, Actor::Service) => vec![],
        (ContentType::Dlp, Actor::Person) => vec![dlp::PEOPLE],
    }
}

/// Spreads the kinds over the slots by weight; the rarest kind still gets one slot,
/// at the cost of the commonest.
fn draw_table(kinds: &[&'static Kind], first: usize) -> Vec<u16> {
    let total: u64 = kinds.iter().map(|kind| u64::from(kind.weight)).sum();
    let mut counts: Vec<usize> = kinds
        .iter()
        .map(|kind| (u64::from(kind.weight) * DRAWS as u64 / total).max(1) as usize)
        .collect();
    let Some(commonest) = (0..kinds.len()).max_by_key(|at| counts[*at]) else {
        return Vec::new();
    };
    let others = counts.iter().sum::<usize>() - counts[commonest];
    counts[commonest] = DRAWS - others;
    counts
        .iter()
        .enumerate()
        .flat_map(|(at, count)| std::iter::repeat_n((first + at) as u16, *count))
        .collect()
}
