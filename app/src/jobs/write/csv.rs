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
use crate::mailbox_entries::Entries;
use crate::present;

pub struct Csv {
    file: TextFile,
    /// `None` for columns.
    entries: Option<Entries>,
}

impl Csv {
    pub fn create(path: &Path, entries: Option<Entries>) -> Result<Csv> {
        let mut file = create(path)?;
        match entries {
            Some(_) => writeln!(file, "{}", MailboxEntry::csv_header())?,
            None => present::csv_line(&mut file, &Field::ALL.map(|it| it.name().to_owned()))?,
        }
        Ok(Csv { file, entries })
    }
}

fn write_entry(out: &mut TextFile, entries: &Entries, row: &Row) -> Result<()> {
    let event = row.event(decode::body(&row.raw));
    // A search of mailboxes finds nothing else, and nothing is left out in silence.
    let entry = entries.entry(&event).with_context(|| {
        format!("event {} is no entry of a mailbox audit log; take xml or json", row.key)
    })?;
    let mut line = String::new();
    entry.write_csv(&mut line);
    Ok(writeln!(out, "{line}")?)
}

fn write_columns(out: &mut TextFile, row: &Row) -> Result<()> {
    let cell =
        |field| row.cell(field).map_or(String::new(), |cell| present::cell_text(field, cell));
    present::csv_line(out, &Field::ALL.map(cell))
}

impl ResultWriter for Csv {
    fn write(&mut self, rows: &[Row]) -> Result<()> {
        rows.iter().try_for_each(|row| match &self.entries {
            Some(entries) => write_entry(&mut self.file, entries, row),
            None => write_columns(&mut self.file, row),
        })
    }

    fn finish(self: Box<Self>) -> Result<File> {
        close(self.file)
    }
}
