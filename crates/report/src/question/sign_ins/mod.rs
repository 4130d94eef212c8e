//! Who signed in, who failed, and from where?
//!
//! Failures are told apart from sign-ins that were only asked for more. Two patterns are looked
//! for: failures of an account that end in success from the same address, and addresses that fail
//! on many accounts.

mod answer;
mod client;
mod error;
mod sign_in;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use event::{Event, Field, Filter};

use self::sign_in::{Ending, SignIn};

use super::bounded::{Distinct, Each, Words};
use super::seen::Seen;
use super::{Kind, Question, filter};
use crate::{Answer, Ask, Parameter};

pub static KIND: Kind = Kind {
    name: "sign-ins",
    title: "Sign-ins and failures",
    about: "Sign-ins by place, client and error, failures that ended in success, and addresses that tried many accounts.",
    parameters: &[Parameter::User, Parameter::Address],
    required: &[],
    open,
};

/// Accounts, addresses, places and clients that are told apart.
const ACCOUNTS_MAX: usize = 100_000;
const ADDRESSES_MAX: usize = 100_000;
const NAMES_MAX: usize = 10_000;
/// Accounts at addresses.
const PAIRS_MAX: usize = 200_000;
/// Sign-ins of which it is known that another log told them already.
const SIGN_INS_MAX: usize = 2_000_000;
/// Accounts kept of one address that tries many.
const ACCOUNTS_OF_ADDRESS_MAX: usize = 200;
/// An address that failed on so many accounts tries them out.
const SPRAYED_MIN: u64 = 10;
/// So many failures before a success are no slip of the keyboard.
const GUESSES_MIN: u64 = 5;

/// Of record types 15 and 9.
const RECORD_TYPES: &[&str] = &["AzureActiveDirectoryStsLogon", "AzureActiveDirectoryAccountLogon"];

fn open(ask: &Ask) -> Result<Box<dyn Question>, String> {
    // The diagnostic settings write no record type.
    let sign_ins = Filter::Or(vec![
        filter::record_types(RECORD_TYPES),
        Filter::all([
            filter::operations(&["Sign-in activity"]),
            filter::missing(Field::RecordTypeName),
        ]),
    ]);
    let filter = Filter::all([
        sign_ins,
        filter::asked(Field::UserId, ask.user.as_deref()),
        filter::within(filter::network(ask)?),
    ]);
    Ok(Box::new(SignIns {
        filter: Some(filter),
        told: Distinct::new(SIGN_INS_MAX),
        twice: 0,
        all: Counts::default(),
        second_factor: 0,
        legacy: 0,
        days: Each::new(NAMES_MAX),
        places: Each::new(NAMES_MAX),
        clients: Each::new(NAMES_MAX),
        applications: Each::new(NAMES_MAX),
        protocols: Each::new(NAMES_MAX),
        errors: Each::new(NAMES_MAX),
        accounts: Each::new(ACCOUNTS_MAX),
        addresses: Each::new(ADDRESSES_MAX),
        pairs: Each::new(PAIRS_MAX),
        legacy_uses: Each::new(NAMES_MAX),
    }))
}

struct SignIns {
    filter: Option<Filter>,
    told: Distinct,
    twice: u64,
    all: Counts,
    second_factor: u64,
    legacy: u64,
    days: Each<String, Counts>,
    places: Each<String, Counts>,
    clients: Each<String, Counts>,
    applications: Each<String, Counts>,
    protocols: Each<String, Counts>,
    errors: Each<i64, ErrorSeen>,
    accounts: Each<String, Account>,
    addresses: Each<String, Origin>,
    pairs: Each<(String, String), Attempts>,
    /// By account and protocol.
    legacy_uses: Each<(String, String), Counts>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    opened: u64,
    interrupted: u64,
    failed: u64,
    seen: Seen,
}

impl Counts {
    fn add(&mut self, sign_in: &SignIn) {
        self.seen.at(sign_in.time);
        match sign_in.ending {
            Ending::Opened => self.opened += 1,
            Ending::Interrupted => self.interrupted += 1,
            Ending::Failed => self.failed += 1,
        }
    }
}

#[derive(Default)]
struct ErrorSeen {
    seen: Seen,
    reason: String,
    interrupted: bool,
}

#[derive(Default)]
struct Account {
    counts: Counts,
    places: Words,
    clients: Words,
}

/// An address and the accounts it tried.
#[derive(Default)]
struct Origin {
    counts: Counts,
    failed_on: BTreeSet<String>,
    /// Accounts that opened after the first failure from here.
    opened: BTreeSet<String>,
    place: String,
}

impl Origin {
    fn add(&mut self, sign_in: &SignIn) {
        self.counts.add(sign_in);
        self.place.clone_from(&sign_in.place);
        let accounts = match sign_in.ending {
            Ending::Failed => &mut self.failed_on,
            Ending::Opened if !self.failed_on.is_empty() => &mut self.opened,
            _ => return,
        };
        if accounts.len() < ACCOUNTS_OF_ADDRESS_MAX {
            accounts.insert(sign_in.user.clone());
        }
    }

    /// Many accounts fail here and few open. Behind an office's address many fail and open.
    fn sprays(&self) -> bool {
        let (failed, opened) = (self.failed_on.len(), self.opened.len());
        failed as u64 >= SPRAYED_MIN && failed > 2 * opened
    }
}

/// One account from one address.
#[derive(Default)]
struct Attempts {
    /// Since the last success.
    failures: u64,
    first_failure: Option<i64>,
    /// The longest run of failures that ended in success.
    broken: Option<Broken>,
}

#[derive(Clone, Copy)]
struct Broken {
    failures: u64,
    first_failure: Option<i64>,
    success: Option<i64>,
}

impl Attempts {
    fn add(&mut self, sign_in: &SignIn) {
        match sign_in.ending {
            Ending::Failed => {
                self.failures += 1;
                self.first_failure = self.first_failure.or(sign_in.time);
            }
            Ending::Opened if self.failures > 0 => {
                let (failures, first_failure) = (self.failures, self.first_failure.take());
                self.failures = 0;
                if self.broken.is_none_or(|longest| failures > longest.failures) {
                    self.broken = Some(Broken { failures, first_failure, success: sign_in.time });
                }
            }
            _ => {}
        }
    }
}

impl Question for SignIns {
    fn next(&mut self) -> Option<Filter> {
        self.filter.take()
    }

    fn take(&mut self, event: &Event) {
        let sign_in = SignIn::of(event);
        // Graph and the unified audit log tell the same sign-in under one id. One that was
        // interrupted may come again when it is over.
        let opened = sign_in.ending == Ending::Opened;
        let comparable = !sign_in.id.is_empty() && !self.told.is_full();
        if comparable && !self.told.add(&(&sign_in.id, opened)) {
            self.twice += 1;
            return;
        }
        self.count(&sign_in);
    }

    fn answer(self: Box<Self>) -> Answer {
        self.told()
    }
}

impl SignIns {
    fn count(&mut self, sign_in: &SignIn) {
        self.all.add(sign_in);
        if error::SECOND_FACTOR.contains(&sign_in.error) {
            self.second_factor += 1;
        }
        let day = sign_in.time.map(event::time::day_text).unwrap_or_default();
        for (tally, name) in [
            (&mut self.days, &day),
            (&mut self.places, &sign_in.place),
            (&mut self.clients, &sign_in.client),
            (&mut self.applications, &sign_in.application),
            (&mut self.protocols, &sign_in.protocol),
        ] {
            if let Some(counts) = tally.at(name.clone()) {
                counts.add(sign_in);
            }
        }
        if sign_in.legacy {
            self.legacy += 1;
            let key = (sign_in.user.clone(), sign_in.protocol.clone());
            if let Some(counts) = self.legacy_uses.at(key) {
                counts.add(sign_in);
            }
        }
        if sign_in.ending != Ending::Opened
            && let Some(error) = self.errors.at(sign_in.error)
        {
            error.seen.at(sign_in.time);
            error.interrupted = sign_in.ending == Ending::Interrupted;
            error.reason.clone_from(&sign_in.reason);
        }
        if let Some(account) = self.accounts.at(sign_in.user.clone()) {
            account.counts.add(sign_in);
            account.places.add(&sign_in.place);
            account.clients.add(&sign_in.client);
        }
        if sign_in.address.is_empty() {
            return;
        }
        if let Some(origin) = self.addresses.at(sign_in.address.clone()) {
            origin.add(sign_in);
        }
        if let Some(pair) = self.pairs.at((sign_in.user.clone(), sign_in.address.clone())) {
            pair.add(sign_in);
        }
    }
}
