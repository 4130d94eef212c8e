//! The structure of the attachment of New-MailboxAuditLogSearch.

use std::fs::File;
use std::path::Path;

use anyhow::{Result, bail};
use search::Row;

use super::ResultWriter;

pub struct Xml(());

impl Xml {
    pub fn create(_path: &Path) -> Result<Xml> {
        bail!("xml")
    }
}

impl ResultWriter for Xml {
    fn write(&mut self, _rows: &[Row]) -> Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<File> {
        bail!("xml")
    }
}
