//! How is the exposure told?

use super::MailExposure;
use super::done::Done;
use super::mailbox::Mailbox;
use crate::question::layout::{alarm, figure, when, words, yes};
use crate::{Answer, Cell, Section, Table};

fn rows(table: &Table) -> u64 {
    table.rows.len() as u64 + table.left_out
}

impl MailExposure {
    pub fn told(self) -> Answer {
        let mailboxes = self.mailboxes.sorted();
        let sum = |count: fn(&Mailbox) -> u64| mailboxes.iter().map(|(_, it)| count(it)).sum();
        let unknown = mailboxes.iter().filter(|(_, it)| it.is_unknown()).count() as u64;
        let mut sections = vec![Section::Figures(vec![
            figure("Mailboxes", mailboxes.len() as u64),
            alarm("Different messages read", sum(|it| it.messages)),
            alarm("Folders synchronised whole", self.folders.len() as u64),
            alarm("Throttled periods: reads unknown", sum(|it| it.throttled.len() as u64)),
            alarm("Mailboxes whose exposure is unknown", unknown),
            figure("Messages sent", rows(&self.done.sent)),
            figure("Records of messages deleted or moved", rows(&self.done.moved)),
            figure("Searches in mailboxes", rows(&self.done.searches)),
            alarm("Changes of inbox rules", rows(&self.done.rules)),
        ])];
        let notes = self.notes();
        sections.extend([self.mailbox_table(), self.context_table(), self.folder_table()]);
        sections.extend([self.throttled_table(), self.message_table()]);
        let Done { sent, moved, searches, rules } = self.done;
        sections.extend([sent, moved, searches, rules].map(Section::Table));
        Answer { sections, notes }
    }

    fn mailbox_table(&self) -> Section {
        let mut table = Table::new(
            "mailboxes",
            "Mailboxes",
            &[
                "MailboxOwnerUPN",
                "Exposure",
                "Binds",
                "Items",
                "Messages",
                "OperationCount",
                "Unlisted",
                "Syncs",
                "Throttled",
            ],
        );
        let mut mailboxes = self.mailboxes.sorted();
        mailboxes.sort_by_key(|(_, it)| std::cmp::Reverse(it.binds + it.syncs));
        for (name, it) in mailboxes {
            let counts = [it.binds, it.items, it.messages, it.operations, it.unlisted, it.syncs];
            let mut cells = vec![Cell::text(name), Cell::text(it.exposure())];
            cells.extend(counts.map(Cell::Count));
            cells.push(yes(!it.throttled.is_empty()));
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn context_table(&self) -> Section {
        let mut table = Table::new(
            "contexts",
            "Who got in, and how",
            &[
                "MailboxOwnerUPN",
                "UserId",
                "ClientAddress",
                "UserAgent",
                "SessionId",
                "ApplicationId",
                "LogonType",
                "Counts",
                "Binds",
                "Items",
                "Syncs",
                "Sent",
                "Moved",
                "Searches",
                "Rules",
                "First",
                "Last",
            ],
        );
        // What counts first.
        for (context, it) in
            self.contexts.largest(|it| it.seen.events + (u64::from(it.counts) << 40))
        {
            let counts = match (it.counts, it.same_session) {
                (true, _) => "yes",
                (false, true) => "no, but the same session",
                (false, false) => "no",
            };
            let texts = [
                &context.mailbox,
                &context.user,
                &context.address,
                &context.client,
                &context.session,
                &context.application,
                &context.logon,
            ];
            let mut cells: Vec<Cell> = texts.into_iter().map(Cell::text).collect();
            cells.push(Cell::text(counts));
            let used = [it.binds, it.items, it.syncs, it.sent, it.moved, it.searches, it.rules];
            cells.extend(used.map(Cell::Count));
            cells.extend([when(it.seen.first), when(it.seen.last)]);
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn folder_table(&self) -> Section {
        let mut table = Table::new(
            "folders",
            "Folders synchronised: take every message as read",
            &["MailboxOwnerUPN", "Folder", "Times", "First", "Last", "ClientAddress"],
        );
        for ((mailbox, path), it) in self.folders.sorted() {
            table.push(
                None,
                vec![
                    Cell::text(mailbox),
                    Cell::text(path),
                    Cell::Count(it.seen.events),
                    when(it.seen.first),
                    when(it.seen.last),
                    words(&it.addresses),
                ],
            );
        }
        Section::Table(table)
    }

    fn throttled_table(&self) -> Section {
        let mut table = Table::new(
            "throttled",
            "Throttled: single messages read are not in the log",
            &["MailboxOwnerUPN", "From", "To"],
        );
        for (name, mailbox) in self.mailboxes.sorted() {
            for (from, to) in &mailbox.throttled {
                table.push(None, vec![Cell::text(name), Cell::Time(*from), Cell::Time(*to)]);
            }
        }
        Section::Table(table)
    }

    fn message_table(&self) -> Section {
        let mut table = Table::new(
            "messages",
            "Messages read",
            &[
                "MailboxOwnerUPN",
                "InternetMessageId",
                "Subject",
                "Folder",
                "Times",
                "First",
                "Last",
                "ClientAddress",
            ],
        );
        table.left_out = self.distinct.len().saturating_sub(self.messages.len() as u64);
        for ((mailbox, id), it) in self.messages.sorted() {
            table.push(
                None,
                vec![
                    Cell::text(mailbox),
                    Cell::text(id),
                    Cell::maybe(self.subjects.get(id)),
                    words(&it.folders),
                    Cell::Count(it.seen.events),
                    when(it.seen.first),
                    when(it.seen.last),
                    words(&it.addresses),
                ],
            );
        }
        Section::Table(table)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (name, _) in self.mailboxes.sorted().into_iter().filter(|(_, it)| it.is_unknown()) {
            notes.push(format!(
                "{name}: no MailItemsAccessed record in this span: exposure unknown, not zero (the mailbox may lack the licence or the auditing of reads)."
            ));
        }
        let unlisted: u64 = self.mailboxes.sorted().iter().map(|(_, it)| it.unlisted).sum();
        if unlisted > 0 {
            notes.push(format!(
                "OperationCount and the items listed differ by {unlisted}: the same message read again within two minutes, or messages that the records do not name."
            ));
        }
        if self.mailboxes.len() == 0 {
            notes.push("No record of a mailbox fits what was asked; MailItemsAccessed may not be logged, so this does not say that nothing was read.".to_owned());
        }
        if self.distinct.is_full() {
            notes.push(format!(
                "More than {} different messages: the count stops there.",
                self.distinct.len()
            ));
        }
        if self.sessions.len() >= super::SESSIONS_MAX {
            notes.push(format!("Only the first {} sessions were followed.", super::SESSIONS_MAX));
        }
        notes.extend(self.mailboxes.note("mailboxes"));
        notes.extend(self.contexts.note("contexts"));
        notes.extend(self.folders.note("folders"));
        notes.push("MailItemsAccessed is only written for mailboxes whose licence and audit settings bring it, and not for single messages while a mailbox is throttled.".to_owned());
        notes.push("A message counts once for each mailbox, by InternetMessageId, or by the item's id where a record gives no other; of a synchronised folder every message has to be taken as read.".to_owned());
        notes.push("Subjects come from other records of the same mailboxes; a message without one is known by its id alone.".to_owned());
        notes
    }
}

impl Mailbox {
    fn is_unknown(&self) -> bool {
        self.reads_of_all == 0 && self.binds == 0 && self.syncs == 0
    }

    fn exposure(&self) -> &'static str {
        match self {
            it if it.is_unknown() => "no MailItemsAccessed record: exposure unknown",
            it if it.binds + it.syncs == 0 => "read, but not in the contexts asked for",
            it if it.syncs > 0 => "whole folders",
            it if !it.throttled.is_empty() => "single messages, more while throttled",
            _ => "single messages",
        }
    }
}
