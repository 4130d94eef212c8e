//! The columns of the store and the raw record, so that what reads the table reads the result.

use std::fs::File;
use std::path::Path;

use anyhow::Result;
use search::Row;
use store::EventFile;

use super::ResultWriter;

pub struct Parquet(EventFile);

impl Parquet {
    pub fn create(path: &Path) -> Result<Parquet> {
        Ok(Parquet(EventFile::create(path)?))
    }
}

impl ResultWriter for Parquet {
    fn write(&mut self, rows: &[Row]) -> Result<()> {
        for row in rows {
            // The columns are there already; nobody asks for the body.
            self.0.push(&row.event(event::Value::Null))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<File> {
        Ok(self.0.finish()?)
    }
}
