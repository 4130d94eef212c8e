//! Which actions does Exchange log by default?

use crate::action::{Actions, Logon, marked};

/// Whose defaults a mailbox policy starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preset {
    /// User and shared mailboxes in the cloud.
    #[default]
    ExchangeOnline,
    /// Mailboxes of Exchange Server, once auditing is enabled.
    ExchangeServer,
    /// Mailboxes of Microsoft 365 groups, whose lists are fixed.
    GroupMailbox,
    /// Every action in every role.
    Everything,
}

impl Preset {
    pub const ALL: [Preset; 4] =
        [Preset::ExchangeOnline, Preset::ExchangeServer, Preset::GroupMailbox, Preset::Everything];

    /// The word in a config.
    pub const fn name(self) -> &'static str {
        match self {
            Preset::ExchangeOnline => "exchange-online",
            Preset::ExchangeServer => "exchange-server",
            Preset::GroupMailbox => "group-mailbox",
            Preset::Everything => "everything",
        }
    }

    pub const fn description(self) -> &'static str {
        match self {
            Preset::ExchangeOnline => "what Exchange Online logs of user and shared mailboxes",
            Preset::ExchangeServer => "what Exchange Server logs once auditing is enabled",
            Preset::GroupMailbox => "what Exchange Online logs of Microsoft 365 group mailboxes",
            Preset::Everything => "every action of every logon",
        }
    }

    /// The preset of that name. The error lists the names.
    pub fn named(name: &str) -> Result<Preset, String> {
        let found = Preset::ALL.into_iter().find(|preset| preset.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let names: Vec<&str> = Preset::ALL.iter().map(|preset| preset.name()).collect();
            format!("preset {name:?} is unknown: use one of {}", names.join(", "))
        })
    }

    /// What is logged unless somebody changes it.
    pub fn actions(self, logon: Logon) -> Actions {
        match self.columns() {
            Some(columns) => marked(columns, logon, |mark| mark == b'D'),
            None => Actions::all(),
        }
    }

    /// What a mailbox's list may hold.
    pub fn accepts(self, logon: Logon) -> Actions {
        // Who wants everything asks the cloud for what it has.
        let columns = self.columns().unwrap_or(0);
        marked(columns, logon, |mark| mark != b'-')
    }

    /// The first of its columns in the table, in threes.
    const fn columns(self) -> Option<usize> {
        match self {
            Preset::ExchangeOnline => Some(0),
            Preset::ExchangeServer => Some(1),
            Preset::GroupMailbox => Some(2),
            Preset::Everything => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(preset: &str, logon: Logon, actions: Expect) {
        actions.assert_eq(&Preset::named(preset).unwrap().actions(logon).to_string());
    }

    #[test]
    fn defaults_are_those_of_the_table() {
        check(
            "exchange-online",
            Logon::Owner,
            expect![
                "ApplyRecord, HardDelete, MailItemsAccessed, MoveToDeletedItems, Send, SoftDelete, Update, UpdateCalendarDelegation, UpdateFolderPermissions, UpdateInboxRules"
            ],
        );
        check(
            "Exchange-Server",
            Logon::Delegate,
            expect![
                "Create, HardDelete, SendAs, SoftDelete, Update, UpdateFolderPermissions, UpdateInboxRules"
            ],
        );
        check("exchange-server", Logon::Owner, expect!["None"]);
        check(
            "group-mailbox",
            Logon::Owner,
            expect!["HardDelete, MoveToDeletedItems, SoftDelete, Update"],
        );
        for logon in Logon::ALL {
            assert_eq!(Preset::Everything.actions(logon), Actions::all());
        }
    }

    #[test]
    fn a_default_can_be_set() {
        for preset in [Preset::ExchangeOnline, Preset::ExchangeServer, Preset::GroupMailbox] {
            for logon in Logon::ALL {
                let outside = preset.actions(logon).without(preset.accepts(logon));
                assert!(outside.is_empty(), "{preset:?} {logon:?}: {outside}");
            }
        }
    }

    #[test]
    fn an_unknown_name_is_an_error_that_lists_the_names() {
        let error = Preset::named("exchange").unwrap_err();
        assert_eq!(
            error,
            r#"preset "exchange" is unknown: use one of exchange-online, exchange-server, group-mailbox, everything"#
        );
    }
}
