//! A line for each event: the fields of Search-MailboxAuditLog where only mailboxes were searched,
//! else the columns of every event.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use decode::form::mailbox_audit::MailboxEntry;
use event::Field;
use search::Row;

use super::{ResultWriter, TextFile, close, create};
use crate::present;

pub struct Csv {
    file: TextFile,
    has_entries: bool,
}

impl Csv {
    pub fn create(path: &Path, has_entries: bool) -> Result<Csv> {
        let mut file = create(path)?;
        match has_entries {
            true => writeln!(file, "{}", MailboxEntry::csv_header())?,
            false => present::csv_line(&mut file, &Field::ALL.map(|it| it.name().to_owned()))?,
        }
        Ok(Csv { file, has_entries })
    }

    fn entry(&mut self, row: &Row) -> Result<()> {
        let event = row.event(decode::body(&row.raw));
        // A search of mailboxes finds nothing else, and nothing is left out in silence.
        let entry = MailboxEntry::of(&event).with_context(|| {
            format!("event {} is no entry of a mailbox audit log; take xml or json", row.key)
        })?;
        let mut line = String::new();
        entry.write_csv(&mut line);
        Ok(writeln!(self.file, "{line}")?)
    }

    fn columns(&mut self, row: &Row) -> Result<()> {
        let cell =
            |field| row.cell(field).map_or(String::new(), |cell| present::cell_text(field, cell));
        present::csv_line(&mut self.file, &Field::ALL.map(cell))
    }
}

impl ResultWriter for Csv {
    fn write(&mut self, rows: &[Row]) -> Result<()> {
        rows.iter().try_for_each(|row| match self.has_entries {
            true => self.entry(row),
            false => self.columns(row),
        })
    }

    fn finish(self: Box<Self>) -> Result<File> {
        close(self.file)
    }
}
