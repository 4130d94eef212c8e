//! Of which mailboxes is nothing, or not enough, in the log?
//!
//! A mailbox without records looks like one that nobody touched. So every mailbox is listed that
//! any record names, beside every account that signs in or sends mail without one; and every change
//! of the audit settings that was seen.

mod action;
mod answer;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use event::{Event, Field, Filter, Name, Test};

use action::{ACTIONS, Actions, Logon, READ};

use super::bounded::{Each, Words};
use super::seen::Seen;
use super::{Kind, Question, filter, told};
use crate::{Answer, Ask, Cell, Parameter, Table};

pub static KIND: Kind = Kind {
    name: "mailbox-audit-coverage",
    title: "What is logged of which mailbox",
    about: "Mailboxes without owner, delegate or administrator events, actions that never show, accounts without any mailbox record, and changes of the audit settings.",
    parameters: &[Parameter::Mailbox],
    required: &[],
    open,
};

const MAILBOXES_MAX: usize = 100_000;
const ACCOUNTS_MAX: usize = 200_000;
const OTHER_ACTIONS_MAX: usize = 1_000;

const SIGN_INS: &[&str] = &["AzureActiveDirectoryStsLogon"];
const TRACE: &str = "MessageTrace";

/// What the first pass looks at; bodies would take many times as long.
const COLUMNS: &[Field] = &[
    Field::CreationTime,
    Field::Operation,
    Field::UserId,
    Field::MailboxOwnerUPN,
    Field::LogonTypeName,
    Field::ActorKind,
];

/// Cmdlets that change what is logged, with their parameters and the value that turns it off.
const SETTINGS: &[(&str, &[(&str, &str)])] = &[
    ("Set-MailboxAuditBypassAssociation", &[("AuditBypassEnabled", "True")]),
    (
        "Set-Mailbox",
        &[
            ("AuditEnabled", "False"),
            ("AuditOwner", ""),
            ("AuditDelegate", ""),
            ("AuditAdmin", ""),
            ("DefaultAuditSet", ""),
            ("AuditLogAgeLimit", "00:00:00"),
        ],
    ),
    ("Set-OrganizationConfig", &[("AuditDisabled", "True")]),
    (
        "Set-AdminAuditLogConfig",
        &[("UnifiedAuditLogIngestionEnabled", "False"), ("AdminAuditLogEnabled", "False")],
    ),
];

fn open(ask: &Ask) -> Result<Box<dyn Question>, String> {
    Ok(Box::new(Coverage {
        mailbox: ask.mailbox.clone(),
        domains: ask.domains.clone(),
        pass: Pass::Start,
        mailboxes: Each::new(MAILBOXES_MAX),
        accounts: Each::new(ACCOUNTS_MAX),
        totals: [[0; Logon::COUNT]; ACTIONS.len()],
        other_actions: Each::new(OTHER_ACTIONS_MAX),
        settings: Table::new(
            "settings",
            "Changes of audit settings",
            &[
                "CreationTime",
                "Operation",
                "UserId",
                "ObjectId",
                "Settings",
                "TurnsOff",
                "ClientAddress",
                "Outcome",
            ],
        ),
        turned_off: 0,
    }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Start,
    Seen,
    Settings,
}

struct Coverage {
    mailbox: Option<String>,
    /// The tenant's own: senders of others have their mailbox elsewhere.
    domains: BTreeSet<String>,
    pass: Pass,
    mailboxes: Each<String, Mailbox>,
    /// Accounts that signed in or sent mail.
    accounts: Each<String, Account>,
    totals: [[u64; Logon::COUNT]; ACTIONS.len()],
    /// Actions that are not in the list, with how often.
    other_actions: Each<String, Seen>,
    settings: Table,
    turned_off: u64,
}

#[derive(Default)]
struct Mailbox {
    seen: Seen,
    by_logon: [u64; Logon::COUNT],
    actions: Actions,
    by_owner: Actions,
}

#[derive(Default)]
struct Account {
    sign_ins: Seen,
    sent: Seen,
}

impl Question for Coverage {
    fn next(&mut self) -> Option<Filter> {
        match self.pass {
            Pass::Start => {
                self.pass = Pass::Seen;
                Some(self.seen())
            }
            Pass::Seen => {
                self.pass = Pass::Settings;
                let cmdlets: Vec<&str> = SETTINGS.iter().map(|(cmdlet, _)| *cmdlet).collect();
                Some(filter::operations(&cmdlets))
            }
            Pass::Settings => None,
        }
    }

    fn columns(&self) -> Option<&'static [Field]> {
        (self.pass == Pass::Seen).then_some(COLUMNS)
    }

    fn take(&mut self, event: &Event) {
        match self.pass {
            Pass::Settings => self.setting(event),
            _ => self.record(event),
        }
    }

    fn answer(self: Box<Self>) -> Answer {
        self.told()
    }
}

impl Coverage {
    fn seen(&self) -> Filter {
        let asked = |field| filter::asked(field, self.mailbox.as_deref());
        let exists = Filter::Field(Name::Column(Field::MailboxOwnerUPN), Test::Exists);
        let of_mailbox = match asked(Field::MailboxOwnerUPN) {
            Filter::All => exists,
            named => named,
        };
        let opened = filter::any_of(Field::Outcome, ["success"]);
        Filter::Or(vec![
            of_mailbox,
            Filter::all([filter::record_types(SIGN_INS), opened, asked(Field::UserId)]),
            Filter::all([
                filter::operations(&[TRACE]),
                filter::missing(Field::RecordTypeName),
                asked(Field::UserId),
            ]),
        ])
    }

    fn record(&mut self, event: &Event) {
        let time = told::time(event);
        let owner = told::folded(event, Field::MailboxOwnerUPN);
        let operation = event.text(Field::Operation).unwrap_or_default();
        if owner.is_empty() {
            return self.account(event, operation == TRACE, time);
        }
        let logon = Logon::of(event.text(Field::LogonTypeName).unwrap_or_default());
        let place = Actions::place(operation);
        match place {
            Some(place) => self.totals[place][logon as usize] += 1,
            None => {
                if let Some(seen) = self.other_actions.at(super::layout::cut(operation)) {
                    seen.at(time);
                }
            }
        }
        let Some(mailbox) = self.mailboxes.at(owner) else { return };
        mailbox.seen.at(time);
        mailbox.by_logon[logon as usize] += 1;
        if let Some(place) = place {
            mailbox.actions.add(place);
            if logon == Logon::Owner {
                mailbox.by_owner.add(place);
            }
        }
    }

    /// Programs and services sign in as well, and have no mailbox.
    fn account(&mut self, event: &Event, sent: bool, time: Option<i64>) {
        let user = told::folded(event, Field::UserId);
        let is_person = event.text(Field::ActorKind).is_none_or(|kind| kind == "person");
        let is_own = told::domain(&user).is_some_and(|domain| self.domains.contains(&domain));
        if !user.contains('@') || !is_person || sent && !is_own {
            return;
        }
        let Some(account) = self.accounts.at(user) else { return };
        match sent {
            true => account.sent.at(time),
            false => account.sign_ins.at(time),
        }
    }

    fn setting(&mut self, event: &Event) {
        let operation = told::column(event, Field::Operation);
        let known = SETTINGS.iter().find(|(cmdlet, _)| cmdlet.eq_ignore_ascii_case(&operation));
        let Some((_, parameters)) = known else { return };
        let mut set = Words::default();
        let mut off = false;
        for (name, turns_off) in *parameters {
            let paths = ["Parameters", "CmdletParameters"].map(|list| format!("{list}.{name}"));
            let paths = paths.each_ref().map(String::as_str);
            let Some(value) = told::text(&event.body, &paths) else { continue };
            off |= !turns_off.is_empty()
                && value.trim_start_matches('$').eq_ignore_ascii_case(turns_off);
            set.add(&format!("{name}: {value}"));
        }
        // Exchange itself confirms its settings every hour.
        let by_service = event.text(Field::ActorKind) == Some("service");
        if set.is_empty() || by_service && !off {
            return;
        }
        self.turned_off += u64::from(off);
        let column = |field| Cell::text(told::column(event, field));
        self.settings.push(
            Some(event.key),
            vec![
                super::layout::when(told::time(event)),
                Cell::text(operation),
                column(Field::UserId),
                column(Field::ObjectId),
                super::layout::words(&set),
                super::layout::yes(off),
                column(Field::ClientAddress),
                column(Field::Outcome),
            ],
        );
    }
}
