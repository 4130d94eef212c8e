//! The columns of every event, as `trail365 search --format csv` has them.

use std::fs::File;
use std::path::Path;

use anyhow::Result;
use event::Field;
use search::Row;

use super::{ResultWriter, TextFile, close, create};
use crate::present;

pub struct Csv(TextFile);

impl Csv {
    pub fn create(path: &Path) -> Result<Csv> {
        let mut file = create(path)?;
        let header = Field::ALL.map(|field| field.name().to_owned());
        present::csv_line(&mut file, &header)?;
        Ok(Csv(file))
    }
}

impl ResultWriter for Csv {
    fn write(&mut self, rows: &[Row]) -> Result<()> {
        for row in rows {
            let cell = |field| {
                row.cell(field).map_or(String::new(), |cell| present::cell_text(field, cell))
            };
            present::csv_line(&mut self.0, &Field::ALL.map(cell))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<File> {
        close(self.0)
    }
}
