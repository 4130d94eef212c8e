//! How are the sign-ins told?

use super::{Counts, GUESSES_MIN, SIGN_INS_MAX, SPRAYED_MIN, SignIns, error};
use crate::question::bounded::{Each, Words};
use crate::question::layout::{alarm, figure, ranking, timeline, when, words};
use crate::{Answer, Bar, Cell, Section, Table};

const ENDINGS: &[&str] = &["opened", "interrupted", "failed"];

impl Counts {
    fn values(&self) -> [u64; 3] {
        [self.opened, self.interrupted, self.failed]
    }

    fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self.values().into_iter().map(Cell::Count).collect();
        cells.extend([when(self.seen.first), when(self.seen.last)]);
        cells
    }
}

impl SignIns {
    pub fn told(&self) -> Answer {
        let sprayers =
            self.addresses.sorted().iter().filter(|(_, origin)| origin.sprays()).count() as u64;
        let figures = vec![
            figure("Sign-ins that opened", self.all.opened),
            figure("Interrupted: asked for more", self.all.interrupted),
            figure("Of these for a second factor", self.second_factor),
            figure("Failed", self.all.failed),
            figure("Accounts", self.accounts.len() as u64),
            figure("Addresses", self.addresses.len() as u64),
            alarm("Addresses that tried many accounts", sprayers),
            alarm("Accounts that opened after many failures", self.guessed()),
            alarm("By protocols without a second factor", self.legacy),
        ];
        let days = self.days.sorted().into_iter().map(|(day, counts)| bar(day, counts)).collect();
        let places = self.places.sorted().into_iter().map(|(name, it)| bar(name, it)).collect();
        let sections = vec![
            Section::Figures(figures),
            timeline("Sign-ins by day", ENDINGS, days),
            ranking("Sign-ins by place", ENDINGS, places),
            self.spray_table(),
            self.broken_table(),
            self.error_table(),
            named(Table::new("places", "By place", &columns("Place")), &self.places),
            named(Table::new("clients", "By client", &columns("Client")), &self.clients),
            named(
                Table::new("applications", "By application", &columns("Application")),
                &self.applications,
            ),
            named(Table::new("protocols", "By protocol", &columns("Protocol")), &self.protocols),
            self.legacy_table(),
            self.account_table(),
        ];
        Answer { sections, notes: self.notes() }
    }

    fn guessed(&self) -> u64 {
        let broken = |broken: &super::Broken| broken.failures >= GUESSES_MIN;
        self.pairs.sorted().iter().filter(|(_, it)| it.broken.as_ref().is_some_and(broken)).count()
            as u64
    }

    fn spray_table(&self) -> Section {
        let mut table = Table::new(
            "sprays",
            "Addresses that failed on many accounts",
            &["ClientAddress", "Place", "Accounts", "Failed", "First", "Last", "Opened"],
        );
        for (address, origin) in self.addresses.largest(|origin| origin.failed_on.len() as u64) {
            if !origin.sprays() {
                continue;
            }
            let opened: Words = origin.opened.iter().collect();
            table.push(
                None,
                vec![
                    Cell::text(address),
                    Cell::text(&origin.place),
                    Cell::Count(origin.failed_on.len() as u64),
                    Cell::Count(origin.counts.failed),
                    when(origin.counts.seen.first),
                    when(origin.counts.seen.last),
                    words(&opened),
                ],
            );
        }
        Section::Table(table)
    }

    fn broken_table(&self) -> Section {
        let mut table = Table::new(
            "failures-then-success",
            "Failures that ended in success from the same address",
            &["UserId", "ClientAddress", "Failures", "FirstFailure", "Success"],
        );
        let failures = |it: &super::Attempts| it.broken.map_or(0, |broken| broken.failures);
        for ((user, address), attempts) in self.pairs.largest(failures) {
            let Some(broken) = attempts.broken else { break };
            table.push(
                None,
                vec![
                    Cell::text(user),
                    Cell::text(address),
                    Cell::Count(broken.failures),
                    when(broken.first_failure),
                    when(broken.success),
                ],
            );
        }
        Section::Table(table)
    }

    fn error_table(&self) -> Section {
        let mut table = Table::new(
            "errors",
            "By error",
            &["ErrorNumber", "Meaning", "Kind", "Events", "First", "Last"],
        );
        for (number, it) in self.errors.largest(|it| it.seen.events) {
            let meaning = error::meaning(*number).unwrap_or(&it.reason);
            let kind = match (error::SECOND_FACTOR.contains(number), it.interrupted) {
                (true, _) => "second factor",
                (false, true) => "interrupted",
                (false, false) => "failure",
            };
            table.push(
                None,
                vec![
                    Cell::text(number.to_string()),
                    Cell::text(meaning),
                    Cell::text(kind),
                    Cell::Count(it.seen.events),
                    when(it.seen.first),
                    when(it.seen.last),
                ],
            );
        }
        Section::Table(table)
    }

    fn legacy_table(&self) -> Section {
        let mut table = Table::new(
            "legacy",
            "Protocols without a second factor",
            &["UserId", "Protocol", "Opened", "Interrupted", "Failed", "First", "Last"],
        );
        for ((user, protocol), counts) in self.legacy_uses.largest(|it| it.seen.events) {
            let mut cells = vec![Cell::text(user), Cell::text(protocol)];
            cells.extend(counts.cells());
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn account_table(&self) -> Section {
        let mut table = Table::new(
            "accounts",
            "By account",
            &["UserId", "Opened", "Interrupted", "Failed", "First", "Last", "Places", "Clients"],
        );
        for (user, account) in self.accounts.largest(|it| it.counts.failed) {
            let mut cells = vec![Cell::text(user)];
            cells.extend(account.counts.cells());
            cells.extend([words(&account.places), words(&account.clients)]);
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "A place is what the record says; where it says none, the network stands for it: no address is looked up anywhere.".to_owned(),
            format!("An address tries many accounts when it fails on {SPRAYED_MIN} or more, and on more than twice as many as open."),
        ];
        if self.twice > 0 {
            notes.push(format!(
                "{} of the records tell a sign-in that another log told already under the same Id; each counts once.",
                self.twice
            ));
        }
        if self.told.is_full() {
            notes
                .push(format!("After {SIGN_INS_MAX} sign-ins those told by two logs count twice."));
        }
        notes.extend(self.accounts.note("accounts"));
        notes.extend(self.addresses.note("addresses"));
        notes.extend(self.pairs.note("pairs of account and address"));
        notes.extend(self.places.note("places"));
        notes.extend(self.applications.note("applications"));
        notes
    }
}

fn columns(first: &'static str) -> [&'static str; 6] {
    [first, "Opened", "Interrupted", "Failed", "First", "Last"]
}

fn named(mut table: Table, tally: &Each<String, Counts>) -> Section {
    for (name, counts) in tally.largest(|counts| counts.seen.events) {
        let mut cells = vec![Cell::text(name)];
        cells.extend(counts.cells());
        table.push(None, cells);
    }
    Section::Table(table)
}

fn bar(label: &str, counts: &Counts) -> Bar {
    Bar { label: label.to_owned(), values: counts.values().to_vec() }
}
