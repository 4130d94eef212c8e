//! How is the traffic told?

use super::trace::Status;
use super::{DELIVERIES_MAX, Direction, MailTraffic, Volume};
use crate::question::bounded::Each;
use crate::question::layout::{alarm, counted, figure, timeline, when};
use crate::{Answer, Bar, Cell, Section, Table};

impl MailTraffic {
    pub fn told(&self) -> Answer {
        let of = |status: Status| self.statuses[status as usize];
        let went = |direction: Direction| self.directions[direction as usize];
        let figures = vec![
            figure("Messages, counted for each recipient", self.directions.iter().sum()),
            figure("Inside", went(Direction::Inside)),
            figure("Out", went(Direction::Out)),
            figure("In", went(Direction::In)),
            figure("Delivered", of(Status::Delivered)),
            alarm("Failed", of(Status::Failed)),
            figure("Quarantined", of(Status::Quarantined)),
            figure("Filtered as spam", of(Status::FilteredAsSpam)),
            figure("Bytes", self.bytes),
        ];
        let bars = self
            .days
            .sorted()
            .into_iter()
            .map(|(day, directions)| Bar { label: day.clone(), values: directions.to_vec() });
        let sections = vec![
            Section::Figures(figures),
            timeline("Messages by day", &Direction::NAMES, bars.collect()),
            self.status_table(),
            self.failure_table(),
            volumes(Table::new("senders", "Top senders", &volume_columns("Sender")), &self.senders),
            volumes(
                Table::new("recipients", "Top recipients", &volume_columns("Recipient")),
                &self.recipients,
            ),
            self.domain_table(),
            self.largest_table(),
            counted(
                Table::new(
                    "other-statuses",
                    "Statuses that are not known",
                    &["Status", "Messages", "First", "Last"],
                ),
                &self.unknown,
            ),
        ];
        Answer { sections, notes: self.notes() }
    }

    fn status_table(&self) -> Section {
        let mut table = Table::new("statuses", "By status", &["Status", "Messages"]);
        let counts = Status::ALL.into_iter().zip(self.statuses).filter(|(_, count)| *count > 0);
        let mut counts: Vec<(Status, u64)> = counts.collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (status, count) in counts {
            table.push(None, vec![Cell::text(status.name()), Cell::Count(count)]);
        }
        Section::Table(table)
    }

    fn failure_table(&self) -> Section {
        let columns = ["Domain", "Reason", "Messages", "First", "Last"];
        let mut table = Table::new("failures", "Failures by domain of the recipient", &columns);
        for ((domain, reason), seen) in self.failures.largest(|seen| seen.events) {
            table.push(
                None,
                vec![
                    Cell::text(domain),
                    Cell::text(reason),
                    Cell::Count(seen.events),
                    when(seen.first),
                    when(seen.last),
                ],
            );
        }
        Section::Table(table)
    }

    fn domain_table(&self) -> Section {
        let columns = ["Domain", "In", "Out", "Bytes", "First", "Last"];
        let mut table = Table::new("domains", "Outside domains", &columns);
        for (domain, it) in self.outside.largest(|it| it.seen.events) {
            let mut cells = vec![Cell::text(domain)];
            cells.extend([it.came, it.went, it.bytes].map(Cell::Count));
            cells.extend([when(it.seen.first), when(it.seen.last)]);
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn largest_table(&self) -> Section {
        let columns = ["Bytes", "CreationTime", "Sender", "Subject", "MessageId"];
        let mut table = Table::new("largest", "Largest messages", &columns);
        for it in self.largest.iter().rev() {
            let texts = [&it.sender, &it.subject, &it.id].map(Cell::text);
            let mut cells = vec![Cell::Count(it.bytes), when(it.time)];
            cells.extend(texts);
            table.push(None, cells);
        }
        Section::Table(table)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.directions.iter().sum::<u64>() == 0 {
            notes.push("No message trace fits: this does not say that no mail went. Collect them (graph_logs with MessageTrace) or import a trace that was saved.".to_owned());
        }
        if self.domains.is_empty() {
            notes.push("The tenant's own domains are not known, so no message is called inside, in or out; name them in the configuration.".to_owned());
        }
        if self.not_compared > 0 {
            notes.push(format!(
                "{} rows came after the first {DELIVERIES_MAX} messages and may count one twice whose status changed.",
                self.not_compared
            ));
        }
        notes.extend(self.senders.note("senders"));
        notes.extend(self.recipients.note("recipients"));
        notes.extend(self.outside.note("domains"));
        notes.extend(self.failures.note("reasons"));
        notes.push("A message counts once for each recipient, with the last status that any row tells; message traces alone are read, not mailboxes.".to_owned());
        notes.push(
            "Why a message failed is told by extended reports and tracking logs alone.".to_owned(),
        );
        notes
    }
}

fn volume_columns(first: &'static str) -> [&'static str; 5] {
    [first, "Messages", "Bytes", "First", "Last"]
}

fn volumes(mut table: Table, tally: &Each<String, Volume>) -> Section {
    for (address, it) in tally.largest(|it| it.seen.events) {
        table.push(
            None,
            vec![
                Cell::text(address),
                Cell::Count(it.seen.events),
                Cell::Count(it.bytes),
                when(it.seen.first),
                when(it.seen.last),
            ],
        );
    }
    Section::Table(table)
}
