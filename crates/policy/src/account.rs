//! Whose deeds are not logged?

use event::Pattern;

/// An account that mailbox auditing passes over, whatever it does and wherever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bypass {
    /// Fits its UserId, its principal name, its display name or its SID.
    pub account: Pattern,
}

impl Bypass {
    pub fn new(account: &str) -> Bypass {
        Bypass { account: Pattern::wildcard(account) }
    }

    /// The account as written in the config.
    pub fn name(&self) -> &str {
        self.account.source()
    }

    pub(crate) fn fits<T: AsRef<str>>(&self, accounts: &[T]) -> bool {
        accounts.iter().any(|account| self.account.matches(account.as_ref()))
    }
}
