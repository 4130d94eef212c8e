//! What does the service answer?
//!
//! `(state, now, request) -> answer`: the whole API without a socket. [`http`] puts it on one.

mod console;
mod content;
mod credentials;
mod emulator;
mod errors;
mod faults;
pub(crate) mod http;
mod options;
mod request_log;
mod sensitive_types;
mod subscriptions;
mod token;
mod truth;
mod webhook;

pub use emulator::{Answer, Emulator, Reply, Request};
pub use faults::{Faults, TenantCondition, ThrottleAnswer};
pub use options::{EmulatorOptions, TenantSetup};
pub use request_log::RequestTotals;
pub use truth::Truth;
pub use webhook::WebhookCall;
