//! How are events written into a Parquet file of their own?
//!
//! Such a file has the columns of a table's data files, so whoever reads the one reads the other.

use std::fs::File;
use std::path::Path;

use deltalake::parquet::arrow::ArrowWriter;
use event::Event;

use crate::{Error, Result, Rows, schema};

/// Rows gathered before they are encoded.
const ROWS_MAX: usize = 2_000;
/// Bytes gathered before they are encoded.
const BYTES_MAX: usize = 4 << 20;

/// Writes one file. It is a Parquet file once it is finished.
pub struct EventFile {
    writer: ArrowWriter<File>,
    rows: Rows,
}

impl EventFile {
    pub fn create(path: &Path) -> Result<EventFile> {
        let file = File::create(path).map_err(|error| Error::folder(path, error))?;
        let properties = schema::writer_properties(schema::ROW_GROUP_BYTES_MAX);
        let writer = ArrowWriter::try_new(file, schema::file_schema(), Some(properties))?;
        Ok(EventFile { writer, rows: Rows::default() })
    }

    pub fn push(&mut self, event: &Event) -> Result<()> {
        self.rows.push(event);
        if self.rows.len() >= ROWS_MAX || self.rows.bytes() >= BYTES_MAX {
            self.encode()?;
        }
        Ok(())
    }

    /// The file, with everything in it handed to the operating system.
    pub fn finish(mut self) -> Result<File> {
        self.encode()?;
        Ok(self.writer.into_inner()?)
    }

    fn encode(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.rows).finish();
        Ok(self.writer.write(&batch)?)
    }
}
