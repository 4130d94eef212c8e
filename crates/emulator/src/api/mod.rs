//! What does the service answer?
//!
//! `(state, now, request) -> answer`: the whole API without a socket. [`http`] puts it on one.

mod admission;
mod assertion;
mod audience;
mod authority;
mod chunks;
mod console;
mod content;
mod credentials;
mod emulator;
mod errors;
mod faults;
mod federated;
mod feed;
mod graph;
mod gzip;
pub(crate) mod http;
mod luck;
mod managed_identity;
mod message;
mod operation;
mod options;
mod refusal;
mod request_log;
mod sensitive_types;
mod subscriptions;
mod throttle;
mod token;
mod truth;
mod webhook;

pub use chunks::Chunks;
pub use emulator::Emulator;
pub(crate) use errors::Problem;
pub use faults::{Faults, TenantCondition, ThrottleAnswer};
pub use federated::FederatedCredential;
pub use graph::GraphTruth;
pub use message::{Answer, Reply, Request};
pub use options::{EmulatorOptions, TenantSetup};
pub use request_log::RequestTotals;
pub use truth::{PublishedBlob, Truth};
pub use webhook::WebhookCall;
