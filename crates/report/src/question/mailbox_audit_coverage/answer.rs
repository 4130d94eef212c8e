//! How is the coverage told?

use super::action::{ACTIONS, Actions, Logon};
use super::{Account, Coverage, Mailbox, READ};
use crate::question::layout::{alarm, counted, figure, when, yes};
use crate::{Answer, Cell, Section, Table};

const LOGONS: [&str; Logon::COUNT] = ["Owner", "Delegate", "Admin", "Other"];

impl Mailbox {
    fn reads(&self) -> bool {
        Actions::place(READ).is_some_and(|place| self.actions.has(place))
    }

    fn lacks(&self, logon: Logon) -> bool {
        self.by_logon[logon as usize] == 0
    }
}

impl Coverage {
    pub fn told(self) -> Answer {
        let mailboxes = self.mailboxes.sorted();
        let count = |test: &dyn Fn(&Mailbox) -> bool| {
            mailboxes.iter().filter(|(_, mailbox)| test(mailbox)).count() as u64
        };
        let silent = self.silent();
        let figures = vec![
            figure("Mailboxes with records", mailboxes.len() as u64),
            alarm("Without owner events", count(&|it| it.lacks(Logon::Owner))),
            figure("Without delegate events", count(&|it| it.lacks(Logon::Delegate))),
            figure("Without administrator events", count(&|it| it.lacks(Logon::Admin))),
            alarm("Without MailItemsAccessed", count(&|it| !it.reads())),
            alarm("Accounts at work without any mailbox record", silent.len() as u64),
            figure(
                "Changes of audit settings",
                self.settings.rows.len() as u64 + self.settings.left_out,
            ),
            alarm("Of these turning the log off", self.turned_off),
        ];
        let other = Table::new(
            "other-actions",
            "Actions that are not documented",
            &["Operation", "Events", "First", "Last"],
        );
        let notes = self.notes();
        let sections = vec![
            Section::Figures(figures),
            self.mailbox_table(),
            silent_table(&silent),
            self.action_table(),
            counted(other, &self.other_actions),
            Section::Table(self.settings),
        ];
        Answer { sections, notes }
    }

    /// Accounts that signed in or sent mail, of which no mailbox record tells.
    fn silent(&self) -> Vec<(&String, &Account)> {
        let has_records = |name: &String| self.mailboxes.get(name).is_some();
        self.accounts.sorted().into_iter().filter(|(name, _)| !has_records(name)).collect()
    }

    fn mailbox_table(&self) -> Section {
        let columns = [
            &["MailboxOwnerUPN"],
            &LOGONS[..],
            &["MailItemsAccessed", "Actions", "OwnerNever", "First", "Last"],
        ]
        .concat();
        let mut table = Table::new("mailboxes", "By mailbox", &columns);
        for (name, mailbox) in self.mailboxes.sorted() {
            let mut cells = vec![Cell::text(name)];
            cells.extend(mailbox.by_logon.map(Cell::Count));
            cells.extend([
                yes(mailbox.reads()),
                Cell::text(joined(mailbox.actions.names())),
                Cell::text(joined(mailbox.by_owner.never(Logon::Owner))),
                when(mailbox.seen.first),
                when(mailbox.seen.last),
            ]);
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn action_table(&self) -> Section {
        let columns = [&["Operation"], &LOGONS[..], &["Default", "Never"]].concat();
        let mut table = Table::new("actions", "By action, all mailboxes", &columns);
        for (action, totals) in ACTIONS.iter().zip(self.totals) {
            let logons = [Logon::Owner, Logon::Delegate, Logon::Admin];
            let default = logons.into_iter().filter(|logon| action.is_default(*logon));
            let names: Vec<&str> = default.clone().map(|logon| LOGONS[logon as usize]).collect();
            let never: Vec<&str> = default
                .filter(|logon| totals[*logon as usize] == 0)
                .map(|logon| LOGONS[logon as usize])
                .collect();
            let mut cells = vec![Cell::text(action.name)];
            cells.extend(totals.map(Cell::Count));
            cells.extend([Cell::text(names.join("; ")), Cell::text(never.join("; "))]);
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.domains.is_empty() {
            notes.push("The tenant's own domains are not known, so senders of mail were not compared with the mailboxes; name them in the configuration.".to_owned());
        }
        notes.extend(self.mailboxes.note("mailboxes"));
        notes.extend(self.accounts.note("accounts"));
        notes.extend(self.other_actions.note("actions"));
        notes.push("An action that never shows may not be logged, or may not have happened: the log alone cannot tell the two apart; Get-Mailbox shows what is set.".to_owned());
        notes.push("Accounts without a mailbox record may have no mailbox, no licence for it, or be bypassed (Get-MailboxAuditBypassAssociation).".to_owned());
        notes.push("The default set is Exchange Online's for user and shared mailboxes; settings changed before this span are not seen here.".to_owned());
        notes
    }
}

fn silent_table(silent: &[(&String, &Account)]) -> Section {
    let mut table = Table::new(
        "silent",
        "Accounts at work without any mailbox record",
        &["UserId", "SignIns", "Sent", "First", "Last"],
    );
    for (name, account) in silent {
        let (sign_ins, sent) = (&account.sign_ins, &account.sent);
        table.push(
            None,
            vec![
                Cell::text(*name),
                Cell::Count(sign_ins.events),
                Cell::Count(sent.events),
                when([sign_ins.first, sent.first].into_iter().flatten().min()),
                when(sign_ins.last.max(sent.last)),
            ],
        );
    }
    Section::Table(table)
}

fn joined(names: impl Iterator<Item = &'static str>) -> String {
    names.collect::<Vec<_>>().join("; ")
}
