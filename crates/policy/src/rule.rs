//! What does the administrator say of which events?

use event::Filter;

use crate::FieldPath;

/// One line of the policy's rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub name: String,
    pub filter: Filter,
    pub act: Act,
}

/// What a rule does with the events that fit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Ends the rules, and exempts from bypass and mailbox policy.
    Keep,
    /// Ends the rules: the event is not stored.
    Drop,
    /// Takes these fields out of the record; the rules after it are looked at as well.
    Redact(Vec<FieldPath>),
}
