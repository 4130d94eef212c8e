//! Which questions are there?

mod address_activity;
mod admin_changes;
mod asset;
mod bounded;
mod cmdlet;
pub(crate) mod consents_and_roles;
mod dlp_matches;
mod document_history;
mod external_sharing;
mod file_act;
mod filter;
mod inbox_rules;
#[cfg(test)]
mod inquiry;
mod inside;
mod layout;
mod mail_exposure;
mod mail_traffic;
mod mailbox_access;
mod mailbox_audit_coverage;
mod non_owner_access;
mod overview;
mod rule;
mod seen;
mod share;
mod sign_ins;
pub(crate) mod tally;
pub(crate) mod timeline;
mod told;
mod user_activity;

use event::{Event, Field, Filter};

use crate::{Answer, Ask, Parameter};

/// A report's events are read in one or more passes, each oldest first.
pub trait Question: Send {
    /// Which events the next pass brings, within the span asked for; `None` when there is enough.
    /// Called before the first pass and after each.
    fn next(&mut self) -> Option<Filter>;

    /// The columns that suffice for the pass at hand. Its events then come without body and with no
    /// other column but CreationTime, many times as fast. `None` for whole events.
    fn columns(&self) -> Option<&'static [Field]> {
        None
    }

    /// One event of the pass at hand.
    fn take(&mut self, event: &Event);

    /// What came of it.
    fn answer(self: Box<Self>) -> Answer;
}

/// A report there is.
pub struct Kind {
    /// Lower-case words with dashes: the word of the CLI and the API.
    pub name: &'static str,
    pub title: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// What it may be told.
    pub parameters: &'static [Parameter],
    /// What it has to be told: one of them at least, where there are any.
    pub required: &'static [Parameter],
    pub open: fn(&Ask) -> Result<Box<dyn Question>, String>,
}

/// All reports, in the order of help.
pub static ALL: &[&Kind] = &[
    &overview::KIND,
    &non_owner_access::KIND,
    &admin_changes::KIND,
    &user_activity::KIND,
    &address_activity::KIND,
    &document_history::KIND,
    &external_sharing::KIND,
    &mail_exposure::KIND,
    &sign_ins::KIND,
    &inbox_rules::KIND,
    &consents_and_roles::KIND,
    &dlp_matches::KIND,
    &mail_traffic::KIND,
    &mailbox_audit_coverage::KIND,
];

/// The report of that name.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.name == name)
}
