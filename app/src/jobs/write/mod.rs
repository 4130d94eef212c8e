//! How is a result written?
//!
//! A format is one file here and one line in [`open`].

mod csv;
mod json;
mod parquet;
mod xml;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Result, bail};
use search::Row;
use store::Store;

use super::spec::{Format, Search};
use crate::mailbox_entries::Entries;

/// Takes the rows of a result, some thousand at a time.
pub trait ResultWriter: Send {
    fn write(&mut self, rows: &[Row]) -> Result<()>;

    /// Everything handed to the operating system; the caller syncs it.
    fn finish(self: Box<Self>) -> Result<File>;
}

/// A writer of a new file.
pub fn open(
    format: Format,
    search: &Search,
    store: &Store,
    path: &Path,
) -> Result<Box<dyn ResultWriter>> {
    Ok(match format {
        Format::Xml => Box::new(xml::Xml::create(path)?),
        Format::Csv => {
            let entries = search.is_of_mailboxes().then(|| Entries::of(store)).transpose()?;
            Box::new(csv::Csv::create(path, entries)?)
        }
        Format::Json => Box::new(json::Json::create(path)?),
        Format::Parquet => Box::new(parquet::Parquet::create(path)?),
        Format::Html => bail!("format html is for reports"),
    })
}

/// What formats of text write to.
type TextFile = BufWriter<File>;

fn create(path: &Path) -> Result<TextFile> {
    Ok(BufWriter::new(File::create(path)?))
}

fn close(mut file: TextFile) -> Result<File> {
    file.flush()?;
    Ok(file.into_inner()?)
}
