//! Which actions does Exchange log of a mailbox?
//!
//! Facts from MicrosoftDocs/microsoft-365-docs, audit-mailboxes.md: what is logged without anybody
//! asking for it, by kind of access.

/// Whose access: the columns of the table of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logon {
    Owner,
    Delegate,
    Admin,
    /// Transport, services and whatever else.
    Other,
}

impl Logon {
    pub const COUNT: usize = 4;

    /// From the name of a LogonType.
    pub fn of(name: &str) -> Logon {
        match name.trim().to_ascii_lowercase().as_str() {
            "owner" | "bestaccess" => Logon::Owner,
            "delegated" | "delegate" => Logon::Delegate,
            "admin" | "delegatedadmin" => Logon::Admin,
            _ => Logon::Other,
        }
    }
}

pub struct Action {
    pub name: &'static str,
    /// Logged by default of an owner, a delegate, an administrator.
    default: [bool; 3],
}

const fn action(name: &'static str, owner: bool, delegate: bool, admin: bool) -> Action {
    Action { name, default: [owner, delegate, admin] }
}

pub const READ: &str = "MailItemsAccessed";

pub static ACTIONS: [Action; 24] = [
    action("ApplyRecord", true, true, true),
    action("Copy", false, false, false),
    action("Create", false, true, true),
    action("FolderBind", false, false, false),
    action("HardDelete", true, true, true),
    action("MailboxLogin", false, false, false),
    action(READ, true, true, true),
    action("MessageBind", false, false, false),
    action("ModifyFolderPermissions", false, false, false),
    action("Move", false, false, false),
    action("MoveToDeletedItems", true, true, true),
    action("RecordDelete", false, false, false),
    action("SearchQueryInitiatedExchange", false, false, false),
    action("Send", true, false, true),
    action("SendAs", false, true, true),
    action("SendOnBehalf", false, true, true),
    action("SoftDelete", true, true, true),
    action("Update", true, true, true),
    action("UpdateCalendarDelegation", true, false, true),
    action("UpdateComplianceTag", false, false, false),
    action("UpdateFolderPermissions", true, true, true),
    action("UpdateInboxRules", true, true, true),
    action("AddFolderPermissions", false, false, false),
    action("RemoveFolderPermissions", false, false, false),
];

impl Action {
    pub fn is_default(&self, logon: Logon) -> bool {
        self.default.get(logon as usize).copied().unwrap_or(false)
    }
}

/// The actions met, one bit each.
#[derive(Clone, Copy, Default)]
pub struct Actions(u32);

impl Actions {
    /// The place of an action in the list; `None` for one that is not known.
    pub fn place(name: &str) -> Option<usize> {
        ACTIONS.iter().position(|action| action.name.eq_ignore_ascii_case(name.trim()))
    }

    pub fn add(&mut self, place: usize) {
        self.0 |= 1 << place;
    }

    pub fn has(self, place: usize) -> bool {
        self.0 & 1 << place != 0
    }

    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (0..ACTIONS.len()).filter(move |place| self.has(*place)).map(|place| ACTIONS[place].name)
    }

    /// What is logged by default of this access and was not met.
    pub fn never(self, logon: Logon) -> impl Iterator<Item = &'static str> {
        let missing = move |place: &usize| ACTIONS[*place].is_default(logon) && !self.has(*place);
        (0..ACTIONS.len()).filter(missing).map(|place| ACTIONS[place].name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_of_the_default_set() {
        let mut met = Actions::default();
        for name in ["send", "MailItemsAccessed", "Copy"] {
            met.add(Actions::place(name).unwrap());
        }
        assert_eq!(met.names().collect::<Vec<_>>(), ["Copy", READ, "Send"]);
        assert!(!met.never(Logon::Owner).any(|name| name == "Send"));
        assert!(met.never(Logon::Delegate).any(|name| name == "SendAs"));
        assert_eq!(Actions::place("Dance"), None);
    }
}
