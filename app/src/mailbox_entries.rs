//! How does an event become an entry of the mailbox audit log?
//!
//! The record says nearly all of it; for how many entries a consolidated one stands, the ledger says.

use anyhow::Result;
use decode::form::mailbox_audit::MailboxEntry;
use event::{Event, Field, TenantName};
use store::{Ledger, Store};

/// Makes entries.
pub struct Entries(Option<Ledger>);

impl Entries {
    pub fn of(store: &Store) -> store::Result<Entries> {
        Ok(Entries(store.existing_ledger()?))
    }

    /// `None` for what is no record of a mailbox's audit.
    pub fn entry<'e>(&self, event: &'e Event<'_>) -> Option<MailboxEntry<'e>> {
        let mut entry = MailboxEntry::of(event)?;
        if let Ok(Some(count)) = self.stands_for(event) {
            entry.stands_for(count);
        }
        Some(entry)
    }

    fn stands_for(&self, event: &Event) -> Result<Option<u64>> {
        let is_folder_bind = event.text(Field::Operation).is_some_and(|it| it == "FolderBind");
        let tenant = event.text(Field::Tenant).map(TenantName::new);
        match (&self.0, tenant) {
            (Some(ledger), Some(Ok(tenant))) if is_folder_bind => {
                Ok(ledger.consolidated(&tenant, event.key)?)
            }
            _ => Ok(None),
        }
    }
}
