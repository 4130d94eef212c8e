//! The short list: which mailboxes were reached, and when last?

use std::collections::HashMap;
use std::io::{BufWriter, Write};

use anyhow::Result;
use decode::form::mailbox_audit::MailboxEntry;
use event::{Field, fold, time};
use search::{Row, Scope, Searcher};

use super::{Format, SearchArguments, each_row, print_table};
use crate::present;

/// Mailboxes that one list tells apart.
const MAILBOXES_MAX: usize = 250_000;

/// Shows the mailboxes that were reached, and tells how many.
pub async fn show(arguments: &SearchArguments, searcher: &Searcher, scope: Scope) -> Result<usize> {
    let mut mailboxes = Mailboxes::default();
    each_row(searcher, scope, usize::MAX, |row| {
        mailboxes.add(row);
        Ok(())
    })
    .await?;
    let Mailboxes { found, is_full, .. } = mailboxes;
    let shown = found.len().min(arguments.result_size);
    show_mailboxes(arguments.format, &found[..shown])?;
    if shown < found.len() {
        arguments.tell_of_more("mailboxes");
    }
    if is_full {
        eprintln!("More than {MAILBOXES_MAX} mailboxes; name some, or a shorter time");
    }
    Ok(shown)
}

/// One mailbox of the short list.
#[derive(Default)]
struct Mailbox {
    address: String,
    guid: String,
    owner: String,
    /// Of the newest entry; empty where it tells no time.
    last_accessed: String,
    entries: u64,
}

const MAILBOX: [&str; 5] =
    ["MailboxOwnerUPN", "MailboxGuid", "MailboxResolvedOwnerName", "LastAccessed", "Entries"];

/// Mailboxes in the order they were last reached.
#[derive(Default)]
struct Mailboxes {
    found: Vec<Mailbox>,
    /// Where in the list, by address or else by GUID.
    places: HashMap<String, usize>,
    is_full: bool,
}

impl Mailboxes {
    fn add(&mut self, row: &Row) {
        let address = row.text(Field::MailboxOwnerUPN).map(fold);
        let place = address.as_ref().and_then(|address| self.places.get(address)).copied();
        // A record is read only where its columns leave something open.
        if let Some(place) = place
            && !self.found[place].guid.is_empty()
        {
            self.found[place].entries += 1;
            return;
        }
        let event = row.event(decode::body(&row.raw));
        let Some(entry) = MailboxEntry::of(&event) else { return };
        let key = address.unwrap_or_else(|| fold(&entry.text("MailboxGuid")));
        let next = self.found.len();
        if !self.places.contains_key(&key) {
            if next == MAILBOXES_MAX {
                self.is_full = true;
                return;
            }
            let last_accessed = row.time(Field::CreationTime).map_or(String::new(), time::iso_text);
            self.found.push(Mailbox { last_accessed, ..Mailbox::default() });
        }
        let place = *self.places.entry(key).or_insert(next);
        self.found[place].learn(&entry);
    }
}

impl Mailbox {
    fn learn(&mut self, entry: &MailboxEntry) {
        self.entries += 1;
        for (known, name) in [
            (&mut self.address, "MailboxOwnerUPN"),
            (&mut self.guid, "MailboxGuid"),
            (&mut self.owner, "MailboxResolvedOwnerName"),
        ] {
            if known.is_empty() {
                *known = entry.text(name).into_owned();
            }
        }
    }

    fn cells(&self) -> [String; 5] {
        let entries = self.entries.to_string();
        [&self.address, &self.guid, &self.owner, &self.last_accessed, &entries].map(String::clone)
    }
}

fn show_mailboxes(format: Format, mailboxes: &[Mailbox]) -> Result<()> {
    let mut out = BufWriter::new(std::io::stdout());
    match format {
        Format::Csv => {
            present::csv_line(&mut out, &MAILBOX.map(str::to_owned))?;
            for mailbox in mailboxes {
                present::csv_line(&mut out, &mailbox.cells())?;
            }
        }
        Format::Json => {
            for mailbox in mailboxes {
                let [address, guid, owner, last_accessed, _] = MAILBOX;
                let object = serde_json::json!({
                    address: mailbox.address, guid: mailbox.guid, owner: mailbox.owner,
                    last_accessed: mailbox.last_accessed, "Entries": mailbox.entries,
                });
                writeln!(out, "{object}")?;
            }
        }
        Format::List => {
            for (at, mailbox) in mailboxes.iter().enumerate() {
                if at > 0 {
                    writeln!(out)?;
                }
                for (name, cell) in MAILBOX.iter().zip(mailbox.cells()) {
                    let line = format!("{name:24} : {}", present::printable(&cell));
                    writeln!(out, "{}", line.trim_end())?;
                }
            }
        }
        Format::Table | Format::Xml => {
            for part in mailboxes.chunks(present::TABLE_ROWS_MAX) {
                let mut rows = part.iter().map(|mailbox| mailbox.cells().to_vec()).collect();
                print_table(&MAILBOX, &mut rows);
            }
        }
    }
    Ok(out.flush()?)
}
