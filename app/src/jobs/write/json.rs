//! An object a line, as `trail365 search --format json` has it.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use search::Row;

use super::{ResultWriter, TextFile, close, create};
use crate::present;

pub struct Json(TextFile);

impl Json {
    pub fn create(path: &Path) -> Result<Json> {
        create(path).map(Json)
    }
}

impl ResultWriter for Json {
    fn write(&mut self, rows: &[Row]) -> Result<()> {
        for row in rows {
            writeln!(self.0, "{}", present::event_json(row)?)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<File> {
        close(self.0)
    }
}
