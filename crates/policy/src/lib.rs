//! May we keep it, how long?
//!
//! Policy stands before the store: what it drops or redacts exists nowhere else. It does no I/O and
//! has no clock; times are microseconds since 1970, handed in. Its meaning, each sentence with
//! cases among the tests:
//!
//! 1. **Quarantined bytes** are always kept on arrival: nobody can tell what they say. From the
//!    store they go with their age, like anything else.
//! 2. **Rules** are looked at in order. Each fitting `Redact` adds its fields; the first fitting
//!    `Keep` or `Drop` ends it. An explicit `Keep` also exempts from bypass and mailbox policy, not
//!    from retention.
//! 3. **Bypass**: what a bypassed account did to any mailbox, as owner, delegate or administrator,
//!    is dropped.
//! 4. **Mailbox policy** is for mailbox audit records. The first block that fits the mailbox
//!    decides: it drops everything if auditing is off, else the actions that are not in the list of
//!    their logon. What transport and the system did is never dropped, nor is an action that no
//!    list of Exchange knows, nor what an unknown logon did. Where no block fits all is kept.
//! 5. **Retention**: the first that fits decides how old an event may be, a deciding block's
//!    `AuditLogAgeLimit` before all others. What is too old on arrival is dropped. What tells no
//!    time never expires.
//! 6. **Consolidation**: of what a delegate did to open one folder on one day (UTC) one entry is
//!    kept, where the deciding block consolidates. What does not name its mailbox, folder, delegate
//!    and time is kept.
//! 7. **A hold** suspends retention for what it fits, and nothing else.

mod account;
mod action;
mod consolidate;
mod entry;
mod export;
mod mailbox;
mod policy;
mod powershell;
mod preset;
mod redact;
mod retention;
mod rule;
mod trail;
mod verify;

pub use account::Bypass;
pub use action::{Action, Actions, Logon};
pub use consolidate::Group;
pub use export::EXPORT_BYTES_MAX;
pub use mailbox::MailboxPolicy;
pub use policy::{Judgement, Policy, Verdict};
pub use powershell::{EXPORT_BYPASSES, EXPORT_MAILBOXES, powershell};
pub use preset::Preset;
pub use redact::{FieldPath, REDACTED, redact_record, redact_wrapper};
pub use retention::{
    AGE_LIMIT_DEFAULT, AGE_LIMIT_MAX, Hold, Retention, age_limit_text, parse_age_limit,
};
pub use rule::{Act, Rule};
pub use trail::{Effect, Step};
pub use verify::{Difference, Unreadable, Verification, verify};
