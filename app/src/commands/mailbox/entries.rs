//! The entries themselves, newest first.

use std::io::{BufWriter, Stdout, Write};

use anyhow::Result;
use decode::form::mailbox_audit::{MailboxEntry, XmlWriter};
use event::Event;
use search::{Scope, Searcher};

use super::{Format, SearchArguments, each_row, print_table};
use store::Store;

use crate::{mailbox_entries, present};

/// Shows entries, and tells how many.
pub async fn show(
    arguments: &SearchArguments,
    searcher: &Searcher,
    store: &Store,
    scope: Scope,
) -> Result<usize> {
    let entries = mailbox_entries::Entries::of(store)?;
    let mut output = Entries::begin(arguments.format)?;
    let (mut rows, mut shown) = (0, 0);
    each_row(searcher, scope, arguments.result_size, |row| {
        rows += 1;
        let event = row.event(decode::body(&row.raw));
        match entries.entry(&event) {
            Some(entry) if rows <= arguments.result_size => {
                shown += 1;
                output.entry(&event, &entry)
            }
            _ => Ok(()),
        }
    })
    .await?;
    output.finish()?;
    if rows > arguments.result_size {
        arguments.tell_of_more("entries");
    }
    Ok(shown)
}

/// Writes entries as they come; a table waits for its rows, up to a number of them.
enum Entries {
    Xml(XmlWriter<BufWriter<Stdout>>),
    Table { rows: Vec<Vec<String>> },
    Text { format: Format, out: BufWriter<Stdout>, is_first: bool },
}

impl Entries {
    fn begin(format: Format) -> Result<Entries> {
        let mut out = BufWriter::new(std::io::stdout());
        Ok(match format {
            Format::Xml => Entries::Xml(XmlWriter::begin(out)?),
            Format::Table => Entries::Table { rows: Vec::new() },
            Format::Csv => {
                writeln!(out, "{}", MailboxEntry::csv_header())?;
                Entries::Text { format, out, is_first: true }
            }
            Format::List | Format::Json => Entries::Text { format, out, is_first: true },
        })
    }

    fn entry(&mut self, event: &Event, entry: &MailboxEntry) -> Result<()> {
        match self {
            Entries::Xml(writer) => writer.event(event)?,
            Entries::Table { rows } => {
                rows.push(entry.table_cells().into_iter().map(String::from).collect());
                if rows.len() == present::TABLE_ROWS_MAX {
                    print_table(&MailboxEntry::TABLE, rows);
                }
            }
            Entries::Text { format, out, is_first } => {
                let mut text = String::new();
                match format {
                    Format::Csv => entry.write_csv(&mut text),
                    Format::Json => text = serde_json::to_string(&entry.json())?,
                    _ => {
                        if !std::mem::take(is_first) {
                            text.push('\n');
                        }
                        entry.write_list(&mut text);
                    }
                }
                let text = text.strip_suffix('\n').unwrap_or(&text);
                writeln!(out, "{text}")?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        match self {
            Entries::Xml(writer) => drop(writer.finish()?),
            Entries::Table { mut rows } => print_table(&MailboxEntry::TABLE, &mut rows),
            Entries::Text { mut out, .. } => out.flush()?,
        }
        Ok(())
    }
}
