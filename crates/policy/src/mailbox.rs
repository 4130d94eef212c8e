//! What is logged of a mailbox?

use std::borrow::Cow;

use event::Pattern;

use crate::action::{Action, Actions, Logon};
use crate::entry::Entry;
use crate::policy::Ruling;
use crate::trail::{Effect, Trail};
use crate::{Preset, Verdict};

/// What is logged of some mailboxes, in the words of Exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct MailboxPolicy {
    pub name: String,
    /// Fit the owner's principal name or resolved name, or the mailbox's GUID; none means all.
    pub mailboxes: Vec<Pattern>,
    /// Is anything logged at all?
    pub audit_enabled: bool,
    pub audit_admin: Actions,
    pub audit_delegate: Actions,
    pub audit_owner: Actions,
    /// How old their records may be, in microseconds.
    pub audit_log_age_limit: Option<i64>,
    /// Is one entry kept of what a delegate did to open one folder on one day?
    pub consolidate_folder_bind: bool,
    /// Where the lists came from: it says which actions a list may hold.
    pub preset: Preset,
}

impl MailboxPolicy {
    /// What the preset logs of all mailboxes.
    pub fn new(name: &str, preset: Preset) -> MailboxPolicy {
        MailboxPolicy {
            name: name.to_owned(),
            mailboxes: Vec::new(),
            audit_enabled: true,
            audit_admin: preset.actions(Logon::Admin),
            audit_delegate: preset.actions(Logon::Delegate),
            audit_owner: preset.actions(Logon::Owner),
            audit_log_age_limit: None,
            consolidate_folder_bind: false,
            preset,
        }
    }

    pub fn actions(&self, logon: Logon) -> Actions {
        match logon {
            Logon::Admin => self.audit_admin,
            Logon::Delegate => self.audit_delegate,
            Logon::Owner => self.audit_owner,
        }
    }

    /// What the mailbox's list should hold: of the actions that are kept, those that Exchange can
    /// log.
    pub(crate) fn wanted(&self, logon: Logon) -> Actions {
        self.actions(logon).common(self.preset.accepts(logon))
    }

    /// Is that Microsoft's own list in the cloud, which grows with new actions?
    pub(crate) fn follows_default(&self, logon: Logon) -> bool {
        self.preset != Preset::ExchangeServer
            && self.wanted(logon) == Preset::ExchangeOnline.actions(logon)
    }

    /// Is it for the mailbox of any of these names?
    pub(crate) fn fits<T: AsRef<str>>(&self, names: &[T]) -> bool {
        let fits = |pattern: &Pattern| names.iter().any(|name| pattern.matches(name.as_ref()));
        self.mailboxes.is_empty() || self.mailboxes.iter().any(fits)
    }

    /// What becomes of an entry of one of its mailboxes, and by which setting.
    pub(crate) fn judge<'p>(&'p self, entry: Entry, trail: &mut Trail<'p>) -> Ruling<'p> {
        let (verdict, setting, words) = self.decide(entry);
        let effect = match verdict {
            Verdict::Keep => Effect::Keeps,
            Verdict::Drop => Effect::Drops,
            Verdict::Consolidate(_) => Effect::Consolidates,
        };
        let rule: Cow<str> = Cow::Owned(format!("mailbox {}: {setting}", self.name));
        trail.note(effect, || (rule.clone(), words.tell(entry)));
        (verdict, rule)
    }

    fn decide(&self, entry: Entry) -> (Verdict, &'static str, Words) {
        if !self.audit_enabled {
            return (Verdict::Drop, "AuditEnabled", Words::Off);
        }
        let Some(logon) = entry.logon() else {
            return (Verdict::Keep, "LogonType", Words::NobodysLogon);
        };
        let Some(action) = entry.action() else {
            return (Verdict::Keep, logon.property(), Words::Unknown);
        };
        if !self.actions(logon).contains(action) {
            return (Verdict::Drop, logon.property(), Words::NotListed(action));
        }
        if self.consolidate_folder_bind
            && logon == Logon::Delegate
            && action.name() == "FolderBind"
            && let Some(group) = entry.group()
        {
            return (Verdict::Consolidate(group), "consolidate_folder_bind", Words::Group);
        }
        (Verdict::Keep, logon.property(), Words::Listed(action))
    }
}

/// Why a setting decided so.
enum Words {
    Off,
    NobodysLogon,
    Unknown,
    Listed(Action),
    NotListed(Action),
    Group,
}

impl Words {
    fn tell(&self, entry: Entry) -> String {
        match self {
            Words::Off => "auditing of these mailboxes is off".to_owned(),
            Words::NobodysLogon => {
                "neither owner, delegate nor administrator: no list is for it".to_owned()
            }
            Words::Unknown => format!("{:?} is in no list of Exchange", entry.operation()),
            Words::Listed(action) => format!("{} is in the list", action.name()),
            Words::NotListed(action) => format!("{} is not in the list", action.name()),
            Words::Group => "one entry for this mailbox, folder, delegate and day".to_owned(),
        }
    }
}
