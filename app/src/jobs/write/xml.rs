//! The structure of the attachment of New-MailboxAuditLogSearch, whatever the records are.

use std::fs::File;
use std::path::Path;

use anyhow::Result;
use decode::form::mailbox_audit::XmlWriter;
use search::Row;

use super::{ResultWriter, TextFile, close, create};

pub struct Xml(XmlWriter<TextFile>);

impl Xml {
    pub fn create(path: &Path) -> Result<Xml> {
        Ok(Xml(XmlWriter::begin(create(path)?)?))
    }
}

impl ResultWriter for Xml {
    fn write(&mut self, rows: &[Row]) -> Result<()> {
        for row in rows {
            self.0.event(&row.event(decode::body(&row.raw)))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<File> {
        close(self.0.finish()?)
    }
}
