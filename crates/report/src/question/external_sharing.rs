//! What was shared with outsiders, and what is still open?

use event::{Event, Field, Filter, fold};

use super::filter::{among, any, by_user, like};
use super::layout::{alarm, at, cell, cut, figure, or_nobody, shown, when};
use super::seen::Seen;
use super::share::{Mark, SHARES_MAX, Share, Shares, Step, Way};
use super::tally::{Named, Tally};
use super::timeline::Timeline;
use super::told;
use crate::{Answer, Ask, Cell, Kind, Parameter, Question, Table};

pub static KIND: Kind = Kind {
    name: "external-sharing",
    title: "External sharing",
    about: "Links and invitations to people outside: by whom, of what, to whom, who used them, and what is still open.",
    parameters: &[Parameter::User, Parameter::Document],
    required: &[],
    open: |ask| Ok(Box::new(ExternalSharing::new(ask))),
};

/// Names in one cell.
const LISTED: usize = 3;
/// Different names kept for such a cell.
const LISTED_MAX: usize = 50;
/// Bars of the chart of people.
const TOP: usize = 15;

/// What sharing is called; other operations of SharePointSharingOperation are about a site's own
/// order.
const OPERATIONS: [&str; 9] = [
    "AnonymousLink*",
    "CompanyLink*",
    "SecureLink*",
    "*SecureLink",
    "SharingInvitation*",
    "SharingSet",
    "SharingRevoked",
    "AddedToGroup",
    "RemovedFromGroup",
];

/// What suffices to know what outsiders did to documents.
const USED: &[Field] = &[
    Field::CreationTime,
    Field::Operation,
    Field::UserId,
    Field::ObjectId,
    Field::ItemName,
    Field::ClientAddress,
];

struct ExternalSharing {
    ask: Ask,
    passes: Vec<Filter>,
    timeline: Timeline,
    shares: Shares,
    sharers: Tally,
    guests: Named<Guest>,
    events: Table,
}

struct Guest {
    seen: Seen,
    documents: Tally,
    operations: Tally,
    addresses: Tally,
}

impl Default for Guest {
    fn default() -> Guest {
        let names = || Tally::with_max(LISTED_MAX);
        Guest { seen: Seen::default(), documents: names(), operations: names(), addresses: names() }
    }
}

impl ExternalSharing {
    fn new(ask: &Ask) -> ExternalSharing {
        let columns = [
            "CreationTime",
            "UserId",
            "Operation",
            "Document",
            "Shared with",
            "TargetType",
            "ClientAddress",
        ];
        ExternalSharing {
            // The last comes first.
            passes: vec![uses(ask), sharing(ask)],
            timeline: Timeline::new(ask),
            ask: ask.clone(),
            shares: Shares::default(),
            sharers: Tally::default(),
            guests: Named::default(),
            events: Table::new("events", "Events of sharing", &columns),
        }
    }

    /// Is it nobody of the tenant?
    fn is_outside(&self, name: &str, kind: &str) -> bool {
        let name = fold(name);
        let domain = name.rsplit_once('@').map(|(_, domain)| domain);
        let is_own = |domain: &str| self.ask.domains.contains(domain);
        kind.eq_ignore_ascii_case("Guest")
            || name.contains("#ext#")
            || name.starts_with("urn:spo:")
            || !self.ask.domains.is_empty() && domain.is_some_and(|domain| !is_own(domain))
    }

    fn take_share(&mut self, event: &Event) {
        let operation = event.text(Field::Operation).unwrap_or("");
        let Some((way, step)) = Way::of(operation) else { return };
        let for_anyone = matches!(way, Way::Anyone | Way::Company);
        let target = told::text(&event.body, &["TargetUserOrGroupName"]).unwrap_or_default();
        let kind = told::text(&event.body, &["TargetUserOrGroupType"]).unwrap_or_default();
        let by_outsider = self.is_outside(event.text(Field::UserId).unwrap_or(""), "")
            || matches!(event.text(Field::ActorKind), Some("external" | "anonymous"));
        let concerns = match step {
            Step::Used => way == Way::Anyone || by_outsider,
            // Whoever closes a share need not say whom it was for.
            Step::Closed => true,
            Step::Made | Step::Changed => for_anyone || self.is_outside(&target, &kind),
        };
        if !concerns {
            return;
        }
        let document = document(event);
        let link = told::text(&event.body, &["UniqueSharingId"]).unwrap_or_default();
        let target = if for_anyone { String::new() } else { target };
        let mark = Mark { way, document: &document, target: &target, link: &link };
        match step {
            Step::Made | Step::Changed => self.shares.made(mark, step, event),
            Step::Used => self.shares.used(mark, event),
            Step::Closed if !self.shares.closed(mark, event) => return,
            Step::Closed => {}
        }
        if step == Step::Made {
            self.sharers.add(or_nobody(event.text(Field::UserId)));
        }
        self.timeline.add(event, way.name());
        self.events.push(
            Some(event.key),
            vec![
                at(event),
                shown(event, Field::UserId),
                shown(event, Field::Operation),
                cell(&document),
                cell(&target),
                cell(&kind),
                shown(event, Field::ClientAddress),
            ],
        );
    }

    fn take_use(&mut self, event: &Event) {
        let Some(guest) = self.guests.entry(or_nobody(event.text(Field::UserId))) else { return };
        guest.seen.add(event);
        guest.documents.add(&document(event));
        guest.operations.add(or_nobody(event.text(Field::Operation)));
        guest.addresses.add(or_nobody(event.text(Field::ClientAddress)));
    }
}

fn sharing(ask: &Ask) -> Filter {
    let user = ask.user.as_deref().map(|user| {
        // Sharing by that user, and with that user.
        any([by_user(user), super::filter::path("TargetUserOrGroupName", user)])
    });
    let kinds = [like(Field::RecordType, "14"), among(Field::Operation, &OPERATIONS)];
    Filter::all(kinds.into_iter().chain(user).chain(ask.document.as_deref().map(of_document)))
}

/// What people without an account of the tenant did to files.
fn uses(ask: &Ask) -> Filter {
    let kinds = [like(Field::RecordType, "6"), among(Field::ActorKind, &["external", "anonymous"])];
    let user = ask.user.as_deref().map(by_user);
    Filter::all(kinds.into_iter().chain(user).chain(ask.document.as_deref().map(of_document)))
}

fn of_document(document: &str) -> Filter {
    match document.contains("://") {
        true => like(Field::ObjectId, document),
        false => any([
            like(Field::ItemName, document),
            like(Field::ObjectId, &format!("*/{}", document.trim_start_matches('/'))),
        ]),
    }
}

fn document(event: &Event) -> String {
    let names = [Field::ObjectId, Field::ItemName, Field::SiteUrl];
    names.into_iter().find_map(|field| event.text(field)).map(cut).unwrap_or_default()
}

impl Question for ExternalSharing {
    fn next(&mut self) -> Option<Filter> {
        self.passes.pop()
    }

    fn columns(&self) -> Option<&'static [Field]> {
        // The second pass.
        self.passes.is_empty().then_some(USED)
    }

    fn take(&mut self, event: &Event) {
        match self.passes.is_empty() {
            false => self.take_share(event),
            true => self.take_use(event),
        }
    }

    fn answer(self: Box<Self>) -> Answer {
        let mut answer = Answer::default();
        let open = |way: Way| {
            let open = self.shares.all.iter().filter(|share| share.way == way && share.is_open());
            open.count() as u64
        };
        let all = self.shares.all.len() as u64;
        let opened = [Way::Anyone, Way::People, Way::Invitation, Way::Permission, Way::Group];
        answer.figures(vec![
            figure("Shares", all),
            figure("Still open to outsiders", opened.into_iter().map(open).sum()),
            alarm("Open anyone links", open(Way::Anyone)),
            figure("Open company links", open(Way::Company)),
            figure("People who shared", self.sharers.len() as u64),
            figure("Outsiders who came", self.guests.len() as u64),
        ]);
        answer.chart(self.timeline.chart("Sharing over time"));
        answer.chart(self.sharers.ranking("Who shared most", TOP));
        answer.table(shares(&self.shares.all));
        answer.table(guests(&self.guests));
        answer.table(self.events);
        answer.note((self.shares.left_out > 0).then(|| {
            format!(
                "There are more than {SHARES_MAX} shares; {} events of further ones are not in their list.",
                self.shares.left_out
            )
        }));
        answer.note(self.sharers.note("people who shared"));
        answer.note(self.guests.note("outsiders"));
        answer.note(Some(
            "Open means made or used in this span and not seen to be removed in it; what was shared before and not used does not show."
                .to_owned(),
        ));
        answer.note(self.ask.domains.is_empty().then(|| {
            "The tenant's own domains are not known, so outsiders are told by guest accounts alone."
                .to_owned()
        }));
        answer
    }
}

/// What is open first, the newest on top.
fn shares(all: &[Share]) -> Table {
    let columns = [
        "State",
        "Way",
        "Document",
        "Shared with",
        "By",
        "Made",
        "Removed",
        "Used",
        "Used by",
        "First use",
        "Last use",
    ];
    let mut table = Table::new("shares", "Shares", &columns);
    let mut sorted: Vec<&Share> = all.iter().collect();
    sorted.sort_by_key(|share| (!share.is_open(), std::cmp::Reverse(share.made)));
    for share in sorted {
        table.push(
            None,
            vec![
                cell(if share.is_open() { "open" } else { "removed" }),
                cell(share.way.name()),
                cell(&share.document),
                cell(&share.target),
                cell(&share.by),
                when(share.made),
                when(share.closed),
                Cell::Count(share.used.events),
                cell(&share.users.line(LISTED)),
                when(share.used.first),
                when(share.used.last),
            ],
        );
    }
    table
}

fn guests(list: &Named<Guest>) -> Table {
    let columns = ["UserId", "Operations", "Documents", "Addresses", "Events", "First", "Last"];
    let mut table = Table::new("outsiders", "What outsiders did to files", &columns);
    for (name, guest) in list.sorted_by(|guest| guest.seen.events) {
        let lists = [&guest.operations, &guest.documents, &guest.addresses];
        let told = lists.map(|names| cell(&names.line(LISTED)));
        table.push(None, [cell(name)].into_iter().chain(told).chain(guest.seen.cells()).collect());
    }
    table
}
